#include "odata_filter.h"

#include <string.h>

#include "language.h"
#include "odata_token.h"

/* --- parsing: operators wait on a stack until what they apply to is complete --- */

struct operation {
    enum fl_odata_step_kind kind; /* 0: an opening bracket */
    size_t at;
    unsigned arguments; /* of a function, seen so far; 0: no function */
    unsigned arguments_wanted;
};

struct parser {
    struct fl_odata_reader reader;
    struct fl_odata_filter *filter;
    size_t stacked; /* values that the steps so far leave on the stack */
    size_t depth;
    struct operation waiting[FL_ODATA_DEPTH_MAX * 2];
    struct fl_error *error;
};

static const struct {
    const char *word;
    enum fl_odata_step_kind kind;
    unsigned arguments;
} FUNCTIONS[] = {
    {"startswith", FL_ODATA_STARTSWITH, 2},
    {"endswith", FL_ODATA_ENDSWITH, 2},
    {"substringof", FL_ODATA_SUBSTRINGOF, 2},
    {"like", FL_ODATA_LIKE, 2},
    {"year", FL_ODATA_YEAR, 1},
    {"month", FL_ODATA_MONTH, 1},
    {"day", FL_ODATA_DAY, 1},
};

static const struct {
    const char *word;
    enum fl_odata_step_kind kind;
} OPERATORS[] = {{"or", FL_ODATA_OR}, {"and", FL_ODATA_AND}, {"eq", FL_ODATA_EQ},
                 {"ne", FL_ODATA_NE}, {"lt", FL_ODATA_LT},   {"le", FL_ODATA_LE},
                 {"gt", FL_ODATA_GT}, {"ge", FL_ODATA_GE}};

static bool equals(struct fl_bytes text, const char *word)
{
    return fl_bytes_equal(text, fl_bytes_of_text(word));
}

/* How tightly an operator binds. */
static unsigned binding(enum fl_odata_step_kind kind)
{
    return kind == FL_ODATA_OR                          ? 1
           : kind == FL_ODATA_AND                       ? 2
           : kind == FL_ODATA_NOT                       ? 3
           : kind >= FL_ODATA_EQ && kind <= FL_ODATA_GE ? 4
                                                        : 0;
}

static unsigned takes(enum fl_odata_step_kind kind)
{
    bool is_single = kind == FL_ODATA_NOT || kind >= FL_ODATA_YEAR;
    return kind <= FL_ODATA_NAME ? 0 : is_single ? 1 : 2;
}

static enum fl_status refuse(struct parser *parser, size_t at, const char *words)
{
    return fl_odata_token_refuse(&parser->reader, at, words, parser->error);
}

static enum fl_status add_step(
    struct parser *parser,
    const struct fl_odata_step *step,
    size_t at)
{
    unsigned taken = takes(step->kind);
    if (parser->stacked < taken) {
        return refuse(parser, at, N_("something is missing beside an operator"));
    }
    if (parser->filter->count == FL_ODATA_STEPS_MAX) {
        return fl_error_set(
            parser->error, FL_LIMIT, "the filter has more than %d parts",
            FL_ODATA_STEPS_MAX);
    }
    parser->stacked += 1 - (size_t)taken;
    parser->filter->steps[parser->filter->count++] = *step;
    return FL_OK;
}

static enum fl_status wait_for(struct parser *parser, struct operation operation)
{
    if (parser->depth == sizeof parser->waiting / sizeof parser->waiting[0]) {
        return fl_error_set(
            parser->error, FL_LIMIT, "the filter is nested more than %d deep",
            FL_ODATA_DEPTH_MAX);
    }
    parser->waiting[parser->depth++] = operation;
    return FL_OK;
}

/* Operators on top that bind as tightly as `least` are complete. */
static enum fl_status settle(struct parser *parser, unsigned least)
{
    enum fl_status status = FL_OK;
    while (status == FL_OK && parser->depth > 0 &&
           parser->waiting[parser->depth - 1].arguments == 0 &&
           binding(parser->waiting[parser->depth - 1].kind) >= least) {
        struct operation done = parser->waiting[--parser->depth];
        status = add_step(parser, &(struct fl_odata_step){.kind = done.kind}, done.at);
    }
    return status;
}

