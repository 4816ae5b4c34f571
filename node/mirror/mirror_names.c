#include "mirror_names.h"

#include <stdio.h>
#include <string.h>

/* U+0430 to U+044F; capitals are made from them. */
static const char *const LETTERS[] = {"a",  "b",   "v", "g", "d", "e",  "zh", "z",
                                      "i",  "j",   "k", "l", "m", "n",  "o",  "p",
                                      "r",  "s",   "t", "u", "f", "kh", "c",  "ch",
                                      "sh", "sch", "",  "y", "",  "e",  "yu", "ya"};

struct other_letter {
    unsigned small;
    unsigned large;
    const char *latin;
};

/* Beyond Russian: Ukrainian, Belarusian, Kazakh, Kyrgyz, Tatar. */
static const struct other_letter OTHERS[] = {
    {0x451, 0x401, "yo"}, {0x454, 0x404, "ye"}, {0x456, 0x406, "i"}, {0x457, 0x407, "yi"},
    {0x491, 0x490, "g"},  {0x45e, 0x40e, "u"},  {0x4d9, 0x4d8, "a"}, {0x493, 0x492, "g"},
    {0x49b, 0x49a, "q"},  {0x4a3, 0x4a2, "n"},  {0x4e9, 0x4e8, "o"}, {0x4b1, 0x4b0, "u"},
    {0x4af, 0x4ae, "u"},  {0x4bb, 0x4ba, "h"},  {0x497, 0x496, "zh"}};

static const char *latin_of(unsigned letter, bool *out_is_large)
{
    *out_is_large = letter >= 0x410 && letter <= 0x42f;
    if (letter >= 0x410 && letter <= 0x44f) {
        return LETTERS[(letter - 0x410) % 32];
    }
    for (size_t i = 0; i < sizeof OTHERS / sizeof OTHERS[0]; i++) {
        *out_is_large = letter == OTHERS[i].large;
        if (letter == OTHERS[i].small || *out_is_large) {
            return OTHERS[i].latin;
        }
    }
    return "_";
}

/* The next character of valid UTF-8. */
static unsigned next_letter(const char **text)
{
    const unsigned char *at = (const unsigned char *)*text;
    size_t more = at[0] < 0x80 ? 0 : at[0] < 0xe0 ? 1 : at[0] < 0xf0 ? 2 : 3;
    unsigned letter = more == 0 ? at[0] : at[0] & (0x3fu >> more);
    for (size_t i = 1; i <= more && at[i] != '\0'; i++) {
        letter = letter << 6 | (at[i] & 0x3fu);
    }
    *text += more + 1;
    return letter;
}

static void transliterate(const char *text, char *out_text, size_t size)
{
    size_t at = 0;
    while (*text != '\0' && at + 4 < size) {
        bool is_large = false;
        unsigned letter = next_letter(&text);
        if (letter < 0x80) {
            out_text[at++] = (char)letter;
            continue;
        }
        const char *latin = latin_of(letter, &is_large);
        for (size_t i = 0; latin[i] != '\0'; i++) {
            bool up = is_large && i == 0 && latin[0] >= 'a';
            out_text[at++] = (char)(up ? latin[i] - 'a' + 'A' : latin[i]);
        }
    }
    out_text[at] = '\0';
}

void fl_mirror_name(
    const char *text,
    bool is_latin,
    size_t bytes_max,
    char out_name[FL_MIRROR_NAME_BYTES])
{
    char whole[FL_MIRROR_NAME_BYTES];
    if (is_latin) {
        transliterate(text, whole, sizeof whole);
    } else {
        snprintf(whole, sizeof whole, "%s", text);
    }
    struct fl_bytes kept = fl_bytes_utf8_beginning(fl_bytes_of_text(whole), bytes_max);
    memcpy(out_name, whole, kept.size);
    out_name[kept.size] = '\0';
}

void fl_mirror_name_ended(
    const char *name,
    const char *ending,
    size_t bytes_max,
    char out_name[FL_MIRROR_NAME_BYTES])
{
    struct fl_bytes kept =
        fl_bytes_utf8_beginning(fl_bytes_of_text(name), bytes_max - strlen(ending));
    snprintf(out_name, FL_MIRROR_NAME_BYTES, "%.*s%s", (int)kept.size, name, ending);
}

void fl_mirror_name_numbered(
    const char *name,
    unsigned number,
    size_t bytes_max,
    char out_name[FL_MIRROR_NAME_BYTES])
{
    char ending[16];
    snprintf(ending, sizeof ending, "_%u", number);
    fl_mirror_name_ended(name, ending, bytes_max, out_name);
}

static char lower(char letter)
{
    return letter >= 'A' && letter <= 'Z' ? (char)(letter - 'A' + 'a') : letter;
}

bool fl_mirror_name_equal(const char *a, const char *b)
{
    while (*a != '\0' && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return lower(*a) == lower(*b);
}
