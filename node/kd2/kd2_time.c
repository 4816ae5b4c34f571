#include "kd2_time.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "node.h"
#include "proto/datetime.h"

void fl_kd2_time_now(char out_text[FL_KD2_TIME_BYTES])
{
    time_t now = (time_t)(fl_node_now_ms() / 1000);
    struct tm local = {.tm_year = 0};
    (void)localtime_r(&now, &local);
    if (strftime(out_text, FL_KD2_TIME_BYTES, "%Y-%m-%dT%H:%M:%S", &local) == 0) {
        out_text[0] = '\0';
    }
}

int64_t fl_kd2_time_seconds(void)
{
    char text[FL_KD2_TIME_BYTES];
    int64_t seconds = 0;
    fl_kd2_time_now(text);
    (void)fl_datetime_parse(
        (struct fl_bytes){(const uint8_t *)text, strlen(text)}, &seconds);
    return seconds;
}
