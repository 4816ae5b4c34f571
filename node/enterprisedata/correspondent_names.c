/*
 * How a base and we are called. A base has a code by which it was made known here, may
 * call itself otherwise (--base-code), and changes from a short alias to a GUID: it says
 * so in NewFrom, and both count until it does.
 */

#include <stdio.h>
#include <string.h>

#include "correspondent_codec.h"
#include "endpoint/endpoint_terms.h"
#include "exchange/enterprisedata.h"
#include "proto/limits.h"

enum { NAMES_MAX = 3, GUID_CHARACTERS = 36, PREFIX_CHARACTERS_MAX = 2 };

/* Codes of fixed length have blanks behind them. */
static struct fl_bytes without_blanks(const char *text)
{
    return fl_bytes_trimmed(fl_bytes_of_text(text));
}

static bool is_same(const char *a, const char *b)
{
    struct fl_bytes name = without_blanks(a);
    return name.size > 0 && fl_bytes_equal(name, without_blanks(b));
}

const char *fl_correspondent_our_code(
    const struct fl_node *node,
    const struct fl_endpoint_settings *settings)
{
    return settings->our_code[0] != '\0' ? settings->our_code : node->identity->code;
}

const char *fl_correspondent_code(
    const struct fl_peer *peer,
    const struct fl_endpoint_settings *settings)
{
    return settings->base_code[0] != '\0' ? settings->base_code : peer->code;
}

void fl_correspondent_service(
    const struct fl_node *node,
    const struct fl_endpoint_settings *settings,
    struct fl_place *out_place)
{
    const char *plan = settings->base_plan;
    snprintf(
        out_place->plan, sizeof out_place->plan, "%s",
        plan[0] != '\0' ? plan : FL_ENTERPRISEDATA_PLAN);
    snprintf(
        out_place->code, sizeof out_place->code, "%s",
        fl_correspondent_our_code(node, settings));
}

const char *fl_correspondent_prefix(
    const struct fl_node *node,
    const struct fl_endpoint_settings *settings)
{
    if (settings->prefix[0] != '\0') {
        return settings->prefix;
    }
    const char *ours = fl_correspondent_our_code(node, settings);
    return fl_bytes_utf8_length(fl_bytes_of_text(ours)) <= PREFIX_CHARACTERS_MAX ? ours
                                                                                 : "";
}

/* --- all names of a base --- */

struct names {
    struct fl_arena arena;
    struct fl_endpoint_settings settings;
    bool has_settings;
    bool has_terms;
    struct fl_endpoint_terms terms;
    size_t count;
    const char *items[NAMES_MAX]; /* the first is the one that it uses now */
};

static void add(struct names *names, const char *name)
{
    bool is_new = name != NULL && name[0] != '\0';
    for (size_t i = 0; i < names->count && is_new; i++) {
        is_new = !is_same(names->items[i], name);
    }
    if (is_new) {
        names->items[names->count++] = name;
    }
}

/* Ends with names_end(). */
static void names_begin(
    struct names *names,
    struct fl_txn *txn,
    const struct fl_peer *peer)
{
    *names = (struct names){.count = 0};
    fl_arena_init(&names->arena, FL_OBJECT_ARENA_BYTES_MAX);
    names->has_settings =
        fl_endpoint_settings_get(txn, peer->number, &names->settings) == FL_OK;
    if (!names->has_settings) {
        names->settings = (struct fl_endpoint_settings){.format = NULL};
    }
    names->has_terms =
        fl_endpoint_terms_get(txn, peer->number, &names->arena, &names->terms) == FL_OK;
    if (names->has_terms) {
        add(names, names->terms.code);
    }
    add(names, fl_correspondent_code(peer, &names->settings));
    if (names->has_terms) {
        add(names, names->terms.terms.new_from);
    }
}

static void names_end(struct names *names)
{
    fl_arena_deinit(&names->arena);
}

static void names_of(
    struct names *names,
    const struct fl_node *node,
    const struct fl_peer *peer)
{
    struct fl_txn txn;
    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    names_begin(names, &txn, peer);
    fl_txn_abort(&txn);
}

/* --- files --- */

void fl_correspondent_incoming(
    const struct fl_node *node,
    const struct fl_peer *peer,
    char out_mask[FL_ENDPOINT_NAME_BYTES])
{
    struct names names;
    names_of(&names, node, peer);
    struct fl_bytes ours =
        without_blanks(fl_correspondent_our_code(node, &names.settings));
    size_t size = 0;
    out_mask[0] = '\0';
    for (size_t i = 0; i < names.count; i++) {
        struct fl_bytes theirs = without_blanks(names.items[i]);
        int more = snprintf(
            out_mask + size, FL_ENDPOINT_NAME_BYTES - size, "%sMessage*_%.*s_%.*s.*",
            i > 0 ? "/" : "", (int)theirs.size, (const char *)theirs.data, (int)ours.size,
            (const char *)ours.data);
        if (more < 0 || size + (size_t)more >= FL_ENDPOINT_NAME_BYTES) {
            out_mask[size] = '\0';
            break;
        }
        size += (size_t)more;
    }
    names_end(&names);
}

