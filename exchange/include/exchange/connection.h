/*
 * «Настройки подключения»: the file by which the setup of a synchronisation in 1C makes
 * its other side known (ПараметрыНастройки, ВерсияФормата 1.2; EnterpriseData and plans
 * of one configuration alike). It speaks to its reader: the "second" base is the one that
 * wrote it. It may hold passwords: a secret.
 */

#ifndef EXCHANGE_CONNECTION_H
#define EXCHANGE_CONNECTION_H

#include "exchange/codec.h"
#include "proto/arena.h"

enum fl_connection_field {
    FL_CONNECTION_PLAN,
    FL_CONNECTION_WRITER_NAME, /* of the base that wrote the file, */
    FL_CONNECTION_READER_NAME, /* and of the one that reads it */
    FL_CONNECTION_WRITER_CODE,
    FL_CONNECTION_READER_PREFIX,
    FL_CONNECTION_TRANSPORT,        /* "FILE", "FTP", "EMAIL", ...; "": over the web */
    FL_CONNECTION_ARCHIVE_PASSWORD, /* from here on as the transport has it */
    FL_CONNECTION_LATIN_NAMES,      /* "true": names of files are transliterated */
    FL_CONNECTION_DIRECTORY,
    FL_CONNECTION_DIRECTORY_ZIP, /* "true", "false" */
    FL_CONNECTION_FTP_ZIP,
    FL_CONNECTION_FTP_BYTES_MAX,
    FL_CONNECTION_FTP_PASSWORD,
    FL_CONNECTION_FTP_PASSIVE,
    FL_CONNECTION_FTP_USER,
    FL_CONNECTION_FTP_PORT,
    FL_CONNECTION_FTP_PATH, /* "ftp://host/directory" */
    FL_CONNECTION_USES_EMAIL,
    FL_CONNECTION_USES_FILE,
    FL_CONNECTION_USES_FTP,
    FL_CONNECTION_NAME,
    FL_CONNECTION_WRITER_CODE_AGAIN,
    FL_CONNECTION_READER_CODE, /* that the writing base has given to the reading one */
    FL_CONNECTION_SENT,        /* numbers of the writing base */
    FL_CONNECTION_RECEIVED,
    FL_CONNECTION_FORMAT, /* ".../EnterpriseData"; "": no format but the plan's own */
    FL_CONNECTION_WRITER_PREFIX, /* not in this file, but in that in JSON */
    FL_CONNECTION_FIELDS
};

struct fl_connection {
    struct fl_bytes fields[FL_CONNECTION_FIELDS]; /* of what is not there: empty */
};

/* FL_REFUSED: a text that XML forbids. Fields of other transports are left out. */
enum fl_status fl_connection_write(
    const struct fl_connection *connection,
    struct fl_buffer *out_bytes,
    struct fl_error *out_error);

/* The fields live in `arena`. FL_MALFORMED: no such file, with the line. */
enum fl_status fl_connection_read(
    struct fl_bytes bytes,
    struct fl_arena *arena,
    struct fl_connection *out_connection,
    struct fl_error *out_error);

#endif
