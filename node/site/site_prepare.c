#include "site/site_prepare.h"

enum { STEP_BEGIN, STEP_REFS, STEP_KNOWN, STEP_SLICE, STEP_READY };

static size_t index_of(const struct fl_site_in *in, const struct fl_site_part *part)
{
    size_t i = 0;
    while (i < in->mapping->part_count && in->mapping->parts[i] != part) {
        i++;
    }
    FL_ASSERT(i < in->mapping->part_count);
    return i;
}

/* --- one part --- */

static bool has_slice(const struct fl_site_part *part)
{
    return part->goods != NULL && !fl_site_part_is_direct(part);
}

static enum fl_status begin(
    struct fl_site_in *in,
    const struct fl_site_part *part,
    struct fl_site_part_state *state,
    struct fl_error *out_error)
{
    struct fl_node *node = in->node;
    fl_lookup_init(&state->known, node->directory);
    fl_buffer_init(&state->last, FL_RECORD_BYTES_MAX);
    state->step = STEP_REFS;
    return fl_mapping_refs_begin(
        &state->refs, node->store, node->directory, part->mapping, out_error);
}

static enum fl_status look_through(
    struct fl_site_in *in,
    const struct fl_site_part *part,
    struct fl_site_part_state *state,
    const struct fl_share *share,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    if (part->find_count > 0 && !state->is_building) {
        state->is_building = true;
        fl_lookup_building_begin(
            &state->building, &state->known, in->node->store, part->type, part->find,
            part->find_count);
    }
    if (part->find_count > 0) {
        status = fl_lookup_building_step(&state->building, share, out_error);
    }
    if (status != FL_OK || (state->is_building && !state->building.walk.done)) {
        return status;
    }
    fl_site_prepare_end(state);
    state->step = has_slice(part) ? STEP_SLICE : STEP_READY;
    return state->step == STEP_SLICE
               ? fl_site_slice_begin(
                     &state->slice, in->node, part, /* only= */ NULL,
                     /* in_order= */ false, out_error)
               : FL_OK;
}

static enum fl_status step(
    struct fl_site_in *in,
    const struct fl_site_part *part,
    struct fl_site_part_state *state,
    const struct fl_share *share,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    bool done = false;
    switch (state->step) {
    case STEP_BEGIN:
        return begin(in, part, state, out_error);
    case STEP_REFS:
        status = fl_mapping_refs_step(&state->refs, share, &done, out_error);
        state->step = done ? STEP_KNOWN : STEP_REFS;
        return status;
    case STEP_KNOWN:
        return look_through(in, part, state, share, out_error);
    case STEP_SLICE:
        status = fl_site_slice_build(&state->slice, share, &done, out_error);
        state->step = done ? STEP_READY : STEP_SLICE;
        return status;
    default:
        return FL_OK;
    }
}

void fl_site_prepare_end(struct fl_site_part_state *state)
{
    if (state->is_building) {
        fl_lookup_building_end(&state->building);
        state->is_building = false;
    }
}

enum fl_status fl_site_prepare(
    struct fl_site_in *in,
    const struct fl_site_part *part,
    struct fl_site_part_state **out_state,
    struct fl_error *out_error)
{
    const struct fl_share all = fl_share_begin(/* share_ms= */ 0);
    struct fl_site_part_state *state = &in->parts[index_of(in, part)];
    enum fl_status status = FL_OK;
    while (status == FL_OK && state->step != STEP_READY) {
        status = step(in, part, state, &all, out_error);
    }
    *out_state = state;
    return status;
}

/* --- all of a kind --- */

static bool takes(const struct fl_site_part *part, enum fl_commerceml_kind kind)
{
    const bool offer = kind == FL_COMMERCEML_OFFER;
    switch (part->kind) {
    case FL_SITE_ITEM:
        return part->reads && part->item == kind;
    case FL_SITE_PRICE:
        return part->reads && (offer || kind == FL_COMMERCEML_GOODS);
    case FL_SITE_STOCK:
        return part->reads && offer;
    case FL_SITE_PAYMENT:
        break;
    }
    return false;
}

/* What is inside of a part that is needed, one depth further. False: nothing new. */
static bool need_inner(const struct fl_site_in *in, bool needed[FL_SITE_PARTS_MAX])
{
    bool more = false;
    for (size_t i = 0; i < in->mapping->part_count; i++) {
        const struct fl_site_part *part = in->mapping->parts[i];
        for (size_t j = 0; needed[i] && j < part->mapping->column_count; j++) {
            if (part->items[j] != NULL) {
                bool *inner = &needed[index_of(in, part->items[j])];
                more = more || !*inner;
                *inner = true;
            }
        }
        for (const struct fl_site_part *section = part->sections;
             needed[i] && section != NULL; section = section->next_section) {
            bool *inner = &needed[index_of(in, section)];
            more = more || !*inner;
            *inner = true;
        }
    }
    return more;
}

enum fl_status fl_site_prepare_kind(
    struct fl_site_in *in,
    enum fl_commerceml_kind kind,
    const struct fl_share *share,
    bool *out_done,
    struct fl_error *out_error)
{
    bool needed[FL_SITE_PARTS_MAX] = {false};
    enum fl_status status = FL_OK;
    *out_done = (in->kinds_ready & 1u << kind) != 0;
    if (*out_done) {
        return FL_OK;
    }
    for (size_t i = 0; i < in->mapping->part_count; i++) {
        needed[i] = takes(in->mapping->parts[i], kind);
    }
    while (need_inner(in, needed)) {
    }
    for (size_t i = 0; i < in->mapping->part_count && status == FL_OK; i++) {
        struct fl_site_part_state *state = &in->parts[i];
        while (status == FL_OK && needed[i] && state->step != STEP_READY) {
            if (fl_share_is_over(share)) {
                return FL_OK;
            }
            status = step(in, in->mapping->parts[i], state, share, out_error);
        }
    }
    if (status == FL_OK) {
        in->kinds_ready |= 1u << kind;
        *out_done = true;
    }
    return status;
}
