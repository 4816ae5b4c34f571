/* The present as 1C writes it: local time, without a zone. */

#ifndef NODE_KD2_TIME_H
#define NODE_KD2_TIME_H

#include <stdint.h>

enum { FL_KD2_TIME_BYTES = 20 };

void fl_kd2_time_now(char out_text[FL_KD2_TIME_BYTES]);
int64_t fl_kd2_time_seconds(void); /* datetime.h */

#endif
