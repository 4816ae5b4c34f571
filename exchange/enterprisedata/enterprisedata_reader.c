/*
 * A message as a stream of objects. The elements of the header, and of each child of the
 * body, become a tree; a tree that is whole waits in a queue, and becomes an object when
 * it is asked for. Memory is that of the trees that one block of the source completes, of
 * the largest, and of one object.
 */

#include <stdio.h>
#include <string.h>

#include "enterprisedata_codec.h"
#include "enterprisedata_notes.h"
#include "exchange/conversion.h"
#include "xml_reader.h"

enum {
    DEPTH_MAX = 64,
    TEXT_BYTES_MAX = 64 << 20,
    ARENA_SLACK = 16 << 20,
};

struct queued {
    struct fl_element *root;
    fl_conversion_version version;
    struct queued *next;
};

struct reader {
    struct fl_package_reader base;
    const struct fl_conversion *conversion; /* NULL: elements are only counted */
    struct fl_conversion_ports ports;
    struct fl_xml_reader *xml;
    struct fl_arena arena;   /* of the trees that wait, and of the one that is open */
    struct fl_arena spare;   /* the other one: they take turns */
    struct fl_arena made;    /* of the object, and of what stands here for it */
    struct fl_arena forever; /* header */
    struct fl_element *open[DEPTH_MAX];
    size_t open_count;
    struct fl_buffer text;
    const char
        *uri; /* of the header, then of the object that comes; as the XML reader's */
    unsigned depth;
    unsigned skipped; /* how deep in what is of another namespace */
    bool in_header;
    bool has_header;
    bool in_body;
    bool has_body;
    bool done;
    bool body_is_nameless; /* its objects say the namespace, each */
    fl_conversion_version version;
    struct fl_package_terms terms;
    struct fl_package_header header;
    struct queued *first;
    struct queued *last;
    struct fl_object object; /* given last */
    uint64_t line;
    const char *kind; /* of the element that is taken */
    struct fl_enterprisedata_notes *notes;
    enum fl_status failure;
    struct fl_error error;
};

static struct reader *reader_of(struct fl_package_reader *base)
{
    return (struct reader *)base;
}

static enum fl_status refuse_object(
    struct reader *reader,
    const struct fl_element *root,
    const struct fl_error *error)
{
    reader->error = *error;
    reader->failure = error->status;
    fl_error_prefix(
        &reader->error, "line %llu, %s", (unsigned long long)root->line, root->name);
    return reader->failure;
}

static enum fl_status no_room(struct reader *reader)
{
    return fl_xml_reader_fail(
        reader->xml, fl_arena_failure(&reader->arena, 1),
        "the object is larger than the limit");
}

static void add_note(struct reader *reader, const char *what, const char *name)
{
    fl_enterprisedata_notes_add(
        reader->notes, reader->line, name, /* path= */ "", fl_error_words(what));
}

static void add_lost(void *context, uint64_t line, const char *path, const char *words)
{
    struct reader *reader = context;
    fl_enterprisedata_notes_add(
        reader->notes, line > 0 ? line : reader->line, reader->kind, path, words);
}

/* --- objects --- */

static enum fl_status enqueue(struct reader *reader, struct fl_element *root)
{
    struct queued *queued = fl_arena_alloc(&reader->arena, sizeof *queued);
    if (queued == NULL) {
        return no_room(reader);
    }
    *queued = (struct queued){.root = root, .version = reader->version};
    if (reader->last == NULL) {
        reader->first = queued;
    } else {
        reader->last->next = queued;
    }
    reader->last = queued;
    return FL_OK;
}

static enum fl_status set_boolean(
    struct reader *reader,
    const struct fl_type *type,
    enum fl_role role,
    bool value)
{
    static const struct fl_value yes = {.kind = FL_VALUE_BOOLEAN, .boolean = true};
    const struct fl_attribute *attribute = fl_type_role(type, role);
    return attribute == NULL ? FL_OK
                             : fl_object_set(
                                   &reader->object, attribute->number,
                                   value ? &yes : NULL, &reader->made);
}

