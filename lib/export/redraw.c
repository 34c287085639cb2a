#include "auditproof/redraw.h"

#include <inttypes.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/digest.h"
#include "check/event_line.h"
#include "format/json_members.h"

enum { DIFFERENCES_MAX = 20, PATTERNS_MAX = 64, PATTERN_MAX = 256 };

static enum ap_status check_bundle(int fd, const char *name, const struct ap_bundle_check_options *check,
                                   const struct ap_bundle_reader *reader, struct ap_bundle_check_report *report,
                                   struct ap_error *err)
{
    struct ap_bundle_check_options options = *check;

    options.reader = reader;
    return ap_bundle_check(fd, name, &options, report, err);
}

/* A string of JSON in the arena; NULL when it is none, or longer than that, or has a NUL. */
static const char *take_text(struct ap_sample *sample, const struct ap_json_span *value, size_t most)
{
    struct ap_buf text = AP_BUF_INIT;
    const char *copy = NULL;

    if (value == NULL || value->kind != AP_JSON_STRING)
        return NULL;
    ap_json_decode(value, &text);
    if (!text.failed && text.len <= most && memchr(ap_buf_str(&text), '\0', text.len) == NULL)
        copy = ap_arena_copy(&sample->arena, ap_buf_str(&text), text.len);
    ap_buf_free(&text);
    return copy;
}

static bool read_actions(struct ap_sample *sample, const struct ap_json_span *list)
{
    const char **actions = ap_arena_alloc(&sample->arena, PATTERNS_MAX, sizeof *actions);
    struct ap_json_reader reader;
    struct ap_json_span item;
    size_t count = 0;

    if (actions == NULL || !items_open(&reader, list))
        return false;
    while (items_next(&reader, &item)) {
        const char *action = take_text(sample, &item, PATTERN_MAX);

        if (action == NULL || count == PATTERNS_MAX)
            return false;
        actions[count++] = action;
    }
    sample->draw.actions = actions;
    sample->draw.action_count = count;
    return true;
}

static bool read_draw(struct ap_sample *sample, const struct ap_span *bytes)
{
    struct json_members about = {NULL, 0}, is = {NULL, 0};
    const struct ap_json_span *value = NULL;
    uint64_t size = 0;
    bool known = json_check_unique(bytes->data, bytes->len, NULL) == AP_OK &&
                 members_read(&about, bytes->data, bytes->len, NULL) == AP_OK;

    if (known)
        value = members_get(&about, "sample");
    known = value != NULL && value->kind == AP_JSON_OBJECT && members_read(&is, value->text, value->len, NULL) == AP_OK;
    if (known) {
        known = json_count(members_get(&is, "size"), &size) && size <= AP_EVIDENCE_SAMPLE_MAX;
        sample->draw.n = (size_t)size;
        sample->draw.seed = take_text(sample, members_get(&is, "seed"), bytes->len);
        known = known && sample->draw.seed != NULL && read_actions(sample, members_get(&is, "actions"));
    }
    members_free(&is);
    members_free(&about);
    return known;
}

static enum ap_status take_file(void *context, const char *path, const uint8_t sha256[AP_HASH_LEN],
                                const struct ap_span *bytes, struct ap_error *err)
{
    struct ap_sample *sample = context;
    const struct ap_evidence_draw *draw = &sample->draw;

    if (strcmp(path, "data/sample.csv") == 0) {
        memcpy(sample->csv_sha256, sha256, AP_HASH_LEN);
        sample->has_csv = true;
    }
    if (strcmp(path, "data/bundle.json") != 0 || bytes->data == NULL || !read_draw(sample, bytes) || draw->n == 0 ||
        draw->seed[0] == '\0')
        return AP_OK;
    return ap_draw_new(&sample->held, &(struct ap_evidence_draw){draw->n, draw->seed, NULL, 0}, err);
}

static enum ap_status take_held(void *context, const struct ap_bundle_about *about, const struct ap_bundle_entry *entry,
                                struct ap_error *err)
{
    struct ap_sample *sample = context;

    (void)about;
    return sample->held == NULL ? AP_OK : ap_draw_take(sample->held, entry->seq, entry->entry_hash, NULL, 0, err);
}

