#include "site/site_tree.h"

#include <stdlib.h>
#include <string.h>

#include "change/ref.h"
#include "proto/record.h"
#include "storage/journal.h"

enum { OBJECTS_MAX = 200000 };

struct branch {
    struct fl_uuid id;
    struct fl_uuid parent; /* zero: at the top */
    struct fl_commerceml_element *element;
    bool placed;
};

struct tree {
    const struct fl_site_making *making;
    const struct fl_site_part *part;
    const struct fl_attribute *parent;
    const struct fl_attribute *owner; /* of what is put inside */
    struct fl_error *error;           /* NULL: nobody asks */
    struct fl_arena seen;             /* one entry, until it is known to be of the tree */
    struct branch *branches;
    size_t count;
    size_t capacity;
};

static const struct fl_attribute *parent_of(const struct fl_site_part *part)
{
    for (size_t i = 0; i < part->mapping->column_count; i++) {
        const struct fl_mapping_column *column = &part->mapping->columns[i];
        if (fl_bytes_equal(column->source, fl_bytes_of_text("^parent"))) {
            return column->attribute;
        }
    }
    return NULL;
}

static struct branch *grow(struct tree *tree)
{
    if (tree->count == tree->capacity) {
        const size_t capacity = tree->capacity == 0 ? 64 : tree->capacity * 2;
        struct branch *branches =
            capacity > OBJECTS_MAX * 2
                ? NULL
                : fl_realloc(tree->branches, capacity * sizeof *branches);
        if (branches == NULL) {
            return NULL;
        }
        tree->branches = branches;
        tree->capacity = capacity;
    }
    return &tree->branches[tree->count++];
}

/* What went wrong, at the object of `key` where it is one of them. */
static enum fl_status fail(
    struct tree *tree,
    const struct fl_site_part *part,
    struct fl_key key,
    enum fl_status status)
{
    if (status == FL_MALFORMED) {
        return fl_error_set(
            tree->error, status, "%s is damaged: run \"filial store check\"",
            fl_ref_text(tree->making->node->configuration, key).text);
    }
    if (status == FL_LIMIT) {
        return fl_error_set(
            tree->error, status, "%s.%s has more objects than one file may list",
            fl_kind_name(part->type->kind), part->type->name);
    }
    if (status == FL_NO_MEMORY) {
        return fl_error_set(tree->error, status, "not enough memory");
    }
    if (tree->error != NULL) {
        *tree->error = *fl_txn_error(tree->making->txn);
    }
    return status;
}

/* What an entry holds, until the next one is seen. FL_NOT_FOUND: none of the part. */
static enum fl_status see(
    struct tree *tree,
    const struct fl_site_part *part,
    const struct fl_entry *entry,
    struct fl_object *out_object)
{
    if ((entry->flags & (FL_ENTRY_DELETED | FL_ENTRY_WITHDRAWN)) != 0) {
        return FL_NOT_FOUND;
    }
    fl_arena_reset(&tree->seen);
    struct fl_commerceml_tree memory = {.arena = &tree->seen};
    struct fl_site_making making = *tree->making;
    making.tree = &memory;
    enum fl_status status =
        fl_record_decode(entry->key, false, entry->record, &tree->seen, out_object);
    if (status != FL_OK) {
        return status;
    }
    return fl_site_part_has(&making, part, out_object) &&
                   !fl_site_is_marked(part, out_object)
               ? FL_OK
               : FL_NOT_FOUND;
}

/* The same for as long as the tree: texts of its elements borrow from it. */
static enum fl_status keep(
    struct tree *tree,
    const struct fl_entry *entry,
    struct fl_object *out_object)
{
    struct fl_arena *arena = tree->making->tree->arena;
    struct fl_bytes record;
    return fl_arena_copy(arena, entry->record, &record) != FL_OK
               ? FL_LIMIT
               : fl_record_decode(entry->key, false, record, arena, out_object);
}

