/*
 * What rules find in the entries of the period. They see every field of an entry, those too that are withheld from the
 * reader; what is kept of a hit then holds none of them.
 */
#include <inttypes.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/csv_write.h"
#include "soc2_internal.h"

/* is NULL: the hit belongs to no entry, but to the end of its window. correlated NULL: a rule's, of this entry alone.
 */
static void put_hit(struct exceptions *x, size_t rule, const struct ap_evidence_entry *is,
                    const struct ap_correlated *correlated)
{
    const struct ap_rule_info *info = ap_rules_info(x->rules, rule);
    struct ap_buf *row = &x->row;

    ap_buf_clear(row);
    ap_csv_put(row, info->id);
    ap_csv_put(row, info->title);
    ap_csv_put(row, ap_level_name(info->level));
    if (is != NULL) {
        ap_csv_put_int(row, (int64_t)is->entry->record.seq);
        ap_csv_put_time(row, is->time_us);
        ap_csv_put_n(row, is->entry->row->action.data, is->entry->row->action.len);
        ap_csv_put_n(row, is->entry->row->resource_type.data, is->entry->row->resource_type.len);
    } else {
        for (size_t i = 0; i < 4; i++)
            ap_csv_put(row, "");
    }
    ap_csv_put_int(row, correlated == NULL ? 1 : (int64_t)correlated->count);
    if (correlated != NULL) {
        ap_csv_put_time(row, correlated->first_us);
        ap_csv_put_time(row, correlated->last_us);
    } else {
        ap_csv_put_time(row, is->time_us);
        ap_csv_put_time(row, is->time_us);
    }
    ap_csv_put(row, correlated == NULL || x->withheld ? "" : correlated->group_json);
    ap_csv_put(row, "");
    ap_csv_end(row);
}

static void count(struct looking *of, uint64_t entries, int64_t first_us, int64_t last_us)
{
    if (of->hits == 0 || first_us < of->first_us)
        of->first_us = first_us;
    if (of->hits == 0 || last_us > of->last_us)
        of->last_us = last_us;
    of->hits++;
    of->entries += entries;
}

static enum ap_status take_hit(struct exceptions *x, size_t rule, const struct ap_evidence_entry *is,
                               const struct ap_correlated *correlated, struct ap_error *err)
{
    struct looking *of = &x->looking[rule];
    enum ap_status status;

    of->matched = true;
    if (of->criteria == 0)
        return AP_OK;
    if (correlated == NULL)
        count(of, 1, is->time_us, is->time_us);
    else
        count(of, correlated->count, correlated->first_us, correlated->last_us);
    put_hit(x, rule, is, correlated);
    status = ap_buf_check(&x->row, "an exception", err);
    return status == AP_OK ? spool_put(&x->spool, rule, &x->row, err) : status;
}

static enum ap_status take_all(struct exceptions *x, const struct ap_classification *found,
                               const struct ap_evidence_entry *is, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    for (size_t i = 0; status == AP_OK && i < found->rule_count; i++)
        status = take_hit(x, found->rules[i], is, NULL, err);
    for (size_t i = 0; status == AP_OK && i < found->correlated_count; i++)
        status = take_hit(x, found->correlated[i].rule, is, &found->correlated[i], err);
    for (size_t i = 0; status == AP_OK && i < found->closed_count; i++)
        status = take_hit(x, found->closed[i].rule, NULL, &found->closed[i], err);
    return status;
}

/* The entry as rules know entries (audit-rules(5), EVENTS). */
static void put_event(struct ap_buf *out, const struct ap_evidence_entry *is)
{
    static const bool all[AP_GROUPS] = {true, true, true};
    char time[AP_TIME_TEXT_SIZE];

    ap_time_format(time, is->time_us);
    ap_buf_clear(out);
    ap_buf_addf(out, "{\"created_at\":\"%s\"", time);
    put_members(out, is->entry->row, all);
    ap_buf_addc(out, '}');
}

enum ap_status exceptions_add(struct ap_soc2 *soc2, const struct ap_evidence_entry *is, struct ap_error *err)
{
    struct exceptions *x = &soc2->exceptions;
    struct ap_classification found;
    enum ap_status status;
    bool more = false;
    size_t at;

    for (size_t g = 0; g < AP_GROUPS; g++)
        x->withheld = x->withheld || (!is->disclosed[g] && is->entry->kept[g] == NULL);
    put_event(&x->line, is);
    status = ap_buf_check(&x->line, "an entry", err);
    if (status != AP_OK)
        return status;
    ap_classify_line(x->classifier, x->line.data, x->line.len);
    ap_classify_recorded(x->classifier, is->entry->record.recorded_at_us);
    status = ap_classify_next(x->classifier, &more, &found, &at, err);
    if (status != AP_OK)
        return ap_error_prefix(err, "entry %" PRIu64 " cannot be held against the rules", is->entry->record.seq);
    return take_all(x, &found, is, err);
}

enum ap_status exceptions_end(struct ap_soc2 *soc2, struct ap_error *err)
{
    struct ap_classification found;
    enum ap_status status;

    memset(&found, 0, sizeof found);
    status = ap_classify_end(soc2->exceptions.classifier, &found, err);
    return status == AP_OK ? take_all(&soc2->exceptions, &found, NULL, err) : status;
}
