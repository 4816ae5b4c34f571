/*
 * Rules of Конвертация данных 2 as a mapping (conversion.h): their declarative part
 * becomes rules of ours, and each piece of program text a <code/> that says where it
 * stood. Such a place is replaced by hand: with a constant (<fixed>), another attribute,
 * a table of values. Movements of documents become an object of their register, whose
 * records have what any document says of them; records of an information register one of
 * the register, and each constant of a set of them one of its own.
 */

#ifndef EXCHANGE_KD2_MAPPING_H
#define EXCHANGE_KD2_MAPPING_H

#include "exchange/kd2_rules.h"

enum fl_kd2_part {
    FL_KD2_AS_SOURCE = 1,      /* our configuration is the rules' source: we write */
    FL_KD2_AS_DESTINATION = 2, /* it is their destination: we read */
};

/* What works as it stands. Of properties: those of tabular sections, too. */
struct fl_kd2_coverage {
    size_t rules;
    size_t rules_whole; /* nothing of them is program text */
    size_t rules_known; /* their type is in our configuration */
    size_t properties;
    size_t properties_whole;
    size_t properties_known;
    size_t properties_disabled;
    size_t properties_computed; /* program text gives or changes the value */
    size_t
        properties_lost; /* parameters, rules that are not there, registers of no kind */
    size_t values;
    size_t handlers; /* pieces of program text that matter in this direction */
    size_t objects;  /* written into the mapping */
};

/*
 * The mapping as XML. `part` says in which of both configurations we are; `configuration`
 * only counts what is known. FL_REFUSED, FL_NO_MEMORY: of the sink.
 */
enum fl_status fl_kd2_mapping_write(
    const struct fl_kd2_rules *rules,
    enum fl_kd2_part part,
    const struct fl_configuration *configuration,
    struct fl_codec_sink sink,
    struct fl_kd2_coverage *out_coverage,
    struct fl_error *out_error);

/* Which of the two our configuration is: the one more of whose types it has. */
enum fl_kd2_part fl_kd2_mapping_part(
    const struct fl_kd2_rules *rules,
    const struct fl_configuration *configuration);

/* Is this piece of program text run where we stand? */
bool fl_kd2_mapping_matters(const struct fl_kd2_code *code, enum fl_kd2_part part);
/* The first such piece of the conversion, else of a rule; NULL: there is none. */
const struct fl_kd2_code *fl_kd2_mapping_first_code(
    const struct fl_kd2_rules *rules,
    enum fl_kd2_part part);

#endif
