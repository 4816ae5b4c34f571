/*
 * node.conf: one table of keys with their types, defaults, bounds and help. The table
 * parses, checks, prints and documents; nothing else knows the names of keys.
 *
 *     # a comment
 *     key = value
 *
 * Durations are 10s, 5m, 2h, 1d or 250ms; sizes are 4096, 64KiB, 16MiB, 1GiB.
 */

#ifndef NODE_SETTINGS_H
#define NODE_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "proto/bytes.h"

enum { FL_SETTING_TEXT_BYTES_MAX = 256, FL_MINUTES_OF_DAY = 24 * 60 };

enum fl_log_level {
    FL_LOG_ERROR, /* somebody must act */
    FL_LOG_WARN,  /* we went on without something */
    FL_LOG_INFO,  /* a change of state */
    FL_LOG_DEBUG,
};

enum fl_log_style {
    FL_LOG_AUTO, /* fields of the journal under systemd, text elsewhere */
    FL_LOG_TEXT,
    FL_LOG_JSON, /* one object a line */
};

/* When synchronisation may start, in minutes of the local day; equal ends: always. */
struct fl_settings_window {
    uint32_t from_minute;
    uint32_t to_minute; /* below from_minute: the window spans midnight */
};

struct fl_settings {
    char endpoint[FL_SETTING_TEXT_BYTES_MAX];            /* "" when not listening */
    char enrolment_endpoint[FL_SETTING_TEXT_BYTES_MAX];  /* "" when not listening */
    char advertised_endpoint[FL_SETTING_TEXT_BYTES_MAX]; /* "" : as bound */
    char advertised_enrolment[FL_SETTING_TEXT_BYTES_MAX];
    uint64_t sync_interval_ms;
    struct fl_settings_window sync_window;
    uint64_t log_level; /* enum fl_log_level */
    uint64_t log_style; /* enum fl_log_style */
    uint64_t map_bytes;
    uint64_t ballast_bytes;
    bool allow_any_file_system;
    uint64_t chunk_bytes;   /* plain bytes of a chunk */
    uint64_t message_bytes; /* plain bytes where a message ends, if it can */
    uint64_t commit_bytes;  /* plain bytes gathered into one commit */
    uint64_t commit_wait_ms;
    uint64_t quarantine_max;
    uint64_t hold_share; /* percent of the objects here */
    uint64_t hold_objects;
    char machine_file[FL_SETTING_TEXT_BYTES_MAX]; /* whose text names this machine */
    uint64_t key_overlap_ms;       /* a peer's former keys count so long at most */
    uint64_t key_overlap_messages; /* and for so many messages under its new ones */
    uint64_t rounds_max;           /* of children at the same time */
    uint64_t peer_horizon_ms;      /* who is away for longer is not waited for */
    uint64_t history_keep_ms; /* what objects were, after they changed; 0: not kept */
    uint64_t history_bytes;   /* of all of it, above which the oldest goes */
    char http_endpoint[FL_SETTING_TEXT_BYTES_MAX]; /* ADDRESS:PORT, "" when not serving */
    char http_certificate[FL_SETTING_TEXT_BYTES_MAX]; /* PEM; "" without TLS */
    char http_key[FL_SETTING_TEXT_BYTES_MAX];
    char http_directory[FL_SETTING_TEXT_BYTES_MAX]; /* "": share/filial/web */
    uint64_t http_body_bytes;                       /* of one request, at most */
    uint64_t http_connections;
    bool http_metrics_open;                /* without a token */
    char fault[FL_SETTING_TEXT_BYTES_MAX]; /* drills: "cut-message 3"; "" for none */
};

void fl_settings_defaults(struct fl_settings *out_settings);

/*
 * Parse `text` over the defaults. FL_MALFORMED names `file_name`, the line and the key,
 * and what is allowed; `*out_settings` is written on success only.
 */
enum fl_status fl_settings_parse(
    struct fl_bytes text,
    const char *file_name,
    struct fl_settings *out_settings,
    struct fl_error *out_error);

/* The file; FL_NOT_FOUND when it is absent. */
enum fl_status fl_settings_load(
    const char *path,
    struct fl_settings *out_settings,
    struct fl_error *out_error);

/*
 * The first key in which `a` and `b` differ and that a reload may not change, or NULL.
 */
const char *fl_settings_needs_restart(
    const struct fl_settings *a,
    const struct fl_settings *b);

/* The effective configuration, a file that parses to the same settings. */
void fl_settings_print(const struct fl_settings *settings, FILE *stream);

/* The file that init writes: every key with its help, commented out at its default. */
void fl_settings_print_sample(FILE *stream);

/* `filial help settings`: every key, its type, bounds, default, and what it is for. */
void fl_settings_print_help(FILE *stream);

#endif
