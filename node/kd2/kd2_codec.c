#include "kd2_codec.h"

#define CODEC                                                                            \
    {                                                                                    \
        .name = FL_KD2_FORMAT, .by_sender_only = true, .confirms_broken = true,          \
        .read_open = fl_kd2_read_open, .read_close = fl_kd2_read_close,                  \
        .read_header = fl_kd2_read_header, .read_begin = fl_kd2_read_begin,              \
        .read_next = fl_kd2_read_next, .read_is_amid = fl_kd2_read_is_amid,              \
        .read_is_incomplete = fl_kd2_read_is_incomplete, .read_note = fl_kd2_read_note,  \
        .write_open = fl_kd2_write_open, .write_close = fl_kd2_write_close,              \
        .write_put = fl_kd2_write_put, .write_note = fl_kd2_write_note,                  \
        .write_end = fl_kd2_write_end, .write_keep = fl_kd2_write_keep                   \
    }

const struct fl_kd2_codec fl_kd2_endpoint = {.codec = CODEC};

struct fl_kd2_codec fl_kd2_codec_of(const struct fl_kd2_settings *settings)
{
    return (struct fl_kd2_codec){.codec = CODEC, .settings = settings};
}
