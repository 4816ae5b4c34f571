/*
 * What a message of EnterpriseData becomes here where it is not as usual: references to
 * kinds that nobody here has.
 */

#include "enterprisedata_world.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_kind_that_nobody_has_is_no_other),
        cmocka_unit_test(test_a_reference_is_to_what_the_schema_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
