/*
 * Sessions of bases that come to this node as to a site.
 */

#ifndef NODE_SITE_SESSION_H
#define NODE_SITE_SESSION_H

#include "endpoint/endpoint_settings.h"
#include "http/http_request.h"
#include "site/site_in.h"
#include "site/site_request.h"
#include "site/site_users.h"

enum {
    FL_SITE_SESSIONS_MAX = 64,
    FL_SITE_SESSION_MS = 30 * 60 * 1000, /* without a request */
    FL_SITE_HOLD_MS = 60 * 1000, /* of silence: another session may have its turn */
};

#define FL_SITE_COOKIE "filial_site"

struct fl_site_session {
    bool used;
    char id[FL_SITE_TOKEN_BYTES + 1];
    char sessid[FL_SITE_TOKEN_BYTES + 1];
    char user[FL_SITE_USER_BYTES];
    uint32_t peer;
    uint64_t seen_ms;
    bool holds;       /* the turn of its peer, from the first file until it is taken */
    bool asks_import; /* `init` came with a version: files are imported by mode=import */
    uint64_t bytes;   /* uploaded */
    char last[FL_SITE_PATH_BYTES]; /* the file that came last */
    bool unpacked;
    uint64_t queried; /* number of the message that `query` has shown; 0: none */
    bool confirmed;   /* the last one that it has shown */
    /* What is being imported; `configuration_revision` is that of `mapping`. */
    struct fl_site_mapping *mapping;
    uint64_t configuration_revision;
    struct fl_site_in *in;
    bool in_ended;  /* the file is read to its end */
    bool takes_all; /* each file that an archive of orders had */
    char importing[FL_SITE_PATH_BYTES];
    char imported[FL_SITE_PATH_BYTES]; /* the last one that was taken whole */
    bool busy;                         /* a request of it waits */
};

struct fl_site_server {
    struct fl_node *node;
    struct fl_site_session sessions[FL_SITE_SESSIONS_MAX];
    /* Who has shown a right password lately: not asked again at each request. */
    uint8_t key[32];
    struct {
        uint8_t proof[32];
        uint32_t peer;
        uint64_t until_ms;
    } known[FL_SITE_SESSIONS_MAX];
    uint64_t failures; /* wrong passwords, since `failures_ms` */
    uint64_t failures_ms;
};

/*
 * Who asks, by Basic: FL_UNTRUSTED, FL_BUSY (too many wrong passwords) in words. The
 * settings of the endpoint behind the user.
 */
enum fl_status fl_site_session_user(
    struct fl_site_server *server,
    const struct fl_http_request *request,
    char out_user[FL_SITE_USER_BYTES],
    uint32_t *out_peer,
    struct fl_endpoint_settings *out_settings,
    struct fl_error *out_error);

/* A new one; the one that was silent for longest gives way. */
struct fl_site_session *fl_site_session_begin(
    struct fl_site_server *server,
    const char *user,
    uint32_t peer,
    uint64_t now_ms);

/* By the cookie; NULL: none of this user, or it is over. */
struct fl_site_session *fl_site_session_find(
    struct fl_site_server *server,
    const struct fl_http_request *request,
    const char *user,
    uint64_t now_ms);

/* May this one send, import, confirm now? Then others of its peer may not. */
bool fl_site_session_hold(
    struct fl_site_server *server,
    struct fl_site_session *session,
    uint64_t now_ms);

/* What it was importing is given up. */
void fl_site_session_stop(struct fl_site_session *session);
void fl_site_session_end(struct fl_site_session *session);

#endif
