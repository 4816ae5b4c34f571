#include "site/site_upload.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exchange/zip_archive.h"

enum { FOLDERS_MAX = 8 };

bool fl_site_upload_path(
    const struct fl_node *node,
    const struct fl_site_session *session,
    const char *name,
    char out_path[FL_SITE_UPLOAD_PATH_BYTES])
{
    char part[FL_SITE_PATH_BYTES + 64];
    snprintf(
        part, sizeof part, "upload-%.8s%s%s", session->id, name[0] == '\0' ? "" : "/",
        name);
    char *path = fl_endpoint_own_path(node, session->peer, part);
    const bool fits = path != NULL && strlen(path) < FL_SITE_UPLOAD_PATH_BYTES;
    if (fits) {
        memcpy(out_path, path, strlen(path) + 1);
    }
    fl_free(path);
    return fits;
}

/* Names that were let in are no deeper than this. */
static void remove_tree(const char *path, unsigned depth)
{
    DIR *listing = depth == 0 ? NULL : opendir(path);
    const struct dirent *entry;
    while (listing != NULL && (entry = readdir(listing)) != NULL) {
        char *inner = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0
                          ? NULL
                          : fl_node_path(path, entry->d_name);
        if (inner != NULL && unlink(inner) != 0) {
            remove_tree(inner, depth - 1);
        }
        fl_free(inner);
    }
    if (listing != NULL) {
        (void)closedir(listing);
    }
    (void)rmdir(path);
}

static bool is_of_a_session(
    const struct fl_site_server *server,
    const char *name,
    const struct fl_site_session *but)
{
    for (size_t i = 0; i < FL_SITE_SESSIONS_MAX; i++) {
        const struct fl_site_session *session = &server->sessions[i];
        if (session != but && session->used &&
            strncmp(name + strlen("upload-"), session->id, 8) == 0) {
            return true;
        }
    }
    return false;
}

/* Of this session, and of those that are over. */
void fl_site_upload_clear(
    const struct fl_site_server *server,
    const struct fl_site_session *session)
{
    char *own = fl_endpoint_own_path(server->node, session->peer, NULL);
    DIR *listing = own == NULL ? NULL : opendir(own);
    const struct dirent *entry;
    while (listing != NULL && (entry = readdir(listing)) != NULL) {
        if (strncmp(entry->d_name, "upload-", 7) == 0 &&
            !is_of_a_session(server, entry->d_name, session)) {
            char *path = fl_node_path(own, entry->d_name);
            if (path != NULL) {
                remove_tree(path, FOLDERS_MAX);
            }
            fl_free(path);
        }
    }
    if (listing != NULL) {
        (void)closedir(listing);
    }
    fl_free(own);
}

void fl_site_upload_folders(const struct fl_node *node, char *path)
{
    char *at = path + strlen(node->directory) + 1;
    for (; (at = strchr(at, '/')) != NULL; at++) {
        *at = '\0';
        (void)mkdir(path, 0700);
        *at = '/';
    }
}

enum fl_status fl_site_upload_append(
    const struct fl_node *node,
    struct fl_site_session *session,
    const char *name,
    struct fl_bytes body,
    struct fl_error *out_error)
{
    char path[FL_SITE_UPLOAD_PATH_BYTES];
    size_t written = 0;
    if (session->bytes + body.size > FL_SITE_UPLOAD_BYTES_MAX) {
        return fl_error_set(out_error, FL_LIMIT, "more than 8 GiB in one exchange");
    }
    if (!fl_site_upload_path(node, session, name, path)) {
        return fl_error_set(out_error, FL_LIMIT, "the name is too long");
    }
    fl_site_upload_folders(node, path);
    const int descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    while (descriptor >= 0 && written < body.size) {
        const ssize_t size = write(descriptor, body.data + written, body.size - written);
        if (size < 0 && errno == EINTR) {
            continue;
        }
        if (size <= 0) {
            break;
        }
        written += (size_t)size;
    }
    const int reason = errno;
    if (descriptor < 0 || close(descriptor) != 0 || written < body.size) {
        return fl_error_set(out_error, FL_IO, "%s: %s", name, strerror(reason));
    }
    session->bytes += body.size;
    /* An archive may bring any file anew. */
    if (strcmp(session->imported, name) == 0 || fl_site_upload_is_zip(name)) {
        session->imported[0] = '\0';
    }
    snprintf(session->last, sizeof session->last, "%s", name);
    session->unpacked = session->unpacked && !fl_site_upload_is_zip(name);
    return FL_OK;
}

