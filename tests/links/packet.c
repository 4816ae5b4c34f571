#include "packet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    HEAD_BYTES = 20,
    TCP_BYTES = 20,
    ICMP_BYTES = 8,
    PROTOCOL_ICMP = 1,
    PROTOCOL_TCP = 6,
    TTL = 64,
    DONT_FRAGMENT = 0x4000,
    MORE_FRAGMENTS = 0x2000,
    OFFSET_MASK = 0x1fff,
    TCP_RESET = 0x04,
    TCP_ACK = 0x10,
};

/* Places of fields. */
enum {
    AT_SIZE = 2,
    AT_ID = 4,
    AT_FRAGMENT = 6,
    AT_TTL = 8,
    AT_PROTOCOL = 9,
    AT_CHECKSUM = 10,
    AT_SOURCE = 12,
    AT_TARGET = 16,
    TCP_AT_SOURCE = 0,
    TCP_AT_TARGET = 2,
    TCP_AT_SEQUENCE = 4,
    TCP_AT_ACKNOWLEDGED = 8,
    TCP_AT_OFFSET = 12,
    TCP_AT_FLAGS = 13,
    TCP_AT_CHECKSUM = 16,
};

static uint16_t load16(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static void store16(uint8_t *bytes, uint16_t value)
{
    bytes[0] = (uint8_t)(value >> 8);
    bytes[1] = (uint8_t)value;
}

static uint32_t load32(const uint8_t *bytes)
{
    return (uint32_t)load16(bytes) << 16 | load16(bytes + 2);
}

static void store32(uint8_t *bytes, uint32_t value)
{
    store16(bytes, (uint16_t)(value >> 16));
    store16(bytes + 2, (uint16_t)value);
}

struct packet *packet_new(void)
{
    struct packet *packet = calloc(1, sizeof(*packet));

    if (packet == NULL) {
        perror("thin_line");
        exit(1);
    }
    return packet;
}

size_t packet_head_bytes(const struct packet *packet)
{
    return (size_t)(packet->bytes[0] & 0x0f) * 4;
}

bool packet_is_ipv4(const struct packet *packet)
{
    return packet->size >= HEAD_BYTES && packet->bytes[0] >> 4 == 4 &&
           packet_head_bytes(packet) >= HEAD_BYTES &&
           packet_head_bytes(packet) <= packet->size &&
           load16(packet->bytes + AT_SIZE) == packet->size;
}

bool packet_may_be_cut(const struct packet *packet)
{
    return (load16(packet->bytes + AT_FRAGMENT) & DONT_FRAGMENT) == 0;
}

uint32_t packet_source(const struct packet *packet)
{
    return load32(packet->bytes + AT_SOURCE);
}

uint32_t packet_target(const struct packet *packet)
{
    return load32(packet->bytes + AT_TARGET);
}

uint8_t *packet_tcp(struct packet *packet)
{
    const size_t head = packet_head_bytes(packet);

    if (packet->bytes[AT_PROTOCOL] != PROTOCOL_TCP || packet->size < head + TCP_BYTES ||
        (load16(packet->bytes + AT_FRAGMENT) & OFFSET_MASK) != 0) {
        return NULL;
    }
    return packet->bytes + head;
}

/* --- checksums --- */

static uint32_t sum(const uint8_t *bytes, size_t size, uint32_t before)
{
    for (size_t i = 0; i + 1 < size; i += 2) {
        before += load16(bytes + i);
    }
    return size % 2 != 0 ? before + (uint32_t)(bytes[size - 1] << 8) : before;
}

static uint16_t folded(uint32_t total)
{
    while (total >> 16 != 0) {
        total = (total & 0xffff) + (total >> 16);
    }
    return (uint16_t)~total;
}

static void seal_head(struct packet *packet)
{
    store16(packet->bytes + AT_CHECKSUM, 0);
    store16(
        packet->bytes + AT_CHECKSUM,
        folded(sum(packet->bytes, packet_head_bytes(packet), 0)));
}

/* Of a packet that is whole: with its pseudo header. */
static void seal_tcp(struct packet *packet)
{
    uint8_t *tcp = packet_tcp(packet);
    const size_t size = packet->size - packet_head_bytes(packet);
    uint32_t total = sum(packet->bytes + AT_SOURCE, 8, PROTOCOL_TCP + (uint32_t)size);

    store16(tcp + TCP_AT_CHECKSUM, 0);
    total = sum(tcp, size, total);
    store16(tcp + TCP_AT_CHECKSUM, folded(total));
}

/* A word was exchanged for another one (RFC 1624). */
static void adjust(uint8_t *checksum, uint16_t before, uint16_t after)
{
    const uint32_t total =
        (uint16_t)~load16(checksum) + (uint32_t)(uint16_t)~before + after;

    store16(checksum, folded(total));
}

static void exchange16(struct packet *packet, uint8_t *place, uint16_t value)
{
    adjust(packet_tcp(packet) + TCP_AT_CHECKSUM, load16(place), value);
    store16(place, value);
}

static void set_end(
    struct packet *packet,
    size_t at_address,
    size_t at_port,
    uint32_t address,
    uint16_t port)
{
    exchange16(packet, packet->bytes + at_address, (uint16_t)(address >> 16));
    exchange16(packet, packet->bytes + at_address + 2, (uint16_t)address);
    exchange16(packet, packet_tcp(packet) + at_port, port);
    seal_head(packet);
}

void packet_set_source(struct packet *packet, uint32_t address, uint16_t port)
{
    set_end(packet, AT_SOURCE, TCP_AT_SOURCE, address, port);
}

void packet_set_target(struct packet *packet, uint32_t address, uint16_t port)
{
    set_end(packet, AT_TARGET, TCP_AT_TARGET, address, port);
}

/* --- sizes --- */

struct packet *packet_cut(struct packet *packet, size_t mtu)
{
    const size_t head = packet_head_bytes(packet);
    const uint16_t place = load16(packet->bytes + AT_FRAGMENT);
    const size_t kept = (mtu - head) / 8 * 8;

    if (packet->size <= mtu || packet->size <= head + kept) {
        return NULL;
    }
    struct packet *rest = packet_new();

    memcpy(rest->bytes, packet->bytes, head);
    rest->size = packet->size - kept;
    memcpy(rest->bytes + head, packet->bytes + head + kept, rest->size - head);
    store16(rest->bytes + AT_SIZE, (uint16_t)rest->size);
    store16(rest->bytes + AT_FRAGMENT, (uint16_t)(place + kept / 8));
    seal_head(rest);
    packet->size = head + kept;
    store16(packet->bytes + AT_SIZE, (uint16_t)packet->size);
    store16(packet->bytes + AT_FRAGMENT, place | MORE_FRAGMENTS);
    seal_head(packet);
    return rest;
}

/* --- answers --- */

/* Back to where `packet` came from, as if from where it was to go. */
static struct packet *answer_to(
    const struct packet *packet,
    uint8_t protocol,
    size_t content_bytes)
{
    struct packet *answer = packet_new();

    answer->size = HEAD_BYTES + content_bytes;
    answer->bytes[0] = 0x45;
    answer->bytes[AT_TTL] = TTL;
    answer->bytes[AT_PROTOCOL] = protocol;
    store16(answer->bytes + AT_SIZE, (uint16_t)answer->size);
    store32(answer->bytes + AT_SOURCE, packet_target(packet));
    store32(answer->bytes + AT_TARGET, packet_source(packet));
    seal_head(answer);
    return answer;
}

struct packet *packet_too_large(const struct packet *packet, size_t mtu)
{
    enum { UNREACHABLE = 3, FRAGMENTATION_NEEDED = 4, QUOTED_BYTES = 8 };
    const size_t quoted = packet_head_bytes(packet) + QUOTED_BYTES;
    struct packet *answer = answer_to(packet, PROTOCOL_ICMP, ICMP_BYTES + quoted);
    uint8_t *icmp = answer->bytes + HEAD_BYTES;

    icmp[0] = UNREACHABLE;
    icmp[1] = FRAGMENTATION_NEEDED;
    store16(icmp + 6, (uint16_t)mtu);
    memcpy(icmp + ICMP_BYTES, packet->bytes, quoted);
    store16(icmp + 2, folded(sum(icmp, ICMP_BYTES + quoted, 0)));
    return answer;
}

struct packet *packet_reset(struct packet *packet)
{
    const uint8_t *tcp = packet_tcp(packet);
    struct packet *answer = answer_to(packet, PROTOCOL_TCP, TCP_BYTES);
    uint8_t *reset = answer->bytes + HEAD_BYTES;

    store16(reset + TCP_AT_SOURCE, load16(tcp + TCP_AT_TARGET));
    store16(reset + TCP_AT_TARGET, load16(tcp + TCP_AT_SOURCE));
    memcpy(reset + TCP_AT_SEQUENCE, tcp + TCP_AT_ACKNOWLEDGED, 4);
    memcpy(reset + TCP_AT_ACKNOWLEDGED, tcp + TCP_AT_SEQUENCE, 4);
    reset[TCP_AT_OFFSET] = TCP_BYTES / 4 << 4;
    reset[TCP_AT_FLAGS] = TCP_RESET | TCP_ACK;
    seal_tcp(answer);
    return answer;
}
