/*
 * Object types derived from packages, for somebody who has no dump of the configuration:
 * v8msg messages, _1CV8DtUD files and any XML with objects in 1C's dialect D1 inside.
 *
 * A file that is read by what it taught and written again comes out as it was. So a value
 * without xsi:type counts as a boolean, date, uuid or number only where all values of its
 * attribute leave no doubt, one with xsi:type stands for any, and elements of which the
 * files do not tell what they are get no place in the type: readers keep them as they
 * come, and a note of the configuration names them.
 */

#ifndef EXCHANGE_CONFIGURATION_LEARN_H
#define EXCHANGE_CONFIGURATION_LEARN_H

#include "proto/configuration.h"

struct fl_learner;

/*
 * `base` (NULL: nothing) keeps its types, plans and numbers, and must live until the end.
 * Learnt types are added behind them; of its own types only those that were learnt from
 * refs alone, and so have nothing in them, are filled in. Types that came in a message of
 * a plan that `base` describes are added to that plan.
 */
enum fl_status fl_learner_new(
    const struct fl_configuration *base,
    struct fl_learner **out_learner);
void fl_learner_free(struct fl_learner *learner);

/*
 * One file. FL_NOT_FOUND: there is none, or it holds no objects. FL_MALFORMED,
 * FL_UNSUPPORTED, FL_LIMIT: as readers of packages, with file and line in words. What
 * came before the failure stays learnt.
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
