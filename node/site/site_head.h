/*
 * What stands before the items of a section: ids and names of the catalogue, its owner.
 */

#ifndef NODE_SITE_HEAD_H
#define NODE_SITE_HEAD_H

#include "site/site_outgoing.h"

/* An empty head of a section; the one before it is gone. */
struct fl_commerceml_element *fl_site_head_begin(
    struct fl_site_outgoing *out,
    const char *name,
    bool changes_only);
struct fl_commerceml_element *fl_site_head_add(
    struct fl_site_outgoing *out,
    struct fl_commerceml_element *parent,
    const char *name,
    struct fl_bytes text);
/* Владелец: the first object of the mapping's owner, or the node itself. */
void fl_site_head_add_owner(
    struct fl_site_outgoing *out,
    struct fl_commerceml_element *head);
/* The same for ever: made of the node's code. */
struct fl_bytes fl_site_head_catalog_id(struct fl_site_outgoing *out, bool of_offers);
/* The section begins in the file that is open. */
enum fl_status fl_site_head_write(
    struct fl_site_outgoing *out,
    const struct fl_commerceml_element *head,
    struct fl_error *out_error);

/* ПакетПредложений of 3.1, which has neither owner nor types of prices. */
enum fl_status fl_site_head_package(
    struct fl_site_outgoing *out,
    struct fl_error *out_error);

/* Types of prices into the section that is open: the mapping's own when it has none. */
enum fl_status fl_site_head_price_types(
    struct fl_site_outgoing *out,
    struct fl_error *out_error);

/* Классификатор whole, with groups and properties of goods or without. */
enum fl_status fl_site_head_classifier(
    struct fl_site_outgoing *out,
    bool with_groups,
    struct fl_error *out_error);

#endif
