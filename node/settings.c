#include "settings.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "change/near.h"
#include "file.h"
#include "language.h"

enum { FILE_BYTES_MAX = 1 << 20, VALUE_TEXT_BYTES = 300 };

#define KIB UINT64_C(1024)
#define MIB (KIB * KIB)
#define GIB (MIB * KIB)

enum setting_type {
    TYPE_TEXT,
    TYPE_ADDRESS,
    TYPE_LISTEN,
    TYPE_DURATION,
    TYPE_SIZE,
    TYPE_COUNT,
    TYPE_YES_NO,
    TYPE_WINDOW,
    TYPE_LEVEL,
    TYPE_STYLE,
};

struct setting {
    const char *key;
    enum setting_type type;
    size_t offset;
    const char *fallback; /* as one would write it */
    uint64_t least;
    uint64_t most;
    bool reloads;
    const char *help;
};

#define AT(member) offsetof(struct fl_settings, member)

static const struct setting TABLE[] = {
    {"endpoint", TYPE_ADDRESS, AT(endpoint), "", 0, 0, false,
     N_("Where this node listens for its children, tcp://ADDRESS:PORT; port * takes a "
        "free one. Empty: it does not listen.")},
    {"enrolment_endpoint", TYPE_ADDRESS, AT(enrolment_endpoint), "", 0, 0, false,
     N_("Where new nodes join with an invitation; another port than endpoint.")},
    {"advertised_endpoint", TYPE_ADDRESS, AT(advertised_endpoint), "", 0, 0, true,
     N_("The address that invitations name for endpoint, when children reach it under "
        "another one (a router, a name).")},
    {"advertised_enrolment_endpoint", TYPE_ADDRESS, AT(advertised_enrolment), "", 0, 0,
     true, N_("The same for enrolment_endpoint.")},
    {"sync_interval", TYPE_DURATION, AT(sync_interval_ms), "1m", 100,
     UINT64_C(7) * 24 * 3600 * 1000, true,
     N_("How often this node synchronises with its parent by itself.")},
    {"sync_window", TYPE_WINDOW, AT(sync_window), "always", 0, 0, true,
     N_("When synchronisation may start each day, HH:MM-HH:MM of local time, or "
        "always.")},
    {"log_level", TYPE_LEVEL, AT(log_level), "info", 0, 0, true,
     N_("What goes to the log: error, warn, info or debug, each with those before it.")},
    {"log_format", TYPE_STYLE, AT(log_style), "auto", 0, 0, true,
     N_("How it is written: text, json (one object a line), or auto: fields of the "
        "journal under systemd, text elsewhere.")},
    {"map_size", TYPE_SIZE, AT(map_bytes), "16GiB", 16 * MIB, 4096 * GIB, false,
     N_("The largest size of the store. It is address space, not memory; the file grows "
        "with what is in it.")},
    {"ballast", TYPE_SIZE, AT(ballast_bytes), "64MiB", 0, 4 * GIB, false,
     N_("Kept on the disk to be given up when it is full, so that a full node can still "
        "confirm and prune.")},
    {"allow_any_file_system", TYPE_YES_NO, AT(allow_any_file_system), "no", 0, 0, false,
     N_("Take a file system other than ext4 and xfs. Others may end the process when "
        "the disk is full.")},
    {"chunk_size", TYPE_SIZE, AT(chunk_bytes), "32KiB", 4 * KIB, 256 * KIB, true,
     N_("Pieces that messages travel in, before they are compressed: what a line loses "
        "when it is cut. Small ones cost a little more.")},
    {"message_size", TYPE_SIZE, AT(message_bytes), "1MiB", 64 * KIB, 4 * MIB, true,
     N_("Where a message ends if it can; only a larger source transaction makes it "
        "larger.")},
    {"commit_size", TYPE_SIZE, AT(commit_bytes), "4MiB", 64 * KIB, 16 * MIB, true,
     N_("How much of what arrives is gathered into one commit of the store.")},
    {"commit_wait", TYPE_DURATION, AT(commit_wait_ms), "5ms", 0, 1000, true,
     N_("How long arriving messages wait for others to share a commit with.")},
    {"quarantine_max", TYPE_COUNT, AT(quarantine_max), "10000", 1, 10000000, true,
     N_("Objects in quarantine above which nothing more is taken from peers, until "
        "somebody has looked.")},
    {"hold_share", TYPE_COUNT, AT(hold_share), "30", 1, 100, true,
     N_("A child that changes or deletes more than so many percent of the objects here "
        "in "
        "one go is held until an operator has released it. 100: never.")},
    {"hold_objects", TYPE_COUNT, AT(hold_objects), "10000", 1, 1000000000, true,
     N_("Fewer changes than that are never held, whatever their share is.")},
    {"machine_file", TYPE_TEXT, AT(machine_file), "/etc/machine-id", 0, 0, false,
     N_("The text of this file names the machine, so that a store that was copied to "
        "another one is noticed. In a container name one of the host.")},
    {"key_overlap", TYPE_DURATION, AT(key_overlap_ms), "30d", UINT64_C(60000),
     UINT64_C(365) * 24 * 3600 * 1000, true,
     N_("When another node changes its keys, its former ones are accepted so long at "
        "most.")},
    {"key_overlap_messages", TYPE_COUNT, AT(key_overlap_messages), "16", 1, 1000000, true,
     N_("And no longer than for so many of its messages under its new keys.")},
    {"rounds_max", TYPE_COUNT, AT(rounds_max), "10000", 1, 1000000, true,
     N_("Rounds of children at the same time. More of them, as after an outage, are told "
        "when to come again; each takes some 30 KiB of memory and a share of the line.")},
    {"peer_horizon", TYPE_DURATION, AT(peer_horizon_ms), "90d", UINT64_C(3600000),
     UINT64_C(3650) * 24 * 3600 * 1000, true,
     N_("How long a node may be away before nothing waits for it, and how long what was "
        "deleted is remembered. Whoever comes back later is compared and loses "
        "nothing.")},
    {"history_keep", TYPE_DURATION, AT(history_keep_ms), "30d", 0,
     UINT64_C(3650) * 24 * 3600 * 1000, true,
     N_("How long is kept what an object was before it changed, and how each change "
        "came. "
        "`filial object keep` sets another time for a type. 0: no history.")},
    {"history_size", TYPE_SIZE, AT(history_bytes), "1GiB", 0, 4096 * GIB, true,
     N_("How much of the store the history may take; above it the oldest goes first.")},
    {"http_endpoint", TYPE_LISTEN, AT(http_endpoint), "", 0, 0, false,
     N_("Where this node serves HTTP, ADDRESS:PORT as 127.0.0.1:7480; port * takes a "
        "free one. Empty: it does not. Anything but loopback needs http_certificate.")},
    {"http_certificate", TYPE_TEXT, AT(http_certificate), "", 0, 0, false,
     N_("File of the certificate (PEM, the chain behind it): HTTP is served with TLS.")},
    {"http_key", TYPE_TEXT, AT(http_key), "", 0, 0, false,
     N_("File of the certificate's secret key (PEM), readable by its owner alone.")},
    {"http_directory", TYPE_TEXT, AT(http_directory), "", 0, 0, false,
     N_("Directory of the files of the web page. Empty: those that were installed.")},
    {"http_body", TYPE_SIZE, AT(http_body_bytes), "16MiB", 64 * KIB, 64 * MIB, true,
     N_("The largest request of HTTP; a batch of changes is one request.")},
    {"http_connections", TYPE_COUNT, AT(http_connections), "256", 1, 10000, false,
     N_("Connections of HTTP at the same time, those that wait for news too.")},
    {"http_metrics_open", TYPE_YES_NO, AT(http_metrics_open), "no", 0, 0, true,
     N_("Give /metrics without a token.")},
    {"fault", TYPE_TEXT, AT(fault), "", 0, 0, false,
     N_("For drills only: \"cut-message N\", \"repeat-message N\" or \"exit-apply N\" "
        "does that once, at the Nth message.")},
};

