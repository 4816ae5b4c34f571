/*
 * Local writers at a running filiald, each with a connection of its own and one object on
 * its way at a time, driven by two threads as pgbench drives its clients:
 * bench_local DIR WRITERS OBJECTS_EACH
 * One object is one durable transaction. Prints objects per second over all writers.
 */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "control/control_client.h"

enum { WRITERS_MAX = 64, THREADS = 2 };

struct writer {
    struct fl_client *client;
    unsigned number;
};

struct driver {
    pthread_t thread;
    struct writer *writers;
    unsigned writer_count;
    unsigned count; /* objects of each writer */
    bool failed;
};

static double seconds(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool send_one(const struct writer *writer, unsigned i)
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

    if (fl_client_send(writer->client, bytes, &error) != FL_OK) {
        (void)fprintf(stderr, "bench_local: %s\n", error.text);
        return false;
    }
    return true;
}

static void *run_driver(void *argument)
{
    struct driver *driver = argument;
    struct fl_error error = {0};

    for (unsigned i = 0; i < driver->count && !driver->failed; i++) {
        for (unsigned w = 0; w < driver->writer_count && !driver->failed; w++) {
            driver->failed = !send_one(&driver->writers[w], i);
        }
        for (unsigned w = 0; w < driver->writer_count && !driver->failed; w++) {
            driver->failed =
                fl_client_receive(driver->writers[w].client, &error) != FL_OK;
        }
    }
    if (driver->failed) {
        (void)fprintf(stderr, "bench_local: %s\n", error.text);
    }
    return NULL;
}

static bool open_writers(const char *directory, struct writer *writers, unsigned count)
{
    struct fl_error error = {0};

    for (unsigned i = 0; i < count; i++) {
        writers[i].number = i;
        if (fl_client_open(directory, &writers[i].client, &error) != FL_OK) {
            (void)fprintf(stderr, "bench_local: %s\n", error.text);
            return false;
        }
    }
    return true;
}

int main(int argc, char **argv)
{
    static struct writer writers[WRITERS_MAX];
    struct driver drivers[THREADS] = {0};
    bool failed = false;

    if (argc != 4) {
        (void)fprintf(stderr, "bench_local DIR WRITERS OBJECTS_EACH\n");
        return 2;
    }
    unsigned count = (unsigned)strtoul(argv[2], NULL, 10);
    unsigned each = (unsigned)strtoul(argv[3], NULL, 10);
    unsigned threads = count < THREADS ? 1 : THREADS;

    if (count == 0 || count > WRITERS_MAX || !open_writers(argv[1], writers, count)) {
        return 2;
    }
    double begun = seconds();

    for (unsigned i = 0; i < threads; i++) {
        unsigned first = count * i / threads;

        drivers[i].writers = writers + first;
        drivers[i].writer_count = count * (i + 1) / threads - first;
        drivers[i].count = each;
        if (pthread_create(&drivers[i].thread, NULL, run_driver, &drivers[i]) != 0) {
            return 1;
        }
    }
    for (unsigned i = 0; i < threads; i++) {
        (void)pthread_join(drivers[i].thread, NULL);
        failed = failed || drivers[i].failed;
    }
    double took = seconds() - begun;

    for (unsigned i = 0; i < count; i++) {
        fl_client_close(writers[i].client);
    }
    if (!failed) {
        (void)printf("%.0f\n", (double)count * each / took);
    }
    return failed ? 1 : 0;
}
