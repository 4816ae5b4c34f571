#include "http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "http_api.h"
#include "http_metrics.h"
#include "http_route.h"
#include "http_tls.h"
#include "http_token.h"
#include "http_write.h"
#include "language.h"
#include "log_recent.h"
#include "share.h"
#include "site/site_server.h"

enum {
    HEADER_BYTES_MAX = 64 << 10, /* of one connection: its line and headers */
    IDLE_SECONDS = 60,
    WAITERS_LOOK_MS = 250, /* events of other threads wake nobody */
    SLICES_PER_TURN = 4,
};

static uint64_t now_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

/* --- requests --- */

static void *begin_request(
    void *context,
    const char *uri,
    struct MHD_Connection *connection)
{
    struct fl_http *http = context;
    struct fl_http_request *request = fl_alloc_zeroed(1, sizeof *request);
    if (request == NULL) {
        return NULL;
    }
    request->http = http;
    request->id = ++http->last_id;
    request->connection = connection;
    request->reply.file = -1;
    request->begin_us = now_us();
    fl_arena_init(&request->arena, FL_HTTP_ARENA_BYTES_MAX);
    fl_buffer_init(&request->body, http->node->settings.http_body_bytes);
    request->uri_status = fl_http_uri_parse(
        fl_bytes_of_text(uri), &request->arena, &request->uri, &request->uri_error);
    request->next = http->requests;
    if (http->requests != NULL) {
        http->requests->previous = request;
    }
    http->requests = request;
    return request;
}

static void end_request(
    void *context,
    struct MHD_Connection *connection,
    void **request_context,
    enum MHD_RequestTerminationCode reason)
{
    struct fl_http *http = context;
    struct fl_http_request *request = *request_context;
    (void)connection;
    (void)reason;
    if (request == NULL) {
        return;
    }
    *request_context = NULL;
    *(request->previous != NULL ? &request->previous->next : &http->requests) =
        request->next;
    if (request->next != NULL) {
        request->next->previous = request->previous;
    }
    fl_http_write_forget(request);
    if (request->state_free != NULL) {
        request->state_free(request->state);
    }
    http->waiting_count -= request->step != NULL;
    fl_http_reply_clear(&request->reply);
    fl_buffer_deinit(&request->body);
    fl_arena_deinit(&request->arena);
    fl_free(request);
}

static enum fl_http_method method_of(const char *text)
{
    static const struct {
        const char *text;
        enum fl_http_method method;
    } methods[] = {{"GET", FL_HTTP_GET},      {"HEAD", FL_HTTP_GET},
                   {"POST", FL_HTTP_POST},    {"PUT", FL_HTTP_PUT},
                   {"PATCH", FL_HTTP_PATCH},  {"MERGE", FL_HTTP_PATCH},
                   {"DELETE", FL_HTTP_DELETE}};
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (strcmp(text, methods[i].text) == 0) {
            return methods[i].method;
        }
    }
    return FL_HTTP_OTHER;
}

/* Words are in the language of who asks; a command may have changed it meanwhile. */
static void speak(bool in_russian)
{
    const char *wanted = in_russian ? "ru" : "en";
    if (strcmp(fl_language_wanted(), wanted) != 0) {
        fl_language_use(wanted);
    }
}

static bool wants_russian(const struct fl_http_request *request)
{
    const char *text = fl_http_request_header(request, "Accept-Language");
    if (text == NULL || text[0] == '*' || text[0] == '\0') {
        return request->http->in_russian;
    }
    return strncmp(text, "ru", 2) == 0;
}

static enum MHD_Result send_reply(struct fl_http_request *request)
{
    struct fl_http_reply *reply = &request->reply;
    struct MHD_Response *response;
    if (reply->file >= 0) {
        response = MHD_create_response_from_fd(reply->size, reply->file);
        reply->file = -1;
    } else if (reply->release != NULL) {
        response = MHD_create_response_from_buffer_with_free_callback(
            reply->size, reply->body, reply->release);
    } else {
        response = MHD_create_response_from_buffer(
            reply->size, reply->body, MHD_RESPMEM_PERSISTENT);
    }
    if (response == NULL) {
        return MHD_NO;
    }
    reply->release = NULL;
    if (reply->type != NULL) {
        (void)MHD_add_response_header(response, "Content-Type", reply->type);
    }
    (void)MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    if (request->area == FL_HTTP_AREA_ODATA) {
        (void)MHD_add_response_header(response, "DataServiceVersion", "3.0;");
    }
    if (request->area != FL_HTTP_AREA_STATIC) {
        (void)MHD_add_response_header(response, "Cache-Control", "no-store");
    }
    for (size_t i = 0; i < reply->header_count; i++) {
        (void)MHD_add_response_header(
            response, reply->headers[i].name, reply->headers[i].value);
    }
    fl_http_metrics_count(
        request->http, request->area, reply->code, now_us() - request->begin_us);
    enum MHD_Result result =
        MHD_queue_response(request->connection, reply->code, response);
    MHD_destroy_response(response);
    return result;
}