enum { SETTING_COUNT = sizeof TABLE / sizeof TABLE[0] };

struct unit {
    const char *suffix;
    uint64_t factor;
};

static const struct unit DURATIONS[] =
    {{"d", UINT64_C(86400000)}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};
static const struct unit SIZES[] = {{"GiB", GIB}, {"MiB", MIB}, {"KiB", KIB}, {"", 1}};
static const struct unit COUNTS[] = {{"", 1}};
static const char *const LEVELS[] = {"error", "warn", "info", "debug"};
static const char *const STYLES[] = {"auto", "text", "json"};

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r';
}

static struct fl_bytes trimmed(struct fl_bytes text)
{
    while (text.size > 0 && is_blank(text.data[0])) {
        text.data++;
        text.size--;
    }
    while (text.size > 0 && is_blank(text.data[text.size - 1])) {
        text.size--;
    }
    return text;
}

static bool equals(struct fl_bytes text, const char *word)
{
    return fl_bytes_equal(text, fl_bytes_of_text(word));
}

/* Digits and a unit of `units`; false when it is not that or too large. */
static bool parse_quantity(
    struct fl_bytes text,
    const struct unit *units,
    size_t unit_count,
    uint64_t *out_value)
{
    uint64_t number = 0;
    size_t digits = 0;
    while (digits < text.size && text.data[digits] >= '0' && text.data[digits] <= '9') {
        if (number > UINT64_MAX / 100) {
            return false;
        }
        number = number * 10 + (uint64_t)(text.data[digits++] - '0');
    }
    struct fl_bytes suffix = {text.data + digits, text.size - digits};
    suffix = trimmed(suffix);
    for (size_t i = 0; digits > 0 && i < unit_count; i++) {
        bool is_zero = number == 0 && suffix.size == 0;
        if (equals(suffix, units[i].suffix) || is_zero) {
            *out_value = number * units[i].factor;
            return number <= UINT64_MAX / units[i].factor;
        }
    }
    return false;
}

