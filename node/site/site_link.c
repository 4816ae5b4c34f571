#include "site/site_link.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "exchange/encoding.h"
#include "language.h"
#include "place/endpoint_curl.h"
#include "proto/hash.h"

enum {
    CONNECT_SECONDS = 30,
    SILENT_SECONDS = 1800, /* 1C waits so long for an import to answer */
    TRIES = 3,
    PAUSE_MS_FIRST = 1000,
    PROGRESS_PAUSE_MS_FIRST = 50,
    PROGRESS_PAUSE_MS_MAX = 5000,
    IMPORT_MS_MAX = 6 * 60 * 60 * 1000,
    ANSWER_BYTES_MAX = 1 << 20,
    QUERY_BYTES_MAX = 1 << 30,
    URL_BYTES = 4096,
    PIECE_BYTES_MAX = 256 << 20,
};

struct fl_site_link {
    const struct fl_site_access *access;
    CURL *curl;
    char words[CURL_ERROR_SIZE];
    char type[16];
    char cookie[512];
    char sessid[128];
    struct fl_buffer answer;
    FILE *body; /* of a query; NULL: into `answer` */
    uint64_t body_bytes;
    long code;
    struct fl_bytes piece;             /* what is left to be sent of it */
    char said[FL_SITE_NOTE_BYTES_MAX]; /* behind the last "success" */
};

/* --- waiting --- */

static bool is_cancelled(const struct fl_site_link *link)
{
    return link->access->cancel != NULL && atomic_load(link->access->cancel);
}

/* False: it was called off. */
static bool pause_ms(const struct fl_site_link *link, uint64_t milliseconds)
{
    const struct timespec slice = {.tv_nsec = 20 * 1000000};
    for (uint64_t waited = 0; waited < milliseconds && !is_cancelled(link);
         waited += 20) {
        (void)nanosleep(&slice, NULL);
    }
    return !is_cancelled(link);
}

static int on_progress(
    void *context,
    curl_off_t down_total,
    curl_off_t down,
    curl_off_t up_total,
    curl_off_t up)
{
    (void)down_total;
    (void)down;
    (void)up_total;
    (void)up;
    return is_cancelled(context) ? 1 : 0;
}

/* --- one request --- */

static size_t on_answer(char *data, size_t size, size_t count, void *context)
{
    struct fl_site_link *link = context;
    const size_t bytes = size * count;
    if (link->body != NULL) {
        link->body_bytes += bytes;
        return link->body_bytes <= QUERY_BYTES_MAX &&
                       fwrite(data, 1, bytes, link->body) == bytes
                   ? bytes
                   : 0;
    }
    fl_buffer_put_memory(&link->answer, data, bytes);
    return fl_buffer_status(&link->answer) == FL_OK ? bytes : 0;
}

/*
 * A piece cannot be rewound, on purpose: libcurl would send it once more by itself when a
 * connection that it kept has gone, and the site would append it twice.
 */
static size_t on_piece(char *out_data, size_t size, size_t count, void *context)
{
    struct fl_site_link *link = context;
    const size_t room = size * count;
    const size_t bytes = link->piece.size < room ? link->piece.size : room;
    if (bytes > 0) {
        memcpy(out_data, link->piece.data, bytes);
        link->piece.data += bytes;
        link->piece.size -= bytes;
    }
    return bytes;
}

static bool make_url(
    struct fl_site_link *link,
    const char *mode,
    const char *name,
    char out_url[URL_BYTES])
{
    const char *base = link->access->url;
    char *escaped = name == NULL ? NULL : curl_easy_escape(link->curl, name, 0);
    /* Folders of pictures stay readable, as 1C writes them. */
    for (char *at = escaped; at != NULL && (at = strstr(at, "%2F")) != NULL;) {
        *at = '/';
        memmove(at + 1, at + 3, strlen(at + 3) + 1);
    }
    const int size = snprintf(
        out_url, URL_BYTES, "%s%ctype=%s&mode=%s%s%s%s%s", base,
        strchr(base, '?') == NULL ? '?' : '&', link->type, mode,
        escaped == NULL ? "" : "&filename=", escaped == NULL ? "" : escaped,
        link->sessid[0] == '\0' ? "" : "&sessid=", link->sessid);
    curl_free(escaped);
    return size > 0 && size < URL_BYTES;
}

