#include "proto/record.h"

#include <filial.pb-c.h>
#include <stdio.h>
#include <string.h>

#include "proto/limits.h"
#include "unit.h"

/* One of each kind of value, with the bytes of a record that holds it as number 1. */
static const struct {
    struct fl_value value;
    const char *bytes;
    size_t size;
} samples[] = {
#define SAMPLE(literal, ...)                                                             \
    {                                                                                    \
        {__VA_ARGS__}, literal, sizeof(literal) - 1                                      \
    }
    SAMPLE("\x0A\x02\x08\x01", .kind = FL_VALUE_UNDEFINED),
    SAMPLE("\x0A\x05\x08\x01\x88\x01\x01", .kind = FL_VALUE_NULL),
    SAMPLE("\x0A\x04\x08\x01\x12\x00", .kind = FL_VALUE_STRING),
    SAMPLE(
        "\x0A\x06\x08\x01\x12\x02\xD0\xB6",
        .kind = FL_VALUE_STRING,
        .bytes = {(const uint8_t *)"\xD0\xB6", 2}),
    SAMPLE("\x0A\x04\x08\x01\x18\x00", .kind = FL_VALUE_NUMBER),
    SAMPLE("\x0A\x04\x08\x01\x18\x02", .kind = FL_VALUE_NUMBER, .number = {.low = 1}),
    SAMPLE(
        "\x0A\x06\x08\x01\x18\x01\x20\x02",
        .kind = FL_VALUE_NUMBER,
        .number = {.low = 1, .scale = 2, .negative = true}),
    SAMPLE(
        "\x0A\x0D\x08\x01\x18\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01",
        .kind = FL_VALUE_NUMBER,
        .number = {.low = UINT64_C(1) << 63, .negative = true}),
    SAMPLE(
        "\x0A\x14\x08\x01\x2A\x10\0\0\0\0\0\0\0\0\x80\0\0\0\0\0\0\0",
        .kind = FL_VALUE_NUMBER,
        .number = {.low = UINT64_C(1) << 63}),
    SAMPLE(
        "\x0A\x16\x08\x01\x20\x01\x2A\x10\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFE\xFF\xFF\xFF\xFF"
        "\xFF\xFF\xFF\xFF",
        .kind = FL_VALUE_NUMBER,
        .number = {.high = 1, .low = 1, .scale = 1, .negative = true}),
    SAMPLE("\x0A\x04\x08\x01\x30\x00", .kind = FL_VALUE_DATE),
    SAMPLE(
        "\x0A\x09\x08\x01\x30\xFF\xF3\x83\x8F\xD6\x03",
        .kind = FL_VALUE_DATE,
        .date = FL_DATETIME_MAX),
    SAMPLE("\x0A\x04\x08\x01\x38\x00", .kind = FL_VALUE_BOOLEAN),
    SAMPLE("\x0A\x04\x08\x01\x38\x01", .kind = FL_VALUE_BOOLEAN, .boolean = true),
    SAMPLE("\x0A\x06\x08\x01\x40\x07\x4A\x00", .kind = FL_VALUE_REF, .type = 7),
    SAMPLE(
        "\x0A\x17\x08\x01\x40\xAC\x02\x4A\x10\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x02",
        .kind = FL_VALUE_REF,
        .type = 300,
        .uuid = {{1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2}}),
    SAMPLE("\x0A\x06\x08\x01\x40\x07\x50\x00", .kind = FL_VALUE_ENUM, .type = 7),
    SAMPLE(
        "\x0A\x06\x08\x01\x40\x07\x50\x03",
        .kind = FL_VALUE_ENUM,
        .type = 7,
        .enum_value = 3),
    SAMPLE("\x0A\x04\x08\x01\x5A\x00", .kind = FL_VALUE_UUID),
    SAMPLE(
        "\x0A\x05\x08\x01\x62\x01\x00",
        .kind = FL_VALUE_BINARY,
        .bytes = {(const uint8_t *)"", 1}),
    SAMPLE(
        "\x0A\x05\x08\x01\x6A\x01\xFF",
        .kind = FL_VALUE_STORAGE,
        .bytes = {(const uint8_t *)"\xFF", 1}),
    SAMPLE(
        "\x0A\x05\x08\x01\x72\x01t",
        .kind = FL_VALUE_TYPE,
        .bytes = {(const uint8_t *)"t", 1}),
    SAMPLE("\x0A\x04\x08\x01\x7A\x00", .kind = FL_VALUE_FOREIGN),
    SAMPLE(
        "\x0A\x09\x08\x01\x7A\x01t\x82\x01\x01n",
        .kind = FL_VALUE_FOREIGN,
        .bytes = {(const uint8_t *)"t", 1},
        .foreign_type = {(const uint8_t *)"n", 1}),
#undef SAMPLE
};

