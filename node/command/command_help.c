#include "command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "language.h"

enum { LINE_BYTES_MAX = 400 };

static void put(struct fl_output *output, const char *text)
{
    fl_output_raw(output, fl_bytes_of_text(text));
}

static void put_padded(struct fl_output *output, const char *text, size_t width)
{
    put(output, text);
    for (size_t shown = fl_output_width(text); shown < width; shown++) {
        put(output, " ");
    }
}

void fl_command_words(
    const struct fl_command *command,
    char out_words[FL_COMMAND_WORDS_BYTES])
{
    snprintf(
        out_words, FL_COMMAND_WORDS_BYTES, "%s%s%s", command->noun,
        command->verb == NULL ? "" : " ", command->verb == NULL ? "" : command->verb);
}

static size_t widest(void)
{
    char words[FL_COMMAND_WORDS_BYTES];
    size_t width = 0;
    for (size_t i = 0; i < fl_command_count(); i++) {
        fl_command_words(fl_command_at(i), words);
        width = strlen(words) > width ? strlen(words) : width;
    }
    return width;
}

static void help_all(struct fl_output *output)
{
    char words[FL_COMMAND_WORDS_BYTES];
    const size_t width = widest() + 2;
    put(output,
        _("Filial keeps offices with no connection in step: each works on its own store\n"
          "and sends signed changes to its parent when there is a line.\n"
          "\n"
          "Usage: filial [--node DIR] [--json] COMMAND ...\n"
          "\n"
          "  --node DIR   the node's directory; else the environment variable "
          "FILIAL_NODE\n"
          "  --json       answer in JSON\n"
          "\n"
          "Commands:\n"));
    fl_output_list_begin(output, "commands");
    for (size_t i = 0; i < fl_command_count(); i++) {
        const struct fl_command *command = fl_command_at(i);
        fl_command_words(command, words);
        if (output->json) {
            fl_output_row(output);
            fl_output_text(output, "command", "command", words);
            fl_output_text(output, "summary", "summary", _(command->summary));
        } else {
            put(output, "  ");
            put_padded(output, words, width);
            put(output, _(command->summary));
            put(output, "\n");
        }
    }
    fl_output_list_end(output);
    put(output,
        _("\n"
          "`filial help COMMAND` explains one with examples, `filial help settings` the\n"
          "settings in node.conf. Exit status: 0 done, 1 failed, 2 wrong usage.\n"
          "\n"
          "To begin: filial init DIR --code CODE --configuration DUMP\n"));
}

/* Nothing, where the summary says it all. */
static const char *explanation(const struct fl_command *command)
{
    return command->help == NULL ? "" : _(command->help);
}

static void help_options(struct fl_output *output, const struct fl_command *command)
{
    enum { OPTION_WIDTH = 26 };
    for (size_t i = 0; command->options != NULL && command->options[i].name != NULL;
         i++) {
        const struct fl_option *option = &command->options[i];
        char text[LINE_BYTES_MAX];
        snprintf(
            text, sizeof text, "  --%s%s%s", option->name,
            option->value == NULL ? "" : " ", option->value == NULL ? "" : option->value);
        put_padded(output, text, OPTION_WIDTH);
        put(output, " ");
        put(output, _(option->help));
        put(output, "\n");
    }
}

static void help_command(struct fl_output *output, const struct fl_command *command)
{
    char words[FL_COMMAND_WORDS_BYTES];
    fl_command_words(command, words);
    if (output->json) {
        fl_output_text(output, "command", "command", words);
        fl_output_text(output, "arguments", "arguments", command->arguments);
        fl_output_text(output, "summary", "summary", _(command->summary));
        fl_output_text(output, "help", "help", explanation(command));
        return;
    }
    fl_output_say(
        output, "filial %s%s%s%s - %s", words, command->arguments[0] == '\0' ? "" : " ",
        command->arguments, command->options == NULL ? "" : _(" [options]"),
        _(command->summary));
    put(output, "\n");
    put(output, explanation(command));
    put(output, "\n");
    if (command->options != NULL) {
        put(output, "\n");
        help_options(output, command);
    }
}

static void help_settings(struct fl_output *output)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    if (stream == NULL) {
        output->failed = true;
        return;
    }
    fl_settings_print_help(stream);
    fclose(stream);
    if (output->json) {
        fl_output_text(output, "help", "help", text);
    } else {
        put(output, text);
    }
    free(text);
}

/* Those of this verb, or without one; of all verbs when `any`. How many. */
static size_t help_noun(
    struct fl_output *output,
    const char *noun,
    const char *verb,
    bool any)
{
    size_t shown = 0;
    for (size_t i = 0; i < fl_command_count(); i++) {
        const struct fl_command *command = fl_command_at(i);
        bool is_verb = verb == NULL || command->verb == NULL
                           ? verb == command->verb
                           : strcmp(command->verb, verb) == 0;
        if (strcmp(command->noun, noun) == 0 && (any || is_verb)) {
            if (shown++ > 0) {
                put(output, "\n\n");
            }
            help_command(output, command);
        }
    }
    return shown;
}

enum fl_status fl_command_help(
    struct fl_output *output,
    const char *noun,
    const char *verb,
    struct fl_error *out_error)
{
    if (noun == NULL) {
        help_all(output);
        return FL_OK;
    }
    if (strcmp(noun, "settings") == 0) {
        help_settings(output);
        return FL_OK;
    }
    /* What follows a noun without a verb is its argument. */
    if (help_noun(output, noun, verb, /* any= */ verb == NULL) > 0 ||
        help_noun(output, noun, NULL, /* any= */ false) > 0) {
        return FL_OK;
    }
    return fl_error_set(
        out_error, FL_NOT_FOUND,
        "there is no help on \"%s%s%s\"; `filial help` lists the commands", noun,
        verb == NULL ? "" : " ", verb == NULL ? "" : verb);
}
