/*
 * The tree of a rules file as rules. 1C's own parser stops at an element that it does not
 * know; here such an element is counted and the rest is read.
 */

#include "exchange/kd2_rules.h"

#include <string.h>

#include "exchange/kd2.h"
#include "kd2_tree.h"

struct reading {
    struct fl_arena *arena;
    struct fl_kd2_rules *rules;
    struct fl_kd2_code **code_end; /* of the rules' own program text */
    bool no_room;
};

static void *make(struct reading *reading, size_t size)
{
    void *const made = fl_arena_alloc(reading->arena, size);

    reading->no_room = reading->no_room || !made;
    return made;
}

static int64_t integer_of(struct fl_bytes text)
{
    int64_t value = 0;
    const bool negative = text.size > 0 && text.data[0] == '-';

    for (size_t i = negative; i < text.size && i < 15; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            break;
        }
        value = value * 10 + (text.data[i] - '0');
    }
    return negative ? -value : value;
}

static bool is_code(enum fl_kd2_tag tag)
{
    return (tag >= FL_KD2_TAG_ON_EXPORT_BEFORE &&
            tag <= FL_KD2_TAG_ON_EXPORT_PROCESSED) ||
           tag == FL_KD2_TAG_SEARCH_SEQUENCE;
}

static void unknown(struct reading *reading, const struct fl_kd2_node *node)
{
    if (reading->rules->unknown_count++ == 0) {
        reading->rules->unknown =
            node->name.size > 0 ? node->name
                                : fl_bytes_of_text(fl_kd2_tag_name(node->tag, false));
        reading->rules->unknown_line = node->line;
    }
}

/* Behind `end`; gives the new end of the list. */
static struct fl_kd2_code **add_code(
    struct reading *reading,
    struct fl_kd2_code **end,
    const struct fl_kd2_node *node,
    struct fl_bytes place,
    struct fl_bytes text)
{
    struct fl_kd2_code *const code = text.size > 0 ? make(reading, sizeof(*code)) : NULL;

    if (!code) {
        return end;
    }
    *code = (struct fl_kd2_code){.place = place, .text = text, .line = node->line};
    *end = code;
    return &code->next;
}

/* Program text of a rule, in the order of the file. */
static struct fl_kd2_code *codes_of(
    struct reading *reading,
    const struct fl_kd2_node *node)
{
    struct fl_kd2_code *first = NULL;
    struct fl_kd2_code **end = &first;

    for (const struct fl_kd2_node *child = node->first; child; child = child->next) {
        if (is_code(child->tag)) {
            end = add_code(
                reading, end, child, fl_bytes_of_text(fl_kd2_tag_name(child->tag, false)),
                child->text);
        }
    }
    return first;
}

/* Program text that belongs to no rule. */
static void add_common_code(
    struct reading *reading,
    const struct fl_kd2_node *node,
    struct fl_bytes place,
    struct fl_bytes text)
{
    reading->code_end = add_code(reading, reading->code_end, node, place, text);
}

static struct fl_kd2_end end_of(const struct fl_kd2_node *rule, enum fl_kd2_tag tag)
{
    const struct fl_kd2_node *const node = fl_kd2_node_child(rule, tag);

    return (struct fl_kd2_end){
        .name = fl_kd2_node_attribute(node, FL_KD2_TAG_NAME),
        .kind = fl_kd2_node_attribute(node, FL_KD2_TAG_KIND),
        .type = fl_kd2_node_attribute(node, FL_KD2_TAG_TYPE),
    };
}

