/*
 * An item of a ФайлОбмена told on lines of text, so that tests compare what was meant and
 * not how it was written; and a whole file read, or written again.
 */

#ifndef EXCHANGE_KD2_TOLD_H
#define EXCHANGE_KD2_TOLD_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exchange/kd2_reader.h"
#include "exchange/kd2_writer.h"

static inline void kd2_put(
    struct fl_buffer *told,
    const char *before,
    struct fl_bytes text)
{
    fl_buffer_put_text(told, before);
    fl_buffer_put(told, text);
}

static inline void kd2_tell_list(
    struct fl_buffer *told,
    const struct fl_kd2_properties *properties,
    bool in_ref)
{
    for (const struct fl_kd2_property *property = properties->first; property;
         property = property->next) {
        if (in_ref && fl_kd2_property_is_empty(property)) {
            continue; /* what an empty field says is nothing */
        }
        kd2_put(told, property->is_parameter ? " $" : " ", property->name);
        kd2_put(told, ":", property->type);
        if (property->content == FL_KD2_REF && !fl_kd2_property_is_empty(property)) {
            fl_buffer_put_text(told, property->ref->not_create ? "=!{" : "={");
            kd2_tell_list(told, &property->ref->properties, true);
            fl_buffer_put_text(told, " }");
        } else {
            kd2_put(told, "=", property->text);
        }
        kd2_put(told, property->by.size > 0 ? "@" : "", property->by);
    }
}

static inline void kd2_tell_rows(struct fl_buffer *told, const struct fl_kd2_row *row)
{
    for (; row; row = row->next) {
        fl_buffer_put_text(told, "\n   ");
        kd2_tell_list(told, &row->properties, false);
        if (row->debit.count + row->credit.count > 0) {
            fl_buffer_put_text(told, " Dt");
            kd2_tell_list(told, &row->debit, false);
            fl_buffer_put_text(told, " Kt");
            kd2_tell_list(told, &row->credit, false);
        }
    }
}

static inline void kd2_tell(struct fl_buffer *told, const struct fl_kd2_item *item)
{
    static const char *const kinds[] = {
        "object", "set", "deletion", "registration", "correction", "parameter", "common"};
    char flags[64];

    (void)snprintf(
        flags, sizeof(flags), " priority=%d mode=%d posting=%d keep=%d empty=%d",
        (int)item->priority, (int)item->write_mode, (int)item->posting, item->not_replace,
        item->empty);
    fl_buffer_put_text(told, kinds[item->kind]);
    kd2_put(told, " ", item->type);
    kd2_put(told, " rule=", item->rule);
    fl_buffer_put_text(told, flags);
    if (item->kind == FL_KD2_DELETION || item->kind == FL_KD2_REGISTRATION ||
        item->kind == FL_KD2_CORRECTION) {
        kd2_put(told, " from=", item->source_type);
        kd2_put(told, " to=", item->destination_type);
        kd2_put(told, " ", fl_bytes_of_text(fl_uuid_text(item->source_id).text));
        kd2_put(told, " ", fl_bytes_of_text(fl_uuid_text(item->destination_id).text));
    }
    if (item->ref) {
        fl_buffer_put_text(told, "\n  by");
        kd2_tell_list(told, &item->ref->properties, true);
    }
    fl_buffer_put_text(told, "\n ");
    kd2_tell_list(told, &item->properties, false);
    for (const struct fl_kd2_table *table = item->first; table; table = table->next) {
        kd2_put(told, table->is_records ? "\n  records " : "\n  table ", table->name);
        kd2_tell_rows(told, table->first);
    }
    if (item->kind == FL_KD2_RECORD_SET) {
        fl_buffer_put_text(told, "\n  where");
        kd2_tell_list(told, &item->filter, false);
        kd2_tell_rows(told, item->rows);
    }
    for (size_t i = 0; item->types && i < item->types->count; i++) {
        kd2_put(told, "\n  may hold ", item->types->names[i]);
    }
    fl_buffer_put_text(told, "\n");
}

struct kd2_seen {
    size_t items;
    size_t properties;
    enum fl_kd2_dialect dialect;
};

/*
 * Read `bytes`; what is in them goes to `told` and, where there is a sink, to a file of
 * `dialect`. Takes what the dialect cannot hold for read and leaves it out.
 */
static inline enum fl_status kd2_read(
    struct fl_bytes bytes,
    const struct fl_kd2_writer_options *write,
    struct fl_buffer *told,
    struct kd2_seen *out_seen,
    struct fl_error *error)
{
    struct fl_codec_memory memory = {bytes};
    const struct fl_kd2_reader_options options = {
        .source = fl_codec_memory_source(&memory)};
    struct fl_kd2_reader *reader = NULL;
    struct fl_kd2_writer *writer = NULL;
    const struct fl_kd2_header *header = NULL;
    const struct fl_kd2_exchange *exchange = NULL;
    const struct fl_kd2_rules *rules = NULL;
    const struct fl_kd2_item *item = NULL;
    static const struct fl_kd2_rules no_rules;
    static const struct fl_kd2_exchange no_exchange;

    *out_seen = (struct kd2_seen){.items = 0};
    enum fl_status status = fl_kd2_reader_open(&options, &reader, error);

    if (status == FL_OK) {
        status = fl_kd2_reader_header(reader, &header, &exchange, &rules, error);
    }
    if (status == FL_OK && write) {
        FL_ASSERT(fl_kd2_writer_open(write, &writer, error) == FL_OK);
        FL_ASSERT(
            fl_kd2_writer_begin(writer, header, rules ? rules : &no_rules, error) ==
            FL_OK);
    }
    bool exchange_put = false;

    while (status == FL_OK &&
           (status = fl_kd2_reader_next(reader, &item, error)) == FL_OK && item) {
        out_seen->items++;
        out_seen->properties += item->properties.count;
        kd2_tell(told, item);
        if (writer && item->kind != FL_KD2_PARAMETER && !exchange_put) {
            exchange_put = true;
            (void)fl_kd2_writer_exchange(
                writer, exchange ? exchange : &no_exchange, error);
        }
        if (writer) {
            (void)fl_kd2_writer_put(writer, item, error);
        }
    }
    if (status == FL_OK && writer) {
        if (!exchange_put) {
            (void)fl_kd2_writer_exchange(
                writer, exchange ? exchange : &no_exchange, error);
        }
        FL_ASSERT(fl_kd2_writer_end(writer, error) == FL_OK);
    }
    if (status == FL_OK) {
        out_seen->dialect = header->dialect;
    }
    fl_kd2_writer_close(writer);
    fl_kd2_reader_close(reader);
    return status;
}

#endif
