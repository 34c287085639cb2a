/* What every kind of export has in common: options, keys, progress, and what is said at the end. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "auditproof/clock.h"
#include "auditproof/seal.h"
#include "commands.h"
#include "connect.h"
#include "keys.h"
#include "private_key.h"

static struct cli_uuid org;
static bool system_chain, seal_first, allow_incomplete, force, no_register;
static int64_t from_us = INT64_MIN, to_us = INT64_MIN;
static const char *key_file, *vkey_text, *log_key_text, *seal_key_file, *passphrase_file, *output, *withhold,
    *encrypt_to, *previous_file, *policy_file, *recipient, *format = "text";
static uint64_t jobs, level;
static volatile bool stop;

const struct cli_option export_options[] = {
    {'o', "output", "FILE", CLI_STRING, &output, NULL, "the bundle to write",
     "The file to write; by default the bundle's own name with\n.Pa .tar.gz ,\nin the working directory."},
    {0, "org", "UUID", CLI_UUID, &org, NULL, "the tenant whose entries these are", NULL},
    {0, "system", NULL, CLI_FLAG, &system_chain, NULL, "the system-wide entries, those without an organization", NULL},
    {0, "from", "TIME", CLI_TIME, &from_us, NULL, "entries created from this time on",
     "Entries created from this time on, in UTC."},
    {0, "to", "TIME", CLI_TIME, &to_us, NULL, "and before this time",
     "And before this time, which is not part of the period: a first quarter is\n"
     ".Ql --from 2026-01-01 --to 2026-04-01 ."},
    {'k', "key", "FILE|URI", CLI_STRING, &key_file, NULL, "private key that signs the bundle",
     "The private key that signs the bundle: a PEM file, or a URI that a provider of OpenSSL opens.\n"
     "Its verifier key is read from\n.Pa FILE.pub ,\nas\n.Ic auditseal keygen\nwrote it, or given with\n.Fl -vkey ."},
    {0, "vkey", "VKEY|FILE", CLI_STRING, &vkey_text, NULL, "its verifier key, when not in FILE.pub",
     "Its verifier key, when it is not in\n.Pa FILE.pub .\nWith\n.Cm sample\n.Fl -bundle :\nthe key that must have "
     "signed, or its fingerprint."},
    {0, "passphrase-file", "FILE", CLI_STRING, &passphrase_file, NULL, "file with the key's passphrase",
     "A file whose first line is the key's passphrase; it is asked for on the terminal otherwise."},
    {0, "log-key", "VKEY|FILE", CLI_STRING, &log_key_text, NULL, "verifier key of the seal log, when it is another",
     "A verifier key that the seal log has or had, when it is not the one that signs the bundle."},
    {0, "seal", NULL, CLI_FLAG, &seal_first, NULL, "seal what is new first",
     "Seal what is new first, so that everything in the period is covered by a checkpoint.\n"
     "Without it, entries that no checkpoint covers yet keep the bundle from being written."},
    {0, "seal-key", "FILE|URI", CLI_STRING, &seal_key_file, NULL, "private key of the seal log, for --seal",
     "The seal log's private key, for\n.Fl -seal ,\nwhen it is not that of\n.Fl -key ."},
    {0, "withhold", "GROUPS", CLI_STRING, &withhold, NULL, "groups that the reader may not see",
     "Groups that the reader may not see, separated by commas:\n.Cm account , actor , content .\n"
     "The entries are proven all the same."},
    {0, "previous", "FILE", CLI_STRING, &previous_file, NULL, "a checkpoint that the reader has, to go on from",
     "A checkpoint that the reader has, such as\n.Pa proof/checkpoint.note\nof last year's bundle: the bundle proves "
     "that the log only grew since.\nBy default the newest one before the period."},
    {0, "policy", "FILE", CLI_STRING, &policy_file, NULL, "witnesses whose keys the bundle is to name",
     "A C2SP tlog-policy, as\n.Ic auditseal seal\ntakes: the keys of its witnesses stand in the bundle, so that their "
     "cosignatures can be counted without it.\nThat a witness is one, its reader knows from elsewhere."},
    {0, "allow-incomplete", NULL, CLI_FLAG, &allow_incomplete, NULL, "write a bundle that says it is incomplete",
     "Write a bundle without the entries of the period that no checkpoint covers yet.\nIt says on its first page that "
     "it is incomplete."},
    {0, "encrypt-to", "CERT.pem", CLI_STRING, &encrypt_to, NULL, "encrypt the bundle to this certificate",
     "Encrypt the bundle to this certificate, as CMS, which\n.Ql openssl cms -decrypt -inform DER\nopens."},
    {0, "recipient", "TEXT", CLI_STRING, &recipient, NULL, "to whom it is given, for the register of bundles",
     "To whom the bundle is given, and what for, as the register of bundles is to say\n.Pq Sx The register .\nIt stays"
     " on record: a firm, an office or the number of a request, and no person by name."},
    {0, "no-register", NULL, CLI_FLAG, &no_register, NULL, "keep it out of the register of bundles given out",
     "Keep the bundle out of the register of those given out: a try, or one that stays where it is."},
    {'f', "force", NULL, CLI_FLAG, &force, NULL, "replace a file that is there", NULL},
    {'j', "jobs", "N", CLI_U64, &jobs, NULL, "threads that compress",
     "Threads that compress; one for each processor by "
     "default.\nThe bytes do not depend on it."},
    {0, "level", "N", CLI_U64, &level, NULL, "compression, 1 to 9", "Compression, 1 to 9; 6 by default."},
    {0, "format", "FORMAT", CLI_CHOICE, &format, "text|json", "how to tell what was written", NULL},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

/* NULL, or an option that was given and is about what is written, or from where. */
static const char *writing_option(void)
{
    const struct {
        bool given;
        const char *name;
    } given[] = {
        {output != NULL, "--output"},
        {org.given, "--org"},
        {system_chain, "--system"},
        {key_file != NULL, "--key"},
        {passphrase_file != NULL, "--passphrase-file"},
        {seal_first, "--seal"},
        {seal_key_file != NULL, "--seal-key"},
        {withhold != NULL, "--withhold"},
        {allow_incomplete, "--allow-incomplete"},
        {encrypt_to != NULL, "--encrypt-to"},
        {recipient != NULL, "--recipient"},
        {no_register, "--no-register"},
        {force, "--force"},
        {jobs != 0, "--jobs"},
        {level != 0, "--level"},
        {cli_connect_asked(), "an option to connect to a database"},
    };

    for (size_t i = 0; i < sizeof given / sizeof *given; i++)
        if (given[i].given)
            return given[i].name;
    return NULL;
}

