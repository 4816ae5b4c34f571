/*
 * What only CommerceML 3.1 has files of its own for: groups, properties, units, types of
 * prices, stores; and offers by name, whose prices and stock follow in others; customers.
 */

#include <string.h>

#include "site/site_head.h"
#include "site/site_tree.h"

static const struct fl_site_part *part_of(
    const struct fl_site_outgoing *out,
    enum fl_commerceml_kind item)
{
    return fl_site_part_find(
        out->mapping, FL_SITE_ITEM, item, (struct fl_bytes){NULL, 0}, NULL);
}

/* Каталог without goods stands before the classifier of such a file. */
static enum fl_status begin_reference(
    struct fl_site_outgoing *out,
    const char *kind,
    struct fl_error *out_error)
{
    char name[FL_SITE_FILE_NAME_BYTES];
    fl_site_outgoing_name(out, kind, /* portion= */ 1, name);
    enum fl_status status =
        fl_site_outgoing_open(out, FL_SITE_FILE_CATALOG, name, out_error);
    if (status != FL_OK) {
        return status;
    }
    struct fl_commerceml_element *head = fl_site_head_begin(out, "Каталог", true);
    const struct fl_bytes called = fl_bytes_of_text(out->mapping->catalog);
    (void)fl_site_head_add(out, head, "Ид", fl_site_head_catalog_id(out, false));
    (void)fl_site_head_add(
        out, head, "ИдКлассификатора", fl_site_head_catalog_id(out, false));
    (void)fl_site_head_add(out, head, "Наименование", called);
    (void)fl_site_head_add(out, head, "Описание", called);
    status = fl_site_head_write(out, head, out_error);
    return status == FL_OK
               ? fl_site_head_classifier(out, /* with_groups= */ false, out_error)
               : status;
}

static enum fl_status write_reference(
    struct fl_site_outgoing *out,
    const char *kind,
    enum fl_commerceml_kind item,
    const struct fl_site_keys *only,
    struct fl_error *out_error)
{
    const struct fl_site_part *part = part_of(out, item);
    if (part == NULL ? item != FL_COMMERCEML_PRICE_TYPE : !part->writes) {
        return FL_OK;
    }
    enum fl_status status = begin_reference(out, kind, out_error);
    if (status == FL_OK && item == FL_COMMERCEML_PRICE_TYPE) {
        status = fl_site_head_price_types(out, out_error);
    } else if (status == FL_OK) {
        fl_site_outgoing_begin_item(out);
        status =
            fl_site_tree_write(&out->making, part, only, out->file.writer, out_error);
    }
    return status == FL_OK ? fl_site_outgoing_close(out, out_error) : status;
}

/* In the order in which 1C sends them. */
static const struct reference {
    const char *kind;
    enum fl_commerceml_kind item;
} REFERENCES[] = {
    {"groups", FL_COMMERCEML_GROUP},
    {"propertiesGoods", FL_COMMERCEML_PROPERTY},
    {"units", FL_COMMERCEML_UNIT},
    {"priceLists", FL_COMMERCEML_PRICE_TYPE},
    {"storages", FL_COMMERCEML_STORE}};

enum { REFERENCES_COUNT = sizeof REFERENCES / sizeof REFERENCES[0] };

/* Types of prices and stores go with everything alone, groups with their goods. */
static bool is_due(const struct fl_site_outgoing *out, enum fl_commerceml_kind item)
{
    return out->options->full               ? true
           : item == FL_COMMERCEML_GROUP    ? out->goods.count > 0 || out->goods.groups
           : item == FL_COMMERCEML_PROPERTY ? out->properties
           : item == FL_COMMERCEML_UNIT     ? out->units
                                            : false;
}

/* One file a step of the stage. */
enum fl_status fl_site_outgoing_references(
    struct fl_site_outgoing *out,
    bool *out_done,
    struct fl_error *out_error)
{
    const bool has_any =
        out->goods.count > 0 || out->goods.groups || out->properties || out->units;
    *out_done = !fl_site_mapping_is_3_1(out->mapping) || !has_any ||
                out->stage.at == REFERENCES_COUNT;
    if (*out_done) {
        return FL_OK;
    }
    const struct reference *reference = &REFERENCES[out->stage.at++];
    return is_due(out, reference->item)
               ? write_reference(
                     out, reference->kind, reference->item,
                     reference->item == FL_COMMERCEML_GROUP ? &out->groups : NULL,
                     out_error)
               : FL_OK;
}

/* --- items in portions --- */

/* An item of each key; each portion of them is a file. */
struct portions {
    const struct fl_site_keys *keys;
    enum fl_status (*begin)(struct fl_site_outgoing *out, struct fl_error *out_error);
    /* NULL: there is none of this key. */
    const struct fl_commerceml_element *(
        *make)(struct fl_site_outgoing *out, const struct fl_site_key *key);
};

