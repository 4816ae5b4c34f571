/*
 * version u8 = 1 | day u32 | closed ms u64 | code, name, zone sized.
 */

#include "proto/day.h"

#include <stdio.h>
#include <string.h>

#include "proto/datetime.h"

enum { VERSION = 1, DAY_SECONDS = 86400 };

/* Unix time of the last date that can be written. */
#define CLOSED_MS_MAX ((FL_DATETIME_MAX - INT64_C(62135596800)) * 1000)

void fl_day_encode(const struct fl_day *day, struct fl_buffer *out_buffer)
{
    fl_buffer_put_u8(out_buffer, VERSION);
    fl_buffer_put_u32(out_buffer, day->day);
    fl_buffer_put_u64(out_buffer, (uint64_t)day->closed_ms);
    fl_buffer_put_sized(out_buffer, fl_bytes_of_text(day->code));
    fl_buffer_put_sized(out_buffer, fl_bytes_of_text(day->name));
    fl_buffer_put_sized(out_buffer, fl_bytes_of_text(day->zone));
}

static bool take_text(struct fl_reader *reader, size_t bytes_max, char *out_text)
{
    struct fl_bytes text = fl_reader_sized(reader);
    if (text.size > bytes_max || !fl_bytes_are_utf8(text)) {
        return false;
    }
    if (text.size > 0) {
        memcpy(out_text, text.data, text.size);
    }
    out_text[text.size] = '\0';
    return true;
}

enum fl_status fl_day_decode(struct fl_bytes bytes, struct fl_day *out_day)
{
    struct fl_reader reader = fl_reader_of(bytes);
    struct fl_day day = {.day = 0};
    uint8_t version = fl_reader_u8(&reader);
    day.day = fl_reader_u32(&reader);
    uint64_t closed_ms = fl_reader_u64(&reader);
    bool is_good = take_text(&reader, sizeof day.code - 1, day.code) &&
                   take_text(&reader, sizeof day.name - 1, day.name) &&
                   take_text(&reader, sizeof day.zone - 1, day.zone);
    if (!is_good || version != VERSION || !fl_reader_done(&reader) ||
        closed_ms > (uint64_t)CLOSED_MS_MAX || day.code[0] == '\0' ||
        day.day > FL_DATETIME_MAX / DAY_SECONDS) {
        return FL_MALFORMED;
    }
    day.closed_ms = (int64_t)closed_ms;
    *out_day = day;
    return FL_OK;
}

void fl_day_text(uint32_t day, char out_text[FL_DAY_TEXT_BYTES])
{
    char text[FL_DATETIME_TEXT_BYTES];
    fl_datetime_format((int64_t)day * DAY_SECONDS, text);
    memcpy(out_text, text, FL_DAY_TEXT_BYTES - 1);
    out_text[FL_DAY_TEXT_BYTES - 1] = '\0';
}

bool fl_day_parse(const char *text, uint32_t *out_day)
{
    char whole[FL_DATETIME_TEXT_BYTES + 1];
    int64_t seconds = 0;
    if (strlen(text) != FL_DAY_TEXT_BYTES - 1) {
        return false;
    }
    snprintf(whole, sizeof whole, "%sT00:00:00", text);
    if (fl_datetime_parse(fl_bytes_of_text(whole), &seconds) != FL_OK) {
        return false;
    }
    *out_day = (uint32_t)(seconds / DAY_SECONDS);
    return true;
}
