/*
 * The stage of story.h.
 */

#include "story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void name_of(int node, char out_name[16])
{
    if (node == CENTRE) {
        (void)snprintf(out_name, 16, "centre");
    } else {
        (void)snprintf(out_name, 16, "branch %d", node);
    }
}

static void tell(void *context, int node, int peer, const char *line)
{
    struct story *story = context;
    char speaker[16];
    char listener[16];

    name_of(node, speaker);
    name_of(peer, listener);
    size_t room = sizeof(story->text) - story->size;
    int size = node == CENTRE
                   ? snprintf(
                         story->text + story->size, room, "%s to %s: %s\n", speaker,
                         listener, line)
                   : snprintf(story->text + story->size, room, "%s: %s\n", speaker, line);

    assert_true(size > 0 && (size_t)size < room);
    story->size += (size_t)size;
}

void story_begin_with_credit(struct story *story, int branches, uint64_t credit_bytes)
{
    const struct fl_world_setup setup = {
        .seed = 1,
        .node_count = 1 + branches,
        .rule = FL_COLLISION_PARENT_WINS,
        .limits =
            {
                .messages_in_flight = 4,
                .credit_bytes = credit_bytes,
                .hello_retry_ms = 100,
                .progress_timeout_ms = 1000,
            },
        .items_target = 4,
        .remembered = 64,
        .tell = tell,
        .context = story,
    };

    memset(story, 0, sizeof(*story));
    story->world = fl_world_new(&setup);
    story->backup = calloc(1, sizeof(*story->backup));
    assert_non_null(story->backup);
    for (int edge = 1; edge <= branches; edge++) {
        story->world->edges[edge].parted = true; /* connected by the test alone */
    }
}

void story_begin(struct story *story, int branches)
{
    story_begin_with_credit(story, branches, 4000);
}

void story_end(struct story *story)
{
    fl_world_free(story->world);
    free(story->backup);
}

void story_pass(struct story *story, uint64_t ms)
{
    fl_world_run(story->world, story->world->now_ms + ms);
    assert_string_equal(story->world->failure, "");
}

void story_connect(struct story *story, int branch)
{
    fl_world_connect(story->world, branch);
    story_pass(story, 50);
}

void story_sync(struct story *story, int branch, uint64_t ms)
{
    fl_world_tell(story->world, branch, CENTRE, FL_SESSION_SYNC_WANTED);
    story_pass(story, ms);
}

void story_until(struct story *story, const char *line)
{
    for (int i = 0; i < 2000; i++) {
        if (strstr(story->text, line)) {
            return;
        }
        story_pass(story, 1);
    }
    fail_msg("never told: %s; but:\n%s", line, story->text);
}

void story_write_many(struct story *story, int node, uint8_t first, uint8_t count)
{
    uint8_t keys[FL_MEMORY_KEYS];

    for (uint8_t i = 0; i < count; i++) {
        keys[i] = (uint8_t)(first + i);
    }
    fl_world_write(story->world, node, count, keys);
}

void story_write(struct story *story, int node, uint8_t key)
{
    story_write_many(story, node, key, 1);
}

uint32_t story_value(const struct story *story, int node, uint8_t key)
{
    return fl_memory_value(&story->world->nodes[node].memory, key);
}

bool story_all_agree(const struct story *story)
{
    for (int node = 1; node < story->world->setup.node_count; node++) {
        for (uint8_t key = 0; key < FL_MEMORY_KEYS; key++) {
            if (story_value(story, node, key) != story_value(story, CENTRE, key)) {
                return false;
            }
        }
    }
    return true;
}

void story_forget(struct story *story)
{
    story->size = 0;
    story->text[0] = '\0';
}

void story_expect(struct story *story, const char *text)
{
    assert_string_equal(story->text, text);
    story_forget(story);
}
