#include "bank/invoice.h"

#include <inttypes.h>
#include <string.h>

#include "change/ref.h"
#include "command/command_table.h"
#include "language.h"

enum { LIST_LIMIT_DEFAULT = 100 };

enum fl_invoice_state fl_invoice_state(const struct fl_matching_invoice *invoice)
{
    if (invoice->paid == 0 && invoice->amount != 0) {
        return FL_INVOICE_NOT_PAID;
    }
    if (invoice->paid == invoice->amount) {
        return FL_INVOICE_PAID;
    }
    return invoice->paid < invoice->amount ? FL_INVOICE_UNDERPAID : FL_INVOICE_OVERPAID;
}

const char *fl_invoice_state_name(enum fl_invoice_state state)
{
    static const char *const names[] = {
        [FL_INVOICE_ANY] = "",
        [FL_INVOICE_NOT_PAID] = N_("not paid"),
        [FL_INVOICE_UNDERPAID] = N_("underpaid"),
        [FL_INVOICE_PAID] = N_("paid"),
        [FL_INVOICE_OVERPAID] = N_("overpaid"),
    };

    return names[state];
}

static void show_money(
    struct fl_output *output,
    const char *key,
    const char *label,
    int64_t money)
{
    char text[FL_MONEY_TEXT_BYTES];

    fl_money_text(money, text);
    fl_output_text(output, key, label, text);
}

void fl_invoice_show(
    const struct fl_node *node,
    const struct fl_mapping *mapping,
    const struct fl_matching *matching,
    size_t index,
    struct fl_output *output)
{
    const struct fl_matching_invoice invoice = fl_matching_invoice(matching, index);
    const struct fl_key key = {.type = mapping->invoice.type->number, .id = invoice.id};
    const int64_t left = invoice.amount - invoice.paid;
    const char *state = fl_invoice_state_name(fl_invoice_state(&invoice));

    fl_output_row(output);
    fl_output_text(output, "number", N_("number"), invoice.number);
    show_money(output, "amount", N_("amount"), invoice.amount);
    show_money(output, "paid", N_("paid by now"), invoice.paid);
    show_money(output, "left", N_("left of it"), left > 0 ? left : 0);
    show_money(output, "over", N_("too much"), left < 0 ? -left : 0);
    fl_output_text(output, "state", N_("state"), output->json ? state : _(state));
    fl_output_text(
        output, "invoice", N_("invoice"), fl_ref_text(node->configuration, key).text);
}

/* --- invoice list --- */

/* The state that --state names; all without it. */
static enum fl_status parse_state(
    struct fl_call *call,
    enum fl_invoice_state *out_state,
    struct fl_error *out_error)
{
    static const struct {
        const char *name;
        enum fl_invoice_state state;
    } names[] = {
        {"none", FL_INVOICE_NOT_PAID},
        {"part", FL_INVOICE_UNDERPAID},
        {"paid", FL_INVOICE_PAID},
        {"over", FL_INVOICE_OVERPAID}};
    const char *name = fl_call_option(call, "state");

    *out_state = FL_INVOICE_ANY;
    for (size_t i = 0; name && i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(name, names[i].name) == 0) {
            *out_state = names[i].state;
        }
    }
    if (name && *out_state == FL_INVOICE_ANY) {
        call->usage = true;
        return fl_error_set(
            out_error, FL_MALFORMED, "--state is none, part, paid or over, not \"%s\"",
            name);
    }
    return FL_OK;
}

struct listing {
    struct fl_mapping mapping;
    uint64_t configuration_revision; /* the mapping is of it */
    struct fl_matching *matching;
    enum fl_invoice_state state;
    uint64_t limit;
};

static void listing_free(void *state)
{
    struct listing *listing = state;

    fl_matching_close(listing->matching);
    fl_mapping_deinit(&listing->mapping);
    fl_free(listing);
}

