/*
 * Any files in the layout of an EDT project are either none, in words, or a configuration
 * that comes back from its own bytes. "@3" at the beginning of a line starts the file of
 * that digit in `names`.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exchange/configuration_reader.h"
#include "proto/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = {
    "Configuration/Configuration.mdo", "Catalogs/A/A.mdo",     "Documents/A/A.mdo",
    "InformationRegisters/A/A.mdo",    "DefinedTypes/A/A.mdo", "CommonAttributes/A/A.mdo",
    "ExchangePlans/A/A.mdo",           "Enums/A/A.mdo",
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
    char path[PATH_BYTES];

    strcpy(directory, "/tmp/filial-fuzz-edt-XXXXXX");
    FL_ASSERT(mkdtemp(directory));
    (void)atexit(remove_directory);
    for (size_t i = 0; i < NAME_COUNT; i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
        for (char *at = path + strlen(directory) + 1; (at = strchr(at, '/')); at++) {
            *at = '\0';
            (void)mkdir(path, 0700);
            *at = '/';
        }
    }
}

static FILE *open_file(size_t index, const char *mode)
{
    char path[PATH_BYTES];

    (void)snprintf(path, sizeof(path), "%s/%s", directory, names[index]);
    return fopen(path, mode);
}

static void write_files(const uint8_t *data, size_t size)
{
    size_t index = 0;
    FILE *file = open_file(0, "wb");

    for (size_t i = 0; i < size; i++) {
        const bool starts = data[i] == '@' && (i == 0 || data[i - 1] == '\n') &&
                            i + 1 < size && data[i + 1] >= '0' &&
                            data[i + 1] < '0' + (int)NAME_COUNT;

        if (starts) {
            FL_ASSERT(file && fclose(file) == 0);
            index = (size_t)(data[++i] - '0');
            file = open_file(index, "wb");
        } else if (file) {
            (void)fputc(data[i], file);
        }
    }
    FL_ASSERT(file && fclose(file) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fl_configuration *configuration = NULL;
    struct fl_configuration *again = NULL;
    struct fl_error error = {FL_OK, ""};
    struct fl_buffer bytes;

    if (directory[0] == '\0') {
        make_directory();
    }
    for (size_t i = 0; i < NAME_COUNT; i++) {
        char path[PATH_BYTES];

        (void)snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
        (void)unlink(path);
    }
    write_files(data, size);
    if (fl_configuration_read_dump(directory, &configuration, &error) != FL_OK) {
        FL_ASSERT(error.text[0] != '\0');
        return 0;
    }
    fl_buffer_init(&bytes, 64 << 20);
    FL_ASSERT(fl_configuration_encode(configuration, &bytes) == FL_OK);
    FL_ASSERT(fl_configuration_decode(fl_buffer_view(&bytes), &again, &error) == FL_OK);
    FL_ASSERT(memcmp(configuration->hash, again->hash, sizeof(again->hash)) == 0);
    fl_buffer_deinit(&bytes);
    fl_configuration_free(configuration);
    fl_configuration_free(again);
    return 0;
}
