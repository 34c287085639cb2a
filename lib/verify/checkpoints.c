#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

/*
 * Checkpoints: parsed, and judged by who signed them. Those of the database and those from elsewhere are read alike;
 * what is different is what they are worth.
 */

/* Column numbers, as queries/verify_checkpoints.sql lists them. */
enum { C_SIZE, C_ORIGIN, C_ROOT, C_NOTE, C_WITNESSES };
enum { CHECKPOINT_COLUMNS = 5, FIRST_CAP = 64, KNOWN_MAX = 1 << 24 };

enum ap_status seals_init(struct seals *seals, struct ap_error *err)
{
    memset(seals, 0, sizeof *seals);
    ap_arena_init(&seals->arena, 0);
    ap_arena_init(&seals->files, 0);
    return ap_digest_new(&seals->digest, err);
}

void seals_free(struct seals *seals)
{
    ap_digest_free(seals->digest);
    ap_arena_free(&seals->arena);
    ap_arena_free(&seals->files);
    ap_log_notes_free(&seals->notes);
    free(seals->known);
    free(seals->pins);
}

static enum ap_status keep(struct seals *seals, const struct known *known, struct ap_error *err)
{
    if (seals->known_count == KNOWN_MAX)
        return ap_fail(err, AP_ELIMIT, "more than %d checkpoints", KNOWN_MAX);
    if (seals->known_count == seals->known_cap) {
        size_t cap = seals->known_cap > 0 ? seals->known_cap * 2 : FIRST_CAP;
        struct known *more = realloc(seals->known, cap * sizeof *more);

        if (more == NULL)
            return ap_fail_memory(err, "the checkpoints");
        seals->known = more;
        seals->known_cap = cap;
    }
    seals->known[seals->known_count++] = *known;
    return AP_OK;
}

/* Is the checkpoint of the log that is being verified, as far as keys say which that is? */
static bool is_ours(const struct run *run, const struct ap_checkpoint *checkpoint)
{
    size_t count = log_key_count(run);

    if (count == 0)
        return checkpoint->origin_len <= AP_KEY_NAME_MAX;
    for (size_t i = 0; i < count; i++)
        if (checkpoint_is_of(checkpoint, log_key(run, i)->name))
            return true;
    return false;
}

/* A parsed checkpoint of our log. */
static enum ap_status take(struct run *run, const struct candidate *from, struct ap_error *err)
{
    struct seals *seals = &run->seals;
    struct known known;
    enum ap_status status;

    memset(&known, 0, sizeof known);
    known.size = from->checkpoint.size;
    known.root = from->checkpoint.root;
    known.key = NO_KEY;
    known.worth = from->path != NULL ? WORTH_OUTSIDE : WORTH_NOTHING;
    status = checkpoint_judge(run, from, &known, err);
    if (status != AP_OK)
        return status;
    if (from->path != NULL) {
        known.path = ap_arena_copy(&seals->arena, from->path, strlen(from->path));
        if (log_key_count(run) == 0)
            known.origin = ap_arena_copy(&seals->arena, from->checkpoint.origin, from->checkpoint.origin_len);
        if (ap_arena_check(&seals->arena, "the paths of checkpoints", err) != AP_OK)
            return AP_ENOMEM;
    }
    return keep(seals, &known, err);
}

static enum ap_status parse(struct candidate *from, struct ap_error *err)
{
    enum ap_status status = ap_note_parse(&from->note, from->bytes, from->len, err);

    return status == AP_OK ? ap_checkpoint_parse(&from->checkpoint, from->note.text, from->note.text_len, err) : status;
}

static enum ap_status take_file(struct run *run, const struct anchored_file *file, struct ap_error *err)
{
    struct candidate from = {.path = file->path, .bytes = file->bytes, .len = file->len};
    struct ap_error why;
    enum ap_status status = parse(&from, &why);

