#include "xml_scanner.h"

#include <string.h>
#include <strings.h>

enum { DECLARATION_BYTES_MAX = 1024 };

enum state {
    IN_TEXT,
    AFTER_LESS, /* "<" was seen */
    IN_TAG,
    IN_QUOTES,
    AFTER_BANG, /* "<!" was seen: a comment, CDATA, or a DOCTYPE that is refused later */
    IN_COMMENT,
    IN_CDATA,
    IN_INSTRUCTION,
};

void fl_xml_scanner_init(
    struct fl_xml_scanner *scanner,
    uint32_t attributes_max,
    uint32_t tag_bytes_max)
{
    memset(scanner, 0, sizeof(*scanner));
    scanner->state = IN_TEXT;
    scanner->attributes_max = attributes_max;
    scanner->tag_bytes_max = tag_bytes_max;
}

static void begin_tag(struct fl_xml_scanner *scanner)
{
    scanner->state = AFTER_LESS;
    scanner->attributes = 0;
    scanner->tag_bytes = 0;
    scanner->match = 0;
}

/* "-->", "]]>" and "?>": is this the byte that ends the section? */
static bool ends_section(
    struct fl_xml_scanner *scanner,
    uint8_t byte,
    uint8_t mark,
    int count)
{
    if (byte == '>' && scanner->match >= count) {
        scanner->match = 0;
        return true;
    }
    if (byte != mark) {
        scanner->match = 0;
    } else if (scanner->match < count) {
        scanner->match++;
    }
    return false;
}

static void step_bang(struct fl_xml_scanner *scanner, uint8_t byte)
{
    if (byte == '-') {
        scanner->state = IN_COMMENT;
    } else if (byte == '[') {
        scanner->state = IN_CDATA;
    } else {
        scanner->state = IN_TAG;
    }
    scanner->match = 0;
}

static void step_tag(struct fl_xml_scanner *scanner, uint8_t byte)
{
    scanner->tag_bytes++;
    if (byte == '>') {
        scanner->state = IN_TEXT;
    } else if (byte == '"' || byte == '\'') {
        scanner->state = IN_QUOTES;
        scanner->quote = byte;
    } else if (byte == '=') {
        scanner->attributes++;
    }
}

static void step(struct fl_xml_scanner *scanner, uint8_t byte)
{
    switch ((enum state)scanner->state) {
    case IN_TEXT:
        break;
    case AFTER_LESS:
        scanner->state = byte == '!' ? AFTER_BANG : byte == '?' ? IN_INSTRUCTION : IN_TAG;
        scanner->tag_bytes++;
        break;
    case IN_TAG:
        step_tag(scanner, byte);
        break;
    case IN_QUOTES:
        scanner->tag_bytes++;
        if (byte == scanner->quote) {
            scanner->state = IN_TAG;
        }
        break;
    case AFTER_BANG:
        step_bang(scanner, byte);
        break;
    case IN_COMMENT:
        /* The first "-" of "<!--" was eaten; "<!-->" is not well formed anyway. */
        if (ends_section(scanner, byte, '-', 2)) {
            scanner->state = IN_TEXT;
        }
        break;
    case IN_CDATA:
        if (ends_section(scanner, byte, ']', 2)) {
            scanner->state = IN_TEXT;
        }
        break;
    case IN_INSTRUCTION:
        if (ends_section(scanner, byte, '?', 1)) {
            scanner->state = IN_TEXT;
        }
        break;
    }
}

/*
 * Past a whole tag without attributes, which most are; NULL where it must be looked at
 * byte by byte. A `>` in quotes without `=` is not well formed: the parser refuses it.
 */
static const uint8_t *skip_plain_tag(
    const struct fl_xml_scanner *scanner,
    const uint8_t *at,
    const uint8_t *end)
{
    const uint8_t *const close = memchr(at, '>', (size_t)(end - at));

    if (!close || *at == '!' || *at == '?' ||
        (size_t)(close - at) > scanner->tag_bytes_max ||
        memchr(at, '=', (size_t)(close - at))) {
        return NULL;
    }
    return close + 1;
}

/*
 * Past whole tags of bytes that hold no attribute, comment or instruction at all, as most
 * blocks of a long document do; up to a tag that is cut off at their end.
 */
static const uint8_t *skip_plain_tags(
    const struct fl_xml_scanner *scanner,
    const uint8_t *at,
    const uint8_t *end)
{
    const size_t size = (size_t)(end - at);
    const uint8_t *last = end;

    if (size > scanner->tag_bytes_max || memchr(at, '=', size) || memchr(at, '!', size) ||
        memchr(at, '?', size)) {
        return at;
    }
    while (last > at && last[-1] != '<' && last[-1] != '>') {
        last--;
    }
    return last > at && last[-1] == '<' ? last - 1 : end;
}

static bool is_too_much(const struct fl_xml_scanner *scanner)
{
    return scanner->attributes > scanner->attributes_max ||
           scanner->tag_bytes > scanner->tag_bytes_max;
}

static enum fl_status refuse_tag(
    const struct fl_xml_scanner *scanner,
    struct fl_error *out_error)
{
    return scanner->attributes > scanner->attributes_max
               ? fl_error_set(
                     out_error, FL_LIMIT, "a tag has more than %u attributes",
                     scanner->attributes_max)
               : fl_error_set(
                     out_error, FL_LIMIT, "a tag is longer than %u bytes",
                     scanner->tag_bytes_max);
}

