/*
 * The ceiling of HTTP: libmicrohttpd as filiald runs it, one thread and one loop, that
 * answers everything with the bytes of a file. bench_http FILE prints its address and
 * serves until its standard input ends.
 */

#include <arpa/inet.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { BODY_BYTES_MAX = 1 << 20 };

struct answer {
    struct MHD_Response *response;
};

static enum MHD_Result handle(
    void *context,
    struct MHD_Connection *connection,
    const char *url,
    const char *method,
    const char *version,
    const char *upload_data,
    size_t *upload_data_size,
    void **request)
{
    static int seen;
    struct answer *answer = context;
    (void)url;
    (void)method;
    (void)version;
    (void)upload_data;
    if (*request == NULL) {
        *request = &seen;
        return MHD_YES;
    }
    if (*upload_data_size > 0) {
        *upload_data_size = 0;
        return MHD_YES;
    }
    return MHD_queue_response(connection, 200, answer->response);
}

static struct MHD_Response *read_answer(const char *path)
{
    static char body[BODY_BYTES_MAX];
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return NULL;
    }
    size_t size = fread(body, 1, sizeof body, file);
    (void)fclose(file);
    return MHD_create_response_from_buffer(size, body, MHD_RESPMEM_PERSISTENT);
}

int main(int argument_count, char **arguments)
{
    struct answer answer = {argument_count == 2 ? read_answer(arguments[1]) : NULL};
    struct sockaddr_in loopback = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (answer.response == NULL) {
        fprintf(stderr, "usage: bench_http FILE\n");
        return 2;
    }
    struct MHD_Daemon *server = MHD_start_daemon(
        MHD_USE_EPOLL, 0, NULL, NULL, handle, &answer, MHD_OPTION_SOCK_ADDR, &loopback,
        MHD_OPTION_END);
    if (server == NULL) {
        fprintf(stderr, "bench_http: libmicrohttpd does not start\n");
        return 1;
    }
    printf(
        "http://127.0.0.1:%u\n",
        MHD_get_daemon_info(server, MHD_DAEMON_INFO_BIND_PORT)->port);
    (void)fflush(stdout);
    struct pollfd fds[] = {
        {.fd = MHD_get_daemon_info(server, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd,
         .events = POLLIN},
        {.fd = STDIN_FILENO, .events = POLLIN}};
    while ((fds[1].revents & (POLLIN | POLLHUP)) == 0) {
        MHD_UNSIGNED_LONG_LONG wait_ms = 0;
        bool has = MHD_get_timeout(server, &wait_ms) == MHD_YES;
        (void)poll(fds, 2, has && wait_ms < 1000 ? (int)wait_ms : 1000);
        (void)MHD_run(server);
    }
    MHD_stop_daemon(server);
    MHD_destroy_response(answer.response);
    return 0;
}
