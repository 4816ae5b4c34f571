/*
 * Files that others wrote, found through FILIAL_SHARED: every one of them is read to its
 * end, and all of it that is of 2.x is written again and judged by xmllint with the
 * published schemas. Ends with 77 where there are none.
 */

#include "commerceml.h"

#include <dirent.h>
#include <unistd.h>

enum { FILES_EXPECTED = 20 };

static char shared[2048];
static char directory[64];

static struct fl_bytes load(const char *path)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    const long size = ftell(file);
    rewind(file);
    uint8_t *data = malloc((size_t)size + 1);
    assert_non_null(data);
    assert_int_equal(fread(data, 1, (size_t)size, file), size);
    (void)fclose(file);
    return (struct fl_bytes){data, (size_t)size};
}

static void unload(struct fl_bytes bytes)
{
    union {
        const uint8_t *borrowed;
        uint8_t *owned;
    } memory = {.borrowed = bytes.data};
    free(memory.owned);
}

/* --- writing again --- */

static enum fl_status to_file(
    void *context,
    struct fl_bytes bytes,
    struct fl_error *out_error)
{
    (void)out_error;
    return fwrite(bytes.data, 1, bytes.size, context) == bytes.size ? FL_OK : FL_IO;
}

static const char *const SCHEMAS[] = {"2.08", "2.09", "2.10"};

static void check_schema(const char *name, const char *path, const char *schema)
{
    char command[8192];
    snprintf(
        command, sizeof command,
        "xmllint --huge --noout --schema '%s/schemas/commerceml/commerceml-%s.xsd' '%s' "
        ">'%s/log' 2>&1 || { head -n 20 '%s/log' >&2; exit 1; }",
        shared, schema, path, directory, directory);
    if (system(command) != 0) {
        fail_msg("%s, written by us as %s, is not valid by it", name, schema);
    }
}

static bool is_of_2(const struct fl_commerceml_item *item)
{
    return item->kind == FL_COMMERCEML_GOODS || item->kind == FL_COMMERCEML_OFFER ||
           item->kind == FL_COMMERCEML_DOCUMENT || item->kind == FL_COMMERCEML_GROUP ||
           item->kind == FL_COMMERCEML_PROPERTY ||
           item->kind == FL_COMMERCEML_PRICE_TYPE || item->kind == FL_COMMERCEML_STORE;
}

struct counts {
    size_t read;
    size_t written;
    size_t refused;
};

/* Sections follow those of the file that was read. */
static struct counts write_again(
    struct fl_bytes file,
    const char *path,
    const char *schema)
{
    struct counts counts = {0};
    struct pieces pieces = {.left = file, .piece = 4096};
    struct fl_commerceml_reader *reader = open_pieces(&pieces);
    const struct fl_commerceml_item *item = NULL;
    const struct fl_commerceml_section *section = NULL;
    struct fl_commerceml_writer *writer = NULL;
    struct fl_error error = {.text = ""};
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    struct fl_commerceml_writer_options options = {
        .sink = {.write = to_file, .context = out},
        .name_space = FL_COMMERCEML_NAMESPACE_2,
        .formed = 63900000000,
        .mark = true};
    assert_true(fl_commerceml_version_find(schema, &options.version));
    assert_int_equal(fl_commerceml_writer_open(&options, &writer, NULL), FL_OK);
    while (fl_commerceml_reader_next(reader, &item, &error) == FL_OK && item != NULL) {
        counts.read++;
        if (!is_of_2(item) || item->parent.size > 0) {
            continue;
        }
        if (item->section != NULL && item->section != section) {
            section = item->section;
            (void)fl_commerceml_writer_section(writer, section->head, &error);
        }
        if (fl_commerceml_writer_put(writer, item->element, &error) == FL_OK) {
            counts.written++;
        } else {
            assert_string_not_equal(error.text, "");
            counts.refused++;
        }
    }
    assert_int_equal(fl_commerceml_writer_end(writer, NULL), FL_OK);
    fl_commerceml_writer_close(writer);
    assert_int_equal(fclose(out), 0);
    fl_commerceml_reader_close(reader);
    return counts;
}

