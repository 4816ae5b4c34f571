#include "commerceml_grammar.h"

#include <string.h>

enum type {
    T_NONE = 0,
    T_ID,
    T_ID80,
    T_NAME,
    T_GROUP_NAME,
    T_STRING,
    T_COMMENT,
    T_VALUE,
    T_ANY,
    T_INN,
    T_KPP,
    T_BIK,
    T_ACCOUNT,
    T_BARCODE,
    T_FILE,
    T_UNIT,
    T_ABBREVIATION,
    T_CURRENCY,
    T_STATUS,
    T_SEX,
    T_CONTACT_TYPE,
    T_ADDRESS_TYPE,
    T_VALUE_TYPE,
    T_OBLIGATION,
    T_OPERATION,
    T_ROLE,
    T_SUM,
    T_NUMBER,
    T_DATE,
    T_TIME,
    T_FLAG,
    /* of parts */
    T_ADDRESS_FIELD,
    T_ADDRESS,
    T_CONTACT,
    T_CONTACTS,
    T_BANK,
    T_BANK_ACCOUNT,
    T_BANK_ACCOUNTS,
    T_PASSPORT,
    T_HEAD_PERSON,
    T_EMPLOYER,
    T_PARTNER,
    T_AGENT,
    T_AGENTS,
    T_PARTY,
    T_PARTIES,
    T_CUSTOMER,
    T_GROUP,
    T_GROUPS,
    T_REFERENCE,
    T_VARIANTS,
    T_PROPERTY,
    T_PROPERTIES,
    T_TAX,
    T_DOCUMENT_TAX,
    T_DOCUMENT_TAXES,
    T_PRICE_TYPE,
    T_STORE,
    T_STORES,
    T_LINE_STORE,
    T_LINE_STORES,
    T_REQUISITE,
    T_REQUISITES,
    T_PROPERTY_VALUE,
    T_PROPERTY_VALUES,
    T_RATE,
    T_RATES,
    T_RECALCULATION,
    T_UNIT_ELEMENT,
    T_MEASURE,
    T_GROUP_IDS,
    T_CHARACTERISTIC,
    T_CHARACTERISTICS,
    T_GOODS,
    T_PRICE,
    T_PRICES,
    T_STOCK,
    T_REST_STORE,
    T_REST,
    T_RESTS,
    T_OFFER,
    T_OFFER_CHANGE,
    T_DISCOUNT,
    T_DISCOUNTS,
    T_EXPENSES,
    T_LINE,
    T_LINES,
    T_PAYMENT,
    T_PAYMENTS,
    T_SUBORDINATE,
    T_SUBORDINATES,
    T_DOCUMENT,
    T_CLASSIFIER,
    T_CATALOG,
    T_PACKAGE,
    T_CHANGES,
    /* of a company's structure */
    T_NOTHING,
    T_PLAIN_PROPERTY,
    T_DEPARTMENT,
    T_DEPARTMENTS,
    T_FREE_ADDRESS_FIELD,
    T_FREE_ADDRESS,
    T_FREE_CONTACTS,
    T_DEPARTMENT_IDS,
    T_FREE_VALUE,
    T_FREE_VALUES,
    T_STATE,
    T_STATES,
    T_EMPLOYEE,
    T_ABSENCE,
    T_COUNT,
};

#define VERSION(v) (1u << (v))
#define ONE(name, type)                                                                  \
    {                                                                                    \
        name, sizeof(name) - 1, T_##type, true, false, 0, 0                              \
    }
#define MAY(name, type)                                                                  \
    {                                                                                    \
        name, sizeof(name) - 1, T_##type, false, false, 0, 0                             \
    }
#define SOME(name, type)                                                                 \
    {                                                                                    \
        name, sizeof(name) - 1, T_##type, true, true, 0, 0                               \
    }
#define ANY(name, type)                                                                  \
    {                                                                                    \
        name, sizeof(name) - 1, T_##type, false, true, 0, 0                              \
    }
#define ONLY(v, name, type)                                                              \
    {                                                                                    \
        name, sizeof(name) - 1, T_##type, false, false, VERSION(FL_COMMERCEML_##v), 0    \
    }
/* In all versions but 3.1, and in it alone. */
#define BEFORE_3_1 (VERSION(FL_COMMERCEML_3_1) - 1)
#define ONE_BEFORE(name, type)                                                           \
    {                                                                                    \
        name, sizeof(name) - 1, T_##type, true, false, BEFORE_3_1, 0                     \
    }
#define MAY_BEFORE(name, type)                                                           \
    {                                                                                    \
        name, sizeof(name) - 1, T_##type, false, false, BEFORE_3_1, 0                    \
    }
#define ANY_IN_3_1(name, type)                                                           \
    {                                                                                    \
        name, sizeof(name) - 1, T_##type, false, true, VERSION(FL_COMMERCEML_3_1), 0     \
    }
#define SIDE(side, name, type)                                                           \
    {                                                                                    \
        name, sizeof(name) - 1, T_##type, false, false, 0, FL_COMMERCEML_##side          \
    }

/* --- words --- */

static const char *const STATUSES[] = {"Новый", "Изменен", "Удален", NULL};
static const char *const SEXES[] = {"М", "Ж", NULL};
static const char *const CONTACT_TYPES[] = {
    "Телефон внутренний",
    "Телефон рабочий",
    "Телефон мобильный",
    "Телефон домашний",
    "Пейджер",
    "Факс",
    "Почта",
    "ICQ",
    "ВебСайт",
    "Координаты на карте",
    "Прочее",
    NULL};
