/*
 * Any bytes are a ФайлОбмена, rules or words. What is read as a file can be written in
 * both dialects and read again.
 */

#include "kd2_told.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_and_read(
    struct fl_bytes bytes,
    enum fl_kd2_dialect dialect,
    bool english)
{
    struct fl_buffer told;
    struct fl_buffer written;
    struct fl_error error = {.text = ""};
    struct kd2_seen seen;

    fl_buffer_init(&told, 1 << 24);
    fl_buffer_init(&written, 1 << 24);
    const struct fl_kd2_writer_options options = {
        .sink = fl_codec_buffer_sink(&written), .dialect = dialect, .english = english};

    if (kd2_read(bytes, &options, &told, &seen, &error) == FL_OK) {
        fl_buffer_clear(&told);
        if (kd2_read(fl_buffer_view(&written), NULL, &told, &seen, &error) != FL_OK) {
            abort();
        }
    } else if (error.text[0] == '\0') {
        abort();
    }
    fl_buffer_deinit(&told);
    fl_buffer_deinit(&written);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct fl_bytes bytes = {data, size};
    struct fl_codec_memory memory = {bytes};
    const struct fl_kd2_rules *rules = NULL;
    struct fl_error error = {.text = ""};
    struct fl_arena arena;

    write_and_read(bytes, FL_KD2_D1, false);
    write_and_read(bytes, FL_KD2_D3, true);
    fl_arena_init(&arena, 8 << 20);
    if (fl_kd2_rules_read(fl_codec_memory_source(&memory), &arena, &rules, &error) !=
            FL_OK &&
        error.text[0] == '\0') {
        abort();
    }
    fl_arena_deinit(&arena);
    return 0;
}
