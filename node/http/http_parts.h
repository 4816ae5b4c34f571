/*
 * What the files of HTTP share.
 */

#ifndef NODE_HTTP_PARTS_H
#define NODE_HTTP_PARTS_H

#include "change/change.h"
#include "http.h"

struct fl_http_request;
struct fl_http_write;
struct fl_http_metrics;
struct fl_http_tokens;
struct fl_site_server;

struct fl_http {
    struct fl_node *node;
    const struct fl_daemon *daemon;
    struct MHD_Daemon *server;
    int poll_fd;
    char url[FL_SETTING_TEXT_BYTES_MAX + 16];
    bool is_secure;
    int64_t certificate_end_s; /* Unix time; 0: none */
    int64_t certificate_begin_s;
    struct fl_http_tokens *tokens;
    struct fl_site_server *site;
    char *directory; /* of the files of the page; NULL: none */
    struct fl_http_request *requests;
    struct fl_http_request *writes; /* wait for a commit, by `write->next` */
    struct fl_http_metrics *metrics;
    struct fl_change_memory memory;
    uint64_t now_ms; /* of this turn */
    bool in_russian; /* the language of the process */
    bool wrote;      /* in this turn */
    bool resumed;    /* in this turn */
    bool has_more;   /* to do without waiting for anybody */
    uint64_t events_seen;
    uint64_t lsn_seen;
    size_t waiting_count;
    /* Looking through objects, in this turn: all requests together have so many slices.
     */
    unsigned slices_left;
    uint64_t served_id; /* of the request that had the last one: others come first */
    uint64_t last_id;
};

#endif
