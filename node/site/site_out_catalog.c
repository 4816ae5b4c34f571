/*
 * The catalogue: groups and goods.
 */

#include <stdio.h>
#include <string.h>

#include "site/site_head.h"

static enum fl_status begin_catalog(
    struct fl_site_outgoing *out,
    unsigned portion,
    struct fl_error *out_error)
{
    char name[FL_SITE_FILE_NAME_BYTES];
    snprintf(name, sizeof name, "import0_%u.xml", portion);
    enum fl_status status =
        fl_site_outgoing_open(out, FL_SITE_FILE_CATALOG, name, out_error);
    if (status == FL_OK && portion == 1) {
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

enum fl_status fl_site_outgoing_catalog(
    struct fl_site_outgoing *out,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    uint64_t in_file = 0;
    unsigned portion = 1;
    if (out->goods.count == 0 && !out->goods.groups) {
        return FL_OK;
    }
    status = begin_catalog(out, portion, out_error);
    for (size_t i = 0; i < out->goods.count && status == FL_OK; i++) {
        const struct fl_site_part *part =
            fl_site_outgoing_part(out, &out->goods.items[i], FL_COMMERCEML_GOODS);
        const struct fl_commerceml_element *element =
            part == NULL
                ? NULL
                : fl_site_outgoing_make(out, part, &out->goods.items[i], "Товар");
        bool done = false;
        if (in_file == FL_SITE_PORTION_ITEMS) {
            status = fl_site_outgoing_close(out, out_error);
            status = status == FL_OK ? begin_catalog(out, ++portion, out_error) : status;
            in_file = 0;
        }
        if (status == FL_OK && element != NULL) {
            status = fl_site_outgoing_put(out, element, &done, out_error);
        }
        in_file += done;
        out->report->goods += done;
        if (i % 256 == 255) {
            fl_site_outgoing_refresh(out);
        }
    }
    return status == FL_OK ? fl_site_outgoing_close(out, out_error) : status;
}
