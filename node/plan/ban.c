#include "ban.h"

#include "proto/record.h"

static bool is_within(const struct fl_value *value, int64_t until)
{
    return value != NULL && value->kind == FL_VALUE_DATE && value->date <= until;
}

static bool any_record_is_within(
    const struct fl_object *object,
    uint32_t period,
    int64_t until)
{
    const struct fl_section *records = fl_object_section(object, FL_SECTION_RECORDS);
    for (size_t i = 0; records != NULL && i < records->row_count; i++) {
        for (size_t j = 0; j < records->rows[i].field_count; j++) {
            const struct fl_field *field = &records->rows[i].fields[j];
            if (field->number == period && is_within(&field->value, until)) {
                return true;
            }
        }
    }
    return is_within(fl_object_field(object, period), until);
}

bool fl_ban_covers(
    const struct fl_configuration *configuration,
    int64_t until,
    struct fl_key key,
    struct fl_bytes record,
    struct fl_arena *arena)
{
    const struct fl_type *type = fl_configuration_type(configuration, key.type);
    const struct fl_attribute *date = NULL;
    struct fl_object object;
    if (until == 0 || type == NULL || record.size == 0) {
        return false;
    }
    date = fl_type_role(
        type, fl_kind_is_register(type->kind) ? FL_ROLE_PERIOD : FL_ROLE_DATE);
    if (date == NULL) {
        return false;
    }
    fl_arena_reset(arena);
    if (fl_record_decode(key, /* deleted= */ false, record, arena, &object) != FL_OK) {
        return false;
    }
    return fl_kind_is_register(type->kind)
               ? any_record_is_within(&object, date->number, until)
               : is_within(fl_object_field(&object, date->number), until);
}
