/*
 * JSON of one line to a tree, as json_loadb() with JSON_REJECT_DUPLICATES gives it, and
 * several times as fast for what programs write most: no escapes, no fractions, little
 * depth. Everything else, and every error, is left to jansson.
 */

#ifndef NODE_JSON_TEXT_H
#define NODE_JSON_TEXT_H

#include <jansson.h>

#include "proto/bytes.h"

/* The tree is the caller's. NULL: `out_reason` says where and why. */
json_t *fl_json_load(struct fl_bytes text, json_error_t *out_reason);

#endif