static const char *const ADDRESS_TYPES[] = {
    "Почтовый индекс",  "Страна",   "Регион", "Район",
    "Населенный пункт", "Город",    "Улица",  "Дом",
    "Корпус",           "Квартира", NULL};
static const char *const VALUE_TYPES[] = {"Строка", "Число", "Время", "Справочник", NULL};
static const char *const OBLIGATIONS[] = {
    "Для каталога", "Для документа", "Для предложений", NULL};
static const char *const OPERATIONS[] = {
    "Заказ товара",
    "Счет на оплату",
    "Отпуск товара",
    "Счет-фактура",
    "Возврат товара",
    "Передача товара на комиссию",
    "Возврат комиссионного товара",
    "Отчет о продажах комиссионного товара",
    "Отчет о списании комиссионного товара",
    "Выплата наличных денег",
    "Возврат наличных денег",
    "Выплата безналичных денег",
    "Возврат безналичных денег",
    "Переоценка товаров",
    "Передача прав",
    "Прочие",
    NULL};
static const char *const ROLES[] = {"Продавец",   "Покупатель", "Плательщик",
                                    "Получатель", "Комитент",   "Комиссионер",
                                    "Лицензиар",  "Лицензиат",  NULL};

/* --- parties --- */

static const struct fl_commerceml_rule ADDRESS_FIELD[] = {
    ONE("Тип", ADDRESS_TYPE), ONE("Значение", STRING)};
static const struct fl_commerceml_rule ADDRESS[] = {
    ONE("Представление", NAME), MAY("Комментарий", COMMENT),
    ANY("АдресноеПоле", ADDRESS_FIELD)};
static const struct fl_commerceml_rule CONTACT[] = {
    ONE("Тип", CONTACT_TYPE), ONE("Значение", STRING), MAY("Комментарий", COMMENT)};
static const struct fl_commerceml_rule CONTACTS[] = {SOME("Контакт", CONTACT)};
static const struct fl_commerceml_rule BANK[] = {
    MAY("СчетКорреспондентский", ACCOUNT), MAY("Наименование", NAME),
    MAY("Адрес", ADDRESS), MAY("Контакты", CONTACTS), ONE("БИК", BIK)};
static const struct fl_commerceml_rule BANK_ACCOUNT[] = {
    ONE("НомерСчета", ACCOUNT), ONE("Банк", BANK), MAY("БанкКорреспондент", BANK),
    MAY("Комментарий", COMMENT)};
static const struct fl_commerceml_rule BANK_ACCOUNTS[] = {
    SOME("РасчетныйСчет", BANK_ACCOUNT)};
static const struct fl_commerceml_rule PASSPORT[] = {
    ONE("ВидДокумента", STRING), MAY("Серия", STRING), ONE("Номер", STRING),
    ONE("ДатаВыдачи", DATE), ONE("КемВыдан", NAME)};
static const struct fl_commerceml_rule HEAD_PERSON[] = {
    ONE("Фамилия", STRING),          ONE("Имя", STRING),
    MAY("Отчество", STRING),         MAY("УдостоверениеЛичности", PASSPORT),
    MAY("АресРегистрации", ADDRESS), ONE("Должность", STRING),
    MAY("Контакты", CONTACTS)};

/* Without ОфициальноеНаименование it is a person, who needs ПолноеНаименование. */
#define COMPANY_PARTS                                                                    \
    SIDE(COMPANY, "ОфициальноеНаименование", NAME),                                      \
        SIDE(COMPANY, "ЮридическийАдрес", ADDRESS), SIDE(COMPANY, "ИНН", INN),           \
        SIDE(COMPANY, "КПП", KPP), SIDE(COMPANY, "ОсновнойВидДеятельности", NAME),       \
        SIDE(COMPANY, "ЕГРПО", ANY), SIDE(COMPANY, "ОКВЭД", ANY),                        \
        SIDE(COMPANY, "ОКДП", ANY), SIDE(COMPANY, "ОКОПФ", ANY),                         \
        SIDE(COMPANY, "ОКФС", ANY), SIDE(COMPANY, "ОКПО", ANY),                          \
        SIDE(COMPANY, "ДатаРегистрации", DATE),                                          \
        SIDE(COMPANY, "Руководитель", HEAD_PERSON),                                      \
        SIDE(COMPANY, "РасчетныеСчета", BANK_ACCOUNTS)
#define PERSON_PARTS                                                                     \
    SIDE(PERSON, "ПолноеНаименование", NAME), SIDE(PERSON, "Обращение", STRING),         \
        SIDE(PERSON, "Фамилия", STRING), SIDE(PERSON, "Имя", STRING),                    \
        SIDE(PERSON, "Отчество", STRING), SIDE(PERSON, "ДатаРождения", DATE),            \
        SIDE(PERSON, "МестоРождения", ADDRESS), SIDE(PERSON, "Пол", SEX),                \
        SIDE(PERSON_NUMBER, "ИНН", INN), SIDE(PERSON_NUMBER, "КПП", KPP),                \
        SIDE(PERSON, "УдостоверениеЛичности", PASSPORT),                                 \
        SIDE(PERSON, "АдресРегистрации", ADDRESS),                                       \
        SIDE(PERSON, "Организация", EMPLOYER), SIDE(PERSON, "Должность", STRING)

