#include "random.h"

#include <string.h>

#include "proto/signing.h"

/* Of 100 ns, from the beginning of the Gregorian calendar to that of Unix time. */
#define UNIX_EPOCH UINT64_C(0x01B21DD213814000)

struct fl_uuid fl_random_uuid(void)
{
    uint8_t bytes[FL_UUID_BYTES];
    fl_random(bytes, sizeof bytes);
    return fl_uuid_of_random(bytes);
}

static void draw_place(struct fl_ref_maker *maker)
{
    fl_random(maker->place, sizeof maker->place);
    maker->place[0] = (uint8_t)((maker->place[0] & 0x3f) | 0x80); /* RFC 4122 */
    maker->place[2] |= 0x01; /* no network card has such an address */
}

struct fl_uuid fl_ref_maker_next(struct fl_ref_maker *maker, int64_t unix_ms)
{
    struct fl_uuid uuid;
    uint64_t time = UNIX_EPOCH + (uint64_t)unix_ms * 10000;
    if (maker->place[0] == 0) {
        draw_place(maker);
    }
    maker->time = time > maker->time ? time : maker->time + 1;
    memcpy(uuid.bytes, maker->place, sizeof maker->place);
    uint64_t versioned = (maker->time & UINT64_C(0x0fffffffffffffff)) | UINT64_C(1) << 60;
    for (size_t i = 0; i < 8; i++) {
        uuid.bytes[8 + i] = (uint8_t)(versioned >> (56 - 8 * i));
    }
    return uuid;
}
