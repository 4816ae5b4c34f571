#include "line_window.h"

#include <stdio.h>

#include "storage/settings.h"

enum { JUMP_MS = 60000, NOTE_EVERY_MS = 60000 };

static struct fl_bytes setting_of(
    uint32_t peer,
    char out_name[FL_SETTING_NAME_BYTES_MAX + 1])
{
    snprintf(out_name, FL_SETTING_NAME_BYTES_MAX + 1, "window/round/%u", peer);
    return fl_bytes_of_text(out_name);
}

int64_t fl_line_last_round_ms(struct fl_node *node, uint32_t peer)
{
    char name[FL_SETTING_NAME_BYTES_MAX + 1];
    struct fl_bytes value;
    struct fl_txn txn;
    int64_t last_ms = 0;

    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    if (fl_settings_get(&txn, setting_of(peer, name), &value) == FL_OK &&
        value.size == sizeof(uint64_t)) {
        last_ms = (int64_t)fl_load_u64(value.data);
    }
    fl_txn_abort(&txn);
    return last_ms;
}

void fl_line_note_round(struct fl_line *line, struct fl_node *node)
{
    char name[FL_SETTING_NAME_BYTES_MAX + 1];
    uint8_t value[sizeof(uint64_t)];
    struct fl_txn txn;
    int64_t round_ms = line->traffic.round_ms;

    if (round_ms == 0 || round_ms == line->noted_round_ms ||
        node->windows.calendar.window_count == 0 ||
        (round_ms > line->noted_round_ms &&
         round_ms < line->noted_round_ms + NOTE_EVERY_MS)) {
        return;
    }
    fl_store_u64(value, (uint64_t)round_ms);
    fl_txn_begin(&txn, node->store, FL_TXN_KEEP);
    fl_settings_put(
        &txn, setting_of(fl_link_peer(line->link)->number, name),
        (struct fl_bytes){value, sizeof value});
    if (fl_txn_commit(&txn) == FL_OK) {
        line->noted_round_ms = round_ms;
    }
}

static int64_t round_ms_of(const struct fl_line *line)
{
    return line->traffic.round_ms > line->noted_round_ms ? line->traffic.round_ms
                                                         : line->noted_round_ms;
}

bool fl_line_window_holds(
    const struct fl_line *line,
    const struct fl_node *node,
    int64_t unix_ms)
{
    return line->window_looked_ms > 0 &&
           line->window_revision == node->windows.revision &&
           unix_ms < line->window.until_ms &&
           unix_ms + JUMP_MS > line->window_looked_ms &&
           (!line->window.catching_up || round_ms_of(line) < line->window.begin_ms);
}

const struct fl_windows_state *fl_line_window(
    struct fl_line *line,
    const struct fl_node *node,
    int64_t unix_ms,
    uint64_t now_ms)
{
    bool is_ours = fl_line_is_up(line);

    if (!fl_line_window_holds(line, node, unix_ms)) {
        const struct fl_windows_asker asker = {
            .code = is_ours ? node->identity->code : fl_link_peer(line->link)->code,
            .node = is_ours ? node->identity->node : fl_link_peer(line->link)->node,
            .last_round_ms = round_ms_of(line)};

        line->window = fl_windows_look(&node->windows, &asker, unix_ms);
        line->window_looked_ms = unix_ms;
        line->window_revision = node->windows.revision;
    }
    if (line->window.open) {
        fl_bucket_set(&line->bucket, line->window.bytes_per_second, now_ms);
    } else if (line->outbox.count == 0) {
        fl_bucket_set(&line->bucket, 0, now_ms);
    } /* else what waits must not burst out because the window has closed */
    return &line->window;
}
