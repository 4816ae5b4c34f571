/*
 * Text inside HTML and SVG.
 */

#ifndef NODE_MARKUP_H
#define NODE_MARKUP_H

#include "proto/bytes.h"

/* Append it so that nothing of it is markup, in an attribute too; NULL is "". */
void fl_markup_put_text(struct fl_buffer *buffer, const char *text);

#endif
