/*
 * Whole objects from a configuration: what an attribute means is guessed from its role
 * and name, sums are those of the rows, and movements repeat the document that made them.
 */

#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROWS_OF_DOCUMENT = 10,
    ROWS_OF_CATALOG = 3,
    RECORDS_OF_PERIODS = 4,
    DAYS_OF_RATES = 350
};

static void *take(struct making *making, size_t count, size_t size)
{
    void *const memory = fl_arena_array(making->arena, count > 0 ? count : 1, size);

    FL_ASSERT(memory != NULL);
    return memory;
}

static void finish(struct making *making, struct fl_object *object)
{
    struct fl_error error = {FL_OK, ""};
    enum fl_status status = fl_object_normalise(making->type, object, &error);

    if (status == FL_OK) {
        status = fl_object_check(making->world->configuration, object, &error);
    }
    if (status != FL_OK) {
        (void)fprintf(stderr, "the generator made a wrong object: %s\n", error.text);
        exit(1);
    }
}

static struct fl_value *value_named(
    struct fl_row row,
    const struct fl_attribute *attributes,
    const char *name)
{
    for (size_t i = 0; i < row.field_count; i++) {
        if (strcmp(attributes[row.fields[i].number - 1].name, name) == 0) {
            return &row.fields[i].value;
        }
    }
    return NULL;
}

/* An amount as kopecks, of a number of few digits. */
static int64_t kopecks(const struct fl_value *value)
{
    int64_t units = (int64_t)value->number.low * 100;

    for (uint8_t i = 0; i < value->number.scale; i++) {
        units /= 10;
    }
    return units;
}

static void set_kopecks(struct fl_value *value, int64_t units)
{
    uint8_t scale = 2;

    while (scale > 0 && units % 10 == 0) {
        units /= 10;
        scale--;
    }
    value->number = fl_decimal_of_int64(units);
    value->number.scale = scale;
}

/* Сумма = Количество x Цена where a row has all three; the sum, or 0. */
static int64_t price_row(struct fl_row row, const struct fl_attribute *attributes)
{
    const struct fl_value *const count = value_named(row, attributes, "Количество");
    const struct fl_value *const price = value_named(row, attributes, "Цена");
    struct fl_value *const sum = value_named(row, attributes, "Сумма");
    struct fl_value *const tax = value_named(row, attributes, "СуммаНДС");

    if (!sum || sum->kind != FL_VALUE_NUMBER) {
        return 0;
    }
    if (count && price) {
        set_kopecks(sum, kopecks(price) * kopecks(count) / 100);
    }
    if (tax && tax->kind == FL_VALUE_NUMBER) {
        set_kopecks(tax, kopecks(sum) / 6); /* 20 % within the sum */
    }
    return kopecks(sum);
}

static struct fl_row make_row(
    struct making *making,
    const struct fl_attribute *attributes,
    size_t count)
{
    struct fl_row row = {.fields = take(making, count, sizeof(*row.fields))};

    for (size_t i = 0; i < count; i++) {
        const bool skips =
            attributes[i].use == (making->is_folder ? FL_USE_ITEM : FL_USE_FOLDER);

        if (!skips) {
            row.fields[row.field_count++] = (struct fl_field){
                attributes[i].number, making_value(making, &attributes[i])};
        }
    }
    return row;
}

/* Fills a section; what its rows come to. */
static int64_t make_section(
    struct making *making,
    const struct fl_section_type *type,
    struct fl_section *out_section)
{
    const uint32_t rows_max = making->type->kind == FL_KIND_DOCUMENT
                                  ? (uint32_t)ROWS_OF_DOCUMENT
                                  : (uint32_t)ROWS_OF_CATALOG;
    const size_t count = 1 + chance_below(&making->chance, rows_max);
    int64_t sum = 0;

    *out_section = (struct fl_section){
        .number = type->number,
        .row_count = count,
        .rows = take(making, count, sizeof(struct fl_row)),
    };
    for (size_t i = 0; i < count; i++) {
        out_section->rows[i] = make_row(making, type->attributes, type->attribute_count);
        sum += price_row(out_section->rows[i], type->attributes);
    }
    return sum;
}

void make_object(struct making *making, struct fl_object *out_object)
{
    const struct fl_type *const type = making->type;
    struct fl_row row = make_row(making, type->attributes, type->attribute_count);
    int64_t sum = 0;

    *out_object = (struct fl_object){
        .key = {type->number, {{0}}},
        .field_count = row.field_count,
        .fields = row.fields,
        .sections = take(making, type->section_count, sizeof(struct fl_section)),
    };
    if (type->kind != FL_KIND_CONSTANT) {
        out_object->key.id = world_uuid(making->world, type->number, making->index);
    }
    for (size_t i = 0; i < type->section_count; i++) {
        const bool skips =
            type->sections[i].use == (making->is_folder ? FL_USE_ITEM : FL_USE_FOLDER);

        if (!skips) {
            sum += make_section(
                making, &type->sections[i],
                &out_object->sections[out_object->section_count++]);
        }
    }
    struct fl_value *const total = value_named(row, type->attributes, "СуммаДокумента");

    if (total && total->kind == FL_VALUE_NUMBER && sum > 0) {
        set_kopecks(total, sum);
    }
    finish(making, out_object);
}

