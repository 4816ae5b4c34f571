#include "site/site_session.h"

#include <stdio.h>
#include <string.h>

#include "proto/hash.h"
#include "proto/signing.h"

enum {
    KNOWN_MS = 10 * 60 * 1000,
    FAILURES_MAX = 20, /* wrong passwords in a minute, by whomever */
    FAILURES_MS = 60000,
};

/* --- who --- */

/* With the hash that is kept: another password, and what was shown proves nothing. */
static void prove(
    const struct fl_site_server *server,
    const char *user,
    const char *password,
    const char *hash,
    uint8_t out_proof[FL_HASH_BYTES])
{
    struct fl_hasher hasher;
    fl_hasher_init(&hasher);
    fl_hasher_add(&hasher, (struct fl_bytes){server->key, sizeof server->key});
    fl_hasher_add(&hasher, (struct fl_bytes){(const uint8_t *)user, strlen(user) + 1});
    fl_hasher_add(
        &hasher, (struct fl_bytes){(const uint8_t *)password, strlen(password) + 1});
    fl_hasher_add(&hasher, fl_bytes_of_text(hash));
    fl_hasher_finish(&hasher, out_proof);
}

static bool is_known(
    const struct fl_site_server *server,
    const uint8_t proof[FL_HASH_BYTES],
    uint32_t peer,
    uint64_t now_ms)
{
    for (size_t i = 0; i < FL_SITE_SESSIONS_MAX; i++) {
        if (server->known[i].until_ms > now_ms && server->known[i].peer == peer &&
            memcmp(server->known[i].proof, proof, FL_HASH_BYTES) == 0) {
            return true;
        }
    }
    return false;
}

static void remember(
    struct fl_site_server *server,
    const uint8_t proof[FL_HASH_BYTES],
    uint32_t peer,
    uint64_t now_ms)
{
    size_t oldest = 0;
    for (size_t i = 1; i < FL_SITE_SESSIONS_MAX; i++) {
        if (server->known[i].until_ms < server->known[oldest].until_ms) {
            oldest = i;
        }
    }
    memcpy(server->known[oldest].proof, proof, FL_HASH_BYTES);
    server->known[oldest].peer = peer;
    server->known[oldest].until_ms = now_ms + KNOWN_MS;
}

/* Hashes are dear on purpose: whoever guesses is not let to guess fast. */
static bool may_try(struct fl_site_server *server, uint64_t now_ms)
{
    if (now_ms >= server->failures_ms + FAILURES_MS) {
        server->failures_ms = now_ms;
        server->failures = 0;
    }
    return server->failures < FAILURES_MAX;
}

enum fl_status fl_site_session_user(
    struct fl_site_server *server,
    const struct fl_http_request *request,
    char out_user[FL_SITE_USER_BYTES],
    uint32_t *out_peer,
    struct fl_endpoint_settings *out_settings,
    struct fl_error *out_error)
{
    const char *header = fl_http_request_header(request, "Authorization");
    const uint64_t now_ms = request->http->now_ms;
    char password[FL_SITE_USER_BYTES * 2];
    char hash[FL_PASSWORD_HASH_BYTES] = "";
    uint8_t proof[FL_HASH_BYTES];
    struct fl_txn txn;
    if (!fl_site_basic_parse(header, out_user, password)) {
        return fl_error_set(
            out_error, FL_UNTRUSTED, "name and password are needed (Basic)");
    }
    fl_txn_begin(&txn, server->node->store, FL_TXN_READ);
    enum fl_status status = fl_site_user_get(&txn, out_user, out_peer, hash);
    if (status == FL_OK) {
        status = fl_endpoint_settings_get(&txn, *out_peer, out_settings);
    }
    fl_txn_abort(&txn);
    const bool exists = status == FL_OK && out_settings->serves;
    prove(server, out_user, password, hash, proof);
    if (exists && is_known(server, proof, *out_peer, now_ms)) {
        return FL_OK;
    }
    if (!may_try(server, now_ms)) {
        return fl_error_set(
            out_error, FL_BUSY, "too many wrong passwords: try again in a minute");
    }
    if (!exists || !fl_password_matches(fl_bytes_of_text(password), hash)) {
        server->failures++;
        return fl_error_set(
            out_error, FL_UNTRUSTED, "name or password is wrong (Ошибка авторизации)");
    }
    remember(server, proof, *out_peer, now_ms);
    return FL_OK;
}

