#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "enterprisedata_codec.h"
#include "xml_writer.h"

enum { NUMBER_DIGITS_MAX = 19, KINDS_MAX = 10000, VERSIONS_MAX = 100 };

struct fl_bytes fl_enterprisedata_version_of_uri(struct fl_bytes uri)
{
    static const char base[] = FL_ENTERPRISEDATA_URI "/";
    size_t size = sizeof base - 1;
    if (uri.size <= size || memcmp(uri.data, base, size) != 0) {
        return (struct fl_bytes){0};
    }
    uri.data += size;
    uri.size -= size;
    for (size_t i = 0; i < uri.size; i++) {
        if (uri.data[i] == ' ') { /* an extension's namespace follows */
            uri.size = i;
        }
    }
    return uri;
}

bool fl_enterprisedata_is_version(struct fl_bytes text)
{
    return text.size > 2 && memcmp(text.data, "1.", 2) == 0 && text.data[2] >= '0' &&
           text.data[2] <= '9';
}

/* --- reading --- */

struct reading {
    struct fl_arena *arena;
    struct fl_package_terms *terms;
    struct fl_package_header *header;
    uint64_t *out_line;
    struct fl_error *out_error;
};

static enum fl_status no_memory(const struct reading *reading)
{
    return fl_error_set(
        reading->out_error, fl_arena_failure(reading->arena, 1),
        "the header of the package is too large");
}

/* NULL: it is not there. */
static const char *text_of(
    const struct reading *reading,
    const struct fl_element *parent,
    const char *name)
{
    const struct fl_element *element = fl_element_child(parent, name);
    return element == NULL ? NULL : fl_arena_text(reading->arena, element->text);
}

static enum fl_status read_number(
    const struct reading *reading,
    const struct fl_element *parent,
    const char *name,
    uint64_t *out_number)
{
    const struct fl_element *element = fl_element_child(parent, name);
    *out_number = 0;
    if (element == NULL) {
        return FL_OK;
    }
    struct fl_bytes text = fl_bytes_trimmed(element->text);
    bool is_number = text.size > 0 && text.size < NUMBER_DIGITS_MAX;
    for (size_t i = 0; i < text.size && is_number; i++) {
        is_number = text.data[i] >= '0' && text.data[i] <= '9';
        *out_number = *out_number * 10 + (uint64_t)(text.data[i] - '0');
    }
    *reading->out_line = element->line;
    return is_number
               ? FL_OK
               : fl_error_set(
                     reading->out_error, FL_MALFORMED,
                     "%s is no number of a message: \"%.*s\"", name,
                     (int)(text.size > 60 ? 60 : text.size), (const char *)text.data);
}

static enum fl_status read_confirmation(
    const struct reading *reading,
    const struct fl_element *root)
{
    struct fl_package_header *header = reading->header;
    const struct fl_element *confirmation = fl_element_child(root, "Confirmation");
    header->plan = text_of(reading, confirmation, "ExchangePlan");
    header->to = text_of(reading, confirmation, "To");
    header->from = text_of(reading, confirmation, "From");
    enum fl_status status =
        read_number(reading, confirmation, "MessageNo", &header->message_number);
    if (status == FL_OK) {
        status =
            read_number(reading, confirmation, "ReceivedNo", &header->received_number);
    }
    header->plan = header->plan == NULL ? "" : header->plan;
    header->to = header->to == NULL ? "" : header->to;
    header->from = header->from == NULL ? "" : header->from;
    return status;
}

/* How many there are from `first` on; FL_LIMIT, where the first too many stands. */
static enum fl_status count(
    const struct reading *reading,
    const struct fl_element *first,
    size_t count_max,
    size_t *out_count)
{
    *out_count = 0;
    for (; first != NULL; first = fl_element_same(first)) {
        if (++*out_count > count_max) {
            *reading->out_line = first->line;
            return fl_error_set(
                reading->out_error, FL_LIMIT, "%s: there are more than %zu of it",
                first->name, count_max);
        }
    }
    return FL_OK;
}

