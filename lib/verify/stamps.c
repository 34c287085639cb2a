/*
 * Time-stamps (RFC 3161) over checkpoints: what an authority says existed at a time, whatever the database's clock
 * said. They do not raise a verdict: whoever makes a log anew can have it time-stamped, too, only not before that.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auditproof/clock.h"
#include "auditproof/timestamp.h"
#include "run.h"

/* Column numbers, as queries/verify_stamps.sql lists them. */
enum { T_SIZE, T_NAME, T_NOTE, T_ANSWER };
enum { STAMP_COLUMNS = 4, FIRST_CAP = 64 };

enum stamp_state { STAMP_GOOD, STAMP_UNVOUCHED, STAMP_BAD };

struct stamp {
    uint64_t size; /* of the checkpoint, */
    struct ap_hash root;
    enum stamp_state state;
    int64_t at_us;
    const char *object, *authority, *why; /* in the arena */
};

struct stamps {
    struct stamp *all; /* owned */
    size_t count, cap;
};

/* A reply, what it is to be over, and what to call it. */
struct reply {
    const char *object;
    const char *note, *bytes;
    size_t note_len, len;
};

static enum ap_status keep(struct run *run, struct stamps *stamps, const struct stamp *stamp, struct ap_error *err)
{
    if (stamps->count == stamps->cap) {
        size_t cap = stamps->cap > 0 ? stamps->cap * 2 : FIRST_CAP;
        struct stamp *more = realloc(stamps->all, cap * sizeof *more);

        if (more == NULL)
            return ap_fail_memory(err, "the time-stamps");
        stamps->all = more;
        stamps->cap = cap;
    }
    stamps->all[stamps->count++] = *stamp;
    return ap_arena_check(&run->seals.arena, "the time-stamps", err);
}

/* First whether it is over these bytes, which anybody can tell; then who says so. */
static enum ap_status judge(const char *trust, const struct reply *reply, struct ap_timestamp *said,
                            enum stamp_state *state, char why[AP_TIMESTAMP_WHY_SIZE], struct ap_error *err)
{
    struct ap_error unreadable;
    bool good = false;
    enum ap_status status = ap_timestamp_check(reply->bytes, reply->len, NULL, 0, reply->note, reply->note_len, NULL,
                                               said, &good, why, &unreadable);

    *state = STAMP_BAD;
    if (status == AP_EINPUT) {
        (void)snprintf(why, AP_TIMESTAMP_WHY_SIZE, "%.*s", AP_TIMESTAMP_WHY_SIZE - 1, unreadable.message);
        return AP_OK;
    }
    if (status != AP_OK) {
        if (err != NULL)
            *err = unreadable;
        return status;
    }
    if (!good)
        return AP_OK;
    status = ap_timestamp_check(reply->bytes, reply->len, NULL, 0, reply->note, reply->note_len, trust, said, &good,
                                why, err);
    *state = good ? STAMP_GOOD : STAMP_UNVOUCHED;
    return status;
}

/* A note that is no checkpoint was told of, and what is said of it does not matter. */
static enum ap_status take(struct run *run, struct stamps *stamps, const struct reply *reply, struct ap_error *err)
{
    struct ap_arena *arena = &run->seals.arena;
    char why[AP_TIMESTAMP_WHY_SIZE] = "";
    struct ap_checkpoint checkpoint;
    struct ap_timestamp said;
    struct stamp stamp;
    struct ap_note note;
    enum ap_status status;

