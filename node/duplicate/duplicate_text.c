#include "duplicate_text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum {
    WORDS_MAX = 32,
    PHONE_DIGITS = 10,
    PHONE_DIGITS_MAX = 15,
    INN_DIGITS_COMPANY = 10,
    INN_DIGITS_PERSON = 12,
    KPP_SIZE = 9,
    PAIRS_MAX = FL_DUPLICATE_WORD_BYTES,
};

/* -- names -- */

/* Forms of companies, which people leave out or write as they like. */
static const char *const FORMS[] = {
    "ооо",
    "оао",
    "зао",
    "пао",
    "нао",
    "ао",
    "ип",
    "чп",
    "тоо",
    "фгуп",
    "муп",
    "общество",
    "с",
    "ограниченной",
    "ответственностью",
    "публичное",
    "непубличное",
    "открытое",
    "закрытое",
    "акционерное",
    "индивидуальный",
    "предприниматель",
    "llc",
    "ltd",
    "inc",
    "gmbh"};

/* Small letters of Latin and Russian, ё as е, other marks of ASCII and quotes as blanks.
 */
static size_t put_small(const uint8_t *at, size_t left, char *out)
{
    if (at[0] < 0x80) {
        out[0] = isalnum(at[0]) ? (char)tolower(at[0]) : ' ';
        return 1;
    }
    size_t size = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
    size = size < left ? size : left;
    memcpy(out, at, size);
    unsigned code = size == 2 ? (at[0] & 0x1fu) << 6 | (at[1] & 0x3fu) : 0;
    if (code >= 0x410 && code <= 0x42f) {
        code += 0x20; /* А..Я */
    } else if (code == 0x401 || code == 0x451) {
        code = 0x435; /* Ё and ё */
    } else if (code == 0xab || code == 0xbb || code == 0xa0 || at[0] == 0xe2) {
        memset(out, ' ', size); /* quotes, dashes, № */
        return size;
    }
    if (code != 0) {
        out[0] = (char)(0xc0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3f));
    }
    return size;
}

