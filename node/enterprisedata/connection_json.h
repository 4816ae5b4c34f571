/*
 * «Настройки подключения» in JSON (FormatVersion 2.0), as libraries of 1C since 3.1.10
 * write and read them. Source: «Библиотека стандартных подсистем» 3.1, modules
 * ТранспортСообщенийОбмена and ТранспортСообщенийОбменаFILE, -FTP.
 *
 * Here the base that wrote the file speaks of itself: NodeCode, ThisInfobaseDescription
 * and SourceInfobasePrefix are its own.
 */

#ifndef NODE_CONNECTION_JSON_H
#define NODE_CONNECTION_JSON_H

#include "exchange/connection.h"
#include "exchange/terms.h"

/* Is it one, or that in XML? By its first character. */
bool fl_connection_is_json(struct fl_bytes bytes);

/* As fl_connection_read(). */
enum fl_status fl_connection_json_read(
    struct fl_bytes bytes,
    struct fl_arena *arena,
    struct fl_connection *out_connection,
    struct fl_error *out_error);

/* As fl_connection_write(), with what we declare; `terms` NULL: a plan of one
 * configuration. */
enum fl_status fl_connection_json_write(
    const struct fl_connection *connection,
    const struct fl_package_terms *terms,
    struct fl_buffer *out_bytes,
    struct fl_error *out_error);

#endif
