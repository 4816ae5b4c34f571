#include "enterprisedata_notes.h"

#include <stdio.h>
#include <string.h>

struct fl_enterprisedata_notes *fl_enterprisedata_notes_new(void)
{
    struct fl_enterprisedata_notes *notes = fl_alloc_zeroed(1, sizeof *notes);
    if (notes != NULL) {
        fl_arena_init(
            &notes->arena,
            2 * FL_ENTERPRISEDATA_NOTES_MAX * (size_t)FL_ENTERPRISEDATA_NOTE_BYTES);
    }
    return notes;
}

void fl_enterprisedata_notes_free(struct fl_enterprisedata_notes *notes)
{
    if (notes != NULL) {
        fl_arena_deinit(&notes->arena);
        fl_free(notes);
    }
}

void fl_enterprisedata_notes_add(
    struct fl_enterprisedata_notes *notes,
    uint64_t line,
    const char *name,
    const char *path,
    const char *words)
{
    char whole[FL_ENTERPRISEDATA_NOTE_BYTES];
    snprintf(
        whole, sizeof whole, "%.200s%s%.200s: %s", name, path[0] == '\0' ? "" : ", ",
        path, words);
    for (size_t i = 0; i < notes->count; i++) {
        if (strcmp(notes->items[i].words, whole) == 0) {
            notes->items[i].count++;
            return;
        }
    }
    char *kept = notes->count == FL_ENTERPRISEDATA_NOTES_MAX
                     ? NULL
                     : fl_arena_text(&notes->arena, fl_bytes_of_text(whole));
    if (kept == NULL) {
        notes->is_full = true;
        return;
    }
    notes->items[notes->count++] =
        (struct fl_enterprisedata_note){.words = kept, .line = line, .count = 1};
}

const char *fl_enterprisedata_notes_at(
    struct fl_enterprisedata_notes *notes,
    size_t index)
{
    if (index == notes->count && notes->is_full) {
        return fl_error_words("there is more of this kind, which is not listed");
    }
    if (index >= notes->count) {
        return NULL;
    }
    const struct fl_enterprisedata_note *note = &notes->items[index];
    if (note->count == 1) {
        (void)fl_error_set(
            &notes->shown, FL_OK, "line %llu, %s", (unsigned long long)note->line,
            note->words);
    } else {
        (void)fl_error_set(
            &notes->shown, FL_OK, "line %llu and %llu more, %s",
            (unsigned long long)note->line, (unsigned long long)(note->count - 1),
            note->words);
    }
    return notes->shown.text;
}
