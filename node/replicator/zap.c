#include "zap.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

enum {
    FRAME_BYTES_MAX = 256,
    FRAMES_MAX = 8,
    REQUEST_FRAMES = 7,
    USER_ID_BYTES = 2 * FL_TRANSPORT_KEY_BYTES,
    SELF_TEST_MS = 2000,
};

static const char control_endpoint[] = "inproc://filial-zap-control";

/* Replaced as a whole, never changed. */
struct key_list {
    size_t count;
    uint8_t keys[][FL_TRANSPORT_KEY_BYTES]; /* in order */
};

struct fl_zap {
    void *context;
    void *control; /* of the starting thread: the other end tells and is told to stop */
    pthread_t thread;
    bool has_thread;
    pthread_mutex_t mutex;
    struct key_list *list; /* under the mutex; NULL: nobody */
    uint64_t refused;      /* under the mutex, both */
    uint64_t accepted;
};

/* --- the list --- */

static int compare_keys(const void *a, const void *b)
{
    return memcmp(a, b, FL_TRANSPORT_KEY_BYTES);
}

enum fl_status fl_zap_set_keys(
    struct fl_zap *zap,
    const uint8_t (*keys)[FL_TRANSPORT_KEY_BYTES],
    size_t count)
{
    struct key_list *list =
        fl_alloc(sizeof(*list) + (count + 1) * FL_TRANSPORT_KEY_BYTES);

    if (list == NULL) {
        return FL_NO_MEMORY;
    }
    list->count = count;
    if (count > 0) {
        memcpy(list->keys, keys, count * FL_TRANSPORT_KEY_BYTES);
        qsort(list->keys, count, FL_TRANSPORT_KEY_BYTES, compare_keys);
    }
    pthread_mutex_lock(&zap->mutex);
    struct key_list *before = zap->list;
    zap->list = list;
    pthread_mutex_unlock(&zap->mutex);
    fl_free(before);
    return FL_OK;
}

/* Keys are public: the time of a comparison tells nothing. */
static bool is_known(struct fl_zap *zap, const uint8_t *key)
{
    pthread_mutex_lock(&zap->mutex);
    const struct key_list *list = zap->list;
    const bool found =
        list != NULL && list->count > 0 &&
        bsearch(key, list->keys, list->count, FL_TRANSPORT_KEY_BYTES, compare_keys) !=
            NULL;
    pthread_mutex_unlock(&zap->mutex);
    return found;
}

uint64_t fl_zap_refused(struct fl_zap *zap)
{
    pthread_mutex_lock(&zap->mutex);
    const uint64_t refused = zap->refused;
    pthread_mutex_unlock(&zap->mutex);
    return refused;
}

uint64_t fl_zap_accepted(struct fl_zap *zap)
{
    pthread_mutex_lock(&zap->mutex);
    const uint64_t accepted = zap->accepted;
    pthread_mutex_unlock(&zap->mutex);
    return accepted;
}

/* --- a question --- */

/* Version, request, domain, address, identity, mechanism, credentials. */
struct request {
    int frame_count; /* of all, kept or not */
    size_t sizes[FRAMES_MAX];
    uint8_t frames[FRAMES_MAX][FRAME_BYTES_MAX];
};

static bool receive_request(void *socket, struct request *request)
{
    int more = 1;

    request->frame_count = 0;
    while (more != 0) {
        uint8_t dropped[FRAME_BYTES_MAX];
        const bool is_kept = request->frame_count < FRAMES_MAX;
        uint8_t *frame = is_kept ? request->frames[request->frame_count] : dropped;
        size_t more_size = sizeof(more);
        const int size = zmq_recv(socket, frame, FRAME_BYTES_MAX, 0);

        if (size < 0 && errno == EINTR) {
            continue;
        }
        if (size < 0) {
            return false;
        }
        if (is_kept) {
            request->sizes[request->frame_count] = (size_t)size; /* also when cut */
        }
        request->frame_count++;
        if (zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &more_size) != 0) {
            return false;
        }
    }
    return true;
}

static bool frame_is(const struct request *request, size_t index, const char *text)
{
    const size_t size = strlen(text);

    return request->sizes[index] == size &&
           memcmp(request->frames[index], text, size) == 0;
}

