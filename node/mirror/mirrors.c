#include "mirrors.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "log.h"

enum {
    LOOK_EVERY_MS = 1000,
    NOTE_EVERY_MS = 60000, /* in the store, while nothing but the position changes */
    ROUND_MS_MAX = 60000,  /* longer than that the database holds it up */
    BACKOFF_MS = 1000,
    BACKOFF_MS_MAX = 60000,
    ENDING_MAX = 16, /* threads that somebody's database or disk holds */
    REAP_EVERY_MS = 100,
    TRY_EVERY_MS = 20,   /* while somebody waits for an answer */
    STOP_WAIT_MS = 5000, /* for them, when the node ends */
    STOP_STEP_MS = 10,
};

struct item {
    struct fl_mirror_settings settings;
    struct fl_mirror *mirror;
    pthread_t thread;
    atomic_bool cancel;
    atomic_bool is_done;  /* the thread has nothing more to do */
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t wake;
    uint64_t poked;  /* how often */
    uint64_t served; /* of them, by the round that goes on */
    struct fl_mirror_state state;
    /* The loop's. */
    enum fl_mirror_condition told;
    uint64_t noted_ms;
    uint64_t noted_lsn;
    uint64_t unreadable_told;
    struct item *next; /* of those that end */
};

struct fl_mirrors {
    struct fl_node *node;
    bool is_read;
    uint64_t revision; /* of the node, when they were read */
    struct item **items;
    size_t count;
    struct item *ending; /* told to end; gone as soon as their threads are done */
    size_t ending_count;
    struct fl_mirror_trials *trials;
    uint64_t due_ms;
};

uint64_t fl_mirror_lag_seconds(const struct fl_mirror_state *state, int64_t now_ms)
{
    int64_t since_ms = state->level_ms != 0 ? state->level_ms : state->since_ms;
    uint64_t age_ms =
        since_ms == 0 || now_ms < since_ms ? 0 : (uint64_t)(now_ms - since_ms);
    bool is_in_time = state->condition == FL_MIRROR_LEVEL &&
                      (state->level_ms == 0 || age_ms <= state->poll_ms + ROUND_MS_MAX);
    return is_in_time ? 0 : age_ms / 1000;
}

uint64_t fl_mirror_lag_entries(const struct fl_mirror_state *state)
{
    const struct fl_mirror_progress *progress = &state->progress;
    return progress->head > progress->lsn ? progress->head - progress->lsn : 0;
}

/* -- the thread -- */

static void set_condition(struct fl_mirror_state *state, enum fl_mirror_condition now)
{
    if (state->condition != now) {
        state->condition = now;
        state->since_ms = fl_node_now_ms();
    }
}

static void note(
    struct item *item,
    enum fl_status status,
    bool more,
    const struct fl_error *error)
{
    struct fl_mirror_state *state = &item->state;
    (void)pthread_mutex_lock(&item->lock);
    state->progress = *fl_mirror_progress(item->mirror);
    state->failures = status == FL_OK ? 0 : state->failures + 1;
    state->words[0] = '\0';
    if (status != FL_OK) {
        snprintf(state->words, sizeof state->words, "%s", error->text);
        set_condition(state, FL_MIRROR_TROUBLE);
    } else {
        set_condition(state, more ? FL_MIRROR_FILLING : FL_MIRROR_LEVEL);
    }
    if (status == FL_OK && !more) {
        state->level_ms = fl_node_now_ms();
    }
    if (status != FL_OK || !more) {
        state->answered = item->served;
    }
    (void)pthread_mutex_unlock(&item->lock);
}

static void wait_for(struct item *item, uint64_t wait_ms)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)(wait_ms / 1000);
    until.tv_nsec += (long)(wait_ms % 1000) * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    (void)pthread_mutex_lock(&item->lock);
    int result = 0;
    while (item->poked == item->served && !atomic_load(&item->cancel) &&
           result != ETIMEDOUT) {
        result = pthread_cond_timedwait(&item->wake, &item->lock, &until);
    }
    (void)pthread_mutex_unlock(&item->lock);
}

