/*
 * Objects of every kind of value, drawn at random, and those that the generator makes:
 * written and read they are equal records.
 */

#include "packages.h"

#include "exchange/configuration_reader.h"

#include "world.h"

static struct fl_configuration *configuration;

static int set_up(void **state)
{
    (void)state;
    configuration = test_configuration();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fl_configuration_free(configuration);
    return 0;
}

static struct fl_bytes random_text(struct chance *chance, struct fl_arena *arena)
{
    static const char *const parts[] = {
        "a",
        "Ё",
        " ",
        "&",
        "<",
        ">",
        "\"",
        "'",
        "\n",
        "\t",
        "\r",
        "€",
        "\xF0\x9F\x98\x80",
        "]]>",
        "xs:string",
        "&#13;",
        "0",
    };
    const size_t count = chance_below(chance, 12);
    struct fl_buffer buffer;
    struct fl_bytes copy = {0};

    fl_buffer_init(&buffer, 4096);
    for (size_t i = 0; i < count; i++) {
        fl_buffer_put_text(
            &buffer, parts[chance_below(chance, sizeof(parts) / sizeof(parts[0]))]);
    }
    assert_int_equal(fl_arena_copy(arena, fl_buffer_view(&buffer), &copy), FL_OK);
    fl_buffer_deinit(&buffer);
    return copy;
}

static struct fl_uuid random_uuid(struct chance *chance)
{
    struct fl_uuid uuid = {{0}};

    for (size_t i = 0; i < FL_UUID_BYTES && chance_below(chance, 20) > 0; i++) {
        uuid.bytes[i] = (uint8_t)chance_below(chance, 256);
    }
    return uuid;
}

static struct fl_decimal random_number(struct chance *chance, uint32_t digits)
{
    char text[64];
    size_t size = 0;
    struct fl_decimal number = {0};

    if (chance_below(chance, 2) == 0) {
        text[size++] = '-';
    }
    for (uint32_t i = chance_below(chance, digits) + 1; i > 0; i--) {
        text[size++] = (char)('0' + chance_below(chance, 10));
    }
    text[size++] = '.';
    text[size++] = (char)('0' + chance_below(chance, 10));
    assert_int_equal(
        fl_decimal_parse((struct fl_bytes){(const uint8_t *)text, size}, &number), FL_OK);
    return number;
}

static struct fl_value random_value(
    struct chance *chance,
    struct fl_arena *arena,
    enum fl_value_kind kind)
{
    struct fl_value value = {.kind = kind};

    value.boolean = kind == FL_VALUE_BOOLEAN && chance_below(chance, 2) == 0;
    switch ((int)kind) {
    case FL_VALUE_STRING:
    case FL_VALUE_BINARY:
    case FL_VALUE_STORAGE:
    case FL_VALUE_FOREIGN:
        value.bytes = random_text(chance, arena);
        break;
    case FL_VALUE_NUMBER:
        value.number = random_number(chance, 12);
        break;
    case FL_VALUE_DATE:
        value.date = (int64_t)chance_below(chance, 2000000000) * chance_below(chance, 60);
        break;
    case FL_VALUE_REF:
        value.type = TYPE_ALL;
        value.uuid = random_uuid(chance);
        break;
    case FL_VALUE_ENUM:
        value.type = TYPE_COLOUR;
        value.enum_value = chance_below(chance, 3);
        break;
    case FL_VALUE_UUID:
        value.uuid = random_uuid(chance);
        break;
    default:
        break;
    }
    if (kind == FL_VALUE_FOREIGN) {
        value.foreign_type = fl_bytes_of_text(
            chance_below(chance, 2) ? "DocumentRef.Х"
                                    : "{http://www.w3.org/2001/XMLSchema}time");
    }
    return value;
}

static struct fl_object random_object(struct chance *chance, struct fl_arena *arena)
{
    static const struct {
        uint32_t number;
        enum fl_value_kind kind;
    } columns[] = {
        {ALL_DELETION_MARK, FL_VALUE_BOOLEAN},
        {ALL_PARENT, FL_VALUE_REF},
        {ALL_CODE, FL_VALUE_STRING},
        {ALL_DESCRIPTION, FL_VALUE_STRING},
        {ALL_NUMBER, FL_VALUE_NUMBER},
        {ALL_DATE, FL_VALUE_DATE},
        {ALL_COLOUR, FL_VALUE_ENUM},
        {ALL_ANY, FL_VALUE_UNDEFINED},
        {ALL_UUID, FL_VALUE_UUID},
        {ALL_BINARY, FL_VALUE_BINARY},
        {ALL_STORAGE, FL_VALUE_STORAGE},
    };
    static const enum fl_value_kind any[] = {
        FL_VALUE_NULL,   FL_VALUE_STRING,  FL_VALUE_NUMBER,  FL_VALUE_DATE,
        FL_VALUE_REF,    FL_VALUE_ENUM,    FL_VALUE_UUID,    FL_VALUE_BOOLEAN,
        FL_VALUE_BINARY, FL_VALUE_STORAGE, FL_VALUE_FOREIGN,
    };
    const size_t count = sizeof(columns) / sizeof(columns[0]);
    const size_t row_count = chance_below(chance, 4);
    struct fl_object object = {
        .key = {TYPE_ALL, random_uuid(chance)},
        .field_count = count,
        .fields = fl_arena_array(arena, count, sizeof(struct fl_field)),
        .section_count = 1,
        .sections = fl_arena_array(arena, 1, sizeof(struct fl_section)),
    };