/* What arrives is meant to be posted and lives; the format has no word for either. */
static enum fl_status set_state(
    struct reader *reader,
    const struct fl_type *type,
    bool lives,
    struct fl_error *out_error)
{
    enum fl_status status = set_boolean(reader, type, FL_ROLE_DELETION_MARK, !lives);
    if (status == FL_OK) {
        status = set_boolean(reader, type, FL_ROLE_POSTED, lives);
    }
    if (status != FL_OK) {
        return fl_error_set(out_error, status, "the object is larger than the limit");
    }
    return fl_object_normalise(type, &reader->object, out_error);
}

/* What the peer has deleted is marked here, as 1C does; what is not here is nothing. */
static enum fl_status take_deletion(
    struct reader *reader,
    struct fl_element *root,
    fl_conversion_version version,
    bool *out_taken,
    struct fl_error *out_error)
{
    const struct fl_conversion_rule *rule = NULL;
    struct fl_element *element = fl_element_at(root, "СсылкаНаОбъект/СсылкаНаОбъект");
    if (element == NULL) {
        element = fl_element_at(root, "СсылкаНаОбъект");
    }
    if (element == NULL || element->type == NULL || fl_uuid_is_zero(element->id)) {
        add_note(reader, "a deletion that names no object", root->name);
        return FL_OK;
    }
    const struct fl_enterprisedata_sought sought = {
        .conversion = reader->conversion,
        .ports = &reader->ports,
        .version = version,
        .kind = element->type,
        .theirs = element->id};
    enum fl_status status = fl_enterprisedata_find_here(
        &sought, &reader->made, &reader->object, &rule, out_error);
    if (status != FL_OK && status != FL_NOT_FOUND) {
        return status;
    }
    if (rule == NULL) {
        add_note(
            reader, "no rule reads this kind, its deletions are left out", element->type);
        return FL_OK;
    }
    *out_taken = true;
    const struct fl_type *type = fl_conversion_rule_type(rule);
    if (status == FL_NOT_FOUND || fl_type_role(type, FL_ROLE_DELETION_MARK) == NULL) {
        reader->object = (struct fl_object){.key = reader->object.key, .deleted = true};
        return FL_OK;
    }
    return set_state(reader, type, /* lives= */ false, out_error);
}

/* One object that it has lost; kinds that no rule reads are none of ours. */
static enum fl_status request(
    struct reader *reader,
    const struct fl_element *row,
    fl_conversion_version version,
    struct fl_error *out_error)
{
    const struct fl_element *kind = fl_element_child(row, "ИмяОбъектаФорматаПолученного");
    const struct fl_element *id = fl_element_child(row, "СсылкаЗапросаНаВыгрузку");
    const struct fl_conversion_rule *rule = NULL;
    char name[FL_NAME_BYTES_MAX + 1];
    struct fl_uuid theirs;
    if (kind == NULL || id == NULL ||
        fl_uuid_parse(fl_bytes_trimmed(id->text), &theirs) != FL_OK) {
        return FL_OK;
    }
    snprintf(
        name, sizeof name, "%.*s", (int)kind->text.size, (const char *)kind->text.data);
    const struct fl_enterprisedata_sought sought = {
        .conversion = reader->conversion,
        .ports = &reader->ports,
        .version = version,
        .kind = name,
        .theirs = theirs};
    fl_arena_reset(&reader->made);
    enum fl_status status = fl_enterprisedata_find_here(
        &sought, &reader->made, &reader->object, &rule, out_error);
    if (rule != NULL && (status == FL_OK || status == FL_NOT_FOUND)) {
        reader->ports.request(
            reader->ports.context, fl_conversion_rule_type(rule), theirs);
    }
    return status == FL_NOT_FOUND ? FL_OK : status;
}

static enum fl_status take_request(
    struct reader *reader,
    const struct fl_element *root,
    fl_conversion_version version,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    if (reader->ports.request == NULL) {
        add_note(
            reader,
            "the peer asks for objects once more: `filial register` sends them again",
            root->name);
        return FL_OK;
    }
    for (const struct fl_element *row = root->first; row != NULL && status == FL_OK;
         row = row->next) {
        status = request(reader, row, version, out_error);
    }
    return status;
}

