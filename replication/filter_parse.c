/*
 * Reading an expression. The first failure is kept with its place, counted in characters
 * as an editor does; after it nothing more is looked at.
 */

#include <string.h>

#include "filter_tree.h"

enum { STACK_MAX = 2 * FL_FILTER_DEPTH_MAX };

enum word {
    WORD_NONE = 0,
    WORD_AND,
    WORD_OR,
    WORD_NOT,
    WORD_IN,
    WORD_TRUE,
    WORD_FALSE,
    WORD_UNDEFINED,
};

enum token_kind {
    TOKEN_END = 1,
    TOKEN_NAME,
    TOKEN_LIST, /* $name; the text is without the sign */
    TOKEN_TEXT, /* without its quotes */
    TOKEN_NUMBER,
    TOKEN_EQUAL,
    TOKEN_UNEQUAL,
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_COMMA,
    TOKEN_DOT,
};

struct token {
    enum token_kind kind;
    enum word word;
    struct fl_bytes text;
    size_t at; /* byte of the whole */
    size_t end;
};

struct parser {
    struct fl_filter *filter;
    struct fl_error *error;
    enum fl_status status;
    size_t at;
    struct token token; /* the one ahead */
};

static const struct {
    const char *text;
    enum word word;
} WORDS[] = {
    {"and", WORD_AND},
    {"AND", WORD_AND},
    {"и", WORD_AND},
    {"И", WORD_AND},
    {"or", WORD_OR},
    {"OR", WORD_OR},
    {"или", WORD_OR},
    {"ИЛИ", WORD_OR},
    {"Или", WORD_OR},
    {"not", WORD_NOT},
    {"NOT", WORD_NOT},
    {"не", WORD_NOT},
    {"НЕ", WORD_NOT},
    {"Не", WORD_NOT},
    {"in", WORD_IN},
    {"IN", WORD_IN},
    {"в", WORD_IN},
    {"В", WORD_IN},
    {"true", WORD_TRUE},
    {"истина", WORD_TRUE},
    {"Истина", WORD_TRUE},
    {"ИСТИНА", WORD_TRUE},
    {"false", WORD_FALSE},
    {"ложь", WORD_FALSE},
    {"Ложь", WORD_FALSE},
    {"ЛОЖЬ", WORD_FALSE},
    {"undefined", WORD_UNDEFINED},
    {"неопределено", WORD_UNDEFINED},
    {"Неопределено", WORD_UNDEFINED},
};

/* -- failures -- */

static unsigned long long character_at(const struct parser *parser, size_t at)
{
    unsigned long long count = 1;

    for (size_t i = 0; i < at; i++) {
        count += (parser->filter->text.data[i] & 0xC0) != 0x80;
    }
    return count;
}

static int shown(struct fl_bytes text)
{
    return (int)fl_bytes_utf8_beginning(text, 200).size;
}

static void fail(struct parser *parser, size_t at, const char *what)
{
    if (parser->status == FL_OK) {
        parser->status = fl_error_set(
            parser->error, FL_MALFORMED, "the filter, character %llu: %s",
            character_at(parser, at), fl_error_words(what));
    }
}

static void fail_of_text(
    struct parser *parser,
    const struct token *token,
    const char *format_words)
{
    if (parser->status == FL_OK) {
        parser->status = fl_error_set(
            parser->error, FL_MALFORMED, "the filter, character %llu: \"%.*s\" %s",
            character_at(parser, token->at), shown(token->text),
            (const char *)token->text.data, fl_error_words(format_words));
    }
}

/* -- tokens -- */

