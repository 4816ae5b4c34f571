/*
 * A peer by packages: what a 1C base sends as a file is applied, what is registered for
 * it is written to one. Numbers and confirmations follow 1C: a message carries all that
 * is registered and not confirmed, an old or repeated number counts for nothing.
 */

#ifndef NODE_ENDPOINT_H
#define NODE_ENDPOINT_H

#include "command/output.h"
#include "node.h"

struct fl_endpoint_codec; /* of a format, endpoint/endpoint_codec.h */
struct fl_endpoint_writing;

/* How a package that came was judged; of a failed import too. */
enum fl_endpoint_verdict {
    FL_VERDICT_FAILED,    /* something here: the disk, the store */
    FL_VERDICT_APPLIED,   /* or it only confirmed something */
    FL_VERDICT_NOT_WHOLE, /* it may still be written */
    FL_VERDICT_REPEATED,  /* the one that was accepted last, byte for byte */
    FL_VERDICT_OLD,       /* an old number with other bytes: the base went back */
    FL_VERDICT_FOREIGN,   /* of another plan, for another node, from another base */
    FL_VERDICT_BROKEN,    /* it breaks its format, or does not fit the configuration */
};

struct fl_endpoint_import_report {
    enum fl_endpoint_verdict verdict;
    char from[FL_CODE_BYTES_MAX + 1];
    uint64_t message_number;
    uint64_t received_number;  /* of ours, as the package says */
    uint64_t confirmed_number; /* what the package confirmed of ours; 0: nothing new */
    bool we_were_restored;     /* it confirmed what this store has never sent */
    uint64_t objects;          /* in the package */
    uint64_t applied;
    uint64_t unchanged; /* equal content, nothing written */
    uint64_t collisions;
    uint64_t kept;        /* of the collisions: ours stayed */
    uint64_t quarantined; /* outside the filter of the base */
};

/*
 * Read the whole file once (plain or in a zip), refusing it with nothing changed when it
 * is broken, for another node or plan, from an unknown one, or of an old number; then
 * apply it, the number moving with the last transaction. FL_REFUSED: a rule; FL_MALFORMED
 * and FL_NOT_FOUND: the file. Progress and notes go to `output`. `out_report->verdict` is
 * written always.
 *
 * In steps, between which the loop goes on. What was judged is judged again before each:
 * FL_BUSY when the configuration changed meanwhile. Ends with the end below, whenever:
 * what was applied stays, and the number moves only with the last of it.
 */
struct fl_endpoint_import;

struct fl_endpoint_import_source {
    const char *path;   /* of it, or of a copy of ours */
    const char *name;   /* what words call it; NULL: by its path */
    uint32_t only_from; /* the number of the one peer that it may be of; 0: of any */
};

enum fl_status fl_endpoint_import_begin(
    struct fl_node *node,
    const struct fl_endpoint_codec *codec,
    const struct fl_endpoint_import_source *source,
    struct fl_endpoint_import **out_import,
    struct fl_endpoint_import_report *out_report,
    struct fl_error *out_error);
/* About `share_ms` of work; 0: all that the phase in hand has. */
enum fl_status fl_endpoint_import_step(
    struct fl_endpoint_import *import,
    struct fl_output *output,
    uint32_t share_ms,
    bool *out_done,
    struct fl_endpoint_import_report *out_report,
    struct fl_error *out_error);
/* Has it changed the store already? */
bool fl_endpoint_import_writes(const struct fl_endpoint_import *import);
void fl_endpoint_import_end(struct fl_endpoint_import *import);

struct fl_endpoint_export_report {
    uint64_t message_number;
    uint64_t received_number;
    uint64_t objects;
    uint64_t deletions;
    uint64_t bytes;    /* before they are packed */
    uint64_t left_out; /* what the format has no place for */
};

struct fl_endpoint_export_options {
    const char *code;
    const char *path; /* an archive when it ends in ".zip" */
    bool all;         /* everything of the plan, an image; only so for a Filial node */
    bool greeting;    /* only who we are: no number and no object */
    bool passing;     /* nobody needs the file behind a power cut: it is not synced */
};

/*
 * Write a package. The file is read back, its number is durable, and only then does it
 * appear under its name. In shares, between which the loop goes on; what is written
 * meanwhile goes with the next package. `output` gets what is said at the beginning.
 * FL_BUSY in a step:
 * another package for the same base came between, another configuration, or other filters
 * or lists, and it may be begun again; FL_NOT_FOUND, FL_REFUSED: the base was removed or
 * suspended.
 */
struct fl_endpoint_export;

enum fl_status fl_endpoint_export_begin(
    struct fl_node *node,
    const struct fl_endpoint_codec *codec,
    const struct fl_endpoint_export_options *options,
    struct fl_output *output,
    struct fl_endpoint_export **out_export,
    struct fl_error *out_error);
/* About `share_ms` of work; 0: all of it. `*out_report` counts when it is done. */
enum fl_status fl_endpoint_export_step(
    struct fl_endpoint_export *export,
    struct fl_output *output,
    uint32_t share_ms,
    bool *out_done,
    struct fl_endpoint_export_report *out_report,
    struct fl_error *out_error);
/* What it is at, to be translated, and how much of it is done; a total of 0 is not known.
 */
const char *fl_endpoint_export_at(
    const struct fl_endpoint_export *export,
    uint64_t *out_done,
    uint64_t *out_total);
/* Is a package being written for the peer that may have what was written at `lsn`? */
bool fl_endpoint_export_runs(const struct fl_node *node, uint32_t peer, uint64_t lsn);
/* Whenever; what was not done has left no trace. Takes NULL. */
void fl_endpoint_export_end(struct fl_endpoint_export *export);

/* What the writer of a file has to say to a person, as warnings. */
void fl_endpoint_export_show_notes(
    const struct fl_endpoint_codec *codec,
    const struct fl_endpoint_writing *writing,
    struct fl_output *output);

/* Where a look for something to send stands; zero: behind the last package. */
struct fl_endpoint_look {
    uint64_t lsn;
    struct fl_key
        row; /* of what is registered beside the journal; of no type: the first */
};

/*
 * Was anything registered for the base `code` since its last package? `look` is where
 * the last one ended and moves on. FL_BUSY: `share_ms` (0: as long as it takes) was not
 * enough, ask again.
 */
enum fl_status fl_endpoint_export_is_due(
    struct fl_node *node,
    const char *code,
    uint32_t share_ms,
    struct fl_endpoint_look *look,
    bool *out_due,
    struct fl_error *out_error);

/* "Message_<our code>_<code>.xml" in `directory`, for the caller to free (fl_free). */
char *fl_endpoint_path(
    const struct fl_node *node,
    const char *directory,
    const char *code);

#endif
