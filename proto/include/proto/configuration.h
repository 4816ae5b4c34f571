/*
 * The set of object types that a node works with: learnt from a real 1C configuration or
 * from packages, read-only once made. Types, attributes, sections and enumeration values
 * have small numbers, so that records are compact; numbers are given in the order of the
 * source and are part of the configuration, so two nodes with equal hashes agree on them.
 */

#ifndef PROTO_CONFIGURATION_H
#define PROTO_CONFIGURATION_H

#include "proto/uuid.h"

enum fl_kind {
    FL_KIND_CATALOG = 1,
    FL_KIND_DOCUMENT,
    FL_KIND_ENUM,
    FL_KIND_CONSTANT,
    FL_KIND_INFORMATION_REGISTER,
    FL_KIND_ACCUMULATION_REGISTER,
    FL_KIND_ACCOUNTING_REGISTER,
    FL_KIND_CALCULATION_REGISTER,
    FL_KIND_CHARACTERISTIC_TYPES,
    FL_KIND_ACCOUNTS,
    FL_KIND_CALCULATION_TYPES,
    FL_KIND_BUSINESS_PROCESS,
    FL_KIND_TASK,
    FL_KIND_EXCHANGE_PLAN,
    FL_KIND_SEQUENCE,
    FL_KIND_RECALCULATION,
    FL_KIND_COUNT_,
};

/* What an attribute is for; decides its place in a package and its checks. */
enum fl_role {
    FL_ROLE_OWN = 1, /* реквизит */
    FL_ROLE_IS_FOLDER,
    FL_ROLE_DELETION_MARK,
    FL_ROLE_OWNER,
    FL_ROLE_PARENT,
    FL_ROLE_CODE,
    FL_ROLE_DESCRIPTION,
    FL_ROLE_PREDEFINED_NAME,
    FL_ROLE_DATE,
    FL_ROLE_NUMBER,
    FL_ROLE_POSTED,
    FL_ROLE_RECORDER,
    FL_ROLE_PERIOD,
    FL_ROLE_RECORD_TYPE, /* an enumeration of its own: "Receipt", "Expense", as string */
    FL_ROLE_ACTIVE,
    FL_ROLE_DIMENSION,
    FL_ROLE_RESOURCE,
    FL_ROLE_CONSTANT_VALUE,
    FL_ROLE_VALUE_TYPE,
    FL_ROLE_OTHER_STANDARD, /* a standard attribute without a rule of ours */
};

enum fl_use { FL_USE_ALWAYS = 0, FL_USE_ITEM = 1, FL_USE_FOLDER = 2 };

/* Which values an attribute may hold. Composite when more than one type results. */
enum {
    FL_ALLOWS_STRING = 1u << 0,
    FL_ALLOWS_NUMBER = 1u << 1,
    FL_ALLOWS_DATE = 1u << 2,
    FL_ALLOWS_BOOLEAN = 1u << 3,
    FL_ALLOWS_UUID = 1u << 4,
    FL_ALLOWS_BINARY = 1u << 5,
    FL_ALLOWS_STORAGE = 1u << 6,
    FL_ALLOWS_TYPE = 1u << 7,
    FL_ALLOWS_REFS = 1u << 8,    /* the types listed in `refs` (enumerations too) */
    FL_ALLOWS_UNKNOWN = 1u << 9, /* names a type that the source did not contain */
};

struct fl_value_type {
    uint32_t allows;
    bool composite;   /* more than one type: every value carries xsi:type */
    bool enumeration; /* not composite, and `refs[0]` is an enumeration */
    uint32_t ref_count;
    const uint32_t *refs;   /* numbers of object types, ascending */
    uint32_t string_length; /* characters; 0: any */
    bool string_fixed;
    uint32_t number_digits; /* 0: any up to 38 */
    uint32_t number_fraction;
    bool number_nonnegative;
    bool date_only;
    bool time_only;
};

struct fl_name_index; /* finds names; NULL in a type that was made by hand */

/* Of an attribute or section that packages do not have any more. */
#define FL_PLACE_NONE UINT32_MAX

struct fl_attribute {
    uint32_t number; /* 1.. within its type or section; never reused */
    uint32_t place;  /* 1.. among its siblings in packages, or FL_PLACE_NONE */
    const char *name;
    enum fl_role role;
    enum fl_use use;
    bool in_filter; /* register: part of the key of a record set */
    struct fl_value_type type;
};

