#include "proto/compression.h"

#include <string.h>

#include "proto/limits.h"
#include "wire.h"

struct fixture {
    struct fl_compressor *compressor;
    struct fl_decompressor *decompressor;
    struct fl_buffer wire;
    struct fl_buffer plain;
};

static int begin(void **state)
{
    static struct fixture fixture;

    assert_int_equal(fl_compressor_new(&fixture.compressor), FL_OK);
    assert_int_equal(fl_decompressor_new(&fixture.decompressor), FL_OK);
    fl_buffer_init(&fixture.wire, 4 << 20);
    fl_buffer_init(&fixture.plain, 4 << 20);
    *state = &fixture;
    return 0;
}

static int end(void **state)
{
    struct fixture *const fixture = *state;

    fl_compressor_free(fixture->compressor);
    fl_decompressor_free(fixture->decompressor);
    fl_buffer_deinit(&fixture->wire);
    fl_buffer_deinit(&fixture->plain);
    return 0;
}

/* Words that repeat, or noise. */
static void make_plain(uint8_t *out_bytes, size_t size, bool noise)
{
    uint64_t word = 88172645463325252u;

    for (size_t i = 0; i < size; i++) {
        word ^= word << 13;
        word ^= word >> 7;
        word ^= word << 17;
        out_bytes[i] = noise ? (uint8_t)word : (uint8_t)("Номенклатура"[i % 24]);
    }
}

static struct fl_bytes compressed(struct fixture *fixture, struct fl_bytes plain)
{
    fl_buffer_clear(&fixture->wire);
    assert_int_equal(fl_compress(fixture->compressor, plain, &fixture->wire), FL_OK);
    return fl_buffer_view(&fixture->wire);
}

static enum fl_status decompress(
    struct fixture *fixture,
    struct fl_bytes wire,
    size_t plain_size)
{
    uint8_t *const copy = wire_copy(wire);

    fl_buffer_clear(&fixture->plain);
    fl_buffer_put_text(&fixture->plain, "before");
    const enum fl_status status = fl_decompress(
        fixture->decompressor, (struct fl_bytes){copy, wire.size}, plain_size,
        &fixture->plain);

    free(copy);
    assert_int_equal(
        fixture->plain.size, status == FL_OK ? strlen("before") + plain_size : 6);
    assert_memory_equal(fixture->plain.data, "before", 6);
    return status;
}

static void test_what_is_packed_is_unpacked(void **state)
{
    static const size_t sizes[] = {0, 1, 2, 100, 4096, 65537, FL_CHUNK_PLAIN_BYTES_MAX};
    static uint8_t plain[FL_CHUNK_PLAIN_BYTES_MAX];
    struct fixture *const fixture = *state;

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]) * 2; i++) {
        const bool noise = i % 2 == 1;
        const size_t size = sizes[i / 2];

        make_plain(plain, size, noise);
        const struct fl_bytes wire = compressed(fixture, (struct fl_bytes){plain, size});

        assert_true(wire.size <= FL_FRAME_BYTES_MAX);
        assert_true(noise || size < 100 || wire.size < size / 2);
        assert_int_equal(decompress(fixture, wire, size), FL_OK);
        assert_memory_equal(fixture->plain.data + 6, plain, size);
    }
}

/* A message that is built again must come out byte for byte. */
static void test_equal_input_gives_equal_bytes(void **state)
{
    static uint8_t plain[100000];
    struct fixture *const fixture = *state;
    struct fl_compressor *fresh = NULL;
    struct fl_buffer other;

    make_plain(plain, 50000, /* noise= */ false);
    make_plain(plain + 50000, 50000, /* noise= */ true);
    fl_buffer_init(&other, 4 << 20);
    assert_int_equal(fl_compressor_new(&fresh), FL_OK);
    (void)compressed(fixture, BYTES("something else came before"));
    const struct fl_bytes wire =
        compressed(fixture, (struct fl_bytes){plain, sizeof(plain)});

    assert_int_equal(
        fl_compress(fresh, (struct fl_bytes){plain, sizeof(plain)}, &other), FL_OK);
    assert_true(fl_bytes_equal(wire, fl_buffer_view(&other)));
    fl_compressor_free(fresh);
    fl_buffer_deinit(&other);
}

