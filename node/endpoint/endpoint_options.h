/*
 * Options of `filial endpoint add` and `change`.
 */

#ifndef NODE_ENDPOINT_OPTIONS_H
#define NODE_ENDPOINT_OPTIONS_H

#include "command/command.h"
#include "endpoint_settings.h"

/* `value` as it is; FL_MALFORMED: too long, or not UTF-8. */
enum fl_status fl_endpoint_option_text(
    struct fl_call *call,
    const char *option,
    const char *value,
    size_t size,
    char *out_text,
    struct fl_error *out_error);
/* A path, made absolute; unchanged when the option is not given. */
enum fl_status fl_endpoint_option_path(
    struct fl_call *call,
    const char *option,
    size_t size,
    char *out_text,
    struct fl_error *out_error);

/* All that `filial endpoint add` and `change` may be told but the format: where files are
 * exchanged, how they are called, limits. */
enum fl_status fl_endpoint_take_options(
    struct fl_call *call,
    struct fl_endpoint_settings *settings,
    struct fl_error *out_error);

/* site/site_options.c: those of sites. */
enum fl_status fl_site_take_options(
    struct fl_call *call,
    struct fl_endpoint_settings *settings,
    struct fl_error *out_error);
/* Of one that comes to us: the hash of its password, when one is given. */
enum fl_status fl_site_keep_user(
    struct fl_call *call,
    struct fl_txn *txn,
    uint32_t peer,
    const struct fl_endpoint_settings *settings,
    struct fl_error *out_error);

#endif
