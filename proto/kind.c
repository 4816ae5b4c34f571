/*
 * The kinds of object types, and how 1C spells them: in names of types, refs, and items
 * of packages. One row for each kind.
 */

#include <stddef.h>

#include "proto/configuration.h"

static const struct {
    const char *name;
    const char *name_ru;
    const char *ref_prefix;
    const char *item_prefix;
} kinds[FL_KIND_COUNT_] = {
    [FL_KIND_CATALOG] = {"Catalog", "Справочник", "CatalogRef", "CatalogObject"},
    [FL_KIND_DOCUMENT] = {"Document", "Документ", "DocumentRef", "DocumentObject"},
    [FL_KIND_ENUM] = {"Enum", "Перечисление", "EnumRef", NULL},
    [FL_KIND_CONSTANT] = {"Constant", "Константа", NULL, "ConstantValueManager"},
    [FL_KIND_INFORMATION_REGISTER] =
        {"InformationRegister", "РегистрСведений", NULL, "InformationRegisterRecordSet"},
    [FL_KIND_ACCUMULATION_REGISTER] =
        {"AccumulationRegister", "РегистрНакопления", NULL,
         "AccumulationRegisterRecordSet"},
    [FL_KIND_ACCOUNTING_REGISTER] =
        {"AccountingRegister", "РегистрБухгалтерии", NULL, "AccountingRegisterRecordSet"},
    [FL_KIND_CALCULATION_REGISTER] =
        {"CalculationRegister", "РегистрРасчета", NULL, "CalculationRegisterRecordSet"},
    [FL_KIND_CHARACTERISTIC_TYPES] =
        {"ChartOfCharacteristicTypes", "ПланВидовХарактеристик",
         "ChartOfCharacteristicTypesRef", "ChartOfCharacteristicTypesObject"},
    [FL_KIND_ACCOUNTS] =
        {"ChartOfAccounts", "ПланСчетов", "ChartOfAccountsRef", "ChartOfAccountsObject"},
    [FL_KIND_CALCULATION_TYPES] =
        {"ChartOfCalculationTypes", "ПланВидовРасчета", "ChartOfCalculationTypesRef",
         "ChartOfCalculationTypesObject"},
    [FL_KIND_BUSINESS_PROCESS] =
        {"BusinessProcess", "БизнесПроцесс", "BusinessProcessRef",
         "BusinessProcessObject"},
    [FL_KIND_TASK] = {"Task", "Задача", "TaskRef", "TaskObject"},
    [FL_KIND_EXCHANGE_PLAN] =
        {"ExchangePlan", "ПланОбмена", "ExchangePlanRef", "ExchangePlanObject"},
    [FL_KIND_SEQUENCE] = {"Sequence", "Последовательность", NULL, "SequenceRecordSet"},
    [FL_KIND_RECALCULATION] =
        {"Recalculation", "Перерасчет", NULL, "RecalculationRecordSet"},
};

static bool is_kind(enum fl_kind kind)
{
    return kind >= FL_KIND_CATALOG && kind < FL_KIND_COUNT_;
}

bool fl_kind_has_predefined(enum fl_kind kind)
{
    return kind == FL_KIND_CATALOG || kind == FL_KIND_CHARACTERISTIC_TYPES ||
           kind == FL_KIND_ACCOUNTS || kind == FL_KIND_CALCULATION_TYPES;
}

bool fl_kind_is_register(enum fl_kind kind)
{
    return kind == FL_KIND_INFORMATION_REGISTER ||
           kind == FL_KIND_ACCUMULATION_REGISTER || kind == FL_KIND_ACCOUNTING_REGISTER ||
           kind == FL_KIND_CALCULATION_REGISTER || kind == FL_KIND_SEQUENCE ||
           kind == FL_KIND_RECALCULATION;
}

bool fl_kind_has_ref(enum fl_kind kind)
{
    return is_kind(kind) && kind != FL_KIND_ENUM && kinds[kind].ref_prefix;
}

const char *fl_kind_name(enum fl_kind kind)
{
    return is_kind(kind) ? kinds[kind].name : NULL;
}

const char *fl_kind_name_ru(enum fl_kind kind)
{
    return is_kind(kind) ? kinds[kind].name_ru : NULL;
}

const char *fl_kind_ref_prefix(enum fl_kind kind)
{
    return is_kind(kind) ? kinds[kind].ref_prefix : NULL;
}

const char *fl_kind_item_prefix(enum fl_kind kind)
{
    return is_kind(kind) ? kinds[kind].item_prefix : NULL;
}

static bool is_text(struct fl_bytes bytes, const char *text)
{
    return text && fl_bytes_equal(bytes, fl_bytes_of_text(text));
}

enum fl_kind fl_kind_find(struct fl_bytes name)
{
    for (size_t i = FL_KIND_CATALOG; i < FL_KIND_COUNT_; i++) {
        if (is_text(name, kinds[i].name) || is_text(name, kinds[i].name_ru)) {
            return (enum fl_kind)i;
        }
    }
    return (enum fl_kind)0;
}

enum fl_kind fl_kind_find_ref_prefix(struct fl_bytes prefix)
{
    for (size_t i = FL_KIND_CATALOG; i < FL_KIND_COUNT_; i++) {
        if (is_text(prefix, kinds[i].ref_prefix)) {
            return (enum fl_kind)i;
        }
    }
    return (enum fl_kind)0;
}

enum fl_kind fl_kind_find_item_prefix(struct fl_bytes prefix)
{
    for (size_t i = FL_KIND_CATALOG; i < FL_KIND_COUNT_; i++) {
        if (is_text(prefix, kinds[i].item_prefix)) {
            return (enum fl_kind)i;
        }
    }
    return (enum fl_kind)0;
}
