/*
 * Messages of 1C's exchange plans (dialect D1 of its XML): what reader and writer share.
 *
 *     <v8msg:Message> <v8msg:Header> plan, To, From, MessageNo, ReceivedNo
 *                     <v8msg:Body>   items
 *     <V8Exch:_1CV8DtUD> <V8Exch:Data> items              the frame of an object dump
 *
 *     <CatalogObject.X>              attributes, sections with <Row>
 *     <ConstantValueManager.X>       <Value>
 *     <...RegisterRecordSet.X>       <Filter> attributes, <Records> with <Record>
 *     <v8:ObjectDeletion>            <v8:Ref xsi:type="CatalogRef.X">
 */

#ifndef EXCHANGE_V8MSG_H
#define EXCHANGE_V8MSG_H

#include "codec_format.h"

#define FL_V8MSG_URI_MESSAGES     "http://v8.1c.ru/messages"
#define FL_V8MSG_URI_FRAME        "http://www.1c.ru/V8/1CV8DtUD/"
#define FL_V8MSG_URI_DATA         "http://v8.1c.ru/data"
#define FL_V8MSG_URI_XDTO         "http://v8.1c.ru/8.1/data/" /* of D2 begin so */
#define FL_V8MSG_URI_XDTO_CURRENT FL_V8MSG_URI_XDTO "enterprise/current-config"
#define FL_V8MSG_URI_XDTO_CORE    FL_V8MSG_URI_XDTO "core"
#define FL_V8MSG_URI_XS           "http://www.w3.org/2001/XMLSchema"
#define FL_V8MSG_URI_XSI          "http://www.w3.org/2001/XMLSchema-instance"

/*
 * Where a kept element stood (fl_unknown.place): a section, "Filter", "Records" or
 * nothing, then `>` and the name of the known element before it in that place, nothing
 * when it came first. Without `>`: at the end of the place.
 */
#define FL_V8MSG_PLACE_FILTER  "Filter"
#define FL_V8MSG_PLACE_RECORDS "Records"
enum { FL_V8MSG_PLACE_AFTER = '>' };

extern const struct fl_codec fl_v8msg_codec;
extern const struct fl_codec fl_v8msg_frame_codec;
extern const struct fl_codec fl_v8msg_xdto_codec;

/* v8msg_writer.c, as codec_format.h asks */
enum fl_status fl_v8msg_writer_open(
    const struct fl_codec *codec,
    const struct fl_package_writer_options *options,
    struct fl_package_writer **out_writer,
    struct fl_error *out_error);
void fl_v8msg_writer_close(struct fl_package_writer *base);
enum fl_status fl_v8msg_writer_begin(
    struct fl_package_writer *base,
    const struct fl_package_header *header,
    struct fl_error *out_error);
enum fl_status fl_v8msg_writer_put(
    struct fl_package_writer *base,
    const struct fl_object *object,
    struct fl_error *out_error);
enum fl_status fl_v8msg_writer_end(
    struct fl_package_writer *base,
    struct fl_error *out_error);

#endif
