/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exchange/sheet.h"
#include "exchange/sheet_writer.h"
#include "exchange/statement.h"

static char path[64];

static void write_file(const void *bytes, size_t size)
{
    strcpy(path, "/tmp/filial_sheet_XXXXXX");
    const int descriptor = mkstemp(path);

    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, bytes, size), size);
    assert_int_equal(close(descriptor), 0);
}

static struct fl_sheet *open_sheet(const char *format, struct fl_error *error)
{
    const struct fl_sheet_options options = {.format = format, .path = path};
    struct fl_sheet *sheet = NULL;

    return fl_sheet_open(&options, &sheet, error) == FL_OK ? sheet : NULL;
}

/* The next row as "line|cell|cell|"; "" at the end. */
static const char *told(struct fl_sheet *sheet)
{
    static char text[1000];
    const struct fl_sheet_row *row = NULL;
    struct fl_error error = {.text = ""};

    text[0] = '\0';
    if (fl_sheet_next(sheet, &row, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
    if (row) {
        snprintf(text, sizeof(text), "%d|", (int)row->line);
        for (size_t i = 0; i < row->cell_count; i++) {
            const size_t used = strlen(text);

            snprintf(
                text + used, sizeof(text) - used, "%.*s|", (int)row->cells[i].size,
                (const char *)row->cells[i].data);
        }
    }
    return text;
}

static void test_encodings_are_guessed(void **state)
{
    (void)state;
    write_file("\xCF\xF0\xE8\xE2\xE5\xF2;1\r\n", 10);
    struct fl_sheet *sheet = open_sheet("csv", NULL);

    assert_string_equal(fl_sheet_description(sheet), "windows-1251, \";\"");
    assert_string_equal(told(sheet), "1|Привет|1|");
    fl_sheet_close(sheet);
    unlink(path);
    write_file("\x8F\xE0\xA8\xA2\xA5\xE2\t1\n", 9);
    sheet = open_sheet("csv", NULL);
    assert_string_equal(fl_sheet_description(sheet), "cp866, tab");
    assert_string_equal(told(sheet), "1|Привет|1|");
    fl_sheet_close(sheet);
    unlink(path);
}

static void test_rows_of_another_encoding_are_refused(void **state)
{
    static const char text[] = "\xCF\xF0\xE8\xE2\xE5\xF2;1\nПривет;2\na\0b;3\n";
    static const char utf16[] = "\xFF\xFEi\0d\0;\0";
    const struct fl_sheet_row *row = NULL;
    struct fl_error error = {.text = ""};

    (void)state;
    write_file(text, sizeof(text) - 1);
    struct fl_sheet *sheet = open_sheet("csv", NULL);

    assert_string_equal(fl_sheet_description(sheet), "windows-1251, \";\"");
    assert_string_equal(told(sheet), "1|Привет|1|");
    assert_int_equal(fl_sheet_next(sheet, &row, NULL), FL_OK);
    assert_non_null(strstr(row->fault, "UTF-8"));
    assert_int_equal(fl_sheet_next(sheet, &row, NULL), FL_OK);
    assert_non_null(strstr(row->fault, "a byte 0"));
    fl_sheet_close(sheet);
    unlink(path);
    write_file(utf16, sizeof(utf16) - 1);
    assert_null(open_sheet("csv", &error));
    assert_non_null(strstr(error.text, "UTF-16"));
    unlink(path);
    write_file("Привет;1\na\0b;2\n", 20);
    sheet = open_sheet("csv", NULL);
    assert_string_equal(fl_sheet_description(sheet), "UTF-8, \";\"");
    fl_sheet_close(sheet);
    unlink(path);
}

/* Three letters of cp866 may be one of UTF-8: words of them are words all the same. */
static void test_words_that_look_like_utf8_are_taken(void **state)
{
    static const char text[] = "\x8F\xE0\xA8\xA2\xA5\xE2;1\n"
                               "\xE1\xAE\xAA, \xE7\xA0\xA9;2\nПривет;3\n";
    const struct fl_sheet_row *row = NULL;

    (void)state;
    write_file(text, sizeof(text) - 1);
    struct fl_sheet *sheet = open_sheet("csv", NULL);

    assert_string_equal(fl_sheet_description(sheet), "cp866, \";\"");
    assert_string_equal(told(sheet), "1|Привет|1|");
    assert_int_equal(fl_sheet_next(sheet, &row, NULL), FL_OK);
    assert_null(row->fault);
    assert_true(fl_bytes_equal(row->cells[0], fl_bytes_of_text("сок, чай")));
    assert_int_equal(fl_sheet_next(sheet, &row, NULL), FL_OK);
    assert_non_null(strstr(row->fault, "UTF-8"));
    fl_sheet_close(sheet);
    unlink(path);
}

static void test_quotes_and_lines_of_csv_are_kept(void **state)
{
    const char *text = "a,b\n\"x\ny\",\"say \"\"no\"\"\"\n\nlast,";

    (void)state;
    write_file(text, strlen(text));
    struct fl_sheet *sheet = open_sheet("csv", NULL);

    assert_string_equal(told(sheet), "1|a|b|");
    assert_string_equal(told(sheet), "2|x\ny|say \"no\"|");
    assert_string_equal(told(sheet), "5|last||");
    assert_string_equal(told(sheet), "");
    fl_sheet_close(sheet);
    unlink(path);
}

/* Old programs of the Macintosh end a line with \r alone, and so does a torn \r\n. */
static void test_a_carriage_return_ends_a_row(void **state)
{
    const char *text = "a;b\r1;2\r\r3;\"x\ry\"\r\n5;6";

    (void)state;
    write_file(text, strlen(text));
    struct fl_sheet *sheet = open_sheet("csv", NULL);

    assert_string_equal(told(sheet), "1|a|b|");
    assert_string_equal(told(sheet), "2|1|2|");
    assert_string_equal(told(sheet), "4|3|x\ry|");
    assert_string_equal(told(sheet), "6|5|6|");
    assert_string_equal(told(sheet), "");
    fl_sheet_close(sheet);
    unlink(path);
}

/* Wherever a block of the file ends, \r\n is the end of one line. */
static void test_an_end_of_line_may_be_cut(void **state)
{
    enum { BLOCK = 64 << 10, ROW = 8, AROUND = 16 };
    char *const text = malloc(2 * BLOCK);

    (void)state;
    assert_non_null(text);
    for (size_t shift = 0; shift < ROW; shift++) {
        size_t size = 0;
        unsigned line = 1;

        while (size < shift) {
            text[size++] = 'x';
        }
        while (size < BLOCK + AROUND) {
            size += (size_t)sprintf(text + size, "a;\"b\"\r\n");
        }
        write_file(text, size);
        struct fl_sheet *sheet = open_sheet("csv", NULL);
        const struct fl_sheet_row *row = NULL;

        do {
            assert_int_equal(fl_sheet_next(sheet, &row, NULL), FL_OK);
            assert_true(!row || (row->line == line++ && row->cell_count == 2));
        } while (row);
        fl_sheet_close(sheet);
        unlink(path);
    }
    free(text);
}

/* What reading `text` to its end complains of; "" for nothing. */
static const char *complaint_of_csv(const char *text)
{
    static struct fl_error error;
    const struct fl_sheet_row *row = NULL;
    enum fl_status status = FL_OK;

    error.text[0] = '\0';
    write_file(text, strlen(text));
    struct fl_sheet *sheet = open_sheet("csv", &error);

    assert_non_null(sheet);
    do {
        status = fl_sheet_next(sheet, &row, &error);
    } while (status == FL_OK && row);
    assert_int_equal(status, status == FL_OK ? FL_OK : FL_MALFORMED);
    fl_sheet_close(sheet);
    unlink(path);
    return error.text;
}

static void test_a_quote_that_nobody_closed_is_refused_where_it_stands(void **state)
{
    static const struct {
        const char *text;
        const char *line; /* NULL: nothing is wrong */
    } files[] = {
        {"a;b\n1;\"ООО Ромашка\n2;x\n3;y\n", ", line 2:"},
        {"a;b\n1;\"ООО Ромашка\n2;\"ООО\";\n3;y\n", ", line 2:"},
        {"a;b\n\"x\ny\";\"ООО\n2;x\n", ", line 3:"},
        {"a;b\n1;x\n2;\"y", ", line 3:"},
        {"a;b\n1;\"y\"", NULL},
        {"a;b\n1;\"ООО \"Ромашка\"\"\n2;y\n", ", line 2:"},
        {"a;b\n1;\"ООО \"Ромашка\", Москва\"\n2;y\n", NULL},
        {"a;b\n1;ООО \"Ромашка\n2;y\n", NULL},
        {"a;b\n1;\"ООО \"\"Ро\r\nмашка\"\"\" \r\n2;y\n", NULL},
        {"a;b\n1;\"\n\"\"\n\"\n2;y\n", NULL}};

    (void)state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        const char *said = complaint_of_csv(files[i].text);

        if (files[i].line) {
            assert_non_null(strstr(said, files[i].line));
            assert_non_null(strstr(said, path));
        } else {
            assert_string_equal(said, "");
        }
    }
}

static void test_a_workbook_that_was_written_is_read(void **state)
{
    const struct fl_sheet_cell cells[] = {
        {FL_SHEET_TEXT, fl_bytes_of_text("Ромашка")},
        {FL_SHEET_NUMBER, fl_bytes_of_text("1234.5")},
        {FL_SHEET_TEXT, fl_bytes_of_text("")},
        {FL_SHEET_DATE, fl_bytes_of_text("2026-01-31T00:00:00")},
        {FL_SHEET_TEXT, fl_bytes_of_text("0012")}};
    struct fl_sheet_writer *writer = NULL;

    (void)state;
    write_file("", 0);
    assert_int_equal(fl_sheet_writer_open("xlsx", path, &writer, NULL), FL_OK);
    assert_int_equal(fl_sheet_writer_put(writer, cells, 5, NULL), FL_OK);
    assert_int_equal(fl_sheet_writer_put(writer, cells, 2, NULL), FL_OK);
    assert_int_equal(fl_sheet_writer_end(writer, NULL), FL_OK);
    struct fl_sheet *sheet = open_sheet("xlsx", NULL);

    assert_string_equal(told(sheet), "1|Ромашка|1234.5||2026-01-31|0012|");
    assert_string_equal(told(sheet), "2|Ромашка|1234.5|");
    assert_string_equal(told(sheet), "");
    fl_sheet_close(sheet);
    unlink(path);
}

/* One record: NAME C(6) in cp866, SUM N(8,2), DAY D. */
static void test_a_dbf_is_read_in_its_encoding(void **state)
{
    uint8_t file[32 + 3 * 32 + 1 + 23 + 1] = {3, 126, 1, 1, 1};
    const char *fields[] = {
        "NAME\0\0\0\0\0\0\0C", "SUM\0\0\0\0\0\0\0\0N", "DAY\0\0\0\0\0\0\0\0D"};
    const uint8_t sizes[] = {6, 8, 8};

    (void)state;
    file[8] = 32 + 3 * 32 + 1;
    file[10] = 23;
    file[29] = 0x65;
    for (size_t i = 0; i < 3; i++) {
        memcpy(file + 32 + i * 32, fields[i], 12);
        file[32 + i * 32 + 16] = sizes[i];
        file[32 + i * 32 + 17] = i == 1 ? 2 : 0;
    }
    file[32 + 3 * 32] = 0x0D;
    memcpy(file + 129, " \x8F\xE0\xA8\xA2\xA5\xE2   12.5020260131\x1A", 24);
    write_file(file, sizeof(file));
    char bare[sizeof(path)];

    strcpy(bare, path);
    strcat(path, ".dbf");
    assert_int_equal(rename(bare, path), 0);
    struct fl_error error = {.text = ""};
    struct fl_sheet *sheet = open_sheet("dbf", &error);

    assert_string_equal(error.text, "");
    assert_string_equal(fl_sheet_description(sheet), "DBF, cp866");
    assert_string_equal(told(sheet), "1|NAME|SUM|DAY|");
    assert_string_equal(told(sheet), "2|Привет|12.50|2026-01-31|");
    assert_string_equal(told(sheet), "");
    fl_sheet_close(sheet);
    /* A second record that is cut is not an empty one. */
    file[4] = 2;
    FILE *cut = fopen(path, "wb");

    assert_non_null(cut);
    assert_int_equal(fwrite(file, sizeof(file), 1, cut), 1);
    assert_int_equal(fclose(cut), 0);
    assert_null(open_sheet("dbf", &error));
    assert_non_null(strstr(error.text, "tells of 2 records, and 1 are there"));
    unlink(path);
}

static void test_what_is_no_table_is_refused_in_words(void **state)
{
    static const char *const formats[] = {"xlsx", "xls", "dbf", "mdb"};
    const char *text = "this is no table at all, whatever the name says\n";

    (void)state;
    write_file(text, strlen(text));
    for (size_t i = 0; i < 4; i++) {
        struct fl_error error = {.text = ""};

        assert_null(open_sheet(formats[i], &error));
        assert_non_null(strstr(error.text, path));
    }
    unlink(path);
    for (size_t i = 0; i < 4; i++) {
        struct fl_error error = {.text = ""};

        assert_null(open_sheet(formats[i], &error));
        assert_int_equal(error.status, FL_NOT_FOUND);
        assert_non_null(strstr(error.text, "No such file"));
    }
}

/* What the library would print is nothing to a person; the words name the file. */
static void test_only_words_of_ours_are_said_of_a_damaged_database(void **state)
{
    static const uint8_t head[] = "\0\1\0\0Standard Jet DB\0\1";
    struct fl_error error = {.text = ""};
    struct stat said;
    char words[] = "/tmp/filial-sheet-said-XXXXXX";
    uint8_t page[4096] = {0};

    (void)state;
    memcpy(page, head, sizeof head);
    write_file((const char *)page, sizeof page);
    int descriptor = mkstemp(words);
    int before = dup(STDERR_FILENO);
    assert_true(descriptor >= 0 && before >= 0);
    assert_true(dup2(descriptor, STDERR_FILENO) >= 0);
    struct fl_sheet *sheet = open_sheet("mdb", &error);
    assert_true(dup2(before, STDERR_FILENO) >= 0);
    assert_null(sheet);
    assert_non_null(strstr(error.text, path));
    assert_int_equal(fstat(descriptor, &said), 0);
    assert_int_equal(said.st_size, 0);
    close(descriptor);
    close(before);
    unlink(words);
    unlink(path);
}

static const char STATEMENT[] =
    "1CClientBankExchange\r\nВерсияФормата=1.03\r\nКодировка=Windows\r\n\r\n"
    "РасчСчет=1\r\nНеизвестно=да\r\nСекцияДокумент\r\nНомер = БА1 \r\nСумма=10.00\r\n"
    "НазначениеПлатежа=за\r\nводу\r\nКонецДокумента\r\n\r\nКонецФайла";

static void test_a_statement_is_read_with_its_oddities(void **state)
{
    struct fl_statement statement;
    struct fl_error error = {.text = ""};

    (void)state;
    assert_int_equal(
        fl_statement_init(&statement, fl_bytes_of_text(STATEMENT), &error), FL_OK);
    assert_int_equal(statement.part_count, 2);
    const struct fl_statement_part *document = &statement.parts[1];

    assert_true(fl_bytes_equal(
        fl_statement_get(&statement, document, "Номер"), fl_bytes_of_text("БА1")));
    assert_true(fl_bytes_equal(
        fl_statement_get(&statement, document, "НазначениеПлатежа"),
        fl_bytes_of_text("за воду")));
    assert_int_equal(statement.note_count, 1); /* UTF-8, and the header says Windows */
    fl_statement_deinit(&statement);
}

static void test_a_statement_that_is_cut_is_refused(void **state)
{
    struct fl_bytes whole = fl_bytes_of_text(STATEMENT);

    (void)state;
    for (size_t size = 0; size < whole.size; size++) {
        const struct fl_bytes cut = {whole.data, size};
        struct fl_statement statement;
        struct fl_error error = {.text = ""};

        assert_int_equal(fl_statement_init(&statement, cut, &error), FL_MALFORMED);
        assert_non_null(strstr(error.text, "line "));
        fl_statement_deinit(&statement);
    }
}

static void test_statements_of_real_banks_are_read(void **state)
{
    static const struct {
        const char *name;
        size_t documents;
    } files[] = {
        {"dronm_kl_to_1c", 3},
        {"kilylabs_tests_resources_one_day", 13},
        {"kilylabs_tests_resources_one_day_utf8", 13},
        {"Xini1_sample1", 2},
        {"Xini1_sample2", 1},
        {"Xini1_sample3", 1}};
    const char *shared = getenv("FILIAL_SHARED");

    (void)state;
    if (!shared) {
        skip();
    }
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        static uint8_t bytes[64 << 10];
        char name[400];
        struct fl_statement statement;
        struct fl_error error = {.text = ""};
        size_t documents = 0;

        snprintf(
            name, sizeof(name), "%s/samples/clientbank/%s.txt", shared, files[i].name);
        FILE *file = fopen(name, "rb");

        assert_non_null(file);
        const struct fl_bytes view = {bytes, fread(bytes, 1, sizeof(bytes), file)};

        assert_int_equal(fclose(file), 0);
        if (fl_statement_init(&statement, view, &error) != FL_OK) {
            fail_msg("%s: %s", name, error.text);
        }
        for (size_t j = 0; j < statement.part_count; j++) {
            documents += statement.parts[j].section == FL_STATEMENT_DOCUMENT;
        }
        assert_int_equal(documents, files[i].documents);
        fl_statement_deinit(&statement);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_encodings_are_guessed),
        cmocka_unit_test(test_rows_of_another_encoding_are_refused),
        cmocka_unit_test(test_words_that_look_like_utf8_are_taken),
        cmocka_unit_test(test_quotes_and_lines_of_csv_are_kept),
        cmocka_unit_test(test_a_carriage_return_ends_a_row),
        cmocka_unit_test(test_an_end_of_line_may_be_cut),
        cmocka_unit_test(test_a_quote_that_nobody_closed_is_refused_where_it_stands),
        cmocka_unit_test(test_a_workbook_that_was_written_is_read),
        cmocka_unit_test(test_a_dbf_is_read_in_its_encoding),
        cmocka_unit_test(test_what_is_no_table_is_refused_in_words),
        cmocka_unit_test(test_only_words_of_ours_are_said_of_a_damaged_database),
        cmocka_unit_test(test_a_statement_is_read_with_its_oddities),
        cmocka_unit_test(test_a_statement_that_is_cut_is_refused),
        cmocka_unit_test(test_statements_of_real_banks_are_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