static bool parse_clock(struct fl_bytes text, uint32_t *out_minute)
{
    if (text.size != 5 || text.data[2] != ':') {
        return false;
    }
    unsigned digits[4] = {
        (unsigned)text.data[0] - '0', (unsigned)text.data[1] - '0',
        (unsigned)text.data[3] - '0', (unsigned)text.data[4] - '0'};
    for (size_t i = 0; i < 4; i++) {
        if (digits[i] > 9) {
            return false;
        }
    }
    unsigned hour = digits[0] * 10 + digits[1];
    unsigned minute = digits[2] * 10 + digits[3];
    *out_minute = hour * 60 + minute;
    return (hour < 24 && minute < 60) || (hour == 24 && minute == 0);
}

static bool parse_window(struct fl_bytes text, struct fl_settings_window *out_window)
{
    if (equals(text, "always")) {
        *out_window = (struct fl_settings_window){0};
        return true;
    }
    if (text.size != 11 || text.data[5] != '-') {
        return false;
    }
    struct fl_bytes from = {text.data, 5};
    struct fl_bytes to = {text.data + 6, 5};
    return parse_clock(from, &out_window->from_minute) &&
           parse_clock(to, &out_window->to_minute) &&
           out_window->from_minute != out_window->to_minute;
}

/* tcp://HOST:PORT, or ipc:// for tests on one machine. */
static bool is_address(struct fl_bytes text)
{
    if (text.size == 0) {
        return true;
    }
    if (text.size > 6 && memcmp(text.data, "ipc://", 6) == 0) {
        return true;
    }
    if (text.size < 9 || memcmp(text.data, "tcp://", 6) != 0) {
        return false;
    }
    size_t colon = text.size;
    while (colon > 6 && text.data[colon - 1] != ':') {
        colon--;
    }
    struct fl_bytes port = {text.data + colon, text.size - colon};
    if (colon < 8 || port.size == 0) {
        return false;
    }
    unsigned number = 0;
    for (size_t i = 0; i < port.size && !equals(port, "*"); i++) {
        if (port.data[i] < '0' || port.data[i] > '9' || port.size > 5) {
            return false;
        }
        number = number * 10 + (unsigned)(port.data[i] - '0');
    }
    return number <= 65535;
}

