#include "duplicate_find.h"

#include <stdlib.h>
#include <string.h>

#include "duplicate_compared.h"
#include "duplicate_text.h"
#include "peer/origin.h"
#include "proto/record.h"
#include "walk.h"

enum {
    ARENA_BYTES_MAX = 1 << 30,
    HOLDERS_MAX = 30, /* of a word that means something */
    PAIRS_MAX = 4 << 20,
    LIKE_AT_LEAST = 80,
    JUDGED_AT_ONCE = 1000, /* some milliseconds of the loop */
    CODE_ORIGINS_MAX = 1 << 16,
};

static const int SCORES[FL_DUPLICATE_SIGNS] = {60, 50, 30, -40, 25, 25, 40, 20};

const char *fl_duplicate_sign_name(unsigned sign)
{
    static const char *const NAMES[FL_DUPLICATE_SIGNS] = {
        "inn+kpp", "inn", "other kpp", "other inn", "phone", "e-mail", "name", "like"};
    for (size_t i = 0; i < FL_DUPLICATE_SIGNS; i++) {
        if (sign == 1u << i) {
            return NAMES[i];
        }
    }
    return "";
}

/* -- what is found -- */

enum word_kind { WORD_INN, WORD_PHONE, WORD_EMAIL, WORD_NAME };

/* That object `one` has the word. */
struct word {
    enum word_kind kind;
    uint32_t one;
    const char *text;
};

struct meeting {
    uint32_t first;
    uint32_t second;
    unsigned kinds; /* 1 << enum word_kind */
};

/* A growing array. */
struct list {
    void *items;
    size_t count;
    size_t capacity;
};

struct fl_duplicate_search {
    struct fl_node *node;
    uint32_t type;
    uint32_t mark; /* numbers of attributes; 0: there is none */
    uint32_t folder;
    uint32_t description;
    struct fl_duplicate_comparison comparison;
    struct fl_walk walk;
    struct fl_arena arena; /* what is kept */
    struct fl_arena object;
    struct list ones;     /* struct fl_duplicate_one */
    struct list words;    /* struct word */
    struct list meetings; /* struct meeting */
    bool have_met;        /* and are in order */
    size_t judged;        /* of the meetings */
    struct list pairs;    /* struct fl_duplicate_pair */
    const char *codes[CODE_ORIGINS_MAX];
    size_t common;
    bool no_memory;
};

static void *more(struct fl_duplicate_search *search, struct list *list, size_t size)
{
    if (list->count == list->capacity) {
        size_t capacity = 2 * list->capacity + 256;
        void *grown = fl_realloc(list->items, capacity * size);
        if (grown == NULL) {
            search->no_memory = true;
            return NULL;
        }
        list->items = grown;
        list->capacity = capacity;
    }
    return (char *)list->items + size * list->count++;
}

static const char *keep(struct fl_duplicate_search *search, struct fl_bytes text)
{
    const char *kept = fl_arena_text(&search->arena, text);
    search->no_memory = search->no_memory || kept == NULL;
    return kept == NULL ? "" : kept;
}

static void add_word(
    struct fl_duplicate_search *search,
    enum word_kind kind,
    const char *text)
{
    struct word *word = text[0] == '\0' || search->no_memory
                            ? NULL
                            : more(search, &search->words, sizeof *word);
    if (word != NULL) {
        word->kind = kind;
        word->one = (uint32_t)search->ones.count; /* which is about to be added */
        word->text = keep(search, fl_bytes_of_text(text));
    }
}

