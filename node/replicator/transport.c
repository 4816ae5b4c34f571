/*
 * One socket a transport, with every option that libzmq leaves open to a stranger shut:
 * sizes, times and queues are bounded before the first byte comes (PROTOCOL.md).
 *
 * libzmq gives up a connection whose key was refused, for good; such a socket is closed
 * and made anew after a wait that doubles, with jitter.
 */

#include "transport.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

#ifndef ZMQ_ZAP_ENFORCE_DOMAIN
#define ZMQ_ZAP_ENFORCE_DOMAIN 93 /* in 4.3.4, hidden behind ZMQ_BUILD_DRAFT_API */
#endif
#ifndef ZMQ_ZERO_COPY_RECV
#define ZMQ_ZERO_COPY_RECV 10 /* the same */
#endif

enum {
    QUEUED_FRAMES_MAX = 64,
    CURVE_OVERHEAD_BYTES = 64,
    ENROLMENT_FRAME_BYTES_MAX = 1024,
    HANDSHAKE_MS = 30000, /* some six round trips, of which some are lost */
    LINGER_MS = 200,
    CONNECT_MS = 15000,
    RECONNECT_MS = 1000,
    RECONNECT_MS_MAX = 60000, /* whoever was approved meanwhile comes within it */
    /*
     * A connection that is dead without a word is noticed when a heartbeat is not
     * acknowledged by TCP: HALF_OPEN_MS_MAX at most. What libzmq counts is later, since
     * its answer waits behind the rest of a frame that may take long on a thin line.
     */
    HEARTBEAT_MS = 10000,
    TCP_RETRANSMIT_MS = 25000, /* four times or more, at 600 ms and 5 % loss */
    HEARTBEAT_TIMEOUT_MS = 45000,
    HALF_OPEN_MS_MAX = HEARTBEAT_MS + TCP_RETRANSMIT_MS,
    KEEPALIVE_IDLE_SECONDS = 30,
    KEEPALIVE_INTERVAL_SECONDS = 10,
    KEEPALIVE_COUNT = 3,
    BACKLOG = 4096,
    MONITOR_NAME_BYTES = 64,
    REBUILD_DOUBLINGS_MAX = 6,
};

static_assert(
    (int)HALF_OPEN_MS_MAX < (int)HEARTBEAT_TIMEOUT_MS,
    "TCP tells before libzmq gives up");

#define NEVER_MS UINT64_MAX

static const char scheme[] = "tcp://";

struct fl_transport_context {
    void *handle;
    uint64_t monitors; /* made so far: their names must differ */
};

struct fl_transport {
    struct fl_transport_context *context;
    char endpoint[FL_TRANSPORT_ENDPOINT_BYTES_MAX + 1];
    char domain[32]; /* "" at a connecting one */
    uint8_t server_key[FL_TRANSPORT_KEY_BYTES];
    uint8_t public_key[FL_TRANSPORT_KEY_BYTES]; /* ours */
    uint8_t secret_key[FL_TRANSPORT_KEY_BYTES];
    void *socket;
    void *monitor;
    int fd;
    int monitor_fd;
    zmq_msg_t received; /* what the last frame borrows from */
    uint64_t dropped;
    unsigned refusals; /* one after another */
    bool connected;    /* of one that connects: as far as it was told */
    bool needs_rebuild;
    bool hurry;
    uint64_t rebuild_ms; /* NEVER_MS: not planned yet */
};

/* --- context --- */

enum fl_status fl_transport_context_new(
    struct fl_transport_context **out_context,
    struct fl_error *out_error)
{
    struct fl_transport_context *context = fl_alloc_zeroed(1, sizeof(*context));