static enum fl_status put_item(
    struct fl_site_outgoing *out,
    const struct portions *portions,
    const struct fl_site_key *key,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    bool done = false;
    if (out->stage.in_file == FL_SITE_PORTION_ITEMS) {
        out->stage.in_file = 0;
        status = fl_site_outgoing_close(out, out_error);
        status = status == FL_OK ? portions->begin(out, out_error) : status;
    }
    const struct fl_commerceml_element *item =
        status == FL_OK ? portions->make(out, key) : NULL;
    if (item != NULL) {
        status = fl_site_outgoing_put(out, item, &done, out_error);
    }
    out->stage.in_file += done;
    return status;
}

static enum fl_status write_portions(
    struct fl_site_outgoing *out,
    const struct portions *portions,
    bool *out_done,
    struct fl_error *out_error)
{
    const struct fl_site_keys *keys = portions->keys;
    enum fl_status status = FL_OK;
    *out_done = keys->count == 0;
    if (*out_done) {
        return FL_OK;
    }
    if (!out->stage.begun) {
        out->stage.begun = true;
        status = portions->begin(out, out_error);
    }
    while (status == FL_OK && out->stage.at < keys->count) {
        status = put_item(out, portions, &keys->items[out->stage.at], out_error);
        out->stage.at++;
        if (fl_site_outgoing_rests(out)) {
            return status;
        }
    }
    *out_done = true;
    return status == FL_OK ? fl_site_outgoing_close(out, out_error) : status;
}

/* --- offers by name --- */

/* Of all that the goods are, what an offer is called by. */
static const struct fl_commerceml_element *make_name(
    struct fl_site_outgoing *out,
    const struct fl_site_key *key)
{
    static const char *const PARTS[] = {
        "Ид", "НомерВерсии", "ПометкаУдаления", "Наименование"};
    const struct fl_site_part *part =
        fl_site_outgoing_part(out, key, FL_COMMERCEML_GOODS);
    const struct fl_commerceml_element *goods =
        part == NULL ? NULL : fl_site_outgoing_make(out, part, key, "Товар");
    struct fl_commerceml_element *offer =
        goods == NULL ? NULL : fl_commerceml_add(&out->tree, NULL, "Предложение");
    for (size_t i = 0; i < sizeof PARTS / sizeof PARTS[0]; i++) {
        const struct fl_bytes text = fl_commerceml_text(goods, PARTS[i]);
        if (text.size > 0) {
            (void)fl_commerceml_add_text(&out->tree, offer, PARTS[i], text);
        }
    }
    return offer;
}

static enum fl_status begin_names(
    struct fl_site_outgoing *out,
    struct fl_error *out_error)
{
    char name[FL_SITE_FILE_NAME_BYTES];
    fl_site_outgoing_name(out, "names", ++out->stage.portion, name);
    const enum fl_status status =
        fl_site_outgoing_open(out, FL_SITE_FILE_CATALOG, name, out_error);
    return status == FL_OK ? fl_site_head_package(out, out_error) : status;
}

enum fl_status fl_site_outgoing_names(
    struct fl_site_outgoing *out,
    bool *out_done,
    struct fl_error *out_error)
{
    const struct portions names = {&out->goods, begin_names, make_name};
    *out_done = !fl_site_mapping_is_3_1(out->mapping);
    return *out_done ? FL_OK : write_portions(out, &names, out_done, out_error);
}

/* --- customers --- */

static const struct fl_commerceml_element *make_customer(
    struct fl_site_outgoing *out,
    const struct fl_site_key *key)
{
    const struct fl_site_part *part =
        fl_site_outgoing_part(out, key, FL_COMMERCEML_PARTNER);
    struct fl_commerceml_element *customer =
        part == NULL ? NULL : fl_site_outgoing_make(out, part, key, "Контрагент");
    if (customer != NULL && fl_commerceml_text(customer, "Роль").size == 0) {
        (void)fl_commerceml_add_text(
            &out->tree, customer, "Роль", fl_bytes_of_text("Покупатель"));
    }
    return customer;
}

static enum fl_status begin_customers(
    struct fl_site_outgoing *out,
    struct fl_error *out_error)
{
    char name[FL_SITE_FILE_NAME_BYTES];
    fl_site_outgoing_name(out, "contragents", ++out->stage.portion, name);
    const enum fl_status status =
        fl_site_outgoing_open(out, FL_SITE_FILE_SALE, name, out_error);
    return status == FL_OK ? fl_site_head_write(
                                 out,
                                 fl_site_head_begin(
                                     out, "Контрагенты",
                                     !out->options->full || out->stage.portion > 1),
                                 out_error)
                           : status;
}

enum fl_status fl_site_outgoing_customers(
    struct fl_site_outgoing *out,
    bool *out_done,
    struct fl_error *out_error)
{
    const struct portions customers = {&out->customers, begin_customers, make_customer};
    return write_portions(out, &customers, out_done, out_error);
}
