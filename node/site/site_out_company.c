/*
 * The structure of the company: departments, employees, absences.
 */

#include <stdio.h>
#include <string.h>

#include "proto/record.h"
#include "site/site_outgoing.h"
#include "site/site_tree.h"

/* --- people whose own data changed --- */

static enum fl_status visit_owner(
    void *context,
    struct fl_txn *txn,
    const struct fl_entry *entry,
    bool *out_stop,
    struct fl_error *out_error)
{
    struct fl_site_outgoing *out = context;
    const struct fl_site_part *part = out->mapping->parts[out->stage.at];
    struct fl_object object;
    (void)txn;
    (void)out_stop;
    fl_site_outgoing_begin_item(out);
    if (fl_record_decode(entry->key, false, entry->record, &out->arena, &object) !=
        FL_OK) {
        return FL_OK;
    }
    for (size_t i = 0; i < part->mapping->column_count; i++) {
        const struct fl_site_part *inner = part->items[i];
        const struct fl_attribute *attribute = part->mapping->columns[i].attribute;
        const struct fl_value *value = inner == NULL || !inner->inner || attribute == NULL
                                           ? NULL
                                           : fl_object_field(&object, attribute->number);
        if (value != NULL && value->kind == FL_VALUE_REF &&
            fl_site_keys_have(&out->inner, value->type, value->uuid) &&
            !fl_site_keys_add(&out->people, entry->key.type, entry->key.id, false)) {
            return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
        }
    }
    return FL_OK;
}

/* The record of an employee is whole: what changed of the person goes with all of it. */
enum fl_status fl_site_outgoing_owners(
    struct fl_site_outgoing *out,
    bool *out_done,
    struct fl_error *out_error)
{
    for (; out->inner.count > 0 && out->stage.at < out->mapping->part_count;
         out->stage.at++) {
        const struct fl_site_part *part = out->mapping->parts[out->stage.at];
        bool done = false;
        if (part->writes && part->kind == FL_SITE_ITEM &&
            part->item == FL_COMMERCEML_EMPLOYEE) {
            const enum fl_status status =
                fl_site_outgoing_walk(out, part->type, visit_owner, &done, out_error);
            if (status != FL_OK || !done) {
                return status;
            }
        }
    }
    *out_done = fl_site_keys_sort(&out->people);
    return *out_done ? FL_OK : fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
}

/* --- the file --- */

static enum fl_status write_departments(
    struct fl_site_outgoing *out,
    struct fl_error *out_error)
{
    const struct fl_site_part *part = fl_site_part_find(
        out->mapping, FL_SITE_ITEM, FL_COMMERCEML_DEPARTMENT, (struct fl_bytes){NULL, 0},
        NULL);
    enum fl_status status = FL_OK;
    bool done;
    if (part == NULL || !part->writes) {
        return FL_OK;
    }
    fl_site_outgoing_begin_item(out);
    struct fl_commerceml_element *head =
        fl_commerceml_add(&out->tree, NULL, "Классификатор");
    (void)fl_commerceml_add_text(
        &out->tree, head, "Ид", fl_bytes_of_text(out->node->identity->code));
    (void)fl_commerceml_add_text(
        &out->tree, head, "Наименование", fl_bytes_of_text("Структура предприятия"));
    status = fl_commerceml_writer_section(out->file.writer, head, out_error);
    fl_site_outgoing_begin_item(out);
    if (status == FL_OK) {
        status = fl_site_tree_write(
            &out->making, part, /* only= */ NULL, out->file.writer, out_error);
    }
    for (size_t i = 0; i < out->people.count && status == FL_OK; i++) {
        const struct fl_site_key *key = &out->people.items[i];
        const struct fl_commerceml_element *element =
            key->type == part->type->number
                ? fl_site_outgoing_make(out, part, key, "Подразделение")
                : NULL;
        if (element != NULL && fl_commerceml_text(element, "Статус").size > 0) {
            status = fl_site_outgoing_put(out, element, &done, out_error);
        }
    }
    return status;
}

/* «Уволен» blocks the user at once, whatever its date: it waits for its day, which is
   given; 0: there is none. */
static int64_t take_dismissal_out(
    const struct fl_site_outgoing *out,
    struct fl_commerceml_element *employee)
{
    int64_t day = 0;
    for (struct fl_commerceml_element *at = employee->first; at != NULL; at = at->next) {
        if (strcmp(at->name, "ИсторияСостояний") != 0) {
            continue;
        }
        for (struct fl_commerceml_element *state = at->first; state != NULL;
             state = state->next) {
            int64_t date = 0;
            const struct fl_bytes value = fl_commerceml_text(state, "Значение");
            if (fl_bytes_equal(value, fl_bytes_of_text("Уволен")) &&
                fl_commerceml_date(fl_commerceml_text(state, "ДатаИзменения"), &date) &&
                date > out->now) {
                state->name = "";
                state->name_size = 0;
                day = date;
            }
        }
    }
    return day;
}

