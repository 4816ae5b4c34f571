/*
 * Object types derived from packages, for somebody who has no dump of the configuration:
 * v8msg messages, _1CV8DtUD files and any XML with objects in 1C's dialect D1 inside.
 *
 * What a file does not tell is left open: an attribute whose values agree on no single
 * type takes any, as text with its xsi:type, so that nothing is lost on the way through.
 */

#ifndef EXCHANGE_CONFIGURATION_LEARN_H
#define EXCHANGE_CONFIGURATION_LEARN_H

#include "proto/configuration.h"

struct fl_learner;

/*
 * `base` (NULL: nothing) keeps its types, plans and numbers; learnt types are added,
 * those of `base` are never changed. It must live until the end.
 */
enum fl_status fl_learner_new(
    const struct fl_configuration *base,
    struct fl_learner **out_learner);
void fl_learner_free(struct fl_learner *learner);

/*
 * One file. FL_NOT_FOUND: it holds no objects. FL_MALFORMED, FL_UNSUPPORTED: as readers
 * of packages, with file and line in words; what other files gave stays.
 */
enum fl_status fl_learner_add(
    struct fl_learner *learner,
    const char *path,
    struct fl_error *out_error);

/* The configuration of all files together; the learner is used up. */
enum fl_status fl_learner_finish(
    struct fl_learner *learner,
    const char *name,
    struct fl_configuration **out_configuration,
    struct fl_error *out_error);

#endif
