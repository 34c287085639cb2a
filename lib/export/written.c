#include "written.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auditproof/clock.h"
#include "auditproof/statement.h"

/* How many keys a reader pins of a bundle: that of the bundle, and one of the log. */
enum { PINS = 2 };

static enum ap_status say_untrusted(const struct ap_bundle_check_report *checked, struct ap_error *err)
{
    const struct ap_finding *first = checked->finding_count > 0 ? &checked->findings[0] : NULL;

    if (first == NULL)
        return ap_fail(err, AP_EINTERNAL,
                       "the bundle that was written does not verify with the keys that it was made with; it was not "
                       "put in its place");
    return ap_fail(err, AP_EINTERNAL,
                   "the bundle that was written does not verify (%s%s%s: %s); it was not put in its place",
                   ap_finding_name(first->kind), first->object[0] != '\0' ? " " : "", first->object, first->detail);
}

enum ap_status written_check(const struct ap_bundle *bundle, const struct ap_export_options *options,
                             const struct ap_bundle_summary *summary, struct ap_bundle_check_report *checked,
                             struct ap_error *err)
{
    struct ap_pin pins[PINS] = {{.vkey = *options->vkey}, {.vkey = *options->log_key}};
    struct ap_bundle_check_options asked = {
        .pins = pins, .pin_count = PINS, .max_findings = 1, .stop = options->evidence.stop};
    const char *path = ap_bundle_temporary(bundle);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    enum ap_status status;

    memset(checked, 0, sizeof *checked);
    if (fd < 0)
        return ap_fail_errno(err, errno, "cannot read the bundle that was just written, at %s", path);
    status = ap_bundle_check(fd, "the bundle that was written", &asked, checked, err);
    (void)close(fd);
    /* Not the caller's mistake, as a file that was given would be. */
    if (status == AP_EINPUT)
        return ap_fail(err, AP_EINTERNAL,
                       "what was written is not a bundle when it is read again; it was not put in its place");
    if (status == AP_OK && (checked->verdict != AP_BUNDLE_TRUSTED ||
                            memcmp(checked->sha256, summary->sha256, sizeof summary->sha256) != 0))
        status = say_untrusted(checked, err);
    return status;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

enum ap_status written_state(struct ap_db *db, const struct ap_export_options *options,
                             const struct ap_export_report *report, const struct ap_bundle_check_report *checked,
                             struct ap_error *err)
{
    static const char *const passed[] = {"archive",  "manifests", "signature", "entries",    "links",
                                         "segments", "proofs",    "counts",    "checkpoint", NULL};
    char archive[AP_EXPORT_NAME_SIZE + 16], tar[AP_EXPORT_NAME_SIZE + 16], now[AP_TIME_TEXT_SIZE], host[256] = "";
    const struct ap_statement_fact facts[] = {
        {"exported_at", now},
        {"exported_by", ap_db_user(db)},
        {"database", ap_db_name(db)},
        {"host", host},
    };
    /* What is encrypted is the archive, whose name the file then has not. */
    struct ap_statement_thing subjects[] = {{options->encrypt_to == NULL ? base_name(report->path) : archive, {0}},
                                            {tar, {0}}};
    const struct ap_statement is = {
        .subjects = subjects,
        .subject_count = sizeof subjects / sizeof *subjects,
        .result = report->incomplete ? AP_STATEMENT_WARNED : AP_STATEMENT_PASSED,
        .tool = "auditexport",
        .facts = facts,
        .fact_count = sizeof facts / sizeof *facts,
        .passed = passed,
    };
    char *path = NULL;
    enum ap_status status;

    (void)snprintf(archive, sizeof archive, "%s.tar.gz", report->name);
    (void)snprintf(tar, sizeof tar, "%s.tar", report->name);
    ap_time_format(now, ap_clock_now_us());
    if (gethostname(host, sizeof host - 1) != 0)
        return ap_fail_errno(err, errno, "cannot tell this host's name, for the statement about the bundle");
    memcpy(subjects[0].sha256, checked->sha256, AP_HASH_LEN);
    memcpy(subjects[1].sha256, checked->tar_sha256, AP_HASH_LEN);
    if (asprintf(&path, "%s" AP_STATEMENT_SUFFIX, report->path) < 0)
        return ap_fail_memory(err, "a file's name");
    status = ap_statement_write(path, &is, options->key, err);
    free(path);
    return status;
}