/* A round answers whoever has asked before it begins. */
static void begin_round(struct item *item)
{
    (void)pthread_mutex_lock(&item->lock);
    if (item->poked != item->served) {
        fl_mirror_look_at_branches(item->mirror);
    }
    item->served = item->poked;
    (void)pthread_mutex_unlock(&item->lock);
}

static uint64_t backoff_ms(uint64_t failures)
{
    uint64_t wait_ms = BACKOFF_MS;
    for (uint64_t i = 1; i < failures && wait_ms < BACKOFF_MS_MAX; i++) {
        wait_ms *= 2;
    }
    return wait_ms < BACKOFF_MS_MAX ? wait_ms : BACKOFF_MS_MAX;
}

static void *work(void *context)
{
    struct item *item = context;
    bool more = false;
    while (!atomic_load(&item->cancel)) {
        struct fl_error error = {.status = FL_OK};
        if (!more) {
            begin_round(item);
        }
        enum fl_status status = fl_mirror_step(item->mirror, &more, &error);
        more = more && status == FL_OK;
        note(item, status, more, &error);
        if (status != FL_OK) {
            wait_for(item, backoff_ms(item->state.failures));
        } else if (!more) {
            wait_for(item, item->settings.poll_ms);
        }
    }
    fl_mirror_free(item->mirror);
    item->mirror = NULL;
    atomic_store(&item->is_done, true);
    return NULL;
}

/* -- starting and ending -- */

static void free_item(struct item *item)
{
    fl_mirror_free(item->mirror);
    (void)pthread_cond_destroy(&item->wake);
    (void)pthread_mutex_destroy(&item->lock);
    fl_free(item);
}

/* Its thread is not waited for: a database may hold it for long. */
static void end_item(struct fl_mirrors *mirrors, struct item *item)
{
    atomic_store(&item->cancel, true);
    (void)pthread_mutex_lock(&item->lock);
    (void)pthread_cond_signal(&item->wake);
    (void)pthread_mutex_unlock(&item->lock);
    item->next = mirrors->ending;
    mirrors->ending = item;
    mirrors->ending_count++;
}

static void reap(struct fl_mirrors *mirrors)
{
    struct item **at = &mirrors->ending;
    while (*at != NULL) {
        struct item *item = *at;
        if (!atomic_load(&item->is_done)) {
            at = &item->next;
            continue;
        }
        *at = item->next;
        mirrors->ending_count--;
        (void)pthread_join(item->thread, NULL);
        free_item(item);
    }
}

static struct item *start_item(
    struct fl_node *node,
    struct fl_txn *txn,
    const struct fl_mirror_settings *settings)
{
    pthread_condattr_t attributes;
    struct item *item = fl_alloc_zeroed(1, sizeof *item);
    if (item == NULL) {
        return NULL;
    }
    item->settings = *settings;
    fl_mirror_state_get(txn, settings->code, &item->state);
    item->state.poll_ms = settings->poll_ms;
    item->told = item->state.condition;
    item->noted_lsn = item->state.progress.lsn;
    item->state.since_ms = fl_node_now_ms();
    (void)pthread_mutex_init(&item->lock, NULL);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&item->wake, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    const struct fl_mirror_options options = {
        .store = node->store,
        .identity = *node->identity,
        .url = item->settings.url,
        .password_file = item->settings.password_file,
        .schema = {settings->is_latin, settings->is_partitioned},
        .batch_objects = settings->batch_objects,
        .lsn = item->state.progress.lsn,
        .cancel = &item->cancel};
    item->mirror = fl_mirror_new(&options);
    if (item->mirror == NULL || pthread_create(&item->thread, NULL, work, item) != 0) {
        free_item(item);
        return NULL;
    }
    return item;
}

/* What is left then sits in a call of the system, and ends with the process. */
static void wait_for_ends(struct fl_mirrors *mirrors)
{
    const struct timespec step = {.tv_nsec = STOP_STEP_MS * 1000000L};
    reap(mirrors);
    for (int i = 0; mirrors->ending != NULL && i < STOP_WAIT_MS / STOP_STEP_MS; i++) {
        (void)nanosleep(&step, NULL);
        reap(mirrors);
    }
    for (struct item *item = mirrors->ending; item != NULL; item = item->next) {
        fl_log(FL_LOG_WARN, FL_LOG_EVENT_MIRROR_LEFT, "mirror=%s", item->settings.code);
        (void)pthread_detach(item->thread);
    }
}