static void take_text(
    struct fl_duplicate_search *search,
    enum fl_duplicate_what what,
    struct fl_bytes text,
    struct fl_duplicate_one *one)
{
    struct fl_duplicate_word word;
    struct fl_bytes rest = text;
    switch (what) {
    case FL_DUPLICATE_IS_INN:
        word = fl_duplicate_inn(text);
        one->inn = keep(search, fl_bytes_of_text(word.text));
        add_word(search, WORD_INN, word.text);
        break;
    case FL_DUPLICATE_IS_KPP:
        word = fl_duplicate_kpp(text);
        one->kpp = keep(search, fl_bytes_of_text(word.text));
        break;
    case FL_DUPLICATE_IS_NAME:
        word = fl_duplicate_name(text);
        add_word(search, WORD_NAME, word.text);
        break;
    case FL_DUPLICATE_IS_CONTACT:
        while (fl_duplicate_next_phone(&rest, &word)) {
            add_word(search, WORD_PHONE, word.text);
        }
        rest = text;
        while (fl_duplicate_next_email(&rest, &word)) {
            add_word(search, WORD_EMAIL, word.text);
        }
        break;
    }
}

static void take_value(
    struct fl_duplicate_search *search,
    const struct fl_duplicate_attribute *compared,
    const struct fl_value *value,
    struct fl_duplicate_one *one)
{
    if (value != NULL && value->kind == FL_VALUE_STRING) {
        take_text(search, compared->what, value->bytes, one);
    }
}

static void take_object(
    struct fl_duplicate_search *search,
    const struct fl_object *object,
    struct fl_duplicate_one *one)
{
    for (size_t i = 0; i < search->comparison.count; i++) {
        const struct fl_duplicate_attribute *compared = &search->comparison.items[i];
        const struct fl_section *section =
            compared->section == 0 ? NULL : fl_object_section(object, compared->section);
        if (compared->section == 0) {
            take_value(search, compared, fl_object_field(object, compared->number), one);
        }
        for (size_t row = 0; section != NULL && row < section->row_count; row++) {
            take_value(
                search, compared, fl_row_field(&section->rows[row], compared->number),
                one);
        }
    }
}

static const char *branch_of(
    struct fl_duplicate_search *search,
    struct fl_txn *txn,
    uint32_t origin)
{
    if (origin >= CODE_ORIGINS_MAX) {
        return "?";
    }
    if (search->codes[origin] == NULL) {
        char *code = fl_origin_code(txn, search->node->identity->code, origin);
        search->codes[origin] = keep(search, fl_bytes_of_text(code == NULL ? "?" : code));
        fl_free(code);
    }
    return search->codes[origin];
}

static bool is_true(const struct fl_object *object, uint32_t number)
{
    const struct fl_value *value = fl_object_field(object, number);
    return value != NULL && value->kind == FL_VALUE_BOOLEAN && value->boolean;
}

static enum fl_status visit(
    void *context,
    struct fl_txn *txn,
    const struct fl_entry *entry,
    bool *out_stop,
    struct fl_error *out_error)
{
    struct fl_duplicate_search *search = context;
    struct fl_object object;
    (void)out_stop;
    fl_arena_reset(&search->object);
    if (fl_record_decode(
            entry->key, /* deleted= */ false, entry->record, &search->object, &object) !=
            FL_OK ||
        is_true(&object, search->mark) || is_true(&object, search->folder)) {
        return FL_OK; /* what cannot be read, `filial store check` tells */
    }
    const struct fl_value *description = fl_object_field(&object, search->description);
    bool has_words = description != NULL && description->kind == FL_VALUE_STRING;
    struct fl_duplicate_one one = {
        .key = entry->key,
        .description = has_words ? keep(search, description->bytes) : "",
        .inn = "",
        .kpp = "",
        .branch = branch_of(search, txn, entry->origin)};
    take_object(search, &object, &one);
    struct fl_duplicate_one *kept =
        search->no_memory ? NULL : more(search, &search->ones, sizeof *kept);
    if (kept != NULL) {
        *kept = one;
    }
    return search->no_memory ? fl_error_set(
                                   out_error, FL_NO_MEMORY,
                                   "there are too many objects for the memory here")
                             : FL_OK;
}

/* -- who meets whom -- */

static int compare_words(const void *a, const void *b)
{
    const struct word *one = a;
    const struct word *two = b;
    int order = (int)one->kind - (int)two->kind;
    order = order != 0 ? order : strcmp(one->text, two->text);
    return order != 0 ? order : (one->one > two->one) - (one->one < two->one);
}

static bool are_equal(const struct word *a, const struct word *b)
{
    return a->kind == b->kind && strcmp(a->text, b->text) == 0;
}