static enum fl_status convert(
    struct reader *reader,
    struct fl_element *root,
    fl_conversion_version version,
    bool *out_taken,
    struct fl_error *out_error)
{
    const struct fl_conversion_rule *rule = NULL;
    enum fl_status status = fl_conversion_to_object(
        reader->conversion, version, &reader->ports, root, &reader->made, &reader->object,
        &rule, out_error);
    if (status != FL_OK) {
        return status;
    }
    if (rule == NULL) {
        add_note(reader, "no rule of the mapping reads this kind: left out", root->name);
        return FL_OK;
    }
    *out_taken = true;
    return set_state(reader, fl_conversion_rule_type(rule), /* lives= */ true, out_error);
}

static enum fl_status shape(
    struct reader *reader,
    struct fl_element *root,
    struct fl_error *out_error)
{
    enum fl_status status = fl_enterprisedata_shape(root, &reader->arena);
    return status == FL_OK
               ? FL_OK
               : fl_error_set(out_error, status, "the object is larger than the limit");
}

/* `*out_taken` false: the element is no object for us. */
static enum fl_status take_object(
    struct reader *reader,
    const struct queued *queued,
    bool *out_taken)
{
    struct fl_element *root = queued->root;
    struct fl_error error = {.status = FL_OK};
    enum fl_status status = FL_OK;
    *out_taken = false;
    fl_arena_reset(&reader->made);
    reader->object = (struct fl_object){.deleted = false};
    reader->line = root->line;
    reader->kind = root->name;
    if (reader->conversion == NULL) {
        *out_taken = true;
        return FL_OK;
    }
    bool is_deletion = strcmp(root->name, FL_ENTERPRISEDATA_DELETION) == 0;
    if (is_deletion || fl_conversion_rule_for_element(
                           reader->conversion, queued->version, root->name) != NULL) {
        status = fl_enterprisedata_fit(root, queued->version, &error);
    }
    if (status == FL_OK) {
        status = shape(reader, root, &error);
    }
    if (status != FL_OK) {
        return refuse_object(reader, root, &error);
    }
    if (is_deletion) {
        status = take_deletion(reader, root, queued->version, out_taken, &error);
    } else if (strcmp(root->name, FL_ENTERPRISEDATA_REQUEST) == 0) {
        status = take_request(reader, root, queued->version, &error);
    } else {
        status = convert(reader, root, queued->version, out_taken, &error);
    }
    return status == FL_OK ? FL_OK : refuse_object(reader, root, &error);
}

static enum fl_status take_header(struct reader *reader, struct fl_element *root)
{
    struct fl_error error = {.status = FL_OK};
    uint64_t line = root->line;
    enum fl_status status = fl_enterprisedata_header_read(
        root, &reader->forever, &reader->terms, &reader->header, &line, &error);
    if (status != FL_OK) {
        return fl_xml_reader_fail_at(reader->xml, line, &error);
    }
    reader->has_header = true;
    reader->version = fl_conversion_version_of(fl_bytes_of_text(reader->terms.version));
    return FL_OK;
}

/* --- events --- */

/* Text beside elements is kept with their parent, where nobody expects any. */
static enum fl_status keep_stray_text(struct reader *reader, struct fl_element *parent)
{
    if (reader->text.size == 0) {
        return FL_OK;
    }
    struct fl_bytes stray = fl_bytes_trimmed(fl_buffer_view(&reader->text));
    return stray.size == 0 || fl_arena_copy(&reader->arena, stray, &parent->text) == FL_OK
               ? FL_OK
               : no_room(reader);
}

static enum fl_status open_element(
    struct reader *reader,
    const struct fl_xml_element *element)
{
    struct fl_element *parent =
        reader->open_count == 0 ? NULL : reader->open[reader->open_count - 1];
    if (reader->open_count == DEPTH_MAX) {
        return fl_xml_reader_fail(
            reader->xml, FL_LIMIT, "elements are nested deeper than %d", (int)DEPTH_MAX);
    }
    if (parent != NULL && keep_stray_text(reader, parent) != FL_OK) {
        return no_room(reader);
    }
    struct fl_element *added =
        fl_element_add_named(&reader->arena, parent, element->name);
    if (added == NULL) {
        return no_room(reader);
    }
    added->line = fl_xml_reader_line(reader->xml);
    reader->open[reader->open_count++] = added;
    fl_buffer_clear(&reader->text);
    return FL_OK;
}

