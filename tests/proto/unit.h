/* cmocka wants these headers before its own, in this order. */

#ifndef UNIT_H
#define UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* After the four above. */
#include <cmocka.h>

#include "proto/bytes.h"

/* A view of a literal, its zeros included. */
#define BYTES(literal)                                                                   \
    ((struct fl_bytes){(const uint8_t *)(literal), sizeof(literal) - 1})

#endif