    if (status == AP_EINPUT || status == AP_ELIMIT) {
        run->seals.elsewhere++;
        return checkpoint_tell(run, &from, "a signed checkpoint", why.message,
                               "the file was altered, or cut short: what it says proves nothing; look for another copy",
                               err);
    }
    if (status != AP_OK) {
        if (err != NULL)
            *err = why;
        return status;
    }
    if (!is_ours(run, &from.checkpoint)) {
        run->seals.passed_over++;
        return AP_OK;
    }
    run->seals.elsewhere++;
    return take(run, &from, err);
}

/* A row whose note cannot be used is still there: its round was signed, and what with is told of. */
static enum ap_status keep_told(struct run *run, int64_t size, struct ap_error *err)
{
    struct known known;

    if (size < 1)
        return AP_OK;
    memset(&known, 0, sizeof known);
    known.size = (uint64_t)size;
    known.key = NO_KEY;
    known.told = true;
    return keep(&run->seals, &known, err);
}

static bool field_is(const struct ap_field *field, const void *bytes, size_t len)
{
    return field->data != NULL && field->len == len && memcmp(field->data, bytes, len) == 0;
}

static enum ap_status take_row(struct run *run, const struct ap_field *fields, struct ap_buf *whole,
                               struct ap_error *err)
{
    struct candidate from = {.bytes = "", .len = 0};
    struct ap_error why;
    enum ap_status status;

    if (fields[C_SIZE].data != NULL && fields[C_SIZE].len == 8)
        from.size = (int64_t)ap_get_u64(fields[C_SIZE].data);
    ap_buf_clear(whole);
    if (fields[C_NOTE].data != NULL)
        ap_buf_add(whole, fields[C_NOTE].data, fields[C_NOTE].len);
    if (fields[C_WITNESSES].data != NULL)
        ap_buf_add(whole, fields[C_WITNESSES].data, fields[C_WITNESSES].len);
    status = ap_buf_check(whole, "a checkpoint", err);
    if (status != AP_OK)
        return status;
    from.bytes = ap_buf_str(whole);
    from.len = whole->len;
    run->seals.own++;
    status = parse(&from, &why);
    /* What is kept of witnesses' answers must not make the note unreadable. */
    if (status == AP_EINPUT && fields[C_NOTE].data != NULL) {
        from.len = fields[C_NOTE].len;
        status = parse(&from, &why);
    }
    if (status == AP_EINPUT) {
        status =
            checkpoint_tell(run, &from, "a signed checkpoint", why.message,
                            "the stored note was altered: look for a copy of it where checkpoints are anchored", err);
        return status == AP_OK ? keep_told(run, from.size, err) : status;
    }
    if (status != AP_OK) {
        if (err != NULL)
            *err = why;
        return status;
    }
    if (log_key_count(run) == 0 && run->seals.origin[0] == '\0' &&
        from.checkpoint.origin_len < sizeof run->seals.origin)
        memcpy(run->seals.origin, from.checkpoint.origin, from.checkpoint.origin_len);
    if (!is_ours(run, &from.checkpoint) ||
        (run->seals.origin[0] != '\0' &&
         !is_same_log(run, run->seals.origin, from.checkpoint.origin, from.checkpoint.origin_len)) ||
        from.checkpoint.size != (uint64_t)from.size ||
        !field_is(&fields[C_ROOT], from.checkpoint.root.bytes, AP_HASH_LEN) ||
        !field_is(&fields[C_ORIGIN], from.checkpoint.origin, from.checkpoint.origin_len)) {
        char found[AP_FINDING_TEXT_SIZE];

        ap_finding_text(found, "a note of log %.*s, of %" PRIu64 " seals", (int)from.checkpoint.origin_len,
                        from.checkpoint.origin, from.checkpoint.size);
        status = checkpoint_tell(
            run, &from,
            log_key_count(run) > 0 ? "a note of a pinned log, of the size, origin and root that stand beside it"
                                   : "a note of the size, origin and root that stand beside it, and of one log",
            found,
            "the stored checkpoint is not the one that was signed for this place: look for a copy of that "
            "where checkpoints are anchored",
            err);
        return status == AP_OK ? keep_told(run, from.size, err) : status;
    }
    return take(run, &from, err);
}

