/*
 * The text of the table lies in the program; it is cut into names in place, once, by
 * whoever asks first. Types stand sorted by name, the forms of one name side by side.
 */

#include "table.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "proto/datetime.h"
#include "proto/decimal.h"
#include "proto/uuid.h"

enum { VERSIONS_MAX = 32, FIELDS = 5, BUILT_INS = 8, FACET_BYTES_MAX = 32 };

extern const char fl_enterprisedata_table_text[];
extern const char fl_enterprisedata_table_text_end[];

__asm__(".section .rodata\n"
        ".global fl_enterprisedata_table_text\n"
        ".global fl_enterprisedata_table_text_end\n"
        ".hidden fl_enterprisedata_table_text\n"
        ".hidden fl_enterprisedata_table_text_end\n"
        "fl_enterprisedata_table_text:\n"
        ".incbin \"" FILIAL_ENTERPRISEDATA_TABLE "\"\n"
        "fl_enterprisedata_table_text_end:\n"
        ".byte 0\n"
        ".previous\n");

struct body {
    const char *name;
    fl_enterprisedata_versions versions;
    size_t form_count;
    const struct fl_enterprisedata_type *forms;
};

struct fl_enterprisedata_table {
    char *text;
    int version_count;
    const char *versions[VERSIONS_MAX];
    size_t type_count;
    struct fl_enterprisedata_type *types;
    size_t body_count;
    struct body *bodies;
    size_t member_count;
    struct fl_enterprisedata_member *members;
    size_t allowed_count;
    const char **allowed;
    struct fl_enterprisedata_type built_in[BUILT_INS];
};

static const struct {
    const char *name;
    enum fl_enterprisedata_value value;
} built_ins[BUILT_INS] = {
    {"string", FL_ENTERPRISEDATA_STRING},     {"boolean", FL_ENTERPRISEDATA_BOOLEAN},
    {"decimal", FL_ENTERPRISEDATA_DECIMAL},   {"integer", FL_ENTERPRISEDATA_INTEGER},
    {"int", FL_ENTERPRISEDATA_INTEGER},       {"date", FL_ENTERPRISEDATA_DATE},
    {"dateTime", FL_ENTERPRISEDATA_DATETIME}, {"Ref", FL_ENTERPRISEDATA_REF},
};

static struct fl_enterprisedata_table table;
static bool made;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* ---- cutting ---- */

static char *cut(char **rest, char separator)
{
    char *piece = *rest;
    char *end = strchr(piece, separator);
    if (end == NULL) {
        *rest = piece + strlen(piece);
    } else {
        *end = '\0';
        *rest = end + 1;
    }
    return piece;
}

static int version_of(const char *text)
{
    for (int i = 0; i < table.version_count; i++) {
        if (strcmp(table.versions[i], text) == 0) {
            return i;
        }
    }
    return -1;
}

/* "1.2-1.8,1.10". The table is ours: what does not parse is a bug of make_table. */
static fl_enterprisedata_versions versions_of(char *text)
{
    fl_enterprisedata_versions versions = 0;
    while (*text != '\0') {
        char *range = cut(&text, ',');
        char *first = cut(&range, '-');
        int from = version_of(first);
        int to = *range != '\0' ? version_of(range) : from;
        FL_ASSERT(from >= 0);
        FL_ASSERT(to >= from);
        for (int i = from; i <= to; i++) {
            versions |= UINT32_C(1) << i;
        }
    }
    return versions;
}

static enum fl_enterprisedata_value built_in_of(const char *name)
{
    for (size_t i = 0; i < BUILT_INS; i++) {
        if (strcmp(built_ins[i].name, name) == 0) {
            return built_ins[i].value;
        }
    }
    return FL_ENTERPRISEDATA_STRING; /* derived from another type of values */
}

