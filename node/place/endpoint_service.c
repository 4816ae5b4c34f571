#include "endpoint_service.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "node.h"

enum {
    SLOW_SECONDS = 600, /* without a byte: a call may do work */
    ASKING_MS = 250,
    ASKING_MS_MAX = 5000,
    ASKED_MS_MAX = 60 * 60 * 1000,
    PARTS_MAX = 65536,
    PART_BYTES = FL_SERVICE_PART_KIB << 10,
};

bool fl_place_is_web(const char *url)
{
    return strncmp(url, "http://", 7) == 0 || strncmp(url, "https://", 8) == 0;
}

enum fl_status fl_service_begin(
    struct fl_service *service,
    const struct fl_place *place,
    const char *tail,
    struct fl_error *out_error)
{
    const char *url = place->url;
    size_t size = strlen(url);
    *service = (struct fl_service){.place = place, .curl = curl_easy_init()};
    fl_buffer_init(&service->response, FL_SERVICE_ANSWER_BYTES_MAX);
    if (service->curl == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    while (size > 0 && url[size - 1] == '/') {
        size--;
    }
    snprintf(service->url, sizeof service->url, "%.*s%s", (int)size, url, tail);
    CURL *curl = service->curl;
    (void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, service->words);
    (void)curl_easy_setopt(curl, CURLOPT_URL, service->url);
    (void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
    fl_endpoint_curl_take(curl, &service->response);
    fl_endpoint_curl_limit(curl, place, SLOW_SECONDS);
    return fl_endpoint_curl_password(curl, place->password_file, out_error);
}

void fl_service_end(struct fl_service *service)
{
    if (service->curl != NULL) {
        curl_easy_cleanup(service->curl);
    }
    fl_buffer_deinit(&service->response);
}

enum fl_status fl_service_perform(
    struct fl_service *service,
    long *out_code,
    struct fl_error *out_error)
{
    long code = 0;
    fl_buffer_clear(&service->response);
    service->words[0] = '\0';
    CURLcode done = curl_easy_perform(service->curl);
    (void)curl_easy_getinfo(service->curl, CURLINFO_RESPONSE_CODE, &code);
    if (done != CURLE_OK) {
        return fl_error_set(
            out_error, FL_IO, "%s: %s", service->url,
            service->words[0] != '\0' ? service->words : curl_easy_strerror(done));
    }
    if (code == 401 || code == 403) {
        return fl_error_set(
            out_error, FL_REFUSED, "%s refuses the user or the password", service->url);
    }
    *out_code = code;
    return FL_OK;
}

/* --- parts --- */

enum fl_status fl_service_keep_part(
    FILE *target,
    struct fl_bytes bytes,
    struct fl_error *out_error)
{
    return fwrite(bytes.data, 1, bytes.size, target) == bytes.size
               ? FL_OK
               : fl_error_set(out_error, FL_IO, "%s", strerror(errno));
}

enum fl_status fl_service_take_parts(
    unsigned long part_count,
    const char *path,
    enum fl_status (
        *take)(void *context, unsigned part, FILE *target, struct fl_error *out_error),
    void *context,
    struct fl_error *out_error)
{
    if (part_count == 0 || part_count > PARTS_MAX) {
        return fl_error_set(
            out_error, FL_MALFORMED, "the base tells of a message of %lu parts",
            part_count);
    }
    FILE *target = fopen(path, "wbe");
    enum fl_status status =
        target == NULL ? fl_error_set(out_error, FL_IO, "%s: %s", path, strerror(errno))
                       : FL_OK;
    for (unsigned i = 1; i <= part_count && status == FL_OK; i++) {
        status = take(context, i, target, out_error);
    }
    bool kept = target != NULL && fflush(target) == 0 && fsync(fileno(target)) == 0;
    kept = target != NULL && fclose(target) == 0 && kept;
    return status == FL_OK && !kept
               ? fl_error_set(out_error, FL_IO, "%s: %s", path, strerror(errno))
               : status;
}

enum fl_status fl_service_put_parts(
    const char *path,
    enum fl_status (*put)(
        void *context,
        unsigned part,
        struct fl_bytes bytes,
        struct fl_error *out_error),
    void *context,
    unsigned *out_part_count,
    struct fl_error *out_error)
{
    uint8_t *block = fl_alloc(PART_BYTES);
    FILE *source = block == NULL ? NULL : fopen(path, "rbe");
    unsigned count = 0;
    enum fl_status status = FL_OK;
    if (block == NULL) {
        status = fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    } else if (source == NULL) {
        status = fl_error_set(out_error, FL_IO, "%s: %s", path, strerror(errno));
    }
    while (status == FL_OK) {
        size_t size = fread(block, 1, PART_BYTES, source);
        if (size == 0) {
            break;
        }
        status = put(context, ++count, (struct fl_bytes){block, size}, out_error);
    }
    if (status == FL_OK && ferror(source)) {
        status = fl_error_set(out_error, FL_IO, "%s: %s", path, strerror(errno));
    }
    if (source != NULL) {
        (void)fclose(source);
    }
    fl_free(block);
    if (status == FL_OK) {
        *out_part_count = count;
    }
    return status;
}

/* --- work in the background --- */

static bool is_cancelled(const struct fl_service *service)
{
    return service->place->cancel != NULL && atomic_load(service->place->cancel);
}

enum fl_status fl_service_wait(
    struct fl_service *service,
    enum fl_status (*ask)(
        void *context,
        char out_state[FL_SERVICE_ID_BYTES],
        struct fl_error *out_error),
    void *context,
    struct fl_error *out_error)
{
    const struct timespec pause = {.tv_nsec = ASKING_MS * 1000000L};
    int next_ms = 0;
    for (int waited_ms = 0; waited_ms < ASKED_MS_MAX; waited_ms += ASKING_MS) {
        char state[FL_SERVICE_ID_BYTES] = "Active";
        if (waited_ms >= next_ms) {
            enum fl_status status = ask(context, state, out_error);
            if (status != FL_OK || strcmp(state, "Completed") == 0) {
                return status;
            }
            /* Ever more seldom: some exports take an hour. */
            next_ms += waited_ms / 4 < ASKING_MS_MAX ? waited_ms / 4 : ASKING_MS_MAX;
        }
        if (strcmp(state, "Active") != 0) {
            return fl_error_set(
                out_error, FL_REFUSED,
                "%s: the work of the base ended as \"%s\"; 1C's log says why",
                service->url, state);
        }
        if (is_cancelled(service)) {
            return fl_error_set(out_error, FL_BUSY, "%s: broken off", service->url);
        }
        (void)nanosleep(&pause, NULL);
    }
    return fl_error_set(
        out_error, FL_BUSY,
        "%s: the work of the base does not end; it is asked again later", service->url);
}

enum fl_status fl_service_newest(
    const struct fl_place *place,
    const char *mask,
    const char *own,
    struct fl_place_file *out_file,
    bool *out_has,
    struct fl_error *out_error)
{
    (void)place, (void)mask, (void)own, (void)out_error;
    *out_has = true;
    *out_file = (struct fl_place_file){
        .name = "data.zip", .size = 1, .changed_ms = fl_node_now_ms()};
    return FL_OK;
}
