/* Where files are exchanged: which kind of place an address is. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "place/endpoint_place.h"

static const struct fl_place *place_of(const char *url)
{
    static struct fl_place place;
    place = (struct fl_place){.number = 1};
    snprintf(place.url, sizeof place.url, "%s", url);
    return &place;
}

static void test_the_services_of_a_base_are_told_apart_by_the_folder(void **state)
{
    (void)state;
    assert_true(fl_place_rest.is(place_of("https://1c.example/base/hs")));
    assert_true(fl_place_rest.is(place_of("https://1c.example/hsbase/hs/")));
    assert_true(fl_place_rest.is(place_of("https://hs/base/hs/exchange_dsl_1_0_0_1")));
    assert_false(fl_place_rest.is(place_of("https://hs/base")));
    assert_false(fl_place_rest.is(place_of("https://1c.example/hsbase/ws/x.1cws")));
    assert_false(fl_place_rest.is(place_of("ftp://1c.example/hs")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_services_of_a_base_are_told_apart_by_the_folder)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
