/*
 * An object as it stands here, by our key or by what the peer calls it.
 */

#ifndef EXCHANGE_CONVERSION_FIND_H
#define EXCHANGE_CONVERSION_FIND_H

#include "exchange/conversion.h"

/* In `arena`. FL_NOT_FOUND: it is not here; `*out_object` has nothing but its key. */
enum fl_status fl_conversion_look_up(
    const struct fl_conversion_ports *ports,
    struct fl_key key,
    struct fl_arena *arena,
    struct fl_object *out_object,
    struct fl_error *out_error);

/*
 * The same for the object that the peer means by its identity alone, were it of the type
 * of `rule`: several types of ours may be one kind of theirs, and the one that is here is
 * meant.
 */
enum fl_status fl_conversion_find_here(
    const struct fl_conversion_ports *ports,
    const struct fl_conversion_rule *rule,
    struct fl_uuid theirs,
    struct fl_arena *arena,
    struct fl_object *out_object,
    struct fl_error *out_error);

#endif