enum { SAMPLE_COUNT = sizeof(samples) / sizeof(samples[0]) };

static struct fl_bytes sample_bytes(size_t i)
{
    return (struct fl_bytes){(const uint8_t *)samples[i].bytes, samples[i].size};
}

/* A decoded object and what it lives in. */
struct decoded {
    struct fl_arena arena;
    struct fl_object object;
    enum fl_status status;
};

static struct decoded decode(struct fl_bytes record)
{
    struct decoded decoded = {.status = FL_OK};
    const struct fl_key key = {.type = 1};

    fl_arena_init(&decoded.arena, FL_OBJECT_ARENA_BYTES_MAX);
    decoded.status = fl_record_decode(
        key,
        /* deleted= */ false, record, &decoded.arena, &decoded.object);
    /* A check without an arena says the same. */
    assert_int_equal(decoded.status, fl_record_check(record));
    return decoded;
}

static void assert_fields_equal(const struct fl_row *a, const struct fl_row *b)
{
    assert_int_equal(a->field_count, b->field_count);
    for (size_t i = 0; i < a->field_count; i++) {
        assert_int_equal(a->fields[i].number, b->fields[i].number);
        assert_true(fl_value_equal(&a->fields[i].value, &b->fields[i].value));
    }
}

static void assert_objects_equal(const struct fl_object *a, const struct fl_object *b)
{
    const struct fl_row a_fields = {a->field_count, a->fields};
    const struct fl_row b_fields = {b->field_count, b->fields};

    assert_fields_equal(&a_fields, &b_fields);
    assert_int_equal(a->section_count, b->section_count);
    for (size_t i = 0; i < a->section_count; i++) {
        assert_int_equal(a->sections[i].number, b->sections[i].number);
        assert_int_equal(a->sections[i].row_count, b->sections[i].row_count);
        for (size_t k = 0; k < a->sections[i].row_count; k++) {
            assert_fields_equal(&a->sections[i].rows[k], &b->sections[i].rows[k]);
        }
    }
    assert_int_equal(a->unknown_count, b->unknown_count);
    for (size_t i = 0; i < a->unknown_count; i++) {
        assert_true(fl_bytes_equal(a->unknowns[i].place, b->unknowns[i].place));
        assert_int_equal(a->unknowns[i].row, b->unknowns[i].row);
        assert_true(fl_bytes_equal(a->unknowns[i].xml, b->unknowns[i].xml));
    }
}

static struct fl_buffer encode(const struct fl_object *object)
{
    struct fl_buffer buffer;

    fl_buffer_init(&buffer, FL_RECORD_BYTES_MAX);
    assert_int_equal(fl_record_encode(object, &buffer), FL_OK);
    return buffer;
}

static enum fl_status encode_status(const struct fl_object *object)
{
    struct fl_buffer buffer;

    fl_buffer_init(&buffer, FL_RECORD_BYTES_MAX);
    const enum fl_status status = fl_record_encode(object, &buffer);

