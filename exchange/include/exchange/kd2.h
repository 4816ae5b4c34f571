/*
 * The data file of Конвертация данных 2 (ФайлОбмена, ExchangeFile): objects of one
 * configuration as another one shall have them, as a stream, one item of the body at a
 * time. Three dialects: D1 (version 2.0: a file that somebody loads by hand; 7.7 has it
 * too), D2 (2.0 with numbers of messages) and D3 (3.1: a message of an exchange plan,
 * whose elements stand in a strict order). Russian and English tags are read alike.
 *
 * Nothing is judged or converted here: values are texts, names are those of the file.
 * Program text is never run. Lists are linked; whatever an item points to lives until the
 * next call. Source of the format: the modules УниверсальныйОбменДаннымиXML and
 * КонвертацияОбъектовИнформационныхБаз of 1C's library БСП.
 */

#ifndef EXCHANGE_KD2_H
#define EXCHANGE_KD2_H

#include "exchange/kd2_rules.h"
#include "proto/uuid.h"

enum fl_kd2_dialect { FL_KD2_D1 = 1, FL_KD2_D2, FL_KD2_D3 };

/* Attributes of the root; texts as they stand, right-trimmed; absent ones are empty. */
struct fl_kd2_header {
    enum fl_kd2_dialect dialect;
    struct fl_bytes version; /* ВерсияФормата: "2.0", "3.1" */
    struct fl_bytes created; /* ДатаВыгрузки, local time */
    struct fl_bytes period_begin;
    struct fl_bytes period_end;
    struct fl_bytes source; /* ИмяКонфигурацииИсточника */
    struct fl_bytes source_version;
    struct fl_bytes destination;
    struct fl_bytes rules_id;
    struct fl_bytes comment;
};

/* ДанныеПоОбмену. */
struct fl_kd2_exchange {
    struct fl_bytes plan;
    struct fl_bytes to;
    struct fl_bytes from;
    uint64_t message_number; /* НомерИсходящегоСообщения */
    uint64_t received_number; /* НомерВходящегоСообщения: the confirmation */
    bool remove_registration;
    struct fl_bytes sender_version;
};

enum fl_kd2_content {
    FL_KD2_EMPTY,      /* <Пусто/>, or nothing: the empty value of the type */
    FL_KD2_VALUE,      /* <Значение> */
    FL_KD2_REF,        /* <Ссылка> */
    FL_KD2_NUMBER,     /* a bare <Нпп>: `text` has it; 1C leaves the value empty */
    FL_KD2_EXPRESSION, /* <Выражение>: program text, never run */
};

struct fl_kd2_ref;

/* Свойство, or ЗначениеПараметра where `is_parameter`. */
struct fl_kd2_property {
    struct fl_bytes name;
    struct fl_bytes
        type; /* of the attribute, else of ИнформацияОТипахДанных, else empty */
    enum fl_kd2_content content;
    struct fl_bytes text;
    struct fl_bytes by; /* Значение/@Свойство: the object is found by this property */
    struct fl_kd2_ref *ref;
    struct fl_bytes rule;        /* ИмяПКО */
    struct fl_bytes source_type; /* of a GUID in D3 */
    struct fl_bytes destination_type;
    bool is_parameter;
    bool not_replace;
    bool equal_date;
    uint64_t line;
    struct fl_kd2_property *next;
};

/* Of an object, a row or a reference: more than any has, and they are sought by name. */
enum { FL_KD2_PROPERTIES_MAX = 4096 };

struct fl_kd2_properties {
    struct fl_kd2_property *first;
    struct fl_kd2_property *last;
    size_t count;
};

/* Names in braces say how an object is found: the writer knows them in both languages. */
enum fl_kd2_marker {
    FL_KD2_MARKER_NONE,
    FL_KD2_MARKER_ID,         /* {УникальныйИдентификатор} */
    FL_KD2_MARKER_PREDEFINED, /* {ИмяПредопределенногоЭлемента} */
    FL_KD2_MARKER_OLD, /* {КлючПоискаВИБИсточнике} and its kin: passed over */
};

struct fl_kd2_ref {
    uint64_t number; /* Нпп, or ГНпп where `global`; 0: none */
    bool global;
    bool not_create;
    bool continue_search;
    bool register_at_sender;
    bool id_only; /* ПриПереносеОбъектаПоСсылкеУстанавливатьТолькоGIUD */
    bool not_replace;
    bool not_replace_created;
    enum fl_kd2_priority priority;
    struct fl_kd2_properties properties;
    uint64_t line;
};

