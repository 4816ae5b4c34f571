/*
 * zstd with bounds: what is unpacked never grows beyond what the header of the message
 * promised, whatever the compressed bytes say of themselves.
 */

#ifndef PROTO_COMPRESSION_H
#define PROTO_COMPRESSION_H

#include "proto/bytes.h"

enum { FL_COMPRESSION_LEVEL = 1 };

/* Against a base, where small differences of small values are all there is. */
enum { FL_COMPRESSION_LEVEL_AGAINST = 3 };

/* Contexts of zstd, made once and used again; one thread at a time. */
struct fl_compressor;
struct fl_decompressor;

enum fl_status fl_compressor_new(struct fl_compressor **out_compressor);
void fl_compressor_free(struct fl_compressor *compressor);

/* Append the compressed bytes to `out_buffer`. Equal input gives equal bytes. */
enum fl_status fl_compress(
    struct fl_compressor *compressor,
    struct fl_bytes plain,
    struct fl_buffer *out_buffer);

/*
 * The same as what differs from `base`, which is needed again to unpack it. An empty base
 * is none.
 */
enum fl_status fl_compress_against(
    struct fl_compressor *compressor,
    struct fl_bytes base,
    struct fl_bytes plain,
    struct fl_buffer *out_buffer);

/*
 * Without a base, in pieces of one frame for all of them: each appends what is unpacked
 * up to its end, so that a line that breaks costs a piece, and small pieces are packed as
 * well as large ones. All of them one behind the other, `plain_size` in all, are what
 * fl_decompress() takes. A piece is not empty; nothing else is packed in between.
 */
enum fl_status fl_compress_begin(struct fl_compressor *compressor, size_t plain_size);
enum fl_status fl_compress_piece(
    struct fl_compressor *compressor,
    struct fl_bytes plain,
    bool is_last,
    struct fl_buffer *out_buffer);

enum fl_status fl_decompressor_new(struct fl_decompressor **out_decompressor);
void fl_decompressor_free(struct fl_decompressor *decompressor);

/*
 * Append exactly `plain_size` bytes. FL_MALFORMED: not one whole frame of zstd that gives
 * just that many, or bytes behind it; nothing is appended then.
 */
enum fl_status fl_decompress(
    struct fl_decompressor *decompressor,
    struct fl_bytes compressed,
    size_t plain_size,
    struct fl_buffer *out_buffer);

/* The same of what fl_compress_against() made; another base gives FL_MALFORMED or other
 * bytes, so the caller knows which it was. */
enum fl_status fl_decompress_against(
    struct fl_decompressor *decompressor,
    struct fl_bytes base,
    struct fl_bytes compressed,
    size_t plain_size,
    struct fl_buffer *out_buffer);

#endif