struct fl_section_type {
    uint32_t number; /* 1.. within its type */
    uint32_t place;  /* as of an attribute */
    const char *name;
    enum fl_use use;
    size_t attribute_count;
    const struct fl_attribute *attributes; /* attributes[i].number == i + 1 */
    const struct fl_name_index *attribute_names;
};

struct fl_enum_value {
    uint32_t number; /* 1.. within its enumeration */
    const char *name;
};

/*
 * An item that the configuration itself has in a catalog or a chart: known to programs by
 * its name, which the object holds as PredefinedDataName.
 */
struct fl_predefined_item {
    const char *name;
    struct fl_uuid id; /* of the item in its source: each base gave its object a ref */
    const char *code;  /* as text; "" when it has none */
    const char *description;
    bool is_folder;
    uint32_t parent; /* from 1 in the list, an item before this one; 0: at the top */
};

struct fl_type {
    uint32_t number; /* 1.. within the configuration */
    enum fl_kind kind;
    const char *name; /* without the kind: "Контрагенты" */
    size_t attribute_count;
    /* attributes[i].number == i + 1. Of a register: the fields of a record. */
    const struct fl_attribute *attributes;
    size_t section_count;
    const struct fl_section_type *sections;
    size_t enum_value_count;
    const struct fl_enum_value *enum_values;
    size_t predefined_count;
    const struct fl_predefined_item *predefined;
    bool hierarchical;
    bool folders;     /* hierarchy of folders and items: IsFolder is written */
    bool by_recorder; /* register: record sets are kept by recorder */
    bool balance;     /* accumulation register with RecordType */
    bool learnt;      /* derived from packages, so types of attributes are guesses */
    const struct fl_name_index *attribute_names;
    const struct fl_name_index *section_names;
    const struct fl_name_index *enum_value_names;
    const struct fl_name_index *predefined_names;
};

struct fl_plan_item {
    uint32_t type;
    bool auto_record;
};

struct fl_plan {
    const char *name; /* without the kind: "Филиалы" */
    bool distributed; /* РИБ */
    size_t item_count;
    const struct fl_plan_item *items;
};

enum { FL_CONFIGURATION_HASH_BYTES = 16 };

struct fl_configuration {
    const char *name;
    const char *version;
    uint8_t hash[FL_CONFIGURATION_HASH_BYTES]; /* of all but `notes` */
    size_t type_count;
    const struct fl_type *types; /* types[i].number == i + 1 */
    size_t plan_count;
    const struct fl_plan *plans;
    size_t note_count;
    const char *const *notes; /* what the source held and is not handled, in words */
    struct fl_configuration_index *index;
};

/* NULL when there is none. */
const struct fl_type *fl_configuration_type(
    const struct fl_configuration *configuration,
    uint32_t number);
const struct fl_type *fl_configuration_find(
    const struct fl_configuration *configuration,
    enum fl_kind kind,
    struct fl_bytes name);
/* By full name, "Catalog.Контрагенты" or "Справочник.Контрагенты". */
const struct fl_type *fl_configuration_find_full(
    const struct fl_configuration *configuration,
    struct fl_bytes full_name);
const struct fl_plan *fl_configuration_plan(
    const struct fl_configuration *configuration,
    struct fl_bytes name);
const struct fl_attribute *fl_type_attribute(const struct fl_type *type, uint32_t number);
const struct fl_attribute *fl_type_find_attribute(
    const struct fl_type *type,
    struct fl_bytes name);
const struct fl_attribute *fl_type_role(const struct fl_type *type, enum fl_role role);
const struct fl_section_type *fl_type_section(
    const struct fl_type *type,
    uint32_t number);
const struct fl_section_type *fl_type_find_section(
    const struct fl_type *type,
    struct fl_bytes name);
const struct fl_attribute *fl_section_attribute(
    const struct fl_section_type *section,
    uint32_t number);
const struct fl_attribute *fl_section_find_attribute(
    const struct fl_section_type *section,
    struct fl_bytes name);
uint32_t fl_type_find_enum_value(
    const struct fl_type *type,
    struct fl_bytes name); /* 0 */
const char *fl_type_enum_value_name(
    const struct fl_type *type,
    uint32_t number); /* NULL */

/* NULL when there is none. */
const struct fl_predefined_item *fl_type_find_predefined(
    const struct fl_type *type,
    struct fl_bytes name);
/* Catalogs and charts of characteristic types, accounts, calculation types. */
bool fl_kind_has_predefined(enum fl_kind kind);

