#include "odata.h"

#include <string.h>

#include "language.h"

#define ROOT "/odata/standard.odata"

static void refuse(struct fl_http_request *request, unsigned code, const char *words)
{
    struct fl_error error;
    (void)fl_error_set(
        &error, code == 405 ? FL_UNSUPPORTED : FL_NOT_FOUND, "%s", fl_error_words(words));
    fl_http_reply_error(request, code, &error);
}

static void serve_set(struct fl_http_request *request, const char *path)
{
    struct fl_odata_key key;
    struct fl_error error;
    enum fl_status status =
        fl_odata_key_parse(fl_bytes_of_text(path), &request->arena, &key, &error);
    if (status != FL_OK) {
        fl_http_reply_failure(request, status, &error);
    } else if (request->method == FL_HTTP_GET) {
        fl_odata_read(request, &key);
    } else {
        fl_odata_write(request, &key);
    }
}

void fl_odata(struct fl_http_request *request)
{
    const char *path = request->uri.path + strlen(ROOT);
    bool is_get = request->method == FL_HTTP_GET;
    path += path[0] == '/';
    if (path[0] == '\0' && is_get) {
        fl_odata_service(request);
    } else if (strcmp(path, "$metadata") == 0 && is_get) {
        fl_odata_metadata(request);
    } else if (strcmp(path, "$batch") == 0 && request->method == FL_HTTP_POST) {
        fl_odata_batch(request);
    } else if (path[0] == '\0' || path[0] == '$') {
        refuse(request, 405, N_("this path does not take this method"));
    } else {
        serve_set(request, path);
    }
}