/* ---- movements ---- */

static const struct fl_attribute *attribute_named(
    const struct fl_attribute *attributes,
    size_t count,
    const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(attributes[i].name, name) == 0) {
            return &attributes[i];
        }
    }
    return NULL;
}

/* The value that the document has under the same name, in the row or in its head. */
static const struct fl_value *inherited(
    const struct fl_type *type,
    const struct fl_object *document,
    const struct fl_row *row,
    const char *name)
{
    const struct fl_section_type *const section = &type->sections[0];
    const struct fl_attribute *attribute =
        attribute_named(section->attributes, section->attribute_count, name);

    if (attribute) {
        for (size_t i = 0; i < row->field_count; i++) {
            if (row->fields[i].number == attribute->number) {
                return &row->fields[i].value;
            }
        }
    }
    attribute = attribute_named(type->attributes, type->attribute_count, name);
    if (!attribute && strcmp(name, "Склад") == 0) {
        attribute =
            attribute_named(type->attributes, type->attribute_count, "СкладОтправитель");
    }
    return attribute ? fl_object_field(document, attribute->number) : NULL;
}

static struct fl_value role_value(
    struct making *making,
    const struct fl_attribute *attribute,
    const struct fl_type *document_type,
    const struct fl_object *document,
    bool is_receipt)
{
    const struct fl_attribute *const date = fl_type_role(document_type, FL_ROLE_DATE);
    const struct fl_value *const moment =
        date ? fl_object_field(document, date->number) : NULL;

    switch ((int)attribute->role) {
    case FL_ROLE_RECORDER:
        return (struct fl_value){
            .kind = FL_VALUE_REF,
            .type = document->key.type,
            .uuid = document->key.id,
        };
    case FL_ROLE_PERIOD:
        return moment ? *moment : making_value(making, attribute);
    case FL_ROLE_RECORD_TYPE: {
        struct fl_value value = {.kind = FL_VALUE_STRING};

        value.bytes = fl_bytes_of_text(is_receipt ? "Receipt" : "Expense");
        return value;
    }
    default:
        return making_value(making, attribute);
    }
}

static bool has_own_role(const struct fl_attribute *attribute)
{
    return attribute->role == FL_ROLE_DIMENSION || attribute->role == FL_ROLE_RESOURCE ||
           attribute->role == FL_ROLE_OWN;
}

static struct fl_row make_movement(
    struct making *making,
    const struct fl_type *document_type,
    const struct fl_object *document,
    const struct fl_row *source,
    bool is_receipt)
{
    const struct fl_type *const type = making->type;
    struct fl_row row = {
        .field_count = type->attribute_count,
        .fields = take(making, type->attribute_count, sizeof(struct fl_field)),
    };

    for (size_t i = 0; i < type->attribute_count; i++) {
        const struct fl_attribute *const attribute = &type->attributes[i];
        const struct fl_value *const value =
            has_own_role(attribute)
                ? inherited(document_type, document, source, attribute->name)
                : NULL;

        row.fields[i] = (struct fl_field){
            attribute->number,
            value ? *value
                  : role_value(making, attribute, document_type, document, is_receipt),
        };
    }
    return row;
}

void make_movements(
    struct making *making,
    const struct fl_object *document,
    struct fl_object *out_object)
{
    const struct fl_type *const type = making->type;
    const struct fl_type *const document_type =
        fl_configuration_type(making->world->configuration, document->key.type);
    const struct fl_attribute *const recorder = fl_type_role(type, FL_ROLE_RECORDER);
    const struct fl_section *const source =
        document->section_count > 0 ? &document->sections[0] : NULL;
    const bool is_receipt = strncmp(document_type->name, "Поступление", 22) == 0;
    const size_t count = source ? source->row_count : 0;

    *out_object = (struct fl_object){
        .key = {type->number, document->key.id},
        .field_count = 1,
        .fields = take(making, 1, sizeof(struct fl_field)),
        .section_count = 1,
        .sections = take(making, 1, sizeof(struct fl_section)),
    };
    out_object->fields[0].number = recorder->number;
    out_object->fields[0].value =
        role_value(making, recorder, document_type, document, is_receipt);
    out_object->sections[0] = (struct fl_section){
        .number = FL_SECTION_RECORDS,
        .row_count = count,
        .rows = take(making, count, sizeof(struct fl_row)),
    };
    for (size_t i = 0; i < count; i++) {
        out_object->sections[0].rows[i] =
            make_movement(making, document_type, document, &source->rows[i], is_receipt);
    }
    finish(making, out_object);
}

/* ---- record sets without recorders ---- */

/* How many refs a dimension of the filter walks through: own ones where there are any. */
static uint32_t dimension_count(
    const struct world *world,
    const struct fl_attribute *attribute)
{
    if (attribute->type.ref_count == 0) {
        return 1;
    }
    const struct pool *const pool = world_pool(world, attribute->type.refs[0]);

    return pool->own_items > 0 ? pool->own_items : pool->common_items;
}

