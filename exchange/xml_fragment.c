/*
 * One pass: the fragment is checked while it is copied, since what was put is taken back
 * on failure.
 */

#include "xml_fragment.h"

#include "proto/limits.h"

enum { PREFIXES_MAX = 32, ATTRIBUTES_MAX = 64 };

struct declared {
    struct fl_bytes prefix;
    unsigned level;
};

struct fragment {
    struct fl_xml_writer *writer;
    const struct fl_xml_fragment_place *place;
    const uint8_t *at;
    const uint8_t *end;
    unsigned level;
    struct fl_bytes open[FL_XML_DEPTH_MAX]; /* names of the open elements */
    size_t declared_count;
    struct declared declared[PREFIXES_MAX];
    bool breaks; /* the next end tag stands on a line of its own */
    /* Text beside elements: a line break there would become part of it. */
    bool has_text[FL_XML_DEPTH_MAX + 1];
};

static bool skip_literal(struct fragment *fragment, const char *literal)
{
    const size_t size = strlen(literal);

    if ((size_t)(fragment->end - fragment->at) < size ||
        memcmp(fragment->at, literal, size) != 0) {
        return false;
    }
    fragment->at += size;
    return true;
}

/* The bytes up to what cannot be in a name; none when they are no name or two with `:`.
 */
static struct fl_bytes take_name(struct fragment *fragment)
{
    const uint8_t *const start = fragment->at;
    const uint8_t *local = start;

    while (fragment->at < fragment->end && !memchr(" =/<>\"&", *fragment->at, 7)) {
        if (*fragment->at == ':' && local == start) {
            local = fragment->at + 1;
        }
        fragment->at++;
    }
    const struct fl_bytes name = {start, (size_t)(fragment->at - start)};
    const struct fl_bytes rest = {local, (size_t)(fragment->at - local)};
    const bool has_prefix = local > start;
    const struct fl_bytes prefix = {start, has_prefix ? (size_t)(local - start) - 1 : 0};

    if (!fl_xml_writer_is_name(rest) || (has_prefix && !fl_xml_writer_is_name(prefix))) {
        return (struct fl_bytes){start, 0};
    }
    return name;
}

/* What stands before the colon; empty without one. */
static struct fl_bytes prefix_of(struct fl_bytes name)
{
    const uint8_t *const colon = name.size > 0 ? memchr(name.data, ':', name.size) : NULL;

    return (struct fl_bytes){name.data, colon ? (size_t)(colon - name.data) : 0};
}

static bool is_text(struct fl_bytes bytes, const char *text)
{
    return fl_bytes_equal(bytes, fl_bytes_of_text(text));
}

static bool prefix_is_declared(const struct fragment *fragment, struct fl_bytes prefix)
{
    if (prefix.size == 0 || is_text(prefix, "xml")) {
        return true;
    }
    for (size_t i = 0; i < fragment->declared_count; i++) {
        if (fl_bytes_equal(fragment->declared[i].prefix, prefix)) {
            return true;
        }
    }
    return false;
}

/* Text up to `stop`, of which only escapes that this library writes are taken. */
static bool copy_text(struct fragment *fragment, uint8_t stop)
{
    static const char *const escapes[] = {"&amp;", "&lt;",  "&gt;", "&quot;",
                                          "&#13;", "&#10;", "&#9;"};

    while (fragment->at < fragment->end && *fragment->at != stop) {
        const uint8_t *start = fragment->at;

        while (fragment->at < fragment->end && *fragment->at != stop &&
               *fragment->at != '&') {
            if (*fragment->at == '<' || *fragment->at == '>') {
                return false;
            }
            fragment->at++;
        }
        /* Without a special byte, so this checks the characters and copies. */
        const bool quotes = false;

        fl_xml_writer_text(
            fragment->writer, (struct fl_bytes){start, (size_t)(fragment->at - start)},
            quotes);
        start = fragment->at;
        if (fragment->at < fragment->end && *fragment->at == '&') {
            size_t i = 0;

            while (i < sizeof(escapes) / sizeof(escapes[0]) &&
                   !skip_literal(fragment, escapes[i])) {
                i++;
            }
            if (i == sizeof(escapes) / sizeof(escapes[0])) {
                return false;
            }
            fl_xml_writer_raw(fragment->writer, start, (size_t)(fragment->at - start));
        }
    }
    return true;
}

/* Is `text` (name="value") a declaration already in force around the fragment? */
static bool is_in_force(const struct fragment *fragment, struct fl_bytes text)
{
    for (size_t i = 0; i < fragment->place->declaration_count; i++) {
        if (fl_bytes_equal(fragment->place->declarations[i], text)) {
            return true;
        }
    }
    return false;
}

static bool declare(struct fragment *fragment, struct fl_bytes prefix)
{
    if (fragment->declared_count == PREFIXES_MAX || prefix.size == 0) {
        return false;
    }
    fragment->declared[fragment->declared_count++] =
        (struct declared){prefix, fragment->level};
    return true;
}

static bool copy_attribute(struct fragment *fragment)
{
    const struct fl_bytes name = take_name(fragment);
    const struct fl_bytes prefix = prefix_of(name);
    const size_t put = fragment->writer->buffer.size;

    if (name.size == 0 || is_text(name, "xmlns") || !skip_literal(fragment, "=\"")) {
        return false;
    }
    fl_xml_writer_literal(fragment->writer, " ");
    fl_xml_writer_view(fragment->writer, name);
    fl_xml_writer_literal(fragment->writer, "=\"");
    if (!copy_text(fragment, '"') || !skip_literal(fragment, "\"")) {
        return false;
    }
    fl_xml_writer_literal(fragment->writer, "\"");
    if (!is_text(prefix, "xmlns")) {
        return true;
    }
    const struct fl_bytes whole = {name.data, (size_t)(fragment->at - name.data)};

    if (is_in_force(fragment, whole) && fragment->writer->failure == FL_OK) {
        fragment->writer->buffer.size = put;
        return true;
    }
    return declare(
        fragment,
        (struct fl_bytes){name.data + prefix.size + 1, name.size - prefix.size - 1});
}