static enum fl_status read_versions(
    const struct reading *reading,
    const struct fl_element *root)
{
    struct fl_package_terms *terms = reading->terms;
    const struct fl_element *element = fl_element_child(root, "AvailableVersion");
    size_t total = 0;
    enum fl_status status = count(reading, element, VERSIONS_MAX, &total);
    if (status != FL_OK) {
        return status;
    }
    const char **versions = fl_arena_array(reading->arena, total, sizeof *versions);
    if (versions == NULL) {
        return no_memory(reading);
    }
    for (; element != NULL; element = fl_element_same(element)) {
        versions[terms->version_count] = fl_arena_text(reading->arena, element->text);
        if (versions[terms->version_count++] == NULL) {
            return no_memory(reading);
        }
    }
    terms->versions = versions;
    return FL_OK;
}

static enum fl_status read_kinds(
    const struct reading *reading,
    const struct fl_element *root)
{
    struct fl_package_terms *terms = reading->terms;
    const struct fl_element *list = fl_element_child(root, "AvailableObjectTypes");
    const struct fl_element *element = fl_element_child(list, "ObjectType");
    size_t total = 0;
    enum fl_status status = count(reading, element, KINDS_MAX, &total);
    if (status != FL_OK) {
        return status;
    }
    struct fl_package_kind_terms *kinds =
        fl_arena_array(reading->arena, total, sizeof *kinds);
    terms->lists_kinds = list != NULL;
    if (kinds == NULL) {
        return no_memory(reading);
    }
    for (; element != NULL; element = fl_element_same(element)) {
        struct fl_package_kind_terms *kind = &kinds[terms->kind_count++];
        kind->name = text_of(reading, element, "Name");
        kind->sending = text_of(reading, element, "Sending");
        kind->receiving = text_of(reading, element, "Receiving");
        kind->name = kind->name == NULL ? "" : kind->name;
        kind->sending = kind->sending == NULL ? "" : kind->sending;
        kind->receiving = kind->receiving == NULL ? "" : kind->receiving;
    }
    terms->kinds = kinds;
    return FL_OK;
}

static enum fl_status read_format(
    const struct reading *reading,
    const struct fl_element *root)
{
    static const char base[] = FL_ENTERPRISEDATA_URI;
    const struct fl_element *format = fl_element_child(root, "Format");
    struct fl_bytes uri = format == NULL ? (struct fl_bytes){0} : format->text;
    size_t size = strlen(base);
    *reading->out_line = format == NULL ? root->line : format->line;
    if (uri.size < size || memcmp(uri.data, base, size) != 0 ||
        (uri.size > size && uri.data[size] != '/' && uri.data[size] != ' ')) {
        return fl_error_set(
            reading->out_error, FL_MALFORMED,
            "the header's Format is not that of EnterpriseData (%s)", base);
    }
    struct fl_bytes version = fl_enterprisedata_version_of_uri(uri);
    if (version.size > 0 && !fl_enterprisedata_is_version(version)) { /* settings: none */
        return fl_error_set(
            reading->out_error, FL_MALFORMED,
            "there is no version \"%.*s\" of EnterpriseData: all that are known are 1.x",
            (int)(version.size > 20 ? 20 : version.size), (const char *)version.data);
    }
    reading->terms->version = fl_arena_text(reading->arena, version);
    return reading->terms->version == NULL ? no_memory(reading) : FL_OK;
}

/* --- what 1C would not read either --- */

static enum fl_status refuse_element(
    const struct reading *reading,
    const struct fl_element *element,
    const char *what)
{
    *reading->out_line = element->line;
    return fl_error_set(reading->out_error, FL_MALFORMED, "%s: %s", element->name, what);
}

