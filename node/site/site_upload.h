/*
 * Files that come in a session: each session has a folder of its own, and each file grows
 * by what is sent under its name.
 */

#ifndef NODE_SITE_UPLOAD_H
#define NODE_SITE_UPLOAD_H

#include "site/site_session.h"

enum { FL_SITE_UPLOAD_PATH_BYTES = 4096 };
#define FL_SITE_UPLOAD_BYTES_MAX ((uint64_t)8 << 30) /* of one session */

/* Of a file that came, or of the folder when `name` is "". False: it is too long. */
bool fl_site_upload_path(
    const struct fl_node *node,
    const struct fl_site_session *session,
    const char *name,
    char out_path[FL_SITE_UPLOAD_PATH_BYTES]);
/* The folders that `path` stands in. */
void fl_site_upload_folders(const struct fl_node *node, char *path);
/* What came in this session, and in those that are over. */
void fl_site_upload_clear(
    const struct fl_site_server *server,
    const struct fl_site_session *session);

/* FL_LIMIT, FL_IO. */
enum fl_status fl_site_upload_append(
    const struct fl_node *node,
    struct fl_site_session *session,
    const char *name,
    struct fl_bytes body,
    struct fl_error *out_error);
/* It was taken: whatever comes under its name is another file. */
void fl_site_upload_taken(
    const struct fl_node *node,
    struct fl_site_session *session,
    const char *name);

/*
 * Does the file that came last end with its root's closing tag, or as an archive does, so
 * that no more comes?
 */
bool fl_site_upload_is_whole(
    const struct fl_node *node,
    const struct fl_site_session *session);

/* The first XML of the folder by name, one that was not taken yet; false: none. */
bool fl_site_upload_next(
    const struct fl_node *node,
    const struct fl_site_session *session,
    char out_name[FL_SITE_PATH_BYTES]);

bool fl_site_upload_is_zip(const char *name);
/* The archive that came last, once: names of the files in it are asked for then. */
enum fl_status fl_site_upload_unpack(
    const struct fl_node *node,
    struct fl_site_session *session,
    struct fl_error *out_error);

#endif
