/*
 * The web service EnterpriseDataExchange_1_0_1_1 of a base of 1C. What a base sends is
 * made there when it is asked for, what it gets is loaded there: both are operations that
 * run in the background, and are asked about until they end. A message is a zip with
 * data.xml, cut into parts.
 */

#include <stdlib.h>
#include <string.h>

#include "endpoint_service.h"
#include "exchange/soap.h"
#include "proto/base64.h"
#include "random.h"

#define SERVICE     "EnterpriseDataExchange_1_0_1_1"
#define SERVICE_URI "http://www.1c.ru/SSL/" SERVICE

struct soap {
    struct fl_service service;
    struct fl_buffer request;
    struct fl_arena arena;        /* of the last answer */
    const char *asked;            /* the operation whose state is asked of, */
    char id[FL_SERVICE_ID_BYTES]; /* by its identity, */
    struct fl_element *answer;    /* and the last answer to that */
};

static bool is_soap(const struct fl_place *place)
{
    return fl_place_is_web(place->url);
}

static enum fl_status begin(
    struct soap *soap,
    const struct fl_place *place,
    struct fl_error *out_error)
{
    const bool whole = strstr(place->url, "/ws/") != NULL;
    *soap = (struct soap){.id = ""};
    fl_buffer_init(&soap->request, FL_SERVICE_ANSWER_BYTES_MAX);
    fl_arena_init(&soap->arena, 2 * (size_t)FL_SERVICE_ANSWER_BYTES_MAX);
    return fl_service_begin(
        &soap->service, place, whole ? "" : "/ws/" SERVICE, out_error);
}

static void end(struct soap *soap)
{
    fl_service_end(&soap->service);
    fl_arena_deinit(&soap->arena);
    fl_buffer_deinit(&soap->request);
}

/* --- one call --- */

/* 1C answers a fault with 500 and an envelope; a web server's own pages have none. */
static enum fl_status read_answer(
    struct soap *soap,
    long code,
    struct fl_element **out_answer,
    struct fl_error *out_error)
{
    const char *url = soap->service.url;
    if (code != 200 && code != 500) {
        return fl_error_set(
            out_error, FL_IO, "%s answers %ld; is the service published there?", url,
            code);
    }
    enum fl_status status = fl_soap_read(
        fl_buffer_view(&soap->service.response), &soap->arena, out_answer, out_error);
    if (status != FL_OK) {
        fl_error_prefix(out_error, "%s", url);
    }
    return status;
}

/* Words in ErrorMessage mean that it failed, whatever else is answered. */
static enum fl_status check_message(
    const struct soap *soap,
    const struct fl_element *answer,
    struct fl_error *out_error)
{
    const struct fl_element *message = fl_element_child(answer, "ErrorMessage");
    struct fl_bytes words = fl_bytes_utf8_beginning(
        message == NULL ? (struct fl_bytes){0} : fl_bytes_trimmed(message->text), 500);
    return words.size == 0
               ? FL_OK
               : fl_error_set(
                     out_error, FL_REFUSED, "%s: 1C says: %.*s", soap->service.url,
                     (int)words.size, (const char *)words.data);
}

