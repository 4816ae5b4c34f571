/*
 * What the schemas 2.08, 2.09 and 2.10 of CommerceML allow, in their order, as data; what
 * files of 3.1 have; and what portals read of a company's structure. [Official schemas;
 * files of a production exchange in 3.1; for the structure the importer of the portal.]
 */

#ifndef EXCHANGE_COMMERCEML_GRAMMAR_H
#define EXCHANGE_COMMERCEML_GRAMMAR_H

#include "exchange/commerceml.h"

/* How a text that does not fit is dealt with depends on what it is. */
enum fl_commerceml_shape {
    FL_COMMERCEML_TEXT = 1, /* cut to `size_max` letters */
    FL_COMMERCEML_FILE,     /* the same; an empty one says that there is none */
    FL_COMMERCEML_ID,       /* refused when longer */
    FL_COMMERCEML_EXACT,    /* between `size_min` and `size_max`; left out otherwise */
    FL_COMMERCEML_WORD,     /* one of `words`; left out otherwise */
    FL_COMMERCEML_MUST, /* one of `words`, or of exactly `size_max`; refused otherwise */
    FL_COMMERCEML_SUM,  /* a number, two digits behind the point */
    FL_COMMERCEML_NUMBER,
    FL_COMMERCEML_DATE,
    FL_COMMERCEML_TIME,
    FL_COMMERCEML_FLAG,
    FL_COMMERCEML_PARTS, /* has elements: `rules` */
};

struct fl_commerceml_type {
    enum fl_commerceml_shape shape;
    uint32_t size_min;
    uint32_t size_max;
    const char *const *words; /* ends with NULL */
    const struct fl_commerceml_rule *rules;
    size_t rule_count;
    const struct fl_commerceml_rule *attributes;
    size_t attribute_count;
    bool may_go; /* nobody misses it: what lacks something is left out whole */
};

/* A party is a company or a person, and has the parts of the one or of the other. */
enum fl_commerceml_side {
    FL_COMMERCEML_BOTH = 0,
    FL_COMMERCEML_COMPANY,
    FL_COMMERCEML_PERSON,
    FL_COMMERCEML_PERSON_NUMBER, /* of a person, but УНФ wants it elsewhere */
};

struct fl_commerceml_rule {
    const char *name;
    uint32_t name_size;
    uint16_t type; /* fl_commerceml_type_at() */
    bool required;
    bool many;
    uint16_t versions; /* bits 1 << enum fl_commerceml_version; 0: all */
    uint8_t side;      /* enum fl_commerceml_side */
};

const struct fl_commerceml_type *fl_commerceml_type_at(uint16_t type);

/* A section as the schemas have it; items of each kind stand in a container of it. */
struct fl_commerceml_section_rule {
    const char *name;
    uint16_t head;         /* type of what comes before the items */
    uint16_t company_head; /* the same in a company's structure; 0: not there */
};
const struct fl_commerceml_section_rule *fl_commerceml_section_rule(const char *name);

struct fl_commerceml_item_rule {
    const char *name;
    const char *container; /* NULL: right below the root */
    uint16_t type;
    uint16_t versions; /* as of a rule */
};
/* NULL: such items do not stand there. `section` NULL: below the root. */
const struct fl_commerceml_item_rule *fl_commerceml_item_rule(
    const struct fl_commerceml_section_rule *section,
    const char *name);

#endif
