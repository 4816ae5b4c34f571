#include "sql_postgresql_wait.h"

#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    STEP_MS = 100, /* between two looks at the flag */
    CONNECT_SECONDS = 5,
    CONNECT_SECONDS_MAX = 60,
    COPY_BYTES = 1 << 18, /* handed to the library at once */
    WORDS_BYTES_MAX = 700,
    VALUE_BYTES = 256,
    KEYWORDS_MAX = 12,
};

/* -- waiting -- */

static uint64_t clock_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static bool is_stopped(struct fl_pg_line *line)
{
    line->is_stopped =
        line->is_stopped || (line->cancel != NULL && atomic_load(line->cancel));
    return line->is_stopped;
}

/* False: stopped, or `until_ms` (0: never) has passed. */
static bool wait_for(struct fl_pg_line *line, short events, uint64_t until_ms)
{
    struct pollfd socket = {.fd = PQsocket(line->connection), .events = events};
    while (!is_stopped(line) && (until_ms == 0 || clock_ms() < until_ms)) {
        if (socket.fd < 0 || poll(&socket, 1, STEP_MS) > 0) {
            return true; /* without a socket the library knows what is wrong */
        }
    }
    return false;
}

static bool flush(struct fl_pg_line *line)
{
    while (PQflush(line->connection) == 1) {
        if (!wait_for(line, POLLIN | POLLOUT, 0)) {
            return false;
        }
        if (PQconsumeInput(line->connection) == 0) {
            break; /* the result tells why */
        }
    }
    return true;
}

static bool wait_for_result(struct fl_pg_line *line)
{
    while (PQisBusy(line->connection)) {
        if (!wait_for(line, POLLIN, 0)) {
            return false;
        }
        if (PQconsumeInput(line->connection) == 0) {
            break;
        }
    }
    return true;
}

PGresult *fl_pg_result(struct fl_pg_line *line, int sent)
{
    PGresult *last = NULL;
    PGresult *result = NULL;
    if (sent == 0 || is_stopped(line) || !flush(line)) {
        return NULL;
    }
    do {
        if (!wait_for_result(line)) {
            PQclear(last);
            return NULL;
        }
        result = PQgetResult(line->connection);
        if (result != NULL) {
            PQclear(last);
            last = result;
        }
    } while (result != NULL && PQresultStatus(result) != PGRES_COPY_IN);
    return last;
}

PGresult *fl_pg_first(struct fl_pg_line *line)
{
    return !is_stopped(line) && flush(line) ? fl_pg_next(line) : NULL;
}

PGresult *fl_pg_next(struct fl_pg_line *line)
{
    return wait_for_result(line) ? PQgetResult(line->connection) : NULL;
}

bool fl_pg_copy(struct fl_pg_line *line, struct fl_bytes rows)
{
    bool sent = true;
    for (size_t at = 0; at < rows.size && sent; at += COPY_BYTES) {
        size_t size = rows.size - at < COPY_BYTES ? rows.size - at : COPY_BYTES;
        sent = PQputCopyData(line->connection, (const char *)rows.data + at, (int)size) ==
                   1 &&
               flush(line);
    }
    return !line->is_stopped &&
           PQputCopyEnd(line->connection, sent ? NULL : "not sent") == 1 && sent;
}

enum fl_status fl_pg_failure(
    const struct fl_pg_line *line,
    const PGresult *result,
    struct fl_error *out_error)
{
    if (line->is_stopped) {
        return fl_error_set(out_error, FL_BUSY, "it was stopped");
    }
    const char *words =
        result != NULL ? PQresultErrorMessage(result) : PQerrorMessage(line->connection);
    struct fl_bytes all = {(const uint8_t *)words, strcspn(words, "\n")};
    struct fl_bytes kept = fl_bytes_utf8_beginning(all, WORDS_BYTES_MAX);
    bool lost = PQstatus(line->connection) != CONNECTION_OK;
    return fl_error_set(
        out_error, lost ? FL_BUSY : FL_IO, "PostgreSQL: %.*s", (int)kept.size, words);
}

/* -- connecting -- */

/* What of a URL the library would go through by itself, but waits in. */
struct target {
    char hosts[VALUE_BYTES];
    char addresses[VALUE_BYTES];
    char ports[VALUE_BYTES];
    uint64_t wait_ms;
};

static void read_target(const char *url, struct target *out_target)
{
    PQconninfoOption *options = PQconninfoParse(url, NULL);
    *out_target = (struct target){.wait_ms = CONNECT_SECONDS * 1000};
    for (PQconninfoOption *option = options; option != NULL && option->keyword != NULL;
         option++) {
        const char *value = option->val == NULL ? "" : option->val;
        char *to = strcmp(option->keyword, "host") == 0       ? out_target->hosts
                   : strcmp(option->keyword, "hostaddr") == 0 ? out_target->addresses
                   : strcmp(option->keyword, "port") == 0     ? out_target->ports
                                                              : NULL;
        if (to != NULL && strlen(value) < VALUE_BYTES) {
            memcpy(to, value, strlen(value) + 1);
        }
        if (strcmp(option->keyword, "connect_timeout") == 0) {
            uint64_t seconds = strtoull(value, NULL, 10);
            out_target->wait_ms = seconds == 0 || seconds > CONNECT_SECONDS_MAX
                                      ? out_target->wait_ms
                                      : seconds * 1000;
        }
    }
    PQconninfoFree(options);
}

