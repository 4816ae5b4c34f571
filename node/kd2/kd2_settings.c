#include "kd2_settings.h"

#include "mapping/mapping_load.h"
#include "package/package_file.h"
#include "proto/limits.h"

enum { MAPPING_BYTES_MAX = 64 << 20, RULES_BYTES_MAX = 256 << 20 };

enum fl_status fl_kd2_settings_read_rules(
    const char *path,
    struct fl_arena *arena,
    const struct fl_kd2_rules **out_rules,
    struct fl_error *out_error)
{
    struct fl_package_file file;
    enum fl_status status = fl_package_file_open(&file, path, path, out_error);
    if (status != FL_OK) {
        return status;
    }
    status =
        fl_kd2_rules_read(fl_package_file_source(&file), arena, out_rules, out_error);
    if (status != FL_OK) {
        fl_error_prefix(out_error, "%s", path);
    }
    fl_package_file_close(&file);
    return status;
}

static enum fl_status load_rules(
    const char *path,
    const struct fl_configuration *configuration,
    struct fl_conversion **out_conversion,
    struct fl_error *out_error)
{
    struct fl_kd2_coverage coverage;
    const struct fl_kd2_rules *rules = NULL;
    struct fl_buffer text;
    struct fl_arena arena;
    fl_buffer_init(&text, MAPPING_BYTES_MAX);
    fl_arena_init(&arena, RULES_BYTES_MAX);
    enum fl_status status = fl_kd2_settings_read_rules(path, &arena, &rules, out_error);
    if (status == FL_OK) {
        status = fl_kd2_mapping_write(
            rules, FL_KD2_AS_DESTINATION, configuration, fl_codec_buffer_sink(&text),
            &coverage, out_error);
    }
    if (status == FL_OK) {
        struct fl_codec_memory memory = {fl_buffer_view(&text)};
        status = fl_conversion_read(
            configuration, fl_codec_memory_source(&memory), out_conversion, out_error);
    }
    fl_arena_deinit(&arena);
    fl_buffer_deinit(&text);
    return status;
}

enum fl_status fl_kd2_settings_load(
    const struct fl_kd2_settings *settings,
    const struct fl_configuration *configuration,
    struct fl_conversion **out_conversion,
    struct fl_error *out_error)
{
    if (settings->mapping != NULL && settings->mapping[0] != '\0') {
        return fl_mapping_load(
            settings->mapping, configuration, FL_KD2_FORMAT, out_conversion, out_error);
    }
    if (settings->rules != NULL && settings->rules[0] != '\0') {
        return load_rules(settings->rules, configuration, out_conversion, out_error);
    }
    return fl_error_set(
        out_error, FL_REFUSED,
        "what is called how in these files? --mapping FILE says it; `filial mapping "
        "from-rules` makes one of ПравилаОбмена");
}
