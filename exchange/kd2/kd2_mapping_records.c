/*
 * Registers and constants in a mapping that is made of rules: movements of documents, the
 * records of an information register, each constant of a set of them.
 */

#include <stdio.h>
#include <string.h>

#include "kd2_mapping_making.h"
#include "proto/attribute_name.h"

enum { NAME_BYTES = 512 };

static bool is_known(const struct fl_type *type, struct fl_bytes name)
{
    return type && fl_attribute_by_name(type, name) != NULL;
}

/* "РегистрСведений" + "НаборЗаписей" + "." + the name. */
static void whole_name(
    const char *kind,
    const char *suffix,
    struct fl_bytes name,
    char out_name[NAME_BYTES])
{
    (void)snprintf(
        out_name, NAME_BYTES, "%s%s.%.*s", kind, suffix,
        (int)fl_bytes_utf8_beginning(name, 400).size, (const char *)name.data);
}

/* ---- movements ---- */

/* "НаборДвиженийРегистраНакопления"; NULL: it is no group of movements. */
static const char *movements_kind(const struct fl_kd2_end *end)
{
    static const char word[] = "НаборДвижений";
    static const char *const kinds[][2] = {
        {"РегистраНакопления", "РегистрНакопления"},
        {"РегистраБухгалтерии", "РегистрБухгалтерии"},
        {"РегистраСведений", "РегистрСведений"},
        {"РегистраРасчета", "РегистрРасчета"},
    };

    for (size_t i = 0; i < 4 && fl_bytes_begin_with(end->kind, word); i++) {
        const struct fl_bytes rest = {
            end->kind.data + sizeof(word) - 1, end->kind.size - sizeof(word) + 1};

        if (fl_bytes_equal(rest, fl_bytes_of_text(kinds[i][0]))) {
            return kinds[i][1];
        }
    }
    return NULL;
}

bool fl_kd2_mapping_records_keep(
    struct fl_kd2_mapping_making *making,
    const struct fl_kd2_property_rule *group)
{
    const char *const kind = movements_kind(&group->destination);

    if (!kind || group->disabled ||
        fl_kd2_mapping_our_end(making, group)->name.size == 0 ||
        making->movements_count == FL_KD2_MOVEMENTS_MAX) {
        return false;
    }
    making->movements[making->movements_count++] = (struct fl_kd2_movements){group, kind};
    return true;
}

static bool same_register(
    const struct fl_kd2_movements *a,
    const struct fl_kd2_movements *b)
{
    return a->register_kind == b->register_kind &&
           fl_bytes_equal(a->group->destination.name, b->group->destination.name);
}

/* The first document that has a property says what becomes of it. */
static bool is_put_already(
    const struct fl_kd2_mapping_making *making,
    size_t index,
    const struct fl_kd2_property_rule *property)
{
    for (size_t i = 0; i < index; i++) {
        if (!same_register(&making->movements[i], &making->movements[index])) {
            continue;
        }
        for (const struct fl_kd2_property_rule *at = making->movements[i].group->first;
             at; at = at->next) {
            if (fl_bytes_equal(at->destination.name, property->destination.name)) {
                return true;
            }
        }
    }
    return false;
}

static void take_records(struct fl_kd2_mapping_making *making, size_t index)
{
    const struct fl_kd2_property_rule *const group = making->movements[index].group;

    (void)fl_kd2_mapping_put_codes(
        making, group->code_first, group->destination.name, "      ");
    for (const struct fl_kd2_property_rule *property = group->first; property;
         property = property->next) {
        const enum fl_kd2_obstacle obstacle = fl_kd2_mapping_obstacle(making, property);

        if (is_put_already(making, index, property)) {
            fl_kd2_mapping_count(
                making, obstacle,
                is_known(making->type, fl_kd2_mapping_our_end(making, property)->name));
        } else {
            fl_kd2_mapping_take_property(making, property, NULL, "      ");
        }
    }
}

static void take_register(struct fl_kd2_mapping_making *making, size_t first)
{
    const struct fl_kd2_movements *const movements = &making->movements[first];
    const struct fl_kd2_property_rule *const group = movements->group;
    char ours[NAME_BYTES];
    char theirs[NAME_BYTES];

    whole_name(
        movements->register_kind, "", fl_kd2_mapping_our_end(making, group)->name, ours);
    whole_name(movements->register_kind, "НаборЗаписей", group->destination.name, theirs);
    making->type =
        fl_configuration_find_full(making->configuration, fl_bytes_of_text(ours));
    fl_kd2_mapping_begin_object(
        making, ours, fl_bytes_of_text(theirs), /* of_rule= */ false);
    fl_kd2_mapping_put(
        making, "    <key>\n      <property of=\"Recorder\" as=\"Регистратор\"/>\n"
                "    </key>\n    <table of=\"Records\" as=\"Записи\">\n");
    for (size_t i = first; i < making->movements_count; i++) {
        if (same_register(&making->movements[i], movements)) {
            take_records(making, i);
        }
    }
    fl_kd2_mapping_put(making, "    </table>\n  </object>\n");
}

