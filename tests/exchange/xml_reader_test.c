/*
 * Documents that others wrote, well meant or not: what comes of each, and where it is
 * said to be wrong.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "xml_reader.h"

#define MARK "\xEF\xBB\xBF"

enum { TOLD_BYTES_MAX = 8 << 20 };

/* What was read, told in one line: "<a x=1>text</a>". */
struct telling {
    struct fl_xml_reader *reader;
    struct fl_bytes left; /* of the document */
    size_t piece;         /* bytes that the source gives at once; 0: all */
    enum fl_status source_failure;
    enum fl_status handler_failure;
    struct fl_buffer told;
    enum fl_status status;
    struct fl_error error;
    bool is_incomplete;
    size_t feeds;
};

static enum fl_status read_source(
    void *context,
    uint8_t *out_bytes,
    size_t size_max,
    size_t *out_size,
    struct fl_error *out_error)
{
    struct telling *telling = context;
    size_t size = telling->left.size < size_max ? telling->left.size : size_max;

    if (telling->piece > 0 && size > telling->piece) {
        size = telling->piece;
    }
    if (size == 0 && telling->source_failure != FL_OK) {
        return fl_error_set(out_error, telling->source_failure, "the disk is gone");
    }
    if (size > 0) {
        memcpy(out_bytes, telling->left.data, size);
    }
    telling->left.data += size;
    telling->left.size -= size;
    *out_size = size;
    return FL_OK;
}

static void tell_name(struct telling *telling, const char *uri, const char *name)
{
    if (uri) {
        fl_buffer_put_text(&telling->told, "{");
        fl_buffer_put_text(&telling->told, uri);
        fl_buffer_put_text(&telling->told, "}");
    }
    fl_buffer_put_text(&telling->told, name);
}

static enum fl_status on_start(void *context, const struct fl_xml_element *element)
{
    struct telling *telling = context;

    fl_buffer_put_text(&telling->told, "<");
    tell_name(telling, element->uri, element->name);
    for (size_t i = 0; i < element->attribute_count; i++) {
        const struct fl_xml_attribute *attribute = &element->attributes[i];

        fl_buffer_put_text(&telling->told, " ");
        tell_name(telling, attribute->uri, attribute->name);
        fl_buffer_put_text(&telling->told, "=");
        fl_buffer_put(&telling->told, attribute->value);
    }
    fl_buffer_put_text(&telling->told, ">");
    if (telling->handler_failure != FL_OK && strcmp(element->name, "bad") == 0) {
        return fl_xml_reader_fail(
            telling->reader, telling->handler_failure, "<%s> is not liked",
            element->name);
    }
    return FL_OK;
}

static enum fl_status on_text(void *context, struct fl_bytes text)
{
    struct telling *telling = context;

    fl_buffer_put(&telling->told, text);
    return FL_OK;
}

static enum fl_status on_end(void *context, const struct fl_xml_element *element)
{
    struct telling *telling = context;

    fl_buffer_put_text(&telling->told, "</");
    tell_name(telling, element->uri, element->name);
    fl_buffer_put_text(&telling->told, ">");
    return FL_OK;
}

static enum fl_status on_comment(void *context, struct fl_bytes text)
{
    struct telling *telling = context;

    fl_buffer_put_text(&telling->told, "(");
    fl_buffer_put(&telling->told, text);
    fl_buffer_put_text(&telling->told, ")");
    return FL_OK;
}

static void read_all(struct telling *telling, struct fl_xml_reader_options options)
{
    bool done = false;

    options.read = read_source;
    options.read_context = telling;
    options.handler =
        (struct fl_xml_handler){on_start, on_text, on_end, on_comment, telling};
    fl_buffer_init(&telling->told, TOLD_BYTES_MAX);
    assert_int_equal(
        fl_xml_reader_open(&options, &telling->reader, &telling->error), FL_OK);
    telling->status = FL_OK;
    while (telling->status == FL_OK && !done) {
        telling->status = fl_xml_reader_feed(telling->reader, &done, &telling->error);
        telling->feeds++;
    }
    telling->is_incomplete = fl_xml_reader_is_incomplete(telling->reader);
    if (telling->status != FL_OK) {
        struct fl_error again = {FL_OK, ""};

        /* A failure stays, in the same words. */
        assert_int_equal(
            fl_xml_reader_feed(telling->reader, &done, &again), telling->status);
        assert_string_equal(again.text, telling->error.text);
        assert_int_equal(again.status, telling->status);
        assert_true(fl_bytes_are_utf8(fl_bytes_of_text(telling->error.text)));
        assert_true(telling->error.text[0] != '\0');
    }
    fl_xml_reader_close(telling->reader);
    fl_buffer_put_u8(&telling->told, 0);
}

