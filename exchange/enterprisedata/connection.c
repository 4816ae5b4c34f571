#include "exchange/connection.h"

#include <string.h>

#include "exchange/element.h"
#include "xml_writer.h"

static const char MAIN[] = "ОсновныеПараметрыОбмена";
static const char XDTO[] = "ПараметрыОбменаXDTO";
static const char ROOT[] = "ПараметрыНастройки";

/* In the order of the file. */
static const struct row {
    const char *name;
    const char *type;
    const char *transport; /* NULL: of all; else those that have it */
} ROWS[FL_CONNECTION_FORMAT + 1] = {
    [FL_CONNECTION_PLAN] = {"ИмяПланаОбмена", "string", NULL},
    [FL_CONNECTION_WRITER_NAME] = {"НаименованиеВторойБазы", "string", NULL},
    [FL_CONNECTION_READER_NAME] = {"НаименованиеЭтойБазы", "string", NULL},
    [FL_CONNECTION_WRITER_CODE] = {"КодНовогоУзлаВторойБазы", "string", NULL},
    [FL_CONNECTION_READER_PREFIX] =
        {"ПрефиксИнформационнойБазыИсточника", "string", NULL},
    [FL_CONNECTION_TRANSPORT] = {"ВидТранспортаСообщенийОбмена", NULL, NULL},
    [FL_CONNECTION_ARCHIVE_PASSWORD] =
        {"ПарольАрхиваСообщенияОбмена", "string", "FILE FTP"},
    [FL_CONNECTION_LATIN_NAMES] =
        {"ТранслитерацияИмениФайловСообщенийОбмена", "boolean", "FILE FTP"},
    [FL_CONNECTION_DIRECTORY] = {"FILEКаталогОбменаИнформацией", "string", "FILE"},
    [FL_CONNECTION_DIRECTORY_ZIP] =
        {"FILEСжиматьФайлИсходящегоСообщения", "boolean", "FILE"},
    [FL_CONNECTION_FTP_ZIP] = {"FTPСжиматьФайлИсходящегоСообщения", "boolean", "FTP"},
    [FL_CONNECTION_FTP_BYTES_MAX] =
        {"FTPСоединениеМаксимальныйДопустимыйРазмерСообщения", "decimal", "FTP"},
    [FL_CONNECTION_FTP_PASSWORD] = {"FTPСоединениеПароль", "string", "FTP"},
    [FL_CONNECTION_FTP_PASSIVE] = {"FTPСоединениеПассивноеСоединение", "boolean", "FTP"},
    [FL_CONNECTION_FTP_USER] = {"FTPСоединениеПользователь", "string", "FTP"},
    [FL_CONNECTION_FTP_PORT] = {"FTPСоединениеПорт", "decimal", "FTP"},
    [FL_CONNECTION_FTP_PATH] = {"FTPСоединениеПуть", "string", "FTP"},
    [FL_CONNECTION_USES_EMAIL] =
        {"ИспользоватьПараметрыТранспортаEMAIL", "boolean", NULL},
    [FL_CONNECTION_USES_FILE] = {"ИспользоватьПараметрыТранспортаFILE", "boolean", NULL},
    [FL_CONNECTION_USES_FTP] = {"ИспользоватьПараметрыТранспортаFTP", "boolean", NULL},
    [FL_CONNECTION_NAME] = {"НаименованиеНастройкиВыполненияОбмена", "string", NULL},
    [FL_CONNECTION_WRITER_CODE_AGAIN] = {"КодНовогоУзла", "string", NULL},
    [FL_CONNECTION_READER_CODE] = {"КодПредопределенногоУзла", "string", NULL},
    [FL_CONNECTION_SENT] = {"НомерОтправленного", "decimal", NULL},
    [FL_CONNECTION_RECEIVED] = {"НомерПринятого", "decimal", NULL},
    [FL_CONNECTION_FORMAT] = {"ФорматОбмена", "string", NULL},
};

/* --- writing --- */

static bool has(const struct row *row, const char *transport)
{
    return row->transport == NULL ||
           (transport[0] != '\0' && strstr(row->transport, transport) != NULL);
}

