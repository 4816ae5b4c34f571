#include "command_table.h"

#include "language.h"
#include "storage/backup.h"
#include "storage/check.h"

static void show_check_progress(void *context, uint64_t done, uint64_t total)
{
    struct fl_call *call = context;
    fl_output_progress(call->output, N_("checking"), done, total);
}

static void show_problem(void *context, const char *text)
{
    struct fl_call *call = context;
    fl_output_warn(call->output, "%s", text);
}

static struct fl_check_options options_of(struct fl_call *call)
{
    return (struct fl_check_options){
        .context = call, .progress = show_check_progress, .problem = show_problem};
}

static void show_report(struct fl_output *output, const struct fl_check_report *report)
{
    fl_output_number(output, "values", N_("values read"), report->values);
    fl_output_number(
        output, "journal_entries", N_("journal entries"), report->journal_entries);
    fl_output_number(output, "objects", N_("objects"), report->objects);
    fl_output_number(output, "tombstones", N_("deletions kept"), report->tombstones);
    fl_output_number(output, "nodes", N_("nodes"), report->peers);
    fl_output_number(output, "messages", N_("messages kept"), report->messages);
    fl_output_number(output, "problems", N_("problems"), report->problems);
}

FL_HANDLER(store_check)
{
    struct fl_check_options options = options_of(call);
    struct fl_check_report report;
    enum fl_status status =
        fl_store_check(call->node->store, &options, &report, out_error);
    if (status != FL_OK) {
        return status;
    }
    if (report.problems > 0) {
        return fl_error_set(
            out_error, FL_MALFORMED,
            "the store has problems; stop the node, put a backup in its place and let it "
            "join again, or ask for help with the lines above");
    }
    show_report(call->output, &report);
    return FL_OK;
}

FL_HANDLER(store_backup)
{
    struct fl_check_options options = options_of(call);
    struct fl_check_report report;
    char *path = fl_call_path(call, call->arguments[0]);
    if (path == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    enum fl_status status =
        fl_store_backup(call->node->store, path, &options, &report, out_error);
    if (status == FL_OK) {
        fl_output_text(call->output, "directory", N_("directory"), path);
        show_report(call->output, &report);
    }
    fl_free(path);
    return status;
}

FL_HANDLER(store_compact)
{
    struct fl_settings settings;
    char *conf = fl_node_path(call->node_directory, "node.conf");
    char *store = fl_node_path(call->node_directory, "store");
    enum fl_status status =
        conf == NULL || store == NULL
            ? fl_error_set(out_error, FL_NO_MEMORY, "not enough memory")
            : fl_settings_load(conf, &settings, out_error);
    if (status == FL_OK) {
        struct fl_store_options options = fl_node_store_options(store, &settings);
        status = fl_store_compact(&options, out_error);
    }
    if (status == FL_OK) {
        fl_output_text(call->output, "directory", N_("directory"), store);
        fl_output_say(call->output, _("The store was copied compactly and checked."));
    }
    fl_free(conf);
    fl_free(store);
    return status;
}