/* Each of `names` stands once, as a text or, where `groups`, as elements. */
static enum fl_status check_children(
    const struct reading *reading,
    const struct fl_element *parent,
    const char *const *names,
    bool groups)
{
    for (; *names != NULL; names++) {
        const struct fl_element *element = fl_element_child(parent, *names);
        if (element == NULL) {
            continue;
        }
        if (fl_element_same(element) != NULL) {
            return refuse_element(
                reading, fl_element_same(element),
                fl_error_words("it stands there twice, and the format has it once"));
        }
        if (!groups && element->first != NULL) {
            return refuse_element(
                reading, element, fl_error_words("a text is wanted, not elements"));
        }
        if (groups && fl_bytes_trimmed(element->text).size > 0) {
            return refuse_element(
                reading, element, fl_error_words("elements are wanted, not a text"));
        }
    }
    return FL_OK;
}

static enum fl_status check_kinds(
    const struct reading *reading,
    const struct fl_element *root)
{
    static const char *const texts[] = {"Name", "Sending", "Receiving", NULL};
    const struct fl_element *list = fl_element_child(root, "AvailableObjectTypes");
    const struct fl_element *kind = fl_element_child(list, "ObjectType");
    enum fl_status status = FL_OK;
    for (; kind != NULL && status == FL_OK; kind = fl_element_same(kind)) {
        const struct fl_element *name = fl_element_child(kind, "Name");
        status = check_children(reading, kind, texts, /* groups= */ false);
        if (status == FL_OK && (name == NULL || name->text.size == 0)) {
            status = refuse_element(
                reading, kind,
                fl_error_words("it has no Name, which says what the sender exchanges"));
        }
    }
    return status;
}

static enum fl_status check_shape(
    const struct reading *reading,
    const struct fl_element *root)
{
    static const char *const texts[] = {
        "Format", "CreationDate", "NewFrom", "Prefix", NULL};
    static const char *const groups[] = {"Confirmation", "AvailableObjectTypes", NULL};
    static const char *const confirmed[] = {"ExchangePlan", "To",         "From",
                                            "MessageNo",    "ReceivedNo", NULL};
    enum fl_status status = check_children(reading, root, texts, /* groups= */ false);
    if (status == FL_OK) {
        status = check_children(reading, root, groups, /* groups= */ true);
    }
    if (status == FL_OK) {
        status = check_children(
            reading, fl_element_child(root, "Confirmation"), confirmed,
            /* groups= */ false);
    }
    return status == FL_OK ? check_kinds(reading, root) : status;
}

/* A side that talks says what it can; a file for anybody need not. */
static enum fl_status check_versions(
    const struct reading *reading,
    const struct fl_element *root)
{
    if (reading->terms->version_count > 0 || reading->header->from[0] == '\0') {
        return FL_OK;
    }
    *reading->out_line = root->line;
    return fl_error_set(
        reading->out_error, FL_MALFORMED,
        "the header has no AvailableVersion: which versions its sender has is not said");
}

enum fl_status fl_enterprisedata_header_read(
    struct fl_element *root,
    struct fl_arena *arena,
    struct fl_package_terms *out_terms,
    struct fl_package_header *out_header,
    uint64_t *out_line,
    struct fl_error *out_error)
{
    const struct reading reading = {
        .arena = arena,
        .terms = out_terms,
        .header = out_header,
        .out_line = out_line,
        .out_error = out_error};
    *out_terms = (struct fl_package_terms){.version = ""};
    *out_header = (struct fl_package_header){.terms = out_terms};
    out_terms->new_from = text_of(&reading, root, "NewFrom");
    out_terms->prefix = text_of(&reading, root, "Prefix");
    enum fl_status status = check_shape(&reading, root);
    if (status == FL_OK) {
        status = read_format(&reading, root);
    }
    if (status == FL_OK) {
        status = read_confirmation(&reading, root);
    }
    if (status == FL_OK) {
        status = read_versions(&reading, root);
    }
    if (status == FL_OK) {
        status = check_versions(&reading, root);
    }
    return status == FL_OK ? read_kinds(&reading, root) : status;
}