enum ap_status ap_sample_read(struct ap_sample *out, int fd, const char *name,
                              const struct ap_bundle_check_options *check, struct ap_error *err)
{
    const struct ap_bundle_reader reader = {take_held, take_file, out};
    enum ap_status status;

    memset(out, 0, sizeof *out);
    ap_arena_init(&out->arena, 0);
    status = check_bundle(fd, name, check, &reader, &out->checked, err);
    if (status != AP_OK || out->checked.verdict == AP_BUNDLE_FINDINGS)
        return status;
    if (strcmp(out->checked.about.kind, "sample") != 0)
        return ap_fail(err, AP_EINPUT, "%s is not the bundle of a sample, but of kind %s", name,
                       out->checked.about.kind);
    if (out->held == NULL || !out->checked.about.has_period)
        return ap_fail(err, AP_EINPUT, "%s does not say how and of what period its sample was drawn", name);
    return AP_OK;
}

void ap_sample_free(struct ap_sample *sample)
{
    ap_bundle_check_report_free(&sample->checked);
    ap_draw_free(sample->held);
    ap_arena_free(&sample->arena);
    memset(sample, 0, sizeof *sample);
}

struct redrawing {
    const struct ap_redraw_options *options;
    struct ap_redraw *out;
    bool begun;
    struct ap_buf action;
};

static int64_t given_or(int64_t given_us, int64_t otherwise_us)
{
    return given_us != INT64_MIN ? given_us : otherwise_us;
}

/* What it says of itself counts from here on, and is verified at the end. */
static void begin(struct redrawing *r, const struct ap_bundle_about *about)
{
    r->out->from_us = given_or(r->options->from_us, about->from_us);
    r->out->to_us = given_or(r->options->to_us, about->to_us);
    r->begun = true;
}

/* As queries/evidence_population has it: an entry that does not say when it was created counts by when it was recorded.
 */
static enum ap_status take_entry(void *context, const struct ap_bundle_about *about,
                                 const struct ap_bundle_entry *entry, struct ap_error *err)
{
    struct redrawing *r = context;
    struct ap_json_span columns[TEXT_COLUMNS];
    int64_t time_us = entry->recorded_at_us;
    bool has_action;

    if (!r->begun)
        begin(r, about);
    if (entry->text.data == NULL || (r->options->to_seq != 0 && entry->seq > r->options->to_seq) ||
        !event_text_split(columns, &entry->text))
        return AP_OK;
    /* Infinities are strings, and of no period. */
    if (columns[TEXT_TIME].kind != AP_JSON_NULL && !json_int(&columns[TEXT_TIME], &time_us))
        return AP_OK;
    if (time_us < r->out->from_us || time_us >= r->out->to_us)
        return AP_OK;
    ap_buf_clear(&r->action);
    has_action = columns[TEXT_ACTION].kind == AP_JSON_STRING;
    if (has_action)
        ap_json_decode(&columns[TEXT_ACTION], &r->action);
    if (r->action.failed)
        return ap_fail_memory(err, "an entry's action");
    return ap_draw_take(r->out->draw, entry->seq, entry->entry_hash, has_action ? ap_buf_str(&r->action) : NULL,
                        r->action.len, err);
}

/* Only a bundle of a period is shown to be complete. */
static enum ap_status check_reach(const struct ap_redraw *is, const char *name, const struct ap_redraw_options *options,
                                  struct ap_error *err)
{
    const struct ap_bundle_about *about = &is->checked.about;
    char from[AP_TIME_TEXT_SIZE], to[AP_TIME_TEXT_SIZE];

    if (strcmp(about->kind, "soc2") != 0)
        return ap_fail(err, AP_EINPUT, "%s is of kind %s: a sample is drawn from the bundle of a period, of kind soc2",
                       name, about->kind);
    ap_time_format(from, about->from_us);
    ap_time_format(to, about->to_us);
    if (is->from_us < about->from_us || is->to_us > about->to_us)
        return ap_fail(err, AP_EINPUT, "%s is of %s to %s only: the period that is drawn from is longer", name, from,
                       to);
    if (about->chain_size < options->to_seq)
        return ap_fail(err, AP_ESTATE,
                       "%s reaches to entry %" PRIu64
                       " of the chain, and the sample was drawn of entries up to %" PRIu64
                       ": it takes a bundle of the period that is as new",
                       name, about->chain_size, options->to_seq);
    return AP_OK;
}

