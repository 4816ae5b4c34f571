#include "nat.h"

#include <string.h>

enum { TCP_AT_FLAGS = 13, TCP_SYN = 0x02, TCP_ACK = 0x10 };

static uint16_t port_at(const uint8_t *place)
{
    return (uint16_t)(place[0] << 8 | place[1]);
}

void nat_forget(struct nat *nat)
{
    memset(nat->mappings, 0, sizeof(nat->mappings));
}

static struct nat_mapping *find_inside(struct nat *nat, uint32_t inside, uint16_t port)
{
    for (size_t i = 0; i < NAT_MAPPINGS_MAX; i++) {
        struct nat_mapping *mapping = &nat->mappings[i];

        if (mapping->outside_port != 0 && mapping->inside == inside &&
            mapping->inside_port == port) {
            return mapping;
        }
    }
    return NULL;
}

/* Another port each time: the former one may still be known at the far end. */
static struct nat_mapping *new_mapping(struct nat *nat, uint32_t inside, uint16_t port)
{
    struct nat_mapping *mapping = &nat->mappings[nat->next++ % NAT_MAPPINGS_MAX];

    mapping->inside = inside;
    mapping->inside_port = port;
    mapping->outside_port = (uint16_t)(NAT_PORT_FIRST + nat->ports++ % NAT_PORT_FIRST);
    return mapping;
}

bool nat_outwards(struct nat *nat, struct packet *packet)
{
    const uint8_t *tcp = packet_tcp(packet);

    if (nat->outside == 0 || tcp == NULL) {
        return nat->outside == 0;
    }
    const uint8_t flags = tcp[TCP_AT_FLAGS];
    const uint32_t inside = packet_source(packet);
    struct nat_mapping *mapping = find_inside(nat, inside, port_at(tcp));

    if (mapping == NULL && (flags & (TCP_SYN | TCP_ACK)) == TCP_SYN) {
        mapping = new_mapping(nat, inside, port_at(tcp));
    }
    if (mapping == NULL) {
        nat->strangers++;
        return false;
    }
    packet_set_source(packet, nat->outside, mapping->outside_port);
    return true;
}

bool nat_inwards(struct nat *nat, struct packet *packet)
{
    const uint8_t *tcp = packet_tcp(packet);

    if (nat->outside == 0 || tcp == NULL) {
        return nat->outside == 0;
    }
    for (size_t i = 0; packet_target(packet) == nat->outside && i < NAT_MAPPINGS_MAX;
         i++) {
        const struct nat_mapping *mapping = &nat->mappings[i];

        if (mapping->outside_port != 0 && mapping->outside_port == port_at(tcp + 2)) {
            packet_set_target(packet, mapping->inside, mapping->inside_port);
            return true;
        }
    }
    nat->strangers++;
    return false;
}
