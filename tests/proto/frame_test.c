#include "proto/frame.h"

#include <string.h>

#include "replication/session.h"
#include "wire.h"

enum { KINDS = FL_FRAME_REFUSE };

static uint8_t message_bytes[FL_MESSAGE_HEADER_BYTES + FL_SIGNATURE_BYTES + 40];

static struct fl_frame_position sample_position(uint8_t first, uint64_t number)
{
    struct fl_frame_position position = {
        .incarnation = wire_uuid(first),
        .number = number,
    };

    wire_fill(position.hash, sizeof(position.hash), (uint8_t)(first + 0x30));
    return position;
}

static struct fl_frame_greeting sample_greeting(void)
{
    struct fl_frame_greeting greeting = {
        .installation = wire_uuid(0x10),
        .node = wire_uuid(0x30),
        .position = sample_position(0x50, 7),
        .staged = sample_position(0x60, 8),
        .staged_chunks = 3,
        .credit = 4 << 20,
        .free_bytes = UINT64_C(1) << 40,
        .software = 0x00010203,
        .rank = 2,
    };

    wire_fill(greeting.plan, sizeof(greeting.plan), 0x20);
    wire_fill(greeting.configuration_hash, sizeof(greeting.configuration_hash), 0x40);
    return greeting;
}

static struct fl_frame sample_frame(enum fl_frame_kind kind)
{
    struct fl_frame frame = {
        .kind = kind,
        .nonce = UINT64_C(0x0102030405060708),
        .sender_incarnation = wire_uuid(0xA0),
        .receiver_incarnation = wire_uuid(0xB0),
    };

    switch (kind) {
    case FL_FRAME_HELLO:
    case FL_FRAME_WELCOME:
        frame.greeting = sample_greeting();
        break;
    case FL_FRAME_SYNC:
        frame.done = true;
        frame.round = 5;
        break;
    case FL_FRAME_DONE:
        frame.round = 5;
        break;
    case FL_FRAME_MESSAGE:
        wire_fill(message_bytes, sizeof(message_bytes), 0);
        frame.acknowledged = 9;
        frame.message = (struct fl_bytes){message_bytes, sizeof(message_bytes)};
        break;
    case FL_FRAME_CHUNK:
        frame.chunk_number = 8;
        frame.chunk_index = 3;
        frame.chunk = BYTES("chunk");
        break;
    case FL_FRAME_CONFIRM:
        frame.confirmed = sample_position(0x40, 7);
        wire_fill(frame.signature, sizeof(frame.signature), 0x80);
        break;
    case FL_FRAME_CREDIT:
        frame.credit = 1 << 20;
        break;
    case FL_FRAME_REFUSE:
        frame.reason = 4;
        frame.text = BYTES("нет");
        break;
    case FL_FRAME_COMPARE:
        frame.comparison = BYTES("fourteen bytes");
        break;
    case FL_FRAME_KEYS:
        memset(frame.rotation, 0x5A, sizeof(frame.rotation));
        break;
    case FL_FRAME_KEYS_TAKEN:
        frame.key_id = 0x0102030405060708;
        break;
    case FL_FRAME_CLOCK:
        frame.clock_ms = INT64_C(0x0000018C2F1B2A3C);
        break;
    case FL_FRAME_LATER:
        frame.later_ms = 90000;
        break;
    case FL_FRAME_LIFE:
        frame.life = (struct fl_frame_life){
            .life = 0x0102030405060708,
            .position_life = 9,
            .confirmed_incarnation = wire_uuid(0xC0),
            .confirmed_number = 7,
            .confirmed_life = 10,
        };
        break;
    case FL_FRAME_RESTORED:
        break; /* restored_test.c */
    }
    return frame;
}

static void encode(enum fl_frame_kind kind, struct fl_buffer *out_buffer)
{
    const struct fl_frame frame = sample_frame(kind);

    fl_buffer_init(out_buffer, 1 << 20);
    fl_frame_encode(&frame, out_buffer);
    assert_int_equal(fl_buffer_status(out_buffer), FL_OK);
}

#define HEAD(kind)                                                                       \
    "464c 01 " kind "0102030405060708"                                                   \
    "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"                                                   \
    "b0b1b2b3b4b5b6b7b8b9babbbcbdbebf"

