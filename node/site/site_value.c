#include "site/site_value.h"
#include "table/map_text.h"

#include <string.h>

enum { PATH_BYTES = 256 };

static const char REQUISITE[] = "реквизит:";

/* --- reading --- */

static bool begins(struct fl_bytes text, const char *word)
{
    const size_t size = strlen(word);
    return text.size >= size && memcmp(text.data, word, size) == 0;
}

static bool ends(struct fl_bytes *io_text, const char *word)
{
    const size_t size = strlen(word);
    if (io_text->size < size ||
        memcmp(io_text->data + io_text->size - size, word, size)) {
        return false;
    }
    io_text->size -= size;
    return true;
}

static struct fl_bytes behind(struct fl_bytes text, size_t size)
{
    return (struct fl_bytes){text.data + size, text.size - size};
}

/* Halves of "uuid#uuid": of equal ones there is no characteristic. */
static struct fl_bytes half(struct fl_bytes id, bool characteristic)
{
    struct fl_commerceml_id parsed;
    if (!fl_commerceml_id_parse(id, &parsed)) {
        return characteristic ? (struct fl_bytes){NULL, 0} : id;
    }
    if (characteristic && !parsed.has_characteristic) {
        return (struct fl_bytes){NULL, 0};
    }
    return characteristic ? behind(id, FL_UUID_TEXT_BYTES + 1)
                          : (struct fl_bytes){id.data, FL_UUID_TEXT_BYTES};
}

/* "Контакт[Тип=Почта]": the child of this name that has such a child of its own. */
struct segment {
    struct fl_bytes name;
    struct fl_bytes key; /* empty: any */
    struct fl_bytes value;
};

/* False: the path is at its end, or at an attribute. */
static bool next_segment(struct fl_bytes *io_path, struct segment *out_segment)
{
    size_t size = 0;
    bool quoted = false;
    struct fl_bytes path = *io_path;
    if (path.size == 0 || path.data[0] == '@' ||
        (path.size == 1 && path.data[0] == '.')) {
        return false;
    }
    while (size < path.size && (quoted || path.data[size] != '/')) {
        quoted = path.data[size] == '[' || (quoted && path.data[size] != ']');
        size++;
    }
    *out_segment = (struct segment){.name = {path.data, size}};
    *io_path = behind(path, size + (size < path.size));
    const uint8_t *open = memchr(path.data, '[', size);
    const uint8_t *equal =
        open == NULL ? NULL : memchr(open, '=', size - (size_t)(open - path.data));
    if (equal != NULL && path.data[size - 1] == ']') {
        out_segment->name.size = (size_t)(open - path.data);
        out_segment->key = (struct fl_bytes){open + 1, (size_t)(equal - open) - 1};
        out_segment->value =
            (struct fl_bytes){equal + 1, (size_t)(path.data + size - equal) - 2};
    }
    return true;
}

static bool is_named(const struct fl_commerceml_element *element, struct fl_bytes name)
{
    return element->name_size == name.size &&
           memcmp(element->name, name.data, name.size) == 0;
}

static bool fits(
    const struct fl_commerceml_element *element,
    const struct segment *segment)
{
    if (!is_named(element, segment->name)) {
        return false;
    }
    const struct fl_commerceml_element *at =
        segment->key.size == 0 ? NULL : element->first;
    while (at != NULL &&
           !(is_named(at, segment->key) && fl_bytes_equal(at->text, segment->value))) {
        at = at->next;
    }
    return segment->key.size == 0 || at != NULL;
}

/* As far as its names lead; what is left of `*io_path` is an attribute, or ".". */
static const struct fl_commerceml_element *follow(
    const struct fl_commerceml_element *element,
    struct fl_bytes *io_path)
{
    struct segment segment;
    while (element != NULL && next_segment(io_path, &segment)) {
        element = element->first;
        while (element != NULL && !fits(element, &segment)) {
            element = element->next;
        }
    }
    return element;
}

const struct fl_commerceml_element *fl_site_at(
    const struct fl_commerceml_element *element,
    struct fl_bytes path)
{
    return follow(element, &path);
}

/* In 3.1 a unit is the text of its code; elsewhere the text is its name. */
static bool is_code(struct fl_bytes text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
    }
    return text.size > 0;
}