    for (size_t i = 0; i < count; i++) {
        const enum fl_value_kind kind =
            columns[i].number == ALL_ANY
                ? any[chance_below(chance, sizeof(any) / sizeof(any[0]))]
                : columns[i].kind;

        object.fields[i] =
            (struct fl_field){columns[i].number, random_value(chance, arena, kind)};
    }
    object.sections[0] = (struct fl_section){
        1, row_count, fl_arena_array(arena, row_count + 1, sizeof(struct fl_row))};
    for (size_t i = 0; i < row_count; i++) {
        struct fl_field *const fields = fl_arena_array(arena, 2, sizeof(*fields));

        fields[0] = (struct fl_field){1, random_value(chance, arena, FL_VALUE_REF)};
        fields[1] = (struct fl_field){2, random_value(chance, arena, FL_VALUE_NUMBER)};
        object.sections[0].rows[i] = (struct fl_row){2, fields};
    }
    assert_int_equal(
        fl_object_normalise(
            fl_configuration_type(configuration, TYPE_ALL), &object, NULL),
        FL_OK);
    return object;
}

/* Enough of them for several blocks, so that items are cut by the end of one. */
static void test_random_objects_are_read_as_they_were_written(void **state)
{
    enum { COUNT = 600 };
    struct fl_object *const objects = calloc(COUNT, sizeof(*objects));
    struct chance chance = {7};
    struct fl_arena arena;

    (void)state;
    assert_non_null(objects);
    fl_arena_init(&arena, (size_t)1 << 30);
    for (size_t i = 0; i < COUNT; i++) {
        objects[i] = random_object(&chance, &arena);
    }
    struct written written = write_objects(configuration, "v8msg", objects, COUNT);

    assert_int_equal(written.status, FL_OK);
    assert_true(written.buffer.size > 4 * (64 << 10));
    struct read_package package =
        read_bytes(configuration, fl_buffer_view(&written.buffer), 0);

    if (package.status != FL_OK) {
        fail_msg("%s", package.error.text);
    }
    assert_int_equal(package.count, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        struct fl_buffer record;

        fl_buffer_init(&record, FL_RECORD_BYTES_MAX);
        assert_int_equal(fl_record_encode(&objects[i], &record), FL_OK);
        assert_true(fl_key_equal(objects[i].key, package.objects[i].key));
        assert_true(fl_bytes_equal(fl_buffer_view(&record), package.objects[i].record));
        fl_buffer_deinit(&record);
    }
    forget(&package);
    fl_buffer_deinit(&written.buffer);
    fl_arena_deinit(&arena);
    free(objects);
}

/* What each kind of type of the demonstration gives, two of each. */
static void test_generated_objects_are_read_as_they_were_written(void **state)
{
    struct fl_configuration *demo = NULL;
    struct fl_error error = {FL_OK, ""};
    struct fl_object objects[128];
    struct fl_arena arena;
    size_t count = 0;

    (void)state;
    if (fl_configuration_read_dump(
            FILIAL_TESTS_DIRECTORY "/../deploy/demo/configuration", &demo, &error) !=
        FL_OK) {
        fail_msg("%s", error.text);
    }
    struct pool *const pools = calloc(demo->type_count, sizeof(*pools));
    const struct world world = {
        .configuration = demo, .seed = 3, .branch = 3, .pools = pools};

    assert_non_null(pools);
    fl_arena_init(&arena, (size_t)1 << 28);
    for (size_t i = 0; i < demo->type_count; i++) {
        pools[i] = (struct pool){2, 2, 2, 2};
    }
    for (size_t i = 0; i < demo->type_count; i++) {
        const struct fl_type *const type = &demo->types[i];

        for (uint32_t j = 0; j < 2; j++) {
            struct making making = world_making(&world, type, 5 + j, false, &arena);

            if (fl_kind_has_ref(type->kind) || type->kind == FL_KIND_CONSTANT) {
                make_object(&making, &objects[count++]);
            } else if (fl_kind_is_register(type->kind) && !type->by_recorder) {
                make_record_set(&making, &objects[count++]);
            }
        }
    }
    struct written written = write_objects(demo, "v8msg", objects, count);
    struct read_package package = read_bytes(demo, fl_buffer_view(&written.buffer), 0);
    struct written again = write_again(demo, "v8msg", &package);

    assert_int_equal(written.status, FL_OK);
    if (package.status != FL_OK) {
        fail_msg("%s", package.error.text);
    }
    assert_int_equal(package.count, count);
    assert_true(count > 20);
    assert_true(
        fl_bytes_equal(fl_buffer_view(&written.buffer), fl_buffer_view(&again.buffer)));
    fl_buffer_deinit(&again.buffer);
    fl_buffer_deinit(&written.buffer);
    forget(&package);
    fl_arena_deinit(&arena);
    free(pools);
    fl_configuration_free(demo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_objects_are_read_as_they_were_written),
        cmocka_unit_test(test_generated_objects_are_read_as_they_were_written),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