static enum fl_status judge(
    struct fl_site_link *link,
    CURLcode result,
    struct fl_error *out_error)
{
    if (is_cancelled(link)) {
        return fl_error_set(out_error, FL_BUSY, "the exchange was called off");
    }
    if (result == CURLE_PEER_FAILED_VERIFICATION) {
        return fl_error_set(
            out_error, FL_REFUSED,
            "%s: its certificate is not trusted (%s); give --ca-file FILE with the "
            "certificate of the server, or of who signed it",
            link->access->url, link->words);
    }
    if (result != CURLE_OK) {
        return fl_error_set(
            out_error, FL_IO, "%s is not reached: %s", link->access->url,
            link->words[0] == '\0' ? curl_easy_strerror(result) : link->words);
    }
    if (link->code == 401 || link->code == 403) {
        return fl_error_set(
            out_error, FL_UNTRUSTED, "%s refuses the user or the password",
            link->access->url);
    }
    const char *elsewhere = NULL;
    (void)curl_easy_getinfo(link->curl, CURLINFO_REDIRECT_URL, &elsewhere);
    if (elsewhere != NULL) { /* not followed: a password goes where a person said */
        return fl_error_set(
            out_error, FL_REFUSED,
            "%s sends to %.*s (HTTP %ld): give that address, without what stands behind "
            "\"?\", by `filial endpoint change CODE --url`",
            link->access->url, (int)strcspn(elsewhere, "?"), elsewhere, link->code);
    }
    if (link->code != 200) {
        return fl_error_set(
            out_error, link->code >= 500 ? FL_IO : FL_REFUSED,
            "%s answers with HTTP %ld instead of 200: is the address that of its script?",
            link->access->url, link->code);
    }
    return FL_OK;
}

/* `piece` NULL: a GET. */
static enum fl_status request(
    struct fl_site_link *link,
    const char *mode,
    const char *name,
    const struct fl_bytes *piece,
    struct fl_error *out_error)
{
    char url[URL_BYTES];
    struct curl_slist *headers = NULL;
    fl_buffer_clear(&link->answer);
    link->words[0] = '\0';
    link->code = 0;
    if (!make_url(link, mode, name, url)) {
        return fl_error_set(out_error, FL_LIMIT, "the address is too long");
    }
    if (link->cookie[0] != '\0') {
        headers = curl_slist_append(headers, link->cookie);
    }
    headers = curl_slist_append(headers, "Expect:");
    (void)curl_easy_setopt(link->curl, CURLOPT_URL, url);
    if (piece == NULL) {
        (void)curl_easy_setopt(link->curl, CURLOPT_HTTPGET, 1L);
    } else {
        headers = curl_slist_append(headers, "Content-Type: application/octet-stream");
        (void)curl_easy_setopt(link->curl, CURLOPT_POST, 1L);
        link->piece = *piece;
        (void)curl_easy_setopt(link->curl, CURLOPT_POSTFIELDS, NULL);
        (void)curl_easy_setopt(link->curl, CURLOPT_READFUNCTION, on_piece);
        (void)curl_easy_setopt(link->curl, CURLOPT_READDATA, link);
        (void)curl_easy_setopt(
            link->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)piece->size);
    }
    (void)curl_easy_setopt(link->curl, CURLOPT_HTTPHEADER, headers);
    const CURLcode result = curl_easy_perform(link->curl);
    (void)curl_easy_getinfo(link->curl, CURLINFO_RESPONSE_CODE, &link->code);
    (void)curl_easy_setopt(link->curl, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(headers);
    return judge(link, result, out_error);
}

/* A question may be asked again; a piece of a file may not. */
static enum fl_status ask(
    struct fl_site_link *link,
    const char *mode,
    const char *name,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    uint64_t wait = PAUSE_MS_FIRST;
    for (unsigned i = 0; i < TRIES; i++) {
        status = request(link, mode, name, NULL, out_error);
        if (status != FL_IO || i + 1 == TRIES || !pause_ms(link, wait)) {
            break;
        }
        wait *= 2;
    }
    return status;
}