    assert_int_equal(buffer.size, 0);
    fl_buffer_deinit(&buffer);
    return status;
}

static void test_each_kind_of_value_has_its_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLE_COUNT; i++) {
        struct fl_field field = {1, samples[i].value};
        const struct fl_object object = {.field_count = 1, .fields = &field};
        struct fl_buffer buffer = encode(&object);
        struct decoded decoded = decode(sample_bytes(i));

        assert_true(fl_bytes_equal(fl_buffer_view(&buffer), sample_bytes(i)));
        assert_int_equal(decoded.status, FL_OK);
        assert_objects_equal(&object, &decoded.object);
        fl_arena_deinit(&decoded.arena);
        fl_buffer_deinit(&buffer);
    }
}

/* Pseudo-random numbers of a seed, so that a failure can be repeated. */
static uint32_t next_random(uint64_t *seed, uint32_t below)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*seed >> 33) % below;
}

static void *items(struct fl_arena *arena, size_t count, size_t size)
{
    void *memory = fl_arena_array(arena, count, size);

    assert_non_null(memory);
    return memory;
}

static struct fl_row random_row(struct fl_arena *arena, uint64_t *seed)
{
    struct fl_row row = {next_random(seed, 12), NULL};
    uint32_t number = 0;

    row.fields = items(arena, row.field_count, sizeof(*row.fields));
    for (size_t i = 0; i < row.field_count; i++) {
        number += 1 + next_random(seed, next_random(seed, 5) == 0 ? 100000 : 3);
        row.fields[i].number = number;
        row.fields[i].value = samples[next_random(seed, SAMPLE_COUNT)].value;
    }
    return row;
}

static void random_sections(
    struct fl_arena *arena,
    uint64_t *seed,
    struct fl_object *object)
{
    uint32_t number = 0;

    object->section_count = next_random(seed, 4);
    object->sections = items(arena, object->section_count, sizeof(*object->sections));
    for (size_t i = 0; i < object->section_count; i++) {
        struct fl_section *const section = &object->sections[i];

        number += 1 + next_random(seed, 300);
        section->number = number;
        section->row_count = 1 + next_random(seed, 20);
        section->rows = items(arena, section->row_count, sizeof(*section->rows));
        for (size_t k = 0; k < section->row_count; k++) {
            section->rows[k] = random_row(arena, seed);
        }
    }
}

static struct fl_object random_object(struct fl_arena *arena, uint64_t *seed)
{
    struct fl_object object = {.key = {.type = 1}};
    const struct fl_row row = random_row(arena, seed);

    object.field_count = row.field_count;
    object.fields = row.fields;
    random_sections(arena, seed, &object);
    object.unknown_count = next_random(seed, 3);
    object.unknowns = items(arena, object.unknown_count, sizeof(*object.unknowns));
    for (size_t i = 0; i < object.unknown_count; i++) {
        object.unknowns[i].place = next_random(seed, 2) == 0 ? BYTES("") : BYTES("Место");
        object.unknowns[i].row = next_random(seed, 3) * 200;
        object.unknowns[i].xml = BYTES("<x/>");
    }
    return object;
}

