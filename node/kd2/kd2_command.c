#include "kd2_command.h"

#include <string.h>

#include "change/ref.h"
#include "file.h"
#include "kd2_codec.h"
#include "language.h"
#include "proto/datetime.h"
#include "proto/limits.h"

enum { RULES_BYTES_MAX = 256 << 20 };

/* --- import and export --- */

/* What the call says; kept by it, for the work goes on when its words are gone. */
struct given {
    struct fl_kd2_settings settings;
    struct fl_kd2_codec codec;
    char *mapping;
    char *rules;
};

static void given_free(void *memory)
{
    struct given *given = memory;
    fl_free(given->mapping);
    fl_free(given->rules);
    fl_free(given);
}

static struct given *given_of(struct fl_call *call, struct fl_error *out_error)
{
    const char *mapping = fl_call_option(call, "mapping");
    const char *rules = fl_call_option(call, "rules");
    struct given *given = fl_alloc_zeroed(1, sizeof *given);
    if (given == NULL) {
        (void)fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
        return NULL;
    }
    given->mapping = mapping == NULL ? NULL : fl_call_path(call, mapping);
    given->rules = rules == NULL ? NULL : fl_call_path(call, rules);
    given->settings = (struct fl_kd2_settings){
        .mapping = given->mapping,
        .rules = given->rules,
        .unmarked = fl_call_has(call, "unmarked"),
        .english = fl_call_has(call, "english")};
    given->codec = fl_kd2_codec_of(&given->settings);
    fl_call_keep(call, given, given_free);
    return given;
}

/* "2026-01-01", with the time of day behind it. */
static bool read_day(const char *day, const char *time, int64_t *out_seconds)
{
    char text[32];
    snprintf(text, sizeof text, "%.10s%s", day, time);
    return strlen(day) == 10 &&
           fl_datetime_parse(fl_bytes_of_text(text), out_seconds) == FL_OK;
}

static enum fl_status choose(
    struct fl_call *call,
    struct fl_kd2_settings *settings,
    struct fl_error *out_error)
{
    const char *since = fl_call_option(call, "since");
    const char *until = fl_call_option(call, "until");
    const char *name = fl_call_option(call, "type");
    const struct fl_type *type = NULL;
    settings->has_period = since != NULL || until != NULL;
    settings->end = FL_DATETIME_MAX;
    if ((since != NULL && !read_day(since, "T00:00:00", &settings->begin)) ||
        (until != NULL && !read_day(until, "T23:59:59", &settings->end))) {
        call->usage = true;
        return fl_error_set(
            out_error, FL_MALFORMED, "--since and --until are days, as 2026-01-31");
    }
    enum fl_status status = name == NULL ? FL_OK
                                         : fl_ref_parse_type(
                                               call->node->configuration,
                                               fl_bytes_of_text(name), &type, out_error);
    settings->type = type == NULL ? 0 : type->number;
    return status;
}

/* Remarks that say what of the mapping does not work here. */
static enum fl_status show_remarks(
    struct fl_call *call,
    const struct fl_kd2_settings *settings,
    struct fl_error *out_error)
{
    enum { SHOWN_MAX = 20 };
    struct fl_conversion *conversion = NULL;
    const char *remark;
    size_t count = 0;
    enum fl_status status =
        fl_kd2_settings_load(settings, call->node->configuration, &conversion, out_error);
    if (status != FL_OK) {
        call->usage = settings->mapping == NULL && settings->rules == NULL;
        return status;
    }
    while ((remark = fl_conversion_remark(conversion, count)) != NULL) {
        if (count++ < SHOWN_MAX) {
            fl_output_warn(call->output, "%s", remark);
        }
    }
    if (count > SHOWN_MAX) {
        fl_output_warn(
            call->output, _("and %zu remarks more; `filial mapping check` shows them"),
            count - SHOWN_MAX);
    }
    fl_conversion_free(conversion);
    return FL_OK;
}

enum fl_status fl_kd2_command_import(struct fl_call *call, struct fl_error *out_error)
{
    struct given *given = given_of(call, out_error);
    enum fl_status status =
        given == NULL ? FL_NO_MEMORY : show_remarks(call, &given->settings, out_error);
    return status == FL_OK ? fl_whole_import(call, &given->codec.codec, out_error)
                           : status;
}