static void must_tell_bytes(struct fl_bytes document, size_t piece, const char *expected)
{
    struct telling telling = {.left = document, .piece = piece};

    read_all(&telling, (struct fl_xml_reader_options){0});
    if (telling.status != FL_OK) {
        fail_msg("%s", telling.error.text);
    }
    assert_string_equal((const char *)telling.told.data, expected);
    fl_buffer_deinit(&telling.told);
}

static void must_tell(const char *document, const char *expected)
{
    must_tell_bytes(fl_bytes_of_text(document), 0, expected);
    must_tell_bytes(fl_bytes_of_text(document), 1, expected);
}

static void must_refuse_bytes(
    struct fl_bytes document,
    struct fl_xml_reader_options options,
    enum fl_status expected,
    const char *words)
{
    struct telling telling = {.left = document};

    read_all(&telling, options);
    if (telling.status != expected || !strstr(telling.error.text, words)) {
        fail_msg(
            "expected %d \"%s\", but it is %d \"%s\"", (int)expected, words,
            (int)telling.status, telling.error.text);
    }
    fl_buffer_deinit(&telling.told);
}

static void must_refuse(const char *document, enum fl_status expected, const char *words)
{
    must_refuse_bytes(
        fl_bytes_of_text(document), (struct fl_xml_reader_options){0}, expected, words);
}

/* ---- what is read ---- */

static void test_elements_come_with_namespaces_text_and_comments(void **state)
{
    (void)state;
    must_tell("<a/>", "<a></a>");
    must_tell(
        "<?xml version=\"1.0\"?>\n<!--x--><a b='1' c=\"&lt;&#13;\"> t &amp; "
        "<![CDATA[<u>]]><!-- k --></a>\n",
        "(x)<a b=1 c=<\r> t & <u>( k )</a>");
    must_tell(
        "<p:a xmlns:p=\"u\" xmlns=\"d\" p:x=\"1\"><b y=\"2\"/><c xmlns=\"\"/></p:a>",
        "<{u}a {u}x=1><{d}b y=2></{d}b><c></c></{u}a>");
    /* Line ends are LF, as XML wants it. */
    must_tell("<a>\r\n\tx\ry</a>", "<a>\n\tx\ny</a>");
}

static void test_declarations_and_marks_that_1c_writes_are_read(void **state)
{
    static const uint8_t cyrillic[] =
        "<?xml version='1.0' encoding=\"Windows-1251\"?><\xC0 b=\"\xE1\">\xE2</\xC0>";

    (void)state;
    must_tell(MARK "<a>я</a>", "<a>я</a>");
    must_tell(MARK "<?xml version=\"1.0\" encoding=\"UTF-8\"?><a>я</a>", "<a>я</a>");
    must_tell(MARK "<?xml version=\"1.0\" encoding='utf8'?><a>я</a>", "<a>я</a>");
    must_tell("<?xml version=\"1.0\" encoding=\"us-ascii\"?><a/>", "<a></a>");
    must_tell_bytes((struct fl_bytes){cyrillic, sizeof(cyrillic) - 1}, 0, "<А b=б>в</А>");
}

