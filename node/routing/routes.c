#include "routes.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "storage/journal.h"
#include "storage/settings.h"

enum { ORIGINS_MAX = 65536, GROWTH = 64, WAY_BYTES = 12 };

uint32_t fl_routes_peer(const struct fl_routes *routes, uint32_t origin, uint64_t lsn)
{
    if (origin == FL_ORIGIN_HERE || origin >= routes->count) {
        return 0;
    }
    const struct fl_route *route = &routes->origins[origin];

    for (size_t i = route->count; i > 0; i--) {
        if (route->ways[i - 1].lsn <= lsn) {
            return route->ways[i - 1].peer;
        }
    }
    return 0;
}

bool fl_routes_brought(
    const struct fl_routes *routes,
    const struct fl_peer *peer,
    uint32_t origin,
    uint64_t lsn)
{
    if (origin == FL_ORIGIN_HERE) {
        return false;
    }
    uint32_t through = fl_routes_peer(routes, origin, lsn);

    return through > 0 ? through == peer->number : origin == peer->origin;
}

static struct fl_route *route_of(struct fl_routes *routes, uint32_t origin)
{
    if (origin >= ORIGINS_MAX) {
        return NULL;
    }
    if (origin >= routes->count) {
        size_t count = origin + GROWTH;
        struct fl_route *origins = fl_realloc(routes->origins, count * sizeof(*origins));

        if (!origins) {
            return NULL;
        }
        memset(origins + routes->count, 0, (count - routes->count) * sizeof(*origins));
        routes->origins = origins;
        routes->count = count;
    }
    struct fl_route *route = &routes->origins[origin];

    if (!route->ways) {
        route->ways = fl_alloc(FL_ROUTE_WAYS_MAX * sizeof(*route->ways));
    }
    return route->ways ? route : NULL;
}

/* What came by a way that is forgotten goes to everybody: equal content stays as it is.
 */
static void add(struct fl_route *route, struct fl_way way)
{
    if (route->count == FL_ROUTE_WAYS_MAX) {
        route->count--;
        memmove(route->ways, route->ways + 1, route->count * sizeof(route->ways[0]));
    }
    route->ways[route->count++] = way;
}

void fl_routes_put(
    struct fl_routes *routes,
    struct fl_txn *txn,
    const struct fl_peer *peer,
    uint32_t origin)
{
    struct fl_way way = {.lsn = fl_journal_head(txn) + 1, .peer = peer->number};
    uint8_t value[FL_ROUTE_WAYS_MAX * WAY_BYTES];
    char name[32];

    if (fl_routes_brought(routes, peer, origin, way.lsn)) {
        return;
    }
    struct fl_route *route = route_of(routes, origin);

    if (!route) {
        return;
    }
    add(route, way);
    for (size_t i = 0; i < route->count; i++) {
        fl_store_u64(value + i * WAY_BYTES, route->ways[i].lsn);
        fl_store_u32(value + i * WAY_BYTES + 8, route->ways[i].peer);
    }
    (void)snprintf(name, sizeof(name), "route/%08" PRIx32, origin);
    fl_settings_put(
        txn, fl_bytes_of_text(name), (struct fl_bytes){value, route->count * WAY_BYTES});
}

static enum fl_status load(
    struct fl_routes *routes,
    uint32_t origin,
    struct fl_bytes value)
{
    struct fl_route *route = route_of(routes, origin);

    if (!route) {
        return FL_NO_MEMORY;
    }
    for (size_t at = 0; at + WAY_BYTES <= value.size; at += WAY_BYTES) {
        add(route, (struct fl_way){
                       fl_load_u64(value.data + at), fl_load_u32(value.data + at + 8)});
    }
    return FL_OK;
}

enum fl_status fl_routes_load(struct fl_txn *txn, struct fl_routes *routes)
{
    struct fl_bytes prefix = fl_bytes_of_text("route/");
    struct fl_setting_name name;
    struct fl_setting_name *after = NULL;
    struct fl_bytes value;
    enum fl_status status = FL_OK;

    while (status == FL_OK &&
           fl_settings_next(txn, prefix, after, &name, &value) == FL_OK) {
        unsigned origin = 0;
        char text[FL_SETTING_NAME_BYTES_MAX + 1] = {0};

        after = &name;
        memcpy(text, name.bytes, name.size);
        if (sscanf(text, "route/%8x", &origin) == 1 && origin < ORIGINS_MAX) {
            status = load(routes, origin, value);
        }
    }
    return status;
}

void fl_routes_deinit(struct fl_routes *routes)
{
    for (size_t i = 0; i < routes->count; i++) {
        fl_free(routes->origins[i].ways);
    }
    fl_free(routes->origins);
    *routes = (struct fl_routes){0};
}
