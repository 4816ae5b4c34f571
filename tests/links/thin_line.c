/*
 * A thin, long, lossy line between two network namespaces, for kernels without netem, and
 * for what netem has not: a router that forgets its mappings, cuts, a size of packets
 * below that of the devices.
 *
 *   thin_line NEAR_PID NEAR_DEVICE FAR_PID FAR_DEVICE
 *
 * makes a TUN device in the network namespace of either process and carries packets
 * between them until its input ends. The near end is the inside of the router. Each line
 * of its input is an order, answered by one line of output:
 *
 *   set NAME VALUE...   delay, jitter: ms one way; loss, reorder: of 1,000 packets;
 *                       rate: kbit/s, 0 for any; queue: KiB; mtu: bytes, 0 for any;
 *                       seed: a number, mixed into the chance of loss and order
 *   nat ADDRESS         the router translates to this address from now on; 0: it does not
 *   reset on|off        what it does not know is answered with a reset, or dropped
 *   forget              it forgets its mappings
 *   cut, mend           nothing passes; all that was on its way is lost
 *   cuts EVERY FOR      cut by itself, ms; with `forget`, as when a modem dials again
 *   counts              packets and bytes carried, lost, dropped by the queue, strangers
 */

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "direction.h"
#include "nat.h"

enum {
    ORDER_BYTES_MAX = 200,
    WORDS_MAX = 4,
    WAIT_US_MAX = 200000,
    MTU_MIN = 68, /* RFC 791 */
    PACKETS_PER_TURN_MAX = 256,
};

struct line {
    int fds[2]; /* near, far */
    struct direction outwards;
    struct direction inwards;
    struct quality quality;
    struct nat nat;
    size_t mtu; /* 0: any */
    bool resets;
    bool is_cut;
    unsigned long cuts;
    uint64_t cut_every_us; /* 0: never by itself */
    uint64_t cut_for_us;
    uint64_t cut_due_us; /* then it is cut, or mended */
    char order[ORDER_BYTES_MAX];
    size_t order_bytes;
    bool ended;
};

static uint64_t random_state = UINT64_C(88172645463325252);

static uint32_t chance(uint32_t bound)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state * UINT64_C(2685821657736338717) >> 32) % bound;
}

