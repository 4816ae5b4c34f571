/* Names are found by their pointers: the XML reader has each name once. */

#include "kd2_tag.h"

struct names {
    const char *ru;
    const char *en;
};

static const struct names tags[FL_KD2_TAG_COUNT_] = {
    [FL_KD2_TAG_NONE] = {"", ""},
#define ROW(name, ru, en) [FL_KD2_TAG_##name] = {ru, en},
    FL_KD2_TAGS(ROW)
#undef ROW
};

static size_t slot_of(const char *interned)
{
    const uintptr_t address = (uintptr_t)interned;

    return (size_t)((address ^ address >> 10) * 0x9E3779B1u >> 8) % FL_KD2_TAG_SLOTS;
}

/* A name that is known already keeps its first meaning. */
static bool add(struct fl_kd2_tag_table *table, const char *interned, uint16_t tag)
{
    if (!interned) {
        return false;
    }
    size_t slot = slot_of(interned);

    while (table->names[slot] && table->names[slot] != interned) {
        slot = (slot + 1) % FL_KD2_TAG_SLOTS;
    }
    if (!table->names[slot]) {
        table->names[slot] = interned;
        table->tags[slot] = tag;
    }
    return true;
}

enum fl_status fl_kd2_tag_table_init(
    struct fl_kd2_tag_table *table,
    struct fl_xml_reader *xml)
{
    *table = (struct fl_kd2_tag_table){.names = {NULL}};
    for (uint16_t tag = 1; tag < FL_KD2_TAG_COUNT_; tag++) {
        if (!add(table, fl_xml_reader_intern(xml, tags[tag].ru), tag) ||
            !add(table, fl_xml_reader_intern(xml, tags[tag].en), tag)) {
            return FL_NO_MEMORY;
        }
    }
    return FL_OK;
}

enum fl_kd2_tag fl_kd2_tag_of(const struct fl_kd2_tag_table *table, const char *interned)
{
    size_t slot = slot_of(interned);

    while (table->names[slot] && table->names[slot] != interned) {
        slot = (slot + 1) % FL_KD2_TAG_SLOTS;
    }
    return table->names[slot] ? (enum fl_kd2_tag)table->tags[slot] : FL_KD2_TAG_NONE;
}

const char *fl_kd2_tag_name(enum fl_kd2_tag tag, bool english)
{
    return english ? tags[tag].en : tags[tag].ru;
}
