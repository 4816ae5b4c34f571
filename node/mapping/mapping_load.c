#include "mapping_load.h"

#include <string.h>

#include "package/package_file.h"

static enum fl_status check_format(
    const struct fl_conversion *conversion,
    const char *format,
    struct fl_error *out_error)
{
    const char *found = fl_conversion_format(conversion);
    return format == NULL || strcmp(found, format) == 0
               ? FL_OK
               : fl_error_set(
                     out_error, FL_REFUSED,
                     "this is a mapping of the format \"%s\", not of %s", found, format);
}

enum fl_status fl_mapping_load(
    const char *path,
    const struct fl_configuration *configuration,
    const char *format,
    struct fl_conversion **out_conversion,
    struct fl_error *out_error)
{
    struct fl_conversion *conversion = NULL;
    struct fl_package_file file;
    enum fl_status status = fl_package_file_open(&file, path, path, out_error);
    if (status != FL_OK) {
        return status;
    }
    status = fl_conversion_read(
        configuration, fl_package_file_source(&file), &conversion, out_error);
    if (status == FL_OK) {
        status = check_format(conversion, format, out_error);
    }
    fl_package_file_close(&file);
    if (status != FL_OK) {
        fl_error_prefix(out_error, "%s", path);
        fl_conversion_free(conversion);
        return status;
    }
    *out_conversion = conversion;
    return FL_OK;
}