#define GREETING                                                                         \
    "101112131415161718191a1b1c1d1e1f"                                                   \
    "202122232425262728292a2b2c2d2e2f"                                                   \
    "303132333435363738393a3b3c3d3e3f"                                                   \
    "404142434445464748494a4b4c4d4e4f"                                                   \
    "505152535455565758595a5b5c5d5e5f 0000000000000007"                                  \
    "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"                   \
    "606162636465666768696a6b6c6d6e6f 0000000000000008"                                  \
    "909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeaf"                   \
    "00000003 0000000000400000 0000010000000000 00010203 02"

static void test_the_layouts_never_change(void **state)
{
    static const char *const expected[KINDS + 1] = {
        [FL_FRAME_HELLO] = HEAD("01") GREETING,
        [FL_FRAME_WELCOME] = HEAD("02") GREETING,
        [FL_FRAME_SYNC] = HEAD("03") "0000000000000005 01",
        [FL_FRAME_DONE] = HEAD("04") "0000000000000005",
        [FL_FRAME_MESSAGE] = NULL, /* the message as it is; looked at below */
        [FL_FRAME_CHUNK] = HEAD("06") "0000000000000008 00000003 6368756e6b",
        [FL_FRAME_CONFIRM] =
            HEAD("07") "404142434445464748494a4b4c4d4e4f 0000000000000007"
                       "707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f"
                       "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
                       "a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf",
        [FL_FRAME_CREDIT] = HEAD("08") "0000000000100000",
        [FL_FRAME_REFUSE] = HEAD("09") "04 d0bdd0b5d182",
    };
    struct fl_buffer buffer;

    (void)state;
    for (int kind = FL_FRAME_HELLO; kind <= KINDS; kind++) {
        encode((enum fl_frame_kind)kind, &buffer);
        if (expected[kind]) {
            wire_assert_hex(fl_buffer_view(&buffer), expected[kind]);
        }
        fl_buffer_deinit(&buffer);
    }
    encode(FL_FRAME_MESSAGE, &buffer);
    wire_assert_hex(
        (struct fl_bytes){buffer.data, FL_FRAME_HEAD_BYTES + 8},
        HEAD("05") "0000000000000009");
    assert_int_equal(buffer.size, FL_FRAME_HEAD_BYTES + 8 + sizeof(message_bytes));
    assert_memory_equal(
        buffer.data + FL_FRAME_HEAD_BYTES + 8, message_bytes, sizeof(message_bytes));
    fl_buffer_deinit(&buffer);
}

static void assert_same_position(
    const struct fl_frame_position *a,
    const struct fl_frame_position *b)
{
    assert_true(fl_uuid_equal(a->incarnation, b->incarnation));
    assert_true(a->number == b->number);
    assert_memory_equal(a->hash, b->hash, sizeof(a->hash));
}

static void assert_same_greeting(
    const struct fl_frame_greeting *a,
    const struct fl_frame_greeting *b)
{
    assert_true(fl_uuid_equal(a->installation, b->installation));
    assert_memory_equal(a->plan, b->plan, sizeof(a->plan));
    assert_true(fl_uuid_equal(a->node, b->node));
    assert_memory_equal(
        a->configuration_hash, b->configuration_hash, sizeof(a->configuration_hash));
    assert_same_position(&a->position, &b->position);
    assert_same_position(&a->staged, &b->staged);
    assert_int_equal(a->staged_chunks, b->staged_chunks);
    assert_true(a->credit == b->credit && a->free_bytes == b->free_bytes);
    assert_int_equal(a->software, b->software);
    assert_int_equal(a->rank, b->rank);
}

static void assert_same_frame(const struct fl_frame *a, const struct fl_frame *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_true(a->nonce == b->nonce);
    assert_true(fl_uuid_equal(a->sender_incarnation, b->sender_incarnation));
    assert_true(fl_uuid_equal(a->receiver_incarnation, b->receiver_incarnation));
    assert_same_greeting(&a->greeting, &b->greeting);
    assert_true(a->round == b->round && a->done == b->done);
    assert_true(a->acknowledged == b->acknowledged);
    assert_true(fl_bytes_equal(a->message, b->message));
    assert_true(a->chunk_number == b->chunk_number);
    assert_int_equal(a->chunk_index, b->chunk_index);
    assert_true(fl_bytes_equal(a->chunk, b->chunk));
    assert_same_position(&a->confirmed, &b->confirmed);
    assert_memory_equal(a->signature, b->signature, sizeof(a->signature));
    assert_true(a->credit == b->credit);
    assert_int_equal(a->reason, b->reason);
    assert_true(fl_bytes_equal(a->text, b->text));
    assert_true(fl_bytes_equal(a->comparison, b->comparison));
}

