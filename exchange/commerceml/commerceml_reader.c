/*
 * Elements are looked at by their names and those of their parents only: namespaces,
 * order and what stands around them do not matter. An item is captured whole and handed
 * out when it ends; all else of a section belongs to its head.
 *
 * Items of one block of the source live in one arena. One that reaches into the next
 * block stays where it began, and those behind it go into the other arena.
 */

#include <string.h>

#include "exchange/commerceml.h"
#include "xml_reader.h"

enum { SECTIONS_MAX = 4096 };

enum role {
    ROLE_ROOT,
    ROLE_SECTION,
    ROLE_CONTAINER, /* Товары: has items */
    ROLE_WRAPPER,   /* Контейнер: has documents */
};

struct section_slot {
    struct fl_commerceml_section section;
    struct section_slot *next;
};

struct level {
    enum role role;
    const char *name;
    struct section_slot *section; /* that it is in, or begins; NULL: none */
};

struct open_element {
    struct fl_commerceml_element *element;
    size_t text_begin; /* in `text` */
};

struct queued {
    struct fl_commerceml_item item;
    struct queued *next;
};

struct fl_commerceml_reader {
    struct fl_codec_source source;
    struct fl_xml_reader *xml;
    struct level levels[FL_XML_DEPTH_MAX + 1];
    size_t level_count;
    /* What is being captured: an item, or a part of a head. */
    struct open_element opened[FL_XML_DEPTH_MAX + 1];
    size_t opened_count;
    struct fl_commerceml_tree tree;
    bool captures_item;
    struct fl_commerceml_item item;
    struct fl_buffer text;
    struct fl_arena arenas[2];
    size_t arena; /* for items that begin now */
    size_t item_arena;
    struct fl_arena heads;
    struct fl_commerceml_element *root;
    const char *name_space;
    struct section_slot *sections;
    struct section_slot *section; /* the last one, when we are inside of it */
    size_t section_count;
    uint64_t container_count;
    bool inside_container;
    bool found; /* something of CommerceML */
    struct queued *queue;
    struct queued **queue_end;
    const struct queued *given;
    bool done;
    enum fl_status failure;
    struct fl_error error;
};

/* --- which element is what --- */

static const char *const SECTIONS[] = {
    "Классификатор",
    "Каталог",
    "ПакетПредложений",
    "ИзмененияПакетаПредложений",
    "ОрганизационнаяСтруктура",
    "ГрафикОтсутствий",
    "Контрагенты",
};

static const struct {
    enum fl_commerceml_kind kind;
    const char *container;
    const char *name;
    const char *nested; /* the container of the same kind inside of it */
} KINDS[] = {
    {FL_COMMERCEML_GROUP, "Группы", "Группа", "Группы"},
    {FL_COMMERCEML_PROPERTY, "Свойства", "Свойство", NULL},
    {FL_COMMERCEML_PROPERTY, "Свойства", "СвойствоНоменклатуры", NULL},
    {FL_COMMERCEML_CATEGORY, "Категории", "Категория", NULL},
    {FL_COMMERCEML_PRICE_TYPE, "ТипыЦен", "ТипЦены", NULL},
    {FL_COMMERCEML_STORE, "Склады", "Склад", NULL},
    {FL_COMMERCEML_UNIT, "ЕдиницыИзмерения", "ЕдиницаИзмерения", NULL},
    {FL_COMMERCEML_GOODS, "Товары", "Товар", NULL},
    {FL_COMMERCEML_OFFER, "Предложения", "Предложение", NULL},
    {FL_COMMERCEML_DOCUMENT, "Документы", "Документ", NULL},
    {FL_COMMERCEML_DOCUMENT, "Контейнер", "Документ", NULL},
    {FL_COMMERCEML_PARTNER, "Контрагенты", "Контрагент", NULL},
    {FL_COMMERCEML_DEPARTMENT, "Подразделения", "Подразделение", "Подразделения"},
    {FL_COMMERCEML_EMPLOYEE, "Работники", "Работник", NULL},
    {FL_COMMERCEML_ABSENCE, "ЗаписиГрафика", "ЗаписьГрафика", NULL},
};

enum { KIND_ROWS = sizeof KINDS / sizeof KINDS[0] };

const char *fl_commerceml_kind_name(enum fl_commerceml_kind kind)
{
    for (size_t i = 0; i < KIND_ROWS; i++) {
        if (KINDS[i].kind == kind) {
            return KINDS[i].name;
        }
    }
    return "";
}