static enum fl_status add(
    struct tree *tree,
    const struct fl_site_part *part,
    const struct fl_entry *entry)
{
    struct fl_commerceml_tree *memory = tree->making->tree;
    struct fl_object object;
    enum fl_status status = see(tree, part, entry, &object);
    if (status == FL_OK) {
        status = keep(tree, entry, &object);
    }
    if (status != FL_OK) {
        return status;
    }
    struct branch *branch = grow(tree);
    if (branch == NULL) {
        return FL_LIMIT;
    }
    *branch = (struct branch){.id = object.key.id};
    branch->element =
        fl_commerceml_add(memory, NULL, fl_commerceml_kind_name(part->item));
    if (branch->element == NULL) {
        return FL_LIMIT;
    }
    fl_site_fill(tree->making, part, &object, branch->element);
    const struct fl_value *parent =
        tree->parent == NULL ? NULL : fl_object_field(&object, tree->parent->number);
    if (parent != NULL && parent->kind == FL_VALUE_REF) {
        branch->parent = parent->uuid;
    }
    return FL_OK;
}

/* FL_NOT_FOUND: the entry is not for the tree. */
typedef enum fl_status (*take_entry)(
    struct tree *tree,
    const struct fl_site_part *part,
    const struct fl_entry *entry);

static enum fl_status take_all(
    struct tree *tree,
    const struct fl_site_part *part,
    take_entry take)
{
    struct fl_object_walk walk;
    struct fl_entry entry = {.lsn = 0};
    enum fl_status status = FL_OK;
    const uint32_t type = part->type->number;
    fl_object_walk_begin(&walk, tree->making->txn, (struct fl_key){.type = type});
    while (status == FL_OK) {
        status = fl_object_walk_next(&walk, &entry);
        if (status == FL_NOT_FOUND ||
            (entry.key.type != type && (status == FL_OK || status == FL_MALFORMED))) {
            status = FL_OK;
            break;
        }
        if (status == FL_OK) {
            status = take(tree, part, &entry);
            status = status == FL_NOT_FOUND ? FL_OK : status;
        }
    }
    fl_object_walk_end(&walk);
    return status == FL_OK ? FL_OK : fail(tree, part, entry.key, status);
}

static enum fl_status take_these(struct tree *tree, const struct fl_site_keys *keys)
{
    for (size_t i = 0; i < keys->count; i++) {
        const struct fl_key key = {.type = keys->items[i].type, .id = keys->items[i].id};
        struct fl_entry entry;
        enum fl_status status = fl_object_get(tree->making->txn, key, &entry);
        if (status == FL_OK) {
            status = add(tree, tree->part, &entry);
        }
        if (status != FL_OK && status != FL_NOT_FOUND) {
            return fail(tree, tree->part, key, status);
        }
    }
    return FL_OK;
}

static int compare(const void *left, const void *right)
{
    const struct branch *a = left;
    const struct branch *b = right;
    return fl_uuid_compare(a->id, b->id);
}

static struct branch *find(struct tree *tree, struct fl_uuid id)
{
    const struct branch wanted = {.id = id};
    return tree->count == 0 ? NULL
                            : bsearch(
                                  &wanted, tree->branches, tree->count,
                                  sizeof *tree->branches, compare);
}

/* What hangs on itself, or on what is not there, comes to the top. */
static bool reaches_top(struct tree *tree, const struct branch *branch)
{
    size_t steps = 0;
    const struct branch *at = branch;
    while (at != NULL && !fl_uuid_is_zero(at->parent) && steps++ < 64) {
        at = find(tree, at->parent);
    }
    return steps < 64;
}

static void hang(struct tree *tree)
{
    const char *container =
        tree->part->item == FL_COMMERCEML_DEPARTMENT ? "Подразделения" : "Группы";
    for (size_t i = 0; i < tree->count; i++) {
        struct branch *branch = &tree->branches[i];
        struct branch *parent =
            fl_uuid_is_zero(branch->parent) ? NULL : find(tree, branch->parent);
        if (parent == NULL || !reaches_top(tree, branch)) {
            continue;
        }
        struct fl_commerceml_element *below = fl_site_make(
            tree->making->tree, parent->element, fl_bytes_of_text(container));
        if (below == NULL) {
            return;
        }
        if (below->last == NULL) {
            below->first = branch->element;
        } else {
            below->last->next = branch->element;
        }
        below->last = branch->element;
        branch->placed = true;
    }
}

/* --- what stands in each of them --- */