static void test_a_comparison_goes_there_and_back(void **state)
{
    const struct fl_frame frame = sample_frame(FL_FRAME_COMPARE);
    struct fl_frame decoded;
    struct fl_buffer buffer;

    (void)state;
    encode(FL_FRAME_COMPARE, &buffer);
    wire_assert_hex(fl_buffer_view(&buffer), HEAD("18") "666f75727465656e206279746573");
    assert_int_equal(fl_frame_decode(fl_buffer_view(&buffer), &decoded), FL_OK);
    assert_same_frame(&decoded, &frame);
    buffer.size--; /* less than a comparison's head */
    assert_int_equal(fl_frame_decode(fl_buffer_view(&buffer), &decoded), FL_MALFORMED);
    while (buffer.size <= FL_FRAME_HEAD_BYTES + FL_COMPARE_BYTES_MAX) {
        fl_buffer_put_u8(&buffer, 0);
    }
    assert_int_equal(fl_frame_decode(fl_buffer_view(&buffer), &decoded), FL_MALFORMED);
    buffer.size--;
    assert_int_equal(fl_frame_decode(fl_buffer_view(&buffer), &decoded), FL_OK);
    fl_buffer_deinit(&buffer);
}

static void test_a_clock_and_a_later_time_go_there_and_back(void **state)
{
    static const struct {
        enum fl_frame_kind kind;
        const char *hex;
    } expected[] = {
        {FL_FRAME_CLOCK, HEAD("28") "0000018c2f1b2a3c"},
        {FL_FRAME_LATER, HEAD("29") "00015f90"}};

    (void)state;
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        const struct fl_frame frame = sample_frame(expected[i].kind);
        struct fl_frame decoded;
        struct fl_buffer buffer;

        encode(expected[i].kind, &buffer);
        wire_assert_hex(fl_buffer_view(&buffer), expected[i].hex);
        assert_int_equal(fl_frame_decode(fl_buffer_view(&buffer), &decoded), FL_OK);
        assert_true(decoded.clock_ms == frame.clock_ms);
        assert_true(decoded.later_ms == frame.later_ms);
        buffer.size--;
        assert_int_equal(
            fl_frame_decode(fl_buffer_view(&buffer), &decoded), FL_MALFORMED);
        buffer.size++;
        fl_buffer_put_u8(&buffer, 0);
        assert_int_equal(
            fl_frame_decode(fl_buffer_view(&buffer), &decoded), FL_MALFORMED);
        fl_buffer_deinit(&buffer);
    }
}

static void test_a_life_goes_there_and_back(void **state)
{
    struct fl_frame frame = sample_frame(FL_FRAME_LIFE);
    struct fl_frame decoded;
    struct fl_buffer buffer;

    (void)state;
    encode(FL_FRAME_LIFE, &buffer);
    wire_assert_hex(
        fl_buffer_view(&buffer), HEAD("2c") "0102030405060708"
                                            "0000000000000009"
                                            "c0c1c2c3c4c5c6c7c8c9cacbcccdcecf"
                                            "0000000000000007"
                                            "000000000000000a");
    assert_int_equal(fl_frame_decode(fl_buffer_view(&buffer), &decoded), FL_OK);
    assert_memory_equal(&decoded.life, &frame.life, sizeof(frame.life));
    buffer.size--;
    assert_int_equal(fl_frame_decode(fl_buffer_view(&buffer), &decoded), FL_MALFORMED);
    buffer.size++;
    fl_buffer_put_u8(&buffer, 0);
    assert_int_equal(fl_frame_decode(fl_buffer_view(&buffer), &decoded), FL_MALFORMED);
    fl_buffer_clear(&buffer);
    frame.life.life = 0; /* who has none says nothing */
    fl_frame_encode(&frame, &buffer);
    assert_int_equal(fl_frame_decode(fl_buffer_view(&buffer), &decoded), FL_MALFORMED);
    fl_buffer_deinit(&buffer);
}

static void test_frames_go_there_and_back(void **state)
{
    (void)state;
    for (int kind = FL_FRAME_HELLO; kind <= KINDS; kind++) {
        const struct fl_frame frame = sample_frame((enum fl_frame_kind)kind);
        struct fl_frame decoded;
        struct fl_buffer buffer;

        encode((enum fl_frame_kind)kind, &buffer);
        assert_int_equal(fl_frame_decode(fl_buffer_view(&buffer), &decoded), FL_OK);
        assert_same_frame(&decoded, &frame);
        fl_buffer_deinit(&buffer);
    }
}

