/*
 * The catalogue: groups and goods.
 */

#include <stdio.h>
#include <string.h>

#include "proto/record.h"
#include "site/site_head.h"

static const struct fl_site_part *group_part(const struct fl_site_outgoing *out)
{
    return fl_site_part_find(
        out->mapping, FL_SITE_ITEM, FL_COMMERCEML_GROUP, (struct fl_bytes){NULL, 0},
        NULL);
}

static enum fl_status visit_group(
    void *context,
    struct fl_txn *txn,
    const struct fl_entry *entry,
    bool *out_stop,
    struct fl_error *out_error)
{
    struct fl_site_outgoing *out = context;
    const struct fl_site_part *part = group_part(out);
    struct fl_object object;
    (void)txn;
    (void)out_stop;
    fl_site_outgoing_begin_item(out);
    return fl_record_decode(
               entry->key, /* deleted= */ false, entry->record, &out->arena, &object) !=
                       FL_OK ||
                   !fl_site_part_has(&out->making, part, &object) ||
                   fl_site_keys_add(&out->groups, entry->key.type, entry->key.id, false)
               ? FL_OK
               : fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
}

enum fl_status fl_site_outgoing_groups(
    struct fl_site_outgoing *out,
    bool *out_done,
    struct fl_error *out_error)
{
    const struct fl_site_part *part = group_part(out);
    if (part == NULL || (out->goods.count == 0 && !out->goods.groups)) {
        *out_done = true;
        return FL_OK;
    }
    return fl_site_outgoing_walk(out, part->type, visit_group, out_done, out_error);
}

static enum fl_status begin_catalog(
    struct fl_site_outgoing *out,
    unsigned portion,
    struct fl_error *out_error)
{
    char name[FL_SITE_FILE_NAME_BYTES];
    fl_site_outgoing_name(out, "import", portion, name);
    enum fl_status status =
        fl_site_outgoing_open(out, FL_SITE_FILE_CATALOG, name, out_error);
    if (status == FL_OK && portion == 1 && !fl_site_mapping_is_3_1(out->mapping)) {
        status = fl_site_head_classifier(out, /* with_groups= */ true, out_error);
    }
    if (status != FL_OK || out->goods.count == 0) {
        return status;
    }
    struct fl_commerceml_element *head =
        fl_site_head_begin(out, "Каталог", !out->options->full || portion > 1);
    (void)fl_site_head_add(out, head, "Ид", fl_site_head_catalog_id(out, false));
    (void)fl_site_head_add(
        out, head, "ИдКлассификатора", fl_site_head_catalog_id(out, false));
    (void)fl_site_head_add(
        out, head, "Наименование", fl_bytes_of_text(out->mapping->catalog));
    fl_site_head_add_owner(out, head);
    return fl_site_head_write(out, head, out_error);
}

/* A picture that cannot go is named, and the goods go without it. */
static enum fl_status note_pictures(
    struct fl_site_outgoing *out,
    const struct fl_site_key *key,
    struct fl_error *out_error)
{
    if (out->picture_error.status == FL_LIMIT ||
        out->picture_error.status == FL_MALFORMED) {
        char words[FL_SITE_NOTE_BYTES_MAX];
        (void)snprintf(
            words, sizeof words, "Товар %s: %.400s", fl_uuid_text(key->id).text,
            out->picture_error.text);
        fl_site_note(out->report->notes, words);
    } else if (out->picture_error.status != FL_OK) {
        *out_error = out->picture_error;
        return out_error->status;
    }
    return fl_site_pictures_are_many(out->pictures)
               ? fl_site_pictures_note(
                     out->pictures, out->report->message_number, out_error)
               : FL_OK;
}

static enum fl_status put_goods(
    struct fl_site_outgoing *out,
    const struct fl_site_key *key,
    struct fl_error *out_error)
{
    const struct fl_site_part *part =
        fl_site_outgoing_part(out, key, FL_COMMERCEML_GOODS);
    const struct fl_commerceml_element *element =
        part == NULL ? NULL : fl_site_outgoing_make(out, part, key, "Товар");
    enum fl_status status = FL_OK;
    bool done = false;
    if (out->stage.in_file == FL_SITE_PORTION_ITEMS) {
        status = fl_site_outgoing_close(out, out_error);
        status = status == FL_OK ? begin_catalog(out, ++out->stage.portion, out_error)
                                 : status;
        out->stage.in_file = 0;
    }
    if (status == FL_OK && element != NULL) {
        status = fl_site_outgoing_put(out, element, &done, out_error);
    }
    out->stage.in_file += done;
    out->report->goods += done;
    return status == FL_OK ? note_pictures(out, key, out_error) : status;
}

static enum fl_status begin_pictures(
    struct fl_site_outgoing *out,
    struct fl_error *out_error)
{
    out->pictures = fl_site_pictures_begin(
        out->node, out->peer.number, out->peer.confirmed_number, out->options->directory,
        out->options->full, fl_site_mapping_is_3_1(out->mapping));
    return out->pictures == NULL
               ? fl_error_set(out_error, FL_NO_MEMORY, "not enough memory")
               : FL_OK;
}

void fl_site_outgoing_end_pictures(struct fl_site_outgoing *out)
{
    fl_site_pictures_end(out->pictures);
    out->pictures = NULL;
}

enum fl_status fl_site_outgoing_catalog(
    struct fl_site_outgoing *out,
    bool *out_done,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    const bool classifier =
        (out->goods.groups || out->properties) && !fl_site_mapping_is_3_1(out->mapping);
    if (!out->stage.begun) { /* those of the message before go in any case */
        status = begin_pictures(out, out_error);
    }
    if (status != FL_OK || (out->goods.count == 0 && !classifier)) {
        fl_site_outgoing_end_pictures(out);
        *out_done = status == FL_OK;
        return status;
    }
    if (!out->stage.begun) {
        out->stage.begun = true;
        status = begin_catalog(out, ++out->stage.portion, out_error);
    }
    while (status == FL_OK && out->stage.at < out->goods.count) {
        status = put_goods(out, &out->goods.items[out->stage.at], out_error);
        out->stage.at++;
        if (fl_site_outgoing_rests(out)) {
            return status;
        }
    }
    if (status == FL_OK) {
        status =
            fl_site_pictures_note(out->pictures, out->report->message_number, out_error);
    }
    fl_site_outgoing_end_pictures(out);
    *out_done = true;
    return status == FL_OK ? fl_site_outgoing_close(out, out_error) : status;
}
