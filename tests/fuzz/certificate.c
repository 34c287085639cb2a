/*
 * Plans and certificates in arbitrary bytes: what is read is in order, adds up, and is found by its chain. The first
 * byte says as what the rest is read: a plan, a certificate's text, or a certificate with its signature.
 */
#include <stdlib.h>
#include <string.h>

#include "auditproof/certificate_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_part(const struct ap_purge_text *text, const struct ap_purge_part *part, bool certificate)
{
    uint64_t in_ranges = 0;

    if (ap_purge_part_of(text, &part->chain) != part)
        abort();
    for (size_t i = 0; i < part->range_count; i++) {
        const struct ap_seq_range *range = &part->ranges[i];

        if (range->from_seq == 0 || range->to_seq < range->from_seq ||
            (i > 0 && range->from_seq - 1 <= part->ranges[i - 1].to_seq))
            abort();
        if (range->to_seq - range->from_seq >= UINT64_MAX - in_ranges)
            abort();
        in_ranges += range->to_seq - range->from_seq + 1;
    }
    if (text->chained && in_ranges != (certificate ? part->destroyed : part->planned))
        abort();
    if (text->chained && part->destroyed > part->planned)
        abort();
}

static void check(const struct ap_purge_text *text, bool certificate)
{
    uint64_t planned = 0, destroyed = 0;

    for (size_t i = 0; i < text->part_count; i++) {
        const struct ap_purge_part *part = &text->parts[i];

        check_part(text, part, certificate);
        if (part->planned > UINT64_MAX - planned || part->destroyed > UINT64_MAX - destroyed)
            abort();
        planned += part->planned;
        destroyed += part->destroyed;
    }
    if (planned != text->planned || destroyed != text->destroyed || text->failed > planned)
        abort();
    if (certificate && strcmp(text->requested_by, text->approved_by) == 0)
        abort();
}

static void check_signed(const char *bytes, size_t len)
{
    struct ap_certificate_check_report report;
    struct ap_error err;

    if (ap_certificate_check(bytes, len, NULL, 0, &report, &err) != AP_OK)
        abort();
    if ((report.verdict == AP_BUNDLE_FINDINGS) != (report.finding_count > 0) || report.verdict == AP_BUNDLE_TRUSTED)
        abort();
    if (report.finding_count == 0)
        check(&report.says, true);
    ap_certificate_check_report_free(&report);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data + 1;
    struct ap_purge_text text;
    struct ap_error err;
    enum ap_status status;

    if (size == 0)
        return 0;
    if (data[0] == 'n') {
        check_signed(bytes, size - 1);
        return 0;
    }
    status = data[0] == 'p' ? ap_purge_plan_read(&text, bytes, size - 1, &err)
                            : ap_certificate_read(&text, bytes, size - 1, &err);
    if (status == AP_OK)
        check(&text, data[0] != 'p');
    else if (err.message[0] == '\0')
        abort();
    ap_purge_text_free(&text);
    return 0;
}
