/*
 * What comes in a request of the exchange with sites, taken apart. Nothing here is
 * trusted.
 */

#ifndef NODE_SITE_REQUEST_H
#define NODE_SITE_REQUEST_H

#include "proto/bytes.h"

enum { FL_SITE_USER_BYTES = 128, FL_SITE_TOKEN_BYTES = 32, FL_SITE_PATH_BYTES = 256 };

/* "Basic dXNlcjpwYXNz"; false: it is none. Texts end with NUL. */
bool fl_site_basic_parse(
    const char *header,
    char out_user[FL_SITE_USER_BYTES],
    char out_password[FL_SITE_USER_BYTES * 2]);

/* The value of the cookie `name` in "a=1; name=2"; false: there is none, or too long. */
bool fl_site_cookie_parse(
    const char *header,
    const char *name,
    char out_value[FL_SITE_TOKEN_BYTES + 1]);

/*
 * The name of a file that is sent, as a path below a directory: parts of letters, digits
 * and "._-# ", none of dots only. False: it leads elsewhere, or is too long or deep.
 */
bool fl_site_name_is_safe(const char *name);
/*
 * The same of a name as clients give it: 1C on Linux puts "/tmp/" before it, 1C on
 * Windows parts folders by "\\". False: it is not safe, and `out_name` is not written.
 */
bool fl_site_name_take(const char *given, char out_name[FL_SITE_PATH_BYTES]);

/* The first line of an answer, without blanks, in lower case: "success", "progress". */
enum fl_site_word {
    FL_SITE_WORD_OTHER = 0,
    FL_SITE_WORD_SUCCESS,
    FL_SITE_WORD_PROGRESS,
    FL_SITE_WORD_FAILURE,
};
enum fl_site_word fl_site_word_of(struct fl_bytes answer);

/* Line `index` of an answer, from 0, without blanks around it; empty: it has none. */
struct fl_bytes fl_site_line(struct fl_bytes answer, size_t index);
/* "204800", and "2M" as PHP has it; 0: no number. */
uint64_t fl_site_size(struct fl_bytes text);
/* Can it stand in a header as a cookie's name? Some sites put a sentence there. */
bool fl_site_cookie_is_name(struct fl_bytes text);
/* What stands behind "name=" in one of its lines. */
struct fl_bytes fl_site_setting(struct fl_bytes answer, const char *name);

#endif
