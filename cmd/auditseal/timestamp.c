/* timestamp and check-timestamp. */
#include <stdio.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/timestamp.h"
#include "anchoring.h"
#include "commands.h"
#include "connect.h"
#include "private_key.h"
#include "shown.h"

const struct cli_option timestamp_options[] = {
    ANCHORING_TIMESTAMP_OPTIONS,
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

const struct cli_option check_timestamp_options[] = {
    {0, "tsa-ca", "FILE", CLI_STRING, &anchoring_given.tsa_ca, NULL, "certificates that vouch for time-stamps", NULL},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

int run_timestamp(int argc, char **argv)
{
    struct ap_buf name = AP_BUF_INIT;
    struct ap_seal_options options;
    struct ap_seal_report report;
    struct anchoring anchoring;
    struct ap_error err;
    struct ap_db *db = NULL;
    enum ap_status status;

    (void)argc;
    memset(&options, 0, sizeof options);
    ap_buf_addf(&name, "tsa:%s", argv[0]);
    anchoring_given.anchors.items[0] = ap_buf_str(&name);
    anchoring_given.anchors.count = 1;
    status = ap_buf_check(&name, "an anchor", &err);
    memset(&anchoring, 0, sizeof anchoring);
    if (status == AP_OK)
        status = anchoring_open(&anchoring, &options, &err);
    if (status == AP_OK)
        status = cli_connect(&db, "auditseal", true, &err);
    if (status == AP_OK)
        status = ap_seal_hand_over(db, &options, &report, &err);
    if (status == AP_OK && !report.anchors[0].done)
        status = ap_fail(&err, AP_EIO, "%s", report.anchors[0].message);
    if (status == AP_OK)
        cli_say("the checkpoint of %llu seals is time-stamped by %s", (unsigned long long)report.size, argv[0]);
    anchoring_free(&anchoring);
    ap_buf_free(&name);
    ap_db_close(db);
    return status == AP_OK ? EXIT_DONE : cli_fail(&err);
}

int run_check_timestamp(int argc, char **argv)
{
    char why[AP_TIMESTAMP_WHY_SIZE], at[AP_TIME_TEXT_SIZE];
    struct ap_buf reply = AP_BUF_INIT, note = AP_BUF_INIT;
    struct ap_timestamp stamp;
    struct ap_error err;
    bool good = false;
    enum ap_status status = key_read_file(argv[0], AP_TIMESTAMP_MAX, &reply, &err);

    (void)argc;
    if (status == AP_OK)
        status = key_read_file(argv[1], AP_NOTE_MAX, &note, &err);
    if (status == AP_OK)
        status = ap_timestamp_check(reply.data, reply.len, NULL, 0, note.data, note.len, anchoring_given.tsa_ca, &stamp,
                                    &good, why, &err);
    ap_buf_free(&reply);
    ap_buf_free(&note);
    if (status != AP_OK)
        return cli_fail(&err);
    if (!good) {
        (void)printf("The time-stamp does not hold: %s\n", why);
        return EXIT_FINDINGS;
    }
    ap_time_format(at, stamp.at_us);
    (void)printf("The time-stamp %s: %s, number %s", anchoring_given.tsa_ca == NULL ? "is over this note" : "holds", at,
                 stamp.serial);
    (void)printf("%s", stamp.authority[0] == '\0' ? "" : ", by ");
    cli_put(stdout, stamp.authority);
    (void)putchar('\n');
    if (anchoring_given.tsa_ca != NULL)
        return EXIT_DONE;
    cli_error("without --tsa-ca nobody knows who signed it");
    return EXIT_UNKNOWN;
}
