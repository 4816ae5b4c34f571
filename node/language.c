#include "language.h"

#include <libintl.h>
#include <limits.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * The catalogue is chosen by LANGUAGE, which gettext follows under any locale but "C", so
 * that Russian needs no Russian locale to be generated on the machine.
 */

static const char DOMAIN[] = "filial";

static void bind_catalogue(void)
{
    static char directory[PATH_MAX + sizeof "/../share/locale"];
    ssize_t size = readlink("/proc/self/exe", directory, PATH_MAX);
    if (size <= 0) {
        return;
    }
    directory[size] = '\0';
    char *slash = strrchr(directory, '/');
    if (slash == NULL) {
        return;
    }
    memcpy(slash, "/../share/locale", sizeof "/../share/locale");
    bindtextdomain(DOMAIN, directory);
    bind_textdomain_codeset(DOMAIN, "UTF-8");
}

void fl_language_init(void)
{
    const char *language = fl_language_wanted();
    setlocale(LC_CTYPE, "C.UTF-8");
    setlocale(LC_MESSAGES, "C.UTF-8");
    bind_catalogue();
    fl_language_use(language);
}

const char *fl_language_wanted(void)
{
    static const char *const variables[] = {"LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
        const char *value = getenv(variables[i]);
        if (value != NULL && value[0] != '\0') {
            return strncmp(value, "ru", 2) == 0 ? "ru" : "en";
        }
    }
    return "en";
}

const char *fl_language_words(const char *text)
{
    return text[0] != '\0' ? gettext(text) : text;
}

void fl_language_use(const char *language)
{
    setenv("LANGUAGE", strcmp(language, "ru") == 0 ? "ru" : "en", /* overwrite= */ 1);
    textdomain(DOMAIN); /* makes gettext forget what it has looked up */
}