/* ADDRESS:PORT or [ADDRESS]:PORT. */
static bool is_listen(struct fl_bytes text)
{
    size_t colon = text.size;
    while (colon > 0 && text.data[colon - 1] != ':') {
        colon--;
    }
    struct fl_bytes port = {text.data + colon, text.size - colon};
    unsigned number = 0;
    for (size_t i = 0; i < port.size && !equals(port, "*"); i++) {
        if (port.data[i] < '0' || port.data[i] > '9' || port.size > 5) {
            return false;
        }
        number = number * 10 + (unsigned)(port.data[i] - '0');
    }
    return text.size == 0 || (colon > 1 && port.size > 0 && number <= 65535);
}

static const char *describe_type(const struct setting *setting)
{
    switch (setting->type) {
    case TYPE_TEXT:
        return _("text");
    case TYPE_ADDRESS:
        return _("an address as tcp://ADDRESS:PORT, or nothing");
    case TYPE_LISTEN:
        return _("ADDRESS:PORT as 127.0.0.1:7480, or nothing");
    case TYPE_DURATION:
        return _("a duration as 250ms, 10s, 5m, 2h or 1d");
    case TYPE_SIZE:
        return _("a size as 4096, 64KiB, 16MiB or 1GiB");
    case TYPE_COUNT:
        return _("a whole number");
    case TYPE_YES_NO:
        return _("yes or no");
    case TYPE_WINDOW:
        return _("HH:MM-HH:MM or always");
    case TYPE_LEVEL:
        return _("error, warn, info or debug");
    case TYPE_STYLE:
        return _("auto, text or json");
    }
    return "";
}

static bool is_bounded(const struct setting *setting)
{
    return setting->type == TYPE_DURATION || setting->type == TYPE_SIZE ||
           setting->type == TYPE_COUNT;
}

static void *place_of(struct fl_settings *settings, const struct setting *setting)
{
    return (char *)settings + setting->offset;
}

static const void *value_of(
    const struct fl_settings *settings,
    const struct setting *setting)
{
    return (const char *)settings + setting->offset;
}

static bool parse_text(struct fl_bytes text, char *out_text)
{
    if (text.size >= FL_SETTING_TEXT_BYTES_MAX || !fl_bytes_are_utf8(text)) {
        return false;
    }
    memcpy(out_text, text.data, text.size);
    out_text[text.size] = '\0';
    return true;
}

static bool parse_word(
    struct fl_bytes text,
    const char *const *words,
    size_t word_count,
    uint64_t *out_index)
{
    for (size_t i = 0; i < word_count; i++) {
        if (equals(text, words[i])) {
            *out_index = i;
            return true;
        }
    }
    return false;
}

static bool parse_yes_no(struct fl_bytes text, bool *out_yes)
{
    *out_yes = equals(text, "yes") || equals(text, "true");
    return *out_yes || equals(text, "no") || equals(text, "false");
}