    if (context != NULL) {
        context->handle = zmq_ctx_new();
    }
    if (context == NULL || context->handle == NULL) {
        fl_free(context);
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    /*
     * A frame that waits would otherwise hold the whole buffer that it came in, 14 KB of
     * it with thousands of branches. A libzmq that does not know this only uses more.
     */
    (void)zmq_ctx_set(context->handle, ZMQ_ZERO_COPY_RECV, 0);
    *out_context = context;
    return FL_OK;
}

void fl_transport_context_free(struct fl_transport_context *context)
{
    if (context == NULL) {
        return;
    }
    while (zmq_ctx_term(context->handle) != 0 && errno == EINTR) {
    }
    fl_free(context);
}

void *fl_transport_context_handle(struct fl_transport_context *context)
{
    return context->handle;
}

/* --- options --- */

struct option {
    int name;
    int value;
};

static bool set_options(void *socket, const struct option *options, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (zmq_setsockopt(
                socket, options[i].name, &options[i].value, sizeof(options[i].value)) !=
            0) {
            return false;
        }
    }
    return true;
}

static bool is_listening(const struct fl_transport *transport)
{
    return transport->domain[0] != '\0';
}

static bool is_enrolment(const struct fl_transport *transport)
{
    return strcmp(transport->domain, FL_TRANSPORT_DOMAIN_ENROLMENT) == 0;
}

static bool set_common(struct fl_transport *transport)
{
    static const struct option options[] = {
        {ZMQ_LINGER, LINGER_MS}, /* all is durable elsewhere, but last words say why */
        {ZMQ_SNDHWM, QUEUED_FRAMES_MAX},
        {ZMQ_RCVHWM, QUEUED_FRAMES_MAX},
        {ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS},
        {ZMQ_TCP_KEEPALIVE, 1},
        {ZMQ_TCP_KEEPALIVE_IDLE, KEEPALIVE_IDLE_SECONDS},
        {ZMQ_TCP_KEEPALIVE_INTVL, KEEPALIVE_INTERVAL_SECONDS},
        {ZMQ_TCP_KEEPALIVE_CNT, KEEPALIVE_COUNT},
        {ZMQ_TCP_MAXRT, TCP_RETRANSMIT_MS},
        {ZMQ_CONNECT_TIMEOUT, CONNECT_MS},
        {ZMQ_RECONNECT_IVL, RECONNECT_MS},
        {ZMQ_RECONNECT_IVL_MAX, RECONNECT_MS_MAX},
    };
    const int64_t frame_bytes_max =
        CURVE_OVERHEAD_BYTES + (is_enrolment(transport)
                                    ? (int64_t)ENROLMENT_FRAME_BYTES_MAX
                                    : (int64_t)FL_FRAME_WIRE_BYTES_MAX);
    const int ipv6 = strchr(transport->endpoint, '[') != NULL;

    return set_options(
               transport->socket, options, sizeof(options) / sizeof(options[0])) &&
           zmq_setsockopt(
               transport->socket, ZMQ_MAXMSGSIZE, &frame_bytes_max,
               sizeof(frame_bytes_max)) == 0 &&
           zmq_setsockopt(transport->socket, ZMQ_IPV6, &ipv6, sizeof(ipv6)) == 0;
}

static bool set_key(void *socket, int option, const uint8_t key[FL_TRANSPORT_KEY_BYTES])
{
    return zmq_setsockopt(socket, option, key, FL_TRANSPORT_KEY_BYTES) == 0;
}

/* An enforced domain that is empty asks nobody and lets everybody in. */
static bool set_server(struct fl_transport *transport)
{
    static const struct option options[] = {
        {ZMQ_CURVE_SERVER, 1},
        {ZMQ_ROUTER_MANDATORY, 1},
        {ZMQ_ZAP_ENFORCE_DOMAIN, 1},
        {ZMQ_BACKLOG, BACKLOG}, /* a thousand branches begin at the same minute */
    };
    void *socket = transport->socket;

    return zmq_setsockopt(
               socket, ZMQ_ZAP_DOMAIN, transport->domain, strlen(transport->domain)) ==
               0 &&
           set_options(socket, options, sizeof(options) / sizeof(options[0])) &&
           set_key(socket, ZMQ_CURVE_SECRETKEY, transport->secret_key);
}

