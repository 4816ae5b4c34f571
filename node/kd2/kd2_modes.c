#include "kd2_modes.h"

#include "kd2_time.h"

enum fl_status fl_kd2_modes_set(
    struct fl_kd2_finding *finding,
    struct fl_object *object,
    const struct fl_attribute *attribute,
    const struct fl_value *value,
    struct fl_error *out_error)
{
    enum fl_status status =
        attribute == NULL
            ? FL_OK
            : fl_object_set(object, attribute->number, value, finding->arena);
    return status == FL_OK
               ? FL_OK
               : fl_error_set(out_error, status, "the object is larger than the limit");
}

static bool names_mark(const struct fl_element *root)
{
    return fl_element_child(root, "ПометкаУдаления") != NULL ||
           fl_element_child(root, "DeletionMark") != NULL;
}

enum fl_status fl_kd2_modes_write(
    struct fl_kd2_finding *finding,
    const struct fl_type *type,
    const struct fl_element *root,
    struct fl_object *object,
    struct fl_error *out_error)
{
    const struct fl_attribute *posted = fl_type_role(type, FL_ROLE_POSTED);
    const struct fl_attribute *mark = fl_type_role(type, FL_ROLE_DELETION_MARK);
    static const struct fl_value yes = {.kind = FL_VALUE_BOOLEAN, .boolean = true};
    enum fl_kd2_write_mode mode = finding->item->write_mode;
    bool resets = finding->dialect != FL_KD2_D3 && type->kind == FL_KIND_CATALOG &&
                  !names_mark(root);
    enum fl_status status = FL_OK;
    if (mode == FL_KD2_POST || mode == FL_KD2_UNPOST) {
        status = fl_kd2_modes_set(
            finding, object, posted, mode == FL_KD2_POST ? &yes : NULL, out_error);
    }
    if (status == FL_OK && (mode == FL_KD2_POST || resets)) {
        status = fl_kd2_modes_set(finding, object, mark, NULL, out_error);
    }
    return status == FL_OK ? fl_object_normalise(type, object, out_error) : status;
}

enum fl_status fl_kd2_modes_date(
    struct fl_kd2_finding *finding,
    const struct fl_type *type,
    struct fl_object *object,
    struct fl_error *out_error)
{
    const struct fl_attribute *date = fl_type_role(type, FL_ROLE_DATE);
    if (date == NULL || fl_object_field(object, date->number) != NULL) {
        return FL_OK;
    }
    const struct fl_value now = {.kind = FL_VALUE_DATE, .date = fl_kd2_time_seconds()};
    enum fl_status status = fl_kd2_modes_set(finding, object, date, &now, out_error);
    return status == FL_OK ? fl_object_normalise(type, object, out_error) : status;
}