static void test_other_encodings_are_refused_in_words(void **state)
{
    static const uint8_t utf16[] = "\xFF\xFE<\0a\0/\0>\0";
    static const uint8_t utf16_big[] = "\xFE\xFF\0<\0a\0/\0>";
    static const uint8_t utf16_bare[] = "<\0a\0/\0>\0";
    static const uint8_t utf32[] = "\0\0\xFE\xFF\0\0\0<";
    const struct fl_xml_reader_options none = {0};
    char hidden[2048];

    (void)state;
    must_refuse_bytes(
        (struct fl_bytes){utf16, sizeof(utf16) - 1}, none, FL_UNSUPPORTED, "UTF-16");
    must_refuse_bytes(
        (struct fl_bytes){utf16_big, sizeof(utf16_big) - 1}, none, FL_UNSUPPORTED,
        "save it as UTF-8");
    must_refuse_bytes(
        (struct fl_bytes){utf16_bare, sizeof(utf16_bare) - 1}, none, FL_UNSUPPORTED,
        "UTF-16");
    must_refuse_bytes(
        (struct fl_bytes){utf32, sizeof(utf32) - 1}, none, FL_UNSUPPORTED, "UTF-32");
    must_refuse(
        MARK "<?xml version=\"1.0\" encoding=\"windows-1251\"?><a/>", FL_UNSUPPORTED,
        "mark of UTF-8 but declares windows-1251");
    must_refuse(
        "<?xml version=\"1.0\" encoding=\"KOI8-R\"?><a/>", FL_UNSUPPORTED,
        "encoding KOI8-R is not read");
    /* Blanks hide nothing: such an encoding would lead past all limits of tags. */
    (void)snprintf(
        hidden, sizeof(hidden), "<?xml version=\"1.0\"%300s encoding=\"UTF-7\"?><a/>",
        "");
    must_refuse(hidden, FL_UNSUPPORTED, "encoding UTF-7");
    (void)snprintf(
        hidden, sizeof(hidden), "<?xml version=\"1.0\"%1200s encoding=\"UTF-7\"?><a/>",
        "");
    must_refuse(hidden, FL_MALFORMED, "declaration is longer");
}

/* ---- hostile documents ---- */

static void test_a_doctype_is_refused_whatever_is_in_it(void **state)
{
    (void)state;
    must_refuse("<!DOCTYPE a><a/>", FL_MALFORMED, "DOCTYPE");
    must_refuse(
        "<!DOCTYPE a [<!ENTITY b \"bb\"><!ENTITY c \"&b;&b;&b;\">]><a>&c;</a>",
        FL_MALFORMED, "line 1: a document type (DOCTYPE) is not allowed");
    must_refuse(
        "<?xml version=\"1.0\"?>\n\n<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>",
        FL_MALFORMED, "line 3: a document type (DOCTYPE)");
    must_refuse(
        "<!DOCTYPE a [<!ENTITY % p SYSTEM \"http://127.0.0.1/\"> %p;]><a/>", FL_MALFORMED,
        "DOCTYPE");
    must_refuse("<a>&b;</a>", FL_MALFORMED, "b");
    must_refuse("<a b=\"&c;\"/>", FL_MALFORMED, "c");
}

