/*
 * Any files in the layout of a dump are either none, in words, or a configuration that
 * comes back from its own bytes. An input holds several files: "@3" at the beginning of a
 * line starts the one of that digit in `names`.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exchange/configuration_learn.h"
#include "exchange/configuration_reader.h"
#include "proto/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = {
    "Configuration.xml",
    "Catalogs/A.xml",
    "Documents/A.xml",
    "InformationRegisters/A.xml",
    "AccumulationRegisters/A.xml",
    "DefinedTypes/A.xml",
    "ChartsOfCharacteristicTypes/A.xml",
    "ExchangePlans/A.xml",
    "ExchangePlans/A/Ext/Content.xml",
    "Enums/A.xml",
};

enum { NAME_COUNT = sizeof(names) / sizeof(names[0]), PATH_BYTES = 256 };

static char directory[64];

static void remove_directory(void)
{
    char command[128];

    (void)snprintf(command, sizeof(command), "rm -rf '%s'", directory);
    (void)!system(command);
}

static void make_directory(void)
{
    static const char *const folders[] = {
        "Catalogs",
        "Documents",
        "InformationRegisters",
        "AccumulationRegisters",
        "DefinedTypes",
        "ChartsOfCharacteristicTypes",
        "ExchangePlans",
        "ExchangePlans/A",
        "ExchangePlans/A/Ext",
        "Enums",
    };
    char path[PATH_BYTES];

    (void)strcpy(directory, "/tmp/filial-fuzz-XXXXXX");
    FL_ASSERT(mkdtemp(directory) != NULL);
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", directory, folders[i]);
        FL_ASSERT(mkdir(path, 0700) == 0);
    }
    (void)atexit(remove_directory);
}

static void path_of(size_t file, char out_path[PATH_BYTES])
{
    (void)snprintf(out_path, PATH_BYTES, "%s/%s", directory, names[file]);
}

static void put_file(size_t number, const uint8_t *data, size_t size)
{
    char path[PATH_BYTES];

    path_of(number, path);
    FILE *const file = fopen(path, "wb");

    FL_ASSERT(file != NULL);
    FL_ASSERT(fwrite(data, 1, size, file) == size);
    FL_ASSERT(fclose(file) == 0);
}

static bool begins_file(const uint8_t *data, size_t size, size_t at)
{
    return at + 2 < size && data[at] == '@' && data[at + 1] >= '0' &&
           data[at + 1] < '0' + NAME_COUNT && data[at + 2] == '\n' &&
           (at == 0 || data[at - 1] == '\n');
}

/* Which files there are, as bits. */
static unsigned put_files(const uint8_t *data, size_t size)
{
    unsigned there = 0;

    for (size_t at = 0; at < size; at++) {
        if (!begins_file(data, size, at)) {
            continue;
        }
        const size_t from = at + 3;
        size_t to = from;

        while (to < size && !begins_file(data, size, to)) {
            to++;
        }
        const unsigned number = data[at + 1] - (unsigned)'0';

        put_file(number, data + from, to - from);
        there |= 1u << number;
    }
    return there;
}

static void check(
    enum fl_status status,
    struct fl_configuration *configuration,
    const struct fl_error *error)
{
    if (status != FL_OK) {
        FL_ASSERT(error->text[0] != '\0');
        FL_ASSERT(fl_bytes_are_utf8(fl_bytes_of_text(error->text)));
        return;
    }
    struct fl_configuration *again = NULL;
    struct fl_buffer buffer;

    fl_buffer_init(&buffer, FL_CONFIGURATION_BYTES_MAX);
    FL_ASSERT(fl_configuration_encode(configuration, &buffer) == FL_OK);
    FL_ASSERT(fl_configuration_decode(fl_buffer_view(&buffer), &again, NULL) == FL_OK);
    FL_ASSERT(memcmp(again->hash, configuration->hash, sizeof(again->hash)) == 0);
    fl_configuration_free(again);
    fl_buffer_deinit(&buffer);
    fl_configuration_free(configuration);
}

static void learn(const char *path)
{
    struct fl_learner *learner = NULL;
    struct fl_configuration *configuration = NULL;
    struct fl_error error = {FL_OK, ""};

    FL_ASSERT(fl_learner_new(NULL, &learner) == FL_OK);
    if (fl_learner_add(learner, path, &error) != FL_OK) {
        FL_ASSERT(error.text[0] != '\0');
        FL_ASSERT(fl_bytes_are_utf8(fl_bytes_of_text(error.text)));
    }
    const enum fl_status status =
        fl_learner_finish(learner, "learnt", &configuration, &error);

    check(status, configuration, &error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fl_configuration *configuration = NULL;
    struct fl_error error = {FL_OK, ""};
    char path[PATH_BYTES];

    if (directory[0] == '\0') {
        make_directory();
    }
    const unsigned there = put_files(data, size);
    enum fl_status status = fl_configuration_read_dump(directory, &configuration, &error);

    check(status, configuration, &error);
    for (size_t i = 0; i < NAME_COUNT; i++) {
        path_of(i, path);
        if ((there & (1u << i)) != 0 && i > 0) {
            status = fl_configuration_read_file(path, &configuration, &error);
            check(status, configuration, &error);
        } else if (there & 1u) {
            learn(path);
        }
        if (there & (1u << i)) {
            (void)unlink(path);
        }
    }
    return 0;
}