    run->seals.stamps++;
    if (run->options->authorities == NULL || ap_note_parse(&note, reply->note, reply->note_len, NULL) != AP_OK ||
        ap_checkpoint_parse(&checkpoint, note.text, note.text_len, NULL) != AP_OK)
        return AP_OK;
    memset(&stamp, 0, sizeof stamp);
    memset(&said, 0, sizeof said);
    stamp.size = checkpoint.size;
    stamp.root = checkpoint.root;
    status = judge(run->options->authorities, reply, &said, &stamp.state, why, err);
    if (status != AP_OK)
        return status;
    stamp.at_us = said.at_us;
    stamp.object = ap_arena_copy(arena, reply->object, strlen(reply->object));
    stamp.authority = ap_arena_copy(arena, said.authority, strlen(said.authority));
    stamp.why = ap_arena_copy(arena, why, strlen(why));
    return keep(run, stamps, &stamp, err);
}

static enum ap_status take_row(struct run *run, struct stamps *stamps, const struct ap_field *fields,
                               struct ap_error *err)
{
    char object[AP_FINDING_TEXT_SIZE];
    const struct reply reply = {object, (const char *)fields[T_NOTE].data, (const char *)fields[T_ANSWER].data,
                                fields[T_NOTE].len, fields[T_ANSWER].len};

    if (fields[T_NOTE].data == NULL || fields[T_ANSWER].data == NULL || fields[T_NAME].data == NULL ||
        fields[T_SIZE].data == NULL || fields[T_SIZE].len != 8)
        return AP_OK;
    ap_finding_text(object, "checkpoint %" PRId64 ", time-stamp %.*s", (int64_t)ap_get_u64(fields[T_SIZE].data),
                    (int)(fields[T_NAME].len < AP_FINDING_TEXT_SIZE ? fields[T_NAME].len : AP_FINDING_TEXT_SIZE),
                    (const char *)fields[T_NAME].data);
    return take(run, stamps, &reply, err);
}

static enum ap_status take_own(struct run *run, struct stamps *stamps, struct ap_error *err)
{
    struct ap_field fields[AP_COPY_MAX_COLUMNS];
    struct ap_copy *copy = NULL;
    bool more = true;
    enum ap_status status = ap_copy_open(&copy, run->db, ap_sql("queries/verify_stamps"), STAMP_COLUMNS, err);

    while (status == AP_OK) {
        status = ap_copy_next(copy, fields, &more, run->options->stop, err);
        if (status != AP_OK || !more)
            break;
        status = take_row(run, stamps, fields, err);
    }
    ap_copy_close(copy);
    return status;
}

/* Each lies beside its note, and was read together with that. */
static enum ap_status take_files(struct run *run, struct stamps *stamps, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    for (const struct anchored_file *file = run->seals.first_file; file != NULL && status == AP_OK; file = file->next) {
        char object[AP_FINDING_TEXT_SIZE];
        const struct reply reply = {object, file->bytes, file->stamp, file->len, file->stamp_len};

        if (file->stamp == NULL)
            continue;
        ap_finding_text(object, "anchor %s" AP_STAMP_SUFFIX, file->path);
        status = take(run, stamps, &reply, err);
    }
    return status;
}

static int by_checkpoint(const void *a, const void *b)
{
    const struct stamp *left = a, *right = b;
    int order = memcmp(left->root.bytes, right->root.bytes, AP_HASH_LEN);

    if (left->size != right->size)
        return left->size < right->size ? -1 : 1;
    if (order != 0)
        return order;
    if (left->state != right->state)
        return left->state < right->state ? -1 : 1;
    if (left->at_us != right->at_us)
        return left->at_us < right->at_us ? -1 : 1;
    return strcmp(left->object, right->object);
}

/* The checkpoint that the log agrees with, if it is one. */
static const struct known *find_agreeing(const struct seals *seals, const struct stamp *stamp)
{
    size_t low = 0, high = seals->known_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (seals->known[middle].size < stamp->size)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < seals->known_count && seals->known[low].size == stamp->size; low++)
        if (seals->known[low].agrees && ap_hash_equal(&seals->known[low].root, &stamp->root))
            return &seals->known[low];
    return NULL;
}

static enum ap_status tell(struct run *run, const struct stamp *stamp, struct ap_error *err)
{
    struct ap_finding finding;