static bool is_name_byte(uint8_t byte)
{
    return byte >= 0x80 || byte == '_' || (byte >= '0' && byte <= '9') ||
           (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
}

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static size_t end_of_name(struct fl_bytes all, size_t at)
{
    while (at < all.size && is_name_byte(all.data[at])) {
        at++;
    }
    return at;
}

static void read_text(struct parser *parser, struct token *token)
{
    struct fl_bytes all = parser->filter->text;
    uint8_t quote = all.data[token->at];
    size_t end = token->at + 1;

    while (end < all.size && all.data[end] != quote) {
        end++;
    }
    if (end == all.size) {
        fail(parser, token->at, "this text has no closing quote");
        return;
    }
    token->kind = TOKEN_TEXT;
    token->text = (struct fl_bytes){all.data + token->at + 1, end - token->at - 1};
    token->end = end + 1;
}

static void read_name(struct parser *parser, struct token *token, size_t from)
{
    struct fl_bytes all = parser->filter->text;

    token->end = end_of_name(all, from);
    token->text = (struct fl_bytes){all.data + from, token->end - from};
    if (token->text.size > FL_FILTER_NAME_BYTES_MAX) {
        fail(parser, token->at, "this name is too long");
    }
    for (size_t i = 0; i < sizeof(WORDS) / sizeof(WORDS[0]); i++) {
        if (fl_bytes_equal(token->text, fl_bytes_of_text(WORDS[i].text))) {
            token->word = WORDS[i].word;
        }
    }
}

static void read_number(struct parser *parser, struct token *token)
{
    struct fl_bytes all = parser->filter->text;
    size_t end = token->at + 1;

    while (end < all.size && (is_digit(all.data[end]) || all.data[end] == '.')) {
        end++;
    }
    struct fl_decimal number;

    token->kind = TOKEN_NUMBER;
    token->text = (struct fl_bytes){all.data + token->at, end - token->at};
    token->end = end;
    if (fl_decimal_parse(token->text, &number) != FL_OK) {
        fail_of_text(parser, token, "is not a number");
    }
}

static void read_sign(struct parser *parser, struct token *token)
{
    static const struct {
        const char *text;
        enum token_kind kind;
    } SIGNS[] = {
        {"<>", TOKEN_UNEQUAL}, {"!=", TOKEN_UNEQUAL}, {"=", TOKEN_EQUAL},
        {"(", TOKEN_OPEN},     {")", TOKEN_CLOSE},    {",", TOKEN_COMMA},
        {".", TOKEN_DOT},
    };
    struct fl_bytes all = parser->filter->text;

    for (size_t i = 0; i < sizeof(SIGNS) / sizeof(SIGNS[0]); i++) {
        size_t size = strlen(SIGNS[i].text);

        if (all.size - token->at >= size &&
            memcmp(all.data + token->at, SIGNS[i].text, size) == 0) {
            token->kind = SIGNS[i].kind;
            token->text = (struct fl_bytes){all.data + token->at, size};
            token->end = token->at + size;
            return;
        }
    }
    fail(parser, token->at, "this sign means nothing here");
}

static void next(struct parser *parser)
{
    struct fl_bytes all = parser->filter->text;
    size_t at = parser->at;

    while (at < all.size && all.data[at] <= ' ') {
        at++;
    }
    struct token token = {.kind = TOKEN_END, .at = at, .end = at};

    token.text = (struct fl_bytes){all.data + at, 0};
    if (at < all.size) {
        uint8_t byte = all.data[at];

        if (byte == '"' || byte == '\'') {
            read_text(parser, &token);
        } else if (byte == '$') {
            token.kind = TOKEN_LIST;
            read_name(parser, &token, at + 1);
            token.word = WORD_NONE;
            if (token.text.size == 0) {
                fail(parser, at, "a name is missing behind the sign $");
            }
        } else if (is_digit(byte) || byte == '-') {
            read_number(parser, &token);
        } else if (is_name_byte(byte)) {
            token.kind = TOKEN_NAME;
            read_name(parser, &token, at);
        } else {
            read_sign(parser, &token);
        }
    }
    parser->token = token;
    parser->at = token.end;
}

/* -- nodes -- */

static uint16_t add_node(struct parser *parser, const struct fl_filter_node *node)
{
    struct fl_filter *filter = parser->filter;

    if (filter->node_count == FL_FILTER_NODES_MAX) {
        fail(parser, parser->token.at, "the expression is too long");
        return 0;
    }
    filter->nodes[filter->node_count] = *node;
    return (uint16_t)filter->node_count++;
}

static int name_of(struct parser *parser, struct fl_bytes name)
{
    struct fl_filter *filter = parser->filter;

    for (size_t i = 0; i < filter->name_count; i++) {
        if (fl_bytes_equal(name, fl_bytes_of_text(filter->names[i]))) {
            return (int)i;
        }
    }
    const char *copy = fl_arena_text(&filter->arena, name);

    if (!copy || filter->name_count == FL_FILTER_NODES_MAX) {
        fail(parser, parser->token.at, "the expression is too long");
        return 0;
    }
    filter->names[filter->name_count] = copy;
    return (int)filter->name_count++;
}

static void add_value(struct parser *parser, struct fl_filter_node *node)
{
    struct fl_filter *filter = parser->filter;
    const struct token *token = &parser->token;
    struct fl_filter_value value;

    if (filter->value_count == FL_FILTER_NODES_MAX) {
        fail(parser, token->at, "the expression is too long");
        return;
    }
    if (token->kind == TOKEN_NAME && token->word == WORD_UNDEFINED) {
        value = (struct fl_filter_value){.is_undefined = true};
    } else if (
        token->kind == TOKEN_NAME &&
        (token->word == WORD_TRUE || token->word == WORD_FALSE)) {
        value = (struct fl_filter_value){
            .text = token->text,
            .has_boolean = true,
            .boolean = token->word == WORD_TRUE};
    } else if (token->kind == TOKEN_TEXT || token->kind == TOKEN_NUMBER) {
        value = fl_filter_value_of(filter->configuration, token->text);
    } else {
        fail(
            parser, token->at,
            "a value is wanted here: a text in quotes, a number, true, false, undefined "
            "or $ and the name of a list");
        return;
    }
    filter->values[filter->value_count++] = value;
    node->value_count++;
    next(parser);
}

/* -- the grammar -- */

static void parse_operand(struct parser *parser, struct fl_filter_node *node)
{
    node->value_first = parser->filter->value_count;
    if (parser->token.kind == TOKEN_LIST) {
        node->name = name_of(parser, parser->token.text);
        next(parser);
        return;
    }
    add_value(parser, node);
}

static void parse_set(struct parser *parser, struct fl_filter_node *node)
{
    if (parser->token.kind == TOKEN_LIST) {
        parse_operand(parser, node);
        return;
    }
    if (parser->token.kind != TOKEN_OPEN) {
        fail(
            parser, parser->token.at,
            "behind \"in\" stands $ and the name of a list, or values in parentheses");
        return;
    }
    node->value_first = parser->filter->value_count;
    do {
        next(parser);
        add_value(parser, node);
    } while (parser->status == FL_OK && parser->token.kind == TOKEN_COMMA);
    if (parser->token.kind != TOKEN_CLOSE) {
        fail(parser, parser->token.at, "a closing parenthesis is missing here");
        return;
    }
    next(parser);
}

/* Some type that the attribute may refer to must have the other one. */
static bool leads_somewhere(
    const struct fl_filter *filter,
    const struct fl_attribute *attribute,
    struct fl_bytes name)
{
    for (uint32_t i = 0; i < attribute->type.ref_count; i++) {
        const struct fl_type *type =
            fl_configuration_type(filter->configuration, attribute->type.refs[i]);

        if (type && filter->find(type, name)) {
            return true;
        }
    }
    return false;
}

static void parse_reference(struct parser *parser, struct fl_filter_node *node)
{
    struct fl_filter *filter = parser->filter;
    const char *name = fl_arena_text(&filter->arena, parser->token.text);

    if (parser->token.kind != TOKEN_NAME) {
        fail(parser, parser->token.at, "the name of an attribute is wanted here");
        return;
    }
    if (!leads_somewhere(filter, node->attribute, parser->token.text)) {
        fail_of_text(
            parser, &parser->token,
            "is no attribute of what this one refers to; one step is the limit");
        return;
    }
    if (!name || filter->reference_count == FL_FILTER_NODES_MAX) {
        fail(parser, parser->token.at, "the expression is too long");
        return;
    }
    node->refers = true;
    node->reference = filter->reference_count;
    filter->references[filter->reference_count++] =
        (struct fl_filter_reference){.attribute = node->attribute->number, .name = name};
    next(parser);
    if (parser->token.kind == TOKEN_DOT) {
        fail(parser, parser->token.at, "a filter looks through one reference only");
    }
}

static void parse_path(struct parser *parser, struct fl_filter_node *node)
{
    struct fl_filter *filter = parser->filter;

    if (parser->token.kind != TOKEN_NAME) {
        fail(parser, parser->token.at, "the name of an attribute is wanted here");
        return;
    }
    node->attribute = filter->find(filter->type, parser->token.text);
    if (!node->attribute) {
        fail_of_text(parser, &parser->token, "is no attribute of this type");
        return;
    }
    if (fl_kind_is_register(filter->type->kind) && !node->attribute->in_filter) {
        fail_of_text(
            parser, &parser->token,
            "is not part of the key of a record set, so records of one set may differ "
            "in it");
        return;
    }
    next(parser);
    if (parser->token.kind == TOKEN_DOT) {
        next(parser);
        parse_reference(parser, node);
    }
}

static uint16_t parse_comparison(struct parser *parser)
{
    struct fl_filter_node node = {.kind = FL_FILTER_IN, .name = -1};
    size_t from = parser->token.at;
    size_t until;

    parse_path(parser, &node);
    if (parser->status != FL_OK) {
        return 0;
    }
    enum token_kind kind = parser->token.kind;

    if (kind == TOKEN_NAME && parser->token.word == WORD_NOT) {
        node.negated = true;
        next(parser);
    }
    if (parser->token.kind == TOKEN_NAME && parser->token.word == WORD_IN) {
        next(parser);
        parse_set(parser, &node);
    } else if (!node.negated && (kind == TOKEN_EQUAL || kind == TOKEN_UNEQUAL)) {
        node.negated = kind == TOKEN_UNEQUAL;
        next(parser);
        parse_operand(parser, &node);
    } else {
        fail(parser, parser->token.at, "a comparison is wanted here: =, <> or \"in\"");
    }
    until = parser->token.at;
    while (until > from && parser->filter->text.data[until - 1] <= ' ') {
        until--;
    }
    node.text = (struct fl_bytes){parser->filter->text.data + from, until - from};
    return add_node(parser, &node);
}

/*
 * Words between comparisons, by precedence: what waits for its right side stands on a
 * stack, what is complete is a node. A parenthesis stands there too, until it is closed.
 */
struct stack {
    enum fl_filter_kind words[STACK_MAX];
    size_t word_count;
    uint16_t nodes[STACK_MAX];
    size_t node_count;
};

static void push_word(
    struct parser *parser,
    struct stack *stack,
    enum fl_filter_kind word)
{
    if (stack->word_count == STACK_MAX) {
        fail(parser, parser->token.at, "too many parentheses inside each other");
        return;
    }
    stack->words[stack->word_count++] = word;
    next(parser);
}

/* Complete what waits on top, down to a parenthesis or to what binds less. */
static void reduce(struct parser *parser, struct stack *stack, enum fl_filter_kind from)
{
    while (parser->status == FL_OK && stack->word_count > 0 &&
           stack->words[stack->word_count - 1] != FL_FILTER_OPEN &&
           stack->words[stack->word_count - 1] >= from) {
        struct fl_filter_node node = {.kind = stack->words[--stack->word_count]};

        if (node.kind != FL_FILTER_NOT) {
            node.right = stack->nodes[--stack->node_count];
        }
        node.left = stack->nodes[stack->node_count - 1];
        stack->nodes[stack->node_count - 1] = add_node(parser, &node);
    }
}

/* Words and parentheses before a comparison, and it. */
static void parse_operands(struct parser *parser, struct stack *stack)
{
    for (;;) {
        if (parser->status != FL_OK) {
            return;
        }
        if (parser->token.kind == TOKEN_NAME && parser->token.word == WORD_NOT) {
            push_word(parser, stack, FL_FILTER_NOT);
        } else if (parser->token.kind == TOKEN_OPEN) {
            push_word(parser, stack, FL_FILTER_OPEN);
        } else {
            break;
        }
    }
    /* Each comparison but the first follows a word that is on the stack. */
    FL_ASSERT(stack->node_count < STACK_MAX);
    stack->nodes[stack->node_count++] = parse_comparison(parser);
}

/* Parentheses that close behind it. */
static void parse_closing(struct parser *parser, struct stack *stack)
{
    reduce(parser, stack, FL_FILTER_NOT);
    while (parser->status == FL_OK && parser->token.kind == TOKEN_CLOSE) {
        reduce(parser, stack, FL_FILTER_OR);
        if (stack->word_count == 0) {
            fail(parser, parser->token.at, "this parenthesis was never opened");
            return;
        }
        stack->word_count--;
        next(parser);
        reduce(parser, stack, FL_FILTER_NOT);
    }
}

static void parse_expression(struct parser *parser)
{
    struct stack stack = {.word_count = 0};

    for (;;) {
        parse_operands(parser, &stack);
        parse_closing(parser, &stack);
        enum word word =
            parser->token.kind == TOKEN_NAME ? parser->token.word : WORD_NONE;

        if (parser->status != FL_OK || (word != WORD_AND && word != WORD_OR)) {
            break;
        }
        reduce(parser, &stack, word == WORD_AND ? FL_FILTER_AND : FL_FILTER_OR);
        push_word(parser, &stack, word == WORD_AND ? FL_FILTER_AND : FL_FILTER_OR);
    }
    reduce(parser, &stack, FL_FILTER_OR);
    if (parser->token.kind != TOKEN_END) {
        fail(
            parser, parser->token.at,
            "something follows here that does not belong to the expression: \"and\" or "
            "\"or\" is missing");
    } else if (stack.word_count > 0) {
        fail(parser, parser->token.at, "a closing parenthesis is missing here");
    }
}

enum fl_status fl_filter_parse(struct fl_filter *filter, struct fl_error *out_error)
{
    struct parser parser = {.filter = filter, .error = out_error, .status = FL_OK};

    next(&parser);
    parse_expression(&parser);
    return parser.status;
}