/* Запись, with СубконтоДт and СубконтоКт in movements of accounting registers. */
struct fl_kd2_row {
    struct fl_kd2_properties properties;
    struct fl_kd2_properties debit;
    struct fl_kd2_properties credit;
    uint64_t line;
    struct fl_kd2_row *next;
};

/* ТабличнаяЧасть, or НаборЗаписей of a document where `is_records`. */
struct fl_kd2_table {
    struct fl_bytes name;
    bool is_records;
    bool not_replace;
    bool not_clear;
    struct fl_kd2_row *first;
    struct fl_kd2_row *last;
    size_t count;
    uint64_t line;
    struct fl_kd2_table *next;
};

/* Типы: what a characteristic may hold. */
struct fl_kd2_types {
    struct fl_bytes date_parts;
    struct fl_bytes length;
    struct fl_bytes allowed_length;
    struct fl_bytes digits;
    struct fl_bytes fraction_digits;
    struct fl_bytes allowed_sign;
    size_t count;
    struct fl_bytes *names;
};

enum fl_kd2_write_mode { FL_KD2_WRITE_NONE, FL_KD2_POST, FL_KD2_UNPOST, FL_KD2_WRITE };
enum fl_kd2_posting { FL_KD2_POSTING_NONE, FL_KD2_REAL_TIME, FL_KD2_REGULAR };

enum fl_kd2_item_kind {
    FL_KD2_OBJECT,     /* Объект */
    FL_KD2_RECORD_SET, /* НаборЗаписейРегистра: `filter`, `rows` */
    FL_KD2_DELETION,   /* УдалениеОбъекта: types and `source_id` */
    FL_KD2_REGISTRATION, /* ИнформацияОРегистрацииОбъекта: types and both ids */
    FL_KD2_CORRECTION, /* КорректировкаИнформацииОРегистрацииОбъекта */
    FL_KD2_PARAMETER, /* ЗначениеПараметра of the file: `properties.first` */
    FL_KD2_COMMON_DATA, /* ОбщиеДанныеУзлов: nothing of it is read */
};

struct fl_kd2_item {
    enum fl_kd2_item_kind kind;
    uint64_t line;
    uint64_t number; /* 0 when writing: the writer counts */
    bool global;
    struct fl_bytes type;
    struct fl_bytes rule;
    struct fl_bytes constant;    /* ИмяКонстанты */
    struct fl_bytes prefix;      /* ПрефиксАвтонумерации */
    struct fl_bytes source_note; /* Источник */
    enum fl_kd2_priority priority;
    enum fl_kd2_write_mode write_mode;
    enum fl_kd2_posting posting;
    bool not_replace;
    bool empty; /* ПустойНабор */
    struct fl_kd2_ref *ref;
    struct fl_kd2_properties properties;
    struct fl_kd2_table *first;
    struct fl_kd2_table *last;
    struct fl_kd2_types *types;
    struct fl_kd2_properties filter;
    struct fl_kd2_row *rows;
    struct fl_kd2_row *row_last;
    struct fl_bytes source_type;
    struct fl_bytes destination_type;
    struct fl_uuid source_id;
    struct fl_uuid destination_id;
    struct fl_kd2_item *next; /* of one object that becomes several items */
};

enum fl_kd2_marker fl_kd2_marker(struct fl_bytes name);
/* Nothing in it, at any depth, tells what it stands for. */
bool fl_kd2_ref_is_bare(const struct fl_kd2_ref *ref);
/* A value that is no more than blanks is empty, and so is a bare reference. */
bool fl_kd2_property_is_empty(const struct fl_kd2_property *property);
/* Neither what it is found by nor anything that it has. */
bool fl_kd2_item_is_bare(const struct fl_kd2_item *item);
/* Of СубконтоДт and СубконтоКт: the kind (Ключ), with which a pair begins. */
bool fl_kd2_property_is_key(const struct fl_kd2_property *property);
/* The last of this name: NULL: there is none. */
const struct fl_kd2_property *fl_kd2_properties_find(
    const struct fl_kd2_properties *properties,
    const char *name);
/* A new one at the end; NULL without room. */
struct fl_kd2_property *fl_kd2_properties_add(
    struct fl_kd2_properties *properties,
    struct fl_arena *arena);
/* true, 1, Истина, Да; false, 0, Ложь, Нет, nothing. False: it is none of them. */
bool fl_kd2_boolean(struct fl_bytes text, bool *out_value);
struct fl_bytes fl_kd2_trim(struct fl_bytes text); /* blanks at the end */

#endif
