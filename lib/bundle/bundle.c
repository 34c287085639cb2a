#include "auditproof/bundle.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auditproof/file.h"
#include "bundle_internal.h"

enum { SEND_CHUNK = 1 << 18, JOBS_MAX = 256 };

#define MTIME_MAX ((INT64_C(1) << 33) - 1)

/* What ap_bundle_finish writes. */
static const char *const ours[] = {
    "bag-info.txt",           "bagit.txt",       "manifest-sha256.txt", "proof/pubkeys.pem",
    "tagmanifest-sha256.txt", "tagmanifest.sig",
};

enum { OURS = sizeof ours / sizeof ours[0] };

static unsigned processors(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);

    return n < 1 ? 1 : n > JOBS_MAX ? JOBS_MAX : (unsigned)n;
}

static enum ap_status check_options(const struct ap_bundle_options *options, struct ap_error *err)
{
    enum ap_status status = names_check_top(options->name, err);

    if (status != AP_OK)
        return status;
    if (options->mtime_s < 0 || options->mtime_s > MTIME_MAX)
        return ap_fail(err, AP_EINPUT, "a tar archive cannot hold the time %lld; it must be between 1970 and 2242",
                       (long long)options->mtime_s);
    if (options->level < 0 || options->level > 9)
        return ap_fail(err, AP_EINPUT, "compression level %d is not between 1 and 9", options->level);
    if (options->jobs > JOBS_MAX)
        return ap_fail(err, AP_EINPUT, "%u threads are more than %d", options->jobs, JOBS_MAX);
    if (options->path != NULL && !options->force && access(options->path, F_OK) == 0)
        return ap_fail(err, AP_ESTATE, "%s is there already, and was left as it is", options->path);
    return AP_OK;
}

static enum ap_status copy_options(struct ap_bundle *bundle, const struct ap_bundle_options *options,
                                   struct ap_error *err)
{
    const char *directory = getenv("TMPDIR");

    bundle->mtime_s = options->mtime_s;
    bundle->level = options->level == 0 ? AP_BUNDLE_LEVEL : options->level;
    bundle->force = options->force;
    bundle->inspect = options->inspect;
    bundle->inspect_context = options->inspect_context;
    bundle->name = strdup(options->name);
    if (options->path != NULL)
        bundle->path = strdup(options->path);
    if (options->path != NULL)
        bundle->beside = strdup(options->path);
    else if (asprintf(&bundle->beside, "%s/%s.tar.gz", directory == NULL || directory[0] == '\0' ? "/tmp" : directory,
                      options->name) < 0)
        bundle->beside = NULL;
    if (bundle->name == NULL || bundle->beside == NULL || (options->path != NULL && bundle->path == NULL))
        return ap_fail_memory(err, "a bundle");
    return options->encrypt_to == NULL ? AP_OK : ap_cms_recipient_open(&bundle->recipient, options->encrypt_to, err);
}

enum ap_status ap_bundle_create(struct ap_bundle **out, const struct ap_bundle_options *options, struct ap_error *err)
{
    enum ap_status status = check_options(options, err);
    struct ap_bundle *bundle;

    *out = NULL;
    if (status != AP_OK)
        return status;
    bundle = calloc(1, sizeof *bundle);
    if (bundle == NULL)
        return ap_fail_memory(err, "a bundle");
    bundle->archive.fd = -1;
    status = copy_options(bundle, options, err);
    if (status == AP_OK)
        status = pool_start(&bundle->pool, bundle->beside, options->jobs == 0 ? processors() : options->jobs,
                            bundle->level, options->stop, err);
    if (status != AP_OK) {
        ap_bundle_free(bundle);
        return status;
    }
    *out = bundle;
    return AP_OK;
}

void ap_bundle_free(struct ap_bundle *bundle)
{
    if (bundle == NULL)
        return;
    pool_free(&bundle->pool);
    for (size_t i = 0; i < bundle->count; i++)
        member_free(bundle->members[i]);
    free(bundle->members);
    names_free(&bundle->names);
    ap_temp_file_close(&bundle->archive);
    ap_cms_recipient_free(bundle->recipient);
    free(bundle->path);
    free(bundle->name);
    free(bundle->beside);
    free(bundle);
}

static enum ap_status make_room(struct ap_bundle *bundle, struct ap_error *err)
{
    size_t cap = bundle->cap == 0 ? 64 : bundle->cap * 2;
    struct ap_member **members;

    if (bundle->count < bundle->cap)
        return AP_OK;
    members = realloc(bundle->members, cap * sizeof(struct ap_member *));
    if (members == NULL)
        return ap_fail_memory(err, "the members of the archive");
    bundle->members = members;
    bundle->cap = cap;
    return AP_OK;
}

enum ap_status bundle_begin(struct ap_bundle *bundle, const char *path, struct ap_member **out, struct ap_error *err)
{
    enum ap_status status = pool_status(&bundle->pool, err);

    *out = NULL;
    if (status == AP_OK)
        status = make_room(bundle, err);
    if (status == AP_OK)
        status = names_add(&bundle->names, bundle->name, path, err);
    if (status == AP_OK)
        status = member_new(bundle, path, out, err);
    if (status == AP_OK)
        bundle->members[bundle->count++] = *out;
    return status;
}