/* After the tag, since a declaration may follow its use: prefixes and repeated names. */
static bool tag_is_sound(const struct fragment *fragment, struct fl_bytes tag)
{
    struct fragment reader = {.at = tag.data, .end = tag.data + tag.size};
    struct fl_bytes names[ATTRIBUTES_MAX];
    size_t count = 0;

    if (!prefix_is_declared(fragment, prefix_of(take_name(&reader)))) {
        return false;
    }
    while (skip_literal(&reader, " ")) {
        const struct fl_bytes name = take_name(&reader);
        const struct fl_bytes prefix = prefix_of(name);

        if (!is_text(prefix, "xmlns") && !prefix_is_declared(fragment, prefix)) {
            return false;
        }
        for (size_t i = 0; i < count; i++) {
            if (fl_bytes_equal(names[i], name)) {
                return false;
            }
        }
        if (count == ATTRIBUTES_MAX) {
            return false;
        }
        names[count++] = name;
        reader.at = memchr(reader.at, '"', (size_t)(reader.end - reader.at));
        reader.at = memchr(reader.at + 1, '"', (size_t)(reader.end - reader.at) - 1);
        reader.at++;
    }
    return true;
}

static void put_line(const struct fragment *fragment)
{
    fl_xml_writer_literal(fragment->writer, "\n");
    for (unsigned i = 0; i < fragment->place->depth + fragment->level; i++) {
        fl_xml_writer_literal(fragment->writer, "\t");
    }
}

static void leave(struct fragment *fragment)
{
    while (fragment->declared_count > fragment->place->declaration_count &&
           fragment->declared[fragment->declared_count - 1].level >= fragment->level) {
        fragment->declared_count--;
    }
    fragment->breaks = true;
}

static bool copy_start(struct fragment *fragment)
{
    const uint8_t *const start = fragment->at;
    const struct fl_bytes name = take_name(fragment);

    if (name.size == 0 || fragment->level == FL_XML_DEPTH_MAX) {
        return false;
    }
    if (!fragment->has_text[fragment->level]) {
        put_line(fragment);
    }
    fl_xml_writer_literal(fragment->writer, "<");
    fl_xml_writer_view(fragment->writer, name);
    while (skip_literal(fragment, " ")) {
        if (!copy_attribute(fragment)) {
            return false;
        }
    }
    if (!tag_is_sound(
            fragment, (struct fl_bytes){start, (size_t)(fragment->at - start)})) {
        return false;
    }
    if (skip_literal(fragment, "/>")) {
        fl_xml_writer_literal(fragment->writer, "/>");
        leave(fragment);
        return true;
    }
    fl_xml_writer_literal(fragment->writer, ">");
    fragment->open[fragment->level++] = name;
    fragment->has_text[fragment->level] = false;
    fragment->breaks = false;
    return skip_literal(fragment, ">");
}

static bool copy_end(struct fragment *fragment)
{
    const struct fl_bytes name = take_name(fragment);

    if (fragment->level == 0 ||
        !fl_bytes_equal(fragment->open[fragment->level - 1], name) ||
        !skip_literal(fragment, ">")) {
        return false;
    }
    const bool breaks = fragment->breaks && !fragment->has_text[fragment->level];

    fragment->level--;
    if (breaks) {
        put_line(fragment);
    }
    fl_xml_writer_literal(fragment->writer, "</");
    fl_xml_writer_view(fragment->writer, name);
    fl_xml_writer_literal(fragment->writer, ">");
    leave(fragment);
    return true;
}

static bool copy_content(struct fragment *fragment)
{
    fragment->has_text[fragment->level] = true;
    return copy_text(fragment, '<');
}

static bool copy_all(struct fragment *fragment)
{
    while (fragment->at < fragment->end && fragment->writer->failure == FL_OK) {
        const bool copied = skip_literal(fragment, "</")  ? copy_end(fragment)
                            : skip_literal(fragment, "<") ? copy_start(fragment)
                                                          : copy_content(fragment);

        if (!copied) {
            return false;
        }
    }
    return fragment->level == 0;
}

enum fl_status fl_xml_fragment_put(
    struct fl_xml_writer *writer,
    struct fl_bytes xml,
    const struct fl_xml_fragment_place *place)
{
    struct fragment fragment = {
        .writer = writer,
        .place = place,
        .at = xml.data,
    };

    FL_ASSERT(place->declaration_count < PREFIXES_MAX);
    if (xml.size == 0) {
        return writer->failure;
    }
    if (!fl_bytes_are_utf8(xml)) {
        return FL_MALFORMED;
    }
    fragment.end = xml.data + xml.size;
    for (size_t i = 0; i < place->declaration_count && writer->failure == FL_OK; i++) {
        const struct fl_bytes text = place->declarations[i];
        const uint8_t *const equals = memchr(text.data, '=', text.size);
        const size_t skipped = strlen("xmlns:");

        FL_ASSERT(equals != NULL);
        (void)declare(
            &fragment, (struct fl_bytes){
                           text.data + skipped, (size_t)(equals - text.data) - skipped});
    }
    if (!copy_all(&fragment) && writer->failure == FL_OK) {
        return FL_MALFORMED;
    }
    return writer->failure;
}
