/* case: the entries that a case has, with what proves them, and the case as it was kept. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auditproof/case.h"
#include "auditproof/rerun.h"
#include "commands.h"

enum { CHUNK = 65536, PATH_SIZE = 96 };

/* What the export is made of; one a process. */
static struct {
    const char *path;
    struct ap_case *folder;
    struct ap_case_verdict verdict;
    uint8_t (*steps)[AP_HASH_LEN]; /* of each step.json, as it was verified */
    struct ap_saved_place *places; /* by seq, each once, when all are there */
    size_t count, cap;
    uint64_t *seqs;
    struct ap_uuid chain;
    bool has_chain;
    struct ap_buf more;
} of;

static void ignore_problem(void *context, const char *name, const char *problem)
{
    (void)context;
    (void)name;
    (void)problem;
}

/* A bundle is of one chain, and shows nothing of another. */
static enum ap_status take_chain(const struct ap_uuid *chain, unsigned step, struct ap_error *err)
{
    if (of.has_chain && !ap_uuid_equal(&of.chain, chain))
        return ap_fail(err, AP_EINPUT,
                       "step %u of the case is about another organization than the steps before: a bundle is of one",
                       step);
    of.chain = *chain;
    of.has_chain = true;
    return AP_OK;
}

struct taking {
    unsigned step;
};

static enum ap_status take_place(void *context, const struct ap_saved_place *place, struct ap_error *err)
{
    const struct taking *taking = context;
    char id[AP_UUID_TEXT_SIZE];

    ap_uuid_format(id, &place->id);
    if (place->seq == 0)
        return ap_fail(
            err, AP_EINPUT,
            "entry %s of step %u has no place in a chain: it was in none, or was kept by a login that may not"
            " read the chains",
            id, taking->step);
    if (of.count == of.cap) {
        size_t cap = of.cap == 0 ? 256 : 2 * of.cap;
        struct ap_saved_place *grown = reallocarray(of.places, cap, sizeof *grown);

        if (grown == NULL)
            return ap_fail_memory(err, "the entries of a case");
        of.places = grown;
        of.cap = cap;
    }
    of.places[of.count++] = *place;
    return take_chain(&place->chain, taking->step, err);
}

static enum ap_status read_file(unsigned step, const char *name, size_t max, struct ap_buf *out, struct ap_error *err)
{
    int fd = -1;
    ssize_t n = 1;
    enum ap_status status = ap_case_read(of.folder, step, name, &fd, err);

    while (status == AP_OK && n != 0) {
        char *room = ap_buf_reserve(out, CHUNK);

        status = ap_buf_check(out, "a case", err);
        if (status != AP_OK)
            break;
        n = read(fd, room, CHUNK);
        if (n < 0 && errno != EINTR)
            status = ap_fail_errno(err, errno, "cannot read %04u/%s", step, name);
        out->len += n > 0 ? (size_t)n : 0;
        if (status == AP_OK && out->len > max)
            status = ap_fail(err, AP_EINPUT, "%04u/%s is longer than %zu bytes", step, name, max);
    }
    if (fd >= 0)
        (void)close(fd);
    return status;
}

/* What a search asked about, and what it found. */
static enum ap_status read_search(unsigned step, struct ap_error *err)
{
    struct taking taking = {step};
    struct ap_saved_query saved;
    struct ap_buf text = AP_BUF_INIT;
    int fd = -1;
    enum ap_status status = read_file(step, "query.json", AP_SAVED_QUERY_MAX, &text, err);

    memset(&saved, 0, sizeof saved);
    if (status == AP_OK)
        status = ap_saved_parse(&saved, ap_buf_str(&text), text.len, err);
    if (status == AP_OK && !saved.filter.has_org)
        status =
            ap_fail(err, AP_EINPUT,
                    "step %u of the case is about all organizations, of which a bundle shows one: make a case whose"
                    " searches have --org",
                    step);
    if (status == AP_OK)
        status = take_chain(&saved.filter.org, step, err);
    if (status == AP_OK)
        status = ap_case_read(of.folder, step, "result.ndjson", &fd, err);
    if (status == AP_OK)
        status = ap_saved_places(fd, take_place, &taking, err);
    if (fd >= 0)
        (void)close(fd);
    ap_buf_free(&text);
    ap_arena_free(&saved.arena);
    return status;
}

