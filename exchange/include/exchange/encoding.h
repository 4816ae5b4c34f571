/*
 * Encodings of Russian text files: UTF-8, windows-1251 and cp866, guessed from bytes and
 * turned into UTF-8.
 */

#ifndef EXCHANGE_ENCODING_H
#define EXCHANGE_ENCODING_H

#include "proto/bytes.h"

enum fl_encoding {
    FL_ENCODING_UTF8 = 1,
    FL_ENCODING_1251,
    FL_ENCODING_866,
};

/* "UTF-8", "windows-1251", "cp866"; for people and for files that name an encoding. */
const char *fl_encoding_name(enum fl_encoding encoding);
/* By those names and the usual others ("1251", "DOS", "Windows"). False: none such. */
bool fl_encoding_find(struct fl_bytes name, enum fl_encoding *out_encoding);

/*
 * What the beginning of a file is most likely in: UTF-8 when it is valid as such (its
 * last character may be cut), else the one whose letters are more those of words. A byte
 * 0 ends it.
 */
enum fl_encoding fl_encoding_guess(struct fl_bytes beginning);

/*
 * Two letters of UTF-8 at least, and nothing that is not: in a file of another encoding a
 * part that came from elsewhere, since no words of it look so.
 */
bool fl_encoding_is_strange(enum fl_encoding encoding, struct fl_bytes bytes);

/* Nothing but bytes below 128: the same in all of them. */
bool fl_encoding_is_ascii(struct fl_bytes bytes);

/*
 * Add `bytes` to `out_text` in UTF-8. FL_MALFORMED: they are not of this encoding, and
 * nothing was added.
 */
enum fl_status fl_encoding_decode(
    enum fl_encoding encoding,
    struct fl_bytes bytes,
    struct fl_buffer *out_text);

/* The other way. FL_MALFORMED: a character that the encoding does not have. */
enum fl_status fl_encoding_encode(
    enum fl_encoding encoding,
    struct fl_bytes text,
    struct fl_buffer *out_bytes);

#endif
