#include "auditretain/commands.h"

static const struct cli_command commands[] = {
    {"status", "", "say what may leave, what is held, and what should have left", status_options, status_run, 0, 0,
     false, NULL},
    {"why", "ENTRY", "say everything that keeps an entry, or what became of it", why_options, why_run, 1, 1, false,
     NULL},
    {"erase", "", "erase a person's data from entries that stay, or record why not", erase_options, erase_run, 0, 0,
     false, NULL},
    {"hold add", "", "place a legal hold: nothing that it covers leaves", hold_add_options, hold_add_run, 0, 0, false,
     NULL},
    {"hold release", "HOLD", "release a legal hold, as one of the two people that it takes", hold_release_options,
     hold_release_run, 1, 1, false, NULL},
    {"hold list", "", "list legal holds", hold_list_options, hold_list_run, 0, 0, false, NULL},
    {"policy apply", "FILE", "set how long what is kept: longer, or the same", policy_apply_options, policy_apply_run,
     1, 1, false, NULL},
    {"policy list", "", "say how long what is kept", policy_list_options, policy_list_run, 0, 0, false, NULL},
    {"plan", "", "write down what may leave now", plan_options, run_plan, 0, 0, false, NULL},
    {"approve", "DIGEST", "let a plan be executed that another login asked for", NULL, run_approve, 1, 1, false, NULL},
    {"execute", "", "delete what an approved plan names, and certify it", execute_options, run_execute, 0, 0, false,
     NULL},
    {"certificate", "DIGEST", "print the certificate of a plan that was executed", certificate_options, run_certificate,
     1, 1, false, NULL},
    {NULL, NULL, NULL, NULL, NULL, 0, 0, false, NULL},
};

static const struct cli_program program = {
    "auditretain",
    "keep what must be kept, and let go of what may go",
    "Examples:\n"
    "  auditretain status -d app                   what may leave, what must not\n"
    "  auditretain policy list -d app              how long is what kept, by whose word\n"
    "  auditretain policy apply retention.yaml     keep it longer\n"
    "  auditretain hold add --org UUID --matter 'Doe v. Example' --custodian legal \\\n"
    "      --reason 'letter of 3 May' --review 2027-05-03\n"
    "  auditretain erase --subject ada@example.com   what of hers would be erased",

    NULL,
    commands,
    true,
};

int main(int argc, char **argv)
{
    return cli_main(&program, argc, argv);
}
