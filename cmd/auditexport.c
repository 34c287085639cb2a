#include "auditexport/commands.h"

#define CHECK_IT "\n  auditverify --key FINGERPRINT "

static const struct cli_command commands[] = {
    {"soc2", "", "a tenant's entries of a period, for an auditor", soc2_options, run_soc2, 0, 0, false,
     "  auditexport soc2 --org UUID --from 2026-01-01 --to 2026-04-01 --key export.pem -o q1.tar.gz" CHECK_IT
     "q1.tar.gz"},
    {"gdpr-subject", "", "what there is of one person, for that person (GDPR Art. 15, 20)", gdpr_subject_options,
     run_gdpr_subject, 0, 0, false,
     "  auditexport gdpr-subject --org UUID --subject anna@example.com --review-out queue.csv --key export.pem"
     " -o anna.tar.gz\n"
     "  auditexport gdpr-subject --org UUID --subject anna@example.com --review queue.csv --letter --gdpr our-gdpr.yaml"
     " \\\n    --key export.pem --force -o anna.tar.gz" CHECK_IT "anna.tar.gz"},
    {"gdpr-breach", "", "the notification of a personal data breach (GDPR Art. 33)", gdpr_breach_options,
     run_gdpr_breach, 0, 0, false,
     "  auditexport gdpr-breach --org UUID --incident incident.yaml --gdpr our-gdpr.yaml --subjects-key who.csv \\\n"
     "    --key export.pem -o breach-1.tar.gz" CHECK_IT "breach-1.tar.gz"},
    {"sample", "", "entries drawn by a seed, so that they can be drawn again", sample_options, run_sample, 0, 0, false,
     "  auditexport sample --org UUID --from 2026-01-01 --to 2026-04-01 -n 25 --seed TEXT --key export.pem"
     " -o sample.tar.gz\n"
     "  auditexport sample --bundle q1.tar.gz --compare sample.tar.gz --seed TEXT --vkey FINGERPRINT"},
    {"case", "DIR", "the entries of a case that auditquery kept, and the case itself", NULL, run_case, 1, 1, false,
     "  auditexport case case-17 --org UUID --key export.pem -o case-17.tar.gz" CHECK_IT "case-17.tar.gz"},
    {NULL, NULL, NULL, NULL, NULL, 0, 0, false, NULL},
};

static const struct cli_program program = {
    "auditexport",
    "write evidence bundles: complete, or not at all",
    "  auditexport soc2 --org UUID --from 2026-01-01 --to 2026-04-01 --key export.pem -o q1.tar.gz" CHECK_IT
    "q1.tar.gz",
    export_options,
    commands,
    true,
};

int main(int argc, char **argv)
{
    return cli_main(&program, argc, argv);
}