static enum fl_status refuse_namespace(struct reader *reader, const char *uri)
{
    return fl_xml_reader_fail(
        reader->xml, FL_MALFORMED,
        "the namespace \"%.100s\" is none of EnterpriseData: that is %s/ and a version, "
        "such as 1.8",
        uri == NULL ? "" : uri, FL_ENTERPRISEDATA_URI);
}

/* The namespace has the version, whatever the header says. False: it has none. */
static bool take_version(struct reader *reader, const char *uri)
{
    const struct fl_bytes text =
        fl_enterprisedata_version_of_uri(fl_bytes_of_text(uri == NULL ? "" : uri));
    bool is_one = text.size > 0 && fl_enterprisedata_is_version(text);
    if (is_one) {
        reader->version = fl_conversion_version_of(text);
        reader->uri = uri;
    }
    return is_one;
}

static enum fl_status start_body(
    struct reader *reader,
    const struct fl_xml_element *element)
{
    if (!reader->has_header || reader->has_body) {
        return fl_xml_reader_fail(
            reader->xml, FL_MALFORMED,
            reader->has_body ? "the message has two bodies"
                             : "the message has no header before its body");
    }
    reader->in_body = true;
    reader->has_body = true;
    reader->uri = NULL;
    reader->body_is_nameless = element->uri == NULL;
    return reader->body_is_nameless || take_version(reader, element->uri)
               ? FL_OK
               : refuse_namespace(reader, element->uri);
}

static enum fl_status start_header(
    struct reader *reader,
    const struct fl_xml_element *element)
{
    if (reader->has_header) {
        return fl_xml_reader_fail(
            reader->xml, FL_MALFORMED, "the message has two headers");
    }
    if (element->uri != NULL && strcmp(element->uri, FL_ENTERPRISEDATA_URI_MSG) != 0) {
        return fl_xml_reader_fail(
            reader->xml, FL_MALFORMED,
            "the namespace of the header is \"%.100s\", not \"%s\"", element->uri,
            FL_ENTERPRISEDATA_URI_MSG);
    }
    reader->in_header = true;
    reader->uri = element->uri;
    return open_element(reader, element);
}

/* Objects of an extension stand beside those of the format: nobody here knows them. */
static enum fl_status start_object(
    struct reader *reader,
    const struct fl_xml_element *element)
{
    bool is_known = reader->uri != NULL && element->uri == reader->uri;
    if (is_known || take_version(reader, element->uri)) {
        return open_element(reader, element);
    }
    if (reader->body_is_nameless) {
        return refuse_namespace(reader, element->uri);
    }
    fl_enterprisedata_notes_add(
        reader->notes, fl_xml_reader_line(reader->xml), element->name, /* path= */ "",
        fl_error_words("it is of another namespace: left out"));
    reader->skipped = 1;
    return FL_OK;
}

static enum fl_status start(void *context, const struct fl_xml_element *element)
{
    struct reader *reader = context;
    reader->depth++;
    if (reader->skipped > 0) {
        reader->skipped++;
        return FL_OK;
    }
    if (reader->depth == 1) {
        return strcmp(element->name, "Message") == 0
                   ? FL_OK
                   : fl_xml_reader_fail(
                         reader->xml, FL_MALFORMED,
                         "this is no message of EnterpriseData: its first element is "
                         "<%s>, not <Message>",
                         element->name);
    }
    if (reader->depth == 2 && strcmp(element->name, "Body") == 0) {
        return start_body(reader, element);
    }
    if (reader->depth == 2 && strcmp(element->name, "Header") == 0) {
        return start_header(reader, element);
    }
    if (reader->in_body && reader->depth == 3) {
        return start_object(reader, element);
    }
    if (!reader->in_header && !reader->in_body) {
        return FL_OK;
    }
    if (element->uri != reader->uri) { /* of an extension */
        reader->skipped = 1;
        return FL_OK;
    }
    return open_element(reader, element);
}

static enum fl_status text(void *context, struct fl_bytes bytes)
{
    struct reader *reader = context;
    if (reader->open_count == 0 || reader->skipped > 0) {
        return FL_OK;
    }
    fl_buffer_put(&reader->text, bytes);
    return fl_buffer_status(&reader->text) == FL_OK
               ? FL_OK
               : fl_xml_reader_fail(
                     reader->xml, fl_buffer_status(&reader->text),
                     "a text is longer than %d MiB", TEXT_BYTES_MAX >> 20);
}

