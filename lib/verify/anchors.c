#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auditproof/timestamp.h"
#include "run.h"

/*
 * Checkpoints kept elsewhere: files, and directories that are searched for *.note, and for notes of changed keys and
 * declared restores (auditseal(1), ANCHORS). What cannot be read fails the run: an anchor that is not looked at must
 * not look like one that agrees.
 */

enum { DEPTH_MAX = 16 };

static bool is_note_name(const char *name)
{
    size_t len = strlen(name);

    return name[0] != '.' && len > strlen(".note") && strcmp(name + len - strlen(".note"), ".note") == 0;
}

/* SIZE-ID.key or .epoch, as auditseal names them: 20 digits, and 8 of base 16. */
static bool is_record_name(const char *name)
{
    size_t size = strspn(name, "0123456789");
    size_t id = size == 20 && name[size] == '-' ? strspn(name + size + 1, "0123456789abcdef") : 0;

    return id == 8 && (strcmp(name + 29, ".key") == 0 || strcmp(name + 29, ".epoch") == 0);
}

/* A file that, when optional, may be absent. */
static enum ap_status read_file(const char *path, bool optional, size_t max, struct ap_buf *bytes, bool *there,
                                struct ap_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    enum ap_status status = AP_OK;
    struct stat st;
    ssize_t n = 1;

    *there = fd >= 0;
    if (fd < 0 && optional && errno == ENOENT)
        return AP_OK;
    if (fd < 0)
        return ap_fail_errno(err, errno, "cannot read anchor %s", path);
    if (fstat(fd, &st) != 0)
        status = ap_fail_errno(err, errno, "cannot read anchor %s", path);
    else if (!S_ISREG(st.st_mode))
        status =
            ap_fail(err, AP_EIO, "cannot read anchor %s: it is no file; find out what was put there, and why", path);
    while (status == AP_OK && n > 0 && bytes->len <= max) {
        char part[8192];

        n = read(fd, part, sizeof part);
        if (n < 0)
            status = ap_fail_errno(err, errno, "cannot read anchor %s", path);
        else
            ap_buf_add(bytes, part, (size_t)n);
    }
    (void)close(fd);
    return status == AP_OK ? ap_buf_check(bytes, "an anchor", err) : status;
}

static enum ap_status keep_file(struct seals *seals, const char *path, const struct ap_buf *bytes, struct ap_error *err)
{
    struct anchored_file *file = ap_arena_alloc(&seals->files, 1, sizeof *file);

    if (file != NULL) {
        file->path = ap_arena_copy(&seals->files, path, strlen(path));
        file->bytes = ap_arena_copy(&seals->files, ap_buf_str(bytes), bytes->len);
        file->len = bytes->len;
        *(seals->last_file != NULL ? &seals->last_file->next : &seals->first_file) = file;
        seals->last_file = file;
    }
    return ap_arena_check(&seals->files, "what anchors have", err);
}

/* The time-stamp that lies beside a note. */
static enum ap_status read_stamp(struct seals *seals, const char *path, struct ap_error *err)
{
    struct ap_buf bytes = AP_BUF_INIT;
    char *beside = NULL;
    bool there = false;
    enum ap_status status;

    if (asprintf(&beside, "%s" AP_STAMP_SUFFIX, path) < 0)
        return ap_fail_memory(err, "a path");
    status = read_file(beside, true, AP_TIMESTAMP_MAX, &bytes, &there, err);
    if (status == AP_OK && there) {
        seals->last_file->stamp = ap_arena_copy(&seals->files, ap_buf_str(&bytes), bytes.len);
        seals->last_file->stamp_len = bytes.len;
        status = ap_arena_check(&seals->files, "what anchors have", err);
    }
    ap_buf_free(&bytes);
    free(beside);
    return status;
}

static enum ap_status read_note(struct run *run, const char *path, struct ap_error *err)
{
    struct ap_buf bytes = AP_BUF_INIT;
    bool there;
    enum ap_status status = read_file(path, false, AP_NOTE_MAX, &bytes, &there, err);

