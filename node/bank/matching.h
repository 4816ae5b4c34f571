/*
 * Which invoice a payment pays: one whose number is in the purpose of the payment,
 * written for the one who pays, of the amount that is left of it. What payments that are
 * here already paid is counted, and so is each payment of a statement for those behind
 * it: less than what is left is a part, more is too much and says so.
 */

#ifndef NODE_MATCHING_H
#define NODE_MATCHING_H

#include "share.h"
#include "table/mapping.h"

enum fl_match {
    FL_MATCH_WHOLE = 1,  /* all that was left */
    FL_MATCH_PART,       /* less than that */
    FL_MATCH_OVER,       /* more than that, and the whole number is in the purpose */
    FL_MATCH_NO_NUMBER,  /* none of the numbers in the purpose is an invoice's */
    FL_MATCH_NO_PARTY,   /* such an invoice is somebody else's */
    FL_MATCH_NO_AMOUNT,  /* more was paid than is left, and the number may be another */
    FL_MATCH_SEVERAL,    /* more than one fits */
    FL_MATCH_NOT_WANTED, /* the mapping names no invoices */
};

enum { FL_MATCHING_NONE = -1, FL_MONEY_TEXT_BYTES = 24 };

/* In hundredths; false: too large, or finer than that. */
bool fl_money_of(struct fl_decimal decimal, int64_t *out_money);
/* "1500.50" */
void fl_money_text(int64_t money, char out_text[FL_MONEY_TEXT_BYTES]);

struct fl_matching;

struct fl_matching_payment {
    struct fl_bytes number;
    struct fl_bytes purpose;
    struct fl_bytes inn;
    struct fl_bytes date; /* as it stands in the statement */
    int64_t amount;
};

/* How an invoice stands, with what this matching has taken. */
struct fl_matching_invoice {
    struct fl_uuid id;
    const char *number;
    int64_t amount;
    int64_t paid;
};

/*
 * Among the invoices that are here and are not marked for deletion, less the payments of
 * the same kind but for those among `payments`, which come once more. The step below
 * reads them. The caller ends it; `payments` are only read now.
 */
enum fl_status fl_matching_open(
    struct fl_node *node,
    const struct fl_mapping *mapping,
    const struct fl_matching_payment *payments,
    size_t payment_count,
    struct fl_matching **out_matching,
    struct fl_error *out_error);
/* In shares; `*out_done`: all are read, and the functions below may be called. */
enum fl_status fl_matching_step(
    struct fl_matching *matching,
    const struct fl_share *share,
    bool *out_done,
    struct fl_error *out_error);
void fl_matching_close(struct fl_matching *matching); /* takes NULL */

/*
 * `*out_index` is the invoice matched, which is paid by it from now on; or the nearest
 * that did not fit; FL_MATCHING_NONE: none.
 */
enum fl_match fl_matching_take(
    struct fl_matching *matching,
    const struct fl_matching_payment *payment,
    ptrdiff_t *out_index);

/* By their numbers' digits. */
size_t fl_matching_count(const struct fl_matching *matching);
struct fl_matching_invoice fl_matching_invoice(
    const struct fl_matching *matching,
    size_t index);

#endif