static enum ap_status read_own(struct run *run, struct ap_error *err)
{
    struct ap_field fields[AP_COPY_MAX_COLUMNS];
    struct ap_buf whole = AP_BUF_INIT;
    struct ap_copy *copy = NULL;
    bool more = true;
    enum ap_status status = ap_copy_open(&copy, run->db, ap_sql("queries/verify_checkpoints"), CHECKPOINT_COLUMNS, err);

    while (status == AP_OK) {
        status = ap_copy_next(copy, fields, &more, run->options->stop, err);
        if (status != AP_OK || !more)
            break;
        status = take_row(run, fields, &whole, err);
    }
    ap_copy_close(copy);
    ap_buf_free(&whole);
    return status;
}

/* The database's own first, then by path: the order does not depend on how a directory is stored. */
static int by_size(const void *a, const void *b)
{
    const struct known *left = a, *right = b;

    if (left->size != right->size)
        return left->size < right->size ? -1 : 1;
    if (left->path == NULL && right->path == NULL)
        return (left->change > right->change) - (left->change < right->change);
    if (left->path == NULL || right->path == NULL)
        return (left->path != NULL) - (right->path != NULL);
    return strcmp(left->path, right->path);
}

/* Without a key, the log is the one that the database's newest checkpoint is of, or else the anchors' only one. */
static enum ap_status drop_others(struct run *run, struct ap_error *err)
{
    struct seals *seals = &run->seals;
    bool unnamed = seals->origin[0] == '\0';
    size_t kept = 0;

    for (size_t i = 0; i < seals->known_count; i++) {
        const struct known *known = &seals->known[i];

        if (known->origin != NULL && unnamed) {
            if (seals->origin[0] == '\0')
                (void)snprintf(seals->origin, sizeof seals->origin, "%s", known->origin);
            if (!is_same_log(run, seals->origin, known->origin, strlen(known->origin)))
                return ap_fail(err, AP_ESTATE,
                               "the anchors have checkpoints of two logs, %s and %s: say with --key "
                               "which is this database's",
                               seals->origin, known->origin);
        }
        if (known->origin != NULL && !is_same_log(run, seals->origin, known->origin, strlen(known->origin))) {
            seals->elsewhere--;
            seals->passed_over++;
        } else {
            seals->known[kept++] = *known;
        }
    }
    seals->known_count = kept;
    return AP_OK;
}

/* What was signed when the key was changed is held against the log like a checkpoint, and covers nothing. */
static enum ap_status add_changes(struct run *run, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    for (size_t i = 0; i < run->trust.change_count && status == AP_OK; i++) {
        const struct signed_change *change = &run->trust.changes[i];
        struct known known;

        memset(&known, 0, sizeof known);
        known.size = change->size;
        known.root = change->root;
        known.change = change->number;
        known.key = NO_KEY;
        known.worth = WORTH_NOTHING;
        status = keep(&run->seals, &known, err);
    }
    return status;
}

static void sort_known(struct seals *seals)
{
    if (seals->known_count > 0)
        qsort(seals->known, seals->known_count, sizeof *seals->known, by_size);
}

enum ap_status run_load_checkpoints(struct run *run, struct ap_error *err)
{
    struct seals *seals = &run->seals;
    enum ap_status status = AP_OK;

    for (const struct anchored_file *file = seals->first_file; file != NULL && status == AP_OK; file = file->next)
        status = take_file(run, file, err);
    if (status == AP_OK)
        status = read_own(run, err);
    if (status == AP_OK)
        status = drop_others(run, err);
    if (status != AP_OK)
        return status;
    sort_known(seals);
    status = checkpoints_judge(run, err);
    if (status == AP_OK)
        status = add_changes(run, err);
    sort_known(seals);
    return status;
}
