/*
 * The review queue, which somebody has to look at before entries are given out: those of others that name the subject,
 * and those of the subject whose text names others.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/csv.h"
#include "auditproof/csv_write.h"
#include "json_walk.h"
#include "subject.h"

enum { SEQ, DECISION, DISCLOSE, REASON, COLUMNS };

static const char *const column_names[COLUMNS] = {"seq", "decision", "disclose", "reason"};

struct reading {
    struct gdpr_review *review;
    const char *name;
    struct ap_csv_row row;
    size_t columns[COLUMNS];
    size_t line;
    bool begun;
};

static const char *const verdict_names[] = {
    [GDPR_INCLUDE] = "include", [GDPR_EXCLUDE] = "exclude", [GDPR_WITHHOLD] = "withhold"};

static bool is_text(const struct ap_csv_field *field, const char *text)
{
    return field->len == strlen(text) && memcmp(field->text, text, field->len) == 0;
}

static enum ap_status read_header(struct reading *r, struct ap_error *err)
{
    for (size_t c = 0; c < COLUMNS; c++) {
        size_t i = 0;

        while (i < r->row.count && !is_text(&r->row.fields[i], column_names[c]))
            i++;
        if (i == r->row.count)
            return ap_fail(err, AP_EINPUT, "%s:1: there is no column \"%s\"; it is not a review queue", r->name,
                           column_names[c]);
        r->columns[c] = i;
    }
    r->begun = true;
    return AP_OK;
}

static bool read_seq(const struct ap_csv_field *field, uint64_t *seq)
{
    *seq = 0;
    for (size_t i = 0; i < field->len; i++) {
        if (field->text[i] < '0' || field->text[i] > '9' || i >= 18)
            return false;
        *seq = *seq * 10 + (uint64_t)(field->text[i] - '0');
    }
    return *seq > 0;
}

static enum ap_status add(struct gdpr_review *review, const struct gdpr_decision *is, struct ap_error *err)
{
    if (review->count == review->cap) {
        size_t cap = review->cap == 0 ? 64 : 2 * review->cap;
        struct gdpr_decision *grown = reallocarray(review->items, cap, sizeof *grown);

        if (grown == NULL)
            return ap_fail_memory(err, "a review");
        review->items = grown;
        review->cap = cap;
    }
    review->items[review->count++] = *is;
    return AP_OK;
}

static bool read_verdict(const struct ap_csv_field *field, enum gdpr_verdict *verdict)
{
    for (size_t i = 0; i < sizeof verdict_names / sizeof *verdict_names; i++) {
        if (!is_text(field, verdict_names[i]))
            continue;
        *verdict = (enum gdpr_verdict)i;
        return true;
    }
    return false;
}

static enum ap_status read_decision(struct reading *r, struct gdpr_decision *is, struct ap_error *err)
{
    const struct ap_csv_field *decision = &r->row.fields[r->columns[DECISION]],
                              *disclose = &r->row.fields[r->columns[DISCLOSE]],
                              *reason = &r->row.fields[r->columns[REASON]];

    if (!read_verdict(decision, &is->verdict))
        return ap_fail(err, AP_EINPUT, "%s:%zu: \"decision\" is include, exclude or withhold, not \"%.*s\"", r->name,
                       r->line, decision->len < 40 ? (int)decision->len : 40, decision->text);
    if (is->verdict != GDPR_INCLUDE && disclose->len > 0)
        return ap_fail(err, AP_EINPUT, "%s:%zu: nothing is disclosed of an entry that is left out", r->name, r->line);
    is->disclose = ap_arena_copy(&r->review->arena, disclose->text, disclose->len);
    is->words = ap_arena_copy(&r->review->arena, reason->text, reason->len);
    return is->disclose == NULL || is->words == NULL ? ap_fail_memory(err, "a review") : add(r->review, is, err);
}

static enum ap_status read_record(struct reading *r, struct ap_error *err)
{
    struct gdpr_decision is;

    if (!r->begun)
        return read_header(r, err);
    for (size_t c = 0; c < COLUMNS; c++)
        if (r->columns[c] >= r->row.count)
            return ap_fail(err, AP_EINPUT, "%s:%zu: there is no column \"%s\"", r->name, r->line, column_names[c]);
    memset(&is, 0, sizeof is);
    is.line = r->line;
    if (!read_seq(&r->row.fields[r->columns[SEQ]], &is.seq))
        return ap_fail(err, AP_EINPUT, "%s:%zu: \"seq\" must be the number of an entry", r->name, r->line);
    if (r->row.fields[r->columns[DECISION]].len == 0 && r->row.fields[r->columns[DISCLOSE]].len == 0)
        return AP_OK;
    return read_decision(r, &is, err);
}

static int by_seq(const void *a, const void *b)
{
    const struct gdpr_decision *x = a, *y = b;

    return (x->seq > y->seq) - (x->seq < y->seq);
}

static enum ap_status read_all(struct reading *r, const struct ap_buf *text, struct ap_error *err)
{
    enum ap_status status = AP_OK;
    size_t from = 0;

    /* A spreadsheet may have put a byte order mark before it. */
    if (text->len >= 3 && memcmp(text->data, "\xef\xbb\xbf", 3) == 0)
        from = 3;
    while (status == AP_OK && from < text->len) {
        struct ap_csv_scan scan;
        size_t len = 0, next = 0, rest = text->len - from;

        memset(&scan, 0, sizeof scan);
        if (!ap_csv_scan(&scan, text->data + from, rest, &len, &next)) {
            len = rest;
            next = rest;
        }
        r->line++;
        status = ap_csv_parse(&r->row, text->data + from, len, NULL, err);
        if (status != AP_OK)
            return ap_error_prefix(err, "%s:%zu", r->name, r->line);
        if (len > 0)
            status = read_record(r, err);
        from += next;
    }
    return status;
}