/* A cut text or chunk is a shorter one; their size is checked elsewhere. */
static bool has_open_end(int kind)
{
    return kind == FL_FRAME_MESSAGE || kind == FL_FRAME_CHUNK || kind == FL_FRAME_REFUSE;
}

/* What decodes must be the one form of what it says. */
static void assert_canonical(struct fl_bytes bytes)
{
    uint8_t *const copy = wire_copy(bytes);
    const struct fl_bytes exact = {copy, bytes.size};
    struct fl_frame frame;
    struct fl_buffer again;

    fl_buffer_init(&again, 1 << 20);
    if (fl_frame_decode(exact, &frame) == FL_OK) {
        fl_frame_encode(&frame, &again);
        assert_true(fl_bytes_equal(fl_buffer_view(&again), exact));
    }
    fl_buffer_deinit(&again);
    free(copy);
}

static void test_every_truncation_is_refused(void **state)
{
    (void)state;
    for (int kind = FL_FRAME_HELLO; kind <= KINDS; kind++) {
        struct fl_frame frame;
        struct fl_buffer buffer;

        encode((enum fl_frame_kind)kind, &buffer);
        for (size_t size = 0; size < buffer.size; size++) {
            const struct fl_bytes cut = {buffer.data, size};

            assert_canonical(cut);
            if (size <= FL_FRAME_HEAD_BYTES || !has_open_end(kind)) {
                assert_int_equal(fl_frame_decode(cut, &frame), FL_MALFORMED);
            }
        }
        fl_buffer_deinit(&buffer);
    }
}

static void test_bytes_behind_a_frame_are_refused(void **state)
{
    (void)state;
    for (int kind = FL_FRAME_HELLO; kind <= KINDS; kind++) {
        struct fl_frame frame;
        struct fl_buffer buffer;

        encode((enum fl_frame_kind)kind, &buffer);
        fl_buffer_put_u8(&buffer, 0);
        if (!has_open_end(kind)) {
            assert_int_equal(
                fl_frame_decode(fl_buffer_view(&buffer), &frame), FL_MALFORMED);
        }
        fl_buffer_deinit(&buffer);
    }
}

