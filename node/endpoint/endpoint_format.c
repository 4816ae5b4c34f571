#include "endpoint_format.h"

#include <string.h>

#include "enterprisedata/correspondent_codec.h"
#include "kd2/kd2_codec.h"
#include "language.h"

/* Codes of fixed length have blanks behind them, their files do not. */
static int code_size(const char *code)
{
    size_t size = strlen(code);
    while (size > 0 && code[size - 1] == ' ') {
        size--;
    }
    return (int)size;
}

/* The mask of 1C's libraries: a prefix of the base may stand between. */
static void v8msg_incoming(
    const struct fl_node *node,
    const struct fl_peer *peer,
    char out_mask[FL_ENDPOINT_NAME_BYTES])
{
    const char *ours = node->identity->code;
    snprintf(
        out_mask, FL_ENDPOINT_NAME_BYTES, "Message*_%.*s_%.*s.*", code_size(peer->code),
        peer->code, code_size(ours), ours);
}

static void v8msg_outgoing(
    const struct fl_node *node,
    const struct fl_peer *peer,
    char out_name[FL_ENDPOINT_NAME_BYTES])
{
    const char *ours = node->identity->code;
    snprintf(
        out_name, FL_ENDPOINT_NAME_BYTES, "Message_%.*s_%.*s", code_size(ours), ours,
        code_size(peer->code), peer->code);
}

static const struct fl_endpoint_format FORMATS[] = {
    {.name = "v8msg",
     .summary = N_("messages of an exchange plan, Message_A_B.xml or .zip"),
     .incoming = v8msg_incoming,
     .outgoing = v8msg_outgoing,
     .codec = &fl_endpoint_v8msg},
    {.name = FL_KD2_FORMAT,
     .summary = N_("messages by rules of Конвертация данных 2, Message_A_B.xml or .zip"),
     .is_mapped = true,
     .incoming = v8msg_incoming,
     .outgoing = v8msg_outgoing,
     .codec = &fl_kd2_endpoint.codec},
    {.name = FL_CORRESPONDENT_FORMAT,
     .summary = N_("messages of EnterpriseData, Message_A_B.xml or .zip"),
     .is_mapped = true,
     .incoming = fl_correspondent_incoming,
     .outgoing = fl_correspondent_outgoing,
     .codec = &fl_correspondent_endpoint.codec,
     .greets = fl_correspondent_greets},
    {.name = "commerceml",
     .summary = N_("sites, shops, CRM systems and portals, over HTTP"),
     .is_site = true},
};

const struct fl_endpoint_format *fl_endpoint_format_at(size_t index)
{
    return index < sizeof FORMATS / sizeof FORMATS[0] ? &FORMATS[index] : NULL;
}

const struct fl_endpoint_format *fl_endpoint_format_find(const char *name)
{
    const struct fl_endpoint_format *format;
    for (size_t i = 0; (format = fl_endpoint_format_at(i)) != NULL; i++) {
        if (strcmp(format->name, name) == 0) {
            return format;
        }
    }
    return NULL;
}

static char lower(char letter)
{
    return letter >= 'A' && letter <= 'Z' ? (char)(letter - 'A' + 'a') : letter;
}

static size_t character_size(const char *text)
{
    size_t size = 1;
    while (((unsigned char)text[size] & 0xC0u) == 0x80u) {
        size++;
    }
    return size;
}

/* One mask of several; it ends at a slash. */
static bool fits(const char *mask, const char *name)
{
    const char *star = NULL; /* behind the last one, and what it has eaten so far */
    const char *eaten = NULL;
    while (*name != '\0') {
        bool ends = *mask == '\0' || *mask == '/';
        if (*mask == '*') {
            star = ++mask;
            eaten = name;
        } else if (*mask == '?') {
            mask++;
            name += character_size(name);
        } else if (!ends && lower(*mask) == lower(*name)) {
            mask++;
            name++;
        } else if (star != NULL) {
            mask = star;
            name = ++eaten;
        } else {
            return false;
        }
    }
    while (*mask == '*') {
        mask++;
    }
    return *mask == '\0' || *mask == '/';
}

bool fl_endpoint_mask_fits(const char *mask, const char *name)
{
    bool found = fits(mask, name);
    while (!found && (mask = strchr(mask, '/')) != NULL) {
        found = fits(++mask, name);
    }
    return found;
}
