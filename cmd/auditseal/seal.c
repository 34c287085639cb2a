/* keygen, seal, status and checkpoint. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "auditproof/base64.h"
#include "auditproof/clock.h"
#include "auditproof/json.h"
#include "auditproof/seal.h"
#include "anchoring.h"
#include "commands.h"
#include "connect.h"
#include "private_key.h"
#include "metrics_file.h"
#include "shown.h"

static const char *origin, *key_uri, *vkey_text, *passphrase_file, *metrics_path, *format = "text";
static bool encrypt, for_witness, full, stamp, history;
static volatile bool stop;

const struct cli_option keygen_options[] = {
    {0, "origin", "NAME", CLI_STRING, &origin, NULL, "the log's name, as audit.example.com/seals",
     "The log's name, which its checkpoints begin with and auditors know it by: best a host and path of yours, such "
     "as\n"
     ".Li audit.example.com/seals .\nIt never changes."},
    {0, "witness", NULL, CLI_FLAG, &for_witness, NULL, "a key for a witness: --origin is the witness's name",
     "Make a key for a\n.Cm witness\nand not for sealing;\n.Fl -origin\nis the witness's name then."},
    {0, "encrypt", NULL, CLI_FLAG, &encrypt, NULL, "protect the private key by a passphrase",
     "Protect the private key by a passphrase, which is asked for, or read with\n.Fl -passphrase-file ."},
    {0, "passphrase-file", "FILE", CLI_STRING, &passphrase_file, NULL,
     "read the passphrase from the first line of FILE", NULL},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

const struct cli_option seal_options[] = {
    {'k', "key", "FILE|URI", CLI_STRING, &key_uri, NULL, "the private key: a PEM file, or a URI of a provider",
     "The private key that seals: a PEM file, or any URI that OpenSSL has a provider for."},
    {0, "vkey", "VKEY|FILE", CLI_STRING, &vkey_text, NULL, "its verifier key, if not in KEY.pub", NULL},
    {0, "passphrase-file", "FILE", CLI_STRING, &passphrase_file, NULL,
     "read the passphrase from the first line of FILE", NULL},
    ANCHORING_OPTIONS,
    WAIT_OPTION,
    {0, "refill-anchor", "ANCHOR", CLI_LIST, &anchoring_given.refill, NULL, "fill a dir: anchor again that lost all",
     "One of the anchors, a directory, that had checkpoints and has none: fill it again.\nWithout this it is left "
     "alone, "
     "and counts as lacking the checkpoint, for a file system that is not mounted looks the same."},
    {0, "metrics", "FILE", CLI_STRING, &metrics_path, NULL, "write metrics for Prometheus to FILE",
     "Write metrics to\n.Ar FILE ,\nwhich is replaced as a whole.\nSee\n.Sx METRICS ."},
    {0, "format", "FORMAT", CLI_CHOICE, &format, "text|json", "how to print the result", NULL},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

const struct cli_option checkpoint_options[] = {
    {0, "full", NULL, CLI_FLAG, &full, NULL, "with the cosignatures of witnesses", NULL},
    {0, "timestamp", NULL, CLI_FLAG, &stamp, NULL, "print its newest time-stamp instead",
     "Print the newest time-stamp over it instead, a reply of RFC 3161 in DER."},
    {0, "history", NULL, CLI_FLAG, &history, NULL, "print how the log's key and name changed instead",
     "Print the notes of changed keys and declared restores instead, oldest first.\nNothing is printed where there are "
     "none."},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

int run_keygen(int argc, char **argv)
{
    char text[AP_VKEY_TEXT_SIZE];
    struct ap_vkey vkey;
    struct ap_error err;

    (void)argc;
    if (origin == NULL)
        return cli_usage("keygen needs --origin NAME, the name that auditors will know the log by");
    if (key_make(argv[0], origin, for_witness ? AP_KEY_COSIGNATURE : AP_KEY_NOTE, encrypt, passphrase_file, &vkey,
                 &err) != AP_OK)
        return cli_fail(&err);
    ap_vkey_format(&vkey, text);
    if (printf("%s\n", text) < 0)
        return EXIT_UNKNOWN;
    if (for_witness)
        cli_say("the private key is in %s: it stays on the witness's machine", argv[0]);
    else
        cli_say("the private key is in %s: keep it away from the database, and a copy of it safe", argv[0]);
    cli_say("the verifier key above, also in %s.pub, is what auditors pin: give it to them by another way", argv[0]);
    return EXIT_DONE;
}

static void on_signal(int number)
{
    (void)number;
    stop = true;
}

enum ap_status say_finding(void *context, const struct ap_finding *finding, struct ap_error *err)
{
    struct said *said = context;
    char chain[AP_UUID_TEXT_SIZE] = "";

    (void)err;
    said->count++;
    if (finding->has_chain)
        ap_uuid_format(chain, &finding->chain);
    cli_error("%s%s%s%s: expected %s; found %s%s%s", ap_finding_name(finding->kind),
              finding->has_chain ? " chain " : "", chain, "", finding->expected, finding->found,
              finding->detail[0] != '\0' ? ". " : "", finding->detail);
    return AP_OK;
}

static void root_text(char out[45], const struct ap_hash *root)
{
    ap_base64_encode(out, root->bytes, AP_HASH_LEN);
    out[44] = '\0';
}

static int print_text(const struct ap_seal_report *report, const struct said *said)
{
    char at[AP_TIME_TEXT_SIZE], root[45];
    size_t i;

    ap_time_format(at, report->sealed_at_us);
    root_text(root, &report->root);
    if (report->refused)
        (void)printf("Nothing was sealed: the log is not the one that was signed before.\n");
    else if (report->sealed)
        (void)printf("Sealed %" PRIu64 " new %s of %" PRIu64 " chain%s at %s.\nCheckpoint: %" PRIu64
                     " seal%s, root %s.\n",
                     report->entries, report->entries == 1 ? "entry" : "entries", report->chains,
                     plural_s(report->chains), at, report->size, plural_s(report->size), root);
    else if (report->size == 0)
        (void)printf("There is nothing to seal: no chain has entries that verify.\n");
    else
        (void)printf("Nothing new since the checkpoint of %s: %" PRIu64 " seal%s, root %s.\n", at, report->size,
                     plural_s(report->size), root);
    if (report->skipped > 0)
        (void)printf("%" PRIu64 " chain%s not verify and %s left unsealed.\n", report->skipped,
                     report->skipped == 1 ? " does" : "s do", report->skipped == 1 ? "was" : "were");
    for (i = 0; i < report->anchor_count; i++)
        anchoring_print(&report->anchors[i]);
    if (report->anchor_count == 0 && report->sealed)
        (void)printf("No anchor was named: whoever owns this database can rewrite it, seals and all.\n");
    (void)said;
    return 0;
}

static void print_json(const struct ap_seal_report *report, const struct said *said)
{
    struct ap_buf out = AP_BUF_INIT;
    char at[AP_TIME_TEXT_SIZE], root[45];

    ap_time_format(at, report->sealed_at_us);
    root_text(root, &report->root);
    ap_buf_addf(&out, "{\"sealed\":%s,\"refused\":%s,\"size\":%" PRIu64 ",\"root\":", report->sealed ? "true" : "false",
                report->refused ? "true" : "false", report->size);
    ap_json_string(&out, report->size == 0 ? NULL : root);
    ap_buf_adds(&out, ",\"at\":");
    ap_json_string(&out, report->size == 0 ? NULL : at);
    ap_buf_addf(&out, ",\"chains\":%" PRIu64 ",\"entries\":%" PRIu64 ",\"skipped\":%" PRIu64 ",\"findings\":%" PRIu64,
                report->chains, report->entries, report->skipped, said->count);
    anchoring_add_json(&out, report, report->anchor_count);
    ap_buf_adds(&out, "}\n");
    (void)fwrite(ap_buf_str(&out), 1, out.len, stdout);
    ap_buf_free(&out);
}

static int outcome(const struct ap_seal_report *report, const struct said *said, const struct anchoring *anchoring)
{
    if (said->count > 0)
        return EXIT_FINDINGS;
    return anchoring_suffices(anchoring, report) ? EXIT_DONE : EXIT_UNKNOWN;
}

/* Metrics that cannot be written are no reason to call the round a failure; monitoring sees them grow old. */
static void tell_metrics(struct ap_db *db, const struct round_end *round)
{
    struct ap_seal_state state;
    struct ap_error err;
    bool known;

    if (metrics_path == NULL)
        return;
    memset(&state, 0, sizeof state);
    known = db != NULL && ap_seal_status(db, &state, &err) == AP_OK;
    if (metrics_file_write(metrics_path, db != NULL ? ap_db_name(db) : NULL, known ? &state : NULL, round, &err) !=
        AP_OK)
        cli_warn("no metrics: %s", err.message);
    ap_buf_free(&state.note);
}