/* --- sessions --- */

void fl_site_session_stop(struct fl_site_session *session)
{
    fl_site_in_free(session->in);
    session->in = NULL;
    session->importing[0] = '\0';
    session->in_ended = false;
}

void fl_site_session_end(struct fl_site_session *session)
{
    fl_site_session_stop(session);
    fl_site_mapping_free(session->mapping);
    *session = (struct fl_site_session){.used = false};
}

static void draw(char out_token[FL_SITE_TOKEN_BYTES + 1])
{
    uint8_t bytes[FL_SITE_TOKEN_BYTES / 2];
    fl_random(bytes, sizeof bytes);
    fl_bytes_hex((struct fl_bytes){bytes, sizeof bytes}, out_token);
}

struct fl_site_session *fl_site_session_begin(
    struct fl_site_server *server,
    const char *user,
    uint32_t peer,
    uint64_t now_ms)
{
    struct fl_site_session *oldest = NULL;
    for (size_t i = 0; i < FL_SITE_SESSIONS_MAX; i++) {
        struct fl_site_session *session = &server->sessions[i];
        if (session->used && !session->busy &&
            now_ms >= session->seen_ms + FL_SITE_SESSION_MS) {
            fl_site_session_end(session);
        }
        if (!session->busy && (oldest == NULL || !session->used ||
                               (oldest->used && session->seen_ms < oldest->seen_ms))) {
            oldest = oldest != NULL && !oldest->used ? oldest : session;
        }
    }
    if (oldest == NULL) {
        return NULL;
    }
    fl_site_session_end(oldest);
    oldest->used = true;
    oldest->peer = peer;
    oldest->seen_ms = now_ms;
    snprintf(oldest->user, sizeof oldest->user, "%s", user);
    draw(oldest->id);
    draw(oldest->sessid);
    return oldest;
}

struct fl_site_session *fl_site_session_find(
    struct fl_site_server *server,
    const struct fl_http_request *request,
    const char *user,
    uint64_t now_ms)
{
    char id[FL_SITE_TOKEN_BYTES + 1] = "";
    const char *sessid = fl_http_uri_argument(&request->uri, "sessid");
    if (!fl_site_cookie_parse(
            fl_http_request_header(request, "Cookie"), FL_SITE_COOKIE, id)) {
        return NULL;
    }
    for (size_t i = 0; i < FL_SITE_SESSIONS_MAX; i++) {
        struct fl_site_session *session = &server->sessions[i];
        if (session->used && strcmp(session->id, id) == 0 &&
            strcmp(session->user, user) == 0 &&
            now_ms < session->seen_ms + FL_SITE_SESSION_MS &&
            (sessid == NULL || sessid[0] == '\0' ||
             strcmp(sessid, session->sessid) == 0)) {
            session->seen_ms = now_ms;
            return session;
        }
    }
    return NULL;
}

bool fl_site_session_hold(
    struct fl_site_server *server,
    struct fl_site_session *session,
    uint64_t now_ms)
{
    for (size_t i = 0; i < FL_SITE_SESSIONS_MAX; i++) {
        struct fl_site_session *other = &server->sessions[i];
        if (other == session || !other->used || other->peer != session->peer ||
            !other->holds) {
            continue;
        }
        if (other->busy || now_ms < other->seen_ms + FL_SITE_HOLD_MS) {
            return false;
        }
        fl_site_session_stop(other);
        other->holds = false;
    }
    session->holds = true;
    return true;
}
