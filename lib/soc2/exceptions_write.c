/*
 * data/exceptions/: a table for each criterion that a rule looks at. An exception has one number in all tables that it
 * is in. Of a rule that presumes what the log nowhere records in the period, all hits are one exception, which says so:
 * they would be a list of everything, and tell of the log and not of who did what.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/csv_write.h"
#include "soc2_internal.h"

static const char *const header[] = {"exception",  "criteria",  "rule_id", "rule",          "level",
                                     "seq",        "time",      "action",  "resource_type", "entries",
                                     "first_time", "last_time", "group",   "note",          NULL};

static enum ap_status open_table(struct ap_soc2 *soc2, size_t c, struct ap_bundle *bundle, struct ap_error *err)
{
    struct criterion *criterion = &soc2->criteria[c];
    char path[AP_BUNDLE_PATH_MAX];
    enum ap_status status;

    (void)snprintf(path, sizeof path, "data/exceptions/%s.csv", soc2->totals[c].criterion);
    criterion->exceptions_path = ap_arena_copy(&soc2->list.arena, path, strlen(path));
    status = ap_arena_check(&soc2->list.arena, "a file of exceptions", err);
    if (status == AP_OK)
        status = ap_bundle_member(bundle, path, &criterion->exceptions, err);
    return status == AP_OK ? ap_member_write(criterion->exceptions, soc2->row.data, soc2->row.len, err) : status;
}

static enum ap_status open_tables(struct ap_soc2 *soc2, struct ap_bundle *bundle, struct ap_error *err)
{
    enum ap_status status;

    ap_buf_clear(&soc2->row);
    ap_csv_put_record(&soc2->row, header);
    status = ap_buf_check(&soc2->row, "a header", err);
    for (size_t c = 0; status == AP_OK && c < soc2->criterion_count; c++)
        if (soc2->totals[c].rules > 0)
            status = open_table(soc2, c, bundle, err);
    return status;
}

/* One hit alone is worth its row, whatever was presumed. */
static bool tells_nothing(const struct exceptions *x, const struct looking *of)
{
    return of->presumed != SIZE_MAX && !x->looking[of->presumed].matched && of->hits > 1;
}

static void put_note(struct ap_buf *out, const struct exceptions *x, const struct looking *of)
{
    ap_buf_addf(out,
                "The log has no entry of the kind \"%s\" in this period: what the rule looks for cannot be evidenced"
                " from it. The %" PRIu64 " that it points out are counted as one exception.",
                ap_rules_info(x->rules, of->presumed)->title, of->hits);
}

/* In place of all hits of the rule: a row as take_hit makes them, without an entry. */
static enum ap_status put_one_for_all(struct ap_soc2 *soc2, size_t rule, struct ap_error *err)
{
    const struct exceptions *x = &soc2->exceptions;
    const struct ap_rule_info *info = ap_rules_info(x->rules, rule);
    const struct looking *of = &x->looking[rule];
    struct ap_buf *row = &soc2->line, *note = &soc2->folded;
    enum ap_status status;

    ap_buf_clear(row);
    ap_buf_clear(note);
    put_note(note, x, of);
    status = ap_buf_check(note, "an exception's note", err);
    if (status != AP_OK)
        return status;
    ap_csv_put(row, info->id);
    ap_csv_put(row, info->title);
    ap_csv_put(row, ap_level_name(info->level));
    for (size_t i = 0; i < 4; i++)
        ap_csv_put(row, "");
    ap_csv_put_int(row, (int64_t)of->entries);
    ap_csv_put_time(row, of->first_us);
    ap_csv_put_time(row, of->last_us);
    ap_csv_put(row, "");
    ap_csv_put_n(row, note->data, note->len);
    ap_csv_end(row);
    return ap_buf_check(row, "an exception", err);
}

/* What is so of the log is a limit of the criterion as well. */
static enum ap_status add_limit(struct ap_soc2 *soc2, size_t rule, struct ap_error *err)
{
    const struct looking *of = &soc2->exceptions.looking[rule];
    struct ap_buf *text = &soc2->row;

    for (size_t c = 0; c < soc2->criterion_count; c++) {
        struct ap_soc2_total *total = &soc2->totals[c];

        if ((of->criteria >> c & 1) == 0)
            continue;
        ap_buf_clear(text);
        ap_buf_addf(text, "%s%s%s: ", total->limits, total->limits[0] == '\0' ? "" : " ",
                    ap_rules_info(soc2->exceptions.rules, rule)->title);
        put_note(text, &soc2->exceptions, of);
        total->limits = ap_arena_copy(&soc2->list.arena, ap_buf_str(text), text->len);
    }
    return ap_arena_check(&soc2->list.arena, "a criterion's limits", err);
}

/* record: what follows the columns that are made here. */
static enum ap_status write_exception(struct ap_soc2 *soc2, size_t rule, const struct ap_buf *record,
                                      struct ap_error *err)
{
    uint64_t criteria = soc2->exceptions.looking[rule].criteria;
    struct ap_buf *row = &soc2->row, *names = &soc2->folded;
    enum ap_status status;

    ap_buf_clear(row);
    ap_buf_clear(names);
    for (size_t c = 0; c < soc2->criterion_count; c++)
        if ((criteria >> c & 1) != 0)
            ap_buf_addf(names, "%s%s", names->len > 0 ? " " : "", soc2->totals[c].criterion);
    ap_csv_put_int(row, (int64_t)++soc2->exceptions.count);
    ap_csv_put(row, ap_buf_str(names));
    ap_buf_addc(row, ',');
    ap_buf_add(row, record->data, record->len);
    status = ap_buf_check(row, "an exception", err);
    for (size_t c = 0; status == AP_OK && c < soc2->criterion_count; c++) {
        if ((criteria >> c & 1) == 0)
            continue;
        status = ap_member_write(soc2->criteria[c].exceptions, row->data, row->len, err);
        soc2->totals[c].exceptions++;
    }
    return status;
}

static enum ap_status write_record(struct ap_soc2 *soc2, size_t rule, const struct ap_buf *record, struct ap_error *err)
{
    struct looking *of = &soc2->exceptions.looking[rule];
    enum ap_status status;

    if (!tells_nothing(&soc2->exceptions, of))
        return write_exception(soc2, rule, record, err);
    if (of->told)
        return AP_OK;
    of->told = true;
    status = put_one_for_all(soc2, rule, err);
    if (status == AP_OK)
        status = write_exception(soc2, rule, &soc2->line, err);
    return status == AP_OK ? add_limit(soc2, rule, err) : status;
}

static enum ap_status close_tables(const struct ap_soc2 *soc2, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    for (size_t c = 0; status == AP_OK && c < soc2->criterion_count; c++) {
        if (soc2->criteria[c].exceptions == NULL)
            continue;
        ap_member_set_rows(soc2->criteria[c].exceptions, soc2->totals[c].exceptions);
        status = ap_member_close(soc2->criteria[c].exceptions, err);
    }
    return status;
}

enum ap_status exceptions_write(struct ap_soc2 *soc2, struct ap_bundle *bundle, struct ap_error *err)
{
    struct exceptions *x = &soc2->exceptions;
    enum ap_status status = open_tables(soc2, bundle, err);
    bool more = status == AP_OK;
    size_t rule;

    if (status == AP_OK)
        status = spool_rewind(&x->spool, err);
    while (status == AP_OK && more) {
        status = spool_next(&x->spool, &more, &rule, &x->row, err);
        if (status == AP_OK && more)
            status = write_record(soc2, rule, &x->row, err);
    }
    spool_close(&x->spool);
    return status == AP_OK ? close_tables(soc2, err) : status;
}