static void test_what_is_not_well_formed_is_refused_with_its_line(void **state)
{
    static const struct {
        const char *document;
        const char *words;
    } cases[] = {
        {"<a>\n<b></a>", "line 2"},
        {"<a/>\n<b/>", "line 2"},
        {"<a/>\nx", "line 2"},
        {"x<a/>", "line 1"},
        {"<a b=\"1\" b=\"2\"/>", "line 1"},
        {"<a b=1/>", "line 1"},
        {"<a b=\"<\"/>", "line 1"},
        {"<a>\n\n&#1;</a>", "line 3"},
        {"<a>\n\x01</a>", "line 2"},
        {"<a>\xFF</a>", "line 1"},
        {"<a>]]></a>", "line 1"},
        {"<a><!-- -- --></a>", "line 1"},
        {"<a><?xml version=\"1.0\"?></a>", "line 1"},
        {"<p:a/>", "p"},
        {"<a p:b=\"1\"/>", "p"},
        {"<1/>", "line 1"},
        {"<a xmlns:x=\"u\" xmlns:y=\"u\" x:b=\"1\" y:b=\"2\"/>", "line 1"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        must_refuse(cases[i].document, FL_MALFORMED, cases[i].words);
    }
}

static void test_nul_bytes_are_refused(void **state)
{
    static const char document[] = "<abc>x</abc>";
    char bytes[sizeof(document)];

    (void)state;
    for (size_t i = 0; i < sizeof(document) - 1; i++) {
        struct telling telling = {.left = {(const uint8_t *)bytes, sizeof(document) - 1}};

        memcpy(bytes, document, sizeof(document));
        bytes[i] = '\0';
        read_all(&telling, (struct fl_xml_reader_options){0});
        assert_true(
            telling.status == FL_MALFORMED ||
            (i < 4 && telling.status == FL_UNSUPPORTED));
        fl_buffer_deinit(&telling.told);
    }
}

/* ---- limits ---- */

static char *repeated(
    const char *before,
    const char *middle,
    size_t count,
    const char *after)
{
    const size_t size = strlen(middle);
    char *const text = malloc(strlen(before) + size * count + strlen(after) + 1);

    assert_non_null(text);
    char *at = text + sprintf(text, "%s", before);

    for (size_t i = 0; i < count; i++) {
        memcpy(at, middle, size);
        at += size;
    }
    (void)strcpy(at, after);
    return text;
}

static void must_refuse_repeated(
    const char *before,
    const char *middle,
    size_t count,
    const char *after,
    const char *words)
{
    char *const text = repeated(before, middle, count, after);

    must_refuse(text, FL_LIMIT, words);
    free(text);
}

static void test_depth_is_bounded(void **state)
{
    (void)state;
    char *const text = repeated("", "<a>", FL_XML_DEPTH_MAX - 1, "<b/>");
    struct telling telling = {.left = fl_bytes_of_text(text)};

    read_all(&telling, (struct fl_xml_reader_options){0});
    assert_true(telling.is_incomplete); /* and nothing else is wrong with it */
    fl_buffer_deinit(&telling.told);
    free(text);
    must_refuse_repeated("", "<a>", FL_XML_DEPTH_MAX + 1, "", "deeper than 64");
    must_refuse_repeated("", "<a>\n", 100000, "", "line 65: elements are nested deeper");
    must_refuse_bytes(
        fl_bytes_of_text("<a><b><c/></b></a>"),
        (struct fl_xml_reader_options){.depth_max = 2}, FL_LIMIT, "deeper than 2");
}

/* 40,000 attributes take seconds of the parser's time, so it never sees them. */
static void test_attributes_of_a_tag_are_bounded(void **state)
{
    char *text = malloc(2 << 20);
    size_t size = (size_t)sprintf(text, "<a>\n<b");

    (void)state;
    assert_non_null(text);
    for (int i = 0; i < 40000; i++) {
        size += (size_t)sprintf(text + size, " a%d='%d'", i, i);
    }
    (void)sprintf(text + size, "/></a>");
    must_refuse(text, FL_LIMIT, "line 2: a tag has more than 256 attributes");
    size = (size_t)sprintf(text, "<a");
    for (int i = 0; i < 3000; i++) {
        size += (size_t)sprintf(text + size, " xmlns:a%d='u%d'", i, i);
    }
    (void)sprintf(text + size, "/>");
    must_refuse(text, FL_LIMIT, "more than 256 attributes");
    free(text);
    /* An equals sign in quotes is no attribute, a `>` there no end. */
    text = repeated("<a b=\"", "=>", 1000, "\"/>");
    struct telling telling = {.left = fl_bytes_of_text(text)};

    read_all(&telling, (struct fl_xml_reader_options){0});
    assert_int_equal(telling.status, FL_OK);
    fl_buffer_deinit(&telling.told);
    free(text);
    must_refuse_bytes(
        fl_bytes_of_text("<a b=\"1\" c=\"2\"/>"),
        (struct fl_xml_reader_options){.attributes_max = 1}, FL_LIMIT, "more than 1");
}

/* A block of plain tags is passed over at once, up to the tag that its end cuts. */
static void test_a_tag_behind_plain_ones_is_bounded(void **state)
{
    enum { BLOCK = 64 << 10, AROUND = 8 };
    char *const text = malloc(2 * BLOCK);

    (void)state;
    assert_non_null(text);
    for (size_t begin = BLOCK - AROUND; begin < BLOCK + AROUND; begin++) {
        size_t size = (size_t)sprintf(text, "<a>");

        while (size + 2 * strlen("<b>t</b>") < begin) {
            size += (size_t)sprintf(text + size, "<b>t</b>");
        }
        while (size < begin) {
            text[size++] = ' ';
        }
        size += (size_t)sprintf(text + size, "<c");
        for (int i = 0; i < 300; i++) {
            size += (size_t)sprintf(text + size, " a%d='%d'", i, i);
        }
        (void)sprintf(text + size, "/></a>");
        must_refuse(text, FL_LIMIT, "a tag has more than 256 attributes");
    }
    free(text);
}

static void test_namespaces_in_force_are_bounded(void **state)
{
    char *const text = malloc(1 << 20);
    size_t size = 0;

    (void)state;
    assert_non_null(text);
    for (int i = 0; i < 6; i++) {
        size += (size_t)sprintf(text + size, "<a");
        for (int k = 0; k < 200; k++) {
            size += (size_t)sprintf(text + size, " xmlns:p%d_%d='u'", i, k);
        }
        size += (size_t)sprintf(text + size, ">");
    }
    must_refuse(text, FL_LIMIT, "namespaces at once");
    free(text);
}

static void test_a_tag_is_bounded_wherever_it_is_long(void **state)
{
    (void)state;
    must_refuse_repeated("<a>\n<", "b", 200000, "/></a>", "line 2: a tag is longer than");
    must_refuse_repeated("<a b=\"", "c", 200000, "\"/>", "a tag is longer than 65536");
    must_refuse_repeated("<a>\n</a", " ", 200000, ">", "line 2: a tag is longer than");
    must_refuse_repeated("<a", "\n", 200000, "/>", "line 1: a tag is longer than");
    /* The same through a source that gives little at once. */
    char *const text = repeated("<a b=\"", "c", 200000, "\"/>");
    struct telling telling = {.left = fl_bytes_of_text(text), .piece = 1000};

    read_all(&telling, (struct fl_xml_reader_options){0});
    assert_int_equal(telling.status, FL_LIMIT);
    assert_string_equal((const char *)telling.told.data, "");
    fl_buffer_deinit(&telling.told);
    free(text);
}

static void test_a_document_is_bounded_when_asked(void **state)
{
    const struct fl_xml_reader_options options = {.document_bytes_max = 100000};
    char *const text = repeated("<a>", "x", 200000, "</a>");

    (void)state;
    must_refuse_bytes(
        fl_bytes_of_text(text), options, FL_LIMIT, "larger than 100000 bytes");
    free(text);
}

static void test_long_text_comes_in_pieces(void **state)
{
    char *const text = repeated("<a>", "яй", 500000, "</a>");
    struct telling telling = {.left = fl_bytes_of_text(text)};

    (void)state;
    read_all(&telling, (struct fl_xml_reader_options){0});
    assert_int_equal(telling.status, FL_OK);
    assert_string_equal((const char *)telling.told.data, text);
    /* 2,000,007 bytes in blocks of 64 KiB. */
    assert_int_equal(telling.feeds, 31);
    fl_buffer_deinit(&telling.told);
    free(text);
}

static void test_a_long_line_gets_a_column(void **state)
{
    char *const text = repeated("<a>", "<b/>", 1000, "<c></a>");

    (void)state;
    must_refuse(text, FL_MALFORMED, "line 1, column 40");
    free(text);
}

/* ---- ends and failures ---- */

static void test_a_document_that_is_cut_is_incomplete_at_every_byte(void **state)
{
    static const char document[] =
        MARK "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<p:a xmlns:p=\"u\">\n\t<b "
             "c=\"я&amp;\">текст</b><!-- x -->\n<![CDATA[<]]><?i j?><d/></p:a>";
    const size_t size = sizeof(document) - 1;

    (void)state;
    for (size_t i = 0; i < size; i++) {
        struct telling telling = {.left = {(const uint8_t *)document, i}};

        read_all(&telling, (struct fl_xml_reader_options){0});
        assert_int_equal(telling.status, FL_MALFORMED);
        if (!telling.is_incomplete) {
            fail_msg("cut at byte %zu: %s", i, telling.error.text);
        }
        fl_buffer_deinit(&telling.told);
    }
    struct telling telling = {.left = {(const uint8_t *)document, size}};

    read_all(&telling, (struct fl_xml_reader_options){0});
    assert_int_equal(telling.status, FL_OK);
    assert_false(telling.is_incomplete);
    fl_buffer_deinit(&telling.told);
}

static void test_what_is_wrong_is_not_taken_for_incomplete(void **state)
{
    static const char *const documents[] = {"<a></b>", "<a>\nx & y</a>", "<a>\n&amp</a>"};

    (void)state;
    for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++) {
        struct telling telling = {.left = fl_bytes_of_text(documents[i])};

        read_all(&telling, (struct fl_xml_reader_options){0});
        assert_int_equal(telling.status, FL_MALFORMED);
        assert_false(telling.is_incomplete);
        assert_true(i == 0 || strstr(telling.error.text, "line 2: "));
        assert_true(i == 0 || strstr(telling.error.text, "&amp;"));
        fl_buffer_deinit(&telling.told);
    }
}