void fl_kd2_mapping_records_movements(struct fl_kd2_mapping_making *making)
{
    for (size_t i = 0; i < making->movements_count; i++) {
        bool is_first = true;

        for (size_t j = 0; j < i && is_first; j++) {
            is_first = !same_register(&making->movements[i], &making->movements[j]);
        }
        if (is_first) {
            take_register(making, i);
        }
    }
}

/* ---- information registers ---- */

bool fl_kd2_mapping_records_is_register(struct fl_bytes type)
{
    return fl_bytes_begin_with(type, "РегистрСведений") ||
           fl_bytes_begin_with(type, "InformationRegister");
}

/* What record sets are kept by; of a register that is not here its dimensions. */
static bool is_of_filter(
    const struct fl_kd2_mapping_making *making,
    const struct fl_kd2_property_rule *property)
{
    const struct fl_kd2_end *const ours = fl_kd2_mapping_our_end(making, property);
    const struct fl_attribute *const attribute =
        making->type ? fl_attribute_by_name(making->type, ours->name) : NULL;

    if (property->is_group ||
        fl_kd2_mapping_obstacle(making, property) != FL_KD2_NOTHING) {
        return false;
    }
    return making->type ? attribute && attribute->in_filter
                        : fl_bytes_equal(ours->kind, fl_bytes_of_text("Измерение")) ||
                              fl_bytes_equal(ours->kind, fl_bytes_of_text("Dimension"));
}

/* One by one or as a set, records are those of the set. */
static void set_name(struct fl_bytes type, char out_name[NAME_BYTES])
{
    const uint8_t *const dot = memchr(type.data, '.', type.size);
    const size_t before = dot ? (size_t)(dot - type.data) + 1 : type.size;
    const struct fl_bytes name = {type.data + before, type.size - before};

    if (fl_bytes_begin_with(type, "InformationRegister")) {
        whole_name("InformationRegister", "RecordSet", name, out_name);
    } else {
        whole_name("РегистрСведений", "НаборЗаписей", name, out_name);
    }
}

void fl_kd2_mapping_records_register(
    struct fl_kd2_mapping_making *making,
    const char *ours)
{
    const struct fl_kd2_property_rule *property = making->rule->properties;
    char theirs[NAME_BYTES];

    set_name(making->rule->destination, theirs);
    fl_kd2_mapping_begin_object(
        making, ours, fl_bytes_of_text(theirs), /* of_rule= */ true);
    fl_kd2_mapping_take_codes(making, "    ");
    fl_kd2_mapping_put(making, "    <key>\n");
    for (; property; property = property->next) {
        if (is_of_filter(making, property)) {
            fl_kd2_mapping_put_property(
                making, property, "      ", /* only_read= */ false);
        }
    }
    fl_kd2_mapping_put(making, "    </key>\n    <table of=\"Records\" as=\"Записи\">\n");
    for (property = making->rule->properties; property; property = property->next) {
        if (!property->is_group) {
            fl_kd2_mapping_take_property(making, property, NULL, "      ");
        }
    }
    fl_kd2_mapping_put(making, "    </table>\n  </object>\n");
}

/* ---- constants ---- */

bool fl_kd2_mapping_records_is_constants(const struct fl_kd2_rule *rule)
{
    return fl_bytes_equal(rule->destination, fl_bytes_of_text("КонстантыНабор")) ||
           fl_bytes_equal(rule->destination, fl_bytes_of_text("ConstantsSet"));
}

static void put_constant(
    struct fl_kd2_mapping_making *making,
    const struct fl_kd2_property_rule *property,
    const char *ours)
{
    struct fl_kd2_property_rule value = *property;
    char theirs[NAME_BYTES];

    value.source.name = fl_bytes_of_text("Значение");
    value.destination.name = value.source.name;
    whole_name("Константа", "", property->destination.name, theirs);
    fl_kd2_mapping_begin_object(
        making, ours, fl_bytes_of_text(theirs), /* of_rule= */ true);
    fl_kd2_mapping_put_property(making, &value, "    ", /* only_read= */ false);
    fl_kd2_mapping_put(making, "  </object>\n");
}

void fl_kd2_mapping_records_constants(struct fl_kd2_mapping_making *making)
{
    fl_kd2_mapping_take_codes(making, "  ");
    for (const struct fl_kd2_property_rule *property = making->rule->properties; property;
         property = property->next) {
        const enum fl_kd2_obstacle obstacle = fl_kd2_mapping_obstacle(making, property);
        char ours[NAME_BYTES];

        whole_name("Константа", "", fl_kd2_mapping_our_end(making, property)->name, ours);
        const struct fl_type *const type =
            fl_configuration_find_full(making->configuration, fl_bytes_of_text(ours));

        fl_kd2_mapping_count(making, obstacle, type != NULL);
        making->type = type ? type : making->type;
        if (obstacle == FL_KD2_NOTHING) {
            put_constant(making, property, ours);
        } else if (obstacle != FL_KD2_DISABLED) {
            fl_kd2_mapping_put_computed(making, property, obstacle, "  ");
        }
    }
}