static size_t count_of(const char *list)
{
    size_t count = 1;
    for (const char *at = list; *at != '\0'; at++) {
        count += *at == ',';
    }
    return count;
}

/* The nth of a list; its only one for all. */
static const char *nth(const char *list, size_t at, char out_value[VALUE_BYTES])
{
    const char *from = list;
    const char *comma = strchr(from, ',');
    for (size_t i = 0; i < at && comma != NULL; i++) {
        from = comma + 1;
        comma = strchr(from, ',');
    }
    size_t size = strcspn(from, ",");
    memcpy(out_value, from, size);
    out_value[size] = '\0';
    return out_value;
}

static PGconn *begin_connect(
    const char *url,
    const char *password,
    const struct target *target,
    size_t at,
    bool is_one_of_several)
{
    char values_of_host[3][VALUE_BYTES];
    const char *keywords[KEYWORDS_MAX];
    const char *values[KEYWORDS_MAX];
    size_t count = 0;
#define ADD(keyword, value)                                                              \
    (keywords[count] = (keyword), values[count] = (value), count++)
    ADD("application_name", "filial");
    ADD("tcp_user_timeout", "30000");
    ADD("keepalives_idle", "30");
    ADD("target_session_attrs", "read-write");
    if (password[0] != '\0') {
        ADD("password", password);
    }
    ADD("dbname", url);
    if (is_one_of_several) {
        ADD("host", nth(target->hosts, at, values_of_host[0]));
        ADD("hostaddr", nth(target->addresses, at, values_of_host[1]));
        ADD("port", nth(target->ports, at, values_of_host[2]));
    }
    ADD("client_encoding", "UTF8");
#undef ADD
    keywords[count] = NULL;
    values[count] = NULL;
    return PQconnectStartParams(keywords, values, /* expand_dbname= */ 1);
}

static enum fl_status refused(const struct fl_pg_line *line, struct fl_error *out_error)
{
    struct fl_error error;
    enum fl_status status = fl_pg_failure(line, NULL, &error);
    return PQconnectionNeedsPassword(line->connection) != 1
               ? fl_error_set(out_error, status, "%s", error.text)
               : fl_error_set(
                     out_error, status,
                     "%s: give the password by --password-file FILE, or write it into "
                     "~/.pgpass of the user that filiald runs as",
                     error.text);
}

static enum fl_status finish_connect(
    struct fl_pg_line *line,
    uint64_t wait_ms,
    struct fl_error *out_error)
{
    uint64_t until_ms = clock_ms() + wait_ms;
    PostgresPollingStatusType next = PQstatus(line->connection) == CONNECTION_BAD
                                         ? PGRES_POLLING_FAILED
                                         : PGRES_POLLING_WRITING;
    while (next == PGRES_POLLING_READING || next == PGRES_POLLING_WRITING) {
        short events = next == PGRES_POLLING_READING ? POLLIN : POLLOUT;
        if (!wait_for(line, events, until_ms)) {
            return line->is_stopped
                       ? fl_pg_failure(line, NULL, out_error)
                       : fl_error_set(
                             out_error, FL_BUSY, "PostgreSQL: %s does not answer",
                             PQhost(line->connection));
        }
        next = PQconnectPoll(line->connection);
    }
    if (next != PGRES_POLLING_OK) {
        return refused(line, out_error);
    }
    return PQsetnonblocking(line->connection, 1) == 0
               ? FL_OK
               : fl_pg_failure(line, NULL, out_error);
}

static void add_words(struct fl_error *all, const struct fl_error *one)
{
    if (all->status == FL_OK) {
        *all = *one;
    } else {
        (void)fl_error_set(all, one->status, "%s; %s", all->text, one->text);
    }
}

enum fl_status fl_pg_connect(
    struct fl_pg_line *line,
    const char *url,
    const char *password,
    struct fl_error *out_error)
{
    struct target target;
    read_target(url, &target);
    size_t count =
        count_of(target.addresses[0] != '\0' ? target.addresses : target.hosts);
    struct fl_error error;
    struct fl_error all = {.status = FL_OK}; /* each host has its own words */
    for (size_t i = 0; i < count && !is_stopped(line); i++) {
        line->connection = begin_connect(url, password, &target, i, count > 1);
        if (line->connection == NULL) {
            return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
        }
        if (finish_connect(line, target.wait_ms, &error) == FL_OK) {
            return FL_OK;
        }
        add_words(&all, &error);
        PQfinish(line->connection);
        line->connection = NULL;
    }
    return all.status == FL_OK ? fl_error_set(out_error, FL_BUSY, "it was stopped")
                               : fl_error_set(out_error, all.status, "%s", all.text);
}