enum ap_status ap_bundle_scratch(const struct ap_bundle *bundle, struct ap_temp_file *out, struct ap_error *err)
{
    return ap_temp_file_open(out, bundle->beside, true, err);
}

enum ap_status bundle_put(struct ap_bundle *bundle, const char *path, const void *bytes, size_t len,
                          struct ap_error *err)
{
    struct ap_member *member;
    enum ap_status status = bundle_begin(bundle, path, &member, err);

    if (status == AP_OK)
        status = ap_member_write(member, bytes, len, err);
    return status == AP_OK ? ap_member_close(member, err) : status;
}

static enum ap_status check_member(const struct ap_bundle *bundle, const char *path, struct ap_error *err)
{
    if (bundle->finished)
        return ap_fail(err, AP_EINTERNAL, "%s comes too late: the bundle is finished", path);
    for (size_t i = 0; i < OURS; i++)
        if (strcmp(path, ours[i]) == 0)
            return ap_fail(err, AP_EINPUT, "%s is a file that every bundle has; it cannot be another's", path);
    if (bundle->count >= AP_BUNDLE_MEMBERS_MAX - OURS)
        return ap_fail(err, AP_ELIMIT, "the archive would have more than %d files; choose a shorter period",
                       AP_BUNDLE_MEMBERS_MAX);
    if (bundle->open >= AP_BUNDLE_OPEN_MAX)
        return ap_fail(err, AP_ELIMIT, "more than %d files of the archive would be open at once", AP_BUNDLE_OPEN_MAX);
    return AP_OK;
}

enum ap_status ap_bundle_member(struct ap_bundle *bundle, const char *path, struct ap_member **out,
                                struct ap_error *err)
{
    enum ap_status status = check_member(bundle, path, err);

    *out = NULL;
    return status == AP_OK ? bundle_begin(bundle, path, out, err) : status;
}

enum ap_status ap_bundle_add(struct ap_bundle *bundle, const char *path, const void *bytes, size_t len,
                             struct ap_error *err)
{
    enum ap_status status = check_member(bundle, path, err);

    return status == AP_OK ? bundle_put(bundle, path, bytes, len, err) : status;
}

static int compare_members(const void *left, const void *right)
{
    const struct ap_member *const *a = left, *const *b = right;

    return strcmp((*a)->path, (*b)->path);
}

void bundle_sort(struct ap_bundle *bundle)
{
    qsort(bundle->members, bundle->count, sizeof(struct ap_member *), compare_members);
}

int ap_bundle_fd(const struct ap_bundle *bundle)
{
    return bundle->archive.fd;
}

const char *ap_bundle_temporary(const struct ap_bundle *bundle)
{
    return bundle->archive.opened;
}

static enum ap_status check_finished(const struct ap_bundle *bundle, struct ap_error *err)
{
    return bundle->finished && !bundle->placed ? AP_OK : ap_fail(err, AP_EINTERNAL, "the bundle is not finished");
}

static enum ap_status place_encrypted(const struct ap_bundle *bundle, struct ap_error *err)
{
    struct ap_temp_file file;
    enum ap_status status = ap_temp_file_open(&file, bundle->path, false, err);

    if (status == AP_OK)
        status = ap_cms_encrypt(bundle->recipient, bundle->archive.fd, file.fd, bundle->path, bundle->pool.stop, err);
    if (status == AP_OK)
        status = ap_temp_file_place(&file, bundle->path, bundle->force, err);
    ap_temp_file_close(&file);
    return status;
}

enum ap_status ap_bundle_commit(struct ap_bundle *bundle, struct ap_error *err)
{
    enum ap_status status = check_finished(bundle, err);

    if (status == AP_OK && bundle->path == NULL)
        status = ap_fail(err, AP_EINTERNAL, "the bundle has no place to be put in");
    if (status == AP_OK)
        status = bundle->recipient != NULL ? place_encrypted(bundle, err)
                                           : ap_temp_file_place(&bundle->archive, bundle->path, bundle->force, err);
    bundle->placed = status == AP_OK;
    return status;
}

static enum ap_status copy(struct ap_bundle *bundle, int fd, const char *what, struct ap_error *err)
{
    char *chunk = malloc(SEND_CHUNK);
    enum ap_status status = chunk == NULL ? ap_fail_memory(err, "a copy of the archive") : AP_OK;
    off_t offset = 0;

    while (status == AP_OK) {
        ssize_t n = pread(bundle->archive.fd, chunk, SEND_CHUNK, offset);

        if (n == 0)
            break;
        if (n < 0 && errno != EINTR)
            status = ap_fail_errno(err, errno, "cannot read the temporary file beside %s", bundle->beside);
        if (n > 0)
            status = ap_file_write(fd, what, chunk, (size_t)n, err);
        offset += n > 0 ? n : 0;
        if (status == AP_OK)
            status = pool_status(&bundle->pool, err);
    }
    free(chunk);
    return status;
}

enum ap_status ap_bundle_send(struct ap_bundle *bundle, int fd, const char *what, struct ap_error *err)
{
    enum ap_status status = check_finished(bundle, err);

    if (status != AP_OK)
        return status;
    return bundle->recipient != NULL
               ? ap_cms_encrypt(bundle->recipient, bundle->archive.fd, fd, what, bundle->pool.stop, err)
               : copy(bundle, fd, what, err);
}
