#include "purged_holds.h"

#include <inttypes.h>
#include <string.h>

static void add_id(struct ap_buf *array, const struct ap_uuid *id)
{
    char text[AP_UUID_TEXT_SIZE];

    ap_uuid_format(text, id);
    ap_buf_addf(array, "%c%s", array->len > 0 ? ',' : '{', text);
}

static void add_seq(struct ap_buf *array, uint64_t seq)
{
    ap_buf_addf(array, "%c%" PRIu64, array->len > 0 ? ',' : '{', seq);
}

void planned_holds_add(struct planned_holds *holds, const struct ap_purge_text *plan)
{
    for (size_t i = 0; i < plan->part_count; i++)
        for (size_t h = 0; h < plan->parts[i].held_count; h++) {
            const struct ap_purge_held *held = &plan->parts[i].held[h];

            add_id(&holds->chains, &plan->parts[i].chain);
            add_seq(&holds->from, held->range.from_seq);
            add_seq(&holds->to, held->range.to_seq);
            add_id(&holds->holds, &held->hold);
        }
}

void planned_holds_free(struct planned_holds *holds)
{
    ap_buf_free(&holds->chains);
    ap_buf_free(&holds->from);
    ap_buf_free(&holds->to);
    ap_buf_free(&holds->holds);
}

static enum ap_status tell(struct run *run, const struct ap_rows *rows, size_t row, struct ap_error *err)
{
    struct ap_finding finding;

    memset(&finding, 0, sizeof finding);
    finding.kind = AP_FINDING_PURGE;
    finding.has_chain = ap_uuid_parse(&finding.chain, ap_rows_str(rows, row, 0));
    finding.has_seq = true;
    finding.seq = (uint64_t)ap_rows_int(rows, row, 1);
    ap_finding_text(finding.object, "hold %s", ap_rows_str(rows, row, 3));
    ap_finding_text(finding.expected, "kept: a legal hold was in force");
    ap_finding_text(finding.found, "purged, with %" PRId64 " entries", ap_rows_int(rows, row, 2));
    ap_finding_text(finding.detail, "the matter is %s", ap_rows_str(rows, row, 4));
    return findings_add(&run->findings, &finding, err);
}

enum ap_status run_check_purged_holds(struct run *run, struct planned_holds *holds, struct ap_error *err)
{
    struct ap_buf *arrays[] = {&holds->chains, &holds->from, &holds->to, &holds->holds};
    enum { ARRAYS = sizeof arrays / sizeof arrays[0] };
    char chain[AP_UUID_TEXT_SIZE];
    const char *values[1 + ARRAYS] = {run->options->has_chain ? chain : NULL};
    struct ap_rows *rows = NULL;
    enum ap_status status = AP_OK;

    if (run->purge_count == 0)
        return AP_OK;
    ap_uuid_format(chain, &run->options->chain);
    for (size_t i = 0; i < ARRAYS && status == AP_OK; i++) {
        ap_buf_adds(arrays[i], arrays[i]->len > 0 ? "}" : "{}");
        status = ap_buf_check(arrays[i], "what holds kept", err);
        values[1 + i] = ap_buf_str(arrays[i]);
    }
    if (status == AP_OK)
        status = run_query_by_index(run, "queries/verify_purge_holds", 1 + ARRAYS, values, &rows, err);
    for (size_t i = 0; status == AP_OK && i < ap_rows_count(rows); i++)
        status = tell(run, rows, i, err);
    ap_rows_free(rows);
    return status;
}