static void keep_state(
    struct fl_mirrors *mirrors,
    struct item *item,
    const struct fl_mirror_state *state)
{
    struct fl_txn txn;
    fl_txn_begin(&txn, mirrors->node->store, FL_TXN_KEEP);
    fl_mirror_state_put(&txn, item->settings.code, state);
    (void)fl_txn_commit(&txn);
}

/* Else the next start knows only what stood there up to a minute ago. */
static void keep_last(struct fl_mirrors *mirrors, struct item *item)
{
    struct fl_mirror_state state;
    if (fl_mirrors_look(mirrors, item->settings.code, &state) == FL_OK &&
        (state.condition != item->told || state.progress.lsn != item->noted_lsn)) {
        keep_state(mirrors, item, &state);
    }
}

void fl_mirrors_free(struct fl_mirrors *mirrors)
{
    if (mirrors == NULL) {
        return;
    }
    for (size_t i = 0; i < mirrors->count; i++) {
        keep_last(mirrors, mirrors->items[i]);
        end_item(mirrors, mirrors->items[i]);
    }
    if (mirrors->trials != NULL) {
        fl_mirror_trials_stop(mirrors->trials);
    }
    wait_for_ends(mirrors);
    fl_mirror_trials_free(mirrors->trials);
    fl_free(mirrors->items);
    fl_free(mirrors);
}

struct fl_mirrors *fl_mirrors_new(struct fl_node *node)
{
    struct fl_mirrors *mirrors = fl_alloc_zeroed(1, sizeof *mirrors);
    if (mirrors == NULL) {
        return NULL;
    }
    mirrors->node = node;
    mirrors->trials = fl_mirror_trials_new();
    if (mirrors->trials == NULL) {
        fl_mirrors_free(mirrors);
        return NULL;
    }
    return mirrors;
}

static struct item *find(const struct fl_mirrors *mirrors, const char *code)
{
    for (size_t i = 0; i < mirrors->count; i++) {
        if (strcmp(mirrors->items[i]->settings.code, code) == 0) {
            return mirrors->items[i];
        }
    }
    return NULL;
}

static bool is_equal(
    const struct fl_mirror_settings *a,
    const struct fl_mirror_settings *b)
{
    return strcmp(a->url, b->url) == 0 &&
           strcmp(a->password_file, b->password_file) == 0 &&
           a->is_latin == b->is_latin && a->is_partitioned == b->is_partitioned &&
           a->poll_ms == b->poll_ms && a->batch_objects == b->batch_objects;
}

static void drop_changed(struct fl_mirrors *mirrors, struct fl_txn *txn)
{
    struct fl_mirror_settings settings;
    size_t kept = 0;
    for (size_t i = 0; i < mirrors->count; i++) {
        struct item *item = mirrors->items[i];
        if (fl_mirror_settings_get(txn, item->settings.code, &settings) == FL_OK &&
            is_equal(&settings, &item->settings)) {
            mirrors->items[kept++] = item;
        } else {
            end_item(mirrors, item);
        }
    }
    mirrors->count = kept;
}

static void start_new(struct fl_mirrors *mirrors, struct fl_txn *txn)
{
    struct fl_mirror_settings settings;
    const char *after = NULL;
    while (fl_mirror_settings_next(txn, after, &settings) == FL_OK) {
        after = settings.code;
        bool is_there = find(mirrors, settings.code) != NULL;
        bool is_held = !is_there && mirrors->ending_count >= ENDING_MAX;
        struct item *item =
            is_there || is_held ? NULL : start_item(mirrors->node, txn, &settings);
        mirrors->is_read = mirrors->is_read && !is_held;
        struct item **items =
            item == NULL
                ? NULL
                : fl_realloc(mirrors->items, (mirrors->count + 1) * sizeof *items);
        if (items != NULL) {
            mirrors->items = items;
            items[mirrors->count++] = item;
        } else if (item != NULL) {
            end_item(mirrors, item);
        }
    }
}