/* Headers are here: what can be refused without the body is. */
static void look_at_headers(struct fl_http_request *request, const char *method)
{
    const char *length = fl_http_request_header(request, "Content-Length");
    struct fl_http *http = request->http;
    struct fl_error error;
    request->started = true;
    request->method = method_of(method);
    request->in_russian = wants_russian(request);
    speak(request->in_russian);
    if (request->uri_status != FL_OK) {
        fl_http_reply_error(
            request, request->uri_status == FL_LIMIT ? 414 : 400, &request->uri_error);
        return;
    }
    request->route = fl_http_route_find(request->uri.path);
    request->area = request->route->area;
    if (length != NULL &&
        strtoull(length, NULL, 10) > http->node->settings.http_body_bytes) {
        (void)fl_error_set(
            &error, FL_LIMIT, "the request is larger than http_body in node.conf allows");
        fl_http_reply_error(request, 413, &error);
        return;
    }
    (void)fl_http_route_admit(request);
}

static void dispatch(struct fl_http_request *request)
{
    struct fl_http *http = request->http;
    struct fl_error error;
    request->dispatched = true;
    speak(request->in_russian);
    if (fl_buffer_status(&request->body) == FL_LIMIT) {
        (void)fl_error_set(
            &error, FL_LIMIT, "the request is larger than http_body in node.conf allows");
        fl_http_reply_error(request, 413, &error);
        return;
    }
    if (fl_buffer_status(&request->body) != FL_OK) {
        (void)fl_error_set(&error, FL_NO_MEMORY, "not enough memory");
        fl_http_reply_error(request, 500, &error);
        return;
    }
    request->route->handle(request);
    http->waiting_count += request->step != NULL;
}

static enum MHD_Result handle(
    void *context,
    struct MHD_Connection *connection,
    const char *url,
    const char *method,
    const char *version,
    const char *upload_data,
    size_t *upload_data_size,
    void **request_context)
{
    struct fl_http_request *request = *request_context;
    (void)context;
    (void)url;
    (void)version;
    (void)connection;
    if (request == NULL) {
        return MHD_NO;
    }
    if (!request->started) {
        look_at_headers(request, method);
        return request->reply.code != 0 ? send_reply(request) : MHD_YES;
    }
    if (*upload_data_size > 0) {
        fl_buffer_put_memory(&request->body, upload_data, *upload_data_size);
        *upload_data_size = 0;
        return MHD_YES;
    }
    if (!request->dispatched) {
        dispatch(request);
    }
    if (request->reply.code != 0) {
        return send_reply(request);
    }
    request->suspended = true;
    MHD_suspend_connection(connection);
    return MHD_YES;
}

/* --- the loop --- */

static void resume_answered(struct fl_http *http)
{
    for (struct fl_http_request *request = http->requests; request != NULL;
         request = request->next) {
        if (request->suspended && request->reply.code != 0) {
            request->suspended = false;
            http->resumed = true;
            MHD_resume_connection(request->connection);
        }
    }
}

/* False: those that work in shares had theirs together; the rest waits for a turn. */
static bool step_one(
    struct fl_http *http,
    const struct fl_share *share,
    struct fl_http_request *request)
{
    if (request->step == NULL || request->reply.code != 0) {
        return true;
    }
    speak(request->in_russian);
    http->waiting_count -= !fl_http_go_on(request, http->now_ms);
    if (!fl_share_is_over(share)) {
        return true;
    }
    http->served_id = request->id;
    http->has_more = true;
    return false;
}

/* The list is in descending order of ids: whoever comes behind the last served is first.
 */
static void step_waiting(struct fl_http *http)
{
    const struct fl_share share = fl_share_begin(FL_SHARE_MS);
    const uint64_t last = http->served_id;
    bool goes_on = http->waiting_count > 0;
    for (struct fl_http_request *each = http->requests; each != NULL && goes_on;
         each = each->next) {
        goes_on = each->id >= last || step_one(http, &share, each);
    }
    for (struct fl_http_request *each = http->requests;
         each != NULL && goes_on && each->id >= last; each = each->next) {
        goes_on = step_one(http, &share, each);
    }
}

