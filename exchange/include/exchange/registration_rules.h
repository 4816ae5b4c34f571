/*
 * Registration rules of 1C's libraries (RegistrationRules.xml, root ПравилаРегистрации)
 * as filters, as far as they only compare attributes. What is program text of 1C is named
 * and never run.
 */

#ifndef EXCHANGE_REGISTRATION_RULES_H
#define EXCHANGE_REGISTRATION_RULES_H

#include "proto/bytes.h"

/* One rule; texts live until the callback returns. */
struct fl_registration_rule {
    const char *code;
    const char *name;
    const char *object;   /* "Документ.X" */
    const char *filter;   /* an expression, as `filial filter set` takes it; "": none */
    const char *node;     /* what it asks of the node itself, in its words; "" nothing */
    const char *handlers; /* names of its program texts; "" when it has none */
    const char *obstacle; /* why its comparisons are no filter; "" when they are */
    bool disabled;        /* it, or its group, is switched off */
};

struct fl_registration_rules_handler {
    enum fl_status (*rule)(
        void *context,
        const struct fl_registration_rule *rule,
        struct fl_error *out_error);
    void *context;
};

/*
 * FL_NOT_FOUND: no such file. FL_UNSUPPORTED: other rules. FL_MALFORMED, FL_LIMIT: with
 * file and line. `out_plan` gets the name of the exchange plan, for fl_free().
 */
enum fl_status fl_registration_rules_read(
    const char *path,
    const struct fl_registration_rules_handler *handler,
    char **out_plan,
    struct fl_error *out_error);

#endif