#define PARTNER_PARTS                                                                    \
    MAY("Ид", ID), MAY("Наименование", NAME), COMPANY_PARTS, PERSON_PARTS,               \
        MAY("Комментарий", COMMENT), MAY("Адрес", ADDRESS), MAY("Контакты", CONTACTS)

static const struct fl_commerceml_rule EMPLOYER[] = {COMPANY_PARTS};
static const struct fl_commerceml_rule PARTNER[] = {
    PARTNER_PARTS, MAY("Представители", AGENTS)};
static const struct fl_commerceml_rule AGENT[] = {PARTNER_PARTS, ONE("Отношение", ANY)};
static const struct fl_commerceml_rule AGENTS[] = {SOME("Представитель", AGENT)};
static const struct fl_commerceml_rule PARTY[] = {
    PARTNER_PARTS, MAY("Представители", AGENTS), ONE("Роль", ROLE),
    MAY("РасчетныйСчет", BANK_ACCOUNT), MAY("Склад", STORE)};
static const struct fl_commerceml_rule PARTIES[] = {SOME("Контрагент", PARTY)};

/* --- the classifier --- */

/* Of the file of its own that 3.1 has, in the order of 1C. */
static const struct fl_commerceml_rule CUSTOMER[] = {
    ONE("Ид", ID),
    MAY("НомерВерсии", STRING),
    MAY("ПометкаУдаления", FLAG),
    MAY("Наименование", NAME),
    SIDE(COMPANY, "ОфициальноеНаименование", NAME),
    SIDE(PERSON, "ПолноеНаименование", NAME),
    ONE("Роль", ROLE),
    MAY("ИНН", INN),
    MAY("КПП", KPP),
    MAY("КодПоОКПО", ANY),
    MAY("РасчетныеСчета", BANK_ACCOUNTS),
    MAY("АдресРегистрации", ADDRESS),
    MAY("Контакты", CONTACTS)};

/* Every object of 3.1 says its version and whether it is gone. */
#define STAMP ONLY(3_1, "НомерВерсии", STRING), ONLY(3_1, "ПометкаУдаления", FLAG)

static const struct fl_commerceml_rule REFERENCE[] = {
    MAY("ИдЗначения", ID), ONE("Значение", VALUE)};
static const struct fl_commerceml_rule VARIANTS[] = {
    ANY("Значение", VALUE), ANY("Справочник", REFERENCE)};
static const struct fl_commerceml_rule PROPERTY[] = {
    ONE("Ид", ID),
    ONE("Наименование", NAME),
    STAMP,
    ONLY(3_1, "Внешний", FLAG),
    ONLY(3_1, "Информационное", FLAG),
    MAY("Описание", COMMENT),
    MAY("Обязательное", OBLIGATION),
    MAY("Множественное", FLAG),
    MAY("ТипЗначений", VALUE_TYPE),
    MAY("ВариантыЗначений", VARIANTS),
    MAY("ДляТоваров", FLAG)};
static const struct fl_commerceml_rule PROPERTIES[] = {SOME("Свойство", PROPERTY)};
/* A unit of the file of its own that 3.1 has: its Ид is its code. */
static const struct fl_commerceml_rule MEASURE[] = {
    ONE("Ид", UNIT),
    STAMP,
    ONE("НаименованиеКраткое", STRING),
    ONE("Код", UNIT),
    MAY("НаименованиеПолное", STRING),
    MAY("МеждународноеСокращение", STRING)};
static const struct fl_commerceml_rule GROUP[] = {
    ONE("Ид", ID),
    STAMP,
    ONE("Наименование", GROUP_NAME),
    MAY("Описание", COMMENT),
    MAY("Свойства", PROPERTIES),
    MAY("Группы", GROUPS)};
static const struct fl_commerceml_rule GROUPS[] = {SOME("Группа", GROUP)};
static const struct fl_commerceml_rule TAX[] = {
    ONE("Наименование", NAME), MAY("УчтеноВСумме", FLAG), MAY("Акциз", FLAG)};
static const struct fl_commerceml_rule PRICE_TYPE[] = {
    ONE("Ид", ID),
    STAMP,
    MAY("Наименование", NAME),
    MAY("Валюта", CURRENCY),
    MAY("Описание", COMMENT),
    ANY("Налог", TAX)};
#define STORE_PARTS                                                                      \
    ONE("Ид", ID), STAMP, MAY("Наименование", NAME), MAY("Комментарий", COMMENT),        \
        MAY("Адрес", ADDRESS), MAY("Контакты", CONTACTS)
static const struct fl_commerceml_rule STORE[] = {STORE_PARTS};
static const struct fl_commerceml_rule STORES[] = {SOME("Склад", STORE)};
static const struct fl_commerceml_rule LINE_STORE[] = {
    STORE_PARTS, MAY("Количество", NUMBER)};
static const struct fl_commerceml_rule LINE_STORES[] = {SOME("Склад", LINE_STORE)};

/* --- goods and offers --- */

static const struct fl_commerceml_rule REQUISITE[] = {
    ONE("Наименование", NAME), SOME("Значение", VALUE)};
static const struct fl_commerceml_rule REQUISITES[] = {
    SOME("ЗначениеРеквизита", REQUISITE)};
static const struct fl_commerceml_rule PROPERTY_VALUE[] = {
    ONE("Ид", ID), MAY("Наименование", NAME), SOME("Значение", VALUE)};
static const struct fl_commerceml_rule PROPERTY_VALUES[] = {
    SOME("ЗначенияСвойства", PROPERTY_VALUE)};
