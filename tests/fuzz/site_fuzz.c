/* What a request or an answer of a site has in its lines: it is taken apart, or refused.
 */

#include <stdlib.h>
#include <string.h>

#include "site/site_request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void parse_text(const char *text)
{
    char user[FL_SITE_USER_BYTES];
    char password[FL_SITE_USER_BYTES * 2];
    char token[FL_SITE_TOKEN_BYTES + 1];
    if (fl_site_basic_parse(text, user, password) && strlen(user) >= sizeof user) {
        abort();
    }
    if (fl_site_cookie_parse(text, "filial_site", token) &&
        strlen(token) > FL_SITE_TOKEN_BYTES) {
        abort();
    }
    char name[FL_SITE_PATH_BYTES];
    if (fl_site_name_is_safe(text) &&
        (text[0] == '/' || strstr(text, "../") != NULL || strchr(text, '\\') != NULL)) {
        abort();
    }
    if (fl_site_name_take(text, name) && !fl_site_name_is_safe(name)) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct fl_bytes bytes = {data, size};
    char *text = malloc(size + 1);
    if (text == NULL) {
        return 0;
    }
    if (size > 0) {
        memcpy(text, data, size);
    }
    text[size] = '\0';
    parse_text(text);
    free(text);
    (void)fl_site_word_of(bytes);
    (void)fl_site_size(fl_site_setting(bytes, "file_limit"));
    (void)fl_site_cookie_is_name(fl_site_line(bytes, 1));
    const struct fl_bytes line = fl_site_line(bytes, 2);
    if (line.size > size) {
        abort();
    }
    return 0;
}
