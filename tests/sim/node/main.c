/*
 * `sim_node COUNT FIRST` runs seeds, `sim_node --trace SEED [--without STEPS]` narrates
 * one, and with `--loud` in its place with all that the nodes log; `sim_node --hunt
 * COUNT` ends with the first that fails. A seed that fails is run again without as many
 * of its steps as it can do without, and told.
 */

#include "sim.h"

#include <sys/wait.h>

enum {
    SEEDS_DEFAULT = 100,
    SEEDS_ALL_FACTOR = 20,
    FAILURE_BYTES = 1000,
    SECONDS_MAX = 120
};

static char scratch[] = "/dev/shm/filial-sim-XXXXXX";
static bool without[SIM_STEPS];
static bool is_loud;

static uint64_t run_seed(uint64_t seed)
{
    struct sim *sim = sim_new(seed);
    for (unsigned i = 0; i < SIM_STEPS; i++) {
        if (!without[i]) {
            sim_step(sim, seed, i);
        }
        if (i % 8 == 7) {
            sim_check_store(sim, (int)(i / 8 % sim->tree->count));
        }
    }
    sim->fair = true;
    sim_settle(sim);
    sim_judge_size(sim);
    sim_free(sim);
    return sim_trace_hash();
}

/* Where the log goes: to the parent, or between the lines of the narration. */
static void open_log(int end, bool narrates)
{
    (void)dup2(narrates && is_loud ? STDOUT_FILENO : end, STDERR_FILENO);
    if (narrates && is_loud) {
        (void)setvbuf(stdout, NULL, _IONBF, 0);
        fl_log_set_level(FL_LOG_DEBUG);
    }
}

/* What the process of a seed logs and says, as much as there is room for. */
static void read_words(int end, char out_text[FAILURE_BYTES])
{
    size_t used = 0;
    ssize_t size;
    char more[256];
    while ((size = read(end, more, sizeof more)) > 0) {
        size_t room = FAILURE_BYTES - 1 - used;
        size_t take = (size_t)size < room ? (size_t)size : room;
        memcpy(out_text + used, more, take);
        used += take;
    }
    out_text[used] = '\0';
}

/* The hash goes its own way: beside it, nodes may log. */
_Noreturn static void be_seed(uint64_t seed, bool narrates, int words_end, int hash_end)
{
    open_log(words_end, narrates);
    (void)close(words_end);
    (void)alarm(SECONDS_MAX);
    sim_tell(narrates);
    uint64_t hash = run_seed(seed);
    (void)fflush(stdout);
    _exit(write(hash_end, &hash, sizeof hash) == (ssize_t)sizeof hash ? 0 : 3);
}

/*
 * In a process of its own. True: it was good, with its hash; else what was wrong, in
 * words.
 */
static bool try_seed(uint64_t seed, bool narrates, uint64_t *out_hash, char *out_failure)
{
    int words[2];
    int hashes[2];
    char text[FAILURE_BYTES];
    int status = 0;
    (void)fflush(stdout);
    if (pipe(words) != 0 || pipe(hashes) != 0) {
        sim_fail("no pipe");
    }
    pid_t child = fork();
    if (child == 0) {
        (void)close(words[0]);
        (void)close(hashes[0]);
        be_seed(seed, narrates, words[1], hashes[1]);
    }
    (void)close(words[1]);
    (void)close(hashes[1]);
    read_words(words[0], text);
    bool is_hashed = read(hashes[0], out_hash, sizeof *out_hash) == sizeof *out_hash;
    (void)close(words[0]);
    (void)close(hashes[0]);
    (void)waitpid(child, &status, 0);
    bool good = is_hashed && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    (void)snprintf(
        out_failure, FAILURE_BYTES, "%s",
        good           ? ""
        : text[0] != 0 ? text
                       : "it ended without a word");
    return good;
}

static bool fails(uint64_t seed)
{
    char failure[FAILURE_BYTES];
    uint64_t hash;
    return !try_seed(seed, /* narrates= */ false, &hash, failure);
}

static void shrink(uint64_t seed)
{
    for (unsigned size = SIM_STEPS / 2; size > 0; size /= 2) {
        for (unsigned at = 0; at < SIM_STEPS; at += size) {
            bool before[SIM_STEPS];
            memcpy(before, without, sizeof before);
            for (unsigned i = at; i < at + size && i < SIM_STEPS; i++) {
                without[i] = true;
            }
            if (memcmp(before, without, sizeof before) != 0 && !fails(seed)) {
                memcpy(without, before, sizeof before);
            }
        }
    }
}

