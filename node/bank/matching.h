/*
 * Which invoice a payment pays: one whose number is in the purpose of the payment, of the
 * same amount, written for the one who pays. All three have to hold; a smaller amount is
 * a part of it when number and party hold.
 */

#ifndef NODE_MATCHING_H
#define NODE_MATCHING_H

#include "table/mapping.h"

enum fl_match {
    FL_MATCH_WHOLE = 1,
    FL_MATCH_PART,
    FL_MATCH_NO_NUMBER,  /* none of the numbers in the purpose is an invoice's */
    FL_MATCH_NO_PARTY,   /* such an invoice is somebody else's */
    FL_MATCH_NO_AMOUNT,  /* more was paid than the invoice says */
    FL_MATCH_SEVERAL,    /* more than one fits */
    FL_MATCH_NOT_WANTED, /* the mapping names no invoices */
};

struct fl_matching;

struct fl_matching_payment {
    struct fl_bytes purpose;
    struct fl_bytes inn;
    struct fl_decimal amount;
};

/* Reads the invoices that are here. The caller ends it. */
enum fl_status fl_matching_open(
    struct fl_node *node,
    const struct fl_mapping_invoice *invoice,
    struct fl_matching **out_matching,
    struct fl_error *out_error);
void fl_matching_close(struct fl_matching *matching); /* takes NULL */

/* `*out_invoice` is the one matched, or the nearest that did not fit; zero: none. */
enum fl_match fl_matching_find(
    const struct fl_matching *matching,
    const struct fl_matching_payment *payment,
    struct fl_uuid *out_invoice);

#endif
