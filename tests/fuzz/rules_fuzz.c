/* Any bytes are either no registration rules, in words, or rules with whole texts. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exchange/registration_rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char path[64];

static void remove_file(void)
{
    (void)unlink(path);
}

static enum fl_status on_rule(
    void *context,
    const struct fl_registration_rule *rule,
    struct fl_error *out_error)
{
    const char *const texts[] = {rule->code, rule->name,     rule->object,  rule->filter,
                                 rule->node, rule->handlers, rule->obstacle};

    (void)context;
    (void)out_error;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        FL_ASSERT(texts[i] && strlen(texts[i]) < 1 << 20);
    }
    return FL_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct fl_registration_rules_handler handler = {on_rule, NULL};
    struct fl_error error = {FL_OK, ""};
    char *plan = NULL;

    if (path[0] == '\0') {
        strcpy(path, "/tmp/filial-rules-XXXXXX");
        const int descriptor = mkstemp(path);

        FL_ASSERT(descriptor >= 0);
        (void)close(descriptor);
        (void)atexit(remove_file);
    }
    FILE *const file = fopen(path, "wb");

    FL_ASSERT(file && fwrite(data, 1, size, file) == size && fclose(file) == 0);
    if (fl_registration_rules_read(path, &handler, &plan, &error) != FL_OK) {
        FL_ASSERT(error.text[0] != '\0' && !plan);
    }
    fl_free(plan);
    return 0;
}
