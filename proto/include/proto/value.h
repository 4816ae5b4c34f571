/*
 * One value of 1C: it carries its own kind, so that composite attributes need no more.
 */

#ifndef PROTO_VALUE_H
#define PROTO_VALUE_H

#include "proto/bytes.h"
#include "proto/datetime.h"
#include "proto/decimal.h"
#include "proto/uuid.h"

enum fl_value_kind {
    FL_VALUE_UNDEFINED = 0, /* Неопределено, xsi:nil */
    FL_VALUE_NULL,
    FL_VALUE_STRING,
    FL_VALUE_NUMBER,
    FL_VALUE_DATE,
    FL_VALUE_BOOLEAN,
    FL_VALUE_REF,     /* `type` and `uuid`; a zero uuid is the empty ref of that type */
    FL_VALUE_ENUM,    /* `type` and `enum_value`; 0 is the empty value of that type */
    FL_VALUE_UUID,    /* the 1C type UUID, not a ref */
    FL_VALUE_BINARY,  /* BinaryData */
    FL_VALUE_STORAGE, /* ValueStorage, opaque bytes */
    FL_VALUE_TYPE,    /* a TypeDescription or Type: its XML inside the element */
    FL_VALUE_FOREIGN, /* of a type that the configuration does not know: kept as text */
};

struct fl_value {
    enum fl_value_kind kind;
    uint32_t type;       /* REF, ENUM: number of the object type */
    uint32_t enum_value; /* ENUM: number of the value in its type, 0 when empty */
    bool boolean;        /* BOOLEAN */
    /* One of them, by `kind`; values are copied a lot, so they share their place. */
    union {
        int64_t date;             /* DATE: seconds, datetime.h */
        struct fl_decimal number; /* NUMBER, in normal form */
        struct fl_uuid uuid;      /* REF, UUID */
        struct {
            struct fl_bytes bytes; /* STRING, BINARY, STORAGE, TYPE; FOREIGN: the text */
            struct fl_bytes foreign_type; /* FOREIGN: the xsi:type as "{uri}name" */
        };
    };
};

bool fl_value_equal(const struct fl_value *a, const struct fl_value *b);

#endif
