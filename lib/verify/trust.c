/*
 * Whose checkpoints are good: the keys that the caller pinned, and those that the log's own record leads to from them,
 * each change signed by the key before and the key after. What of that record does not hold is told of, row by row.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "log_record.h"
#include "run.h"

/* A row of auditproof.log_key. */
struct link {
    struct key_change change; /* of use only where nothing is wrong */
    const char *wrong;        /* with the note, or NULL */
    int64_t number;
    bool apart;   /* its number does not follow that of the row before */
    bool begins;  /* it does not go on from the row before: a stretch of the history begins */
    bool told;    /* of it there is a finding */
    bool trusted; /* its stretch has a pinned key */
};

struct history {
    struct link *links; /* owned */
    size_t count;
    const char *first_name; /* of the log, by which its keys may be pinned; or NULL */
    uint64_t told_keys, told_restores;
};

size_t pinned_count(const struct ap_verify_options *options)
{
    return options->policy != NULL ? options->policy->log_count : options->key_count;
}

const struct ap_vkey *pinned_key(const struct ap_verify_options *options, size_t i)
{
    return options->policy != NULL ? &options->policy->logs[i].key : &options->keys[i];
}

static enum ap_status tell(struct run *run, const char *table, int64_t number, const char *expected, const char *found,
                           struct ap_error *err)
{
    struct ap_finding finding;

    memset(&finding, 0, sizeof finding);
    finding.kind = AP_FINDING_SIGNATURE;
    ap_finding_text(finding.object, "%s %" PRId64, table, number);
    ap_finding_text(finding.expected, "%s", expected);
    ap_finding_text(finding.found, "%s", found);
    ap_finding_text(finding.detail,
                    "the record of the log's keys and restores was tampered with: it is trusted only as far as it "
                    "leads from a pinned key. Compare it with the copies that directories keep beside checkpoints");
    return findings_add(&run->findings, &finding, err);
}

static enum ap_status tell_key(struct run *run, struct history *history, int64_t number, const char *expected,
                               const char *found, struct ap_error *err)
{
    history->told_keys++;
    return tell(run, "log_key", number, expected, found, err);
}

static enum ap_status tell_restore(struct run *run, struct history *history, int64_t number, const char *expected,
                                   const char *found, struct ap_error *err)
{
    history->told_restores++;
    return tell(run, "epoch", number, expected, found, err);
}

/* A key is pinned by its bytes: by whichever of the log's names it is known. */
static bool is_pinned(const struct history *history, const struct ap_vkey *key, const struct ap_vkey *pinned)
{
    return pinned->type == key->type && memcmp(key->key, pinned->key, AP_PUBLIC_KEY_LEN) == 0 &&
           (strcmp(pinned->name, key->name) == 0 || strcmp(pinned->name, history->first_name) == 0);
}

/* One past the last row of the stretch that begins at row i. */
static size_t stretch_end(const struct history *history, size_t i)
{
    do
        i++;
    while (i < history->count && history->links[i].wrong == NULL && !history->links[i].begins);
    return i;
}

static bool stretch_has(const struct history *history, size_t from, size_t to, const struct ap_vkey *pinned)
{
    if (is_pinned(history, &history->links[from].change.before, pinned))
        return true;
    for (; from < to; from++)
        if (is_pinned(history, &history->links[from].change.after, pinned))
            return true;
    return false;
}

static bool goes_on(const struct link *before, const struct link *link)
{
    return before->wrong == NULL && !link->apart &&
           key_change_goes_on(&link->change, &before->change.after, before->change.size);
}

static enum ap_status read_changes(struct run *run, struct history *history, const struct ap_rows *rows,
                                   struct ap_error *err)
{
    struct record_reader reader = {.digest = run->seals.digest};
    enum ap_status status = AP_OK;
    int64_t expected = 1;

