/*
 * What stands in a mail: header fields in words of RFC 2047, and the file that is
 * attached to it (RFC 2045, 2046, 2183, 2231). Foreign bytes: bounded, and refused in
 * words.
 */

#ifndef NODE_MAIL_H
#define NODE_MAIL_H

#include <stdio.h>

#include "proto/bytes.h"

enum { FL_MAIL_NAME_BYTES = 512 };

/*
 * The field `name` ("Subject") of a header, unfolded and decoded, cut to what fits; "":
 * it is not there.
 */
void fl_mail_field(
    struct fl_bytes header,
    const char *name,
    char out_text[FL_MAIL_NAME_BYTES]);

/* As a header field may carry it: as it is when it is ASCII, else in encoded words. */
void fl_mail_encode(const char *text, struct fl_buffer *out_field);

/*
 * The first attached file whose name `wants`, decoded into `target`. FL_NOT_FOUND: no
 * such file is attached. FL_MALFORMED, FL_LIMIT: the mail; FL_IO: the disk.
 */
enum fl_status fl_mail_attachment(
    FILE *mail,
    bool (*wants)(void *context, const char *name),
    void *context,
    FILE *target,
    struct fl_error *out_error);

#endif
