/* What the rules that were used find again, held against what is recorded and chained. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/json.h"
#include "auditproof/replay.h"
#include "connect.h"
#include "database.h"
#include "shown.h"
#include "signals.h"

struct replaying {
    bool json;
    struct ap_buf line;
};

static bool interrupted(void *context)
{
    (void)context;
    return cli_interrupted();
}

/* Every difference is about a rule set, most about a chain and a batch, some about one finding. */
static void write_json(struct ap_buf *out, const struct ap_replay_difference *d)
{
    ap_buf_addf(out, "{\"difference\":\"%s\",\"ruleset\":\"sha256:%s\"", ap_replay_kind_name(d->kind), d->ruleset);
    if (d->chain[0] != '\0')
        ap_buf_addf(out, ",\"chain\":\"%s\",\"from_seq\":\"%" PRIu64 "\",\"through_seq\":\"%" PRIu64 "\"", d->chain,
                    d->from, d->through);
    if (d->batch[0] != '\0')
        ap_buf_addf(out, ",\"batch\":\"%s\"", d->batch);
    if (d->rule_id != NULL) {
        ap_buf_addf(out, ",\"seq\":\"%" PRIu64 "\",\"rule\":", d->seq);
        ap_json_string(out, d->rule_id);
    }
    ap_buf_adds(out, ",\"expected\":");
    ap_json_string(out, d->expected[0] != '\0' ? d->expected : NULL);
    ap_buf_adds(out, ",\"found\":");
    ap_json_string(out, d->found[0] != '\0' ? d->found : NULL);
    ap_buf_adds(out, "}\n");
}

static void put_text(const struct ap_replay_difference *d)
{
    (void)printf("%-12s  ", ap_replay_kind_name(d->kind));
    if (d->chain[0] != '\0')
        (void)printf("chain %s  seq %" PRIu64 "-%" PRIu64 "  %s%s", d->chain, d->from, d->through,
                     d->batch[0] != '\0' ? "batch " : "open batch", d->batch);
    else
        (void)printf("rule set %s", d->ruleset);
    if (d->rule_id != NULL) {
        (void)printf("\n    entry %" PRIu64 ", rule ", d->seq);
        cli_put(stdout, d->rule_id);
    }
    if (d->expected[0] != '\0') {
        (void)printf("\n    expected  ");
        cli_put(stdout, d->expected);
    }
    if (d->found[0] != '\0') {
        (void)printf("\n    found     ");
        cli_put(stdout, d->found);
    }
    (void)putchar('\n');
}

static enum ap_status show(void *context, const struct ap_replay_difference *d, struct ap_error *err)
{
    struct replaying *r = context;

    if (r->json) {
        ap_buf_clear(&r->line);
        write_json(&r->line, d);
        if (ap_buf_check(&r->line, "a difference", err) != AP_OK)
            return AP_ENOMEM;
        (void)fwrite(r->line.data, 1, r->line.len, stdout);
    } else {
        put_text(d);
    }
    return ferror(stdout) != 0 ? ap_fail_errno(err, errno, "cannot write to standard output") : AP_OK;
}

static void summarise(const struct ap_replay_totals *t, bool json)
{
    if (json)
        (void)printf(
            "{\"rulesets\":%" PRIu64 ",\"chains\":%" PRIu64 ",\"batches\":%" PRIu64 ",\"open_batches\":%" PRIu64
            ",\"entries\":%" PRIu64 ",\"findings\":%" PRIu64 ",\"differences\":%" PRIu64 ",\"erased\":%" PRIu64 "}\n",
            t->rulesets, t->chains, t->batches, t->open_batches, t->entries, t->findings, t->differences, t->erased);
    else
        (void)printf("%s: %" PRIu64 " batches of %" PRIu64 " chains, %" PRIu64 " rule sets, %" PRIu64
                     " entries classified again, %" PRIu64 " findings\n",
                     t->differences == 0 ? "The same" : "DIFFERENT", t->batches, t->chains, t->rulesets, t->entries,
                     t->findings);
    if (!json && t->open_batches > 0)
        (void)printf("Of %" PRIu64 " open batches no chained entry tells yet.\n", t->open_batches);
    if (!json && t->erased > 0)
        (void)printf("%" PRIu64 " batches cannot give the same again, because entries were erased since.\n", t->erased);
}

int database_replay(const struct database_options *d, const struct classify_options *o)
{
    struct replaying r = {.json = strcmp(o->format, "json") == 0};
    struct ap_replay_options options = {.chain = d->org.given ? &d->org.value : NULL,
                                        .from_seq = d->from_seq,
                                        .fn = show,
                                        .stopping = interrupted,
                                        .context = &r};
    struct ap_replay_totals totals;
    struct ap_error err;
    struct ap_db *db = NULL;
    enum ap_status status = cli_catch_signals(&err);
    int result = EXIT_DONE;

    if (status == AP_OK)
        status = cli_connect(&db, "auditclassify", true, &err);
    if (status == AP_OK)
        status = ap_replay_run(db, &options, &totals, &err);
    if (status == AP_OK) {
        summarise(&totals, r.json);
        result = totals.differences > 0 ? EXIT_FINDINGS : EXIT_DONE;
    } else {
        result = cli_fail(&err);
    }
    ap_buf_free(&r.line);
    ap_db_close(db);
    return result;
}
