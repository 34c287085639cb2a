/* Files of share/bundle/, which every bundle holds as they are, and of share/report/, embedded. */
#ifndef AUDITPROOF_BASE_SHARE_FILES_H
#define AUDITPROOF_BASE_SHARE_FILES_H

#include <stddef.h>

struct share_file {
    const char *name; /* "bundle/verify.html", … */
    const char *text;
};

extern const struct share_file share_files[];
extern const size_t share_file_count;

#endif