void fl_site_upload_taken(
    const struct fl_node *node,
    struct fl_site_session *session,
    const char *name)
{
    char path[FL_SITE_UPLOAD_PATH_BYTES];
    if (fl_site_upload_path(node, session, name, path)) {
        (void)unlink(path);
    }
    snprintf(session->imported, sizeof session->imported, "%s", name);
}

enum { END_BYTES = 128 };

/* Gives how many there are. */
static size_t read_end(const char *path, char out_end[END_BYTES], uint64_t *out_size)
{
    FILE *file = fopen(path, "rb");
    long size = 0;
    size_t read = 0;
    if (file != NULL && fseek(file, 0, SEEK_END) == 0 && (size = ftell(file)) > 0) {
        const long back = size < END_BYTES ? size : END_BYTES;
        read =
            fseek(file, -back, SEEK_END) == 0 ? fread(out_end, 1, (size_t)back, file) : 0;
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    *out_size = (uint64_t)size;
    return read;
}

static uint64_t little_u32(const char *bytes)
{
    uint64_t number = 0;
    for (unsigned i = 4; i > 0; i--) {
        number = number << 8 | (uint8_t)bytes[i - 1];
    }
    return number;
}

/* Its last record says where the list of files is, which stands right before it. */
static bool is_whole_zip(const char *end, size_t read, uint64_t size)
{
    enum { RECORD_BYTES = 22, LIST_SIZE = 12, LIST_AT = 16 };
    const char *record = end + read - RECORD_BYTES;
    return read >= RECORD_BYTES && memcmp(record, "PK\5\6", 4) == 0 &&
           little_u32(record + LIST_AT) + little_u32(record + LIST_SIZE) + RECORD_BYTES ==
               size;
}

bool fl_site_upload_is_whole(
    const struct fl_node *node,
    const struct fl_site_session *session)
{
    static const char CLOSING[] = "</КоммерческаяИнформация>";
    char path[FL_SITE_UPLOAD_PATH_BYTES];
    char end[END_BYTES];
    uint64_t size = 0;
    if (!fl_site_upload_path(node, session, session->last, path)) {
        return false;
    }
    size_t read = read_end(path, end, &size);
    if (fl_site_upload_is_zip(session->last)) {
        return is_whole_zip(end, read, size);
    }
    while (read > 0 && (unsigned char)end[read - 1] <= ' ') {
        read--;
    }
    /* In windows-1251 only the ends of the tag are the same bytes. */
    const bool utf8 =
        read >= sizeof CLOSING - 1 &&
        memcmp(end + read - (sizeof CLOSING - 1), CLOSING, sizeof CLOSING - 1) == 0;
    const bool other = read >= 25 && end[read - 1] == '>' && end[read - 25] == '<' &&
                       end[read - 24] == '/';
    return utf8 || other;
}

static bool ends_with(const char *name, const char *ending)
{
    const size_t size = strlen(name);
    return size > strlen(ending) && strcmp(name + size - strlen(ending), ending) == 0;
}

bool fl_site_upload_is_zip(const char *name)
{
    return ends_with(name, ".zip");
}

bool fl_site_upload_next(
    const struct fl_node *node,
    const struct fl_site_session *session,
    char out_name[FL_SITE_PATH_BYTES])
{
    char path[FL_SITE_UPLOAD_PATH_BYTES];
    DIR *listing = fl_site_upload_path(node, session, "", path) ? opendir(path) : NULL;
    const struct dirent *entry;
    out_name[0] = '\0';
    while (listing != NULL && (entry = readdir(listing)) != NULL) {
        if (ends_with(entry->d_name, ".xml") &&
            strlen(entry->d_name) < FL_SITE_PATH_BYTES &&
            (out_name[0] == '\0' || strcmp(entry->d_name, out_name) < 0)) {
            memcpy(out_name, entry->d_name, strlen(entry->d_name) + 1);
        }
    }
    if (listing != NULL) {
        (void)closedir(listing);
    }
    return out_name[0] != '\0';
}

enum fl_status fl_site_upload_unpack(
    const struct fl_node *node,
    struct fl_site_session *session,
    struct fl_error *out_error)
{
    char directory[FL_SITE_UPLOAD_PATH_BYTES];
    char path[FL_SITE_UPLOAD_PATH_BYTES];
    if (session->unpacked || !fl_site_upload_is_zip(session->last) ||
        !fl_site_upload_path(node, session, "", directory) ||
        !fl_site_upload_path(node, session, session->last, path)) {
        return FL_OK;
    }
    enum fl_status status =
        fl_zip_unpack(path, directory, FL_SITE_UPLOAD_BYTES_MAX, out_error);
    session->unpacked = status == FL_OK;
    return status;
}
