/*
 * Every bound of the engine, in one place, and how they relate.
 */

#ifndef PROTO_LIMITS_H
#define PROTO_LIMITS_H

#include <assert.h>
#include <stddef.h>

enum {
    /* Objects */
    FL_RECORD_BYTES_MAX = 8 << 20,        /* one object, with its sections and blobs */
    FL_FIELDS_MAX = 4096,                 /* attributes of a type, fields of a row */
    FL_ROWS_MAX = 100000,                 /* rows of one section */
    FL_OBJECT_ARENA_BYTES_MAX = 64 << 20, /* an object unpacked */

    /* A source transaction, which nothing ever splits */
    FL_TXN_BYTES_MAX = 16 << 20,
    FL_TXN_KEYS_MAX = 32768,

    /* Messages and frames */
    FL_CHUNK_PLAIN_BYTES_MAX = 256 << 10,
    FL_CHUNKS_MAX = 4096,
    FL_MESSAGE_PLAIN_BYTES_TARGET = 1 << 20, /* where a message ends, if it can */
    FL_MESSAGE_PLAIN_BYTES_MAX = FL_TXN_BYTES_MAX + FL_RECORD_BYTES_MAX,
    FL_MESSAGES_IN_FLIGHT_MAX = 8,
    FL_MESSAGES_REMEMBERED = 64, /* numbers kept beyond confirmation */
    FL_POSITIONS_MAX = 12,       /* incarnations remembered for one peer */
    FL_FRAME_BYTES_MAX = 320 << 10,

    /* Values of the store */
    FL_STORE_PART_BYTES_MAX = 60 << 10, /* larger values are cut into parts */

    /* Names and texts */
    FL_CODE_BYTES_MAX = 128,
    FL_NAME_BYTES_MAX = 1024,
    FL_CONFIGURATION_BYTES_MAX = 64 << 20,

    /* Packages */
    FL_XML_DEPTH_MAX = 64,
    FL_XML_ATTRIBUTES_MAX = 256,
    FL_XML_TAG_BYTES_MAX = 64 << 10,
    FL_XML_TEXT_BYTES_MAX = 64 << 20, /* one value; a ValueStorage may be large */
};

static_assert(
    (int)FL_CHUNK_PLAIN_BYTES_MAX < (int)FL_FRAME_BYTES_MAX,
    "an incompressible chunk fits a frame");
static_assert(
    (int)FL_RECORD_BYTES_MAX < (int)FL_TXN_BYTES_MAX,
    "the largest object fits a transaction");

#endif