static const struct fl_commerceml_rule RATE[] = {
    ONE("Наименование", STRING), ONE("Ставка", STRING)};
static const struct fl_commerceml_rule RATES[] = {SOME("СтавкаНалога", RATE)};
static const struct fl_commerceml_rule RECALCULATION[] = {
    MAY("Единица", UNIT), MAY("Коэффициент", STRING),
    MAY("ДополнительныеДанные", REQUISITES)};
static const struct fl_commerceml_rule UNIT_ELEMENT[] = {ANY("Пересчет", RECALCULATION)};
static const struct fl_commerceml_rule UNIT_ATTRIBUTES[] = {
    MAY("Код", UNIT), MAY("НаименованиеПолное", STRING),
    MAY("МеждународноеСокращение", ABBREVIATION), MAY("НаименованиеКраткое", STRING)};
static const struct fl_commerceml_rule GROUP_IDS[] = {SOME("Ид", ID)};
static const struct fl_commerceml_rule CHARACTERISTIC[] = {
    MAY("Ид", ID), ONE("Наименование", NAME), ONE("Значение", VALUE)};
static const struct fl_commerceml_rule CHARACTERISTICS[] = {
    SOME("ХарактеристикаТовара", CHARACTERISTIC)};

#define GOODS_PARTS                                                                      \
    ONE("Наименование", NAME), ONE("БазоваяЕдиница", UNIT_ELEMENT), GOODS_REST

/* In 3.1 the unit is the text of its code. */
#define UNIT_PARTS                                                                       \
    ONE_BEFORE("БазоваяЕдиница", UNIT_ELEMENT), ONLY(3_1, "БазоваяЕдиница", UNIT)

#define GOODS_REST                                                                       \
    MAY("ИдТовараУКонтрагента", ID), MAY("Группы", GROUP_IDS), MAY("Описание", COMMENT), \
        ANY("Картинка", FILE), MAY("Страна", STRING), MAY("ТорговаяМарка", STRING),      \
        MAY("ВладелецТорговойМарки", PARTNER), MAY("Изготовитель", PARTNER),             \
        MAY("ЗначенияСвойств", PROPERTY_VALUES), MAY("СтавкиНалогов", RATES),            \
        MAY("ХарактеристикиТовара", CHARACTERISTICS),                                    \
        MAY("ЗначенияРеквизитов", REQUISITES)

static const struct fl_commerceml_rule GOODS[] = {
    ONE("Ид", ID80),
    STAMP,
    MAY("Штрихкод", BARCODE),
    MAY("Артикул", STRING),
    ONE("Наименование", NAME),
    UNIT_PARTS,
    GOODS_REST};
static const struct fl_commerceml_rule GOODS_ATTRIBUTES[] = {
    MAY_BEFORE("Статус", STATUS)};
static const struct fl_commerceml_rule PRICE[] = {
    MAY("Представление", NAME),
    ONE("ИдТипаЦены", ID),
    ONE("ЦенаЗаЕдиницу", SUM),
    MAY("Валюта", CURRENCY),
    MAY("Единица", UNIT),
    MAY("Коэффициент", STRING),
    MAY("ДополнительныеДанные", REQUISITES),
    MAY("МинКоличество", NUMBER),
    MAY("ИдКаталога", ID),
    ANY_IN_3_1("Налог", TAX)};
static const struct fl_commerceml_rule PRICES[] = {SOME("Цена", PRICE)};
static const struct fl_commerceml_rule STOCK_ATTRIBUTES[] = {
    ONE("ИдСклада", ID), MAY("КоличествоНаСкладе", NUMBER)};
/* Штрихкод and Артикул stay in the catalogue: so the file fits УНФ as well. */
static const struct fl_commerceml_rule REST_STORE[] = {
    ONE("Ид", ID), ONE("Количество", NUMBER)};
static const struct fl_commerceml_rule REST[] = {ONE("Склад", REST_STORE)};
static const struct fl_commerceml_rule RESTS[] = {SOME("Остаток", REST)};
/* Of 3.1 a file has names, another one prices, a third what is left. */
static const struct fl_commerceml_rule OFFER[] = {
    ONE("Ид", ID80),
    STAMP,
    ONE_BEFORE("Наименование", NAME),
    ONLY(3_1, "Наименование", NAME),
    UNIT_PARTS,
    GOODS_REST,
    ONE_BEFORE("Цены", PRICES),
    ONLY(3_1, "Цены", PRICES),
    MAY_BEFORE("Количество", NUMBER),
    ONLY(3_1, "Остатки", RESTS),
    {"Склад", sizeof("Склад") - 1, T_STOCK, false, true, BEFORE_3_1, 0}};
static const struct fl_commerceml_rule OFFER_CHANGE[] = {
    ONE("Ид", ID80),      MAY("ИдХарактеристики", ID), MAY("КодЕдиницыИзмерения", UNIT),
    ANY("Склады", STOCK), MAY("Цены", PRICES),         MAY("Количество", NUMBER)};

/* --- documents --- */

static const struct fl_commerceml_rule DOCUMENT_TAX[] = {
    ONE("Наименование", NAME), MAY("УчтеноВСумме", FLAG), MAY("Акциз", FLAG),
    ONE("Сумма", SUM), MAY("Ставка", STRING)};
static const struct fl_commerceml_rule DOCUMENT_TAXES[] = {SOME("Налог", DOCUMENT_TAX)};
static const struct fl_commerceml_rule DISCOUNT[] = {
    ONE("Наименование", NAME), ONE("Сумма", SUM), MAY("Процент", STRING),
    MAY("УчтеноВСумме", FLAG), MAY("Комментарий", COMMENT)};