static const struct fl_attribute *owner_of(const struct fl_site_part *part)
{
    for (size_t i = 0; i < part->mapping->column_count; i++) {
        const struct fl_mapping_column *column = &part->mapping->columns[i];
        if (fl_bytes_equal(column->source, fl_bytes_of_text("/Ид"))) {
            return column->attribute;
        }
    }
    return NULL;
}

/* A value of a property, an object of its own, under the one that it is of. */
static enum fl_status put_inside(
    struct tree *tree,
    const struct fl_site_part *part,
    const struct fl_entry *entry)
{
    struct fl_commerceml_tree *memory = tree->making->tree;
    struct fl_object object;
    enum fl_status status = see(tree, part, entry, &object);
    if (status != FL_OK) {
        return status;
    }
    const struct fl_value *of = fl_object_field(&object, tree->owner->number);
    struct branch *branch =
        of == NULL || of->kind != FL_VALUE_REF ? NULL : find(tree, of->uuid);
    if (branch == NULL) {
        return FL_NOT_FOUND;
    }
    status = keep(tree, entry, &object);
    if (status != FL_OK) {
        return status;
    }
    struct fl_commerceml_element *line =
        fl_site_add_line(memory, branch->element, part->path);
    const struct fl_row row = {object.field_count, object.fields};
    if (line == NULL) {
        return FL_LIMIT;
    }
    fl_site_fill_row(tree->making, part, &object, &row, line);
    return FL_OK;
}

static enum fl_status fill_with(struct tree *tree, const struct fl_site_part *part)
{
    tree->owner = owner_of(part);
    return tree->owner == NULL ? FL_OK : take_all(tree, part, put_inside);
}

/* One that has a list of values is of that list; what else it may be, a mapping says. */
static void tell_types_of_values(struct tree *tree)
{
    for (size_t i = 0; i < tree->count; i++) {
        struct fl_commerceml_element *element = tree->branches[i].element;
        const bool is_listed = fl_commerceml_child(element, "ВариантыЗначений") != NULL;
        if (fl_commerceml_child(element, "ТипЗначений") == NULL) {
            (void)fl_commerceml_add_text(
                tree->making->tree, element, "ТипЗначений",
                fl_bytes_of_text(is_listed ? "Справочник" : "Строка"));
        }
    }
}

/* Parts of the same item with a path. */
static enum fl_status fill_all(struct tree *tree)
{
    const struct fl_site_part *part = NULL;
    enum fl_status status = FL_OK;
    while (status == FL_OK && (part = fl_site_part_find(
                                   tree->making->mapping, FL_SITE_ITEM, tree->part->item,
                                   (struct fl_bytes){NULL, 0}, part)) != NULL) {
        if (part != tree->part && part->writes && part->path[0] != '\0') {
            status = fill_with(tree, part);
        }
    }
    if (status == FL_OK && tree->part->item == FL_COMMERCEML_PROPERTY) {
        tell_types_of_values(tree);
    }
    return status;
}

enum fl_status fl_site_tree_write(
    const struct fl_site_making *making,
    const struct fl_site_part *part,
    const struct fl_site_keys *only,
    struct fl_commerceml_writer *writer,
    struct fl_error *out_error)
{
    struct tree tree = {
        .making = making, .part = part, .parent = parent_of(part), .error = out_error};
    fl_arena_init(&tree.seen, FL_OBJECT_ARENA_BYTES_MAX);
    enum fl_status status =
        only == NULL ? take_all(&tree, part, add) : take_these(&tree, only);
    if (status == FL_OK && tree.count > 0) {
        qsort(tree.branches, tree.count, sizeof *tree.branches, compare);
        hang(&tree);
        status = fill_all(&tree);
    }
    if (status == FL_OK && making->tree->failed) {
        status = fail(&tree, part, (struct fl_key){.type = part->type->number}, FL_LIMIT);
    }
    for (size_t i = 0; i < tree.count && status == FL_OK; i++) {
        if (!tree.branches[i].placed) {
            status =
                fl_commerceml_writer_put(writer, tree.branches[i].element, out_error);
            status = status == FL_REFUSED ? FL_OK : status;
        }
    }
    fl_free(tree.branches);
    fl_arena_deinit(&tree.seen);
    return status;
}
