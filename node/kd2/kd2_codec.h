/*
 * ФайлОбмена behind an import and an export: fl_kd2_endpoint goes by the settings of the
 * peer's endpoint, a codec of a command by its own.
 */

#ifndef NODE_KD2_CODEC_H
#define NODE_KD2_CODEC_H

#include "endpoint/endpoint_codec.h"
#include "kd2_settings.h"

struct fl_kd2_codec {
    struct fl_endpoint_codec codec;         /* first */
    const struct fl_kd2_settings *settings; /* NULL: of the endpoint */
};

extern const struct fl_kd2_codec fl_kd2_endpoint;
/* One whose settings a command gives; they outlive it. */
struct fl_kd2_codec fl_kd2_codec_of(const struct fl_kd2_settings *settings);

/* kd2_reading.c */
enum fl_status fl_kd2_read_open(
    const struct fl_endpoint_codec *codec,
    struct fl_node *node,
    struct fl_codec_source source,
    struct fl_endpoint_reading **out_reading,
    struct fl_error *out_error);
void fl_kd2_read_close(struct fl_endpoint_reading *reading);
enum fl_status fl_kd2_read_header(
    struct fl_endpoint_reading *reading,
    const struct fl_package_header **out_header,
    struct fl_error *out_error);
enum fl_status fl_kd2_read_begin(
    struct fl_endpoint_reading *reading,
    const struct fl_peer *peer,
    struct fl_txn *txn,
    struct fl_error *out_error);
enum fl_status fl_kd2_read_next(
    struct fl_endpoint_reading *reading,
    struct fl_endpoint_object *out_object,
    struct fl_error *out_error);
bool fl_kd2_read_is_amid(const struct fl_endpoint_reading *reading);
bool fl_kd2_read_is_incomplete(const struct fl_endpoint_reading *reading);
const char *fl_kd2_read_note(const struct fl_endpoint_reading *reading, size_t index);

/* kd2_writing.c */
enum fl_status fl_kd2_write_open(
    const struct fl_endpoint_codec *codec,
    struct fl_node *node,
    const struct fl_peer *peer,
    const struct fl_package_header *header,
    struct fl_codec_sink sink,
    struct fl_endpoint_writing **out_writing,
    struct fl_error *out_error);
void fl_kd2_write_close(struct fl_endpoint_writing *writing);
enum fl_status fl_kd2_write_put(
    struct fl_endpoint_writing *writing,
    struct fl_txn *txn,
    const struct fl_object *object,
    bool *out_written,
    struct fl_error *out_error);
const char *fl_kd2_write_note(const struct fl_endpoint_writing *writing, size_t index);
enum fl_status fl_kd2_write_end(
    struct fl_endpoint_writing *writing,
    struct fl_error *out_error);
enum fl_status fl_kd2_write_keep(
    struct fl_endpoint_writing *writing,
    struct fl_txn *txn,
    struct fl_error *out_error);

#endif