static enum ap_status read_file(struct gdpr_review *review, const struct ap_gdpr_file *file, struct ap_error *err)
{
    struct reading *r;
    enum ap_status status;

    if (file->text == NULL)
        return AP_OK;
    r = calloc(1, sizeof *r);
    if (r == NULL)
        return ap_fail_memory(err, "a review");
    r->review = review;
    r->name = file->name;
    status = read_all(r, file->text, err);
    if (status == AP_OK && !r->begun)
        status = ap_fail(err, AP_EINPUT, "%s is empty; it must be a review queue", file->name);
    ap_buf_free(&r->row.plain);
    free(r);
    return status;
}

enum ap_status gdpr_review_read(struct gdpr_review *review, const struct ap_gdpr_subject_options *options,
                                struct ap_error *err)
{
    enum ap_status status = read_file(review, &options->review, err);

    for (size_t i = 0; status == AP_OK && i < options->withhold_count; i++)
        status =
            add(review, &(struct gdpr_decision){options->withhold[i], GDPR_WITHHOLD, false, false, "", "", 0}, err);
    if (review->count > 1)
        qsort(review->items, review->count, sizeof *review->items, by_seq);
    for (size_t i = 1; status == AP_OK && i < review->count; i++)
        if (review->items[i].seq == review->items[i - 1].seq)
            status = ap_fail(err, AP_EINPUT, "entry %" PRIu64 " is decided on twice", review->items[i].seq);
    return status;
}

void gdpr_review_free(struct gdpr_review *review)
{
    free(review->items);
    ap_arena_free(&review->arena);
    memset(review, 0, sizeof *review);
}

struct gdpr_decision *gdpr_review_find(const struct gdpr_review *review, uint64_t seq)
{
    const struct gdpr_decision key = {.seq = seq};

    return review->count == 0 ? NULL : bsearch(&key, review->items, review->count, sizeof key, by_seq);
}

enum ap_status gdpr_review_check_used(const struct gdpr_review *review, const char *name, struct ap_error *err)
{
    for (size_t i = 0; i < review->count; i++) {
        if (review->items[i].used)
            continue;
        if (review->items[i].line == 0)
            return ap_fail(err, AP_EINPUT, "entry %" PRIu64 ", which is to be withheld, is none of this subject's",
                           review->items[i].seq);
        return ap_fail(err, AP_EINPUT,
                       "%s:%zu: entry %" PRIu64 " is not in this subject's review queue; is it another's?", name,
                       review->items[i].line, review->items[i].seq);
    }
    return AP_OK;
}

struct finding {
    const struct gdpr_identity *identity;
    struct ap_buf *where, *text;
};

static bool names_subject(struct finding *f, const char *text, size_t len)
{
    const struct gdpr_names *lists[] = {&f->identity->ids, &f->identity->emails};

    ap_buf_clear(f->text);
    for (size_t i = 0; i < len; i++)
        ap_buf_addc(f->text, (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] - 'A' + 'a' : text[i]));
    for (size_t l = 0; l < 2; l++)
        for (size_t i = 0; i < lists[l]->count; i++)
            if (memmem(ap_buf_str(f->text), f->text->len, lists[l]->items[i], strlen(lists[l]->items[i])) != NULL)
                return true;
    return false;
}

static enum ap_status find_in(void *context, const char *pointer, const struct ap_json_span *value,
                              struct ap_error *err)
{
    struct finding *f = context;
    const char *key = strrchr(pointer, '/');

    (void)err;
    if (names_subject(f, value->text, value->len) || (key != NULL && names_subject(f, key, strlen(key)))) {
        ap_buf_adds(f->where, f->where->len > 0 ? " " : "");
        ap_buf_adds(f->where, pointer);
    }
    return AP_OK;
}

void gdpr_review_put_header(struct ap_buf *queue)
{
    ap_csv_put_record(queue, (const char *const[]){"seq", "time", "action", "resource_type", "names_the_subject_in",
                                                   "names_somebody_else_in", "decision", "disclose", "reason", NULL});
}

enum ap_status gdpr_review_put(struct ap_gdpr_subject *subject, const struct ap_rows *rows, size_t row,
                               const char *others, const struct gdpr_decision *decision, struct ap_error *err)
{
    struct ap_buf where = AP_BUF_INIT, text = AP_BUF_INIT, *queue = &subject->queue;
    struct finding f = {&subject->identity, &where, &text};
    const char *image = ap_rows_str(rows, row, GDPR_ROW_IMAGE);
    enum ap_status status = AP_OK;

    if (image[0] != '\0')
        status = gdpr_json_walk(image, strlen(image), "", find_in, &f, err);
    ap_csv_put(queue, ap_rows_str(rows, row, GDPR_ROW_SEQ));
    ap_csv_put_time(queue, ap_rows_int(rows, row, GDPR_ROW_TIME));
    ap_csv_put(queue, ap_rows_str(rows, row, GDPR_ROW_ACTION));
    ap_csv_put(queue, ap_rows_str(rows, row, GDPR_ROW_RESOURCE));
    ap_csv_put(queue, ap_buf_str(&where));
    ap_csv_put(queue, others);
    ap_csv_put(queue, decision == NULL ? "" : verdict_names[decision->verdict]);
    ap_csv_put(queue, decision == NULL ? "" : decision->disclose);
    ap_csv_put(queue, decision == NULL ? "" : decision->words);
    ap_csv_end(queue);
    if (status == AP_OK)
        status = ap_buf_check(queue, "the review queue", err);
    ap_buf_free(&where);
    ap_buf_free(&text);
    return status;
}