static const struct fl_commerceml_rule DISCOUNTS[] = {SOME("Скидка", DISCOUNT)};
static const struct fl_commerceml_rule EXPENSES[] = {SOME("ДопРасход", DISCOUNT)};
static const struct fl_commerceml_rule LINE[] = {
    ONE("Ид", ID80),
    MAY("Штрихкод", BARCODE),
    MAY("Артикул", STRING),
    GOODS_PARTS,
    MAY("ИдКаталога", ID),
    MAY("ИдКлассификатора", ID),
    MAY("ЦенаЗаЕдиницу", SUM),
    MAY("Количество", NUMBER),
    MAY("Сумма", SUM),
    MAY("Единица", UNIT),
    MAY("Коэффициент", STRING),
    MAY("СтранаПроисхождения", STRING),
    MAY("ГТД", STRING),
    MAY("Налоги", DOCUMENT_TAXES),
    MAY("Скидки", DISCOUNTS),
    MAY("ДопРасходы", EXPENSES),
    MAY("ДополнительныеЗначенияРеквизитов", REQUISITES),
    MAY("Склады", LINE_STORES)};
static const struct fl_commerceml_rule LINES[] = {SOME("Товар", LINE)};
static const struct fl_commerceml_rule PAYMENT[] = {
    ONE("НомерДокумента", ANY), ONE("НомерТранзакции", ANY), ONE("ДатаОплаты", DATE),
    ONE("СуммаОплаты", SUM),    ONE("СпособОплаты", ANY),    MAY("ИдСпособаОплаты", ANY)};
static const struct fl_commerceml_rule PAYMENTS[] = {SOME("Оплата", PAYMENT)};

#define DOCUMENT_REST                                                                    \
    MAY("Время", TIME), MAY("СрокПлатежа", DATE), MAY("Комментарий", COMMENT),           \
        MAY("Налоги", DOCUMENT_TAXES), MAY("Скидки", DISCOUNTS),                         \
        MAY("ДопРасходы", EXPENSES), MAY("Склады", STORES), MAY("Товары", LINES),        \
        MAY("ЗначенияРеквизитов", REQUISITES)

static const struct fl_commerceml_rule SUBORDINATE[] = {
    ONE("Ид", ID),
    ONE("Номер", STRING),
    ONE("Дата", DATE),
    ONE("ХозОперация", OPERATION),
    MAY("Роль", ROLE),
    MAY("Валюта", CURRENCY),
    MAY("Курс", STRING),
    MAY("Сумма", SUM),
    MAY("Контрагенты", PARTIES),
    DOCUMENT_REST};
static const struct fl_commerceml_rule SUBORDINATES[] = {
    SOME("ПодчиненныйДокумент", SUBORDINATE)};
static const struct fl_commerceml_rule DOCUMENT[] = {
    ONE("Ид", ID),
    ONLY(3_1, "НомерВерсии", STRING),
    ONE("Номер", STRING),
    ONLY(3_1, "Номер1С", STRING),
    ONE("Дата", DATE),
    ONLY(3_1, "Дата1С", DATE),
    ONLY(3_1, "ПометкаУдаления", FLAG),
    ONE("ХозОперация", OPERATION),
    ONE("Роль", ROLE),
    ONE("Валюта", CURRENCY),
    ONE("Курс", STRING),
    ONE("Сумма", SUM),
    ONE("Контрагенты", PARTIES),
    ONLY(2_09, "Оплаты", PAYMENTS),
    DOCUMENT_REST,
    ONLY(2_10, "ПодчиненныеДокументы", SUBORDINATES)};

/* --- heads of sections --- */

static const struct fl_commerceml_rule CLASSIFIER[] = {
    ONE("Ид", ID), ONE("Наименование", NAME), ONE_BEFORE("Владелец", PARTNER),
    MAY("Описание", COMMENT)};
static const struct fl_commerceml_rule CATALOG[] = {
    ONE("Ид", ID), MAY("ИдКлассификатора", ID), ONE("Наименование", NAME),
    ONE_BEFORE("Владелец", PARTNER), ONLY(3_1, "Описание", COMMENT)};
static const struct fl_commerceml_rule PACKAGE[] = {
    MAY("Ид", ID),
    ONE("Наименование", NAME),
    ONE("ИдКаталога", ID),
    MAY("ИдКлассификатора", ID),
    MAY("ДействительноС", DATE),
    MAY("ДействительноДо", DATE),
    MAY("Описание", COMMENT),
    ONE_BEFORE("Владелец", PARTNER)};
static const struct fl_commerceml_rule CHANGES[] = {ONE("Ид", ID), MAY("ИдКаталога", ID)};

static const struct fl_commerceml_rule SECTION_ATTRIBUTES[] = {
    MAY("СодержитТолькоИзменения", FLAG)};
static const struct fl_commerceml_rule CLASSIFIER_ATTRIBUTES[] = {
    ONLY(3_1, "СодержитТолькоИзменения", FLAG)};

/* --- a company's structure --- */

static const struct fl_commerceml_rule PLAIN_PROPERTY[] = {
    ONE("Ид", ID), ONE("Наименование", NAME)};
static const struct fl_commerceml_rule DEPARTMENT[] = {
    ONE("Ид", ID), ONE("Наименование", NAME), MAY("Статус", STATUS),
    MAY("Руководитель", ID), MAY("Подразделения", DEPARTMENTS)};