static void test_another_size_than_the_stated_is_refused(void **state)
{
    static uint8_t plain[10000];
    struct fixture *const fixture = *state;

    const struct fl_bytes wire =
        compressed(fixture, (struct fl_bytes){plain, sizeof(plain)});

    assert_int_equal(decompress(fixture, wire, sizeof(plain)), FL_OK);
    assert_int_equal(decompress(fixture, wire, sizeof(plain) - 1), FL_MALFORMED);
    assert_int_equal(decompress(fixture, wire, sizeof(plain) + 1), FL_MALFORMED);
    assert_int_equal(decompress(fixture, wire, 0), FL_MALFORMED);
}

static void test_bytes_behind_the_frame_are_refused(void **state)
{
    struct fixture *const fixture = *state;
    struct fl_bytes wire = compressed(fixture, BYTES("one two three"));
    const size_t size = wire.size;

    fl_buffer_put_u8(&fixture->wire, 0);
    assert_int_equal(
        decompress(fixture, fl_buffer_view(&fixture->wire), 13), FL_MALFORMED);
    fixture->wire.size = size;
    /* A second whole frame, even of nothing. */
    assert_int_equal(fl_compress(fixture->compressor, BYTES(""), &fixture->wire), FL_OK);
    assert_int_equal(
        decompress(fixture, fl_buffer_view(&fixture->wire), 13), FL_MALFORMED);
}

static void test_other_frames_than_todays_are_refused(void **state)
{
    struct fixture *const fixture = *state;

    assert_int_equal(decompress(fixture, BYTES(""), 0), FL_MALFORMED);
    /* Skippable, of no bytes and of four. */
    assert_int_equal(
        decompress(fixture, BYTES("\x50\x2a\x4d\x18\0\0\0\0"), 0), FL_MALFORMED);
    assert_int_equal(
        decompress(fixture, BYTES("\x50\x2a\x4d\x18\x04\0\0\0abcd"), 0), FL_MALFORMED);
    /* Formats 0.5 to 0.7, empty. */
    assert_int_equal(
        decompress(fixture, BYTES("\x25\xb5\x2f\xfd\0\xc0\0\0"), 0), FL_MALFORMED);
    assert_int_equal(
        decompress(fixture, BYTES("\x27\xb5\x2f\xfd\0\xc0\0\0"), 0), FL_MALFORMED);
    /* Today's, that asks for a dictionary. */
    assert_int_equal(
        decompress(fixture, BYTES("\x28\xb5\x2f\xfd\x21\x07\x00\x01\x00\x00"), 0),
        FL_MALFORMED);
}

/* A header that promises 2^40 bytes is not believed: nothing of it is allocated. */
static void test_a_promise_of_a_terabyte_is_refused(void **state)
{
    struct fixture *const fixture = *state;

    assert_int_equal(
        decompress(
            fixture, BYTES("\x28\xb5\x2f\xfd\xe0\0\0\0\0\0\x01\0\0\x03\0\0\x41"),
            FL_CHUNK_PLAIN_BYTES_MAX),
        FL_MALFORMED);
}

/*
 * 4 bytes that unpack to 128 KiB each, a repeated byte; two of them are a chunk. What is
 * written is bounded by what was stated, not by how many there are.
 */
static void test_a_bomb_does_not_go_off(void **state)
{
    static const int counts[] = {2, 3, 20000};
    struct fixture *const fixture = *state;

    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        fl_buffer_clear(&fixture->wire);
        fl_buffer_put(&fixture->wire, BYTES("\x28\xb5\x2f\xfd\0\x88"));
        for (int k = 1; k < counts[i]; k++) {
            fl_buffer_put(&fixture->wire, BYTES("\x02\0\x10\x41"));
        }
        fl_buffer_put(&fixture->wire, BYTES("\x03\0\x10\x41")); /* the last */
        assert_int_equal(
            decompress(fixture, fl_buffer_view(&fixture->wire), FL_CHUNK_PLAIN_BYTES_MAX),
            counts[i] == 2 ? FL_OK : FL_MALFORMED);
    }
}

