#include "http_token.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "file.h"
#include "proto/signing.h"

static const char COOKIE[] = "filial_token=";

struct fl_http_tokens {
    char operator_token[FL_HTTP_TOKEN_BYTES + 1];
    char reader_token[FL_HTTP_TOKEN_BYTES + 1];
};

static enum fl_status make(
    const char *path,
    char out_token[FL_HTTP_TOKEN_BYTES + 1],
    struct fl_error *out_error)
{
    uint8_t bytes[FL_HTTP_TOKEN_BYTES / 2];
    char line[FL_HTTP_TOKEN_BYTES + 2];
    fl_random(bytes, sizeof bytes);
    fl_bytes_hex((struct fl_bytes){bytes, sizeof bytes}, line);
    memcpy(out_token, line, FL_HTTP_TOKEN_BYTES + 1);
    line[FL_HTTP_TOKEN_BYTES] = '\n';
    line[FL_HTTP_TOKEN_BYTES + 1] = '\0';
    return fl_file_replace(path, 0600, fl_bytes_of_text(line), out_error);
}

static enum fl_status check(
    const char *path,
    const struct fl_buffer *text,
    char out_token[FL_HTTP_TOKEN_BYTES + 1],
    struct fl_error *out_error)
{
    struct stat facts;
    if (lstat(path, &facts) != 0 || !S_ISREG(facts.st_mode) ||
        (facts.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return fl_error_set(
            out_error, FL_UNTRUSTED,
            "%s must be a file that its owner alone can read: chmod 600 it", path);
    }
    size_t size = text->size;
    while (size > 0 && text->data[size - 1] <= ' ') {
        size--;
    }
    if (size != FL_HTTP_TOKEN_BYTES) {
        return fl_error_set(
            out_error, FL_MALFORMED,
            "%s must hold a token of %d characters; remove it, and the next start makes "
            "a new one",
            path, FL_HTTP_TOKEN_BYTES);
    }
    memcpy(out_token, text->data, size);
    out_token[size] = '\0';
    return FL_OK;
}

static enum fl_status read_or_make(
    const struct fl_node *node,
    const char *name,
    char out_token[FL_HTTP_TOKEN_BYTES + 1],
    struct fl_error *out_error)
{
    char *path = fl_node_path(node->directory, name);
    struct fl_buffer text = {0};
    if (path == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    enum fl_status status =
        fl_file_read(path, 4 * (size_t)FL_HTTP_TOKEN_BYTES, &text, out_error);
    if (status == FL_NOT_FOUND) {
        status = make(path, out_token, out_error);
    } else if (status == FL_OK) {
        status = check(path, &text, out_token, out_error);
        fl_buffer_deinit(&text);
    }
    fl_free(path);
    return status;
}

enum fl_status fl_http_tokens_open(
    const struct fl_node *node,
    struct fl_http_tokens **out_tokens,
    struct fl_error *out_error)
{
    struct fl_http_tokens *tokens = fl_alloc_zeroed(1, sizeof *tokens);
    if (tokens == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    enum fl_status status =
        read_or_make(node, "keys/http-operator.token", tokens->operator_token, out_error);
    if (status == FL_OK) {
        status =
            read_or_make(node, "keys/http-reader.token", tokens->reader_token, out_error);
    }
    if (status != FL_OK) {
        fl_http_tokens_close(tokens);
        return status;
    }
    *out_tokens = tokens;
    return FL_OK;
}

void fl_http_tokens_close(struct fl_http_tokens *tokens)
{
    if (tokens != NULL) {
        memset(tokens, 0, sizeof *tokens);
        fl_free(tokens);
    }
}

static bool is_same(const char *token, const char *text, size_t size)
{
    unsigned differs = size != FL_HTTP_TOKEN_BYTES;
    for (size_t i = 0; i < FL_HTTP_TOKEN_BYTES; i++) {
        differs |= (unsigned)token[i] ^ (unsigned)(i < size ? text[i] : 0);
    }
    return differs == 0;
}

static enum fl_http_role role_of(
    const struct fl_http_tokens *tokens,
    const char *text,
    size_t size)
{
    bool is_operator = is_same(tokens->operator_token, text, size);
    bool is_reader = is_same(tokens->reader_token, text, size);
    return is_operator ? FL_HTTP_OPERATOR : is_reader ? FL_HTTP_READER : FL_HTTP_NOBODY;
}

enum fl_http_role fl_http_tokens_role(
    const struct fl_http_tokens *tokens,
    const char *text)
{
    return role_of(tokens, text, strlen(text));
}

enum fl_http_role fl_http_token_of(
    const struct fl_http_request *request,
    bool *out_by_cookie)
{
    static const char scheme[] = "Bearer ";
    const struct fl_http_tokens *tokens = request->http->tokens;
    const char *text = fl_http_request_header(request, "Authorization");
    *out_by_cookie = false;
    if (text != NULL) {
        return strncmp(text, scheme, sizeof scheme - 1) == 0
                   ? fl_http_tokens_role(tokens, text + sizeof scheme - 1)
                   : FL_HTTP_NOBODY;
    }
    text = fl_http_request_header(request, "Cookie");
    const char *found = text == NULL ? NULL : strstr(text, COOKIE);
    if (found == NULL || (found != text && found[-1] != ' ' && found[-1] != ';')) {
        return FL_HTTP_NOBODY;
    }
    found += sizeof COOKIE - 1;
    *out_by_cookie = true;
    return role_of(tokens, found, strcspn(found, "; "));
}

static void say_who(struct fl_http_request *request, enum fl_http_role role)
{
    const struct fl_node *node = request->http->node;
    fl_http_reply_json(
        request, 200,
        json_pack(
            "{s:s, s:s, s:s, s:s}", "role",
            role == FL_HTTP_OPERATOR ? "operator" : "reader", "code",
            node->identity->code, "name", node->name, "plan", node->plan));
}

static void nobody(struct fl_http_request *request)
{
    struct fl_error error;
    (void)fl_error_set(
        &error, FL_UNTRUSTED,
        "this token is not one of this node; DIR/keys/http-operator.token and "
        "DIR/keys/http-reader.token hold them");
    fl_http_reply_error(request, 401, &error);
}

static void set_cookie(struct fl_http_request *request, const char *token, bool ends)
{
    char value[FL_HTTP_HEADER_BYTES];
    snprintf(
        value, sizeof value, "%s%s; Path=/; HttpOnly; SameSite=Strict%s%s", COOKIE, token,
        request->http->is_secure ? "; Secure" : "", ends ? "; Max-Age=0" : "");
    fl_http_reply_header(request, "Set-Cookie", value);
}

void fl_http_session(struct fl_http_request *request)
{
    bool by_cookie = false;
    if (request->method == FL_HTTP_DELETE) {
        fl_http_reply_json(request, 200, json_object());
        set_cookie(request, "", /* ends= */ true);
        return;
    }
    if (request->method == FL_HTTP_GET) {
        enum fl_http_role role = fl_http_token_of(request, &by_cookie);
        if (role == FL_HTTP_NOBODY) {
            nobody(request);
        } else {
            say_who(request, role);
        }
        return;
    }
    json_t *body = fl_http_request_json(request);
    if (body == NULL) {
        return;
    }
    const char *token = json_string_value(json_object_get(body, "token"));
    enum fl_http_role role = token == NULL
                                 ? FL_HTTP_NOBODY
                                 : fl_http_tokens_role(request->http->tokens, token);
    if (role == FL_HTTP_NOBODY) {
        nobody(request);
    } else {
        say_who(request, role);
        set_cookie(request, token, /* ends= */ false);
    }
    json_decref(body);
}