static enum fl_status close_element(struct reader *reader)
{
    struct fl_element *element = reader->open[--reader->open_count];
    if (element->first == NULL) {
        element->kind = FL_ELEMENT_TEXT;
        if (fl_arena_copy(
                &reader->arena, fl_buffer_view(&reader->text), &element->text) != FL_OK) {
            return no_room(reader);
        }
    } else if (keep_stray_text(reader, element) != FL_OK) {
        return no_room(reader);
    }
    fl_buffer_clear(&reader->text);
    if (reader->open_count > 0) {
        return FL_OK;
    }
    if (reader->in_header) {
        reader->in_header = false;
        return take_header(reader, element);
    }
    return enqueue(reader, element);
}

static enum fl_status end(void *context, const struct fl_xml_element *element)
{
    struct reader *reader = context;
    (void)element;
    reader->depth--;
    if (reader->skipped > 0) {
        reader->skipped--;
        return FL_OK;
    }
    if (reader->open_count > 0) {
        return close_element(reader);
    }
    if (reader->depth == 1) {
        reader->in_body = false;
    }
    return FL_OK;
}

/* --- reading --- */

static void reader_close(struct fl_package_reader *base)
{
    struct reader *reader = reader_of(base);
    fl_xml_reader_close(reader->xml);
    fl_arena_deinit(&reader->arena);
    fl_arena_deinit(&reader->spare);
    fl_arena_deinit(&reader->made);
    fl_arena_deinit(&reader->forever);
    fl_buffer_deinit(&reader->text);
    fl_enterprisedata_notes_free(reader->notes);
    fl_free(reader);
}

void fl_enterprisedata_reader_use(
    struct fl_package_reader *base,
    const struct fl_conversion *conversion,
    const struct fl_conversion_ports *ports)
{
    struct reader *reader = reader_of(base);
    reader->conversion = conversion;
    reader->ports =
        ports == NULL ? (struct fl_conversion_ports){.context = NULL} : *ports;
    if (reader->ports.lost == NULL) {
        reader->ports.lost = add_lost;
        reader->ports.lost_context = reader;
    }
}

static enum fl_status reader_open(
    const struct fl_codec *codec,
    const struct fl_package_reader_options *options,
    struct fl_package_reader **out_reader,
    struct fl_error *out_error)
{
    struct reader *reader = fl_alloc_zeroed(1, sizeof *reader);
    size_t bytes_max = options->object_bytes_max > 0 ? options->object_bytes_max
                                                     : FL_OBJECT_ARENA_BYTES_MAX;
    if (reader == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "out of memory for the package");
    }
    reader->base.codec = codec;
    fl_enterprisedata_reader_use(&reader->base, options->conversion, options->ports);
    fl_arena_init(&reader->arena, bytes_max + ARENA_SLACK);
    fl_arena_init(&reader->spare, bytes_max + ARENA_SLACK);
    fl_arena_init(&reader->made, bytes_max + ARENA_SLACK);
    fl_arena_init(&reader->forever, ARENA_SLACK);
    fl_buffer_init(&reader->text, TEXT_BYTES_MAX);
    const struct fl_xml_reader_options xml = {
        .read = options->source.read,
        .read_context = options->source.context,
        .document_bytes_max = options->package_bytes_max,
        .handler = {.start = start, .text = text, .end = end, .context = reader}};
    reader->notes = fl_enterprisedata_notes_new();
    enum fl_status status =
        reader->notes == NULL
            ? fl_error_set(out_error, FL_NO_MEMORY, "out of memory for the package")
            : fl_xml_reader_open(&xml, &reader->xml, out_error);
    if (status != FL_OK) {
        reader_close(&reader->base);
        return status;
    }
    *out_reader = &reader->base;
    return FL_OK;
}

static struct fl_element *copied(
    struct fl_arena *arena,
    struct fl_element *parent,
    const struct fl_element *element)
{
    struct fl_element *copy = fl_element_add_named(arena, parent, element->name);
    if (copy == NULL) {
        return NULL;
    }
    copy->kind = element->kind;
    copy->line = element->line;
    if (fl_arena_copy(arena, element->text, &copy->text) != FL_OK) {
        return NULL;
    }
    for (const struct fl_element *child = element->first; child != NULL;
         child = child->next) {
        if (copied(arena, copy, child) == NULL) {
            return NULL;
        }
    }
    return copy;
}

