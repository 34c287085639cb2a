/* gdpr-breach: what the authority is to be told of a personal data breach. */
#include <inttypes.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/file.h"
#include "auditproof/gdpr.h"
#include "commands.h"

static const char *incident_file, *config_file, *keys_file;

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

static enum ap_status prepare(struct ap_gdpr_breach **breach, struct ap_gdpr_breach_options *options,
                              struct ap_buf *incident, struct ap_buf *config, struct ap_error *err)
{
    enum ap_status status;

    if (incident_file == NULL)
        return ap_fail(err, AP_EINPUT,
                       "what happened? Give --incident FILE.yaml (see incident.example.yaml among the"
                       " rules)");
    status = export_read_file(&options->incident, incident_file, incident, err);
    if (status == AP_OK)
        status = export_read_file(&options->config, config_file, config, err);
    return status == AP_OK ? ap_gdpr_breach_new(breach, options, err) : status;
}

static int tell(const struct ap_gdpr_breach *breach)
{
    const struct ap_buf *keys = ap_gdpr_breach_keys(breach);
    char until[AP_TIME_TEXT_SIZE];
    struct ap_error err;
    bool notified;

    if (keys_file != NULL && ap_file_replace_private(keys_file, keys->data, keys->len, &err) != AP_OK)
        return cli_fail(&err);
    ap_time_format(until, ap_gdpr_breach_notify_by_us(breach, &notified));
    if (!notified)
        cli_warn(
            "the authority has to be notified until %s (Art. 33(1)); put 'notified_at' into the incident file then",
            until);
    return EXIT_DONE;
}

int run_gdpr_breach(int argc, char **argv)
{
    struct ap_buf incident = AP_BUF_INIT, config = AP_BUF_INIT;
    struct ap_gdpr_breach_options options;
    struct ap_gdpr_breach *breach = NULL;
    struct export_period period = {0, 0};
    struct export_run run;
    struct ap_error err;
    enum ap_status status;
    int result;

    (void)argc;
    (void)argv;
    memset(&options, 0, sizeof options);
    memset(&run, 0, sizeof run);
    status = prepare(&breach, &options, &incident, &config, &err);
    if (status == AP_OK) {
        ap_gdpr_breach_period(breach, &period.from_us, &period.to_us);
        status = export_open(&run, "gdpr-breach", &period, &err);
    }
    if (status == AP_OK && run.period_given)
        status =
            ap_fail(&err, AP_EINPUT, "the period of a breach stands in its incident file; leave --from and --to out");
    if (status == AP_OK)
        ap_gdpr_breach_attach(breach, &run.options);
    result = status == AP_OK ? export_finish(&run) : export_fail(&err);
    if (result == EXIT_DONE)
        result = tell(breach);
    ap_gdpr_breach_free(breach);
    ap_buf_free(&incident);
    ap_buf_free(&config);
    export_close(&run);
    return result;
}
