#include "output.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auditproof/digest.h"
#include "auditproof/file.h"
#include "failpoint.h"

/* A link that somebody else made leads to where they like. */
static bool is_trusted(const char *path, const struct stat *is, bool ours)
{
    struct stat there;

    if (ours)
        return S_ISDIR(is->st_mode) && is->st_uid == geteuid();
    if (S_ISLNK(is->st_mode) && is->st_uid != geteuid() && is->st_uid != 0)
        return false;
    return stat(path, &there) == 0 && S_ISDIR(there.st_mode);
}

/* One that is there already has to be a directory, and where others may write, ours. */
static enum ap_status make_directory(const char *path, mode_t mode, bool ours, struct ap_error *err)
{
    struct stat is;

    if (mkdir(path, mode) == 0)
        return AP_OK;
    if (errno == EEXIST && lstat(path, &is) == 0) {
        if (is_trusted(path, &is, ours))
            return AP_OK;
        return ap_fail(err, AP_EIO, "%s is there already, and is no directory of this user: look who made it", path);
    }
    return ap_fail_errno(err, errno, "cannot make the directory %s", path);
}

enum ap_status output_place_open(struct output_place *place, struct ap_error *err)
{
    const char *temporary = getenv("TMPDIR");
    int n;

    if (place->directory != NULL)
        n = snprintf(place->making, sizeof place->making, "%s/.making", place->directory);
    else
        n = snprintf(place->making, sizeof place->making, "%s/auditschedule-%ld",
                     temporary != NULL && temporary[0] == '/' ? temporary : "/tmp", (long)geteuid());
    if (n < 0 || (size_t)n >= sizeof place->making)
        return ap_fail(err, AP_EINPUT, "the path %s is too long", place->directory);
    return make_directory(place->making, 0700, true, err);
}

/* 2026-12-01T0900, or T090030: no colons, which some file systems refuse. */
static void time_in_name(char out[AP_TIME_TEXT_SIZE], int64_t time_us)
{
    ap_time_format(out, time_us);
    out[strcspn(out, ".Z")] = '\0';
    if (strlen(out) != strlen("2026-12-01T09:00:00"))
        return;
    memcpy(out + 13, (char[]){out[14], out[15], out[17], out[18], '\0'}, 5);
    if (strcmp(out + 15, "00") == 0)
        out[15] = '\0';
}

static enum ap_status name_it(struct output *output, const struct ap_run *run, struct ap_error *err)
{
    char report[AP_UUID_TEXT_SIZE], time[AP_TIME_TEXT_SIZE], again[16] = "";
    const struct output_place *place = output->place;
    int n;

    ap_uuid_format(output->organization, &run->organization);
    ap_uuid_format(report, &run->report);
    time_in_name(time, run->scheduled_us);
    if (run->attempt > 1)
        (void)snprintf(again, sizeof again, "-%d", run->attempt);
    n = snprintf(output->name, sizeof output->name, "%s-%s-%.8s%s.%s", run->type, time, report, again, run->format);
    if (n < 0 || (size_t)n >= sizeof output->name)
        return ap_fail(err, AP_ELIMIT, "the name of a report is too long");
    (void)snprintf(output->making, sizeof output->making, "%s/%s_%s_%" PRId64 "_%d", place->making,
                   output->organization, report, run->scheduled_us, run->attempt);
    (void)snprintf(output->path, sizeof output->path, "%s/%s", output->making, output->name);
    output->url[0] = '\0';
    n = place->directory == NULL
            ? 0
            : snprintf(output->url, sizeof output->url, "%s%s/%s/%s", place->url != NULL ? "" : "file://",
                       place->url != NULL ? place->url : place->directory, output->organization, output->name);
    return n >= 0 && (size_t)n < sizeof output->url ? AP_OK : ap_fail(err, AP_ELIMIT, "a report's URL is too long");
}

enum ap_status output_begin(struct output *output, const struct output_place *place, const struct ap_run *run,
                            struct ap_error *err)
{
    char directory[OUTPUT_PATH_SIZE + AP_UUID_TEXT_SIZE];
    enum ap_status status;

    output->place = place;
    output->bytes = 0;
    status = name_it(output, run, err);
    if (status == AP_OK && place->directory != NULL) {
        (void)snprintf(directory, sizeof directory, "%s/%s", place->directory, output->organization);
        status = make_directory(directory, 0750, false, err);
    }
    return status == AP_OK ? make_directory(output->making, 0700, true, err) : status;
}

enum ap_status output_digest(struct output *output, struct ap_error *err)
{
    struct ap_digest *digest = NULL;
    uint8_t chunk[65536];
    ssize_t n = 1;
    int fd = open(output->path, O_RDONLY | O_CLOEXEC);
    enum ap_status status =
        fd < 0 ? ap_fail_errno(err, errno, "cannot read %s", output->path) : ap_digest_new(&digest, err);