    history->count = ap_rows_count(rows);
    history->links = calloc(history->count + 1, sizeof *history->links);
    if (history->links == NULL)
        return ap_fail_memory(err, "the log's keys");
    for (size_t i = 0; i < history->count && status == AP_OK; i++) {
        struct link *link = &history->links[i];

        link->number = ap_rows_int(rows, i, 0);
        link->wrong = key_change_read(&link->change, &reader, rows, i);
        link->apart = link->number != expected;
        if (link->number > expected)
            status = tell_key(run, history, expected, "the change of the log's key of this number", "none", err);
        else if (link->number < expected)
            status = tell_key(run, history, link->number, "one change of this number", "more than one", err);
        link->told = link->wrong != NULL;
        if (status == AP_OK && link->told && !(link->apart && link->change.sound))
            status = tell_key(run, history, link->number,
                              "a change of the log's key that the key before it and the key after it signed",
                              link->wrong, err);
        /* What was signed stands, whatever was put beside it. */
        if (link->change.sound)
            link->wrong = NULL;
        if (link->wrong == NULL && history->first_name == NULL)
            history->first_name = link->change.before.name;
        link->begins = i == 0 || (link->wrong == NULL && !goes_on(&history->links[i - 1], link));
        if (link->number < INT32_MAX)
            expected = link->number + 1;
    }
    ap_buf_free(&reader.bytes);
    return status;
}

/* Is there a finding of the row that the stretch begins with, or of one next to it? Then that is why it leads nowhere.
 */
static bool is_explained(const struct history *history, size_t from, size_t to)
{
    const struct link *links = history->links;

    return links[from].apart || links[from].told || (from > 0 && links[from - 1].wrong != NULL) ||
           (to < history->count && (links[to].wrong != NULL || links[to].apart));
}

/* Two stretches that both hold, and do not go on from each other; or one that no pinned key is in. */
static enum ap_status check_stretch(struct run *run, struct history *history, size_t from, size_t to, bool before,
                                    struct ap_error *err)
{
    bool pinned = pinned_count(run->options) > 0, trusted = history->links[from].trusted;

    if (is_explained(history, from, to))
        return AP_OK;
    if (pinned && !trusted)
        return tell_key(run, history, history->links[from].number, "a change that leads from or to a pinned key",
                        "one between keys that none of them leads to", err);
    if (from > 0 && (before || !pinned))
        return tell_key(run, history, history->links[from].number, "a change from the key before it",
                        "one that does not go on from there", err);
    return AP_OK;
}

static enum ap_status check_stretches(struct run *run, struct history *history, struct ap_error *err)
{
    enum ap_status status = AP_OK;
    bool before = false;

    for (size_t from = 0, to; from < history->count && status == AP_OK; from = to) {
        bool trusted = false;

        to = from + 1;
        if (history->links[from].wrong != NULL)
            continue;
        to = stretch_end(history, from);
        for (size_t i = 0; i < pinned_count(run->options); i++)
            trusted = trusted || stretch_has(history, from, to, pinned_key(run->options, i));
        for (size_t i = from; i < to; i++)
            history->links[i].trusted = trusted;
        status = check_stretch(run, history, from, to, before, err);
        before = trusted;
    }
    return status;
}

static void add_key(struct trust *trust, const struct ap_vkey *key, bool dated, uint64_t from)
{
    struct trusted_key *added = &trust->keys[trust->count++];

    added->vkey = *key;
    added->dated = dated;
    added->from = from;
    added->until = UINT64_MAX;
}

/* The keys of a stretch, unless they are there already. */
static void add_stretch(struct trust *trust, struct history *history, size_t from, size_t to)
{
    if (!history->links[from].trusted)
        return;
    add_key(trust, &history->links[from].change.before, true, 0);
    for (size_t i = from; i < to; i++) {
        struct trusted_key *before = &trust->keys[trust->count - 1];
        const struct key_change *change = &history->links[i].change;

        before->until = change->size;
        before->renamed = strcmp(change->before.name, change->after.name) != 0;
        add_key(trust, &change->after, true, change->size);
        history->links[i].trusted = false;
    }
}

/* In the order in which they were pinned, each with those that its stretch of the record leads to, oldest first. */
static enum ap_status gather_keys(struct run *run, struct history *history, struct ap_error *err)
{
    struct trust *trust = &run->trust;
    size_t pinned = pinned_count(run->options), max = pinned + 2 * history->count;