enum ap_status export_offline(struct export_offline *out, struct ap_error *err)
{
    const char *wrong = writing_option();
    struct cli_list list = {{NULL}, 0};

    if (wrong != NULL)
        return ap_fail(err, AP_EINPUT,
                       "with --bundle nothing is written and no database is asked: leave %s out (keys that must have"
                       " signed are given with --vkey and --log-key)",
                       wrong);
    if (vkey_text != NULL)
        list.items[list.count++] = vkey_text;
    if (log_key_text != NULL)
        list.items[list.count++] = log_key_text;
    memset(out, 0, sizeof *out);
    out->pin_count = list.count;
    out->from_us = from_us;
    out->to_us = to_us;
    out->json = strcmp(format, "json") == 0;
    out->pins[1].of_log = list.count == 2;
    return cli_read_pins(&list, out->pins, err);
}

static void on_signal(int number)
{
    (void)number;
    stop = true;
}

static void show_progress(void *context, const struct ap_evidence_progress *progress)
{
    struct export_run *run = context;
    bool terminal = isatty(STDERR_FILENO) == 1;
    double seconds = (double)(ap_clock_monotonic_us() - run->started_us) / 1e6;
    double rate = seconds > 0 ? (double)progress->done / seconds : 0;

    (void)fprintf(stderr, "%s%" PRIu64 " of %" PRIu64 " entries, %.0f/s", terminal ? "\r\033[K" : "", progress->done,
                  progress->expected, rate);
    if (rate > 0)
        (void)fprintf(stderr, ", about %.0f s left", (double)(progress->expected - progress->done) / rate);
    (void)fputs(terminal ? "" : "\n", stderr);
}

static void clear_progress(void)
{
    if (cli_progress && isatty(STDERR_FILENO) == 1)
        (void)fputs("\r\033[K", stderr);
}

static enum ap_status read_withheld(bool out[AP_GROUPS], struct ap_error *err)
{
    const char *at = withhold;