/* All that hold one word meet each other, unless too many do. */
static void meet(struct fl_duplicate_search *search, const struct word *words, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = i + 1; k < n; k++) {
            struct meeting *meeting =
                words[i].one == words[k].one || search->meetings.count >= PAIRS_MAX
                    ? NULL
                    : more(search, &search->meetings, sizeof *meeting);
            if (meeting != NULL) {
                *meeting =
                    (struct meeting){words[i].one, words[k].one, 1u << words[i].kind};
            }
        }
    }
}

static int compare_meetings(const void *a, const void *b)
{
    const struct meeting *one = a;
    const struct meeting *two = b;
    int order = (one->first > two->first) - (one->first < two->first);
    return order != 0 ? order : (one->second > two->second) - (one->second < two->second);
}

static void meet_all(struct fl_duplicate_search *search)
{
    struct word *words = search->words.items;
    size_t count = search->words.count;
    size_t behind = 0;
    if (count > 0) {
        qsort(words, count, sizeof *words, compare_words);
    }
    for (size_t first = 0; first < count; first = behind) {
        behind = first + 1;
        while (behind < count && are_equal(&words[first], &words[behind])) {
            behind++;
        }
        if (behind - first <= HOLDERS_MAX) {
            meet(search, words + first, behind - first);
        } else {
            search->common++;
        }
    }
    if (search->meetings.count > 0) {
        qsort(
            search->meetings.items, search->meetings.count, sizeof(struct meeting),
            compare_meetings);
    }
}

static unsigned inn_sign(
    const struct fl_duplicate_one *one,
    const struct fl_duplicate_one *two)
{
    if (one->inn[0] == '\0' || two->inn[0] == '\0') {
        return 0;
    }
    if (strcmp(one->inn, two->inn) != 0) {
        return FL_DUPLICATE_OTHER_INN;
    }
    if (strcmp(one->kpp, two->kpp) == 0) {
        return FL_DUPLICATE_INN_KPP;
    }
    return one->kpp[0] == '\0' || two->kpp[0] == '\0' ? FL_DUPLICATE_INN
                                                      : FL_DUPLICATE_OTHER_KPP;
}

static unsigned name_sign(
    const struct fl_duplicate_one *one,
    const struct fl_duplicate_one *two)
{
    struct fl_duplicate_word a = fl_duplicate_name(fl_bytes_of_text(one->description));
    struct fl_duplicate_word b = fl_duplicate_name(fl_bytes_of_text(two->description));
    return fl_duplicate_likeness(a.text, b.text) >= LIKE_AT_LEAST ? FL_DUPLICATE_NAME_LIKE
                                                                  : 0;
}

static void add_pair(struct fl_duplicate_search *search, const struct meeting *meeting)
{
    const struct fl_duplicate_one *ones = search->ones.items;
    const struct fl_duplicate_one *first = &ones[meeting->first];
    const struct fl_duplicate_one *second = &ones[meeting->second];
    unsigned kinds = meeting->kinds;
    unsigned signs = inn_sign(first, second);
    int score = 0;
    signs |= (kinds & 1u << WORD_PHONE) != 0 ? FL_DUPLICATE_PHONE : 0;
    signs |= (kinds & 1u << WORD_EMAIL) != 0 ? FL_DUPLICATE_EMAIL : 0;
    signs |=
        (kinds & 1u << WORD_NAME) != 0 ? FL_DUPLICATE_NAME : name_sign(first, second);
    for (size_t i = 0; i < FL_DUPLICATE_SIGNS; i++) {
        score += (signs & 1u << i) != 0 ? SCORES[i] : 0;
    }
    score = score < 0 ? 0 : score;
    score = score > FL_DUPLICATE_SCORE_MAX ? FL_DUPLICATE_SCORE_MAX : score;
    struct fl_duplicate_pair *pair = more(search, &search->pairs, sizeof *pair);
    if (pair != NULL) {
        *pair = (struct fl_duplicate_pair){first, second, (unsigned)score, signs};
    }
}

