#include "site/site_outgoing.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "change/change.h"
#include "change/ref.h"
#include "language.h"

/* Transactions that read stay short: a new one now and then. */
void fl_site_outgoing_refresh(struct fl_site_outgoing *out)
{
    fl_txn_abort(&out->txn);
    fl_txn_begin(&out->txn, out->node->store, FL_TXN_READ);
}

void fl_site_outgoing_begin_item(struct fl_site_outgoing *out)
{
    fl_arena_reset(&out->arena);
    out->tree = (struct fl_commerceml_tree){.arena = &out->arena};
    out->making = (struct fl_site_making){
        .node = out->node,
        .mapping = out->mapping,
        .peer = out->peer.number,
        .has_ids = out->has_ids,
        .txn = &out->txn,
        .tree = &out->tree,
        .pictures = out->pictures,
        .picture_error = &out->picture_error};
    out->picture_error.status = FL_OK;
}

bool fl_site_outgoing_rests(struct fl_site_outgoing *out)
{
    enum { ITEMS_PER_TXN = 256 };
    if (out->stage.at % ITEMS_PER_TXN == ITEMS_PER_TXN - 1) {
        fl_site_outgoing_refresh(out);
    }
    return fl_share_is_over(&out->share);
}

enum fl_status fl_site_outgoing_walk(
    struct fl_site_outgoing *out,
    const struct fl_type *type,
    fl_walk_visit visit,
    bool *out_done,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    if (!out->stage.begun) {
        out->stage.begun = true;
        out->walk = (struct fl_walk){.store = out->node->store, .type = type->number};
    }
    while (status == FL_OK && !out->walk.done && !fl_share_is_over(&out->share)) {
        status = fl_walk_some(&out->walk, &out->share, visit, out, out_error);
    }
    *out_done = status == FL_OK && out->walk.done;
    out->stage.begun = !*out_done;
    return status;
}

/* --- files --- */

/* "goods_1_2_UUID.xml" of 3.1; otherwise as УТ has them. */
static const char *name_in_3_1(const char *kind)
{
    return strcmp(kind, "import") == 0   ? "goods"
           : strcmp(kind, "names") == 0  ? "offers"
           : strcmp(kind, "offers") == 0 ? "prices"
           : strcmp(kind, "orders") == 0 ? "documents"
                                         : kind;
}

void fl_site_outgoing_name(
    const struct fl_site_outgoing *out,
    const char *kind,
    unsigned portion,
    char out_name[FL_SITE_FILE_NAME_BYTES])
{
    char number[32];
    if (!fl_site_mapping_is_3_1(out->mapping)) {
        snprintf(out_name, FL_SITE_FILE_NAME_BYTES, "%s0_%u.xml", kind, portion);
        return;
    }
    kind = name_in_3_1(kind);
    snprintf(number, sizeof number, "%" PRIu64, out->report->message_number);
    const struct fl_uuid id =
        fl_site_id_derive(out->peer.number, kind, fl_bytes_of_text(number));
    snprintf(
        out_name, FL_SITE_FILE_NAME_BYTES, "%s_1_%u_%s.xml", kind, portion,
        fl_uuid_text(id).text);
}

enum fl_status fl_site_outgoing_open(
    struct fl_site_outgoing *out,
    enum fl_site_file_kind kind,
    const char *name,
    struct fl_error *out_error)
{
    struct fl_site_out_report *report = out->report;
    if (report->file_count == FL_SITE_FILES_MAX) {
        return fl_error_set(
            out_error, FL_LIMIT, "more than %d files in one exchange", FL_SITE_FILES_MAX);
    }
    const struct fl_commerceml_writer_options options = {
        .version = out->mapping->version,
        .name_space = out->options->to_1c || kind == FL_SITE_FILE_COMPANY
                          ? FL_COMMERCEML_NAMESPACE_NONE
                          : out->mapping->name_space,
        .formed = out->now,
        .mark = !out->options->to_1c,
        .company = kind == FL_SITE_FILE_COMPANY};
    report->files[report->file_count].kind = kind;
    snprintf(report->files[report->file_count].name, FL_SITE_FILE_NAME_BYTES, "%s", name);
    return fl_site_file_open(
        &out->file, out->options->directory, name, &options, out_error);
}

enum fl_status fl_site_outgoing_close(
    struct fl_site_outgoing *out,
    struct fl_error *out_error)
{
    const char *words = "";
    const uint64_t left_out = fl_commerceml_writer_left_out(out->file.writer, &words);
    char text[640];
    if (left_out > 0) {
        snprintf(
            text, sizeof text,
            _("values left out, as they do not fit: %llu; the last: %s"),
            (unsigned long long)left_out, words);
        fl_site_note(out->report->notes, text);
    }
    enum fl_status status =
        fl_site_file_publish(&out->file, &out->report->bytes, out_error);
    out->report->file_count += status == FL_OK;
    return status;
}

