/*
 * Which types and attributes of a configuration a report is about: guessed from kinds,
 * roles and usual names, in the order in which the names stand; or told by a wish.
 */

#ifndef NODE_REPORT_REPORT_GUESS_H
#define NODE_REPORT_REPORT_GUESS_H

#include "proto/configuration.h"

/* Does the name hold any of these parts? The list ends with NULL. */
bool fl_report_guess_has(const char *name, const char *const *parts);

/* `wish` "Document.X", or NULL. FL_NOT_FOUND in words. */
enum fl_status fl_report_guess_type(
    const struct fl_configuration *configuration,
    enum fl_kind kind,
    const char *wish,
    const char *const *parts,
    const struct fl_type **out_type,
    struct fl_error *out_error);

enum fl_report_guess { FL_REPORT_GUESS_NUMBER = 1, FL_REPORT_GUESS_OTHER };

/* An attribute of the type, without sections. FL_NOT_FOUND in words. */
enum fl_status fl_report_guess_attribute(
    const struct fl_type *type,
    const char *wish,
    const char *const *parts,
    enum fl_report_guess what,
    const struct fl_attribute **out_attribute,
    struct fl_error *out_error);

/* The one type that the attribute refers to; NULL: none, or several. */
const struct fl_type *fl_report_guess_referred(
    const struct fl_configuration *configuration,
    const struct fl_attribute *attribute);
/* The first attribute that may refer to it; NULL: none. */
const struct fl_attribute *fl_report_guess_reference(
    const struct fl_type *type,
    const struct fl_type *to);
/* A dimension of a register whose name, or whose type's, has such a part; NULL: none. */
const struct fl_attribute *fl_report_guess_dimension(
    const struct fl_configuration *configuration,
    const struct fl_type *type,
    const char *const *parts);
/* What stands for an object of the type where people read; NULL: nothing. */
const struct fl_attribute *fl_report_guess_words(const struct fl_type *type);

#endif
