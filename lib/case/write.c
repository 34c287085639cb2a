/* Taking a step: whatever happens meanwhile, the case is as it was or has the whole step. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auditproof/clock.h"
#include "auditproof/file.h"
#include "auditproof/json.h"
#include "auditproof/utf8.h"
#include "case_internal.h"

static enum ap_status fail_at(const struct ap_case *folder, const char *what, struct ap_error *err)
{
    return ap_fail_errno(err, errno, "cannot %s the case %s", what, folder->path);
}

static const char *const names[] = {CASE_STEP_FILE, "query.json", "heads.ndjson", "result.ndjson", "outcome.ndjson"};

bool case_is_step_file(const char *name)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* What a step that was never finished left, which is no part of the case. Only names that a step can have go. */
enum ap_status case_clear_unfinished(const struct ap_case *folder, struct ap_error *err)
{
    int fd = openat(folder->fd, CASE_UNFINISHED, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0)
        return errno == ENOENT ? AP_OK : fail_at(folder, "remove what is unfinished of", err);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (unlinkat(fd, names[i], 0) != 0 && errno != ENOENT) {
            (void)fail_at(folder, "remove what is unfinished of", err);
            (void)close(fd);
            return AP_EIO;
        }
    (void)close(fd);
    return unlinkat(folder->fd, CASE_UNFINISHED, AT_REMOVEDIR) == 0
               ? AP_OK
               : fail_at(folder, "remove what is unfinished of", err);
}

static enum ap_status begin_step(struct ap_case *folder, struct ap_error *err)
{
    enum ap_status status = case_clear_unfinished(folder, err);

    if (status != AP_OK)
        return status;
    folder->file_count = 0;
    if (mkdirat(folder->fd, CASE_UNFINISHED, 0700) != 0)
        return fail_at(folder, "write to", err);
    folder->step_fd = openat(folder->fd, CASE_UNFINISHED, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return folder->step_fd >= 0 ? AP_OK : fail_at(folder, "write to", err);
}

struct first_problem {
    char name[64], problem[128];
};

static void keep_first(void *context, const char *name, const char *problem)
{
    struct first_problem *first = context;

    if (first->name[0] != '\0')
        return;
    (void)snprintf(first->name, sizeof first->name, "%s", name);
    (void)snprintf(first->problem, sizeof first->problem, "%s", problem);
}

enum ap_status ap_case_begin(struct ap_case *folder, struct ap_error *err)
{
    struct first_problem first = {"", ""};
    struct ap_case_verdict verdict;
    enum ap_status status;

    if (flock(folder->fd, LOCK_EX | LOCK_NB) != 0)
        return errno == EWOULDBLOCK
                   ? ap_fail(err, AP_ESTATE, "somebody else is adding to the case %s: try again", folder->path)
                   : fail_at(folder, "lock", err);
    status = ap_case_verify(folder, false, keep_first, &first, &verdict, err);
    if (status == AP_OK && verdict.problems > 0)
        status = ap_fail(err, AP_ESTATE,
                         "the case %s is not as it was, and nothing is added to it: see `auditquery case"
                         " verify`",
                         folder->path);
    if (status == AP_OK && verdict.steps >= AP_CASE_STEPS_MAX)
        status =
            ap_fail(err, AP_ELIMIT, "the case %s has %d steps, and no room for more", folder->path, AP_CASE_STEPS_MAX);
    if (status != AP_OK)
        return status;
    folder->steps = verdict.steps;
    memcpy(folder->head, verdict.head, AP_HASH_LEN);
    return begin_step(folder, err);
}

static enum ap_status end_file(struct ap_case *folder, struct ap_error *err)
{
    struct ap_case_file *file = &folder->files[folder->file_count];
    int fd = folder->file_fd, failed = 0;
    enum ap_status status;

    if (fd < 0)
        return AP_OK;
    folder->file_fd = -1;
    folder->file_count++;
    status = ap_digest_end(folder->digest, file->sha256, err);
    if (fsync(fd) != 0)
        failed = errno;
    if (close(fd) != 0 && failed == 0)
        failed = errno;
    return status == AP_OK && failed != 0 ? ap_fail_errno(err, failed, "cannot write %s", file->name) : status;
}

enum ap_status ap_case_file(struct ap_case *folder, const char *name, struct ap_error *err)
{
    enum ap_status status = end_file(folder, err);

    if (status != AP_OK)
        return status;
    if (folder->file_count == AP_CASE_FILES_MAX || !case_is_file_name(name, strlen(name)))
        return ap_fail(err, AP_EINTERNAL, "a step has no file %s", name);
    memset(&folder->files[folder->file_count], 0, sizeof folder->files[0]);
    (void)snprintf(folder->files[folder->file_count].name, AP_CASE_NAME_SIZE, "%s", name);
    folder->file_fd = openat(folder->step_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    return folder->file_fd >= 0 ? ap_digest_start(folder->digest, err) : fail_at(folder, "write to", err);
}

enum ap_status ap_case_write(struct ap_case *folder, const void *bytes, size_t len, struct ap_error *err)
{
    struct ap_case_file *file = &folder->files[folder->file_count];
    enum ap_status status = ap_digest_add(folder->digest, bytes, len, err);

