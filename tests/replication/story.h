/*
 * Stories of a centre and its branches, told by the machines themselves: the nodes of
 * tests/sim with a quiet network, where a test makes the one thing go wrong that its
 * story is about. Lines read "branch 1: message 3 is confirmed"; at the centre they name
 * the branch, "centre to branch 1: ...".
 */

#ifndef STORY_H
#define STORY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* After the four above. */
#include <cmocka.h>

#include "world.h"

enum { STORY_BYTES_MAX = 32768, CENTRE = 0, BRANCH_1 = 1, BRANCH_2 = 2 };

struct story {
    struct fl_world *world;
    struct fl_memory *backup;
    size_t size;
    char text[STORY_BYTES_MAX];
};

/* A centre and `branches`, up and not connected. Parent wins. */
void story_begin(struct story *story, int branches);
void story_begin_with_credit(struct story *story, int branches, uint64_t credit_bytes);
void story_end(struct story *story);

/* Open the window of a branch and let `ms` pass. */
void story_sync(struct story *story, int branch, uint64_t ms);
void story_connect(struct story *story, int branch);
void story_pass(struct story *story, uint64_t ms);
/* Until the narration contains `line`, or the test fails. */
void story_until(struct story *story, const char *line);
void story_write(struct story *story, int node, uint8_t key);
void story_write_many(struct story *story, int node, uint8_t first, uint8_t count);
uint32_t story_value(const struct story *story, int node, uint8_t key);
bool story_all_agree(const struct story *story);

/* What was told since the last time; forgotten then. */
void story_forget(struct story *story);
void story_expect(struct story *story, const char *text);

#endif
