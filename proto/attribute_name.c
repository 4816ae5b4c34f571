#include "proto/attribute_name.h"

static const struct {
    enum fl_role role;
    const char *name;
} RUSSIAN[] = {
    {FL_ROLE_IS_FOLDER, "ЭтоГруппа"},
    {FL_ROLE_DELETION_MARK, "ПометкаУдаления"},
    {FL_ROLE_OWNER, "Владелец"},
    {FL_ROLE_PARENT, "Родитель"},
    {FL_ROLE_CODE, "Код"},
    {FL_ROLE_DESCRIPTION, "Наименование"},
    {FL_ROLE_PREDEFINED_NAME, "ИмяПредопределенныхДанных"},
    {FL_ROLE_DATE, "Дата"},
    {FL_ROLE_NUMBER, "Номер"},
    {FL_ROLE_POSTED, "Проведен"},
    {FL_ROLE_RECORDER, "Регистратор"},
    {FL_ROLE_PERIOD, "Период"},
    {FL_ROLE_RECORD_TYPE, "ВидДвижения"},
    {FL_ROLE_ACTIVE, "Активность"},
    {FL_ROLE_CONSTANT_VALUE, "Значение"},
    {FL_ROLE_VALUE_TYPE, "ТипЗначения"},
};

const struct fl_attribute *fl_attribute_by_name(
    const struct fl_type *type,
    struct fl_bytes name)
{
    const struct fl_attribute *attribute = fl_type_find_attribute(type, name);
    for (size_t i = 0; i < sizeof RUSSIAN / sizeof RUSSIAN[0] && attribute == NULL; i++) {
        if (fl_bytes_equal(name, fl_bytes_of_text(RUSSIAN[i].name))) {
            attribute = fl_type_role(type, RUSSIAN[i].role);
        }
    }
    return attribute;
}