static void read_all(struct fl_mirrors *mirrors)
{
    struct fl_txn txn;
    fl_txn_begin(&txn, mirrors->node->store, FL_TXN_READ);
    mirrors->is_read = true;
    drop_changed(mirrors, &txn);
    start_new(mirrors, &txn);
    fl_txn_abort(&txn);
    mirrors->revision = mirrors->node->revision;
}

/* -- telling -- */

static void tell(struct fl_mirrors *mirrors, struct item *item, uint64_t now_ms)
{
    struct fl_mirror_state state;
    if (fl_mirrors_look(mirrors, item->settings.code, &state) != FL_OK) {
        return;
    }
    bool is_other = state.condition != item->told;
    if (is_other) {
        fl_log(
            state.condition == FL_MIRROR_TROUBLE ? FL_LOG_ERROR : FL_LOG_INFO,
            FL_LOG_EVENT_MIRROR_STATE, "mirror=%s state=%s lsn=%llu head=%llu error=%s",
            item->settings.code, fl_mirror_condition_name(state.condition),
            (unsigned long long)state.progress.lsn,
            (unsigned long long)state.progress.head, fl_log_value(state.words).text);
    }
    if (state.progress.unreadable > item->unreadable_told) {
        fl_log(
            FL_LOG_ERROR, FL_LOG_EVENT_MIRROR_UNREADABLE, "mirror=%s objects=%llu",
            item->settings.code, (unsigned long long)state.progress.unreadable);
    }
    item->unreadable_told = state.progress.unreadable;
    if (is_other || (state.progress.lsn != item->noted_lsn &&
                     now_ms >= item->noted_ms + NOTE_EVERY_MS)) {
        keep_state(mirrors, item, &state);
        item->noted_ms = now_ms;
        item->noted_lsn = state.progress.lsn;
    }
    item->told = state.condition;
}

void fl_mirrors_serve(struct fl_mirrors *mirrors, uint64_t now_ms)
{
    bool is_held = mirrors->ending_count >= ENDING_MAX;
    bool is_new =
        mirrors->node->home == FL_HOME_OURS &&
        (mirrors->revision != mirrors->node->revision || (!mirrors->is_read && !is_held));
    if (now_ms < mirrors->due_ms && !is_new) {
        return;
    }
    reap(mirrors);
    bool is_trying = fl_mirror_trials_serve(mirrors->trials, now_ms);
    if (is_new) {
        read_all(mirrors);
    }
    for (size_t i = 0; i < mirrors->count; i++) {
        tell(mirrors, mirrors->items[i], now_ms);
    }
    mirrors->due_ms = is_trying                 ? now_ms + TRY_EVERY_MS
                      : mirrors->ending != NULL ? now_ms + REAP_EVERY_MS
                      : mirrors->count > 0      ? now_ms + LOOK_EVERY_MS
                                                : UINT64_MAX;
}

uint64_t fl_mirrors_due_ms(const struct fl_mirrors *mirrors)
{
    return mirrors->due_ms == 0 ? UINT64_MAX : mirrors->due_ms;
}

enum fl_status fl_mirrors_look(
    struct fl_mirrors *mirrors,
    const char *code,
    struct fl_mirror_state *out_state)
{
    struct item *item = find(mirrors, code);
    if (item == NULL) {
        return FL_NOT_FOUND;
    }
    (void)pthread_mutex_lock(&item->lock);
    *out_state = item->state;
    (void)pthread_mutex_unlock(&item->lock);
    return FL_OK;
}

struct fl_mirror_trials *fl_mirrors_trials(struct fl_mirrors *mirrors)
{
    mirrors->due_ms = 1; /* look at them in this turn of the loop already */
    return mirrors->trials;
}

const char *fl_mirrors_at(const struct fl_mirrors *mirrors, size_t index)
{
    return index < mirrors->count ? mirrors->items[index]->settings.code : NULL;
}

uint64_t fl_mirrors_poke(struct fl_mirrors *mirrors, const char *code)
{
    struct item *item = find(mirrors, code);
    if (item == NULL) {
        return 0;
    }
    (void)pthread_mutex_lock(&item->lock);
    uint64_t poked = ++item->poked;
    (void)pthread_cond_signal(&item->wake);
    (void)pthread_mutex_unlock(&item->lock);
    return poked;
}
