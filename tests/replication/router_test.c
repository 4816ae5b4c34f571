/* Which streams an object belongs to. */

#include <stdlib.h>
#include <string.h>

#include "shop.h"

#include "replication/router.h"

enum { STREAMS = 1000 };

struct world {
    struct fl_configuration *configuration;
    struct fl_filter *filter;
    const struct fl_filter *by_type[SHOP_RATES + 1];
    struct fl_filter_value values[STREAMS][2];
    struct fl_filter_list lists[STREAMS];
    struct fl_router_stream streams[STREAMS];
    char texts[STREAMS][100];
    struct fl_router *router;
};

/* Stream n + 1 has company n + 1, and every tenth company 5000 too. */
static void build(struct world *world, const char *text, size_t streams)
{
    struct fl_error error;

    world->configuration = shop_configuration();
    if (shop_filter(world->configuration, SHOP_ORDERS, text, &world->filter, &error) !=
        FL_OK) {
        fail_msg("%s", error.text);
    }
    world->by_type[SHOP_ORDERS] = world->filter;
    for (uint32_t i = 0; i < streams; i++) {
        strcpy(world->texts[i], shop_company(i + 1));
        world->values[i][0] =
            fl_filter_value_of(world->configuration, fl_bytes_of_text(world->texts[i]));
        world->values[i][1] = fl_filter_value_of(
            world->configuration, fl_bytes_of_text(shop_company(5000)));
        world->values[i][1].text = fl_bytes_of_text("");
        world->lists[i] = (struct fl_filter_list){
            fl_bytes_of_text("организации"), world->values[i], i % 10 == 0 ? 2 : 1};
        world->streams[i] = (struct fl_router_stream){i + 1, {&world->lists[i], 1}};
    }
    assert_int_equal(
        fl_router_new(
            &(struct fl_router_filters){world->by_type, SHOP_RATES}, world->streams,
            streams, &world->router),
        FL_OK);
}

static void end(struct world *world)
{
    fl_router_free(world->router);
    fl_filter_free(world->filter);
    fl_configuration_free(world->configuration);
    free(world);
}

static const struct fl_object *reach_nothing(void *context, struct fl_key key)
{
    (void)context;
    (void)key;
    return NULL;
}

static const uint32_t *route(
    struct world *world,
    uint32_t company,
    bool posted,
    size_t *out_count)
{
    static struct shop_order order;
    struct fl_filter_subject subject = {
        shop_order(&order, company, 0, posted), reach_nothing, NULL};

    return fl_router_route(world->router, &subject, out_count);
}

static void test_an_object_of_one_branch_goes_into_its_stream(void **state)
{
    struct world *world = calloc(1, sizeof(*world));
    size_t count = 0;
    (void)state;
    build(world, "Организация in $организации and Проведен = true", STREAMS);
    for (uint32_t i = 1; i <= STREAMS; i++) {
        const uint32_t *numbers = route(world, i, true, &count);

        assert_int_equal(count, 1);
        assert_int_equal(numbers[0], i);
    }
    (void)route(world, 1, false, &count);
    assert_int_equal(count, 0);
    (void)route(world, 3000, true, &count);
    assert_int_equal(count, 0);
    end(world);
}

static void test_what_many_have_goes_to_all_of_them_in_order(void **state)
{
    struct world *world = calloc(1, sizeof(*world));
    size_t count = 0;
    (void)state;
    build(world, "Организация in $организации", STREAMS);
    const uint32_t *numbers = route(world, 5000, false, &count);

    assert_int_equal(count, STREAMS / 10);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(numbers[i], 10 * i + 1);
    }
    end(world);
}

static void test_a_filter_without_an_index_asks_every_stream(void **state)
{
    struct world *world = calloc(1, sizeof(*world));
    size_t count = 0;
    (void)state;
    build(world, "Организация not in $организации", 20);
    const uint32_t *numbers = route(world, 3, false, &count);

    assert_int_equal(count, 19);
    assert_int_equal(numbers[2], 4);
    assert_null(fl_router_filter(world->router, SHOP_COMPANIES));
    assert_non_null(fl_router_filter(world->router, SHOP_ORDERS));
    assert_null(fl_router_filter(world->router, 0xFFFF0001));
    end(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_object_of_one_branch_goes_into_its_stream),
        cmocka_unit_test(test_what_many_have_goes_to_all_of_them_in_order),
        cmocka_unit_test(test_a_filter_without_an_index_asks_every_stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
