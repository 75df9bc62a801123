/* journal_internal.h - where things stand in the bytes of an operation. */
#ifndef EPI_JOURNAL_INTERNAL_H
#define EPI_JOURNAL_INTERNAL_H

enum {
    JOURNAL_FORMAT = 1,
    JOURNAL_PAYLOAD = 9, /* first byte after format and server time */
};
#endif
