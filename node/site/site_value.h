/*
 * What a source of a mapping stands for in an item, and a value as the text of an
 * element.
 */

#ifndef NODE_SITE_VALUE_H
#define NODE_SITE_VALUE_H

#include "site/site_mapping.h"

/* Where a source is looked for. */
struct fl_site_place {
    const struct fl_commerceml_element *element; /* of the part */
    const struct fl_commerceml_element *item;    /* for sources with "/" */
    struct fl_bytes parent;                      /* ^parent */
    struct fl_bytes formed;                      /* ^formed */
    bool deleted;                                /* ^deleted */
};

/* The element at a path below one: "Контакты/Контакт[Тип=Почта]", "." itself; NULL: none.
 */
const struct fl_commerceml_element *fl_site_at(
    const struct fl_commerceml_element *element,
    struct fl_bytes path);

/*
 * The text of `source`; false: nothing of it is there, so the attribute is not touched.
 * Memory of the item or of `arena`.
 */
bool fl_site_source(
    const struct fl_site_place *place,
    struct fl_bytes source,
    struct fl_arena *arena,
    struct fl_bytes *out_text);

/* The same of a word. */
struct fl_bytes fl_site_source_text(
    const struct fl_site_place *place,
    const char *source,
    struct fl_arena *arena);

/* Dates, numbers and flags of CommerceML as those of mappings. */
struct fl_bytes fl_site_plain(
    const struct fl_attribute *attribute,
    struct fl_bytes text,
    struct fl_arena *arena);

/*
 * Puts `text` where `path` says below `element`: parts of it that are there are used,
 * others made. "Цены/Цена", "БазоваяЕдиница/@Код", "реквизит:NAME"; false: such a source
 * is only read.
 */
bool fl_site_put(
    struct fl_commerceml_tree *tree,
    struct fl_commerceml_element *element,
    struct fl_bytes path,
    struct fl_bytes text);

/* The element at a path, made where it is not there yet; NULL without room. */
struct fl_commerceml_element *fl_site_make(
    struct fl_commerceml_tree *tree,
    struct fl_commerceml_element *element,
    struct fl_bytes path);

/* Refs and enumerations by their own names; empty values give an empty text. */
struct fl_bytes fl_site_text_of(
    const struct fl_configuration *configuration,
    const struct fl_value *value,
    struct fl_arena *arena);

/* "A=B, C=D" from right to left. */
struct fl_bytes fl_site_map_back(struct fl_bytes pairs, struct fl_bytes text);

#endif