/* --- writing --- */

static void put(
    struct fl_xml_writer *xml,
    const char *tabs,
    const char *name,
    const char *text)
{
    fl_xml_writer_literal(xml, tabs);
    fl_xml_writer_literal(xml, "<msg:");
    fl_xml_writer_literal(xml, name);
    if (text[0] == '\0') {
        fl_xml_writer_literal(xml, "/>\n");
        return;
    }
    fl_xml_writer_literal(xml, ">");
    fl_xml_writer_text(xml, fl_bytes_of_text(text), /* quotes= */ false);
    fl_xml_writer_literal(xml, "</msg:");
    fl_xml_writer_literal(xml, name);
    fl_xml_writer_literal(xml, ">\n");
}

static void put_confirmation(
    struct fl_xml_writer *xml,
    const struct fl_package_header *header)
{
    char number[24];
    fl_xml_writer_literal(xml, "\t\t<msg:Confirmation>\n");
    put(xml, "\t\t\t", "ExchangePlan", header->plan);
    put(xml, "\t\t\t", "To", header->to);
    put(xml, "\t\t\t", "From", header->from);
    snprintf(number, sizeof number, "%" PRIu64, header->message_number);
    put(xml, "\t\t\t", "MessageNo", number);
    snprintf(number, sizeof number, "%" PRIu64, header->received_number);
    put(xml, "\t\t\t", "ReceivedNo", number);
    fl_xml_writer_literal(xml, "\t\t</msg:Confirmation>\n");
}

static void put_kinds(struct fl_xml_writer *xml, const struct fl_package_terms *terms)
{
    fl_xml_writer_literal(xml, "\t\t<msg:AvailableObjectTypes>\n");
    for (size_t i = 0; i < terms->kind_count; i++) {
        fl_xml_writer_literal(xml, "\t\t\t<msg:ObjectType>\n");
        put(xml, "\t\t\t\t", "Name", terms->kinds[i].name);
        put(xml, "\t\t\t\t", "Sending", terms->kinds[i].sending);
        put(xml, "\t\t\t\t", "Receiving", terms->kinds[i].receiving);
        fl_xml_writer_literal(xml, "\t\t\t</msg:ObjectType>\n");
    }
    fl_xml_writer_literal(xml, "\t\t</msg:AvailableObjectTypes>\n");
}

/*
 * The order is the schema's: 1C reads a header through it. One from nobody ("") is of a
 * file without a conversation, which confirms nothing.
 */
void fl_enterprisedata_header_write(
    struct fl_xml_writer *xml,
    const struct fl_package_header *header,
    const char *created)
{
    const struct fl_package_terms *terms = header->terms;
    char format[sizeof FL_ENTERPRISEDATA_URI + 32];
    snprintf(
        format, sizeof format, "%s%s%.20s", FL_ENTERPRISEDATA_URI,
        terms->version[0] == '\0' ? "" : "/", terms->version);
    fl_xml_writer_literal(xml, "\t<msg:Header>\n");
    put(xml, "\t\t", "Format", format);
    put(xml, "\t\t", "CreationDate", created);
    if (header->from[0] != '\0') {
        put_confirmation(xml, header);
    }
    for (size_t i = 0; i < terms->version_count; i++) {
        put(xml, "\t\t", "AvailableVersion", terms->versions[i]);
    }
    if (terms->new_from != NULL) {
        put(xml, "\t\t", "NewFrom", terms->new_from);
    }
    if (terms->lists_kinds) {
        put_kinds(xml, terms);
    }
    if (terms->prefix != NULL) {
        put(xml, "\t\t", "Prefix", terms->prefix);
    }
    fl_xml_writer_literal(xml, "\t</msg:Header>\n");
}
