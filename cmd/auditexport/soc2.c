#include "auditproof/soc2.h"

#include <string.h>

#include "commands.h"

static struct cli_list mappings, rules;
static bool oscal;

const struct cli_option soc2_options[] = {
    {0, "mapping", "FILE", CLI_LIST, &mappings, NULL, "more of which entries belong to which criterion",
     "A mapping that adds to ours, or changes it\n.Pq Xr audit-bundle 5 , No Mappings .\nMay be repeated: later ones"
     " change what earlier ones say."},
    {0, "rules", "FILE|DIR", CLI_LIST, &rules, NULL, "more rules that find exceptions",
     "Rules\n.Pq Xr audit-rules 5\nthat look for exceptions beside ours.\nTheir tags name the criteria, such as\n"
     ".Li soc2.cc6.3 ."},
    {0, "oscal", NULL, CLI_FLAG, &oscal, NULL, "assessment results in OSCAL, too",
     "Write\n.Pa data/oscal-ar.json ,\nassessment results in OSCAL 1.2.1, too."},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

static struct ap_soc2 *soc2;
static struct ap_export_part part;

static enum ap_status prepare(struct export_run *run, struct ap_error *err)
{
    struct ap_soc2_options options;

    (void)run;
    memset(&options, 0, sizeof options);
    options.mappings = mappings.items;
    options.mapping_count = mappings.count;
    options.rules = rules.items;
    options.rule_count = rules.count;
    options.oscal = oscal;
    return ap_soc2_load(&soc2, &options, err);
}

static void attach(struct export_run *run)
{
    ap_soc2_part(soc2, run->db, &part);
    run->options.parts = &part;
    run->options.part_count = 1;
    run->options.more = ap_soc2_more(soc2);
}

static void end(void)
{
    ap_soc2_free(soc2);
}

int run_soc2(int argc, char **argv)
{
    static const struct export_kind kind = {"soc2", prepare, attach, NULL, end};

    (void)argc;
    (void)argv;
    return export_main(&kind);
}
