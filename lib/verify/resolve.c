#include <stdlib.h>
#include <string.h>

#include "run.h"

enum {
    FIRST_CAP = 64,
    LOOKUP_IDS = 4096, /* log ids in one query */
};

void resolver_free(struct resolver *resolver)
{
    free(resolver->items);
    memset(resolver, 0, sizeof *resolver);
}

enum ap_status resolver_add(struct resolver *resolver, const struct difference *difference, struct ap_error *err)
{
    if (resolver->count == resolver->cap) {
        size_t cap = resolver->cap > 0 ? resolver->cap * 2 : FIRST_CAP;
        struct difference *items = realloc(resolver->items, cap * sizeof *items);

        if (items == NULL)
            return ap_fail_memory(err, "differences");
        resolver->items = items;
        resolver->cap = cap;
    }
    resolver->items[resolver->count++] = *difference;
    return AP_OK;
}

/* By log id; in one, chained before rows, then by chain: what belongs together stands together. */
static int compare(const void *a, const void *b)
{
    const struct difference *left = a, *right = b;
    int order = ap_uuid_compare(&left->item.log_id, &right->item.log_id);

    if (order == 0)
        order = right->sign - left->sign;
    if (order == 0)
        order = ap_uuid_compare(&left->item.chain, &right->item.chain);
    return order;
}

static void hash_text(char out[AP_FINDING_TEXT_SIZE], const uint8_t hash[AP_HASH_LEN])
{
    char hex[AP_HASH_TEXT_SIZE];

    ap_hex_encode(hex, hash, AP_HASH_LEN);
    hex[AP_HASH_TEXT_SIZE - 1] = '\0';
    ap_finding_text(out, "content hash %s", hex);
}

static struct ap_finding about(enum ap_finding_kind kind, const struct difference *difference)
{
    struct ap_finding finding;

    memset(&finding, 0, sizeof finding);
    finding.kind = kind;
    finding.has_chain = finding.has_log_id = true;
    finding.chain = difference->item.chain;
    finding.log_id = difference->item.log_id;
    finding.has_seq = difference->seq != 0 && difference->seq <= INT64_MAX;
    finding.seq = difference->seq;
    return finding;
}

/* An entry and a row of one log id that do not agree. */
static enum ap_status report_pair(struct run *run, const struct difference *chained, const struct difference *row,
                                  struct ap_error *err)
{
    struct ap_finding finding = about(AP_FINDING_ALTERED, chained);
    char other[AP_UUID_TEXT_SIZE];

    hash_text(finding.expected, chained->item.content_hash);
    if (item_is(run, &chained->item, MARK_MALFORMED))
        ap_finding_text(finding.expected, "a content hash of 32 bytes in the chain entry");
    if (item_is(run, &row->item, MARK_UNADOPTED))
        unadopted_remove(&run->unadopted, &row->item.chain);
    if (item_is(run, &row->item, MARK_UNADOPTED) || item_is(run, &row->item, MARK_NO_SALT)) {
        ap_finding_text(finding.found, "a row without its 48 bytes of salt");
    } else if (item_is(run, &row->item, MARK_ERASURE)) {
        finding.kind = AP_FINDING_ERASURE;
        ap_finding_text(finding.expected, "for each erased group a kept commitment, and no values");
        ap_finding_text(finding.found,
                        "a group with its salt erased that has no commitment or has values, or one on record as "
                        "erased that has a salt");
    } else {
        hash_text(finding.found, row->item.content_hash);
    }
    if (!ap_uuid_equal(&chained->item.chain, &row->item.chain)) {
        ap_uuid_format(other, &row->item.chain);
        ap_finding_text(finding.detail, "the row now belongs to chain %s", other);
    } else if (finding.kind == AP_FINDING_ALTERED) {
        ap_finding_text(finding.detail, "a column of the row, or its salt, is not what was chained");
    }
    return findings_add(&run->findings, &finding, err);
}

static enum ap_status report_alone(struct run *run, const struct difference *difference, struct ap_error *err)
{
    struct ap_finding finding = about(difference->sign > 0 ? AP_FINDING_MISSING : AP_FINDING_UNCHAINED, difference);

    /* Those that wait for their adoption are counted, and told of together. */
    if (difference->twin || item_is(run, &difference->item, MARK_UNADOPTED))
        return AP_OK;
    ap_finding_text(finding.found, "none");
    if (difference->again) {
        finding.kind = AP_FINDING_FORK;
        ap_finding_text(finding.expected, "one chain entry with this log id");
        ap_finding_text(finding.found, "another at an earlier sequence number");
    } else if (difference->sign > 0) {
        ap_finding_text(finding.expected, "a row in audit_logs");
    } else {
        ap_finding_text(finding.expected, "a chain entry for the row");
        if (item_is(run, &difference->item, MARK_NO_SALT))
            ap_finding_text(finding.detail, "it has no salt, as rows from before the chain, and those were adopted, or "
                                            "it says that it is younger");
    }
    return findings_add(&run->findings, &finding, err);
}