static void put_leaf(
    struct fl_xml_writer *xml,
    const struct row *row,
    struct fl_bytes text)
{
    fl_xml_writer_literal(xml, "\t\t<");
    fl_xml_writer_literal(xml, row->name);
    if (row->type != NULL) {
        fl_xml_writer_literal(xml, " xsi:type=\"xsd:");
        fl_xml_writer_literal(xml, row->type);
        fl_xml_writer_literal(xml, "\"");
    } else {
        fl_xml_writer_literal(
            xml, " xmlns=\"\" xsi:type=\"EnumRef.ВидыТранспортаСообщенийОбмена\"");
    }
    fl_xml_writer_literal(xml, ">");
    fl_xml_writer_text(xml, text, /* quotes= */ false);
    fl_xml_writer_literal(xml, "</");
    fl_xml_writer_literal(xml, row->name);
    fl_xml_writer_literal(xml, ">\n");
}

static void put_all(struct fl_xml_writer *xml, const struct fl_connection *connection)
{
    char transport[8] = "";
    const struct fl_bytes kind = connection->fields[FL_CONNECTION_TRANSPORT];
    if (kind.size > 0 && kind.size < sizeof transport) {
        memcpy(transport, kind.data, kind.size);
    }
    fl_xml_writer_literal(
        xml, "\xEF\xBB\xBF<ПараметрыНастройки ВерсияФормата=\"1.2\" "
             "xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" "
             "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
             "xmlns:v8=\"http://v8.1c.ru/data\">\n\t<ОсновныеПараметрыОбмена>\n");
    for (size_t i = 0; i < FL_CONNECTION_FORMAT; i++) {
        if (has(&ROWS[i], transport)) {
            put_leaf(xml, &ROWS[i], connection->fields[i]);
        }
    }
    fl_xml_writer_literal(xml, "\t</ОсновныеПараметрыОбмена>\n");
    if (connection->fields[FL_CONNECTION_FORMAT].size > 0) {
        fl_xml_writer_literal(xml, "\t<ПараметрыОбменаXDTO>\n");
        put_leaf(
            xml, &ROWS[FL_CONNECTION_FORMAT], connection->fields[FL_CONNECTION_FORMAT]);
        fl_xml_writer_literal(xml, "\t</ПараметрыОбменаXDTO>\n");
    }
    fl_xml_writer_literal(xml, "</ПараметрыНастройки>\n");
}

enum fl_status fl_connection_write(
    const struct fl_connection *connection,
    struct fl_buffer *out_bytes,
    struct fl_error *out_error)
{
    struct fl_xml_writer xml;
    fl_xml_writer_init(&xml, fl_codec_buffer_sink(out_bytes));
    put_all(&xml, connection);
    const enum fl_status status = fl_xml_writer_end(&xml, out_error);
    fl_xml_writer_deinit(&xml);
    return status;
}

/* --- reading --- */

enum fl_status fl_connection_read(
    struct fl_bytes bytes,
    struct fl_arena *arena,
    struct fl_connection *out_connection,
    struct fl_error *out_error)
{
    struct fl_connection connection = {.fields = {{NULL, 0}}};
    struct fl_element *root = NULL;
    enum fl_status status = fl_element_read(bytes, arena, &root, out_error);
    if (status != FL_OK) {
        return status;
    }
    const struct fl_element *main =
        strcmp(root->name, ROOT) == 0 ? fl_element_child(root, MAIN) : NULL;
    if (main == NULL) {
        return fl_error_set(
            out_error, FL_MALFORMED,
            "this is no file of settings of a connection: it has no \"%s\" in \"%s\"",
            MAIN, ROOT);
    }
    for (size_t i = 0; i <= FL_CONNECTION_FORMAT; i++) {
        const struct fl_element *found = fl_element_child(
            i == FL_CONNECTION_FORMAT ? fl_element_child(root, XDTO) : main,
            ROWS[i].name);
        if (found != NULL && found->kind == FL_ELEMENT_TEXT) {
            connection.fields[i] = fl_bytes_trimmed(found->text);
        }
    }
    *out_connection = connection;
    return FL_OK;
}
