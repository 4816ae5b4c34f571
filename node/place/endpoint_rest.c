/*
 * The HTTP service exchange_dsl_1_0_0_1 of a base of 1C
 * (.../hs/exchange_dsl_1_0_0_1/v1/). "UploadData" is the base that writes a message for
 * us, "DownloadData" the base that loads ours; both may go on in the background. Answers
 * are JSON, a failure is not 200 and says why in "Message".
 */

#include <string.h>

#include "change/json_text.h"
#include "endpoint_service.h"
#include "random.h"

#define SERVICE "/exchange_dsl_1_0_0_1"
#define VERSION "v1"

enum { QUERY_BYTES = 4096, MESSAGE_BYTES_MAX = 500 };

struct rest {
    struct fl_service service;
    char
        id[FL_SERVICE_ID_BYTES]; /* of the session of a file, or of what is asked about */
};

/* A base has its HTTP services in a folder "hs"; hosts and bases may begin so, too. */
static bool is_rest(const struct fl_place *place)
{
    const char *host = strstr(place->url, "://");
    const char *folder = host == NULL ? NULL : strchr(host + 3, '/');
    while (folder != NULL && strcmp(folder, "/hs") != 0 &&
           strncmp(folder, "/hs/", 4) != 0) {
        folder = strchr(folder + 1, '/');
    }
    return fl_place_is_web(place->url) && folder != NULL;
}

static enum fl_status begin(
    struct rest *rest,
    const struct fl_place *place,
    struct fl_error *out_error)
{
    const bool whole = strstr(place->url, "/hs/exchange_dsl_") != NULL;
    *rest = (struct rest){.id = ""};
    return fl_service_begin(&rest->service, place, whole ? "" : SERVICE, out_error);
}

static void end(struct rest *rest)
{
    fl_service_end(&rest->service);
}

/* --- one call --- */

struct request {
    const char *method;
    const char *name;
    const char *const *query; /* names and values in turn, NULL behind them */
    struct fl_bytes body;
};

static enum fl_status set_address(
    struct rest *rest,
    const struct request *request,
    struct fl_error *out_error)
{
    char address[FL_SERVICE_URL_BYTES + QUERY_BYTES];
    size_t size = (size_t)snprintf(
        address, sizeof address, "%s/" VERSION "/%s", rest->service.url, request->name);
    for (size_t i = 0; request->query[i] != NULL && size < sizeof address; i += 2) {
        char *value = curl_easy_escape(rest->service.curl, request->query[i + 1], 0);
        size += (size_t)snprintf(
            address + size, sizeof address - size, "%c%s=%s", i == 0 ? '?' : '&',
            request->query[i], value == NULL ? "" : value);
        curl_free(value);
    }
    return size < sizeof address &&
                   curl_easy_setopt(rest->service.curl, CURLOPT_URL, address) == CURLE_OK
               ? FL_OK
               : fl_error_set(
                     out_error, FL_MALFORMED, "%s: an address that is too long",
                     rest->service.url);
}

static void set_method(CURL *curl, const struct request *request)
{
    const bool posts = strcmp(request->method, "POST") == 0;
    (void)curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, NULL);
    if (!posts) {
        (void)curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
        (void)curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
        return;
    }
    (void)curl_easy_setopt(curl, CURLOPT_POST, 1L);
    (void)curl_easy_setopt(
        curl, CURLOPT_POSTFIELDS,
        request->body.size == 0 ? "" : (const char *)request->body.data);
    (void)curl_easy_setopt(
        curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.size);
}

static json_t *answer_of(struct rest *rest)
{
    json_error_t reason;
    return fl_json_load(fl_buffer_view(&rest->service.response), &reason);
}

static enum fl_status say(
    const struct rest *rest,
    const char *words,
    struct fl_error *out_error)
{
    const struct fl_bytes said =
        fl_bytes_utf8_beginning(fl_bytes_of_text(words), MESSAGE_BYTES_MAX);
    return fl_error_set(
        out_error, FL_REFUSED, "%s: 1C says: %.*s", rest->service.url, (int)said.size,
        (const char *)said.data);
}

/* In the words of the base, when it has any. */
static enum fl_status refused(struct rest *rest, long code, struct fl_error *out_error)
{
    json_t *answer = answer_of(rest);
    const char *words = json_string_value(json_object_get(answer, "Message"));
    if (words == NULL) {
        words = json_string_value(json_object_get(answer, "message"));
    }
    enum fl_status status =
        words != NULL
            ? say(rest, words, out_error)
            : fl_error_set(
                  out_error, FL_IO, "%s answers %ld; is the service published there?",
                  rest->service.url, code);
    json_decref(answer);
    return status;
}

static enum fl_status call(
    struct rest *rest,
    const struct request *request,
    struct fl_error *out_error)
{
    long code = 0;
    enum fl_status status = set_address(rest, request, out_error);
    if (status == FL_OK) {
        set_method(rest->service.curl, request);
        status = fl_service_perform(&rest->service, &code, out_error);
    }
    return status == FL_OK && code != 200 ? refused(rest, code, out_error) : status;
}

