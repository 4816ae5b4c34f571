/*
 * The log as fields of systemd's journal, by its native protocol (systemd.io/
 * JOURNAL_NATIVE_PROTOCOL): `journalctl FILIAL_EVENT=sync.failed FILIAL_PEER=Ф01`.
 */

#ifndef NODE_SERVICE_LOG_JOURNAL_H
#define NODE_SERVICE_LOG_JOURNAL_H

#include "log.h"

/* Standard error goes to the journal ($JOURNAL_STREAM), and its socket is there. */
bool fl_log_journal_is_there(void);

/* False: it did not take it, write a line instead. `fields` as in log_fields.h. */
bool fl_log_journal_send(enum fl_log_level level, const char *event, const char *fields);

#endif
