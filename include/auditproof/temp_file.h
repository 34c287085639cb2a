/*
 * A file that is put in its place when it is whole. Until then it has no name where the file system can do without
 * (O_TMPFILE), so that nothing is left behind however the process ends; elsewhere it is TARGET.<16 digits>.part.
 */
#ifndef AUDITPROOF_TEMP_FILE_H
#define AUDITPROOF_TEMP_FILE_H

#include <stdbool.h>

#include "auditproof/error.h"

/* Bytes, with the NUL, of a path that ap_temp_file takes. */
#define AP_TEMP_PATH_SIZE 4096

struct ap_temp_file {
    int fd;                       /* for reading and writing; -1: closed */
    char name[AP_TEMP_PATH_SIZE]; /* empty when it has none */
    char opened[32];              /* a path by which this process can open it */
};

/* Mode 0600, in the directory of target. nameless: it is never to be placed, and never has a name for long. */
AP_MUST_CHECK enum ap_status ap_temp_file_open(struct ap_temp_file *out, const char *target, bool nameless,
                                               struct ap_error *err);

/*
 * Flush it, give it the name target, in the directory that it was opened in, and flush that. AP_ESTATE when there is
 * such a file and replace is false: it is then untouched. Close it in any case.
 */
AP_MUST_CHECK enum ap_status ap_temp_file_place(struct ap_temp_file *file, const char *target, bool replace,
                                                struct ap_error *err);

/* Gone, unless it was placed. Harmless when fd is -1. */
void ap_temp_file_close(struct ap_temp_file *file);

#endif
