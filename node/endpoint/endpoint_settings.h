/*
 * What an endpoint is told to do, and how it stands: both in the store, as JSON under the
 * number of its peer, so that commands, the web page and the daemon see the same.
 */

#ifndef NODE_ENDPOINT_SETTINGS_H
#define NODE_ENDPOINT_SETTINGS_H

#include <jansson.h>

#include "endpoint_format.h"
#include "place/endpoint_place.h"

enum {
    FL_ENDPOINT_POLL_MS = 30000,
    FL_ENDPOINT_POLL_MS_MIN = 1000,
    FL_ENDPOINT_ARCHIVE_FILES = 100,
    FL_USER_BYTES = 128,
};
#define FL_ENDPOINT_ARCHIVE_BYTES ((uint64_t)1 << 30)

struct fl_endpoint_settings {
    const struct fl_endpoint_format *format;
    char directory[FL_PLACE_BYTES]; /* or a server: one of both is "" */
    char ftp[FL_PLACE_BYTES];
    char mail[FL_PLACE_BYTES]; /* where mails are read, imaps://user@host/folder or
                                * pop3s://user@host; or "" */
    char smtp[FL_PLACE_BYTES]; /* smtps://user@host, by which they are sent, */
    char mail_address[FL_PLACE_NAME_BYTES]; /* to the account itself */
    char password_file[FL_PLACE_BYTES];
    char ca_file[FL_PLACE_BYTES];         /* of a server with TLS; "": the system's */
    char incoming[FL_PLACE_NAME_BYTES];   /* a mask; "": the format's */
    char outgoing[FL_PLACE_NAME_BYTES];   /* a name without extension; "": the format's */
    char mapping[FL_PLACE_BYTES];         /* of formats with names of their own */
    char base_plan[FL_PLACE_NAME_BYTES];  /* what the base calls the plan; "": as we do */
    char our_code[FL_CODE_BYTES_MAX + 1]; /* and us */
    char base_code[FL_CODE_BYTES_MAX + 1]; /* and itself; "": as its node here */
    char prefix[FL_CODE_BYTES_MAX + 1];    /* of numbers that are made here */
    char versions[FL_PLACE_NAME_BYTES];    /* that we declare; "": all */
    bool english;                          /* its interface, and so the tags */
    char url[FL_PLACE_BYTES];              /* of a site's script, https://...; or "" */
    char user[FL_USER_BYTES];      /* there; or whom we let in, when we are the site */
    char intranet[FL_PLACE_BYTES]; /* the script for a company's structure; or "" */
    bool serves;                   /* we are the site: it comes to our http_endpoint */
    bool zip;
    uint64_t poll_ms;
    uint64_t archive_files; /* 0: no archive */
    uint64_t archive_bytes;
};

enum fl_endpoint_condition {
    FL_ENDPOINT_NEW,     /* never looked */
    FL_ENDPOINT_OK,      /* the last look went well */
    FL_ENDPOINT_WAITING, /* a file is not whole yet */
    FL_ENDPOINT_TROUBLE, /* somebody should look at `words` */
};

struct fl_endpoint_state {
    enum fl_endpoint_condition condition;
    char reason[24];   /* one word: "old_number"; "" when all is well */
    char words[1024];  /* the same for people */
    char notes[1024];  /* remarks on the package that was taken last */
    int64_t since_ms;  /* when it became so */
    uint64_t failures; /* looks that failed, one after another */
    /* The file that was judged last: it is not read again. */
    struct fl_place_file judged;
    enum fl_endpoint_verdict verdict;
    uint64_t configuration; /* by which number it was judged */
    /* In */
    uint64_t in_number;
    int64_t in_ms;
    uint64_t in_objects;
    uint64_t in_applied;
    uint64_t in_collisions;
    uint64_t in_quarantined;
    /* Out */
    uint64_t out_number;
    int64_t out_ms;
    uint64_t out_objects;
    uint64_t out_bytes;
    uint64_t out_received;  /* what it confirms */
    uint64_t out_published; /* the last number that stands at the place */
    bool owes;              /* a confirmation, or news for a base that went back */
};

/* FL_NOT_FOUND: this peer has no endpoint. */
enum fl_status fl_endpoint_settings_get(
    struct fl_txn *txn,
    uint32_t peer,
    struct fl_endpoint_settings *out_settings);
void fl_endpoint_settings_put(
    struct fl_txn *txn,
    uint32_t peer,
    const struct fl_endpoint_settings *settings);
/* The first peer above `after` that has one. */
enum fl_status fl_endpoint_settings_next(
    struct fl_txn *txn,
    uint32_t after,
    uint32_t *out_peer,
    struct fl_endpoint_settings *out_settings);
/* With its state. */
void fl_endpoint_settings_remove(struct fl_txn *txn, uint32_t peer);

/* A new one when there is none. */
void fl_endpoint_state_get(
    struct fl_txn *txn,
    uint32_t peer,
    struct fl_endpoint_state *out_state);
void fl_endpoint_state_put(
    struct fl_txn *txn,
    uint32_t peer,
    const struct fl_endpoint_state *state);

/* Behind the notes that are there, as far as there is room, cut between letters. */
void fl_endpoint_state_note(struct fl_endpoint_state *state, struct fl_bytes words);

const char *fl_endpoint_condition_name(enum fl_endpoint_condition condition);

/* DIR/endpoints/NUMBER[/name] in memory of the caller (fl_free); NULL without memory. */
char *fl_endpoint_own_path(const struct fl_node *node, uint32_t peer, const char *name);
/* That folder, and those it stands in. FL_IO. */
enum fl_status fl_endpoint_own_make(
    const struct fl_node *node,
    uint32_t peer,
    const char *name,
    struct fl_error *out_error);

#endif
