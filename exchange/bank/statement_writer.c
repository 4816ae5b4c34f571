#include "exchange/statement.h"

#include <string.h>

enum { LINE_BYTES_MAX = 64 << 10 };

static void put_line(
    struct fl_statement_writer *writer,
    const char *key,
    struct fl_bytes value,
    bool has_value)
{
    if (writer->failure != FL_OK) {
        return;
    }
    fl_buffer_clear(&writer->line);
    enum fl_status status =
        fl_encoding_encode(writer->encoding, fl_bytes_of_text(key), &writer->line);

    if (status == FL_OK && has_value) {
        fl_buffer_put_u8(&writer->line, '=');
        status =
            memchr(value.data, '\n', value.size) || memchr(value.data, '\r', value.size)
                ? FL_MALFORMED
                : fl_encoding_encode(writer->encoding, value, &writer->line);
    }
    if (status == FL_MALFORMED) {
        status = fl_error_set(
            &writer->error, FL_REFUSED,
            "%s: a line break, or a letter that %s does not have, cannot be written", key,
            fl_encoding_name(writer->encoding));
    }
    fl_buffer_put_text(&writer->line, "\r\n");
    if (status == FL_OK) {
        status = fl_buffer_status(&writer->line);
    }
    if (status == FL_OK) {
        status = writer->sink.write(
            writer->sink.context, fl_buffer_view(&writer->line), &writer->error);
    }
    writer->failure = status;
}

void fl_statement_writer_field(
    struct fl_statement_writer *writer,
    const char *key,
    struct fl_bytes value)
{
    put_line(writer, key, value, /* has_value= */ true);
}

static void put_word(struct fl_statement_writer *writer, const char *word)
{
    put_line(writer, word, (struct fl_bytes){(const uint8_t *)"", 0}, false);
}

void fl_statement_writer_init(
    struct fl_statement_writer *writer,
    struct fl_codec_sink sink,
    enum fl_encoding encoding,
    const char *version)
{
    memset(writer, 0, sizeof(*writer));
    writer->sink = sink;
    writer->encoding = encoding;
    fl_buffer_init(&writer->line, LINE_BYTES_MAX);
    put_word(writer, "1CClientBankExchange");
    fl_statement_writer_field(writer, "ВерсияФормата", fl_bytes_of_text(version));
    fl_statement_writer_field(
        writer, "Кодировка",
        fl_bytes_of_text(encoding == FL_ENCODING_866 ? "DOS" : "Windows"));
}

void fl_statement_writer_document(
    struct fl_statement_writer *writer,
    struct fl_bytes kind)
{
    fl_statement_writer_field(writer, "СекцияДокумент", kind);
}

void fl_statement_writer_document_end(struct fl_statement_writer *writer)
{
    put_word(writer, "КонецДокумента");
}

enum fl_status fl_statement_writer_end(
    struct fl_statement_writer *writer,
    struct fl_error *out_error)
{
    put_word(writer, "КонецФайла");
    fl_buffer_deinit(&writer->line);
    if (writer->failure != FL_OK && out_error) {
        *out_error = writer->error;
    }
    return writer->failure;
}
