/*
 * What is registered for a site as files of CommerceML: the catalogue, offers or changes
 * of offers, orders, the structure of the company. Behind it stands a message of the
 * exchange plan with its number: everything in it goes again until it is confirmed.
 */

#ifndef NODE_SITE_OUT_H
#define NODE_SITE_OUT_H

#include "endpoint/endpoint.h"
#include "site/site_mapping.h"
#include "site/site_notes.h"

enum {
    FL_SITE_FILES_MAX = 512,
    FL_SITE_FILE_NAME_BYTES = 64,
    FL_SITE_PORTION_ITEMS = 20000,
    FL_SITE_ORDER_NUMBER_LETTERS = 11, /* УТ finds orders by so many */
};

enum fl_site_file_kind {
    FL_SITE_FILE_CATALOG = 1, /* type=catalog */
    FL_SITE_FILE_SALE,        /* type=sale */
    FL_SITE_FILE_COMPANY,     /* 1c_intranet.php */
};

struct fl_site_out_options {
    const char *directory; /* files appear in it */
    bool full;             /* everything, not only what is registered */
    bool to_1c;            /* we are the site: orders only, for 1C to read */
};

struct fl_site_out_report {
    uint64_t message_number; /* to be confirmed */
    uint64_t objects;        /* in it, of whatever type */
    size_t file_count;
    struct {
        enum fl_site_file_kind kind;
        char name[FL_SITE_FILE_NAME_BYTES];
    } files[FL_SITE_FILES_MAX];
    uint64_t goods;
    uint64_t offers;
    uint64_t orders;
    uint64_t people;
    uint64_t bytes;
    uint64_t held;                   /* orders that would be refused */
    char notes[FL_SITE_NOTES_BYTES]; /* lines for people: which, and why */
};

/*
 * Write the files of a new message for `peer` in shares, between which the loop goes on.
 * Nothing to tell is no failure: no file. What CommerceML cannot carry is named in the
 * notes and kept for the next message. `mapping`, `options->directory` and `out_report`
 * outlive it.
 */
struct fl_site_out;

enum fl_status fl_site_out_begin(
    struct fl_node *node,
    const struct fl_site_mapping *mapping,
    uint32_t peer,
    const struct fl_site_out_options *options,
    struct fl_site_out_report *out_report,
    struct fl_site_out **out_writing,
    struct fl_error *out_error);
/* About `share_ms` of work; 0: all of it. FL_BUSY: the configuration changed meanwhile.
 */
enum fl_status fl_site_out_step(
    struct fl_site_out *writing,
    uint32_t share_ms,
    bool *out_done,
    struct fl_error *out_error);
/* Whenever; takes NULL. */
void fl_site_out_end(struct fl_site_out *writing);

/* What it is at, to be translated, and how much of it is done; a total of 0 is not known.
 */
const char *fl_site_out_at(
    const struct fl_site_out *writing,
    uint64_t *out_done,
    uint64_t *out_total);

/* What the clock of the machine shows, datetime.h: 1C's dates are local. */
int64_t fl_site_now(void);

#endif
