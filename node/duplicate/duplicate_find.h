/*
 * Objects of a catalog that may be the same, entered twice: pairs that have an INN, a
 * telephone, an e-mail or a name in common, with a score. In shares, for the loop goes on
 * meanwhile; nothing is changed.
 */

#ifndef NODE_DUPLICATE_FIND_H
#define NODE_DUPLICATE_FIND_H

#include "node.h"

enum fl_duplicate_sign {
    FL_DUPLICATE_INN_KPP = 1u << 0,
    FL_DUPLICATE_INN = 1u << 1,       /* one of them has no KPP */
    FL_DUPLICATE_OTHER_KPP = 1u << 2, /* the same INN: another part of the company */
    FL_DUPLICATE_OTHER_INN = 1u << 3, /* speaks against it */
    FL_DUPLICATE_PHONE = 1u << 4,
    FL_DUPLICATE_EMAIL = 1u << 5,
    FL_DUPLICATE_NAME = 1u << 6,
    FL_DUPLICATE_NAME_LIKE = 1u << 7,
};

enum { FL_DUPLICATE_SIGNS = 8, FL_DUPLICATE_SCORE_MAX = 100 };

struct fl_duplicate_one {
    struct fl_key key;
    const char *description;
    const char *inn; /* "": none */
    const char *kpp;
    const char *branch; /* that wrote it last */
};

struct fl_duplicate_pair {
    const struct fl_duplicate_one *first; /* the smaller key */
    const struct fl_duplicate_one *second;
    unsigned score;
    unsigned signs; /* FL_DUPLICATE_... */
};

struct fl_duplicate_search;

/* "inn+kpp", "phone", ...; `sign` is one bit. */
const char *fl_duplicate_sign_name(unsigned sign);

/*
 * The caller's. Objects that are marked for deletion, and folders, are passed over.
 * FL_NOT_FOUND: the type has nothing to compare by.
 */
enum fl_status fl_duplicate_search_new(
    struct fl_node *node,
    const struct fl_type *type,
    struct fl_duplicate_search **out_search,
    struct fl_error *out_error);
void fl_duplicate_search_free(struct fl_duplicate_search *search); /* takes NULL */

enum fl_status fl_duplicate_search_step(
    struct fl_duplicate_search *search,
    bool *out_done,
    struct fl_error *out_error);

/* When it is done, the highest score first. They live as long as the search. */
const struct fl_duplicate_pair *fl_duplicate_search_pairs(
    const struct fl_duplicate_search *search,
    size_t *out_count);
/* Objects looked at. */
size_t fl_duplicate_search_looked(const struct fl_duplicate_search *search);
/* Telephones, names and the like that too many have for meaning anything. */
size_t fl_duplicate_search_common(const struct fl_duplicate_search *search);

#endif