static void tell_failure(uint64_t seed)
{
    char failure[FAILURE_BYTES];
    uint64_t hash;
    shrink(seed);
    (void)try_seed(seed, /* narrates= */ true, &hash, failure);
    printf("seed %llu: %s\n", (unsigned long long)seed, failure);
    printf("replay: sim_node --trace %llu --without ", (unsigned long long)seed);
    for (unsigned i = 0; i < SIM_STEPS; i++) {
        putchar(without[i] ? '1' : '0');
    }
    putchar('\n');
    memset(without, 0, sizeof without);
}

static int run_seeds(uint64_t count, uint64_t first)
{
    char failure[FAILURE_BYTES];
    uint64_t failing = 0;
    uint64_t all = 0;
    for (uint64_t seed = first; seed < first + count; seed++) {
        uint64_t hash = 0;
        uint64_t again = 0;
        bool good = try_seed(seed, /* narrates= */ false, &hash, failure);
        /* A trace that differs from run to run would make every failure a riddle. */
        if (good && seed % 16 == 0 &&
            (!try_seed(seed, /* narrates= */ false, &again, failure) || again != hash)) {
            printf("seed %llu did not replay\n", (unsigned long long)seed);
            return 2;
        }
        all = all * 31 + hash;
        if (!good) {
            printf("seed %llu: %s\n", (unsigned long long)seed, failure);
            if (failing++ == 0) {
                tell_failure(seed);
            }
        }
    }
    printf(
        "%llu seeds, %llu failing; trace %016llx\n", (unsigned long long)count,
        (unsigned long long)failing, (unsigned long long)all);
    return failing > 0;
}

/* Until a seed fails. */
static int hunt(uint64_t count)
{
    char failure[FAILURE_BYTES];
    uint64_t hash;
    for (uint64_t seed = 1; seed <= count; seed++) {
        if (!try_seed(seed, /* narrates= */ false, &hash, failure)) {
            const char *words = strstr(failure, "FAILED");
            words = words == NULL ? failure : words;
            printf(
                "seed %llu: %.*s\n", (unsigned long long)seed, (int)strcspn(words, "\n"),
                words);
            return 1;
        }
    }
    return 0;
}

static int trace_seed(uint64_t seed, const char *steps)
{
    char failure[FAILURE_BYTES];
    uint64_t hash;
    for (unsigned i = 0; i < SIM_STEPS && steps[i] != '\0'; i++) {
        without[i] = steps[i] == '1';
    }
    bool good = try_seed(seed, /* narrates= */ true, &hash, failure);
    if (good) {
        printf(
            "seed %llu: good, %016llx\n", (unsigned long long)seed,
            (unsigned long long)hash);
    } else {
        printf("seed %llu: %s\n", (unsigned long long)seed, failure);
    }
    return !good;
}

static int run_command(int count, char **words)
{
    const char *all = getenv("FILIAL_TEST_ALL");
    uint64_t factor = all != NULL && strcmp(all, "1") == 0 ? SEEDS_ALL_FACTOR : 1;
    uint64_t seeds = SEEDS_DEFAULT;
    is_loud = count >= 3 && strcmp(words[1], "--loud") == 0;
    if (count >= 3 && (is_loud || strcmp(words[1], "--trace") == 0)) {
        return trace_seed(strtoull(words[2], NULL, 10), count > 4 ? words[4] : "");
    }
    if (count == 3 && strcmp(words[1], "--hunt") == 0) {
        return hunt(strtoull(words[2], NULL, 10));
    }
    seeds = count > 1 ? strtoull(words[1], NULL, 10) : seeds;
    return run_seeds(seeds * factor, count > 2 ? strtoull(words[2], NULL, 10) : 1);
}

int main(int count, char **words)
{
    char command[64];
    fl_log_set_level(FL_LOG_ERROR);
    if (mkdtemp(scratch) == NULL) {
        perror(scratch);
        return 2;
    }
    sim_prepare(scratch);
    int result = run_command(count, words);
    sim_deinit();
    (void)snprintf(command, sizeof command, "rm -rf '%s'", scratch);
    return system(command) == 0 ? result : 2;
}
