/* Two values are equal when they are of one kind and equal in what that kind uses. */

#include "proto/value.h"

bool fl_value_equal(const struct fl_value *a, const struct fl_value *b)
{
    if (a->kind != b->kind) {
        return false;
    }
    switch (a->kind) {
    case FL_VALUE_UNDEFINED:
    case FL_VALUE_NULL:
        return true;
    case FL_VALUE_NUMBER:
        return fl_decimal_compare(a->number, b->number) == 0;
    case FL_VALUE_DATE:
        return a->date == b->date;
    case FL_VALUE_BOOLEAN:
        return a->boolean == b->boolean;
    case FL_VALUE_REF:
        return a->type == b->type && fl_uuid_equal(a->uuid, b->uuid);
    case FL_VALUE_ENUM:
        return a->type == b->type && a->enum_value == b->enum_value;
    case FL_VALUE_UUID:
        return fl_uuid_equal(a->uuid, b->uuid);
    case FL_VALUE_STRING:
    case FL_VALUE_BINARY:
    case FL_VALUE_STORAGE:
    case FL_VALUE_TYPE:
        return fl_bytes_equal(a->bytes, b->bytes);
    case FL_VALUE_FOREIGN:
        return fl_bytes_equal(a->bytes, b->bytes) &&
               fl_bytes_equal(a->foreign_type, b->foreign_type);
    }
    return false;
}
