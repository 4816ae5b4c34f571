#include "command/command_table.h"

#include <string.h>

#include "file.h"
#include "language.h"

enum { FILE_BYTES_MAX = 4096 };

FL_HANDLER(http_token)
{
    struct fl_buffer text;
    bool is_reader = fl_call_has(call, "reader");
    char *path = fl_node_path(
        call->node->directory,
        is_reader ? "keys/http-reader.token" : "keys/http-operator.token");
    if (path == NULL) {
        return fl_error_set(out_error, FL_NO_MEMORY, "not enough memory");
    }
    enum fl_status status = fl_file_read(path, FILE_BYTES_MAX, &text, out_error);
    if (status == FL_NOT_FOUND) {
        status = fl_error_set(
            out_error, FL_NOT_FOUND,
            "there is no token yet: set http_endpoint in node.conf, start filiald, and "
            "it makes one (%s)",
            path);
    }
    fl_free(path);
    if (status != FL_OK) {
        return status;
    }
    fl_buffer_put_u8(&text, 0);
    char *token = (char *)text.data;
    token[strcspn(token, "\r\n")] = '\0';
    if (call->output->json) {
        fl_output_text(call->output, "token", N_("token"), token);
        fl_output_text(
            call->output, "role", N_("role"), is_reader ? "reader" : "operator");
    } else {
        fl_output_say(call->output, "%s", token);
    }
    fl_buffer_deinit(&text);
    return FL_OK;
}
