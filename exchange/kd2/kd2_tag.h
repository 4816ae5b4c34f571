/*
 * Every name of elements and attributes, Russian and English: the pairs are those of 1C's
 * own modules in both languages. A name that has no English one stands for itself.
 */

#ifndef EXCHANGE_KD2_TAG_H
#define EXCHANGE_KD2_TAG_H

#include "xml_reader.h"

/* clang-format off */
#define FL_KD2_TAGS(TAG) \
    TAG(FILE, "ФайлОбмена", "ExchangeFile") \
    TAG(RULES, "ПравилаОбмена", "ExchangeRules") \
    TAG(DATA_TYPES, "ИнформацияОТипахДанных", "DataTypeInformation") \
    TAG(DATA_TYPE, "ТипДанных", "DataType") \
    TAG(EXCHANGE, "ДанныеПоОбмену", "DataFromExchange") \
    TAG(BACKGROUND, "ДанныеПоФоновомуОбмену", "ДанныеПоФоновомуОбмену") \
    TAG(CUSTOM_SEARCH, "НастройкаПользовательскогоПоиска", "CustomSearchSettings") \
    TAG(PARAMETER_CODE, "АлгоритмПослеЗагрузкиПараметров", "AfterParameterExportAlgorithm") \
    TAG(OBJECT, "Объект", "Object") \
    TAG(RECORD_SET, "НаборЗаписейРегистра", "RegisterRecordSet") \
    TAG(DELETION, "УдалениеОбъекта", "ObjectDeletion") \
    TAG(REGISTRATION, "ИнформацияОРегистрацииОбъекта", "ObjectRegistrationInformation") \
    TAG(CORRECTION, "КорректировкаИнформацииОРегистрацииОбъекта", "ObjectRegistrationDataAdjustment") \
    TAG(COMMON_DATA, "ОбщиеДанныеУзлов", "CommonNodeData") \
    TAG(REF, "Ссылка", "Ref") \
    TAG(PROPERTY, "Свойство", "Property") \
    TAG(PARAMETER_VALUE, "ЗначениеПараметра", "ParameterValue") \
    TAG(VALUE, "Значение", "Value") \
    TAG(EMPTY, "Пусто", "Empty") \
    TAG(EXPRESSION, "Выражение", "Expression") \
    TAG(NUMBER, "Нпп", "NBSp") \
    TAG(GLOBAL_NUMBER, "ГНпп", "Gsn") \
    TAG(TABLE, "ТабличнаяЧасть", "TabularSection") \
    TAG(RECORDS, "НаборЗаписей", "RecordSet") \
    TAG(SEQUENCE, "НаборЗаписейПоследовательности", "SequenceRecordSet") \
    TAG(ROW, "Запись", "Record") \
    TAG(DEBIT, "СубконтоДт", "ExtDimensionDr") \
    TAG(CREDIT, "СубконтоКт", "ExtDimensionCr") \
    TAG(TYPES, "Типы", "Types") \
    TAG(TYPE, "Тип", "Type") \
    TAG(FILTER, "Отбор", "Filter") \
    TAG(SET_ROWS, "СтрокиНабораЗаписей", "RecordSetRows") \
    TAG(FORMAT_VERSION, "ВерсияФормата", "FormatVersion") \
    TAG(EXPORT_DATE, "ДатаВыгрузки", "ExportDate") \
    TAG(PERIOD_BEGIN, "НачалоПериодаВыгрузки", "НачалоПериодаВыгрузки") \
    TAG(PERIOD_END, "ОкончаниеПериодаВыгрузки", "ОкончаниеПериодаВыгрузки") \
    TAG(SOURCE_CONFIGURATION, "ИмяКонфигурацииИсточника", "SourceConfigurationName") \
    TAG(SOURCE_VERSION, "ВерсияКонфигурацииИсточника", "SourceConfigurationVersion") \
    TAG(DESTINATION_CONFIGURATION, "ИмяКонфигурацииПриемника", "DestinationConfigurationName") \
    TAG(RULES_ID, "ИдПравилКонвертации", "ConversionRulesID") \
    TAG(COMMENT, "Комментарий", "Comment") \
    TAG(PLAN, "ПланОбмена", "ExchangePlan") \
    TAG(TO, "Кому", "Whom") \
    TAG(FROM, "ОтКого", "FromWhom") \
    TAG(OUT_NUMBER, "НомерИсходящегоСообщения", "OutgoingMessageNumber") \
    TAG(IN_NUMBER, "НомерВходящегоСообщения", "IncomingMessageNumber") \
    TAG(REMOVE_REGISTRATION, "УдалитьРегистрациюИзменений", "DeleteChangeRecords") \
    TAG(SENDER_VERSION, "ВерсияОтправителя", "SenderVersion") \
    TAG(NAME, "Имя", "Name") \
    TAG(RULE_NAME, "ИмяПравила", "RuleName") \
    TAG(RULE_CODE, "ИмяПКО", "OCRName") \
    TAG(CONSTANT_NAME, "ИмяКонстанты", "ConstantName") \
    TAG(PRIORITY, "ПриоритетОбъектаОбмена", "ExchangeObjectPriority") \
    TAG(NOT_REPLACE, "НеЗамещать", "NotReplace") \
    TAG(NOT_CLEAR, "НеОчищать", "NotClear") \
    TAG(NOT_CREATE, "НеСоздаватьЕслиНеНайден", "DontCreateIfNotFound") \
    TAG(NOT_REPLACE_CREATED, "НеЗамещатьОбъектСозданныйВИнформационнойБазеПриемнике", "DontReplaceObjectCreatedInDestinationInfobase") \
    TAG(CONTINUE_SEARCH, "ПродолжитьПоиск", "ContinueSearch") \
    TAG(REGISTER_AT_SENDER, "РегистрироватьОбъектНаУзлеОтправителе", "RecordObjectChangeAtSenderNode") \
    TAG(ID_ONLY, "ПриПереносеОбъектаПоСсылкеУстанавливатьТолькоGIUD", "OnExchangeObjectByRefSetGIUDOnly") \
    TAG(PREFIX, "ПрефиксАвтонумерации", "AutonumberingPrefix") \
    TAG(WRITE_MODE, "РежимЗаписи", "WriteMode") \
    TAG(POSTING_MODE, "РежимПроведения", "PostingMode") \
    TAG(SOURCE, "Источник", "Source") \
    TAG(DESTINATION, "Приемник", "Receiver") \
    TAG(EQUAL_DATE, "ПоискПоДатеНаРавенство", "SearchByEqualDate") \
    TAG(SOURCE_TYPE, "ТипИсточника", "SourceType") \
    TAG(DESTINATION_TYPE, "ТипПриемника", "DestinationType") \
    TAG(ID, "УникальныйИдентификатор", "UUID") \
    TAG(SOURCE_ID, "УникальныйИдентификаторИсточника", "SourceUUID") \
    TAG(DESTINATION_ID, "УникальныйИдентификаторПриемника", "DestinationUUID") \
    TAG(EMPTY_SET, "ПустойНабор", "IsEmptySet") \
    TAG(DATE_PARTS, "СоставДаты", "DateComposition") \
    TAG(LENGTH, "Длина", "Length") \
    TAG(ALLOWED_LENGTH, "ДопустимаяДлина", "AllowedLength") \
    TAG(DIGITS, "Разрядность", "Digits") \
    TAG(FRACTION_DIGITS, "РазрядностьДробнойЧасти", "FractionDigits") \
    TAG(ALLOWED_SIGN, "ДопустимыйЗнак", "AllowedSign") \
    TAG(MARK_ID, "{УникальныйИдентификатор}", "{UUID}") \
    TAG(MARK_PREDEFINED, "{ИмяПредопределенногоЭлемента}", "{PredefinedItemName1}") \
    TAG(RULES_ID_ELEMENT, "Ид", "ID") \
    TAG(DESCRIPTION, "Наименование", "Description") \
    TAG(CREATED, "ДатаВремяСоздания", "CreationDateTime") \
    TAG(PARAMETERS, "Параметры", "Parameters") \
    TAG(PARAMETER, "Параметр", "Parameter") \
    TAG(PROCESSORS, "Обработки", "DataProcessors") \
    TAG(PROCESSOR, "Обработка", "DataProcessor") \
    TAG(OBJECT_RULES, "ПравилаКонвертацииОбъектов", "ObjectsConversionRules") \
    TAG(EXPORT_RULES, "ПравилаВыгрузкиДанных", "DataExportRules") \
    TAG(CLEARING_RULES, "ПравилаОчисткиДанных", "DataClearingRules") \
    TAG(REGISTRATION_RULES, "ПравилаРегистрацииОбъектов", "ObjectsRegistrationRules") \
    TAG(ALGORITHMS, "Алгоритмы", "Algorithms") \
    TAG(ALGORITHM, "Алгоритм", "Algorithm") \
    TAG(QUERIES, "Запросы", "Queries") \
    TAG(QUERY, "Запрос", "Query") \
    TAG(TEXT, "Текст", "Text") \
    TAG(GROUP, "Группа", "Group") \
    TAG(RULE, "Правило", "Rule") \
    TAG(CODE, "Код", "Code") \
    TAG(ORDER, "Порядок", "Order") \
    TAG(DISABLED, "Отключить", "Disconnect") \
    TAG(PROPERTIES, "Свойства", "Properties") \
    TAG(VALUES, "Значения", "Values") \
    TAG(KIND, "Вид", "Kind") \
    TAG(SEARCH, "Поиск", "Search") \
    TAG(REQUIRED, "Обязательное", "Required") \
    TAG(RULE_OF, "КодПравилаКонвертации", "ConversionRuleCode") \
    TAG(RULE_LINK, "ПравилоКонвертации", "ConversionRule") \
    TAG(FROM_INCOMING, "ПолучитьИзВходящихДанных", "GetFromIncomingData") \
    TAG(CAST_LENGTH, "ПриводитьКДлине", "CastToLength") \
    TAG(PARAMETER_NAME, "ИмяПараметраДляПередачи", "ParameterForTransferName") \
    TAG(BY_FILE, "ВыгружатьГруппуЧерезФайл", "ExportGroupToFile") \
    TAG(BY_ID, "СинхронизироватьПоИдентификатору", "SynchronizeByID") \
    TAG(CONTINUE_BY_FIELDS, "ПродолжитьПоискПоПолямПоискаЕслиПоИдентификаторуНеНашли", "SearchBySearchFieldsIfNotFoundByID") \
    TAG(NOT_EXPORT_REFS, "НеВыгружатьОбъектыСвойствПоСсылкам", "DontExportPropertyObjectsByRefs") \
    TAG(GENERATE_CODE, "ГенерироватьНовыйНомерИлиКодЕслиНеУказан", "GenerateNewNumberOrCodeIfNotSet") \
    TAG(NOT_REMEMBER, "НеЗапоминатьВыгруженные", "NotRememberExportedData") \
    TAG(QUICK_SEARCH, "ИспользоватьБыстрыйПоискПриЗагрузке", "UseQuickSearchOnImport") \
    TAG(WITH_RECORDS, "ОбъектСДвижениями", "AnObjectWithRegisteredRecords") \
    TAG(RULE_PRIORITY, "ПриоритетОбъектовОбмена", "ExchangeObjectsPriority") \
    TAG(SEARCH_SEQUENCE, "ПоследовательностьПолейПоиска", "SearchFieldSequence") \
    TAG(SEARCH_VARIANTS, "НастройкаВариантовПоискаОбъектов", "ObjectSearchOptionsSettings") \
    TAG(TABLE_SEARCH, "ПоискПоТабличнымЧастям", "SearchInTabularSections") \
    TAG(TABLE_FIELDS, "ПоляТаблицы", "TableFields") \
    TAG(SEARCH_FIELDS, "ПоляПоиска", "SearchFields") \
    TAG(SELECTION, "ОбъектВыборки", "SelectionObject1") \
    TAG(SELECTION_KIND, "СпособОтбораДанных", "DataFilterMethod") \
    TAG(ONE_QUERY, "ВыбиратьДанныеДляВыгрузкиОднимЗапросом", "SelectExportDataInSingleQuery") \
    TAG(NOT_EXPORT_CREATED, "НеВыгружатьОбъектыСозданныеВБазеПриемнике", "DoNotExportObjectsCreatedInDestinationInfobase") \
    TAG(DESTINATION_TYPE_NAME, "ИмяТипаПриемника", "DestinationTypeName") \
    TAG(DELETE_MAPPED, "УдалятьСопоставленныеОбъектыВПриемникеПриИхУдаленииВИсточнике", "DeleteMappedObjectsFromDestinationOnDeleteFromSource") \
    TAG(ON_IMPORT, "ИспользуетсяПриЗагрузке", "UsedOnImport") \
    TAG(ON_EXPORT, "ИспользуетсяПриВыгрузке", "UsedOnExport") \
    TAG(VALUE_TYPE, "ТипЗначения", "ValueType") \
    TAG(IN_DIALOG, "УстанавливатьВДиалоге", "SetInDialog") \
    TAG(PASS_PARAMETER, "ПередаватьПараметрПриВыгрузке", "PassParameterOnExport") \
    TAG(COMPATIBILITY, "РежимСовместимости", "CompatibilityMode") \
    TAG(PLATFORM, "ВерсияПлатформы", "ВерсияПлатформы") \
    TAG(CONFIGURATION_VERSION, "ВерсияКонфигурации", "ВерсияКонфигурации") \
    TAG(CONFIGURATION_SYNONYM, "СинонимКонфигурации", "СинонимКонфигурации") \
    TAG(ON_EXPORT_BEFORE, "ПередВыгрузкой", "BeforeExport") \
    TAG(ON_EXPORT_AT, "ПриВыгрузке", "OnExport") \
    TAG(ON_EXPORT_AFTER, "ПослеВыгрузки", "AfterExport") \
    TAG(ON_EXPORT_FILE, "ПослеВыгрузкиВФайл", "AfterExportToFile") \
    TAG(ON_IMPORT_BEFORE, "ПередЗагрузкой", "BeforeImport") \
    TAG(ON_IMPORT_AT, "ПриЗагрузке", "OnImport") \
    TAG(ON_IMPORT_AFTER, "ПослеЗагрузки", "AfterImport") \
    TAG(ON_RULE_BEFORE, "ПередОбработкойПравила", "BeforeProcessRule") \
    TAG(ON_RULE_AFTER, "ПослеОбработкиПравила", "AfterProcessRule") \
    TAG(ON_DATA_EXPORT_BEFORE, "ПередВыгрузкойДанных", "BeforeExportData") \
    TAG(ON_DATA_EXPORT_AFTER, "ПослеВыгрузкиДанных", "AfterExportData") \
    TAG(ON_DATA_IMPORT_BEFORE, "ПередЗагрузкойДанных", "BeforeImportData") \
    TAG(ON_DATA_IMPORT_AFTER, "ПослеЗагрузкиДанных", "AfterImportData") \
    TAG(ON_OBJECT_EXPORT_BEFORE, "ПередВыгрузкойОбъекта", "BeforeExportObject") \
    TAG(ON_OBJECT_EXPORT_AFTER, "ПослеВыгрузкиОбъекта", "AfterExportObject") \
    TAG(ON_OBJECT_IMPORT_BEFORE, "ПередЗагрузкойОбъекта", "BeforeImportObject") \
    TAG(ON_OBJECT_IMPORT_AFTER, "ПослеЗагрузкиОбъекта", "AfterImportObject") \
    TAG(ON_CONVERT_BEFORE, "ПередКонвертациейОбъекта", "BeforeConvertObject") \
    TAG(ON_RULES_IMPORT, "ПослеЗагрузкиПравилОбмена", "AfterImportExchangeRules") \
    TAG(ON_PARAMETER, "ПослеЗагрузкиПараметра", "AfterImportParameter") \
    TAG(ON_PARAMETERS, "ПослеЗагрузкиПараметров", "AfterImportParameters") \
    TAG(ON_NODES, "ПослеПолученияИнформацииОбУзлахОбмена", "AfterGetExchangeNodesInformation") \
    TAG(ON_CHANGES, "ПередПолучениемИзмененныхОбъектов", "BeforeGetChangedObjects") \
    TAG(ON_DELETION, "ПриПолученииИнформацииОбУдалении", "OnGetDeletionInfo") \
    TAG(ON_SEND_DELETION, "ПередОтправкойИнформацииОбУдалении", "BeforeSendDeletionInfo") \
    TAG(ON_DELETE, "ПередУдалениемОбъекта", "BeforeDeleteObject") \
    TAG(ON_EXPORT_PROCESS, "ПередОбработкойВыгрузки", "BeforeProcessExport") \
    TAG(ON_EXPORT_PROCESSED, "ПослеОбработкиВыгрузки", "AfterProcessExport")
/* clang-format on */

enum fl_kd2_tag {
    FL_KD2_TAG_NONE,
#define FL_KD2_TAG_ENUM(name, ru, en) FL_KD2_TAG_##name,
    FL_KD2_TAGS(FL_KD2_TAG_ENUM)
#undef FL_KD2_TAG_ENUM
        FL_KD2_TAG_COUNT_,
};

enum { FL_KD2_TAG_SLOTS = 1024 };

/* Interned names of one XML reader to tags. */
struct fl_kd2_tag_table {
    const char *names[FL_KD2_TAG_SLOTS];
    uint16_t tags[FL_KD2_TAG_SLOTS];
};

/* FL_NO_MEMORY. The table dies with the reader. */
enum fl_status fl_kd2_tag_table_init(
    struct fl_kd2_tag_table *table,
    struct fl_xml_reader *xml);
enum fl_kd2_tag fl_kd2_tag_of(const struct fl_kd2_tag_table *table, const char *interned);

const char *fl_kd2_tag_name(enum fl_kd2_tag tag, bool english); /* "" for NONE */

#endif