/* What differs of one log id: pair entries with rows, those of the same chain first. */
static enum ap_status report_group(struct run *run, struct difference *items, size_t count, struct ap_error *err)
{
    size_t chained = 0;
    enum ap_status status = AP_OK;

    while (chained < count && items[chained].sign > 0)
        chained++;
    for (int same = 1; same >= 0; same--) {
        for (size_t i = 0; i < chained && status == AP_OK; i++) {
            for (size_t j = chained; j < count && items[i].sign != 0 && status == AP_OK; j++) {
                if (items[j].sign == 0 || (same == 1 && !ap_uuid_equal(&items[i].item.chain, &items[j].item.chain)))
                    continue;
                status = report_pair(run, &items[i], &items[j], err);
                items[i].sign = items[j].sign = 0;
            }
        }
    }
    for (size_t i = 0; i < count && status == AP_OK; i++)
        if (items[i].sign != 0)
            status = report_alone(run, &items[i], err);
    return status;
}

/* One place where a log id is chained. They come in order of seq, and there may be more of them than differ. */
static enum ap_status set_seq(struct resolver *resolver, const char *log_id, const char *chain, uint64_t seq,
                              struct ap_error *err)
{
    struct difference key, *found, *end = resolver->items + resolver->count;
    uint64_t before = 0;

    memset(&key, 0, sizeof key);
    key.sign = 1;
    if (!ap_uuid_parse(&key.item.log_id, log_id) || !ap_uuid_parse(&key.item.chain, chain))
        return ap_fail(err, AP_EIO, "the server sent an id that this version cannot read");
    found = bsearch(&key, resolver->items, resolver->count, sizeof key, compare);
    if (found == NULL)
        return AP_OK;
    while (found > resolver->items && compare(found - 1, &key) == 0)
        found--;
    while (found->seq != 0 && found + 1 < end && compare(found + 1, &key) == 0)
        found++;
    if (found > resolver->items && compare(found - 1, &key) == 0)
        before = (found - 1)->seq;
    if (found->seq != 0)
        before = found->seq;
    found->again = before != 0;
    found->twin = before == seq;
    found->seq = seq;
    return AP_OK;
}

/* Look up where the chained ones among items[from..to) stand; items are sorted. */
static enum ap_status look_up(struct resolver *resolver, size_t from, size_t to, struct ap_error *err)
{
    struct ap_buf ids = AP_BUF_INIT;
    struct ap_rows *rows = NULL;
    enum ap_status status;
    const char *values[1];
    size_t wanted = 0;

    ap_buf_addc(&ids, '{');
    for (size_t i = from; i < to; i++) {
        char text[AP_UUID_TEXT_SIZE];

        if (resolver->items[i].sign < 0 || resolver->items[i].seq != 0)
            continue;
        ap_uuid_format(text, &resolver->items[i].item.log_id);
        ap_buf_addf(&ids, "%s%s", wanted++ > 0 ? "," : "", text);
    }
    ap_buf_addc(&ids, '}');
    status = ap_buf_check(&ids, "log ids", err);
    if (status == AP_OK && wanted > 0) {
        values[0] = ids.data;
        status = ap_db_query(resolver->run->db, ap_sql("queries/verify_seqs"), 1, values, &rows, err);
        for (size_t i = 0; status == AP_OK && i < ap_rows_count(rows); i++)
            status = set_seq(resolver, ap_rows_str(rows, i, 0), ap_rows_str(rows, i, 1),
                             (uint64_t)ap_rows_int(rows, i, 2), err);
    }
    ap_rows_free(rows);
    ap_buf_free(&ids);
    return status;
}

enum ap_status resolver_flush(struct resolver *resolver, struct ap_error *err)
{
    struct difference *items = resolver->items;
    enum ap_status status = AP_OK;
    size_t end;

    if (resolver->count == 0)
        return AP_OK;
    qsort(items, resolver->count, sizeof *items, compare);
    for (size_t i = 0; i < resolver->count && status == AP_OK; i += LOOKUP_IDS)
        status = look_up(resolver, i, i + LOOKUP_IDS < resolver->count ? i + LOOKUP_IDS : resolver->count, err);
    for (size_t i = 0; i < resolver->count && status == AP_OK; i = end) {
        end = i + 1;
        while (end < resolver->count && ap_uuid_equal(&items[i].item.log_id, &items[end].item.log_id))
            end++;
        status = report_group(resolver->run, items + i, end - i, err);
    }
    resolver->count = 0;
    return status;
}

static enum ap_status add_peeled(void *context, const struct multiset_item *item, int sign, struct ap_error *err)
{
    struct difference difference = {*item, sign, 0, false, false};

    return resolver_add(context, &difference, err);
}

enum ap_status resolve_sketch(struct run *run, struct multiset *set, bool *complete, struct ap_error *err)
{
    struct resolver resolver = {run, NULL, 0, 0};
    enum ap_status status = multiset_peel(set, add_peeled, &resolver, complete, err);

    if (status == AP_OK && *complete)
        status = resolver_flush(&resolver, err);
    resolver_free(&resolver);
    return status;
}
