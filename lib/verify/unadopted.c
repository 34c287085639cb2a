#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/clock.h"
#include "chain_hash.h"
#include "run.h"

/*
 * Rows that were there before the chain and have not been adopted yet. There can be millions of them, which would fill
 * a report and say one thing: they are counted for each chain. Where nothing waits for adoption any more, a row without
 * a salt is a difference like any other.
 */

enum { FIRST_CAP = 64 };

enum ap_status run_load_unadopted(struct run *run, struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    enum ap_status status = ap_db_query(run->db, ap_sql("queries/verify_unadopted"), 0, NULL, &rows, err);

    if (status != AP_OK)
        return status;
    run->adopted = calloc(ap_rows_count(rows) + 1, sizeof *run->adopted);
    if (run->adopted == NULL)
        status = ap_fail_memory(err, "the adopted chains");
    for (size_t i = 0; status == AP_OK && i < ap_rows_count(rows); i++) {
        if (ap_rows_text(rows, i, 0) == NULL) {
            run->may_wait = true;
            run->installed_us = ap_rows_int(rows, i, 1);
        } else if (!ap_uuid_parse(&run->adopted[run->adopted_count++], ap_rows_str(rows, i, 0))) {
            status = ap_fail(err, AP_EIO, "the server sent a chain id that this version cannot read");
        }
    }
    ap_rows_free(rows);
    return status;
}

static int by_id(const void *a, const void *b)
{
    return ap_uuid_compare(a, b);
}

bool run_may_wait(const struct run *run, const struct ap_uuid *chain, bool dated, int64_t created_us)
{
    if (!run->may_wait || (dated && created_us >= run->installed_us))
        return false;
    return bsearch(chain, run->adopted, run->adopted_count, sizeof *run->adopted, by_id) == NULL;
}

static struct unadopted_chain *slot_of(const struct unadopted *unadopted, const struct ap_uuid *id)
{
    size_t i = chain_hash(id, unadopted->cap);

    while (unadopted->table[i].used && !ap_uuid_equal(&unadopted->table[i].id, id))
        i = (i + 1) & (unadopted->cap - 1);
    return &unadopted->table[i];
}

static enum ap_status grow(struct unadopted *unadopted, struct ap_error *err)
{
    struct unadopted old = *unadopted;

    unadopted->cap = old.cap > 0 ? old.cap * 2 : FIRST_CAP;
    unadopted->table = calloc(unadopted->cap, sizeof *unadopted->table);
    if (unadopted->table == NULL) {
        *unadopted = old;
        return ap_fail_memory(err, "the chains with rows to adopt");
    }
    for (size_t i = 0; i < old.cap; i++)
        if (old.table[i].used)
            *slot_of(unadopted, &old.table[i].id) = old.table[i];
    free(old.table);
    return AP_OK;
}

static void widen(struct unadopted_chain *chain, int64_t first_us, int64_t last_us)
{
    if (!chain->dated || first_us < chain->first_us)
        chain->first_us = first_us;
    if (!chain->dated || last_us > chain->last_us)
        chain->last_us = last_us;
    chain->dated = true;
}

static enum ap_status find(struct unadopted *unadopted, const struct ap_uuid *id, struct unadopted_chain **out,
                           struct ap_error *err)
{
    if (unadopted->chains + 1 > unadopted->cap / 4 * 3) {
        enum ap_status status = grow(unadopted, err);

        if (status != AP_OK)
            return status;
    }
    *out = slot_of(unadopted, id);
    unadopted->chains += !(*out)->used;
    (*out)->used = true;
    (*out)->id = *id;
    return AP_OK;
}

enum ap_status unadopted_add(struct unadopted *unadopted, const struct ap_uuid *id, bool dated, int64_t created_us,
                             struct ap_error *err)
{
    struct unadopted_chain *chain;
    enum ap_status status = find(unadopted, id, &chain, err);

    if (status != AP_OK)
        return status;
    chain->rows++;
    unadopted->rows++;
    if (dated)
        widen(chain, created_us, created_us);
    return AP_OK;
}

void unadopted_remove(struct unadopted *unadopted, const struct ap_uuid *id)
{
    struct unadopted_chain *chain = unadopted->cap > 0 ? slot_of(unadopted, id) : NULL;

    if (chain == NULL || chain->rows == 0)
        return;
    chain->rows--;
    unadopted->rows--;
}

enum ap_status unadopted_merge(struct unadopted *into, const struct unadopted *from, struct ap_error *err)
{
    for (size_t i = 0; i < from->cap; i++) {
        const struct unadopted_chain *other = &from->table[i];
        struct unadopted_chain *chain;
        enum ap_status status;

        if (!other->used)
            continue;
        status = find(into, &other->id, &chain, err);
        if (status != AP_OK)
            return status;
        chain->rows += other->rows;
        into->rows += other->rows;
        if (other->dated)
            widen(chain, other->first_us, other->last_us);
    }
    return AP_OK;
}

void unadopted_free(struct unadopted *unadopted)
{
    free(unadopted->table);
    memset(unadopted, 0, sizeof *unadopted);
}

static enum ap_status report_chain(struct run *run, const struct unadopted_chain *chain, struct ap_error *err)
{
    char first[AP_TIME_TEXT_SIZE], last[AP_TIME_TEXT_SIZE];
    struct ap_finding finding;

    memset(&finding, 0, sizeof finding);
    finding.kind = AP_FINDING_UNCHAINED;
    finding.has_chain = true;
    finding.chain = chain->id;
    ap_finding_text(finding.object, "rows from before the chain");
    ap_finding_text(finding.expected, "adopted");
    ap_time_format(first, chain->first_us);
    ap_time_format(last, chain->last_us);
    if (chain->dated)
        ap_finding_text(finding.found, "%" PRIu64 " not adopted, created from %s to %s", chain->rows, first, last);
    else
        ap_finding_text(finding.found, "%" PRIu64 " not adopted, without a time of creation", chain->rows);
    ap_finding_text(finding.detail, "run `auditmigrate adopt`, which begins, or goes on where it was interrupted");
    return findings_add(&run->findings, &finding, err);
}

enum ap_status run_report_unadopted(struct run *run, struct ap_error *err)
{
    const struct unadopted *unadopted = &run->unadopted;
    enum ap_status status = AP_OK;

    for (size_t i = 0; i < unadopted->cap && status == AP_OK; i++)
        if (unadopted->table[i].rows > 0)
            status = report_chain(run, &unadopted->table[i], err);
    return status;
}
