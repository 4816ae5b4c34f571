/*
 * Predefined items as a package's table names them, and the refs of two sides put into
 * each other's place.
 */

#include "packages.h"

#define REF3 "191430c9-247e-4749-a8aa-60a1c8f45639"
#define OWNED_BY(ref)                                                                    \
    "<CatalogObject.Все><Ref>" ref "</Ref><IsFolder>true</IsFolder>"                     \
    "<DeletionMark>false</DeletionMark><Parent>" REF1 "</Parent><Code/><Description/>"   \
    "</CatalogObject.Все>"
#define TABLE                                                                            \
    "<PredefinedData>\n\t<CatalogRef.Все PredefinedDataName=\"Имя\">" REF1               \
    "</CatalogRef.Все><CatalogRef.Иное PredefinedDataName=\"Б\">" REF2                   \
    "</CatalogRef.Иное></PredefinedData>"

struct opened {
    struct fl_configuration *configuration;
    struct fl_codec_memory memory;
    struct fl_package_reader *reader;
    char text[4096];
};

static void open_package(
    struct opened *opened,
    const char *body,
    const struct fl_ref_pairs *pairs)
{
    struct fl_error error;

    opened->configuration = test_configuration();
    (void)snprintf(
        opened->text, sizeof(opened->text), "%s%s%s%s", HEAD, BODY, body, TAIL);
    opened->memory.left = fl_bytes_of_text(opened->text);
    const struct fl_package_reader_options options = {
        .configuration = opened->configuration,
        .source = fl_codec_memory_source(&opened->memory),
        .pairs = pairs};

    assert_int_equal(
        fl_package_reader_open(fl_codec_find("v8msg"), &options, &opened->reader, &error),
        FL_OK);
}