    while (at != NULL && *at != '\0') {
        size_t len = strcspn(at, ","), g = 0;

        while (g < AP_GROUPS && (strlen(ap_group_name((enum ap_group)g)) != len ||
                                 strncmp(at, ap_group_name((enum ap_group)g), len) != 0))
            g++;
        if (g == AP_GROUPS)
            return ap_fail(err, AP_EINPUT, "--withhold takes account, actor and content, not \"%.*s\"", (int)len, at);
        out[g] = true;
        at += len + (at[len] == ',');
    }
    return AP_OK;
}

static enum ap_status read_period(struct ap_evidence_options *evidence, struct ap_error *err)
{
    if (from_us != INT64_MIN)
        evidence->from_us = from_us;
    if (to_us != INT64_MIN)
        evidence->to_us = to_us;
    if (evidence->from_us == INT64_MIN || evidence->to_us == INT64_MIN)
        return ap_fail(err, AP_EINPUT, "which period? Give --from and --to, such as --from 2026-01-01 --to 2026-04-01");
    if (evidence->from_us >= evidence->to_us)
        return ap_fail(err, AP_EINPUT, "the period ends before it begins: --to is the first moment after it");
    return AP_OK;
}

static enum ap_status read_selection(struct export_run *run, struct ap_error *err)
{
    struct ap_evidence_options *evidence = &run->options.evidence;
    enum ap_status status;

    if (!org.given && !system_chain)
        return ap_fail(err, AP_EINPUT, "whose entries? Give --org UUID, or --system");
    if (org.given && system_chain)
        return ap_fail(err, AP_EINPUT, "--org and --system exclude each other");
    status = read_period(evidence, err);
    if (status != AP_OK)
        return status;
    if (key_file == NULL)
        return ap_fail(err, AP_EINPUT, "a bundle is signed: give --key FILE (auditseal keygen makes one)");
    if (output != NULL && strcmp(output, "-") == 0)
        return ap_fail(err, AP_EINPUT,
                       "a bundle is read again before it gets its name, so that -o takes a file, not -");
    if (recipient != NULL && no_register)
        return ap_fail(err, AP_EINPUT, "--recipient and --no-register exclude each other");
    if (recipient != NULL && (strchr(recipient, '@') != NULL || strspn(recipient, " ") == strlen(recipient)))
        return ap_fail(
            err, AP_EINPUT,
            "--recipient stays on record: it takes a firm, an office or the number of a request, and no e-mail"
            " address");
    if (level > 9)
        return ap_fail(err, AP_EINPUT, "--level takes 1 to 9");
    if (jobs > 64)
        return ap_fail(err, AP_EINPUT, "--jobs takes 1 to 64");
    evidence->chain = system_chain ? ap_uuid_nil : org.value;
    evidence->allow_incomplete = allow_incomplete;
    evidence->stop = &stop;
    evidence->progress = cli_progress ? show_progress : NULL;
    evidence->context = run;
    return read_withheld(evidence->withhold, err);
}

static enum ap_status read_previous(struct export_run *run, struct ap_error *err)
{
    if (previous_file == NULL)
        return AP_OK;
    run->options.evidence.previous = &run->previous;
    return key_read_file(previous_file, AP_NOTE_MAX, &run->previous, err);
}

static enum ap_status read_policy(struct export_run *run, struct ap_error *err)
{
    enum ap_status status = policy_file != NULL ? cli_read_policy(policy_file, &run->policy, err) : AP_OK;

    run->options.evidence.policy = run->policy;
    return status;
}

static enum ap_status read_keys(struct export_run *run, struct ap_error *err)
{
    enum ap_status status = key_open(&run->key, &run->vkey, run->digest, key_file, vkey_text, passphrase_file, err);

    run->log_key = run->vkey;
    if (status == AP_OK && log_key_text != NULL)
        status = cli_read_key(&run->log_key, run->digest, log_key_text, err);
    if (status == AP_OK && seal_key_file != NULL)
        status =
            key_open(&run->seal_key, &run->log_key, run->digest, seal_key_file, log_key_text, passphrase_file, err);
    run->options.key = run->key;
    run->options.vkey = &run->vkey;
    run->options.log_key = &run->log_key;
    return status;
}

static enum ap_status say_finding(void *context, const struct ap_finding *finding, struct ap_error *err)
{
    struct export_run *run = context;
    char chain[AP_UUID_TEXT_SIZE];