int run_seal(int argc, char **argv)
{
    struct said said = {0, strcmp(format, "json") == 0};
    struct ap_seal_options options;
    struct ap_seal_report report;
    struct ap_signing_key *key = NULL;
    struct ap_digest *digest = NULL;
    struct anchoring anchoring;
    struct ap_vkey vkey;
    struct ap_error err;
    struct ap_db *db = NULL;
    enum ap_status status;
    struct round_end round = {&anchoring, NULL, 0, ap_clock_monotonic_us(), EXIT_UNKNOWN};

    (void)argc;
    (void)argv;
    if (key_uri == NULL)
        return cli_usage("seal needs --key FILE; `auditseal keygen` makes one");
    (void)signal(SIGINT, on_signal);
    (void)signal(SIGTERM, on_signal);
    memset(&options, 0, sizeof options);
    options.stop = &stop;
    status = anchoring_open(&anchoring, &options, &err);
    if (status == AP_OK)
        status = take_wait(&options, &err);
    if (status == AP_OK)
        status = ap_digest_new(&digest, &err);
    if (status == AP_OK)
        status = key_open(&key, &vkey, digest, key_uri, vkey_text, passphrase_file, &err);
    if (status == AP_OK && vkey.type != AP_KEY_NOTE)
        status = ap_fail(&err, AP_EINPUT, "%s is the key of a witness, which cannot seal; `auditseal keygen` makes one",
                         key_uri);
    if (status == AP_OK)
        status = cli_connect(&db, "auditseal", true, &err);
    options.key = key;
    options.vkey = &vkey;
    options.found = say_finding;
    options.context = &said;
    if (status == AP_OK)
        status = ap_seal(db, &options, &report, &err);
    if (status == AP_OK && said.json)
        print_json(&report, &said);
    else if (status == AP_OK)
        (void)print_text(&report, &said);
    round.exit_status = status == AP_OK ? outcome(&report, &said, &anchoring) : cli_fail(&err);
    round.report = status == AP_OK ? &report : NULL;
    round.findings = said.count;
    round.duration_us = ap_clock_monotonic_us() - round.duration_us;
    tell_metrics(db, &round);
    ap_db_close(db);
    anchoring_free(&anchoring);
    ap_signing_key_free(key);
    ap_digest_free(digest);
    return round.exit_status;
}

