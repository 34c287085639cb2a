/* Drawing a sample from the database, in the selection's own snapshot. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/copy.h"
#include "evidence_internal.h"

enum { POPULATION_COLUMNS = 3 };

static enum ap_status take(struct ap_draw *draw, const struct ap_field *fields, struct ap_error *err)
{
    if (fields[0].len != 8 || fields[1].len != AP_HASH_LEN || fields[1].data == NULL)
        return ap_fail(err, AP_EIO, "the server sent an entry that this version cannot read");
    return ap_draw_take(draw, ap_get_u64(fields[0].data), fields[1].data, (const char *)fields[2].data, fields[2].len,
                        err);
}

static enum ap_status open_copy(const struct ap_evidence *evidence, struct ap_copy **copy, struct ap_error *err)
{
    char chain[AP_UUID_TEXT_SIZE], from[24], to[24], size[24];
    const char *values[4] = {chain, from, to, size};
    struct ap_rows *rows;
    enum ap_status status;

    ap_uuid_format(chain, &evidence->options.chain);
    (void)snprintf(from, sizeof from, "%" PRId64, evidence->options.from_us);
    (void)snprintf(to, sizeof to, "%" PRId64, evidence->options.to_us);
    (void)snprintf(size, sizeof size, "%" PRIu64, evidence->scope.cover.seal.size);
    status = ap_db_query(evidence->db, ap_sql("queries/evidence_population"), 4, values, &rows, err);
    if (status != AP_OK)
        return status;
    status = ap_copy_open(copy, evidence->db, ap_rows_str(rows, 0, 0), POPULATION_COLUMNS, err);
    ap_rows_free(rows);
    return status;
}

static int by_seq(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static enum ap_status hand_over(struct ap_evidence *evidence, struct ap_error *err)
{
    size_t count;
    const struct ap_evidence_drawn *drawn = ap_draw_end(evidence->draw, &count);

    evidence->seqs = calloc(count + 1, sizeof *evidence->seqs);
    if (evidence->seqs == NULL)
        return ap_fail_memory(err, "a sample");
    for (size_t i = 0; i < count; i++)
        evidence->seqs[i] = drawn[i].seq;
    qsort(evidence->seqs, count, sizeof *evidence->seqs, by_seq);
    evidence->options.seqs = evidence->seqs;
    evidence->options.seq_count = count;
    evidence->scope.drawn = drawn;
    evidence->scope.drawn_count = count;
    evidence->scope.population = ap_draw_population(evidence->draw);
    return AP_OK;
}

enum ap_status evidence_draw(struct ap_evidence *evidence, struct ap_error *err)
{
    struct ap_field fields[AP_COPY_MAX_COLUMNS];
    struct ap_copy *copy = NULL;
    enum ap_status status = ap_draw_new(&evidence->draw, evidence->options.draw, err);
    bool more = true;

    if (status == AP_OK)
        status = open_copy(evidence, &copy, err);
    while (status == AP_OK && more) {
        status = ap_copy_next(copy, fields, &more, evidence->options.stop, err);
        if (status == AP_OK && more)
            status = take(evidence->draw, fields, err);
    }
    ap_copy_close(copy);
    return status == AP_OK ? hand_over(evidence, err) : status;
}
