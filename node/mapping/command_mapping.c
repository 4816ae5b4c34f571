#include <stdio.h>
#include <string.h>

#include "command/command_table.h"
#include "exchange/enterprisedata.h"
#include "kd2/kd2_command.h"
#include "language.h"
#include "mapping_load.h"
#include "site/site_mapping.h"

static const struct fl_option CHECK[] = {
    {"version", "V", N_("one version of the format, \"1.8\"; without it: each")},
    {NULL, NULL, NULL}};

struct checking {
    struct fl_output *output;
    const char *version;
    uint64_t count;
};

static bool show(void *context, const char *words)
{
    struct checking *checking = context;
    checking->count++;
    fl_output_row(checking->output);
    fl_output_text(checking->output, "version", N_("version"), checking->version);
    fl_output_text(checking->output, "words", N_("does not fit"), words);
    return true;
}

/* Each version of which there is a schema, or the one that was asked for. */
static enum fl_status check_versions(
    const struct fl_conversion *conversion,
    const char *only,
    struct checking *checking,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    checking->version = only;
    if (only != NULL) {
        return fl_enterprisedata_check(conversion, only, show, checking, out_error);
    }
    for (size_t i = 0;
         status == FL_OK && (checking->version = fl_enterprisedata_version(i)) != NULL;
         i++) {
        status = fl_enterprisedata_check(
            conversion, checking->version, show, checking, out_error);
    }
    return status;
}

static uint64_t show_remarks(
    struct fl_output *output,
    const struct fl_conversion *conversion)
{
    const char *remark;
    uint64_t count = 0;
    fl_output_list_begin(output, "remarks");
    while ((remark = fl_conversion_remark(conversion, (size_t)count)) != NULL) {
        count++;
        fl_output_row(output);
        fl_output_text(output, "words", N_("left out here"), remark);
    }
    fl_output_list_end(output);
    return count;
}

static void show_coverage(
    struct fl_output *output,
    const struct fl_conversion *conversion)
{
    const struct fl_conversion_coverage coverage = fl_conversion_coverage(conversion);
    fl_output_number(output, "rules", N_("rules"), coverage.rules);
    fl_output_number(
        output, "rules_whole", N_("of them work as they stand"), coverage.rules_whole);
    fl_output_number(output, "properties", N_("properties"), coverage.properties);
    fl_output_number(
        output, "properties_whole", N_("work as they stand"), coverage.properties_whole);
}

static enum fl_status check(
    struct fl_call *call,
    const struct fl_conversion *conversion,
    struct fl_error *out_error)
{
    const char *version = fl_call_option(call, "version");
    struct checking checking = {.output = call->output};
    enum fl_status status = FL_OK;
    uint64_t remarks = show_remarks(call->output, conversion);
    fl_output_list_begin(call->output, "misfits");
    checking.version = "";
    fl_conversion_check_values(conversion, show, &checking);
    if (strcmp(fl_conversion_format(conversion), "enterprisedata") == 0) {
        status = check_versions(conversion, version, &checking, out_error);
    } else if (version != NULL) {
        call->usage = true;
        status = fl_error_set(
            out_error, FL_MALFORMED, "a mapping of \"%s\" has no versions",
            fl_conversion_format(conversion));
    }
    fl_output_list_end(call->output);
    show_coverage(call->output, conversion);
    fl_output_number(call->output, "remark_count", N_("left out here"), remarks);
    fl_output_number(
        call->output, "misfit_count", N_("does not fit the format"), checking.count);
    call->answer_is_no = checking.count > 0;
    return status;
}

static enum fl_status check_conversion(
    struct fl_call *call,
    const char *path,
    struct fl_error *out_error)
{
    struct fl_conversion *conversion = NULL;
    enum fl_status status = fl_mapping_load(
        path, call->node->configuration, /* format= */ NULL, &conversion, out_error);
    if (status == FL_OK) {
        status = check(call, conversion, out_error);
    }
    fl_conversion_free(conversion);
    return status;
}

