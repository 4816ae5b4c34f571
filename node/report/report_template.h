/*
 * The standard reports as SQL for a mirror.
 *
 * A template is SQL in which {Document.X} stands for a table, {Document.X:Attr} for a
 * column, {from} and {to} for the bounds of the period ([from, to), moments). Nothing
 * else differs between the databases. People write their own reports in the same
 * language.
 */

#ifndef NODE_REPORT_REPORT_TEMPLATE_H
#define NODE_REPORT_REPORT_TEMPLATE_H

#include "proto/configuration.h"

enum { FL_REPORT_TEMPLATE_BYTES_MAX = 4 << 20 };

/* NULL: guessed (report_guess.h). */
struct fl_report_wishes {
    const char *type;    /* "Document.X", "AccumulationRegister.X" */
    const char *amount;  /* attribute */
    const char *by;      /* attribute */
    const char *payment; /* "Document.X"; NULL: all that look like payments */
};

struct fl_report_kind {
    const char *name;
    const char *title;     /* N_() */
    const char *help;      /* N_(): what it needs of a configuration */
    bool has_no_beginning; /* everything up to the last day, unless told otherwise */
    enum fl_status (*make)(
        const struct fl_configuration *configuration,
        const struct fl_report_wishes *wishes,
        struct fl_buffer *out_sql,
        struct fl_error *out_error);
};

/* NULL behind the last. */
const struct fl_report_kind *fl_report_kind_at(size_t index);
const struct fl_report_kind *fl_report_kind_find(const char *name);

#endif