static enum fl_status call(
    struct soap *soap,
    const char *operation,
    const struct fl_soap_parameter *parameters,
    size_t count,
    struct fl_element **out_answer,
    struct fl_error *out_error)
{
    char action[256];
    long code = 0;
    CURL *curl = soap->service.curl;
    fl_buffer_clear(&soap->request);
    fl_arena_reset(&soap->arena);
    enum fl_status status = fl_soap_write(
        SERVICE_URI, operation, parameters, count, &soap->request, out_error);
    if (status != FL_OK) {
        return status;
    }
    snprintf(
        action, sizeof action, "SOAPAction: \"" SERVICE_URI "#" SERVICE ":%s\"",
        operation);
    struct curl_slist *own = curl_slist_append(NULL, action);
    struct curl_slist *headers =
        own == NULL ? NULL
                    : curl_slist_append(own, "Content-Type: text/xml; charset=utf-8");
    if (headers == NULL) {
        curl_slist_free_all(own);
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    (void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, soap->request.data);
    (void)curl_easy_setopt(
        curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)soap->request.size);
    status = fl_service_perform(&soap->service, &code, out_error);
    (void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(headers);
    if (status == FL_OK) {
        status = read_answer(soap, code, out_answer, out_error);
    }
    return status == FL_OK ? check_message(soap, *out_answer, out_error) : status;
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

static enum fl_status ask(
    void *context,
    char out_state[FL_SERVICE_ID_BYTES],
    struct fl_error *out_error)
{
    struct soap *soap = context;
    const struct fl_soap_parameter asked[] = {parameter("OperationID", soap->id)};
    enum fl_status status = call(soap, soap->asked, asked, 1, &soap->answer, out_error);
    if (status != FL_OK) {
        return status;
    }
    struct fl_element *result = fl_element_child(soap->answer, "return");
    const bool is_structure = result != NULL && result->first != NULL;
    if (is_structure) {
        soap->answer = result;
        status = check_message(soap, result, out_error);
    }
    take_text(
        soap->answer, is_structure ? "Status" : "return", out_state, FL_SERVICE_ID_BYTES);
    return status;
}

/* Until the operation that `answer` tells of has ended. */
static enum fl_status wait_for(
    struct soap *soap,
    const char *operation,
    const struct fl_element *answer,
    struct fl_error *out_error)
{
    soap->asked = operation;
    take_text(answer, "OperationID", soap->id, sizeof soap->id);
    return fl_service_wait(&soap->service, ask, soap, out_error);
}

/* --- what the base sends --- */

static enum fl_status take_part(
    void *context,
    unsigned part,
    FILE *target,
    struct fl_error *out_error)
{
    char number[16];
    struct soap *soap = context;
    struct fl_element *answer = NULL;
    struct fl_bytes bytes = {0};
    snprintf(number, sizeof number, "%u", part);
    const struct fl_soap_parameter asked[] = {
        parameter("FileID", soap->id), parameter("PartNumber", number)};
    enum fl_status status = call(soap, "GetDataPart", asked, 2, &answer, out_error);
    const struct fl_element *result = fl_element_child(answer, "return");
    if (status != FL_OK) {
        return status;
    }
    if (result == NULL ||
        fl_base64_parse(result->text, " \t\r\n", &soap->arena, &bytes) != FL_OK) {
        return fl_error_set(
            out_error, FL_MALFORMED, "%s: part %u of the message is no Base64",
            soap->service.url, part);
    }
    return fl_service_keep_part(target, bytes, out_error);
}

static enum fl_status get(
    const struct fl_place *place,
    const struct fl_place_file *file,
    const char *path,
    struct fl_error *out_error)
{
    char size[16];
    char count[FL_SERVICE_ID_BYTES];
    struct soap soap;
    struct fl_element *answer = NULL;
    (void)file;
    snprintf(size, sizeof size, "%d", FL_SERVICE_PART_KIB);
    const struct fl_soap_parameter wanted[] = {
        parameter("ExchangePlanName", place->plan), parameter("PeerCode", place->code),
        parameter("PartSize", size)};
    enum fl_status status = begin(&soap, place, out_error);
    if (status == FL_OK) {
        status = call(&soap, "PrepareDataForGetting", wanted, 3, &answer, out_error);
    }
    if (status == FL_OK) {
        status = wait_for(&soap, "PrepareDataActionResult", answer, out_error);
    }
    if (status == FL_OK) {
        take_text(soap.answer, "FileID", soap.id, sizeof soap.id);
        take_text(soap.answer, "PartCount", count, sizeof count);
        status = fl_service_take_parts(
            strtoul(count, NULL, 10), path, take_part, &soap, out_error);
    }
    if (status == FL_OK) {
        const struct fl_soap_parameter taken[] = {
            parameter("FileID", soap.id), parameter("ClearDataPool", "true")};
        status = call(&soap, "ConfirmGettingFile", taken, 2, &answer, out_error);
    }
    end(&soap);
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
    struct soap *soap = context;
    struct fl_element *answer = NULL;
    char *text = fl_base64_text(bytes);
    snprintf(number, sizeof number, "%u", part);
    const struct fl_soap_parameter given[] = {
        parameter("FileID", soap->id), parameter("PartNumber", number),
        parameter("PartData", text == NULL ? "" : text)};
    enum fl_status status =
        text == NULL ? fl_error_set(out_error, FL_NO_MEMORY, "not enough memory")
                     : call(soap, "PutFilePart", given, 3, &answer, out_error);
    fl_free(text);
    return status;
}

static enum fl_status put(
    const struct fl_place *place,
    const char *path,
    const char *name,
    struct fl_error *out_error)
{
    struct soap soap;
    unsigned parts = 0;
    struct fl_element *answer = NULL;
    const struct fl_uuid_text file_id = fl_uuid_text(fl_random_uuid());
    const struct fl_soap_parameter given[] = {
        parameter("ExchangePlanName", place->plan), parameter("PeerCode", place->code),
        parameter("FileID", file_id.text)};
    (void)name;
    enum fl_status status = begin(&soap, place, out_error);
    if (status == FL_OK) {
        snprintf(soap.id, sizeof soap.id, "%s", file_id.text);
        status = fl_service_put_parts(path, put_part, &soap, &parts, out_error);
    }
    if (status == FL_OK) {
        status = call(&soap, "PutData", given, 3, &answer, out_error);
    }
    if (status == FL_OK) {
        status = wait_for(&soap, "PutDataActionResult", answer, out_error);
    }
    end(&soap);
    return status;
}

const struct fl_place_transport fl_place_soap =
    {.is = is_soap, .newest = fl_service_newest, .get = get, .put = put};
