/*
 * EnterpriseData behind an import and an export: fl_correspondent_endpoint goes by the
 * settings of the peer's endpoint, a codec of a command by its own, for files without a
 * conversation.
 */

#ifndef NODE_CORRESPONDENT_CODEC_H
#define NODE_CORRESPONDENT_CODEC_H

#include "endpoint/endpoint_codec.h"
#include "endpoint/endpoint_settings.h"

#define FL_CORRESPONDENT_FORMAT "enterprisedata"

struct fl_correspondent_settings {
    const char *mapping; /* a file */
    const char *version; /* of what is written; NULL: the newest */
};

struct fl_correspondent_codec {
    struct fl_endpoint_codec codec;                   /* first */
    const struct fl_correspondent_settings *settings; /* NULL: of the endpoint */
};

extern const struct fl_correspondent_codec fl_correspondent_endpoint;
/* One whose settings a command gives; they outlive it. */
struct fl_correspondent_codec fl_correspondent_codec_of(
    const struct fl_correspondent_settings *settings);

/*
 * A mapping of this format, with what of it does not fit `configuration` as remarks.
 * FL_REFUSED: none is given, or it is of another format. The caller frees it.
 */
enum fl_status fl_correspondent_mapping_load(
    const char *path,
    const struct fl_configuration *configuration,
    struct fl_conversion **out_conversion,
    struct fl_error *out_error);

/* Can an endpoint go by them? In the words of what is wrong. `versions` "": all. */
enum fl_status fl_correspondent_check(
    struct fl_node *node,
    const char *mapping,
    const char *versions,
    struct fl_error *out_error);

/* correspondent_names.c: how its files and ours are called, for endpoint_format.h. */
void fl_correspondent_incoming(
    const struct fl_node *node,
    const struct fl_peer *peer,
    char out_mask[FL_ENDPOINT_NAME_BYTES]);
void fl_correspondent_outgoing(
    const struct fl_node *node,
    const struct fl_peer *peer,
    char out_name[FL_ENDPOINT_NAME_BYTES]);
/* It does not know yet who we are, or we do not know what it can do. */
bool fl_correspondent_greets(struct fl_node *node, const struct fl_peer *peer);
/* As fl_endpoint_codec.read_sender, of a header. */
enum fl_status fl_correspondent_sender(
    struct fl_node *node,
    const struct fl_package_header *header,
    uint32_t only_from,
    struct fl_peer *out_peer,
    struct fl_error *out_error);
/* How the web service of a base knows the plan and us. */
void fl_correspondent_service(
    const struct fl_node *node,
    const struct fl_endpoint_settings *settings,
    struct fl_place *out_place);
/* What we are called there, what it is called, and our prefix there, or "". */
const char *fl_correspondent_our_code(
    const struct fl_node *node,
    const struct fl_endpoint_settings *settings);
const char *fl_correspondent_code(
    const struct fl_peer *peer,
    const struct fl_endpoint_settings *settings);
const char *fl_correspondent_prefix(
    const struct fl_node *node,
    const struct fl_endpoint_settings *settings);

/* correspondent_reading.c */
enum fl_status fl_correspondent_read_open(
    const struct fl_endpoint_codec *codec,
    struct fl_node *node,
    struct fl_codec_source source,
    struct fl_endpoint_reading **out_reading,
    struct fl_error *out_error);
void fl_correspondent_read_close(struct fl_endpoint_reading *reading);
enum fl_status fl_correspondent_read_header(
    struct fl_endpoint_reading *reading,
    const struct fl_package_header **out_header,
    struct fl_error *out_error);
enum fl_status fl_correspondent_read_sender(
    struct fl_endpoint_reading *reading,
    uint32_t only_from,
    struct fl_peer *out_peer,
    struct fl_error *out_error);
enum fl_status fl_correspondent_read_begin(
    struct fl_endpoint_reading *reading,
    const struct fl_peer *peer,
    struct fl_txn *txn,
    struct fl_error *out_error);
enum fl_status fl_correspondent_read_next(
    struct fl_endpoint_reading *reading,
    struct fl_endpoint_object *out_object,
    struct fl_error *out_error);
bool fl_correspondent_read_is_incomplete(const struct fl_endpoint_reading *reading);
const char *fl_correspondent_read_note(
    const struct fl_endpoint_reading *reading,
    size_t index);

/* correspondent_writing.c */
enum fl_status fl_correspondent_write_open(
    const struct fl_endpoint_codec *codec,
    struct fl_node *node,
    const struct fl_peer *peer,
    const struct fl_package_header *header,
    struct fl_codec_sink sink,
    struct fl_endpoint_writing **out_writing,
    struct fl_error *out_error);
void fl_correspondent_write_close(struct fl_endpoint_writing *writing);
enum fl_status fl_correspondent_write_put(
    struct fl_endpoint_writing *writing,
    struct fl_txn *txn,
    const struct fl_object *object,
    bool *out_written,
    struct fl_error *out_error);
bool fl_correspondent_write_more(
    struct fl_endpoint_writing *writing,
    struct fl_key *out_key);
const char *fl_correspondent_write_note(
    const struct fl_endpoint_writing *writing,
    size_t index);
enum fl_status fl_correspondent_write_end(
    struct fl_endpoint_writing *writing,
    struct fl_error *out_error);
enum fl_status fl_correspondent_write_keep(
    struct fl_endpoint_writing *writing,
    struct fl_txn *txn,
    struct fl_error *out_error);

#endif
