/*
 * How parts of a window are written for people.
 */

#ifndef NODE_WINDOW_WINDOW_WORDS_H
#define NODE_WINDOW_WINDOW_WORDS_H

#include <stdint.h>

#include "command/output.h"

enum { FL_WINDOW_DATE_TEXT_BYTES = 40 };

/* "20261231T220000" as "2026-12-31T22:00", "20261231" as "2026-12-31". */
void fl_window_date_text(const char *date, char out_text[FL_WINDOW_DATE_TEXT_BYTES]);
/* "4h", "90m", "none" for 0: as options take it. */
void fl_window_duration_text(uint32_t seconds, char out_text[FL_WINDOW_DATE_TEXT_BYTES]);
/* Bits a second, "256k"; "none" for 0. */
void fl_window_rate_text(
    uint64_t bytes_per_second,
    char out_text[FL_WINDOW_DATE_TEXT_BYTES]);

/* That so many windows have more nodes than this one can serve; nothing for 0. */
void fl_window_warn(struct fl_output *output, uint64_t overloads);

#endif