enum fl_status fl_http_serve(
    struct fl_http *http,
    uint64_t now_ms,
    bool *out_wrote,
    struct fl_error *out_error)
{
    http->now_ms = now_ms;
    http->wrote = false;
    http->resumed = true;
    http->has_more = false;
    http->slices_left = SLICES_PER_TURN;
    /* What a commit or a step has answered is sent in this turn, and may free the way
     * for the next request of that connection: a few times, then others have theirs. */
    for (int i = 0; i < 4 && http->resumed; i++) {
        http->resumed = false;
        (void)MHD_run(http->server);
        fl_http_write_all(http);
        fl_http_metrics_tick(http);
        if (i == 0) {
            step_waiting(http);
        }
        resume_answered(http);
    }
    speak(http->in_russian);
    http->events_seen = fl_log_recent_last();
    *out_wrote = *out_wrote || http->wrote;
    if (fl_store_is_dead(http->node->store)) {
        return fl_error_set(
            out_error, FL_IO,
            "a commit of the store failed; filiald ends, so that it starts anew from "
            "what is on the disk");
    }
    return FL_OK;
}

int fl_http_fd(const struct fl_http *http)
{
    return http->poll_fd;
}

uint64_t fl_http_due_ms(const struct fl_http *http, uint64_t now_ms)
{
    MHD_UNSIGNED_LONG_LONG timeout = 0;
    uint64_t due_ms = UINT64_MAX;
    if (http->resumed || http->has_more) {
        return now_ms;
    }
    if (MHD_get_timeout(http->server, &timeout) == MHD_YES) {
        due_ms = now_ms + timeout;
    }
    if (http->waiting_count > 0) {
        bool is_news = http->events_seen != fl_log_recent_last();
        uint64_t look_ms = now_ms + (is_news ? 0 : WAITERS_LOOK_MS);
        due_ms = look_ms < due_ms ? look_ms : due_ms;
    }
    return due_ms;
}

/* --- opening --- */

struct place {
    char host[FL_SETTING_TEXT_BYTES_MAX];
    char port[16];
};

static struct place place_of(const char *text)
{
    struct place place = {.host = ""};
    const char *colon = strrchr(text, ':');
    FL_ASSERT(colon != NULL);
    size_t size = (size_t)(colon - text);
    bool is_quoted = size > 2 && text[0] == '[' && colon[-1] == ']';
    memcpy(place.host, text + is_quoted, size - 2 * (size_t)is_quoted);
    snprintf(
        place.port, sizeof place.port, "%s", strcmp(colon, ":*") == 0 ? "0" : colon + 1);
    return place;
}

static bool is_loopback(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, address, sizeof in);
        return (ntohl(in.sin_addr.s_addr) >> 24) == 127;
    }
    struct sockaddr_in6 in6;
    memcpy(&in6, address, sizeof in6);
    return IN6_IS_ADDR_LOOPBACK(&in6.sin6_addr);
}

static enum fl_status listen_at(
    struct fl_http *http,
    const struct addrinfo *found,
    int *out_descriptor,
    struct fl_error *out_error)
{
    const char *wanted = http->node->settings.http_endpoint;
    int yes = 1;
    if (!is_loopback(found->ai_addr) && !http->is_secure) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "http_endpoint = %s is reached from elsewhere, and without TLS tokens could "
            "be read on the way: give http_certificate and http_key, or 127.0.0.1",
            wanted);
    }
    int descriptor =
        socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0 ||
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
        bind(descriptor, found->ai_addr, found->ai_addrlen) != 0 ||
        listen(descriptor, SOMAXCONN) != 0) {
        int reason = errno;
        if (descriptor >= 0) {
            (void)close(descriptor);
        }
        return fl_error_set(
            out_error, FL_IO, "http_endpoint = %s cannot be listened at: %s", wanted,
            strerror(reason));
    }
    *out_descriptor = descriptor;
    return FL_OK;
}

static void name_url(struct fl_http *http, const struct place *place, int descriptor)
{
    struct sockaddr_storage bound;
    socklen_t size = sizeof bound;
    unsigned port = 0;
    if (getsockname(descriptor, (struct sockaddr *)&bound, &size) == 0) {
        if (bound.ss_family == AF_INET) {
            struct sockaddr_in in;
            memcpy(&in, &bound, sizeof in);
            port = ntohs(in.sin_port);
        } else {
            struct sockaddr_in6 in6;
            memcpy(&in6, &bound, sizeof in6);
            port = ntohs(in6.sin6_port);
        }
    }
    bool is_v6 = strchr(place->host, ':') != NULL;
    snprintf(
        http->url, sizeof http->url, "%s://%s%s%s:%u", http->is_secure ? "https" : "http",
        is_v6 ? "[" : "", place->host, is_v6 ? "]" : "", port);
}