enum ap_status ap_redraw(struct ap_redraw *out, int fd, const char *name, const struct ap_redraw_options *options,
                         struct ap_error *err)
{
    struct redrawing r = {options, out, false, AP_BUF_INIT};
    const struct ap_bundle_reader reader = {take_entry, NULL, &r};
    enum ap_status status;

    memset(out, 0, sizeof *out);
    status = ap_draw_new(&out->draw, &options->draw, err);
    if (status == AP_OK)
        status = check_bundle(fd, name, &options->check, &reader, &out->checked, err);
    ap_buf_free(&r.action);
    if (status != AP_OK || out->checked.verdict == AP_BUNDLE_FINDINGS)
        return status;
    if (!r.begun)
        begin(&r, &out->checked.about);
    status = check_reach(out, name, options, err);
    if (status != AP_OK)
        return status;
    out->drawn = ap_draw_end(out->draw, &out->drawn_count);
    out->population = ap_draw_population(out->draw);
    return AP_OK;
}

void ap_redraw_free(struct ap_redraw *redraw)
{
    ap_bundle_check_report_free(&redraw->checked);
    ap_draw_free(redraw->draw);
    memset(redraw, 0, sizeof *redraw);
}

static void differ(struct ap_buf *differences, uint64_t *count, uint64_t seq, const char *how)
{
    if (++*count <= DIFFERENCES_MAX)
        ap_buf_addf(differences, "entry %" PRIu64 " is %s\n", seq, how);
}

/* Both are in the order of their ranks, which the same entry has in both, and another one with its number has not. */
static void compare_entries(const struct ap_redraw *redraw, const struct ap_evidence_drawn *held, size_t held_count,
                            struct ap_buf *differences)
{
    uint64_t count = 0;
    size_t i = 0, j = 0;

    while (i < redraw->drawn_count || j < held_count) {
        const struct ap_evidence_drawn *drawn = &redraw->drawn[i], *has = &held[j];
        int order = i == redraw->drawn_count ? 1 : j == held_count ? -1 : memcmp(drawn->rank, has->rank, AP_HASH_LEN);

        if (order < 0)
            differ(differences, &count, drawn->seq, "drawn, and not in the sample");
        else if (order > 0)
            differ(differences, &count, has->seq, "in the sample, and not drawn");
        i += order <= 0;
        j += order >= 0;
    }
    if (count > DIFFERENCES_MAX)
        ap_buf_addf(differences, "and so on: %" PRIu64 " entries differ\n", count);
}

enum ap_status ap_redraw_compare(const struct ap_redraw *redraw, const struct ap_sample *sample,
                                 struct ap_buf *differences, struct ap_error *err)
{
    struct ap_buf csv = AP_BUF_INIT;
    struct ap_digest *digest = NULL;
    uint8_t sha256[AP_HASH_LEN];
    const struct ap_evidence_drawn *held;
    struct ap_span span;
    size_t count;
    enum ap_status status = ap_digest_new(&digest, err);

    held = ap_draw_end(sample->held, &count);
    if (!ap_uuid_equal(&redraw->checked.about.chain, &sample->checked.about.chain))
        ap_buf_adds(differences, "they are of two tenants\n");
    compare_entries(redraw, held, count, differences);
    if (ap_draw_population(sample->held) > count)
        ap_buf_addf(differences, "the sample holds %" PRIu64 " entries, and says that %zu were drawn\n",
                    ap_draw_population(sample->held), sample->draw.n);
    ap_draw_csv(&csv, redraw->drawn, redraw->drawn_count);
    if (status == AP_OK)
        status = ap_buf_check(&csv, "a sample's list", err);
    span = (struct ap_span){csv.data, csv.len};
    if (status == AP_OK)
        status = ap_digest_spans(digest, sha256, &span, 1, err);
    if (status == AP_OK && (!sample->has_csv || memcmp(sha256, sample->csv_sha256, sizeof sha256) != 0))
        ap_buf_adds(differences, "data/sample.csv in the sample is not the list of what is drawn\n");
    ap_buf_free(&csv);
    ap_digest_free(digest);
    return status == AP_OK ? ap_buf_check(differences, "what differs", err) : status;
}
