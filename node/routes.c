#include "routes.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "storage/journal.h"
#include "storage/settings.h"

enum { ORIGINS_MAX = 65536, GROWTH = 64 };

bool fl_routes_brought(
    const struct fl_routes *routes,
    const struct fl_peer *peer,
    uint32_t origin)
{
    if (origin == FL_ORIGIN_HERE) {
        return false;
    }
    return origin == peer->origin ||
           (origin < routes->count && routes->peers[origin] == peer->number);
}

static enum fl_status keep(struct fl_routes *routes, uint32_t origin, uint32_t peer)
{
    if (origin >= ORIGINS_MAX) {
        return FL_LIMIT;
    }
    if (origin >= routes->count) {
        size_t count = origin + GROWTH;
        uint32_t *peers = fl_realloc(routes->peers, count * sizeof(*peers));

        if (!peers) {
            return FL_NO_MEMORY;
        }
        memset(peers + routes->count, 0, (count - routes->count) * sizeof(*peers));
        routes->peers = peers;
        routes->count = count;
    }
    routes->peers[origin] = peer;
    return FL_OK;
}

void fl_routes_put(
    struct fl_routes *routes,
    struct fl_txn *txn,
    const struct fl_peer *peer,
    uint32_t origin)
{
    uint8_t value[4];
    char name[32];

    uint32_t known = origin < routes->count ? routes->peers[origin] : 0;

    /* A node that has become a peer itself comes no more through another one. */
    if (known == peer->number || (known == 0 && origin == peer->origin) ||
        keep(routes, origin, peer->number) != FL_OK) {
        return;
    }
    fl_store_u32(value, peer->number);
    (void)snprintf(name, sizeof(name), "route/%08" PRIx32, origin);
    fl_settings_put(txn, fl_bytes_of_text(name), (struct fl_bytes){value, sizeof(value)});
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
        if (value.size == 4 && sscanf(text, "route/%8x", &origin) == 1) {
            status = keep(routes, origin, fl_load_u32(value.data));
        }
    }
    return status;
}

void fl_routes_deinit(struct fl_routes *routes)
{
    fl_free(routes->peers);
    *routes = (struct fl_routes){0};
}
