#include "fields.h"

#include <string.h>

void fl_fields_put_i64(struct fl_buffer *buffer, int64_t value)
{
    fl_buffer_put_u64(buffer, (uint64_t)value);
}

int64_t fl_fields_i64(struct fl_reader *reader)
{
    return (int64_t)fl_reader_u64(reader);
}

void fl_fields_put_text(struct fl_buffer *buffer, const char *text)
{
    fl_buffer_put_sized(buffer, fl_bytes_of_text(text));
}

void fl_fields_text(struct fl_reader *reader, char *out_text, size_t bytes_max)
{
    struct fl_bytes text = fl_reader_sized(reader);

    if (text.size > bytes_max) {
        reader->failed = true;
        text.size = 0;
    }
    if (text.size > 0) {
        memcpy(out_text, text.data, text.size);
    }
    out_text[text.size] = '\0';
}

int fl_fields_choice(struct fl_reader *reader, int last)
{
    int value = fl_reader_u8(reader);

    if (value < 1 || value > last) {
        reader->failed = true;
    }
    return value;
}

bool fl_fields_bool(struct fl_reader *reader)
{
    uint8_t value = fl_reader_u8(reader);

    if (value > 1) {
        reader->failed = true;
    }
    return value == 1;
}