/* What the generated code makes of the same bytes. */
static void assert_value_is(const Filial__Value *message, const struct fl_field *field)
{
    const struct fl_value *const value = &field->value;

    assert_int_equal(message->number, field->number);
    switch ((int)message->kind_case) {
    case FILIAL__VALUE__KIND__NOT_SET:
        assert_int_equal(value->kind, FL_VALUE_UNDEFINED);
        break;
    case FILIAL__VALUE__KIND_TEXT:
        assert_int_equal(value->kind, FL_VALUE_STRING);
        assert_int_equal(message->text.len, value->bytes.size);
        break;
    case FILIAL__VALUE__KIND_INTEGER:
        assert_int_equal(value->kind, FL_VALUE_NUMBER);
        assert_int_equal(message->scale, value->number.scale);
        assert_int_equal(message->integer < 0, value->number.negative);
        break;
    case FILIAL__VALUE__KIND_BIG:
        assert_int_equal(value->kind, FL_VALUE_NUMBER);
        assert_int_equal(message->scale, value->number.scale);
        break;
    case FILIAL__VALUE__KIND_DATE:
        assert_true(message->date == (uint64_t)value->date);
        break;
    case FILIAL__VALUE__KIND_BOOLEAN:
        assert_int_equal(message->boolean, value->boolean);
        break;
    case FILIAL__VALUE__KIND_REF:
        assert_int_equal(message->type, value->type);
        assert_int_equal(message->ref.len, fl_uuid_is_zero(value->uuid) ? 0 : 16);
        break;
    case FILIAL__VALUE__KIND_ENUMERATION:
        assert_int_equal(message->type, value->type);
        assert_int_equal(message->enumeration, value->enum_value);
        break;
    case FILIAL__VALUE__KIND_UUID:
        assert_int_equal(value->kind, FL_VALUE_UUID);
        break;
    case FILIAL__VALUE__KIND_BINARY:
        assert_int_equal(value->kind, FL_VALUE_BINARY);
        assert_int_equal(message->binary.len, value->bytes.size);
        break;
    case FILIAL__VALUE__KIND_STORAGE:
        assert_int_equal(value->kind, FL_VALUE_STORAGE);
        break;
    case FILIAL__VALUE__KIND_TYPE_XML:
        assert_int_equal(value->kind, FL_VALUE_TYPE);
        break;
    case FILIAL__VALUE__KIND_FOREIGN:
        assert_int_equal(value->kind, FL_VALUE_FOREIGN);
        assert_int_equal(message->foreign_type.len, value->foreign_type.size);
        break;
    case FILIAL__VALUE__KIND_NULL:
        assert_int_equal(value->kind, FL_VALUE_NULL);
        break;
    default:
        fail();
    }
}

static void assert_schema_agrees(struct fl_bytes record, const struct fl_object *object)
{
    Filial__Record *const message =
        filial__record__unpack(NULL, record.size, record.data);

    assert_non_null(message);
    assert_int_equal(message->n_values, object->field_count);
    for (size_t i = 0; i < object->field_count; i++) {
        assert_value_is(message->values[i], &object->fields[i]);
    }
    assert_int_equal(message->n_sections, object->section_count);
    for (size_t i = 0; i < object->section_count; i++) {
        const Filial__Section *const section = message->sections[i];

        assert_int_equal(section->number, object->sections[i].number);
        assert_int_equal(section->n_rows, object->sections[i].row_count);
        for (size_t k = 0; k < section->n_rows; k++) {
            const struct fl_row *const row = &object->sections[i].rows[k];

            assert_int_equal(section->rows[k]->n_values, row->field_count);
            for (size_t m = 0; m < row->field_count; m++) {
                assert_value_is(section->rows[k]->values[m], &row->fields[m]);
            }
        }
    }
    assert_int_equal(message->n_unknowns, object->unknown_count);

    uint8_t *packed = fl_alloc(filial__record__get_packed_size(message));
    const size_t size = filial__record__pack(message, packed);

    assert_true(fl_bytes_equal((struct fl_bytes){packed, size}, record));
    fl_free(packed);
    filial__record__free_unpacked(message, NULL);
}

static void test_objects_go_there_and_back_as_the_schema_says(void **state)
{
    struct fl_arena arena;

    (void)state;
    fl_arena_init(&arena, 64 << 20);
    for (uint64_t first = 1; first <= 500; first++) {
        uint64_t seed = first;
        const struct fl_object object = random_object(&arena, &seed);
        struct fl_buffer buffer = encode(&object);
        struct decoded decoded = decode(fl_buffer_view(&buffer));

        assert_int_equal(decoded.status, FL_OK);
        assert_objects_equal(&object, &decoded.object);
        assert_schema_agrees(fl_buffer_view(&buffer), &object);
        fl_arena_deinit(&decoded.arena);
        fl_buffer_deinit(&buffer);
        fl_arena_reset(&arena);
    }
    fl_arena_deinit(&arena);
}