enum fl_status fl_xml_scanner_feed(
    struct fl_xml_scanner *scanner,
    struct fl_bytes bytes,
    size_t *out_sound,
    struct fl_error *out_error)
{
    const uint8_t *at = bytes.data;
    const uint8_t *end = bytes.data + bytes.size;
    const uint8_t *tag = at; /* begun before these bytes, or here */
    bool has_skipped = false;

    while (at < end) {
        if (scanner->state == IN_TEXT && !has_skipped) {
            at = skip_plain_tags(scanner, at, end);
            has_skipped = true;
            continue;
        }
        if (scanner->state == IN_TEXT) {
            at = memchr(at, '<', (size_t)(end - at));
            if (!at) {
                return FL_OK;
            }
            at++;
            const uint8_t *const after = skip_plain_tag(scanner, at, end);

            if (after) {
                at = after;
            } else {
                tag = at;
                begin_tag(scanner);
            }
            continue;
        }
        step(scanner, *at++);
        if (is_too_much(scanner)) {
            *out_sound = (size_t)(tag - bytes.data);
            return refuse_tag(scanner, out_error);
        }
    }
    return FL_OK;
}

/* The XML declaration up to its `>`; empty when there is none. */
static enum fl_status find_declaration(
    struct fl_bytes head,
    struct fl_bytes *out_declaration,
    struct fl_error *out_error)
{
    static const char begin[] = "<?xml";
    const size_t size =
        head.size < DECLARATION_BYTES_MAX ? head.size : DECLARATION_BYTES_MAX;

    *out_declaration = (struct fl_bytes){head.data, 0};
    if (size < sizeof(begin) || memcmp(head.data, begin, sizeof(begin) - 1) != 0) {
        return FL_OK;
    }
    const uint8_t *const end = memchr(head.data, '>', size);

    if (!end && size == DECLARATION_BYTES_MAX) {
        /* Behind so many blanks, an encoding could hide that this file does not read. */
        return fl_error_set(
            out_error, FL_MALFORMED, "the XML declaration is longer than %d bytes",
            (int)DECLARATION_BYTES_MAX);
    }
    out_declaration->size = end ? (size_t)(end - head.data) : size;
    return FL_OK;
}

/* The encoding that a declaration names, empty when it names none. */
static struct fl_bytes find_encoding(struct fl_bytes declaration)
{
    static const char key[] = "encoding";
    const size_t size = declaration.size;
    const uint8_t *const data = declaration.data;

    for (size_t i = 0; i + sizeof(key) < size; i++) {
        if (memcmp(data + i, key, sizeof(key) - 1) != 0) {
            continue;
        }
        size_t from = i + sizeof(key) - 1;

        while (from < size && data[from] != '"' && data[from] != '\'') {
            from++;
        }
        size_t to = ++from;

        while (to < size && data[to] != '"' && data[to] != '\'') {
            to++;
        }
        return to < size ? (struct fl_bytes){data + from, to - from}
                         : (struct fl_bytes){0};
    }
    return (struct fl_bytes){0};
}

static bool is_named(struct fl_bytes name, const char *expected)
{
    return name.size == strlen(expected) &&
           strncasecmp((const char *)name.data, expected, name.size) == 0;
}

/* UTF-16 and UTF-32, by their marks or by the zeros in them. */
static bool is_wide(struct fl_bytes head)
{
    static const uint8_t little[] = {0xFF, 0xFE};
    static const uint8_t big[] = {0xFE, 0xFF};
    const size_t size = head.size < 4 ? head.size : 4;

    return (size > 0 && memchr(head.data, 0, size)) ||
           (size >= 2 &&
            (memcmp(head.data, little, 2) == 0 || memcmp(head.data, big, 2) == 0));
}

enum fl_status fl_xml_scanner_check_encoding(
    struct fl_bytes head,
    struct fl_error *out_error)
{
    static const uint8_t mark[] = {0xEF, 0xBB, 0xBF};
    bool marked = head.size >= sizeof(mark) && memcmp(head.data, mark, sizeof(mark)) == 0;

    if (is_wide(head)) {
        return fl_error_set(
            out_error, FL_UNSUPPORTED,
            "the document is in UTF-16 or UTF-32: save it as UTF-8");
    }
    if (marked) {
        head.data += sizeof(mark);
        head.size -= sizeof(mark);
    }
    struct fl_bytes declaration;
    const enum fl_status status = find_declaration(head, &declaration, out_error);

    if (status != FL_OK) {
        return status;
    }
    const struct fl_bytes encoding = find_encoding(declaration);
    const bool utf8 =
        encoding.size == 0 || is_named(encoding, "utf-8") || is_named(encoding, "utf8");

    if (marked && !utf8) {
        return fl_error_set(
            out_error, FL_UNSUPPORTED,
            "the document begins with the mark of UTF-8 but declares %.*s: correct the "
            "declaration",
            (int)encoding.size, (const char *)encoding.data);
    }
    if (!utf8 && !is_named(encoding, "windows-1251") && !is_named(encoding, "us-ascii")) {
        return fl_error_set(
            out_error, FL_UNSUPPORTED,
            "encoding %.*s is not read: UTF-8 and windows-1251 are", (int)encoding.size,
            (const char *)encoding.data);
    }
    return FL_OK;
}
