/*
 * Rules of Конвертация данных 2 (ПравилаОбмена, ExchangeRules), as they are written: what
 * becomes of which object, property and value. Program text of 1C in them is listed with
 * its place and never run. Source of the format: the modules УниверсальныйОбменДаннымиXML
 * and КонвертацияОбъектовИнформационныхБаз of 1C's library БСП.
 *
 * Lists are linked; texts are right-trimmed and live as long as the rules.
 */

#ifndef EXCHANGE_KD2_RULES_H
#define EXCHANGE_KD2_RULES_H

#include "exchange/codec.h"

/* A piece of program text: `place` is its element, "ПередВыгрузкой", "Алгоритм X". */
struct fl_kd2_code {
    struct fl_bytes place;
    struct fl_bytes text;
    uint64_t line;
    struct fl_kd2_code *next;
};

/* One end of a property: what it is called and what it may hold there. */
struct fl_kd2_end {
    struct fl_bytes name; /* empty: computed only */
    struct fl_bytes kind; /* Вид: "Реквизит", "ТабличнаяЧасть", "НаборДвижений..." */
    struct fl_bytes type; /* several, parted by commas, in a composite one */
};

/* ПКС; a group (tabular section, movements) has the properties of its rows. */
struct fl_kd2_property_rule {
    struct fl_bytes code;
    struct fl_bytes name;
    int64_t order;
    struct fl_kd2_end source;
    struct fl_kd2_end destination;
    struct fl_bytes rule;      /* code of the rule for what it refers to; empty: none */
    struct fl_bytes parameter; /* passed under this name instead; empty: no */
    int64_t length;            /* ПриводитьКДлине; 0: as it is */
    bool is_group;
    bool search;
    bool required;
    bool disabled;
    bool not_replace;
    bool equal_date;
    bool from_incoming; /* the value comes from program text */
    struct fl_kd2_code *code_first;
    struct fl_kd2_property_rule *first; /* of a group */
    uint64_t line;
    struct fl_kd2_property_rule *next;
};

/* ПКЗ: an enumeration's or a predefined item's name becomes another. */
struct fl_kd2_value_rule {
    struct fl_bytes code;
    struct fl_bytes source;
    struct fl_bytes destination;
    uint64_t line;
    struct fl_kd2_value_rule *next;
};

enum fl_kd2_priority {
    FL_KD2_PRIORITY_HIGHER = 0, /* the sender is main */
    FL_KD2_PRIORITY_SAME,       /* "Совпадает": loses as "Ниже" does */
    FL_KD2_PRIORITY_LOWER,
};

/* ПКО */
struct fl_kd2_rule {
    struct fl_bytes code;
    struct fl_bytes name;
    int64_t order;
    struct fl_bytes source; /* "СправочникСсылка.X"; empty: no object of its own */
    struct fl_bytes destination; /* empty: nothing is made of it */
    bool by_id; /* СинхронизироватьПоИдентификатору */
    bool continue_search; /* by fields when the identity finds nothing */
    bool not_replace;
    bool not_replace_created;
    bool not_create;
    bool not_export_refs;
    bool id_only_by_ref;
    bool generate_code;
    bool disabled;
    enum fl_kd2_priority priority;
    struct fl_bytes search_sequence; /* program text; empty: none */
    struct fl_bytes table_search; /* "ТабличнаяЧасть.Товары:Номенклатура,..." a line */
    struct fl_kd2_property_rule *properties;
    struct fl_kd2_value_rule *values;
    struct fl_kd2_code *code_first;
    uint64_t line;
    struct fl_kd2_rule *next;
};

/* ПВД: what is exported, in which order. */
struct fl_kd2_export_rule {
    struct fl_bytes code;
    struct fl_bytes name;
    int64_t order;
    struct fl_bytes rule;
    struct fl_bytes object; /* "ДокументСсылка.X" */
    bool disabled;
    bool by_algorithm; /* program text chooses the objects */
    struct fl_kd2_code *code_first;
    uint64_t line;
    struct fl_kd2_export_rule *next;
};

struct fl_kd2_parameter_rule {
    struct fl_bytes name;
    struct fl_bytes title;
    struct fl_bytes type;
    bool on_import; /* ИспользуетсяПриЗагрузке */
    uint64_t line;
    struct fl_kd2_parameter_rule *next;
};

struct fl_kd2_side {
    struct fl_bytes name; /* of the configuration */
    struct fl_bytes version;
    struct fl_bytes synonym;
    struct fl_bytes platform; /* "7.7", "8.0", "8.3" */
};

struct fl_kd2_rules {
    struct fl_bytes version; /* "2.01" */
    struct fl_bytes id;
    struct fl_bytes name;
    struct fl_bytes created;
    struct fl_kd2_side source;
    struct fl_kd2_side destination;
    struct fl_kd2_parameter_rule *parameters;
    struct fl_kd2_rule *rules;
    struct fl_kd2_export_rule *exports;
    struct fl_kd2_code *code_first; /* of the conversion, algorithms, queries */
    size_t unknown_count;           /* elements that rules do not have */
    struct fl_bytes unknown;        /* the first of them, and where */
    uint64_t unknown_line;
};

/*
 * Everything of a rules file. FL_UNSUPPORTED: another kind of file, in words;
 * FL_MALFORMED, FL_LIMIT: with the line. `arena` holds the result.
 */
enum fl_status fl_kd2_rules_read(
    struct fl_codec_source source,
    struct fl_arena *arena,
    const struct fl_kd2_rules **out_rules,
    struct fl_error *out_error);

/* The key columns of a tabular section (ПоискПоТабличнымЧастям), parted by commas; empty:
 * there are none. */
struct fl_bytes fl_kd2_rule_merge_columns(
    const struct fl_kd2_rule *rule,
    struct fl_bytes table);

/* NULL: there is no rule of this code. */
const struct fl_kd2_rule *fl_kd2_rules_find(
    const struct fl_kd2_rules *rules,
    struct fl_bytes code);

#endif
