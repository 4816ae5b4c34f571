#include "narration.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sim_limits sim_limits = {.ms = SIM_CHAOS_MS};

static const struct {
    const char *name;
    size_t offset;
} NUISANCES[SIM_NUISANCES] = {
    {"loss", offsetof(struct fl_weather, loss)},
    {"repetition", offsetof(struct fl_weather, repetition)},
    {"crash", offsetof(struct fl_weather, crash)},
    {"cut", offsetof(struct fl_weather, cut)},
    {"window", offsetof(struct fl_weather, window)},
    {"restore", offsetof(struct fl_weather, restore)},
    {"full", offsetof(struct fl_weather, full)},
    {"clone", offsetof(struct fl_weather, clone)},
    {"deletion", offsetof(struct fl_weather, deletion)},
    {"turn", offsetof(struct fl_weather, turn)},
    {"half_open", offsetof(struct fl_weather, half_open)},
};

void sim_leave_out(struct fl_weather *weather)
{
    for (size_t i = 0; i < SIM_NUISANCES; i++) {
        if (sim_limits.without & 1u << i) {
            memset((char *)weather + NUISANCES[i].offset, 0, sizeof(uint32_t));
        }
    }
}

void sim_take_limits(int count, char **words)
{
    for (int i = 0; i + 1 < count; i += 2) {
        if (strcmp(words[i], "--nodes") == 0) {
            sim_limits.nodes = atoi(words[i + 1]);
        } else if (strcmp(words[i], "--ms") == 0) {
            sim_limits.ms = strtoull(words[i + 1], NULL, 10);
        }
        for (size_t at = 0; at < SIM_NUISANCES; at++) {
            if (strcmp(words[i], "--without") == 0 &&
                strcmp(words[i + 1], NUISANCES[at].name) == 0) {
                sim_limits.without |= 1u << at;
            }
        }
    }
}

void sim_print_limits(void)
{
    if (sim_limits.nodes > 0) {
        printf(" --nodes %d", sim_limits.nodes);
    }
    printf(" --ms %llu", (unsigned long long)sim_limits.ms);
    for (size_t i = 0; i < SIM_NUISANCES; i++) {
        if (sim_limits.without & 1u << i) {
            printf(" --without %s", NUISANCES[i].name);
        }
    }
}

/* The last lines, when a failing seed is told; all of them with --trace. */
enum { LINES_KEPT = 120, LINE_BYTES = 200 };

static char lines[LINES_KEPT][LINE_BYTES];
static unsigned line_count;
static bool keep_lines;

void sim_narrate(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    if (keep_lines) {
        (void)vsnprintf(lines[line_count++ % LINES_KEPT], LINE_BYTES, format, arguments);
    } else {
        (void)vprintf(format, arguments);
    }
    va_end(arguments);
}

void sim_print_lines(void)
{
    unsigned first = line_count > LINES_KEPT ? line_count - LINES_KEPT : 0;

    if (first > 0) {
        printf("... %u lines before\n", first);
    }
    for (unsigned i = first; i < line_count; i++) {
        printf("%s", lines[i % LINES_KEPT]);
    }
}

void sim_keep_lines(bool keep)
{
    keep_lines = keep;
}
