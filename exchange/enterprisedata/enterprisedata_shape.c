/*
 * References as EnterpriseData writes them:
 *
 *     <Контрагент><Ссылка>uuid</Ссылка> what else it is found by </Контрагент>
 *     <Владелец><КонтрагентыСсылка> the same </КонтрагентыСсылка></Владелец>
 *     <СсылкаНаОбъект><КонтрагентыСсылка>uuid</КонтрагентыСсылка></СсылкаНаОбъект>
 *
 * The kind stands in the name of the inner element where several are possible.
 */

#include <string.h>

#include "enterprisedata_codec.h"

/* Takes <Ссылка> out of the children. False: there is none, or it is no uuid. */
static bool take_id(struct fl_element *element)
{
    struct fl_element *before = NULL;
    for (struct fl_element *child = element->first; child != NULL; child = child->next) {
        if (child->kind == FL_ELEMENT_TEXT &&
            strcmp(child->name, FL_ENTERPRISEDATA_ID) == 0 &&
            fl_uuid_parse(fl_bytes_trimmed(child->text), &element->id) == FL_OK) {
            if (before == NULL) {
                element->first = child->next;
            } else {
                before->next = child->next;
            }
            element->last = element->last == child ? before : element->last;
            return true;
        }
        before = child;
    }
    return false;
}

/* "КонтрагентыСсылка": the length of "Контрагенты"; 0: no such name. */
static size_t kind_size(const char *name)
{
    size_t size = strlen(name);
    size_t end = strlen(FL_ENTERPRISEDATA_ID);
    return size > end && strcmp(name + size - end, FL_ENTERPRISEDATA_ID) == 0 ? size - end
                                                                              : 0;
}

/* The only child says which kind it is: then it is what its parent means. */
static void take_kind(struct fl_element *element)
{
    struct fl_element *child = element->first;
    size_t size = child == NULL || child->next != NULL ? 0 : kind_size(child->name);
    if (size == 0) {
        return;
    }
    if (child->kind == FL_ELEMENT_TEXT &&
        fl_uuid_parse(fl_bytes_trimmed(child->text), &element->id) != FL_OK) {
        return;
    }
    if (child->kind == FL_ELEMENT_REF) {
        element->id = child->id;
    }
    ((char *)(uintptr_t)child->name)[size] = '\0'; /* of the tree's own arena */
    element->type = child->name;
    element->kind = FL_ELEMENT_REF;
    element->first = child->first;
    element->last = child->last;
}

static void shape(struct fl_element *element)
{
    for (struct fl_element *child = element->first; child != NULL; child = child->next) {
        shape(child);
    }
    if (element->kind != FL_ELEMENT_GROUP) {
        return;
    }
    if (take_id(element)) {
        element->kind = FL_ELEMENT_REF;
    } else {
        take_kind(element);
    }
}

void fl_enterprisedata_shape(struct fl_element *root)
{
    for (struct fl_element *child = root->first; child != NULL; child = child->next) {
        shape(child);
    }
}
