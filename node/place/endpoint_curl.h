/* What transfers by libcurl share, whatever they speak. */

#ifndef NODE_ENDPOINT_CURL_H
#define NODE_ENDPOINT_CURL_H

#include <curl/curl.h>

#include "endpoint_place.h"

/* No wait is without an end, one who is told to stop stops, and whom a server with TLS
 * has to be of. */
void fl_endpoint_curl_limit(
    CURL *curl,
    const struct fl_place *place,
    long slow_seconds); /* without a byte */
/* What comes is added to the buffer, whose failure ends the transfer. */
void fl_endpoint_curl_take(CURL *curl, struct fl_buffer *out_bytes);
/* From its file, without the end of the line; "": it has none. */
enum fl_status fl_endpoint_curl_password(
    CURL *curl,
    const char *password_file,
    struct fl_error *out_error);

/* Why a transfer failed, and what to do; `url` is for people, `words` of libcurl, or "".
 */
enum fl_status fl_endpoint_curl_failed(
    CURLcode code,
    const struct fl_place *place,
    const char *url,
    const char *words,
    struct fl_error *out_error);

#endif