static enum fl_status take_binary(
    struct parser *parser,
    enum fl_odata_step_kind kind,
    size_t at)
{
    enum fl_status status = settle(parser, binding(kind));
    return status == FL_OK ? wait_for(parser, (struct operation){.kind = kind, .at = at})
                           : status;
}

static enum fl_status close_bracket(struct parser *parser, size_t at)
{
    enum fl_status status = settle(parser, 1);
    if (status != FL_OK) {
        return status;
    }
    if (parser->depth == 0) {
        return refuse(parser, at, N_("a bracket is closed that was not opened"));
    }
    struct operation open = parser->waiting[--parser->depth];
    if (open.arguments == 0) {
        return FL_OK;
    }
    if (open.arguments != open.arguments_wanted) {
        return refuse(
            parser, open.at, N_("this function takes another number of values"));
    }
    return add_step(parser, &(struct fl_odata_step){.kind = open.kind}, open.at);
}

static enum fl_status next_argument(struct parser *parser, size_t at)
{
    enum fl_status status = settle(parser, 1);
    if (status != FL_OK) {
        return status;
    }
    if (parser->depth == 0 || parser->waiting[parser->depth - 1].arguments == 0) {
        return refuse(parser, at, N_("a comma stands only between values of a function"));
    }
    parser->waiting[parser->depth - 1].arguments++;
    return FL_OK;
}

static enum fl_status expect(
    struct fl_odata_reader *reader,
    enum fl_odata_token_kind kind,
    struct fl_odata_token *out_token,
    struct fl_error *out_error)
{
    enum fl_status status = fl_odata_token_next(reader, out_token, out_error);
    return status != FL_OK ? status
           : out_token->kind == kind
               ? FL_OK
               : fl_odata_token_refuse(
                     reader, out_token->at, N_("something else belongs here"), out_error);
}

/* cast(guid'...','Catalog_X'), behind the word. */
static enum fl_status read_cast(
    struct fl_odata_reader *reader,
    struct fl_odata_value *out_value,
    struct fl_error *out_error)
{
    struct fl_odata_token guid;
    struct fl_odata_token set;
    struct fl_odata_token mark;
    enum fl_status status = expect(reader, FL_ODATA_TOKEN_OPEN, &mark, out_error);
    if (status == FL_OK) {
        status = expect(reader, FL_ODATA_TOKEN_LITERAL, &guid, out_error);
    }
    if (status == FL_OK) {
        status = expect(reader, FL_ODATA_TOKEN_COMMA, &mark, out_error);
    }
    if (status == FL_OK) {
        status = expect(reader, FL_ODATA_TOKEN_LITERAL, &set, out_error);
    }
    if (status == FL_OK) {
        status = expect(reader, FL_ODATA_TOKEN_CLOSE, &mark, out_error);
    }
    if (status != FL_OK) {
        return status;
    }
    if (guid.value.kind != FL_ODATA_GUID || set.value.kind != FL_ODATA_STRING) {
        return fl_odata_token_refuse(
            reader, guid.at, N_("a cast is cast(guid'...','Catalog_X')"), out_error);
    }
    *out_value = guid.value;
    out_value->set = set.value.text;
    return FL_OK;
}