enum fl_status fl_kd2_command_export(struct fl_call *call, struct fl_error *out_error)
{
    struct given *given = given_of(call, out_error);
    enum fl_status status =
        given == NULL ? FL_NO_MEMORY : choose(call, &given->settings, out_error);
    if (status == FL_OK) {
        status = show_remarks(call, &given->settings, out_error);
    }
    return status == FL_OK ? fl_whole_export(call, &given->codec.codec, out_error)
                           : status;
}

/* --- from-rules --- */

const struct fl_option fl_kd2_from_rules_options[] = {
    {"part", "PART",
     N_("source: our configuration is the rules' source, and we write; destination: we "
        "read. Without it: what more types speak for")},
    {"code", NULL, N_("show the program text that is not run, with its lines")},
    {NULL, NULL, NULL}};

static void show_codes(
    struct fl_output *output,
    const struct fl_kd2_code *code,
    struct fl_bytes whose,
    enum fl_kd2_part part)
{
    enum { TEXT_BYTES = 240, WORD_BYTES = 200 };
    for (; code != NULL; code = code->next) {
        char words[TEXT_BYTES + 8];
        struct fl_bytes text = fl_bytes_utf8_beginning(code->text, TEXT_BYTES);
        if (!fl_kd2_mapping_matters(code, part)) {
            continue;
        }
        snprintf(
            words, sizeof words, "%.*s%s", (int)text.size, (const char *)text.data,
            text.size < code->text.size ? " ..." : "");
        fl_output_row(output);
        fl_output_number(output, "line", N_("line"), code->line);
        char name[WORD_BYTES];
        struct fl_bytes shown = fl_bytes_utf8_beginning(whose, WORD_BYTES - 1);
        snprintf(name, sizeof name, "%.*s", (int)shown.size, (const char *)shown.data);
        fl_output_text(output, "rule", N_("rule"), name);
        shown = fl_bytes_utf8_beginning(code->place, WORD_BYTES - 1);
        snprintf(name, sizeof name, "%.*s", (int)shown.size, (const char *)shown.data);
        fl_output_text(output, "place", N_("place"), name);
        fl_output_text(output, "text", N_("text"), words);
    }
}

static void show_properties(
    struct fl_output *output,
    const struct fl_kd2_property_rule *property,
    struct fl_bytes whose,
    enum fl_kd2_part part)
{
    for (; property != NULL; property = property->next) {
        show_codes(output, property->code_first, whose, part);
        for (const struct fl_kd2_property_rule *row = property->first; row != NULL;
             row = row->next) {
            show_codes(output, row->code_first, whose, part);
        }
    }
}

static void show_all_code(
    struct fl_output *output,
    const struct fl_kd2_rules *rules,
    enum fl_kd2_part part)
{
    const struct fl_bytes none = {NULL, 0};
    fl_output_list_begin(output, "code");
    show_codes(output, rules->code_first, none, part);
    for (const struct fl_kd2_rule *rule = rules->rules; rule != NULL; rule = rule->next) {
        show_codes(output, rule->code_first, rule->code, part);
        show_properties(output, rule->properties, rule->code, part);
    }
    for (const struct fl_kd2_export_rule *rule = rules->exports; rule != NULL;
         rule = rule->next) {
        show_codes(output, rule->code_first, rule->code, part);
    }
    fl_output_list_end(output);
}