static void show_all(struct fl_call *call, const struct listing *listing)
{
    const struct fl_matching *matching = listing->matching;
    uint64_t shown = 0;
    bool more = false;

    fl_output_list_begin(call->output, "invoices");
    for (size_t i = 0; i < fl_matching_count(matching) && !more; i++) {
        const struct fl_matching_invoice invoice = fl_matching_invoice(matching, i);

        if (listing->state != FL_INVOICE_ANY &&
            fl_invoice_state(&invoice) != listing->state) {
            continue;
        }
        more = listing->limit > 0 && shown == listing->limit;
        if (!more) {
            fl_invoice_show(call->node, &listing->mapping, matching, i, call->output);
            shown++;
        }
    }
    fl_output_list_end(call->output);
    if (more) {
        fl_output_say(
            call->output,
            _("... the first %" PRIu64 "; --limit N shows more, --limit 0 all"), shown);
    }
}

static enum fl_status step(
    struct fl_call *call,
    void *state,
    uint64_t now_ms,
    bool *out_done,
    struct fl_error *out_error)
{
    struct listing *listing = state;
    const struct fl_share share = fl_share_begin(fl_call_share_ms(call));

    (void)now_ms;
    if (listing->configuration_revision != call->node->configuration_revision) {
        return fl_error_set(
            out_error, FL_BUSY, "the configuration changed meanwhile: ask again");
    }
    enum fl_status status =
        fl_matching_step(listing->matching, &share, out_done, out_error);

    if (status == FL_OK && *out_done) {
        show_all(call, listing);
    }
    return status;
}

static enum fl_status begin(
    struct fl_call *call,
    const char *map,
    struct listing *listing,
    struct fl_error *out_error)
{
    struct fl_node *node = call->node;
    struct fl_mapping *mapping = &listing->mapping;
    enum fl_status status =
        fl_call_number(call, "limit", LIST_LIMIT_DEFAULT, &listing->limit, out_error);

    if (status == FL_OK) {
        status = parse_state(call, &listing->state, out_error);
    }
    if (status == FL_OK) {
        listing->configuration_revision = node->configuration_revision;
        status = fl_mapping_init(mapping, node->configuration, map, out_error);
        call->usage = status != FL_OK;
    }
    if (status == FL_OK && !mapping->invoice.type) {
        return fl_error_set(
            out_error, FL_MALFORMED,
            "%s does not say what an invoice is: it has no line invoice = TYPE", map);
    }
    return status == FL_OK ? fl_matching_open(
                                 node, mapping, /* payments= */ NULL, 0,
                                 &listing->matching, out_error)
                           : status;
}

FL_HANDLER(invoice_list)
{
    if (!fl_call_option(call, "map")) {
        call->usage = true;
        return fl_error_set(
            out_error, FL_MALFORMED,
            "what is an invoice, and what pays it? give --map FILE, the mapping that "
            "statements are imported by");
    }
    char *map = fl_call_path(call, fl_call_option(call, "map"));
    struct listing *listing = fl_alloc_zeroed(1, sizeof(*listing));
    enum fl_status status =
        map && listing ? begin(call, map, listing, out_error)
                       : fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");

    fl_free(map);
    if (status == FL_OK) {
        return fl_command_work(call, step, listing, listing_free, out_error);
    }
    if (listing) {
        listing_free(listing);
    }
    return status;
}

static const struct fl_option INVOICE_LIST[] = {
    {"map", "FILE", N_("the mapping that statements are imported by; required")},
    {"state", "STATE", N_("only those: none, part, paid or over")},
    {"limit", "N", N_("at most so many (default 100; 0: all)")},
    {NULL, NULL, NULL}};

static const struct fl_command TABLE[] = {
    {"invoice", "list", "", N_("what is paid of each invoice, and what is left"),
     N_("Sums the payments that are here, those in part too, and names what is "
        "underpaid\n"
        "and overpaid. The mapping says what an invoice is and what pays it.\n"
        "\n"
        "  filial invoice list --map bank.map --state part"),
     0, 0, 0, INVOICE_LIST, fl_command_invoice_list},
};

const struct fl_command_table fl_command_invoice_table = {
    TABLE, sizeof TABLE / sizeof TABLE[0]};