static const struct fl_commerceml_rule DEPARTMENTS[] = {
    SOME("Подразделение", DEPARTMENT)};
static const struct fl_commerceml_rule FREE_ADDRESS_FIELD[] = {
    ONE("Тип", STRING), ONE("Значение", STRING)};
static const struct fl_commerceml_rule FREE_ADDRESS[] = {
    MAY("Представление", NAME), ANY("АдресноеПоле", FREE_ADDRESS_FIELD)};
static const struct fl_commerceml_rule FREE_CONTACTS[] = {
    SOME("Контакт", FREE_ADDRESS_FIELD)};
static const struct fl_commerceml_rule DEPARTMENT_IDS[] = {ANY("Подразделение", ID)};
static const struct fl_commerceml_rule FREE_VALUE[] = {
    ONE("Ид", ID), ONE("Значение", VALUE)};
static const struct fl_commerceml_rule FREE_VALUES[] = {
    SOME("ЗначенияСвойства", FREE_VALUE)};
static const struct fl_commerceml_rule STATE[] = {
    ONE("Значение", STRING), ONE("ДатаИзменения", DATE), MAY("Подразделение", ID),
    MAY("Должность", STRING)};
static const struct fl_commerceml_rule STATES[] = {SOME("Состояние", STATE)};
/* A record is whole: what is missing would be emptied, so it stands there in any case. */
static const struct fl_commerceml_rule EMPLOYEE[] = {
    ONE("Ид", ID),
    MAY("Наименование", NAME),
    MAY("Статус", STATUS),
    MAY("Фамилия", STRING),
    MAY("Имя", STRING),
    MAY("Отчество", STRING),
    MAY("ДатаРождения", DATE),
    MAY("Пол", SEX),
    MAY("ИНН", INN),
    MAY("Должность", STRING),
    MAY("Картинка", STRING),
    MAY("Адрес", FREE_ADDRESS),
    MAY("Контакты", FREE_CONTACTS),
    MAY("Подразделения", DEPARTMENT_IDS),
    MAY("ЗначенияСвойств", FREE_VALUES),
    MAY("ИсторияСостояний", STATES)};
static const struct fl_commerceml_rule ABSENCE[] = {
    ONE("Ид", ID),
    ONE("Работник", ID),
    MAY("Статус", STATUS),
    ONE("ДатаНачала", DATE),
    ONE("ДатаОкончания", DATE),
    ONE("Состояние", STRING),
    MAY("ПричинаОтсутствия", STRING),
    MAY("Документ", STRING),
    MAY("СостояниеЗавершения", STRING)};

/* --- the tables --- */

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define PARTS(table)                                                                     \
    {                                                                                    \
        .shape = FL_COMMERCEML_PARTS, .rules = table, .rule_count = COUNT(table)         \
    }
#define MAY_GO(table)                                                                    \
    {                                                                                    \
        .shape = FL_COMMERCEML_PARTS, .rules = table, .rule_count = COUNT(table),        \
        .may_go = true                                                                   \
    }
#define SECTION(...)                                                                     \
    {                                                                                    \
        .shape = FL_COMMERCEML_PARTS, .attributes = SECTION_ATTRIBUTES,                  \
        .attribute_count = COUNT(SECTION_ATTRIBUTES), __VA_ARGS__                        \
    }
#define TEXT(max)                                                                        \
    {                                                                                    \
        .shape = FL_COMMERCEML_TEXT, .size_max = max                                     \
    }

