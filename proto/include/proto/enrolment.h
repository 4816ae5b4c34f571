/*
 * How a branch joins: the centre gives out an invitation, one line of text; the branch
 * makes its keys, sends a request that proves them, and gets an answer. PROTOCOL.md has
 * every byte.
 *
 * Request and answer travel over CURVE with the centre's key from the invitation, one
 * frame each. The request carries the secret of the invitation itself: the centre keeps
 * only a hash of it, which so lets nobody in who steals the store.
 */

#ifndef PROTO_ENROLMENT_H
#define PROTO_ENROLMENT_H

#include "proto/configuration.h"
#include "proto/hash.h"
#include "proto/limits.h"
#include "proto/plan_settings.h"
#include "proto/signing.h"
#include "proto/uuid.h"

enum {
    FL_ENROLMENT_SECRET_BYTES = 16,
    FL_ENROLMENT_ENDPOINT_BYTES_MAX = 255,
    FL_ENROLMENT_TEXT_BYTES_MAX = 200,
    FL_ENROLMENT_REQUEST_BYTES_MAX = 1024,
    FL_ENROLMENT_ANSWER_BYTES_MAX = 4096,
    /* The whole line: the longest plan, code and endpoint, in base64. */
    FL_ENROLMENT_TOKEN_BYTES_MAX = 2560,
};

/* What the token holds. It has a secret: fl_wipe() it after use. */
struct fl_enrolment_invitation {
    struct fl_uuid installation;
    struct fl_uuid centre; /* node that invites, the parent to be */
    uint8_t centre_signing_key[FL_PUBLIC_KEY_BYTES];
    uint8_t centre_transport_key[FL_PUBLIC_KEY_BYTES]; /* of CURVE */
    uint8_t secret[FL_ENROLMENT_SECRET_BYTES];
    uint64_t expires_s; /* Unix time, by the clock of the centre */
    char endpoint[FL_ENROLMENT_ENDPOINT_BYTES_MAX + 1]; /* where requests are taken */
    char plan[FL_NAME_BYTES_MAX + 1];
    char code[FL_CODE_BYTES_MAX + 1]; /* of the branch in the plan */
    enum fl_plan_kind kind;           /* of the plan: what the two become */
};

/*
 * Append "filial1:" and base64url, no closing NUL. FL_MALFORMED: a text is empty, not
 * UTF-8, or the endpoint has spaces. The buffer holds a secret too.
 */
enum fl_status fl_enrolment_token_encode(
    const struct fl_enrolment_invitation *invitation,
    struct fl_buffer *out_token);

/*
 * White space around the token is let pass, as copying leaves it; nothing else is.
 * FL_MALFORMED, FL_UNSUPPORTED (of a newer version): the words say what to do.
 */
enum fl_status fl_enrolment_token_decode(
    struct fl_bytes token,
    struct fl_enrolment_invitation *out_invitation,
    struct fl_error *out_error);

/* What the centre keeps of an invitation and finds it by. */
void fl_invitation_hash(
    const uint8_t secret[FL_ENROLMENT_SECRET_BYTES],
    struct fl_uuid installation,
    uint8_t out_hash[FL_HASH_BYTES]);

struct fl_enrolment_request {
    uint8_t secret[FL_ENROLMENT_SECRET_BYTES];
    struct fl_uuid installation;
    struct fl_uuid centre;
    struct fl_uuid node;
    struct fl_uuid incarnation;
    uint8_t signing_key[FL_PUBLIC_KEY_BYTES];   /* filled in by encode */
    uint8_t transport_key[FL_PUBLIC_KEY_BYTES]; /* of CURVE */
    uint32_t software;                          /* 0x00010203 for 1.2.3 */
    char code[FL_CODE_BYTES_MAX + 1];
};

/*
 * Append the request, signed with `key` for the centre that has `centre_signing_key`.
 * The same fields give the same bytes, so that a request whose answer was lost is known
 * as the same. FL_MALFORMED: `code` is empty or not UTF-8.
 */
enum fl_status fl_enrolment_request_encode(
    struct fl_enrolment_request *request,
    const uint8_t centre_signing_key[FL_PUBLIC_KEY_BYTES],
    const struct fl_signing_key *key,
    struct fl_buffer *out_bytes);

/*
 * Form first, then the proof that the sender has the key that it names, made for the
 * centre with `centre_signing_key` (our own). Whether there is such an invitation is the
 * caller's question. FL_UNTRUSTED: the proof does not hold. FL_UNSUPPORTED: of another
 * version.
 */
enum fl_status fl_enrolment_request_decode(
    struct fl_bytes bytes,
    const uint8_t centre_signing_key[FL_PUBLIC_KEY_BYTES],
    struct fl_enrolment_request *out_request);

/* Names a request in its answer and in the record of the invitation that it used. */
void fl_enrolment_request_hash(struct fl_bytes bytes, uint8_t out_hash[FL_HASH_BYTES]);

enum fl_enrolment_reason {
    FL_ENROLMENT_ACCEPTED = 0,
    FL_ENROLMENT_UNKNOWN_INVITATION, /* never given out, withdrawn, or of another store */
    FL_ENROLMENT_EXPIRED,
    FL_ENROLMENT_USED,     /* by another request */
    FL_ENROLMENT_ATTEMPTS, /* too many that failed */
    FL_ENROLMENT_OTHER_INSTALLATION,
    FL_ENROLMENT_OTHER_CENTRE, /* the request is for another node or key */
    FL_ENROLMENT_OTHER_CODE,   /* the invitation is for another branch */
    FL_ENROLMENT_NODE_TAKEN,   /* this node is a peer under another code already */
    FL_ENROLMENT_MALFORMED,    /* form, version or proof */
    FL_ENROLMENT_BUSY,         /* later may work */
    FL_ENROLMENT_WAITING,      /* accepted, once an operator has approved it */
};

struct fl_enrolment_answer {
    uint8_t request_hash[FL_HASH_BYTES];
    enum fl_enrolment_reason reason;
    /* With FL_ENROLMENT_ACCEPTED and _WAITING, zero otherwise. */
    struct fl_uuid parent;
    struct fl_uuid parent_incarnation;
    uint8_t configuration_hash[FL_CONFIGURATION_HASH_BYTES];
    char code[FL_CODE_BYTES_MAX + 1]; /* of the branch, as the parent calls it */
    char name[FL_NAME_BYTES_MAX + 1];
    char parent_code[FL_CODE_BYTES_MAX + 1];
    char parent_name[FL_NAME_BYTES_MAX + 1];
    char endpoint[FL_ENROLMENT_ENDPOINT_BYTES_MAX + 1]; /* where sessions are taken */
    /* Otherwise. */
    char text[FL_ENROLMENT_TEXT_BYTES_MAX + 1]; /* for a person, may be "" */
};

/* FL_MALFORMED: a text that belongs to the reason is empty or not UTF-8. */
enum fl_status fl_enrolment_answer_encode(
    const struct fl_enrolment_answer *answer,
    struct fl_buffer *out_bytes);

/*
 * FL_UNTRUSTED: an answer to another request than the one with `request_hash`: drop it
 * and go on waiting. FL_UNSUPPORTED: of another version.
 */
enum fl_status fl_enrolment_answer_decode(
    struct fl_bytes bytes,
    const uint8_t request_hash[FL_HASH_BYTES],
    struct fl_enrolment_answer *out_answer);

/* "expired". Never NULL. */
const char *fl_enrolment_reason_name(enum fl_enrolment_reason reason);

#endif
