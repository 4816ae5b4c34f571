/*
 * What a message of EnterpriseData becomes here where it is not as usual: references to
 * kinds that nobody here has, memory that runs out, blocks full of deletions.
 */

#include "scarce.h"

#include "enterprisedata_world.h"

#define OPEN(version)                                                                    \
    "<Message xmlns:msg=\"http://www.1c.ru/SSL/Exchange/Message\"><msg:Header>"          \
    "<msg:Format>http://v8.1c.ru/edi/edi_stnd/EnterpriseData/" version "</msg:Format>"   \
    "</msg:Header><Body xmlns=\"http://v8.1c.ru/edi/edi_stnd/EnterpriseData/" version    \
    "\">\n"
#define CLOSE "</Body></Message>"

/* The written message with `after` wherever `before` stood. */
static struct fl_buffer replaced(
    const struct message *message,
    const char *before,
    const char *after)
{
    const size_t size = strlen(before);
    struct fl_bytes rest = fl_buffer_view(&message->buffer);
    struct fl_buffer out;
    size_t count = 0;

    fl_buffer_init(&out, 256 << 20);
    while (rest.size > 0) {
        const bool is_it = rest.size >= size && memcmp(rest.data, before, size) == 0;
        const size_t step = is_it ? size : 1;

        if (is_it) {
            fl_buffer_put_text(&out, after);
            count++;
        } else {
            fl_buffer_put(&out, (struct fl_bytes){rest.data, 1});
        }
        rest.data += step;
        rest.size -= step;
    }
    assert_true(count > 0);
    return out;
}

/* The note that has `words`; NULL: there is none. */
static const char *note_with(const struct fl_package_reader *reader, const char *words)
{
    const char *note;

    for (size_t i = 0; (note = fl_package_reader_note(reader, i)); i++) {
        if (strstr(note, words)) {
            return note;
        }
    }
    return NULL;
}

/* What is told of a message in which sales are called by another name, as a reason. */
static void must_tell(const char *name, const char *words)
{
    static struct fair fair;
    const struct fl_object *object = NULL;
    struct fl_error error = {FL_OK, ""};

    fair_open(&fair);
    struct message message = write_all(&fair, "1.2", NULL);
    struct fl_buffer bytes = replaced(&message, "РеализацияТоваровУслугСсылка>", name);
    struct fl_codec_memory memory = {fl_buffer_view(&bytes)};
    struct fl_package_reader *reader = open_reader(&fair, &memory, true);

    do {
        if (fl_package_reader_next(reader, &object, &error) != FL_OK) {
            fail_msg("%s", error.text);
        }
    } while (object);
    if (!note_with(reader, words)) {
        fail_msg("nobody tells: %s", words);
    }
    fl_package_reader_close(reader);
    fl_buffer_deinit(&bytes);
    fl_buffer_deinit(&message.buffer);
    fair_close(&fair);
}

/* Of several kinds one is named: it is not another that the attribute would take. */
static void test_a_kind_that_nobody_has_is_no_other(void **state)
{
    (void)state;
    must_tell(
        "АктВыполненныхРаботСсылка>",
        "no reference to АктВыполненныхРабот is taken here");
}

/* The schemas call some members otherwise than what they refer to. */
static void test_a_reference_is_to_what_the_schema_says(void **state)
{
    (void)state;
    must_tell(
        "РасходныйКассовыйОрдерСсылка>",
        "no reference to РКОРасчетыСКонтрагентами is taken here");
}

/* There is memory, but not for so much of one object: to try again would not help. */
static void test_a_text_beyond_the_limit_is_no_lack_of_memory(void **state)
{
    enum { TEXT_BYTES = 20 << 20 };
    static struct fair fair;
    struct fl_buffer bytes;
    struct fl_package_reader *reader = NULL;
    const struct fl_object *object = NULL;
    struct fl_error error = {FL_OK, ""};

    (void)state;
    fair_open(&fair);
    fl_buffer_init(&bytes, TEXT_BYTES + (1 << 20));
    fl_buffer_put_text(&bytes, OPEN("1.8") "<Справочник.Склады>\n<Комментарий>");
    uint8_t *const text = fl_buffer_reserve(&bytes, TEXT_BYTES);

    assert_non_null(text);
    memset(text, 'x', TEXT_BYTES);
    fl_buffer_added(&bytes, TEXT_BYTES);
    fl_buffer_put_text(&bytes, "</Комментарий></Справочник.Склады>" CLOSE);
    struct fl_codec_memory memory = {fl_buffer_view(&bytes)};
    const struct fl_package_reader_options options = {
        .configuration = fair.configuration,
        .source = fl_codec_memory_source(&memory),
        .object_bytes_max = 1 << 20,
        .conversion = fair.conversion};

    assert_int_equal(
        fl_package_reader_open(
            fl_codec_find("enterprisedata"), &options, &reader, &error),
        FL_OK);
    assert_int_equal(fl_package_reader_next(reader, &object, &error), FL_LIMIT);
    assert_non_null(strstr(error.text, "the object is larger than the limit"));
    fl_package_reader_close(reader);
    fl_buffer_deinit(&bytes);
    fair_close(&fair);
}

