/* What of a mapping will be refused one day, told before it is. */

#include "exchange/conversion.h"

#include "rules.h"

struct checking {
    const struct fl_conversion *conversion;
    const struct fl_conversion_rule *rule;
    bool (*take)(void *context, const char *words);
    void *context;
    bool more;
};

static bool has_value(const struct fl_conversion_values *values, const char *name)
{
    for (size_t i = 0; i < values->count; i++) {
        if (fl_bytes_equal(
                fl_bytes_of_text(values->items[i].ours), fl_bytes_of_text(name))) {
            return true;
        }
    }
    return false;
}

static void tell(
    struct checking *checking,
    const struct fl_conversion_property *property,
    const char *name)
{
    struct fl_error words;
    (void)fl_error_set(
        &words, FL_REFUSED,
        "line %llu: %.200s.%.200s: the value \"%.200s\" has no counterpart in <values "
        "name=\"%.200s\">: an object that has it will not be written",
        (unsigned long long)property->line, checking->rule->type->name,
        property->place.attribute->name, name, property->values->name);
    checking->more = checking->take(checking->context, words.text);
}

/* The enumeration whose values are written by a table that must have all of them; NULL:
 * it is none. */
static const struct fl_type *enumeration_of(
    const struct checking *checking,
    const struct fl_conversion_property *property)
{
    const struct fl_attribute *attribute = property->place.attribute;
    if (property->kind != FL_PROPERTY_VALUE || property->direction == FL_ONLY_READ ||
        property->values == NULL || fl_conversion_other(property) != NULL ||
        attribute == NULL || property->place.behind != NULL ||
        attribute->type.composite || attribute->type.ref_count != 1) {
        return NULL;
    }
    const struct fl_type *type = fl_configuration_type(
        checking->conversion->configuration, attribute->type.refs[0]);
    return type != NULL && type->kind == FL_KIND_ENUM ? type : NULL;
}

static void check(
    struct checking *checking,
    const struct fl_conversion_properties *properties)
{
    for (size_t i = 0; i < properties->count; i++) {
        const struct fl_conversion_property *property = &properties->items[i];
        const struct fl_type *type = enumeration_of(checking, property);
        size_t count = type == NULL ? 0 : type->enum_value_count;
        for (size_t at = 0; at < count && checking->more; at++) {
            if (!has_value(property->values, type->enum_values[at].name)) {
                tell(checking, property, type->enum_values[at].name);
            }
        }
    }
}

void fl_conversion_check_values(
    const struct fl_conversion *conversion,
    bool (*take)(void *context, const char *words),
    void *context)
{
    struct checking checking = {
        .conversion = conversion, .take = take, .context = context, .more = true};
    for (size_t i = 0; i < conversion->rule_count; i++) {
        checking.rule = &conversion->rules[i];
        if (checking.rule->direction == FL_ONLY_READ) {
            continue;
        }
        check(&checking, &checking.rule->key);
        check(&checking, &checking.rule->properties);
        for (size_t at = 0; at < checking.rule->table_count; at++) {
            if (checking.rule->tables[at].direction != FL_ONLY_READ) {
                check(&checking, &checking.rule->tables[at].properties);
            }
        }
    }
}