/*
 * Only the child asks whether the other one is there. libzmq looks for a timer to cancel
 * among all of a thread's: with heartbeats of ten thousand children at the parent, or a
 * time to live that they ask of it, that is more work than all the rest. The parent has
 * TCP's keepalive, within a minute, and what it sends must be acknowledged.
 */
static bool set_client(struct fl_transport *transport)
{
    static const struct option options[] = {
        {ZMQ_HEARTBEAT_IVL, HEARTBEAT_MS},
        {ZMQ_HEARTBEAT_TIMEOUT, HEARTBEAT_TIMEOUT_MS},
    };
    void *socket = transport->socket;

    return set_options(socket, options, sizeof(options) / sizeof(options[0])) &&
           set_key(socket, ZMQ_CURVE_SERVERKEY, transport->server_key) &&
           set_key(socket, ZMQ_CURVE_PUBLICKEY, transport->public_key) &&
           set_key(socket, ZMQ_CURVE_SECRETKEY, transport->secret_key);
}

/* --- socket --- */

static int descriptor_of(void *socket)
{
    int fd = -1;
    size_t size = sizeof(fd);

    (void)zmq_getsockopt(socket, ZMQ_FD, &fd, &size);
    return fd;
}

static void close_socket(void **socket)
{
    if (*socket != NULL) {
        (void)zmq_close(*socket);
        *socket = NULL;
    }
}

/* The monitor goes first: it would otherwise wait for the end of its other half. */
static void close_sockets(struct fl_transport *transport)
{
    if (transport->socket != NULL && transport->monitor != NULL) {
        (void)zmq_socket_monitor(transport->socket, NULL, 0);
    }
    close_socket(&transport->monitor);
    close_socket(&transport->socket);
    transport->fd = -1;
    transport->monitor_fd = -1;
    transport->connected = false;
}

/* Without a bound: libzmq waits for room with its I/O thread, which serves everybody. */
static bool watch(struct fl_transport *transport)
{
    static const struct option options[] = {{ZMQ_LINGER, 0}, {ZMQ_RCVHWM, 0}};
    const int events = is_listening(transport)
                           ? ZMQ_EVENT_DISCONNECTED
                           : ZMQ_EVENT_CONNECTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED |
                                 ZMQ_EVENT_DISCONNECTED |
                                 ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
                                 ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
                                 ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL;
    char name[MONITOR_NAME_BYTES];

    snprintf(
        name, sizeof(name), "inproc://filial-monitor-%llu",
        (unsigned long long)transport->context->monitors++);
    if (zmq_socket_monitor(transport->socket, name, events) != 0) {
        return false;
    }
    transport->monitor = zmq_socket(transport->context->handle, ZMQ_PAIR);
    if (transport->monitor == NULL || !set_options(transport->monitor, options, 2) ||
        zmq_connect(transport->monitor, name) != 0) {
        return false;
    }
    transport->monitor_fd = descriptor_of(transport->monitor);
    return true;
}

static bool is_wrong_endpoint(int code)
{
    return code == EINVAL || code == EPROTONOSUPPORT || code == ENOCOMPATPROTO ||
           code == ENODEV;
}

static enum fl_status open_client(
    struct fl_transport *transport,
    struct fl_error *out_error)
{
    transport->socket = zmq_socket(transport->context->handle, ZMQ_DEALER);
    if (transport->socket == NULL || !set_common(transport) || !set_client(transport) ||
        !watch(transport)) {
        return fl_error_set(
            out_error, FL_IO, "a connection to %s cannot be made: %s",
            transport->endpoint, zmq_strerror(errno));
    }
    if (zmq_connect(transport->socket, transport->endpoint) != 0) {
        const int code = errno;

        return fl_error_set(
            out_error, is_wrong_endpoint(code) ? FL_MALFORMED : FL_IO,
            "\"%s\" cannot be connected to: %s; an address is like tcp://host:7411",
            transport->endpoint, zmq_strerror(code));
    }
    transport->fd = descriptor_of(transport->socket);
    return FL_OK;
}

