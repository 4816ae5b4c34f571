/*
 * A fleet on one machine, in front of a real filiald:
 *
 *     bench_fleet prepare DIR FILE BRANCHES UP DOWN   the centre's store, no daemon on it
 *     bench_fleet run ENDPOINT FILE PID CONFIGURATION  the branches, for the daemon PID
 *
 * All connect, stay, and are then sent into one round at the same moment: each gives UP
 * documents of its warehouse and takes the DOWN goods that the centre has. Several
 * processes share the branches; counts are in memory that all of them see.
 */

#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "exchange/configuration_reader.h"
#include "fleet.h"
#include "node.h"
#include "proto/compression.h"
#include "random.h"
#include "replicator/transport.h"
#include "routing/peer_lists.h"
#include "storage/journal.h"
#include "workload.h"

enum {
    PER_TRANSACTION = 500,
    BRANCHES_MAX = 20000,
    BRANCHES_PER_PROCESS = 2500,
    /* A transport has a socket, its monitor and the other end of that; libzmq gives a
     * context 1023 sockets. */
    BRANCHES_PER_CONTEXT = 250,
    EVENTS_MAX = 256,
    WAIT_MS = 20,
    TICK_MS = 500,
    STARTS_PER_TURN = 20, /* connections begun between two looks at the others */
    GREETING_MAX = 100,   /* on their way: libzmq cuts a handshake after 15 s */
    PATIENCE_MS = 900000,
    NAME_BYTES = 64,
};

static uint64_t now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static int fail(const char *what, const struct fl_error *error)
{
    (void)fprintf(stderr, "bench_fleet: %s: %s\n", what, error->text);
    return 1;
}

/* -- prepare -- */

static enum fl_status put_branch(
    const struct fl_node *node,
    struct fl_txn *txn,
    unsigned number,
    struct fleet_branch *branch)
{
    struct fl_signing_key *key = NULL;
    struct fl_peer peer = {
        .role = FL_PEER_CHILD, .format = FL_PEER_NATIVE, .state = FL_PEER_ACTIVE};
    char value[NAME_BYTES + FL_UUID_TEXT_BYTES];
    const char *values[] = {value};

    branch->node = peer.node = fl_random_uuid();
    branch->incarnation = fl_random_uuid();
    branch->store = fl_random_uuid();
    fl_random(branch->seed, sizeof(branch->seed));
    fl_transport_keys_new(branch->transport_public, branch->transport_secret);
    if (fl_signing_key_new(branch->seed, &key) != FL_OK) {
        return FL_IO;
    }
    memcpy(peer.signing_key, fl_signing_key_public(key), sizeof(peer.signing_key));
    fl_signing_key_free(key);
    memcpy(peer.transport_key, branch->transport_public, sizeof(peer.transport_key));
    memcpy(peer.plan, node->plan_hash, sizeof(peer.plan));
    memcpy(peer.plan_name, node->plan, sizeof(peer.plan_name));
    (void)snprintf(peer.code, sizeof(peer.code), "F%05u", number);
    fl_peers_put(txn, &peer);
    (void)snprintf(
        value, sizeof(value), "Catalog.Склады:%s", fl_uuid_text(branch->store).text);
    return fl_peer_lists_put(txn, peer.plan, peer.code, "склады", values, 1);
}

static enum fl_status put_goods(
    const struct fl_node *node,
    struct workload *workload,
    uint32_t count)
{
    struct fl_buffer record;
    struct fl_object object;
    struct fl_txn txn;

    fl_buffer_init(&record, FL_RECORD_BYTES_MAX);
    fl_txn_begin(&txn, node->store, FL_TXN_WRITE);
    for (uint32_t i = 0; i < count; i++) {
        fl_buffer_clear(&record);
        /* Of three objects of the workload the first is of the catalog. */
        if (workload_make(workload, (uint64_t)i * 3, 1, &object, &record) != FL_OK) {
            break;
        }
        (void)fl_journal_append(
            &txn, &(struct fl_entry){
                      .configuration = node->configuration_number,
                      .key = object.key,
                      .record = fl_buffer_view(&record)});
    }
    fl_buffer_deinit(&record);
    return fl_txn_commit(&txn);
}

