#include "markup.h"

void fl_markup_put_text(struct fl_buffer *buffer, const char *text)
{
    for (; text != NULL && *text != '\0'; text++) {
        switch (*text) {
        case '<':
            fl_buffer_put_text(buffer, "&lt;");
            break;
        case '>':
            fl_buffer_put_text(buffer, "&gt;");
            break;
        case '&':
            fl_buffer_put_text(buffer, "&amp;");
            break;
        case '"':
            fl_buffer_put_text(buffer, "&quot;");
            break;
        default:
            fl_buffer_put_u8(buffer, (uint8_t)*text);
        }
    }
}
