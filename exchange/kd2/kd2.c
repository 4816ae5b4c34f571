/* What every part of the format asks of its words and lists. */

#include "exchange/kd2.h"

#include <string.h>

enum { LEVELS_MAX = 32 };

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

struct fl_bytes fl_kd2_trim(struct fl_bytes text)
{
    while (text.size > 0 && is_blank(text.data[text.size - 1])) {
        text.size--;
    }
    return text;
}

static bool is_one_of(struct fl_bytes text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (fl_bytes_equal(text, fl_bytes_of_text(words[i]))) {
            return true;
        }
    }
    return false;
}

bool fl_kd2_boolean(struct fl_bytes text, bool *out_value)
{
    static const char *const yes[] = {"true", "1", "Истина", "Да", "True"};
    static const char *const no[] = {"", "false", "0", "Ложь", "Нет", "False"};

    text = fl_kd2_trim(text);
    while (text.size > 0 && is_blank(text.data[0])) {
        text.data++;
        text.size--;
    }
    *out_value = is_one_of(text, yes, sizeof(yes) / sizeof(yes[0]));
    return *out_value || is_one_of(text, no, sizeof(no) / sizeof(no[0]));
}

enum fl_kd2_marker fl_kd2_marker(struct fl_bytes name)
{
    static const char *const ids[] = {"{УникальныйИдентификатор}", "{UUID}"};
    static const char *const predefined[] = {
        "{ИмяПредопределенногоЭлемента}", "{PredefinedItemName1}",
        "{PredefinedItemName}"};

    if (name.size < 2 || name.data[0] != '{' || name.data[name.size - 1] != '}') {
        return FL_KD2_MARKER_NONE;
    }
    if (is_one_of(name, ids, 2)) {
        return FL_KD2_MARKER_ID;
    }
    return is_one_of(name, predefined, 3) ? FL_KD2_MARKER_PREDEFINED : FL_KD2_MARKER_OLD;
}

bool fl_kd2_ref_is_bare(const struct fl_kd2_ref *ref)
{
    const struct fl_kd2_property *levels[LEVELS_MAX];
    size_t depth = 1;

    levels[0] = ref ? ref->properties.first : NULL;
    while (depth > 0) {
        const struct fl_kd2_property *const property = levels[depth - 1];

        if (!property) {
            depth--;
            continue;
        }
        levels[depth - 1] = property->next;
        if (property->content == FL_KD2_EXPRESSION ||
            (property->content == FL_KD2_VALUE && fl_kd2_trim(property->text).size > 0)) {
            return false;
        }
        if (property->content == FL_KD2_REF && property->ref && depth < LEVELS_MAX) {
            levels[depth++] = property->ref->properties.first;
        }
    }
    return true;
}

bool fl_kd2_property_is_empty(const struct fl_kd2_property *property)
{
    switch (property->content) {
    case FL_KD2_VALUE:
        return fl_kd2_trim(property->text).size == 0;
    case FL_KD2_REF:
        return fl_kd2_ref_is_bare(property->ref);
    case FL_KD2_EXPRESSION:
        return false;
    case FL_KD2_EMPTY:
    case FL_KD2_NUMBER:
        break;
    }
    return true;
}

static bool are_empty(const struct fl_kd2_properties *properties)
{
    for (const struct fl_kd2_property *property = properties->first; property;
         property = property->next) {
        if (!fl_kd2_property_is_empty(property)) {
            return false;
        }
    }
    return true;
}

bool fl_kd2_item_is_bare(const struct fl_kd2_item *item)
{
    for (const struct fl_kd2_table *table = item->first; table; table = table->next) {
        if (table->first) {
            return false;
        }
    }
    return fl_kd2_ref_is_bare(item->ref) && are_empty(&item->properties) &&
           are_empty(&item->filter) && !item->rows && !item->types;
}

bool fl_kd2_property_is_key(const struct fl_kd2_property *property)
{
    return fl_bytes_equal(property->name, fl_bytes_of_text("Ключ")) ||
           fl_bytes_equal(property->name, fl_bytes_of_text("Key"));
}

const struct fl_kd2_property *fl_kd2_properties_find(
    const struct fl_kd2_properties *properties,
    const char *name)
{
    const struct fl_bytes wanted = fl_bytes_of_text(name);
    const struct fl_kd2_property *found = NULL;

    for (const struct fl_kd2_property *property = properties->first; property;
         property = property->next) {
        if (fl_bytes_equal(property->name, wanted)) {
            found = property;
        }
    }
    return found;
}

struct fl_kd2_property *fl_kd2_properties_add(
    struct fl_kd2_properties *properties,
    struct fl_arena *arena)
{
    struct fl_kd2_property *const property = fl_arena_alloc(arena, sizeof(*property));

    if (property) {
        *(properties->last ? &properties->last->next : &properties->first) = property;
        properties->last = property;
        properties->count++;
    }
    return property;
}