static const struct fl_object *next(struct opened *opened)
{
    const struct fl_object *object = NULL;
    struct fl_error error;

    if (fl_package_reader_next(opened->reader, &object, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
    return object;
}

static void close_package(struct opened *opened)
{
    fl_package_reader_close(opened->reader);
    fl_configuration_free(opened->configuration);
}

static void must_have_the_table(const char *body)
{
    struct opened opened;

    open_package(&opened, body, NULL);
    assert_non_null(next(&opened));
    assert_null(next(&opened));
    const struct fl_package_predefined *const found =
        fl_package_reader_predefined(opened.reader, 0);

    assert_non_null(found);
    assert_string_equal(found->name, "Имя");
    assert_string_equal(fl_uuid_text(found->key.id).text, REF1);
    assert_int_equal(found->key.type, TYPE_ALL);
    assert_null(fl_package_reader_predefined(opened.reader, 1));
    assert_contains(fl_package_reader_note(opened.reader, 0), "CatalogRef.Иное");
    close_package(&opened);
}

static void test_a_table_is_read_from_a_comment_and_an_element(void **state)
{
    (void)state;
    must_have_the_table(OWNED_BY(REF2) "<!--" TABLE "-->");
    must_have_the_table(OWNED_BY(REF2) TABLE);
}

static void test_a_broken_table_is_a_note(void **state)
{
    struct opened opened;

    (void)state;
    open_package(&opened, OWNED_BY(REF2) "<!--<PredefinedData></a>-->", NULL);
    assert_non_null(next(&opened));
    assert_null(next(&opened));
    assert_contains(fl_package_reader_note(opened.reader, 0), "not read to its end");
    close_package(&opened);
}

static struct fl_uuid uuid(const char *text)
{
    struct fl_uuid id;

    assert_int_equal(fl_uuid_parse(fl_bytes_of_text(text), &id), FL_OK);
    return id;
}

static void test_refs_become_those_of_the_other_side_and_back(void **state)
{
    struct fl_ref_pairs pairs = {.count = 0};
    struct opened opened;
    struct fl_buffer buffer;
    struct fl_package_writer *writer = NULL;

    (void)state;
    assert_int_equal(
        fl_ref_pairs_put(&pairs, (struct fl_ref_pair){TYPE_ALL, uuid(REF1), uuid(REF3)}),
        FL_OK);
    open_package(&opened, OWNED_BY(REF1), &pairs);
    const struct fl_object *const object = next(&opened);

    assert_string_equal(fl_uuid_text(object->key.id).text, REF3);
    assert_string_equal(
        fl_uuid_text(fl_object_field(object, ALL_PARENT)->uuid).text, REF3);
    fl_buffer_init(&buffer, 1 << 20);
    const struct fl_package_writer_options options = {
        .configuration = opened.configuration,
        .sink = fl_codec_buffer_sink(&buffer),
        .pairs = &pairs};
    const struct fl_package_header header = {
        .plan = "П", .to = "А", .from = "Б", .message_number = 1};

    assert_int_equal(
        fl_package_writer_open(fl_codec_find("v8msg"), &options, &writer, NULL), FL_OK);
    assert_int_equal(fl_package_writer_begin(writer, &header, NULL), FL_OK);
    assert_int_equal(fl_package_writer_put(writer, object, NULL), FL_OK);
    assert_int_equal(fl_package_writer_end(writer, NULL), FL_OK);
    fl_buffer_put_u8(&buffer, 0);
    assert_contains((const char *)buffer.data, "<Ref>" REF1 "</Ref>");
    assert_contains((const char *)buffer.data, "<Parent>" REF1 "</Parent>");
    assert_null(strstr((const char *)buffer.data, REF3));
    fl_package_writer_close(writer);
    fl_buffer_deinit(&buffer);
    close_package(&opened);
    fl_ref_pairs_deinit(&pairs);
}

static void test_a_pair_takes_the_place_of_those_it_contradicts(void **state)
{
    struct fl_ref_pairs pairs = {.count = 0};
    const struct fl_uuid a = uuid(REF1);
    const struct fl_uuid b = uuid(REF2);
    const struct fl_uuid c = uuid(REF3);

    (void)state;
    assert_true(fl_uuid_equal(fl_ref_pairs_ours(NULL, 1, a), a));
    assert_int_equal(fl_ref_pairs_put(&pairs, (struct fl_ref_pair){1, a, b}), FL_OK);
    assert_int_equal(fl_ref_pairs_put(&pairs, (struct fl_ref_pair){2, a, c}), FL_OK);
    assert_true(fl_uuid_equal(fl_ref_pairs_ours(&pairs, 1, a), b));
    assert_true(fl_uuid_equal(fl_ref_pairs_ours(&pairs, 2, a), c));
    assert_int_equal(fl_ref_pairs_put(&pairs, (struct fl_ref_pair){1, c, b}), FL_OK);
    assert_int_equal(pairs.count, 2);
    assert_true(fl_uuid_equal(fl_ref_pairs_ours(&pairs, 1, a), a));
    assert_true(fl_uuid_equal(fl_ref_pairs_theirs(&pairs, 1, b), c));
    assert_int_equal(fl_ref_pairs_put(&pairs, (struct fl_ref_pair){1, c, c}), FL_OK);
    assert_int_equal(pairs.count, 1);
    for (uint32_t type = 10; type < 200; type++) {
        assert_int_equal(
            fl_ref_pairs_put(&pairs, (struct fl_ref_pair){type ^ 5, a, b}), FL_OK);
    }
    for (uint32_t type = 10; type < 200; type++) {
        assert_true(fl_uuid_equal(fl_ref_pairs_theirs(&pairs, type ^ 5, b), a));
    }
    fl_ref_pairs_deinit(&pairs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_table_is_read_from_a_comment_and_an_element),
        cmocka_unit_test(test_a_broken_table_is_a_note),
        cmocka_unit_test(test_refs_become_those_of_the_other_side_and_back),
        cmocka_unit_test(test_a_pair_takes_the_place_of_those_it_contradicts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
