/*
 * A type of values as people read it: "String(50), Catalog.Контрагенты".
 */

#ifndef NODE_TYPE_TEXT_H
#define NODE_TYPE_TEXT_H

#include "proto/configuration.h"

enum { FL_TYPE_TEXT_BYTES = 600 };

void fl_type_text(
    const struct fl_configuration *configuration,
    const struct fl_value_type *type,
    char out_text[FL_TYPE_TEXT_BYTES]);

#endif