/* FL_REFUSED by the writer is of the item alone. */
enum fl_status fl_site_outgoing_put(
    struct fl_site_outgoing *out,
    const struct fl_commerceml_element *element,
    bool *out_put,
    struct fl_error *out_error)
{
    struct fl_error error = {.text = ""};
    enum fl_status status =
        out->tree.failed ? fl_error_set(
                               &error, FL_REFUSED, "%s: it is too large",
                               element == NULL ? "?" : element->name)
                         : fl_commerceml_writer_put(out->file.writer, element, &error);
    *out_put = status == FL_OK;
    if (status == FL_REFUSED) {
        fl_site_note(out->report->notes, error.text);
        return FL_OK;
    }
    if (status != FL_OK && out_error != NULL) {
        *out_error = error;
    }
    return status;
}

enum fl_status fl_site_outgoing_hold(
    struct fl_site_outgoing *out,
    const struct fl_site_key *key,
    int64_t from,
    struct fl_error *out_error)
{
    const struct fl_site_owed owed = {
        .key = {.type = key->type, .id = key->id}, .from = from};
    out->report->held++;
    return fl_site_held_add(&out->held, &owed, out_error);
}

/* --- items --- */

/* What is deleted has nothing but its Ид. */
static struct fl_commerceml_element *make_gone(
    struct fl_site_outgoing *out,
    const char *name,
    struct fl_uuid id)
{
    struct fl_commerceml_element *element = fl_commerceml_add(&out->tree, NULL, name);
    (void)fl_commerceml_add_text(
        &out->tree, element, "Ид", fl_site_id_text(&out->making, id));
    (void)fl_commerceml_add_text(
        &out->tree, element, "ПометкаУдаления", fl_bytes_of_text("true"));
    if (element != NULL && strcmp(name, "Товар") == 0) {
        fl_commerceml_add_attribute(
            &out->tree, element, "Статус", fl_bytes_of_text("Удален"));
        (void)fl_commerceml_add_text(
            &out->tree, element, "Наименование", fl_bytes_of_text("-"));
        fl_site_finish_goods(&out->making, element);
    } else {
        (void)fl_commerceml_add_text(/* a department without one stops an import */
                                     &out->tree, element, "Наименование",
                                     fl_bytes_of_text("-"));
        (void)fl_commerceml_add_text(
            &out->tree, element, "Статус", fl_bytes_of_text("Удален"));
    }
    return element;
}

/* It is here: told as one that is gone, the site would lose it. */
static void note_unread(
    struct fl_site_outgoing *out,
    struct fl_key key,
    enum fl_status status,
    const struct fl_error *error)
{
    if (out->unread.status != FL_OK) {
        return;
    }
    if (status == FL_MALFORMED) {
        (void)fl_error_set(
            &out->unread, status, "%s is damaged: run \"filial store check\"",
            fl_ref_text(out->node->configuration, key).text);
    } else {
        (void)fl_error_set(
            &out->unread, status, "%s cannot be read: %s",
            fl_ref_text(out->node->configuration, key).text, error->text);
    }
}

/* NULL: it is not of this part any more. */
struct fl_commerceml_element *fl_site_outgoing_make(
    struct fl_site_outgoing *out,
    const struct fl_site_part *part,
    const struct fl_site_key *key,
    const char *name)
{
    struct fl_object object;
    const struct fl_key wanted = {.type = key->type, .id = key->id};
    struct fl_error error = {.text = ""};
    fl_site_outgoing_begin_item(out);
    const enum fl_status status =
        key->deleted
            ? FL_NOT_FOUND
            : fl_change_current(&out->txn, wanted, &out->arena, &object, NULL, &error);
    if (status == FL_NOT_FOUND) {
        return make_gone(out, name, key->id);
    }
    if (status != FL_OK) {
        note_unread(out, wanted, status, &error);
        return NULL;
    }
    if (!fl_site_part_has(&out->making, part, &object)) {
        return NULL;
    }
    struct fl_commerceml_element *element = fl_commerceml_add(&out->tree, NULL, name);
    if (element == NULL) {
        return NULL;
    }
    fl_site_fill(&out->making, part, &object, element);
    if (fl_site_is_marked(part, &object) && strcmp(name, "Товар") == 0) {
        fl_commerceml_add_attribute(
            &out->tree, element, "Статус", fl_bytes_of_text("Удален"));
    } else if (
        fl_site_is_marked(part, &object) && part->item >= FL_COMMERCEML_DEPARTMENT) {
        (void)fl_commerceml_add_text(
            &out->tree, element, "Статус", fl_bytes_of_text("Удален"));
    }
    return element;
}

const struct fl_site_part *fl_site_outgoing_part(
    const struct fl_site_outgoing *out,
    const struct fl_site_key *key,
    enum fl_commerceml_kind item)
{
    for (size_t i = 0; i < out->mapping->part_count; i++) {
        const struct fl_site_part *part = out->mapping->parts[i];
        if (part->writes && part->section == NULL && part->kind == FL_SITE_ITEM &&
            part->item == item && part->type->number == key->type) {
            return part;
        }
    }
    return NULL;
}