static void test_a_handler_ends_the_reading_with_its_words(void **state)
{
    struct telling telling = {
        .left = fl_bytes_of_text("<a>\n<bad/><c/></a>"), .handler_failure = FL_REFUSED};

    (void)state;
    read_all(&telling, (struct fl_xml_reader_options){0});
    assert_int_equal(telling.status, FL_REFUSED);
    assert_string_equal(telling.error.text, "line 2: <bad> is not liked");
    assert_string_equal((const char *)telling.told.data, "<a>\n<bad>");
    fl_buffer_deinit(&telling.told);
}

static void test_a_source_that_fails_ends_the_reading(void **state)
{
    struct telling telling = {
        .left = fl_bytes_of_text("<a><b/>"), .source_failure = FL_IO};

    (void)state;
    read_all(&telling, (struct fl_xml_reader_options){0});
    assert_int_equal(telling.status, FL_IO);
    assert_string_equal(telling.error.text, "the disk is gone");
    assert_false(telling.is_incomplete);
    fl_buffer_deinit(&telling.told);
}

/* ---- names ---- */

struct names {
    struct fl_xml_reader *reader;
    const char *first;
    const char *uri;
    size_t same;
    char resolved[256];
};

static enum fl_status names_start(void *context, const struct fl_xml_element *element)
{
    struct names *names = context;