/* Those for CommerceML are plain text, and XML begins with a tag. */
static bool is_text(const char *path)
{
    char head[64] = "";
    FILE *file = fopen(path, "rb");
    const size_t size = file == NULL ? 0 : fread(head, 1, sizeof head - 1, file);
    const char *at = head + (size >= 3 && memcmp(head, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0);
    if (file != NULL) {
        (void)fclose(file);
    }
    at += strspn(at, " \t\r\n");
    return *at != '<' && *at != '\0';
}

static enum fl_status check_site(
    struct fl_call *call,
    const char *path,
    struct fl_error *out_error)
{
    struct fl_site_mapping *mapping = NULL;
    const char *remark;
    uint64_t count = 0;
    enum fl_status status =
        fl_site_mapping_load(call->node->configuration, path, &mapping, out_error);
    if (status != FL_OK) {
        return status;
    }
    fl_output_list_begin(call->output, "remarks");
    for (; (remark = fl_site_mapping_remark(mapping, (size_t)count)) != NULL; count++) {
        fl_output_row(call->output);
        fl_output_text(call->output, "words", N_("left out here"), remark);
    }
    fl_output_list_end(call->output);
    fl_output_number(call->output, "remark_count", N_("left out here"), count);
    fl_site_mapping_free(mapping);
    return FL_OK;
}

FL_HANDLER(mapping_check)
{
    char *path = fl_call_path(call, call->arguments[0]);
    if (path == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    enum fl_status status = is_text(path) ? check_site(call, path, out_error)
                                          : check_conversion(call, path, out_error);
    fl_free(path);
    return status;
}

static const struct fl_option TRY[] = {
    {"version", "V", N_("a version of the format, \"1.8\"; without it: the newest")},
    {NULL, NULL, NULL}};

static const struct fl_command TABLE[] = {
    {"mapping", "check", "FILE",
     N_("say what of a mapping fits neither the configuration nor its format"),
     N_("What the mapping names and this node's configuration has not is left out "
        "when it\n"
        "is used: one file serves several configurations. What the format has not, or\n"
        "requires and no rule gives, is told for each version of it, where its schema "
        "is\n"
        "known (EnterpriseData), and the exit status is 1 then. How many rules and\n"
        "properties work as they stand is counted.\n"
        "\n"
        "  filial mapping check deploy/mappings/enterprisedata/demonstration.xml\n"
        "  filial mapping check deploy/mappings/commerceml/ut11.map\n"
        "  filial mapping check --version 1.17 ours.xml"),
     1, 1, FL_COMMAND_ACTS, CHECK, fl_command_mapping_check},
    {"mapping", "try", "FILE [REF]",
     N_("show objects as they are here and as they stand in a message"),
     N_("Each object is shown twice, and what a message of it does not bring back is "
        "named:\n"
        "the format has no place for it, or the mapping no rule. Without REF it is the "
        "first\n"
        "object of each type. The exit status is 1 when one could not be written. Of "
        "mappings\n"
        "of EnterpriseData.\n"
        "\n"
        "  filial mapping try ours.xml\n"
        "  filial mapping try --version 1.8 ours.xml Catalog.Контрагенты:UUID"),
     1, 2, FL_COMMAND_ACTS, TRY, fl_command_mapping_try},
    {"mapping", "from-rules", "RULES [MAPPING]",
     N_("make a mapping of ПравилаОбмена (Конвертация данных 2)"),
     N_("What the rules declare becomes the mapping: types, properties, tabular "
        "sections,\n"
        "values, keys, flags. Program text of 1C is never run: each place of it is a\n"
        "<code/> in the mapping, to be replaced by a constant (<fixed>), another "
        "attribute\n"
        "or a table of values. Without MAPPING it is only counted how much works as it\n"
        "stands.\n"
        "\n"
        "  filial mapping from-rules ExchangeRules.xml\n"
        "  filial mapping from-rules --code ExchangeRules.xml base.xml\n"
        "  filial mapping from-rules --part destination Rules77.xml 77.xml"),
     1, 2, FL_COMMAND_ACTS, fl_kd2_from_rules_options, fl_command_mapping_from_rules},
};

const struct fl_command_table fl_command_mapping_table = {
    .commands = TABLE,
    .count = sizeof TABLE / sizeof TABLE[0]};
