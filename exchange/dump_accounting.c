/*
 * The records of an accounting register with correspondence, for mappings: what is no
 * balance stands on both sides, Дт and Кт, as in queries and in files of Конвертация
 * данных 2. How packages lay them out is not known, so there these attributes have no
 * place: what comes in a package is kept as it comes, and what a mapping brought is in
 * none.
 *
 *     СчетДт СчетКт
 *     ВидСубконтоДт1 СубконтоДт1 ... and Кт, as many as an account may have
 *     Организация                          a dimension that is a balance
 *     ВалютаДт ВалютаКт                    one that is none
 *     Сумма КоличествоДт КоличествоКт      resources, likewise; Содержание
 */

#include <stdio.h>
#include <string.h>

#include "dump_type_parts.h"
#include "proto/limits.h"

enum { NAME_BYTES = FL_NAME_BYTES_MAX + 64, EXTRA_DIMENSIONS_MAX = 16 };

void fl_dump_types_chart(struct fl_dump_types *types, const struct fl_metadata *chart)
{
    struct fl_dump_charts *const charts = fl_dump_types_charts(types);

    if (charts->count < FL_DUMP_CHARTS_MAX) {
        charts->charts[charts->count++] = chart;
    }
}

/* NULL when the dump has no file of it. */
static const struct fl_metadata *find_chart(struct fl_dump_types *types, const char *name)
{
    const struct fl_dump_charts *const charts = fl_dump_types_charts(types);

    for (size_t i = 0; i < charts->count; i++) {
        if (strcmp(charts->charts[i]->name, name) == 0) {
            return charts->charts[i];
        }
    }
    return NULL;
}

static void add_primitive(
    struct fl_dump_types *types,
    const char *name,
    enum fl_role role,
    uint32_t allows)
{
    const struct fl_metadata_type type = {.type = {.allows = allows}};

    fl_dump_types_beside(types, name, role, &type);
}

/* "ChartOfAccounts" and "ChartOfAccounts.X" are the type "ChartOfAccountsRef.X"; a set
 * of types is named by its prefix alone, "Characteristic.X". */
static void add_named(
    struct fl_dump_types *types,
    const char *name,
    const char *prefix,
    const char *of)
{
    char text[NAME_BYTES];
    const char *names[] = {text};
    const struct fl_metadata_type type = {.name_count = 1, .names = names};

    (void)snprintf(text, sizeof(text), "%s.%s", prefix, of);
    fl_dump_types_beside(types, name, FL_ROLE_OTHER_STANDARD, &type);
}

/* "X" of "ChartOfAccounts.X"; NULL for anything else. */
static const char *name_behind(const char *text, const char *kind)
{
    const size_t size = strlen(kind);

    return text && strncmp(text, kind, size) == 0 && text[size] == '.' ? text + size + 1
                                                                       : NULL;
}

static void add_extra_dimensions(
    struct fl_dump_types *types,
    const struct fl_metadata *chart,
    const char *side)
{
    const char *const kinds =
        chart ? name_behind(chart->extra_kinds, "ChartOfCharacteristicTypes") : NULL;
    char name[NAME_BYTES];

    for (uint32_t i = 1;
         kinds && i <= chart->extra_dimensions_max && i <= EXTRA_DIMENSIONS_MAX; i++) {
        (void)snprintf(name, sizeof(name), "ВидСубконто%s%u", side, i);
        add_named(types, name, "ChartOfCharacteristicTypesRef", kinds);
        (void)snprintf(name, sizeof(name), "Субконто%s%u", side, i);
        add_named(types, name, "Characteristic", kinds);
    }
}

static void add_fields(
    struct fl_dump_types *types,
    const struct fl_metadata *metadata,
    enum fl_metadata_field_kind kind,
    enum fl_role role)
{
    static const char *const sides[] = {"Дт", "Кт"};
    char name[NAME_BYTES];

    for (const struct fl_metadata_field *field = metadata->fields; field;
         field = field->next) {
        const bool is_one = field->balance || kind == FL_METADATA_ATTRIBUTE;

        for (size_t i = 0; i < (is_one ? 1 : 2) && field->kind == kind && field->name;
             i++) {
            (void)snprintf(
                name, sizeof(name), "%s%s", field->name, is_one ? "" : sides[i]);
            fl_dump_types_beside(types, name, role, &field->type);
        }
    }
}

void fl_dump_accounting_add(
    struct fl_dump_types *types,
    const struct fl_metadata *metadata)
{
    const char *const name = name_behind(metadata->chart, "ChartOfAccounts");
    const struct fl_metadata *const chart = name ? find_chart(types, name) : NULL;

    if (!name || !metadata->correspondence) {
        return;
    }
    add_primitive(types, "Period", FL_ROLE_PERIOD, FL_ALLOWS_DATE);
    add_primitive(types, "Active", FL_ROLE_ACTIVE, FL_ALLOWS_BOOLEAN);
    add_named(types, "СчетДт", "ChartOfAccountsRef", name);
    add_named(types, "СчетКт", "ChartOfAccountsRef", name);
    add_extra_dimensions(types, chart, "Дт");
    add_extra_dimensions(types, chart, "Кт");
    add_fields(types, metadata, FL_METADATA_DIMENSION, FL_ROLE_DIMENSION);
    add_fields(types, metadata, FL_METADATA_RESOURCE, FL_ROLE_RESOURCE);
    add_fields(types, metadata, FL_METADATA_ATTRIBUTE, FL_ROLE_OWN);
}
