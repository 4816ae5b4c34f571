/*
 * configurations: number u16 -> hash 16 | encoded bytes, and hash 16 -> number u16. The
 * number in use lies in `store` under "configuration".
 */

#include "storage/configurations.h"

#include <string.h>

#include "table.h"

enum { NUMBER_BYTES = 2, HASH_BYTES = FL_CONFIGURATION_HASH_BYTES };

static const char current_key[] = "configuration";

struct number_bytes {
    uint8_t bytes[NUMBER_BYTES];
};

static struct number_bytes number_encode(uint16_t number)
{
    return (struct number_bytes){{(uint8_t)(number >> 8), (uint8_t)number}};
}

static uint16_t number_decode(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static struct fl_bytes number_view(const struct number_bytes *number)
{
    return (struct fl_bytes){.data = number->bytes, .size = NUMBER_BYTES};
}

enum fl_status fl_configurations_number(
    struct fl_txn *txn,
    const uint8_t hash[FL_CONFIGURATION_HASH_BYTES],
    uint16_t *out_number)
{
    struct fl_bytes key = {.data = hash, .size = HASH_BYTES};
    struct fl_bytes value;
    enum fl_status status = fl_table_get(txn, FL_TABLE_CONFIGURATIONS, key, &value);

    if (status == FL_OK && value.size != NUMBER_BYTES) {
        return fl_table_malformed(
            txn, FL_TABLE_CONFIGURATIONS, key, "not the number of a configuration");
    }
    if (status == FL_OK) {
        *out_number = number_decode(value.data);
    }
    return status;
}

static enum fl_status give_number(
    struct fl_txn *txn,
    const uint8_t *hash,
    struct fl_bytes encoded,
    uint16_t *out_number)
{
    uint64_t last = fl_table_sequence(txn, "last/configuration");
    struct number_bytes number = number_encode((uint16_t)last);
    struct fl_buffer buffer;

    if (last > UINT16_MAX) {
        fl_txn_failed(
            txn, fl_error_set(
                     fl_txn_words(txn), FL_LIMIT,
                     "the store has seen %u configurations and cannot take more",
                     (unsigned)UINT16_MAX));
    }
    fl_buffer_init(&buffer, HASH_BYTES + (size_t)FL_CONFIGURATION_BYTES_MAX);
    fl_buffer_put_memory(&buffer, hash, HASH_BYTES);
    fl_buffer_put(&buffer, encoded);
    fl_table_put_encoded(txn, FL_TABLE_CONFIGURATIONS, number_view(&number), &buffer);
    fl_table_put(
        txn, FL_TABLE_CONFIGURATIONS, (struct fl_bytes){.data = hash, .size = HASH_BYTES},
        number_view(&number));
    if (fl_txn_status(txn) != FL_OK) {
        return fl_txn_status(txn);
    }
    *out_number = (uint16_t)last;
    return FL_OK;
}

enum fl_status fl_configurations_put(
    struct fl_txn *txn,
    const uint8_t hash[FL_CONFIGURATION_HASH_BYTES],
    struct fl_bytes encoded,
    uint16_t *out_number)
{
    enum fl_status status = fl_configurations_number(txn, hash, out_number);

    if (status == FL_NOT_FOUND) {
        return give_number(txn, hash, encoded, out_number);
    }
    return status;
}

enum fl_status fl_configurations_get(
    struct fl_txn *txn,
    uint16_t number,
    uint8_t out_hash[FL_CONFIGURATION_HASH_BYTES],
    struct fl_bytes *out_encoded)
{
    struct number_bytes key = number_encode(number);
    struct fl_bytes value;
    enum fl_status status =
        fl_table_get(txn, FL_TABLE_CONFIGURATIONS, number_view(&key), &value);

    if (status != FL_OK) {
        return status;
    }
    if (value.size < HASH_BYTES) {
        return fl_table_malformed(
            txn, FL_TABLE_CONFIGURATIONS, number_view(&key), "not a configuration");
    }
    memcpy(out_hash, value.data, HASH_BYTES);
    *out_encoded = (struct fl_bytes){
        .data = value.data + HASH_BYTES,
        .size = value.size - HASH_BYTES,
    };
    return FL_OK;
}

uint16_t fl_configurations_current(struct fl_txn *txn)
{
    struct fl_bytes value;

    if (fl_table_get(txn, FL_TABLE_STORE, fl_bytes_of_text(current_key), &value) !=
            FL_OK ||
        value.size != NUMBER_BYTES) {
        return 0;
    }
    return number_decode(value.data);
}

void fl_configurations_set_current(struct fl_txn *txn, uint16_t number)
{
    struct number_bytes value = number_encode(number);

    fl_table_put(txn, FL_TABLE_STORE, fl_bytes_of_text(current_key), number_view(&value));
}
