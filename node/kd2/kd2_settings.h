/*
 * What is agreed with a base about its files: the mapping, and how it calls itself, us
 * and the plan. Of an endpoint, or given with a command.
 */

#ifndef NODE_KD2_SETTINGS_H
#define NODE_KD2_SETTINGS_H

#include "exchange/conversion.h"
#include "exchange/kd2_mapping.h"
#include "node.h"

#define FL_KD2_FORMAT "kd2"

struct fl_kd2_settings {
    const char *mapping; /* a file; NULL: `rules` */
    const char *rules;   /* a rules file whose destination we are; NULL */
    bool unmarked;       /* what references create is not marked for deletion */
    /* Of an export for nobody by name: */
    bool english;    /* tags of a configuration with English interface */
    uint32_t type;   /* these objects only; 0: all of the mapping */
    bool has_period; /* documents and records of it only */
    int64_t begin;   /* datetime.h */
    int64_t end;     /* its last second */
};

/*
 * Rules or a mapping as a conversion, with remarks for `node`'s configuration.
 * FL_REFUSED: neither was given, or it is of another format. The caller frees it.
 */
enum fl_status fl_kd2_settings_load(
    const struct fl_kd2_settings *settings,
    const struct fl_configuration *configuration,
    struct fl_conversion **out_conversion,
    struct fl_error *out_error);

/* The whole rules file; everything of it lives in `arena`. */
enum fl_status fl_kd2_settings_read_rules(
    const char *path,
    struct fl_arena *arena,
    const struct fl_kd2_rules **out_rules,
    struct fl_error *out_error);

#endif
