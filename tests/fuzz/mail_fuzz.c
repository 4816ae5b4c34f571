/* Bytes as a mail: its subject, and the file that is attached or why there is none. */

#include "place/mail.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool wants(void *context, const char *name)
{
    (void)context;
    return name[0] != '-';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char subject[FL_MAIL_NAME_BYTES];
    struct fl_error error = {FL_OK, ""};
    FILE *mail = tmpfile();
    FILE *target = tmpfile();

    FL_ASSERT(mail != NULL && target != NULL);
    fl_mail_field((struct fl_bytes){data, size}, "Subject", subject);
    FL_ASSERT(fwrite(data, 1, size, mail) == size);
    rewind(mail);
    const enum fl_status status = fl_mail_attachment(mail, wants, NULL, target, &error);
    FL_ASSERT(status == FL_OK || error.text[0] != '\0');
    FL_ASSERT((size_t)ftell(target) <= 2 * size + 2);
    (void)fclose(mail);
    (void)fclose(target);
    return 0;
}