/* Where a value belongs. `*out_value_done`: an operator or the end follows. */
static enum fl_status take_operand(
    struct parser *parser,
    const struct fl_odata_token *token,
    bool *out_value_done)
{
    struct fl_odata_step step = {.kind = FL_ODATA_LITERAL, .value = token->value};
    if (token->kind == FL_ODATA_TOKEN_OPEN) {
        return wait_for(parser, (struct operation){.at = token->at});
    }
    if (token->kind == FL_ODATA_TOKEN_LITERAL) {
        *out_value_done = true;
        return add_step(parser, &step, token->at);
    }
    if (token->kind != FL_ODATA_TOKEN_WORD) {
        return refuse(
            parser, token->at, N_("a value, a property or a bracket belongs here"));
    }
    if (equals(token->text, "not")) {
        return wait_for(
            parser, (struct operation){.kind = FL_ODATA_NOT, .at = token->at});
    }
    if (equals(token->text, "cast")) {
        enum fl_status status = read_cast(&parser->reader, &step.value, parser->error);
        *out_value_done = true;
        return status == FL_OK ? add_step(parser, &step, token->at) : status;
    }
    for (size_t i = 0; i < sizeof FUNCTIONS / sizeof FUNCTIONS[0]; i++) {
        struct fl_odata_token open;
        if (equals(token->text, FUNCTIONS[i].word)) {
            enum fl_status status =
                expect(&parser->reader, FL_ODATA_TOKEN_OPEN, &open, parser->error);
            return status != FL_OK
                       ? status
                       : wait_for(
                             parser, (struct operation){
                                         .kind = FUNCTIONS[i].kind,
                                         .at = token->at,
                                         .arguments = 1,
                                         .arguments_wanted = FUNCTIONS[i].arguments});
        }
    }
    *out_value_done = true;
    step = (struct fl_odata_step){.kind = FL_ODATA_NAME, .name = token->text};
    return add_step(parser, &step, token->at);
}

/* Behind a value. `*out_value_done`: still behind one. */
static enum fl_status take_operator(
    struct parser *parser,
    const struct fl_odata_token *token,
    bool *out_value_done)
{
    if (token->kind == FL_ODATA_TOKEN_CLOSE) {
        return close_bracket(parser, token->at);
    }
    *out_value_done = false;
    if (token->kind == FL_ODATA_TOKEN_COMMA) {
        return next_argument(parser, token->at);
    }
    for (size_t i = 0; i < sizeof OPERATORS / sizeof OPERATORS[0]; i++) {
        if (token->kind == FL_ODATA_TOKEN_WORD &&
            equals(token->text, OPERATORS[i].word)) {
            return take_binary(parser, OPERATORS[i].kind, token->at);
        }
    }
    return refuse(
        parser, token->at,
        N_("an operator belongs here: eq, ne, lt, le, gt, ge, and, or"));
}

enum fl_status fl_odata_filter_parse(
    struct fl_bytes text,
    struct fl_arena *arena,
    struct fl_odata_filter *out_filter,
    struct fl_error *out_error)
{
    struct parser parser = {
        .reader = {.text = text, .arena = arena},
        .filter = out_filter,
        .error = out_error};
    struct fl_odata_token token;
    bool value_done = false;
    out_filter->count = 0;
    enum fl_status status = fl_odata_token_next(&parser.reader, &token, out_error);
    while (status == FL_OK && token.kind != FL_ODATA_TOKEN_END) {
        status = value_done ? take_operator(&parser, &token, &value_done)
                            : take_operand(&parser, &token, &value_done);
        if (status == FL_OK) {
            status = fl_odata_token_next(&parser.reader, &token, out_error);
        }
    }
    if (status != FL_OK) {
        return status;
    }
    if (!value_done) {
        return refuse(&parser, text.size, N_("the expression ends too early"));
    }
    status = settle(&parser, 1);
    if (status == FL_OK && parser.depth > 0) {
        return refuse(
            &parser, parser.waiting[parser.depth - 1].at, N_("a bracket is not closed"));
    }
    FL_ASSERT(status != FL_OK || parser.stacked == 1);
    return status;
}

/* --- evaluating --- */

bool fl_odata_compare(
    const struct fl_odata_value *a,
    const struct fl_odata_value *b,
    int *out_order)
{
    if (a->kind != b->kind) {
        return false;
    }
    switch (a->kind) {
    case FL_ODATA_NULL:
        *out_order = 0;
        break;
    case FL_ODATA_BOOLEAN:
        *out_order = (int)a->boolean - (int)b->boolean;
        break;
    case FL_ODATA_NUMBER:
        *out_order = fl_decimal_compare(a->number, b->number);
        break;
    case FL_ODATA_STRING:
        *out_order = fl_bytes_compare(a->text, b->text);
        break;
    case FL_ODATA_DATE:
        *out_order = (a->date > b->date) - (a->date < b->date);
        break;
    case FL_ODATA_GUID:
        *out_order = fl_uuid_compare(a->uuid, b->uuid);
        if (*out_order == 0 && a->type != 0 && b->type != 0) {
            *out_order = (a->type > b->type) - (a->type < b->type);
        }
        break;
    }
    return true;
}

