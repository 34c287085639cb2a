/* Is a case what it was when its steps were taken? */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "case_internal.h"

enum { CHUNK = 65536, NAME_SIZE = 600 };

struct verifying {
    struct ap_case *folder;
    ap_case_problem_fn *problem;
    void *context;
    struct ap_case_verdict *verdict;
    bool contents;
};

static void tell(struct verifying *v, const char *name, const char *problem)
{
    if (v->verdict->problems++ < AP_CASE_PROBLEMS_MAX && v->problem != NULL)
        v->problem(v->context, name, problem);
}

static void tell_in(struct verifying *v, unsigned number, const char *name, const char *problem)
{
    char path[NAME_SIZE];

    (void)snprintf(path, sizeof path, "%04u%s%s", number, name != NULL ? "/" : "", name != NULL ? name : "");
    tell(v, path, problem);
}

/* Does the file have the bytes that it was added with? No more than one too many is read. */
static enum ap_status check_bytes(struct verifying *v, unsigned number, int fd, const struct ap_case_file *file,
                                  struct ap_error *err)
{
    struct ap_digest *digest = v->folder->digest;
    uint8_t bytes[CHUNK], hash[AP_HASH_LEN];
    uint64_t size = 0;
    ssize_t n = 1;
    enum ap_status status = ap_digest_start(digest, err);

    while (status == AP_OK && n != 0 && size <= file->size) {
        n = read(fd, bytes, sizeof bytes);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return ap_fail_errno(err, errno, "cannot read %04u/%s", number, file->name);
        size += (uint64_t)n;
        status = ap_digest_add(digest, bytes, (size_t)n, err);
    }
    if (status == AP_OK)
        status = ap_digest_end(digest, hash, err);
    if (status != AP_OK)
        return status;
    v->verdict->bytes += size;
    if (size != file->size)
        tell_in(v, number, file->name,
                size > file->size ? "is longer than when it was added" : "is shorter than when it was added");
    else if (memcmp(hash, file->sha256, AP_HASH_LEN) != 0)
        tell_in(v, number, file->name, "has other bytes than when it was added");
    return AP_OK;
}

static enum ap_status check_file(struct verifying *v, unsigned number, int step, const struct ap_case_file *file,
                                 struct ap_error *err)
{
    const char *why;
    int fd = case_open_file(step, file->name, &why);
    enum ap_status status = AP_OK;

    if (fd < 0) {
        tell_in(v, number, file->name, why);
        return AP_OK;
    }
    v->verdict->files++;
    if (v->contents)
        status = check_bytes(v, number, fd, file, err);
    (void)close(fd);
    return status;
}

typedef void name_fn(struct verifying *v, unsigned number, const struct ap_case_step *step, const char *name);

/* Every name in a folder but the two that each has. Takes fd over. */
static enum ap_status list(struct verifying *v, int fd, unsigned number, const struct ap_case_step *step, name_fn *take,
                           struct ap_error *err)
{
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    const struct dirent *item;

    if (dir == NULL) {
        int saved = errno;

        if (fd >= 0)
            (void)close(fd);
        return ap_fail_errno(err, saved, "cannot list the case %s", v->folder->path);
    }
    rewinddir(dir); /* a descriptor may have been listed before */
    errno = 0;
    while ((item = readdir(dir)) != NULL && v->verdict->problems < AP_CASE_PROBLEMS_MAX)
        if (strcmp(item->d_name, ".") != 0 && strcmp(item->d_name, "..") != 0)
            take(v, number, step, item->d_name);
    if (item == NULL && errno != 0) {
        (void)ap_fail_errno(err, errno, "cannot list the case %s", v->folder->path);
        (void)closedir(dir);
        return AP_EIO;
    }
    (void)closedir(dir);
    return AP_OK;
}

static void take_in_step(struct verifying *v, unsigned number, const struct ap_case_step *step, const char *name)
{
    bool known = strcmp(name, CASE_STEP_FILE) == 0;

    for (size_t i = 0; !known && i < step->file_count; i++)
        known = strcmp(name, step->files[i].name) == 0;
    if (!known)
        tell_in(v, number, name, "was never added to the case");
}

static void take_in_unfinished(struct verifying *v, unsigned number, const struct ap_case_step *step, const char *name)
{
    char path[NAME_SIZE];

    (void)number;
    (void)step;
    if (case_is_step_file(name))
        return;
    (void)snprintf(path, sizeof path, CASE_UNFINISHED "/%s", name);
    tell(v, path, "was never added to the case");
}

