/*
 * What the models of filters share: invoices of companies and partners, rules over them,
 * a plain reading of a rule, and what a node has.
 */

#ifndef TESTS_NODE_ROUTING_MODEL_H
#define TESTS_NODE_ROUTING_MODEL_H

#include "fixture.h"

#include "change/ref.h"
#include "proto/record.h"
#include "storage/quarantine.h"

enum {
    INVOICES = 8,
    COMPANIES = 3,
    PARTNERS = 3,
    COMPANY_FIRST = 9000,
    PARTNER_FIRST = 8000,
    LINE_BYTES = 1000,
};

static const char DOCUMENT[] = "Document.СчетНаОплатуПокупателю";
static const char COMPANY[] = "Catalog.Организации";
static const char PARTNER[] = "Catalog.Контрагенты";
static const char *const INN[] = {"77", "78", "79"};

static const char *const FILTERS[] = {
    "none",
    "Организация in $организации",
    "Контрагент.ИНН in $инн",
    "Организация в $организации и Контрагент.ИНН = $инн",
    "Организация in $организации or Контрагент.ИНН in $инн",
    "not (Организация in $организации)",
    "Организация = \"Catalog.Организации:11111111-2222-4333-8444-000000009001\"",
    "Контрагент.ИНН <> \"77\"",
};

enum { FILTER_COUNT = sizeof FILTERS / sizeof FILTERS[0] };

/* The lists of a peer. */
struct lists {
    bool has_companies; /* the list is there, if empty */
    bool has_inns;
    unsigned companies; /* bits */
    unsigned inns;
};

static inline const char *ref(const char *type, unsigned number)
{
    static char text[8][200];
    static size_t next;
    char *out = text[next++ % 8];
    snprintf(out, sizeof text[0], "%s:11111111-2222-4333-8444-%012u", type, number);
    return out;
}

/* -- what a node has -- */

struct seen {
    bool here;
    bool known;
    unsigned company; /* 0: none */
    unsigned partner;
    char inn[8];
    uint8_t record[2000];
    size_t record_size;
};

static inline struct fl_key key_of(
    const struct fl_node *node,
    const char *type,
    unsigned number)
{
    struct fl_key key = {.type = 0};
    struct fl_error error;
    assert_int_equal(
        fl_ref_parse(
            node->configuration, fl_bytes_of_text(ref(type, number)), &key, &error),
        FL_OK);
    return key;
}

static inline const struct fl_value *field(
    const struct fl_node *node,
    const struct fl_object *object,
    const char *name)
{
    const struct fl_type *type =
        fl_configuration_type(node->configuration, object->key.type);
    const struct fl_attribute *attribute =
        fl_attribute_by_name(type, fl_bytes_of_text(name));
    assert_non_null(attribute);
    return fl_object_field(object, attribute->number);
}

/* The number at the end of a ref, less `first`. */
static inline unsigned number_of(const struct fl_value *value, unsigned first)
{
    if (value == NULL || value->kind != FL_VALUE_REF) {
        return 0;
    }
    return (unsigned)strtoul(fl_uuid_text(value->uuid).text + 24, NULL, 10) - first;
}

static inline void read_fields(
    const struct fl_node *node,
    const struct fl_entry *entry,
    struct seen *out_seen)
{
    struct fl_arena arena;
    struct fl_object object;
    fl_arena_init(&arena, FL_OBJECT_ARENA_BYTES_MAX);
    assert_int_equal(
        fl_record_decode(
            entry->key, /* deleted= */ false, entry->record, &arena, &object),
        FL_OK);
    if (entry->key.type == key_of(node, DOCUMENT, 1).type) {
        out_seen->company = number_of(field(node, &object, "Организация"), COMPANY_FIRST);
        out_seen->partner = number_of(field(node, &object, "Контрагент"), PARTNER_FIRST);
    } else {
        const struct fl_value *inn = field(node, &object, "ИНН");
        snprintf(
            out_seen->inn, sizeof out_seen->inn, "%.*s",
            inn == NULL ? 0 : (int)inn->bytes.size,
            inn == NULL ? "" : (const char *)inn->bytes.data);
    }
    fl_arena_deinit(&arena);
}

static inline struct seen see(
    const struct fl_node *node,
    const char *type,
    unsigned number)
{
    struct seen seen = {.here = false};
    struct fl_entry entry;
    struct fl_txn txn;
    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    seen.known = fl_object_get(&txn, key_of(node, type, number), &entry) == FL_OK;
    seen.here =
        seen.known && (entry.flags & (FL_ENTRY_DELETED | FL_ENTRY_WITHDRAWN)) == 0;
    if (seen.here) {
        assert_true(entry.record.size <= sizeof seen.record);
        memcpy(seen.record, entry.record.data, entry.record.size);
        seen.record_size = entry.record.size;
        read_fields(node, &entry, &seen);
    }
    fl_txn_abort(&txn);
    return seen;
}

static inline bool is_held(const struct fl_node *node, const char *type, unsigned number)
{
    struct fl_txn txn;
    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    bool held = fl_quarantine_holds(&txn, key_of(node, type, number));
    fl_txn_abort(&txn);
    return held;
}

/* -- what the rule says -- */

static inline bool is_limited(const struct lists *lists)
{
    return lists->has_companies || lists->has_inns;
}

static inline bool admits(
    unsigned filter,
    const struct lists *lists,
    const struct fl_node *node,
    unsigned company,
    unsigned partner)
{
    struct seen there = see(node, PARTNER, PARTNER_FIRST + partner);
    bool of_company = (lists->companies >> company & 1) != 0;
    bool of_inn = false;
    for (unsigned i = 0; i < 3; i++) {
        of_inn = of_inn || (there.here && (lists->inns >> i & 1) != 0 &&
                            strcmp(there.inn, INN[i]) == 0);
    }
    switch (is_limited(lists) ? filter : 0) {
    case 1:
        return of_company;
    case 2:
        return of_inn;
    case 3:
        return of_company && of_inn;
    case 4:
        return of_company || of_inn;
    case 5:
        return !of_company;
    case 6:
        return company == 1;
    case 7:
        return !there.here || strcmp(there.inn, "77") != 0;
    default:
        return true;
    }
}

#endif