static enum fl_status put_branches(
    const struct fl_node *node,
    struct fleet_branch *branches,
    uint32_t count)
{
    enum fl_status status = FL_OK;

    for (uint32_t done = 0; status == FL_OK && done < count;) {
        struct fl_txn txn;

        fl_txn_begin(&txn, node->store, FL_TXN_KEEP);
        for (int i = 0; i < PER_TRANSACTION && done < count && status == FL_OK; i++) {
            status = put_branch(node, &txn, done, &branches[done]);
            done++;
        }
        if (status == FL_OK) {
            status = fl_txn_commit(&txn);
        }
        fl_txn_abort(&txn);
    }
    return status;
}

static int write_file(
    const char *path,
    const struct fleet_centre *centre,
    const struct fleet_branch *branches)
{
    FILE *file = fopen(path, "wb");
    bool written =
        file && fwrite(centre, sizeof(*centre), 1, file) == 1 &&
        fwrite(branches, sizeof(*branches), centre->branches, file) == centre->branches;

    if (!file || fclose(file) != 0 || !written) {
        (void)fprintf(stderr, "bench_fleet: %s: %s\n", path, strerror(errno));
        return 1;
    }
    return 0;
}

static int prepare(char **arguments)
{
    struct fl_error error = {.text = ""};
    struct fl_node *node = NULL;
    struct workload workload = {0};
    struct fleet_centre centre = {
        .branches = (uint32_t)strtoul(arguments[2], NULL, 10),
        .objects_up = (uint32_t)strtoul(arguments[3], NULL, 10),
        .objects_down = (uint32_t)strtoul(arguments[4], NULL, 10)};
    struct fleet_branch *branches =
        fl_alloc_zeroed(centre.branches + 1, sizeof(*branches));

    if (!branches || centre.branches > BRANCHES_MAX ||
        fl_node_open(arguments[0], &node, &error) != FL_OK) {
        return fail("prepare", &error);
    }
    enum fl_status status = workload_init(&workload, node->configuration, false);

    if (status == FL_OK) {
        status = put_goods(node, &workload, centre.objects_down);
    }
    if (status == FL_OK) {
        status = put_branches(node, branches, centre.branches);
    }
    centre.installation = node->identity->installation;
    centre.node = node->identity->node;
    memcpy(centre.plan, node->plan_hash, sizeof(centre.plan));
    memcpy(
        centre.configuration_hash, node->configuration->hash,
        sizeof(centre.configuration_hash));
    memcpy(
        centre.signing_public, node->keys.signing_public, sizeof(centre.signing_public));
    memcpy(
        centre.transport_public, node->keys.transport_public,
        sizeof(centre.transport_public));
    workload_deinit(&workload);
    fl_node_close(node);
    int result = status == FL_OK ? write_file(arguments[1], &centre, branches)
                                 : fail(fl_status_name(status), &error);

    fl_free(branches);
    return result;
}

/* -- run: one process of branches -- */

struct counts {
    _Atomic uint32_t greeted;
    _Atomic uint32_t served;
    _Atomic uint64_t failures;
    _Atomic bool go;
    _Atomic bool stop;
};

struct group {
    struct fleet_shared shared;
    struct counts *counts;
    const struct fleet_branch *branches; /* all of them */
    uint32_t first;
    uint32_t count;
    uint32_t opened;
    uint32_t greeted_count;
    struct fl_transport_context *contexts[BRANCHES_PER_PROCESS / BRANCHES_PER_CONTEXT];
    struct fleet_peer *peers[BRANCHES_PER_PROCESS];
    bool greeted[BRANCHES_PER_PROCESS];
    bool served[BRANCHES_PER_PROCESS];
    int epoll;
};

static void watch(struct group *group, uint32_t index)
{
    const int fds[] = {
        fleet_peer_fd(group->peers[index]), fleet_peer_monitor_fd(group->peers[index])};

    for (size_t i = 0; i < 2; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data = {.u32 = index}};

        FL_ASSERT(epoll_ctl(group->epoll, EPOLL_CTL_ADD, fds[i], &event) == 0);
    }
}