/*
 * The tree that the end of a block cut moves into the other arena, with what is open,
 * once there is something to forget: a large one is copied once, not with every block.
 */
static enum fl_status turn(struct reader *reader)
{
    if (reader->last == NULL && reader->open_count > 0) {
        return FL_OK;
    }
    struct fl_arena before = reader->arena;
    reader->arena = reader->spare;
    reader->spare = before;
    fl_arena_reset(&reader->arena);
    reader->first = NULL;
    reader->last = NULL;
    if (reader->open_count == 0) {
        return FL_OK;
    }
    struct fl_element *element = copied(&reader->arena, NULL, reader->open[0]);
    for (size_t i = 0; i < reader->open_count; i++) {
        if (element == NULL) {
            return fl_error_set(
                &reader->error, fl_arena_failure(&reader->arena, 1),
                "the object is larger than the limit");
        }
        reader->open[i] = element;
        element = element->last; /* what is open is the last child of its parent */
    }
    return FL_OK;
}

static void feed(struct reader *reader)
{
    reader->failure = turn(reader);
    if (reader->failure == FL_OK) {
        reader->failure = fl_xml_reader_feed(reader->xml, &reader->done, &reader->error);
    }
}

static enum fl_status failed(const struct reader *reader, struct fl_error *out_error)
{
    if (out_error != NULL) {
        *out_error = reader->error;
    }
    return reader->failure;
}

/* A settings message has no body: only its end tells. */
static enum fl_status reader_header(
    struct fl_package_reader *base,
    const struct fl_package_header **out_header,
    struct fl_error *out_error)
{
    struct reader *reader = reader_of(base);
    while (!reader->has_header && !reader->done && reader->failure == FL_OK) {
        feed(reader);
    }
    if (!reader->has_header && reader->failure == FL_OK) {
        reader->failure =
            fl_error_set(&reader->error, FL_MALFORMED, "the message has no header");
    }
    if (!reader->has_header) {
        return failed(reader, out_error);
    }
    *out_header = &reader->header;
    return FL_OK;
}

static enum fl_status reader_next(
    struct fl_package_reader *base,
    const struct fl_object **out_object,
    struct fl_error *out_error)
{
    struct reader *reader = reader_of(base);
    const struct fl_package_header *header = NULL;
    enum fl_status status = reader_header(base, &header, out_error);
    if (status != FL_OK) {
        return status;
    }
    *out_object = NULL;
    while (reader->failure == FL_OK && (reader->first != NULL || !reader->done)) {
        bool taken = false;
        if (reader->first == NULL) {
            feed(reader);
            continue;
        }
        const struct queued *queued = reader->first;
        reader->first = queued->next;
        status = take_object(reader, queued, &taken);
        if (status == FL_OK && taken) {
            *out_object = &reader->object;
            return FL_OK;
        }
    }
    if (reader->failure == FL_OK && !reader->has_body &&
        reader->terms.version[0] != '\0') {
        reader->failure =
            fl_error_set(&reader->error, FL_MALFORMED, "the message has no body");
    }
    return reader->failure == FL_OK ? FL_OK : failed(reader, out_error);
}

static uint64_t reader_line(const struct fl_package_reader *base)
{
    return ((const struct reader *)base)->line;
}

static bool reader_is_incomplete(const struct fl_package_reader *base)
{
    return fl_xml_reader_is_incomplete(((const struct reader *)base)->xml);
}

static const char *reader_note(const struct fl_package_reader *base, size_t index)
{
    return fl_enterprisedata_notes_at(((const struct reader *)base)->notes, index);
}

const struct fl_codec fl_enterprisedata_codec = {
    .name = "enterprisedata",
    .reader_open = reader_open,
    .reader_close = reader_close,
    .reader_header = reader_header,
    .reader_next = reader_next,
    .reader_line = reader_line,
    .reader_is_incomplete = reader_is_incomplete,
    .reader_note = reader_note,
    .writer_open = fl_enterprisedata_writer_open,
    .writer_close = fl_enterprisedata_writer_close,
    .writer_begin = fl_enterprisedata_writer_begin,
    .writer_put = fl_enterprisedata_writer_put,
    .writer_end = fl_enterprisedata_writer_end,
};