static void test_every_truncation_is_refused(void **state)
{
    static uint8_t plain[3000];
    struct fixture *const fixture = *state;

    make_plain(plain, 1500, /* noise= */ false);
    make_plain(plain + 1500, 1500, /* noise= */ true);
    const struct fl_bytes wire =
        compressed(fixture, (struct fl_bytes){plain, sizeof(plain)});

    for (size_t size = 0; size < wire.size; size++) {
        assert_int_equal(
            decompress(fixture, (struct fl_bytes){wire.data, size}, sizeof(plain)),
            FL_MALFORMED);
    }
}

/* Its hash finds a flipped bit before; here it must only stay within its bounds. */
static void test_flipped_bits_stay_within_bounds(void **state)
{
    static uint8_t plain[600];
    struct fixture *const fixture = *state;

    make_plain(plain, sizeof(plain), /* noise= */ false);
    const struct fl_bytes wire =
        compressed(fixture, (struct fl_bytes){plain, sizeof(plain)});
    uint8_t *const copy = wire_copy(wire);

    for (size_t bit = 0; bit < wire.size * 8; bit++) {
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
        const enum fl_status status =
            decompress(fixture, (struct fl_bytes){copy, wire.size}, sizeof(plain));

        assert_true(status == FL_OK || status == FL_MALFORMED);
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    free(copy);
}

static void pack_in_pieces(
    struct fl_compressor *compressor,
    struct fl_bytes plain,
    size_t piece_bytes,
    struct fl_buffer *out_wire)
{
    fl_buffer_clear(out_wire);
    assert_int_equal(fl_compress_begin(compressor, plain.size), FL_OK);
    for (size_t at = 0; at < plain.size; at += piece_bytes) {
        size_t left = plain.size - at;
        size_t size = left < piece_bytes ? left : piece_bytes;
        size_t before = out_wire->size;

        assert_int_equal(
            fl_compress_piece(
                compressor, (struct fl_bytes){plain.data + at, size}, size == left,
                out_wire),
            FL_OK);
        assert_true(out_wire->size > before);
    }
}

static void test_pieces_are_one_frame(void **state)
{
    static const size_t pieces[] = {1000, 4096, 65537, FL_CHUNK_PLAIN_BYTES_MAX};
    static uint8_t plain[700000];
    struct fixture *const fixture = *state;

    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]) * 2; i++) {
        make_plain(plain, sizeof(plain), /* noise= */ i % 2 == 1);
        pack_in_pieces(
            fixture->compressor, (struct fl_bytes){plain, sizeof(plain)}, pieces[i / 2],
            &fixture->wire);
        assert_int_equal(
            decompress(fixture, fl_buffer_view(&fixture->wire), sizeof(plain)), FL_OK);
        assert_memory_equal(fixture->plain.data + 6, plain, sizeof(plain));
        assert_int_equal(
            decompress(fixture, fl_buffer_view(&fixture->wire), sizeof(plain) - 1),
            FL_MALFORMED);
    }
}

/* A message that is made again goes on behind the pieces that are there already. */
static void test_equal_pieces_give_equal_bytes(void **state)
{
    static uint8_t plain[300000];
    struct fixture *const fixture = *state;
    struct fl_compressor *fresh = NULL;
    struct fl_buffer other;

    make_plain(plain, sizeof(plain), /* noise= */ false);
    make_plain(plain + 100000, 100000, /* noise= */ true);
    fl_buffer_init(&other, 4 << 20);
    assert_int_equal(fl_compressor_new(&fresh), FL_OK);
    (void)compressed(fixture, BYTES("something else came before"));
    pack_in_pieces(
        fixture->compressor, (struct fl_bytes){plain, sizeof(plain)}, 16384,
        &fixture->wire);
    pack_in_pieces(fresh, (struct fl_bytes){plain, sizeof(plain)}, 16384, &other);
    assert_true(fl_bytes_equal(fl_buffer_view(&fixture->wire), fl_buffer_view(&other)));
    fl_compressor_free(fresh);
    fl_buffer_deinit(&other);
}

