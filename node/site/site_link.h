/*
 * One session with a site: requests of its protocol, one after another, by libcurl. Calls
 * block and run in a thread of their own.
 */

#ifndef NODE_SITE_LINK_H
#define NODE_SITE_LINK_H

#include <stdatomic.h>

#include "place/endpoint_place.h"
#include "site/site_notes.h"
#include "site/site_request.h"

struct fl_site_link;

struct fl_site_access {
    char url[FL_PLACE_BYTES]; /* of the script */
    char user[FL_SITE_USER_BYTES];
    char password_file[FL_PLACE_BYTES];
    char ca_file[FL_PLACE_BYTES]; /* "": who the system trusts */
    const atomic_bool *cancel;
};

/* What the site said at init. */
struct fl_site_terms {
    bool zip;
    uint64_t file_limit; /* 0: none */
    bool has_time;       /* it is Bitrix' own module: `timestamp` is what it gave */
    char timestamp[32];
};

/* `access` outlives the link. FL_NOT_FOUND, FL_IO: the password, in words. */
enum fl_status fl_site_link_open(
    const struct fl_site_access *access,
    struct fl_site_link **out_link,
    struct fl_error *out_error);
void fl_site_link_close(struct fl_site_link *link); /* takes NULL */

/*
 * checkauth and init. FL_UNTRUSTED: name or password; FL_IO: the site is not reached, as
 * below too: tried again, with growing pauses, before it is said.
 */
enum fl_status fl_site_link_begin(
    struct fl_site_link *link,
    const char *type,
    const char *version, /* "3.1" is told at init; NULL: none */
    struct fl_site_terms *out_terms,
    struct fl_error *out_error);

/*
 * The file at `path` under `name`, in pieces. FL_IO: the line broke, and how much of it
 * the site has is not known: begin again. FL_REFUSED: it does not want it.
 */
enum fl_status fl_site_link_send(
    struct fl_site_link *link,
    const char *path,
    const char *name,
    uint64_t file_limit,
    struct fl_error *out_error);

/* What the site said behind the "success" of the last piece, of a line or more; "". */
const char *fl_site_link_said(const struct fl_site_link *link);

/* mode=import, as often as it answers progress. FL_REFUSED in the site's words. */
enum fl_status fl_site_link_import(
    struct fl_site_link *link,
    const char *name,
    struct fl_error *out_error);

/* mode=query into the file at `path`, an archive perhaps. */
enum fl_status fl_site_link_query(
    struct fl_site_link *link,
    const char *path,
    struct fl_error *out_error);

/* Another mode without more: success, complete, "deactivate&timestamp=1". */
enum fl_status fl_site_link_say(
    struct fl_site_link *link,
    const char *mode,
    struct fl_error *out_error);

#endif
