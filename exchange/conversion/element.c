#include "exchange/element.h"

#include <string.h>

struct fl_element *fl_element_add(
    struct fl_arena *arena,
    struct fl_element *parent,
    struct fl_bytes name)
{
    const char *copy = fl_arena_text(arena, name);
    return copy == NULL ? NULL : fl_element_add_named(arena, parent, copy);
}

struct fl_element *fl_element_add_named(
    struct fl_arena *arena,
    struct fl_element *parent,
    const char *name)
{
    struct fl_element *element = fl_arena_alloc(arena, sizeof *element);
    if (element == NULL) {
        return NULL;
    }
    element->name = name;
    if (parent != NULL) {
        if (parent->last == NULL) {
            parent->first = element;
        } else {
            parent->last->next = element;
        }
        parent->last = element;
    }
    return element;
}

struct fl_element *fl_element_add_text(
    struct fl_arena *arena,
    struct fl_element *parent,
    struct fl_bytes name,
    struct fl_bytes text)
{
    struct fl_element *element = fl_element_add(arena, parent, name);
    if (element != NULL) {
        element->kind = FL_ELEMENT_TEXT;
        if (fl_arena_copy(arena, text, &element->text) != FL_OK) {
            return NULL;
        }
    }
    return element;
}

/* Names differ early: looking is faster than a call that compares. */
static bool is_called(const struct fl_element *element, struct fl_bytes name)
{
    size_t same = 0;
    while (same < name.size && element->name[same] == (char)name.data[same]) {
        same++;
    }
    return same == name.size && element->name[same] == '\0';
}

static struct fl_element *find(const struct fl_element *from, struct fl_bytes name)
{
    struct fl_element *element = (struct fl_element *)(uintptr_t)from;
    while (element != NULL && !is_called(element, name)) {
        element = element->next;
    }
    return element;
}

struct fl_element *fl_element_child(const struct fl_element *parent, const char *name)
{
    return parent == NULL ? NULL : find(parent->first, fl_bytes_of_text(name));
}

struct fl_element *fl_element_same(const struct fl_element *element)
{
    return find(element->next, fl_bytes_of_text(element->name));
}

/* The step at the beginning of `path`, which moves behind it and its slash. */
static struct fl_bytes next_step(const char **path)
{
    struct fl_bytes step = {(const uint8_t *)*path, strcspn(*path, "/")};
    *path += step.size;
    if (**path == '/') {
        (*path)++;
    }
    return step;
}

struct fl_element *fl_element_at(struct fl_element *root, const char *path)
{
    while (root != NULL && *path != '\0') {
        root = find(root->first, next_step(&path));
    }
    return root;
}

struct fl_element *fl_element_make(
    struct fl_arena *arena,
    struct fl_element *root,
    const char *path)
{
    while (root != NULL && *path != '\0') {
        struct fl_bytes step = next_step(&path);
        struct fl_element *there = *path == '\0' ? NULL : find(root->first, step);
        root = there != NULL ? there : fl_element_add(arena, root, step);
    }
    return root;
}
