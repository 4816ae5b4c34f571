/*
 * Import-ban dates (дата запрета загрузки): what is dated on or before the date that a
 * plan sets is not taken from a child, an equal node or a 1C base.
 */

#ifndef NODE_BAN_H
#define NODE_BAN_H

#include "proto/configuration.h"
#include "proto/object.h"

/*
 * Is the object dated `until` or earlier: a document by its date, a record set by the
 * period of any of its records? Objects without a date never are. `arena` is reset.
 */
bool fl_ban_covers(
    const struct fl_configuration *configuration,
    int64_t until,
    struct fl_key key,
    struct fl_bytes record,
    struct fl_arena *arena);

#endif