static bool compare_by(
    enum fl_odata_step_kind kind,
    const struct fl_odata_value *a,
    const struct fl_odata_value *b)
{
    int order = 0;
    bool comparable = fl_odata_compare(a, b, &order);
    bool equal = comparable && order == 0;
    bool less = comparable && order < 0;
    bool greater = comparable && order > 0;
    return kind == FL_ODATA_EQ   ? equal
           : kind == FL_ODATA_NE ? !equal
           : kind == FL_ODATA_LT ? less
           : kind == FL_ODATA_LE ? less || equal
           : kind == FL_ODATA_GT ? greater
                                 : greater || equal;
}

static bool contains(struct fl_bytes text, struct fl_bytes part)
{
    for (size_t i = 0; i + part.size <= text.size; i++) {
        if (part.size == 0 || memcmp(text.data + i, part.data, part.size) == 0) {
            return true;
        }
    }
    return false;
}

static bool begins(struct fl_bytes text, struct fl_bytes part)
{
    return part.size <= text.size &&
           (part.size == 0 || memcmp(text.data, part.data, part.size) == 0);
}

static bool ends(struct fl_bytes text, struct fl_bytes part)
{
    return part.size <= text.size &&
           (part.size == 0 ||
            memcmp(text.data + text.size - part.size, part.data, part.size) == 0);
}

static size_t letter_size(struct fl_bytes text, size_t at)
{
    size_t size = 1;
    while (at + size < text.size && (text.data[at + size] & 0xC0) == 0x80) {
        size++;
    }
    return size;
}

/* The last % is tried again one letter further: no more than both sizes multiplied. */
static bool is_like(struct fl_bytes text, struct fl_bytes pattern)
{
    size_t t = 0;
    size_t p = 0;
    size_t star = SIZE_MAX;
    size_t star_text = 0;
    while (t < text.size) {
        if (p < pattern.size && pattern.data[p] == '%') {
            star = ++p;
            star_text = t;
        } else if (p < pattern.size && pattern.data[p] == '_') {
            p++;
            t += letter_size(text, t);
        } else if (p < pattern.size && pattern.data[p] == text.data[t]) {
            p++;
            t++;
        } else if (star != SIZE_MAX) {
            p = star;
            star_text += letter_size(text, star_text);
            t = star_text;
        } else {
            return false;
        }
    }
    while (p < pattern.size && pattern.data[p] == '%') {
        p++;
    }
    return p == pattern.size;
}

static bool is_true(const struct fl_odata_value *value)
{
    return value->kind == FL_ODATA_BOOLEAN && value->boolean;
}

static bool of_texts(
    enum fl_odata_step_kind kind,
    const struct fl_odata_value *a,
    const struct fl_odata_value *b)
{
    if (a->kind != FL_ODATA_STRING || b->kind != FL_ODATA_STRING) {
        return false;
    }
    return kind == FL_ODATA_STARTSWITH ? begins(a->text, b->text)
           : kind == FL_ODATA_ENDSWITH ? ends(a->text, b->text)
           : kind == FL_ODATA_LIKE     ? is_like(a->text, b->text)
                                       : contains(b->text, a->text);
}

