#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/clock.h"
#include "run.h"

/*
 * The seal log, rebuilt from its rows in one pass and held against every checkpoint on the way. On the same way each
 * chain is pinned where its newest covered seal stands; the entries are compared with that as they come.
 */

/* Column numbers, as queries/verify_log.sql lists them. */
enum { S_INDEX, S_CHAIN, S_SIZE, S_ROOT, S_ENTRY, S_AT };
enum { SEAL_COLUMNS = 6 };

static void agree(struct seals *seals, struct known *known)
{
    known->agrees = true;
    known->sealed_at_us = seals->last_sealed_us;
    seals->agreed = known->size;
    seals->agreed_at_us = seals->last_sealed_us;
    seals->agreed_entries = seals->entries;
    if (known->worth == seals->wanted) {
        seals->cover = known;
        seals->cover_at_us = seals->last_sealed_us;
    }
    if (known->path != NULL) {
        seals->outside = known;
        seals->outside_at_us = seals->last_sealed_us;
        seals->outside_entries = seals->entries;
    }
}

static void disagree(struct disagreement *disagreement, const struct known *known)
{
    if (disagreement->first == NULL || (disagreement->first->size == known->size && disagreement->first->path == NULL))
        disagreement->first = known;
    if (known->change != 0)
        disagreement->changes++;
    else if (known->path != NULL)
        disagreement->elsewhere++;
    else
        disagreement->own++;
}

/* The log has so many seals now: whatever checkpoint says of that many is held against it. */
static enum ap_status compare(struct seals *seals, uint64_t size, bool *own, struct ap_error *err)
{
    struct ap_hash root;
    bool have_root = false;

    *own = false;
    for (; seals->next_known < seals->known_count; seals->next_known++) {
        struct known *known = &seals->known[seals->next_known];

        if (known->size > size)
            break;
        *own = *own || (known->path == NULL && known->change == 0 && known->size == size);
        if (known->told || seals->broken)
            continue;
        if (!have_root) {
            enum ap_status status = peaks_root(&seals->peaks, seals->digest, &root, err);

            if (status != AP_OK)
                return status;
            have_root = true;
        }
        if (ap_hash_equal(&root, &known->root)) {
            if (known->change == 0)
                agree(seals, known);
            continue;
        }
        if (seals->rewritten.first == NULL) {
            seals->rewritten.agreed = seals->agreed;
            seals->rewritten.found = root;
        }
        disagree(&seals->rewritten, known);
    }
    return AP_OK;
}

static enum ap_status tell_unsigned(struct run *run, struct ap_error *err)
{
    struct seals *seals = &run->seals;
    struct ap_finding finding = finding_about_log(AP_FINDING_SEAL);

    /* Where seals are not those that were signed, rounds need not end where they did. */
    if (seals->unsigned_count == 0 || seals->rewritten.first != NULL)
        return AP_OK;
    if (seals->unsigned_count == 1)
        ap_finding_text(finding.object, "checkpoint %" PRIu64, seals->unsigned_first);
    else
        ap_finding_text(finding.object, "checkpoints %" PRIu64 " to %" PRIu64, seals->unsigned_first,
                        seals->unsigned_last);
    ap_finding_text(finding.expected, "a signed checkpoint where each round of sealing ends");
    ap_finding_text(finding.found, seals->unsigned_count == 1 ? "none" : "none at the ends of %" PRIu64 " rounds",
                    seals->unsigned_count);
    ap_finding_text(finding.detail,
                    "a round writes its seals and its checkpoint together: the checkpoint was removed, or the seals "
                    "were put there by somebody who has not the key; look for a copy of it where checkpoints are "
                    "anchored. Where none is, `auditseal repair` takes the seals away");
    seals->unsigned_count = 0;
    return findings_add(&run->findings, &finding, err);
}

/* A round of sealing ends at this size: was it signed? Rounds next to each other that were not are told of in one. */
static enum ap_status end_round(struct run *run, uint64_t size, bool own, struct ap_error *err)
{
    struct seals *seals = &run->seals;

    if (own)
        return tell_unsigned(run, err);
    if (seals->unsigned_count++ == 0)
        seals->unsigned_first = size;
    seals->unsigned_last = size;
    return AP_OK;
}

