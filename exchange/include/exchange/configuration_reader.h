/*
 * Object types from a real 1C configuration, as the Designer writes it to files
 * (Конфигурация, "Выгрузить конфигурацию в файлы", DumpConfigToFiles). Dumps of any
 * version are read by local names; what is not handled becomes a note, never a failure.
 */

#ifndef EXCHANGE_CONFIGURATION_READER_H
#define EXCHANGE_CONFIGURATION_READER_H

#include "proto/configuration.h"

/*
 * `directory` holds Configuration.xml. Objects that it lists and that have no file are
 * noted, so a part of a dump can be read too: values of types that are missing pass
 * unchecked. FL_NOT_FOUND: no Configuration.xml there. FL_UNSUPPORTED: a project of EDT.
 * FL_MALFORMED: a file that is not XML or no metadata; the words name file and line.
 * `*out_configuration` is the caller's (fl_configuration_free).
 */
enum fl_status fl_configuration_read_dump(
    const char *directory,
    struct fl_configuration **out_configuration,
    struct fl_error *out_error);

/*
 * The one object that a file of a dump describes, as a configuration with its name.
 * FL_NOT_FOUND: no such file. FL_UNSUPPORTED: it describes something else.
 */
enum fl_status fl_configuration_read_file(
    const char *path,
    struct fl_configuration **out_configuration,
    struct fl_error *out_error);

#endif
