#include "near.h"

#include <stdio.h>
#include <string.h>

#include "language.h"

enum { LETTERS_MAX = 64 };

void fl_near_init(struct fl_near *near, struct fl_bytes wanted)
{
    *near = (struct fl_near){.wanted = wanted};
}

/* Code points with the case of ASCII and Cyrillic letters folded; 0 when too long. */
static size_t letters_of(struct fl_bytes text, uint32_t out_letters[LETTERS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < text.size;) {
        uint32_t letter = text.data[i++];
        while (i < text.size && (text.data[i] & 0xC0u) == 0x80u) {
            letter = (letter << 6) | (text.data[i++] & 0x3Fu);
        }
        /* Two-byte sequences keep their lead's marker bits: alike in both texts. */
        if (letter >= 'A' && letter <= 'Z') {
            letter += 'a' - 'A';
        }
        uint32_t code = letter & 0x7FFu;
        if (letter > 0x7F && code >= 0x410 && code <= 0x42F) {
            letter += 0x20;
        }
        if (count == LETTERS_MAX) {
            return 0;
        }
        out_letters[count++] = letter;
    }
    return count;
}

static size_t smallest(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;
    return least < c ? least : c;
}

static size_t distance_of(struct fl_bytes a, struct fl_bytes b)
{
    uint32_t a_letters[LETTERS_MAX];
    uint32_t b_letters[LETTERS_MAX];
    size_t a_count = letters_of(a, a_letters);
    size_t b_count = letters_of(b, b_letters);
    if (a_count == 0 || b_count == 0) {
        return LETTERS_MAX;
    }
    size_t line[LETTERS_MAX + 1];
    for (size_t j = 0; j <= b_count; j++) {
        line[j] = j;
    }
    for (size_t i = 1; i <= a_count; i++) {
        size_t diagonal = line[0];
        line[0] = i;
        for (size_t j = 1; j <= b_count; j++) {
            size_t above = line[j];
            size_t change = a_letters[i - 1] == b_letters[j - 1] ? 0 : 1;
            line[j] = smallest(above + 1, line[j - 1] + 1, diagonal + change);
            diagonal = above;
        }
    }
    /* A name that begins as the wanted one is near however long it is. */
    bool begins = b_count > a_count && a_count >= 3 &&
                  memcmp(a_letters, b_letters, a_count * sizeof a_letters[0]) == 0;
    return begins ? 1 : line[b_count];
}

void fl_near_offer(struct fl_near *near, struct fl_bytes name)
{
    size_t distance = distance_of(near->wanted, name);
    if (distance > 1 + near->wanted.size / 6 || name.size > FL_NEAR_NAME_BYTES_MAX) {
        return;
    }
    size_t place = near->count;
    while (place > 0 && near->distances[place - 1] > distance) {
        place--;
    }
    if (place == FL_NEAR_NAMES_MAX) {
        return;
    }
    if (near->count < FL_NEAR_NAMES_MAX) {
        near->count++;
    }
    for (size_t i = near->count - 1; i > place; i--) {
        memcpy(near->names[i], near->names[i - 1], sizeof near->names[i]);
        near->distances[i] = near->distances[i - 1];
    }
    memcpy(near->names[place], name.data, name.size);
    near->names[place][name.size] = '\0';
    near->distances[place] = distance;
}

const char *fl_near_text(
    const struct fl_near *near,
    char out_text[FL_NEAR_TEXT_BYTES_MAX])
{
    out_text[0] = '\0';
    char names[FL_NEAR_TEXT_BYTES_MAX - 60] = "";
    size_t used = 0;
    for (size_t i = 0; i < near->count; i++) {
        int size = snprintf(
            names + used, sizeof names - used, "%s%s", i == 0 ? "" : ", ",
            near->names[i]);
        if (size < 0 || (size_t)size >= sizeof names - used) {
            names[used] = '\0';
            break;
        }
        used += (size_t)size;
    }
    if (used > 0) {
        /* TRANSLATORS: goes on after a complaint about a name. */
        snprintf(out_text, FL_NEAR_TEXT_BYTES_MAX, _(" (did you mean %s?)"), names);
    }
    return out_text;
}