static bool is_allowed(struct fl_zap *zap, const struct request *request)
{
    if (request->frame_count != REQUEST_FRAMES || !frame_is(request, 0, "1.0") ||
        !frame_is(request, 5, "CURVE") || request->sizes[6] != FL_TRANSPORT_KEY_BYTES) {
        return false;
    }
    if (frame_is(request, 2, FL_TRANSPORT_DOMAIN_ENROLMENT)) {
        return true;
    }
    return frame_is(request, 2, FL_TRANSPORT_DOMAIN_PEERS) &&
           is_known(zap, request->frames[6]);
}

static void send_part(void *socket, const void *bytes, size_t size, int flags)
{
    while (zmq_send(socket, bytes, size, flags) < 0 && errno == EINTR) {
    }
}

static void answer(void *socket, const struct request *request, bool allowed)
{
    const bool has_id = request->frame_count > 1 && request->sizes[1] <= FRAME_BYTES_MAX;
    char user_id[USER_ID_BYTES + 1];

    if (allowed) {
        fl_bytes_hex(
            (struct fl_bytes){request->frames[6], FL_TRANSPORT_KEY_BYTES}, user_id);
    }
    send_part(socket, "1.0", 3, ZMQ_SNDMORE);
    send_part(socket, request->frames[1], has_id ? request->sizes[1] : 0, ZMQ_SNDMORE);
    send_part(socket, allowed ? "200" : "400", 3, ZMQ_SNDMORE);
    send_part(socket, allowed ? "OK" : "no", 2, ZMQ_SNDMORE);
    send_part(socket, user_id, allowed ? USER_ID_BYTES : 0, ZMQ_SNDMORE);
    send_part(socket, "", 0, 0);
}

static bool serve_one(struct fl_zap *zap, void *socket)
{
    struct request request;

    if (!receive_request(socket, &request)) {
        return false;
    }
    const bool allowed = is_allowed(zap, &request);
    pthread_mutex_lock(&zap->mutex);
    zap->refused += !allowed;
    zap->accepted += allowed;
    pthread_mutex_unlock(&zap->mutex);
    answer(socket, &request, allowed);
    return true;
}

/* --- the thread --- */

static void serve_until_told(struct fl_zap *zap, void *socket, void *control)
{
    zmq_pollitem_t items[] = {
        {.socket = socket, .events = ZMQ_POLLIN},
        {.socket = control, .events = ZMQ_POLLIN},
    };

    for (;;) {
        if (zmq_poll(items, 2, -1) < 0) {
            if (errno == EINTR) {
                continue;
            }
            return; /* the context ends */
        }
        if (items[1].revents != 0) {
            return;
        }
        if (items[0].revents != 0 && !serve_one(zap, socket)) {
            return;
        }
    }
}

static void *run(void *argument)
{
    struct fl_zap *zap = argument;
    const int linger_ms = 0;
    void *control = zmq_socket(zap->context, ZMQ_PAIR);
    void *socket = zmq_socket(zap->context, ZMQ_REP);

    if (control != NULL && zmq_connect(control, control_endpoint) == 0) {
        const bool is_ready =
            socket != NULL &&
            zmq_setsockopt(socket, ZMQ_LINGER, &linger_ms, sizeof(linger_ms)) == 0 &&
            zmq_bind(socket, "inproc://zeromq.zap.01") == 0;

        send_part(control, is_ready ? "+" : "-", 1, 0);
        if (is_ready) {
            serve_until_told(zap, socket, control);
        }
    }
    if (socket != NULL) {
        (void)zmq_close(socket);
    }
    if (control != NULL) {
        (void)zmq_close(control);
    }
    return NULL;
}

/* Signals are for the thread that waits for them. */
static bool start_thread(struct fl_zap *zap)
{
    sigset_t all;
    sigset_t before;

    sigfillset(&all);
    if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0) {
        return false;
    }
    zap->has_thread = pthread_create(&zap->thread, NULL, run, zap) == 0;
    return pthread_sigmask(SIG_SETMASK, &before, NULL) == 0 && zap->has_thread;
}

