/*
 * How anything can end, in the caller's terms, and the words for a person beside it.
 */

#ifndef PROTO_STATUS_H
#define PROTO_STATUS_H

#include <stdarg.h>

#if defined(__clang__)
#define FL_MUST_CHECK __attribute__((warn_unused_result))
#else
#define FL_MUST_CHECK
#endif

#define FL_PRINTF(format_index, first_index)                                             \
    __attribute__((format(printf, format_index, first_index)))

enum FL_MUST_CHECK fl_status {
    FL_OK = 0,
    FL_NOT_FOUND,   /* what was asked for is not there */
    FL_MALFORMED,   /* bytes or text that break their format */
    FL_UNTRUSTED,   /* a signature, key or identity that does not hold */
    FL_REFUSED,     /* well formed, but a rule forbids it */
    FL_BUSY,        /* somebody else holds it; later may work */
    FL_FULL,        /* a quota, the map or the disk is full */
    FL_LIMIT,       /* larger, deeper or more than a stated limit */
    FL_UNSUPPORTED, /* known to exist, not handled here */
    FL_NO_MEMORY,
    FL_IO, /* the operating system refused; after a commit: outcome unknown */
};

enum { FL_ERROR_TEXT_BYTES_MAX = 1024 };

/* Words for a person, written on failure only and only where a person will read them. */
struct fl_error {
    enum fl_status status;
    char text[FL_ERROR_TEXT_BYTES_MAX];
};

/*
 * Write `format`, translated to the user's language, into `out_error` (which may be NULL)
 * and return `status`, so that a failure is one line. `format` is a literal in English:
 * it is what translations are found by. What it quotes may be cut within a character, or
 * be no UTF-8: the text is.
 */
enum fl_status fl_error_set(
    struct fl_error *out_error,
    enum fl_status status,
    const char *format,
    ...) FL_PRINTF(3, 4);

/* The same, with the arguments as a list. */
enum fl_status fl_error_set_list(
    struct fl_error *out_error,
    enum fl_status status,
    const char *format,
    va_list arguments) FL_PRINTF(3, 0);

/*
 * A literal that becomes a part of other words, in the user's language: for functions
 * that are given one and pass it on as an argument.
 */
const char *fl_error_words(const char *literal);

/* Put words and ": " before what `error` says already: the place around the failure. */
void fl_error_prefix(struct fl_error *error, const char *format, ...) FL_PRINTF(2, 3);

/* The status as one lower-case word for logs and JSON: "not_found". Never NULL. */
const char *fl_status_name(enum fl_status status);

/* Ends the process: a bug is not a failure. */
_Noreturn void fl_assert_failed(const char *condition, const char *file, int line);

#define FL_ASSERT(condition)                                                             \
    ((condition) ? (void)0 : fl_assert_failed(#condition, __FILE__, __LINE__))

#endif
