/* gdpr-breach: what the authority is to be told of a personal data breach. */
#include <inttypes.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/file.h"
#include "auditproof/gdpr.h"
#include "commands.h"

static const char *incident_file, *config_file, *keys_file;
static struct ap_buf incident = AP_BUF_INIT, config = AP_BUF_INIT;
static struct ap_gdpr_breach *breach;

const struct cli_option gdpr_breach_options[] = {
    {0, "incident", "FILE.yaml", CLI_STRING, &incident_file, NULL, "what people know of the breach",
     "What people know of the breach: when it occurred, was detected and became known, which entries it is about,\n"
     "consequences and measures.\n.Pa rules/incident.example.yaml\nshows all of it."},
    {0, "subjects-key", "FILE", CLI_STRING, &keys_file, NULL, "write who has which pseudonym",
     "Write who has which pseudonym to this file, as CSV.\nIt is never part of a bundle."},
    {0, "gdpr", "FILE.yaml", CLI_STRING, &config_file, NULL, "the controller, purposes, recipients, …",
     "The controller and the data protection officer, as of\n.Cm gdpr-subject ."},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

static enum ap_status prepare(struct export_run *run, struct ap_error *err)
{
    struct ap_evidence_options *evidence = &run->options.evidence;
    struct ap_gdpr_breach_options options;
    enum ap_status status;

    memset(&options, 0, sizeof options);
    if (incident_file == NULL)
        return ap_fail(err, AP_EINPUT,
                       "what happened? Give --incident FILE.yaml (see incident.example.yaml among the"
                       " rules)");
    if (run->period_given)
        return ap_fail(err, AP_EINPUT, "the period of a breach stands in its incident file; leave --from and --to out");
    status = export_read_file(&options.incident, incident_file, &incident, err);
    if (status == AP_OK)
        status = export_read_file(&options.config, config_file, &config, err);
    if (status == AP_OK)
        status = ap_gdpr_breach_new(&breach, &options, err);
    if (status == AP_OK)
        ap_gdpr_breach_period(breach, &evidence->from_us, &evidence->to_us);
    return status;
}

static void attach(struct export_run *run)
{
    ap_gdpr_breach_attach(breach, &run->options);
}

static int tell(bool written)
{
    char until[AP_TIME_TEXT_SIZE];
    const struct ap_buf *keys;
    struct ap_error err;
    bool notified;

    if (!written)
        return EXIT_DONE;
    keys = ap_gdpr_breach_keys(breach);
    if (keys_file != NULL && ap_file_replace_private(keys_file, keys->data, keys->len, &err) != AP_OK)
        return cli_fail(&err);
    ap_time_format(until, ap_gdpr_breach_notify_by_us(breach, &notified));
    if (!notified)
        cli_warn(
            "the authority has to be notified until %s (Art. 33(1)); put 'notified_at' into the incident file then",
            until);
    return EXIT_DONE;
}

static void end(void)
{
    ap_gdpr_breach_free(breach);
    ap_buf_free(&incident);
    ap_buf_free(&config);
}

int run_gdpr_breach(int argc, char **argv)
{
    static const struct export_kind kind = {"gdpr-breach", prepare, attach, tell, end};

    (void)argc;
    (void)argv;
    return export_main(&kind);
}