/* Sites answer in windows-1251 or in UTF-8, and do not always say so. */
static void decode(struct fl_bytes text, struct fl_buffer *out_words)
{
    fl_buffer_init(out_words, ANSWER_BYTES_MAX * 2);
    if (fl_bytes_are_utf8(text) ||
        fl_encoding_decode(FL_ENCODING_1251, text, out_words) != FL_OK) {
        fl_buffer_clear(out_words);
        fl_buffer_put(out_words, text);
    }
}

static enum fl_status say_refusal(
    struct fl_site_link *link,
    const char *mode,
    struct fl_error *out_error)
{
    struct fl_bytes text = fl_buffer_view(&link->answer);
    struct fl_buffer words;
    decode(text, &words);
    struct fl_bytes shown =
        fl_bytes_utf8_beginning(fl_buffer_view(&words), FL_ERROR_TEXT_BYTES_MAX / 2);
    while (shown.size > 0 && shown.data[shown.size - 1] <= ' ') {
        shown.size--;
    }
    const struct fl_bytes beginning = fl_bytes_utf8_beginning(shown, 200);
    const enum fl_site_word word = fl_site_word_of(text);
    enum fl_status status =
        word == FL_SITE_WORD_OTHER
            ? fl_error_set(
                  out_error, FL_REFUSED,
                  "mode=%s: the answer of the site begins with none of success, "
                  "progress, "
                  "failure: \"%.*s\"",
                  mode, (int)beginning.size,
                  beginning.size == 0 ? "" : (const char *)beginning.data)
            : fl_error_set(
                  out_error, FL_REFUSED, "mode=%s: the site says: %.*s", mode,
                  (int)shown.size, (const char *)shown.data);
    fl_buffer_deinit(&words);
    return status;
}

/* --- opening --- */

enum fl_status fl_site_link_open(
    const struct fl_site_access *access,
    struct fl_site_link **out_link,
    struct fl_error *out_error)
{
    struct fl_site_link *link = fl_alloc_zeroed(1, sizeof *link);
    CURL *curl = link == NULL ? NULL : curl_easy_init();
    if (curl == NULL) {
        fl_free(link);
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    link->access = access;
    link->curl = curl;
    fl_buffer_init(&link->answer, ANSWER_BYTES_MAX);
    (void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, link->words);
    (void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
    (void)curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)SILENT_SECONDS);
    (void)curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    (void)curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    (void)curl_easy_setopt(curl, CURLOPT_XFERINFODATA, link);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_answer);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, link);
    (void)curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    (void)curl_easy_setopt(curl, CURLOPT_USERAGENT, "1C+Enterprise/8.3 (Filial)");
    (void)curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
    (void)curl_easy_setopt(curl, CURLOPT_USERNAME, access->user);
    if (access->ca_file[0] != '\0') {
        (void)curl_easy_setopt(curl, CURLOPT_CAINFO, access->ca_file);
    }
    enum fl_status status =
        fl_endpoint_curl_password(curl, access->password_file, out_error);
    if (status != FL_OK) {
        fl_site_link_close(link);
        return status;
    }
    *out_link = link;
    return FL_OK;
}

void fl_site_link_close(struct fl_site_link *link)
{
    if (link == NULL) {
        return;
    }
    curl_easy_cleanup(link->curl);
    fl_buffer_deinit(&link->answer);
    fl_free(link);
}

/* --- the protocol --- */

static void copy_line(struct fl_bytes line, char *out_text, size_t size)
{
    const size_t fits = line.size < size ? line.size : 0;
    memcpy(out_text, line.data == NULL ? (const uint8_t *)"" : line.data, fits);
    out_text[fits] = '\0';
}

