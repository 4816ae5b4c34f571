/*
 * /odata/standard.odata: objects in the spelling of 1C's standard OData interface, in
 * JSON.
 *
 *     GET    /                       the sets
 *     GET    /$metadata              types and properties, EDMX
 *     GET    /Catalog_X              a page of a set; $filter, $orderby, $top, $skip ...
 *     GET    /Catalog_X/$count
 *     POST   /Catalog_X              a new object
 *     GET    /Catalog_X(guid'...')   one
 *     PATCH, PUT, DELETE             changes it; If-Match: DataVersion
 *     POST   /$batch                 {"requests": [...]}: all of them or none
 */

#ifndef NODE_ODATA_H
#define NODE_ODATA_H

#include "http_write.h"
#include "odata_entity.h"

void fl_odata(struct fl_http_request *request);

/* odata_read.c */
void fl_odata_read(struct fl_http_request *request, const struct fl_odata_key *key);
/* The address of the service as the client knows it: "http://host/odata/standard.odata"
 */
enum { FL_ODATA_BASE_BYTES = 400 };
void fl_odata_base(
    const struct fl_http_request *request,
    char out_text[FL_ODATA_BASE_BYTES]);
/* The entity of an object as it is now, in the shape of an answer; NULL: it is not here.
 */
json_t *fl_odata_read_one(
    const struct fl_http_request *request,
    const struct fl_type *type,
    struct fl_key key,
    uint64_t *out_lsn);

/* odata_write.c */
void fl_odata_write(struct fl_http_request *request, const struct fl_odata_key *key);
/*
 * A change from its method, key, body and If-Match (NULL: none). On success
 * `out_change->line` is the caller's.
 */
enum fl_status fl_odata_change_of(
    struct fl_http *http,
    enum fl_http_method method,
    const struct fl_odata_key *key,
    const json_t *body,
    const char *if_match,
    struct fl_http_change *out_change,
    struct fl_error *out_error);

/* odata_batch.c */
void fl_odata_batch(struct fl_http_request *request);

/* odata_metadata.c */
void fl_odata_service(struct fl_http_request *request);
void fl_odata_metadata(struct fl_http_request *request);

#endif
