#include "auditproof/stretch.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "run.h"

enum { STRETCH_COLUMNS = ENTRY_COLUMNS + ROW_COLUMNS_ERASED };

struct reading {
    const struct ap_stretch *stretch;
    ap_finding_fn *found;
    void *context;
    struct ap_digest *digest;
    struct ap_buf text;
    struct chained chained;
    struct ap_entry row;
    struct ap_stretch_entry entry;
    uint64_t next_seq;
    size_t next_purged;
    bool intact;
};

/* What is wrong with the entry that is being looked at; the stretch ends there. */
static enum ap_status tell(struct reading *r, enum ap_finding_kind kind, uint64_t seq, const char *expected,
                           const char *there, struct ap_error *err)
{
    struct ap_finding finding;

    memset(&finding, 0, sizeof finding);
    finding.kind = kind;
    finding.has_chain = finding.has_seq = true;
    finding.chain = r->stretch->chain;
    finding.seq = seq;
    finding.has_log_id = kind == AP_FINDING_ALTERED || kind == AP_FINDING_MISSING;
    finding.log_id = r->chained.log_id;
    ap_finding_text(finding.expected, "%s", expected);
    ap_finding_text(finding.found, "%s", there);
    r->intact = false;
    return r->found(r->context, &finding, err);
}

static enum ap_status tell_hashes(struct reading *r, enum ap_finding_kind kind, const char *what,
                                  const uint8_t expected[AP_HASH_LEN], const uint8_t there[AP_HASH_LEN],
                                  struct ap_error *err)
{
    char hex[2][AP_HASH_TEXT_SIZE], texts[2][AP_FINDING_TEXT_SIZE];

    memset(hex, 0, sizeof hex);
    ap_hex_encode(hex[0], expected, AP_HASH_LEN);
    ap_hex_encode(hex[1], there, AP_HASH_LEN);
    ap_finding_text(texts[0], "%s %s", what, hex[0]);
    ap_finding_text(texts[1], "%s %s", what, hex[1]);
    return tell(r, kind, r->chained.record.seq, texts[0], texts[1], err);
}

/* Is this the next number, and does its link lead to the entry before it? */
static enum ap_status check_link(struct reading *r, struct ap_error *err)
{
    uint8_t hash[AP_HASH_LEN];
    uint64_t seq = r->chained.record.seq;
    char expected[32], there[32];
    enum ap_status status;

    (void)snprintf(expected, sizeof expected, "entry %" PRIu64, r->next_seq);
    (void)snprintf(there, sizeof there, "entry %" PRIu64, seq);
    if (seq > r->next_seq)
        return tell(r, AP_FINDING_GAP, r->next_seq, expected, there, err);
    if (seq < r->next_seq)
        return tell(r, AP_FINDING_FORK, seq, "one entry of this number", "another", err);
    status = ap_record_hash(r->digest, hash, &r->chained.record, r->entry.prev.bytes, err);
    if (status == AP_OK && (r->chained.malformed || memcmp(hash, r->chained.entry_hash, AP_HASH_LEN) != 0))
        status = tell_hashes(r, AP_FINDING_LINK, "entry hash", hash, r->chained.entry_hash, err);
    return status;
}

/* Entries come in order, and so do the ranges. */
static bool is_purged(struct reading *r, uint64_t seq)
{
    while (r->next_purged < r->stretch->purged_count && r->stretch->purged[r->next_purged].to_seq < seq)
        r->next_purged++;
    return r->next_purged < r->stretch->purged_count && r->stretch->purged[r->next_purged].from_seq <= seq;
}

static enum ap_status check_content(struct reading *r, const struct ap_field *fields, struct ap_error *err)
{
    uint8_t hash[AP_HASH_LEN];
    uint64_t erased = 0;
    enum ap_status status;