static bool is_section(const char *name)
{
    for (size_t i = 0; i < sizeof SECTIONS / sizeof SECTIONS[0]; i++) {
        if (strcmp(SECTIONS[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_container(const char *name)
{
    for (size_t i = 0; i < KIND_ROWS; i++) {
        if (strcmp(KINDS[i].container, name) == 0) {
            return true;
        }
    }
    return false;
}

/* 0: no item. */
static enum fl_commerceml_kind kind_of(
    const char *parent,
    enum role role,
    const char *name)
{
    for (size_t i = 0; i < KIND_ROWS; i++) {
        if (strcmp(KINDS[i].name, name) == 0 &&
            (strcmp(KINDS[i].container, parent) == 0 ||
             (KINDS[i].kind == FL_COMMERCEML_DOCUMENT && role == ROLE_ROOT))) {
            return KINDS[i].kind;
        }
    }
    return 0;
}

static const char *nested_of(enum fl_commerceml_kind kind)
{
    for (size_t i = 0; i < KIND_ROWS; i++) {
        if (KINDS[i].kind == kind) {
            return KINDS[i].nested;
        }
    }
    return NULL;
}

/* --- capturing --- */

static enum fl_status no_room(struct fl_commerceml_reader *reader)
{
    return fl_xml_reader_fail(
        reader->xml, fl_arena_failure(reader->tree.arena, sizeof(void *) * 16),
        "line %llu: an element with everything in it is larger than %zu MiB, which no "
        "real one is",
        (unsigned long long)fl_xml_reader_line(reader->xml),
        reader->tree.arena->bytes_max >> 20);
}

static struct fl_bytes trim(struct fl_bytes text)
{
    static const char BLANKS[] = " \t\r\n";
    while (text.size > 0 && memchr(BLANKS, text.data[text.size - 1], 4) != NULL) {
        text.size--;
    }
    while (text.size > 0 && memchr(BLANKS, text.data[0], 4) != NULL) {
        text.data++;
        text.size--;
    }
    return text;
}

static void copy_text(
    struct fl_commerceml_tree *tree,
    struct fl_bytes text,
    struct fl_bytes *out_copy)
{
    text = trim(text);
    *out_copy = (struct fl_bytes){NULL, 0};
    if (text.size > 0 && fl_arena_copy(tree->arena, text, out_copy) != FL_OK) {
        tree->failed = true;
    }
}

static void copy_attributes(
    struct fl_commerceml_tree *tree,
    const struct fl_xml_element *source,
    struct fl_commerceml_element *element)
{
    for (size_t i = 0; i < source->attribute_count && !tree->failed; i++) {
        struct fl_bytes value;
        copy_text(tree, source->attributes[i].value, &value);
        fl_commerceml_add_attribute(tree, element, source->attributes[i].name, value);
    }
}

static enum fl_status open_element(
    struct fl_commerceml_reader *reader,
    struct fl_commerceml_element *parent,
    const struct fl_xml_element *source)
{
    struct fl_commerceml_element *element =
        fl_commerceml_add(&reader->tree, parent, source->name);
    if (element != NULL) {
        copy_attributes(&reader->tree, source, element);
    }
    if (reader->tree.failed) {
        return no_room(reader);
    }
    reader->opened[reader->opened_count++] =
        (struct open_element){.element = element, .text_begin = reader->text.size};
    return FL_OK;
}

static enum fl_status begin_item(
    struct fl_commerceml_reader *reader,
    enum fl_commerceml_kind kind,
    const struct fl_xml_element *source)
{
    reader->captures_item = true;
    reader->item_arena = reader->arena;
    reader->tree = (struct fl_commerceml_tree){.arena = &reader->arenas[reader->arena]};
    reader->item = (struct fl_commerceml_item){
        .kind = kind,
        .section = reader->section == NULL ? NULL : &reader->section->section,
        .container = reader->inside_container ? reader->container_count : 0,
        .line = fl_xml_reader_line(reader->xml)};
    reader->found = true;
    return open_element(reader, NULL, source);
}

static enum fl_status begin_head_part(
    struct fl_commerceml_reader *reader,
    const struct fl_xml_element *source)
{
    /* The head of the section is const for who reads it, and grows here. */
    struct fl_commerceml_element *head = reader->root;
    if (reader->section != NULL) {
        union {
            const struct fl_commerceml_element *shown;
            struct fl_commerceml_element *ours;
        } memory = {.shown = reader->section->section.head};
        head = memory.ours;
    }
    reader->captures_item = false;
    reader->tree = (struct fl_commerceml_tree){.arena = &reader->heads};
    return open_element(reader, head, source);
}

/* --- items --- */

static bool is_deleted(const struct fl_commerceml_element *element)
{
    bool flag = false;
    const struct fl_bytes gone = fl_bytes_of_text("Удален");
    return fl_bytes_equal(fl_commerceml_text(element, "@Статус"), gone) ||
           fl_bytes_equal(fl_commerceml_text(element, "Статус"), gone) ||
           (fl_commerceml_flag(fl_commerceml_text(element, "ПометкаУдаления"), &flag) &&
            flag);
}

static bool enqueue(
    struct fl_commerceml_reader *reader,
    const struct fl_commerceml_element *element,
    struct fl_bytes parent)
{
    struct queued *queued = fl_arena_alloc(reader->tree.arena, sizeof *queued);
    if (queued == NULL) {
        return false;
    }
    queued->item = reader->item;
    queued->item.element = element;
    queued->item.parent = parent;
    queued->item.deleted = is_deleted(element);
    *reader->queue_end = queued;
    reader->queue_end = &queued->next;
    return true;
}

struct branch {
    const struct fl_commerceml_element *at; /* to be handed out next */
    struct fl_bytes parent;
};

/* A group, then those below it, each told what it is below of. */
static bool enqueue_nested(
    struct fl_commerceml_reader *reader,
    const struct fl_commerceml_element *top)
{
    const char *nested = nested_of(reader->item.kind);
    struct branch branches[FL_XML_DEPTH_MAX + 1] = {{.at = top}};
    size_t depth = 1;
    while (depth > 0) {
        struct branch *branch = &branches[depth - 1];
        const struct fl_commerceml_element *element = branch->at;
        if (element == NULL) {
            depth--;
            continue;
        }
        branch->at = depth == 1 ? NULL : fl_commerceml_again(element);
        if (!enqueue(reader, element, branch->parent)) {
            return false;
        }
        const struct fl_commerceml_element *below = fl_commerceml_child(element, nested);
        if (below != NULL && depth <= FL_XML_DEPTH_MAX) {
            branches[depth++] = (struct branch){
                .at = fl_commerceml_child(below, element->name),
                .parent = fl_commerceml_text(element, "Ид")};
        }
    }
    return true;
}

static enum fl_status end_item(struct fl_commerceml_reader *reader)
{
    const struct fl_commerceml_element *element = reader->opened[0].element;
    const bool has_room = nested_of(reader->item.kind) == NULL
                              ? enqueue(reader, element, (struct fl_bytes){NULL, 0})
                              : enqueue_nested(reader, element);
    return has_room ? FL_OK : no_room(reader);
}

/* --- events --- */

static enum fl_status push(
    struct fl_commerceml_reader *reader,
    enum role role,
    const char *name)
{
    reader->levels[reader->level_count++] =
        (struct level){.role = role, .name = name, .section = reader->section};
    return FL_OK;
}

static enum fl_status make_head(
    struct fl_commerceml_reader *reader,
    const struct fl_xml_element *source,
    struct fl_commerceml_element **out_head)
{
    reader->tree = (struct fl_commerceml_tree){.arena = &reader->heads};
    *out_head = fl_commerceml_add(&reader->tree, NULL, source->name);
    if (*out_head != NULL) {
        copy_attributes(&reader->tree, source, *out_head);
    }
    return reader->tree.failed ? no_room(reader) : FL_OK;
}

static enum fl_status begin_section(
    struct fl_commerceml_reader *reader,
    const struct fl_xml_element *source)
{
    struct fl_commerceml_element *head = NULL;
    struct section_slot *slot = fl_arena_alloc(&reader->heads, sizeof *slot);
    enum fl_status status = make_head(reader, source, &head);
    if (status == FL_OK && (slot == NULL || reader->section_count >= SECTIONS_MAX)) {
        return fl_xml_reader_fail(
            reader->xml, FL_LIMIT, "line %llu: more than %d parts in one file",
            (unsigned long long)fl_xml_reader_line(reader->xml), SECTIONS_MAX);
    }
    if (status != FL_OK) {
        return status;
    }
    const struct fl_bytes flag = fl_commerceml_text(head, "@СодержитТолькоИзменения");
    (void)fl_commerceml_flag(flag, &slot->section.changes_only);
    slot->section.head = head;
    struct section_slot **place = &reader->sections;
    while (*place != NULL) {
        place = &(*place)->next;
    }
    *place = slot;
    reader->section = slot;
    reader->section_count++;
    reader->found = true;
    return push(reader, ROLE_SECTION, source->name);
}

static enum fl_status begin_root(
    struct fl_commerceml_reader *reader,
    const struct fl_xml_element *source)
{
    reader->name_space = source->uri;
    reader->found = strcmp(source->name, "КоммерческаяИнформация") == 0;
    enum fl_status status = make_head(reader, source, &reader->root);
    if (status == FL_OK && is_section(source->name)) {
        return begin_section(reader, source);
    }
    return status == FL_OK ? push(reader, ROLE_ROOT, source->name) : status;
}

static enum fl_status on_start(void *context, const struct fl_xml_element *source)
{
    struct fl_commerceml_reader *reader = context;
    if (reader->opened_count > 0) {
        return open_element(
            reader, reader->opened[reader->opened_count - 1].element, source);
    }
    if (reader->level_count == 0) {
        return begin_root(reader, source);
    }
    const struct level *level = &reader->levels[reader->level_count - 1];
    const enum fl_commerceml_kind kind = kind_of(level->name, level->role, source->name);
    if (kind != 0) {
        return begin_item(reader, kind, source);
    }
    if (level->role != ROLE_CONTAINER && is_section(source->name)) {
        return begin_section(reader, source);
    }
    if (strcmp(source->name, "Контейнер") == 0) {
        reader->container_count++;
        reader->inside_container = true;
        return push(reader, ROLE_WRAPPER, source->name);
    }
    if (level->role != ROLE_CONTAINER && is_container(source->name)) {
        return push(reader, ROLE_CONTAINER, source->name);
    }
    return begin_head_part(reader, source);
}

static enum fl_status on_text(void *context, struct fl_bytes text)
{
    struct fl_commerceml_reader *reader = context;
    if (reader->opened_count == 0) {
        return FL_OK; /* between items */
    }
    fl_buffer_put(&reader->text, text);
    return fl_buffer_status(&reader->text) == FL_OK
               ? FL_OK
               : fl_xml_reader_fail(
                     reader->xml, fl_buffer_status(&reader->text),
                     "line %llu: a text is too long",
                     (unsigned long long)fl_xml_reader_line(reader->xml));
}

static void end_level(struct fl_commerceml_reader *reader)
{
    const struct level ended = reader->levels[--reader->level_count];
    if (ended.role == ROLE_WRAPPER) {
        reader->inside_container = false;
    }
    reader->section =
        reader->level_count == 0 ? NULL : reader->levels[reader->level_count - 1].section;
}

static enum fl_status on_end(void *context, const struct fl_xml_element *source)
{
    struct fl_commerceml_reader *reader = context;
    (void)source;
    if (reader->opened_count == 0) {
        end_level(reader);
        return FL_OK;
    }
    const struct open_element *opened = &reader->opened[--reader->opened_count];
    if (reader->text.size > opened->text_begin) {
        const struct fl_bytes text = {
            reader->text.data + opened->text_begin,
            reader->text.size - opened->text_begin};
        copy_text(&reader->tree, text, &opened->element->text);
        reader->text.size = opened->text_begin;
    }
    if (reader->tree.failed) {
        return no_room(reader);
    }
    return reader->opened_count == 0 && reader->captures_item ? end_item(reader) : FL_OK;
}

/* --- opening, reading --- */

/* Bytes that no encoding here has for anything but themselves, and that XML forbids. */
static size_t strip(uint8_t *bytes, size_t size)
{
    size_t kept = 0;
    for (size_t i = 0; i < size; i++) {
        bytes[kept] = bytes[i];
        kept +=
            bytes[i] >= 0x20 || bytes[i] == '\t' || bytes[i] == '\n' || bytes[i] == '\r';
    }
    return kept;
}

static enum fl_status read_stripped(
    void *context,
    uint8_t *out_bytes,
    size_t size_max,
    size_t *out_size,
    struct fl_error *out_error)
{
    const struct fl_commerceml_reader *reader = context;
    enum fl_status status;
    size_t size;
    do {
        size = 0;
        status = reader->source.read(
            reader->source.context, out_bytes, size_max, &size, out_error);
        *out_size = status == FL_OK ? strip(out_bytes, size) : 0;
    } while (status == FL_OK && size > 0 && *out_size == 0);
    return status;
}

enum fl_status fl_commerceml_reader_open(
    const struct fl_commerceml_reader_options *options,
    struct fl_commerceml_reader **out_reader,
    struct fl_error *out_error)
{
    struct fl_commerceml_reader *reader = fl_alloc_zeroed(1, sizeof *reader);
    const size_t bytes_max = options->item_bytes_max == 0
                                 ? (size_t)FL_COMMERCEML_ITEM_BYTES_MAX
                                 : options->item_bytes_max;
    if (reader == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    reader->source = options->source;
    reader->queue_end = &reader->queue;
    fl_arena_init(&reader->arenas[0], bytes_max);
    fl_arena_init(&reader->arenas[1], bytes_max);
    fl_arena_init(&reader->heads, FL_COMMERCEML_HEAD_BYTES_MAX);
    fl_buffer_init(&reader->text, bytes_max);
    const struct fl_xml_reader_options xml = {
        .read = read_stripped,
        .read_context = reader,
        .handler = {.start = on_start, .text = on_text, .end = on_end, .context = reader},
        .document_bytes_max = options->document_bytes_max};
    enum fl_status status = fl_xml_reader_open(&xml, &reader->xml, out_error);
    if (status != FL_OK) {
        fl_commerceml_reader_close(reader);
        return status;
    }
    *out_reader = reader;
    return FL_OK;
}

void fl_commerceml_reader_close(struct fl_commerceml_reader *reader)
{
    if (reader == NULL) {
        return;
    }
    fl_xml_reader_close(reader->xml);
    fl_arena_deinit(&reader->arenas[0]);
    fl_arena_deinit(&reader->arenas[1]);
    fl_arena_deinit(&reader->heads);
    fl_buffer_deinit(&reader->text);
    fl_free(reader);
}

/* What was handed out is over; what is being captured stays where it is. */
static void make_room(struct fl_commerceml_reader *reader)
{
    const bool captures = reader->opened_count > 0 && reader->captures_item;
    reader->queue = NULL;
    reader->queue_end = &reader->queue;
    reader->arena = captures ? 1 - reader->item_arena : 0;
    fl_arena_reset(&reader->arenas[reader->arena]);
}

static enum fl_status feed(struct fl_commerceml_reader *reader)
{
    enum fl_status status;
    do {
        make_room(reader);
        status = fl_xml_reader_feed(reader->xml, &reader->done, &reader->error);
    } while (status == FL_OK && !reader->done && reader->queue == NULL);
    if (status == FL_OK && reader->done && !reader->found) {
        status = fl_error_set(
            &reader->error, FL_MALFORMED,
            "this is XML, but not CommerceML: its root is %s, and nothing in it is known",
            reader->root == NULL ? "?" : reader->root->name);
    }
    return status;
}

enum fl_status fl_commerceml_reader_next(
    struct fl_commerceml_reader *reader,
    const struct fl_commerceml_item **out_item,
    struct fl_error *out_error)
{
    if (reader->given != NULL) {
        reader->queue = reader->given->next;
        reader->given = NULL;
    }
    if (reader->queue == NULL && !reader->done && reader->failure == FL_OK) {
        reader->failure = feed(reader);
    }
    if (reader->queue == NULL && reader->failure != FL_OK) {
        if (out_error != NULL) {
            *out_error = reader->error;
        }
        return reader->failure;
    }
    reader->given = reader->queue;
    *out_item = reader->queue == NULL ? NULL : &reader->queue->item;
    return FL_OK;
}

const struct fl_commerceml_element *fl_commerceml_reader_root(
    const struct fl_commerceml_reader *reader)
{
    return reader->root;
}

const char *fl_commerceml_reader_namespace(const struct fl_commerceml_reader *reader)
{
    return reader->name_space;
}

const struct fl_commerceml_section *fl_commerceml_reader_section(
    const struct fl_commerceml_reader *reader,
    size_t index)
{
    const struct section_slot *slot = reader->sections;
    while (slot != NULL && index > 0) {
        slot = slot->next;
        index--;
    }
    return slot == NULL ? NULL : &slot->section;
}

uint64_t fl_commerceml_reader_line(const struct fl_commerceml_reader *reader)
{
    return fl_xml_reader_line(reader->xml);
}

bool fl_commerceml_reader_is_incomplete(const struct fl_commerceml_reader *reader)
{
    return fl_xml_reader_is_incomplete(reader->xml);
}
