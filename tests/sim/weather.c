#include "weather.h"

#include "narration.h"

static uint32_t one_of(struct fl_world *world, const uint32_t *values, uint32_t count)
{
    return values[fl_world_below(world, count)];
}

static void draw_small_tree(struct fl_world *chance, struct fl_world_setup *setup)
{
    setup->node_count = 3 + (int)fl_world_below(chance, 3);
    for (int i = 2; i < setup->node_count; i++) {
        bool deep = fl_world_chance(chance, 300);

        setup->parents[i] = deep ? (int)fl_world_below(chance, (uint32_t)i) : 0;
    }
}

/* A centre, up to three nodes in the middle, up to thirty branches. */
static void draw_chain_of_shops(struct fl_world *chance, struct fl_world_setup *setup)
{
    int middle = 1 + (int)fl_world_below(chance, 3);

    setup->node_count = 1 + middle + 8 + (int)fl_world_below(chance, 23);
    if (setup->node_count > FL_MEMORY_NODES_MAX) {
        setup->node_count = FL_MEMORY_NODES_MAX;
    }
    for (int i = 1 + middle; i < setup->node_count; i++) {
        setup->parents[i] = (int)fl_world_below(chance, (uint32_t)middle + 1);
    }
}

void sim_draw_setup(uint64_t seed, struct fl_world_setup *setup)
{
    static struct fl_world chance; /* of which only the dice are used */

    chance.random = seed * UINT64_C(0xD1B54A32D192ED03) + 7;
    for (int i = 0; i < 8; i++) {
        (void)fl_world_draw(&chance);
    }
    *setup = (struct fl_world_setup){.seed = seed, .remembered = 64, .items_target = 4};
    if (fl_world_chance(&chance, 10)) {
        draw_chain_of_shops(&chance, setup);
    } else {
        draw_small_tree(&chance, setup);
    }
    if (sim_limits.nodes > 0 && setup->node_count > sim_limits.nodes) {
        setup->node_count = sim_limits.nodes;
    }
    setup->rule = (enum fl_collision_rule)fl_world_below(&chance, 3);
    setup->limits = (struct fl_session_limits){
        .messages_in_flight = 1 + fl_world_below(&chance, FL_MESSAGES_IN_FLIGHT_MAX),
        .credit_bytes = one_of(&chance, (const uint32_t[]){40, 300, 900, 5000}, 4),
        .stage_after_ms = seed % 3 == 0 ? 1 + seed % 40 : 0,
        .hello_retry_ms = 20 + fl_world_below(&chance, 40),
        .progress_timeout_ms = 150 + fl_world_below(&chance, 300),
    };
    setup->limits.credit_first_bytes = seed % 3 == 0 ? setup->limits.credit_bytes / 2 : 0;
    setup->items_target = 1 + fl_world_below(&chance, 12);
    setup->remembered = one_of(&chance, (const uint32_t[]){0, 2, 8, 64}, 4);
}

void sim_draw_weather(struct fl_world *world, struct fl_weather *weather)
{
    bool reliable = fl_world_chance(world, 500); /* as TCP is, until it is cut */

    *weather = (struct fl_weather){
        .loss = reliable ? 0 : fl_world_below(world, 100),
        .repetition = reliable ? 0 : fl_world_below(world, 100),
        .reorder = !reliable,
        .delay_ms = 1 + fl_world_below(world, fl_world_chance(world, 750) ? 10 : 150),
        .job_ms = fl_world_below(world, 8),
        .crash = fl_world_below(world, 12),
        .cut = fl_world_below(world, 8),
        .write = 5 + fl_world_below(world, 40),
        .deletion = fl_world_chance(world, 500) ? fl_world_below(world, 400) : 0,
        .window = fl_world_chance(world, 300) ? 3 : 0,
        .backup = 4,
        .restore = fl_world_chance(world, 600) ? 1 + fl_world_below(world, 2) : 0,
        .silent_restore = fl_world_chance(world, 500) ? 500 : 0,
        .full = fl_world_chance(world, 300) ? 2 : 0,
        .half_open = fl_world_below(world, 300),
        .clone = fl_world_chance(world, 100) ? 1 : 0,
        .turn = fl_world_chance(world, 300) ? 1 + fl_world_below(world, 30) : 0,
    };
    if (world->setup.node_count > 6) { /* as much happens, at more places */
        weather->write = 1 + weather->write / (uint32_t)(world->setup.node_count / 4);
    }
    sim_leave_out(weather);
}