static struct fl_odata_value part_of_date(
    enum fl_odata_step_kind kind,
    const struct fl_odata_value *value)
{
    char text[FL_DATETIME_TEXT_BYTES];
    if (value->kind != FL_ODATA_DATE) {
        return (struct fl_odata_value){.kind = FL_ODATA_NULL};
    }
    fl_datetime_format(value->date, text);
    size_t begin = kind == FL_ODATA_YEAR ? 0 : kind == FL_ODATA_MONTH ? 5 : 8;
    size_t size = kind == FL_ODATA_YEAR ? 4 : 2;
    int64_t number = 0;
    for (size_t i = 0; i < size; i++) {
        number = number * 10 + (text[begin + i] - '0');
    }
    return (struct fl_odata_value){
        .kind = FL_ODATA_NUMBER, .number = fl_decimal_of_int64(number)};
}

static struct fl_odata_value run_step(
    const struct fl_odata_step *step,
    const struct fl_odata_value *a,
    const struct fl_odata_value *b)
{
    struct fl_odata_value value = {.kind = FL_ODATA_BOOLEAN};
    if (step->kind >= FL_ODATA_YEAR) {
        return part_of_date(step->kind, a);
    }
    value.boolean = step->kind == FL_ODATA_NOT          ? !is_true(a)
                    : step->kind == FL_ODATA_AND        ? is_true(a) && is_true(b)
                    : step->kind == FL_ODATA_OR         ? is_true(a) || is_true(b)
                    : step->kind >= FL_ODATA_STARTSWITH ? of_texts(step->kind, a, b)
                                                        : compare_by(step->kind, a, b);
    return value;
}

bool fl_odata_filter_matches(
    const struct fl_odata_filter *filter,
    fl_odata_lookup lookup,
    void *context)
{
    struct fl_odata_value stack[FL_ODATA_STEPS_MAX + 1];
    size_t depth = 0;
    for (size_t i = 0; i < filter->count; i++) {
        const struct fl_odata_step *step = &filter->steps[i];
        unsigned taken = takes(step->kind);
        if (step->kind == FL_ODATA_LITERAL) {
            stack[depth++] = step->value;
        } else if (step->kind == FL_ODATA_NAME) {
            if (!lookup(context, step, &stack[depth])) {
                stack[depth] = (struct fl_odata_value){.kind = FL_ODATA_NULL};
            }
            depth++;
        } else {
            FL_ASSERT(depth >= taken);
            depth -= taken;
            stack[depth] = run_step(
                step, &stack[depth], taken == 2 ? &stack[depth + 1] : &stack[depth]);
            depth++;
        }
    }
    return filter->count == 0 || is_true(&stack[0]);
}

bool fl_odata_filter_requires(
    const struct fl_odata_filter *filter,
    const char *name,
    struct fl_odata_value *out_value)
{
    bool only_and = true;
    bool found = false;
    for (size_t i = 0; i < filter->count; i++) {
        enum fl_odata_step_kind kind = filter->steps[i].kind;
        only_and = only_and && kind != FL_ODATA_OR && kind != FL_ODATA_NOT;
        if (kind == FL_ODATA_EQ && i >= 2 && !found) {
            const struct fl_odata_step *a = &filter->steps[i - 2];
            const struct fl_odata_step *b = &filter->steps[i - 1];
            const struct fl_odata_step *named = a->kind == FL_ODATA_NAME ? a : b;
            const struct fl_odata_step *literal = named == a ? b : a;
            found = named->kind == FL_ODATA_NAME && literal->kind == FL_ODATA_LITERAL &&
                    equals(named->name, name);
            if (found) {
                *out_value = literal->value;
            }
        }
    }
    return found && only_and;
}

/* --- the key in an address --- */