/* "Петров Иван Сергеевич", where the parts of the name are not kept apart. */
static void split_name(
    struct fl_site_outgoing *out,
    struct fl_commerceml_element *employee)
{
    static const char *const NAMES[] = {"Фамилия", "Имя", "Отчество"};
    struct fl_bytes left = fl_commerceml_text(employee, "Наименование");
    if (fl_commerceml_child(employee, NAMES[0]) != NULL) {
        return;
    }
    for (size_t i = 0; i < 3 && left.size > 0; i++) {
        const uint8_t *blank = i == 2 ? NULL : memchr(left.data, ' ', left.size);
        const size_t size = blank == NULL ? left.size : (size_t)(blank - left.data);
        (void)fl_commerceml_add_text(
            &out->tree, employee, NAMES[i], (struct fl_bytes){left.data, size});
        left.data += size + (blank != NULL);
        left.size -= size + (blank != NULL);
    }
}

static bool is_absence(const struct fl_commerceml_element *element)
{
    return fl_commerceml_text(element, "Статус").size > 0 ||
           !fl_bytes_equal(
               fl_commerceml_text(element, "Состояние"), fl_bytes_of_text("Работает"));
}

static enum fl_status begin_people(
    struct fl_site_outgoing *out,
    const char *section,
    struct fl_error *out_error)
{
    fl_site_outgoing_begin_item(out);
    struct fl_commerceml_element *head = fl_commerceml_add(&out->tree, NULL, section);
    fl_commerceml_add_attribute(
        &out->tree, head, "СодержитТолькоИзменения",
        fl_bytes_of_text(out->options->full ? "false" : "true"));
    out->stage.begun = true;
    return fl_commerceml_writer_section(out->file.writer, head, out_error);
}

static enum fl_status put_person(
    struct fl_site_outgoing *out,
    const struct fl_site_key *key,
    enum fl_commerceml_kind item,
    const char *section,
    struct fl_error *out_error)
{
    const struct fl_site_part *part = fl_site_outgoing_part(out, key, item);
    enum fl_status status = FL_OK;
    bool done = false;
    if (part != NULL && !out->stage.begun) {
        status = begin_people(out, section, out_error);
    }
    struct fl_commerceml_element *element =
        part == NULL || status != FL_OK
            ? NULL
            : fl_site_outgoing_make(out, part, key, fl_commerceml_kind_name(item));
    if (element == NULL || (item == FL_COMMERCEML_ABSENCE && !is_absence(element))) {
        return status;
    }
    if (item == FL_COMMERCEML_EMPLOYEE) {
        split_name(out, element);
    }
    const int64_t day = take_dismissal_out(out, element);
    status = fl_site_outgoing_put(out, element, &done, out_error);
    if (status == FL_OK && day != 0) {
        status = fl_site_outgoing_hold(out, key, day, out_error);
    }
    out->report->people += done;
    return status;
}

static enum fl_status write_people(
    struct fl_site_outgoing *out,
    enum fl_commerceml_kind item,
    const char *section,
    bool *out_done,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    while (status == FL_OK && out->stage.at < out->people.count) {
        status =
            put_person(out, &out->people.items[out->stage.at], item, section, out_error);
        out->stage.at++;
        if (fl_site_outgoing_rests(out)) {
            return status;
        }
    }
    *out_done = true;
    return status;
}

enum fl_status fl_site_outgoing_departments(
    struct fl_site_outgoing *out,
    bool *out_done,
    struct fl_error *out_error)
{
    *out_done = true;
    if (out->people.count == 0) {
        return FL_OK;
    }
    enum fl_status status =
        fl_site_outgoing_open(out, FL_SITE_FILE_COMPANY, "company.xml", out_error);
    return status == FL_OK ? write_departments(out, out_error) : status;
}

enum fl_status fl_site_outgoing_employees(
    struct fl_site_outgoing *out,
    bool *out_done,
    struct fl_error *out_error)
{
    return write_people(
        out, FL_COMMERCEML_EMPLOYEE, "ОрганизационнаяСтруктура", out_done, out_error);
}

enum fl_status fl_site_outgoing_absences(
    struct fl_site_outgoing *out,
    bool *out_done,
    struct fl_error *out_error)
{
    enum fl_status status =
        write_people(out, FL_COMMERCEML_ABSENCE, "ГрафикОтсутствий", out_done, out_error);
    return status == FL_OK && *out_done && out->people.count > 0
               ? fl_site_outgoing_close(out, out_error)
               : status;
}
