/*
 * A message to a site being written: what its files share.
 */

#ifndef NODE_SITE_OUTGOING_H
#define NODE_SITE_OUTGOING_H

#include "site/site_element.h"
#include "site/site_file.h"
#include "site/site_held.h"
#include "site/site_ids.h"
#include "site/site_keys.h"
#include "site/site_out.h"
#include "site/site_slice.h"
#include "walk.h"

struct fl_site_outgoing {
    struct fl_node *node;
    const struct fl_site_mapping *mapping;
    struct fl_peer peer;
    const struct fl_site_out_options *options;
    struct fl_site_out_report *report;
    struct fl_arena arena; /* of one item */
    struct fl_arena heads; /* of what lasts as long as the files */
    struct fl_txn txn;
    struct fl_site_making making;
    struct fl_commerceml_tree tree;
    struct fl_commerceml_tree head_tree;
    struct fl_site_file file;
    struct fl_site_keys groups; /* of goods, all of them, before a catalogue is begun */
    bool properties;            /* some changed: all are told anew */
    bool units;                 /* likewise */
    struct fl_site_keys goods;
    struct fl_site_keys offers; /* those below, together; none in a full message */
    struct fl_site_keys prices;
    struct fl_site_keys stocks;
    struct fl_site_keys untold;    /* goods that a full message tells no offer of */
    struct fl_site_keys stores;    /* of offers, once they were read */
    bool moved[FL_SITE_PARTS_MAX]; /* records of documents changed, of whatever goods */
    struct fl_site_keys customers; /* for a file of their own */
    struct fl_site_keys orders;
    struct fl_site_keys people;
    struct fl_site_keys inner; /* of inner parts: who has them goes */
    struct fl_site_held owed;  /* from earlier messages */
    struct fl_site_held held;  /* by this one */
    struct fl_site_slice slices[FL_SITE_PARTS_MAX]; /* built before files are written */
    bool has_ids;                                   /* fl_site_ids_are_there() */
    struct fl_share share;                          /* of the step in hand */
    struct fl_walk walk;                            /* of the stage in hand */
    struct {              /* where the stage in hand stands, zero at its beginning */
        size_t at;        /* of the set that it goes through */
        uint64_t in_file; /* items */
        unsigned portion; /* files */
        bool begun;
    } stage;
    struct fl_site_payments *payments; /* of orders being written */
    struct fl_site_pictures *pictures; /* of goods, while a catalogue is written */
    struct fl_error picture_error;     /* of the item in hand; FL_OK: there is none */
    struct fl_error unread; /* of an object that is here: the message ends with it */
    int64_t now;            /* datetime.h, local time */
};

void fl_site_outgoing_refresh(struct fl_site_outgoing *out);
/* An empty tree; what was made of the item before is gone. */
void fl_site_outgoing_begin_item(struct fl_site_outgoing *out);

/* Of a portion of "import", "offers", "orders", or of what only 3.1 has: "names" of
   offers, "rests", "groups", "propertiesGoods", "units", "priceLists", "storages",
   "contragents". */
void fl_site_outgoing_name(
    const struct fl_site_outgoing *out,
    const char *kind,
    unsigned portion,
    char out_name[FL_SITE_FILE_NAME_BYTES]);
enum fl_status fl_site_outgoing_open(
    struct fl_site_outgoing *out,
    enum fl_site_file_kind kind,
    const char *name,
    struct fl_error *out_error);
enum fl_status fl_site_outgoing_close(
    struct fl_site_outgoing *out,
    struct fl_error *out_error);
/* What the format refuses is named, and no failure: `*out_put` is false then. */
enum fl_status fl_site_outgoing_put(
    struct fl_site_outgoing *out,
    const struct fl_commerceml_element *element,
    bool *out_put,
    struct fl_error *out_error);

/* Not in this message: it is owed. `from` as in struct fl_site_owed. */
enum fl_status fl_site_outgoing_hold(
    struct fl_site_outgoing *out,
    const struct fl_site_key *key,
    int64_t from,
    struct fl_error *out_error);

/* The object of a key as an item, deleted ones too; NULL: it is none of this part, or
   cannot be read, which `out->unread` says. */
struct fl_commerceml_element *fl_site_outgoing_make(
    struct fl_site_outgoing *out,
    const struct fl_site_part *part,
    const struct fl_site_key *key,
    const char *name);
/* Of the first part that writes such objects as `item`; NULL: none does. */
const struct fl_site_part *fl_site_outgoing_part(
    const struct fl_site_outgoing *out,
    const struct fl_site_key *key,
    enum fl_commerceml_kind item);

/* Has the stage in hand had its share? Now and then begins another transaction. */
bool fl_site_outgoing_rests(struct fl_site_outgoing *out);
/*
 * A share of a walk through all objects of a type, begun when the stage is not; then the
 * stage is as it was before. `visit` gets `out` as its context.
 */
enum fl_status fl_site_outgoing_walk(
    struct fl_site_outgoing *out,
    const struct fl_type *type,
    fl_walk_visit visit,
    bool *out_done,
    struct fl_error *out_error);

/*
 * The files, each when there is something for it: a share of it a call, `*out_done` when
 * it is written. Groups are only found: they are few, and among all goods.
 */
enum fl_status fl_site_outgoing_groups(
    struct fl_site_outgoing *out,
    bool *out_done,
    struct fl_error *out_error);
enum fl_status fl_site_outgoing_catalog(
    struct fl_site_outgoing *out,
    bool *out_done,
    struct fl_error *out_error);
enum fl_status fl_site_outgoing_offers(
    struct fl_site_outgoing *out,
    bool *out_done,
    struct fl_error *out_error);
/* Of 3.1, which has a file for each kind: groups, properties, units, types of prices,
   stores; names of offers; what is left of them. Offers are prices alone then. */
enum fl_status fl_site_outgoing_references(
    struct fl_site_outgoing *out,
    bool *out_done,
    struct fl_error *out_error);
enum fl_status fl_site_outgoing_names(
    struct fl_site_outgoing *out,
    bool *out_done,
    struct fl_error *out_error);
enum fl_status fl_site_outgoing_stock(
    struct fl_site_outgoing *out,
    bool *out_done,
    struct fl_error *out_error);
enum fl_status fl_site_outgoing_customers(
    struct fl_site_outgoing *out,
    bool *out_done,
    struct fl_error *out_error);
/* Employees whose own data changed are people to be told of. */
enum fl_status fl_site_outgoing_owners(
    struct fl_site_outgoing *out,
    bool *out_done,
    struct fl_error *out_error);
enum fl_status fl_site_outgoing_departments(
    struct fl_site_outgoing *out,
    bool *out_done,
    struct fl_error *out_error);
enum fl_status fl_site_outgoing_employees(
    struct fl_site_outgoing *out,
    bool *out_done,
    struct fl_error *out_error);
enum fl_status fl_site_outgoing_absences(
    struct fl_site_outgoing *out,
    bool *out_done,
    struct fl_error *out_error);
enum fl_status fl_site_outgoing_orders(
    struct fl_site_outgoing *out,
    bool *out_done,
    struct fl_error *out_error);
void fl_site_outgoing_end_orders(struct fl_site_outgoing *out);
void fl_site_outgoing_end_pictures(struct fl_site_outgoing *out);

#endif
