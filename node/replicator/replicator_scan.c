/*
 * How far the journal was looked through for a peer beyond what it has confirmed: a peer
 * that is sent little would otherwise cost a walk over everything at each new session.
 * Valid for one position in one stream under one configuration; forgotten when the peer
 * is registered anew.
 *
 * Setting "scan/PEER": incarnation 16 | number u64 | lsn u64 | configuration u32.
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "link.h"
#include "storage/settings.h"

enum {
    VALUE_BYTES = FL_UUID_BYTES + 8 + 8 + 4,
    NAME_BYTES = 32,
    WORTH_ENTRIES = 10000, /* of the journal: sooner read again than written down */
};

static struct fl_bytes name_of_peer(uint32_t peer, char text[NAME_BYTES])
{
    (void)snprintf(text, NAME_BYTES, "scan/%08" PRIx32, peer);
    return fl_bytes_of_text(text);
}

static struct fl_bytes name_of(const struct fl_link *link, char text[NAME_BYTES])
{
    return name_of_peer(link->peer.number, text);
}

static bool read_kept(struct fl_txn *txn, uint32_t peer, struct fl_scanned *out_scanned)
{
    char name[NAME_BYTES];
    struct fl_bytes value;

    if (fl_settings_get(txn, name_of_peer(peer, name), &value) != FL_OK ||
        value.size != VALUE_BYTES) {
        return false;
    }
    memcpy(out_scanned->incarnation.bytes, value.data, FL_UUID_BYTES);
    out_scanned->number = fl_load_u64(value.data + FL_UUID_BYTES);
    out_scanned->lsn = fl_load_u64(value.data + FL_UUID_BYTES + 8);
    out_scanned->configuration = (uint16_t)fl_load_u32(value.data + FL_UUID_BYTES + 16);
    return true;
}

void fl_link_scan_load(struct fl_link *link, struct fl_txn *txn)
{
    if (read_kept(txn, link->peer.number, &link->scanned)) {
        link->scanned_kept_lsn = link->scanned.lsn;
    }
}

uint64_t fl_scan_kept_lsn(
    const struct fl_node *node,
    struct fl_txn *txn,
    const struct fl_peer *peer)
{
    struct fl_scanned scanned = {.lsn = 0};
    bool holds = read_kept(txn, peer->number, &scanned) &&
                 scanned.number == peer->confirmed_number &&
                 scanned.configuration == node->configuration_number &&
                 fl_uuid_equal(scanned.incarnation, node->identity->incarnation);

    return holds && scanned.lsn > peer->confirmed_lsn ? scanned.lsn : peer->confirmed_lsn;
}

void fl_link_scan_note(struct fl_link *link, uint64_t number, uint64_t lsn)
{
    const struct fl_node *node = link->replicator->node;

    link->scanned = (struct fl_scanned){
        .incarnation = node->identity->incarnation,
        .number = number,
        .lsn = lsn,
        .configuration = node->configuration_number,
    };
    fl_link_note_waiting(link);
}

void fl_link_scan_pass(struct fl_link *link, uint64_t lsn_from, uint64_t lsn_to)
{
    if (link->scanned.lsn == lsn_from) {
        link->scanned.lsn = lsn_to;
        fl_link_note_waiting(link);
    }
}

uint64_t fl_link_scan_lsn(
    const struct fl_link *link,
    uint64_t number,
    struct fl_uuid incarnation,
    uint64_t lsn)
{
    const struct fl_node *node = link->replicator->node;
    const struct fl_scanned *scanned = &link->scanned;

    if (scanned->number == number && scanned->lsn > lsn &&
        scanned->configuration == node->configuration_number &&
        fl_uuid_equal(scanned->incarnation, incarnation) &&
        fl_uuid_equal(scanned->incarnation, node->identity->incarnation)) {
        return scanned->lsn;
    }
    return lsn;
}

bool fl_link_scan_is_worth_keeping(const struct fl_link *link)
{
    return link->scanned.lsn >= link->scanned_kept_lsn + WORTH_ENTRIES;
}

void fl_link_scan_keep(struct fl_link *link, struct fl_txn *txn)
{
    uint8_t value[VALUE_BYTES];
    char name[NAME_BYTES];

    memcpy(value, link->scanned.incarnation.bytes, FL_UUID_BYTES);
    fl_store_u64(value + FL_UUID_BYTES, link->scanned.number);
    fl_store_u64(value + FL_UUID_BYTES + 8, link->scanned.lsn);
    fl_store_u32(value + FL_UUID_BYTES + 16, link->scanned.configuration);
    fl_settings_put(txn, name_of(link, name), (struct fl_bytes){value, sizeof(value)});
    link->scanned_kept_lsn = link->scanned.lsn;
}

void fl_link_scan_forget(struct fl_link *link, struct fl_txn *txn)
{
    char name[NAME_BYTES];

    fl_settings_remove(txn, name_of(link, name));
    link->scanned = (struct fl_scanned){.lsn = 0};
    link->scanned_kept_lsn = 0;
}
