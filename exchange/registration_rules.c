/*
 * The tree of a rule becomes an expression as it goes by: a level for each group, which
 * takes its brackets back when nothing came into it.
 */

#include "exchange/registration_rules.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "proto/limits.h"
#include "xml_reader.h"

enum {
    TEXT_BYTES_MAX = 64 << 10,
    EXPRESSION_BYTES_MAX = 64 << 10,
    LEVELS_MAX = 16,
    WORD_BYTES = 1024,
};

struct level {
    bool is_or;
    size_t count;
    size_t begin; /* of the expression when the group began */
};

struct element {
    bool open;
    bool of_node; /* compares a property of the node with a constant */
    bool is_code;
    char type[WORD_BYTES];
    char node_property[WORD_BYTES];
    char comparison[WORD_BYTES];
    char property[WORD_BYTES];
    char constant[WORD_BYTES];
};

struct reading {
    struct fl_xml_reader *xml;
    FILE *file;
    const struct fl_registration_rules_handler *handler;
    char *plan;
    const char *path[FL_XML_DEPTH_MAX];
    size_t depth;
    struct fl_buffer text;
    bool in_rule;
    bool rule_disabled;
    unsigned group_disabled; /* how many of the groups around it are */
    bool group_flags[FL_XML_DEPTH_MAX];
    char code[WORD_BYTES];
    char name[WORD_BYTES];
    char object[WORD_BYTES];
    char node[WORD_BYTES];
    char handlers[WORD_BYTES];
    char obstacle[WORD_BYTES];
    struct fl_buffer filter;
    struct level levels[LEVELS_MAX];
    size_t level_count;
    struct element element;
};

static bool is(const char *name, const char *expected)
{
    return strcmp(name, expected) == 0;
}

static void add_word(char *words, const char *more)
{
    const size_t used = strlen(words);

    (void)snprintf(words + used, WORD_BYTES - used, "%s%s", used > 0 ? "; " : "", more);
}

static void hinder(struct reading *reading, const char *what, const char *detail)
{
    char words[2 * WORD_BYTES];

    (void)snprintf(words, sizeof(words), "%s%s%s", what, detail[0] ? ": " : "", detail);
    add_word(reading->obstacle, words);
}

/* ---- expression ---- */

static void begin_part(struct reading *reading)
{
    struct level *const level = &reading->levels[reading->level_count - 1];

    if (level->count++ > 0) {
        fl_buffer_put_text(&reading->filter, level->is_or ? " or " : " and ");
    }
}

static void put_group(struct reading *reading)
{
    if (reading->level_count == LEVELS_MAX) {
        hinder(reading, fl_error_words("groups are nested too deep"), "");
        return;
    }
    const size_t begin = reading->filter.size;

    begin_part(reading);
    fl_buffer_put_text(&reading->filter, "(");
    reading->levels[reading->level_count++] = (struct level){.begin = begin};
}

static void end_group(struct reading *reading)
{
    if (reading->level_count < 2) {
        return;
    }
    const struct level level = reading->levels[--reading->level_count];

    if (level.count > 0) {
        fl_buffer_put_text(&reading->filter, ")");
    } else {
        reading->filter.size = level.begin;
        reading->levels[reading->level_count - 1].count--;
    }
}

/* "[Организации].Организация", a section of the node, is the list $Организации. */
static void put_list(struct reading *reading, const char *property)
{
    const char *const end = property[0] == '[' ? strchr(property, ']') : NULL;
    const char *const dot = strchr(property, '.');
    struct fl_bytes name = fl_bytes_of_text(property);

    if (end) {
        name = (struct fl_bytes){
            (const uint8_t *)property + 1, (size_t)(end - property) - 1};
    } else if (dot) {
        hinder(
            reading, fl_error_words("it looks through a property of the node"), property);
    }
    fl_buffer_put_text(&reading->filter, "$");
    fl_buffer_put(&reading->filter, name);
}

