/*
 * New identities.
 */

#ifndef NODE_RANDOM_H
#define NODE_RANDOM_H

#include "proto/uuid.h"

struct fl_uuid fl_random_uuid(void); /* version 4 */

#endif
