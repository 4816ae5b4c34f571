#include "mapping_load.h"

#include "package_file.h"

enum fl_status fl_mapping_load(
    const char *path,
    const struct fl_configuration *configuration,
    struct fl_conversion **out_conversion,
    struct fl_error *out_error)
{
    struct fl_package_file file;
    enum fl_status status = fl_package_file_open(&file, path, out_error);
    if (status != FL_OK) {
        return status;
    }
    status = fl_conversion_read(
        configuration, fl_package_file_source(&file), out_conversion, out_error);
    if (status != FL_OK) {
        fl_error_prefix(out_error, "%s", path);
    }
    fl_package_file_close(&file);
    return status;
}