static struct fl_kd2_property_rule *property_of(
    struct reading *reading,
    const struct fl_kd2_node *node)
{
    struct fl_kd2_property_rule *const rule = make(reading, sizeof(*rule));

    if (!rule) {
        return NULL;
    }
    *rule = (struct fl_kd2_property_rule){
        .code = fl_kd2_node_word(node, FL_KD2_TAG_CODE),
        .name = fl_kd2_node_word(node, FL_KD2_TAG_DESCRIPTION),
        .order = integer_of(fl_kd2_node_word(node, FL_KD2_TAG_ORDER)),
        .source = end_of(node, FL_KD2_TAG_SOURCE),
        .destination = end_of(node, FL_KD2_TAG_DESTINATION),
        .rule = fl_kd2_node_word(node, FL_KD2_TAG_RULE_OF),
        .parameter = fl_kd2_node_word(node, FL_KD2_TAG_PARAMETER_NAME),
        .length = integer_of(fl_kd2_node_word(node, FL_KD2_TAG_CAST_LENGTH)),
        .is_group = node->tag == FL_KD2_TAG_GROUP,
        .search = fl_kd2_node_flag(node, FL_KD2_TAG_SEARCH),
        .required = fl_kd2_node_flag(node, FL_KD2_TAG_REQUIRED),
        .disabled = fl_kd2_node_flag(node, FL_KD2_TAG_DISABLED),
        .not_replace = fl_kd2_node_flag(node, FL_KD2_TAG_NOT_REPLACE),
        .equal_date = fl_kd2_node_flag(node, FL_KD2_TAG_EQUAL_DATE),
        .from_incoming = fl_kd2_node_flag(node, FL_KD2_TAG_FROM_INCOMING),
        .code_first = codes_of(reading, node),
        .line = node->line,
    };
    if (rule->rule.size == 0) {
        rule->rule = fl_kd2_node_word(node, FL_KD2_TAG_RULE_LINK);
    }
    return rule;
}

/* Properties of a rule; those of a group one level below it. */
static struct fl_kd2_property_rule *properties_of(
    struct reading *reading,
    const struct fl_kd2_node *list,
    bool in_group)
{
    struct fl_kd2_property_rule *first = NULL;
    struct fl_kd2_property_rule **end = &first;

    for (const struct fl_kd2_node *node = list ? list->first : NULL; node;
         node = node->next) {
        const bool is_group = node->tag == FL_KD2_TAG_GROUP && !in_group;

        if (node->tag != FL_KD2_TAG_PROPERTY && !is_group) {
            if (!in_group || node->tag == FL_KD2_TAG_GROUP) {
                unknown(reading, node);
            }
            continue;
        }
        struct fl_kd2_property_rule *const rule = property_of(reading, node);

        if (!rule) {
            return first;
        }
        *end = rule;
        end = &rule->next;
        if (is_group) {
            rule->first = properties_of(reading, node, /* in_group= */ true);
        }
    }
    return first;
}

static struct fl_kd2_value_rule *values_of(
    struct reading *reading,
    const struct fl_kd2_node *list)
{
    struct fl_kd2_value_rule *first = NULL;
    struct fl_kd2_value_rule **end = &first;

    for (const struct fl_kd2_node *node = list ? list->first : NULL; node;
         node = node->next) {
        struct fl_kd2_value_rule *const rule =
            node->tag == FL_KD2_TAG_VALUE ? make(reading, sizeof(*rule)) : NULL;

        if (!rule) {
            continue;
        }
        *rule = (struct fl_kd2_value_rule){
            .code = fl_kd2_node_word(node, FL_KD2_TAG_CODE),
            .source = fl_kd2_node_word(node, FL_KD2_TAG_SOURCE),
            .destination = fl_kd2_node_word(node, FL_KD2_TAG_DESTINATION),
            .line = node->line,
        };
        *end = rule;
        end = &rule->next;
    }
    return first;
}

static enum fl_kd2_priority priority_of(struct fl_bytes text)
{
    if (fl_bytes_equal(text, fl_bytes_of_text("Ниже")) ||
        fl_bytes_equal(text, fl_bytes_of_text("Below"))) {
        return FL_KD2_PRIORITY_LOWER;
    }
    return fl_bytes_equal(text, fl_bytes_of_text("Совпадает")) ||
                   fl_bytes_equal(text, fl_bytes_of_text("Matches"))
               ? FL_KD2_PRIORITY_SAME
               : FL_KD2_PRIORITY_HIGHER;
}

