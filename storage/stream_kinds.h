/* The first byte of the keys of table `streams`. */

#ifndef STORAGE_STREAM_KINDS_H
#define STORAGE_STREAM_KINDS_H

enum {
    FL_STREAM_KIND_ROW = 1,
    FL_STREAM_KIND_MEMBERS,
    FL_STREAM_KIND_DEPENDENT,
    FL_STREAM_KIND_LOOKED_AT,
    FL_STREAM_KIND_TOLD,
};

#endif