static bool parse_value(
    const struct setting *setting,
    struct fl_bytes text,
    struct fl_settings *settings)
{
    void *place = place_of(settings, setting);
    switch (setting->type) {
    case TYPE_TEXT:
        return parse_text(text, place);
    case TYPE_ADDRESS:
        return is_address(text) && parse_text(text, place);
    case TYPE_LISTEN:
        return is_listen(text) && parse_text(text, place);
    case TYPE_DURATION:
        return parse_quantity(
            text, DURATIONS, sizeof DURATIONS / sizeof DURATIONS[0], place);
    case TYPE_SIZE:
        return parse_quantity(text, SIZES, sizeof SIZES / sizeof SIZES[0], place);
    case TYPE_COUNT:
        return parse_quantity(text, COUNTS, 1, place);
    case TYPE_YES_NO:
        return parse_yes_no(text, place);
    case TYPE_WINDOW:
        return parse_window(text, place);
    case TYPE_LEVEL:
        return parse_word(text, LEVELS, sizeof LEVELS / sizeof LEVELS[0], place);
    case TYPE_STYLE:
        return parse_word(text, STYLES, sizeof STYLES / sizeof STYLES[0], place);
    }
    return false;
}

static void format_quantity(
    uint64_t value,
    const struct unit *units,
    size_t unit_count,
    char out_text[VALUE_TEXT_BYTES])
{
    for (size_t i = 0; i < unit_count; i++) {
        bool last = i + 1 == unit_count;
        if (last || (value > 0 && value % units[i].factor == 0)) {
            snprintf(
                out_text, VALUE_TEXT_BYTES, "%" PRIu64 "%s", value / units[i].factor,
                units[i].suffix);
            return;
        }
    }
}

static void format_value(
    const struct setting *setting,
    const void *value,
    char out_text[VALUE_TEXT_BYTES])
{
    const struct fl_settings_window *window = value;
    switch (setting->type) {
    case TYPE_TEXT:
    case TYPE_ADDRESS:
    case TYPE_LISTEN:
        snprintf(out_text, VALUE_TEXT_BYTES, "%s", (const char *)value);
        break;
    case TYPE_DURATION:
        format_quantity(
            *(const uint64_t *)value, DURATIONS, sizeof DURATIONS / sizeof DURATIONS[0],
            out_text);
        break;
    case TYPE_SIZE:
        format_quantity(
            *(const uint64_t *)value, SIZES, sizeof SIZES / sizeof SIZES[0], out_text);
        break;
    case TYPE_COUNT:
        format_quantity(*(const uint64_t *)value, COUNTS, 1, out_text);
        break;
    case TYPE_YES_NO:
        snprintf(out_text, VALUE_TEXT_BYTES, "%s", *(const bool *)value ? "yes" : "no");
        break;
    case TYPE_WINDOW:
        if (window->from_minute == window->to_minute) {
            snprintf(out_text, VALUE_TEXT_BYTES, "always");
            break;
        }
        snprintf(
            out_text, VALUE_TEXT_BYTES, "%02u:%02u-%02u:%02u", window->from_minute / 60,
            window->from_minute % 60, window->to_minute / 60, window->to_minute % 60);
        break;
    case TYPE_LEVEL:
        snprintf(out_text, VALUE_TEXT_BYTES, "%s", LEVELS[*(const uint64_t *)value]);
        break;
    case TYPE_STYLE:
        snprintf(out_text, VALUE_TEXT_BYTES, "%s", STYLES[*(const uint64_t *)value]);
        break;
    }
}

void fl_settings_defaults(struct fl_settings *out_settings)
{
    *out_settings = (struct fl_settings){0};
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        bool parsed =
            parse_value(&TABLE[i], fl_bytes_of_text(TABLE[i].fallback), out_settings);
        FL_ASSERT(parsed);
    }
}

static const struct setting *find(struct fl_bytes key)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        if (equals(key, TABLE[i].key)) {
            return &TABLE[i];
        }
    }
    return NULL;
}