static bool has_child(const struct fl_kd2_node *node, enum fl_kd2_tag tag)
{
    const struct fl_kd2_node *const child = fl_kd2_node_child(node, tag);
    bool value = true;

    /* A flag may be an empty element: then it is set by being there. */
    return child &&
           (child->text.size == 0 || (fl_kd2_boolean(child->text, &value) && value));
}

static struct fl_kd2_rule *rule_of(
    struct reading *reading,
    const struct fl_kd2_node *node)
{
    struct fl_kd2_rule *const rule = make(reading, sizeof(*rule));

    if (!rule) {
        return NULL;
    }
    *rule = (struct fl_kd2_rule){
        .code = fl_kd2_node_word(node, FL_KD2_TAG_CODE),
        .name = fl_kd2_node_word(node, FL_KD2_TAG_DESCRIPTION),
        .order = integer_of(fl_kd2_node_word(node, FL_KD2_TAG_ORDER)),
        .source = fl_kd2_node_word(node, FL_KD2_TAG_SOURCE),
        .destination = fl_kd2_node_word(node, FL_KD2_TAG_DESTINATION),
        .by_id = fl_kd2_node_flag(node, FL_KD2_TAG_BY_ID),
        .continue_search = fl_kd2_node_flag(node, FL_KD2_TAG_CONTINUE_BY_FIELDS),
        .not_replace = fl_kd2_node_flag(node, FL_KD2_TAG_NOT_REPLACE),
        .not_replace_created = has_child(node, FL_KD2_TAG_NOT_REPLACE_CREATED),
        .not_create = fl_kd2_node_flag(node, FL_KD2_TAG_NOT_CREATE),
        .not_export_refs = has_child(node, FL_KD2_TAG_NOT_EXPORT_REFS),
        .id_only_by_ref = has_child(node, FL_KD2_TAG_ID_ONLY),
        .generate_code = has_child(node, FL_KD2_TAG_GENERATE_CODE),
        .disabled = fl_kd2_node_flag(node, FL_KD2_TAG_DISABLED),
        .priority = priority_of(fl_kd2_node_word(node, FL_KD2_TAG_RULE_PRIORITY)),
        .search_sequence = fl_kd2_node_word(node, FL_KD2_TAG_SEARCH_SEQUENCE),
        .table_search = fl_kd2_node_word(node, FL_KD2_TAG_TABLE_SEARCH),
        .properties =
            properties_of(reading, fl_kd2_node_child(node, FL_KD2_TAG_PROPERTIES), false),
        .values = values_of(reading, fl_kd2_node_child(node, FL_KD2_TAG_VALUES)),
        .code_first = codes_of(reading, node),
        .line = node->line,
    };
    for (const struct fl_kd2_node *child = node->first; child; child = child->next) {
        if (child->tag == FL_KD2_TAG_NONE) {
            unknown(reading, child);
        }
    }
    return rule;
}

static struct fl_kd2_export_rule *export_of(
    struct reading *reading,
    const struct fl_kd2_node *node)
{
    struct fl_kd2_export_rule *const rule = make(reading, sizeof(*rule));
    const struct fl_bytes kind = fl_kd2_node_word(node, FL_KD2_TAG_SELECTION_KIND);

    if (rule) {
        *rule = (struct fl_kd2_export_rule){
            .code = fl_kd2_node_word(node, FL_KD2_TAG_CODE),
            .name = fl_kd2_node_word(node, FL_KD2_TAG_DESCRIPTION),
            .order = integer_of(fl_kd2_node_word(node, FL_KD2_TAG_ORDER)),
            .rule = fl_kd2_node_word(node, FL_KD2_TAG_RULE_OF),
            .object = fl_kd2_node_word(node, FL_KD2_TAG_SELECTION),
            .disabled = fl_kd2_node_flag(node, FL_KD2_TAG_DISABLED),
            .by_algorithm = kind.size > 0 &&
                            !fl_bytes_equal(kind, fl_bytes_of_text("СтандартнаяВыборка")),
            .code_first = codes_of(reading, node),
            .line = node->line,
        };
    }
    return rule;
}

