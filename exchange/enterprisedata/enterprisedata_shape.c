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

struct fl_bytes fl_enterprisedata_kind_of_name(const char *name)
{
    struct fl_bytes kind = fl_bytes_of_text(name);
    size_t end = strlen(FL_ENTERPRISEDATA_ID);
    bool is_reference =
        kind.size > end && strcmp(name + kind.size - end, FL_ENTERPRISEDATA_ID) == 0;
    kind.size = is_reference ? kind.size - end : 0;
    return kind;
}

/*
 * The only child says which kind it is: then it is what its parent means. The schema may
 * know better than its name.
 */
static enum fl_status take_kind(struct fl_element *element, struct fl_arena *arena)
{
    struct fl_element *child = element->first;
    struct fl_bytes kind = {0};
    if (child != NULL && child->next == NULL) {
        kind = fl_enterprisedata_kind_of_name(child->name);
    }
    if (kind.size == 0 ||
        (child->kind == FL_ELEMENT_TEXT &&
         fl_uuid_parse(fl_bytes_trimmed(child->text), &element->id) != FL_OK)) {
        return FL_OK;
    }
    if (child->kind == FL_ELEMENT_REF) {
        element->id = child->id;
    }
    element->type = child->type != NULL ? child->type : fl_arena_text(arena, kind);
    element->type_is_implied = false;
    element->kind = FL_ELEMENT_REF;
    element->first = child->first;
    element->last = child->last;
    return element->type == NULL ? fl_arena_failure(arena, kind.size + 1) : FL_OK;
}

static enum fl_status shape(struct fl_element *element, struct fl_arena *arena)
{
    enum fl_status status = fl_enterprisedata_shape(element, arena);
    if (status != FL_OK || element->kind != FL_ELEMENT_GROUP) {
        return status;
    }
    if (take_id(element)) {
        element->kind = FL_ELEMENT_REF;
        return FL_OK;
    }
    return take_kind(element, arena);
}

enum fl_status fl_enterprisedata_shape(struct fl_element *root, struct fl_arena *arena)
{
    enum fl_status status = FL_OK;
    for (struct fl_element *child = root->first; child != NULL && status == FL_OK;
         child = child->next) {
        status = shape(child, arena);
    }
    return status;
}
