/*
 * What people are told of an exchange with a site: lines, as many as there is room for.
 */

#ifndef NODE_SITE_NOTES_H
#define NODE_SITE_NOTES_H

enum { FL_SITE_NOTES_BYTES = 4096, FL_SITE_NOTE_BYTES_MAX = 600 };

/* A line more; it is cut between letters. What has no room is dropped. */
void fl_site_note(char notes[FL_SITE_NOTES_BYTES], const char *words);

#endif
