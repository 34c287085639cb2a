/* A directory of checkpoints: one file a size, written whole or not at all, and never again. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "seal_internal.h"

enum { NAME_DIGITS = 20, PATH_SIZE = 4096, LEFT_OVER_S = 3600 };

/* PATH/<16 digits of SHA-256 of the origin>: origins of several logs can share a directory. */
static enum ap_status log_directory(char out[PATH_SIZE], const char *path, struct ap_digest *digest, const char *origin,
                                    struct ap_error *err)
{
    struct ap_span span = {origin, strlen(origin)};
    uint8_t hash[AP_HASH_LEN];
    char hex[17] = "";
    enum ap_status status = ap_digest_spans(digest, hash, &span, 1, err);
    int n;

    if (status != AP_OK)
        return status;
    ap_hex_encode(hex, hash, 8);
    n = snprintf(out, PATH_SIZE, "%s/%s", path, hex);
    return n < 0 || n >= PATH_SIZE - 64 ? ap_fail(err, AP_EINPUT, "the path %s is too long", path) : AP_OK;
}

static bool size_of_name(uint64_t *size, const char *name)
{
    size_t skip = strspn(name, "0");

    if (strlen(name) != NAME_DIGITS + 5 || strcmp(name + NAME_DIGITS, ".note") != 0 || skip >= NAME_DIGITS)
        return false;
    return ap_decimal_parse(size, name + skip, NAME_DIGITS - skip);
}

/* A regular file. What somebody put in its place, so that it cannot be read, is AP_ESTATE; a fault of the disk is not.
 */
static enum ap_status open_file(int *fd, const char *path, struct ap_error *err)
{
    struct stat st;

    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (*fd < 0 && errno != EACCES && errno != ELOOP && errno != ENOENT && errno != ENXIO)
        return ap_fail_errno(err, errno, "cannot read %s", path);
    if (*fd >= 0 && fstat(*fd, &st) == 0 && S_ISREG(st.st_mode))
        return AP_OK;
    if (*fd >= 0)
        (void)close(*fd);
    return ap_fail(err, AP_ESTATE, "%s, which is no file that can be read", path);
}

static enum ap_status read_file(const char *path, struct ap_buf *out, struct ap_error *err)
{
    char *room;
    ssize_t n = 1;
    int fd;
    enum ap_status status = open_file(&fd, path, err);

    if (status != AP_OK)
        return status;
    while (n > 0 && out->len <= AP_NOTE_MAX) {
        room = ap_buf_reserve(out, 4096);
        n = room == NULL ? -1 : read(fd, room, 4096);
        if (n < 0 && room != NULL && errno == EINTR)
            n = 1;
        else if (n > 0)
            out->len += (size_t)n;
    }
    if (n < 0) {
        int saved = errno;

        (void)close(fd);
        return ap_fail_errno(err, saved, "cannot read %s", path);
    }
    (void)close(fd);
    if (out->len > AP_NOTE_MAX)
        return ap_fail(err, AP_ESTATE, "%s, which is longer than a checkpoint's %d bytes", path, AP_NOTE_MAX);
    return AP_OK;
}

/* A file that holds less than its name says, empty or an old checkpoint, would hide the ones in between. */
static enum ap_status check_size(const char *file, uint64_t size, const struct ap_buf *bytes, struct ap_error *err)
{
    struct ap_checkpoint is;
    struct ap_note note;

    if (bytes->len == 0)
        return ap_fail(err, AP_ESTATE, "%s, which is empty", file);
    if (ap_note_parse(&note, bytes->data, bytes->len, NULL) == AP_OK &&
        ap_checkpoint_parse(&is, note.text, note.text_len, NULL) == AP_OK && is.size != size)
        return ap_fail(err, AP_ESTATE, "%s, which holds a checkpoint of %" PRIu64 " seals", file, is.size);
    return AP_OK;
}

/* Sizes of checkpoints, as files are named. */
struct sizes {
    uint64_t *items; /* owned */
    size_t count, room;
};

static enum ap_status add_size(struct sizes *sizes, uint64_t size, struct ap_error *err)
{
    if (sizes->count == sizes->room) {
        size_t room = sizes->room == 0 ? 64 : 2 * sizes->room;
        uint64_t *more = realloc(sizes->items, room * sizeof *more);

        if (more == NULL)
            return ap_fail_memory(err, "an anchor's checkpoints");
        sizes->items = more;
        sizes->room = room;
    }
    sizes->items[sizes->count++] = size;
    return AP_OK;
}

