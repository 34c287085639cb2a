/* data/controls.csv, which leads from a criterion to its files, and data/policy/, by which they were made. */
#include <stdio.h>
#include <string.h>

#include "auditproof/csv_write.h"
#include "auditproof/json.h"
#include "soc2_internal.h"

/* file is the table, record the same as NDJSON, unaltered. */
static const char *const header[] = {"control", "title", "requirement", "holds",  "file",
                                     "record",  "rows",  "strength",    "limits", NULL};

static void put_control(struct ap_buf *csv, const struct ap_soc2_total *total, const char *holds, const char *file,
                        const char *record, const uint64_t *rows)
{
    ap_csv_put(csv, total->criterion);
    ap_csv_put(csv, total->title);
    ap_csv_put(csv, total->asks);
    ap_csv_put(csv, holds);
    ap_csv_put(csv, file);
    ap_csv_put(csv, record);
    if (rows != NULL)
        ap_csv_put_int(csv, (int64_t)*rows);
    else
        ap_csv_put(csv, "");
    ap_csv_put(csv, total->strength);
    ap_csv_put(csv, total->limits);
    ap_csv_end(csv);
}

static void put_criterion(struct ap_buf *csv, const struct ap_soc2 *soc2, size_t c)
{
    const struct ap_soc2_total *total = &soc2->totals[c];
    const struct criterion *criterion = &soc2->criteria[c];

    for (size_t i = 0; i < soc2->population_count; i++) {
        const struct population *population = &soc2->populations[i];

        if (population->criterion != c)
            continue;
        put_control(csv, total, population->title, population->table_path, population->lines_path, &population->rows);
    }
    if (criterion->exceptions_path != NULL)
        put_control(csv, total, "exceptions", criterion->exceptions_path, "", &total->exceptions);
    for (size_t i = 0; i < criterion->file_count; i++)
        put_control(csv, total, criterion->files[i].about, criterion->files[i].path, "", NULL);
    if (total->populations == 0 && criterion->exceptions_path == NULL && criterion->file_count == 0)
        put_control(csv, total, "not evidenced by this log", "", "", NULL);
}

/* An exception that is of several criteria is in as many files. */
static void put_exceptions(struct ap_buf *csv, const struct ap_soc2 *soc2)
{
    ap_csv_put(csv, "");
    ap_csv_put(csv, "Exceptions");
    ap_csv_put(csv, "");
    ap_csv_put(csv, "exceptions of all criteria, each counted once");
    ap_csv_put(csv, "");
    ap_csv_put(csv, "");
    ap_csv_put_int(csv, (int64_t)soc2->exceptions.count);
    ap_csv_put(csv, "");
    ap_csv_put(csv, "");
    ap_csv_end(csv);
}

uint64_t soc2_let_go(const struct ap_soc2 *soc2)
{
    struct ap_classifier_stats stats;

    ap_classifier_stats(soc2->exceptions.classifier, &stats);
    return stats.evicted_groups + stats.evicted_events + stats.late + stats.regex_limits;
}

/* What the bounds of the rule engine let go: exceptions may be missing then, and whoever reads them is told. */
static void put_bounds(struct ap_buf *csv, const struct ap_soc2 *soc2)
{
    uint64_t let_go = soc2_let_go(soc2);

    if (let_go == 0)
        return;
    ap_csv_put(csv, "");
    ap_csv_put(csv, "Bounds of the rules");
    ap_csv_put(csv, "");
    ap_csv_put(csv, "entries that rules could not take into account");
    ap_csv_put(csv, "");
    ap_csv_put(csv, "");
    ap_csv_put_int(csv, (int64_t)let_go);
    ap_csv_put(csv, "partial");
    ap_csv_put(csv, "Rules over several entries remember so many and no more, and take none that comes too late"
                    " (audit-rules(5), BOUNDS): exceptions may be missing.");
    ap_csv_end(csv);
}

static enum ap_status write_rules(struct ap_soc2 *soc2, struct ap_bundle *bundle, struct ap_error *err)
{
    struct ap_buf text = AP_BUF_INIT;
    enum ap_status status = ap_rules_pack(soc2->exceptions.rules, &text, err);

    if (status == AP_OK)
        status = ap_bundle_add(bundle, "data/policy/rules.txt", text.data, text.len, err);
    ap_buf_free(&text);
    return status;
}

enum ap_status controls_write(struct ap_soc2 *soc2, struct ap_bundle *bundle, struct ap_error *err)
{
    struct ap_buf csv = AP_BUF_INIT;
    enum ap_status status;

    ap_csv_put_record(&csv, header);
    for (size_t c = 0; c < soc2->criterion_count; c++)
        put_criterion(&csv, soc2, c);
    put_exceptions(&csv, soc2);
    put_bounds(&csv, soc2);
    status = ap_buf_check(&csv, "data/controls.csv", err);
    if (status == AP_OK)
        status = ap_bundle_add(bundle, "data/controls.csv", csv.data, csv.len, err);
    ap_buf_free(&csv);
    for (size_t i = 0; status == AP_OK && i < soc2->mapping_count; i++)
        status =
            ap_bundle_add(bundle, soc2->mappings[i].path, soc2->mappings[i].text.data, soc2->mappings[i].text.len, err);
    return status == AP_OK ? write_rules(soc2, bundle, err) : status;
}
