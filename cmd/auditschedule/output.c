#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auditproof/clock.h"
#include "auditproof/digest.h"

/* 2026-12-01T0900: no colons, which some file systems refuse. */
static void time_in_name(char out[AP_TIME_TEXT_SIZE], int64_t time_us)
{
    ap_time_format(out, time_us);
    out[strcspn(out, ".Z")] = '\0';
    if (strlen(out) == strlen("2026-12-01T09:00:00"))
        memcpy(out + 13, (char[]){out[14], out[15], '\0'}, 3);
}

enum ap_status output_name(struct output *output, const struct output_place *place, const struct ap_run *run,
                           struct ap_error *err)
{
    char org[AP_UUID_TEXT_SIZE], report[AP_UUID_TEXT_SIZE], time[AP_TIME_TEXT_SIZE], again[16] = "";
    int n;

    output->place = place;
    ap_uuid_format(org, &run->organization);
    ap_uuid_format(report, &run->report);
    time_in_name(time, run->scheduled_us);
    if (run->attempt > 1)
        (void)snprintf(again, sizeof again, "-%d", run->attempt);
    (void)snprintf(output->path, sizeof output->path, "%s/%s", place->directory, org);
    if (mkdir(output->path, 0750) != 0 && errno != EEXIST)
        return ap_fail_errno(err, errno, "cannot make the directory %s", output->path);
    n = snprintf(output->name, sizeof output->name, "%s/%s-%s-%.8s%s.%s", org, run->type, time, report, again,
                 run->format);
    if (n < 0 || (size_t)n >= sizeof output->name)
        return ap_fail(err, AP_ELIMIT, "the name of a report is too long");
    (void)snprintf(output->path, sizeof output->path, "%s/%s", place->directory, output->name);
    (void)snprintf(output->url, sizeof output->url, "%s%s/%s", place->url != NULL ? "" : "file://",
                   place->url != NULL ? place->url : place->directory, output->name);
    return AP_OK;
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
    output->bytes = 0;
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

enum ap_status output_remove(const struct output *output, struct ap_error *err)
{
    static const char *const beside[] = {"", ".tar.gz", ".tar.gz.intoto.jsonl"};
    size_t stem = strlen(output->path) - strlen(strrchr(output->path, '.'));
    enum ap_status status = AP_OK;

    for (size_t i = 0; i < sizeof beside / sizeof beside[0]; i++) {
        char path[sizeof output->path + 32];

        (void)snprintf(path, sizeof path, "%.*s%s", (int)(i == 0 ? strlen(output->path) : stem), output->path,
                       beside[i]);
        if (unlink(path) != 0 && errno != ENOENT && status == AP_OK)
            status = ap_fail_errno(err, errno, "cannot remove %s", path);
    }
    return status;
}