static int by_size(const void *a, const void *b)
{
    uint64_t x, y;

    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

/* In order. Free the items in every case. */
static enum ap_status list_sizes(const char *path, const char *directory, struct sizes *out, struct ap_error *err)
{
    enum ap_status status = AP_OK;
    const struct dirent *item;
    uint64_t size;
    struct stat st;
    DIR *dir;

    memset(out, 0, sizeof *out);
    /* A mount that is not there must not pass for an anchor that has nothing. */
    if (stat(path, &st) != 0)
        return ap_fail_errno(err, errno, "cannot read anchor directory %s", path);
    dir = opendir(directory);
    if (dir == NULL)
        return errno == ENOENT ? AP_OK : ap_fail_errno(err, errno, "cannot read anchor directory %s", directory);
    errno = 0;
    while (status == AP_OK && (item = readdir(dir)) != NULL) {
        if (size_of_name(&size, item->d_name))
            status = add_size(out, size, err);
        errno = 0;
    }
    if (status == AP_OK && errno != 0)
        status = ap_fail_errno(err, errno, "cannot read anchor directory %s", directory);
    (void)closedir(dir);
    if (out->count > 1)
        qsort(out->items, out->count, sizeof *out->items, by_size);
    return status;
}

static enum ap_status read_checkpoint(const char *directory, uint64_t size, struct ap_buf *note, struct ap_error *err)
{
    char file[PATH_SIZE];
    enum ap_status status;

    (void)snprintf(file, sizeof file, "%.4000s/%020" PRIu64 ".note", directory, size);
    status = read_file(file, note, err);
    return status == AP_OK ? check_size(file, size, note, err) : status;
}

enum ap_status anchor_dir_newest(const char *path, struct ap_digest *digest, const char *origin, struct ap_buf *note,
                                 struct ap_error *err)
{
    char directory[PATH_SIZE];
    struct sizes sizes = {NULL, 0, 0};
    enum ap_status status = log_directory(directory, path, digest, origin, err);

    if (status == AP_OK)
        status = list_sizes(path, directory, &sizes, err);
    if (status == AP_OK && sizes.count > 0)
        status = read_checkpoint(directory, sizes.items[sizes.count - 1], note, err);
    free(sizes.items);
    return status;
}

enum ap_status anchor_dir_all(const char *path, struct ap_digest *digest, const char *origin, anchor_note_fn *fn,
                              void *context, struct ap_error *err)
{
    char directory[PATH_SIZE];
    struct sizes sizes = {NULL, 0, 0};
    enum ap_status status = log_directory(directory, path, digest, origin, err);

    if (status == AP_OK)
        status = list_sizes(path, directory, &sizes, err);
    for (size_t i = 0; i < sizes.count && status == AP_OK; i++) {
        struct ap_buf note = AP_BUF_INIT;

        status = read_checkpoint(directory, sizes.items[i], &note, err);
        if (status == AP_OK)
            status = fn(context, &note, err);
        ap_buf_free(&note);
    }
    free(sizes.items);
    return status;
}

/* What hides as a note, but cannot be read or is none, says nothing of the log. */
static enum ap_status take_notes(const char *directory, const char *name, struct ap_log_notes *notes,
                                 struct ap_error *err)
{
    struct ap_buf bytes = AP_BUF_INIT;
    char file[PATH_SIZE];
    enum ap_status status;
    int n = snprintf(file, sizeof file, "%.3800s/%s", directory, name);

    if (n < 0 || n >= PATH_SIZE)
        return AP_OK;
    status = read_file(file, &bytes, err);
    if (status == AP_OK)
        status = ap_log_notes_add(notes, ap_buf_str(&bytes), bytes.len, err);
    ap_buf_free(&bytes);
    return status == AP_ESTATE || status == AP_EINPUT ? AP_OK : status;
}

static bool is_history(const char *name)
{
    const char *dot = strrchr(name, '.');

    return name[0] != '.' && dot != NULL && (strcmp(dot, ".key") == 0 || strcmp(dot, ".epoch") == 0);
}

enum ap_status anchor_dir_notes(const char *path, struct ap_digest *digest, const char *origin,
                                struct ap_log_notes *notes, struct ap_error *err)
{
    char directory[PATH_SIZE];
    const struct dirent *item;
    enum ap_status status = log_directory(directory, path, digest, origin, err);
    DIR *dir;

    if (status != AP_OK)
        return status;
    dir = opendir(directory);
    if (dir == NULL)
        return errno == ENOENT ? AP_OK : ap_fail_errno(err, errno, "cannot read anchor directory %s", directory);
    errno = 0;
    while (status == AP_OK && (item = readdir(dir)) != NULL) {
        if (is_history(item->d_name))
            status = take_notes(directory, item->d_name, notes, err);
        errno = 0;
    }
    if (status == AP_OK && errno != 0)
        status = ap_fail_errno(err, errno, "cannot read anchor directory %s", directory);
    (void)closedir(dir);
    return status;
}

static enum ap_status sync_directory(const char *path, struct ap_error *err)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), saved;

    if (fd < 0)
        return ap_fail_errno(err, errno, "cannot open %s", path);
    saved = fsync(fd) == 0 || errno == EINVAL ? 0 : errno;
    (void)close(fd);
    return saved == 0 ? AP_OK : ap_fail_errno(err, saved, "cannot flush %s", path);
}