/* The next node of a walk through all groups, however deep; NULL: no more. */
static const struct fl_kd2_node *next_rule(
    const struct fl_kd2_node *list,
    const struct fl_kd2_node *node)
{
    while (true) {
        if (node && node->tag == FL_KD2_TAG_GROUP && node->first) {
            node = node->first;
        } else if (!node) {
            node = list->first;
        } else {
            while (node && !node->next) {
                node = node->parent == list ? NULL : node->parent;
            }
            node = node ? node->next : NULL;
        }
        if (!node || node->tag == FL_KD2_TAG_RULE) {
            return node;
        }
    }
}

static bool in_disabled_group(
    const struct fl_kd2_node *list,
    const struct fl_kd2_node *node)
{
    for (node = node->parent; node && node != list; node = node->parent) {
        if (fl_kd2_node_flag(node, FL_KD2_TAG_DISABLED)) {
            return true;
        }
    }
    return false;
}

static void read_object_rules(struct reading *reading, const struct fl_kd2_node *list)
{
    struct fl_kd2_rule **end = &reading->rules->rules;

    for (const struct fl_kd2_node *node = next_rule(list, NULL); node;
         node = next_rule(list, node)) {
        struct fl_kd2_rule *const rule = rule_of(reading, node);

        if (!rule) {
            return;
        }
        *end = rule;
        end = &rule->next;
    }
}

static void read_export_rules(struct reading *reading, const struct fl_kd2_node *list)
{
    struct fl_kd2_export_rule **end = &reading->rules->exports;

    for (const struct fl_kd2_node *node = next_rule(list, NULL); node;
         node = next_rule(list, node)) {
        struct fl_kd2_export_rule *const rule = export_of(reading, node);

        if (!rule) {
            return;
        }
        rule->disabled = rule->disabled || in_disabled_group(list, node);
        *end = rule;
        end = &rule->next;
    }
}

static void read_parameters(struct reading *reading, const struct fl_kd2_node *list)
{
    struct fl_kd2_parameter_rule **end = &reading->rules->parameters;

    for (const struct fl_kd2_node *node = list->first; node; node = node->next) {
        struct fl_kd2_parameter_rule *const rule =
            node->tag == FL_KD2_TAG_PARAMETER ? make(reading, sizeof(*rule)) : NULL;

        if (!rule) {
            continue;
        }
        *rule = (struct fl_kd2_parameter_rule){
            .name = fl_kd2_node_attribute(node, FL_KD2_TAG_NAME),
            .title = fl_kd2_node_attribute(node, FL_KD2_TAG_DESCRIPTION),
            .type = fl_kd2_node_attribute(node, FL_KD2_TAG_VALUE_TYPE),
            .on_import = fl_kd2_node_flag(node, FL_KD2_TAG_ON_IMPORT),
            .line = node->line,
        };
        *end = rule;
        end = &rule->next;
        add_common_code(
            reading, node,
            fl_bytes_of_text(fl_kd2_tag_name(FL_KD2_TAG_ON_PARAMETER, false)),
            fl_kd2_node_word(node, FL_KD2_TAG_ON_PARAMETER));
    }
}

/* Algorithms and queries: program text by name, at any depth of groups. */
static void read_texts(struct reading *reading, const struct fl_kd2_node *list)
{
    const struct fl_kd2_node *node = list->first;

    while (node) {
        if (node->tag == FL_KD2_TAG_ALGORITHM || node->tag == FL_KD2_TAG_QUERY) {
            add_common_code(
                reading, node, fl_kd2_node_attribute(node, FL_KD2_TAG_NAME),
                fl_kd2_node_word(node, FL_KD2_TAG_TEXT));
        }
        if (node->tag == FL_KD2_TAG_GROUP && node->first) {
            node = node->first;
            continue;
        }
        while (node && !node->next) {
            node = node->parent == list ? NULL : node->parent;
        }
        node = node ? node->next : NULL;
    }
}