static bool read_path(
    const struct fl_commerceml_element *element,
    struct fl_bytes source,
    struct fl_bytes *out_text)
{
    char attribute[PATH_BYTES];
    element = follow(element, &source);
    if (element == NULL || source.size >= sizeof attribute) {
        return false;
    }
    if (source.size == 0 || source.data[0] == '.') {
        *out_text = element->text;
        return true;
    }
    memcpy(attribute, source.data, source.size);
    attribute[source.size] = '\0';
    *out_text = fl_commerceml_text(element, attribute);
    if (out_text->size == 0 && strcmp(attribute, "@Код") == 0 && is_code(element->text)) {
        *out_text = element->text;
    }
    return out_text->size > 0;
}

static bool read_requisite(
    const struct fl_commerceml_element *element,
    struct fl_bytes name,
    struct fl_bytes *out_text)
{
    char text[PATH_BYTES];
    if (name.size >= sizeof text) {
        return false;
    }
    memcpy(text, name.data, name.size);
    text[name.size] = '\0';
    *out_text = fl_commerceml_requisite(element, text);
    return out_text->size > 0;
}

static bool read_one(
    const struct fl_site_place *place,
    struct fl_bytes source,
    struct fl_bytes *out_text)
{
    const struct fl_commerceml_element *element = place->element;
    *out_text = (struct fl_bytes){NULL, 0};
    if (begins(source, "^parent")) {
        *out_text = place->parent;
        return true;
    }
    if (begins(source, "^deleted")) {
        *out_text = fl_bytes_of_text(place->deleted ? "true" : "false");
        return true;
    }
    if (begins(source, "^formed")) {
        *out_text = place->formed;
        return place->formed.size > 0;
    }
    if (begins(source, "/")) {
        element = place->item;
        source = behind(source, 1);
    }
    if (begins(source, REQUISITE)) {
        return read_requisite(element, behind(source, strlen(REQUISITE)), out_text);
    }
    const bool goods = ends(&source, ":goods");
    const bool characteristic = !goods && ends(&source, ":characteristic");
    const bool present = read_path(element, source, out_text);
    if (goods || characteristic) {
        *out_text = half(*out_text, characteristic);
    }
    return present;
}

/* "Дата + Время" */
static bool read_sum(
    const struct fl_site_place *place,
    struct fl_bytes source,
    struct fl_arena *arena,
    struct fl_bytes *out_text)
{
    const uint8_t *plus = source.size == 0 ? NULL : memchr(source.data, '+', source.size);
    if (plus == NULL) {
        return read_one(place, source, out_text);
    }
    const size_t size = (size_t)(plus - source.data);
    struct fl_bytes day;
    struct fl_bytes time;
    const bool present =
        read_one(place, fl_map_text_trim((struct fl_bytes){source.data, size}), &day);
    (void)read_one(place, fl_map_text_trim(behind(source, size + 1)), &time);
    int64_t date = 0;
    int64_t seconds = 0;
    char *text = fl_arena_alloc(arena, FL_DATETIME_TEXT_BYTES);
    *out_text = day;
    if (text != NULL && fl_commerceml_date(day, &date) && date % 86400 == 0 &&
        fl_commerceml_time(time, &seconds)) {
        fl_datetime_format(date + seconds, text);
        *out_text = (struct fl_bytes){(const uint8_t *)text, FL_DATETIME_TEXT_BYTES};
    }
    return present;
}

bool fl_site_source(
    const struct fl_site_place *place,
    struct fl_bytes source,
    struct fl_arena *arena,
    struct fl_bytes *out_text)
{
    bool present = false;
    *out_text = (struct fl_bytes){NULL, 0};
    if (begins(source, REQUISITE)) {
        return read_sum(place, source, arena, out_text); /* names have commas */
    }
    while (source.size > 0 && out_text->size == 0) {
        const uint8_t *comma = memchr(source.data, ',', source.size);
        const size_t size = comma == NULL ? source.size : (size_t)(comma - source.data);
        const struct fl_bytes one =
            fl_map_text_trim((struct fl_bytes){source.data, size});
        present = read_sum(place, one, arena, out_text) || present;
        source = behind(source, size + (comma != NULL));
    }
    return present;
}