static bool walks_own(const struct world *world, const struct fl_attribute *attribute)
{
    return attribute->type.ref_count > 0 &&
           world_pool(world, attribute->type.refs[0])->own_items > 0;
}

uint32_t record_sets_max(const struct world *world, const struct fl_type *type)
{
    uint64_t count = 1;

    for (size_t i = 0; i < type->attribute_count; i++) {
        const struct fl_attribute *const attribute = &type->attributes[i];

        if (attribute->in_filter) {
            count *= attribute->role == FL_ROLE_PERIOD
                         ? (uint32_t)DAYS_OF_RATES
                         : dimension_count(world, attribute);
            count = count > UINT32_MAX ? UINT32_MAX : count;
        }
    }
    return (uint32_t)count;
}

/* The value of one dimension in the set number `*rest`, which it divides. */
static struct fl_value filter_value(
    struct making *making,
    const struct fl_attribute *attribute,
    uint32_t *rest)
{
    if (attribute->role == FL_ROLE_PERIOD) {
        const uint32_t day = *rest % DAYS_OF_RATES;
        const struct fl_value value = {
            .kind = FL_VALUE_DATE, .date = making_date(day, 0)};

        *rest /= DAYS_OF_RATES;
        return value;
    }
    const uint32_t count = dimension_count(making->world, attribute);

    if (attribute->type.ref_count == 0 || count == 0) {
        return fl_value_empty(&attribute->type);
    }
    const uint32_t number = attribute->type.refs[0];
    const struct pool *const pool = world_pool(making->world, number);
    const uint32_t first =
        walks_own(making->world, attribute)
            ? pool->common_folders + pool->common_items + pool->own_folders
            : pool->common_folders;
    const struct fl_value value = {
        .kind = FL_VALUE_REF,
        .type = number,
        .uuid = world_uuid(making->world, number, first + *rest % count),
    };

    *rest /= count;
    return value;
}

static void make_filter(struct making *making, struct fl_object *object)
{
    const struct fl_type *const type = making->type;
    uint32_t rest = making->index;

    object->fields = take(making, type->attribute_count, sizeof(struct fl_field));
    for (size_t i = 0; i < type->attribute_count; i++) {
        const struct fl_attribute *const attribute = &type->attributes[i];

        /* The period walks last, so that every dimension gets its first one. */
        if (attribute->in_filter && attribute->role != FL_ROLE_PERIOD) {
            object->fields[object->field_count++] = (struct fl_field){
                attribute->number, filter_value(making, attribute, &rest)};
        }
    }
    for (size_t i = 0; i < type->attribute_count; i++) {
        const struct fl_attribute *const attribute = &type->attributes[i];

        if (attribute->in_filter && attribute->role == FL_ROLE_PERIOD) {
            object->fields[object->field_count++] = (struct fl_field){
                attribute->number, filter_value(making, attribute, &rest)};
        }
    }
}

static struct fl_row make_record(
    struct making *making,
    const struct fl_object *object,
    uint32_t number)
{
    const struct fl_type *const type = making->type;
    struct fl_row row = make_row(making, type->attributes, type->attribute_count);

    for (size_t i = 0; i < row.field_count; i++) {
        struct fl_field *const field = &row.fields[i];

        if (type->attributes[field->number - 1].role == FL_ROLE_PERIOD) {
            field->value.date = making_date(number * 30, 0);
        }
        for (size_t j = 0; j < object->field_count; j++) {
            if (object->fields[j].number == field->number) {
                field->value = object->fields[j].value;
            }
        }
    }
    return row;
}

void make_record_set(struct making *making, struct fl_object *out_object)
{
    const struct fl_type *const type = making->type;
    const struct fl_attribute *const period = fl_type_role(type, FL_ROLE_PERIOD);
    const bool has_periods = period && !period->in_filter;
    bool is_own = false;

    for (size_t i = 0; i < type->attribute_count; i++) {
        is_own = is_own || (type->attributes[i].in_filter &&
                            walks_own(making->world, &type->attributes[i]));
    }
    if (!is_own) {
        /* The same key in every branch, so the same content as well. */
        *making = world_making(making->world, type, making->index, true, making->arena);
    }
    const size_t count =
        has_periods ? 1 + chance_below(&making->chance, RECORDS_OF_PERIODS) : 1;

    *out_object = (struct fl_object){
        .key = {type->number, {{0}}},
        .section_count = 1,
        .sections = take(making, 1, sizeof(struct fl_section)),
    };
    make_filter(making, out_object);
    out_object->sections[0] = (struct fl_section){
        .number = FL_SECTION_RECORDS,
        .row_count = count,
        .rows = take(making, count, sizeof(struct fl_row)),
    };
    for (size_t i = 0; i < count; i++) {
        out_object->sections[0].rows[i] = make_record(making, out_object, (uint32_t)i);
    }
    finish(making, out_object);
}
