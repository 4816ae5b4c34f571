/* What is the same though people write it differently. */

#include "fixture.h"

#include "duplicate/duplicate_text.h"

static void must_be_one_name(const char *a, const char *b)
{
    struct fl_duplicate_word one = fl_duplicate_name(fl_bytes_of_text(a));
    struct fl_duplicate_word two = fl_duplicate_name(fl_bytes_of_text(b));
    assert_true(one.text[0] != '\0');
    assert_string_equal(one.text, two.text);
}

static void test_names_are_one_without_form_quotes_and_order(void **state)
{
    (void)state;
    must_be_one_name("ООО «Ромашка»", "Ромашка, ооо");
    must_be_one_name("ООО \"Зелёный Берёг\"", "ЗЕЛЕНЫЙ БЕРЕГ");
    must_be_one_name("Иванов Иван Иванович ИП", "ИП Иван Иванович Иванов");
    must_be_one_name("Общество с ограниченной ответственностью Ромашка", "ООО РОМАШКА");
    must_be_one_name("Acme Ltd.", "ACME");
    must_be_one_name("ООО", "ооо"); /* nothing but a form is a name too */
}

static void test_nothing_and_marks_are_no_name(void **state)
{
    (void)state;
    assert_string_equal(fl_duplicate_name(fl_bytes_of_text("")).text, "");
    assert_string_equal(fl_duplicate_name(fl_bytes_of_text(" - \" ")).text, "");
}

static void test_a_long_name_is_cut_at_a_letter(void **state)
{
    char text[2 * FL_DUPLICATE_WORD_BYTES] = "a";
    (void)state;
    while (strlen(text) + 3 < sizeof text) {
        strcat(text, "ю");
    }
    struct fl_duplicate_word name = fl_duplicate_name(fl_bytes_of_text(text));
    assert_true(fl_bytes_are_utf8(fl_bytes_of_text(name.text)));
    assert_true(strlen(name.text) > FL_DUPLICATE_WORD_BYTES / 2);
}

static void must_find(
    bool (*next)(struct fl_bytes *io_text, struct fl_duplicate_word *out_word),
    const char *text,
    const char *wanted)
{
    char found[512] = "";
    struct fl_bytes rest = fl_bytes_of_text(text);
    struct fl_duplicate_word word;
    while (next(&rest, &word)) {
        strcat(found, word.text);
        strcat(found, ";");
    }
    assert_string_equal(found, wanted);
}

static void test_telephones_are_ten_digits(void **state)
{
    (void)state;
    must_find(fl_duplicate_next_phone, "+7 (495) 123-45-67", "4951234567;");
    must_find(fl_duplicate_next_phone, "8 495 1234567", "4951234567;");
    must_find(fl_duplicate_next_phone, "(495) 123.45.67, доб. 12", "4951234567;");
    must_find(
        fl_duplicate_next_phone, "8-916-000-11-22; +79161112233",
        "9160001122;9161112233;");
    must_find(fl_duplicate_next_phone, "123-45-67", "");
    must_find(fl_duplicate_next_phone, "0000000000", "");
    must_find(fl_duplicate_next_phone, "ИНН 770123456789", "");
}

static void test_addresses_of_mail_are_small(void **state)
{
    (void)state;
    must_find(fl_duplicate_next_email, "Info@Romashka.RU", "info@romashka.ru;");
    must_find(
        fl_duplicate_next_email, "почта: a.b@c.ru, <d-e@f.com>.", "a.b@c.ru;d-e@f.com;");
    must_find(fl_duplicate_next_email, "a@b, @c.ru, @", "");
}

static void test_inn_and_kpp_have_their_digits(void **state)
{
    (void)state;
    assert_string_equal(
        fl_duplicate_inn(fl_bytes_of_text(" 7701 234 567")).text, "7701234567");
    assert_string_equal(fl_duplicate_inn(fl_bytes_of_text("12345")).text, "");
    assert_string_equal(fl_duplicate_inn(fl_bytes_of_text("0000000000")).text, "");
    assert_string_equal(
        fl_duplicate_kpp(fl_bytes_of_text("7701ab001")).text, "7701AB001");
    assert_string_equal(fl_duplicate_kpp(fl_bytes_of_text("7701")).text, "");
}

static void test_likeness_is_of_pairs_of_letters(void **state)
{
    (void)state;
    assert_int_equal(fl_duplicate_likeness("ромашка", "ромашка"), 100);
    assert_true(fl_duplicate_likeness("ромашка плюс", "ромашка плюсс") > 80);
    assert_true(fl_duplicate_likeness("abc", "xyz") == 0);
    assert_int_equal(fl_duplicate_likeness("", ""), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_are_one_without_form_quotes_and_order),
        cmocka_unit_test(test_nothing_and_marks_are_no_name),
        cmocka_unit_test(test_a_long_name_is_cut_at_a_letter),
        cmocka_unit_test(test_telephones_are_ten_digits),
        cmocka_unit_test(test_addresses_of_mail_are_small),
        cmocka_unit_test(test_inn_and_kpp_have_their_digits),
        cmocka_unit_test(test_likeness_is_of_pairs_of_letters)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
