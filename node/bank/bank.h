/*
 * A bank statement as rows for loading.h: a header with every key of the statement's
 * documents and with what is found out about each payment, then a row a payment.
 *
 *   Вид                    of the document, as its section says
 *   Направление            приход or расход
 *   ДатаОперации           when it was booked, else the document's own date
 *   ИННКонтрагента, НаименованиеКонтрагента, СчетКонтрагента   the other side
 *   Счет                   the invoice that it pays, as a ref; empty: not matched
 *   Счет.ATTRIBUTE         of that invoice
 */

#ifndef NODE_BANK_H
#define NODE_BANK_H

#include "command/command.h"
#include "table/loading.h"

#define FL_BANK_FORMAT "clientbank"

struct fl_bank;

/*
 * `place` is the file's name in words; both outlive the bank. FL_MALFORMED: in words. The
 * step below finds the invoices.
 */
enum fl_status fl_bank_open(
    struct fl_node *node,
    const struct fl_mapping *mapping,
    const char *path,
    const char *place,
    struct fl_bank **out_bank,
    struct fl_error *out_error);
void fl_bank_close(struct fl_bank *bank); /* takes NULL */

/*
 * In shares; `*out_done`: each payment has its invoice, and the functions below may be
 * called. FL_BUSY: the configuration is another now.
 */
enum fl_status fl_bank_step(
    struct fl_bank *bank,
    const struct fl_share *share,
    bool *out_done,
    struct fl_error *out_error);

struct fl_row_source fl_bank_rows(struct fl_bank *bank);
const char *fl_bank_description(const struct fl_bank *bank);
/* The list of payments with their invoices, those not matched with the reason. */
void fl_bank_show(const struct fl_bank *bank, struct fl_output *output);

/* bank_export.c: objects of the mapping's type as payment orders. */
enum fl_status fl_bank_export(
    struct fl_call *call,
    const char *path,
    struct fl_error *out_error);

#endif
