#include "proto/compression.h"

#include <string.h>
#include <zstd.h>

struct fl_compressor {
    ZSTD_CCtx *context;
};

struct fl_decompressor {
    ZSTD_DCtx *context;
};

enum fl_status fl_compressor_new(struct fl_compressor **out_compressor)
{
    struct fl_compressor *compressor = fl_alloc_zeroed(1, sizeof(*compressor));

    if (!compressor) {
        return FL_NO_MEMORY;
    }
    compressor->context = ZSTD_createCCtx();
    if (!compressor->context) {
        fl_compressor_free(compressor);
        return FL_NO_MEMORY;
    }
    *out_compressor = compressor;
    return FL_OK;
}

void fl_compressor_free(struct fl_compressor *compressor)
{
    if (compressor) {
        (void)ZSTD_freeCCtx(compressor->context);
        fl_free(compressor);
    }
}

static enum fl_status compress(
    struct fl_compressor *compressor,
    int level,
    struct fl_bytes base,
    struct fl_bytes plain,
    struct fl_buffer *out_buffer)
{
    ZSTD_CCtx *context = compressor->context;
    size_t bound = ZSTD_compressBound(plain.size);
    uint8_t *room = fl_buffer_reserve(out_buffer, bound);

    if (!room) {
        return fl_buffer_status(out_buffer);
    }
    /* Level and prefix of the last time are forgotten with the parameters. */
    (void)ZSTD_CCtx_reset(context, ZSTD_reset_session_and_parameters);
    (void)ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level);
    (void)ZSTD_CCtx_refPrefix(context, base.data, base.size);
    size_t size = ZSTD_compress2(context, room, bound, plain.data, plain.size);

    if (ZSTD_isError(size)) {
        return FL_NO_MEMORY;
    }
    fl_buffer_added(out_buffer, size);
    return FL_OK;
}

enum fl_status fl_compress(
    struct fl_compressor *compressor,
    struct fl_bytes plain,
    struct fl_buffer *out_buffer)
{
    const struct fl_bytes none = {.data = NULL, .size = 0};

    return compress(compressor, FL_COMPRESSION_LEVEL, none, plain, out_buffer);
}

enum fl_status fl_compress_against(
    struct fl_compressor *compressor,
    struct fl_bytes base,
    struct fl_bytes plain,
    struct fl_buffer *out_buffer)
{
    return compress(compressor, FL_COMPRESSION_LEVEL_AGAINST, base, plain, out_buffer);
}

enum fl_status fl_compress_begin(struct fl_compressor *compressor, size_t plain_size)
{
    ZSTD_CCtx *context = compressor->context;

    if (ZSTD_isError(ZSTD_CCtx_reset(context, ZSTD_reset_session_and_parameters)) ||
        ZSTD_isError(ZSTD_CCtx_setParameter(
            context, ZSTD_c_compressionLevel, FL_COMPRESSION_LEVEL)) ||
        ZSTD_isError(ZSTD_CCtx_setPledgedSrcSize(context, plain_size))) {
        return FL_NO_MEMORY;
    }
    return FL_OK;
}

/* The head of a frame and the ends of blocks beside what a piece itself may become. */
enum { PIECE_ROOM_BYTES = 64 };

enum fl_status fl_compress_piece(
    struct fl_compressor *compressor,
    struct fl_bytes plain,
    bool is_last,
    struct fl_buffer *out_buffer)
{
    size_t bound = ZSTD_compressBound(plain.size) + PIECE_ROOM_BYTES;
    uint8_t *room = fl_buffer_reserve(out_buffer, bound);

    if (!room) {
        return fl_buffer_status(out_buffer);
    }
    ZSTD_inBuffer in = {.src = plain.data, .size = plain.size};
    ZSTD_outBuffer out = {.dst = room, .size = bound};
    size_t left = ZSTD_compressStream2(
        compressor->context, &out, &in, is_last ? ZSTD_e_end : ZSTD_e_flush);

    if (ZSTD_isError(left) || left > 0 || in.pos < in.size) {
        return FL_NO_MEMORY;
    }
    fl_buffer_added(out_buffer, out.pos);
    return FL_OK;
}

enum fl_status fl_decompressor_new(struct fl_decompressor **out_decompressor)
{
    struct fl_decompressor *decompressor = fl_alloc_zeroed(1, sizeof(*decompressor));

    if (!decompressor) {
        return FL_NO_MEMORY;
    }
    decompressor->context = ZSTD_createDCtx();
    if (!decompressor->context) {
        fl_decompressor_free(decompressor);
        return FL_NO_MEMORY;
    }
    *out_decompressor = decompressor;
    return FL_OK;
}

void fl_decompressor_free(struct fl_decompressor *decompressor)
{
    if (decompressor) {
        (void)ZSTD_freeDCtx(decompressor->context);
        fl_free(decompressor);
    }
}

/*
 * One frame and nothing behind it: ZSTD_decompressDCtx() would go on to a second. And a
 * frame of today's format: a skippable one holds nothing, and the decoders of the formats
 * before 0.8 are code that no peer needs to reach.
 */
static bool is_one_frame(struct fl_bytes compressed)
{
    static const uint8_t magic[] = {0x28, 0xB5, 0x2F, 0xFD};

    if (compressed.size < sizeof(magic) ||
        memcmp(compressed.data, magic, sizeof(magic)) != 0) {
        return false;
    }
    return ZSTD_findFrameCompressedSize(compressed.data, compressed.size) ==
           compressed.size; /* an error is no size either */
}

enum fl_status fl_decompress(
    struct fl_decompressor *decompressor,
    struct fl_bytes compressed,
    size_t plain_size,
    struct fl_buffer *out_buffer)
{
    return fl_decompress_against(
        decompressor, (struct fl_bytes){NULL, 0}, compressed, plain_size, out_buffer);
}

enum fl_status fl_decompress_against(
    struct fl_decompressor *decompressor,
    struct fl_bytes base,
    struct fl_bytes compressed,
    size_t plain_size,
    struct fl_buffer *out_buffer)
{
    if (!is_one_frame(compressed)) {
        return FL_MALFORMED;
    }
    uint8_t *room = fl_buffer_reserve(out_buffer, plain_size);

    if (!room) {
        return fl_buffer_status(out_buffer);
    }
    (void)ZSTD_DCtx_reset(decompressor->context, ZSTD_reset_session_only);
    (void)ZSTD_DCtx_refPrefix(decompressor->context, base.data, base.size);
    size_t size = ZSTD_decompressDCtx(
        decompressor->context, room, plain_size, compressed.data, compressed.size);

    if (ZSTD_isError(size) || size != plain_size) {
        return FL_MALFORMED;
    }
    fl_buffer_added(out_buffer, size);
    return FL_OK;
}
