/*
 * Days that this node closes: by a command, or by itself each day at a time of a zone.
 * What a closed day is, proto/day.h says.
 */

#ifndef NODE_REPORT_CLOSING_H
#define NODE_REPORT_CLOSING_H

#include "node.h"
#include "proto/day.h"

enum { FL_CLOSING_TIME_BYTES = 6 };

struct fl_closing {
    bool is_automatic;
    uint32_t minute; /* of the zone's day; before noon the day before is closed */
    char zone[FL_DAY_ZONE_BYTES_MAX + 1]; /* "": this machine's */
};

/* "00:30" with a NUL, and back; false: it is no time. */
void fl_closing_time_text(uint32_t minute, char out_text[FL_CLOSING_TIME_BYTES]);
bool fl_closing_parse_time(const char *text, uint32_t *out_minute);

void fl_closing_get(struct fl_txn *txn, struct fl_closing *out_closing);
void fl_closing_put(struct fl_txn *txn, const struct fl_closing *closing);

/* The last day that this node has closed; FL_NOT_FOUND: none yet. */
enum fl_status fl_closing_last(struct fl_node *node, struct fl_day *out_day);

/*
 * Durable when it answers; travels with the next round. FL_REFUSED: a later day is closed
 * already, or this one has not come yet. FL_MALFORMED: there is no such zone.
 */
enum fl_status fl_closing_close(
    struct fl_node *node,
    uint32_t day,
    const char *zone,
    int64_t now_ms,
    struct fl_error *out_error);

/*
 * The day that is to be closed by now, when it is not yet. FL_NOT_FOUND: nothing is due.
 * Cheap enough for twice a minute.
 */
enum fl_status fl_closing_due(
    struct fl_node *node,
    int64_t now_ms,
    uint32_t *out_day,
    char out_zone[FL_DAY_ZONE_BYTES_MAX + 1]);

#endif
