/*
 * A mapping that is being made of rules: what its parts have in common.
 */

#ifndef EXCHANGE_KD2_MAPPING_MAKING_H
#define EXCHANGE_KD2_MAPPING_MAKING_H

#include "exchange/kd2_mapping.h"
#include "xml_writer.h"

/* Registers in all rules: more than any configuration has. */
enum { FL_KD2_MOVEMENTS_MAX = 512 };

/* A group of movements in the rule of a document: what a record of the register has. */
struct fl_kd2_movements {
    const struct fl_kd2_property_rule *group;
    const char *register_kind; /* "РегистрНакопления" */
};

struct fl_kd2_mapping_making {
    size_t movements_count;
    struct fl_kd2_movements movements[FL_KD2_MOVEMENTS_MAX];
    const struct fl_kd2_rules *rules;
    const struct fl_configuration *configuration;
    enum fl_kd2_part part;
    struct fl_xml_writer xml;
    struct fl_kd2_coverage *coverage;
    const struct fl_kd2_rule *rule;
    const struct fl_type *type; /* of the rule, ours; NULL: we do not have it */
    bool whole;                 /* the rule, so far */
};

/* What stops a property from being carried as it stands. */
enum fl_kd2_obstacle { FL_KD2_NOTHING, FL_KD2_DISABLED, FL_KD2_COMPUTED, FL_KD2_LOST };

enum fl_kd2_obstacle fl_kd2_mapping_obstacle(
    const struct fl_kd2_mapping_making *making,
    const struct fl_kd2_property_rule *property);
const struct fl_kd2_end *fl_kd2_mapping_our_end(
    const struct fl_kd2_mapping_making *making,
    const struct fl_kd2_property_rule *property);
void fl_kd2_mapping_count(
    struct fl_kd2_mapping_making *making,
    enum fl_kd2_obstacle obstacle,
    bool known);

void fl_kd2_mapping_put(struct fl_kd2_mapping_making *making, const char *text);
void fl_kd2_mapping_put_attribute(
    struct fl_kd2_mapping_making *making,
    const char *name,
    struct fl_bytes value);
/* How many pieces matter; each becomes a <code/>. */
size_t fl_kd2_mapping_put_codes(
    struct fl_kd2_mapping_making *making,
    const struct fl_kd2_code *code,
    struct fl_bytes whose,
    const char *indent);
/* Of the rule: with any that matters it is not whole. */
void fl_kd2_mapping_take_codes(struct fl_kd2_mapping_making *making, const char *indent);
/* Counted; `</object>` is the caller's. `of_rule`: with the options of the rule. */
void fl_kd2_mapping_begin_object(
    struct fl_kd2_mapping_making *making,
    const char *ours,
    struct fl_bytes theirs,
    bool of_rule);
void fl_kd2_mapping_put_property(
    struct fl_kd2_mapping_making *making,
    const struct fl_kd2_property_rule *property,
    const char *indent,
    bool only_read);
/* The pieces of program text that matter; of one that is computed all the same, without
   any, its place. */
void fl_kd2_mapping_put_computed(
    struct fl_kd2_mapping_making *making,
    const struct fl_kd2_property_rule *property,
    enum fl_kd2_obstacle obstacle,
    const char *indent);
/* Counted, and put as far as it is carried, with its program text. */
void fl_kd2_mapping_take_property(
    struct fl_kd2_mapping_making *making,
    const struct fl_kd2_property_rule *property,
    const struct fl_kd2_end *table,
    const char *indent);

/* kd2_mapping_records.c */

/* Movements are kept until all rules are seen: documents share registers. False: the
 * group is none, or not carried. */
bool fl_kd2_mapping_records_keep(
    struct fl_kd2_mapping_making *making,
    const struct fl_kd2_property_rule *group);
void fl_kd2_mapping_records_movements(struct fl_kd2_mapping_making *making);
/* The type is one of an information register; the rule one of constants. */
bool fl_kd2_mapping_records_is_register(struct fl_bytes type);
void fl_kd2_mapping_records_register(
    struct fl_kd2_mapping_making *making,
    const char *ours);
bool fl_kd2_mapping_records_is_constants(const struct fl_kd2_rule *rule);
void fl_kd2_mapping_records_constants(struct fl_kd2_mapping_making *making);

#endif
