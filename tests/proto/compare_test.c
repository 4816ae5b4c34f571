#include "proto/compare.h"

#include <string.h>

#include "wire.h"

static const enum fl_compare_kind all_kinds[] = {
    FL_COMPARE_BEGIN,      FL_COMPARE_SPLIT,    FL_COMPARE_LIST,    FL_COMPARE_NEXT,
    FL_COMPARE_CHECK,      FL_COMPARE_REGISTER, FL_COMPARE_END,     FL_COMPARE_BEGUN,
    FL_COMPARE_PARTS,      FL_COMPARE_LISTED,   FL_COMPARE_ENTRIES, FL_COMPARE_STATES,
    FL_COMPARE_REGISTERED, FL_COMPARE_WORKING,  FL_COMPARE_REFUSED,
};

enum { KINDS = sizeof(all_kinds) / sizeof(all_kinds[0]) };

static void put_sample(enum fl_compare_kind kind, struct fl_compare *compare)
{
    switch (kind) {
    case FL_COMPARE_SPLIT:
    case FL_COMPARE_LIST:
        compare->count = 2;
        compare->of.ranges[1] = (struct fl_range){.level = 3, .prefix = 0xABC};
        break;
    case FL_COMPARE_CHECK:
    case FL_COMPARE_REGISTER:
        compare->count = 2;
        for (size_t i = 0; i < compare->count; i++) {
            compare->of.keys[i].type = (uint32_t)i + 7;
            compare->of.keys[i].id = wire_uuid(0x10);
        }
        break;
    case FL_COMPARE_BEGUN:
    case FL_COMPARE_PARTS:
        compare->count = kind == FL_COMPARE_BEGUN ? 1 : 2;
        for (size_t i = 0; i < compare->count; i++) {
            compare->of.digests[i].count = (uint32_t)i + 3;
            wire_fill(compare->of.digests[i].sum, FL_DIGEST_BYTES, 0x20);
        }
        break;
    case FL_COMPARE_ENTRIES:
        compare->index = 5;
        compare->count = 1;
        compare->of.entries[0].key.type = 7;
        compare->of.entries[0].key.id = wire_uuid(0x10);
        wire_fill(compare->of.entries[0].hash, FL_DIGEST_BYTES, 0x20);
        break;
    case FL_COMPARE_STATES:
        compare->count = 2;
        compare->of.states[0].flags = FL_STATE_THERE | FL_STATE_ON_WAY;
        compare->of.states[0].lsn = 500;
        wire_fill(compare->of.states[0].hash, FL_DIGEST_BYTES, 0x20);
        compare->of.states[1].flags = FL_STATE_DELETED;
        break;
    case FL_COMPARE_BEGIN:
        compare->type = 9;
        break;
    case FL_COMPARE_NEXT:
        compare->index = 200;
        break;
    case FL_COMPARE_LISTED:
    case FL_COMPARE_REGISTERED:
        compare->number = 300;
        break;
    case FL_COMPARE_WORKING:
        compare->number = 300;
        compare->total = 1000;
        break;
    case FL_COMPARE_REFUSED:
        compare->reason = FL_COMPARE_MANY;
        break;
    case FL_COMPARE_END:
        break;
    }
}

static struct fl_compare *sample(enum fl_compare_kind kind)
{
    struct fl_compare *compare = calloc(1, sizeof(*compare));

    assert_non_null(compare);
    compare->kind = kind;
    compare->id = UINT64_C(0x0102030405060708);
    compare->step = 4;
    put_sample(kind, compare);
    return compare;
}

static void encode(enum fl_compare_kind kind, struct fl_buffer *out_buffer)
{
    struct fl_compare *compare = sample(kind);

    fl_buffer_init(out_buffer, 1 << 16);
    fl_compare_encode(compare, out_buffer);
    assert_int_equal(fl_buffer_status(out_buffer), FL_OK);
    free(compare);
}

#define HEAD(kind) "01" kind "0102030405060708 00000004"
#define ID         "101112131415161718191a1b1c1d1e1f"
#define SUM        "202122232425262728292a2b2c2d2e2f"
#define NONE       "00000000000000000000000000000000"

