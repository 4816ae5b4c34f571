#include "fault.h"

#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "storage/settings.h"

static const struct {
    enum fl_fault_kind kind;
    const char *name;
} faults[] = {
    {FL_FAULT_CUT_MESSAGE, "cut-message"},
    {FL_FAULT_REPEAT_MESSAGE, "repeat-message"},
    {FL_FAULT_EXIT_APPLY, "exit-apply"},
};

static struct fl_bytes done_name(void)
{
    return fl_bytes_of_text("fault/done");
}

static bool has_happened(struct fl_node *node)
{
    struct fl_bytes value;
    struct fl_txn txn;

    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    bool happened = fl_settings_get(&txn, done_name(), &value) == FL_OK &&
                    fl_bytes_equal(value, fl_bytes_of_text(node->settings.fault));

    fl_txn_abort(&txn);
    return happened;
}

struct fl_fault fl_fault_of(struct fl_node *node)
{
    const char *text = node->settings.fault;
    struct fl_fault fault = {.kind = FL_FAULT_NONE};

    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        size_t size = strlen(faults[i].name);

        if (strncmp(text, faults[i].name, size) == 0 && text[size] == ' ') {
            fault.kind = faults[i].kind;
            fault.at = strtoull(text + size + 1, NULL, 10);
        }
    }
    if (fault.kind != FL_FAULT_NONE && has_happened(node)) {
        fault.kind = FL_FAULT_NONE;
    }
    return fault;
}

bool fl_fault_strikes(struct fl_fault *fault, enum fl_fault_kind kind)
{
    if (fault->kind != kind) {
        return false;
    }
    fault->count++;
    return fault->count == fault->at;
}

void fl_fault_done(struct fl_node *node, struct fl_fault *fault)
{
    struct fl_txn txn;

    fl_txn_begin(&txn, node->store, FL_TXN_KEEP);
    fl_settings_put(&txn, done_name(), fl_bytes_of_text(node->settings.fault));
    (void)fl_txn_commit(&txn);
    fl_log(
        FL_LOG_WARN, FL_LOG_EVENT_FAULT_INJECTED, "fault=\"%s\"", node->settings.fault);
    fault->kind = FL_FAULT_NONE;
}