static void show_coverage(
    struct fl_output *output,
    const struct fl_kd2_rules *rules,
    enum fl_kd2_part part,
    const struct fl_kd2_coverage *coverage)
{
    fl_output_text(
        output, "part", N_("we are the rules'"),
        part == FL_KD2_AS_SOURCE ? "source" : "destination");
    fl_output_number(output, "rules", N_("rules"), coverage->rules);
    fl_output_number(
        output, "rules_whole", N_("of them work as they stand"), coverage->rules_whole);
    fl_output_number(
        output, "rules_known", N_("and their type is here"), coverage->rules_known);
    fl_output_number(output, "properties", N_("properties"), coverage->properties);
    fl_output_number(
        output, "properties_whole", N_("work as they stand"), coverage->properties_whole);
    fl_output_number(
        output, "properties_known", N_("and are here"), coverage->properties_known);
    fl_output_number(
        output, "properties_computed", N_("given by program text"),
        coverage->properties_computed);
    fl_output_number(
        output, "properties_lost", N_("movements, parameters, without a rule"),
        coverage->properties_lost);
    fl_output_number(
        output, "properties_disabled", N_("switched off"), coverage->properties_disabled);
    fl_output_number(output, "values", N_("values"), coverage->values);
    fl_output_number(
        output, "handlers", N_("pieces of program text, not run"), coverage->handlers);
    if (rules->unknown_count > 0) {
        fl_output_warn(
            output, _("%zu elements of the rules are not known, the first in line %llu"),
            rules->unknown_count, (unsigned long long)rules->unknown_line);
    }
}

static enum fl_status write_file(
    void *context,
    struct fl_bytes bytes,
    struct fl_error *out_error)
{
    return fl_file_write(context, bytes, out_error);
}

static enum fl_status part_of(
    struct fl_call *call,
    const struct fl_kd2_rules *rules,
    enum fl_kd2_part *out_part,
    struct fl_error *out_error)
{
    const char *part = fl_call_option(call, "part");
    *out_part = fl_kd2_mapping_part(rules, call->node->configuration);
    if (part == NULL) {
        return FL_OK;
    }
    if (strcmp(part, "source") != 0 && strcmp(part, "destination") != 0) {
        call->usage = true;
        return fl_error_set(
            out_error, FL_MALFORMED, "--part is source or destination, not \"%s\"", part);
    }
    *out_part = strcmp(part, "source") == 0 ? FL_KD2_AS_SOURCE : FL_KD2_AS_DESTINATION;
    return FL_OK;
}

static enum fl_status nowhere(
    void *context,
    struct fl_bytes bytes,
    struct fl_error *out_error)
{
    (void)context;
    (void)bytes;
    (void)out_error;
    return FL_OK;
}

/* Into the file that is given, or only counted. */
static enum fl_status write_mapping(
    struct fl_call *call,
    const struct fl_kd2_rules *rules,
    enum fl_kd2_part part,
    struct fl_kd2_coverage *out_coverage,
    struct fl_error *out_error)
{
    const struct fl_configuration *configuration = call->node->configuration;
    struct fl_codec_sink sink = {.write = nowhere};
    struct fl_file file;
    if (call->argument_count < 2) {
        return fl_kd2_mapping_write(
            rules, part, configuration, sink, out_coverage, out_error);
    }
    char *path = fl_call_path(call, call->arguments[1]);
    if (path == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    enum fl_status status = fl_file_begin(&file, path, 0644, out_error);
    if (status == FL_OK) {
        sink = (struct fl_codec_sink){.write = write_file, .context = &file};
        status = fl_kd2_mapping_write(
            rules, part, configuration, sink, out_coverage, out_error);
        if (status == FL_OK) {
            status = fl_file_publish(&file, out_error);
        }
        fl_file_abandon(&file);
    }
    if (status == FL_OK) {
        fl_output_text(call->output, "file", N_("file"), path);
    }
    fl_free(path);
    return status;
}

FL_HANDLER(mapping_from_rules)
{
    struct fl_arena arena;
    const struct fl_kd2_rules *rules = NULL;
    struct fl_kd2_coverage coverage;
    enum fl_kd2_part part = FL_KD2_AS_SOURCE;
    char *path = fl_call_path(call, call->arguments[0]);
    if (path == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    fl_arena_init(&arena, RULES_BYTES_MAX);
    enum fl_status status = fl_kd2_settings_read_rules(path, &arena, &rules, out_error);
    if (status == FL_OK) {
        status = part_of(call, rules, &part, out_error);
    }
    if (status == FL_OK) {
        status = write_mapping(call, rules, part, &coverage, out_error);
    }
    if (status == FL_OK) {
        show_coverage(call->output, rules, part, &coverage);
        if (fl_call_has(call, "code")) {
            show_all_code(call->output, rules, part);
        }
    }
    fl_arena_deinit(&arena);
    fl_free(path);
    return status;
}
