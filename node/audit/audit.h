/*
 * Who changes what, on record before it is changed. Every command that changes how the
 * node works, not only its data, is written into the audit journal durably before its
 * handler runs, and how it ended behind it: whatever was changed, its record is there.
 */

#ifndef NODE_AUDIT_AUDIT_H
#define NODE_AUDIT_AUDIT_H

#include "command/command.h"
#include "storage/audit.h"

/* Does this call belong into the journal? */
bool fl_audit_concerns(const struct fl_call *call);

/* `*out_number` is the record; 0: the call does not belong there. A failure means: do not
 * run it. */
enum fl_status fl_audit_begin(
    const struct fl_call *call,
    uint64_t *out_number,
    struct fl_error *out_error);
/* Nothing when `number` is 0. What cannot be written is in the log. */
void fl_audit_end(
    const struct fl_call *call,
    uint64_t number,
    enum fl_status status,
    const struct fl_error *error);

/* What happens without a command, in the transaction that does it. */
void fl_audit_event(
    struct fl_txn *txn,
    const char *who,
    const char *command,
    const char *what);

/* The name of a user of this machine, or its number. */
void fl_audit_user(unsigned user, char *out_text, size_t size);

#endif