static void read_facets(struct fl_enterprisedata_type *type, char *facets)
{
    while (*facets != '\0') {
        char *facet = cut(&facets, ' ');
        char *value = strchr(facet, '=');
        if (value == NULL) {
            continue;
        }
        *value++ = '\0';
        uint32_t number = (uint32_t)strtoul(value, NULL, 10);
        if (strcmp(facet, "maxLength") == 0) {
            type->length_max = number;
        } else if (strcmp(facet, "minLength") == 0) {
            type->length_min = number;
        } else if (strcmp(facet, "length") == 0) {
            type->length_min = number;
            type->length_max = number;
        } else if (strcmp(facet, "totalDigits") == 0) {
            type->digits = number;
        } else if (strcmp(facet, "fractionDigits") == 0) {
            type->fraction = number;
            type->has_fraction = true;
        }
    }
}

static void read_values(struct fl_enterprisedata_type *type, char *values)
{
    type->allowed = &table.allowed[table.allowed_count];
    while (*values != '\0') {
        table.allowed[table.allowed_count++] = cut(&values, '|');
        type->allowed_count++;
    }
}

/* A member's `forms` holds the name of its type until all types are known. */
static void read_member(char *line, struct fl_enterprisedata_type *type)
{
    struct fl_enterprisedata_member *member = &table.members[table.member_count++];
    member->name = cut(&line, '\t');
    const char *times = cut(&line, '\t');
    member->required = times[0] == '1' || times[0] == '+';
    member->repeated = times[0] == '*' || times[0] == '+';
    member->nillable = times[1] == 'n';
    member->forms = (const void *)cut(&line, '\t');
    member->versions = *line != '\0' ? versions_of(line) : type->versions;
    type->member_count++;
    member->is_id = strcmp(member->name, FL_ENTERPRISEDATA_ID) == 0;
    type->keyed |= member->is_id ? member->versions : 0;
}

static void read_line(char *line)
{
    if (line[0] == '\t') {
        read_member(line + 1, &table.types[table.type_count - 1]);
        return;
    }
    const char *kind = cut(&line, '\t');
    if (strcmp(kind, "versions") == 0) {
        while (*line != '\0') {
            FL_ASSERT(table.version_count < VERSIONS_MAX);
            table.versions[table.version_count++] = cut(&line, ' ');
        }
        return;
    }
    const char *name = cut(&line, '\t');
    fl_enterprisedata_versions versions = versions_of(cut(&line, '\t'));
    const char *what = cut(&line, '\t');
    if (strcmp(kind, "body") == 0) {
        table.bodies[table.body_count++] = (struct body){
            .name = name, .versions = versions, .forms = (const void *)what};
        return;
    }
    struct fl_enterprisedata_type *type = &table.types[table.type_count++];
    *type = (struct fl_enterprisedata_type){
        .name = name,
        .versions = versions,
        .members = &table.members[table.member_count]};
    if (strcmp(kind, "type") == 0) {
        type->ordered = strcmp(what, "ordered") == 0;
    } else if (strcmp(kind, "enum") == 0) {
        type->value = FL_ENTERPRISEDATA_ENUM;
        read_values(type, (char *)(uintptr_t)what);
    } else {
        type->value = built_in_of(what);
        read_facets(type, line);
    }
}

/* ---- finding ---- */