static const struct fl_commerceml_type TYPES[T_COUNT] = {
    [T_ID] = {.shape = FL_COMMERCEML_ID, .size_min = 1, .size_max = 40},
    [T_ID80] = {.shape = FL_COMMERCEML_ID, .size_min = 1, .size_max = 80},
    [T_NAME] = TEXT(250), /* 255 in the schemas, 250 in УНФ */
    [T_GROUP_NAME] = TEXT(250),
    [T_STRING] = TEXT(255),
    [T_COMMENT] = TEXT(3000),
    [T_VALUE] = TEXT(1000),
    [T_ANY] = TEXT(1000),
    [T_FILE] = {.shape = FL_COMMERCEML_FILE, .size_max = 255},
    [T_INN] = {.shape = FL_COMMERCEML_EXACT, .size_min = 10, .size_max = 12},
    [T_KPP] = {.shape = FL_COMMERCEML_EXACT, .size_min = 9, .size_max = 9},
    [T_BIK] = {.shape = FL_COMMERCEML_EXACT, .size_min = 9, .size_max = 9},
    [T_ACCOUNT] = {.shape = FL_COMMERCEML_EXACT, .size_min = 20, .size_max = 20},
    [T_BARCODE] = {.shape = FL_COMMERCEML_EXACT, .size_min = 8, .size_max = 14},
    [T_UNIT] = {.shape = FL_COMMERCEML_EXACT, .size_min = 3, .size_max = 4},
    [T_ABBREVIATION] = {.shape = FL_COMMERCEML_EXACT, .size_min = 1, .size_max = 3},
    [T_CURRENCY] = {.shape = FL_COMMERCEML_MUST, .size_max = 3},
    [T_STATUS] = {.shape = FL_COMMERCEML_WORD, .words = STATUSES},
    [T_SEX] = {.shape = FL_COMMERCEML_WORD, .words = SEXES},
    [T_CONTACT_TYPE] = {.shape = FL_COMMERCEML_WORD, .words = CONTACT_TYPES},
    [T_ADDRESS_TYPE] = {.shape = FL_COMMERCEML_WORD, .words = ADDRESS_TYPES},
    [T_VALUE_TYPE] = {.shape = FL_COMMERCEML_WORD, .words = VALUE_TYPES},
    [T_OBLIGATION] = {.shape = FL_COMMERCEML_WORD, .words = OBLIGATIONS},
    [T_OPERATION] = {.shape = FL_COMMERCEML_MUST, .words = OPERATIONS},
    [T_ROLE] = {.shape = FL_COMMERCEML_MUST, .words = ROLES},
    [T_SUM] = {.shape = FL_COMMERCEML_SUM},
    [T_NUMBER] = {.shape = FL_COMMERCEML_NUMBER},
    [T_DATE] = {.shape = FL_COMMERCEML_DATE},
    [T_TIME] = {.shape = FL_COMMERCEML_TIME},
    [T_FLAG] = {.shape = FL_COMMERCEML_FLAG},
    [T_ADDRESS_FIELD] = MAY_GO(ADDRESS_FIELD),
    [T_ADDRESS] = MAY_GO(ADDRESS),
    [T_CONTACT] = MAY_GO(CONTACT),
    [T_CONTACTS] = MAY_GO(CONTACTS),
    [T_BANK] = MAY_GO(BANK),
    [T_BANK_ACCOUNT] = MAY_GO(BANK_ACCOUNT),
    [T_BANK_ACCOUNTS] = MAY_GO(BANK_ACCOUNTS),
    [T_PASSPORT] = MAY_GO(PASSPORT),
    [T_HEAD_PERSON] = MAY_GO(HEAD_PERSON),
    [T_EMPLOYER] = MAY_GO(EMPLOYER),
    [T_PARTNER] = PARTS(PARTNER),
    [T_AGENT] = MAY_GO(AGENT),
    [T_AGENTS] = MAY_GO(AGENTS),
    [T_PARTY] = PARTS(PARTY),
    [T_PARTIES] = PARTS(PARTIES),
    [T_CUSTOMER] = PARTS(CUSTOMER),
    [T_GROUP] = PARTS(GROUP),
    [T_GROUPS] = PARTS(GROUPS),
    [T_REFERENCE] = MAY_GO(REFERENCE),
    [T_VARIANTS] = PARTS(VARIANTS),
    [T_PROPERTY] = PARTS(PROPERTY),
    [T_PROPERTIES] = PARTS(PROPERTIES),
    [T_TAX] = PARTS(TAX),
    [T_DOCUMENT_TAX] = PARTS(DOCUMENT_TAX),
    [T_DOCUMENT_TAXES] = PARTS(DOCUMENT_TAXES),
    [T_PRICE_TYPE] = PARTS(PRICE_TYPE),
    [T_STORE] = PARTS(STORE),
    [T_STORES] = PARTS(STORES),
    [T_LINE_STORE] = PARTS(LINE_STORE),
    [T_LINE_STORES] = PARTS(LINE_STORES),
    [T_REQUISITE] = MAY_GO(REQUISITE),
    [T_REQUISITES] = MAY_GO(REQUISITES),
    [T_PROPERTY_VALUE] = MAY_GO(PROPERTY_VALUE),
    [T_PROPERTY_VALUES] = MAY_GO(PROPERTY_VALUES),
    [T_RATE] = MAY_GO(RATE),
    [T_RATES] = MAY_GO(RATES),
    [T_RECALCULATION] = MAY_GO(RECALCULATION),
    [T_UNIT_ELEMENT] =
        {.shape = FL_COMMERCEML_PARTS,
         .rules = UNIT_ELEMENT,
         .rule_count = COUNT(UNIT_ELEMENT),
         .attributes = UNIT_ATTRIBUTES,
         .attribute_count = COUNT(UNIT_ATTRIBUTES)},
    [T_MEASURE] = PARTS(MEASURE),
    [T_GROUP_IDS] = MAY_GO(GROUP_IDS),
    [T_CHARACTERISTIC] = PARTS(CHARACTERISTIC),
    [T_CHARACTERISTICS] = PARTS(CHARACTERISTICS),
    [T_GOODS] =
        {.shape = FL_COMMERCEML_PARTS,
         .rules = GOODS,
         .rule_count = COUNT(GOODS),
         .attributes = GOODS_ATTRIBUTES,
         .attribute_count = COUNT(GOODS_ATTRIBUTES)},
    [T_PRICE] = PARTS(PRICE),
    [T_PRICES] = PARTS(PRICES),
    [T_STOCK] =
        {.shape = FL_COMMERCEML_PARTS,
         .attributes = STOCK_ATTRIBUTES,
         .attribute_count = COUNT(STOCK_ATTRIBUTES)},
    [T_REST_STORE] = PARTS(REST_STORE),
    [T_REST] = PARTS(REST),
    [T_RESTS] = PARTS(RESTS),
    [T_OFFER] =
        {.shape = FL_COMMERCEML_PARTS,
         .rules = OFFER,
         .rule_count = COUNT(OFFER),
         .attributes = GOODS_ATTRIBUTES,
         .attribute_count = COUNT(GOODS_ATTRIBUTES)},
    [T_OFFER_CHANGE] = PARTS(OFFER_CHANGE),
    [T_DISCOUNT] = PARTS(DISCOUNT),
    [T_DISCOUNTS] = PARTS(DISCOUNTS),
    [T_EXPENSES] = PARTS(EXPENSES),
    [T_LINE] = PARTS(LINE),
    [T_LINES] = PARTS(LINES),
    [T_PAYMENT] = PARTS(PAYMENT),
    [T_PAYMENTS] = PARTS(PAYMENTS),
    [T_SUBORDINATE] = PARTS(SUBORDINATE),
    [T_SUBORDINATES] = PARTS(SUBORDINATES),
    [T_DOCUMENT] = PARTS(DOCUMENT),
    [T_CLASSIFIER] =
        {.shape = FL_COMMERCEML_PARTS,
         .rules = CLASSIFIER,
         .rule_count = COUNT(CLASSIFIER),
         .attributes = CLASSIFIER_ATTRIBUTES,
         .attribute_count = COUNT(CLASSIFIER_ATTRIBUTES)},
    [T_CATALOG] = SECTION(.rules = CATALOG, .rule_count = COUNT(CATALOG)),
    [T_PACKAGE] = SECTION(.rules = PACKAGE, .rule_count = COUNT(PACKAGE)),
    [T_CHANGES] = SECTION(.rules = CHANGES, .rule_count = COUNT(CHANGES)),
    [T_NOTHING] = SECTION(.rule_count = 0),
    [T_PLAIN_PROPERTY] = PARTS(PLAIN_PROPERTY),
    [T_DEPARTMENT] = PARTS(DEPARTMENT),
    [T_DEPARTMENTS] = PARTS(DEPARTMENTS),
    [T_FREE_ADDRESS_FIELD] = MAY_GO(FREE_ADDRESS_FIELD),
    [T_FREE_ADDRESS] = MAY_GO(FREE_ADDRESS),
    [T_FREE_CONTACTS] = MAY_GO(FREE_CONTACTS),
    [T_DEPARTMENT_IDS] = PARTS(DEPARTMENT_IDS),
    [T_FREE_VALUE] = MAY_GO(FREE_VALUE),
    [T_FREE_VALUES] = MAY_GO(FREE_VALUES),
    [T_STATE] = PARTS(STATE),
    [T_STATES] = PARTS(STATES),
    [T_EMPLOYEE] = PARTS(EMPLOYEE),
    [T_ABSENCE] = PARTS(ABSENCE),
};