/* More than any version of the format has: it is no lack of memory. */
static void test_a_header_without_end_is_refused_with_the_line(void **state)
{
    enum { VERSIONS = 101 };
    static struct fair fair;
    struct fl_buffer bytes;
    const struct fl_package_header *header = NULL;
    struct fl_error error = {FL_OK, ""};

    (void)state;
    fair_open(&fair);
    fl_buffer_init(&bytes, 1 << 20);
    fl_buffer_put_text(
        &bytes,
        "<Message><Header><Format>" FL_ENTERPRISEDATA_URI "/1.8</Format><Confirmation>"
        "<MessageNo>1</MessageNo></Confirmation>\n");
    for (int i = 0; i < VERSIONS; i++) {
        fl_buffer_put_text(&bytes, "<AvailableVersion>1.8</AvailableVersion>\n");
    }
    fl_buffer_put_text(&bytes, "</Header><Body/></Message>");
    struct fl_codec_memory memory = {fl_buffer_view(&bytes)};
    struct fl_package_reader *reader = open_reader(&fair, &memory, true);

    assert_int_equal(fl_package_reader_header(reader, &header, &error), FL_LIMIT);
    assert_string_equal(
        error.text, "line 102: AvailableVersion: there are more than 100 of it");
    fl_package_reader_close(reader);
    fl_buffer_deinit(&bytes);
    fair_close(&fair);
}

#define ID "00000001-1111-4111-8111-111111111111"
#define DELETION                                                                         \
    "<УдалениеОбъекта><СсылкаНаОбъект><СсылкаНаОбъект><БанковскиеСчетаСсылка>" ID        \
    "</БанковскиеСчетаСсылка></СсылкаНаОбъект></СсылкаНаОбъект></УдалениеОбъекта>\n"

/* How many objects come where the allocation `scarce` fails; -1: it is told. */
static int count_where(struct fair *fair, struct fl_bytes bytes, uint64_t scarce)
{
    struct fl_codec_memory memory = {bytes};
    struct fl_package_reader *reader = open_reader(fair, &memory, true);
    const struct fl_object *object = NULL;
    struct fl_error error = {FL_OK, ""};
    enum fl_status status = FL_OK;
    int count = -1;

    scarce_from(scarce, /* for_ever= */ false);
    do {
        status = fl_package_reader_next(reader, &object, &error);
        count++;
    } while (status == FL_OK && object);
    (void)scarce_end();
    fl_package_reader_close(reader);
    return status == FL_OK ? count : -1;
}

/* With each more, another allocation is the one that needs a new block of an arena. */
static void test_no_object_is_lost_where_memory_runs_out(void **state)
{
    enum { DELETIONS_MIN = 20, DELETIONS_MAX = 80 };
    static struct fair fair;
    struct fl_buffer bytes;

    (void)state;
    fair_open(&fair);
    fl_buffer_init(&bytes, 1 << 20);
    for (int wanted = DELETIONS_MIN; wanted < DELETIONS_MAX; wanted++) {
        fl_buffer_clear(&bytes);
        fl_buffer_put_text(&bytes, OPEN("1.8"));
        for (int i = 0; i < wanted; i++) {
            fl_buffer_put_text(&bytes, DELETION);
        }
        fl_buffer_put_text(&bytes, CLOSE);
        const struct fl_bytes view = fl_buffer_view(&bytes);

        assert_int_equal(count_where(&fair, view, /* scarce= */ 0), wanted);
        const uint64_t allocations = scarce_count();

        for (uint64_t scarce = 1; scarce <= allocations; scarce++) {
            const int count = count_where(&fair, view, scarce);

            if (count != wanted && count != -1) {
                fail_msg("%d of %d objects came, and nobody tells", count, wanted);
            }
        }
    }
    fl_buffer_deinit(&bytes);
    fair_close(&fair);
}

