/*
 * Through which peer the changes of a node come: they are not sent back to it. Setting
 * "route/ORIGIN": number of the peer, u32.
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "link.h"
#include "storage/journal.h"
#include "storage/settings.h"

bool fl_link_brought(const struct fl_link *link, uint32_t origin)
{
    const struct fl_replicator *replicator = link->replicator;

    if (origin == FL_ORIGIN_HERE) {
        return false;
    }
    if (origin == link->peer.origin) {
        return true;
    }
    return origin < replicator->route_count &&
           replicator->routes[origin] == link->peer.number;
}

static enum fl_status put_route(
    struct fl_replicator *replicator,
    uint32_t origin,
    uint32_t peer)
{
    if (origin >= FL_ROUTES_MAX) {
        return FL_LIMIT;
    }
    if (origin >= replicator->route_count) {
        size_t count = origin + 64;
        uint32_t *routes =
            fl_realloc(replicator->routes, count * sizeof(*replicator->routes));

        if (!routes) {
            return FL_NO_MEMORY;
        }
        memset(
            routes + replicator->route_count, 0,
            (count - replicator->route_count) * sizeof(*routes));
        replicator->routes = routes;
        replicator->route_count = count;
    }
    replicator->routes[origin] = peer;
    return FL_OK;
}

static struct fl_bytes route_name(char text[32], uint32_t origin)
{
    (void)snprintf(text, 32, "route/%08" PRIx32, origin);
    return fl_bytes_of_text(text);
}

void fl_link_route(struct fl_link *link, struct fl_txn *txn, uint32_t origin)
{
    struct fl_replicator *replicator = link->replicator;
    uint8_t value[4];
    char name[32];

    if (origin == link->peer.origin || fl_link_brought(link, origin) ||
        put_route(replicator, origin, link->peer.number) != FL_OK) {
        return;
    }
    fl_store_u32(value, link->peer.number);
    fl_settings_put(
        txn, route_name(name, origin), (struct fl_bytes){value, sizeof(value)});
}

enum fl_status fl_replicator_load_routes(struct fl_replicator *replicator)
{
    struct fl_bytes prefix = fl_bytes_of_text("route/");
    struct fl_setting_name name;
    struct fl_setting_name *after = NULL;
    struct fl_bytes value;
    struct fl_txn txn;
    enum fl_status status = FL_OK;

    fl_txn_begin(&txn, replicator->node->store, FL_TXN_READ);
    while (status == FL_OK &&
           fl_settings_next(&txn, prefix, after, &name, &value) == FL_OK) {
        unsigned origin = 0;
        char text[FL_SETTING_NAME_BYTES_MAX + 1] = {0};

        after = &name;
        memcpy(text, name.bytes, name.size);
        if (value.size == 4 && sscanf(text, "route/%8x", &origin) == 1) {
            status = put_route(replicator, origin, fl_load_u32(value.data));
        }
    }
    fl_txn_abort(&txn);
    return status;
}