/* Each knows what the ones before it had. */
static void test_small_pieces_are_packed_nearly_as_well_as_the_whole(void **state)
{
    static uint8_t plain[200000];
    struct fixture *const fixture = *state;

    make_plain(plain, 8000, /* noise= */ true);
    for (size_t at = 8000; at < sizeof(plain); at += 8000) {
        memcpy(plain + at, plain, 8000);
    }
    pack_in_pieces(
        fixture->compressor, (struct fl_bytes){plain, sizeof(plain)}, 8000,
        &fixture->wire);
    assert_in_range(fixture->wire.size, 8000, 9000);
}

static void test_a_full_buffer_is_a_limit(void **state)
{
    static uint8_t plain[1000];
    struct fixture *const fixture = *state;
    struct fl_buffer small;

    const struct fl_bytes wire =
        compressed(fixture, (struct fl_bytes){plain, sizeof(plain)});

    fl_buffer_init(&small, sizeof(plain) - 1);
    assert_int_equal(
        fl_decompress(fixture->decompressor, wire, sizeof(plain), &small), FL_LIMIT);
    fl_buffer_clear(&small);
    assert_int_equal(
        fl_compress(fixture->compressor, (struct fl_bytes){plain, sizeof(plain)}, &small),
        FL_LIMIT);
    assert_int_equal(small.size, 0);
    fl_buffer_deinit(&small);
}

static void test_what_differs_from_a_base_is_small_and_needs_it(void **state)
{
    static uint8_t base[4000];
    static uint8_t plain[4000];
    struct fixture *const fixture = *state;
    const struct fl_bytes base_view = {base, sizeof(base)};
    const struct fl_bytes plain_view = {plain, sizeof(plain)};
    struct fl_buffer wire;
    struct fl_buffer back;

    make_plain(base, sizeof(base), /* noise= */ true);
    memcpy(plain, base, sizeof(plain));
    plain[2000] ^= 1;
    fl_buffer_init(&wire, 1 << 20);
    fl_buffer_init(&back, 1 << 20);
    for (int round = 0; round < 2; round++) {
        fl_buffer_clear(&wire);
        fl_buffer_clear(&back);
        assert_int_equal(
            fl_compress_against(fixture->compressor, base_view, plain_view, &wire),
            FL_OK);
        assert_true(wire.size < 100);
        assert_int_equal(
            fl_decompress_against(
                fixture->decompressor, base_view, fl_buffer_view(&wire), sizeof(plain),
                &back),
            FL_OK);
        assert_true(fl_bytes_equal(fl_buffer_view(&back), plain_view));
        /* The base of one is not that of the next. */
        assert_int_equal(
            fl_decompress(
                fixture->decompressor, fl_buffer_view(&wire), sizeof(plain), &back),
            FL_MALFORMED);
    }
    fl_buffer_deinit(&wire);
    fl_buffer_deinit(&back);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_is_packed_is_unpacked, begin, end),
        cmocka_unit_test_setup_teardown(test_equal_input_gives_equal_bytes, begin, end),
        cmocka_unit_test_setup_teardown(test_pieces_are_one_frame, begin, end),
        cmocka_unit_test_setup_teardown(test_equal_pieces_give_equal_bytes, begin, end),
        cmocka_unit_test_setup_teardown(
            test_small_pieces_are_packed_nearly_as_well_as_the_whole, begin, end),
        cmocka_unit_test_setup_teardown(
            test_another_size_than_the_stated_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(
            test_bytes_behind_the_frame_are_refused, begin, end),
        cmocka_unit_test_setup_teardown(
            test_other_frames_than_todays_are_refused, begin, end),
        cmocka_unit_test_setup_teardown(
            test_a_promise_of_a_terabyte_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(test_a_bomb_does_not_go_off, begin, end),
        cmocka_unit_test_setup_teardown(test_every_truncation_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(test_flipped_bits_stay_within_bounds, begin, end),
        cmocka_unit_test_setup_teardown(test_a_full_buffer_is_a_limit, begin, end),
        cmocka_unit_test_setup_teardown(
            test_what_differs_from_a_base_is_small_and_needs_it, begin, end),
    };

    return cmocka_run_group_tests(tests, wire_setup, NULL);
}
