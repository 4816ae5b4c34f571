/*
 * What reader and writer of EnterpriseData share.
 *
 *     <Message>                    in no namespace
 *       <msg:Header>               Format, CreationDate, Confirmation, versions, kinds
 *       <Body xmlns=".../1.8">     <Справочник.X>, <Документ.X>, <УдалениеОбъекта>
 */

#ifndef EXCHANGE_ENTERPRISEDATA_CODEC_H
#define EXCHANGE_ENTERPRISEDATA_CODEC_H

#include "codec_format.h"
#include "exchange/element.h"
#include "exchange/enterprisedata.h"
#include "table.h"

#define FL_ENTERPRISEDATA_URI_MSG  "http://www.1c.ru/SSL/Exchange/Message"
#define FL_ENTERPRISEDATA_DELETION "УдалениеОбъекта"
#define FL_ENTERPRISEDATA_REQUEST  "ЗапросНаВыгрузку"

extern const struct fl_codec fl_enterprisedata_codec;

/* enterprisedata_header.c: a header as a tree; what it says lives in `arena`. A failure
 * stands in `*out_line`. */
enum fl_status fl_enterprisedata_header_read(
    struct fl_element *root,
    struct fl_arena *arena,
    struct fl_package_terms *out_terms,
    struct fl_package_header *out_header,
    uint64_t *out_line,
    struct fl_error *out_error);
struct fl_xml_writer;
void fl_enterprisedata_header_write(
    struct fl_xml_writer *xml,
    const struct fl_package_header *header,
    const char *created); /* 2025-09-06T08:00:00 */
/* The version behind the last slash of a namespace; empty: none. */
struct fl_bytes fl_enterprisedata_version_of_uri(struct fl_bytes uri);
/* 1.x or 1.x.beta, known or newer; no other has ever been. */
bool fl_enterprisedata_is_version(struct fl_bytes text);

/*
 * enterprisedata_fit.c: FL_MALFORMED in words with the line, where 1C would refuse an
 * object. One of a version or a kind that there is no schema of fits; references in it
 * are to what the version before says.
 */
enum fl_status fl_enterprisedata_fit(
    struct fl_element *root,
    fl_conversion_version version,
    struct fl_error *out_error);

struct fl_enterprisedata_sought {
    const struct fl_conversion *conversion;
    const struct fl_conversion_ports *ports;
    fl_conversion_version version;
    const char *kind;
    struct fl_uuid theirs;
};

/*
 * enterprisedata_find.c: the object as it stands here, in `arena`, and a rule that reads
 * it. FL_NOT_FOUND: it is not here; the rule and the key are the first that it could
 * have. NULL in `*out_rule`: no rule reads this kind.
 */
enum fl_status fl_enterprisedata_find_here(
    const struct fl_enterprisedata_sought *sought,
    struct fl_arena *arena,
    struct fl_object *out_object,
    const struct fl_conversion_rule **out_rule,
    struct fl_error *out_error);

/* enterprisedata_shape.c: elements that are references become such, with their id.
   FL_NO_MEMORY, FL_LIMIT: of `arena`. */
enum fl_status fl_enterprisedata_shape(struct fl_element *root, struct fl_arena *arena);
/* "Контрагенты" of "КонтрагентыСсылка"; empty: no such name. */
struct fl_bytes fl_enterprisedata_kind_of_name(const char *name);

/* enterprisedata_writer.c */
enum fl_status fl_enterprisedata_writer_open(
    const struct fl_codec *codec,
    const struct fl_package_writer_options *options,
    struct fl_package_writer **out_writer,
    struct fl_error *out_error);
void fl_enterprisedata_writer_close(struct fl_package_writer *writer);
enum fl_status fl_enterprisedata_writer_begin(
    struct fl_package_writer *writer,
    const struct fl_package_header *header,
    struct fl_error *out_error);
enum fl_status fl_enterprisedata_writer_put(
    struct fl_package_writer *writer,
    const struct fl_object *object,
    struct fl_error *out_error);
enum fl_status fl_enterprisedata_writer_end(
    struct fl_package_writer *writer,
    struct fl_error *out_error);

#endif
