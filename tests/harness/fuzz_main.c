/*
 * Runs a fuzz target over the files of a corpus, where there is no libFuzzer: each file
 * is one input, and a finding ends the process.
 */

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    long size = 0;

    if (!file || fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) < 0) {
        (void)fprintf(stderr, "cannot read %s\n", path);
        return 1;
    }
    rewind(file);
    /* An exact allocation, so that the sanitizer sees a read past the end. */
    uint8_t *data = malloc((size_t)size ? (size_t)size : 1);

    if (!data || fread(data, 1, (size_t)size, file) != (size_t)size) {
        (void)fprintf(stderr, "cannot read %s\n", path);
        return 1;
    }
    (void)fclose(file);
    (void)LLVMFuzzerTestOneInput(data, (size_t)size);
    free(data);
    return 0;
}

int main(int argc, char **argv)
{
    int count = 0;

    for (int i = 1; i < argc; i++) {
        DIR *directory = opendir(argv[i]);

        if (!directory) {
            (void)fprintf(stderr, "no corpus %s\n", argv[i]);
            return 1;
        }
        for (struct dirent *entry; (entry = readdir(directory));) {
            char path[4096];

            if (entry->d_name[0] == '.') {
                continue;
            }
            (void)snprintf(path, sizeof(path), "%s/%s", argv[i], entry->d_name);
            if (run_file(path) != 0) {
                return 1;
            }
            count++;
        }
        (void)closedir(directory);
    }
    (void)printf("%d inputs\n", count);
    return count > 0 ? 0 : 1;
}