int run_checkpoint(int argc, char **argv)
{
    struct ap_buf out = AP_BUF_INIT;
    struct ap_seal_state state;
    struct ap_error err;
    struct ap_db *db = NULL;
    enum ap_status status;

    (void)argc;
    (void)argv;
    if (full + stamp + history > 1)
        return cli_usage("--full, --timestamp or --history, not more than one");
    memset(&state, 0, sizeof state);
    status = cli_connect(&db, "auditseal", true, &err);
    if (status == AP_OK && stamp)
        status = ap_seal_timestamp(db, &out, &err);
    else if (status == AP_OK && history)
        status = ap_seal_history(db, &out, &err);
    else if (status == AP_OK && full)
        status = ap_seal_cosigned(db, &out, &err);
    else if (status == AP_OK)
        status = ap_seal_status(db, &state, &err);
    if (status == AP_OK && !full && !stamp && !history) {
        out = state.note;
        state.note = (struct ap_buf)AP_BUF_INIT;
        if (!state.sealed)
            status = ap_fail(&err, AP_ESTATE, "nothing is sealed yet; run auditseal seal first");
    }
    if (status == AP_OK && fwrite(out.data, 1, out.len, stdout) != out.len)
        status = ap_fail(&err, AP_EIO, "cannot write to standard output");
    ap_buf_free(&state.note);
    ap_buf_free(&out);
    ap_db_close(db);
    return status == AP_OK ? EXIT_DONE : cli_fail(&err);
}
