/*
 * How the files of a format become objects and back, behind an import and an export that
 * know numbers, collisions and the store, and no format. Others may work between two
 * objects: a reading and a writing keep nothing of the store.
 */

#ifndef NODE_ENDPOINT_CODEC_H
#define NODE_ENDPOINT_CODEC_H

#include "exchange/codec.h"
#include "node.h"

/* On whose side an object is when it collides. */
enum fl_endpoint_sender {
    FL_SENDER_BY_ROLE = 0, /* as the peer stands to us */
    FL_SENDER_IS_MAIN,
    FL_SENDER_IS_SUBORDINATE,
};

struct fl_endpoint_object {
    const struct fl_object *object; /* until the next call; NULL: there is no more, or */
    bool waits; /* not yet: what the next one needs goes on with the next call */
    enum fl_endpoint_sender sender;
};

static inline bool fl_endpoint_object_is_none(const struct fl_endpoint_object *object)
{
    return object->object == NULL && !object->waits;
}

struct fl_endpoint_reading; /* a format's own */
struct fl_endpoint_writing;

struct fl_endpoint_codec {
    /* As `filial endpoint add --format` calls it; NULL: its bases are nodes of v8msg. */
    const char *name;
    /* Plan and addressee in the header are not asked, as the format's 1C does not. */
    bool by_sender_only;
    /* What a file confirms counts even when its objects are broken. */
    bool confirms_broken;
    /* The base writes what it gets over what it has, changed there or not. */
    bool overwrites;
    /* A message of number 0 is taken, moves no number and confirms nothing. */
    bool takes_unnumbered;

    /* Reads nothing yet. `source` lives as long as the reading. NULL: what is written is
       not read back. */
    enum fl_status (*read_open)(
        const struct fl_endpoint_codec *codec, /* this one: a format may carry more */
        struct fl_node *node,
        struct fl_codec_source source,
        struct fl_endpoint_reading **out_reading,
        struct fl_error *out_error);
    void (*read_close)(struct fl_endpoint_reading *reading); /* takes NULL */
    /* NULL in `*out_header`: it has none. */
    enum fl_status (*read_header)(
        struct fl_endpoint_reading *reading,
        const struct fl_package_header **out_header,
        struct fl_error *out_error);
    /*
     * Whose file it is and whether it is for us, of a format whose bases have more names
     * than their code; `only_from` is the number of the one peer that it may come from,
     * 0: any. NULL here: the codes of the header say it.
     */
    enum fl_status (*read_sender)(
        struct fl_endpoint_reading *reading,
        uint32_t only_from,
        struct fl_peer *out_peer,
        struct fl_error *out_error);
    /*
     * The sender is known. `txn` is where the objects are going to be applied; NULL:
     * this reading only looks whether they could be. NULL here: nothing to do.
     */
    enum fl_status (*read_begin)(
        struct fl_endpoint_reading *reading,
        const struct fl_peer *peer,
        struct fl_txn *txn,
        struct fl_error *out_error);
    /* `*out_object` is zeroed; a call ends after a bounded amount of work. */
    enum fl_status (*read_next)(
        struct fl_endpoint_reading *reading,
        struct fl_endpoint_object *out_object,
        struct fl_error *out_error);
    /*
     * The next object was made together with the last, over what is here: nobody may
     * write between. NULL: each is made when it is asked for.
     */
    bool (*read_is_amid)(const struct fl_endpoint_reading *reading);
    bool (*read_is_incomplete)(const struct fl_endpoint_reading *reading);
    const char *(*read_note)(const struct fl_endpoint_reading *reading, size_t index);
    /* NULL: the format has none. */
    const struct fl_package_wrapper *(*read_wrapper)(
        const struct fl_endpoint_reading *reading);
    /* As fl_package_reader_predefined(). NULL: the format has no such table. */
    const struct fl_package_predefined *(
        *read_predefined)(const struct fl_endpoint_reading *reading, size_t index);
    /* Before anything is read: refs that become others. They outlive the reading. NULL
     * where the line above is. */
    void (*read_pairs)(
        struct fl_endpoint_reading *reading,
        const struct fl_ref_pairs *pairs);

    /*
     * With the head of the file. `peer` and `header` are NULL for a file for nobody. A
     * message of number 0 only says who we are.
     */
    enum fl_status (*write_open)(
        const struct fl_endpoint_codec *codec,
        struct fl_node *node,
        const struct fl_peer *peer,
        const struct fl_package_header *header,
        struct fl_codec_sink sink,
        struct fl_endpoint_writing **out_writing,
        struct fl_error *out_error);
    void (*write_close)(struct fl_endpoint_writing *writing); /* takes NULL */
    /* `*out_written` false: the format has no place for it. `txn` for what it needs. */
    enum fl_status (*write_put)(
        struct fl_endpoint_writing *writing,
        struct fl_txn *txn,
        const struct fl_object *object,
        bool *out_written,
        struct fl_error *out_error);
    /* Of a message of everything: such an object counts as written, and its content is
     * not asked for. NULL here: none. */
    bool (*write_passes)(const struct fl_endpoint_writing *writing, struct fl_key key);
    /* The next object that the format wants written beside what is due; NULL here: it
     * wants none. */
    bool (*write_more)(struct fl_endpoint_writing *writing, struct fl_key *out_key);
    /* What a person should know of the file; NULL beyond the last, NULL here: nothing. */
    const char *(*write_note)(const struct fl_endpoint_writing *writing, size_t index);
    enum fl_status (
        *write_end)(struct fl_endpoint_writing *writing, struct fl_error *out_error);
    /*
     * The message is whole and reads back: what the format keeps of it, in the
     * transaction in which its number moves. NULL here, and of a file for nobody:
     * nothing.
     */
    enum fl_status (*write_keep)(
        struct fl_endpoint_writing *writing,
        struct fl_txn *txn,
        struct fl_error *out_error);
};

extern const struct fl_endpoint_codec fl_endpoint_v8msg;
extern const struct fl_endpoint_codec fl_endpoint_v8exch; /* _1CV8DtUD: no header */
extern const struct fl_endpoint_codec
    fl_endpoint_v8exch_xdto; /* as 8.2 and 8.3 write it */

#endif
