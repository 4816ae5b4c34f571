/*
 * The web service EnterpriseDataExchange_1_0_1_1 of a base of 1C. What a base sends is
 * made there when it is asked for, what it gets is loaded there: both are operations that
 * run in the background, and are asked about until they end. A message is a zip with
 * data.xml, cut into parts.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "endpoint_curl.h"
#include "exchange/soap.h"
#include "proto/base64.h"
#include "random.h"

#define SERVICE     "EnterpriseDataExchange_1_0_1_1"
#define SERVICE_URI "http://www.1c.ru/SSL/" SERVICE

enum {
    SLOW_SECONDS = 600, /* without a byte: a call may do work */
    ASKING_MS = 250,
    ASKED_MS_MAX = 60 * 60 * 1000,
    PART_KIB = 4096,
    PART_BYTES = PART_KIB << 10,
    PARTS_MAX = 4096,
    ANSWER_BYTES_MAX = 64 << 20,
    URL_BYTES = 2048,
};

struct web {
    CURL *curl;
    const struct fl_place *place;
    struct curl_slist *headers;
    char url[URL_BYTES];
    char words[CURL_ERROR_SIZE];
    struct fl_buffer request;
    struct fl_buffer response;
    struct fl_arena arena; /* of the last answer */
};

static size_t on_bytes(char *bytes, size_t one, size_t size, void *context)
{
    struct fl_buffer *buffer = context;
    (void)one;
    fl_buffer_put_memory(buffer, bytes, size);
    return fl_buffer_status(buffer) == FL_OK ? size : 0;
}