static bool wait_ready(struct fl_zap *zap)
{
    char sign = '-';
    int size;

    do {
        size = zmq_recv(zap->control, &sign, 1, 0);
    } while (size < 0 && errno == EINTR);
    return size == 1 && sign == '+';
}

enum fl_status fl_zap_start(
    struct fl_transport_context *context,
    struct fl_zap **out_zap,
    struct fl_error *out_error)
{
    const int linger_ms = 0;
    const int wait_ms = SELF_TEST_MS; /* for the thread to have bound */
    struct fl_zap *zap = fl_alloc_zeroed(1, sizeof(*zap));

    if (zap == NULL || pthread_mutex_init(&zap->mutex, NULL) != 0) {
        fl_free(zap);
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    zap->context = fl_transport_context_handle(context);
    zap->control = zmq_socket(zap->context, ZMQ_PAIR);
    if (zap->control == NULL ||
        zmq_setsockopt(zap->control, ZMQ_LINGER, &linger_ms, sizeof(linger_ms)) != 0 ||
        zmq_setsockopt(zap->control, ZMQ_RCVTIMEO, &wait_ms, sizeof(wait_ms)) != 0 ||
        zmq_bind(zap->control, control_endpoint) != 0 || !start_thread(zap) ||
        !wait_ready(zap)) {
        fl_zap_stop(zap);
        return fl_error_set(
            out_error, FL_IO,
            "the thread that checks keys of connections does not start; nothing is "
            "served");
    }
    *out_zap = zap;
    return FL_OK;
}

void fl_zap_stop(struct fl_zap *zap)
{
    if (zap == NULL) {
        return;
    }
    if (zap->has_thread) {
        send_part(zap->control, "", 0, 0);
        pthread_join(zap->thread, NULL);
    }
    if (zap->control != NULL) {
        (void)zmq_close(zap->control);
    }
    pthread_mutex_destroy(&zap->mutex);
    fl_free(zap->list);
    fl_free(zap);
}

/* --- self test --- */

static uint64_t monotonic_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* The first event that decides, FL_TRANSPORT_NONE after the time. */
static enum fl_transport_event wait_for_verdict(struct fl_transport *transport)
{
    const uint64_t end_ms = monotonic_ms() + SELF_TEST_MS;

    for (;;) {
        const enum fl_transport_event event = fl_transport_next_event(transport);
        const uint64_t now_ms = monotonic_ms();

        if (event == FL_TRANSPORT_CONNECTED || event == FL_TRANSPORT_HANDSHAKE_FAILED) {
            return event;
        }
        if (now_ms >= end_ms) {
            return FL_TRANSPORT_NONE;
        }
        if (event == FL_TRANSPORT_NONE) {
            zmq_pollitem_t item = {
                .fd = fl_transport_monitor_fd(transport), .events = ZMQ_POLLIN};

            (void)zmq_poll(&item, 1, (long)(end_ms - now_ms));
        }
    }
}

enum fl_status fl_zap_self_test(
    struct fl_transport_context *context,
    const char *endpoint,
    const uint8_t server_key[FL_TRANSPORT_KEY_BYTES],
    struct fl_error *out_error)
{
    struct fl_keys stranger = {.signing = NULL};
    struct fl_transport *transport = NULL;

    fl_transport_keys_new(stranger.transport_public, stranger.transport_secret);
    const enum fl_status status = fl_transport_connect(
        context, &stranger, endpoint, server_key, &transport, out_error);
    if (status != FL_OK) {
        return status;
    }
    const enum fl_transport_event verdict = wait_for_verdict(transport);
    fl_transport_close(transport);
    if (verdict == FL_TRANSPORT_HANDSHAKE_FAILED) {
        return FL_OK;
    }
    if (verdict == FL_TRANSPORT_CONNECTED) {
        return fl_error_set(
            out_error, FL_UNTRUSTED,
            "a key that nobody knows was let in at %s; nothing may be served there",
            endpoint);
    }
    return fl_error_set(
        out_error, FL_IO, "%s did not answer our own test of it within %d s", endpoint,
        SELF_TEST_MS / 1000);
}
