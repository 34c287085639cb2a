#include "auditproof/evidence.h"

#include <stdlib.h>
#include <string.h>

#include "evidence_internal.h"

static enum ap_status read_adopted(struct ap_evidence *evidence, struct ap_error *err)
{
    char chain[AP_UUID_TEXT_SIZE];
    const char *value = chain;
    struct ap_rows *rows;
    enum ap_status status;

    ap_uuid_format(chain, &evidence->options.chain);
    status = ap_db_query(evidence->db, ap_sql("queries/evidence_adopted"), 1, &value, &rows, err);
    if (status != AP_OK)
        return status;
    evidence->adopted = calloc(ap_rows_count(rows) + 1, sizeof *evidence->adopted);
    if (evidence->adopted == NULL)
        status = ap_fail_memory(err, "what was adopted");
    for (size_t i = 0; status == AP_OK && i < ap_rows_count(rows); i++)
        evidence->adopted[evidence->adopted_count++] =
            (struct seq_range){(uint64_t)ap_rows_int(rows, i, 0), (uint64_t)ap_rows_int(rows, i, 1)};
    ap_rows_free(rows);
    return status;
}

enum ap_status ap_evidence_open(struct ap_evidence **out, struct ap_db *db, const struct ap_evidence_options *options,
                                struct ap_error *err)
{
    struct ap_evidence *evidence = calloc(1, sizeof *evidence);
    enum ap_status status;

    *out = evidence;
    if (evidence == NULL)
        return ap_fail_memory(err, "a selection");
    evidence->db = db;
    evidence->options = *options;
    evidence->scope.chain = options->chain;
    evidence->scope.from_us = options->from_us;
    evidence->scope.to_us = options->to_us;
    evidence->scope.attested.cosignatures = "";
    if (options->from_us >= options->to_us)
        return ap_fail(err, AP_EINPUT, "the period ends before it begins");
    status = tally_init(&evidence->tally, options->from_us, options->to_us, err);
    if (status == AP_OK)
        status = ap_digest_new(&evidence->digest, err);
    if (status == AP_OK)
        status = ap_reading_begin(db, &evidence->reading, err);
    if (status == AP_OK)
        status = ap_seal_cover(db, &options->chain, &evidence->scope.cover, err);
    if (status == AP_OK)
        status =
            ap_reading_purged(&evidence->reading, &options->chain, &evidence->purged, &evidence->purged_count, err);
    if (status == AP_OK)
        status = read_adopted(evidence, err);
    if (status == AP_OK)
        status = ap_seal_prover_new(&evidence->prover, db, &options->chain, evidence->scope.cover.seal.size, err);
    if (status == AP_OK && options->draw != NULL)
        status = evidence_draw(evidence, err);
    if (status == AP_OK && options->choose != NULL)
        status = options->choose(options->choice, &evidence->reading, &options->chain, &evidence->options.seqs,
                                 &evidence->options.seq_count, err);
    return status == AP_OK ? evidence_select(evidence, err) : status;
}

void ap_evidence_free(struct ap_evidence *evidence)
{
    if (evidence == NULL)
        return;
    if (evidence->db != NULL)
        ap_db_rollback(evidence->db);
    ap_digest_free(evidence->digest);
    tally_free(&evidence->tally);
    ap_buf_free(&evidence->cosignatures);
    ap_seal_prover_free(evidence->prover);
    ap_seal_cover_free(&evidence->scope.cover);
    free(evidence->segments);
    free(evidence->purged);
    free(evidence->adopted);
    free(evidence->seqs);
    ap_draw_free(evidence->draw);
    free(evidence);
}

const struct ap_evidence_scope *ap_evidence_scope(const struct ap_evidence *evidence)
{
    return &evidence->scope;
}