struct fl_bytes fl_site_source_text(
    const struct fl_site_place *place,
    const char *source,
    struct fl_arena *arena)
{
    struct fl_bytes text;
    (void)fl_site_source(place, fl_bytes_of_text(source), arena, &text);
    return text;
}

static struct fl_bytes plain_date(struct fl_bytes text, struct fl_arena *arena)
{
    int64_t seconds = 0;
    char *iso = fl_arena_alloc(arena, FL_DATETIME_TEXT_BYTES);
    if (iso == NULL || !fl_commerceml_date(text, &seconds)) {
        return text;
    }
    fl_datetime_format(seconds, iso);
    return (struct fl_bytes){
        (const uint8_t *)iso, seconds == 0 ? 0 : (size_t)FL_DATETIME_TEXT_BYTES};
}

static struct fl_bytes plain_number(
    const struct fl_attribute *attribute,
    struct fl_bytes text,
    struct fl_arena *arena)
{
    struct fl_decimal number;
    char *plain = fl_arena_alloc(arena, FL_DECIMAL_TEXT_BYTES_MAX);
    if (plain == NULL || !fl_commerceml_number(text, &number)) {
        return text;
    }
    if (attribute->type.number_digits > 0) {
        number = fl_commerceml_round(number, attribute->type.number_fraction);
    }
    return (struct fl_bytes){(const uint8_t *)plain, fl_decimal_format(number, plain)};
}

struct fl_bytes fl_site_plain(
    const struct fl_attribute *attribute,
    struct fl_bytes text,
    struct fl_arena *arena)
{
    bool flag = false;
    if (attribute == NULL || text.size == 0) {
        return text;
    }
    if (attribute->type.allows == FL_ALLOWS_DATE) {
        return plain_date(text, arena);
    }
    if (attribute->type.allows == FL_ALLOWS_NUMBER) {
        return plain_number(attribute, text, arena);
    }
    if (attribute->type.allows == FL_ALLOWS_BOOLEAN && fl_commerceml_flag(text, &flag)) {
        return fl_bytes_of_text(flag ? "true" : "false");
    }
    return text;
}

/* --- writing --- */

/* Names live as long as the tree. */
static const char *name_in(struct fl_commerceml_tree *tree, struct fl_bytes name)
{
    const char *copy = tree->failed ? NULL : fl_arena_text(tree->arena, name);
    tree->failed = tree->failed || copy == NULL;
    return copy == NULL ? "" : copy;
}

static struct fl_commerceml_element *find_or_add(
    struct fl_commerceml_tree *tree,
    struct fl_commerceml_element *element,
    const struct segment *segment)
{
    for (struct fl_commerceml_element *at = element->first; at != NULL; at = at->next) {
        if (fits(at, segment)) {
            return at;
        }
    }
    struct fl_commerceml_element *made =
        fl_commerceml_add(tree, element, name_in(tree, segment->name));
    if (made != NULL && segment->key.size > 0) {
        (void)fl_commerceml_add_text(
            tree, made, name_in(tree, segment->key), segment->value);
    }
    return made;
}

struct fl_commerceml_element *fl_site_make(
    struct fl_commerceml_tree *tree,
    struct fl_commerceml_element *element,
    struct fl_bytes path)
{
    struct segment segment;
    while (element != NULL && next_segment(&path, &segment)) {
        element = find_or_add(tree, element, &segment);
    }
    return element;
}

static void put_requisite(
    struct fl_commerceml_tree *tree,
    struct fl_commerceml_element *element,
    struct fl_bytes name,
    struct fl_bytes text)
{
    struct fl_commerceml_element *all =
        fl_site_make(tree, element, fl_bytes_of_text("ЗначенияРеквизитов"));
    struct fl_commerceml_element *one =
        all == NULL ? NULL : fl_commerceml_add(tree, all, "ЗначениеРеквизита");
    if (one != NULL) {
        (void)fl_commerceml_add_text(tree, one, "Наименование", name);
        (void)fl_commerceml_add_text(tree, one, "Значение", text);
    }
}