const struct fl_commerceml_type *fl_commerceml_type_at(uint16_t type)
{
    FL_ASSERT(type < T_COUNT && TYPES[type].shape != 0);
    return &TYPES[type];
}

static const struct fl_commerceml_section_rule SECTIONS[] = {
    {"Классификатор", T_CLASSIFIER, T_PLAIN_PROPERTY},
    {"Каталог", T_CATALOG, 0},
    {"ПакетПредложений", T_PACKAGE, 0},
    {"ИзмененияПакетаПредложений", T_CHANGES, 0},
    {"ОрганизационнаяСтруктура", T_NOTHING, T_NOTHING},
    {"ГрафикОтсутствий", T_NOTHING, T_NOTHING},
    {"Контрагенты", T_NOTHING, 0},
};

const struct fl_commerceml_section_rule *fl_commerceml_section_rule(const char *name)
{
    for (size_t i = 0; i < COUNT(SECTIONS); i++) {
        if (strcmp(SECTIONS[i].name, name) == 0) {
            return &SECTIONS[i];
        }
    }
    return NULL;
}

static const struct {
    const char *section;
    struct fl_commerceml_item_rule rule;
} ITEMS[] = {
    {"Классификатор", {"Группа", "Группы", T_GROUP, 0}},
    {"Классификатор", {"Свойство", "Свойства", T_PROPERTY, 0}},
    {"Классификатор",
     {"ЕдиницаИзмерения", "ЕдиницыИзмерения", T_MEASURE, VERSION(FL_COMMERCEML_3_1)}},
    {"Классификатор", {"ТипЦены", "ТипыЦен", T_PRICE_TYPE, 0}},
    {"Классификатор", {"Склад", "Склады", T_STORE, VERSION(FL_COMMERCEML_3_1)}},
    {"Классификатор", {"Подразделение", "Подразделения", T_DEPARTMENT, 0}},
    {"Каталог", {"Товар", "Товары", T_GOODS, 0}},
    {"ПакетПредложений", {"ТипЦены", "ТипыЦен", T_PRICE_TYPE, 0}},
    {"ПакетПредложений", {"Склад", "Склады", T_STORE, 0}},
    {"ПакетПредложений", {"Предложение", "Предложения", T_OFFER, 0}},
    {"ИзмененияПакетаПредложений", {"Предложение", "Предложения", T_OFFER_CHANGE, 0}},
    {"ОрганизационнаяСтруктура", {"Работник", "Работники", T_EMPLOYEE, 0}},
    {"ГрафикОтсутствий", {"ЗаписьГрафика", "ЗаписиГрафика", T_ABSENCE, 0}},
    {"Контрагенты", {"Контрагент", NULL, T_CUSTOMER, VERSION(FL_COMMERCEML_3_1)}},
    {"", {"Документ", NULL, T_DOCUMENT, 0}},
};

const struct fl_commerceml_item_rule *fl_commerceml_item_rule(
    const struct fl_commerceml_section_rule *section,
    const char *name)
{
    for (size_t i = 0; i < COUNT(ITEMS); i++) {
        if (strcmp(ITEMS[i].section, section == NULL ? "" : section->name) == 0 &&
            strcmp(ITEMS[i].rule.name, name) == 0) {
            return &ITEMS[i].rule;
        }
    }
    return NULL;
}