static enum fl_status bind_listener(
    struct fl_http *http,
    int *out_descriptor,
    struct fl_error *out_error)
{
    struct place place = place_of(http->node->settings.http_endpoint);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *found = NULL;
    int reason = getaddrinfo(place.host, place.port, &hints, &found);
    if (reason != 0) {
        return fl_error_set(
            out_error, FL_MALFORMED, "http_endpoint = %s: %s",
            http->node->settings.http_endpoint, gai_strerror(reason));
    }
    enum fl_status status = listen_at(http, found, out_descriptor, out_error);
    freeaddrinfo(found);
    if (status == FL_OK) {
        name_url(http, &place, *out_descriptor);
    }
    return status;
}

static void ignore_log(void *context, const char *format, va_list arguments)
{
    (void)context;
    (void)format;
    (void)arguments;
}

static enum fl_status start_server(
    struct fl_http *http,
    const struct fl_http_tls *tls,
    struct fl_error *out_error)
{
    int descriptor = -1;
    enum fl_status status = bind_listener(http, &descriptor, out_error);
    if (status != FL_OK) {
        return status;
    }
    const struct MHD_OptionItem secure[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, tls->certificate},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, tls->key},
        {MHD_OPTION_END, 0, NULL}};
    const struct MHD_OptionItem plain[] = {{MHD_OPTION_END, 0, NULL}};
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG |
                     (http->is_secure ? (unsigned)MHD_USE_TLS : 0u);
    http->server = MHD_start_daemon(
        flags, 0, NULL, NULL, handle, http, MHD_OPTION_EXTERNAL_LOGGER, ignore_log, NULL,
        MHD_OPTION_LISTEN_SOCKET, descriptor, MHD_OPTION_URI_LOG_CALLBACK, begin_request,
        http, MHD_OPTION_NOTIFY_COMPLETED, end_request, http, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)http->node->settings.http_connections, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)IDLE_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)HEADER_BYTES_MAX, MHD_OPTION_ARRAY, http->is_secure ? secure : plain,
        MHD_OPTION_END);
    if (http->server == NULL) {
        (void)close(descriptor);
        return fl_error_set(
            out_error, FL_IO,
            "HTTP cannot be served at %s: libmicrohttpd refuses its settings%s",
            http->node->settings.http_endpoint,
            http->is_secure ? fl_error_words(N_(" (do certificate and key belong "
                                                "together?)"))
                            : "");
    }
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(http->server, MHD_DAEMON_INFO_EPOLL_FD);
    FL_ASSERT(info != NULL);
    http->poll_fd = info->epoll_fd;
    return FL_OK;
}

static enum fl_status open_parts(struct fl_http *http, struct fl_error *out_error)
{
    struct fl_http_tls tls = {.certificate = NULL};
    enum fl_status status = fl_http_tls_load(&http->node->settings, &tls, out_error);
    http->is_secure = tls.certificate != NULL;
    http->certificate_begin_s = tls.begin_s;
    http->certificate_end_s = tls.end_s;
    if (status == FL_OK) {
        status = fl_http_tokens_open(http->node, &http->tokens, out_error);
    }
    if (status == FL_OK) {
        status = fl_http_metrics_new(&http->metrics, out_error);
    }
    if (status == FL_OK) {
        http->site = fl_site_server_new(http->node);
        http->directory = fl_http_static_directory(http->node);
        status = start_server(http, &tls, out_error);
    }
    fl_http_tls_clear(&tls);
    return status;
}

enum fl_status fl_http_open(
    struct fl_node *node,
    const struct fl_daemon *daemon,
    struct fl_http **out_http,
    struct fl_error *out_error)
{
    if (node->settings.http_endpoint[0] == '\0') {
        *out_http = NULL;
        return FL_OK;
    }
    struct fl_http *http = fl_alloc_zeroed(1, sizeof *http);
    if (http == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    http->node = node;
    http->daemon = daemon;
    http->poll_fd = -1;
    http->in_russian = strcmp(fl_language_wanted(), "ru") == 0;
    fl_change_memory_init(&http->memory);
    enum fl_status status = open_parts(http, out_error);
    if (status != FL_OK) {
        fl_http_close(http);
        return status;
    }
    fl_log_recent_start();
    *out_http = http;
    return FL_OK;
}

void fl_http_close(struct fl_http *http)
{
    if (http == NULL) {
        return;
    }
    if (http->server != NULL) {
        for (struct fl_http_request *request = http->requests; request != NULL;
             request = request->next) {
            if (request->suspended) {
                request->suspended = false;
                MHD_resume_connection(request->connection);
            }
        }
        MHD_stop_daemon(http->server);
    }
    fl_http_tokens_close(http->tokens);
    fl_site_server_free(http->site);
    fl_http_metrics_free(http->metrics);
    fl_change_memory_deinit(&http->memory);
    fl_free(http->directory);
    fl_free(http);
}

const char *fl_http_url(const struct fl_http *http)
{
    return http->url;
}
