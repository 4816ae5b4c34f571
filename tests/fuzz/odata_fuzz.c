/*
 * Addresses, filters, orders and keys of HTTP: refused with words, or what they give
 * holds and can be evaluated. The first byte says which it is.
 */

#include <string.h>

#include "http_uri.h"
#include "odata_filter.h"

enum { ARENA_BYTES = 1 << 18 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every property is each kind in turn. */
static bool look_up(
    void *context,
    const struct fl_odata_step *step,
    struct fl_odata_value *out_value)
{
    unsigned *turn = context;
    struct fl_odata_value value = {.kind = (enum fl_odata_kind)((*turn)++ % 6)};
    if (value.kind == FL_ODATA_STRING) {
        value.text = step->name;
    }
    *out_value = value;
    return *turn % 7 != 0;
}

static void fuzz_filter(struct fl_bytes text, struct fl_arena *arena)
{
    static struct fl_odata_filter filter;
    struct fl_odata_value value;
    struct fl_error error = {.text = ""};
    enum fl_status status = fl_odata_filter_parse(text, arena, &filter, &error);
    if (status != FL_OK) {
        FL_ASSERT(error.text[0] != '\0');
        return;
    }
    for (unsigned turn = 0; turn < 6; turn++) {
        unsigned at = turn;
        (void)fl_odata_filter_matches(&filter, look_up, &at);
    }
    (void)fl_odata_filter_requires(&filter, "Ref_Key", &value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fl_arena arena;
    struct fl_http_uri uri;
    struct fl_odata_key key;
    struct fl_odata_order order;
    struct fl_error error = {.text = ""};
    uint64_t number;
    if (size == 0) {
        return 0;
    }
    struct fl_bytes text = {data + 1, size - 1};
    fl_arena_init(&arena, ARENA_BYTES);
    switch (data[0]) {
    case 'u':
        if (fl_http_uri_parse(text, &arena, &uri, &error) == FL_OK) {
            FL_ASSERT(uri.path[0] == '/');
            (void)fl_http_uri_number(&uri, "$top", 0, 100, &number, &error);
            const char *filter = fl_http_uri_argument(&uri, "$filter");
            if (filter != NULL) {
                fuzz_filter(fl_bytes_of_text(filter), &arena);
            }
        }
        break;
    case 'k':
        if (fl_odata_key_parse(text, &arena, &key, &error) == FL_OK) {
            FL_ASSERT(key.set.size > 0 && key.count <= FL_ODATA_KEYS_MAX);
        }
        break;
    case 'o':
        if (fl_odata_order_parse(text, &order, &error) == FL_OK) {
            FL_ASSERT(order.count > 0 && order.count <= FL_ODATA_ORDERS_MAX);
        }
        break;
    default:
        fuzz_filter(text, &arena);
        break;
    }
    fl_arena_deinit(&arena);
    return 0;
}
