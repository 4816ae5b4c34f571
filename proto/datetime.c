/*
 * Days are counted from the first of March of year 0, so that the leap day ends a year
 * and each 400 years are equal.
 */

#include "proto/datetime.h"

enum {
    SECONDS_OF_DAY = 86400,
    DAYS_OF_400_YEARS = 146097,
    DAYS_BEFORE_YEAR_1 = 306, /* from 0000-03-01 to 0001-01-01 */
    YEAR_MAX = 3999,
};

struct date {
    uint32_t year;
    uint32_t month;
    uint32_t day;
};

static uint32_t days_of_date(struct date date)
{
    const uint32_t year = date.month > 2 ? date.year : date.year - 1;
    const uint32_t month = date.month > 2 ? date.month - 3 : date.month + 9;

    return year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 +
           date.day - 1 - DAYS_BEFORE_YEAR_1;
}

static struct date date_of_days(uint32_t days)
{
    const uint32_t from_march = days + DAYS_BEFORE_YEAR_1;
    const uint32_t era = from_march / DAYS_OF_400_YEARS;
    const uint32_t day_of_era = from_march % DAYS_OF_400_YEARS;
    const uint32_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const uint32_t day_of_year =
        day_of_era - (year_of_era * 365 + year_of_era / 4 - year_of_era / 100);
    const uint32_t month = (day_of_year * 5 + 2) / 153;

    return (struct date){
        .year = era * 400 + year_of_era + (month >= 10 ? 1 : 0),
        .month = month < 10 ? month + 3 : month - 9,
        .day = day_of_year - (month * 153 + 2) / 5 + 1,
    };
}

static uint32_t days_of_month(uint32_t year, uint32_t month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && leap ? 1U : 0U);
}

/* Digits of `text` from `at`; false when one is none. */
static bool read_number(
    struct fl_bytes text,
    size_t at,
    size_t digit_count,
    uint32_t *out_number)
{
    uint32_t number = 0;

    for (size_t i = at; i < at + digit_count; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
        number = number * 10 + (uint32_t)(text.data[i] - '0');
    }
    *out_number = number;
    return true;
}

enum fl_status fl_datetime_parse(struct fl_bytes text, int64_t *out_seconds)
{
    struct date date;
    uint32_t hour;
    uint32_t minute;
    uint32_t second;

    if (text.size != FL_DATETIME_TEXT_BYTES || text.data[4] != '-' ||
        text.data[7] != '-' || text.data[10] != 'T' || text.data[13] != ':' ||
        text.data[16] != ':') {
        return FL_MALFORMED;
    }
    if (!read_number(text, 0, 4, &date.year) || !read_number(text, 5, 2, &date.month) ||
        !read_number(text, 8, 2, &date.day) || !read_number(text, 11, 2, &hour) ||
        !read_number(text, 14, 2, &minute) || !read_number(text, 17, 2, &second)) {
        return FL_MALFORMED;
    }
    if (date.year < 1 || date.year > YEAR_MAX || date.month < 1 || date.month > 12 ||
        date.day < 1 || date.day > days_of_month(date.year, date.month) || hour > 23 ||
        minute > 59 || second > 59) {
        return FL_MALFORMED;
    }
    *out_seconds = (int64_t)days_of_date(date) * SECONDS_OF_DAY +
                   (int64_t)(hour * 3600 + minute * 60 + second);
    return FL_OK;
}

static void write_number(char *out_text, size_t digit_count, uint32_t number)
{
    for (size_t i = digit_count; i > 0; i--) {
        out_text[i - 1] = (char)('0' + number % 10);
        number /= 10;
    }
}

void fl_datetime_format(int64_t seconds, char out_text[FL_DATETIME_TEXT_BYTES])
{
    FL_ASSERT(fl_datetime_is_valid(seconds));

    const struct date date = date_of_days((uint32_t)(seconds / SECONDS_OF_DAY));
    const uint32_t of_day = (uint32_t)(seconds % SECONDS_OF_DAY);

    write_number(out_text, 4, date.year);
    write_number(out_text + 5, 2, date.month);
    write_number(out_text + 8, 2, date.day);
    write_number(out_text + 11, 2, of_day / 3600);
    write_number(out_text + 14, 2, of_day / 60 % 60);
    write_number(out_text + 17, 2, of_day % 60);
    out_text[4] = out_text[7] = '-';
    out_text[10] = 'T';
    out_text[13] = out_text[16] = ':';
}

bool fl_datetime_is_valid(int64_t seconds)
{
    return seconds >= 0 && seconds <= FL_DATETIME_MAX;
}
