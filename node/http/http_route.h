/*
 * Which path leads to which handler, and who may ask.
 */

#ifndef NODE_HTTP_ROUTE_H
#define NODE_HTTP_ROUTE_H

#include "http_request.h"

typedef void (*fl_http_handle)(struct fl_http_request *request);

struct fl_http_route {
    const char *path;
    bool is_prefix; /* everything below it too */
    enum fl_http_area area;
    unsigned methods; /* bits 1 << enum fl_http_method */
    enum fl_http_role role;
    bool writes; /* anything but GET needs an operator */
    fl_http_handle handle;
};

/* Never NULL: the last one takes every path. */
const struct fl_http_route *fl_http_route_find(const char *path);

/* May this request go on? If not, it is answered. */
bool fl_http_route_admit(struct fl_http_request *request);

#endif
