/*
 * Randomness of the operating system, for identities and secrets.
 */

#ifndef NODE_RANDOM_H
#define NODE_RANDOM_H

#include "proto/uuid.h"

void fl_random_fill(void *out_memory, size_t size);
struct fl_uuid fl_random_uuid(void); /* version 4 */

#endif
