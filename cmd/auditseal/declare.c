/* rotate and epoch: what is said of the log by its key. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/seal.h"
#include "commands.h"
#include "connect.h"
#include "key.h"

static const char *key_uri, *vkey_text, *new_key_uri, *new_vkey_text, *passphrase_file, *new_passphrase_file, *reason;
static struct cli_list anchors;

#define OLD_KEY_OPTIONS                                                                                                \
    {'k', "key", "FILE|URI", CLI_STRING, &key_uri, NULL, "the private key that the log has", NULL},                    \
        {0, "vkey", "VKEY|FILE", CLI_STRING, &vkey_text, NULL, "its verifier key, if not in KEY.pub", NULL},           \
    {                                                                                                                  \
        0, "passphrase-file", "FILE", CLI_STRING, &passphrase_file, NULL,                                              \
            "read its passphrase from the first line of FILE", NULL                                                    \
    }

const struct cli_option rotate_options[] = {
    OLD_KEY_OPTIONS,
    {0, "new-key", "FILE|URI", CLI_STRING, &new_key_uri, NULL, "the private key that seals from now on",
     "The private key that seals from now on.\nMake it with\n.Cm keygen ,\nand the same\n.Fl -origin ."},
    {0, "new-vkey", "VKEY|FILE", CLI_STRING, &new_vkey_text, NULL, "its verifier key, if not in NEW.pub", NULL},
    {0, "new-passphrase-file", "FILE", CLI_STRING, &new_passphrase_file, NULL,
     "read the new key's passphrase from the first line of FILE", NULL},
    {'a', "anchor", "ANCHOR", CLI_LIST, &anchors, NULL, "an anchor of the log, as for seal",
     "An anchor that the log has, as for\n.Cm seal ;\nmay be repeated.\nDirectories keep the note beside the "
     "checkpoints."},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

const struct cli_option epoch_options[] = {
    OLD_KEY_OPTIONS,
    {0, "reason", "TEXT", CLI_STRING, &reason, NULL, "why the database was restored, and who approved it", NULL},
    {'a', "anchor", "ANCHOR", CLI_LIST, &anchors, NULL, "an anchor that has what the database lost",
     "An anchor that has the checkpoints which the database lost; may be repeated.\nName all that the log has."},
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
};

static enum ap_status open_log(struct opened *o, struct ap_error *err)
{
    struct ap_anchor anchor;
    enum ap_status status;
    size_t i;

    memset(o, 0, sizeof *o);
    status = anchors.count > AP_ANCHORS_MAX ? ap_fail(err, AP_EINPUT, "at most %d anchors", AP_ANCHORS_MAX) : AP_OK;
    for (i = 0; i < anchors.count && status == AP_OK; i++)
        status = ap_anchor_parse(&anchor, anchors.items[i], err);
    if (status == AP_OK)
        status = ap_digest_new(&o->digest, err);
    if (status == AP_OK)
        status = key_open(&o->key, &o->vkey, o->digest, key_uri, vkey_text, passphrase_file, err);
    if (status == AP_OK)
        status = cli_connect(&o->db, "auditseal", true, err);
    o->options.key = o->key;
    o->options.vkey = &o->vkey;
    o->options.anchors = anchors.items;
    o->options.anchor_count = anchors.count;
    o->options.found = say_finding;
    o->options.context = &o->said;
    return status;
}

static void close_log(struct opened *o)
{
    ap_db_close(o->db);
    ap_signing_key_free(o->key);
    ap_digest_free(o->digest);
}

static int outcome(const struct ap_seal_report *report)
{
    int result = EXIT_DONE;
    size_t i;

    if (report->refused) {
        (void)printf("Nothing was changed: the log is not the one that was signed before.\n");
        return EXIT_FINDINGS;
    }
    for (i = 0; i < report->anchor_count; i++) {
        (void)printf("Anchor %s: %s%s\n", report->anchors[i].name,
                     report->anchors[i].done ? "has it" : "LACKS IT: ", report->anchors[i].message);
        if (!report->anchors[i].done)
            result = EXIT_UNKNOWN;
    }
    return result;
}

int run_rotate(int argc, char **argv)
{
    struct ap_signing_key *new_key = NULL;
    struct ap_seal_report report;
    struct ap_vkey new_vkey;
    struct ap_error err;
    struct opened o;
    enum ap_status status;

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
        (void)printf("From %" PRIu64 " seals on, the log is sealed with the new key.\n", report.size);
        cli_say("keep the old verifier key: what it signed goes on to be checked with it");
    }
    ap_signing_key_free(new_key);
    close_log(&o);
    return status == AP_OK ? outcome(&report) : cli_fail(&err);
}

int run_epoch(int argc, char **argv)
{
    struct ap_seal_report report;
    struct ap_epoch epoch;
    struct ap_error err;
    struct opened o;
    enum ap_status status;

    (void)argc;
    (void)argv;
    if (key_uri == NULL || reason == NULL || reason[0] == '\0')
        return cli_usage("epoch needs --key FILE and --reason TEXT");
    memset(&epoch, 0, sizeof epoch);
    memset(&report, 0, sizeof report);
    status = open_log(&o, &err);
    if (status == AP_OK)
        status = ap_seal_epoch(o.db, &o.options, reason, &report, &epoch, &err);
    if (status == AP_OK && !report.refused)
        (void)printf("Declared restore %u: %s had %" PRIu64 " seals, and the database has %" PRIu64 ".\n"
                     "The log goes on as %s.\n",
                     epoch.number, epoch.origin_before, epoch.known_size, epoch.size, epoch.origin_after);
    close_log(&o);
    return status == AP_OK ? outcome(&report) : cli_fail(&err);
}
