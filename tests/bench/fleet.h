/*
 * What bench_fleet's two halves share: the file of branches that `prepare` writes beside
 * a centre's store and `run` reads.
 */

#ifndef BENCH_FLEET_H
#define BENCH_FLEET_H

#include "proto/message.h"

/* Of the centre, as its branches know it. */
struct fleet_centre {
    struct fl_uuid installation;
    struct fl_uuid node;
    uint8_t plan[FL_PLAN_HASH_BYTES];
    uint8_t configuration_hash[FL_CONFIGURATION_HASH_BYTES];
    uint8_t signing_public[FL_PUBLIC_KEY_BYTES];
    uint8_t transport_public[FL_PUBLIC_KEY_BYTES];
    uint32_t branches;
    uint32_t objects_up; /* documents of each branch */
    uint32_t objects_down;
};

struct fleet_branch {
    struct fl_uuid node;
    struct fl_uuid incarnation;
    struct fl_uuid store; /* its warehouse, whose documents it has */
    uint8_t seed[FL_SIGNING_SEED_BYTES];
    uint8_t transport_public[FL_PUBLIC_KEY_BYTES];
    uint8_t transport_secret[FL_SECRET_KEY_BYTES];
};

/* fleet_branch.c: one branch, with a session and without a store. */

struct fleet_peer; /* a branch that runs */
struct fl_compressor;
struct fl_decompressor;
struct fl_transport_context;
struct workload;

/* What the branches of one process have together. */
struct fleet_shared {
    const struct fleet_centre *centre;
    struct workload *workload;
    const char *endpoint;
    struct fl_compressor *compressor;
    struct fl_decompressor *decompressor;
    struct fl_buffer plain;
    struct fl_buffer frame;
    uint64_t failures; /* sessions that ended before they were served */
};

enum fl_status fleet_peer_open(
    struct fleet_shared *shared,
    struct fl_transport_context *context,
    const struct fleet_branch *branch,
    uint32_t index,
    struct fleet_peer **out_peer,
    struct fl_error *out_error);
void fleet_peer_close(struct fleet_peer *peer);
int fleet_peer_fd(const struct fleet_peer *peer);
int fleet_peer_monitor_fd(const struct fleet_peer *peer);
/* Everything that has come and is due. True: its descriptors are other ones now. */
bool fleet_peer_serve(struct fleet_peer *peer, uint64_t now_ms);
void fleet_peer_sync(struct fleet_peer *peer, uint64_t now_ms); /* a round now */
bool fleet_peer_is_greeted(const struct fleet_peer *peer);
/* Its documents are confirmed, it has all that the centre has for it. */
bool fleet_peer_is_served(const struct fleet_peer *peer);

#endif
