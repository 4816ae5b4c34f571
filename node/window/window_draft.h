/*
 * Changing the calendar: a draft of what is in force, changed, issued under the next
 * revision, signed. Only the root of the tree may; it travels down by itself.
 */

#ifndef NODE_WINDOW_WINDOW_DRAFT_H
#define NODE_WINDOW_WINDOW_DRAFT_H

#include "node.h"

struct fl_window_draft {
    struct fl_node *node;
    struct fl_calendar calendar; /* room for FL_CALENDAR_WINDOWS_MAX and _GROUPS_MAX */
    struct fl_arena arena;
    uint64_t revision;
};

/* FL_REFUSED: the parent governs the tree. End with deinit in any case. */
enum fl_status fl_window_draft_begin(
    struct fl_node *node,
    struct fl_window_draft *out_draft,
    struct fl_error *out_error);
void fl_window_draft_deinit(struct fl_window_draft *draft);

/* A copy that lives as long as the draft; NULL without memory. */
const char *fl_window_draft_text(struct fl_window_draft *draft, const char *text);

/* The window of that name, a new one when there is none. FL_LIMIT, FL_NO_MEMORY. */
enum fl_status fl_window_draft_window(
    struct fl_window_draft *draft,
    const char *name,
    struct fl_window **out_window,
    struct fl_error *out_error);
void fl_window_draft_remove(struct fl_window_draft *draft, const char *name);

/* A date more, in place; there may be FL_CALENDAR_DATES_MAX. */
enum fl_status fl_window_draft_date(
    struct fl_window_draft *draft,
    size_t *count,
    const char ***dates,
    const char *date,
    struct fl_error *out_error);

/* The group is made when it is not there, and goes with its last member. */
enum fl_status fl_window_draft_member(
    struct fl_window_draft *draft,
    const char *group,
    const char *code,
    bool is_member,
    struct fl_error *out_error);

/* Checks every window, then writes durably; the node is reloaded. */
enum fl_status fl_window_draft_issue(
    struct fl_window_draft *draft,
    uint64_t *out_revision,
    struct fl_error *out_error);

#endif
