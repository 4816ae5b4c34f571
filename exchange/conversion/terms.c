#include "exchange/terms.h"

#include <string.h>

#include "exchange/conversion.h"

const char *fl_package_terms_agree(
    const struct fl_package_terms *ours,
    const struct fl_package_terms *theirs)
{
    const char *best = NULL;
    fl_conversion_version highest = 0;
    for (size_t i = 0; i < ours->version_count; i++) {
        fl_conversion_version version =
            fl_conversion_version_of(fl_bytes_of_text(ours->versions[i]));
        for (size_t at = 0; at < theirs->version_count; at++) {
            if (version > highest &&
                strcmp(ours->versions[i], theirs->versions[at]) == 0) {
                highest = version;
                best = ours->versions[i];
            }
        }
    }
    return best;
}

/* Is `version` in a list with commas, and perhaps blanks, between? */
static bool has(const char *list, const char *version)
{
    size_t size = strlen(version);
    while (*list != '\0') {
        list += strspn(list, ", \t\r\n");
        size_t length = strcspn(list, ", \t\r\n");
        if ((length == size && memcmp(list, version, size) == 0) ||
            (length == 1 && *list == '*')) {
            return true;
        }
        list += length;
    }
    return false;
}

bool fl_package_terms_receive(
    const struct fl_package_terms *terms,
    const char *kind,
    const char *version)
{
    if (!terms->lists_kinds) {
        return true;
    }
    for (size_t i = 0; i < terms->kind_count; i++) {
        if (strcmp(terms->kinds[i].name, kind) == 0) {
            return has(terms->kinds[i].receiving, version);
        }
    }
    return false;
}

/* --- bytes --- */

static void put(struct fl_buffer *buffer, const char *text)
{
    fl_buffer_put_sized(buffer, fl_bytes_of_text(text == NULL ? "" : text));
}

void fl_package_terms_encode(
    const struct fl_package_terms *terms,
    struct fl_buffer *out_buffer)
{
    put(out_buffer, terms->version);
    put(out_buffer, terms->new_from);
    put(out_buffer, terms->prefix);
    fl_buffer_put_u8(out_buffer, terms->lists_kinds ? 1 : 0);
    fl_buffer_put_varint(out_buffer, terms->version_count);
    for (size_t i = 0; i < terms->version_count; i++) {
        put(out_buffer, terms->versions[i]);
    }
    fl_buffer_put_varint(out_buffer, terms->kind_count);
    for (size_t i = 0; i < terms->kind_count; i++) {
        put(out_buffer, terms->kinds[i].name);
        put(out_buffer, terms->kinds[i].sending);
        put(out_buffer, terms->kinds[i].receiving);
    }
}

static const char *take(struct fl_reader *reader, struct fl_arena *arena)
{
    char *text = fl_arena_text(arena, fl_reader_sized(reader));
    return text == NULL ? "" : text;
}

/* No more than there are bytes for. */
static size_t take_count(struct fl_reader *reader)
{
    uint64_t count = fl_reader_varint(reader);
    if (count > fl_reader_left(reader)) {
        reader->failed = true;
        return 0;
    }
    return (size_t)count;
}

enum fl_status fl_package_terms_decode(
    struct fl_bytes bytes,
    struct fl_arena *arena,
    struct fl_package_terms *out_terms)
{
    struct fl_reader reader = fl_reader_of(bytes);
    struct fl_package_terms terms = {.version = take(&reader, arena)};
    terms.new_from = take(&reader, arena);
    terms.prefix = take(&reader, arena);
    terms.lists_kinds = fl_reader_u8(&reader) != 0;
    terms.version_count = take_count(&reader);
    const char **versions = fl_arena_array(arena, terms.version_count, sizeof *versions);
    for (size_t i = 0; versions != NULL && i < terms.version_count; i++) {
        versions[i] = take(&reader, arena);
    }
    terms.kind_count = take_count(&reader);
    struct fl_package_kind_terms *kinds =
        fl_arena_array(arena, terms.kind_count, sizeof *kinds);
    if (versions == NULL || kinds == NULL) {
        return FL_NO_MEMORY;
    }
    for (size_t i = 0; i < terms.kind_count; i++) {
        kinds[i].name = take(&reader, arena);
        kinds[i].sending = take(&reader, arena);
        kinds[i].receiving = take(&reader, arena);
    }
    if (!fl_reader_done(&reader)) {
        return FL_MALFORMED;
    }
    terms.versions = versions;
    terms.kinds = kinds;
    terms.new_from = terms.new_from[0] == '\0' ? NULL : terms.new_from;
    terms.prefix = terms.prefix[0] == '\0' ? NULL : terms.prefix;
    *out_terms = terms;
    return FL_OK;
}
