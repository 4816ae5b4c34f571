#include "http_api.h"

#include "storage/store.h"

enum { PROBLEMS_MAX = 8 };

size_t fl_http_problems(const struct fl_http *http, const char **out_words, size_t count)
{
    const struct fl_node *node = http->node;
    struct fl_store_usage usage = {0};
    size_t found = 0;
    struct fl_peer parent;
    struct fl_txn txn;
    FL_ASSERT(count >= PROBLEMS_MAX);
    if (fl_store_is_dead(node->store)) {
        out_words[found++] = "store_dead";
        return found;
    }
    if (node->home != FL_HOME_OURS) {
        out_words[found++] = "clone";
    }
    fl_txn_begin(&txn, node->store, FL_TXN_READ);
    if (fl_node_parent(&txn, &parent) == FL_OK && parent.is_away) {
        out_words[found++] = "away";
    }
    fl_txn_abort(&txn);
    if (fl_store_usage(node->store, &usage, NULL) == FL_OK) {
        struct fl_store_options limits = fl_store_options("");
        if (usage.disk_free_bytes < limits.local_disk_bytes ||
            usage.used_bytes > usage.map_bytes / 100 * limits.local_percent) {
            out_words[found++] = "disk_full";
        }
        if (usage.ballast_bytes == 0 && node->settings.ballast_bytes > 0) {
            out_words[found++] = "ballast_spent";
        }
    }
    return found;
}

void fl_http_health(struct fl_http_request *request)
{
    bool is_dead = fl_store_is_dead(request->http->node->store);
    fl_http_reply_json(
        request, is_dead ? 503 : 200,
        json_pack("{s:s}", "status", is_dead ? "dead" : "ok"));
}

void fl_http_ready(struct fl_http_request *request)
{
    const char *words[PROBLEMS_MAX];
    size_t count = fl_http_problems(request->http, words, PROBLEMS_MAX);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        (void)json_array_append_new(list, json_string(words[i]));
    }
    fl_http_reply_json(
        request, count == 0 ? 200 : 503,
        json_pack(
            "{s:s, s:o}", "status", count == 0 ? "ok" : "not ready", "problems", list));
}