static enum fl_status begin(
    struct web *web,
    const struct fl_place *place,
    struct fl_error *out_error)
{
    const char *url = place->url;
    *web = (struct web){.place = place, .curl = curl_easy_init()};
    fl_buffer_init(&web->request, ANSWER_BYTES_MAX);
    fl_buffer_init(&web->response, ANSWER_BYTES_MAX);
    fl_arena_init(&web->arena, 2 * (size_t)ANSWER_BYTES_MAX);
    web->headers = curl_slist_append(NULL, "Content-Type: text/xml; charset=utf-8");
    if (web->curl == NULL || web->headers == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    bool whole = strstr(url, "/ws/") != NULL;
    snprintf(
        web->url, sizeof web->url, "%s%s%s", url,
        whole                         ? ""
        : url[strlen(url) - 1] == '/' ? "ws/"
                                      : "/ws/",
        whole ? "" : SERVICE);
    (void)curl_easy_setopt(web->curl, CURLOPT_ERRORBUFFER, web->words);
    (void)curl_easy_setopt(web->curl, CURLOPT_URL, web->url);
    (void)curl_easy_setopt(web->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(web->curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
    (void)curl_easy_setopt(web->curl, CURLOPT_WRITEFUNCTION, on_bytes);
    (void)curl_easy_setopt(web->curl, CURLOPT_WRITEDATA, &web->response);
    fl_endpoint_curl_limit(web->curl, place, SLOW_SECONDS);
    return fl_endpoint_curl_password(web->curl, place, out_error);
}

static void end(struct web *web)
{
    curl_slist_free_all(web->headers);
    if (web->curl != NULL) {
        curl_easy_cleanup(web->curl);
    }
    fl_arena_deinit(&web->arena);
    fl_buffer_deinit(&web->response);
    fl_buffer_deinit(&web->request);
}

/* --- one call --- */

/* 1C answers a fault with 500 and an envelope; a web server's own pages have none. */
static enum fl_status read_answer(
    struct web *web,
    long code,
    struct fl_element **out_answer,
    struct fl_error *out_error)
{
    if (code == 401 || code == 403) {
        return fl_error_set(
            out_error, FL_REFUSED, "%s refuses the user or the password", web->url);
    }
    if (code != 200 && code != 500) {
        return fl_error_set(
            out_error, FL_IO, "%s answers %ld; is the service published there?", web->url,
            code);
    }
    enum fl_status status =
        fl_soap_read(fl_buffer_view(&web->response), &web->arena, out_answer, out_error);
    if (status != FL_OK) {
        fl_error_prefix(out_error, "%s", web->url);
    }
    return status;
}

/* Words in ErrorMessage mean that it failed, whatever else is answered. */
static enum fl_status check_message(
    const struct web *web,
    const struct fl_element *answer,
    struct fl_error *out_error)
{
    const struct fl_element *message = fl_element_child(answer, "ErrorMessage");
    struct fl_bytes words = fl_bytes_utf8_beginning(
        message == NULL ? (struct fl_bytes){0} : fl_bytes_trimmed(message->text), 500);
    return words.size == 0 ? FL_OK
                           : fl_error_set(
                                 out_error, FL_REFUSED, "%s: 1C says: %.*s", web->url,
                                 (int)words.size, (const char *)words.data);
}

static enum fl_status call(
    struct web *web,
    const char *operation,
    const struct fl_soap_parameter *parameters,
    size_t count,
    struct fl_element **out_answer,
    struct fl_error *out_error)
{
    char action[256];
    long code = 0;
    fl_buffer_clear(&web->request);
    fl_buffer_clear(&web->response);
    fl_arena_reset(&web->arena);
    enum fl_status status = fl_soap_write(
        SERVICE_URI, operation, parameters, count, &web->request, out_error);
    if (status != FL_OK) {
        return status;
    }
    snprintf(
        action, sizeof action, "SOAPAction: \"" SERVICE_URI "#" SERVICE ":%s\"",
        operation);
    struct curl_slist *own = curl_slist_append(NULL, action);
    struct curl_slist *headers =
        own == NULL ? NULL : curl_slist_append(own, web->headers->data);
    if (headers == NULL) {
        curl_slist_free_all(own);
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    (void)curl_easy_setopt(web->curl, CURLOPT_HTTPHEADER, headers);
    (void)curl_easy_setopt(web->curl, CURLOPT_POSTFIELDS, web->request.data);
    (void)curl_easy_setopt(
        web->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)web->request.size);
    web->words[0] = '\0';
    CURLcode done = curl_easy_perform(web->curl);
    (void)curl_easy_getinfo(web->curl, CURLINFO_RESPONSE_CODE, &code);
    curl_slist_free_all(headers);
    if (done != CURLE_OK) {
        return fl_error_set(
            out_error, FL_IO, "%s: %s", web->url,
            web->words[0] != '\0' ? web->words : curl_easy_strerror(done));
    }
    status = read_answer(web, code, out_answer, out_error);
    return status == FL_OK ? check_message(web, *out_answer, out_error) : status;
}

static struct fl_soap_parameter parameter(const char *name, const char *text)
{
    return (struct fl_soap_parameter){name, fl_bytes_of_text(text)};
}

/* The text of an element of an answer; "": it is not there. */
static void take_text(
    const struct fl_element *answer,
    const char *name,
    char *out_text,
    size_t size)
{
    const struct fl_element *element = fl_element_child(answer, name);
    struct fl_bytes text = fl_bytes_utf8_beginning(
        element == NULL ? (struct fl_bytes){0} : fl_bytes_trimmed(element->text),
        size - 1);
    memcpy(out_text, text.data == NULL ? (const uint8_t *)"" : text.data, text.size);
    out_text[text.size] = '\0';
}

enum { ID_BYTES = 128 };

static bool is_cancelled(const struct web *web)
{
    return web->place->cancel != NULL && atomic_load(web->place->cancel);
}

/* Ask until the operation has ended; `operation` is what its state is asked with. */
static enum fl_status wait_for(
    struct web *web,
    const char *operation,
    const char *id,
    struct fl_element **out_answer,
    struct fl_error *out_error)
{
    const struct fl_soap_parameter asked[] = {parameter("OperationID", id)};
    const struct timespec pause = {.tv_nsec = ASKING_MS * 1000000L};
    for (int waited_ms = 0; waited_ms < ASKED_MS_MAX; waited_ms += ASKING_MS) {
        char state[ID_BYTES];
        enum fl_status status = call(web, operation, asked, 1, out_answer, out_error);
        if (status != FL_OK) {
            return status;
        }
        struct fl_element *result = fl_element_child(*out_answer, "return");
        if (result != NULL && result->first != NULL) {
            *out_answer = result; /* a structure of its own */
            status = check_message(web, result, out_error);
        }
        take_text(
            *out_answer, result != NULL && result->first != NULL ? "Status" : "return",
            state, sizeof state);
        if (status != FL_OK || strcmp(state, "Completed") == 0) {
            return status;
        }
        if (strcmp(state, "Active") != 0) {
            return fl_error_set(
                out_error, FL_REFUSED, "%s: %s ended as \"%s\"; 1C's log says why",
                web->url, operation, state);
        }
        if (is_cancelled(web)) {
            return fl_error_set(out_error, FL_BUSY, "%s: broken off", web->url);
        }
        (void)nanosleep(&pause, NULL);
    }
    return fl_error_set(
        out_error, FL_BUSY, "%s: %s does not end; it is asked again later", web->url,
        operation);
}

/* --- what the base sends --- */

static enum fl_status take_part(
    struct web *web,
    const char *file_id,
    unsigned part,
    FILE *target,
    struct fl_error *out_error)
{
    char number[16];
    struct fl_element *answer = NULL;
    struct fl_bytes bytes = {0};
    snprintf(number, sizeof number, "%u", part);
    const struct fl_soap_parameter asked[] = {
        parameter("FileID", file_id), parameter("PartNumber", number)};
    enum fl_status status = call(web, "GetDataPart", asked, 2, &answer, out_error);
    const struct fl_element *result = fl_element_child(answer, "return");
    if (status != FL_OK) {
        return status;
    }
    if (result == NULL ||
        fl_base64_parse(result->text, " \t\r\n", &web->arena, &bytes) != FL_OK) {
        return fl_error_set(
            out_error, FL_MALFORMED, "%s: part %u of the message is no Base64", web->url,
            part);
    }
    return fwrite(bytes.data, 1, bytes.size, target) == bytes.size
               ? FL_OK
               : fl_error_set(out_error, FL_IO, "%s", strerror(errno));
}

static enum fl_status take_parts(
    struct web *web,
    const char *file_id,
    unsigned parts,
    const char *path,
    struct fl_error *out_error)
{
    FILE *target = fopen(path, "wbe");
    enum fl_status status =
        target == NULL ? fl_error_set(out_error, FL_IO, "%s: %s", path, strerror(errno))
                       : FL_OK;
    for (unsigned i = 1; i <= parts && status == FL_OK; i++) {
        status = take_part(web, file_id, i, target, out_error);
    }
    bool kept = target != NULL && fflush(target) == 0 && fsync(fileno(target)) == 0;
    kept = target != NULL && fclose(target) == 0 && kept;
    return status == FL_OK && !kept
               ? fl_error_set(out_error, FL_IO, "%s: %s", path, strerror(errno))
               : status;
}

enum fl_status fl_web_get(
    const struct fl_place *place,
    const char *path,
    struct fl_error *out_error)
{
    char size[16];
    char id[ID_BYTES];
    char count[ID_BYTES];
    struct web web;
    struct fl_element *answer = NULL;
    snprintf(size, sizeof size, "%d", PART_KIB);
    const struct fl_soap_parameter wanted[] = {
        parameter("ExchangePlanName", place->plan), parameter("PeerCode", place->code),
        parameter("PartSize", size)};
    enum fl_status status = begin(&web, place, out_error);
    if (status == FL_OK) {
        status = call(&web, "PrepareDataForGetting", wanted, 3, &answer, out_error);
    }
    if (status == FL_OK) {
        take_text(answer, "OperationID", id, sizeof id);
        status = wait_for(&web, "PrepareDataActionResult", id, &answer, out_error);
    }
    if (status == FL_OK) {
        take_text(answer, "FileID", id, sizeof id);
        take_text(answer, "PartCount", count, sizeof count);
        unsigned long parts = strtoul(count, NULL, 10);
        status = parts == 0 || parts > PARTS_MAX
                     ? fl_error_set(
                           out_error, FL_MALFORMED, "%s: a message of %s parts", web.url,
                           count)
                     : take_parts(&web, id, (unsigned)parts, path, out_error);
    }
    if (status == FL_OK) {
        const struct fl_soap_parameter taken[] = {
            parameter("FileID", id), parameter("ClearDataPool", "true")};
        status = call(&web, "ConfirmGettingFile", taken, 2, &answer, out_error);
    }
    end(&web);
    return status;
}

/* --- what it gets --- */

static enum fl_status put_parts(
    struct web *web,
    const char *file_id,
    FILE *source,
    struct fl_error *out_error)
{
    uint8_t *block = fl_alloc(PART_BYTES);
    enum fl_status status =
        block == NULL ? fl_error_set(out_error, FL_NO_MEMORY, "not enough memory")
                      : FL_OK;
    for (unsigned part = 1; status == FL_OK; part++) {
        char number[16];
        struct fl_element *answer = NULL;
        size_t size = fread(block, 1, PART_BYTES, source);
        if (size == 0) {
            status = ferror(source)
                         ? fl_error_set(out_error, FL_IO, "%s", strerror(errno))
                         : FL_OK;
            break;
        }
        char *text = fl_base64_text((struct fl_bytes){block, size});
        snprintf(number, sizeof number, "%u", part);
        const struct fl_soap_parameter given[] = {
            parameter("FileID", file_id), parameter("PartNumber", number),
            parameter("PartData", text == NULL ? "" : text)};
        status = text == NULL ? fl_error_set(out_error, FL_NO_MEMORY, "not enough memory")
                              : call(web, "PutFilePart", given, 3, &answer, out_error);
        fl_free(text);
    }
    fl_free(block);
    return status;
}

enum fl_status fl_web_put(
    const struct fl_place *place,
    const char *path,
    struct fl_error *out_error)
{
    char id[ID_BYTES];
    struct web web;
    struct fl_element *answer = NULL;
    const struct fl_uuid_text file_id = fl_uuid_text(fl_random_uuid());
    const struct fl_soap_parameter given[] = {
        parameter("ExchangePlanName", place->plan), parameter("PeerCode", place->code),
        parameter("FileID", file_id.text)};
    enum fl_status status = begin(&web, place, out_error);
    FILE *source = status == FL_OK ? fopen(path, "rbe") : NULL;
    if (status == FL_OK && source == NULL) {
        status = fl_error_set(out_error, FL_IO, "%s: %s", path, strerror(errno));
    }
    if (status == FL_OK) {
        status = put_parts(&web, file_id.text, source, out_error);
    }
    if (status == FL_OK) {
        status = call(&web, "PutData", given, 3, &answer, out_error);
    }
    if (status == FL_OK) {
        take_text(answer, "OperationID", id, sizeof id);
        status = wait_for(&web, "PutDataActionResult", id, &answer, out_error);
    }
    if (source != NULL) {
        (void)fclose(source);
    }
    end(&web);
    return status;
}
