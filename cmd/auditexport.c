#include "auditexport/commands.h"

static const struct cli_command commands[] = {
    {"soc2", "", "a tenant's entries of a period, for an auditor", soc2_options, run_soc2, 0, 0, false},
    {"gdpr-subject", "", "what there is of one person, for that person (GDPR Art. 15, 20)", gdpr_subject_options,
     run_gdpr_subject, 0, 0, false},
    {"gdpr-breach", "", "the notification of a personal data breach (GDPR Art. 33)", gdpr_breach_options,
     run_gdpr_breach, 0, 0, false},
    {"sample", "", "entries drawn by a seed, so that they can be drawn again", sample_options, run_sample, 0, 0, false},
    {NULL, NULL, NULL, NULL, NULL, 0, 0, false},
};

static const struct cli_program program = {
    "auditexport",
    "write evidence bundles: complete, or not at all",
    "  auditexport soc2 --org UUID --from 2026-01-01 --to 2026-04-01 --key export.pem -o q1.tar.gz\n"
    "  auditverify --key FINGERPRINT q1.tar.gz",
    export_options,
    commands,
    true,
};

int main(int argc, char **argv)
{
    return cli_main(&program, argc, argv);
}
