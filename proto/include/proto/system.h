/*
 * Settings that travel: what a node must know to work as its tree agreed (plans, later
 * configurations and windows), kept as objects of reserved types in the journal. So they
 * are numbered, signed, confirmed and passed on like any change, in one order with the
 * data that they govern.
 *
 * A record of such a type is an envelope: revision, issuer, body, signature of the
 * issuer. The newest revision wins, whichever way it came; a node takes one from its
 * parent (whose message is signed), and from a child only what it had issued itself and
 * lost in a restore. PROTOCOL.md has the bytes.
 */

#ifndef PROTO_SYSTEM_H
#define PROTO_SYSTEM_H

#include "proto/object.h"
#include "proto/signing.h"

/* Numbers never change: they are in journals. Types of a configuration lie far below. */
#define FL_SYSTEM_TYPE_FIRST    UINT32_C(0xFFFF0000)
#define FL_SYSTEM_PLAN          UINT32_C(0xFFFF0001) /* plan_settings.h */
#define FL_SYSTEM_CONFIGURATION UINT32_C(0xFFFF0002) /* of the tree; key: zero */
#define FL_SYSTEM_CALENDAR      UINT32_C(0xFFFF0010) /* calendar.h; key: zero */
#define FL_SYSTEM_DAY           UINT32_C(0xFFFF0020) /* day.h; key: the node; travels up */
#define FL_SYSTEM_ROUTING       UINT32_C(0xFFFF0003) /* a place in the journal; stays here */

struct fl_system_record {
    uint64_t revision; /* from 1 */
    struct fl_uuid issuer;
    struct fl_bytes body;                  /* borrowed */
    uint8_t signature[FL_SIGNATURE_BYTES]; /* over installation, key and all before it */
};

bool fl_system_is(uint32_t type);

/* The key of what is known by a name, such as a plan. */
struct fl_key fl_system_key(uint32_t type, const char *name);

/* Append the envelope, signed. `record->signature` is not looked at. */
void fl_system_seal(
    struct fl_uuid installation,
    struct fl_key key,
    const struct fl_system_record *record,
    const struct fl_signing_key *signing_key,
    struct fl_buffer *out_buffer);

/* Form only; `body` borrows from `bytes`. */
enum fl_status fl_system_open(struct fl_bytes bytes, struct fl_system_record *out_record);

/* FL_UNTRUSTED: not issued with that key, or for another installation or object. */
enum fl_status fl_system_verify(
    struct fl_uuid installation,
    struct fl_key key,
    struct fl_bytes bytes,
    const uint8_t public_key[FL_PUBLIC_KEY_BYTES]);

/* Above 0: `a` replaces `b`. Two of one revision are told apart by their issuers. */
int fl_system_compare(const struct fl_system_record *a, const struct fl_system_record *b);

#endif
