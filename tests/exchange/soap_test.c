/* A call as 1C takes it, and what it answers: results, faults, pages of a web server. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "exchange/soap.h"

#define OPEN  "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>"
#define CLOSE "</s:Body></s:Envelope>"

static void test_a_call_has_its_parameters_in_order(void **state)
{
    const struct fl_soap_parameter parameters[] = {
        {"PeerCode", fl_bytes_of_text("<ФЛ>&")}, {"FileID", fl_bytes_of_text("7")}};
    struct fl_buffer bytes;
    struct fl_error error = {FL_OK, ""};

    (void)state;
    fl_buffer_init(&bytes, 1 << 20);
    assert_int_equal(
        fl_soap_write("urn:x", "PutData", parameters, 2, &bytes, &error), FL_OK);
    fl_buffer_put_u8(&bytes, 0);
    assert_non_null(strstr(
        (const char *)bytes.data,
        "<m:PutData xmlns:m=\"urn:x\"><m:PeerCode>&lt;ФЛ&gt;&amp;</m:PeerCode>"
        "<m:FileID>7</m:FileID></m:PutData>"));
    fl_buffer_deinit(&bytes);
}

static void test_an_answer_is_read_by_name(void **state)
{
    struct fl_arena arena;
    struct fl_element *answer = NULL;
    struct fl_error error = {FL_OK, ""};

    (void)state;
    fl_arena_init(&arena, 1 << 20);
    assert_int_equal(
        fl_soap_read(
            fl_bytes_of_text(OPEN
                             "<m:R xmlns:m=\"u\"><m:return><a:Status xmlns:a=\"v\">"
                             "Active</a:Status></m:return><m:ErrorMessage/></m:R>" CLOSE),
            &arena, &answer, &error),
        FL_OK);
    const struct fl_element *const result = fl_element_child(answer, "return");

    assert_true(fl_bytes_equal(
        fl_element_child(result, "Status")->text, fl_bytes_of_text("Active")));
    assert_int_equal(fl_element_child(answer, "ErrorMessage")->text.size, 0);
    fl_arena_deinit(&arena);
}

static void test_what_is_no_answer_is_refused_in_words(void **state)
{
    static const struct {
        const char *bytes;
        enum fl_status status;
        const char *words;
    } bad[] = {
        {OPEN "<s:Fault><faultstring> Нет узла </faultstring></s:Fault>" CLOSE,
         FL_REFUSED, "1C says: Нет узла"},
        {"<html><body/></html>", FL_MALFORMED, "no answer"},
        {OPEN CLOSE, FL_MALFORMED, "no answer"},
        {OPEN "<m:R xmlns:m=\"u\">", FL_MALFORMED, "line"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct fl_arena arena;
        struct fl_element *answer = NULL;
        struct fl_error error = {FL_OK, ""};

        fl_arena_init(&arena, 1 << 20);
        assert_int_equal(
            fl_soap_read(fl_bytes_of_text(bad[i].bytes), &arena, &answer, &error),
            bad[i].status);
        if (!strstr(error.text, bad[i].words)) {
            fail_msg("%zu: %s", i, error.text);
        }
        fl_arena_deinit(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_call_has_its_parameters_in_order),
        cmocka_unit_test(test_an_answer_is_read_by_name),
        cmocka_unit_test(test_what_is_no_answer_is_refused_in_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