/* One whose answer is an object. */
static enum fl_status call_json(
    struct rest *rest,
    const struct request *request,
    json_t **out_answer,
    struct fl_error *out_error)
{
    enum fl_status status = call(rest, request, out_error);
    json_t *answer = status == FL_OK ? answer_of(rest) : NULL;
    if (status == FL_OK && !json_is_object(answer)) {
        status = fl_error_set(
            out_error, FL_MALFORMED, "%s: the answer to %s is no object of JSON",
            rest->service.url, request->name);
    }
    if (status != FL_OK) {
        json_decref(answer);
        return status;
    }
    *out_answer = answer;
    return FL_OK;
}

/* A text of an answer that has to be there. */
static enum fl_status take_id(
    const struct rest *rest,
    const json_t *answer,
    const char *name,
    char out_id[FL_SERVICE_ID_BYTES],
    struct fl_error *out_error)
{
    const char *text = json_string_value(json_object_get(answer, name));
    if (text == NULL || text[0] == '\0' || strlen(text) >= FL_SERVICE_ID_BYTES) {
        return fl_error_set(
            out_error, FL_MALFORMED, "%s: an answer without \"%s\"", rest->service.url,
            name);
    }
    memcpy(out_id, text, strlen(text) + 1);
    return FL_OK;
}

/* --- the base --- */

/*
 * Is our node there? `*out_is_set_up`: the person there has come to the end; until then
 * the base keeps a message for him.
 */
static enum fl_status ask_base(
    struct rest *rest,
    bool *out_is_set_up,
    struct fl_error *out_error)
{
    const struct fl_place *place = rest->service.place;
    const char *const query[] = {
        "ExchangePlanName",   place->plan, "NodeCode", place->code,
        "IsXDTOExchangePlan", "true",      NULL};
    const struct request request = {
        .method = "GET", .name = "GetIBParameters", .query = query};
    json_t *answer = NULL;
    enum fl_status status = call_json(rest, &request, &answer, out_error);
    if (status != FL_OK) {
        return status;
    }
    const bool is_set_up =
        !json_is_false(json_object_get(answer, "DataSynchronizationSetupCompleted"));
    if (json_is_false(json_object_get(answer, "ExchangePlanExists"))) {
        status = fl_error_set(
            out_error, FL_REFUSED,
            "%s: the base has no exchange plan \"%s\"; --base-plan says how it is called "
            "there",
            rest->service.url, place->plan);
    } else if (json_is_false(json_object_get(answer, "NodeExists"))) {
        status = fl_error_set(
            out_error, FL_REFUSED,
            "%s: the base has no node \"%s\" for us yet; set up the synchronisation "
            "there, "
            "or say with --as how it calls us",
            rest->service.url, place->code);
    } else {
        *out_is_set_up = is_set_up;
    }
    json_decref(answer);
    return status;
}

static enum fl_status ask(
    void *context,
    char out_state[FL_SERVICE_ID_BYTES],
    struct fl_error *out_error)
{
    struct rest *rest = context;
    const char *const query[] = {"OperationID", rest->id, NULL};
    const struct request request = {
        .method = "GET", .name = "GetContinuousOperationStatus", .query = query};
    json_t *answer = NULL;
    enum fl_status status = call_json(rest, &request, &answer, out_error);
    const char *words = json_string_value(json_object_get(answer, "Message"));
    if (status == FL_OK) {
        status = take_id(rest, answer, "ActionState", out_state, out_error);
    }
    if (status == FL_OK && words != NULL && words[0] != '\0' &&
        strcmp(out_state, "Active") != 0 && strcmp(out_state, "Completed") != 0) {
        status = say(rest, words, out_error);
    }
    json_decref(answer);
    return status;
}

/* What goes on in the background is waited for. */
static enum fl_status wait_for(
    struct rest *rest,
    const json_t *answer,
    struct fl_error *out_error)
{
    if (!json_is_true(json_object_get(answer, "TimeConsumingOperation"))) {
        return FL_OK;
    }
    enum fl_status status = take_id(rest, answer, "OperationID", rest->id, out_error);
    return status == FL_OK ? fl_service_wait(&rest->service, ask, rest, out_error)
                           : status;
}

/* --- what the base sends --- */

static enum fl_status take_part(
    void *context,
    unsigned part,
    FILE *target,
    struct fl_error *out_error)
{
    char number[16];
    struct rest *rest = context;
    snprintf(number, sizeof number, "%u", part);
    const char *const query[] = {"SessionID", rest->id, "PartNumber", number, NULL};
    const struct request request = {
        .method = "GET", .name = "GetFilePart", .query = query};
    enum fl_status status = call(rest, &request, out_error);
    return status == FL_OK
               ? fl_service_keep_part(
                     target, fl_buffer_view(&rest->service.response), out_error)
               : status;
}