    if (status == AP_OK)
        status = ap_digest_start(digest, err);
    while (status == AP_OK && (n = read(fd, chunk, sizeof chunk)) > 0) {
        output->bytes += (uint64_t)n;
        status = ap_digest_add(digest, chunk, (size_t)n, err);
    }
    if (status == AP_OK && n < 0)
        status = ap_fail_errno(err, errno, "cannot read %s", output->path);
    if (status == AP_OK)
        status = ap_digest_end(digest, output->sha256, err);
    ap_digest_free(digest);
    if (fd >= 0)
        (void)close(fd);
    return status;
}

enum ap_status output_each(const struct output *output, output_file_fn *fn, void *context, struct ap_error *err)
{
    char path[sizeof output->making + OUTPUT_NAME_SIZE];
    enum ap_status status = AP_OK;
    DIR *directory = opendir(output->making);
    const struct dirent *file;

    if (directory == NULL)
        return ap_fail_errno(err, errno, "cannot read %s", output->making);
    while (status == AP_OK && (file = readdir(directory)) != NULL) {
        if (file->d_name[0] == '.' || strcmp(file->d_name, output->name) == 0)
            continue;
        (void)snprintf(path, sizeof path, "%s/%s", output->making, file->d_name);
        status = fn(context, path, file->d_name, err);
    }
    (void)closedir(directory);
    return status == AP_OK ? fn(context, output->path, output->name, err) : status;
}

static bool same_file(const char *one, const char *other)
{
    struct stat a, b;

    return lstat(one, &a) == 0 && lstat(other, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* A file system without second names has it moved: what is left of a killed runner is then not told apart. */
static enum ap_status keep_file(void *context, const char *path, const char *name, struct ap_error *err)
{
    const struct output *output = context;
    char lasting[OUTPUT_PATH_SIZE + AP_UUID_TEXT_SIZE + OUTPUT_NAME_SIZE];
    int failed = 0;

    (void)snprintf(lasting, sizeof lasting, "%s/%s/%s", output->place->directory, output->organization, name);
    if (link(path, lasting) != 0)
        failed = errno;
    if (failed == EEXIST && !same_file(path, lasting))
        return ap_fail(err, AP_ESTATE, "%s is there already, and was left as it is", lasting);
    if (failed == EPERM || failed == EOPNOTSUPP || failed == ENOSYS)
        failed = rename(path, lasting) == 0 ? 0 : errno;
    AP_FAILPOINT(between_files);
    return failed == 0 || failed == EEXIST ? AP_OK : ap_fail_errno(err, failed, "cannot put %s in its place", lasting);
}

enum ap_status output_keep(void *context, struct ap_error *err)
{
    const struct output *output = context;
    char lasting[OUTPUT_PATH_SIZE + AP_UUID_TEXT_SIZE + OUTPUT_NAME_SIZE];
    enum ap_status status;

    if (output->place->directory == NULL)
        return AP_OK;
    status = output_each(output, keep_file, context, err);
    (void)snprintf(lasting, sizeof lasting, "%s/%s/%s", output->place->directory, output->organization, output->name);
    if (status == AP_OK)
        status = ap_file_flush_directory(lasting, err);
    /* The organization's directory may be new as well. */
    (void)snprintf(lasting, sizeof lasting, "%s/%s", output->place->directory, output->organization);
    if (status == AP_OK)
        status = ap_file_flush_directory(lasting, err);
    AP_FAILPOINT(after_place);
    return status;
}

enum ap_status output_clean(const char *making, const char *organization, bool on_record, struct ap_error *err)
{
    char path[OUTPUT_PATH_SIZE + 2 * OUTPUT_NAME_SIZE], lasting[OUTPUT_PATH_SIZE + 2 * OUTPUT_NAME_SIZE];
    DIR *directory = opendir(making);
    const struct dirent *file;
    int failed = 0;

    if (directory == NULL)
        return errno == ENOENT ? AP_OK : ap_fail_errno(err, errno, "cannot read %s", making);
    while (failed == 0 && (file = readdir(directory)) != NULL) {
        if (strcmp(file->d_name, ".") == 0 || strcmp(file->d_name, "..") == 0)
            continue;
        (void)snprintf(path, sizeof path, "%s/%s", making, file->d_name);
        (void)snprintf(lasting, sizeof lasting, "%s/%s", organization, file->d_name);
        if (!on_record && same_file(path, lasting) && unlink(lasting) != 0 && errno != ENOENT)
            failed = errno;
        if (failed == 0 && unlink(path) != 0 && errno != ENOENT)
            failed = errno;
    }
    (void)closedir(directory);
    if (failed == 0 && rmdir(making) != 0 && errno != ENOENT)
        failed = errno;
    return failed == 0 ? AP_OK : ap_fail_errno(err, failed, "cannot remove %s", making);
}

enum ap_status output_end(const struct output *output, bool on_record, struct ap_error *err)
{
    char organization[OUTPUT_PATH_SIZE + AP_UUID_TEXT_SIZE];

    (void)snprintf(organization, sizeof organization, "%s/%s",
                   output->place->directory != NULL ? output->place->directory : "/nonexistent", output->organization);
    return output_clean(output->making, organization, on_record, err);
}
