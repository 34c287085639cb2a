/* What writing a bundle costs: bundle FILE OUT JOBS puts the bytes of FILE into one and says how long that took. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "auditproof/bundle.h"
#include "auditproof/clock.h"

enum { CHUNK = 65536 };

static struct ap_error err;

static void must(enum ap_status status)
{
    if (status == AP_OK)
        return;
    (void)fprintf(stderr, "bundle: %s\n", err.message);
    exit(3);
}

static void copy(FILE *from, struct ap_member *to)
{
    static char chunk[CHUNK];
    size_t n;

    while ((n = fread(chunk, 1, sizeof chunk, from)) > 0)
        must(ap_member_write(to, chunk, n, &err));
    must(ap_member_close(to, &err));
}

static double seconds(int64_t us)
{
    return (double)us / (double)AP_US_PER_SECOND;
}

static double processor_seconds(const struct rusage *usage)
{
    return seconds((usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * AP_US_PER_SECOND + usage->ru_utime.tv_usec +
                   usage->ru_stime.tv_usec);
}

int main(int argc, char **argv)
{
    struct ap_bundle_options options = {.name = "bench", .force = true};
    struct ap_bundle_summary summary;
    struct ap_signing_key *key;
    struct ap_bundle *bundle;
    struct ap_member *member;
    struct rusage usage, writer;
    int64_t start, written, finished;
    FILE *from = argc == 4 ? fopen(argv[1], "rb") : NULL;

    if (from == NULL) {
        (void)fputs("usage: bundle FILE OUT JOBS\n", stderr);
        return 2;
    }
    options.path = argv[2];
    options.jobs = (unsigned)strtoul(argv[3], NULL, 10);
    must(ap_signing_key_new(&key, &err));
    start = ap_clock_monotonic_us();
    must(ap_bundle_create(&bundle, &options, &err));
    must(ap_bundle_member(bundle, "data/events/00000000000000000001.ndjson", &member, &err));
    copy(from, member);
    written = ap_clock_monotonic_us();
    (void)getrusage(RUSAGE_THREAD, &writer);
    must(ap_bundle_finish(bundle, key, NULL, 0, &summary, &err));
    must(ap_bundle_commit(bundle, &err));
    finished = ap_clock_monotonic_us();
    (void)getrusage(RUSAGE_SELF, &usage);
    (void)printf("%.1f MB/s: %" PRIu64 " bytes to %" PRIu64
                 " in %.2f s (assembly %.2f s), CPU %.2f s (writer %.2f s), %ld MiB at most\n",
                 (double)summary.tar_bytes / seconds(finished - start) / 1e6, summary.tar_bytes, summary.bytes,
                 seconds(finished - start), seconds(finished - written), processor_seconds(&usage),
                 processor_seconds(&writer), usage.ru_maxrss / 1024);
    (void)fclose(from);
    ap_bundle_free(bundle);
    ap_signing_key_free(key);
    return 0;
}
