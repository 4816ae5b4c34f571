/*
 * A file being written. kd2_writer.c has the file and its items, kd2_output.c properties
 * and references.
 */

#ifndef EXCHANGE_KD2_OUTPUT_H
#define EXCHANGE_KD2_OUTPUT_H

#include "exchange/kd2_writer.h"
#include "kd2_number.h"
#include "kd2_tag.h"
#include "xml_writer.h"

struct fl_kd2_writer {
    struct fl_kd2_writer_options options;
    struct fl_xml_writer xml;
    struct fl_kd2_numbers *numbers;
    int stage;
    int stage_before;      /* of the item being written, which may be refused */
    struct fl_error error; /* the first refusal of the item being written */
    enum fl_status failure;
};

/* Keeps the first refusal, in words. */
void fl_kd2_output_refuse(struct fl_kd2_writer *writer, const char *format, ...)
    FL_PRINTF(2, 3);

void fl_kd2_output_indent(struct fl_kd2_writer *writer, size_t depth);
void fl_kd2_output_tag(
    struct fl_kd2_writer *writer,
    const char *mark,
    enum fl_kd2_tag tag);
/* Escaped; what XML forbids is left out. */
void fl_kd2_output_text(struct fl_kd2_writer *writer, struct fl_bytes text, bool quotes);
void fl_kd2_output_attribute(
    struct fl_kd2_writer *writer,
    enum fl_kd2_tag tag,
    struct fl_bytes value);
/* Nothing when it is empty. */
void fl_kd2_output_optional(
    struct fl_kd2_writer *writer,
    enum fl_kd2_tag tag,
    struct fl_bytes value);
void fl_kd2_output_number(
    struct fl_kd2_writer *writer,
    enum fl_kd2_tag tag,
    uint64_t number);
void fl_kd2_output_flag(struct fl_kd2_writer *writer, enum fl_kd2_tag tag, bool flag);
void fl_kd2_output_priority(struct fl_kd2_writer *writer, enum fl_kd2_priority priority);

/* <Свойство> each, at this depth. */
void fl_kd2_output_properties(
    struct fl_kd2_writer *writer,
    const struct fl_kd2_properties *properties,
    size_t depth);
/* <Ссылка> of an object of this type, whose number is given. */
void fl_kd2_output_ref(
    struct fl_kd2_writer *writer,
    const struct fl_kd2_ref *ref,
    struct fl_bytes type,
    uint64_t number,
    size_t depth);

#endif
