/*
 * An IPv4 packet on its way over an emulated line, and what a line does to packets
 * beside carrying them: it cuts them to its size, or says that they are too large.
 */

#ifndef LINKS_PACKET_H
#define LINKS_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PACKET_BYTES_MAX = 2048, PACKET_HEAD_BYTES_MAX = 60 };

struct packet {
    struct packet *next;
    uint64_t due_us;
    size_t size;
    uint8_t bytes[PACKET_BYTES_MAX];
};

/* Ends the process when there is no memory. */
struct packet *packet_new(void);

/* A whole IPv4 packet with a sound header; anything else is not carried. */
bool packet_is_ipv4(const struct packet *packet);
bool packet_may_be_cut(const struct packet *packet);

size_t packet_head_bytes(const struct packet *packet);
uint32_t packet_source(const struct packet *packet);
uint32_t packet_target(const struct packet *packet);

/* The TCP header of a packet that begins one; NULL: it is of another protocol or part. */
uint8_t *packet_tcp(struct packet *packet);

/* Another source or target, with both checksums set right. */
void packet_set_source(struct packet *packet, uint32_t address, uint16_t port);
void packet_set_target(struct packet *packet, uint32_t address, uint16_t port);

/*
 * The rest of a packet that is larger than `mtu`, which is shortened to it; the caller's.
 * NULL: nothing is left.
 */
struct packet *packet_cut(struct packet *packet, size_t mtu);

/* To the sender: it is larger than `mtu` and must not be cut (RFC 1191). The caller's. */
struct packet *packet_too_large(const struct packet *packet, size_t mtu);

/* To the sender of a TCP packet: this connection is not known (RFC 793). The caller's. */
struct packet *packet_reset(struct packet *packet);

#endif
