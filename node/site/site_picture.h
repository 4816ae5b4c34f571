/*
 * Pictures of goods: files beside a catalogue, named by what they are, and sent when the
 * site has not been told of them.
 */

#ifndef NODE_SITE_PICTURE_H
#define NODE_SITE_PICTURE_H

#include "node.h"
#include "proto/object.h"
#include "proto/uuid.h"

enum {
    FL_SITE_PICTURE_BYTES_MAX = 4 << 20, /* as a value it must fit into a record */
    FL_SITE_PICTURE_NAME_BYTES = 128,
};

struct fl_site_pictures;

/*
 * Of a message with this number, in `directory`, where those of the message before go.
 * `all`: whatever was told. Texts outlive it. NULL: no memory.
 */
struct fl_site_pictures *fl_site_pictures_begin(
    struct fl_node *node,
    uint32_t peer,
    uint64_t confirmed_number,
    const char *directory,
    bool all,
    bool with_dashes);
void fl_site_pictures_end(struct fl_site_pictures *pictures); /* takes NULL */

/*
 * The picture in a value of goods: what it is called, "" when there is none, and the file
 * where it is to be sent. `*out_gone`: there is none any more, and the site has one.
 * FL_LIMIT: too large, in words; FL_MALFORMED: damaged.
 */
enum fl_status fl_site_picture_put(
    struct fl_site_pictures *pictures,
    struct fl_txn *txn,
    struct fl_uuid goods,
    const struct fl_value *value,
    char out_name[FL_SITE_PICTURE_NAME_BYTES],
    bool *out_gone,
    struct fl_error *out_error);

/* What was put is told with message `number`: counts once that is confirmed. */
enum fl_status fl_site_pictures_note(
    struct fl_site_pictures *pictures,
    uint64_t number,
    struct fl_error *out_error);

/* Is there no room for one more before what was put is noted? */
bool fl_site_pictures_are_many(const struct fl_site_pictures *pictures);

/* Names below `directory`, "import_files/bd/…jpg", each to `visit` until it fails. */
enum fl_status fl_site_pictures_each(
    const char *directory,
    enum fl_status (*visit)(void *context, const char *name, struct fl_error *out_error),
    void *context,
    struct fl_error *out_error);

/*
 * The file `name` of `directory` as a value of such an attribute, in `arena`; "": none.
 * FL_NOT_FOUND: it did not come, so nothing changes; FL_LIMIT, FL_REFUSED in words.
 */
enum fl_status fl_site_picture_take(
    const char *directory,
    const char *name,
    const struct fl_attribute *attribute,
    struct fl_arena *arena,
    struct fl_value *out_value,
    struct fl_error *out_error);

#endif