static void put_by_node(struct reading *reading)
{
    const struct element *const element = &reading->element;
    const bool equal = is(element->comparison, "Равно");

    if (element->of_node) {
        char words[3 * WORD_BYTES];

        (void)snprintf(
            words, sizeof(words), "%s %s %s", element->node_property, element->comparison,
            element->property);
        add_word(reading->node, words);
        return;
    }
    if (!equal && !is(element->comparison, "НеРавно")) {
        hinder(
            reading, fl_error_words("a comparison of another kind"), element->comparison);
        return;
    }
    begin_part(reading);
    fl_buffer_put_text(&reading->filter, element->property);
    fl_buffer_put_text(&reading->filter, equal ? " in " : " not in ");
    put_list(reading, element->node_property);
}

/* A literal as the language of filters writes it; false: it cannot. */
static bool put_constant(struct reading *reading)
{
    const struct element *const element = &reading->element;
    const char *const text = element->constant;

    if (is(element->type, "Булево")) {
        const bool yes = is(text, "true") || is(text, "Истина") || is(text, "1");

        fl_buffer_put_text(&reading->filter, yes ? "true" : "false");
        return true;
    }
    if (is(element->type, "Число")) {
        fl_buffer_put_text(&reading->filter, text);
        return text[0] != '\0';
    }
    if (!is(element->type, "Строка") && !is(element->type, "Дата")) {
        return false;
    }
    const char *const quote = strchr(text, '"') ? "'" : "\"";

    fl_buffer_put_text(&reading->filter, quote);
    fl_buffer_put_text(&reading->filter, text);
    fl_buffer_put_text(&reading->filter, quote);
    return !(strchr(text, '"') && strchr(text, '\''));
}

static void put_by_object(struct reading *reading)
{
    const struct element *const element = &reading->element;
    const bool equal = is(element->comparison, "Равно");

    if (element->is_code) {
        hinder(
            reading, fl_error_words("a value is computed by program text"),
            element->property);
        return;
    }
    if (!equal && !is(element->comparison, "НеРавно")) {
        hinder(
            reading, fl_error_words("a comparison of another kind"), element->comparison);
        return;
    }
    begin_part(reading);
    fl_buffer_put_text(&reading->filter, element->property);
    fl_buffer_put_text(&reading->filter, equal ? " = " : " <> ");
    if (!put_constant(reading)) {
        hinder(
            reading, fl_error_words("a value that only this base can name"),
            element->property);
    }
}

/* ---- events ---- */

static bool is_inside(const struct reading *reading, const char *name)
{
    for (size_t i = 0; i < reading->depth && i < FL_XML_DEPTH_MAX; i++) {
        if (is(reading->path[i], name)) {
            return true;
        }
    }
    return false;
}

static bool flag_of(const struct fl_xml_element *element, const char *name)
{
    for (size_t i = 0; i < element->attribute_count; i++) {
        if (is(element->attributes[i].name, name)) {
            return fl_bytes_equal(element->attributes[i].value, fl_bytes_of_text("true"));
        }
    }
    return false;
}

static void begin_rule(struct reading *reading, const struct fl_xml_element *element)
{
    reading->in_rule = true;
    reading->rule_disabled = flag_of(element, "Отключить");
    reading->code[0] = reading->name[0] = reading->object[0] = '\0';
    reading->node[0] = reading->handlers[0] = reading->obstacle[0] = '\0';
    fl_buffer_clear(&reading->filter);
    reading->level_count = 1;
    reading->levels[0] = (struct level){.is_or = false};
}

static bool is_selection(const struct reading *reading)
{
    return is_inside(reading, "ОтборПоСвойствамПланаОбмена") ||
           is_inside(reading, "ОтборПоСвойствамОбъекта");
}

static enum fl_status take_plan(
    struct reading *reading,
    const struct fl_xml_element *element)
{
    for (size_t i = 0; i < element->attribute_count; i++) {
        const struct fl_xml_attribute *const attribute = &element->attributes[i];

        if (is(attribute->name, "Имя") && !reading->plan) {
            reading->plan = fl_alloc_zeroed(attribute->value.size + 1, 1);
            if (!reading->plan) {
                return FL_NO_MEMORY;
            }
            memcpy(reading->plan, attribute->value.data, attribute->value.size);
        }
    }
    return FL_OK;
}

