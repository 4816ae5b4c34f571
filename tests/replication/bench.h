/*
 * One session on a bench: a test tells it events and frames of its peer, and looks at
 * what it answers.
 */

#ifndef BENCH_H
#define BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* After the four above. */
#include <cmocka.h>

#include "replication/session.h"

enum { NODE_CHILD = 1, NODE_PARENT = 2, INCARNATION_CHILD = 11, INCARNATION_PARENT = 12 };

struct bench {
    struct fl_session *session;
    struct fl_session_actions actions;
    uint64_t now_ms;
    uint64_t nonce;
};

struct fl_uuid bench_uuid(uint8_t byte);
struct fl_session_options bench_options_of(enum fl_session_role role);
void bench_begin(struct bench *bench, const struct fl_session_options *options);
void bench_end(struct bench *bench);
void bench_step(struct bench *bench, struct fl_session_event event);
void bench_tell(struct bench *bench, enum fl_session_event_kind kind);
/* The first action of a kind in the last step; NULL: none. */
const struct fl_session_action *bench_find(
    const struct bench *bench,
    enum fl_session_action_kind kind);
const struct fl_session_frame *bench_sent(
    const struct bench *bench,
    enum fl_session_frame_kind kind);
const struct fl_session_action *bench_reported(
    const struct bench *bench,
    enum fl_session_report report);
/* A frame from the peer, of this session. */
struct fl_session_frame bench_from_peer(
    const struct bench *bench,
    const struct fl_session_options *options,
    enum fl_session_frame_kind kind);
void bench_receive(struct bench *bench, const struct fl_session_frame *frame);
void bench_found(struct bench *bench, uint64_t lsn, uint64_t confirmed);
/* Greeted, idle, both at the beginning of their streams. */
void bench_greet(struct bench *bench, const struct fl_session_options *options);
struct fl_session_message bench_message_of(uint64_t number, uint64_t base);
void bench_receive_message(
    struct bench *bench,
    const struct fl_session_options *options,
    struct fl_session_message message);
void bench_receive_chunk(
    struct bench *bench,
    const struct fl_session_options *options,
    uint64_t number,
    uint32_t index);
void bench_applied(struct bench *bench, uint64_t number);

#endif