static struct fl_kd2_side side_of(const struct fl_kd2_node *root, enum fl_kd2_tag tag)
{
    const struct fl_kd2_node *const node = fl_kd2_node_child(root, tag);

    return (struct fl_kd2_side){
        .name = fl_kd2_node_word(root, tag),
        .version = fl_kd2_node_attribute(node, FL_KD2_TAG_CONFIGURATION_VERSION),
        .synonym = fl_kd2_node_attribute(node, FL_KD2_TAG_CONFIGURATION_SYNONYM),
        .platform = fl_kd2_node_attribute(node, FL_KD2_TAG_PLATFORM),
    };
}

static void read_part(struct reading *reading, const struct fl_kd2_node *node)
{
    switch ((int)node->tag) {
    case FL_KD2_TAG_OBJECT_RULES:
        read_object_rules(reading, node);
        break;
    case FL_KD2_TAG_EXPORT_RULES:
        read_export_rules(reading, node);
        break;
    case FL_KD2_TAG_PARAMETERS:
        read_parameters(reading, node);
        break;
    case FL_KD2_TAG_ALGORITHMS:
    case FL_KD2_TAG_QUERIES:
        read_texts(reading, node);
        break;
    case FL_KD2_TAG_FORMAT_VERSION:
    case FL_KD2_TAG_RULES_ID_ELEMENT:
    case FL_KD2_TAG_DESCRIPTION:
    case FL_KD2_TAG_CREATED:
    case FL_KD2_TAG_SOURCE:
    case FL_KD2_TAG_DESTINATION:
    case FL_KD2_TAG_COMMENT:
    case FL_KD2_TAG_PROCESSORS:
    case FL_KD2_TAG_CLEARING_RULES:
    case FL_KD2_TAG_REGISTRATION_RULES:
    case FL_KD2_TAG_DELETE_MAPPED:
    case FL_KD2_TAG_PLAN:
        break;
    default:
        if (is_code(node->tag)) {
            add_common_code(
                reading, node, fl_bytes_of_text(fl_kd2_tag_name(node->tag, false)),
                node->text);
        } else {
            unknown(reading, node);
        }
        break;
    }
}

/* What another root stands for, in words; "" when it is not known. */
static const char *words_of_root(const struct fl_kd2_node *root)
{
    if (root->tag == FL_KD2_TAG_FILE) {
        return fl_error_words(
            ": a file of data; rules in it have no properties, those of the base do");
    }
    return fl_bytes_equal(root->name, fl_bytes_of_text("ПравилаРегистрации"))
               ? fl_error_words(": registration rules, for filter import")
               : "";
}

enum fl_status fl_kd2_rules_of_tree(
    const struct fl_kd2_node *root,
    struct fl_arena *arena,
    struct fl_kd2_rules **out_rules,
    struct fl_error *out_error)
{
    struct reading reading = {.arena = arena};

    if (root->tag != FL_KD2_TAG_RULES) {
        return fl_error_set(
            out_error, FL_UNSUPPORTED,
            "the file is no ПравилаОбмена (ExchangeRules): it begins with \"%.*s\"%s",
            (int)fl_bytes_utf8_beginning(root->name, 60).size,
            (const char *)root->name.data, words_of_root(root));
    }
    reading.rules = make(&reading, sizeof(*reading.rules));
    if (reading.rules) {
        reading.code_end = &reading.rules->code_first;
        reading.rules->version = fl_kd2_node_word(root, FL_KD2_TAG_FORMAT_VERSION);
        reading.rules->id = fl_kd2_node_word(root, FL_KD2_TAG_RULES_ID_ELEMENT);
        reading.rules->name = fl_kd2_node_word(root, FL_KD2_TAG_DESCRIPTION);
        reading.rules->created = fl_kd2_node_word(root, FL_KD2_TAG_CREATED);
        reading.rules->source = side_of(root, FL_KD2_TAG_SOURCE);
        reading.rules->destination = side_of(root, FL_KD2_TAG_DESTINATION);
    }
    for (const struct fl_kd2_node *node = root->first; node && !reading.no_room;
         node = node->next) {
        read_part(&reading, node);
    }
    if (reading.no_room) {
        return fl_error_set(
            out_error, FL_LIMIT, "the rules are larger than %zu bytes in memory",
            arena->bytes_max);
    }
    *out_rules = reading.rules;
    return FL_OK;
}