static enum fl_status unknown_key(
    struct fl_bytes key,
    const char *file_name,
    unsigned line,
    struct fl_error *out_error)
{
    struct fl_near near;
    fl_near_init(&near, key);
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        fl_near_offer(&near, fl_bytes_of_text(TABLE[i].key));
    }
    char near_text[FL_NEAR_TEXT_BYTES_MAX];
    return fl_error_set(
        out_error, FL_MALFORMED,
        "%s, line %u: no setting is called \"%.*s\"%s; `filial help settings` lists them",
        file_name, line, (int)(key.size > 80 ? 80 : key.size), (const char *)key.data,
        fl_near_text(&near, near_text));
}

static enum fl_status check_bounds(
    const struct setting *setting,
    const struct fl_settings *settings,
    const char *file_name,
    unsigned line,
    struct fl_error *out_error)
{
    if (!is_bounded(setting)) {
        return FL_OK;
    }
    uint64_t value = *(const uint64_t *)value_of(settings, setting);
    if (value >= setting->least && value <= setting->most) {
        return FL_OK;
    }
    char least[VALUE_TEXT_BYTES];
    char most[VALUE_TEXT_BYTES];
    format_value(setting, &setting->least, least);
    format_value(setting, &setting->most, most);
    return fl_error_set(
        out_error, FL_MALFORMED, "%s, line %u: %s must be from %s to %s", file_name, line,
        setting->key, least, most);
}

static enum fl_status parse_line(
    struct fl_bytes text,
    const char *file_name,
    unsigned line,
    unsigned seen_lines[SETTING_COUNT],
    struct fl_settings *settings,
    struct fl_error *out_error)
{
    text = trimmed(text);
    if (text.size == 0 || text.data[0] == '#') {
        return FL_OK;
    }
    const uint8_t *equal_sign = memchr(text.data, '=', text.size);
    if (equal_sign == NULL) {
        return fl_error_set(
            out_error, FL_MALFORMED,
            "%s, line %u: expected `key = value` or a comment after #", file_name, line);
    }
    size_t key_size = (size_t)(equal_sign - text.data);
    struct fl_bytes key = trimmed((struct fl_bytes){text.data, key_size});
    struct fl_bytes value =
        trimmed((struct fl_bytes){equal_sign + 1, text.size - key_size - 1});
    const struct setting *setting = find(key);
    if (setting == NULL) {
        return unknown_key(key, file_name, line, out_error);
    }
    unsigned *seen = &seen_lines[setting - TABLE];
    if (*seen != 0) {
        return fl_error_set(
            out_error, FL_MALFORMED, "%s, line %u: %s was set in line %u already",
            file_name, line, setting->key, *seen);
    }
    *seen = line;
    if (!parse_value(setting, value, settings)) {
        return fl_error_set(
            out_error, FL_MALFORMED, "%s, line %u: %s cannot be \"%.*s\"; it is %s",
            file_name, line, setting->key, (int)(value.size > 80 ? 80 : value.size),
            (const char *)value.data, describe_type(setting));
    }
    return check_bounds(setting, settings, file_name, line, out_error);
}

enum fl_status fl_settings_parse(
    struct fl_bytes text,
    const char *file_name,
    struct fl_settings *out_settings,
    struct fl_error *out_error)
{
    struct fl_settings settings;
    unsigned seen_lines[SETTING_COUNT] = {0};
    unsigned line = 0;
    fl_settings_defaults(&settings);
    if (!fl_bytes_are_utf8(text)) {
        return fl_error_set(out_error, FL_MALFORMED, "%s: not UTF-8 text", file_name);
    }
    while (text.size > 0) {
        const uint8_t *newline = memchr(text.data, '\n', text.size);
        size_t size = newline == NULL ? text.size : (size_t)(newline - text.data);
        enum fl_status status = parse_line(
            (struct fl_bytes){text.data, size}, file_name, ++line, seen_lines, &settings,
            out_error);
        if (status != FL_OK) {
            return status;
        }
        size_t used = newline == NULL ? size : size + 1;
        text.data += used;
        text.size -= used;
    }
    *out_settings = settings;
    return FL_OK;
}