static enum fl_status check_in(
    struct fl_site_link *link,
    struct fl_site_terms *out_terms,
    struct fl_error *out_error)
{
    link->cookie[0] = '\0';
    link->sessid[0] = '\0';
    enum fl_status status = ask(link, "checkauth", NULL, out_error);
    const struct fl_bytes answer = fl_buffer_view(&link->answer);
    if (status != FL_OK) {
        return status;
    }
    if (fl_site_word_of(answer) != FL_SITE_WORD_SUCCESS) {
        (void)say_refusal(link, "checkauth", out_error);
        return FL_UNTRUSTED;
    }
    const struct fl_bytes name = fl_site_line(answer, 1);
    const struct fl_bytes value = fl_site_line(answer, 2);
    if (fl_site_cookie_is_name(name) && value.size > 0 &&
        name.size + value.size + 16 < sizeof link->cookie) {
        snprintf(
            link->cookie, sizeof link->cookie, "Cookie: %.*s=%.*s", (int)name.size,
            (const char *)name.data, (int)value.size, (const char *)value.data);
    }
    copy_line(fl_site_setting(answer, "sessid"), link->sessid, sizeof link->sessid);
    copy_line(
        fl_site_setting(answer, "timestamp"), out_terms->timestamp,
        sizeof out_terms->timestamp);
    out_terms->has_time = out_terms->timestamp[0] != '\0';
    return FL_OK;
}

enum fl_status fl_site_link_begin(
    struct fl_site_link *link,
    const char *type,
    const char *version,
    struct fl_site_terms *out_terms,
    struct fl_error *out_error)
{
    char mode[32];
    *out_terms = (struct fl_site_terms){.zip = false};
    snprintf(link->type, sizeof link->type, "%s", type);
    enum fl_status status = check_in(link, out_terms, out_error);
    if (status == FL_OK) {
        snprintf(
            mode, sizeof mode, "init%s%s",
            version == NULL ? "" : "&version=", version == NULL ? "" : version);
        status = ask(link, mode, NULL, out_error);
    }
    if (status != FL_OK) {
        return status;
    }
    const struct fl_bytes answer = fl_buffer_view(&link->answer);
    if (fl_site_word_of(answer) == FL_SITE_WORD_FAILURE) {
        return say_refusal(link, "init", out_error);
    }
    out_terms->zip =
        fl_bytes_equal(fl_site_setting(answer, "zip"), fl_bytes_of_text("yes"));
    out_terms->file_limit = fl_site_size(fl_site_setting(answer, "file_limit"));
    return FL_OK;
}

/* What stands below the word: Bitrix names orders there that it could not load. */
static void note_said(struct fl_site_link *link)
{
    struct fl_buffer words;
    decode(fl_buffer_view(&link->answer), &words);
    struct fl_bytes text = fl_buffer_view(&words);
    const uint8_t *end = memchr(text.data, '\n', text.size);
    const size_t first = end == NULL ? text.size : (size_t)(end - text.data) + 1;
    text.data += first;
    text.size -= first;
    text = fl_bytes_utf8_beginning(text, sizeof link->said - 1);
    while (text.size > 0 && text.data[text.size - 1] <= ' ') {
        text.size--;
    }
    memcpy(link->said, text.data, text.size);
    link->said[text.size] = '\0';
    fl_buffer_deinit(&words);
}

static enum fl_status send_piece(
    struct fl_site_link *link,
    const char *name,
    struct fl_bytes piece,
    struct fl_error *out_error)
{
    enum fl_status status = request(link, "file", name, &piece, out_error);
    if (status != FL_OK) {
        return status;
    }
    if (fl_site_word_of(fl_buffer_view(&link->answer)) != FL_SITE_WORD_SUCCESS) {
        return say_refusal(link, "file", out_error);
    }
    note_said(link);
    return FL_OK;
}

const char *fl_site_link_said(const struct fl_site_link *link)
{
    return link->said;
}

enum fl_status fl_site_link_send(
    struct fl_site_link *link,
    const char *path,
    const char *name,
    uint64_t file_limit,
    struct fl_error *out_error)
{
    FILE *file = fopen(path, "rb");
    const size_t room = file_limit == 0 || file_limit > PIECE_BYTES_MAX
                            ? PIECE_BYTES_MAX
                            : (size_t)file_limit;
    enum fl_status status = FL_OK;
    bool sent = false;
    if (file == NULL) {
        return fl_error_set(out_error, FL_IO, "%s: %s", path, strerror(errno));
    }
    long size = 0;
    if (fseek(file, 0, SEEK_END) == 0) {
        size = ftell(file);
    }
    rewind(file);
    const size_t wanted = size > 0 && (size_t)size < room ? (size_t)size : room;
    uint8_t *bytes = fl_alloc(wanted);
    while (bytes != NULL && status == FL_OK) {
        const size_t read = fread(bytes, 1, wanted, file);
        if (read == 0 && (sent || ferror(file) != 0)) {
            break;
        }
        status = send_piece(link, name, (struct fl_bytes){bytes, read}, out_error);
        sent = true;
        if (read < wanted) {
            break;
        }
    }
    if (status == FL_OK && (bytes == NULL || ferror(file) != 0)) {
        status = fl_error_set(out_error, FL_IO, "%s cannot be read", path);
    }
    fl_free(bytes);
    (void)fclose(file);
    return status;
}

