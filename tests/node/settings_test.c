#include "fixture.h"

#include "settings.h"

static enum fl_status parse(
    const char *text,
    struct fl_settings *settings,
    struct fl_error *error)
{
    return fl_settings_parse(fl_bytes_of_text(text), "node.conf", settings, error);
}

static void must_refuse(const char *text, const char *words)
{
    struct fl_settings settings;
    struct fl_error error;
    assert_int_equal(parse(text, &settings, &error), FL_MALFORMED);
    fixture_must_say(error.text, words);
}

static void test_an_empty_file_gives_the_defaults(void **state)
{
    struct fl_settings settings;
    struct fl_settings defaults;
    struct fl_error error;
    (void)state;
    fl_settings_defaults(&defaults);
    assert_int_equal(parse("\n# nothing\n\n", &settings, &error), FL_OK);
    assert_memory_equal(&settings, &defaults, sizeof settings);
    assert_int_equal(settings.map_bytes, UINT64_C(16) << 30);
    assert_int_equal(settings.sync_interval_ms, 60000);
}

static void test_units_windows_and_addresses_are_understood(void **state)
{
    struct fl_settings settings;
    struct fl_error error;
    (void)state;
    assert_int_equal(
        parse(
            "endpoint = tcp://127.0.0.1:*\r\n"
            "  sync_interval=5m # not a comment\n",
            &settings, &error),
        FL_MALFORMED);
    assert_int_equal(
        parse(
            "endpoint = tcp://127.0.0.1:*\r\n"
            "  sync_interval=5m\n"
            "sync_window = 22:30-06:00\n"
            "map_size = 512MiB\nlog_level = debug\nallow_any_file_system = yes\n"
            "fault = cut-message 3",
            &settings, &error),
        FL_OK);
    assert_string_equal(settings.endpoint, "tcp://127.0.0.1:*");
    assert_int_equal(settings.sync_interval_ms, 300000);
    assert_int_equal(settings.sync_window.from_minute, 22 * 60 + 30);
    assert_int_equal(settings.sync_window.to_minute, 6 * 60);
    assert_int_equal(settings.map_bytes, 512 << 20);
    assert_int_equal(settings.log_level, FL_LOG_DEBUG);
    assert_true(settings.allow_any_file_system);
    assert_string_equal(settings.fault, "cut-message 3");
}

static void test_what_is_wrong_is_told_with_its_line(void **state)
{
    (void)state;
    must_refuse("\n\nsync_intervall = 5m\n", "line 3");
    must_refuse("sync_intervall = 5m\n", "did you mean sync_interval?");
    must_refuse("sync_interval = soon\n", "250ms, 10s, 5m, 2h or 1d");
    must_refuse("sync_interval = 5\n", "sync_interval");
    must_refuse("sync_interval = 1ms\n", "from 100ms to 7d");
    must_refuse("sync_window = 25:00-26:00\n", "HH:MM-HH:MM");
    must_refuse("sync_window = 10:00-10:00\n", "HH:MM-HH:MM");
    must_refuse("map_size = 1KiB\n", "from 16MiB to");
    must_refuse("endpoint = 127.0.0.1:5000\n", "tcp://ADDRESS:PORT");
    must_refuse("endpoint = tcp://127.0.0.1:70000\n", "tcp://ADDRESS:PORT");
    must_refuse("http_endpoint = 7480\n", "ADDRESS:PORT");
    must_refuse("http_endpoint = 127.0.0.1:70000\n", "ADDRESS:PORT");
    must_refuse("log_level = loud\n", "error, warn, info or debug");
    must_refuse("just words\n", "key = value");
    must_refuse("log_level = info\nlog_level = warn\n", "set in line 1 already");
    must_refuse("fault = \xFF\n", "UTF-8");
}

static void test_a_failure_leaves_the_settings_alone(void **state)
{
    struct fl_settings settings = {.map_bytes = 7};
    struct fl_error error;
    (void)state;
    assert_int_equal(parse("map_size = 64MiB\nx = y\n", &settings, &error), FL_MALFORMED);
    assert_int_equal(settings.map_bytes, 7);
}

static char *print(void (*function)(FILE *stream))
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    function(stream);
    fclose(stream);
    return text;
}

static void print_changed(FILE *stream)
{
    struct fl_settings settings;
    struct fl_error error;
    assert_int_equal(
        parse("sync_window = 01:05-23:59\nballast = 3KiB\n", &settings, &error), FL_OK);
    fl_settings_print(&settings, stream);
}

static void test_what_is_printed_parses_to_the_same(void **state)
{
    struct fl_settings settings;
    struct fl_error error;
    (void)state;
    char *text = print(print_changed);
    fixture_must_say(text, "sync_window = 01:05-23:59\n");
    fixture_must_say(text, "ballast = 3KiB\n");
    assert_int_equal(parse(text, &settings, &error), FL_OK);
    assert_int_equal(settings.ballast_bytes, 3 << 10);
    free(text);
}

static void test_the_sample_and_the_help_name_every_key(void **state)
{
    struct fl_settings settings;
    struct fl_settings defaults;
    struct fl_error error;
    (void)state;
    char *sample = print(fl_settings_print_sample);
    char *help = print(fl_settings_print_help);
    assert_int_equal(parse(sample, &settings, &error), FL_OK);
    fl_settings_defaults(&defaults);
    assert_memory_equal(&settings, &defaults, sizeof settings);
    fixture_must_say(sample, "#sync_interval = 1m\n");
    fixture_must_say(help, "sync_interval\n");
    fixture_must_say(help, "needs a restart");
    free(sample);
    free(help);
}

static void test_a_reload_may_change_some_keys_only(void **state)
{
    struct fl_settings a;
    struct fl_settings b;
    (void)state;
    fl_settings_defaults(&a);
    b = a;
    b.sync_interval_ms = 1000;
    assert_null(fl_settings_needs_restart(&a, &b));
    b.map_bytes = 64 << 20;
    assert_string_equal(fl_settings_needs_restart(&a, &b), "map_size");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_empty_file_gives_the_defaults),
        cmocka_unit_test(test_units_windows_and_addresses_are_understood),
        cmocka_unit_test(test_what_is_wrong_is_told_with_its_line),
        cmocka_unit_test(test_a_failure_leaves_the_settings_alone),
        cmocka_unit_test(test_what_is_printed_parses_to_the_same),
        cmocka_unit_test(test_the_sample_and_the_help_name_every_key),
        cmocka_unit_test(test_a_reload_may_change_some_keys_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