/* The same large document for every identity of one. */
struct large {
    uint32_t type;
    struct fl_bytes record;
};

static enum fl_status lookup_large(
    void *context,
    struct fl_key key,
    struct fl_arena *arena,
    struct fl_object *out_object)
{
    const struct large *large = context;

    return key.type == large->type
               ? fl_record_decode(key, false, large->record, arena, out_object)
               : FL_NOT_FOUND;
}

static struct fl_bytes record_of_rows(
    const struct fl_type *type,
    size_t count,
    struct fl_buffer *buffer)
{
    const struct fl_section_type *goods =
        fl_type_find_section(type, fl_bytes_of_text("Товары"));
    const struct fl_attribute *amount =
        fl_section_find_attribute(goods, fl_bytes_of_text("Количество"));
    struct fl_field field = {
        .number = amount->number,
        .value = {.kind = FL_VALUE_NUMBER, .number = fl_decimal_of_int64(5)}};
    struct fl_row *rows = calloc(count, sizeof(*rows));
    struct fl_section section = {
        .number = goods->number, .row_count = count, .rows = rows};
    const struct fl_object object = {
        .key = {.type = type->number}, .section_count = 1, .sections = &section};

    assert_non_null(rows);
    for (size_t i = 0; i < count; i++) {
        rows[i] = (struct fl_row){.field_count = 1, .fields = &field};
    }
    assert_int_equal(fl_record_encode(&object, buffer), FL_OK);
    free(rows);
    return fl_buffer_view(buffer);
}

#define DELETED_SALE                                                                                                            \
    "<УдалениеОбъекта><СсылкаНаОбъект><СсылкаНаОбъект><РеализацияТоваровУслугСсылка>" ID                                        \
    "</РеализацияТоваровУслугСсылка></СсылкаНаОбъект></СсылкаНаОбъект>" \
    "</УдалениеОбъекта>\n"

/* Each is looked at as it stands here: their sizes do not add up. */
static void test_large_objects_of_one_block_are_taken_one_by_one(void **state)
{
    enum { ROWS = 4000, SALES = 100 };
    static struct fair fair;
    struct fl_buffer record;
    struct fl_buffer bytes;
    struct fl_package_reader *reader = NULL;
    const struct fl_object *object = NULL;
    struct fl_error error = {FL_OK, ""};
    size_t count = 0;

    (void)state;
    fair_open(&fair);
    fl_buffer_init(&record, 16 << 20);
    fl_buffer_init(&bytes, 1 << 20);
    const struct fl_type *type = fl_configuration_find_full(
        fair.configuration, fl_bytes_of_text("Document.РеализацияТоваровУслуг"));
    struct large large = {type->number, record_of_rows(type, ROWS, &record)};
    const struct fl_conversion_ports ports = {.context = &large, .lookup = lookup_large};

    fl_buffer_put_text(&bytes, OPEN("1.8"));
    for (int i = 0; i < SALES; i++) {
        fl_buffer_put_text(&bytes, DELETED_SALE);
    }
    fl_buffer_put_text(&bytes, CLOSE);
    struct fl_codec_memory memory = {fl_buffer_view(&bytes)};
    const struct fl_package_reader_options options = {
        .configuration = fair.configuration,
        .source = fl_codec_memory_source(&memory),
        .object_bytes_max = 1 << 20,
        .conversion = fair.conversion,
        .ports = &ports};

    assert_int_equal(
        fl_package_reader_open(
            fl_codec_find("enterprisedata"), &options, &reader, &error),
        FL_OK);
    do {
        if (fl_package_reader_next(reader, &object, &error) != FL_OK) {
            fail_msg("%s", error.text);
        }
        assert_true(object == NULL || object->sections[0].row_count == ROWS);
        count += object ? 1 : 0;
    } while (object);
    assert_int_equal(count, SALES);
    fl_package_reader_close(reader);
    fl_buffer_deinit(&bytes);
    fl_buffer_deinit(&record);
    fair_close(&fair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_kind_that_nobody_has_is_no_other),
        cmocka_unit_test(test_a_reference_is_to_what_the_schema_says),
        cmocka_unit_test(test_a_text_beyond_the_limit_is_no_lack_of_memory),
        cmocka_unit_test(test_a_header_without_end_is_refused_with_the_line),
        cmocka_unit_test(test_no_object_is_lost_where_memory_runs_out),
        cmocka_unit_test(test_large_objects_of_one_block_are_taken_one_by_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