    if (status == AP_OK && AP_CASE_FILE_MAX - file->size < len)
        return ap_fail(err, AP_ELIMIT, "%s would have more than %" PRIu64 " bytes", file->name, AP_CASE_FILE_MAX);
    file->size += len;
    return status == AP_OK ? ap_file_write(folder->file_fd, file->name, bytes, len, err) : status;
}

static void put_member(struct ap_buf *out, const char *name, const char *text)
{
    ap_buf_addf(out, "\"%s\":", name);
    ap_json_string(out, text);
}

static void put_step(struct ap_buf *out, const struct ap_case *folder, enum ap_case_kind kind, const char *text,
                     const char *about, const struct ap_case_author *author)
{
    char time[AP_TIME_TEXT_SIZE];

    ap_time_format(time, ap_clock_now_us());
    ap_buf_addf(out, "{\"format\":\"auditproof-case/1\",\"step\":%u,\"previous\":\"", folder->steps + 1);
    ap_buf_add_hex(out, folder->head, AP_HASH_LEN);
    ap_buf_adds(out, "\",");
    put_member(out, "time", time);
    ap_buf_adds(out, ",\"author\":{");
    put_member(out, "os_user", author->os_user);
    ap_buf_addc(out, ',');
    put_member(out, "login", author->login);
    ap_buf_addc(out, ',');
    put_member(out, "role", author->role);
    ap_buf_adds(out, "},");
    put_member(out, "kind", ap_case_kind_name(kind));
    ap_buf_addc(out, ',');
    put_member(out, "text", text);
    ap_buf_addf(out, ",\"about\":%s,\"files\":{", about != NULL ? about : "null");
    for (size_t i = 0; i < folder->file_count; i++) {
        ap_buf_addf(out, "%s\"%s\":{\"size\":%" PRIu64 ",\"sha256\":\"", i > 0 ? "," : "", folder->files[i].name,
                    folder->files[i].size);
        ap_buf_add_hex(out, folder->files[i].sha256, AP_HASH_LEN);
        ap_buf_adds(out, "\"}");
    }
    ap_buf_adds(out, "}}\n");
}

static enum ap_status write_step(struct ap_case *folder, const struct ap_buf *json, struct ap_error *err)
{
    int fd = openat(folder->step_fd, CASE_STEP_FILE, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    int failed = fd < 0 ? errno : 0;
    enum ap_status status = AP_OK;

    if (fd >= 0)
        status = ap_file_write(fd, CASE_STEP_FILE, json->data, json->len, err);
    if (fd >= 0 && status == AP_OK && fsync(fd) != 0)
        failed = errno;
    if (fd >= 0 && close(fd) != 0 && failed == 0)
        failed = errno;
    if (status == AP_OK && failed == 0 && fsync(folder->step_fd) != 0 && errno != EINVAL)
        failed = errno;
    return status == AP_OK && failed != 0 ? ap_fail_errno(err, failed, "cannot write " CASE_STEP_FILE) : status;
}

static enum ap_status place_step(struct ap_case *folder, struct ap_error *err)
{
    char name[CASE_STEP_NAME];

    (void)snprintf(name, sizeof name, "%04u", (folder->steps + 1) % (AP_CASE_STEPS_MAX + 1));
    if (renameat(folder->fd, CASE_UNFINISHED, folder->fd, name) != 0)
        return fail_at(folder, "add a step to", err);
    (void)close(folder->step_fd);
    folder->step_fd = -1;
    return fsync(folder->fd) == 0 || errno == EINVAL ? AP_OK : fail_at(folder, "add a step to", err);
}

enum ap_status ap_case_commit(struct ap_case *folder, enum ap_case_kind kind, const char *text, const char *about,
                              const struct ap_case_author *author, unsigned *number, uint8_t head[AP_HASH_LEN],
                              struct ap_error *err)
{
    struct ap_buf json = AP_BUF_INIT;
    enum ap_status status = end_file(folder, err);

    if (status == AP_OK && text != NULL &&
        (strlen(text) > AP_CASE_TEXT_MAX || ap_utf8_valid(text, strlen(text)) != strlen(text)))
        status = ap_fail(err, AP_EINPUT, "a text of a case is UTF-8, of at most %d bytes", AP_CASE_TEXT_MAX);
    put_step(&json, folder, kind, text, about, author);
    if (status == AP_OK)
        status = ap_buf_check(&json, "a step", err);
    if (status == AP_OK)
        status = write_step(folder, &json, err);
    if (status == AP_OK)
        status = place_step(folder, err);
    if (status == AP_OK)
        status = case_hash(folder->digest, head, &json, err);
    ap_buf_free(&json);
    if (status == AP_OK && number != NULL)
        *number = folder->steps + 1;
    return status;
}

enum ap_status ap_case_new(const char *path, const char *title, const struct ap_case_author *author,
                           uint8_t head[AP_HASH_LEN], struct ap_error *err)
{
    struct ap_case *folder = NULL;
    enum ap_status status;

    if (mkdir(path, 0700) != 0)
        return errno == EEXIST ? ap_fail(err, AP_ESTATE, "%s is there already: a new case makes its own folder", path)
                               : ap_fail_errno(err, errno, "cannot make the case %s", path);
    status = ap_case_open(&folder, path, err);
    if (status == AP_OK)
        status = begin_step(folder, err);
    if (status == AP_OK)
        status = ap_case_commit(folder, AP_CASE_OPENED, title, NULL, author, NULL, head, err);
    if (status == AP_OK)
        status = ap_file_flush_directory(path, err);
    ap_case_free(folder);
    if (status != AP_OK)
        (void)rmdir(path); /* where there is a step in it, it stays */
    return status;
}