static enum fl_status on_start(void *context, const struct fl_xml_element *element)
{
    struct reading *const reading = context;
    const char *const name = element->name;

    if (reading->depth == 0 && !is(name, "ПравилаРегистрации")) {
        return fl_xml_reader_fail(
            reading->xml, FL_UNSUPPORTED,
            "<%s> is no file of registration rules: ПравилаРегистрации was expected",
            name);
    }
    reading->path[reading->depth++] = name;
    fl_buffer_clear(&reading->text);
    if (is(name, "ПланОбмена") && reading->depth == 2) {
        return take_plan(reading, element);
    }
    if (is(name, "Правило")) {
        begin_rule(reading, element);
    } else if (is(name, "Группа") && !reading->in_rule) {
        reading->group_flags[reading->depth - 1] = flag_of(element, "Отключить");
        reading->group_disabled += reading->group_flags[reading->depth - 1];
    } else if (is(name, "Группа") && is_selection(reading)) {
        put_group(reading);
    } else if (is(name, "ЭлементОтбора") && reading->in_rule) {
        reading->element = (struct element){.open = true};
    }
    return FL_OK;
}

static enum fl_status on_text(void *context, struct fl_bytes text)
{
    struct reading *const reading = context;
    const size_t room = TEXT_BYTES_MAX - reading->text.size;

    /* Program texts are long, and nobody reads them. */
    fl_buffer_put_memory(&reading->text, text.data, text.size < room ? text.size : room);
    return FL_OK;
}

static void take_word(struct reading *reading, char out_word[WORD_BYTES])
{
    const struct fl_bytes word =
        fl_bytes_utf8_beginning(fl_buffer_view(&reading->text), WORD_BYTES - 1);

    if (word.size > 0) {
        memcpy(out_word, word.data, word.size);
    }
    out_word[word.size] = '\0';
}

static void end_of_element(struct reading *reading, const char *name)
{
    struct element *const element = &reading->element;
    char word[WORD_BYTES];

    take_word(reading, word);
    if (is(name, "ЭтоСтрокаКонстанты")) {
        element->of_node = is(word, "true");
    } else if (is(name, "ТипСвойстваОбъекта")) {
        take_word(reading, element->type);
    } else if (is(name, "СвойствоПланаОбмена")) {
        take_word(reading, element->node_property);
    } else if (is(name, "ВидСравнения")) {
        take_word(reading, element->comparison);
    } else if (is(name, "СвойствоОбъекта")) {
        take_word(reading, element->property);
    } else if (is(name, "ЗначениеКонстанты")) {
        take_word(reading, element->constant);
    } else if (is(name, "Вид")) {
        element->is_code = is(word, "АлгоритмЗначения");
    }
}

/* The names of all handlers begin so: before, while and after something happens. */
static bool is_handler(const char *name)
{
    static const char *const beginnings[] = {"Перед", "При", "После"};

    for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++) {
        if (strncmp(name, beginnings[i], strlen(beginnings[i])) == 0) {
            return true;
        }
    }
    return false;
}

static void end_in_rule(struct reading *reading, const char *name)
{
    if (is(name, "Код")) {
        take_word(reading, reading->code);
    } else if (is(name, "Наименование")) {
        take_word(reading, reading->name);
    } else if (is(name, "ОбъектМетаданныхИмя")) {
        take_word(reading, reading->object);
    } else if (is_handler(name) && reading->text.size > 0) {
        add_word(reading->handlers, name);
    }
}

static enum fl_status end_rule(struct reading *reading)
{
    struct fl_error error = {FL_OK, ""};

