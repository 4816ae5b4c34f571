/*
 * The bytes of an object: protobuf's wire format by `Record` of filial.proto, in its only
 * canonical form (fields ascending, shortest varints, nothing empty written), so that
 * equal content is equal bytes. Decoding refuses any other form. The key and `deleted`
 * are not in the record: they stand beside it in journal and message.
 */

#ifndef PROTO_RECORD_H
#define PROTO_RECORD_H

#include "proto/object.h"

/* Append the record of a normalised object. A deleted ref has an empty record. */
enum fl_status fl_record_encode(
    const struct fl_object *object,
    struct fl_buffer *out_buffer);

/* Views in `*out_object` borrow from `record`; the rest lives in `arena`. */
enum fl_status fl_record_decode(
    struct fl_key key,
    bool deleted,
    struct fl_bytes record,
    struct fl_arena *arena,
    struct fl_object *out_object);

/* The whole form, without building anything: for bytes that came from elsewhere. */
enum fl_status fl_record_check(struct fl_bytes record);

#endif
