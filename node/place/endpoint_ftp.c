/*
 * FTP through libcurl, a connection a call. A server has no rename over an existing file
 * everywhere, so an old one is removed just before: 1C reads the next time then.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "endpoint/endpoint_format.h"
#include "endpoint_curl.h"

enum {
    SLOW_SECONDS = 60, /* without a byte */
    LIST_BYTES_MAX = 4 << 20,
    URL_BYTES = 2048,
    COMMAND_BYTES = FL_PLACE_NAME_BYTES + 64,
    MATCHES_MAX = 64, /* files of one name pattern: looked at one by one */
};

struct ftp {
    CURL *curl;
    const struct fl_place *place;
    char base[URL_BYTES]; /* with a slash at its end */
    char words[CURL_ERROR_SIZE];
};

static bool is_address(const char *url)
{
    return strncmp(url, "ftp://", 6) == 0 || strncmp(url, "ftps://", 7) == 0 ||
           strncmp(url, "ftpes://", 8) == 0;
}

static bool is_ftp(const struct fl_place *place)
{
    return is_address(place->url);
}

enum fl_status fl_place_check_url(
    const char *url,
    enum fl_place_kind kind,
    struct fl_error *out_error)
{
    char *user_password = NULL;
    CURLU *parts = curl_url();
    const char *plain = strncmp(url, "ftpes://", 8) == 0 ? url + 2 : url;
    enum fl_status status = FL_OK;
    if (parts == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    if (plain != url) {
        plain = url + strlen("ftpes://");
    }
    const bool ours = kind == FL_PLACE_WEB ? fl_place_is_web(url) : is_address(url);
    const bool parsed = curl_url_set(
                            parts, CURLUPART_URL, plain,
                            CURLU_GUESS_SCHEME | CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK;
    const bool fits = ours && parsed && strlen(url) <= FL_ENDPOINT_BYTES_MAX;
    if (!fits && kind == FL_PLACE_WEB) {
        status = fl_error_set(
            out_error, FL_MALFORMED,
            "\"%s\" is no address of a published base: http://user@host/base", url);
    } else if (!fits) {
        status = fl_error_set(
            out_error, FL_MALFORMED,
            "\"%s\" is no address of a server: ftp://user@host/directory, ftps:// or "
            "ftpes:// (TLS from the first byte, or asked for)",
            url);
    } else if (curl_url_get(parts, CURLUPART_PASSWORD, &user_password, 0) == CURLUE_OK) {
        status = fl_error_set(
            out_error, FL_REFUSED,
            "the address holds a password, which everybody would see; put it into a file "
            "and give --password-file");
    }
    curl_free(user_password);
    curl_url_cleanup(parts);
    return status;
}

/* Options that every request needs: reset between them keeps the connection. */
static enum fl_status prepare(struct ftp *ftp, struct fl_error *out_error)
{
    CURL *curl = ftp->curl;
    curl_easy_reset(curl);
    (void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, ftp->words);
    (void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "ftp,ftps");
    (void)curl_easy_setopt(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)SLOW_SECONDS);
    fl_endpoint_curl_limit(curl, ftp->place, SLOW_SECONDS);
    (void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
    if (strncmp(ftp->place->url, "ftpes://", 8) == 0) {
        (void)curl_easy_setopt(curl, CURLOPT_USE_SSL, (long)CURLUSESSL_ALL);
    }
    ftp->words[0] = '\0';
    return fl_endpoint_curl_password(curl, ftp->place->password_file, out_error);
}

static enum fl_status begin(
    struct ftp *ftp,
    const struct fl_place *place,
    struct fl_error *out_error)
{
    const char *url = place->url;
    bool asked = strncmp(url, "ftpes://", 8) == 0;
    *ftp = (struct ftp){.place = place, .curl = curl_easy_init()};
    if (ftp->curl == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    snprintf(
        ftp->base, sizeof ftp->base, "%s%s%s", asked ? "ftp://" : "",
        asked ? url + strlen("ftpes://") : url, url[strlen(url) - 1] == '/' ? "" : "/");
    return prepare(ftp, out_error);
}

static void end(struct ftp *ftp)
{
    if (ftp->curl != NULL) {
        curl_easy_cleanup(ftp->curl);
    }
}

static enum fl_status failed(
    const struct ftp *ftp,
    CURLcode code,
    struct fl_error *out_error)
{
    return fl_endpoint_curl_failed(code, ftp->place, ftp->base, ftp->words, out_error);
}

static bool name_to_url(struct ftp *ftp, const char *name)
{
    char url[URL_BYTES + 3 * FL_PLACE_NAME_BYTES];
    char *escaped = curl_easy_escape(ftp->curl, name, (int)strlen(name));
    if (escaped == NULL) {
        return false;
    }
    snprintf(url, sizeof url, "%s%s", ftp->base, escaped);
    curl_free(escaped);
    return curl_easy_setopt(ftp->curl, CURLOPT_URL, url) == CURLE_OK;
}

/* --- looking --- */

static size_t on_nothing(char *bytes, size_t one, size_t size, void *context)
{
    (void)bytes, (void)one, (void)context;
    return size;
}

static enum fl_status list(
    struct ftp *ftp,
    struct fl_buffer *out_names,
    struct fl_error *out_error)
{
    (void)curl_easy_setopt(ftp->curl, CURLOPT_URL, ftp->base);
    (void)curl_easy_setopt(ftp->curl, CURLOPT_DIRLISTONLY, 1L);
    fl_endpoint_curl_take(ftp->curl, out_names);
    CURLcode code = curl_easy_perform(ftp->curl);
    /* Some servers answer an empty directory with "no files". */
    if (code != CURLE_OK && code != CURLE_REMOTE_FILE_NOT_FOUND) {
        return failed(ftp, code, out_error);
    }
    fl_buffer_put_u8(out_names, 0);
    return fl_buffer_status(out_names) == FL_OK
               ? FL_OK
               : fl_error_set(
                     out_error, FL_LIMIT, "%s: the list of files is too long", ftp->base);
}

static enum fl_status look_at(
    struct ftp *ftp,
    const char *name,
    struct fl_place_file *io_newest,
    struct fl_error *out_error)
{
    curl_off_t size = 0;
    curl_off_t time = 0;
    enum fl_status status = prepare(ftp, out_error);
    if (status != FL_OK || !name_to_url(ftp, name)) {
        return status;
    }
    (void)curl_easy_setopt(ftp->curl, CURLOPT_NOBODY, 1L);
    (void)curl_easy_setopt(ftp->curl, CURLOPT_FILETIME, 1L);
    (void)curl_easy_setopt(ftp->curl, CURLOPT_WRITEFUNCTION, on_nothing);
    if (curl_easy_perform(ftp->curl) != CURLE_OK) {
        return FL_OK; /* gone, or a directory */
    }
    (void)curl_easy_getinfo(ftp->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &size);
    (void)curl_easy_getinfo(ftp->curl, CURLINFO_FILETIME_T, &time);
    int64_t changed_ms = time > 0 ? (int64_t)time * 1000 : 0;
    if (size != 0 && (io_newest->name[0] == '\0' || changed_ms > io_newest->changed_ms)) {
        snprintf(io_newest->name, sizeof io_newest->name, "%s", name);
        io_newest->size = size > 0 ? (uint64_t)size : 0;
        io_newest->changed_ms = changed_ms;
    }
    return FL_OK;
}

static enum fl_status choose(
    struct ftp *ftp,
    char *names,
    const char *mask,
    const char *own,
    struct fl_place_file *out_file,
    bool *out_has,
    struct fl_error *out_error)
{
    char *rest = NULL;
    size_t matches = 0;
    enum fl_status status = FL_OK;
    for (char *name = strtok_r(names, "\r\n", &rest); status == FL_OK && name != NULL;
         name = strtok_r(NULL, "\r\n", &rest)) {
        const char *slash = strrchr(name, '/');
        const char *base = slash == NULL ? name : slash + 1;
        *out_has = *out_has || strcmp(base, own) == 0;
        if (base[0] != '.' && strlen(base) < FL_PLACE_NAME_BYTES &&
            fl_endpoint_mask_fits(mask, base) && matches++ < MATCHES_MAX) {
            status = look_at(ftp, base, out_file, out_error);
        }
    }
    if (status == FL_OK && out_file->name[0] == '\0') {
        return FL_NOT_FOUND;
    }
    return status;
}

static enum fl_status newest(
    const struct fl_place *place,
    const char *mask,
    const char *own,
    struct fl_place_file *out_file,
    bool *out_has,
    struct fl_error *out_error)
{
    struct ftp ftp;
    struct fl_buffer names;
    fl_buffer_init(&names, LIST_BYTES_MAX);
    enum fl_status status = begin(&ftp, place, out_error);
    if (status == FL_OK) {
        status = list(&ftp, &names, out_error);
    }
    if (status == FL_OK) {
        status =
            choose(&ftp, (char *)names.data, mask, own, out_file, out_has, out_error);
    }
    fl_buffer_deinit(&names);
    end(&ftp);
    return status;
}

enum fl_status fl_ftp_names(
    const struct fl_place *place,
    const char *mask,
    struct fl_buffer *out_names,
    struct fl_error *out_error)
{
    struct ftp ftp;
    struct fl_buffer names;
    char *rest = NULL;
    fl_buffer_init(&names, LIST_BYTES_MAX);
    enum fl_status status = begin(&ftp, place, out_error);
    if (status == FL_OK) {
        status = list(&ftp, &names, out_error);
    }
    for (char *name = status == FL_OK ? strtok_r((char *)names.data, "\r\n", &rest)
                                      : NULL;
         name != NULL; name = strtok_r(NULL, "\r\n", &rest)) {
        const char *slash = strrchr(name, '/');
        const char *base = slash == NULL ? name : slash + 1;
        if (base[0] != '.' && fl_endpoint_mask_fits(mask, base)) {
            fl_buffer_put_memory(out_names, base, strlen(base) + 1);
        }
    }
    if (status == FL_OK && fl_buffer_status(out_names) != FL_OK) {
        status = fl_error_set(
            out_error, FL_LIMIT, "%s: the list of files is too long", ftp.base);
    }
    fl_buffer_deinit(&names);
    end(&ftp);
    return status;
}

/* --- transfers --- */

static size_t on_bytes(char *bytes, size_t one, size_t size, void *context)
{
    (void)one;
    return fwrite(bytes, 1, size, context);
}

static bool close_durably(FILE *file)
{
    bool whole = fflush(file) == 0 && fsync(fileno(file)) == 0;
    return fclose(file) == 0 && whole;
}

static enum fl_status get(
    const struct fl_place *place,
    const struct fl_place_file *file,
    const char *path,
    struct fl_error *out_error)
{
    struct ftp ftp;
    struct stat found;
    enum fl_status status = begin(&ftp, place, out_error);
    FILE *target = status == FL_OK ? fopen(path, "wbe") : NULL;
    if (status == FL_OK && target == NULL) {
        status = fl_error_set(out_error, FL_IO, "%s: %s", path, strerror(errno));
    }
    if (status == FL_OK && name_to_url(&ftp, file->name)) {
        (void)curl_easy_setopt(ftp.curl, CURLOPT_WRITEFUNCTION, on_bytes);
        (void)curl_easy_setopt(ftp.curl, CURLOPT_WRITEDATA, target);
        CURLcode code = curl_easy_perform(ftp.curl);
        status = code == CURLE_OK ? FL_OK : failed(&ftp, code, out_error);
    }
    if (target != NULL && !close_durably(target) && status == FL_OK) {
        status = fl_error_set(out_error, FL_IO, "%s: %s", path, strerror(errno));
    }
    if (status == FL_OK && file->size != 0 && stat(path, &found) == 0 &&
        (uint64_t)found.st_size != file->size) {
        status = fl_error_set(
            out_error, FL_BUSY, "%s%s is still being written", ftp.base, file->name);
    }
    end(&ftp);
    return status;
}

/* Commands behind the transfer, in the directory of the file. */
static struct curl_slist *commands_to_publish(const char *part, const char *name)
{
    char command[COMMAND_BYTES];
    struct curl_slist *list_of = NULL;
    snprintf(command, sizeof command, "*DELE %s", name);
    list_of = curl_slist_append(list_of, command);
    snprintf(command, sizeof command, "RNFR %s", part);
    list_of = curl_slist_append(list_of, command);
    snprintf(command, sizeof command, "RNTO %s", name);
    return curl_slist_append(list_of, command);
}

static enum fl_status put(
    const struct fl_place *place,
    const char *path,
    const char *name,
    struct fl_error *out_error)
{
    char part[64];
    struct ftp ftp;
    struct stat found;
    enum fl_status status = begin(&ftp, place, out_error);
    snprintf(part, sizeof part, "filial-%u.part", place->number);
    FILE *source = status == FL_OK ? fopen(path, "rbe") : NULL;
    if (status == FL_OK && (source == NULL || fstat(fileno(source), &found) != 0)) {
        status = fl_error_set(out_error, FL_IO, "%s: %s", path, strerror(errno));
    }
    if (status == FL_OK && name_to_url(&ftp, part)) {
        struct curl_slist *commands = commands_to_publish(part, name);
        (void)curl_easy_setopt(ftp.curl, CURLOPT_UPLOAD, 1L);
        (void)curl_easy_setopt(ftp.curl, CURLOPT_READDATA, source);
        (void)curl_easy_setopt(
            ftp.curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)found.st_size);
        (void)curl_easy_setopt(ftp.curl, CURLOPT_POSTQUOTE, commands);
        CURLcode code = curl_easy_perform(ftp.curl);
        status = code == CURLE_OK ? FL_OK : failed(&ftp, code, out_error);
        curl_slist_free_all(commands);
    }
    if (source != NULL) {
        (void)fclose(source);
    }
    end(&ftp);
    return status;
}

static void remove_file(const struct fl_place *place, const char *name)
{
    char command[COMMAND_BYTES];
    struct ftp ftp;
    struct fl_error ignored;
    if (begin(&ftp, place, &ignored) == FL_OK) {
        snprintf(command, sizeof command, "*DELE %s", name);
        struct curl_slist *commands = curl_slist_append(NULL, command);
        (void)curl_easy_setopt(ftp.curl, CURLOPT_URL, ftp.base);
        (void)curl_easy_setopt(ftp.curl, CURLOPT_DIRLISTONLY, 1L);
        (void)curl_easy_setopt(ftp.curl, CURLOPT_WRITEFUNCTION, on_nothing);
        (void)curl_easy_setopt(ftp.curl, CURLOPT_POSTQUOTE, commands);
        (void)curl_easy_perform(ftp.curl);
        curl_slist_free_all(commands);
    }
    end(&ftp);
}

const struct fl_place_transport fl_place_ftp =
    {.is = is_ftp, .newest = newest, .get = get, .put = put, .remove = remove_file};