    memset(&finding, 0, sizeof finding);
    finding.kind = AP_FINDING_SIGNATURE;
    ap_finding_text(finding.object, "%s", stamp->object);
    ap_finding_text(finding.expected, "%s",
                    stamp->state == STAMP_BAD ? "a time-stamp over this checkpoint's note"
                                              : "a time-stamp of an authority that --tsa-ca vouches for");
    ap_finding_text(finding.found, "%s", stamp->why);
    ap_finding_text(finding.detail, "%s",
                    stamp->state == STAMP_BAD
                        ? "the note, or the time-stamp, was altered, or is another's: it proves no time"
                        : "no other time-stamp of this checkpoint is good either. If the authority's certificates "
                          "were changed, give the earlier ones too; otherwise it proves no time: get another with "
                          "`auditseal timestamp`");
    return findings_add(&run->findings, &finding, err);
}

/* An authority says that there was what, by its own account, was yet to be made. */
static enum ap_status tell_early(struct run *run, const struct stamp *stamp, int64_t sealed_at_us, struct ap_error *err)
{
    struct ap_finding finding;
    char at[AP_TIME_TEXT_SIZE];

    memset(&finding, 0, sizeof finding);
    finding.kind = AP_FINDING_CLOCK;
    ap_finding_text(finding.object, "%s", stamp->object);
    ap_time_format(at, sealed_at_us);
    ap_finding_text(finding.expected, "a time-stamp no earlier than its newest seal, of %s", at);
    ap_time_format(at, stamp->at_us);
    ap_finding_text(finding.found, "%s, by %s", at, stamp->authority);
    ap_finding_text(finding.detail, "the seal, and with it what it covers, says a time that was yet to come: the "
                                    "server's clock was ahead, or was set");
    return findings_add(&run->findings, &finding, err);
}

static enum ap_status weigh(struct run *run, const struct stamp *stamp, bool vouched, struct ap_error *err)
{
    struct seals *seals = &run->seals;
    const struct known *known;

    if (stamp->state != STAMP_GOOD)
        return stamp->state == STAMP_UNVOUCHED && vouched ? AP_OK : tell(run, stamp, err);
    known = find_agreeing(seals, stamp);
    if (known == NULL)
        return AP_OK;
    if (stamp->at_us < known->sealed_at_us - AP_VERIFY_STAMP_TOLERANCE_US)
        return tell_early(run, stamp, known->sealed_at_us, err);
    seals->stamps_good++;
    /* Of the newest, the earliest says most. */
    if (seals->stamped != NULL && seals->stamped->size >= known->size)
        return AP_OK;
    seals->stamped = known;
    seals->stamped_at_us = stamp->at_us;
    seals->stamped_by = stamp->authority;
    return AP_OK;
}

enum ap_status run_check_stamps(struct run *run, struct ap_error *err)
{
    const char *authorities = run->options->authorities;
    struct stamps stamps = {NULL, 0, 0};
    enum ap_status status = AP_OK;
    bool vouched = false;

    if (authorities != NULL && access(authorities, R_OK) != 0)
        return ap_fail_errno(err, errno, "cannot read trusted certificates from %s", authorities);
    status = take_own(run, &stamps, err);
    if (status == AP_OK)
        status = take_files(run, &stamps, err);
    if (status == AP_OK && stamps.count > 0)
        qsort(stamps.all, stamps.count, sizeof *stamps.all, by_checkpoint);
    for (size_t i = 0; i < stamps.count && status == AP_OK; i++) {
        const struct stamp *stamp = &stamps.all[i], *before = i > 0 ? &stamps.all[i - 1] : NULL;

        if (before == NULL || before->size != stamp->size || !ap_hash_equal(&before->root, &stamp->root))
            vouched = stamp->state == STAMP_GOOD;
        status = weigh(run, stamp, vouched, err);
    }
    free(stamps.all);
    return status;
}