/* The name is made up: two hosts that share the directory may have the same process id. */
static enum ap_status write_whole(char *path, const void *bytes, size_t len, struct ap_error *err)
{
    int fd = mkostemps(path, 4, O_CLOEXEC), saved = 0;
    const char *at = bytes;

    if (fd < 0)
        return ap_fail_errno(err, errno, "cannot make %s", path);
    while (len > 0) {
        ssize_t n = write(fd, at, len);

        if (n < 0 && errno != EINTR) {
            saved = errno;
            break;
        }
        at += n > 0 ? n : 0;
        len -= n > 0 ? (size_t)n : 0;
    }
    if (saved == 0 && (fchmod(fd, 0444) != 0 || fsync(fd) != 0))
        saved = errno;
    if (close(fd) != 0 && saved == 0)
        saved = errno;
    return saved == 0 ? AP_OK : ap_fail_errno(err, saved, "cannot write %s", path);
}

/* ".XXXXXX.tmp", as write_whole names what it writes. */
static bool is_temporary(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

    return name[0] == '.' && strspn(name + 1, letters) == 6 && strcmp(name + 7, ".tmp") == 0;
}

/*
 * What sealers that were killed left half written; by the clock of the file system, so that what another host is
 * writing now stays. Whether it works is of no interest: the next one tries again.
 */
static void remove_left_over(const char *directory, const char *own)
{
    const struct dirent *item;
    struct stat now, st;
    DIR *dir = opendir(directory);

    if (dir == NULL)
        return;
    if (stat(own, &now) == 0)
        while ((item = readdir(dir)) != NULL)
            if (is_temporary(item->d_name) && fstatat(dirfd(dir), item->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
                S_ISREG(st.st_mode) && now.st_mtime - st.st_mtime > LEFT_OVER_S)
                (void)unlinkat(dirfd(dir), item->d_name, 0);
    (void)closedir(dir);
}

/* There already: fine when it is the same, an alarm when it is not. */
static enum ap_status compare(const char *file, const void *note, size_t len, struct ap_error *err)
{
    struct ap_buf there = AP_BUF_INIT;
    enum ap_status status = read_file(file, &there, err);

    if (status == AP_OK && (there.len != len || memcmp(there.data, note, len) != 0))
        status = ap_fail(err, AP_ESTATE,
                         "%s holds another note than this one: the log, or the anchor, was tampered with", file);
    ap_buf_free(&there);
    return status;
}

enum ap_status anchor_dir_keep(const char *path, struct ap_digest *digest, const char *origin, const char *name,
                               const void *bytes, size_t len, struct ap_buf *answer, struct ap_error *err)
{
    char directory[PATH_SIZE], file[PATH_SIZE], temporary[PATH_SIZE];
    enum ap_status status = log_directory(directory, path, digest, origin, err);

    if (status != AP_OK)
        return status;
    if (mkdir(directory, 0777) != 0 && errno != EEXIST)
        return ap_fail_errno(err, errno, "cannot make %s", directory);
    (void)snprintf(file, sizeof file, "%.4000s/%.64s", directory, name);
    (void)snprintf(temporary, sizeof temporary, "%.4000s/.XXXXXX.tmp", directory);
    if (access(file, F_OK) == 0) {
        status = compare(file, bytes, len, err);
    } else {
        status = write_whole(temporary, bytes, len, err);
        if (status == AP_OK)
            remove_left_over(directory, temporary);
        /* link(2) and not rename(2): it never replaces what is there. */
        if (status == AP_OK && link(temporary, file) != 0)
            status =
                errno == EEXIST ? compare(file, bytes, len, err) : ap_fail_errno(err, errno, "cannot make %s", file);
        (void)unlink(temporary);
        if (status == AP_OK)
            status = sync_directory(directory, err);
        if (status == AP_OK)
            status = sync_directory(path, err);
    }
    if (status == AP_OK)
        ap_buf_adds(answer, file);
    return status == AP_OK ? ap_buf_check(answer, "an anchor's answer", err) : status;
}

enum ap_status anchor_dir_publish(const char *path, struct ap_digest *digest, const char *origin, uint64_t size,
                                  const void *note, size_t len, struct ap_buf *answer, struct ap_error *err)
{
    char name[NAME_DIGITS + 6];

    (void)snprintf(name, sizeof name, "%020" PRIu64 ".note", size);
    return anchor_dir_keep(path, digest, origin, name, note, len, answer, err);
}
