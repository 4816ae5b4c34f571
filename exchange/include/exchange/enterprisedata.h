/*
 * EnterpriseData, the universal format of 1C
 * (СинхронизацияДанныхЧерезУниверсальныйФормат), beside its codec "enterprisedata".
 * Source: «Библиотека стандартных подсистем» 3.1, module DataExchangeXDTOServer, and its
 * XDTO packages.
 */

#ifndef EXCHANGE_ENTERPRISEDATA_H
#define EXCHANGE_ENTERPRISEDATA_H

#include "exchange/conversion.h"
#include "exchange/terms.h"

/* Without a version: so a settings message, and a file of settings, name the format. */
#define FL_ENTERPRISEDATA_URI  "http://v8.1c.ru/edi/edi_stnd/EnterpriseData"
#define FL_ENTERPRISEDATA_PLAN "СинхронизацияДанныхЧерезУниверсальныйФормат"

/*
 * What we declare: the versions of `wanted` ("1.8, 1.17"; NULL: all that we have a schema
 * of), and every kind that the mapping's rules write and read in them. Lives in `arena`.
 * FL_REFUSED: a version in `wanted` that there is no schema of.
 */
enum fl_status fl_enterprisedata_terms(
    const struct fl_conversion *conversion,
    const char *wanted,
    struct fl_arena *arena,
    struct fl_package_terms *out_terms,
    struct fl_error *out_error);

/*
 * A reader may be opened before it is known whose message it reads: by which mapping is
 * said behind its header. Without one its elements are only counted.
 */
void fl_enterprisedata_reader_use(
    struct fl_package_reader *reader,
    const struct fl_conversion *conversion,
    const struct fl_conversion_ports *ports); /* copied; may be NULL */

/*
 * What of a mapping does not fit a version of the format: elements that it has not,
 * required ones that no rule gives. `take` gets words for each; false ends it.
 * FL_REFUSED: there is no schema of that version.
 */
enum fl_status fl_enterprisedata_check(
    const struct fl_conversion *conversion,
    const char *version,
    bool (*take)(void *context, const char *words),
    void *context,
    struct fl_error *out_error);

/* Versions of which there is a schema, oldest first; NULL beyond the last. */
const char *fl_enterprisedata_version(size_t index);

#endif
