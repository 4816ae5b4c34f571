/*
 * What a file says of identities alone: pairs of one of theirs and one of ours, and
 * objects that are deleted there.
 */

#ifndef NODE_KD2_PAIRS_H
#define NODE_KD2_PAIRS_H

#include "kd2_found.h"

/* An item of registration (ИнформацияОРегистрацииОбъекта) or of correction, to the
   register of pairs; one of a type that the mapping does not read is passed over. */
void fl_kd2_pairs_take(
    const struct fl_kd2_finding *finding,
    const struct fl_conversion *conversion,
    const struct fl_kd2_item *item);

/*
 * The object of ours that is deleted there, as deleted. False: the mapping does not read
 * its type, or `*out_is_predefined`: such an item stays.
 */
bool fl_kd2_pairs_deletion(
    const struct fl_kd2_finding *finding,
    const struct fl_conversion *conversion,
    const struct fl_kd2_item *item,
    struct fl_object *out_object,
    bool *out_is_predefined);

#endif
