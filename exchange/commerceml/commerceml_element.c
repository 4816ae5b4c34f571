#include <string.h>

#include "exchange/commerceml.h"

static struct fl_commerceml_element *fail(struct fl_commerceml_tree *tree)
{
    tree->failed = true;
    return NULL;
}

static void append(
    struct fl_commerceml_element *parent,
    struct fl_commerceml_element *element)
{
    if (parent->last == NULL) {
        parent->first = element;
    } else {
        parent->last->next = element;
    }
    parent->last = element;
}

static struct fl_commerceml_element *make(
    struct fl_commerceml_tree *tree,
    const char *name)
{
    struct fl_commerceml_element *element =
        tree->failed ? NULL : fl_arena_alloc(tree->arena, sizeof *element);
    if (element == NULL) {
        return fail(tree);
    }
    element->name = name;
    element->name_size = (uint32_t)strlen(name);
    return element;
}

struct fl_commerceml_element *fl_commerceml_add(
    struct fl_commerceml_tree *tree,
    struct fl_commerceml_element *parent,
    const char *name)
{
    struct fl_commerceml_element *element = make(tree, name);
    if (element != NULL && parent != NULL) {
        append(parent, element);
    }
    return element;
}

struct fl_commerceml_element *fl_commerceml_add_text(
    struct fl_commerceml_tree *tree,
    struct fl_commerceml_element *parent,
    const char *name,
    struct fl_bytes text)
{
    struct fl_commerceml_element *element = fl_commerceml_add(tree, parent, name);
    if (element != NULL) {
        element->text = text;
    }
    return element;
}

void fl_commerceml_add_attribute(
    struct fl_commerceml_tree *tree,
    struct fl_commerceml_element *element,
    const char *name,
    struct fl_bytes value)
{
    struct fl_commerceml_attribute *attribute =
        element == NULL || tree->failed ? NULL
                                        : fl_arena_alloc(tree->arena, sizeof *attribute);
    if (attribute == NULL) {
        (void)fail(tree);
        return;
    }
    *attribute = (struct fl_commerceml_attribute){.name = name, .value = value};
    struct fl_commerceml_attribute **place = &element->attributes;
    while (*place != NULL) {
        place = &(*place)->next;
    }
    *place = attribute;
}

static const struct fl_commerceml_element *find(
    const struct fl_commerceml_element *element,
    const char *name,
    size_t size)
{
    while (element != NULL &&
           (element->name_size != size || memcmp(element->name, name, size) != 0)) {
        element = element->next;
    }
    return element;
}

const struct fl_commerceml_element *fl_commerceml_child(
    const struct fl_commerceml_element *element,
    const char *name)
{
    return element == NULL ? NULL : find(element->first, name, strlen(name));
}

const struct fl_commerceml_element *fl_commerceml_again(
    const struct fl_commerceml_element *element)
{
    return element == NULL ? NULL
                           : find(element->next, element->name, element->name_size);
}

static struct fl_bytes attribute_of(
    const struct fl_commerceml_element *element,
    const char *name)
{
    for (const struct fl_commerceml_attribute *at = element->attributes; at != NULL;
         at = at->next) {
        if (strcmp(at->name, name) == 0) {
            return at->value;
        }
    }
    return (struct fl_bytes){NULL, 0};
}

struct fl_bytes fl_commerceml_text(
    const struct fl_commerceml_element *element,
    const char *path)
{
    while (element != NULL && *path != '\0' && *path != '@') {
        const size_t size = strcspn(path, "/");
        element = find(element->first, path, size);
        path += size + (path[size] == '/');
    }
    if (element == NULL) {
        return (struct fl_bytes){NULL, 0};
    }
    return *path == '@' ? attribute_of(element, path + 1) : element->text;
}

struct fl_bytes fl_commerceml_requisite(
    const struct fl_commerceml_element *element,
    const char *name)
{
    const struct fl_commerceml_element *at = fl_commerceml_child(
        fl_commerceml_child(element, "ЗначенияРеквизитов"), "ЗначениеРеквизита");
    const struct fl_bytes wanted = fl_bytes_of_text(name);
    while (at != NULL &&
           !fl_bytes_equal(fl_commerceml_text(at, "Наименование"), wanted)) {
        at = fl_commerceml_again(at);
    }
    return fl_commerceml_text(at, "Значение");
}
