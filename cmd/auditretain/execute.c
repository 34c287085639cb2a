/* execute: delete what an approved plan names, and sign the certificate. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "auditproof/clock.h"
#include "auditproof/file.h"
#include "auditproof/purge.h"
#include "commands.h"
#include "connect.h"
#include "keys.h"
#include "private_key.h"

static const char *plan, *key_uri, *vkey_text, *passphrase_file, *creator, *backups_expire, *out_path;
static uint64_t batch = AP_PURGE_BATCH;
static struct cli_list bundles, bundle_keys;
static volatile bool stop;

const struct cli_option execute_options[] = {
    {0, "plan", "DIGEST", CLI_STRING, &plan, NULL, "the approved plan", NULL},
    {'k', "key", "FILE|URI", CLI_STRING, &key_uri, NULL, "the private key that signs the certificate",
     "The private key that signs the certificate: the log's, or another that\n.Ic auditseal keygen\nmade."},
    {0, "vkey", "VKEY|FILE", CLI_STRING, &vkey_text, NULL, "its verifier key, if not in KEY.pub", NULL},
    {0, "passphrase-file", "FILE", CLI_STRING, &passphrase_file, NULL,
     "read its passphrase from the first line of FILE", NULL},
    {0, "batch", "N", CLI_U64, &batch, NULL, "rows that a transaction deletes",
     "Rows that a transaction deletes: 5000."},
    {0, "creator", "TEXT", CLI_STRING, &creator, NULL, "whose records they are, for the certificate",
     "Whose records they are, as the certificate says; by default the name of the key."},
    {0, "backups-expire", "DATE", CLI_STRING, &backups_expire, NULL, "when the last backup that has them expires",
     "The day when the last backup that still has them expires, for the certificate, which says what is given here."},
    {0, "require-bundle", "FILE", CLI_LIST, &bundles, NULL, "an evidence bundle that must hold what leaves",
     "An evidence bundle; may be repeated.\nNothing leaves unless every entry of the plan is, whole, in one of those "
     "given,\nand each of them verifies by the keys of\n.Fl -bundle-key ."},
    {0, "bundle-key", "VKEY|FILE", CLI_LIST, &bundle_keys, NULL, "key that must have signed the bundles",
     "The key that must have signed the bundles, and the log's, or the fingerprint of one; may be repeated."},
    {'o', "out", "FILE", CLI_STRING, &out_path, NULL, "write the certificate to FILE, too", NULL},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

static void on_signal(int number)
{
    (void)number;
    stop = true;
}

static void show_progress(void *context, const struct ap_purge_progress *progress)
{
    bool terminal = isatty(STDERR_FILENO) == 1;

    (void)context;
    (void)fprintf(stderr, "%s%" PRIu64 " of %" PRIu64 " rows%s", terminal ? "\r\033[K" : "", progress->done,
                  progress->planned, terminal ? "" : "\n");
}

static void print_report(const struct ap_purge_report *report)
{
    const struct ap_purge_text *says = &report->says;

    if (report->was_done)
        (void)printf("The plan was executed before.\n");
    (void)printf("Purged %" PRIu64 " of %" PRIu64 " row%s of %s.\n", says->destroyed, says->planned,
                 says->planned == 1 ? "" : "s", says->table);
    if (says->planned > says->destroyed)
        (void)printf("Kept %" PRIu64 ": the certificate says which, and why.\n", says->planned - says->destroyed);
    if (report->late)
        (void)printf("The plan's time ended: what was not reached stays, for another plan.\n");
    if (says->failed > 0)
        (void)printf("Of those, %" PRIu64 " %s altered, missing, or not reached: run auditverify.\n", says->failed,
                     says->failed == 1 ? "is" : "are");
    (void)printf("Certificate: auditretain certificate %s\n", plan);
}

/* What stays because it does not verify is a finding. */
static int outcome(const struct ap_purge_report *report, struct ap_error *err)
{
    if (out_path != NULL && ap_file_replace(out_path, report->certificate.data, report->certificate.len, err) != AP_OK)
        return cli_fail(err);
    print_report(report);
    return report->says.failed > 0 ? EXIT_FINDINGS : EXIT_DONE;
}

static enum ap_status execute(struct ap_purge_options *options, struct ap_vkey *vkey, struct ap_purge_report *report,
                              struct ap_error *err)
{
    struct ap_signing_key *key = NULL;
    struct ap_digest *digest = NULL;
    struct ap_db *db = NULL;
    enum ap_status status = ap_digest_new(&digest, err);

    if (status == AP_OK)
        status = key_open(&key, vkey, digest, key_uri, vkey_text, passphrase_file, err);
    if (status == AP_OK && vkey->type != AP_KEY_NOTE)
        status = ap_fail(err, AP_EINPUT, "%s is the key of a witness", key_uri);
    options->key = key;
    options->vkey = vkey;
    if (options->creator == NULL)
        options->creator = vkey->name;
    if (status == AP_OK)
        status = cli_connect(&db, "auditretain", true, err);
    if (status == AP_OK)
        status = ap_purge_execute(db, options, report, err);
    ap_db_close(db);
    ap_signing_key_free(key);
    ap_digest_free(digest);
    return status;
}

int run_execute(int argc, char **argv)
{
    static struct ap_pin pins[CLI_LIST_MAX];
    struct ap_purge_report report;
    struct ap_purge_options options;
    struct ap_vkey vkey;
    struct ap_error err;
    enum ap_status status;
    int result;

    (void)argc;
    (void)argv;
    if (plan == NULL || key_uri == NULL)
        return cli_usage("execute needs --plan DIGEST and --key FILE");
    if (batch < 1 || batch > AP_PURGE_BATCH_MAX)
        return cli_usage("--batch takes 1 to %d", AP_PURGE_BATCH_MAX);
    if (bundles.count > 0 && bundle_keys.count == 0)
        return cli_usage("--require-bundle needs --bundle-key: a bundle vouches for nothing by itself");
    memset(&options, 0, sizeof options);
    memset(&report, 0, sizeof report);
    (void)signal(SIGINT, on_signal);
    (void)signal(SIGTERM, on_signal);
    options.digest = plan;
    options.batch = (unsigned)batch;
    options.creator = creator;
    options.backups_expire = backups_expire;
    options.bundles = bundles.items;
    options.bundle_count = bundles.count;
    options.pins = pins;
    options.pin_count = bundle_keys.count;
    options.stop = &stop;
    options.progress = cli_progress ? show_progress : NULL;
    status = cli_read_pins(&bundle_keys, pins, &err);
    if (status == AP_OK)
        status = execute(&options, &vkey, &report, &err);
    if (cli_progress && isatty(STDERR_FILENO) == 1)
        (void)fputs("\r\033[K", stderr);
    result = status == AP_OK ? outcome(&report, &err) : cli_fail(&err);
    ap_purge_report_free(&report);
    return result;
}
