/* status: what is sealed, and what anchors have. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/json.h"
#include "auditproof/seal.h"
#include "anchoring.h"
#include "commands.h"
#include "connect.h"
#include "metrics_file.h"
#include "shown.h"

static const char *metrics_path, *format = "text";

const struct cli_option seal_status_options[] = {
    ANCHORING_OPTIONS,
    {0, "metrics", "FILE", CLI_STRING, &metrics_path, NULL, "write metrics for Prometheus to FILE",
     "Write metrics to\n.Ar FILE ,\nwhich is replaced as a whole.\nSee\n.Sx METRICS ."},
    {0, "format", "FORMAT", CLI_CHOICE, &format, "text|json", "how to print it", NULL},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

static void print_text(const struct ap_seal_state *state)
{
    char at[AP_TIME_TEXT_SIZE];
    uint64_t unsealed = state->entries - state->sealed_entries;

    if (!state->sealed) {
        (void)printf("Nothing is sealed: %" PRIu64 " %s of %" PRIu64 " chain%s.\n", state->entries,
                     state->entries == 1 ? "entry" : "entries", state->chains, plural_s(state->chains));
        return;
    }
    ap_time_format(at, state->sealed_at_us);
    (void)printf("Log:         %s\nCheckpoint:  %" PRIu64 " seal%s, %s, attested %" PRIu64 " time%s\n"
                 "Sealed:      %" PRIu64 " of %" PRIu64 " %s, %" PRIu64 " of %" PRIu64 " chain%s\n",
                 state->origin, state->size, plural_s(state->size), at, state->attestations,
                 plural_s(state->attestations), state->sealed_entries, state->entries,
                 state->entries == 1 ? "entry" : "entries", state->sealed_chains, state->chains,
                 plural_s(state->chains));
    if (unsealed == 0)
        return;
    ap_time_format(at, state->oldest_unsealed_us);
    (void)printf("Not sealed:  %" PRIu64 " %s of %s (%" PRId64 " s ago)\n", unsealed,
                 unsealed == 1 ? "entry," : "entries, the oldest", at,
                 (state->now_us - state->oldest_unsealed_us) / AP_US_PER_SECOND);
}

static void print_json(const struct ap_seal_state *state, const struct anchoring *anchoring,
                       const struct ap_seal_report *report)
{
    struct ap_buf out = AP_BUF_INIT;
    char at[AP_TIME_TEXT_SIZE];
    bool all = state->oldest_unsealed_us == AP_TIME_INFINITY;

    ap_time_format(at, state->sealed_at_us);
    ap_buf_adds(&out, "{\"origin\":");
    ap_json_string(&out, state->sealed ? state->origin : NULL);
    ap_buf_addf(&out, ",\"size\":%" PRIu64 ",\"sealed_at\":", state->size);
    ap_json_string(&out, state->sealed ? at : NULL);
    ap_buf_addf(&out,
                ",\"attestations\":%" PRIu64 ",\"chains\":%" PRIu64 ",\"sealed_chains\":%" PRIu64
                ",\"entries\":%" PRIu64 ",\"sealed_entries\":%" PRIu64 ",\"unsealed_seconds\":%" PRId64,
                state->attestations, state->chains, state->sealed_chains, state->entries, state->sealed_entries,
                all ? 0 : (state->now_us - state->oldest_unsealed_us) / AP_US_PER_SECOND);
    anchoring_add_json(&out, report, anchoring->named);
    ap_buf_addf(&out,
                ",\"anchors_named\":%zu,\"anchors_required\":%" PRIu64 ",\"anchors_have\":%" PRIu64
                ",\"policy_fulfilled\":%s}\n",
                anchoring->named, anchoring_required(anchoring), anchoring_have(anchoring, report),
                anchoring->policy == NULL ? "null"
                : report->quorum          ? "true"
                                          : "false");
    (void)fwrite(ap_buf_str(&out), 1, out.len, stdout);
    ap_buf_free(&out);
}

static enum ap_status read_state(struct ap_seal_state *state, const struct ap_seal_options *options,
                                 struct ap_seal_report *report, struct ap_error *err)
{
    struct ap_db *db = NULL;
    enum ap_status status;

    memset(state, 0, sizeof *state);
    status = cli_connect(&db, "auditseal", true, err);
    if (status == AP_OK)
        status = ap_seal_status(db, state, err);
    if (status == AP_OK)
        status = ap_seal_anchors(db, options, report, err);
    if (status == AP_OK && metrics_path != NULL)
        status = metrics_file_write(metrics_path, ap_db_name(db), state, NULL, err);
    ap_db_close(db);
    return status;
}

/* K of N, by what was asked for; then each anchor, and each witness of the policy. */
static void print_anchors(const struct anchoring *anchoring, const struct ap_seal_report *report)
{
    if (anchoring->named > 0)
        (void)printf("Anchors:     %" PRIu64 " of %zu have the newest checkpoint; %" PRIu64 " must\n",
                     anchoring_have(anchoring, report), anchoring->named, anchoring_required(anchoring));
    if (anchoring->policy != NULL)
        (void)printf("Policy:      %s\n", report->quorum ? "fulfilled" : "NOT FULFILLED");
    for (size_t i = 0; anchoring->policy != NULL && i < anchoring->policy->witness_count; i++) {
        (void)fputs("Witness ", stdout);
        cli_put(stdout, anchoring->policy->witnesses[i].name);
        (void)printf(": %s\n", report->cosigned[i] ? "has cosigned" : "HAS NOT COSIGNED");
    }
    for (size_t i = 0; i < report->anchor_count; i++)
        anchoring_print(&report->anchors[i]);
}

int run_status(int argc, char **argv)
{
    struct ap_seal_options options;
    struct ap_seal_report report;
    struct ap_seal_state state;
    struct anchoring anchoring;
    struct ap_error err;
    enum ap_status status;
    int result;

    (void)argc;
    (void)argv;
    memset(&options, 0, sizeof options);
    memset(&state, 0, sizeof state);
    status = anchoring_open(&anchoring, &options, &err);
    /* Witnesses of the policy are told of by their cosignatures. */
    options.anchor_count = anchoring.named;
    if (status == AP_OK)
        status = read_state(&state, &options, &report, &err);
    if (status == AP_OK && strcmp(format, "json") == 0) {
        print_json(&state, &anchoring, &report);
    } else if (status == AP_OK) {
        print_text(&state);
        print_anchors(&anchoring, &report);
    }
    result = status == AP_OK ? EXIT_DONE : cli_fail(&err);
    if (status == AP_OK && !anchoring_suffices(&anchoring, &report))
        result = EXIT_UNKNOWN;
    ap_buf_free(&state.note);
    anchoring_free(&anchoring);
    return result;
}
