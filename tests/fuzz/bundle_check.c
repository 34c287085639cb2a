/*
 * Evidence bundles that a stranger sends: archives without compression around them, whose members and lines the fuzzer
 * can reach, and whole files. Whatever they hold, there is a verdict, and never a good one of which nothing was signed.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check/source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(const struct ap_bundle_check_report *report)
{
    uint64_t sum = 0;

    for (int kind = 0; kind < AP_FINDING_KINDS; kind++)
        sum += report->by_kind[kind];
    if (sum != report->found || report->finding_count > report->found)
        abort();
    if ((report->verdict == AP_BUNDLE_FINDINGS) != (report->found > 0) || report->verdict == AP_BUNDLE_TRUSTED)
        abort();
}

/* Headers' checksums are made right, so that what is behind them is reached. */
static void sum_headers(uint8_t *tar, size_t size)
{
    enum { BLOCK = 512, SIZE = 124, CHECKSUM = 148, MAGIC = 257 };

    for (size_t at = 0; size - at >= BLOCK; at += BLOCK) {
        uint8_t *block = tar + at;
        unsigned sum = 8 * ' ';

        if (memcmp(block + MAGIC, "ustar", 5) != 0)
            continue;
        for (size_t i = 0; i < BLOCK; i++)
            sum += i >= CHECKSUM && i < CHECKSUM + 8 ? 0U : block[i];
        for (int digit = 5; digit >= 0; digit--, sum >>= 3)
            block[CHECKSUM + digit] = (uint8_t)('0' + (sum & 7));
        block[CHECKSUM + 6] = '\0';
        block[CHECKSUM + 7] = ' ';
    }
}

static void check_tar(const uint8_t *data, size_t size, const struct ap_bundle_check_options *options)
{
    struct ap_bundle_check_report report;
    uint8_t *tar = malloc(size + 1);
    struct source *source;

    if (tar == NULL)
        abort();
    memcpy(tar, data, size);
    sum_headers(tar, size);
    if (source_open_memory(&source, tar, size, NULL) != AP_OK || check_source(source, options, &report, NULL) != AP_OK)
        abort();
    look(&report);
    ap_bundle_check_report_free(&report);
    source_close(source);
    free(tar);
}

static void check_file(const uint8_t *data, size_t size, const struct ap_bundle_check_options *options)
{
    struct ap_bundle_check_report report;
    int fd = memfd_create("bundle", MFD_CLOEXEC);

    if (fd < 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
        abort();
    if (ap_bundle_check(fd, "bundle", options, &report, NULL) == AP_OK)
        look(&report);
    ap_bundle_check_report_free(&report);
    (void)close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ap_bundle_check_options options = {.max_findings = 4};

    if (size >= 2 && data[0] == 0x1f && data[1] == 0x8b)
        check_file(data, size, &options);
    else
        check_tar(data, size, &options);
    return 0;
}