static bool read_hash(uint8_t *out, const struct ap_field *field)
{
    if (field->data == NULL || field->len != AP_HASH_LEN)
        return false;
    memcpy(out, field->data, AP_HASH_LEN);
    return true;
}

static bool read_int(int64_t *out, const struct ap_field *field)
{
    if (field->data == NULL || field->len != 8)
        return false;
    *out = (int64_t)ap_get_u64(field->data);
    return true;
}

/* False for what no seal can be: a table without its constraints may hold anything. */
static bool read_seal(struct ap_seal *seal, const struct ap_field *fields)
{
    int64_t size, at;

    memset(seal, 0, sizeof *seal);
    if (fields[S_CHAIN].data == NULL || fields[S_CHAIN].len != AP_UUID_LEN || !read_int(&size, &fields[S_SIZE]) ||
        size < 1 || !read_int(&at, &fields[S_AT]) || !read_hash(seal->root.bytes, &fields[S_ROOT]) ||
        !read_hash(seal->entry_hash.bytes, &fields[S_ENTRY]))
        return false;
    memcpy(seal->chain.bytes, fields[S_CHAIN].data, AP_UUID_LEN);
    seal->size = (uint64_t)size;
    seal->sealed_at_us = (int64_t)((uint64_t)at + (uint64_t)AP_POSTGRES_EPOCH_US);
    return true;
}

static enum ap_status tell_seal(struct run *run, const struct ap_seal *seal, int64_t index, const char *found,
                                struct ap_error *err)
{
    struct ap_finding finding = finding_about_log(AP_FINDING_SEAL);

    ap_finding_text(finding.object, "seal %" PRId64, index);
    if (seal != NULL) {
        finding.has_chain = finding.has_seq = true;
        finding.chain = seal->chain;
        finding.seq = seal->size;
    }
    ap_finding_text(finding.expected, "seals numbered from 0 without gaps, each of a chain that has grown");
    ap_finding_text(finding.found, "%s", found);
    ap_finding_text(finding.detail, "the seal log was tampered with: hold it against a copy from before");
    return findings_add(&run->findings, &finding, err);
}

static enum ap_status tell_gap(struct run *run, uint64_t from, uint64_t to, struct ap_error *err)
{
    struct ap_finding finding = finding_about_log(AP_FINDING_SEAL);

    if (from == to)
        ap_finding_text(finding.object, "seal %" PRIu64, from);
    else
        ap_finding_text(finding.object, "seals %" PRIu64 " to %" PRIu64, from, to);
    ap_finding_text(finding.expected, "a seal of each number");
    ap_finding_text(finding.found, "none");
    ap_finding_text(finding.detail,
                    "seals were removed, so that checkpoints of more than %" PRIu64
                    " seals have nothing to be held against: put them back from a backup",
                    from);
    return findings_add(&run->findings, &finding, err);
}

/* The newest seal of a chain takes the place of the one before, which may be the newest that is covered. */
static enum ap_status pin(struct run *run, const struct ap_seal *seal, uint64_t index, struct ap_error *err)
{
    const struct ap_verify_options *options = run->options;
    uint64_t covered = run->seals.cover != NULL ? run->seals.cover->size : 0;
    struct pin *pin;
    enum ap_status status;

    /* Of a range of seqs, what is past its end is not read. */
    if ((options->has_chain && !ap_uuid_equal(&options->chain, &seal->chain)) ||
        (options->to_seq != 0 && seal->size > options->to_seq))
        return AP_OK;
    status = pin_make(&run->seals, &seal->chain, &pin, err);
    if (status != AP_OK)
        return status;
    if (seal->size <= pin->newest.size)
        return tell_seal(run, seal, (int64_t)index, "a seal of a chain that was sealed with as many entries before",
                         err);
    if (pin->newest.size != 0 && pin->newest.log_index < covered)
        pin->covered = pin->newest;
    run->seals.entries += seal->size - pin->newest.size;
    pin->newest = (struct sealed_at){index, seal->size, seal->sealed_at_us, {0}};
    memcpy(pin->newest.hash, seal->entry_hash.bytes, AP_HASH_LEN);
    return AP_OK;
}