bool fl_kind_is_register(enum fl_kind kind);
/* By either name, by prefix of refs, by prefix of items; 0 when there is none. */
enum fl_kind fl_kind_find(struct fl_bytes name);
enum fl_kind fl_kind_find_ref_prefix(struct fl_bytes prefix);
enum fl_kind fl_kind_find_item_prefix(struct fl_bytes prefix);
bool fl_kind_has_ref(enum fl_kind kind); /* catalog, document, ... but not enumerations */
const char *fl_kind_name(enum fl_kind kind);        /* "Catalog" */
const char *fl_kind_name_ru(enum fl_kind kind);     /* "Справочник" */
const char *fl_kind_ref_prefix(enum fl_kind kind);  /* "CatalogRef", NULL for registers */
const char *fl_kind_item_prefix(enum fl_kind kind); /* "CatalogObject",
                                                       "InformationRegisterRecordSet" */

/*
 * Making one. A builder copies what it is given and resolves names of types when it is
 * finished, so objects may come in any order; numbers follow the order of adding.
 */
struct fl_configuration_builder;

struct fl_attribute_source {
    const char *name;
    uint32_t place; /* 0: the next one */
    enum fl_role role;
    enum fl_use use;
    bool in_filter;
    struct fl_value_type type; /* `refs` unused: names below */
    /* "CatalogRef.Контрагенты"; or "CatalogRef", "AnyRef": all of that kind, or all */
    size_t ref_name_count;
    const char *const *ref_names;
};

enum fl_status fl_configuration_builder_new(
    const char *name,
    const char *version,
    struct fl_configuration_builder **out_builder);
void fl_configuration_builder_free(struct fl_configuration_builder *builder);
/* Calls after it describe this type: `flags` fields of `type` (hierarchical .. learnt).
 */
void fl_configuration_builder_type(
    struct fl_configuration_builder *builder,
    const struct fl_type *type);
void fl_configuration_builder_attribute(
    struct fl_configuration_builder *builder,
    const struct fl_attribute_source *attribute);
/* Attributes added after it belong to this section, until the next section or type. */
void fl_configuration_builder_section(
    struct fl_configuration_builder *builder,
    const char *name,
    enum fl_use use);
/* Of the section added last, when it is not the next one. */
void fl_configuration_builder_section_place(
    struct fl_configuration_builder *builder,
    uint32_t place);
void fl_configuration_builder_enum_value(
    struct fl_configuration_builder *builder,
    const char *name);
/* Of the type added last; its `parent` was added before. */
void fl_configuration_builder_predefined(
    struct fl_configuration_builder *builder,
    const struct fl_predefined_item *item);
void fl_configuration_builder_plan(
    struct fl_configuration_builder *builder,
    const char *name,
    bool distributed);
/* "Catalog.Контрагенты" of the plan added last; an unknown type becomes a note. */
void fl_configuration_builder_plan_item(
    struct fl_configuration_builder *builder,
    const char *full_type_name,
    bool auto_record);
void fl_configuration_builder_note(
    struct fl_configuration_builder *builder,
    const char *format,
    ...) FL_PRINTF(2, 3);
/*
 * Resolve, number, index, hash. The first failure of the calls above is reported here.
 * The builder is used up on success and on failure.
 */
enum fl_status fl_configuration_builder_finish(
    struct fl_configuration_builder *builder,
    struct fl_configuration **out_configuration,
    struct fl_error *out_error);
void fl_configuration_free(struct fl_configuration *configuration);

/*
 * `now` with every number that `before` has given meaning what it meant: what is gone
 * keeps its number and has no place, what is new comes behind. So a record that was
 * written under `before` is one of the successor too. FL_REFUSED: the keys of record sets
 * would change, in words.
 */
enum fl_status fl_configuration_succeed(
    const struct fl_configuration *before,
    const struct fl_configuration *now,
    struct fl_configuration **out_successor,
    struct fl_error *out_error);

/*
 * Canonical bytes (filial.proto, Configuration). The hash is taken of them without the
 * notes, which are words: two programs may say the same in other words.
 */
enum fl_status fl_configuration_encode(
    const struct fl_configuration *configuration,
    struct fl_buffer *out_buffer);
/* FL_MALFORMED: not the canonical bytes of a whole and possible configuration. */
enum fl_status fl_configuration_decode(
    struct fl_bytes bytes,
    struct fl_configuration **out_configuration,
    struct fl_error *out_error);

#endif
