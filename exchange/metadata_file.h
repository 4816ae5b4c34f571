/*
 * One file of a Designer's dump, read into what the rest needs of it: names, flags, and
 * fields in the order of the file.
 */

#ifndef EXCHANGE_METADATA_FILE_H
#define EXCHANGE_METADATA_FILE_H

#include "proto/arena.h"
#include "proto/configuration.h"

/* A type as it is written: what can be told at once, and names for the rest. */
struct fl_metadata_type {
    struct fl_value_type type; /* refs unused */
    size_t name_count;
    const char **names; /* "CatalogRef.X", "DefinedType.X", "Characteristic.X" */
};

enum fl_metadata_field_kind {
    FL_METADATA_ATTRIBUTE = 1,
    FL_METADATA_DIMENSION,
    FL_METADATA_RESOURCE,
};

struct fl_metadata_field {
    struct fl_metadata_field *next;
    enum fl_metadata_field_kind kind;
    const char *name;
    enum fl_use use;
    bool main_filter;
    bool balance; /* of an accounting register: one for both sides of an entry */
    struct fl_metadata_type type;
};

struct fl_metadata_section {
    struct fl_metadata_section *next;
    const char *name;
    enum fl_use use;
    struct fl_metadata_field *fields;
};

/* A name in a list: an enumeration value, an owner, an item of a plan, a child. */
struct fl_metadata_name {
    struct fl_metadata_name *next;
    const char *kind; /* of a child of the configuration: "Catalog" */
    const char *name;
    bool allow; /* item of a plan: AutoRecord; of a common attribute: it has it */
    bool deny;  /* item of a common attribute: it does not, whatever holds for all */
};

/* An item that the configuration itself has in a catalog or chart. */
struct fl_metadata_predefined {
    struct fl_metadata_predefined *next;
    const struct fl_metadata_predefined *parent; /* NULL: at the top */
    struct fl_uuid id;
    const char *name; /* these three NULL where nothing is said */
    const char *code;
    const char *description;
    bool is_folder;
    uint32_t number; /* for who numbers them */
};

struct fl_metadata {
    const char *kind; /* element under MetaDataObject: "Catalog"; NULL: none was there */
    const char *name;
    const char *version;
    bool hierarchical;
    bool folders;
    uint32_t code_length;
    bool code_is_number;
    uint32_t description_length;
    uint32_t number_length;
    bool number_is_number;
    bool posting;
    bool periodic;
    bool by_recorder;
    bool main_filter_on_period;
    bool turnovers;
    const char *chart;             /* accounting register: "ChartOfAccounts.X" */
    bool correspondence;           /* likewise: an entry has two sides */
    const char *extra_kinds;       /* chart of accounts: "ChartOfCharacteristicTypes.X" */
    uint32_t extra_dimensions_max; /* likewise, of an account */
    bool distributed;
    bool extension;               /* configuration: it only adds to another one */
    bool auto_use;                /* common attribute: all have it that are not listed */
    bool separates;               /* common attribute: it separates data areas */
    struct fl_metadata_type type; /* constant, defined type, chart of characteristics */
    struct fl_metadata_name *owners;
    struct fl_metadata_name *values; /* of an enumeration */
    struct fl_metadata_name *items;  /* of a plan's Content.xml; children of all */
    struct fl_metadata_field *fields;
    struct fl_metadata_section *sections;
    struct fl_metadata_predefined *predefined; /* of a project; or of Predefined.xml */
};

/*
 * FL_NOT_FOUND: there is no such file. Everything lives in `arena`. The words name the
 * file as `name`.
 */
enum fl_status fl_metadata_read(
    const char *path,
    const char *name,
    struct fl_arena *arena,
    struct fl_metadata *out_metadata,
    struct fl_error *out_error);

#endif
