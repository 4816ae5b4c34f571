/*
 * Local writers at a running filiald, each with a connection of its own:
 * bench_local DIR WRITERS OBJECTS_EACH
 * One object is one durable transaction. Prints objects per second over all writers.
 */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "control_client.h"

enum { WRITERS_MAX = 64 };

struct writer {
    pthread_t thread;
    const char *directory;
    unsigned number;
    unsigned count;
    bool failed;
};

static double seconds(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool write_one(struct fl_client *client, const struct writer *writer, unsigned i)
{
    struct fl_error error = {0};
    char line[2048];
    int size = snprintf(
        line, sizeof(line),
        "{\"put\":\"Catalog.Контрагенты\",\"set\":{\"Code\":\"%02u%07u\","
        "\"Description\":\"Ромашка, общество с ограниченной ответственностью %u-%u\","
        "\"НаименованиеПолное\":\"Общество с ограниченной ответственностью "
        "«Торговый дом Ромашка и сыновья» %u-%u\",\"ИНН\":\"7701%06u\","
        "\"КПП\":\"770101001\",\"Комментарий\":\"Работает с нами с начала года, "
        "доставка по вторникам и четвергам, оплата по факту, %u\"}}",
        writer->number, i, writer->number, i, writer->number, i, i % 1000000, i * 7919u);
    struct fl_bytes bytes = {(const uint8_t *)line, (size_t)size};

    if (fl_client_put(client, bytes, &error) != FL_OK) {
        (void)fprintf(stderr, "bench_local: %s\n", error.text);
        return false;
    }
    return true;
}

static void *run_writer(void *argument)
{
    struct writer *writer = argument;
    struct fl_client *client = NULL;
    struct fl_error error = {0};

    writer->failed = fl_client_open(writer->directory, &client, &error) != FL_OK;
    if (writer->failed) {
        (void)fprintf(stderr, "bench_local: %s\n", error.text);
    }
    for (unsigned i = 0; i < writer->count && !writer->failed; i++) {
        writer->failed = !write_one(client, writer, i);
    }
    fl_client_close(client);
    return NULL;
}

int main(int argc, char **argv)
{
    static struct writer writers[WRITERS_MAX];
    bool failed = false;

    if (argc != 4) {
        (void)fprintf(stderr, "bench_local DIR WRITERS OBJECTS_EACH\n");
        return 2;
    }
    unsigned count = (unsigned)strtoul(argv[2], NULL, 10);
    unsigned each = (unsigned)strtoul(argv[3], NULL, 10);
    double begun = seconds();

    if (count == 0 || count > WRITERS_MAX) {
        return 2;
    }
    for (unsigned i = 0; i < count; i++) {
        writers[i] = (struct writer){.directory = argv[1], .number = i, .count = each};
        if (pthread_create(&writers[i].thread, NULL, run_writer, &writers[i]) != 0) {
            return 1;
        }
    }
    for (unsigned i = 0; i < count; i++) {
        (void)pthread_join(writers[i].thread, NULL);
        failed = failed || writers[i].failed;
    }
    if (!failed) {
        (void)printf("%.0f\n", (double)count * each / (seconds() - begun));
    }
    return failed ? 1 : 0;
}
