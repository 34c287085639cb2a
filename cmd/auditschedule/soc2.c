/* soc2_evidence: the bundle that `auditexport soc2` writes, beside a report of what is in it. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "keys.h"
#include "private_key.h"
#include "soc2.h"

static enum ap_status open_keys(struct evidence_run *run, struct ap_error *err)
{
    struct ap_verify_options *asked = &run->verified.asked;
    enum ap_status status = ap_digest_new(&run->digest, err);

    if (status == AP_OK)
        status = key_open(&run->key, &run->vkey, run->digest, evidence_asked.key, evidence_asked.vkey,
                          evidence_asked.passphrase_file, err);
    if (status == AP_OK)
        status = evidence_trust(asked, &run->policy, err);
    if (status != AP_OK)
        return status;
    run->log_key = run->policy != NULL ? run->policy->logs[0].key : asked->key_count > 0 ? asked->keys[0] : run->vkey;
    if (run->policy == NULL && asked->key_count == 0) {
        asked->keys = &run->log_key;
        asked->key_count = 1;
    }
    return AP_OK;
}

static enum ap_status keep_finding(void *context, const struct ap_finding *finding, struct ap_error *err)
{
    struct evidence_run *run = context;

    (void)err;
    if (run->found++ == 0)
        run->finding = *finding;
    return AP_OK;
}

static enum ap_status write_bundle(struct evidence_run *run, const struct making *making, const char *path,
                                   struct ap_error *err)
{
    const struct ap_soc2_options wanted = {.oscal = false};
    struct ap_export_part part;
    struct ap_export_options options;
    enum ap_status status = ap_soc2_load(&run->soc2, &wanted, err);

    if (status != AP_OK)
        return status;
    memset(&options, 0, sizeof options);
    ap_soc2_part(run->soc2, making->db, &part);
    options.evidence.chain = making->org;
    options.evidence.from_us = making->since_us;
    options.evidence.to_us = making->until_us;
    options.evidence.allow_incomplete = evidence_asked.allow_incomplete;
    options.kind = "soc2";
    options.more = ap_soc2_more(run->soc2);
    options.path = path;
    options.force = true;
    options.key = run->key;
    options.vkey = &run->vkey;
    options.log_key = &run->log_key;
    options.parts = &part;
    options.part_count = 1;
    options.found = keep_finding;
    options.found_context = run;
    return ap_export(making->db, &options, &run->exported, err);
}

/* As its reader does, who has these keys from elsewhere. */
static enum ap_status check_bundle(struct evidence_run *run, const char *path, struct ap_error *err)
{
    const struct ap_pin pins[] = {{.vkey = run->vkey}, {.vkey = run->log_key, .of_log = true}};
    const struct ap_bundle_check_options asked = {.pins = pins, .pin_count = 2, .max_findings = 1};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    enum ap_status status;

    if (fd < 0)
        return ap_fail_errno(err, errno, "cannot read the bundle that was written, %s", path);
    status = ap_bundle_check(fd, path, &asked, &run->checked, err);
    (void)close(fd);
    if (status == AP_OK && run->checked.finding_count > 0 && run->found == 0)
        run->finding = run->checked.findings[0];
    run->found += run->checked.found;
    return status;
}

static enum ap_status check_asked(const struct making *making, struct ap_error *err)
{
    if (evidence_asked.key == NULL)
        return ap_fail(err, AP_EINPUT,
                       "the bundle of a soc2_evidence report is signed, and no key was given: make one with `auditseal"
                       " keygen FILE --origin NAME`, and give --key FILE to `auditschedule run` or `make`");
    if (making->until_us > making->now_us && !evidence_asked.allow_incomplete)
        return ap_fail(err, AP_EINPUT,
                       "the period is not over: evidence of it is complete after its end, and before that there is"
                       " --allow-incomplete");
    if (making->output == NULL)
        return ap_fail(err, AP_EINPUT, "a soc2_evidence report has a bundle beside it: give --output FILE");
    return AP_OK;
}

static enum ap_status check_settled(const struct settled *settled, struct ap_error *err)
{
    if (evidence_asked.allow_incomplete)
        return AP_OK;
    if (settled->open > 0)
        return ap_fail(err, AP_ESTATE,
                       "%" PRIu64 " %s open after waiting for %" PRIu64
                       " s, and may write entries of the period: evidence is complete when they have ended"
                       " (pg_stat_activity and pg_prepared_xacts show them; --settle waits longer)",
                       settled->open, settled->open == 1 ? "transaction was" : "transactions were",
                       evidence_asked.settle_seconds);
    if (settled->last_seq == 0)
        return AP_OK;
    return ap_fail(err, AP_ESTATE,
                   "the period's last entry has sequence number %" PRIu64 ", and the chain was sealed through %" PRIu64
                   " after waiting for %" PRIu64 " s: evidence is complete when `auditseal seal` has run",
                   settled->last_seq, settled->sealed_seq, evidence_asked.settle_seconds);
}

static enum ap_status write_and_check(struct evidence_run *run, struct making *making, struct ap_error *err)
{
    struct ap_buf path = AP_BUF_INIT;
    enum ap_status status;

    report_bundle_path(&path, making->output);
    status = ap_buf_check(&path, "the name of a bundle", err);
    if (status == AP_OK)
        status = write_bundle(run, making, path.data, err);
    if (status == AP_OK && run->exported.intact) {
        status = check_bundle(run, path.data, err);
        making->has_bundle = true;
        memcpy(making->bundle_sha256, run->checked.sha256, AP_HASH_LEN);
    }
    ap_buf_free(&path);
    return status;
}

/*
 * A bundle is of the rows that are found in the period. That none was moved out of it, and that the chain goes on to
 * where it was sealed, only a look at all of the chain tells.
 */
static enum ap_status verify_chain(struct evidence_run *run, const struct making *making, struct ap_error *err)
{
    enum ap_status status;

    run->verified.asked.has_chain = true;
    run->verified.asked.chain = making->org;
    status = ap_verify(making->db, &run->verified.asked, &run->verified.report, err);
    /* Who exports says it better. */
    return status == AP_ESTATE && run->verified.report.nothing ? AP_OK : status;
}

static enum ap_status settle(struct evidence_run *run, const struct making *making, struct ap_error *err)
{
    enum ap_status status = settle_transactions(&run->settled, making, err);

    if (status == AP_OK)
        status = settle_seals(&run->settled, making, err);
    return status == AP_OK ? check_settled(&run->settled, err) : status;
}

enum ap_status build_soc2(struct making *making, struct ap_error *err)
{
    struct evidence_run run;
    enum ap_status status = check_asked(making, err);

    memset(&run, 0, sizeof run);
    if (status == AP_OK)
        status = open_keys(&run, err);
    if (status == AP_OK)
        status = settle(&run, making, err);
    if (status == AP_OK)
        status = verify_chain(&run, making, err);
    if (status == AP_OK)
        status = write_and_check(&run, making, err);
    if (status == AP_OK)
        status = ap_answer_new(&making->answer, err);
    if (status == AP_OK) {
        soc2_judge(making, &run);
        soc2_put(making, &run);
        settle_remark(&run.settled, making->answer);
        status = soc2_put_sheet(making, &run, err);
    }
    ap_verify_report_free(&run.verified.report);
    ap_policy_free(run.policy);
    ap_export_report_free(&run.exported);
    ap_bundle_check_report_free(&run.checked);
    ap_soc2_free(run.soc2);
    ap_signing_key_free(run.key);
    ap_digest_free(run.digest);
    return status;
}
