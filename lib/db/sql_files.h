/* The table that share/build/embed.awk writes: every file under sql/, in byte order of its name. */
#ifndef AUDITPROOF_SQL_FILES_H
#define AUDITPROOF_SQL_FILES_H

#include <stddef.h>

struct sql_file {
    const char *name; /* "queries/heads": the path below sql/, without ".sql" */
    const char *text;
};

extern const struct sql_file sql_files[];
extern const size_t sql_file_count;

#endif
