/* rotate and epoch: what is said of the log by its key. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/seal.h"
#include "anchoring.h"
#include "commands.h"
#include "connect.h"
#include "private_key.h"

static const char *key_uri, *vkey_text, *new_key_uri, *new_vkey_text, *passphrase_file, *new_passphrase_file, *reason;
static struct cli_list history_files;

#define OLD_KEY_OPTIONS(what)                                                                                          \
    {'k', "key", "FILE|URI", CLI_STRING, &key_uri, NULL, what, NULL},                                                  \
        {0, "vkey", "VKEY|FILE", CLI_STRING, &vkey_text, NULL, "its verifier key, if not in KEY.pub", NULL},           \
    {                                                                                                                  \
        0, "passphrase-file", "FILE", CLI_STRING, &passphrase_file, NULL,                                              \
            "read its passphrase from the first line of FILE", NULL                                                    \
    }

const struct cli_option rotate_options[] = {
    OLD_KEY_OPTIONS("the private key that the log has"),
    {0, "new-key", "FILE|URI", CLI_STRING, &new_key_uri, NULL, "the private key that seals from now on",
     "The private key that seals from now on.\nMake it with\n.Cm keygen ,\nand the same\n.Fl -origin ."},
    {0, "new-vkey", "VKEY|FILE", CLI_STRING, &new_vkey_text, NULL, "its verifier key, if not in NEW.pub", NULL},
    {0, "new-passphrase-file", "FILE", CLI_STRING, &new_passphrase_file, NULL,
     "read the new key's passphrase from the first line of FILE", NULL},
    ANCHORING_OPTIONS,
    WAIT_OPTION,
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

const struct cli_option epoch_options[] = {
    OLD_KEY_OPTIONS("the newest private key of the log"),
    {0, "reason", "TEXT", CLI_STRING, &reason, NULL, "why the database was restored, and who approved it", NULL},
    {0, "history", "FILE", CLI_LIST, &history_files, NULL, "changes of the log's key that no anchor keeps",
     "Notes of changed keys and declared restores that the database has lost and no directory keeps, as\n"
     ".Cm checkpoint Fl -history\nprinted them, or as a command got them; may be repeated."},
    ANCHORING_OPTIONS,
    WAIT_OPTION,
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

/* What both need, opened. */
struct opened {
    struct ap_digest *digest;
    struct ap_signing_key *key;
    struct ap_vkey vkey;
    struct ap_db *db;
    struct said said;
    struct ap_seal_options options;
    struct anchoring anchoring;
    struct ap_log_notes history;
};

static enum ap_status open_log(struct opened *o, struct ap_error *err)
{
    enum ap_status status;

    memset(o, 0, sizeof *o);
    status = anchoring_open(&o->anchoring, &o->options, err);
    if (status == AP_OK)
        status = take_wait(&o->options, err);
    if (status == AP_OK)
        status = ap_digest_new(&o->digest, err);
    if (status == AP_OK)
        status = key_open(&o->key, &o->vkey, o->digest, key_uri, vkey_text, passphrase_file, err);
    for (size_t i = 0; i < history_files.count && status == AP_OK; i++)
        status = key_read_history(history_files.items[i], &o->history, err);
    if (status == AP_OK)
        status = cli_connect(&o->db, "auditseal", true, err);
    o->options.key = o->key;
    o->options.vkey = &o->vkey;
    o->options.history = &o->history;
    o->options.found = say_finding;
    o->options.context = &o->said;
    return status;
}

static void close_log(struct opened *o)
{
    ap_db_close(o->db);
    ap_log_notes_free(&o->history);
    anchoring_free(&o->anchoring);
    ap_signing_key_free(o->key);
    ap_digest_free(o->digest);
}

/* A witness and whoever has a policy know the log by its verifier key, and are told by people. */
static void tell_vkey(const struct opened *o, const struct ap_vkey *now)
{
    char text[AP_VKEY_TEXT_SIZE];

    ap_vkey_format(now, text);
    (void)printf("Verifier key from now on: %s\n", text);
    if (o->anchoring.policy != NULL)
        cli_say("the policy is to name this verifier key as a log");
    for (size_t i = 0; i < o->anchoring.count; i++)
        if (strncmp(o->anchoring.anchors[i], "witness:", 8) == 0)
            cli_say("%s cosigns nothing more until its operator gives it this verifier key, in the place of the one "
                    "before, as `auditseal witness --log`, and the --state that it has",
                    o->anchoring.anchors[i]);
}

static int outcome(const struct opened *o, const struct ap_seal_report *report)
{
    if (report->refused) {
        (void)printf("Nothing was changed: the log is not the one that was signed before.\n");
        return EXIT_FINDINGS;
    }
    for (size_t i = 0; i < report->anchor_count; i++)
        (void)printf("Anchor %s: %s%s\n", report->anchors[i].name,
                     report->anchors[i].done ? "has it" : "LACKS IT: ", report->anchors[i].message);
    return anchoring_suffices(&o->anchoring, report) ? EXIT_DONE : EXIT_UNKNOWN;
}

int run_rotate(int argc, char **argv)
{
    struct ap_signing_key *new_key = NULL;
    struct ap_seal_report report;
    struct ap_vkey new_vkey;
    struct ap_error err;
    struct opened o;
    enum ap_status status;
    int result;

    (void)argc;
    (void)argv;
    if (key_uri == NULL || new_key_uri == NULL)
        return cli_usage("rotate needs --key OLD and --new-key NEW");
    memset(&report, 0, sizeof report);
    status = open_log(&o, &err);
    if (status == AP_OK)
        status = key_open(&new_key, &new_vkey, o.digest, new_key_uri, new_vkey_text, new_passphrase_file, &err);
    if (status == AP_OK)
        status = ap_seal_rotate(o.db, &o.options, new_key, &new_vkey, &report, &err);
    if (status == AP_OK && !report.refused) {
        (void)printf("From %" PRIu64 " seal%s on, the log is sealed with the new key.\n", report.size,
                     plural_s(report.size));
        tell_vkey(&o, &report.vkey);
        cli_say("keep the old verifier key: who pinned it follows the log to the new one");
    }
    ap_signing_key_free(new_key);
    result = status == AP_OK ? outcome(&o, &report) : cli_fail(&err);
    close_log(&o);
    return result;
}

int run_epoch(int argc, char **argv)
{
    struct ap_seal_report report;
    struct ap_epoch epoch;
    struct ap_error err;
    struct opened o;
    enum ap_status status;
    int result;

    (void)argc;
    (void)argv;
    if (key_uri == NULL || reason == NULL || reason[0] == '\0')
        return cli_usage("epoch needs --key FILE and --reason TEXT");
    memset(&epoch, 0, sizeof epoch);
    memset(&report, 0, sizeof report);
    status = open_log(&o, &err);
    if (status == AP_OK)
        status = ap_seal_epoch(o.db, &o.options, reason, &report, &epoch, &err);
    if (status == AP_OK && !report.refused) {
        if (report.adopted > 0)
            (void)printf("Took up %zu change%s of the log's key or name that the database had lost.\n", report.adopted,
                         plural_s(report.adopted));
        (void)printf("Declared restore %u: %s had %" PRIu64 " seal%s, and the database has %" PRIu64 ".\n"
                     "The log goes on as %s.\n",
                     epoch.number, epoch.origin_before, epoch.known_size, plural_s(epoch.known_size), epoch.size,
                     epoch.origin_after);
        tell_vkey(&o, &report.vkey);
    }
    result = status == AP_OK ? outcome(&o, &report) : cli_fail(&err);
    close_log(&o);
    return result;
}
