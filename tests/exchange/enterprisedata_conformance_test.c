/*
 * Against what others made, found through FILIAL_SHARED: every message that we write
 * validates against the schema of its version, and every sample is read. Ends with 77
 * where there are none.
 */

#include <glob.h>
#include <unistd.h>

#include "enterprisedata_world.h"

#include <libxml/parser.h>
#include <libxml/xmlschemas.h>

static char shared[2048];
static xmlExternalEntityLoader
    loader; /* libxml2's own: readers of packages load nothing */

static void be_quiet(void *context, const char *format, ...)
{
    (void)context;
    (void)format;
}

static void tell_error(void *context, xmlErrorPtr error)
{
    print_message("%s: line %d: %s", (const char *)context, error->line, error->message);
}

static xmlSchemaPtr schema_of(const char *version)
{
    char pattern[4096];
    glob_t found;

    (void)snprintf(
        pattern, sizeof(pattern), "%s/schemas/enterprisedata/Message_%s_*.xsd", shared,
        version);
    for (char *dot = strrchr(pattern, '/'); *dot; dot++) {
        if (*dot == '.' && strcmp(dot, ".xsd") != 0) {
            *dot = '_';
        }
    }
    if (glob(pattern, 0, NULL, &found) != 0) {
        fail_msg("no schema: %s", pattern);
    }
    assert_int_equal(found.gl_pathc, 1);
    xmlSchemaParserCtxtPtr parser = xmlSchemaNewParserCtxt(found.gl_pathv[0]);

    xmlSchemaSetParserStructuredErrors(parser, tell_error, found.gl_pathv[0]);
    xmlExternalEntityLoader none = xmlGetExternalEntityLoader();

    xmlSetExternalEntityLoader(loader);
    xmlSchemaPtr schema = xmlSchemaParse(parser);

    xmlSetExternalEntityLoader(none);

    if (!schema) {
        fail_msg("%s is no schema", found.gl_pathv[0]);
    }
    xmlSchemaFreeParserCtxt(parser);
    globfree(&found);
    return schema;
}

static void validate(struct fl_bytes bytes, const char *version, const char *of)
{
    xmlSchemaPtr schema = schema_of(of);
    xmlSchemaValidCtxtPtr context = xmlSchemaNewValidCtxt(schema);
    xmlDocPtr document = xmlReadMemory(
        (const char *)bytes.data, (int)bytes.size, "message.xml", NULL, XML_PARSE_NONET);

    assert_non_null(document);
    xmlSchemaSetValidStructuredErrors(context, tell_error, (void *)(uintptr_t)version);
    assert_int_equal(xmlSchemaValidateDoc(context, document), 0);
    xmlFreeDoc(document);
    xmlSchemaFreeValidCtxt(context);
    xmlSchemaFree(schema);
}

static void test_every_version_validates(void **state)
{
    static struct fair fair;
    const char *version;
    size_t count = 0;

    (void)state;
    fair_open(&fair);
    for (size_t i = 0; (version = fl_enterprisedata_version(i)); i++) {
        struct message message = write_all(&fair, version, NULL);

        assert_true(message.written > 50);
        validate(fl_buffer_view(&message.buffer), version, version);
        fl_buffer_deinit(&message.buffer);
        count++;
    }
    assert_int_equal(count, 17);
    struct message settings = write_all(&fair, "", NULL);

    validate(fl_buffer_view(&settings.buffer), "settings", "1.8");
    fl_buffer_deinit(&settings.buffer);
    fair_close(&fair);
}

static const struct {
    const char *name;
    size_t objects;
    const char *version;
    uint64_t number;
} samples[] = {
    {"made/01_settings.xml", 0, "", 0},
    {"made/02_ack_only_1_8.xml", 0, "1.8", 2},
    {"made/03_data_1_8.xml", 11, "1.8", 3},
    {"made/04_data_1_17.xml", 11, "1.17", 3},
    {"made/05_upload_without_exchange_plan_1_8.xml", 7, "1.8", 0},
    {"real1c/handshake_UNF_3_0_14_abridged.xml", 0, "", 0},
};

static void test_samples_are_read(void **state)
{
    static struct fair fair;
    static char bytes[1 << 20];

    (void)state;
    fair_open(&fair);
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        char path[4096];

        (void)snprintf(
            path, sizeof(path), "%s/samples/enterprisedata/%s", shared, samples[i].name);
        FILE *const file = fopen(path, "rb");

        if (!file) {
            fail_msg("cannot open %s", path);
        }
        struct fl_codec_memory memory = {
            {(const uint8_t *)bytes, fread(bytes, 1, sizeof(bytes), file)}};
        struct fl_package_reader *reader = open_reader(&fair, &memory, true);
        const struct fl_package_header *header = NULL;
        const struct fl_object *object = NULL;
        struct fl_error error = {FL_OK, ""};
        size_t count = 0;

        (void)fclose(file);
        if (fl_package_reader_header(reader, &header, &error) != FL_OK) {
            fail_msg("%s: %s", samples[i].name, error.text);
        }
        assert_string_equal(header->terms->version, samples[i].version);
        assert_true(header->terms->version_count > 0);
        if (samples[i].number > 0) {
            assert_int_equal(header->message_number, samples[i].number);
        }
        do {
            if (fl_package_reader_next(reader, &object, &error) != FL_OK) {
                fail_msg("%s: %s", samples[i].name, error.text);
            }
            count += object != NULL;
        } while (object);
        if (count != samples[i].objects) {
            fail_msg("%s: %zu objects", samples[i].name, count);
        }
        fl_package_reader_close(reader);
    }
    fair_close(&fair);
}

int main(void)
{
    const char *const set = getenv("FILIAL_SHARED");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_version_validates),
        cmocka_unit_test(test_samples_are_read),
    };

    (void)snprintf(
        shared, sizeof(shared), "%s", set ? set : FILIAL_TESTS_DIRECTORY "/../../shared");
    char schemas[4096];

    (void)snprintf(schemas, sizeof(schemas), "%s/schemas/enterprisedata", shared);
    if (access(schemas, F_OK) != 0) {
        (void)printf("there is no %s; set FILIAL_SHARED to where it is\n", schemas);
        return 77;
    }
    loader = xmlGetExternalEntityLoader();
    xmlSetGenericErrorFunc(NULL, be_quiet);
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);

    xmlCleanupParser();
    return failed;
}