static const struct fl_enterprisedata_type *first_form(
    const char *name,
    size_t *out_count)
{
    size_t low = 0;
    size_t high = table.type_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (strcmp(table.types[middle].name, name) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    size_t count = 0;
    while (low + count < table.type_count &&
           strcmp(table.types[low + count].name, name) == 0) {
        count++;
    }
    *out_count = count;
    return &table.types[low];
}

static const struct fl_enterprisedata_type *forms_of(const char *name, size_t *out_count)
{
    for (size_t i = 0; i < BUILT_INS; i++) {
        if (strcmp(built_ins[i].name, name) == 0) {
            *out_count = 1;
            return &table.built_in[i];
        }
    }
    return first_form(name, out_count);
}

static const struct fl_enterprisedata_type *form_of(
    const struct fl_enterprisedata_type *forms,
    size_t count,
    int version)
{
    for (size_t i = 0; i < count; i++) {
        if (forms[i].versions & UINT32_C(1) << version) {
            return &forms[i];
        }
    }
    return NULL;
}

/* ---- making ---- */

static bool is_reference(const struct fl_enterprisedata_member *member)
{
    return member->form_count > 0 && (member->forms[0].keyed != 0 ||
                                      member->forms[0].value == FL_ENTERPRISEDATA_REF);
}

/* The schemas have no word for it: several references, of which none is required. */
static bool is_one_of(const struct fl_enterprisedata_type *type)
{
    size_t references = 0;
    for (size_t i = 0; i < type->member_count; i++) {
        references += !type->members[i].required && is_reference(&type->members[i]);
    }
    return type->member_count > 1 && references == type->member_count;
}

/* The key of an object is what references to it look like. */
static void name_kinds(const struct body *body, const struct fl_enterprisedata_type *of)
{
    static const char none[] = "";
    const char *kind = strchr(body->name, '.');
    for (size_t i = 0; i < of->member_count && kind != NULL; i++) {
        const struct fl_enterprisedata_member *member = &of->members[i];
        if (strcmp(member->name, "КлючевыеСвойства") != 0) {
            continue;
        }
        for (size_t j = 0; j < member->form_count; j++) {
            struct fl_enterprisedata_type *key =
                &table.types[&member->forms[j] - table.types];
            bool is_other = key->kind != NULL && strcmp(key->kind, kind + 1) != 0;
            key->kind = is_other ? none : kind + 1;
        }
    }
}

static void resolve(void)
{
    for (size_t i = 0; i < BUILT_INS; i++) {
        table.built_in[i] = (struct fl_enterprisedata_type){
            .name = built_ins[i].name,
            .value = built_ins[i].value,
            .versions = UINT32_MAX};
    }
    for (size_t i = 0; i < table.member_count; i++) {
        struct fl_enterprisedata_member *member = &table.members[i];
        member->forms = forms_of((const void *)member->forms, &member->form_count);
    }
    for (size_t i = 0; i < table.body_count; i++) {
        struct body *body = &table.bodies[i];
        body->forms = forms_of((const void *)body->forms, &body->form_count);
    }
    for (size_t i = 0; i < table.body_count; i++) {
        for (size_t j = 0; j < table.bodies[i].form_count; j++) {
            name_kinds(&table.bodies[i], &table.bodies[i].forms[j]);
        }
    }
    for (size_t i = 0; i < table.type_count; i++) {
        struct fl_enterprisedata_type *type = &table.types[i];
        type->one_of = is_one_of(type);
        type->kind = type->kind != NULL && type->kind[0] != '\0' ? type->kind : NULL;
    }
}

static bool allocate(size_t size)
{
    size_t lines = 1;
    size_t bars = 1;
    for (size_t i = 0; i < size; i++) {
        lines += table.text[i] == '\n';
        bars += table.text[i] == '|';
    }
    table.types = fl_alloc_zeroed(lines, sizeof *table.types);
    table.bodies = fl_alloc_zeroed(lines, sizeof *table.bodies);
    table.members = fl_alloc_zeroed(lines, sizeof *table.members);
    table.allowed = fl_alloc_zeroed(lines + bars, sizeof *table.allowed);
    return table.types != NULL && table.bodies != NULL && table.members != NULL &&
           table.allowed != NULL;
}

static void release(void)
{
    fl_free(table.text);
    fl_free(table.types);
    fl_free(table.bodies);
    fl_free(table.members);
    fl_free(table.allowed);
}

static void make(void)
{
    size_t size =
        (size_t)(fl_enterprisedata_table_text_end - fl_enterprisedata_table_text);
    table.text = fl_alloc(size + 1);
    if (table.text == NULL) {
        return;
    }
    memcpy(table.text, fl_enterprisedata_table_text, size);
    table.text[size] = '\0';
    if (!allocate(size)) {
        release();
        return;
    }
    char *rest = table.text;
    while (*rest != '\0') {
        char *line = cut(&rest, '\n');
        if (line[0] != '\0' && line[0] != '#') {
            read_line(line);
        }
    }
    resolve();
    atexit(release);
    made = true;
}

const struct fl_enterprisedata_table *fl_enterprisedata_table(void)
{
    (void)pthread_once(&once, make);
    return made ? &table : NULL;
}

/* ---- asking ---- */

int fl_enterprisedata_version_find(
    const struct fl_enterprisedata_table *asked,
    struct fl_bytes text)
{
    for (int i = 0; i < asked->version_count; i++) {
        if (fl_bytes_equal(fl_bytes_of_text(asked->versions[i]), text)) {
            return i;
        }
    }
    return -1;
}

const char *fl_enterprisedata_version_text(
    const struct fl_enterprisedata_table *asked,
    int version)
{
    return version >= 0 && version < asked->version_count ? asked->versions[version]
                                                          : NULL;
}

int fl_enterprisedata_version_count(const struct fl_enterprisedata_table *asked)
{
    return asked->version_count;
}

const struct fl_enterprisedata_type *fl_enterprisedata_type_find(
    const struct fl_enterprisedata_table *asked,
    int version,
    struct fl_bytes name)
{
    size_t low = 0;
    size_t high = asked->type_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (fl_bytes_compare(fl_bytes_of_text(asked->types[middle].name), name) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low < asked->type_count; low++) {
        const struct fl_enterprisedata_type *type = &asked->types[low];
        if (!fl_bytes_equal(fl_bytes_of_text(type->name), name)) {
            break;
        }
        if (type->versions & UINT32_C(1) << version) {
            return type;
        }
    }
    return NULL;
}

const struct fl_enterprisedata_type *fl_enterprisedata_body_find(
    const struct fl_enterprisedata_table *asked,
    int version,
    struct fl_bytes name)
{
    for (size_t i = 0; i < asked->body_count; i++) {
        const struct body *body = &asked->bodies[i];
        if ((body->versions & UINT32_C(1) << version) &&
            fl_bytes_equal(fl_bytes_of_text(body->name), name)) {
            return form_of(body->forms, body->form_count, version);
        }
    }
    return NULL;
}

bool fl_enterprisedata_is_kind(
    const struct fl_enterprisedata_table *asked,
    int version,
    struct fl_bytes kind)
{
    for (size_t i = 0; i < asked->body_count; i++) {
        const struct body *body = &asked->bodies[i];
        const char *dot = strchr(body->name, '.');
        if (dot != NULL && (body->versions & UINT32_C(1) << version) &&
            fl_bytes_equal(fl_bytes_of_text(dot + 1), kind)) {
            return true;
        }
    }
    return false;
}

const char *fl_enterprisedata_body_next(
    const struct fl_enterprisedata_table *asked,
    int version,
    size_t *cursor)
{
    while (*cursor < asked->body_count) {
        const struct body *body = &asked->bodies[(*cursor)++];
        if (body->versions & UINT32_C(1) << version) {
            return body->name;
        }
    }
    return NULL;
}

const struct fl_enterprisedata_member *fl_enterprisedata_member_find(
    const struct fl_enterprisedata_type *type,
    int version,
    struct fl_bytes name)
{
    for (size_t i = 0; i < type->member_count; i++) {
        const struct fl_enterprisedata_member *member = &type->members[i];
        if ((member->versions & UINT32_C(1) << version) &&
            fl_bytes_equal(fl_bytes_of_text(member->name), name)) {
            return member;
        }
    }
    return NULL;
}

const struct fl_enterprisedata_member *fl_enterprisedata_member_next(
    const struct fl_enterprisedata_type *type,
    int version,
    const char *name,
    size_t *io_at)
{
    size_t at = *io_at;
    for (size_t i = 0; i < type->member_count; i++, at++) {
        at = at < type->member_count ? at : 0;
        const struct fl_enterprisedata_member *member = &type->members[at];
        if ((member->versions & UINT32_C(1) << version) &&
            strcmp(member->name, name) == 0) {
            *io_at = at;
            return member;
        }
    }
    return NULL;
}

bool fl_enterprisedata_may_be_empty(
    const struct fl_enterprisedata_type *type,
    int version)
{
    if (type == NULL || type->value != FL_ENTERPRISEDATA_NONE || type->one_of) {
        return false;
    }
    for (size_t i = 0; i < type->member_count; i++) {
        if (type->members[i].required &&
            (type->members[i].versions & UINT32_C(1) << version)) {
            return false;
        }
    }
    return true;
}

const struct fl_enterprisedata_type *fl_enterprisedata_member_type(
    const struct fl_enterprisedata_member *member,
    int version)
{
    return form_of(member->forms, member->form_count, version);
}
