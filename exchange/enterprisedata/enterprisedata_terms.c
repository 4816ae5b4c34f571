#include <stdio.h>
#include <string.h>

#include "enterprisedata_codec.h"
#include "rules.h"
#include "table.h"

enum { VERSIONS_MAX = 32, LIST_BYTES = 512 };

const char *fl_enterprisedata_version(size_t index)
{
    const struct fl_enterprisedata_table *table = fl_enterprisedata_table();
    return table == NULL || index >= VERSIONS_MAX
               ? NULL
               : fl_enterprisedata_version_text(table, (int)index);
}

struct declaring {
    const struct fl_enterprisedata_table *table;
    const struct fl_conversion *conversion;
    struct fl_arena *arena;
    struct fl_package_terms *terms;
    const char **versions;
    struct fl_package_kind_terms *kinds;
};

/* "1.8, 1.17" */
static enum fl_status choose_versions(
    struct declaring *declaring,
    const char *wanted,
    struct fl_error *out_error)
{
    struct fl_package_terms *terms = declaring->terms;
    if (wanted == NULL || wanted[0] == '\0') {
        const char *version;
        for (size_t i = 0; (version = fl_enterprisedata_version(i)) != NULL; i++) {
            declaring->versions[terms->version_count++] = version;
        }
        return FL_OK;
    }
    while (*wanted != '\0') {
        wanted += strspn(wanted, ", ");
        struct fl_bytes text = {(const uint8_t *)wanted, strcspn(wanted, ", ")};
        wanted += text.size;
        if (text.size == 0) {
            continue;
        }
        int version = fl_enterprisedata_version_find(declaring->table, text);
        if (version < 0 || terms->version_count == VERSIONS_MAX) {
            return fl_error_set(
                out_error, FL_REFUSED,
                "there is no schema of EnterpriseData %.*s here; the newest one is %s",
                (int)(text.size > 20 ? 20 : text.size), (const char *)text.data,
                fl_enterprisedata_version_text(
                    declaring->table,
                    fl_enterprisedata_version_count(declaring->table) - 1));
        }
        declaring->versions[terms->version_count++] =
            fl_enterprisedata_version_text(declaring->table, version);
    }
    return terms->version_count > 0
               ? FL_OK
               : fl_error_set(out_error, FL_REFUSED, "no version is named");
}

static bool does(
    const struct declaring *declaring,
    const char *element,
    const char *version_text,
    bool write)
{
    struct fl_bytes text = fl_bytes_of_text(version_text);
    fl_conversion_version version = fl_conversion_version_of(text);
    int number = fl_enterprisedata_version_find(declaring->table, text);
    if (fl_enterprisedata_body_find(
            declaring->table, number, fl_bytes_of_text(element)) == NULL) {
        return false;
    }
    for (size_t i = 0; i < declaring->conversion->rule_count; i++) {
        const struct fl_conversion_rule *rule = &declaring->conversion->rules[i];
        if (strcmp(rule->element, element) == 0 &&
            (write ? fl_conversion_rule_writes(rule, version)
                   : fl_conversion_rule_reads(rule, version))) {
            return true;
        }
    }
    return false;
}

/* "*" when it is all of them. */
static const char *list_of(
    const struct declaring *declaring,
    const char *element,
    bool write)
{
    const struct fl_package_terms *terms = declaring->terms;
    char list[LIST_BYTES] = "";
    size_t count = 0;
    for (size_t i = 0; i < terms->version_count; i++) {
        if (does(declaring, element, declaring->versions[i], write)) {
            size_t size = strlen(list);
            snprintf(
                list + size, sizeof list - size, "%s%s", count++ > 0 ? "," : "",
                declaring->versions[i]);
        }
    }
    return count == terms->version_count
               ? "*"
               : fl_arena_text(declaring->arena, fl_bytes_of_text(list));
}

static bool is_named(const struct declaring *declaring, const char *element)
{
    for (size_t i = 0; i < declaring->terms->kind_count; i++) {
        if (strcmp(declaring->kinds[i].name, element) == 0) {
            return true;
        }
    }
    return false;
}

enum fl_status fl_enterprisedata_terms(
    const struct fl_conversion *conversion,
    const char *wanted,
    struct fl_arena *arena,
    struct fl_package_terms *out_terms,
    struct fl_error *out_error)
{
    *out_terms = (struct fl_package_terms){.version = "", .lists_kinds = true};
    struct declaring declaring = {
        .table = fl_enterprisedata_table(),
        .conversion = conversion,
        .arena = arena,
        .terms = out_terms,
        .versions = fl_arena_array(arena, VERSIONS_MAX, sizeof *declaring.versions),
        .kinds =
            fl_arena_array(arena, conversion->rule_count + 1, sizeof *declaring.kinds)};
    if (declaring.table == NULL || declaring.versions == NULL ||
        declaring.kinds == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "out of memory for the package");
    }
    enum fl_status status = choose_versions(&declaring, wanted, out_error);
    for (size_t i = 0; i < conversion->rule_count && status == FL_OK; i++) {
        const char *element = conversion->rules[i].element;
        if (is_named(&declaring, element)) {
            continue;
        }
        const struct fl_package_kind_terms kind = {
            .name = element,
            .sending = list_of(&declaring, element, true),
            .receiving = list_of(&declaring, element, false)};
        if (kind.sending == NULL || kind.receiving == NULL) {
            return fl_error_set(out_error, FL_NO_MEMORY, "out of memory for the package");
        }
        if (kind.sending[0] != '\0' || kind.receiving[0] != '\0') {
            declaring.kinds[out_terms->kind_count++] = kind;
        }
    }
    out_terms->versions = declaring.versions;
    out_terms->kinds = declaring.kinds;
    return status;
}

