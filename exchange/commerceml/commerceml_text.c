#include <stdio.h>
#include <string.h>

#include "exchange/commerceml.h"

enum { DAY_SECONDS = 86400, TEXT_BYTES_MAX = 96 };

/* --- numbers --- */

/* Bytes of a blank at `at`: ASCII, U+00A0, U+202F; 0: it is none. */
static size_t blank_size(const uint8_t *at, size_t left)
{
    if (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r') {
        return 1;
    }
    if (left >= 2 && at[0] == 0xC2 && at[1] == 0xA0) {
        return 2;
    }
    return left >= 3 && at[0] == 0xE2 && at[1] == 0x80 && at[2] == 0xAF ? 3 : 0;
}

bool fl_commerceml_number(struct fl_bytes text, struct fl_decimal *out_number)
{
    char plain[TEXT_BYTES_MAX];
    size_t size = 0;
    for (size_t at = 0; at < text.size;) {
        const size_t blank = blank_size(text.data + at, text.size - at);
        if (blank == 0) {
            if (size + 2 >= sizeof plain) {
                return false;
            }
            const char letter = (char)text.data[at];
            if ((letter == '.' || letter == ',') && size == 0) {
                plain[size++] = '0';
            }
            plain[size++] = letter == ',' ? '.' : letter;
        }
        at += blank == 0 ? 1 : blank;
    }
    size -= size > 1 && plain[size - 1] == '.';
    return fl_decimal_parse(
               (struct fl_bytes){(const uint8_t *)plain, size}, out_number) == FL_OK;
}

/* By its digits, which have no limit but their number. */
struct fl_decimal fl_commerceml_round(struct fl_decimal number, unsigned fraction)
{
    char text[FL_DECIMAL_TEXT_BYTES_MAX + 2] = "0"; /* room for a carry in front */
    size_t size = 1 + fl_decimal_format(number, text + 1);
    struct fl_decimal rounded = number;
    const char *point = memchr(text, '.', size);
    if (point == NULL || number.scale <= fraction) {
        return number;
    }
    if (text[1] == '-') {
        text[0] = '-';
        text[1] = '0';
    }
    size_t end = (size_t)(point - text) + 1 + fraction;
    bool carry = text[end] >= '5';
    for (size_t at = end; carry && at-- > 0;) {
        if (text[at] >= '0' && text[at] <= '9') {
            carry = text[at] == '9';
            text[at] = carry ? '0' : (char)(text[at] + 1);
        }
    }
    end -= fraction == 0; /* the point */
    (void)fl_decimal_parse((struct fl_bytes){(const uint8_t *)text, end}, &rounded);
    return rounded;
}

/* --- dates --- */

struct scan {
    struct fl_bytes text;
    size_t at;
};

static bool is_digit(const struct scan *scan)
{
    return scan->at < scan->text.size && scan->text.data[scan->at] >= '0' &&
           scan->text.data[scan->at] <= '9';
}

/* Between `least` and `most` digits. */
static bool take_digits(
    struct scan *scan,
    size_t least,
    size_t most,
    unsigned *out_number)
{
    size_t count = 0;
    *out_number = 0;
    while (count < most && is_digit(scan)) {
        *out_number = *out_number * 10 + (unsigned)(scan->text.data[scan->at++] - '0');
        count++;
    }
    return count >= least;
}

static bool take(struct scan *scan, char letter)
{
    if (scan->at == scan->text.size || scan->text.data[scan->at] != (uint8_t)letter) {
        return false;
    }
    scan->at++;
    return true;
}

static void skip_blanks(struct scan *scan)
{
    size_t size;
    while (scan->at < scan->text.size &&
           (size = blank_size(scan->text.data + scan->at, scan->text.size - scan->at)) >
               0) {
        scan->at += size;
    }
}

static bool take_day(
    struct scan *scan,
    unsigned *out_year,
    unsigned *out_month,
    unsigned *out_day)
{
    const size_t begin = scan->at;
    if (take_digits(scan, 4, 4, out_year) && take(scan, '-')) {
        return take_digits(scan, 1, 2, out_month) && take(scan, '-') &&
               take_digits(scan, 1, 2, out_day);
    }
    scan->at = begin;
    return take_digits(scan, 1, 2, out_day) && take(scan, '.') &&
           take_digits(scan, 1, 2, out_month) && take(scan, '.') &&
           take_digits(scan, 4, 4, out_year);
}

/* "9:15:02.123", "9:15"; seconds of the day. */
static bool take_time(struct scan *scan, int64_t *out_seconds)
{
    unsigned hours = 0;
    unsigned minutes = 0;
    unsigned seconds = 0;
    if (!take_digits(scan, 1, 2, &hours) || !take(scan, ':') ||
        !take_digits(scan, 1, 2, &minutes)) {
        return false;
    }
    if (take(scan, ':') && !take_digits(scan, 1, 2, &seconds)) {
        return false;
    }
    if (take(scan, '.') || take(scan, ',')) {
        while (is_digit(scan)) {
            scan->at++;
        }
    }
    *out_seconds = (int64_t)(hours * 3600 + minutes * 60 + seconds);
    return hours < 24 && minutes < 60 && seconds < 60;
}

/* "Z", "+03:00", "+0300": times of 1C know no zone, so what stands there is ignored. */
static bool take_zone(struct scan *scan)
{
    unsigned ignored;
    if (take(scan, 'Z') || (!take(scan, '+') && !take(scan, '-'))) {
        return true;
    }
    return take_digits(scan, 2, 2, &ignored) &&
           (take(scan, ':') ? take_digits(scan, 2, 2, &ignored)
                            : take_digits(scan, 0, 2, &ignored));
}