static enum ap_status append(struct run *run, const struct ap_field *fields, uint64_t index, struct ap_error *err)
{
    struct seals *seals = &run->seals;
    uint8_t record[AP_SEAL_LEN];
    struct ap_seal seal;
    struct ap_hash leaf;
    enum ap_status status = AP_OK;
    bool own;

    if (!read_seal(&seal, fields)) {
        seals->broken = true;
        return tell_seal(run, NULL, (int64_t)index, "one that is not readable", err);
    }
    if (index > 0)
        status = compare(seals, index, &own, err);
    if (status == AP_OK && index > 0 && seal.sealed_at_us != seals->last_sealed_us)
        status = end_round(run, index, own, err);
    seals->last_sealed_us = seal.sealed_at_us;
    if (status == AP_OK && !seals->broken) {
        ap_seal_encode(record, &seal);
        status = ap_merkle_leaf(seals->digest, record, sizeof record, &leaf, err);
        if (status == AP_OK) {
            pin_sum(&run->key, &seals->log_tree, index + 1, leaf.bytes, true);
            status = peaks_add(&seals->peaks, seals->digest, &leaf, err);
        }
    }
    return status == AP_OK ? pin(run, &seal, index, err) : status;
}

static enum ap_status take(struct run *run, const struct ap_field *fields, struct ap_error *err)
{
    struct seals *seals = &run->seals;
    int64_t index = -1;
    enum ap_status status = AP_OK;

    seals->rows++;
    if (!read_int(&index, &fields[S_INDEX]) || index < 0 || (uint64_t)index < seals->log_size) {
        seals->broken = true;
        return tell_seal(run, NULL, index, index < 0 ? "a seal without a number" : "more than one of this number", err);
    }
    if ((uint64_t)index > seals->log_size) {
        bool own;

        status = compare(seals, seals->log_size, &own, err);
        seals->broken = true;
        if (status == AP_OK)
            status = tell_gap(run, seals->log_size, (uint64_t)index - 1, err);
    }
    seals->log_size = (uint64_t)index + 1;
    return status == AP_OK ? append(run, fields, (uint64_t)index, err) : status;
}

/* How much is the best that is known worth? Only that counts as covering. */
static void want(struct seals *seals)
{
    seals->wanted = WORTH_NOTHING;
    for (size_t i = 0; i < seals->known_count; i++)
        if (!seals->known[i].told && seals->known[i].worth > seals->wanted)
            seals->wanted = (enum worth)seals->known[i].worth;
}

static enum ap_status conclude(struct run *run, struct ap_error *err)
{
    struct seals *seals = &run->seals;
    bool own = true, cut;
    enum ap_status status = AP_OK;

    if (seals->log_size > 0)
        status = compare(seals, seals->log_size, &own, err);
    (void)checkpoint_beyond(seals, &cut);
    /* A round that was cut has no end. */
    if (status == AP_OK && seals->log_size > 0 && !cut)
        status = end_round(run, seals->log_size, own, err);
    if (status == AP_OK)
        status = tell_unsigned(run, err);
    if (status == AP_OK)
        status = log_tell_rewritten(run, err);
    if (status == AP_OK)
        status = log_tell_truncated(run, err);
    /* What was newest when its round was signed. */
    for (size_t i = 0; i < seals->pin_cap; i++) {
        struct pin *pin = &seals->pins[i];

        if (pin->used && seals->cover != NULL && pin->newest.log_index < seals->cover->size)
            pin->covered = pin->newest;
    }
    return status;
}

enum ap_status run_rebuild_log(struct run *run, struct ap_error *err)
{
    struct ap_field fields[AP_COPY_MAX_COLUMNS];
    struct ap_copy *copy = NULL;
    bool more = true;
    enum ap_status status = ap_copy_open(&copy, run->db, ap_sql("queries/verify_log"), SEAL_COLUMNS, err);

    want(&run->seals);
    run->seals.log_tree.covered.size = UINT64_MAX;
    while (status == AP_OK) {
        status = ap_copy_next(copy, fields, &more, run->options->stop, err);
        if (status != AP_OK || !more)
            break;
        status = take(run, fields, err);
    }
    ap_copy_close(copy);
    run->seals.log_tree.covered.size = run->seals.broken ? 0 : run->seals.log_size;
    return status == AP_OK ? conclude(run, err) : status;
}
