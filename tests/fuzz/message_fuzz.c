/*
 * Any bytes are either no message or one whose parts may be asked for; and either the
 * plain text of a message, each entry in its one form, or not.
 */

#include "proto/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void open_message(struct fl_bytes bytes)
{
    struct fl_message_head head;
    const enum fl_status status = fl_message_open(bytes, &head);
    uint64_t plain_bytes = 0;
    uint8_t hash[FL_HASH_BYTES];

    FL_ASSERT(status == FL_OK || status == FL_MALFORMED || status == FL_UNSUPPORTED);
    if (status != FL_OK) {
        return;
    }
    fl_message_hash(head.header_bytes, hash);
    for (uint32_t i = 0; i < head.header.chunk_count; i++) {
        plain_bytes += fl_message_chunk(&head, i).plain_bytes;
        (void)fl_message_check_chunk(&head, i, bytes);
    }
    FL_ASSERT(plain_bytes == head.header.plain_bytes);
    FL_ASSERT(plain_bytes <= FL_MESSAGE_PLAIN_BYTES_MAX);
    /* Nobody has the secret of this key. */
    FL_ASSERT(fl_message_verify(&head, hash) == FL_UNTRUSTED);
}

static void read_entries(struct fl_bytes bytes)
{
    struct fl_reader reader = fl_reader_of(bytes);
    struct fl_message_entry entry;
    struct fl_buffer again;
    enum fl_status status;

    fl_buffer_init(&again, FL_MESSAGE_PLAIN_BYTES_MAX);
    while ((status = fl_message_next_entry(&reader, &entry)) == FL_OK) {
        FL_ASSERT(entry.key.type != 0 && entry.record.size <= FL_RECORD_BYTES_MAX);
        fl_message_put_entry(&again, &entry);
    }
    FL_ASSERT(status == FL_NOT_FOUND || status == FL_MALFORMED);
    FL_ASSERT(again.size <= bytes.size);
    FL_ASSERT(fl_bytes_equal(
        fl_buffer_view(&again), (struct fl_bytes){bytes.data, again.size}));
    FL_ASSERT(status != FL_NOT_FOUND || again.size == bytes.size);
    fl_buffer_deinit(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    open_message((struct fl_bytes){data, size});
    read_entries((struct fl_bytes){data, size});
    return 0;
}