void fl_correspondent_outgoing(
    const struct fl_node *node,
    const struct fl_peer *peer,
    char out_name[FL_ENDPOINT_NAME_BYTES])
{
    struct names names;
    names_of(&names, node, peer);
    if (fl_place_is_web(names.settings.url)) {
        snprintf(out_name, FL_ENDPOINT_NAME_BYTES, "data"); /* data.zip has data.xml */
        names_end(&names);
        return;
    }
    struct fl_bytes ours =
        without_blanks(fl_correspondent_our_code(node, &names.settings));
    struct fl_bytes theirs = without_blanks(names.items[0]);
    const char *prefix = ours.size == GUID_CHARACTERS
                             ? fl_correspondent_prefix(node, &names.settings)
                             : "";
    snprintf(
        out_name, FL_ENDPOINT_NAME_BYTES, "Message_%s%s%.*s_%.*s", prefix,
        prefix[0] == '\0' ? "" : "_", (int)ours.size, (const char *)ours.data,
        (int)theirs.size, (const char *)theirs.data);
    names_end(&names);
}

bool fl_correspondent_greets(struct fl_node *node, const struct fl_peer *peer)
{
    struct names names;
    names_of(&names, node, peer);
    bool begins = peer->number_received == 0 && peer->number_sent == 0;
    bool greets = !names.has_terms || (begins && !names.terms.answered);
    names_end(&names);
    return greets;
}

/* --- whose message it is --- */

static bool is_called(const struct names *names, const struct fl_package_header *header)
{
    const char *new_from = header->terms == NULL ? NULL : header->terms->new_from;
    for (size_t i = 0; i < names->count; i++) {
        if (is_same(names->items[i], header->from) ||
            (new_from != NULL && is_same(names->items[i], new_from))) {
            return true;
        }
    }
    return false;
}

static enum fl_status check_addressee(
    const struct fl_node *node,
    const struct names *names,
    const struct fl_package_header *header,
    struct fl_error *out_error)
{
    char id[FL_UUID_TEXT_BYTES + 1];
    const char *ours = fl_correspondent_our_code(node, &names->settings);
    fl_uuid_format(node->identity->node, id);
    id[FL_UUID_TEXT_BYTES] = '\0';
    bool is_ours = header->to[0] == '\0' || is_same(header->to, ours) ||
                   is_same(header->to, node->identity->code) || is_same(header->to, id);
    return is_ours ? FL_OK
                   : fl_error_set(
                         out_error, FL_REFUSED,
                         "the message is for \"%s\", and \"%s\" is what the base is to "
                         "call us; `filial endpoint change --as CODE` says otherwise",
                         header->to, ours);
}

static enum fl_status nobody(
    const struct fl_package_header *header,
    uint32_t only_from,
    struct fl_error *out_error)
{
    if (only_from != 0) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "the message is from \"%s\": it contains data of another base than the one "
            "that this endpoint is for; `filial endpoint change --base-code CODE` says "
            "how the base calls itself",
            header->from);
    }
    return fl_error_set(
        out_error, FL_NOT_FOUND,
        "the message is from \"%s\", with whom no messages of EnterpriseData are "
        "exchanged; `filial endpoint add --format enterprisedata` begins it",
        header->from);
}

/* FL_NOT_FOUND: it is not this one. */
static enum fl_status try_peer(
    struct fl_node *node,
    struct fl_txn *txn,
    uint32_t number,
    const struct fl_package_header *header,
    struct fl_peer *out_peer,
    struct fl_error *out_error)
{
    struct names names;
    enum fl_status status = fl_peers_get(txn, number, out_peer);
    if (status != FL_OK) {
        return status;
    }
    names_begin(&names, txn, out_peer);
    bool speaks = names.has_settings &&
                  strcmp(names.settings.format->name, FL_CORRESPONDENT_FORMAT) == 0;
    status = speaks && is_called(&names, header)
                 ? check_addressee(node, &names, header, out_error)
                 : FL_NOT_FOUND;
    names_end(&names);
    return status;
}

enum fl_status fl_correspondent_sender(
    struct fl_node *node,
    const struct fl_package_header *header,
    uint32_t only_from,
    struct fl_peer *out_peer,
    struct fl_error *out_error)
{
    struct fl_endpoint_settings settings;
    enum fl_status status = FL_NOT_FOUND;
    uint32_t number = 0;
    struct fl_txn txn;
    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    if (only_from != 0) {
        status = try_peer(node, &txn, only_from, header, out_peer, out_error);
    } else {
        while (status == FL_NOT_FOUND &&
               fl_endpoint_settings_next(&txn, number, &number, &settings) == FL_OK) {
            status = try_peer(node, &txn, number, header, out_peer, out_error);
        }
    }
    fl_txn_abort(&txn);
    return status == FL_NOT_FOUND ? nobody(header, only_from, out_error) : status;
}
