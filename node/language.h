/*
 * Words for people in their language: English is in the source, the rest in catalogues
 * that lie in ../share/locale from the program, installed or not.
 */

#ifndef NODE_LANGUAGE_H
#define NODE_LANGUAGE_H

#define _(text)  fl_language_words(text)
#define N_(text) (text) /* in tables: translated where it is used */

/* Once, at the start of a program: finds the catalogues, takes the user's language. */
void fl_language_init(void);

/* "ru" or "en": what is in use; at first what the environment asks for. */
const char *fl_language_wanted(void);

/* `text` in that language. Nothing stays nothing: gettext() would tell of its catalogue.
 */
const char *fl_language_words(const char *text) __attribute__((format_arg(1)));

/* From now on in `language`: the daemon speaks to each client in its own. */
void fl_language_use(const char *language);

#endif
