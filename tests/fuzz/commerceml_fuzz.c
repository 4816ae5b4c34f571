/* Any bytes are a file or words; what is read can be offered to the writer. */

#include <stdlib.h>

#include "exchange/commerceml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_item(
    struct fl_commerceml_writer *writer,
    const struct fl_commerceml_item *item,
    const struct fl_commerceml_section **io_section)
{
    struct fl_error error = {.text = ""};
    enum fl_status status = FL_OK;
    if (item->section != NULL && item->section != *io_section) {
        *io_section = item->section;
        status = fl_commerceml_writer_section(writer, item->section->head, &error);
    }
    if (status == FL_OK) {
        status = fl_commerceml_writer_put(writer, item->element, &error);
    }
    if (status != FL_OK && error.text[0] == '\0') {
        abort();
    }
}

/* What was written must be read again. */
static void read_again(struct fl_bytes file)
{
    struct fl_codec_memory memory = {.left = file};
    struct fl_commerceml_reader *reader = NULL;
    const struct fl_commerceml_item *item = NULL;
    const struct fl_commerceml_reader_options options = {
        .source = fl_codec_memory_source(&memory)};
    if (fl_commerceml_reader_open(&options, &reader, NULL) != FL_OK) {
        return;
    }
    do {
        if (fl_commerceml_reader_next(reader, &item, NULL) != FL_OK) {
            abort();
        }
    } while (item != NULL);
    fl_commerceml_reader_close(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fl_codec_memory memory = {.left = {data, size}};
    struct fl_commerceml_reader *reader = NULL;
    struct fl_commerceml_writer *writer = NULL;
    const struct fl_commerceml_item *item = NULL;
    const struct fl_commerceml_section *section = NULL;
    struct fl_error error = {.text = ""};
    struct fl_buffer text;
    const struct fl_commerceml_reader_options options = {
        .source = fl_codec_memory_source(&memory), .item_bytes_max = 4 << 20};
    fl_buffer_init(&text, 64 << 20);
    const struct fl_commerceml_writer_options writing = {
        .sink = fl_codec_buffer_sink(&text), .version = FL_COMMERCEML_2_10};
    if (fl_commerceml_reader_open(&options, &reader, NULL) == FL_OK &&
        fl_commerceml_writer_open(&writing, &writer, NULL) == FL_OK) {
        enum fl_status status;
        while ((status = fl_commerceml_reader_next(reader, &item, &error)) == FL_OK &&
               item != NULL) {
            write_item(writer, item, &section);
        }
        if (status != FL_OK && error.text[0] == '\0') {
            abort();
        }
        if (fl_commerceml_writer_end(writer, NULL) == FL_OK) {
            read_again(fl_buffer_view(&text));
        }
    }
    fl_commerceml_reader_close(reader);
    fl_commerceml_writer_close(writer);
    fl_buffer_deinit(&text);
    return 0;
}
