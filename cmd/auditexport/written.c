/* What is told of a bundle that was written. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/json.h"
#include "commands.h"

static void print_text(const struct ap_export_report *report)
{
    char hex[AP_HASH_TEXT_SIZE];

    memset(hex, 0, sizeof hex);
    ap_hex_encode(hex, report->bundle.fingerprint, AP_HASH_LEN);
    (void)printf("%s\n  %" PRIu64 " entries of the period, %" PRIu64 " in all, in %" PRIu64 " files, %" PRIu64
                 " bytes%s\n  signed by the key with fingerprint %s\n",
                 report->path, report->asked_for, report->entries, report->bundle.members, report->bundle.bytes,
                 report->incomplete ? "; it is INCOMPLETE, and says so" : "", hex);
    ap_hex_encode(hex, report->bundle.sha256, AP_HASH_LEN);
    (void)printf("  sha256 %s\n", hex);
    if (report->registered[0] != '\0')
        (void)printf("  in the register of bundles as %s\n", report->registered);
}

static enum ap_status print_json(const struct ap_export_report *report, struct ap_error *err)
{
    struct ap_buf json = AP_BUF_INIT;
    enum ap_status status;

    ap_buf_adds(&json, "{\"path\":");
    ap_json_string(&json, report->path);
    ap_buf_addf(&json,
                ",\"name\":\"%s\",\"status\":\"%s\",\"entries\":%" PRIu64 ",\"asked_for\":%" PRIu64
                ",\"files\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"sha256\":\"",
                report->name, report->incomplete ? "incomplete" : "complete", report->entries, report->asked_for,
                report->bundle.members, report->bundle.bytes);
    ap_buf_add_hex(&json, report->bundle.sha256, AP_HASH_LEN);
    ap_buf_adds(&json, "\",\"tagmanifest_sha256\":\"");
    ap_buf_add_hex(&json, report->bundle.tagmanifest_sha256, AP_HASH_LEN);
    ap_buf_adds(&json, "\",\"fingerprint\":\"");
    ap_buf_add_hex(&json, report->bundle.fingerprint, AP_HASH_LEN);
    if (report->registered[0] != '\0')
        ap_buf_addf(&json, "\",\"registered\":\"%s\"}", report->registered);
    else
        ap_buf_adds(&json, "\",\"registered\":null}");
    status = ap_buf_check(&json, "the report", err);
    if (status == AP_OK)
        (void)puts(json.data);
    ap_buf_free(&json);
    return status;
}

int export_say_written(const struct ap_export_report *report, bool json)
{
    struct ap_error err;
    enum ap_status status = AP_OK;

    if (json)
        status = print_json(report, &err);
    else
        print_text(report);
    if (status != AP_OK)
        (void)cli_fail(&err);
    else if (fflush(stdout) == 0)
        return EXIT_DONE;
    cli_error("the bundle is written, as %s; what there is to tell of it could not be", report->path);
    return EXIT_UNKNOWN;
}