    if (status == AP_OK)
        status = keep_file(&run->seals, path, &bytes, err);
    if (status == AP_OK)
        status = read_stamp(&run->seals, path, err);
    ap_buf_free(&bytes);
    return status;
}

/* One that is no such note was altered, or put in its place. */
static enum ap_status read_record(struct run *run, const char *path, struct ap_error *err)
{
    struct ap_buf bytes = AP_BUF_INIT;
    struct ap_finding finding;
    struct ap_error why;
    bool there;
    enum ap_status status = read_file(path, false, AP_NOTE_MAX, &bytes, &there, err);

    if (status == AP_OK)
        status = ap_log_notes_add(&run->seals.notes, ap_buf_str(&bytes), bytes.len, &why);
    if (status == AP_EINPUT) {
        memset(&finding, 0, sizeof finding);
        finding.kind = AP_FINDING_SIGNATURE;
        ap_finding_text(finding.object, "anchor %s", path);
        ap_finding_text(finding.expected, "the note of a changed key or a declared restore");
        ap_finding_text(finding.found, "%s", why.message);
        ap_finding_text(finding.detail, "the file was altered, or cut short: look for another copy");
        status = findings_add(&run->findings, &finding, err);
    } else if (status == AP_ELIMIT || status == AP_ENOMEM) {
        status = ap_fail(err, status, "%s", why.message);
    }
    ap_buf_free(&bytes);
    return status;
}

static enum ap_status search(struct run *run, const char *path, unsigned depth, struct ap_error *err);

/* Links to directories are not followed, so that a search ends. One named like a note was put in a note's place. */
static enum ap_status search_entry(struct run *run, const char *path, const char *name, unsigned depth,
                                   struct ap_error *err)
{
    enum ap_status status = AP_OK;
    struct stat st;
    char *full;

    if (asprintf(&full, "%s/%s", path, name) < 0)
        return ap_fail_memory(err, "a path");
    if (lstat(full, &st) != 0)
        status = ap_fail_errno(err, errno, "cannot read anchor %s", full);
    else if (S_ISDIR(st.st_mode) && !is_note_name(name))
        status = search(run, full, depth + 1, err);
    else if (is_note_name(name))
        status = read_note(run, full, err);
    else if (is_record_name(name))
        status = read_record(run, full, err);
    free(full);
    return status;
}

static enum ap_status search(struct run *run, const char *path, unsigned depth, struct ap_error *err)
{
    enum ap_status status = AP_OK;
    const struct dirent *entry;
    DIR *dir;

    if (depth > DEPTH_MAX)
        return ap_fail(err, AP_ELIMIT, "%s is more than %d directories deep", path, DEPTH_MAX);
    dir = opendir(path);
    if (dir == NULL)
        return ap_fail_errno(err, errno, "cannot read anchor %s", path);
    while (status == AP_OK) {
        errno = 0;
        entry = readdir(dir);
        if (entry == NULL) {
            if (errno != 0)
                status = ap_fail_errno(err, errno, "cannot read anchor %s", path);
            break;
        }
        if (entry->d_name[0] != '.')
            status = search_entry(run, path, entry->d_name, depth, err);
        if (status == AP_OK && run->options->stop != NULL && *run->options->stop)
            status = ap_fail(err, AP_ECANCELLED, "stopped on request");
    }
    (void)closedir(dir);
    return status;
}

enum ap_status run_read_anchors(struct run *run, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    for (size_t i = 0; i < run->options->anchor_count && status == AP_OK; i++) {
        const char *path = run->options->anchors[i], *slash = strrchr(path, '/');
        struct stat st;

        if (stat(path, &st) != 0)
            status = ap_fail_errno(err, errno, "cannot read anchor %s", path);
        else if (S_ISDIR(st.st_mode))
            status = search(run, path, 0, err);
        else if (is_record_name(slash != NULL ? slash + 1 : path))
            status = read_record(run, path, err);
        else
            status = read_note(run, path, err);
    }
    return status;
}