static void test_the_layouts_never_change(void **state)
{
    static const char *const expected[KINDS] = {
        HEAD("01") "00000009",
        HEAD("02") "0002 00 0000 03 0abc",
        HEAD("03") "0002 00 0000 03 0abc",
        HEAD("04") "000000c8",
        HEAD("05") "0002 00000007" ID "00000008" ID,
        HEAD("06") "0002 00000007" ID "00000008" ID,
        HEAD("07"),
        HEAD("11") "0001 00000003" SUM,
        HEAD("12") "0002 00000003" SUM "00000004" SUM,
        HEAD("13") "000000000000012c",
        HEAD("14") "00000005 0001 00000007" ID SUM,
        HEAD("15") "0002 11 00000000000001f4" SUM "02 0000000000000000" NONE,
        HEAD("16") "000000000000012c",
        HEAD("17") "000000000000012c 00000000000003e8",
        HEAD("18") "04",
    };
    struct fl_buffer buffer;

    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        encode(all_kinds[i], &buffer);
        wire_assert_hex(fl_buffer_view(&buffer), expected[i]);
        fl_buffer_deinit(&buffer);
    }
}

/* What decodes must be the one form of what it says. */
static void assert_canonical(struct fl_bytes bytes)
{
    uint8_t *const copy = wire_copy(bytes);
    const struct fl_bytes exact = {copy, bytes.size};
    struct fl_compare *compare = malloc(sizeof(*compare));
    struct fl_buffer again;

    assert_non_null(compare);
    fl_buffer_init(&again, 1 << 16);
    if (fl_compare_decode(exact, compare) == FL_OK) {
        fl_compare_encode(compare, &again);
        assert_true(fl_bytes_equal(fl_buffer_view(&again), exact));
    }
    fl_buffer_deinit(&again);
    free(compare);
    free(copy);
}

static void test_all_kinds_go_there_and_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        struct fl_compare *wanted = sample(all_kinds[i]);
        struct fl_compare *found = calloc(1, sizeof(*found));
        struct fl_buffer buffer;

        assert_non_null(found);
        encode(all_kinds[i], &buffer);
        assert_int_equal(fl_compare_decode(fl_buffer_view(&buffer), found), FL_OK);
        assert_int_equal(found->kind, wanted->kind);
        assert_true(found->id == wanted->id && found->step == wanted->step);
        assert_int_equal(found->count, wanted->count);
        assert_canonical(fl_buffer_view(&buffer));
        fl_buffer_deinit(&buffer);
        free(wanted);
        free(found);
    }
}

static void test_what_is_cut_or_followed_by_more_is_refused(void **state)
{
    struct fl_compare *compare = malloc(sizeof(*compare));

    (void)state;
    assert_non_null(compare);
    for (size_t i = 0; i < KINDS; i++) {
        struct fl_buffer buffer;

        encode(all_kinds[i], &buffer);
        for (size_t size = 0; size < buffer.size; size++) {
            const struct fl_bytes cut = {buffer.data, size};

            assert_int_equal(fl_compare_decode(cut, compare), FL_MALFORMED);
        }
        fl_buffer_put_u8(&buffer, 0);
        assert_int_equal(
            fl_compare_decode(fl_buffer_view(&buffer), compare), FL_MALFORMED);
        fl_buffer_deinit(&buffer);
    }
    free(compare);
}

static void test_a_flipped_bit_is_refused_or_means_something_else(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        struct fl_buffer buffer;

        encode(all_kinds[i], &buffer);
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
    enum fl_compare_kind kind;
    size_t offset;
    uint8_t value;
    enum fl_status status;
};

static void test_what_no_node_says_is_refused(void **state)
{
    static const struct patch patches[] = {
        {FL_COMPARE_END, 0, 2, FL_UNSUPPORTED},      /* version */
        {FL_COMPARE_END, 1, 0, FL_MALFORMED},        /* kind */
        {FL_COMPARE_END, 1, 8, FL_MALFORMED},        /* kind */
        {FL_COMPARE_END, 1, 25, FL_MALFORMED},       /* kind */
        {FL_COMPARE_LIST, 16, 5, FL_MALFORMED},      /* level */
        {FL_COMPARE_LIST, 16, 1, FL_OK},             /* level */
        {FL_COMPARE_LIST, 18, 1, FL_MALFORMED},      /* prefix of level 0 */
        {FL_COMPARE_LIST, 20, 0x1A, FL_MALFORMED},   /* prefix of level 3 */
        {FL_COMPARE_LIST, 19, 4, FL_OK},             /* a bucket in a list */
        {FL_COMPARE_SPLIT, 19, 4, FL_MALFORMED},     /* a bucket has no parts */
        {FL_COMPARE_BEGUN, 15, 0, FL_MALFORMED},     /* not one digest */
        {FL_COMPARE_STATES, 16, 0x51, FL_OK},        /* came from the peer */
        {FL_COMPARE_STATES, 16, 0x91, FL_MALFORMED}, /* flag */
        {FL_COMPARE_STATES, 16, 0x13, FL_MALFORMED}, /* there and deleted */
        {FL_COMPARE_STATES, 16, 0x12, FL_MALFORMED}, /* deleted, with a hash */
        {FL_COMPARE_STATES, 16, 0x10, FL_MALFORMED}, /* absent, with a hash */
        {FL_COMPARE_STATES, 17, 0x80, FL_MALFORMED}, /* lsn that no journal has */
        {FL_COMPARE_STATES, 41, 0x20, FL_OK},        /* absent, in quarantine */
        {FL_COMPARE_STATES, 41, 0x40, FL_MALFORMED}, /* absent, but came */
        {FL_COMPARE_STATES, 41, 0x42, FL_OK},        /* deleted, came so */
        {FL_COMPARE_STATES, 48, 1, FL_OK},           /* deleted, at an lsn */
    };
    struct fl_compare *compare = malloc(sizeof(*compare));

    (void)state;
    assert_non_null(compare);
    for (size_t i = 0; i < sizeof(patches) / sizeof(patches[0]); i++) {
        struct fl_buffer buffer;

        encode(patches[i].kind, &buffer);
        assert_in_range(patches[i].offset, 0, buffer.size - 1);
        buffer.data[patches[i].offset] = patches[i].value;
        assert_int_equal(
            fl_compare_decode(fl_buffer_view(&buffer), compare), patches[i].status);
        fl_buffer_deinit(&buffer);
    }
    free(compare);
}

