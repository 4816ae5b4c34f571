/*
 * What tests of filters share: invoices of companies and to partners at a centre and at a
 * branch, and what has become of them there.
 */

#ifndef TESTS_NODE_ROUTING_PAIR_H
#define TESTS_NODE_ROUTING_PAIR_H

#include "pair.h"

enum { COMPANIES = 9000, PARTNERS = 8000 };

static const char DOCUMENT[] = "Document.СчетНаОплатуПокупателю";

#define RUN(side, ...)                                                                   \
    run_on(                                                                              \
        side, NULL, sizeof FIXTURE_WORDS(__VA_ARGS__) / sizeof(const char *),            \
        FIXTURE_WORDS(__VA_ARGS__))

static inline int try_on(struct side *side, size_t count, const char *const *words)
{
    struct fixture *fixture = side->pair->fixture;
    fixture->node = side->node;
    int exit_status = fixture_run_words(fixture, NULL, count, words);
    fixture->node = NULL;
    return exit_status;
}

/* "Catalog.Организации:UUID" and the like, in turn. */
static inline const char *ref(const char *type, unsigned number)
{
    static char text[8][200];
    static size_t next;
    char *out = text[next++ % 8];
    snprintf(out, sizeof text[0], "%s:11111111-2222-4333-8444-%012u", type, number);
    return out;
}

static inline const char *company(unsigned number)
{
    return ref("Catalog.Организации", COMPANIES + number);
}

static inline const char *partner(unsigned number)
{
    return ref("Catalog.Контрагенты", PARTNERS + number);
}

static inline void put_partner(struct side *side, unsigned number, const char *inn)
{
    char line[400];
    snprintf(
        line, sizeof line, "{\"put\":\"%s\",\"set\":{\"ИНН\":\"%s\"}}", partner(number),
        inn);
    batch(side, line);
}

static inline void put_invoice(
    struct side *side,
    unsigned number,
    unsigned of_company,
    unsigned to_partner)
{
    char line[1000];
    snprintf(
        line, sizeof line,
        "{\"put\":\"%s\",\"set\":{\"Number\":\"%u\",\"Организация\":\"%s\","
        "\"Контрагент\":\"%s\"}}",
        ref(DOCUMENT, number), number, company(of_company), partner(to_partner));
    batch(side, line);
}

static inline struct fl_key key_of(
    const struct side *side,
    const char *type,
    unsigned number)
{
    struct fl_key key = {.type = 0};
    char id[40];
    const struct fl_type *found =
        fl_configuration_find_full(side->node->configuration, fl_bytes_of_text(type));
    assert_non_null(found);
    snprintf(id, sizeof id, "11111111-2222-4333-8444-%012u", number);
    key.type = found->number;
    assert_int_equal(fl_uuid_parse(fl_bytes_of_text(id), &key.id), FL_OK);
    return key;
}

enum state { NEVER = 0, HERE, DELETED, WITHDRAWN };

static inline enum state state_of(
    const struct side *side,
    const char *type,
    unsigned number)
{
    struct fl_entry entry;
    struct fl_txn txn;
    fl_txn_begin(&txn, side->node->store, FL_TXN_READ);
    enum fl_status status = fl_object_get(&txn, key_of(side, type, number), &entry);
    enum state state = NEVER;
    if (status == FL_OK) {
        state = (entry.flags & FL_ENTRY_WITHDRAWN) != 0 ? WITHDRAWN
                : (entry.flags & FL_ENTRY_DELETED) != 0 ? DELETED
                                                        : HERE;
    }
    fl_txn_abort(&txn);
    return state;
}

#define INVOICE(side, number) state_of(side, DOCUMENT, number)

static inline uint64_t quarantined_by(const struct side *side)
{
    struct fl_txn txn;
    fl_txn_begin(&txn, side->node->store, FL_TXN_READ);
    uint64_t count = fl_quarantine_count(&txn);
    fl_txn_abort(&txn);
    return count;
}

static inline uint64_t collisions_of(const struct side *side)
{
    struct fl_txn txn;
    struct fl_collision_record collision = {.id = 0};
    uint64_t count = 0;
    fl_txn_begin(&txn, side->node->store, FL_TXN_READ);
    while (fl_collisions_next(&txn, collision.id, &collision) == FL_OK) {
        count++;
    }
    fl_txn_abort(&txn);
    return count;
}

static inline void settle(struct pair *pair)
{
    synchronise(pair);
    synchronise(pair);
}

/* The branch has company 1, by company. */
static inline void limit(struct pair *pair)
{
    RUN(&pair->centre, "filter", "value", "Ф01", "организации", company(1));
    RUN(&pair->centre, "filter", "set", DOCUMENT, "Организация in $организации");
}

#endif
