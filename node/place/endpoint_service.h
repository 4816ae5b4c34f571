/*
 * What the services of a base of 1C have in common, whatever they speak: a message is a
 * zip, cut into parts, and work that goes on in the background of the base is asked about
 * until it ends. Calls block.
 */

#ifndef NODE_ENDPOINT_SERVICE_H
#define NODE_ENDPOINT_SERVICE_H

#include <stdio.h>

#include "endpoint_curl.h"

enum {
    FL_SERVICE_URL_BYTES = 4096,
    FL_SERVICE_ID_BYTES = 128, /* of what a service calls by an identity */
    FL_SERVICE_ANSWER_BYTES_MAX = 64 << 20,
    FL_SERVICE_PART_KIB = 4096, /* that we cut, and ask for */
};

struct fl_service {
    CURL *curl;
    const struct fl_place *place;
    char url[FL_SERVICE_URL_BYTES]; /* of the service, for people too: no password */
    char words[CURL_ERROR_SIZE];
    struct fl_buffer response; /* of the last call */
};

/* `tail` stands behind the address of a base that does not name it already. */
enum fl_status fl_service_begin(
    struct fl_service *service,
    const struct fl_place *place,
    const char *tail,
    struct fl_error *out_error);
/* Takes one that did not begin. */
void fl_service_end(struct fl_service *service);

/* One request, as the handle was told; FL_REFUSED: the user or the password. */
enum fl_status fl_service_perform(
    struct fl_service *service,
    long *out_code,
    struct fl_error *out_error);

/* All parts, from number 1 on, durable in the file at `path`. */
enum fl_status fl_service_take_parts(
    unsigned long part_count,
    const char *path,
    enum fl_status (
        *take)(void *context, unsigned part, FILE *target, struct fl_error *out_error),
    void *context,
    struct fl_error *out_error);

/* The file at `path`, part by part. */
enum fl_status fl_service_put_parts(
    const char *path,
    enum fl_status (*put)(
        void *context,
        unsigned part,
        struct fl_bytes bytes,
        struct fl_error *out_error),
    void *context,
    unsigned *out_part_count,
    struct fl_error *out_error);

/* Ask until the state is "Completed"; FL_REFUSED: it is another one than "Active". */
enum fl_status fl_service_wait(
    struct fl_service *service,
    enum fl_status (*ask)(
        void *context,
        char out_state[FL_SERVICE_ID_BYTES],
        struct fl_error *out_error),
    void *context,
    struct fl_error *out_error);

/* A part as it came, behind those before it. */
enum fl_status fl_service_keep_part(
    FILE *target,
    struct fl_bytes bytes,
    struct fl_error *out_error);

/* A file is there whenever one is asked for: fl_place_newest() of a service. */
enum fl_status fl_service_newest(
    const struct fl_place *place,
    const char *mask,
    const char *own,
    struct fl_place_file *out_file,
    bool *out_has,
    struct fl_error *out_error);

#endif