/* --- reading --- */

static struct counts read_through(const char *path, const char *name)
{
    struct counts counts = {0};
    struct fl_bytes file = load(path);
    struct pieces pieces = {.left = file, .piece = 1000};
    struct fl_commerceml_reader *reader = open_pieces(&pieces);
    const struct fl_commerceml_item *item = NULL;
    struct fl_error error = {.text = ""};
    enum fl_status status;
    while ((status = fl_commerceml_reader_next(reader, &item, &error)) == FL_OK &&
           item != NULL) {
        counts.read++;
        assert_string_equal(
            fl_commerceml_kind_name(item->kind),
            item->element->name[0] == '\0' ? "" : fl_commerceml_kind_name(item->kind));
    }
    if (status != FL_OK) {
        fail_msg("%s is not read: %s", name, error.text);
    }
    fl_commerceml_reader_close(reader);
    unload(file);
    return counts;
}

static size_t check_set(const char *set, struct counts *total)
{
    char path[4096];
    size_t files = 0;
    snprintf(path, sizeof path, "%s/samples/commerceml/%s", shared, set);
    DIR *listing = opendir(path);
    assert_non_null(listing);
    for (const struct dirent *entry; (entry = readdir(listing)) != NULL;) {
        char name[6000];
        if (strstr(entry->d_name, ".xml") == NULL) {
            continue;
        }
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        struct counts counts = read_through(name, entry->d_name);
        bool has_none = strstr(entry->d_name, "empty") != NULL;
        if (counts.read == 0 && !has_none) {
            fail_msg("%s: nothing was found in it", entry->d_name);
        }
        files++;
        struct fl_bytes file = load(name);
        for (size_t i = 0; i < 3; i++) {
            char out[128];
            snprintf(out, sizeof out, "%s/out.xml", directory);
            counts = write_again(file, out, SCHEMAS[i]);
            if (counts.written > 0) {
                check_schema(entry->d_name, out, SCHEMAS[i]);
            }
        }
        total->read += counts.read;
        total->written += counts.written;
        total->refused += counts.refused;
        print_message(
            "%s: %zu read, %zu written again, %zu refused\n", entry->d_name, counts.read,
            counts.written, counts.refused);
        unload(file);
    }
    (void)closedir(listing);
    return files;
}

static void test_files_of_others_are_read_and_written_again(void **state)
{
    struct counts total = {0};
    size_t files = 0;
    (void)state;
    files += check_set("carono", &total);
    files += check_set("dobromyslov", &total);
    files += check_set("irpsv-off-doc-1c", &total);
    files += check_set("freesport-cml31", &total);
    print_message(
        "%zu files, %zu items read, %zu written again, %zu refused\n", files, total.read,
        total.written, total.refused);
    assert_true(files >= FILES_EXPECTED);
    assert_true(total.written > 150);
}

int main(void)
{
    const char *place = getenv("FILIAL_SHARED");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files_of_others_are_read_and_written_again),
    };
    if (place == NULL || place[0] == '\0') {
        (void)printf("skipped: FILIAL_SHARED does not say where files of others are\n");
        return 77;
    }
    snprintf(shared, sizeof shared, "%s/samples/commerceml", place);
    if (access(shared, R_OK) != 0 || system("xmllint --version 2>/dev/null") != 0) {
        (void)printf("skipped: no samples/commerceml there, or no xmllint\n");
        return 77;
    }
    snprintf(shared, sizeof shared, "%s", place);
    strcpy(directory, "/tmp/filial-commerceml-XXXXXX");
    if (mkdtemp(directory) == NULL) {
        return 1;
    }
    const int failed = cmocka_run_group_tests_name("commerceml", tests, NULL, NULL);
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", directory);
    return system(command) != 0 || failed;
}