    trust->keys = calloc(max + 1, sizeof *trust->keys);
    if (trust->keys == NULL)
        return ap_fail_memory(err, "the log's keys");
    if (max >= NO_KEY)
        return ap_fail(err, AP_ELIMIT, "more than %d changes of the log's key", NO_KEY / 2);
    for (size_t i = 0; i < pinned; i++) {
        bool recorded = false;

        for (size_t from = 0, to; from < history->count; from = to) {
            to = from + 1;
            if (history->links[from].wrong != NULL)
                continue;
            to = stretch_end(history, from);
            if (!stretch_has(history, from, to, pinned_key(run->options, i)))
                continue;
            recorded = true;
            add_stretch(trust, history, from, to);
        }
        if (!recorded)
            add_key(trust, pinned_key(run->options, i), false, 0);
    }
    for (size_t i = 0; i < trust->count; i++)
        for (size_t k = 0; k < pinned && !trust->keys[i].pinned; k++)
            trust->keys[i].pinned =
                memcmp(trust->keys[i].vkey.key, pinned_key(run->options, k)->key, AP_PUBLIC_KEY_LEN) == 0;
    return AP_OK;
}

/*
 * Each change says what the log was then, and whoever stole the newer key only cannot make it say anything else. What a
 * restore took away is not in the log any more.
 */
static enum ap_status gather_changes(struct run *run, const struct history *history, struct ap_error *err)
{
    struct trust *trust = &run->trust;
    uint64_t left = UINT64_MAX;

    trust->changes = calloc(history->count + 1, sizeof *trust->changes);
    if (trust->changes == NULL)
        return ap_fail_memory(err, "the log's keys");
    for (size_t i = history->count; i-- > 0;) {
        const struct key_change *change = &history->links[i].change;

        if (history->links[i].wrong != NULL || (pinned_count(run->options) > 0 && !history->links[i].trusted))
            continue;
        if (change->size > 0 && change->size <= left)
            trust->changes[trust->change_count++] =
                (struct signed_change){history->links[i].number, change->size, change->root};
        if (strcmp(change->before.name, change->after.name) != 0 && change->size < left)
            left = change->size;
    }
    return AP_OK;
}

/* The change of the key that a declared restore came with, or NULL. */
static const struct link *change_of(const struct history *history, const struct ap_epoch *epoch,
                                    const struct ap_note *note)
{
    for (size_t i = 0; i < history->count; i++) {
        const struct key_change *change = &history->links[i].change;

        if (history->links[i].wrong == NULL &&
            epoch_is_of(epoch, note, &change->before, &change->after, change->size, &change->root))
            return &history->links[i];
    }
    return NULL;
}

static enum ap_status take_restore(struct run *run, struct history *history, struct ap_epoch *epoch,
                                   struct record_reader *reader, const struct ap_rows *rows, size_t i, bool apart,
                                   struct ap_error *err)
{
    bool parsed;
    const char *wrong = epoch_read(epoch, reader, rows, i, &parsed);
    const struct link *link = parsed ? change_of(history, epoch, &reader->note) : NULL;

    if (link != NULL && link->trusted) {
        run->trust.restore_count++;
    } else {
        epoch_clear(epoch);
    }
    /* Where the record of keys, or a number, does not hold, that is told of. */
    if (wrong == NULL ? link != NULL || history->told_keys > 0 : apart && link != NULL)
        return AP_OK;
    return tell_restore(
        run, history, ap_rows_int(rows, i, 0), "a restore that the log's key of its time declared",
        wrong != NULL ? wrong : "one that no change of the log's name came with, or that another signed", err);
}

/* The log takes another name only with a declared restore. */
static enum ap_status check_names(struct run *run, struct history *history, size_t restores, struct ap_error *err)
{
    char expected[AP_FINDING_TEXT_SIZE];
    size_t renamed = 0;

    if (history->told_keys + history->told_restores > 0)
        return AP_OK;
    for (size_t i = 0; i < history->count; i++) {
        const struct key_change *change = &history->links[i].change;

        if (strcmp(change->before.name, change->after.name) == 0 || ++renamed <= restores)
            continue;
        ap_finding_text(expected, "the restore for which the log became %s, at %" PRIu64 " seals", change->after.name,
                        change->size);
        return tell_restore(run, history, (int64_t)renamed, expected, "none", err);
    }
    return AP_OK;
}