/* --- what does not fit --- */

struct checking {
    const struct fl_enterprisedata_table *table;
    const struct fl_conversion_rule *rule;
    const struct fl_enterprisedata_type *type; /* of the object */
    const char *key;
    const char *version_text;
    int version;
    bool (*take)(void *context, const char *words);
    void *context;
    bool goes_on;
};

/* The type at the end of a path; NULL: `*out_missing` is the step that is not there. */
static const struct fl_enterprisedata_type *type_at(
    const struct checking *checking,
    const struct fl_enterprisedata_type *type,
    const char *path,
    struct fl_bytes *out_missing)
{
    while (type != NULL && *path != '\0') {
        struct fl_bytes step = {(const uint8_t *)path, strcspn(path, "/")};
        const struct fl_enterprisedata_member *member =
            fl_enterprisedata_member_find(type, checking->version, step);
        *out_missing = step;
        if (member == NULL) {
            return NULL;
        }
        type = fl_enterprisedata_member_type(member, checking->version);
        path += step.size;
        path += *path == '/';
    }
    return type;
}

static void tell(
    struct checking *checking,
    uint64_t line,
    const char *what,
    const char *path)
{
    char words[1024];
    snprintf(
        words, sizeof words, "%s %llu: %.200s, %.400s: %.300s", fl_error_words("line"),
        (unsigned long long)line, checking->rule->element, path, fl_error_words(what));
    checking->goes_on = checking->take(checking->context, words);
}

static bool check_path(void *context, const char *path, bool in_key, uint64_t line)
{
    struct checking *checking = context;
    struct fl_bytes missing;
    char whole[1024];
    snprintf(
        whole, sizeof whole, "%s%s%s", in_key ? checking->key : "", in_key ? "/" : "",
        path);
    if (type_at(checking, checking->type, whole, &missing) == NULL) {
        tell(checking, line, "this version of the format has no such element", whole);
    }
    return checking->goes_on;
}

/* Does a rule give the required `path`, or something below it? */
struct asked {
    const char *path;
    size_t size;
    bool in_key;
    bool found;
};

static bool look_for(void *context, const char *path, bool in_key, uint64_t line)
{
    struct asked *asked = context;
    (void)line;
    asked->found =
        asked->found ||
        (in_key == asked->in_key && strncmp(path, asked->path, asked->size) == 0 &&
         (path[asked->size] == '\0' || path[asked->size] == '/'));
    return !asked->found;
}

static void check_required(
    struct checking *checking,
    const struct fl_enterprisedata_type *type,
    bool in_key)
{
    fl_conversion_version version =
        fl_conversion_version_of(fl_bytes_of_text(checking->version_text));
    for (size_t i = 0; type != NULL && i < type->member_count && checking->goes_on; i++) {
        const struct fl_enterprisedata_member *member = &type->members[i];
        struct asked asked = {
            .path = member->name, .size = strlen(member->name), .in_key = in_key};
        if (!member->required || strcmp(member->name, checking->key) == 0 ||
            !(member->versions & UINT32_C(1) << checking->version)) {
            continue;
        }
        const struct fl_enterprisedata_type *inner =
            fl_enterprisedata_member_type(member, checking->version);
        fl_conversion_rule_paths(checking->rule, version, look_for, &asked);
        if (!asked.found && !fl_enterprisedata_may_be_empty(inner, checking->version)) {
            tell(
                checking, checking->rule->line,
                "the format requires it, and no rule gives it", member->name);
        }
    }
}

enum fl_status fl_enterprisedata_check(
    const struct fl_conversion *conversion,
    const char *version,
    bool (*take)(void *context, const char *words),
    void *context,
    struct fl_error *out_error)
{
    struct checking checking = {
        .table = fl_enterprisedata_table(),
        .key = conversion->key,
        .version_text = version,
        .take = take,
        .context = context,
        .goes_on = true};
    if (checking.table == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "out of memory for the package");
    }
    checking.version =
        fl_enterprisedata_version_find(checking.table, fl_bytes_of_text(version));
    if (checking.version < 0) {
        return fl_error_set(
            out_error, FL_REFUSED, "there is no schema of EnterpriseData %s here",
            version);
    }
    fl_conversion_version number = fl_conversion_version_of(fl_bytes_of_text(version));
    for (size_t i = 0; i < conversion->rule_count && checking.goes_on; i++) {
        const struct fl_conversion_rule *rule = &conversion->rules[i];
        struct fl_bytes missing;
        if (!fl_conversion_rule_writes(rule, number)) {
            continue;
        }
        checking.rule = rule;
        checking.type = fl_enterprisedata_body_find(
            checking.table, checking.version, fl_bytes_of_text(rule->element));
        if (checking.type == NULL) {
            tell(
                &checking, rule->line, "this version of the format has no such kind", "");
            continue;
        }
        fl_conversion_rule_paths(rule, number, check_path, &checking);
        check_required(&checking, checking.type, false);
        check_required(
            &checking, type_at(&checking, checking.type, conversion->key, &missing),
            true);
    }
    return FL_OK;
}
