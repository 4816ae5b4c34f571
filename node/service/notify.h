/*
 * What filiald tells systemd (sd_notify(3)): that it is ready, reloads, ends, and that it
 * is alive. A datagram to the socket that $NOTIFY_SOCKET names; without one nothing
 * happens.
 */

#ifndef NODE_SERVICE_NOTIFY_H
#define NODE_SERVICE_NOTIFY_H

#include <stdint.h>

#include "proto/status.h"

/* "READY=1\nSTATUS=..."; a manager that does not listen stops nobody. */
void fl_notify(const char *state);
/* The same with a sentence for `systemctl status`. */
void fl_notify_status(const char *state, const char *format, ...) FL_PRINTF(2, 3);

/*
 * How often to say WATCHDOG=1, in milliseconds: half of what the manager waits
 * ($WATCHDOG_USEC); UINT64_MAX: it does not wait, or for another process.
 */
uint64_t fl_notify_watchdog_ms(void);

#endif
