/* sample: entries drawn so that anybody can draw them again. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/json.h"
#include "commands.h"

static uint64_t size;
static const char *seed, *bundle_file, *compare_file;
static struct cli_list actions;
static struct ap_evidence_draw draw;
static struct ap_buf more = AP_BUF_INIT;

const struct cli_option sample_options[] = {
    {'n', "n", "N", CLI_U64, &size, NULL, "how many entries", NULL},
    {0, "seed", "TEXT", CLI_STRING, &seed, NULL, "what the auditor chose, after the period ended",
     "The seed: any text, which the auditor chooses after the period has ended.\n"
     "Entries are ranked by the HMAC-SHA-256 of their entry hash with these bytes as its key, and the lowest are "
     "taken."},
    {0, "action", "PATTERN", CLI_LIST, &actions, NULL, "only of entries with such an action",
     "Draw only of entries whose action this pattern matches\n.Pq Xr fnmatch 3 ;\nmay be repeated.\n"
     "By default, all entries of the period."},
    {0, "bundle", "FILE", CLI_STRING, &bundle_file, NULL, "draw from the bundle of a period, without a database",
     "Draw from this bundle of a period\n.Pq soc2 ,\nwithout a database, and print what is drawn; see\n"
     ".Sx Drawing again ."},
    {0, "compare", "FILE", CLI_STRING, &compare_file, NULL, "with --bundle: is this sample what is drawn?",
     "With\n.Fl -bundle :\nis this bundle of a sample what is drawn?"},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

static enum ap_status write_sample(void *context, const struct ap_evidence_scope *scope, struct ap_bundle *bundle,
                                   struct ap_error *err)
{
    struct ap_buf csv = AP_BUF_INIT;
    enum ap_status status;

    (void)context;
    ap_draw_csv(&csv, scope->drawn, scope->drawn_count);
    status = ap_buf_check(&csv, "the sample", err);
    if (status == AP_OK)
        status = ap_bundle_add(bundle, "data/sample.csv", csv.data, csv.len, err);
    ap_buf_free(&csv);
    return status;
}

/* As in the bundle's description: enough to draw it again. */
static enum ap_status describe(struct ap_error *err)
{
    ap_buf_addf(&more, ",\"sample\":{\"size\":%" PRIu64 ",\"seed\":", size);
    ap_json_string(&more, seed);
    ap_buf_adds(&more, ",\"method\":\"lowest HMAC-SHA-256(seed, entry_hash)\",\"actions\":[");
    for (size_t i = 0; i < actions.count; i++) {
        ap_buf_adds(&more, i == 0 ? "" : ",");
        ap_json_string(&more, actions.items[i]);
    }
    ap_buf_adds(&more, "]}");
    return ap_buf_check(&more, "the sample", err);
}

static enum ap_status prepare(struct export_run *run, struct ap_error *err)
{
    (void)run;
    if (size < 1 || size > AP_EVIDENCE_SAMPLE_MAX)
        return ap_fail(err, AP_EINPUT, "how many? Give --n, 1 to %d", AP_EVIDENCE_SAMPLE_MAX);
    if (seed == NULL || *seed == '\0')
        return ap_fail(err, AP_EINPUT, "a sample is drawn by a seed that the auditor chose: give --seed");
    return describe(err);
}

static void attach(struct export_run *run)
{
    static const struct ap_export_part part = {.finish = write_sample};

    run->options.evidence.draw = &draw;
    run->options.more = more.data;
    run->options.parts = &part;
    run->options.part_count = 1;
}

static void end(void)
{
    ap_buf_free(&more);
}

int run_sample(int argc, char **argv)
{
    static const struct export_kind kind = {"sample", prepare, attach, NULL, end};

    (void)argc;
    (void)argv;
    draw = (struct ap_evidence_draw){(size_t)size, seed, actions.items, actions.count};
    if (bundle_file != NULL)
        return redraw_main(bundle_file, compare_file, &draw);
    if (compare_file != NULL)
        return cli_usage("--compare needs --bundle, the bundle of the period that the sample is of");
    return export_main(&kind);
}