static void open_one(struct group *group)
{
    const uint32_t index = group->opened;
    struct fl_transport_context **context =
        &group->contexts[index / BRANCHES_PER_CONTEXT];
    struct fl_error error = {.text = ""};

    if (!*context && fl_transport_context_new(context, &error) != FL_OK) {
        _exit(fail("context", &error));
    }
    if (fleet_peer_open(
            &group->shared, *context, &group->branches[group->first + index],
            group->first + index, &group->peers[index], &error) != FL_OK) {
        _exit(fail("connect", &error));
    }
    watch(group, index);
    group->opened++;
}

static void serve_one(struct group *group, uint32_t index)
{
    struct fleet_peer *peer = group->peers[index];

    if (fleet_peer_serve(peer, now_ms())) {
        watch(group, index); /* those of the old socket went with it */
    }
    if (!group->greeted[index] && fleet_peer_is_greeted(peer)) {
        group->greeted[index] = true;
        group->greeted_count++;
        atomic_fetch_add(&group->counts->greeted, 1);
    }
    if (!group->served[index] && fleet_peer_is_served(peer)) {
        group->served[index] = true;
        atomic_fetch_add(&group->counts->served, 1);
    }
}

static void run_group(struct group *group)
{
    struct epoll_event events[EVENTS_MAX];
    uint64_t ticked_ms = 0;
    bool gone = false;

    while (!atomic_load(&group->counts->stop)) {
        for (int i = 0; i < STARTS_PER_TURN && group->opened < group->count &&
                        group->opened < group->greeted_count + GREETING_MAX;
             i++) {
            open_one(group);
        }
        if (!gone && atomic_load(&group->counts->go)) {
            gone = true;
            for (uint32_t i = 0; i < group->opened; i++) {
                fleet_peer_sync(group->peers[i], now_ms());
            }
        }
        int count = epoll_wait(
            group->epoll, events, EVENTS_MAX, group->opened < group->count ? 1 : WAIT_MS);

        for (int i = 0; i < count; i++) {
            serve_one(group, events[i].data.u32);
        }
        if (now_ms() >= ticked_ms + TICK_MS) {
            ticked_ms = now_ms();
            for (uint32_t i = 0; i < group->opened; i++) {
                serve_one(group, i);
            }
        }
    }
    atomic_fetch_add(&group->counts->failures, group->shared.failures);
}

/* A process ends as it is: its branches lose nothing by that. */
static void start_group(struct group *group, const struct fl_configuration *configuration)
{
    static struct workload workload;

    if (fork() != 0) {
        return;
    }
    FL_ASSERT(workload_init(&workload, configuration, false) == FL_OK);
    group->shared.workload = &workload;
    fl_buffer_init(&group->shared.plain, FL_MESSAGE_PLAIN_BYTES_MAX);
    fl_buffer_init(&group->shared.frame, FL_FRAME_WIRE_BYTES_MAX);
    FL_ASSERT(fl_compressor_new(&group->shared.compressor) == FL_OK);
    FL_ASSERT(fl_decompressor_new(&group->shared.decompressor) == FL_OK);
    group->epoll = epoll_create1(EPOLL_CLOEXEC);
    run_group(group);
    _exit(0);
}

/* -- run: the one that counts -- */

struct memory {
    double heap_mib; /* the centre's own, without the map of the store */
    double resident_mib;
};

static struct memory memory_of(const char *pid, struct memory peak)
{
    char path[NAME_BYTES];
    char line[256];

    (void)snprintf(path, sizeof(path), "/proc/%s/status", pid);
    FILE *file = fopen(path, "r");

    while (file && fgets(line, sizeof(line), file)) {
        double *value = strncmp(line, "RssAnon:", 8) == 0 ? &peak.heap_mib
                        : strncmp(line, "VmRSS:", 6) == 0 ? &peak.resident_mib
                                                          : NULL;
        double mib = value ? strtod(strchr(line, ':') + 1, NULL) / 1024 : 0;

        if (value && mib > *value) {
            *value = mib;
        }
    }
    if (file) {
        (void)fclose(file);
    }
    return peak;
}

