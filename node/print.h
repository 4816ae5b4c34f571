/*
 * Formatted text into a buffer.
 */

#ifndef NODE_PRINT_H
#define NODE_PRINT_H

#include "proto/bytes.h"

/* Append what printf would print, however long; without memory the buffer has failed. */
void fl_print(struct fl_buffer *buffer, const char *format, ...) FL_PRINTF(2, 3);

#endif
