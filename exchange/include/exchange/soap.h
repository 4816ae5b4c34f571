/*
 * Messages of a web service of 1C: SOAP 1.1, document/literal, one operation an envelope.
 * Source: the WSDL that 1C publishes of a service.
 */

#ifndef EXCHANGE_SOAP_H
#define EXCHANGE_SOAP_H

#include "exchange/element.h"

struct fl_soap_parameter {
    const char *name;
    struct fl_bytes text; /* escaped while it is written */
};

/* In the operation's order, which is the schema's. FL_REFUSED: a text that XML forbids.
 */
enum fl_status fl_soap_write(
    const char *uri, /* of the service */
    const char *operation,
    const struct fl_soap_parameter *parameters,
    size_t parameter_count,
    struct fl_buffer *out_bytes,
    struct fl_error *out_error);

/*
 * What an operation answers: its outgoing parameters and its result, "return", as
 * children of `*out_answer`, which lives in `arena`. FL_REFUSED: a fault, in its own
 * words; FL_MALFORMED: no such message.
 */
enum fl_status fl_soap_read(
    struct fl_bytes bytes,
    struct fl_arena *arena,
    struct fl_element **out_answer,
    struct fl_error *out_error);

#endif
