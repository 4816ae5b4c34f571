/*
 * Dumps of the Designer that tests write themselves, file by file, into a directory that
 * the setup makes and the teardown removes.
 */

#ifndef EXCHANGE_DUMP_MADE_H
#define EXCHANGE_DUMP_MADE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "exchange/configuration_reader.h"

#define MARK "\xEF\xBB\xBF"
#define HEAD                                                                             \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"                                       \
    "<MetaDataObject xmlns=\"http://v8.1c.ru/8.3/MDClasses\" "                           \
    "xmlns:cfg=\"http://v8.1c.ru/8.1/data/enterprise/current-config\" "                  \
    "xmlns:v8=\"http://v8.1c.ru/8.1/data/core\" "                                        \
    "xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" version=\"2.20\">"
#define TAIL       "</MetaDataObject>"
#define NAME(name) "<Name>" name "</Name>"
#define OBJECT(kind, properties, children)                                               \
    HEAD "<" kind                                                                        \
         " uuid=\"e55dccb7-bb09-4dea-b7a2-9f9cbc2b9f07\"><Properties>" properties        \
         "</Properties><ChildObjects>" children "</ChildObjects></" kind ">" TAIL
#define FIELD(kind, name, properties)                                                    \
    "<" kind "><Properties>" NAME(name) properties "</Properties></" kind ">"
#define ATTRIBUTE(name, type) FIELD("Attribute", name, type)
#define SECTION(name, columns)                                                           \
    "<TabularSection><InternalInfo/><Properties>" NAME(                                  \
        name) "</Properties><ChildObjects>" columns "</ChildObjects></TabularSection>"
#define TYPES(types) "<Type>" types "</Type>"
#define TYPE(name)   "<v8:Type>" name "</v8:Type>"
#define SET(name)    "<v8:TypeSet>" name "</v8:TypeSet>"
#define STRING       TYPES(TYPE("xs:string"))
#define NUMBER                                                                           \
    TYPES(TYPE("xs:decimal") "<v8:NumberQualifiers><v8:Digits>15</v8:Digits>"            \
                             "<v8:FractionDigits>2</v8:FractionDigits>"                  \
                             "<v8:AllowedSign>Nonnegative</v8:AllowedSign>"              \
                             "</v8:NumberQualifiers>")
#define REF(name) TYPES(TYPE("cfg:" name))

/* ---- a dump on the disk ---- */

static char directory[64];

static inline int make_directory(void **state)
{
    (void)state;
    (void)strcpy(directory, "/tmp/filial-dump-XXXXXX");
    return mkdtemp(directory) ? 0 : -1;
}

static inline int remove_directory(void **state)
{
    char command[128];

    (void)state;
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", directory);
    return system(command);
}

/* With the directories on the way to it. */
static inline void put_bytes(const char *name, const char *bytes, size_t size)
{
    char path[1024];

    (void)snprintf(path, sizeof(path), "%s/%s", directory, name);
    for (char *at = path + strlen(directory) + 1; (at = strchr(at, '/')); at++) {
        *at = '\0';
        (void)mkdir(path, 0700);
        *at = '/';
    }
    FILE *const file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static inline void put(const char *name, const char *text)
{
    put_bytes(name, text, strlen(text));
}

/* Configuration.xml with these children. */
static inline void put_configuration(const char *children)
{
    static const char form[] = MARK HEAD "<Configuration><Properties>" NAME(
        "Проба") "<Version>1.2</Version></Properties><ChildObjects>%s</ChildObjects>"
                 "</Configuration>" TAIL;
    const size_t size = sizeof(form) + strlen(children);
    char *const text = malloc(size);

    assert_non_null(text);
    (void)snprintf(text, size, form, children);
    put("Configuration.xml", text);
    free(text);
}

static inline struct fl_configuration *load(void)
{
    struct fl_configuration *configuration = NULL;
    struct fl_error error = {FL_OK, ""};

    if (fl_configuration_read_dump(directory, &configuration, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
    return configuration;
}

static inline void must_refuse(enum fl_status expected, const char *words)
{
    struct fl_configuration *configuration = NULL;
    struct fl_error error = {FL_OK, ""};
    const enum fl_status status =
        fl_configuration_read_dump(directory, &configuration, &error);

    if (status != expected || !strstr(error.text, words)) {
        fail_msg(
            "expected %d \"%s\", but it is %d \"%s\"", (int)expected, words, (int)status,
            error.text);
    }
}

#endif