/* Seconds until `count` have come to `of`; negative: they did not. */
static double wait_for(
    const _Atomic uint32_t *count,
    uint32_t of,
    const char *pid,
    struct memory *peak,
    const char *what)
{
    const uint64_t begun_ms = now_ms();
    uint64_t told_ms = begun_ms;

    while (atomic_load(count) < of && now_ms() < begun_ms + PATIENCE_MS) {
        const struct timespec pause = {.tv_nsec = 20000000};

        (void)nanosleep(&pause, NULL);
        *peak = memory_of(pid, *peak);
        if (now_ms() >= told_ms + 10000) {
            told_ms = now_ms();
            (void)fprintf(
                stderr, "   %s %u of %u after %.0f s, the centre has %.0f MiB\n", what,
                atomic_load(count), of, (double)(told_ms - begun_ms) / 1000,
                peak->heap_mib);
        }
    }
    return atomic_load(count) < of ? -1 : (double)(now_ms() - begun_ms) / 1000;
}

static const struct fleet_centre *map_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    long size = file && fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
    void *memory = size > 0
                       ? mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fileno(file), 0)
                       : MAP_FAILED;

    if (file) {
        (void)fclose(file);
    }
    return memory == MAP_FAILED ? NULL : memory;
}

static int report(
    const struct fleet_centre *centre,
    double connected_s,
    double served_s,
    struct memory idle,
    struct memory peak,
    uint64_t failures)
{
    const double objects =
        (double)centre->branches * (centre->objects_up + centre->objects_down);

    (void)printf(
        "branches %u\nconnected_s %.2f\nhandshakes_per_s %.0f\nidle_mib %.0f\n"
        "all_served_s %.2f\nobjects_per_s %.0f\npeak_mib %.0f\nresident_mib %.0f\n"
        "failures %llu\n",
        centre->branches, connected_s, centre->branches / connected_s, idle.heap_mib,
        served_s, objects / served_s, peak.heap_mib, peak.resident_mib,
        (unsigned long long)failures);
    return 0;
}

static int run(char **arguments)
{
    const struct fleet_centre *centre = map_file(arguments[1]);
    const char *pid = arguments[2];
    struct fl_error error = {.text = ""};
    struct fl_configuration *configuration = NULL;
    struct counts *counts = mmap(
        NULL, sizeof(*counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct rlimit files;
    struct memory peak = {0};

    if (!centre || counts == MAP_FAILED ||
        fl_configuration_read_dump(arguments[3], &configuration, &error) != FL_OK) {
        return fail(arguments[1], &error);
    }
    (void)getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &files);
    for (uint32_t at = 0; at < centre->branches; at += BRANCHES_PER_PROCESS) {
        struct group *group = fl_alloc_zeroed(1, sizeof(*group));
        const uint32_t left = centre->branches - at;

        FL_ASSERT(group);
        group->shared.centre = centre;
        group->shared.endpoint = arguments[0];
        group->counts = counts;
        group->branches = (const struct fleet_branch *)(const void *)(centre + 1);
        group->first = at;
        group->count = left < BRANCHES_PER_PROCESS ? left : BRANCHES_PER_PROCESS;
        start_group(group, configuration);
        fl_free(group);
    }
    const double connected_s =
        wait_for(&counts->greeted, centre->branches, pid, &peak, "greeted");
    const struct memory idle = peak;

    atomic_store(&counts->go, true);
    const double served_s =
        connected_s < 0
            ? -1
            : wait_for(&counts->served, centre->branches, pid, &peak, "served");

    atomic_store(&counts->stop, true);
    while (wait(NULL) > 0) {
    }
    if (served_s < 0) {
        (void)fprintf(
            stderr, "bench_fleet: %u greeted, %u served of %u, and no more came\n",
            atomic_load(&counts->greeted), atomic_load(&counts->served),
            centre->branches);
        return 1;
    }
    return report(
        centre, connected_s, served_s, idle, peak, atomic_load(&counts->failures));
}

int main(int argc, char **argv)
{
    if (fl_crypto_start() == FL_OK && argc == 7 && strcmp(argv[1], "prepare") == 0) {
        return prepare(argv + 2);
    }
    if (argc == 6 && strcmp(argv[1], "run") == 0) {
        return run(argv + 2);
    }
    (void)fprintf(
        stderr, "bench_fleet prepare DIR FILE BRANCHES UP DOWN\n"
                "bench_fleet run ENDPOINT FILE PID CONFIGURATION\n");
    return 2;
}
