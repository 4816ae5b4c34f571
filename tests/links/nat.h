/*
 * A router that translates the addresses of TCP connections from its inside, and forgets
 * them when it is told to: what comes then for a connection that it does not know is
 * dropped in silence, or answered with a reset, as routers do either.
 */

#ifndef LINKS_NAT_H
#define LINKS_NAT_H

#include "packet.h"

enum { NAT_MAPPINGS_MAX = 256, NAT_PORT_FIRST = 20000 };

struct nat_mapping {
    uint32_t inside;
    uint16_t inside_port;
    uint16_t outside_port; /* 0: free */
};

struct nat {
    uint32_t outside; /* its address; 0: nothing is translated */
    uint16_t ports;   /* taken so far */
    size_t next;      /* the mapping that is taken next, the oldest one */
    struct nat_mapping mappings[NAT_MAPPINGS_MAX];
    unsigned long strangers; /* packets of connections that are not known */
};

void nat_forget(struct nat *nat);

/* Only the first packet of a connection makes a mapping. False: it is not known. */
bool nat_outwards(struct nat *nat, struct packet *packet);
bool nat_inwards(struct nat *nat, struct packet *packet);

#endif
