#include "certificate.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "auditproof/clock.h"
#include "auditproof/file.h"
#include "bundle.h"
#include "json_put.h"
#include "words.h"

bool certificate_is(int fd)
{
    char begins[sizeof AP_CERTIFICATE_TITLE];
    ssize_t got = pread(fd, begins, sizeof begins - 1, 0);

    return got > 0 && ap_certificate_begins(begins, (size_t)got);
}

enum ap_status certificate_check(const char *file, const struct ap_pin *pins, size_t pin_count,
                                 struct ap_certificate_check_report *report, struct ap_error *err)
{
    struct ap_buf bytes = AP_BUF_INIT;
    enum ap_status status = ap_file_read(file, AP_CERTIFICATE_MAX, &bytes, err);

    memset(report, 0, sizeof *report);
    if (status == AP_OK)
        status = ap_certificate_check(bytes.data, bytes.len, pins, pin_count, report, err);
    ap_buf_free(&bytes);
    return status;
}

static void print_time(const char *label, int64_t at_us, const char *end)
{
    char at[AP_TIME_TEXT_SIZE];

    ap_time_format(at, at_us);
    (void)printf("%s%s%s", label, at, end);
}

static void print_said(const struct ap_purge_text *says)
{
    char number[2][NUMBER_SIZE], plan[AP_HASH_TEXT_SIZE] = "", chain[AP_UUID_TEXT_SIZE];

    ap_hex_encode(plan, says->plan, AP_HASH_LEN);
    (void)printf("  %s of %s %s of %s destroyed, as planned in\n  %s.\n", grouped(number[0], says->destroyed),
                 grouped(number[1], says->planned), plural(says->planned, "row", "rows"), says->table, plan);
    print_named("  Whose: \"", says->creator, "\". ");
    print_named("How: ", says->method, ".\n");
    (void)printf("  Asked for by %s", says->requested_by);
    print_time(" at ", says->requested_at_us, ", ");
    (void)printf("approved by %s", says->approved_by);
    print_time(" at ", says->approved_at_us, ",\n");
    (void)printf("  executed by %s", says->executed_by);
    print_time(" from ", says->started_at_us, " to ");
    print_time("", says->certified_at_us, ".\n");
    for (size_t i = 0; i < says->part_count; i++) {
        const struct ap_purge_part *part = &says->parts[i];

        ap_uuid_format(chain, &part->chain);
        (void)printf("    %s  %s of %s", chain, grouped(number[0], part->destroyed), grouped(number[1], part->planned));
        if (part->range_count > 0)
            (void)printf(", entries %s to %s", grouped(number[0], part->ranges[0].from_seq),
                         grouped(number[1], part->ranges[part->range_count - 1].to_seq));
        (void)putchar('\n');
    }
    if (!says->chained)
        (void)fputs("  No chain stands behind these rows: how many there were is the database's own word.\n", stdout);
    if (says->backups_expire[0] != '\0')
        print_named("  Backups that have them expire, as whoever executed it said: ", says->backups_expire, ".\n");
}

void certificate_text(const char *file, bool colour, const struct ap_certificate_check_report *report)
{
    static const char *const verdicts[] = {
        [AP_BUNDLE_FINDINGS] = "NOT INTACT", [AP_BUNDLE_INTACT] = "intact", [AP_BUNDLE_TRUSTED] = "trusted"};
    char digits[AP_HASH_TEXT_SIZE] = "";

    print_named("Certificate of destruction \"", file, "\"\n");
    if (report->read)
        print_said(&report->says);
    (void)putchar('\n');
    for (size_t i = 0; i < report->finding_count; i++)
        print_finding(colour, &report->findings[i]);
    (void)printf("%sVerdict: %s%s%s\n", report->finding_count > 0 ? "\n" : "",
                 paint(colour, report->verdict == AP_BUNDLE_FINDINGS ? RED : GREEN), verdicts[report->verdict],
                 paint(colour, PLAIN));
    if (!report->read)
        return;
    ap_hex_encode(digits, report->fingerprint, AP_HASH_LEN);
    print_named("  It names ", report->says.key, " as its key,\n");
    (void)printf("    fingerprint %s,\n    %s.\n", digits,
                 report->verdict == AP_BUNDLE_TRUSTED
                     ? "which was pinned"
                     : "which is not pinned (--key): the certificate alone says whose it is");
    ap_hex_encode(digits, report->sha256, AP_HASH_LEN);
    (void)printf("  SHA-256 of the file %s:\n  the entry audit.purge_certified of the system chain has it.\n"
                 "  Not shown by this: that what it says was done; `auditverify` of the database shows that.\n",
                 digits);
}

static void add_hash(struct ap_buf *out, const char *name, const uint8_t hash[AP_HASH_LEN])
{
    char digits[AP_HASH_TEXT_SIZE] = "";

    ap_hex_encode(digits, hash, AP_HASH_LEN);
    json_add_text(out, name, digits);
}

static void add_summary(struct ap_buf *out, const char *file, const struct ap_certificate_check_report *report)
{
    const struct ap_purge_text *says = &report->says;

    json_add_text(out, "file", file);
    json_add_text(out, "verdict", bundle_verdict_name(report->verdict));
    json_add_bool(out, "certificate", true);
    if (report->read) {
        json_add_text(out, "series", says->table);
        json_add_text(out, "creator", says->creator);
        add_hash(out, "plan", says->plan);
        json_add_uuid(out, "purge_id", &says->purge_id);
        json_add_text(out, "requested_by", says->requested_by);
        json_add_text(out, "approved_by", says->approved_by);
        json_add_text(out, "executed_by", says->executed_by);
        json_add_time(out, "certified_at", says->certified_at_us);
        json_add_count(out, "planned", says->planned);
        json_add_count(out, "destroyed", says->destroyed);
        json_add_count(out, "failed", says->failed);
        json_add_text(out, "vkey", says->key);
        add_hash(out, "fingerprint", report->fingerprint);
        json_add_bool(out, "pinned", report->verdict == AP_BUNDLE_TRUSTED);
    }
    add_hash(out, "sha256", report->sha256);
    json_add_count(out, "findings_total", report->finding_count);
}

static void add_finding(struct ap_buf *out, const struct ap_finding *finding)
{
    json_add_text(out, "kind", ap_finding_name(finding->kind));
    json_add_optional(out, "expected", finding->expected);
    json_add_optional(out, "found", finding->found);
}

void certificate_json(const char *file, const struct ap_certificate_check_report *report, bool lines)
{
    struct ap_buf out = AP_BUF_INIT;

    for (size_t i = 0; lines && i < report->finding_count; i++) {
        ap_buf_adds(&out, "{");
        json_add_text(&out, "type", "finding");
        json_add_text(&out, "file", file);
        add_finding(&out, &report->findings[i]);
        ap_buf_adds(&out, "}\n");
    }
    ap_buf_adds(&out, "{");
    if (lines)
        json_add_text(&out, "type", "verdict");
    add_summary(&out, file, report);
    if (!lines) {
        json_add_key(&out, "findings");
        ap_buf_adds(&out, "[");
        for (size_t i = 0; i < report->finding_count; i++) {
            ap_buf_adds(&out, i > 0 ? ",{" : "{");
            add_finding(&out, &report->findings[i]);
            ap_buf_adds(&out, "}");
        }
        ap_buf_adds(&out, "]");
    }
    ap_buf_adds(&out, lines ? "}\n" : "}");
    json_put(&out);
    ap_buf_free(&out);
}