    reading->in_rule = false;
    fl_buffer_put_u8(&reading->filter, 0);
    if (fl_buffer_status(&reading->filter) != FL_OK) {
        return fl_xml_reader_fail(
            reading->xml, fl_buffer_status(&reading->filter), "a rule is too large");
    }
    const struct fl_registration_rule rule = {
        .code = reading->code,
        .name = reading->name,
        .object = reading->object,
        .filter = (const char *)reading->filter.data,
        .node = reading->node,
        .handlers = reading->handlers,
        .obstacle = reading->obstacle,
        .disabled = reading->rule_disabled || reading->group_disabled > 0,
    };
    const enum fl_status status =
        reading->handler->rule(reading->handler->context, &rule, &error);

    return status == FL_OK ? FL_OK : fl_xml_reader_fail_with(reading->xml, &error);
}

static void end_group_value(struct reading *reading)
{
    char word[WORD_BYTES];

    take_word(reading, word);
    reading->levels[reading->level_count - 1].is_or = is(word, "ИЛИ") || is(word, "Или");
}

static enum fl_status on_end(void *context, const struct fl_xml_element *xml_element)
{
    struct reading *const reading = context;
    const char *const name = xml_element->name;
    const char *const parent =
        reading->depth > 1 ? reading->path[reading->depth - 2] : "";
    enum fl_status status = FL_OK;

    if (is(name, "Правило") && reading->in_rule) {
        status = end_rule(reading);
    } else if (is(name, "Группа") && !reading->in_rule) {
        reading->group_disabled -= reading->group_flags[reading->depth - 1];
    } else if (is(name, "Группа") && is_selection(reading)) {
        end_group(reading);
    } else if (is(name, "БулевоЗначениеГруппы") && reading->in_rule) {
        end_group_value(reading);
    } else if (is(name, "ЭлементОтбора") && reading->element.open) {
        reading->element.open = false;
        if (is_inside(reading, "ОтборПоСвойствамПланаОбмена")) {
            put_by_node(reading);
        } else {
            put_by_object(reading);
        }
    } else if (reading->element.open && is(parent, "ЭлементОтбора")) {
        end_of_element(reading, name);
    } else if (reading->in_rule && is(parent, "Правило")) {
        end_in_rule(reading, name);
    }
    reading->depth--;
    fl_buffer_clear(&reading->text);
    return status;
}

/* ---- the file ---- */

static enum fl_status parse(struct reading *reading, struct fl_error *out_error)
{
    const struct fl_xml_reader_options options = {
        .read = fl_xml_reader_read_file,
        .read_context = reading->file,
        .handler = {on_start, on_text, on_end, NULL, reading},
    };
    enum fl_status status = fl_xml_reader_open(&options, &reading->xml, out_error);

    if (status == FL_OK) {
        status = fl_xml_reader_finish(reading->xml, out_error);
    }
    fl_xml_reader_close(reading->xml);
    return status;
}

enum fl_status fl_registration_rules_read(
    const char *path,
    const struct fl_registration_rules_handler *handler,
    char **out_plan,
    struct fl_error *out_error)
{
    struct reading *const reading = fl_alloc_zeroed(1, sizeof(*reading));
    FILE *const file = reading ? fopen(path, "rb") : NULL;
    enum fl_status status = FL_NO_MEMORY;

    *out_plan = NULL;
    if (reading && !file) {
        status = fl_error_set(
            out_error, errno == ENOENT ? FL_NOT_FOUND : FL_IO, "%s: %s", path,
            strerror(errno));
    } else if (reading) {
        reading->file = file;
        reading->handler = handler;
        fl_buffer_init(&reading->text, TEXT_BYTES_MAX);
        fl_buffer_init(&reading->filter, EXPRESSION_BYTES_MAX);
        status = parse(reading, out_error);
        if (status != FL_OK) {
            fl_error_prefix(out_error, "%s", path);
            fl_free(reading->plan);
            reading->plan = NULL;
        }
        *out_plan = reading->plan;
        fl_buffer_deinit(&reading->text);
        fl_buffer_deinit(&reading->filter);
        (void)fclose(file);
    } else {
        (void)fl_error_set(out_error, FL_NO_MEMORY, "no memory");
    }
    fl_free(reading);
    return status;
}
