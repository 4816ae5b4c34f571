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

#include "change/json_text.h"

/* A copy of exactly that size, so that a sanitizer sees a byte too many being read. */
static void must_be_as_jansson_says(const char *bytes, size_t size)
{
    uint8_t *copy = malloc(size + (size == 0));
    json_error_t reason = {.line = 0};
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    json_t *expected = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, &reason);
    json_t *loaded = fl_json_load((struct fl_bytes){copy, size}, &reason);
    if ((expected == NULL) != (loaded == NULL) ||
        (expected != NULL && !json_equal(expected, loaded))) {
        fail_msg("loaded otherwise than by jansson: %.*s", (int)size, bytes);
    }
    json_decref(expected);
    json_decref(loaded);
    free(copy);
}

static const char *const texts[] = {
    "{}",
    " { } ",
    "[]",
    "[1,2]",
    "",
    "{",
    "}",
    "{\"a\":1}",
    "{\"a\":1,\"b\":-2,\"c\":[true,false,null,\"x\"],\"d\":{\"e\":{}},\"f\":[]}",
    "{\"a\":1,}",
    "{,\"a\":1}",
    "{\"a\" 1}",
    "{\"a\":}",
    "{\"a\":1 \"b\":2}",
    "{\"a\":[1,]}",
    "{\"a\":[,1]}",
    "{\"a\":[1 2]}",
    "{\"a\":[1}",
    "{\"a\":1]",
    "{\"a\":1}}",
    "{\"a\":1} x",
    "{\"a\":1,\"a\":2}",
    "{\"a\":{\"b\":1,\"b\":1}}",
    "{\"a\":01}",
    "{\"a\":-0}",
    "{\"a\":-}",
    "{\"a\":+1}",
    "{\"a\":1.5}",
    "{\"a\":1e3}",
    "{\"a\":123456789012345678}",
    "{\"a\":1234567890123456789}",
    "{\"a\":9223372036854775807}",
    "{\"a\":92233720368547758070}",
    "{\"a\":tru}",
    "{\"a\":truex}",
    "{\"a\":nullnull}",
    "{\"a\":\"\\u0041\\n\"}",
    "{\"a\\\"b\":1}",
    "{\"a\":\"x\ty\"}",
    "{\"a\":\"\xff\"}",
    "{\"a\":\"\xed\xa0\x80\"}",
    "{\"Ключ\":\"Значение «в кавычках»\"}",
    "{\"\":\"\"}",
    "{\"a\":[[[[[[[[[[1]]]]]]]]]]}",
    "{\"a\":[[[[[[1]]]]]]}",
    "{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{\"f\":{\"g\":{\"h\":1}}}}}}}}",
    "\"a\"",
    "1",
    "\xef\xbb\xbf{}",
    "{\"put\":\"C.Валюты\",\"set\":{\"Code\":\"643\"},\n\t\"x\" : 1 }",
};

static void test_every_text_loads_as_by_jansson(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        size_t size = strlen(texts[i]);
        for (size_t cut = 0; cut <= size; cut++) {
            must_be_as_jansson_says(texts[i], cut);
        }
    }
    must_be_as_jansson_says("{\"a\":\"x\0y\"}", 11);
    must_be_as_jansson_says("{\"a\0b\":1}", 9);
}

static void test_every_changed_byte_loads_as_by_jansson(void **state)
{
    static const char bytes[] = "{}[]\",:\\0 1-tfn.e\x80\xd0\x01";
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char copy[200];
        size_t size = strlen(texts[i]);
        assert_true(size < sizeof copy);
        for (size_t at = 0; at < size; at++) {
            for (size_t byte = 0; byte < sizeof bytes; byte++) {
                memcpy(copy, texts[i], size);
                copy[at] = bytes[byte];
                must_be_as_jansson_says(copy, size);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_text_loads_as_by_jansson),
        cmocka_unit_test(test_every_changed_byte_loads_as_by_jansson),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