enum fl_status fl_settings_load(
    const char *path,
    struct fl_settings *out_settings,
    struct fl_error *out_error)
{
    struct fl_buffer buffer;
    enum fl_status status = fl_file_read(path, FILE_BYTES_MAX, &buffer, out_error);
    if (status != FL_OK) {
        return status;
    }
    status = fl_settings_parse(fl_buffer_view(&buffer), path, out_settings, out_error);
    fl_buffer_deinit(&buffer);
    return status;
}

const char *fl_settings_needs_restart(
    const struct fl_settings *a,
    const struct fl_settings *b)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        char a_text[VALUE_TEXT_BYTES];
        char b_text[VALUE_TEXT_BYTES];
        format_value(&TABLE[i], value_of(a, &TABLE[i]), a_text);
        format_value(&TABLE[i], value_of(b, &TABLE[i]), b_text);
        if (!TABLE[i].reloads && strcmp(a_text, b_text) != 0) {
            return TABLE[i].key;
        }
    }
    return NULL;
}

void fl_settings_print(const struct fl_settings *settings, FILE *stream)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        char text[VALUE_TEXT_BYTES];
        format_value(&TABLE[i], value_of(settings, &TABLE[i]), text);
        fprintf(stream, "%s =%s%s\n", TABLE[i].key, text[0] == '\0' ? "" : " ", text);
    }
}

/* Words in lines of at most 78 code points, each after `indent`. */
static void print_wrapped(const char *text, const char *indent, FILE *stream)
{
    enum { LINE_LETTERS_MAX = 78 };
    size_t shown = 0;
    while (*text != '\0') {
        size_t size = strcspn(text, " ");
        size_t letters =
            fl_bytes_utf8_length((struct fl_bytes){(const uint8_t *)text, size});
        if (shown > 0 && shown + 1 + letters > LINE_LETTERS_MAX) {
            fputc('\n', stream);
            shown = 0;
        }
        shown += (size_t)fprintf(stream, "%s", shown == 0 ? indent : " ");
        fwrite(text, 1, size, stream);
        shown += letters;
        text += size;
        text += strspn(text, " ");
    }
    fputc('\n', stream);
}

void fl_settings_print_sample(FILE *stream)
{
    fprintf(
        stream, "%s\n",
        _("# Settings of this node. Take the # away to change one; `filiald --check`\n"
          "# shows what is in force, `filial help settings` explains more."));
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        fputc('\n', stream);
        print_wrapped(_(TABLE[i].help), "# ", stream);
        fprintf(
            stream, "#%s =%s%s\n", TABLE[i].key, TABLE[i].fallback[0] == '\0' ? "" : " ",
            TABLE[i].fallback);
    }
}

void fl_settings_print_help(FILE *stream)
{
    fprintf(
        stream, "%s\n",
        _("Settings stand in DIR/node.conf, one `key = value` a line, comments after "
          "#."));
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct setting *setting = &TABLE[i];
        const char *fallback = setting->fallback[0] == '\0' ? "-" : setting->fallback;
        fprintf(stream, "\n%s\n", setting->key);
        print_wrapped(_(setting->help), "    ", stream);
        fprintf(stream, "    %s: %s\n", _("value"), describe_type(setting));
        if (is_bounded(setting)) {
            char least[VALUE_TEXT_BYTES];
            char most[VALUE_TEXT_BYTES];
            format_value(setting, &setting->least, least);
            format_value(setting, &setting->most, most);
            fprintf(stream, "    %s: %s .. %s\n", _("bounds"), least, most);
        }
        fprintf(stream, "    %s: %s\n", _("default"), fallback);
        fprintf(
            stream, "    %s\n",
            setting->reloads ? _("taken over on SIGHUP") : _("needs a restart"));
    }
}