    names->same += element->name == names->first && element->uri == names->uri;
    for (size_t i = 0; i < element->attribute_count; i++) {
        const char *uri =
            fl_xml_reader_resolve(names->reader, element->attributes[i].value);

        (void)strcat(names->resolved, uri ? uri : "-");
        (void)strcat(names->resolved, " ");
    }
    return FL_OK;
}

static enum fl_status names_end(void *context, const struct fl_xml_element *element)
{
    (void)context;
    (void)element;
    return FL_OK;
}

static enum fl_status names_text(void *context, struct fl_bytes text)
{
    (void)context;
    (void)text;
    return FL_OK;
}

static void test_names_are_interned_and_prefixes_resolved_where_they_stand(void **state)
{
    struct telling source = {
        .left = fl_bytes_of_text(
            "<p:a xmlns:p=\"u\" xmlns=\"d\" q=\"p\"><q:a xmlns:q=\"u\" xmlns:p=\"v\" "
            "q=\"p\" r=\"q\" s=\"\"/><b xmlns=\"\" q=\"p\" r=\"q\" s=\"\"/></p:a>")};
    struct names names = {0};
    bool done = false;
    const struct fl_xml_reader_options options = {
        .read = read_source,
        .read_context = &source,
        .handler = {names_start, names_text, names_end, NULL, &names}};

    (void)state;
    assert_int_equal(fl_xml_reader_open(&options, &names.reader, NULL), FL_OK);
    names.first = fl_xml_reader_intern(names.reader, "a");
    names.uri = fl_xml_reader_intern(names.reader, "u");
    assert_int_equal(fl_xml_reader_feed(names.reader, &done, NULL), FL_OK);
    assert_true(done);
    assert_int_equal(names.same, 2);
    assert_string_equal(names.resolved, "u v u d u - - ");
    assert_ptr_equal(
        fl_xml_reader_intern_bytes(names.reader, fl_bytes_of_text("a")), names.first);
    fl_xml_reader_close(names.reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_elements_come_with_namespaces_text_and_comments),
        cmocka_unit_test(test_declarations_and_marks_that_1c_writes_are_read),
        cmocka_unit_test(test_other_encodings_are_refused_in_words),
        cmocka_unit_test(test_a_doctype_is_refused_whatever_is_in_it),
        cmocka_unit_test(test_what_is_not_well_formed_is_refused_with_its_line),
        cmocka_unit_test(test_nul_bytes_are_refused),
        cmocka_unit_test(test_depth_is_bounded),
        cmocka_unit_test(test_attributes_of_a_tag_are_bounded),
        cmocka_unit_test(test_a_tag_behind_plain_ones_is_bounded),
        cmocka_unit_test(test_namespaces_in_force_are_bounded),
        cmocka_unit_test(test_a_tag_is_bounded_wherever_it_is_long),
        cmocka_unit_test(test_a_document_is_bounded_when_asked),
        cmocka_unit_test(test_long_text_comes_in_pieces),
        cmocka_unit_test(test_a_long_line_gets_a_column),
        cmocka_unit_test(test_a_document_that_is_cut_is_incomplete_at_every_byte),
        cmocka_unit_test(test_what_is_wrong_is_not_taken_for_incomplete),
        cmocka_unit_test(test_a_handler_ends_the_reading_with_its_words),
        cmocka_unit_test(test_a_source_that_fails_ends_the_reading),
        cmocka_unit_test(test_names_are_interned_and_prefixes_resolved_where_they_stand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
