#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/finding.h"
#include "replay_internal.h"

/* What is recorded of one finding, with the line that is hashed of it. */
struct recorded {
    const struct ap_rows *rows;
    size_t at;
};

static uint64_t recorded_seq(const struct recorded *r)
{
    return strtoull(ap_rows_str(r->rows, r->at, 0), NULL, 10);
}

static void recorded_line(const struct recorded *r, struct ap_buf *out)
{
    const char *detail = ap_rows_text(r->rows, r->at, 6);

    found_line(out, recorded_seq(r), ap_rows_str(r->rows, r->at, 2), ap_rows_str(r->rows, r->at, 1),
               ap_rows_str(r->rows, r->at, 3), ap_rows_str(r->rows, r->at, 4), ap_rows_bool(r->rows, r->at, 5),
               detail != NULL ? detail : "null");
}

/* The text of a line, without its end, cut to what a difference holds. */
static void keep_line(char out[AP_REPLAY_TEXT_SIZE], const struct ap_buf *line, size_t from)
{
    size_t len = line->len > from ? line->len - from - 1 : 0;

    if (len >= AP_REPLAY_TEXT_SIZE) {
        len = AP_REPLAY_TEXT_SIZE - 1;
        while (len > 0 && ((unsigned char)line->data[from + len] & 0xc0U) == 0x80U)
            len--;
    }
    memcpy(out, ap_buf_str(line) + from, len);
    out[len] = '\0';
}

static enum ap_status report_finding(struct replay *r, const struct told *told, enum ap_replay_kind kind,
                                     const struct found *expected, const struct recorded *there, struct ap_error *err)
{
    struct ap_replay_difference d;

    memset(&d, 0, sizeof d);
    d.kind = kind;
    ap_buf_clear(&r->lines);
    if (expected != NULL) {
        d.seq = expected->seq;
        d.rule_id = expected->rule_id;
        found_item_line(expected, &r->lines);
        keep_line(d.expected, &r->lines, 0);
    }
    if (there != NULL) {
        size_t from = r->lines.len;

        d.seq = recorded_seq(there);
        d.rule_id = ap_rows_str(there->rows, there->at, 1);
        recorded_line(there, &r->lines);
        keep_line(d.found, &r->lines, from);
    }
    if (ap_buf_check(&r->lines, "a difference", err) != AP_OK)
        return AP_ENOMEM;
    return replay_report(r, told, &d, err);
}

static enum ap_status compare_one(struct replay *r, const struct told *told, const struct found *expected,
                                  const struct recorded *there, struct ap_error *err)
{
    size_t half;
    bool same;

    ap_buf_clear(&r->lines);
    found_item_line(expected, &r->lines);
    half = r->lines.len;
    recorded_line(there, &r->lines);
    if (ap_buf_check(&r->lines, "a finding", err) != AP_OK)
        return AP_ENOMEM;
    same = r->lines.len == 2 * half && memcmp(r->lines.data, r->lines.data + half, half) == 0;
    return same ? AP_OK : report_finding(r, told, AP_REPLAY_ALTERED, expected, there, err);
}

/* Both are in the order of entries and rules. */
static enum ap_status name_differences(struct replay *r, const struct told *told, const struct ap_rows *rows,
                                       struct ap_error *err)
{
    struct recorded there = {rows, 0};
    enum ap_status status = AP_OK;
    size_t i = 0;

    while (status == AP_OK && (i < r->found.count || there.at < ap_rows_count(rows))) {
        const struct found *expected = i < r->found.count ? &r->found.items[i] : NULL;
        int order = -1;

        if (expected == NULL) {
            order = 1;
        } else if (there.at < ap_rows_count(rows)) {
            uint64_t seq = recorded_seq(&there);

            order = expected->seq != seq ? (expected->seq < seq ? -1 : 1)
                                         : strcmp(expected->rule_id, ap_rows_str(rows, there.at, 1));
        }
        if (order == 0)
            status = compare_one(r, told, expected, &there, err);
        else
            status = report_finding(r, told, order < 0 ? AP_REPLAY_MISSING : AP_REPLAY_ADDED,
                                    order < 0 ? expected : NULL, order < 0 ? NULL : &there, err);
        i += order <= 0 ? 1 : 0;
        there.at += order >= 0 ? 1 : 0;
    }
    return status;
}

static enum ap_status hash_lines(struct replay *r, char out[AP_HASH_TEXT_SIZE], struct ap_error *err)
{
    struct ap_span span = {ap_buf_str(&r->lines), r->lines.len};
    uint8_t hash[AP_HASH_LEN];
    enum ap_status status = ap_buf_check(&r->lines, "findings", err);

