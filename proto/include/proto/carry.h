/*
 * What a node has accepted of another's stream, as a file: the CONFIRM of the line, for
 * where messages go by files.
 *
 *      0  "FLCONF1\n"                             8
 *      8  installation, plan, confirmer, sender   4 x 16
 *     72  position: incarnation, number, hash     16 + u64 + 32
 *    128  signature, domain `confirmation`        64
 */

#ifndef PROTO_CARRY_H
#define PROTO_CARRY_H

#include "proto/frame.h"

enum { FL_CARRY_CONFIRM_BYTES = 192 };

/* Signs it. */
void fl_carry_confirm_seal(
    const struct fl_confirmation *confirmation,
    const struct fl_signing_key *key,
    uint8_t out_bytes[FL_CARRY_CONFIRM_BYTES]);

/* Form only. FL_MALFORMED: no confirmation, or of number 0. */
enum fl_status fl_carry_confirm_open(
    struct fl_bytes bytes,
    struct fl_confirmation *out_confirmation,
    uint8_t out_signature[FL_SIGNATURE_BYTES]);

#endif
