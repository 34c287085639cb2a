/* repair: take away what was written without the key. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/seal.h"
#include "commands.h"
#include "connect.h"
#include "keys.h"

static const char *key_text, *reason;
static struct cli_list anchors;
static bool nothing_signed;

const struct cli_option repair_options[] = {
    {'k', "key", "VKEY|FILE", CLI_STRING, &key_text, NULL, "the log's verifier key",
     "The verifier key that the log has now.\nThe private key is not needed."},
    {0, "reason", "TEXT", CLI_STRING, &reason, NULL, "what happened, and who approved the repair", NULL},
    {'a', "anchor", "ANCHOR", CLI_LIST, &anchors, NULL, "an anchor of the log, as for seal",
     "An anchor that the log has, as for\n.Cm seal ;\nmay be repeated.\nName all that the log has: what a checkpoint "
     "there covers is not removed."},
    WAIT_OPTION,
    {0, "nothing-signed", NULL, CLI_FLAG, &nothing_signed, NULL, "nothing was ever sealed with this key",
     "Say that nothing was ever sealed with this key, where no checkpoint in the database is signed by it."},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

static int tell(const struct ap_seal_report *report, const struct ap_seal_repair *done)
{
    if (report->refused) {
        (void)printf("Nothing was removed.\n");
        return EXIT_FINDINGS;
    }
    if (done->seals + done->checkpoints + done->declarations == 0)
        (void)printf("Nothing was removed: all is covered by the signed checkpoint of %" PRIu64 " seal%s.\n",
                     done->kept_size, plural_s(done->kept_size));
    else
        (void)printf("Removed what nobody signed: %" PRIu64 " seal%s, %" PRIu64 " checkpoint%s, %" PRIu64
                     " change%s of the log's key or name.\nThe log has %" PRIu64 " seal%s, as was signed.\n",
                     done->seals, plural_s(done->seals), done->checkpoints, plural_s(done->checkpoints),
                     done->declarations, plural_s(done->declarations), done->kept_size, plural_s(done->kept_size));
    return EXIT_DONE;
}

int run_repair(int argc, char **argv)
{
    struct said said = {0, false};
    struct ap_seal_options options;
    struct ap_seal_report report;
    struct ap_seal_repair done;
    struct ap_digest *digest = NULL;
    struct ap_anchor anchor;
    struct ap_vkey vkey;
    struct ap_db *db = NULL;
    struct ap_error err;
    enum ap_status status = AP_OK;

    (void)argc;
    (void)argv;
    if (key_text == NULL || reason == NULL || reason[0] == '\0')
        return cli_usage("repair needs --key VKEY|FILE, the log's verifier key, and --reason TEXT");
    memset(&options, 0, sizeof options);
    options.vkey = &vkey;
    options.anchors = anchors.items;
    options.anchor_count = anchors.count;
    options.found = say_finding;
    options.context = &said;
    status = take_wait(&options, &err);
    if (status == AP_OK && anchors.count > AP_ANCHORS_MAX)
        status = ap_fail(&err, AP_EINPUT, "at most %d anchors", AP_ANCHORS_MAX);
    for (size_t i = 0; i < anchors.count && status == AP_OK; i++)
        status = ap_anchor_parse(&anchor, anchors.items[i], &err);
    if (status == AP_OK)
        status = ap_digest_new(&digest, &err);
    if (status == AP_OK)
        status = cli_read_key(&vkey, digest, key_text, &err);
    if (status == AP_OK && vkey.type != AP_KEY_NOTE)
        status = ap_fail(&err, AP_EINPUT, "%s is the key of a witness, not of a log", key_text);
    if (status == AP_OK)
        status = cli_connect(&db, "auditseal", true, &err);
    if (status == AP_OK)
        status = ap_seal_repair(db, &options, reason, nothing_signed, &report, &done, &err);
    ap_db_close(db);
    ap_digest_free(digest);
    return status == AP_OK ? tell(&report, &done) : cli_fail(&err);
}