/* It is no part of the case, and goes with the next step: so it can have nothing but what a step leaves. */
static enum ap_status check_unfinished(struct verifying *v, struct ap_error *err)
{
    int fd = openat(v->folder->fd, CASE_UNFINISHED, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd >= 0)
        return list(v, fd, 0, NULL, take_in_unfinished, err);
    if (errno != ENOENT)
        tell(v, CASE_UNFINISHED, errno == ELOOP || errno == ENOTDIR ? "is no folder" : "cannot be read");
    return AP_OK;
}

static enum ap_status check_files(struct verifying *v, int fd, const struct ap_case_step *step, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    for (size_t i = 0; status == AP_OK && i < step->file_count; i++)
        status = check_file(v, step->number, fd, &step->files[i], err);
    return status == AP_OK ? list(v, dup(fd), step->number, step, take_in_step, err) : status;
}

/* step.json by itself, and as what follows from the one before. *sound: it says what the step has. */
static enum ap_status check_step(struct verifying *v, int fd, unsigned number, struct ap_case_step *step, bool *sound,
                                 struct ap_error *err)
{
    struct ap_case *folder = v->folder;
    uint8_t hash[AP_HASH_LEN];
    struct ap_error why_not;
    const char *why;
    enum ap_status status = case_read_small(fd, CASE_STEP_FILE, AP_CASE_STEP_MAX, &folder->json, &why, err);

    *sound = false;
    if (status == AP_OK && why != NULL)
        tell_in(v, number, CASE_STEP_FILE, why);
    if (status != AP_OK || why != NULL)
        return status;
    status = case_hash(folder->digest, hash, &folder->json, err);
    if (status != AP_OK)
        return status;
    status = ap_case_parse(step, &folder->texts, folder->json.data, folder->json.len, &why_not);
    if (status == AP_ENOMEM)
        return ap_fail_memory(err, "a case");
    if (status != AP_OK)
        tell_in(v, number, CASE_STEP_FILE, "is not what a case has there");
    else if (step->number != number)
        tell_in(v, number, CASE_STEP_FILE, "is of another step");
    else if (memcmp(step->previous, v->verdict->head, AP_HASH_LEN) != 0)
        tell_in(v, number, CASE_STEP_FILE, "does not follow from the step before it: one of the two was changed");
    *sound = status == AP_OK && step->number == number;
    memcpy(v->verdict->head, hash, AP_HASH_LEN);
    return AP_OK;
}

static void take_in_case(struct verifying *v, unsigned number, const struct ap_case_step *step, const char *name)
{
    unsigned at = 0;
    bool digits = strlen(name) == CASE_STEP_NAME - 1;

    (void)number;
    (void)step;
    for (size_t i = 0; digits && i < CASE_STEP_NAME - 1; i++) {
        digits = name[i] >= '0' && name[i] <= '9';
        at = at * 10 + (unsigned)(name[i] - '0');
    }
    if (strcmp(name, CASE_UNFINISHED) == 0)
        v->verdict->unfinished = true;
    else if (!digits || at == 0)
        tell(v, name, "was never added to the case");
    else if (at > v->verdict->steps)
        v->verdict->steps = at; /* steps up to it must be there */
}

enum ap_status ap_case_verify(struct ap_case *folder, bool contents, ap_case_problem_fn *problem, void *context,
                              struct ap_case_verdict *out, struct ap_error *err)
{
    struct verifying v = {folder, problem, context, out, contents};
    enum ap_status status;

    memset(out, 0, sizeof *out);
    status = list(&v, dup(folder->fd), 0, NULL, take_in_case, err);
    if (status == AP_OK && out->unfinished)
        status = check_unfinished(&v, err);
    if (status == AP_OK && out->steps == 0)
        tell_in(&v, 1, NULL, "is missing: there is no case");
    for (unsigned i = 1; status == AP_OK && i <= out->steps && out->problems < AP_CASE_PROBLEMS_MAX; i++) {
        struct ap_case_step step;
        const char *why;
        bool sound;
        int fd = case_open_step(folder, i, &why);

        if (fd < 0) {
            tell_in(&v, i, NULL, why);
            continue;
        }
        status = check_step(&v, fd, i, &step, &sound, err);
        if (status == AP_OK && sound)
            status = check_files(&v, fd, &step, err);
        (void)close(fd);
    }
    return status;
}
