/*
 * What a mapping does not read of a tree, and what it wants and cannot read. 1C refuses a
 * file for a name that it does not know; a mapping may leave properties out, so a person
 * is told of each. So it is of objects that are passed over, which 1C does silently.
 */

#ifndef NODE_KD2_UNREAD_H
#define NODE_KD2_UNREAD_H

#include "kd2_found.h"

enum {
    FL_KD2_UNREAD_MAX = 32,
    FL_KD2_PASSED_MAX = 16,
    FL_KD2_UNREAD_BITS = 1 << 13,
    FL_KD2_UNREAD_BYTES = 1024,
};

/* Of a file. Zeroed memory is one. */
struct fl_kd2_unread {
    size_t count;  /* told; no more than FL_KD2_UNREAD_MAX are */
    size_t passed; /* objects; the first FL_KD2_PASSED_MAX are told by name */
    /* By their hash: looked at. Once in a while a name is taken for another, untold. */
    uint8_t seen[FL_KD2_UNREAD_BITS / 8];
};

/* The words for one that was not told of; false: there is none in this tree. */
bool fl_kd2_unread_next(
    struct fl_kd2_unread *unread,
    const struct fl_conversion_rule *rule,
    const struct fl_element *root,
    char out_words[FL_KD2_UNREAD_BYTES]);

/* The same for what came at `path` of an element `root` and is empty here, as `what`
 * says. */
bool fl_kd2_unread_lost(
    struct fl_kd2_unread *unread,
    const char *root,
    const char *path,
    uint64_t line,
    const char *what,
    char out_words[FL_KD2_UNREAD_BYTES]);

/* Of an object that is passed over, what it is and why. False: НеЗамещать says so, or
   enough are told. */
bool fl_kd2_unread_passed(
    struct fl_kd2_unread *unread,
    const struct fl_kd2_item *item,
    enum fl_kd2_passing passing,
    char out_words[FL_KD2_UNREAD_BYTES]);

/* FL_UNSUPPORTED: what the mapping wants is program text, or a description of types. */
enum fl_status fl_kd2_unread_check(
    const struct fl_conversion *conversion,
    const struct fl_element *root,
    struct fl_error *out_error);

/*
 * FL_MALFORMED: the item's rule (ИмяПравила) is neither among `rules`, of the file, nor
 * in the mapping; 1C stops there, too. What the mapping does not read may have any.
 */
enum fl_status fl_kd2_unread_check_rule(
    const struct fl_conversion *conversion,
    const struct fl_kd2_rules *rules,
    const struct fl_kd2_item *item,
    const struct fl_element *root,
    struct fl_error *out_error);

#endif