enum fl_status fl_site_link_import(
    struct fl_site_link *link,
    const char *name,
    struct fl_error *out_error)
{
    uint64_t wait = PROGRESS_PAUSE_MS_FIRST;
    uint64_t waited = 0;
    uint64_t before = 0;
    for (;;) {
        enum fl_status status = ask(link, "import", name, out_error);
        if (status != FL_OK) {
            return status;
        }
        const enum fl_site_word word = fl_site_word_of(fl_buffer_view(&link->answer));
        if (word == FL_SITE_WORD_SUCCESS) {
            return FL_OK;
        }
        if (word != FL_SITE_WORD_PROGRESS) {
            return say_refusal(link, "import", out_error);
        }
        /* Bitrix takes a dozen steps, and says at which it is: it need not be waited for.
         */
        const uint64_t told =
            fl_tag(0, fl_buffer_view(&link->answer), (struct fl_bytes){NULL, 0});
        wait = told != before ? PROGRESS_PAUSE_MS_FIRST : wait;
        before = told;
        if (!pause_ms(link, wait)) {
            return fl_error_set(out_error, FL_BUSY, "the exchange was called off");
        }
        waited += wait;
        if (waited > IMPORT_MS_MAX) {
            return fl_error_set(
                out_error, FL_IO, "the site imports %s for 6 hours already", name);
        }
        wait = wait * 2 > PROGRESS_PAUSE_MS_MAX ? PROGRESS_PAUSE_MS_MAX : wait * 2;
    }
}

enum fl_status fl_site_link_query(
    struct fl_site_link *link,
    const char *path,
    struct fl_error *out_error)
{
    enum fl_status status = FL_OK;
    uint64_t wait = PAUSE_MS_FIRST;
    for (unsigned i = 0; i < TRIES; i++) {
        link->body = fopen(path, "wb");
        link->body_bytes = 0;
        if (link->body == NULL) {
            return fl_error_set(out_error, FL_IO, "%s: %s", path, strerror(errno));
        }
        status = request(link, "query", NULL, NULL, out_error);
        const bool closed = fclose(link->body) == 0;
        link->body = NULL;
        if (status == FL_OK && !closed) {
            return fl_error_set(out_error, FL_IO, "%s: %s", path, strerror(errno));
        }
        if (status != FL_IO || i + 1 == TRIES || !pause_ms(link, wait)) {
            break;
        }
        wait *= 2;
    }
    if (status != FL_OK) {
        return status;
    }
    char beginning[1024] = "";
    FILE *file = fopen(path, "rb");
    const size_t size =
        file == NULL ? 0 : fread(beginning, 1, sizeof beginning - 1, file);
    if (file != NULL) {
        (void)fclose(file);
    }
    const char *at = beginning;
    at += size >= 3 && memcmp(at, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    at += strspn(at, " \t\r\n");
    if (*at == '<' || strncmp(beginning, "PK", 2) == 0) {
        return FL_OK;
    }
    fl_buffer_put_memory(&link->answer, beginning, size);
    return say_refusal(link, "query", out_error);
}

enum fl_status fl_site_link_say(
    struct fl_site_link *link,
    const char *mode,
    struct fl_error *out_error)
{
    enum fl_status status = ask(link, mode, NULL, out_error);
    if (status != FL_OK) {
        return status;
    }
    return fl_site_word_of(fl_buffer_view(&link->answer)) == FL_SITE_WORD_SUCCESS
               ? FL_OK
               : say_refusal(link, mode, out_error);
}
