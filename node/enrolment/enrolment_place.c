#include "enrolment_place.h"

#include <string.h>

#include "file.h"

enum { ENDPOINT_FILE_BYTES_MAX = 4 * FL_ENROLMENT_ENDPOINT_BYTES_MAX };

/* Line `index` of what a running filiald has bound; FL_NOT_FOUND: none is there. */
static enum fl_status read_bound(
    const struct fl_node *node,
    size_t index,
    char out_endpoint[FL_ENROLMENT_ENDPOINT_BYTES_MAX + 1])
{
    struct fl_buffer buffer;
    char *path = fl_node_path(node->directory, "endpoint");
    size_t start = 0;

    fl_buffer_init(&buffer, ENDPOINT_FILE_BYTES_MAX);
    enum fl_status status =
        path == NULL ? FL_NO_MEMORY
                     : fl_file_read(path, ENDPOINT_FILE_BYTES_MAX, &buffer, NULL);
    const struct fl_bytes text = fl_buffer_view(&buffer);
    for (; status == FL_OK && index > 0; index--) {
        while (start < text.size && text.data[start] != '\n') {
            start++;
        }
        start++;
    }
    size_t end = start;
    while (status == FL_OK && end < text.size && text.data[end] != '\n') {
        end++;
    }
    if (status == FL_OK && start < end &&
        end - start <= FL_ENROLMENT_ENDPOINT_BYTES_MAX) {
        memcpy(out_endpoint, text.data + start, end - start);
        out_endpoint[end - start] = '\0';
    } else {
        status = FL_NOT_FOUND;
    }
    fl_buffer_deinit(&buffer);
    fl_free(path);
    return status;
}

static bool is_wildcard(const char *endpoint)
{
    return strncmp(endpoint, "tcp://0.0.0.0:", 14) == 0 ||
           strncmp(endpoint, "tcp://[::]:", 11) == 0 ||
           strncmp(endpoint, "tcp://*:", 8) == 0;
}

struct place {
    const char *setting;            /* "endpoint" */
    const char *advertised_setting; /* "advertised_endpoint" */
    const char *configured;
    const char *advertised;
    size_t line; /* in DIR/endpoint */
};

static enum fl_status find_endpoint(
    const struct fl_node *node,
    const struct place *place,
    char out_endpoint[FL_ENROLMENT_ENDPOINT_BYTES_MAX + 1],
    struct fl_error *out_error)
{
    const size_t size = strlen(place->advertised);

    if (size > 0 && size <= FL_ENROLMENT_ENDPOINT_BYTES_MAX) {
        memcpy(out_endpoint, place->advertised, size + 1);
        return FL_OK;
    }
    if (place->configured[0] == '\0') {
        return fl_error_set(
            out_error, FL_NOT_FOUND,
            "this node does not listen, so nobody can join it: set endpoint = "
            "tcp://0.0.0.0:7411 and enrolment_endpoint = tcp://0.0.0.0:7412 in "
            "%s/node.conf (%s is empty) and start filiald",
            node->directory, place->setting);
    }
    if (read_bound(node, place->line, out_endpoint) != FL_OK) {
        return fl_error_set(
            out_error, FL_NOT_FOUND,
            "an invitation names the address that filiald listens at, and it does not "
            "run: start filiald, or set %s in %s/node.conf",
            place->advertised_setting, node->directory);
    }
    if (is_wildcard(out_endpoint)) {
        return fl_error_set(
            out_error, FL_NOT_FOUND,
            "this node listens at every address (%s), and a branch must know one: set "
            "%s = tcp://NAME:PORT in %s/node.conf",
            out_endpoint, place->advertised_setting, node->directory);
    }
    return FL_OK;
}

enum fl_status fl_enrolment_place_find(
    const struct fl_node *node,
    enum fl_enrolment_place place,
    char out_endpoint[FL_ENROLMENT_ENDPOINT_BYTES_MAX + 1],
    struct fl_error *out_error)
{
    const struct fl_settings *settings = &node->settings;
    const struct place sessions = {
        .setting = "endpoint",
        .advertised_setting = "advertised_endpoint",
        .configured = settings->endpoint,
        .advertised = settings->advertised_endpoint,
        .line = 0};
    const struct place requests = {
        .setting = "enrolment_endpoint",
        .advertised_setting = "advertised_enrolment_endpoint",
        .configured = settings->enrolment_endpoint,
        .advertised = settings->advertised_enrolment,
        .line = 1};

    return find_endpoint(
        node, place == FL_ENROLMENT_PLACE_SESSIONS ? &sessions : &requests, out_endpoint,
        out_error);
}