struct fl_bytes fl_kd2_rule_merge_columns(
    const struct fl_kd2_rule *rule,
    struct fl_bytes table)
{
    const char *at = (const char *)rule->table_search.data;
    const char *const end = at ? at + rule->table_search.size : NULL;

    while (at && at < end) {
        const char *const line_end = memchr(at, '\n', (size_t)(end - at));
        const size_t size = (size_t)((line_end ? line_end : end) - at);
        const char *const colon = memchr(at, ':', size);
        const char *const dot = memchr(at, '.', size);

        if (colon && dot && dot < colon && (size_t)(colon - dot - 1) == table.size &&
            memcmp(dot + 1, table.data, table.size) == 0) {
            return fl_kd2_trim((struct fl_bytes){
                (const uint8_t *)colon + 1, size - (size_t)(colon + 1 - at)});
        }
        at = line_end ? line_end + 1 : end;
    }
    return (struct fl_bytes){NULL, 0};
}

const struct fl_kd2_rule *fl_kd2_rules_find(
    const struct fl_kd2_rules *rules,
    struct fl_bytes code)
{
    for (const struct fl_kd2_rule *rule = rules ? rules->rules : NULL; rule;
         rule = rule->next) {
        if (fl_bytes_equal(rule->code, code)) {
            return rule;
        }
    }
    return NULL;
}

/* ---- a file of its own ---- */

static enum fl_status on_start(void *context, const struct fl_xml_element *element)
{
    return fl_kd2_tree_start(context, element);
}

static enum fl_status on_text(void *context, struct fl_bytes text)
{
    return fl_kd2_tree_text(context, text);
}

static enum fl_status on_end(void *context, const struct fl_xml_element *element)
{
    (void)element;
    return fl_kd2_tree_end(context);
}

static enum fl_status parse(
    struct fl_kd2_tree *tree,
    struct fl_codec_source source,
    struct fl_error *out_error)
{
    const struct fl_xml_reader_options options = {
        .read = source.read,
        .read_context = source.context,
        .handler = {on_start, on_text, on_end, NULL, tree},
    };
    struct fl_kd2_tag_table *const tags = fl_alloc_zeroed(1, sizeof(*tags));
    enum fl_status status = tags ? fl_xml_reader_open(&options, &tree->xml, out_error)
                                 : fl_error_set(out_error, FL_NO_MEMORY, "no memory");

    if (status == FL_OK && fl_kd2_tag_table_init(tags, tree->xml) != FL_OK) {
        status = fl_error_set(out_error, FL_NO_MEMORY, "no memory");
    }
    tree->tags = tags;
    if (status == FL_OK) {
        status = fl_xml_reader_finish(tree->xml, out_error);
    }
    fl_xml_reader_close(tree->xml);
    fl_free(tags);
    return status;
}

enum fl_status fl_kd2_rules_read(
    struct fl_codec_source source,
    struct fl_arena *arena,
    const struct fl_kd2_rules **out_rules,
    struct fl_error *out_error)
{
    struct fl_kd2_tree tree;
    struct fl_kd2_rules *rules = NULL;

    fl_kd2_tree_init(&tree, arena);
    enum fl_status status = parse(&tree, source, out_error);

    if (status == FL_OK) {
        status = fl_kd2_rules_of_tree(tree.root, arena, &rules, out_error);
    }
    fl_kd2_tree_deinit(&tree);
    if (status == FL_OK) {
        *out_rules = rules;
    }
    return status;
}
