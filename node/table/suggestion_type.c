#include "table/suggestion_type.h"

#include <string.h>

#include "proto/attribute_name.h"

enum {
    NAME_BYTES = 256,
    WORD_BYTES_MIN = 8, /* four Russian letters: shorter words say nothing */
    ENDING_BYTES = 4,   /* that a case or a plural changes */
    SCORE_COLUMN = 10,
    SCORE_NAME = 15, /* the file is called so: more than a column, less than two */
    SCORE_WORD = 3,
};

/* What people call things that types are named after otherwise. */
static const struct {
    const char *word;
    const char *type;
} CALLED[] = {
    {"клиент", "контрагент"},    {"покупател", "контрагент"}, {"поставщик", "контрагент"},
    {"партнер", "контрагент"},   {"customer", "контрагент"},  {"client", "контрагент"},
    {"supplier", "контрагент"},  {"товар", "номенклатур"},    {"goods", "номенклатур"},
    {"product", "номенклатур"},  {"прайс", "номенклатур"},    {"фирм", "организаци"},
    {"invoice", "счетнаоплату"}, {"employee", "сотрудник"},   {"currenc", "валют"},
    {"warehouse", "склад"}};

/* The next letter or digit of a text, small, and its bytes; 0: there are no more. */
static size_t next_letter(struct fl_bytes *io_text, char out[2])
{
    size_t size = 0;

    while (io_text->size > 0 && size == 0) {
        const uint8_t byte = io_text->data[0];
        size_t taken = 1;

        if (byte >= 'A' && byte <= 'Z') {
            out[size++] = (char)(byte + 32);
        } else if ((byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9')) {
            out[size++] = (char)byte;
        } else if ((byte == 0xD0 || byte == 0xD1) && io_text->size > 1) {
            unsigned rune = (byte & 0x1Fu) << 6 | (io_text->data[1] & 0x3Fu);

            rune = rune >= 0x410 && rune <= 0x42F ? rune + 0x20 : rune;
            rune = rune == 0x401 || rune == 0x451 ? 0x435 : rune;
            out[size++] = (char)(0xC0 | rune >> 6);
            out[size++] = (char)(0x80 | (rune & 0x3F));
            taken = 2;
        }
        io_text->data += taken;
        io_text->size -= taken;
    }
    return size;
}

/* Letters and digits only, in small letters: "Сумма документа" is СуммаДокумента. */
static void simplify(struct fl_bytes text, char out[NAME_BYTES])
{
    size_t size = 0;
    size_t letter = 1;

    while (letter > 0 && size + 2 < NAME_BYTES) {
        letter = next_letter(&text, out + size);
        size += letter;
    }
    out[size] = '\0';
}

/* Is it `wanted`, which is not empty, once it is simplified? Most differ at once. */
static bool is_simply(struct fl_bytes text, const char *wanted)
{
    char letter[2];
    size_t size = next_letter(&text, letter);

    while (size > 0 && strncmp(wanted, letter, size) == 0) {
        wanted += size;
        size = next_letter(&text, letter);
    }
    return size == 0 && wanted[0] == '\0';
}

static bool is_capital(const char *letter)
{
    const uint8_t first = (uint8_t)letter[0];
    const uint8_t second = (uint8_t)letter[first == '\0' ? 0 : 1];

    return (first >= 'A' && first <= 'Z') ||
           (first == 0xD0 && (second == 0x81 || (second >= 0x90 && second <= 0xAF)));
}

/* The next word of "СчетНаОплату", simplified and without its ending; "" at the end. */
static const char *next_stem(const char *name, char out_stem[NAME_BYTES])
{
    size_t size = 1;

    out_stem[0] = '\0';
    if (name[0] == '\0') {
        return name;
    }
    while (name[size] != '\0' && !is_capital(name + size)) {
        size++;
    }
    simplify((struct fl_bytes){(const uint8_t *)name, size}, out_stem);
    const size_t letters = strlen(out_stem);

    if (letters > WORD_BYTES_MIN) {
        const size_t left = letters - ENDING_BYTES;

        out_stem[left < WORD_BYTES_MIN ? WORD_BYTES_MIN : left] = '\0';
    }
    return name + size;
}

/* Does a simplified text name the things that the type is of? */
static bool names_type(const struct fl_type *type, const char *text)
{
    char stem[NAME_BYTES];
    char name[NAME_BYTES];

    (void)next_stem(type->name, stem);
    if (strlen(stem) >= WORD_BYTES_MIN && strncmp(text, stem, strlen(stem)) == 0) {
        return true;
    }
    simplify(fl_bytes_of_text(type->name), name);
    for (size_t i = 0; i < sizeof(CALLED) / sizeof(CALLED[0]); i++) {
        if (strncmp(text, CALLED[i].word, strlen(CALLED[i].word)) == 0 &&
            strncmp(name, CALLED[i].type, strlen(CALLED[i].type)) == 0) {
            return true;
        }
    }
    return false;
}

const struct fl_attribute *fl_suggestion_attribute(
    const struct fl_type *type,
    struct fl_bytes header)
{
    static const struct {
        const char *word; /* simplified */
        const char *name;
    } synonyms[] = {
        {"наименование", "Description"},
        {"название", "Description"},
        {"имя", "Description"},
        {"name", "Description"},
        {"код", "Code"},
        {"артикул", "Code"},
        {"номер", "Number"},
        {"дата", "Date"},
        {"сумма", "СуммаДокумента"},
        {"клиент", "Контрагент"},
        {"покупатель", "Контрагент"},
        {"inn", "ИНН"},
        {"владелец", "Owner"},
        {"родитель", "Parent"},
        {"группа", "Parent"}};
    char wanted[NAME_BYTES];

    simplify(header, wanted);
    for (size_t i = 0; i < type->attribute_count && wanted[0] != '\0'; i++) {
        if (is_simply(fl_bytes_of_text(type->attributes[i].name), wanted)) {
            return &type->attributes[i];
        }
    }
    for (size_t i = 0; i < sizeof(synonyms) / sizeof(synonyms[0]); i++) {
        const struct fl_attribute *attribute =
            strcmp(wanted, synonyms[i].word) == 0
                ? fl_attribute_by_name(type, fl_bytes_of_text(synonyms[i].name))
                : NULL;

        if (attribute) {
            return attribute;
        }
    }
    /* "Клиент" over the names of a table of customers. */
    return names_type(type, wanted) ? fl_type_role(type, FL_ROLE_DESCRIPTION) : NULL;
}

/* The words behind the first of the type's name that stand in a simplified text. */
static unsigned score_of_words(const struct fl_type *type, const char *text)
{
    char stem[NAME_BYTES];
    unsigned score = 0;
    const char *rest = next_stem(type->name, stem);

    while (*rest != '\0') {
        rest = next_stem(rest, stem);
        score += strlen(stem) >= WORD_BYTES_MIN && strstr(text, stem) ? SCORE_WORD : 0;
    }
    return score;
}

/* What the file is called, without its folder. */
static unsigned score_of_name(const struct fl_type *type, const char *path)
{
    const char *slash = strrchr(path, '/');
    char file[NAME_BYTES];

    simplify(fl_bytes_of_text(slash ? slash + 1 : path), file);
    for (const char *at = file; *at != '\0'; at++) {
        if (names_type(type, at)) {
            return SCORE_NAME + score_of_words(type, file);
        }
    }
    return score_of_words(type, file);
}

static struct fl_suggested_type judge(
    const struct fl_type *type,
    const struct fl_sheet_row *header,
    const char *path)
{
    struct fl_suggested_type judged = {.type = type};
    char name[NAME_BYTES];

    for (size_t i = 0; i < header->cell_count && fl_kind_has_ref(type->kind); i++) {
        judged.columns += fl_suggestion_attribute(type, header->cells[i]) ? 1 : 0;
    }
    for (size_t i = 0; i < header->cell_count && judged.columns > 0; i++) {
        simplify(header->cells[i], name);
        judged.score += score_of_words(type, name);
    }
    if (judged.columns > 0) {
        judged.score +=
            (unsigned)judged.columns * SCORE_COLUMN + score_of_name(type, path);
    }
    return judged;
}

/* Of those that fit alike the one that holds more: a table is of what there is much of.
 */
static bool is_better(
    const struct fl_suggested_type *a,
    const struct fl_suggested_type *b)
{
    if (!b->type || a->score != b->score) {
        return !b->type || a->score > b->score;
    }
    return a->type->attribute_count > b->type->attribute_count;
}

static void offer_other(struct fl_suggested_types *types, struct fl_suggested_type other)
{
    size_t place = 0;

    while (place < types->other_count && !is_better(&other, &types->others[place])) {
        place++;
    }
    if (place == FL_SUGGESTION_OTHERS_MAX) {
        return;
    }
    types->other_count += types->other_count < FL_SUGGESTION_OTHERS_MAX ? 1 : 0;
    memmove(
        &types->others[place + 1], &types->others[place],
        (types->other_count - 1 - place) * sizeof(types->others[0]));
    types->others[place] = other;
}

/* Others that fit by fewer columns are none. */
static void drop_worse(struct fl_suggested_types *types)
{
    size_t kept = 0;

    for (size_t i = 0; i < types->other_count; i++) {
        if (types->others[i].columns >= types->best.columns) {
            types->others[kept++] = types->others[i];
        }
    }
    types->other_count = kept;
}

void fl_suggestion_types(
    const struct fl_configuration *configuration,
    const struct fl_sheet_row *header,
    const char *path,
    struct fl_suggested_types *out_types)
{
    memset(out_types, 0, sizeof(*out_types));
    for (size_t i = 0; i < configuration->type_count; i++) {
        struct fl_suggested_type judged = judge(&configuration->types[i], header, path);

        if (judged.columns == 0) {
            continue;
        }
        if (is_better(&judged, &out_types->best)) {
            const struct fl_suggested_type before = out_types->best;

            out_types->best = judged;
            judged = before;
        }
        if (judged.type) {
            offer_other(out_types, judged);
        }
    }
    drop_worse(out_types);
}