static int compare_pairs(const void *a, const void *b)
{
    const struct fl_duplicate_pair *one = a;
    const struct fl_duplicate_pair *two = b;
    int order = (one->score < two->score) - (one->score > two->score);
    order = order != 0 ? order : strcmp(one->first->description, two->first->description);
    return order != 0 ? order : fl_uuid_compare(one->first->key.id, two->first->key.id);
}

static void judge_some(struct fl_duplicate_search *search)
{
    struct meeting *meetings = search->meetings.items;
    size_t count = search->meetings.count;
    for (size_t n = 0; n < JUDGED_AT_ONCE && search->judged < count && !search->no_memory;
         n++) {
        size_t i = search->judged++;
        bool is_last =
            i + 1 == count || compare_meetings(&meetings[i], &meetings[i + 1]) != 0;
        if (is_last) {
            add_pair(search, &meetings[i]);
        } else {
            meetings[i + 1].kinds |= meetings[i].kinds;
        }
    }
}

/* -- a search -- */

static uint32_t number_of(const struct fl_type *type, enum fl_role role)
{
    const struct fl_attribute *attribute = fl_type_role(type, role);
    return attribute == NULL ? 0 : attribute->number;
}

enum fl_status fl_duplicate_search_new(
    struct fl_node *node,
    const struct fl_type *type,
    struct fl_duplicate_search **out_search,
    struct fl_error *out_error)
{
    if (type->kind != FL_KIND_CATALOG) {
        return fl_error_set(
            out_error, FL_MALFORMED, "%s: duplicates are looked for in catalogs",
            type->name);
    }
    struct fl_duplicate_search *search = fl_alloc_zeroed(1, sizeof *search);
    if (search == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    search->node = node;
    search->type = type->number;
    search->mark = number_of(type, FL_ROLE_DELETION_MARK);
    search->folder = number_of(type, FL_ROLE_IS_FOLDER);
    search->description = number_of(type, FL_ROLE_DESCRIPTION);
    search->comparison = fl_duplicate_comparison_of(type);
    search->walk = (struct fl_walk){.store = node->store, .type = type->number};
    fl_arena_init(&search->arena, ARENA_BYTES_MAX);
    fl_arena_init(&search->object, FL_OBJECT_ARENA_BYTES_MAX);
    if (search->comparison.count == 0) {
        fl_duplicate_search_free(search);
        return fl_error_set(
            out_error, FL_NOT_FOUND,
            "%s has neither a description nor an INN, a telephone or an e-mail",
            type->name);
    }
    *out_search = search;
    return FL_OK;
}

void fl_duplicate_search_free(struct fl_duplicate_search *search)
{
    if (search != NULL) {
        fl_arena_deinit(&search->arena);
        fl_arena_deinit(&search->object);
        fl_free(search->ones.items);
        fl_free(search->words.items);
        fl_free(search->meetings.items);
        fl_free(search->pairs.items);
        fl_free(search);
    }
}

enum fl_status fl_duplicate_search_step(
    struct fl_duplicate_search *search,
    bool *out_done,
    struct fl_error *out_error)
{
    if (!search->walk.done) {
        return fl_walk_some(&search->walk, /* share= */ NULL, visit, search, out_error);
    }
    if (search->have_met) {
        judge_some(search);
    } else {
        meet_all(search);
        search->have_met = true;
    }
    if (search->no_memory) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    *out_done = search->judged == search->meetings.count;
    if (*out_done && search->pairs.count > 0) {
        qsort(
            search->pairs.items, search->pairs.count, sizeof(struct fl_duplicate_pair),
            compare_pairs);
    }
    return FL_OK;
}

const struct fl_duplicate_pair *fl_duplicate_search_pairs(
    const struct fl_duplicate_search *search,
    size_t *out_count)
{
    *out_count = search->pairs.count;
    return search->pairs.items;
}

size_t fl_duplicate_search_looked(const struct fl_duplicate_search *search)
{
    return search->ones.count;
}

size_t fl_duplicate_search_common(const struct fl_duplicate_search *search)
{
    return search->common;
}