/* Whatever is accepted is the one form of what it says. */
static void assert_refused_or_canonical(struct fl_bytes record)
{
    struct decoded decoded = decode(record);

    if (decoded.status == FL_OK) {
        struct fl_buffer buffer = encode(&decoded.object);

        assert_true(fl_bytes_equal(fl_buffer_view(&buffer), record));
        fl_buffer_deinit(&buffer);
    } else {
        assert_int_equal(decoded.status, FL_MALFORMED);
    }
    fl_arena_deinit(&decoded.arena);
}

static void test_damaged_records_are_refused_or_another_record(void **state)
{
    struct fl_arena arena;

    (void)state;
    fl_arena_init(&arena, 64 << 20);
    for (uint64_t first = 1; first <= 15; first++) {
        uint64_t seed = first;
        const struct fl_object object = random_object(&arena, &seed);
        struct fl_buffer buffer = encode(&object);

        for (size_t i = 0; i < buffer.size; i++) {
            const uint8_t flip = (uint8_t)(1U << next_random(&seed, 8));
            /* An exact allocation, so that the sanitizer sees a read past the end. */
            uint8_t *cut = fl_alloc(i);

            memcpy(cut, buffer.data, i);
            assert_refused_or_canonical((struct fl_bytes){cut, i});
            fl_free(cut);
            buffer.data[i] ^= flip;
            assert_refused_or_canonical(fl_buffer_view(&buffer));
            buffer.data[i] ^= flip;
        }
        fl_buffer_deinit(&buffer);
        fl_arena_reset(&arena);
    }
    fl_arena_deinit(&arena);
}