static bool is_at_end(struct scan *scan)
{
    skip_blanks(scan);
    return scan->at == scan->text.size;
}

static bool day_seconds(unsigned year, unsigned month, unsigned day, int64_t *out_seconds)
{
    char text[64];
    const int size =
        snprintf(text, sizeof text, "%04u-%02u-%02uT00:00:00", year, month, day);
    return fl_datetime_parse(
               (struct fl_bytes){(const uint8_t *)text, (size_t)size}, out_seconds) ==
           FL_OK;
}

bool fl_commerceml_date(struct fl_bytes text, int64_t *out_seconds)
{
    struct scan scan = {.text = text};
    unsigned year;
    unsigned month;
    unsigned day;
    int64_t date = 0;
    int64_t time = 0;
    skip_blanks(&scan);
    if (is_at_end(&scan) ||
        (text.data[scan.at] == 'T' && (scan.at++, is_at_end(&scan)))) {
        *out_seconds = 0;
        return true;
    }
    if (!take_day(&scan, &year, &month, &day) || !day_seconds(year, month, day, &date)) {
        return false;
    }
    if (!take(&scan, 'T')) {
        skip_blanks(&scan);
    }
    if (is_digit(&scan) && !take_time(&scan, &time)) {
        return false;
    }
    if (!take_zone(&scan) || !is_at_end(&scan)) {
        return false;
    }
    *out_seconds = date + time;
    return true;
}

bool fl_commerceml_time(struct fl_bytes text, int64_t *out_seconds)
{
    struct scan scan = {.text = text};
    int64_t seconds = 0;
    skip_blanks(&scan);
    if (!take_time(&scan, &seconds) || !take_zone(&scan) || !is_at_end(&scan)) {
        return false;
    }
    *out_seconds = seconds % DAY_SECONDS;
    return true;
}

/* --- flags, ids, names of versions --- */

bool fl_commerceml_flag(struct fl_bytes text, bool *out_flag)
{
    static const struct {
        const char *word;
        bool flag;
    } WORDS[] = {{"true", true},   {"false", false}, {"1", true},      {"0", false},
                 {"True", true},   {"False", false}, {"TRUE", true},   {"FALSE", false},
                 {"да", true},     {"нет", false},   {"Да", true},     {"Нет", false},
                 {"Истина", true}, {"Ложь", false},  {"истина", true}, {"ложь", false},
                 {"Y", true},      {"N", false},     {"[Y]", true},    {"[N]", false}};
    for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++) {
        if (fl_bytes_equal(text, fl_bytes_of_text(WORDS[i].word))) {
            *out_flag = WORDS[i].flag;
            return true;
        }
    }
    return false;
}

bool fl_commerceml_id_parse(struct fl_bytes text, struct fl_commerceml_id *out_id)
{
    struct fl_commerceml_id id = {.has_characteristic = false};
    if (text.size != FL_UUID_TEXT_BYTES && text.size != 2 * FL_UUID_TEXT_BYTES + 1) {
        return false;
    }
    if (fl_uuid_parse((struct fl_bytes){text.data, FL_UUID_TEXT_BYTES}, &id.goods) !=
        FL_OK) {
        return false;
    }
    if (text.size > FL_UUID_TEXT_BYTES) {
        const struct fl_bytes half = {
            text.data + FL_UUID_TEXT_BYTES + 1, FL_UUID_TEXT_BYTES};
        if (text.data[FL_UUID_TEXT_BYTES] != '#' ||
            fl_uuid_parse(half, &id.characteristic) != FL_OK) {
            return false;
        }
        id.has_characteristic = !fl_uuid_equal(id.goods, id.characteristic) &&
                                !fl_uuid_is_zero(id.characteristic);
    }
    *out_id = id;
    return true;
}

static const char *const VERSIONS[] = {
    [FL_COMMERCEML_2_07] = "2.07", [FL_COMMERCEML_2_03] = "2.03",
    [FL_COMMERCEML_2_04] = "2.04", [FL_COMMERCEML_2_05] = "2.05",
    [FL_COMMERCEML_2_08] = "2.08", [FL_COMMERCEML_2_09] = "2.09",
    [FL_COMMERCEML_2_10] = "2.10", [FL_COMMERCEML_3_1] = "3.1"};

bool fl_commerceml_version_find(const char *text, enum fl_commerceml_version *out_version)
{
    for (size_t i = 0; i < sizeof VERSIONS / sizeof VERSIONS[0]; i++) {
        if (strcmp(text, VERSIONS[i]) == 0) {
            *out_version = (enum fl_commerceml_version)i;
            return true;
        }
    }
    return false;
}

const char *fl_commerceml_version_text(enum fl_commerceml_version version)
{
    return VERSIONS[version];
}

bool fl_commerceml_namespace_find(
    const char *text,
    enum fl_commerceml_namespace *out_namespace)
{
    static const char *const NAMES[] = {
        [FL_COMMERCEML_NAMESPACE_NONE] = "none",
        [FL_COMMERCEML_NAMESPACE_2] = "2",
        [FL_COMMERCEML_NAMESPACE_210] = "210",
        [FL_COMMERCEML_NAMESPACE_205] = "205",
        [FL_COMMERCEML_NAMESPACE_3] = "3"};
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        if (strcmp(text, NAMES[i]) == 0) {
            *out_namespace = (enum fl_commerceml_namespace)i;
            return true;
        }
    }
    return false;
}
