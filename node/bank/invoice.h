/* How invoices stand: what is paid of each, and what is left or too much. */

#ifndef NODE_INVOICE_H
#define NODE_INVOICE_H

#include "bank/matching.h"
#include "command/output.h"

enum fl_invoice_state {
    FL_INVOICE_ANY, /* where one is chosen */
    FL_INVOICE_NOT_PAID,
    FL_INVOICE_UNDERPAID, /* in part */
    FL_INVOICE_PAID,
    FL_INVOICE_OVERPAID,
};

enum fl_invoice_state fl_invoice_state(const struct fl_matching_invoice *invoice);

/* "not paid", "underpaid", "paid", "overpaid": English, to be translated for people. */
const char *fl_invoice_state_name(enum fl_invoice_state state);

/* One as a row of the list that is open. */
void fl_invoice_show(
    const struct fl_node *node,
    const struct fl_mapping *mapping,
    const struct fl_matching *matching,
    size_t index,
    struct fl_output *output);

#endif
