/* Mails as programs of mail write them, and as nobody should. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "place/mail.h"

static bool wants_package(void *context, const char *name)
{
    (void)context;
    return strstr(name, ".xml") != NULL;
}

/* `out_text` has room for 256 bytes. */
static enum fl_status attachment(
    const char *mail,
    char *out_text,
    struct fl_error *out_error)
{
    FILE *source = tmpfile();
    FILE *target = tmpfile();
    assert_non_null(source);
    assert_non_null(target);
    assert_int_equal(fwrite(mail, 1, strlen(mail), source), strlen(mail));
    rewind(source);
    enum fl_status status =
        fl_mail_attachment(source, wants_package, NULL, target, out_error);
    rewind(target);
    out_text[fread(out_text, 1, 255, target)] = '\0';
    (void)fclose(source);
    (void)fclose(target);
    return status;
}

static void expect_attached(const char *mail, const char *wanted)
{
    char text[256];
    struct fl_error error = {FL_OK, ""};
    assert_int_equal(attachment(mail, text, &error), FL_OK);
    assert_string_equal(text, wanted);
}

static void expect_refused(const char *mail, enum fl_status status, const char *words)
{
    char text[256];
    struct fl_error error = {FL_OK, ""};
    assert_int_equal(attachment(mail, text, &error), status);
    assert_non_null(strstr(error.text, words));
}

static void expect_subject(const char *header, const char *wanted)
{
    char text[FL_MAIL_NAME_BYTES];
    fl_mail_field(fl_bytes_of_text(header), "Subject", text);
    assert_string_equal(text, wanted);
}

static void test_subject_is_read_as_programs_write_it(void **state)
{
    (void)state;
    expect_subject(
        "From: a\r\nsubject:  Exchange message (A.xml) \r\n\r\n",
        "Exchange message (A.xml)");
    expect_subject(
        "Subject: Exchange\r\n message\r\n\t(A.xml)\r\nTo: b\r\n",
        "Exchange message (A.xml)");
    expect_subject("Subject: =?UTF-8?B?0JHQnw==?= x", "БП x");
    expect_subject("Subject: (=?utf-8?q?=D0=91=D0=9F=5F_?=)", "(БП_ )");
    expect_subject("Subject: =?windows-1251?B?wc8=?=\r\n =?utf-8*ru?Q?=D0=91?=", "БПБ");
    expect_subject("To: b\r\n\r\n", "");
    expect_subject("Subject: =?UTF-8?B?0JHQnw==", "=?UTF-8?B?0JHQnw==");
    expect_subject("Subject: =?UTF-8?B?***?= =?UTF-8?Q?=FF?= =?x?", "=?x?");
}

static void test_what_is_written_in_a_field_reads_back(void **state)
{
    static const char *const TEXTS[] = {
        "Exchange message (Message_A_B.xml)", "Exchange message (Message_БП_Ф01.zip)",
        "очень длинное имя файла, которое не помещается в одно закодированное слово.xml"};
    (void)state;
    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
        char field[1024];
        struct fl_buffer encoded;
        fl_buffer_init(&encoded, 4096);
        fl_mail_encode(TEXTS[i], &encoded);
        fl_buffer_put_u8(&encoded, 0);
        snprintf(field, sizeof field, "Subject: %s\r\n", (const char *)encoded.data);
        expect_subject(field, TEXTS[i]);
        for (const char *at = field; *at != '\0'; at++) {
            assert_true((unsigned char)*at < 0x80);
        }
        fl_buffer_deinit(&encoded);
    }
}

static void test_attached_file_is_found_among_other_parts(void **state)
{
    (void)state;
    expect_attached(
        "Content-Type: multipart/mixed; boundary=\"out\"\r\n\r\npreamble\r\n--out\r\n"
        "Content-Type: multipart/alternative;\r\n boundary=in\r\n\r\n"
        "--in\r\n\r\nwords\r\n--in\r\nContent-Type: text/html\r\n\r\n--out is no end\r\n"
        "--in--\r\n--out\r\nContent-Disposition: attachment; filename=\"picture.png\"\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--out\r\n"
        "Content-Type: application/octet-stream; name=\"=?UTF-8?B?0JEueG1s?=\"\r\n"
        "Content-Transfer-Encoding: "
        "BASE64\r\n\r\nPGE+0J\r\nE8L2E+\r\n\r\n--out--\r\nrest",
        "<a>Б</a>");
    /* The whole mail is the file, and lines end as in Unix. */
    expect_attached(
        "Content-Disposition: attachment; filename*=UTF-8''%D0%91.xml\n"
        "Content-Transfer-Encoding: quoted-printable\n\n<a>=D0=\n=91</a>=\n",
        "<a>Б</a>");
    /* A long name comes in pieces. */
    expect_attached(
        "Content-Type: multipart/mixed; boundary=b\n\n--b\n"
        "Content-Disposition: attachment; filename*0*=windows-1251'ru'%C1;\n"
        " filename*1=\".xml\"\n\n<a/>\n--b--\n",
        "<a/>\n");
}

static void test_broken_mails_are_refused_in_words(void **state)
{
    (void)state;
    expect_refused("Subject: a\r\n\r\nwords", FL_NOT_FOUND, "no file of this name");
    expect_refused("", FL_NOT_FOUND, "no file of this name");
    expect_refused(
        "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: a/b; "
        "name=a.xml\n"
        "Content-Transfer-Encoding: base64\n\nAAAA\n",
        FL_MALFORMED, "cut short");
    expect_refused(
        "Content-Type: a/b; name=a.xml\nContent-Transfer-Encoding: base64\n\nAA*A\n",
        FL_MALFORMED, "no Base64");
    expect_refused(
        "Content-Type: a/b; name=a.xml\nContent-Transfer-Encoding: base64\n\nAAAAA\n",
        FL_MALFORMED, "cut short");
    expect_refused(
        "Content-Type: a/b; name=a.xml\nContent-Transfer-Encoding: base64\n\nAA==AA\n",
        FL_MALFORMED, "no Base64");
    expect_refused(
        "Content-Type: multipart/mixed; boundary=\"\"\n\n", FL_MALFORMED,
        "made of parts");
}

static void test_parts_in_parts_have_an_end(void **state)
{
    struct fl_buffer mail;
    (void)state;
    fl_buffer_init(&mail, 1 << 20);
    for (int i = 0; i < 20; i++) {
        char part[128];
        snprintf(
            part, sizeof part, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n",
            i, i);
        fl_buffer_put_text(&mail, part);
    }
    fl_buffer_put_u8(&mail, 0);
    expect_refused((const char *)mail.data, FL_MALFORMED, "made of parts");
    fl_buffer_deinit(&mail);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_subject_is_read_as_programs_write_it),
        cmocka_unit_test(test_what_is_written_in_a_field_reads_back),
        cmocka_unit_test(test_attached_file_is_found_among_other_parts),
        cmocka_unit_test(test_broken_mails_are_refused_in_words),
        cmocka_unit_test(test_parts_in_parts_have_an_end)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