/* The date of one moment and its time go to two places. */
static void put_sum(
    struct fl_commerceml_tree *tree,
    struct fl_commerceml_element *element,
    struct fl_bytes path,
    size_t plus,
    struct fl_bytes text)
{
    const struct fl_bytes day = fl_map_text_trim((struct fl_bytes){path.data, plus});
    const struct fl_bytes time = fl_map_text_trim(behind(path, plus + 1));
    if (text.size == FL_DATETIME_TEXT_BYTES) {
        (void)fl_site_put(tree, element, day, (struct fl_bytes){text.data, 10});
        (void)fl_site_put(tree, element, time, behind(text, 11));
    }
}

bool fl_site_put(
    struct fl_commerceml_tree *tree,
    struct fl_commerceml_element *element,
    struct fl_bytes path,
    struct fl_bytes text)
{
    if (path.size == 0 || text.size == 0 || path.data[0] == '^' || path.data[0] == '/') {
        return false;
    }
    if (begins(path, REQUISITE)) {
        put_requisite(tree, element, behind(path, strlen(REQUISITE)), text);
        return true;
    }
    const uint8_t *plus = memchr(path.data, '+', path.size);
    if (plus != NULL) {
        put_sum(tree, element, path, (size_t)(plus - path.data), text);
        return true;
    }
    (void)ends(&path, ":goods");
    const uint8_t *at = memchr(path.data, '@', path.size);
    struct fl_commerceml_element *target = fl_site_make(tree, element, path);
    if (target != NULL && at != NULL) {
        const struct fl_bytes name = behind(path, (size_t)(at - path.data) + 1);
        fl_commerceml_add_attribute(tree, target, name_in(tree, name), text);
    } else if (target != NULL) {
        target->text = text;
    }
    return true;
}

static struct fl_bytes copied(struct fl_arena *arena, const char *text, size_t size)
{
    struct fl_bytes copy = {NULL, 0};
    (void)fl_arena_copy(arena, (struct fl_bytes){(const uint8_t *)text, size}, &copy);
    return copy;
}

struct fl_bytes fl_site_text_of(
    const struct fl_configuration *configuration,
    const struct fl_value *value,
    struct fl_arena *arena)
{
    char text[FL_DECIMAL_TEXT_BYTES_MAX];
    char date[FL_DATETIME_TEXT_BYTES];
    const struct fl_bytes none = {NULL, 0};
    if (value == NULL) {
        return none;
    }
    switch (value->kind) {
    case FL_VALUE_STRING:
    case FL_VALUE_FOREIGN:
        return fl_map_text_trim(value->bytes);
    case FL_VALUE_NUMBER:
        return copied(arena, text, fl_decimal_format(value->number, text));
    case FL_VALUE_DATE:
        if (value->date == 0) {
            return none;
        }
        fl_datetime_format(value->date, date);
        return copied(arena, date, sizeof date);
    case FL_VALUE_BOOLEAN:
        return fl_bytes_of_text(value->boolean ? "true" : "false");
    case FL_VALUE_ENUM: {
        const struct fl_type *type = fl_configuration_type(configuration, value->type);
        const char *name =
            type == NULL ? NULL : fl_type_enum_value_name(type, value->enum_value);
        return name == NULL ? none : fl_bytes_of_text(name);
    }
    case FL_VALUE_REF:
    case FL_VALUE_UUID:
        return fl_uuid_is_zero(value->uuid)
                   ? none
                   : copied(arena, fl_uuid_text(value->uuid).text, FL_UUID_TEXT_BYTES);
    case FL_VALUE_UNDEFINED:
    case FL_VALUE_NULL:
    case FL_VALUE_BINARY:
    case FL_VALUE_STORAGE:
    case FL_VALUE_TYPE:
        break;
    }
    return none;
}

struct fl_bytes fl_site_map_back(struct fl_bytes pairs, struct fl_bytes text)
{
    while (pairs.size > 0) {
        const uint8_t *comma = memchr(pairs.data, ',', pairs.size);
        const size_t size = comma == NULL ? pairs.size : (size_t)(comma - pairs.data);
        const uint8_t *equal = memchr(pairs.data, '=', size);
        if (equal != NULL) {
            const size_t left = (size_t)(equal - pairs.data);
            const struct fl_bytes to = {equal + 1, size - left - 1};
            if (fl_bytes_equal(fl_map_text_trim(to), text)) {
                return fl_map_text_trim((struct fl_bytes){pairs.data, left});
            }
        }
        pairs = behind(pairs, size + (comma != NULL));
    }
    return text;
}