static int by_seq(const void *a, const void *b)
{
    const struct ap_saved_place *x = a, *y = b;

    return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static enum ap_status fail_disagree(uint64_t seq, struct ap_error *err)
{
    return ap_fail(err, AP_EINPUT, "steps of the case disagree about entry %" PRIu64 ": see `auditquery case rerun`",
                   seq);
}

/* An entry that several searches found is one, of which what was kept first counts: no less of it is erased later. */
static enum ap_status settle(struct ap_error *err)
{
    size_t count = 0;

    if (of.count == 0)
        return ap_fail(err, AP_EINPUT, "the case %s has no entries", of.path);
    qsort(of.places, of.count, sizeof *of.places, by_seq);
    for (size_t i = 0; i < of.count; i++) {
        struct ap_saved_place *last = &of.places[count > 0 ? count - 1 : 0];

        if (count == 0 || last->seq != of.places[i].seq) {
            of.places[count++] = of.places[i];
            continue;
        }
        if (memcmp(last->entry_hash, of.places[i].entry_hash, AP_HASH_LEN) != 0)
            return fail_disagree(last->seq, err);
        /* What was erased meanwhile is in the one and not in the other: then neither is handed out. */
        if (memcmp(last->said, of.places[i].said, AP_HASH_LEN) == 0)
            continue;
        if (memcmp(last->erased, of.places[i].erased, sizeof last->erased) == 0)
            return fail_disagree(last->seq, err);
        memset(last->said, 0, sizeof last->said);
        for (int g = 0; g < AP_GROUPS; g++)
            last->erased[g] = last->erased[g] && of.places[i].erased[g];
    }
    of.count = count;
    of.seqs = calloc(count, sizeof *of.seqs);
    if (of.seqs == NULL)
        return ap_fail_memory(err, "the entries of a case");
    for (size_t i = 0; i < count; i++)
        of.seqs[i] = of.places[i].seq;
    return AP_OK;
}

static enum ap_status read_case(struct ap_error *err)
{
    enum ap_status status = ap_case_open(&of.folder, of.path, err);

    if (status == AP_OK)
        status = ap_case_verify(of.folder, true, ignore_problem, NULL, &of.verdict, err);
    if (status == AP_OK && of.verdict.problems > 0)
        status = ap_fail(err, AP_ESTATE, "the case %s is not as it was: see `auditquery case verify`", of.path);
    if (status != AP_OK)
        return status;
    of.steps = calloc(of.verdict.steps, sizeof *of.steps);
    if (of.steps == NULL)
        return ap_fail_memory(err, "a case");
    for (unsigned i = 1; status == AP_OK && i <= of.verdict.steps; i++) {
        struct ap_case_step step;

        status = ap_case_step(of.folder, i, &step, err);
        if (status != AP_OK)
            break;
        memcpy(of.steps[i - 1], step.sha256, AP_HASH_LEN);
        if (step.kind == AP_CASE_QUERY)
            status = read_search(i, err);
    }
    return status == AP_OK ? settle(err) : status;
}

/* The period is stated only: when the entries are of. */
static void state_period(struct ap_evidence_options *evidence)
{
    evidence->from_us = INT64_MAX;
    evidence->to_us = 0;
    for (size_t i = 0; i < of.count; i++) {
        int64_t time_us = of.places[i].time_us;

        if (time_us == INT64_MAX || time_us == INT64_MIN)
            continue; /* infinitely far away */
        if (time_us < evidence->from_us)
            evidence->from_us = time_us;
        if (time_us >= evidence->to_us)
            evidence->to_us = time_us + 1;
    }
    if (evidence->from_us >= evidence->to_us)
        evidence->from_us = evidence->to_us - 1;
}

static enum ap_status prepare(struct export_run *run, struct ap_error *err)
{
    enum ap_status status = read_case(err);

    if (status != AP_OK)
        return status;
    if (run->period_given)
        return ap_fail(err, AP_EINPUT, "the case says which entries: leave --from and --to out");
    state_period(&run->options.evidence);
    ap_buf_addf(&of.more, ",\"case\":{\"steps\":%u,\"head\":\"", of.verdict.steps);
    ap_buf_add_hex(&of.more, of.verdict.head, AP_HASH_LEN);
    ap_buf_adds(&of.more, "\"}");
    return ap_buf_check(&of.more, "a case", err);
}

/* --- in the bundle */

static enum ap_status choose(void *context, const struct ap_reading *reading, const struct ap_uuid *chain,
                             const uint64_t **seqs, size_t *count, struct ap_error *err)
{
    const struct ap_export_options *options = context;

    (void)reading;
    if (!ap_uuid_equal(chain, &of.chain))
        return ap_fail(err, AP_EINPUT,
                       "the case is about another organization than the bundle: see --org and --system");
    for (int g = 0; g < AP_GROUPS; g++)
        if (options->evidence.withhold[g])
            return ap_fail(err, AP_EINPUT, "--withhold leaves nothing out of a case, whose files have what was found");
    *seqs = of.seqs;
    *count = of.count;
    return AP_OK;
}

/* Whoever keeps a case can write in it what an entry never said: that is not signed. */
static enum ap_status check_said(const struct ap_stretch_entry *entry, const struct ap_saved_place *kept,
                                 struct ap_error *err)
{
    struct ap_saved_chained chained = {entry->row, &entry->record, entry->entry_hash.bytes, entry->kept};
    bool same = false;
    enum ap_status status = ap_saved_says(&same, kept, &chained, err);

    if (status == AP_OK && !same)
        status =
            ap_fail(err, AP_ESTATE,
                    "what the case has of entry %" PRIu64 " is not what the entry says: see `auditquery case rerun`",
                    kept->seq);
    return status;
}

/* What was erased or destroyed since stands in the case, and is not to be handed out. */
static enum ap_status check_entry(void *context, const struct ap_evidence_entry *found, struct ap_error *err)
{
    const struct ap_stretch_entry *entry = found->entry;
    struct ap_saved_place key;
    const struct ap_saved_place *kept;

    (void)context;
    memset(&key, 0, sizeof key);
    key.seq = entry->record.seq;
    kept = bsearch(&key, of.places, of.count, sizeof key, by_seq);
    if (kept == NULL)
        return AP_OK;
    if (memcmp(kept->entry_hash, entry->entry_hash.bytes, AP_HASH_LEN) != 0)
        return ap_fail(err, AP_ESTATE,
                       "entry %" PRIu64 " is not the one that the case has: see `auditquery case rerun`", kept->seq);
    if (found->purged)
        return ap_fail(err, AP_ESTATE,
                       "entry %" PRIu64
                       " was destroyed after its window, and the case still has what was in it: nothing"
                       " of the case is handed out",
                       kept->seq);
    for (int g = 0; g < AP_GROUPS; g++)
        if (entry->kept[g] != NULL && !kept->erased[g])
            return ap_fail(err, AP_ESTATE,
                           "the %s of entry %" PRIu64
                           " was erased, and the case still has it: keep a new case, and remove"
                           " this one",
                           ap_group_name((enum ap_group)g), kept->seq);
    return check_said(entry, kept, err);
}

/* Copied, and its hash told: a case that changed since it was verified is not handed out. */
static enum ap_status copy_file(struct ap_bundle *bundle, struct ap_digest *digest, unsigned step, const char *name,
                                const uint8_t sha256[AP_HASH_LEN], struct ap_error *err)
{
    char path[PATH_SIZE];
    uint8_t bytes[CHUNK], hash[AP_HASH_LEN];
    struct ap_member *member = NULL;
    ssize_t n = 1;
    int fd = -1;
    enum ap_status status;

    (void)snprintf(path, sizeof path, "data/case/%04u/%s", step, name);
    status = ap_case_read(of.folder, step, name, &fd, err);
    if (status == AP_OK)
        status = ap_bundle_member(bundle, path, &member, err);
    if (status == AP_OK)
        status = ap_digest_start(digest, err);
    while (status == AP_OK && n != 0) {
        n = read(fd, bytes, sizeof bytes);
        if (n < 0 && errno != EINTR)
            status = ap_fail_errno(err, errno, "cannot read %04u/%s", step, name);
        if (status == AP_OK && n > 0)
            status = ap_digest_add(digest, bytes, (size_t)n, err);
        if (status == AP_OK && n > 0)
            status = ap_member_write(member, bytes, (size_t)n, err);
    }
    if (fd >= 0)
        (void)close(fd);
    if (status == AP_OK)
        status = ap_digest_end(digest, hash, err);
    if (status == AP_OK && memcmp(hash, sha256, AP_HASH_LEN) != 0)
        status = ap_fail(err, AP_ESTATE, "%04u/%s was changed while the bundle was made", step, name);
    return status == AP_OK ? ap_member_close(member, err) : status;
}

static enum ap_status copy_case(void *context, const struct ap_evidence_scope *scope, struct ap_bundle *bundle,
                                struct ap_error *err)
{
    struct ap_digest *digest = NULL;
    enum ap_status status = ap_digest_new(&digest, err);

    (void)context;
    (void)scope;
    for (unsigned i = 1; status == AP_OK && i <= of.verdict.steps; i++) {
        struct ap_case_step step;

        status = copy_file(bundle, digest, i, "step.json", of.steps[i - 1], err);
        if (status == AP_OK)
            status = ap_case_step(of.folder, i, &step, err);
        for (size_t f = 0; status == AP_OK && f < step.file_count; f++)
            status = copy_file(bundle, digest, i, step.files[f].name, step.files[f].sha256, err);
    }
    ap_digest_free(digest);
    return status;
}

static void attach(struct export_run *run)
{
    static const struct ap_export_part part = {.add = check_entry, .finish = copy_case};

    run->options.evidence.choose = choose;
    run->options.evidence.choice = &run->options;
    run->options.more = of.more.data;
    run->options.parts = &part;
    run->options.part_count = 1;
}

static void end(void)
{
    ap_case_free(of.folder);
    ap_buf_free(&of.more);
    free(of.steps);
    free(of.places);
    free(of.seqs);
}

int run_case(int argc, char **argv)
{
    static const struct export_kind kind = {"case", prepare, attach, NULL, end};

    (void)argc;
    of.path = argv[0];
    return export_main(&kind);
}