static enum ap_status read_restores(struct run *run, struct history *history, const struct ap_rows *rows,
                                    struct ap_error *err)
{
    struct record_reader reader = {.digest = NULL};
    struct trust *trust = &run->trust;
    size_t count = ap_rows_count(rows);
    enum ap_status status = AP_OK;
    int64_t expected = 1;

    trust->restores = calloc(count + 1, sizeof *trust->restores);
    if (trust->restores == NULL)
        return ap_fail_memory(err, "declared restores");
    for (size_t i = 0; i < count && status == AP_OK; i++) {
        int64_t number = ap_rows_int(rows, i, 0);

        if (number > expected)
            status = tell_restore(run, history, expected, "the declared restore of this number", "none", err);
        else if (number < expected)
            status = tell_restore(run, history, number, "one declared restore of this number", "more than one", err);
        if (status == AP_OK)
            status = take_restore(run, history, &trust->restores[trust->restore_count], &reader, rows, i,
                                  number != expected, err);
        if (number < INT32_MAX)
            expected = number + 1;
    }
    ap_buf_free(&reader.bytes);
    return status == AP_OK ? check_names(run, history, count, err) : status;
}

static enum ap_status gather_names(struct run *run, const struct history *history, struct ap_error *err)
{
    struct ap_arena *arena = &run->seals.arena;
    struct trust *trust = &run->trust;

    trust->names = ap_arena_alloc(arena, history->count + 2, sizeof *trust->names);
    for (size_t i = 0; i < history->count && trust->names != NULL; i++) {
        const char *name = history->links[i].change.after.name;

        if (history->links[i].wrong != NULL)
            continue;
        if (trust->name_count == 0)
            trust->names[trust->name_count++] = ap_arena_copy(arena, history->first_name, strlen(history->first_name));
        if (!arena->failed && strcmp(name, trust->names[trust->name_count - 1]) != 0)
            trust->names[trust->name_count++] = ap_arena_copy(arena, name, strlen(name));
    }
    return ap_arena_check(arena, "the log's names", err);
}

/*
 * A key of this log that the record does not know may have come after it: whoever stole a retired key could declare
 * restores from a time before it was changed, and hide what the newer key signed. Then they explain nothing.
 */
static void settle_restores(struct trust *trust)
{
    bool all = true;

    for (size_t i = 0; i < trust->count; i++)
        for (size_t k = 0; k < trust->name_count; k++)
            all = all && (trust->keys[i].dated || strcmp(trust->names[k], trust->keys[i].vkey.name) != 0);
    while (!all && trust->restore_count > 0)
        epoch_clear(&trust->restores[--trust->restore_count]);
    epochs_settle(trust->restores, trust->restore_count);
}

enum ap_status run_load_trust(struct run *run, struct ap_error *err)
{
    struct ap_rows *changes = NULL, *restores = NULL;
    struct history history;
    enum ap_status status = ap_db_query(run->db, ap_sql("queries/seal_keys"), 0, NULL, &changes, err);

    memset(&history, 0, sizeof history);
    if (status == AP_OK)
        status = ap_db_query(run->db, ap_sql("queries/seal_epochs"), 0, NULL, &restores, err);
    if (status == AP_OK)
        status = read_changes(run, &history, changes, err);
    if (status == AP_OK)
        status = check_stretches(run, &history, err);
    if (status == AP_OK)
        status = read_restores(run, &history, restores, err);
    if (status == AP_OK)
        status = gather_names(run, &history, err);
    if (status == AP_OK)
        status = gather_changes(run, &history, err);
    if (status == AP_OK)
        status = gather_keys(run, &history, err);
    settle_restores(&run->trust);
    free(history.links);
    ap_rows_free(changes);
    ap_rows_free(restores);
    return status;
}

void trust_free(struct trust *trust)
{
    for (size_t i = 0; i < trust->restore_count; i++)
        epoch_clear(&trust->restores[i]);
    free(trust->restores);
    free(trust->changes);
    free(trust->keys);
}

size_t log_key_count(const struct run *run)
{
    return run->trust.count;
}

const struct ap_vkey *log_key(const struct run *run, size_t i)
{
    return &run->trust.keys[i].vkey;
}