/* As many as may be pass, one more does not. */
static void test_counts_are_bounded(void **state)
{
    static const struct {
        enum fl_compare_kind kind;
        size_t most;
    } bounds[] = {
        {FL_COMPARE_SPLIT, FL_COMPARE_SPLIT_MAX},
        {FL_COMPARE_LIST, FL_COMPARE_LIST_MAX},
        {FL_COMPARE_CHECK, FL_COMPARE_KEYS_MAX},
        {FL_COMPARE_REGISTER, FL_COMPARE_KEYS_MAX},
        {FL_COMPARE_PARTS, FL_COMPARE_DIGESTS_MAX},
        {FL_COMPARE_ENTRIES, FL_COMPARE_KEYS_MAX},
        {FL_COMPARE_STATES, FL_COMPARE_KEYS_MAX},
    };
    struct fl_compare *compare = calloc(1, sizeof(*compare));

    (void)state;
    assert_non_null(compare);
    for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++) {
        struct fl_buffer buffer;
        size_t at = bounds[i].kind == FL_COMPARE_ENTRIES ? 18 : 14;

        memset(compare, 0, sizeof(*compare));
        compare->kind = bounds[i].kind;
        compare->count = bounds[i].most;
        fl_buffer_init(&buffer, 1 << 16);
        fl_compare_encode(compare, &buffer);
        assert_in_range(buffer.size, 1, FL_COMPARE_BYTES_MAX);
        size_t each = (buffer.size - at - 2) / compare->count;

        assert_int_equal(fl_compare_decode(fl_buffer_view(&buffer), compare), FL_OK);
        assert_int_equal(compare->count, bounds[i].most);
        for (size_t byte = 0; byte < each; byte++) {
            fl_buffer_put_u8(&buffer, 0);
        }
        buffer.data[at] = (uint8_t)((bounds[i].most + 1) >> 8);
        buffer.data[at + 1] = (uint8_t)(bounds[i].most + 1);
        assert_int_equal(
            fl_compare_decode(fl_buffer_view(&buffer), compare), FL_MALFORMED);
        fl_buffer_deinit(&buffer);
    }
    free(compare);
}

static void test_an_answer_belongs_to_a_request(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        for (size_t j = 0; j < KINDS; j++) {
            enum fl_compare_kind request = all_kinds[i];
            enum fl_compare_kind answer = all_kinds[j];
            bool asks = request <= FL_COMPARE_REGISTER;
            bool fits = answer == request + 16 || answer == FL_COMPARE_WORKING ||
                        answer == FL_COMPARE_REFUSED;

            assert_int_equal(fl_compare_answers(answer, request), asks && fits);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_layouts_never_change),
        cmocka_unit_test(test_all_kinds_go_there_and_back),
        cmocka_unit_test(test_what_is_cut_or_followed_by_more_is_refused),
        cmocka_unit_test(test_a_flipped_bit_is_refused_or_means_something_else),
        cmocka_unit_test(test_what_no_node_says_is_refused),
        cmocka_unit_test(test_counts_are_bounded),
        cmocka_unit_test(test_an_answer_belongs_to_a_request),
    };

    return cmocka_run_group_tests(tests, wire_setup, NULL);
}