static enum fl_status read_parts(
    struct fl_odata_reader *reader,
    struct fl_odata_key *key,
    struct fl_error *out_error)
{
    struct fl_odata_token token;
    enum fl_status status = FL_OK;
    for (;;) {
        if (key->count == FL_ODATA_KEYS_MAX) {
            return fl_error_set(
                out_error, FL_LIMIT, "a key has at most %d parts", FL_ODATA_KEYS_MAX);
        }
        status = fl_odata_token_next(reader, &token, out_error);
        if (status == FL_OK && token.kind == FL_ODATA_TOKEN_WORD &&
            !equals(token.text, "cast")) {
            struct fl_odata_token mark;
            key->parts[key->count].name = token.text;
            status = expect(reader, FL_ODATA_TOKEN_EQUALS, &mark, out_error);
            if (status == FL_OK) {
                status = fl_odata_token_next(reader, &token, out_error);
            }
        }
        if (status == FL_OK && token.kind == FL_ODATA_TOKEN_WORD &&
            equals(token.text, "cast")) {
            status = read_cast(reader, &token.value, out_error);
        } else if (status == FL_OK && token.kind != FL_ODATA_TOKEN_LITERAL) {
            status = fl_odata_token_refuse(
                reader, token.at, N_("a key is (guid'...') or (Name=value,...)"),
                out_error);
        }
        if (status != FL_OK) {
            return status;
        }
        key->parts[key->count++].value = token.value;
        status = fl_odata_token_next(reader, &token, out_error);
        if (status != FL_OK || token.kind == FL_ODATA_TOKEN_CLOSE) {
            return status;
        }
        if (token.kind != FL_ODATA_TOKEN_COMMA) {
            return fl_odata_token_refuse(
                reader, token.at, N_("a comma or a bracket belongs here"), out_error);
        }
    }
}

enum fl_status fl_odata_key_parse(
    struct fl_bytes text,
    struct fl_arena *arena,
    struct fl_odata_key *out_key,
    struct fl_error *out_error)
{
    struct fl_odata_reader reader = {.text = text, .arena = arena};
    struct fl_odata_token token;
    *out_key = (struct fl_odata_key){.count = 0};
    enum fl_status status = expect(&reader, FL_ODATA_TOKEN_WORD, &token, out_error);
    if (status == FL_OK) {
        out_key->set = token.text;
        status = fl_odata_token_next(&reader, &token, out_error);
    }
    if (status == FL_OK && token.kind == FL_ODATA_TOKEN_OPEN) {
        out_key->has_key = true;
        status = read_parts(&reader, out_key, out_error);
        if (status == FL_OK) {
            status = fl_odata_token_next(&reader, &token, out_error);
        }
    }
    if (status == FL_OK && token.kind == FL_ODATA_TOKEN_SLASH) {
        out_key->rest =
            (struct fl_bytes){text.data + reader.next, text.size - reader.next};
    } else if (status == FL_OK && token.kind != FL_ODATA_TOKEN_END) {
        status = fl_odata_token_refuse(
            &reader, token.at, N_("nothing belongs behind the key"), out_error);
    }
    return status;
}

/* --- $orderby --- */

enum fl_status fl_odata_order_parse(
    struct fl_bytes text,
    struct fl_odata_order *out_order,
    struct fl_error *out_error)
{
    struct fl_odata_reader reader = {.text = text};
    struct fl_odata_token token;
    struct fl_odata_order order = {.count = 0};
    enum fl_status status = FL_OK;
    do {
        if (order.count == FL_ODATA_ORDERS_MAX) {
            return fl_error_set(
                out_error, FL_LIMIT, "$orderby has at most %d properties",
                FL_ODATA_ORDERS_MAX);
        }
        status = expect(&reader, FL_ODATA_TOKEN_WORD, &token, out_error);
        if (status != FL_OK) {
            return status;
        }
        order.parts[order.count].name = token.text;
        status = fl_odata_token_next(&reader, &token, out_error);
        if (status == FL_OK && token.kind == FL_ODATA_TOKEN_WORD) {
            bool descending = equals(token.text, "desc");
            if (!descending && !equals(token.text, "asc")) {
                return fl_odata_token_refuse(
                    &reader, token.at, N_("asc or desc belongs here"), out_error);
            }
            order.parts[order.count].descending = descending;
            status = fl_odata_token_next(&reader, &token, out_error);
        }
        order.count++;
    } while (status == FL_OK && token.kind == FL_ODATA_TOKEN_COMMA);
    if (status == FL_OK && token.kind != FL_ODATA_TOKEN_END) {
        return fl_odata_token_refuse(
            &reader, token.at, N_("a comma belongs here"), out_error);
    }
    if (status == FL_OK) {
        *out_order = order;
    }
    return status;
}
