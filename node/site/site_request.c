#include "site/site_request.h"

#include <string.h>
#include <strings.h>

#include "proto/base64.h"

enum { DEPTH_MAX = 4 };

bool fl_site_basic_parse(
    const char *header,
    char out_user[FL_SITE_USER_BYTES],
    char out_password[FL_SITE_USER_BYTES * 2])
{
    static const char SCHEME[] = "Basic ";
    struct fl_arena arena;
    struct fl_bytes text = {NULL, 0};
    if (header == NULL || strncasecmp(header, SCHEME, sizeof SCHEME - 1) != 0) {
        return false;
    }
    fl_arena_init(&arena, (size_t)FL_SITE_USER_BYTES * 64);
    bool parsed = fl_base64_parse(
                      fl_bytes_of_text(header + sizeof SCHEME - 1), /* ignored= */ NULL,
                      &arena, &text) == FL_OK &&
                  text.size > 0;
    const uint8_t *colon = parsed ? memchr(text.data, ':', text.size) : NULL;
    const size_t user = colon == NULL ? 0 : (size_t)(colon - text.data);
    const size_t password = colon == NULL ? 0 : text.size - user - 1;
    parsed = colon != NULL && user < FL_SITE_USER_BYTES &&
             password < (size_t)FL_SITE_USER_BYTES * 2 &&
             memchr(text.data, '\0', text.size) == NULL;
    if (parsed) {
        memcpy(out_user, text.data, user);
        out_user[user] = '\0';
        memcpy(out_password, colon + 1, password);
        out_password[password] = '\0';
    }
    fl_arena_deinit(&arena);
    return parsed;
}

bool fl_site_cookie_parse(
    const char *header,
    const char *name,
    char out_value[FL_SITE_TOKEN_BYTES + 1])
{
    const size_t size = strlen(name);
    while (header != NULL) {
        header += strspn(header, "; ");
        const size_t part = strcspn(header, ";");
        if (part > size && strncmp(header, name, size) == 0 && header[size] == '=') {
            const size_t value = part - size - 1;
            if (value > FL_SITE_TOKEN_BYTES) {
                return false;
            }
            memcpy(out_value, header + size + 1, value);
            out_value[value] = '\0';
            return true;
        }
        header = header[part] == '\0' ? NULL : header + part + 1;
    }
    return false;
}

static bool is_allowed(unsigned char letter)
{
    return letter >= 0x80 || (letter >= 'a' && letter <= 'z') ||
           (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') ||
           strchr("._-# ()", letter) != NULL;
}

bool fl_site_name_is_safe(const char *name)
{
    size_t depth = 0;
    size_t part = 0;
    bool only_dots = true;
    const size_t size = strlen(name);
    if (size == 0 || size >= FL_SITE_PATH_BYTES ||
        !fl_bytes_are_utf8(fl_bytes_of_text(name))) {
        return false;
    }
    for (size_t i = 0; i <= size; i++) {
        if (name[i] == '/' || name[i] == '\0') {
            if (part == 0 || only_dots || ++depth > DEPTH_MAX) {
                return false;
            }
            part = 0;
            only_dots = true;
        } else if (!is_allowed((unsigned char)name[i])) {
            return false;
        } else {
            only_dots = only_dots && name[i] == '.';
            part++;
        }
    }
    return true;
}

bool fl_site_name_take(const char *given, char out_name[FL_SITE_PATH_BYTES])
{
    static const char TEMPORARY[] = "/tmp/";
    char name[FL_SITE_PATH_BYTES];
    if (strncmp(given, TEMPORARY, sizeof TEMPORARY - 1) == 0) {
        given += sizeof TEMPORARY - 1;
    }
    if (strlen(given) >= sizeof name) {
        return false;
    }
    memcpy(name, given, strlen(given) + 1);
    for (char *at = name; (at = strchr(at, '\\')) != NULL;) {
        *at = '/';
    }
    if (!fl_site_name_is_safe(name)) {
        return false;
    }
    memcpy(out_name, name, sizeof name);
    return true;
}

struct fl_bytes fl_site_line(struct fl_bytes answer, size_t index)
{
    struct fl_bytes line = {NULL, 0};
    for (size_t i = 0; i <= index && answer.size > 0; i++) {
        const uint8_t *end = memchr(answer.data, '\n', answer.size);
        const size_t size = end == NULL ? answer.size : (size_t)(end - answer.data);
        line = i == index ? (struct fl_bytes){answer.data, size} : line;
        answer.data += size + (end != NULL);
        answer.size -= size + (end != NULL);
    }
    while (line.size > 0 && line.data[line.size - 1] <= ' ') {
        line.size--;
    }
    while (line.size > 0 && line.data[0] <= ' ') {
        line.data++;
        line.size--;
    }
    return line;
}

enum fl_site_word fl_site_word_of(struct fl_bytes answer)
{
    static const char *const WORDS[] = {
        [FL_SITE_WORD_OTHER] = "",
        [FL_SITE_WORD_SUCCESS] = "success",
        [FL_SITE_WORD_PROGRESS] = "progress",
        [FL_SITE_WORD_FAILURE] = "failure"};
    struct fl_bytes line = fl_site_line(answer, 0);
    if (line.size >= 3 && memcmp(line.data, "\xEF\xBB\xBF", 3) == 0) {
        line.data += 3; /* some sites write a mark, and mean nothing by it */
        line.size -= 3;
    }
    for (size_t i = 1; i < sizeof WORDS / sizeof WORDS[0]; i++) {
        if (strlen(WORDS[i]) == line.size &&
            strncasecmp(WORDS[i], (const char *)line.data, line.size) == 0) {
            return (enum fl_site_word)i;
        }
    }
    return FL_SITE_WORD_OTHER;
}

uint64_t fl_site_size(struct fl_bytes text)
{
    static const char UNITS[] = "KMG";
    enum { DIGITS_MAX = 12 };
    uint64_t size = 0;
    size_t at = 0;
    while (at < text.size && at < DIGITS_MAX && text.data[at] >= '0' &&
           text.data[at] <= '9') {
        size = size * 10 + (uint64_t)(text.data[at++] - '0');
    }
    if (at > 0 && at + 1 == text.size) {
        const char *unit = strchr(UNITS, text.data[at] & ~0x20);
        return unit == NULL || *unit == '\0' ? 0 : size << (10 * (unit - UNITS + 1));
    }
    return at == text.size ? size : 0;
}

bool fl_site_cookie_is_name(struct fl_bytes text)
{
    for (size_t i = 0; i < text.size; i++) {
        const uint8_t letter = text.data[i];
        if (letter <= ' ' || letter >= 0x7F || strchr("()<>@,;:\\\"/[]?={}", letter)) {
            return false;
        }
    }
    return text.size > 0;
}

struct fl_bytes fl_site_setting(struct fl_bytes answer, const char *name)
{
    const size_t size = strlen(name);
    struct fl_bytes line;
    for (size_t i = 0; i < 16; i++) {
        line = fl_site_line(answer, i);
        if (line.size > size && memcmp(line.data, name, size) == 0 &&
            line.data[size] == '=') {
            return (struct fl_bytes){line.data + size + 1, line.size - size - 1};
        }
    }
    return (struct fl_bytes){NULL, 0};
}