static enum fl_status open_server(
    struct fl_transport *transport,
    struct fl_error *out_error)
{
    size_t size = sizeof(transport->endpoint);
    const char *wanted = transport->endpoint;

    transport->socket = zmq_socket(transport->context->handle, ZMQ_ROUTER);
    if (transport->socket == NULL || !set_common(transport) ||
        (!is_enrolment(transport) && !watch(transport))) {
        return fl_error_set(
            out_error, FL_IO, "a listening socket cannot be made: %s",
            zmq_strerror(errno));
    }
    if (!set_server(transport)) {
        return fl_error_set(
            out_error, FL_UNSUPPORTED,
            "this libzmq cannot refuse strangers (%s); nothing is served: it needs "
            "CURVE and ZMQ_ZAP_ENFORCE_DOMAIN, as 4.3.4 of Debian has them",
            zmq_strerror(errno));
    }
    if (zmq_bind(transport->socket, wanted) != 0) {
        const int code = errno;

        return fl_error_set(
            out_error, is_wrong_endpoint(code) ? FL_MALFORMED : FL_IO,
            "\"%s\" cannot be listened at: %s; an address is like tcp://0.0.0.0:7411",
            wanted, zmq_strerror(code));
    }
    (void)zmq_getsockopt(
        transport->socket, ZMQ_LAST_ENDPOINT, transport->endpoint, &size);
    transport->fd = descriptor_of(transport->socket);
    return FL_OK;
}

/* --- open, close --- */

/* libzmq finds a wrong port only when it connects, and then tells nobody. */
static bool is_address(const char *endpoint)
{
    const char *colon = strrchr(endpoint, ':');
    unsigned long port = 0;

    if (strlen(endpoint) > FL_TRANSPORT_ENDPOINT_BYTES_MAX ||
        strncmp(endpoint, scheme, sizeof(scheme) - 1) != 0 ||
        colon <= endpoint + sizeof(scheme) - 1) {
        return false;
    }
    const char *digit = colon + 1;
    if (strcmp(digit, "*") == 0) {
        return true;
    }
    for (; *digit >= '0' && *digit <= '9' && port < 65536; digit++) {
        port = port * 10 + (unsigned long)(*digit - '0');
    }
    return digit > colon + 1 && *digit == '\0' && port < 65536;
}

static enum fl_status new_transport(
    struct fl_transport_context *context,
    const struct fl_keys *keys,
    const char *endpoint,
    struct fl_transport **out_transport,
    struct fl_error *out_error)
{
    if (!is_address(endpoint)) {
        return fl_error_set(
            out_error, FL_MALFORMED,
            "\"%s\" is not an address; it should be like tcp://host:7411", endpoint);
    }
    struct fl_transport *transport = fl_alloc_zeroed(1, sizeof(*transport));
    if (transport == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    transport->context = context;
    transport->fd = -1;
    transport->monitor_fd = -1;
    transport->rebuild_ms = NEVER_MS;
    memcpy(transport->endpoint, endpoint, strlen(endpoint) + 1);
    memcpy(transport->public_key, keys->transport_public, sizeof(transport->public_key));
    memcpy(transport->secret_key, keys->transport_secret, sizeof(transport->secret_key));
    (void)zmq_msg_init(&transport->received);
    *out_transport = transport;
    return FL_OK;
}

enum fl_status fl_transport_listen(
    struct fl_transport_context *context,
    const struct fl_keys *keys,
    const char *endpoint,
    const char *domain,
    struct fl_transport **out_transport,
    struct fl_error *out_error)
{
    struct fl_transport *transport = NULL;

