/*
 * Does a text fit a type of the table: what XML Schema and 1C's factory ask before they
 * take it.
 */

#include <string.h>

#include "proto/datetime.h"
#include "proto/decimal.h"
#include "proto/uuid.h"
#include "table.h"

static bool is_text(struct fl_bytes text, const char *literal)
{
    return fl_bytes_equal(text, fl_bytes_of_text(literal));
}

static const char *string_fault(
    const struct fl_enterprisedata_type *type,
    struct fl_bytes text)
{
    uint32_t length = 0;
    for (size_t i = 0; i < text.size; i++) {
        length += (text.data[i] & 0xC0) != 0x80;
    }
    if (type->length_max > 0 && length > type->length_max) {
        return fl_error_words("the text is longer than the format allows");
    }
    return length < type->length_min
               ? fl_error_words("the text is shorter than the format asks")
               : NULL;
}

/* Of the whole number, as XML Schema counts them: zeros at its ends are none. */
static uint32_t digits_of(struct fl_decimal number)
{
    char text[FL_DECIMAL_TEXT_BYTES_MAX];
    size_t size = fl_decimal_format(number, text);
    uint32_t digits = 0;
    for (size_t i = 0; i < size; i++) {
        bool leads = digits == 0 && text[i] == '0';
        digits += text[i] >= '0' && text[i] <= '9' && !leads;
    }
    return digits;
}

static const char *decimal_fault(
    const struct fl_enterprisedata_type *type,
    struct fl_bytes text)
{
    struct fl_decimal number;
    if (fl_decimal_parse(text, &number) != FL_OK) {
        return fl_error_words("not a number");
    }
    if (type->value == FL_ENTERPRISEDATA_INTEGER && number.scale > 0) {
        return fl_error_words("not a whole number");
    }
    bool fits = (type->digits == 0 || digits_of(number) <= type->digits) &&
                (!type->has_fraction || number.scale <= type->fraction);
    return fits ? NULL
                : fl_error_words("the number has more digits than the format allows");
}

static const char *date_fault(struct fl_bytes text, bool has_time)
{
    enum { DATE_BYTES = 10 };
    char whole[FL_DATETIME_TEXT_BYTES + 1] = "0001-01-01T00:00:00";
    int64_t seconds;
    if (!has_time && text.size == DATE_BYTES) {
        memcpy(whole, text.data, DATE_BYTES);
        text = fl_bytes_of_text(whole);
    } else if (!has_time) {
        return fl_error_words("not a date (such as 2024-12-31)");
    }
    return fl_datetime_parse(text, &seconds) == FL_OK
               ? NULL
               : fl_error_words("not a date (such as 2024-12-31T23:59:59)");
}

const char *fl_enterprisedata_value_fault(
    const struct fl_enterprisedata_type *type,
    struct fl_bytes text)
{
    struct fl_uuid uuid;
    switch (type->value) {
    case FL_ENTERPRISEDATA_NONE:
        return fl_error_words("elements are wanted, not a text");
    case FL_ENTERPRISEDATA_STRING:
        return string_fault(type, text);
    case FL_ENTERPRISEDATA_BOOLEAN:
        return is_text(text, "true") || is_text(text, "false")
                   ? NULL
                   : fl_error_words("neither true nor false");
    case FL_ENTERPRISEDATA_DECIMAL:
    case FL_ENTERPRISEDATA_INTEGER:
        return decimal_fault(type, text);
    case FL_ENTERPRISEDATA_DATE:
        return date_fault(text, false);
    case FL_ENTERPRISEDATA_DATETIME:
        return date_fault(text, true);
    case FL_ENTERPRISEDATA_REF:
        return fl_uuid_parse(text, &uuid) == FL_OK ? NULL
                                                   : fl_error_words("not a reference");
    case FL_ENTERPRISEDATA_ENUM:
        for (size_t i = 0; i < type->allowed_count; i++) {
            if (is_text(text, type->allowed[i])) {
                return NULL;
            }
        }
        return fl_error_words("not a value of the format's closed list");
    }
    return NULL;
}