static void test_a_flipped_bit_is_refused_or_means_another_frame(void **state)
{
    (void)state;
    for (int kind = FL_FRAME_HELLO; kind <= KINDS; kind++) {
        struct fl_buffer buffer;

        encode((enum fl_frame_kind)kind, &buffer);
        for (size_t bit = 0; bit < buffer.size * 8; bit++) {
            buffer.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_canonical(fl_buffer_view(&buffer));
            buffer.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        fl_buffer_deinit(&buffer);
    }
}

/* A byte of the sample of `kind`, set to `value`. */
struct patch {
    enum fl_frame_kind kind;
    size_t offset;
    uint8_t value;
    enum fl_status status;
};

static void test_what_no_node_says_is_refused(void **state)
{
    static const struct patch patches[] = {
        {FL_FRAME_DONE, 0, 'f', FL_MALFORMED},
        {FL_FRAME_DONE, 1, 'M', FL_MALFORMED},
        {FL_FRAME_DONE, 2, 2, FL_UNSUPPORTED},
        {FL_FRAME_DONE, 2, 0, FL_UNSUPPORTED},
        {FL_FRAME_DONE, 3, 0, FL_MALFORMED},                   /* kind */
        {FL_FRAME_DONE, 3, 10, FL_MALFORMED},                  /* kind */
        {FL_FRAME_DONE, 3, FL_FRAME_HELLO, FL_MALFORMED},      /* of another length */
        {FL_FRAME_SYNC, 52, 2, FL_MALFORMED},                  /* done */
        {FL_FRAME_CONFIRM, 44 + 23, 0, FL_MALFORMED},          /* number 0 */
        {FL_FRAME_CHUNK, 44 + 10, 0x10, FL_MALFORMED},         /* index 4099 */
        {FL_FRAME_HELLO, 44 + 64 + 56 + 23, 0, FL_MALFORMED},  /* staged of nothing */
        {FL_FRAME_WELCOME, 44 + 64 + 112, 0x10, FL_MALFORMED}, /* staged chunks */
        {FL_FRAME_REFUSE, 45, 0xFF, FL_MALFORMED},             /* not UTF-8 */
        {FL_FRAME_REFUSE, 45, 0, FL_MALFORMED},                /* a NUL */
    };
    struct fl_frame frame;

    (void)state;
    for (size_t i = 0; i < sizeof(patches) / sizeof(patches[0]); i++) {
        struct fl_buffer buffer;

        encode(patches[i].kind, &buffer);
        assert_in_range(patches[i].offset, 0, buffer.size - 1);
        buffer.data[patches[i].offset] = patches[i].value;
        assert_int_equal(
            fl_frame_decode(fl_buffer_view(&buffer), &frame), patches[i].status);
        fl_buffer_deinit(&buffer);
    }
}

static void test_a_frame_above_the_bound_is_refused(void **state)
{
    uint8_t *const bytes = calloc(1, FL_FRAME_WIRE_BYTES_MAX + 1);
    struct fl_frame frame = sample_frame(FL_FRAME_CHUNK);
    struct fl_buffer buffer;

    (void)state;
    assert_non_null(bytes);
    fl_buffer_init(&buffer, 1 << 20);
    for (size_t extra = 0; extra <= 1; extra++) {
        frame.chunk = (struct fl_bytes){bytes, FL_FRAME_BYTES_MAX + extra};
        fl_buffer_clear(&buffer);
        fl_frame_encode(&frame, &buffer);
        assert_int_equal(
            fl_frame_decode(fl_buffer_view(&buffer), &frame),
            extra == 0 ? FL_OK : FL_MALFORMED);
    }
    fl_buffer_deinit(&buffer);
    free(bytes);
}

static void test_the_head_of_a_chunk_stands_alone(void **state)
{
    const struct fl_frame frame = sample_frame(FL_FRAME_CHUNK);
    uint8_t head[FL_FRAME_CHUNK_HEAD_BYTES];
    struct fl_buffer buffer;

    (void)state;
    encode(FL_FRAME_CHUNK, &buffer);
    fl_frame_encode_chunk_head(&frame, head);
    assert_int_equal(buffer.size, sizeof(head) + frame.chunk.size);
    assert_memory_equal(buffer.data, head, sizeof(head));
    fl_buffer_deinit(&buffer);
}

/* Nothing to do is one SYNC and one DONE. */
static void test_a_round_without_changes_is_small(void **state)
{
    struct fl_buffer buffer;

    (void)state;
    encode(FL_FRAME_SYNC, &buffer);
    assert_in_range(buffer.size, 1, 80);
    fl_buffer_deinit(&buffer);
    encode(FL_FRAME_DONE, &buffer);
    assert_in_range(buffer.size, 1, 80);
    fl_buffer_deinit(&buffer);
}

static size_t text_size_after(struct fl_bytes text)
{
    struct fl_frame frame = sample_frame(FL_FRAME_REFUSE);
    struct fl_buffer buffer;

    frame.text = text;
    fl_buffer_init(&buffer, 1 << 20);
    fl_frame_encode(&frame, &buffer);
    assert_int_equal(fl_frame_decode(fl_buffer_view(&buffer), &frame), FL_OK);
    assert_int_equal(frame.reason, 4);
    const size_t size = frame.text.size;

    fl_buffer_deinit(&buffer);
    return size;
}

/* A reason arrives, whatever became of its words on the way here. */
static void test_words_are_cut_at_a_character(void **state)
{
    uint8_t text[300];

    (void)state;
    for (size_t i = 0; i < sizeof(text); i++) {
        text[i] = (uint8_t)("ж"[i % 2]);
    }
    assert_int_equal(text_size_after((struct fl_bytes){text, 120}), 120);
    assert_int_equal(text_size_after((struct fl_bytes){text, 119}), 118);
    assert_int_equal(text_size_after((struct fl_bytes){text, 300}), 200);
    assert_int_equal(text_size_after((struct fl_bytes){text + 1, 9}), 0);
    assert_int_equal(text_size_after((struct fl_bytes){NULL, 0}), 0);
}

/*
 * The machine's enumerators travel as they are: one put in between would change the
 * meaning of those behind it at nodes of another version.
 */
static void test_numbers_of_kinds_and_reasons_never_change(void **state)
{
    static const int kinds[][2] = {
        {FL_SESSION_HELLO, FL_FRAME_HELLO},     {FL_SESSION_WELCOME, FL_FRAME_WELCOME},
        {FL_SESSION_SYNC, FL_FRAME_SYNC},       {FL_SESSION_DONE, FL_FRAME_DONE},
        {FL_SESSION_MESSAGE, FL_FRAME_MESSAGE}, {FL_SESSION_CHUNK, FL_FRAME_CHUNK},
        {FL_SESSION_CONFIRM, FL_FRAME_CONFIRM}, {FL_SESSION_CREDIT, FL_FRAME_CREDIT},
        {FL_SESSION_REFUSE, FL_FRAME_REFUSE},
    };
    static const int reasons[] = {
        FL_SESSION_REASON_NONE,
        FL_SESSION_OTHER_INSTALLATION,
        FL_SESSION_OTHER_PLAN,
        FL_SESSION_OTHER_NODE,
        4, /* is not said any more */
        FL_SESSION_FORK,
        FL_SESSION_CANNOT_APPLY,
        FL_SESSION_CANNOT_SEND,
        FL_SESSION_PEER_NOT_ACCEPTED,
        FL_SESSION_ROLLED_BACK,
        FL_SESSION_UNKNOWN_SESSION,
        FL_SESSION_WINDOW,
        FL_SESSION_SILENT,
        FL_SESSION_HELD,
        14, /* never said */
        FL_SESSION_OTHER_RANK,
        FL_SESSION_SUSPENDED,
        FL_SESSION_REVOKED,
    };

    (void)state;
    for (int i = 0; i < KINDS; i++) {
        assert_int_equal(kinds[i][0], kinds[i][1]);
        assert_int_equal(kinds[i][0], i + 1);
    }
    for (int i = 0; i < (int)(sizeof(reasons) / sizeof(reasons[0])); i++) {
        assert_int_equal(reasons[i], i);
    }
}

static struct fl_confirmation sample_confirmation(void)
{
    struct fl_confirmation confirmation = {
        .installation = wire_uuid(0x10),
        .confirmer = wire_uuid(0x50),
        .sender = wire_uuid(0x30),
        .position = sample_position(0x40, 7),
    };

    wire_fill(confirmation.plan, sizeof(confirmation.plan), 0x20);
    return confirmation;
}

static void test_the_signature_of_a_confirmation_never_changes(void **state)
{
    const struct fl_confirmation confirmation = sample_confirmation();
    struct fl_signing_key *const key = wire_key(1);
    uint8_t signature[FL_SIGNATURE_BYTES];

    (void)state;
    fl_confirmation_sign(&confirmation, key, signature);
    wire_assert_hex(
        (struct fl_bytes){signature, sizeof(signature)},
        "1f55892ece52be5346c74cd36502c490f969d16e7e8d698d55ce3f0826d1da53"
        "8860a35f2ba330f0da67a8f6b390b4229d936d87e819a9bdeb1cb8d94219ff01");
    assert_int_equal(
        fl_confirmation_verify(&confirmation, fl_signing_key_public(key), signature),
        FL_OK);
    fl_signing_key_free(key);
}

/* The struct is bytes and one number: each of them is under the signature. */
static void test_a_confirmation_of_anything_else_is_refused(void **state)
{
    struct fl_confirmation confirmation = sample_confirmation();
    struct fl_signing_key *const key = wire_key(1);
    uint8_t signature[FL_SIGNATURE_BYTES];
    uint8_t *const bytes = (uint8_t *)&confirmation;

    (void)state;
    fl_confirmation_sign(&confirmation, key, signature);
    for (size_t bit = 0; bit < sizeof(confirmation) * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(
            fl_confirmation_verify(&confirmation, fl_signing_key_public(key), signature),
            FL_UNTRUSTED);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    fl_signing_key_free(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_layouts_never_change),
        cmocka_unit_test(test_a_clock_and_a_later_time_go_there_and_back),
        cmocka_unit_test(test_a_life_goes_there_and_back),
        cmocka_unit_test(test_frames_go_there_and_back),
        cmocka_unit_test(test_a_comparison_goes_there_and_back),
        cmocka_unit_test(test_every_truncation_is_refused),
        cmocka_unit_test(test_bytes_behind_a_frame_are_refused),
        cmocka_unit_test(test_a_flipped_bit_is_refused_or_means_another_frame),
        cmocka_unit_test(test_what_no_node_says_is_refused),
        cmocka_unit_test(test_a_frame_above_the_bound_is_refused),
        cmocka_unit_test(test_the_head_of_a_chunk_stands_alone),
        cmocka_unit_test(test_a_round_without_changes_is_small),
        cmocka_unit_test(test_words_are_cut_at_a_character),
        cmocka_unit_test(test_numbers_of_kinds_and_reasons_never_change),
        cmocka_unit_test(test_the_signature_of_a_confirmation_never_changes),
        cmocka_unit_test(test_a_confirmation_of_anything_else_is_refused),
    };

    return cmocka_run_group_tests(tests, wire_setup, NULL);
}
