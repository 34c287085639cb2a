#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "output.h"

/* What no run of this database is known for may be another's, for which the directory is shared. */
enum { STRANGERS_KEEP_S = 86400 };

/* ORGANIZATION_REPORT_TIME_ATTEMPT, as output_begin() names the directory. */
struct left {
    char organization[AP_UUID_TEXT_SIZE], report[AP_UUID_TEXT_SIZE], time[24];
    long attempt;
};

static bool read_part(const char **text, char end, char *out, size_t size)
{
    size_t len = strcspn(*text, "_");

    if (len == 0 || len >= size || (*text)[len] != end)
        return false;
    memcpy(out, *text, len);
    out[len] = '\0';
    *text += len + (end != '\0');
    return true;
}

static bool read_name(struct left *left, const char *name)
{
    struct ap_uuid id;
    char attempt[12], *end;

    if (!read_part(&name, '_', left->organization, sizeof left->organization) ||
        !read_part(&name, '_', left->report, sizeof left->report) ||
        !read_part(&name, '_', left->time, sizeof left->time) || !read_part(&name, '\0', attempt, sizeof attempt))
        return false;
    left->attempt = strtol(attempt, &end, 10);
    return ap_uuid_parse(&id, left->organization) && ap_uuid_parse(&id, left->report) && *end == '\0' &&
           left->time[strspn(left->time, "-0123456789")] == '\0';
}

static bool is_old(const char *path, int64_t now_us)
{
    struct stat is;

    return stat(path, &is) == 0 && is.st_mtime + STRANGERS_KEEP_S < now_us / AP_US_PER_SECOND;
}

static enum ap_status clear_one(const struct output_place *place, struct ap_db *db, const char *name,
                                const struct left *left, struct ap_error *err)
{
    const char *values[2] = {left->report, left->time};
    char making[OUTPUT_PATH_SIZE + OUTPUT_NAME_SIZE], organization[OUTPUT_PATH_SIZE + AP_UUID_TEXT_SIZE];
    struct ap_rows *rows = NULL;
    bool known, its, running, succeeded;
    enum ap_status status = ap_db_query(db, ap_sql("queries/schedule_state"), 2, values, &rows, err);

    if (status != AP_OK)
        return status;
    known = ap_rows_count(rows) == 1;
    its = known && ap_rows_int(rows, 0, 1) == left->attempt;
    running = its && strcmp(ap_rows_str(rows, 0, 0), "running") == 0;
    succeeded = its && strcmp(ap_rows_str(rows, 0, 0), "succeeded") == 0;
    ap_rows_free(rows);
    (void)snprintf(making, sizeof making, "%s/%s", place->making, name);
    (void)snprintf(organization, sizeof organization, "%s/%s",
                   place->directory != NULL ? place->directory : "/nonexistent", left->organization);
    if (running || (!known && !is_old(making, ap_clock_now_us())))
        return AP_OK;
    return output_clean(making, organization, succeeded, err);
}

enum ap_status output_clear(const struct output_place *place, struct ap_db *db, struct ap_error *err)
{
    enum ap_status status = AP_OK;
    DIR *directory = opendir(place->making);
    const struct dirent *file;
    struct left left;

    if (directory == NULL)
        return ap_fail_errno(err, errno, "cannot read %s", place->making);
    while (status == AP_OK && (file = readdir(directory)) != NULL)
        if (strlen(file->d_name) < OUTPUT_NAME_SIZE && read_name(&left, file->d_name))
            status = clear_one(place, db, file->d_name, &left, err);
    (void)closedir(directory);
    return status;
}
