#include "http_route.h"

#include <string.h>

#include "http_api.h"
#include "http_token.h"
#include "language.h"
#include "odata.h"
#include "site/site_server.h"

#define GET    (1u << FL_HTTP_GET)
#define POST   (1u << FL_HTTP_POST)
#define DELETE (1u << FL_HTTP_DELETE)
#define ANY    (GET | POST | DELETE | 1u << FL_HTTP_PUT | 1u << FL_HTTP_PATCH)

static const struct fl_http_route ROUTES[] = {
    {"/health", false, FL_HTTP_AREA_HEALTH, GET, FL_HTTP_NOBODY, false, fl_http_health},
    {"/ready", false, FL_HTTP_AREA_HEALTH, GET, FL_HTTP_NOBODY, false, fl_http_ready},
    {"/metrics", false, FL_HTTP_AREA_METRICS, GET, FL_HTTP_READER, false,
     fl_http_metrics_show},
    {"/api/session", false, FL_HTTP_AREA_API, GET | POST | DELETE, FL_HTTP_NOBODY, false,
     fl_http_session},
    {"/api/command", false, FL_HTTP_AREA_API, POST, FL_HTTP_READER, false,
     fl_http_command},
    {"/api/events", false, FL_HTTP_AREA_EVENTS, GET, FL_HTTP_READER, false,
     fl_http_events},
    {"/api/overview", false, FL_HTTP_AREA_API, GET, FL_HTTP_READER, false,
     fl_http_overview},
    {"/api/changes", false, FL_HTTP_AREA_API, GET, FL_HTTP_READER, false,
     fl_http_changes},
    {"/openapi.json", false, FL_HTTP_AREA_API, GET, FL_HTTP_NOBODY, false,
     fl_http_openapi},
    {"/odata/standard.odata", true, FL_HTTP_AREA_ODATA, ANY, FL_HTTP_READER, true,
     fl_odata},
    {"/bitrix/admin/1c_exchange.php", false, FL_HTTP_AREA_API, GET | POST, FL_HTTP_NOBODY,
     false, fl_site_serve},
    {"/bitrix/admin/1c_intranet.php", false, FL_HTTP_AREA_API, GET | POST, FL_HTTP_NOBODY,
     false, fl_site_serve},
    {"/crm/1c_exchange.php", false, FL_HTTP_AREA_API, GET | POST, FL_HTTP_NOBODY, false,
     fl_site_serve},
    {"/1c_exchange.php", false, FL_HTTP_AREA_API, GET | POST, FL_HTTP_NOBODY, false,
     fl_site_serve},
    {"/", true, FL_HTTP_AREA_STATIC, GET, FL_HTTP_NOBODY, false, fl_http_static},
};

enum { ROUTE_COUNT = sizeof ROUTES / sizeof ROUTES[0] };

const struct fl_http_route *fl_http_route_find(const char *path)
{
    for (size_t i = 0; i + 1 < ROUTE_COUNT; i++) {
        size_t size = strlen(ROUTES[i].path);
        bool begins = strncmp(path, ROUTES[i].path, size) == 0;
        bool ends = path[size] == '\0' || (ROUTES[i].is_prefix && path[size] == '/');
        if (begins && ends) {
            return &ROUTES[i];
        }
    }
    return &ROUTES[ROUTE_COUNT - 1];
}

static void refuse(struct fl_http_request *request, unsigned code, const char *words)
{
    struct fl_error error;
    (void)fl_error_set(
        &error, code == 401 ? FL_UNTRUSTED : FL_REFUSED, "%s", fl_error_words(words));
    fl_http_reply_error(request, code, &error);
}

static bool admit_role(struct fl_http_request *request)
{
    bool by_cookie = false;
    const struct fl_http_route *route = request->route;
    request->role = fl_http_token_of(request, &by_cookie);
    if (request->role == FL_HTTP_NOBODY) {
        refuse(
            request, 401,
            N_("a token is needed: Authorization: Bearer TOKEN, where TOKEN stands in "
               "DIR/keys/http-operator.token or http-reader.token"));
        return false;
    }
    if (by_cookie && request->method != FL_HTTP_GET &&
        fl_http_request_header(request, "X-Filial") == NULL) {
        refuse(
            request, 403,
            N_("a request by cookie that is not GET needs the header X-Filial: 1, so "
               "that no other page can send it"));
        return false;
    }
    if (route->writes && request->method != FL_HTTP_GET &&
        request->role != FL_HTTP_OPERATOR) {
        refuse(request, 403, N_("a reader's token may only look"));
        return false;
    }
    return true;
}

bool fl_http_route_admit(struct fl_http_request *request)
{
    const struct fl_http_route *route = request->route;
    if ((route->methods & 1u << request->method) == 0) {
        refuse(request, 405, N_("this path does not take this method"));
        fl_http_reply_header(
            request, "Allow",
            route->methods == GET    ? "GET, HEAD"
            : route->methods == POST ? "POST"
                                     : "GET, HEAD, POST, PUT, PATCH, DELETE");
        return false;
    }
    bool is_open = route->role == FL_HTTP_NOBODY ||
                   (route->area == FL_HTTP_AREA_METRICS &&
                    request->http->node->settings.http_metrics_open);
    return is_open || admit_role(request);
}