    r->entry.row = &r->row;
    if (fields[0].data == NULL && is_purged(r, r->chained.record.seq)) {
        r->entry.row = NULL;
        r->entry.text = (struct ap_value){NULL, 0};
        memset(r->entry.kept, 0, sizeof r->entry.kept);
        return AP_OK;
    }
    if (fields[0].data == NULL)
        return tell(r, AP_FINDING_MISSING, r->chained.record.seq, "a row of audit_logs", "none", err);
    status = decode_row(&r->row, fields, err);
    if (status != AP_OK)
        return status;
    if (!row_kept(&r->row, fields, ROW_COLUMNS_ERASED, r->entry.kept, &erased) || !r->row.has_salt)
        return tell(r, AP_FINDING_ERASURE, r->chained.record.seq, "a salt, or a commitment that was kept", "neither",
                    err);
    status = ap_entry_content_hash(r->digest, hash, &r->row, r->entry.kept, &r->text, err);
    r->entry.text = (struct ap_value){r->text.data, r->text.len}; /* as ap_entry_content_hash leaves it */
    if (status == AP_OK && memcmp(hash, r->chained.record.content_hash, AP_HASH_LEN) != 0)
        status = tell_hashes(r, AP_FINDING_ALTERED, "content hash", r->chained.record.content_hash, hash, err);
    return status;
}

static enum ap_status take(struct reading *r, const struct ap_field *fields, ap_stretch_fn *fn, struct ap_error *err)
{
    enum ap_status status = decode_chained(&r->chained, fields, err);

    if (status == AP_OK)
        status = check_link(r, err);
    if (status == AP_OK && r->intact)
        status = check_content(r, fields + ENTRY_COLUMNS, err);
    if (status != AP_OK || !r->intact)
        return status;
    r->entry.record = r->chained.record;
    r->entry.log_id = r->chained.log_id;
    memcpy(r->entry.entry_hash.bytes, r->chained.entry_hash, AP_HASH_LEN);
    status = fn(r->context, &r->entry, err);
    r->entry.prev = r->entry.entry_hash;
    r->next_seq++;
    return status;
}

static enum ap_status open_copy(struct ap_db *db, const struct ap_stretch *stretch, struct ap_copy **copy,
                                struct ap_error *err)
{
    char chain[AP_UUID_TEXT_SIZE], from[24], to[24];
    const char *values[3] = {chain, from, to};
    struct ap_rows *rows;
    enum ap_status status;

    ap_uuid_format(chain, &stretch->chain);
    (void)snprintf(from, sizeof from, "%" PRIu64, stretch->from_seq);
    (void)snprintf(to, sizeof to, "%" PRIu64, stretch->to_seq);
    status = ap_db_query(db, ap_sql("queries/verify_stretch"), 3, values, &rows, err);
    if (status != AP_OK)
        return status;
    status = ap_copy_open(copy, db, ap_rows_str(rows, 0, 0), STRETCH_COLUMNS, err);
    ap_rows_free(rows);
    return status;
}

enum ap_status ap_stretch_verify(struct ap_db *db, const struct ap_stretch *stretch, ap_stretch_fn *fn,
                                 ap_finding_fn *found, void *context, bool *intact, struct ap_error *err)
{
    struct ap_field fields[AP_COPY_MAX_COLUMNS];
    struct ap_copy *copy = NULL;
    struct reading r;
    enum ap_status status;
    char expected[32];
    bool more = true;

    memset(&r, 0, sizeof r);
    r.stretch = stretch;
    r.found = found;
    r.context = context;
    r.entry.prev = stretch->prev;
    r.next_seq = stretch->from_seq;
    r.intact = true;
    status = ap_digest_new(&r.digest, err);
    if (status == AP_OK)
        status = open_copy(db, stretch, &copy, err);
    /* To its end also when something is found: to break it off would end the caller's transaction. */
    while (status == AP_OK && more) {
        status = ap_copy_next(copy, fields, &more, stretch->stop, err);
        if (status == AP_OK && more && r.intact)
            status = take(&r, fields, fn, err);
    }
    if (status == AP_OK && r.intact && r.next_seq <= stretch->to_seq) {
        (void)snprintf(expected, sizeof expected, "entry %" PRIu64, r.next_seq);
        status = tell(&r, AP_FINDING_GAP, r.next_seq, expected, "the end of the chain", err);
    }
    ap_copy_close(copy);
    ap_digest_free(r.digest);
    ap_buf_free(&r.text);
    *intact = status == AP_OK && r.intact;
    return status;
}