static void test_other_forms_of_the_same_are_refused(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
    } cases[] = {
#define CASE(literal) {literal, sizeof(literal) - 1}
        CASE("\x0A\x00"),                             /* no number */
        CASE("\x0A\x02\x08\x00"),                     /* number 0 */
        CASE("\x0A\x03\x08\x81\x00"),                 /* an overlong number */
        CASE("\x0A\x82\x00\x08\x01"),                 /* an overlong length */
        CASE("\x8A\x00\x02\x08\x01"),                 /* an overlong tag */
        CASE("\x0A\x07\x08\x80\x80\x80\x80\x10"),     /* a number beyond 32 bits */
        CASE("\x0A\x02\x08\x01\x0A\x02\x08\x01"),     /* a number twice */
        CASE("\x0A\x02\x08\x02\x0A\x02\x08\x01"),     /* descending */
        CASE("\x0A\x04\x08\x01\x08\x01"),             /* a field twice */
        CASE("\x0A\x04\x12\x00\x08\x01"),             /* fields descending */
        CASE("\x0A\x03\x08\x01\x12"),                 /* cut */
        CASE("\x0A\x04\x08\x01\x12\x01"),             /* cut */
        CASE("\x0A\x05\x08\x01\x12\x01\x00"),         /* NUL in a text */
        CASE("\x0A\x05\x08\x01\x12\x01\xFF"),         /* not UTF-8 */
        CASE("\x0A\x05\x08\x01\x72\x01\xFF"),         /* not UTF-8 */
        CASE("\x0A\x05\x08\x01\x7A\x01\xFF"),         /* not UTF-8 */
        CASE("\x0A\x08\x08\x01\x7A\x00\x82\x01\x00"), /* an empty foreign type */
        CASE("\x0A\x07\x08\x01\x7A\x00\x82\x02\x01"), /* an unknown field */
        CASE("\x0A\x06\x08\x01\x18\x02\x20\x00"),     /* scale 0 written */
        CASE("\x0A\x06\x08\x01\x18\x14\x20\x01"),     /* 1.0 */
        CASE("\x0A\x06\x08\x01\x18\x00\x20\x01"),     /* 0.0 */
        CASE("\x0A\x06\x08\x01\x18\x02\x20\x27"),     /* scale 39 */
        CASE("\x0A\x04\x08\x01\x20\x01"),             /* a scale of nothing */
        CASE("\x0A\x05\x08\x01\x18\x82\x00"),         /* an overlong integer */
        /* A small number in the large form, one of 15 bytes, and one beyond 38 digits. */
        CASE("\x0A\x14\x08\x01\x2A\x10\0\0\0\0\0\0\0\0\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF"),
        CASE("\x0A\x13\x08\x01\x2A\x0F\0\0\0\0\0\0\0\x80\0\0\0\0\0\0\0"),
        CASE("\x0A\x14\x08\x01\x2A\x10\x7F\xFF\0\0\0\0\0\0\x80\0\0\0\0\0\0\0"),
        CASE("\x0A\x14\x08\x01\x2A\x10\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
        CASE("\x0A\x09\x08\x01\x30\x80\xF4\x83\x8F\xD6\x03"), /* beyond the last date */
        CASE("\x0A\x04\x08\x01\x38\x02"),                     /* a boolean of 2 */
        CASE("\x0A\x04\x08\x01\x40\x07"),                     /* a type of nothing */
        CASE("\x0A\x06\x08\x01\x40\x00\x4A\x00"),             /* a ref of type 0 */
        CASE("\x0A\x04\x08\x01\x4A\x00"),                     /* a ref without a type */
        CASE("\x0A\x07\x08\x01\x40\x07\x4A\x01\x01"),         /* a uuid of one byte */
        CASE("\x0A\x16\x08\x01\x40\x07\x4A\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
        CASE("\x0A\x14\x08\x01\x5A\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
        CASE("\x0A\x05\x08\x01\x88\x01\x00"),     /* not even null */
        CASE("\x0A\x06\x08\x01\x12\x00\x12\x00"), /* two values */
        CASE("\x0A\x06\x08\x01\x12\x00\x38\x00"), /* two kinds */
        CASE("\x0A\x04\x08\x01\x13\x00"),         /* a group */
        CASE("\x12\x02\x08\x01"),                 /* a section without rows */
        CASE("\x12\x02\x12\x00"),                 /* a section without number */
        CASE("\x12\x04\x08\x00\x12\x00"),         /* section 0 */
        CASE("\x12\x04\x08\x01\x12\x00\x12\x04\x08\x01\x12\x00"), /* twice */
        CASE("\x12\x04\x08\x01\x12\x00\x0A\x02\x08\x01"), /* values after sections */
        CASE("\x12\x05\x08\x01\x12\x00\x18"),             /* something after rows */
        CASE("\x12\x06\x08\x01\x12\x02\x08\x01"),         /* something else in a row */
        CASE("\x1A\x00"),                                 /* unknown, and nothing */
        CASE("\x1A\x02\x1A\x00"),                         /* no XML */
        CASE("\x1A\x05\x0A\x00\x1A\x01x"),                /* an empty place written */
        CASE("\x1A\x05\x10\x00\x1A\x01x"),                /* row 0 written */
        CASE("\x1A\x03\x1A\x01\xFF"),                     /* not UTF-8 */
        CASE("\x22\x00"),                                 /* field 4 */
        CASE("\x00"),
        CASE("\x0A\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01\x08\x01"),
#undef CASE
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct fl_bytes bytes = {
            (const uint8_t *)cases[i].bytes,
            cases[i].size,
        };

        if (fl_record_check(bytes) != FL_MALFORMED) {
            fail_msg("case %zu is accepted", i);
        }
    }
}

static void test_rows_without_values_are_kept(void **state)
{
    const struct fl_bytes record = BYTES("\x12\x06\x08\x01\x12\x00\x12\x00");
    struct decoded decoded = decode(record);

    (void)state;
    assert_int_equal(decoded.status, FL_OK);
    assert_int_equal(decoded.object.section_count, 1);
    assert_int_equal(decoded.object.sections[0].row_count, 2);
    assert_int_equal(decoded.object.sections[0].rows[1].field_count, 0);
    fl_arena_deinit(&decoded.arena);
}

static void test_a_deletion_is_an_empty_record(void **state)
{
    const struct fl_object deletion = {.deleted = true};
    struct fl_buffer buffer = encode(&deletion);
    struct decoded decoded = decode((struct fl_bytes){0});

    (void)state;
    assert_int_equal(buffer.size, 0);
    assert_int_equal(decoded.status, FL_OK);
    assert_int_equal(decoded.object.field_count, 0);
    assert_int_equal(decoded.object.key.type, 1);
    fl_arena_deinit(&decoded.arena);
    fl_buffer_deinit(&buffer);
}

static void test_what_could_not_be_read_is_not_written(void **state)
{
    struct fl_field fields[] = {
        {1, {.kind = FL_VALUE_UNDEFINED}},
        {1, {.kind = FL_VALUE_UNDEFINED}},
    };
    struct fl_section section = {1, 0, NULL};
    struct fl_unknown unknown = {.row = 1};
    const struct fl_value bad[] = {
        {.kind = FL_VALUE_STRING, .bytes = BYTES("\xFF")},
        {.kind = FL_VALUE_NUMBER, .number = {.low = 10, .scale = 1}},
        {.kind = FL_VALUE_DATE, .date = -1},
        {.kind = FL_VALUE_REF},
        {.kind = FL_VALUE_ENUM},
        {.kind = FL_VALUE_FOREIGN, .foreign_type = BYTES("\0")},
        {.kind = (enum fl_value_kind)99},
    };

    (void)state;
    assert_int_equal(
        encode_status(&(struct fl_object){.field_count = 2, .fields = fields}),
        FL_MALFORMED);
    fields[0].number = 0;
    for (size_t i = 0; i <= sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(
            encode_status(&(struct fl_object){.field_count = 1, .fields = fields}),
            FL_MALFORMED);
        fields[0].number = 1;
        fields[0].value = bad[i < sizeof(bad) / sizeof(bad[0]) ? i : 0];
    }
    assert_int_equal(
        encode_status(&(struct fl_object){.section_count = 1, .sections = &section}),
        FL_MALFORMED);
    assert_int_equal(
        encode_status(&(struct fl_object){.unknown_count = 1, .unknowns = &unknown}),
        FL_MALFORMED);
}

/* A section with `row_count` rows, each the same. */
static struct fl_object wide_object(
    struct fl_arena *arena,
    size_t row_count,
    struct fl_row row)
{
    struct fl_section *section = items(arena, 1, sizeof(*section));

    section->number = 1;
    section->row_count = row_count;
    section->rows = items(arena, row_count, sizeof(*section->rows));
    for (size_t i = 0; i < row_count; i++) {
        section->rows[i] = row;
    }
    return (struct fl_object){.section_count = 1, .sections = section};
}

static void test_limits_are_met_exactly(void **state)
{
    struct fl_arena arena;
    const struct fl_row empty_row = {0, NULL};

    (void)state;
    fl_arena_init(&arena, 64 << 20);
    struct fl_object object = wide_object(&arena, FL_ROWS_MAX, empty_row);
    struct fl_buffer buffer = encode(&object);
    struct decoded decoded = decode(fl_buffer_view(&buffer));

    assert_int_equal(decoded.status, FL_OK);
    fl_arena_deinit(&decoded.arena);
    fl_buffer_deinit(&buffer);
    object = wide_object(&arena, FL_ROWS_MAX + 1, empty_row);
    assert_int_equal(encode_status(&object), FL_LIMIT);

    struct fl_field *fields = items(&arena, FL_FIELDS_MAX + 1, sizeof(*fields));

    for (uint32_t i = 0; i <= FL_FIELDS_MAX; i++) {
        fields[i].number = i + 1;
    }
    object = (struct fl_object){.field_count = FL_FIELDS_MAX, .fields = fields};
    buffer = encode(&object);
    assert_int_equal(fl_record_check(fl_buffer_view(&buffer)), FL_OK);
    fl_buffer_put(&buffer, BYTES("\x0A\x03\x08\x81\x20"));
    assert_int_equal(fl_record_check(fl_buffer_view(&buffer)), FL_MALFORMED);
    fl_buffer_deinit(&buffer);
    object.field_count++;
    assert_int_equal(encode_status(&object), FL_LIMIT);
    fl_arena_deinit(&arena);
}

/* 5 bytes of a record are 112 of memory: the bound of the arena comes first. */
static void test_what_does_not_fit_an_arena_is_not_a_record(void **state)
{
    struct fl_arena arena;
    struct fl_field fields[10];

    (void)state;
    fl_arena_init(&arena, 64 << 20);
    for (uint32_t i = 0; i < 10; i++) {
        fields[i] = (struct fl_field){.number = i + 1};
    }
    /* 52,000 rows of 10 values: 68.2 MB by the figures of the format. */
    struct fl_object object = wide_object(&arena, 52000, (struct fl_row){10, fields});

    assert_int_equal(encode_status(&object), FL_LIMIT);
    object.sections[0].row_count = 50000;
    struct fl_buffer buffer = encode(&object);
    struct decoded decoded = decode(fl_buffer_view(&buffer));

    assert_int_equal(decoded.status, FL_OK);
    fl_arena_deinit(&decoded.arena);
    fl_arena_init(&decoded.arena, 1 << 20);
    assert_int_equal(
        fl_record_decode(
            object.key, false, fl_buffer_view(&buffer), &decoded.arena, &decoded.object),
        FL_LIMIT);
    fl_arena_deinit(&decoded.arena);
    fl_buffer_deinit(&buffer);
    fl_arena_deinit(&arena);
}

static void test_the_largest_record_is_8_mib(void **state)
{
    uint8_t *blob = fl_alloc_zeroed(FL_RECORD_BYTES_MAX, 1);
    struct fl_field field = {
        1,
        {
            .kind = FL_VALUE_STORAGE,
            /* Two tags and lengths of four bytes, and the number, stand around it. */
            .bytes = {blob, FL_RECORD_BYTES_MAX - 12},
        },
    };
    const struct fl_object object = {.field_count = 1, .fields = &field};

    (void)state;
    assert_non_null(blob);
    struct fl_buffer buffer = encode(&object);

    assert_int_equal(buffer.size, FL_RECORD_BYTES_MAX);
    assert_int_equal(fl_record_check(fl_buffer_view(&buffer)), FL_OK);
    fl_buffer_deinit(&buffer);
    field.value.bytes.size++;
    assert_int_equal(encode_status(&object), FL_LIMIT);
    fl_free(blob);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_kind_of_value_has_its_bytes),
        cmocka_unit_test(test_objects_go_there_and_back_as_the_schema_says),
        cmocka_unit_test(test_damaged_records_are_refused_or_another_record),
        cmocka_unit_test(test_other_forms_of_the_same_are_refused),
        cmocka_unit_test(test_rows_without_values_are_kept),
        cmocka_unit_test(test_a_deletion_is_an_empty_record),
        cmocka_unit_test(test_what_could_not_be_read_is_not_written),
        cmocka_unit_test(test_limits_are_met_exactly),
        cmocka_unit_test(test_what_does_not_fit_an_arena_is_not_a_record),
        cmocka_unit_test(test_the_largest_record_is_8_mib),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