static uint64_t now_us(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

/* --- devices --- */

static void enter(int namespace)
{
    if (namespace < 0 || setns(namespace, CLONE_NEWNET) != 0) {
        fail("network namespace");
    }
}

/* In the namespace of another process; its descriptor is here. */
static int open_device(const char *process, const char *name)
{
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
    char path[64];
    const int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

    (void)snprintf(path, sizeof(path), "/proc/%s/ns/net", process);
    const int there = open(path, O_RDONLY | O_CLOEXEC);

    enter(there);
    const int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

    (void)snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
    if (fd < 0 || ioctl(fd, TUNSETIFF, &request) != 0) {
        fail("/dev/net/tun");
    }
    enter(home);
    (void)close(home);
    (void)close(there);
    return fd;
}

/* --- packets --- */

/* What the line does not take is answered to its sender at once. */
static void answer(struct direction *back, struct packet *packet)
{
    (void)!write(back->to_fd, packet->bytes, packet->size);
    free(packet);
}

static void carry(struct line *line, struct direction *direction, struct packet *packet)
{
    while (packet != NULL) {
        struct packet *rest = line->mtu > 0 ? packet_cut(packet, line->mtu) : NULL;

        direction_take(direction, packet, &line->quality, chance, now_us());
        packet = rest;
    }
}

static void take(struct line *line, bool is_outwards, struct packet *packet)
{
    struct direction *there = is_outwards ? &line->outwards : &line->inwards;
    struct direction *back = is_outwards ? &line->inwards : &line->outwards;

    if (!packet_is_ipv4(packet) || line->is_cut) {
        there->lost += line->is_cut;
        free(packet);
        return;
    }
    if (line->mtu > 0 && packet->size > line->mtu && !packet_may_be_cut(packet)) {
        answer(back, packet_too_large(packet, line->mtu));
        free(packet);
        return;
    }
    if (is_outwards ? nat_outwards(&line->nat, packet)
                    : nat_inwards(&line->nat, packet)) {
        carry(line, there, packet);
        return;
    }
    if (is_outwards && line->resets && packet_tcp(packet) != NULL) {
        answer(back, packet_reset(packet));
    }
    free(packet);
}

static void receive(struct line *line, bool is_outwards)
{
    for (int i = 0; i < PACKETS_PER_TURN_MAX; i++) {
        struct packet *packet = packet_new();
        const ssize_t size =
            read(line->fds[is_outwards ? 0 : 1], packet->bytes, sizeof(packet->bytes));

        if (size <= 0) {
            free(packet);
            return;
        }
        packet->size = (size_t)size;
        take(line, is_outwards, packet);
    }
}

/* --- orders --- */

static void cut(struct line *line)
{
    if (!line->is_cut) {
        line->is_cut = true;
        line->cuts++;
        direction_lose(&line->outwards);
        direction_lose(&line->inwards);
    }
}

static void cut_when_due(struct line *line, uint64_t now)
{
    if (line->cut_every_us == 0 || now < line->cut_due_us) {
        return;
    }
    if (line->is_cut) {
        line->is_cut = false;
        nat_forget(&line->nat);
        line->cut_due_us = now + line->cut_every_us;
    } else {
        cut(line);
        line->cut_due_us = now + line->cut_for_us;
    }
}

static bool set(struct line *line, const char *name, uint64_t value)
{
    struct quality *quality = &line->quality;

    if (strcmp(name, "delay") == 0) {
        quality->delay_us = value * 1000;
    } else if (strcmp(name, "jitter") == 0) {
        quality->jitter_us = value * 1000;
    } else if (strcmp(name, "loss") == 0) {
        quality->loss_per_mille = (uint32_t)value;
    } else if (strcmp(name, "reorder") == 0) {
        quality->reorder_per_mille = (uint32_t)value;
    } else if (strcmp(name, "rate") == 0) {
        quality->bits_per_s = value * 1000;
    } else if (strcmp(name, "queue") == 0) {
        quality->queue_bytes_max = value * 1024;
    } else if (strcmp(name, "mtu") == 0 && (value == 0 || value >= MTU_MIN)) {
        line->mtu = value;
    } else if (strcmp(name, "seed") == 0) {
        random_state ^= value * UINT64_C(0x9E3779B97F4A7C15);
    } else {
        return false;
    }
    return true;
}

static bool set_nat(struct line *line, const char *text)
{
    struct in_addr address = {0};

    if (strcmp(text, "0") != 0 && inet_pton(AF_INET, text, &address) != 1) {
        return false;
    }
    line->nat.outside = ntohl(address.s_addr);
    nat_forget(&line->nat);
    return true;
}

static void print_counts(const struct line *line)
{
    const struct direction *directions[] = {&line->outwards, &line->inwards};

    for (size_t i = 0; i < 2; i++) {
        (void)printf(
            "%s %lu %lu lost %lu overflowed %lu ", i == 0 ? "out" : "in",
            directions[i]->carried, directions[i]->carried_bytes, directions[i]->lost,
            directions[i]->overflowed);
    }
    (void)printf("cuts %lu strangers %lu\n", line->cuts, line->nat.strangers);
}

static bool obey(struct line *line, char *words[WORDS_MAX], int count)
{
    if (count == 1 && strcmp(words[0], "cut") == 0) {
        cut(line);
    } else if (count == 1 && strcmp(words[0], "mend") == 0) {
        line->is_cut = false;
    } else if (count == 1 && strcmp(words[0], "forget") == 0) {
        nat_forget(&line->nat);
    } else if (count == 2 && strcmp(words[0], "reset") == 0) {
        line->resets = strcmp(words[1], "on") == 0;
    } else if (count == 2 && strcmp(words[0], "nat") == 0) {
        return set_nat(line, words[1]);
    } else if (count == 3 && strcmp(words[0], "cuts") == 0) {
        line->cut_every_us = strtoull(words[1], NULL, 10) * 1000;
        line->cut_for_us = strtoull(words[2], NULL, 10) * 1000;
        line->cut_due_us = now_us() + line->cut_every_us;
        line->is_cut = false;
    } else if (count == 3 && strcmp(words[0], "set") == 0) {
        return set(line, words[1], strtoull(words[2], NULL, 10));
    } else {
        return false;
    }
    return true;
}

static void take_order(struct line *line, char *text)
{
    char *words[WORDS_MAX];
    char *rest = NULL;
    int count = 0;

    for (char *word = strtok_r(text, " ", &rest); word != NULL && count < WORDS_MAX;
         word = strtok_r(NULL, " ", &rest)) {
        words[count++] = word;
    }
    if (count == 1 && strcmp(words[0], "counts") == 0) {
        print_counts(line);
    } else {
        (void)puts(obey(line, words, count) ? "ok" : "what?");
    }
    (void)fflush(stdout);
}

static void take_orders(struct line *line)
{
    char bytes[ORDER_BYTES_MAX];
    const ssize_t size = read(STDIN_FILENO, bytes, sizeof(bytes));

    line->ended = size <= 0;
    for (ssize_t i = 0; i < size; i++) {
        if (bytes[i] == '\n') {
            line->order[line->order_bytes] = '\0';
            line->order_bytes = 0;
            take_order(line, line->order);
        } else if (line->order_bytes + 1 < sizeof(line->order)) {
            line->order[line->order_bytes++] = bytes[i];
        }
    }
}

/* --- the loop --- */

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static void wait_for_work(const struct line *line, struct pollfd polled[3])
{
    const uint64_t now = now_us();
    uint64_t wake = now + WAIT_US_MAX;

    wake = line->outwards.first ? earlier(wake, line->outwards.first->due_us) : wake;
    wake = line->inwards.first ? earlier(wake, line->inwards.first->due_us) : wake;
    wake = line->cut_every_us > 0 ? earlier(wake, line->cut_due_us) : wake;
    const uint64_t wait_us = wake > now ? wake - now : 0;
    const struct timespec timeout = {
        (time_t)(wait_us / 1000000), (long)(wait_us % 1000000 * 1000)};

    polled[0] = (struct pollfd){.fd = line->fds[0], .events = POLLIN};
    polled[1] = (struct pollfd){.fd = line->fds[1], .events = POLLIN};
    polled[2] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
    if (ppoll(polled, 3, &timeout, NULL) < 0) {
        polled[0].revents = polled[1].revents = polled[2].revents = 0;
    }
}

static void turn(struct line *line)
{
    struct pollfd polled[3];

    wait_for_work(line, polled);
    cut_when_due(line, now_us());
    direction_give(&line->outwards, now_us());
    direction_give(&line->inwards, now_us());
    receive(line, /* is_outwards= */ true);
    receive(line, /* is_outwards= */ false);
    if (polled[2].revents != 0) {
        take_orders(line);
    }
}

int main(int argc, char **argv)
{
    static struct line line;

    if (argc != 5) {
        (void)fprintf(
            stderr, "usage: thin_line NEAR_PID NEAR_DEVICE FAR_PID FAR_DEVICE\n");
        return 2;
    }
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM); /* not to outlive the test */
    line.quality.queue_bytes_max = 64 * 1024;
    line.fds[0] = open_device(argv[1], argv[2]);
    line.fds[1] = open_device(argv[3], argv[4]);
    line.outwards.to_fd = line.fds[1];
    line.inwards.to_fd = line.fds[0];
    (void)puts("up");
    (void)fflush(stdout);
    while (!line.ended) {
        turn(&line);
    }
    direction_lose(&line.outwards);
    direction_lose(&line.inwards);
    return 0;
}