static bool is_form(const char *word)
{
    for (size_t i = 0; i < sizeof FORMS / sizeof FORMS[0]; i++) {
        if (strcmp(FORMS[i], word) == 0) {
            return true;
        }
    }
    return false;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Of a name that is nothing but forms, all words. */
static size_t split(char *text, bool with_forms, const char *words[WORDS_MAX])
{
    size_t count = 0;
    char *rest = NULL;
    for (char *word = strtok_r(text, " ", &rest); word != NULL && count < WORDS_MAX;
         word = strtok_r(NULL, " ", &rest)) {
        if (with_forms || !is_form(word)) {
            words[count++] = word;
        }
    }
    qsort(words, count, sizeof *words, by_text);
    return count;
}

struct fl_duplicate_word fl_duplicate_name(struct fl_bytes text)
{
    struct fl_duplicate_word small = {""};
    struct fl_duplicate_word name = {""};
    const char *words[WORDS_MAX];
    struct fl_bytes cut = fl_bytes_utf8_beginning(text, sizeof small.text - 1);
    for (size_t at = 0; at < cut.size;) {
        at += put_small(cut.data + at, cut.size - at, small.text + at);
    }
    small.text[cut.size] = '\0';
    struct fl_duplicate_word copy = small;
    size_t count = split(copy.text, /* with_forms= */ false, words);
    if (count == 0) {
        copy = small;
        count = split(copy.text, /* with_forms= */ true, words);
    }
    for (size_t i = 0; i < count; i++) {
        strcat(name.text, i == 0 ? "" : " ");
        strcat(name.text, words[i]);
    }
    return name;
}

static size_t pairs_of(const char *text, uint16_t pairs[PAIRS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; text[i] != '\0' && text[i + 1] != '\0' && count < PAIRS_MAX; i++) {
        pairs[count++] = (uint16_t)((uint8_t)text[i] << 8 | (uint8_t)text[i + 1]);
    }
    return count;
}

unsigned fl_duplicate_likeness(const char *a, const char *b)
{
    uint16_t of_a[PAIRS_MAX];
    uint16_t of_b[PAIRS_MAX];
    size_t count_a = pairs_of(a, of_a);
    size_t count_b = pairs_of(b, of_b);
    size_t left = count_b;
    for (size_t i = 0; i < count_a; i++) {
        for (size_t k = 0; k < left; k++) {
            if (of_a[i] == of_b[k]) {
                of_b[k] = of_b[--left];
                break;
            }
        }
    }
    size_t common = count_b - left;
    return count_a + count_b == 0 ? 0 : (unsigned)(200 * common / (count_a + count_b));
}

/* -- numbers -- */

static struct fl_duplicate_word take_signs(struct fl_bytes text, int (*wants)(int))
{
    struct fl_duplicate_word word = {""};
    size_t count = 0;
    for (size_t i = 0; i < text.size && count < sizeof word.text - 1; i++) {
        if (text.data[i] < 0x80 && wants(text.data[i])) {
            word.text[count++] = (char)toupper(text.data[i]);
        }
    }
    return word;
}

struct fl_duplicate_word fl_duplicate_inn(struct fl_bytes text)
{
    struct fl_duplicate_word inn = take_signs(text, isdigit);
    size_t size = strlen(inn.text);
    if ((size != INN_DIGITS_COMPANY && size != INN_DIGITS_PERSON) ||
        strspn(inn.text, "0") == size) {
        inn.text[0] = '\0';
    }
    return inn;
}

struct fl_duplicate_word fl_duplicate_kpp(struct fl_bytes text)
{
    struct fl_duplicate_word kpp = take_signs(text, isalnum);
    if (strlen(kpp.text) != KPP_SIZE || strspn(kpp.text, "0") == KPP_SIZE) {
        kpp.text[0] = '\0';
    }
    return kpp;
}

/* -- telephones -- */

static bool is_within_phone(uint8_t byte)
{
    return isdigit(byte) || byte == ' ' || byte == '(' || byte == ')' || byte == '-' ||
           byte == '.';
}

/* The run of digits and what stands between them; +7 begins another. */
static size_t take_run(struct fl_bytes text, char out_digits[PHONE_DIGITS_MAX + 1])
{
    size_t count = 0;
    size_t at = 0;
    bool begins = true;
    while (at < text.size &&
           (is_within_phone(text.data[at]) || (begins && text.data[at] == '+'))) {
        begins = begins && !isdigit(text.data[at]);
        if (isdigit(text.data[at]) && count < PHONE_DIGITS_MAX) {
            out_digits[count++] = (char)text.data[at];
        }
        at++;
    }
    out_digits[count] = '\0';
    return at;
}

bool fl_duplicate_next_phone(
    struct fl_bytes *io_text,
    struct fl_duplicate_word *out_phone)
{
    char digits[PHONE_DIGITS_MAX + 1];
    while (io_text->size > 0) {
        size_t size = take_run(*io_text, digits);
        size_t count = strlen(digits);
        size = size > 0 ? size : 1;
        *io_text = (struct fl_bytes){io_text->data + size, io_text->size - size};
        bool has_country =
            count == PHONE_DIGITS + 1 && (digits[0] == '7' || digits[0] == '8');
        const char *own = has_country ? digits + 1 : digits;
        if ((has_country || count == PHONE_DIGITS) &&
            strspn(own, (char[]){own[0], '\0'}) < PHONE_DIGITS) {
            memcpy(out_phone->text, own, PHONE_DIGITS + 1);
            return true;
        }
    }
    return false;
}

/* -- e-mail -- */

static bool is_within_email(uint8_t byte)
{
    return isalnum(byte) || byte == '.' || byte == '-' || byte == '_' || byte == '+';
}

bool fl_duplicate_next_email(
    struct fl_bytes *io_text,
    struct fl_duplicate_word *out_email)
{
    const uint8_t *data = io_text->data;
    for (size_t at = 0; at < io_text->size; at++) {
        size_t first = at;
        size_t last = at + 1;
        if (data[at] != '@') {
            continue;
        }
        while (first > 0 && is_within_email(data[first - 1])) {
            first--;
        }
        while (last < io_text->size && is_within_email(data[last])) {
            last++;
        }
        while (last > at && data[last - 1] == '.') {
            last--;
        }
        size_t size = last - first;
        bool is_one = first < at && last > at + 1 && size < sizeof out_email->text &&
                      memchr(data + at, '.', last - at) != NULL;
        if (is_one) {
            for (size_t i = 0; i < size; i++) {
                out_email->text[i] = (char)tolower(data[first + i]);
            }
            out_email->text[size] = '\0';
            *io_text = (struct fl_bytes){data + last, io_text->size - last};
            return true;
        }
    }
    *io_text = (struct fl_bytes){data, 0};
    return false;
}