    if (status == AP_OK)
        status = ap_digest_spans(r->digest, hash, &span, 1, err);
    if (status == AP_OK) {
        ap_hex_encode(out, hash, sizeof hash);
        out[AP_HASH_TEXT_SIZE - 1] = '\0';
    }
    return status;
}

static enum ap_status hash_both(struct replay *r, const struct ap_rows *rows, char again[AP_HASH_TEXT_SIZE],
                                char there[AP_HASH_TEXT_SIZE], struct ap_error *err)
{
    struct recorded at = {rows, 0};
    enum ap_status status;

    ap_buf_clear(&r->lines);
    for (size_t i = 0; i < r->found.count; i++)
        found_item_line(&r->found.items[i], &r->lines);
    status = hash_lines(r, again, err);
    ap_buf_clear(&r->lines);
    for (; at.at < ap_rows_count(rows); at.at++)
        recorded_line(&at, &r->lines);
    return status == AP_OK ? hash_lines(r, there, err) : status;
}

static enum ap_status report_batch(struct replay *r, const struct told *told, enum ap_replay_kind kind,
                                   uint64_t entries, uint64_t findings, const char *digest, struct ap_error *err)
{
    struct ap_replay_difference d;

    memset(&d, 0, sizeof d);
    d.kind = kind;
    (void)snprintf(d.expected, sizeof d.expected, "%" PRIu64 " entries, %" PRIu64 " findings, %s", told->entries,
                   told->findings, told->digest);
    (void)snprintf(d.found, sizeof d.found, "%" PRIu64 " entries, %" PRIu64 " findings, %s", entries, findings, digest);
    return replay_report(r, told, &d, err);
}

static enum ap_status read_recorded(struct replay *r, const struct told *told, uint64_t from, uint64_t through,
                                    struct ap_rows **rows, struct ap_error *err)
{
    char first[SEQ_TEXT_SIZE], last[SEQ_TEXT_SIZE];
    const char *values[4] = {told->chain, r->ruleset, first, last};

    (void)snprintf(first, sizeof first, "%" PRIu64, from);
    (void)snprintf(last, sizeof last, "%" PRIu64, through);
    return ap_db_query(r->db, ap_sql("queries/classify_found"), 4, values, rows, err);
}

enum ap_status replay_stray(struct replay *r, const struct told *told, uint64_t from, uint64_t through,
                            struct ap_error *err)
{
    struct recorded there = {NULL, 0};
    struct ap_rows *rows = NULL;
    struct told range = *told;
    enum ap_status status = AP_OK;

    if (from > through)
        return AP_OK;
    range.log_id[0] = '\0';
    range.from = from;
    range.through = through;
    status = read_recorded(r, told, from, through, &rows, err);
    there.rows = rows;
    for (; status == AP_OK && there.at < ap_rows_count(rows); there.at++)
        status = report_finding(r, &range, AP_REPLAY_ADDED, NULL, &there, err);
    ap_rows_free(rows);
    return status;
}

enum ap_status replay_compare(struct replay *r, const struct told *told, struct ap_error *err)
{
    char again[AP_HASH_TEXT_SIZE], there[AP_HASH_TEXT_SIZE];
    struct ap_rows *rows = NULL;
    enum ap_status status;
    bool same_recorded, same_again, same;

    status = read_recorded(r, told, told->from, told->through, &rows, err);
    if (status == AP_OK)
        status = hash_both(r, rows, again, there, err);
    if (status != AP_OK)
        goto out;
    same = strcmp(again, there) == 0;
    same_recorded = told->log_id[0] == '\0' || strcmp(there, told->digest) == 0;
    same_again = told->log_id[0] == '\0' ? same : strcmp(again, told->digest) == 0 && r->entries == told->entries;
    if (!same_recorded)
        status = report_batch(r, told, AP_REPLAY_DIGEST, told->entries, ap_rows_count(rows), there, err);
    if (status == AP_OK && !same_again && told->erased)
        status = report_batch(r, told, AP_REPLAY_ERASED, r->entries, r->found.count, again, err);
    else if (status == AP_OK && !same_again && told->log_id[0] != '\0')
        status = report_batch(r, told, AP_REPLAY_RESULT, r->entries, r->found.count, again, err);
    /* Where entries were erased, the rules are no measure of what is recorded and chained. */
    if (status == AP_OK && !same && !(told->erased && same_recorded))
        status = name_differences(r, told, rows, err);
out:
    ap_rows_free(rows);
    return status;
}