    FL_ASSERT(domain[0] != '\0');
    FL_ASSERT(strlen(domain) < sizeof(transport->domain));
    enum fl_status status = new_transport(context, keys, endpoint, &transport, out_error);
    if (status != FL_OK) {
        return status;
    }
    FL_ASSERT(transport != NULL);
    memcpy(transport->domain, domain, strlen(domain) + 1);
    status = open_server(transport, out_error);
    if (status != FL_OK) {
        fl_transport_close(transport);
        return status;
    }
    *out_transport = transport;
    return FL_OK;
}

enum fl_status fl_transport_connect(
    struct fl_transport_context *context,
    const struct fl_keys *keys,
    const char *endpoint,
    const uint8_t server_key[FL_TRANSPORT_KEY_BYTES],
    struct fl_transport **out_transport,
    struct fl_error *out_error)
{
    struct fl_transport *transport = NULL;
    enum fl_status status = new_transport(context, keys, endpoint, &transport, out_error);

    if (status != FL_OK) {
        return status;
    }
    FL_ASSERT(transport != NULL);
    memcpy(transport->server_key, server_key, sizeof(transport->server_key));
    status = open_client(transport, out_error);
    if (status != FL_OK) {
        fl_transport_close(transport);
        return status;
    }
    *out_transport = transport;
    return FL_OK;
}

void fl_transport_close(struct fl_transport *transport)
{
    if (transport == NULL) {
        return;
    }
    close_sockets(transport);
    (void)zmq_msg_close(&transport->received);
    fl_wipe(transport->secret_key, sizeof(transport->secret_key));
    fl_free(transport);
}

const char *fl_transport_endpoint(const struct fl_transport *transport)
{
    return transport->endpoint;
}

int fl_transport_fd(const struct fl_transport *transport)
{
    return transport->fd;
}

int fl_transport_monitor_fd(const struct fl_transport *transport)
{
    return transport->monitor_fd;
}

/* --- receive --- */

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* User-Id as zap.c gives it. The address frame has none after a poll, the payload has. */
static bool read_key(zmq_msg_t *payload, uint8_t out_key[FL_TRANSPORT_KEY_BYTES])
{
    const char *text = zmq_msg_gets(payload, "User-Id");

    if (text == NULL || strlen(text) != 2 * FL_TRANSPORT_KEY_BYTES) {
        return false;
    }
    for (size_t i = 0; i < FL_TRANSPORT_KEY_BYTES; i++) {
        const int high = hex_value(text[2 * i]);
        const int low = hex_value(text[2 * i + 1]);

        if (high < 0 || low < 0) {
            return false;
        }
        out_key[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static bool receive_part(void *socket, zmq_msg_t *message)
{
    int size;

    do {
        size = zmq_msg_recv(message, socket, ZMQ_DONTWAIT);
    } while (size < 0 && errno == EINTR);
    return size >= 0;
}

/* The address in front of a payload, which libzmq gives together with it. */
static bool receive_address(
    struct fl_transport *transport,
    struct fl_transport_address *out_address,
    bool *out_good)
{
    zmq_msg_t part;

    (void)zmq_msg_init(&part);
    const bool has = receive_part(transport->socket, &part);
    const size_t size = has ? zmq_msg_size(&part) : 0;
    /* A peer may choose a longer one for itself; no node of ours does. */
    *out_good = size > 0 && size <= sizeof(out_address->bytes);
    if (*out_good) {
        memcpy(out_address->bytes, zmq_msg_data(&part), size);
        out_address->size = (uint8_t)size;
    }
    (void)zmq_msg_close(&part);
    return has;
}

/* One after another: a message of many small frames takes no memory here. */
static void drop_rest(struct fl_transport *transport)
{
    while (zmq_msg_more(&transport->received)) {
        if (!receive_part(transport->socket, &transport->received)) {
            return;
        }
    }
}

static bool receive_message(
    struct fl_transport *transport,
    struct fl_transport_frame *frame,
    bool *out_good)
{
    const bool listens = is_listening(transport);

    *out_good = true;
    if (listens && !receive_address(transport, &frame->from, out_good)) {
        return false;
    }
    if (!receive_part(transport->socket, &transport->received)) {
        return false;
    }
    if (listens) {
        *out_good = read_key(&transport->received, frame->key) && *out_good;
        frame->connection = zmq_msg_get(&transport->received, ZMQ_SRCFD);
    } else {
        memcpy(frame->key, transport->server_key, sizeof(frame->key));
    }
    if (zmq_msg_more(&transport->received)) {
        *out_good = false;
        drop_rest(transport);
    }
    return true;
}

enum fl_status fl_transport_receive(
    struct fl_transport *transport,
    struct fl_transport_frame *out_frame)
{
    struct fl_transport_frame frame = {.from = {.size = 0}};
    bool is_good = false;

    while (transport->socket != NULL && receive_message(transport, &frame, &is_good)) {
        if (is_good) {
            frame.bytes = (struct fl_bytes){
                zmq_msg_data(&transport->received), zmq_msg_size(&transport->received)};
            *out_frame = frame;
            return FL_OK;
        }
        transport->dropped++;
    }
    return FL_BUSY;
}

bool fl_transport_is_waiting(const struct fl_transport *transport)
{
    int events = 0;
    size_t size = sizeof(events);

    return transport->socket != NULL &&
           zmq_getsockopt(transport->socket, ZMQ_EVENTS, &events, &size) == 0 &&
           (events & ZMQ_POLLIN) != 0;
}

uint64_t fl_transport_dropped(const struct fl_transport *transport)
{
    return transport->dropped;
}

/* --- send --- */

static enum fl_status status_of_send(int code)
{
    return code == EHOSTUNREACH ? FL_NOT_FOUND : FL_BUSY;
}

static enum fl_status send_address(void *socket, const struct fl_transport_address *to)
{
    int size;

    do {
        size = zmq_send(socket, to->bytes, to->size, ZMQ_SNDMORE | ZMQ_DONTWAIT);
    } while (size < 0 && errno == EINTR);
    return size >= 0 ? FL_OK : status_of_send(errno);
}

enum fl_status fl_transport_send(
    struct fl_transport *transport,
    const struct fl_transport_address *to,
    struct fl_bytes head,
    struct fl_bytes body)
{
    zmq_msg_t message;
    int size;

    FL_ASSERT((to != NULL) == is_listening(transport));
    FL_ASSERT(head.size <= FL_FRAME_WIRE_BYTES_MAX);
    FL_ASSERT(body.size <= FL_FRAME_WIRE_BYTES_MAX - head.size);
    if (transport->socket == NULL || (to == NULL && !transport->connected)) {
        return FL_BUSY; /* libzmq would keep it for the next connection */
    }
    if (zmq_msg_init_size(&message, head.size + body.size) != 0) {
        return FL_NO_MEMORY;
    }
    uint8_t *data = zmq_msg_data(&message);
    if (head.size > 0) {
        memcpy(data, head.data, head.size);
    }
    if (body.size > 0) {
        memcpy(data + head.size, body.data, body.size);
    }
    enum fl_status status = to != NULL ? send_address(transport->socket, to) : FL_OK;
    if (status == FL_OK) {
        do {
            size = zmq_msg_send(&message, transport->socket, ZMQ_DONTWAIT);
        } while (size < 0 && errno == EINTR);
        status = size >= 0 ? FL_OK : status_of_send(errno);
    }
    (void)zmq_msg_close(&message); /* of a sent one: an empty one by now */
    return status;
}

/* --- events --- */

/* Two frames: number u16 and value u32, both of this machine; an address. */
struct event {
    uint16_t number;
    uint32_t value; /* a descriptor, of most events */
};

static bool receive_event(struct fl_transport *transport, struct event *out_event)
{
    zmq_msg_t part;
    bool has;

    if (transport->monitor == NULL) {
        return false;
    }
    (void)zmq_msg_init(&part);
    has = receive_part(transport->monitor, &part);
    if (has && zmq_msg_size(&part) >= sizeof(out_event->number) + sizeof(uint32_t)) {
        const uint8_t *data = zmq_msg_data(&part);

        memcpy(&out_event->number, data, sizeof(out_event->number));
        memcpy(&out_event->value, data + sizeof(out_event->number), sizeof(uint32_t));
    }
    while (has && zmq_msg_more(&part) && receive_part(transport->monitor, &part)) {
    }
    (void)zmq_msg_close(&part);
    return has;
}

enum fl_transport_event fl_transport_next_event(struct fl_transport *transport)
{
    struct event event = {.number = 0};

    FL_ASSERT(!is_listening(transport));
    while (receive_event(transport, &event)) {
        switch (event.number) {
        case ZMQ_EVENT_CONNECTED:
            return FL_TRANSPORT_REACHED;
        case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
            transport->refusals = 0;
            transport->connected = true;
            return FL_TRANSPORT_CONNECTED;
        case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
        case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
            transport->needs_rebuild = true;
            return FL_TRANSPORT_HANDSHAKE_FAILED;
        case ZMQ_EVENT_DISCONNECTED:
        case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL: /* cut: libzmq tries again itself */
            transport->needs_rebuild = transport->needs_rebuild || transport->connected;
            transport->connected = false;
            return FL_TRANSPORT_DISCONNECTED;
        default:
            break;
        }
    }
    return FL_TRANSPORT_NONE;
}

bool fl_transport_next_ended(struct fl_transport *transport, int *out_connection)
{
    struct event event = {.number = 0};

    FL_ASSERT(is_listening(transport));
    while (receive_event(transport, &event)) {
        if (event.number == ZMQ_EVENT_DISCONNECTED) {
            *out_connection = (int)event.value;
            return true;
        }
    }
    return false;
}

/* 1 s doubled to a minute; three quarters of it to five quarters, at random. */
static uint64_t rebuild_wait_ms(unsigned refusals)
{
    const unsigned doublings =
        refusals < REBUILD_DOUBLINGS_MAX ? refusals : REBUILD_DOUBLINGS_MAX;
    uint64_t wait_ms = (uint64_t)RECONNECT_MS << doublings;
    uint32_t random;

    if (wait_ms > RECONNECT_MS_MAX) {
        wait_ms = RECONNECT_MS_MAX;
    }
    fl_random(&random, sizeof(random));
    return wait_ms * 3 / 4 + random % (wait_ms / 2);
}

/*
 * What came before a cut stays in the socket to be read, and what was to go stays too and
 * would go first when libzmq connects again (ZMQ_IMMEDIATE would drop both). So a socket
 * is read to its end and then made anew.
 */
bool fl_transport_tick(struct fl_transport *transport, uint64_t now_ms)
{
    if (!transport->needs_rebuild && !transport->hurry) {
        return false;
    }
    if (!transport->hurry && transport->rebuild_ms == NEVER_MS) {
        transport->rebuild_ms = now_ms + rebuild_wait_ms(transport->refusals++);
        close_sockets(transport);
    }
    if (!transport->hurry && now_ms < transport->rebuild_ms) {
        return false;
    }
    close_sockets(transport);
    transport->hurry = false;
    transport->rebuild_ms = NEVER_MS;
    /* A failure here (memory, descriptors) is tried again like a refusal. */
    transport->needs_rebuild = open_client(transport, NULL) != FL_OK;
    if (transport->needs_rebuild) {
        close_sockets(transport);
    }
    return true;
}

uint64_t fl_transport_due_ms(const struct fl_transport *transport)
{
    if (transport->hurry || fl_transport_is_waiting(transport)) {
        return 0;
    }
    if (!transport->needs_rebuild) {
        return NEVER_MS;
    }
    return transport->rebuild_ms == NEVER_MS ? 0 : transport->rebuild_ms;
}

void fl_transport_hurry(struct fl_transport *transport)
{
    FL_ASSERT(!is_listening(transport));
    transport->hurry = true;
}