static enum fl_status take_file(
    struct rest *rest,
    const char *file_id,
    const char *path,
    struct fl_error *out_error)
{
    char size[16];
    json_t *answer = NULL;
    snprintf(size, sizeof size, "%d", FL_SERVICE_PART_KIB);
    const char *const query[] = {"FileID", file_id, "BlockSize", size, NULL};
    const struct request request = {
        .method = "POST", .name = "PrepareGetFile", .query = query};
    enum fl_status status = call_json(rest, &request, &answer, out_error);
    if (status == FL_OK) {
        status = take_id(rest, answer, "SessionID", rest->id, out_error);
    }
    if (status == FL_OK) {
        const json_int_t count = json_integer_value(json_object_get(answer, "PartCount"));
        struct fl_error ignored;
        const char *const session[] = {"SessionID", rest->id, NULL};
        const struct request release = {
            .method = "DELETE", .name = "ReleaseFile", .query = session};
        status = fl_service_take_parts(
            count < 0 ? 0 : (unsigned long)count, path, take_part, rest, out_error);
        (void)call(rest, &release, &ignored); /* in any case, and it is not needed more */
    }
    json_decref(answer);
    return status;
}

static enum fl_status get(
    const struct fl_place *place,
    const struct fl_place_file *file,
    const char *path,
    struct fl_error *out_error)
{
    struct rest rest;
    bool is_set_up = false;
    char file_id[FL_SERVICE_ID_BYTES];
    json_t *answer = NULL;
    const char *const query[] = {
        "ExchangePlanName",
        place->plan,
        "NodeCode",
        place->code,
        "TimeConsumingOperationAllowed",
        "true",
        NULL};
    const struct request request = {
        .method = "POST", .name = "UploadData", .query = query};
    (void)file;
    enum fl_status status = begin(&rest, place, out_error);
    if (status == FL_OK) {
        status = ask_base(&rest, &is_set_up, out_error);
    }
    if (status == FL_OK) {
        status = call_json(&rest, &request, &answer, out_error);
    }
    if (status == FL_OK) {
        status = take_id(&rest, answer, "FileID", file_id, out_error);
    }
    if (status == FL_OK) {
        status = wait_for(&rest, answer, out_error);
    }
    if (status == FL_OK) {
        status = take_file(&rest, file_id, path, out_error);
    }
    json_decref(answer);
    end(&rest);
    return status;
}

/* --- what it gets --- */

static enum fl_status put_part(
    void *context,
    unsigned part,
    struct fl_bytes bytes,
    struct fl_error *out_error)
{
    char number[16];
    struct rest *rest = context;
    snprintf(number, sizeof number, "%u", part);
    const char *const query[] = {"SessionID", rest->id, "PartNumber", number, NULL};
    const struct request request = {
        .method = "POST", .name = "PutFilePart", .query = query, .body = bytes};
    return call(rest, &request, out_error);
}

/* The base keeps the file, and calls it so from now on. */
static enum fl_status put_file(
    struct rest *rest,
    const char *path,
    char out_file_id[FL_SERVICE_ID_BYTES],
    struct fl_error *out_error)
{
    char count[16];
    unsigned parts = 0;
    json_t *answer = NULL;
    snprintf(rest->id, sizeof rest->id, "%s", fl_uuid_text(fl_random_uuid()).text);
    enum fl_status status = fl_service_put_parts(path, put_part, rest, &parts, out_error);
    if (status != FL_OK) {
        return status;
    }
    snprintf(count, sizeof count, "%u", parts);
    const char *const query[] = {"SessionID", rest->id, "PartCount", count, NULL};
    const struct request request = {
        .method = "POST", .name = "SaveFileFromParts", .query = query};
    status = call_json(rest, &request, &answer, out_error);
    if (status == FL_OK) {
        status = take_id(rest, answer, "FileID", out_file_id, out_error);
    }
    json_decref(answer);
    return status;
}

static enum fl_status put(
    const struct fl_place *place,
    const char *path,
    const char *name,
    struct fl_error *out_error)
{
    struct rest rest;
    bool is_set_up = false;
    char file_id[FL_SERVICE_ID_BYTES] = "";
    json_t *answer = NULL;
    const char *const query[] = {
        "ExchangePlanName",
        place->plan,
        "NodeCode",
        place->code,
        "FileID",
        file_id,
        "TimeConsumingOperationAllowed",
        "true",
        NULL};
    const struct request load = {
        .method = "POST", .name = "DownloadData", .query = query};
    const char *const kept[] = {"ExchangePlanName", place->plan, "NodeCode", place->code,
                                "FileID",           file_id,     NULL};
    const struct request keep = {
        .method = "POST", .name = "PutMessageForDataMatching", .query = kept};
    (void)name;
    enum fl_status status = begin(&rest, place, out_error);
    if (status == FL_OK) {
        status = ask_base(&rest, &is_set_up, out_error);
    }
    if (status == FL_OK) {
        status = put_file(&rest, path, file_id, out_error);
    }
    if (status == FL_OK && !is_set_up) {
        status = call(&rest, &keep, out_error);
    } else if (status == FL_OK) {
        status = call_json(&rest, &load, &answer, out_error);
    }
    if (status == FL_OK && answer != NULL) {
        status = wait_for(&rest, answer, out_error);
    }
    json_decref(answer);
    end(&rest);
    return status;
}

const struct fl_place_transport fl_place_rest =
    {.is = is_rest, .newest = fl_service_newest, .get = get, .put = put};
