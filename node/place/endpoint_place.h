/*
 * Where files are exchanged: a directory, an FTP server, a mail drop or a service. Calls
 * block, and run in a thread of their own: a share or a server that hangs stops nobody
 * else.
 */

#ifndef NODE_ENDPOINT_PLACE_H
#define NODE_ENDPOINT_PLACE_H

#include <stdatomic.h>

#include "proto/bytes.h"
#include "storage/peers.h"

enum {
    FL_PLACE_BYTES = FL_ENDPOINT_BYTES_MAX + 1,
    FL_PLACE_NAME_BYTES = 512,
    FL_PLACE_PASSWORD_BYTES = 256,
};

struct fl_place {
    char directory[FL_PLACE_BYTES]; /* "" when it is a server */
    char url[FL_PLACE_BYTES];       /* ftp://user@host/path, ftps://, ftpes://, http://,
                                     * imap://user@host/folder, imaps://,
                                     * pop3://user@host, pop3s:// */
    char smtp[FL_PLACE_BYTES];      /* of a mail drop: by whom mails are sent, */
    char address[FL_PLACE_NAME_BYTES]; /* to the account itself */
    char plan[FL_PLACE_NAME_BYTES];    /* of a web service: what it calls the plan, */
    char code[FL_PLACE_NAME_BYTES];    /* and us */
    char password_file[FL_PLACE_BYTES];
    char ca_file[FL_PLACE_BYTES]; /* whom its certificate is of; "": who is known here */
    uint32_t number;              /* tells names of temporary files apart */
    const atomic_bool *cancel;    /* may be NULL */
};

struct fl_place_file {
    char name[FL_PLACE_NAME_BYTES];
    uint64_t size;
    int64_t changed_ms; /* Unix time; 0 when the place does not say */
};

/*
 * The newest file with something in it that fits `mask`; FL_NOT_FOUND: none does. FL_IO,
 * FL_REFUSED: the place, in words. `*out_has`: a file of the name `own` is there too.
 */
enum fl_status fl_place_newest(
    const struct fl_place *place,
    const char *mask,
    const char *own,
    struct fl_place_file *out_file,
    bool *out_has,
    struct fl_error *out_error);

/* A copy at `path`. FL_BUSY: it changed meanwhile. */
enum fl_status fl_place_get(
    const struct fl_place *place,
    const struct fl_place_file *file,
    const char *path,
    struct fl_error *out_error);

/* The file at `path` appears under `name` at once and whole, in the place of an old one.
 */
enum fl_status fl_place_put(
    const struct fl_place *place,
    const char *path,
    const char *name,
    struct fl_error *out_error);

/* Fine when it is not there. */
void fl_place_remove(const struct fl_place *place, const char *name);

enum fl_place_kind { FL_PLACE_FTP = 1, FL_PLACE_WEB };

/* An address of that kind: FL_MALFORMED in words. No password belongs into a URL. */
enum fl_status fl_place_check_url(
    const char *url,
    enum fl_place_kind kind,
    struct fl_error *out_error);

/* The same for an account whose mails are read. */
enum fl_status fl_place_check_mailbox(const char *mailbox, struct fl_error *out_error);

/* The same for a mail drop, its three settings. */
enum fl_status fl_place_check_mail(
    const char *mailbox,
    const char *smtp,
    const char *address,
    struct fl_error *out_error);

/* What can be done at a place of one kind, as the functions above do it at any. */
struct fl_place_transport {
    bool (*is)(const struct fl_place *place);
    enum fl_status (*newest)(
        const struct fl_place *place,
        const char *mask,
        const char *own,
        struct fl_place_file *out_file,
        bool *out_has,
        struct fl_error *out_error);
    enum fl_status (*get)(
        const struct fl_place *place,
        const struct fl_place_file *file,
        const char *path,
        struct fl_error *out_error);
    enum fl_status (*put)(
        const struct fl_place *place,
        const char *path,
        const char *name,
        struct fl_error *out_error);
    void (*remove)(const struct fl_place *place, const char *name); /* NULL: nothing to */
};

extern const struct fl_place_transport fl_place_directory;
extern const struct fl_place_transport fl_place_ftp;
extern const struct fl_place_transport fl_place_mail;
extern const struct fl_place_transport fl_place_rest; /* of a base of 1C */
extern const struct fl_place_transport fl_place_soap; /* the same */

/* Of an FTP server all names that fit, each with a NUL behind it. */
enum fl_status fl_ftp_names(
    const struct fl_place *place,
    const char *mask,
    struct fl_buffer *out_names,
    struct fl_error *out_error);

/* Of a mail drop the files of its newest mails, as many as are looked at: each once. */
enum fl_status fl_mail_names(
    const struct fl_place *place,
    const char *mask,
    struct fl_buffer *out_names,
    struct fl_error *out_error);

/* Is it a web service? There is always a file, made when it is got, and none to look at.
 */
bool fl_place_is_web(const char *url);

#endif
