#include "random.h"

#include "proto/signing.h"

struct fl_uuid fl_random_uuid(void)
{
    uint8_t bytes[FL_UUID_BYTES];
    fl_random(bytes, sizeof bytes);
    return fl_uuid_of_random(bytes);
}