    (void)err;
    run->findings++;
    clear_progress();
    ap_uuid_format(chain, &finding->chain);
    cli_error("%s in chain %s, entry %" PRIu64 ": expected %s; found %s%s%s", ap_finding_name(finding->kind), chain,
              finding->seq, finding->expected, finding->found, finding->detail[0] != '\0' ? ". " : "", finding->detail);
    return AP_OK;
}

static enum ap_status seal(struct export_run *run, struct ap_error *err)
{
    struct ap_seal_options options;
    struct ap_seal_report report;
    enum ap_status status;

    memset(&options, 0, sizeof options);
    options.key = run->seal_key != NULL ? run->seal_key : run->key;
    options.vkey = &run->log_key;
    options.stop = &stop;
    options.found = say_finding;
    options.context = run;
    status = ap_seal(run->db, &options, &report, err);
    if (status == AP_OK && run->findings > 0)
        status = ap_fail(err, AP_ESTATE, "what is new was not sealed, because of what was found; nothing was written");
    return status;
}

static void begin(struct export_run *run, const struct export_kind *kind)
{
    memset(run, 0, sizeof *run);
    run->started_us = ap_clock_monotonic_us();
    run->options.kind = kind->name;
    run->options.path = output;
    run->options.force = force;
    run->options.jobs = (unsigned)jobs;
    run->options.level = (int)level;
    run->options.encrypt_to = encrypt_to;
    run->options.recipient = recipient;
    run->options.unregistered = no_register;
    run->options.found = say_finding;
    run->options.found_context = run;
    run->options.evidence.from_us = run->options.evidence.to_us = INT64_MIN;
    run->period_given = from_us != INT64_MIN || to_us != INT64_MIN;
    (void)signal(SIGINT, on_signal);
    (void)signal(SIGTERM, on_signal);
}

static enum ap_status open_all(struct export_run *run, struct ap_error *err)
{
    enum ap_status status = read_selection(run, err);

    if (status == AP_OK)
        status = ap_digest_new(&run->digest, err);
    if (status == AP_OK)
        status = read_keys(run, err);
    if (status == AP_OK)
        status = read_previous(run, err);
    if (status == AP_OK)
        status = read_policy(run, err);
    if (status == AP_OK)
        status = cli_connect(&run->db, "auditexport", false, err);
    return status == AP_OK && seal_first ? seal(run, err) : status;
}

static void close_all(struct export_run *run)
{
    ap_db_close(run->db);
    ap_buf_free(&run->previous);
    ap_policy_free(run->policy);
    ap_signing_key_free(run->key);
    ap_signing_key_free(run->seal_key);
    ap_digest_free(run->digest);
}

static int fail(const struct ap_error *err)
{
    int status;

    clear_progress();
    status = cli_fail(err);
    if (strcmp(err->sqlstate, "42501") == 0)
        cli_say("exporting takes a superuser, the owner of audit_logs, or a member of auditproof_auditor: who may not"
                " read everything of a tenant would export less than there is");
    return status;
}

/* What was found or refused is told; else the bundle is. */
static int write_bundle(struct export_run *run)
{
    struct ap_export_report report;
    struct ap_error err;
    enum ap_status status = ap_export(run->db, &run->options, &report, &err);
    int result;

    clear_progress();
    if (status != AP_OK) {
        result = fail(&err);
    } else if (!report.intact) {
        cli_error("nothing was written: what is in the database does not verify; run auditverify");
        result = EXIT_FINDINGS;
    } else {
        result = export_say_written(&report, strcmp(format, "json") == 0);
        if (report.registered[0] == '\0' && !no_register)
            cli_warn(
                "the bundle is written, and not in the register of bundles given out, by which an erasure finds who"
                " has what it erases: %s; give --no-register where that is meant",
                report.unregistered.message);
    }
    ap_export_report_free(&report);
    return result;
}

int export_main(const struct export_kind *kind)
{
    struct export_run run;
    struct ap_error err;
    enum ap_status status;
    int result, told = EXIT_DONE;

    begin(&run, kind);
    status = kind->prepare(&run, &err);
    if (status == AP_OK)
        status = open_all(&run, &err);
    if (status == AP_OK)
        kind->attach(&run);
    result = status == AP_OK ? write_bundle(&run) : fail(&err);
    if (kind->tell != NULL)
        told = kind->tell(result == EXIT_DONE);
    if (kind->end != NULL)
        kind->end();
    close_all(&run);
    return result == EXIT_DONE ? told : result;
}
