/* Which entries are the subject's, of those that the selection's snapshot has. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/json.h"
#include "subject.h"

/* Entries whose text names others, and that nobody has decided on. */
struct undecided {
    uint64_t count, seq; /* seq: of the first */
    char where[64];
};

static enum ap_status query(struct ap_gdpr_subject *subject, const struct ap_reading *reading, const char *chain,
                            struct ap_rows **rows, struct ap_error *err)
{
    const struct gdpr_names *lists[] = {&subject->identity.ids, &subject->identity.emails, &subject->identity.deleted};
    struct ap_buf arrays[3] = {AP_BUF_INIT, AP_BUF_INIT, AP_BUF_INIT};
    const char *values[6] = {chain, NULL, NULL, NULL, NULL, NULL};
    char from[24], to[24];
    enum ap_status status = AP_OK;

    for (size_t i = 0; i < 3; i++) {
        gdpr_names_array(lists[i], &arrays[i]);
        if (status == AP_OK)
            status = ap_buf_check(&arrays[i], "who the subject is", err);
        values[i + 1] = arrays[i].data;
    }
    (void)snprintf(from, sizeof from, "%" PRId64, subject->from_us);
    (void)snprintf(to, sizeof to, "%" PRId64, subject->to_us);
    if (!subject->options.all_time) {
        values[4] = from;
        values[5] = to;
    }
    if (status == AP_OK)
        status = ap_reading_query(reading, "queries/gdpr_entries", 6, values, rows, err);
    for (size_t i = 0; i < 3; i++)
        ap_buf_free(&arrays[i]);
    return status;
}

static enum gdpr_class class_of(const struct ap_rows *rows, size_t row)
{
    const char *class = ap_rows_str(rows, row, GDPR_ROW_CLASS);

    return strcmp(class, "own") == 0 ? GDPR_OWN : strcmp(class, "about") == 0 ? GDPR_ABOUT : GDPR_MENTION;
}

static uint64_t seq_of(const struct ap_rows *rows, size_t row)
{
    return (uint64_t)ap_rows_int(rows, row, GDPR_ROW_SEQ);
}

/* Others' entries come in by a decision only, and the subject's go by one only. */
static bool is_taken(enum gdpr_class class, const struct gdpr_decision *decision)
{
    return decision == NULL ? class != GDPR_MENTION : decision->verdict == GDPR_INCLUDE;
}

/* Of what comes in: its id may stand in the bundle, and so may the address that the subject used. */
static enum ap_status allow(struct ap_gdpr_subject *subject, const struct ap_rows *rows, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    for (size_t i = 0; status == AP_OK && i < ap_rows_count(rows); i++) {
        const char *id = ap_rows_str(rows, i, GDPR_ROW_ID), *address = ap_rows_str(rows, i, GDPR_ROW_ADDRESS);

        if (!is_taken(class_of(rows, i), gdpr_review_find(&subject->review, seq_of(rows, i))))
            continue;
        status = gdpr_own_add_text(&subject->own, id, strlen(id), err);
        if (status == AP_OK)
            status = gdpr_own_add_text(&subject->own, address, strlen(address), err);
    }
    return status;
}

/* Where the entry's text, which is shown as it is or not at all, names somebody else; as its line will have it. */
static enum ap_status find_others(struct ap_gdpr_subject *subject, const struct ap_rows *rows, size_t row,
                                  struct ap_buf *where, struct ap_error *err)
{
    static const struct {
        int column;
        const char *pointer;
    } parts[] = {{GDPR_ROW_ACTION, "/action"}, {GDPR_ROW_RESOURCE, "/resource_type"}, {GDPR_ROW_ROLE, "/actor_role"}};

    ap_buf_clear(where);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        ap_buf_clear(&subject->line);
        ap_buf_clear(&subject->scratch);
        ap_json_string(&subject->line, ap_rows_str(rows, row, parts[i].column));
        ap_json_string(&subject->scratch, ap_buf_str(&subject->line));
        if (!gdpr_own_is_clean(&subject->own, ap_buf_str(&subject->scratch), subject->scratch.len))
            ap_buf_addf(where, "%s%s", where->len > 0 ? " " : "", parts[i].pointer);
    }
    return ap_buf_check(where, "an entry's text", err);
}

static void count(struct ap_gdpr_subject *subject, enum gdpr_class class, const struct gdpr_decision *decision)
{
    struct ap_gdpr_subject_counts *counts = &subject->counts;

    if (decision != NULL && decision->verdict == GDPR_WITHHOLD)
        counts->withheld++;
    else if (class != GDPR_MENTION)
        *(class == GDPR_OWN ? &counts->own : &counts->about) += 1;
    else if (decision == NULL)
        counts->pending++;
    else
        *(decision->verdict == GDPR_INCLUDE ? &counts->reviewed : &counts->excluded) += 1;
}

/* What the subject is due goes by no other decision than to withhold it, and that not without a reason. */
static enum ap_status check_decision(enum gdpr_class class, const struct gdpr_decision *is, struct ap_error *err)
{
    if (class != GDPR_MENTION && is->verdict != GDPR_WITHHOLD)
        return ap_fail(err, AP_EINPUT,
                       "entry %" PRIu64
                       " is %s: it comes in unless the decision is \"withhold\", of which the subject is"
                       " told",
                       is->seq, class == GDPR_OWN ? "an act of the subject's" : "about the subject's record");
    if (is->verdict == GDPR_WITHHOLD && !is->names_other && is->words[0] == '\0')
        return ap_fail(err, AP_EINPUT,
                       "no identifier of somebody else stands in the text of entry %" PRIu64
                       ": to withhold it all the same, say in the review's column \"reason\" why, for the subject",
                       is->seq);
    return AP_OK;
}

static enum ap_status take_row(struct ap_gdpr_subject *subject, const struct ap_rows *rows, size_t row,
                               struct ap_buf *others, struct undecided *undecided, struct ap_error *err)
{
    uint64_t seq = seq_of(rows, row);
    enum gdpr_class class = class_of(rows, row);
    struct gdpr_decision *decision = gdpr_review_find(&subject->review, seq);
    enum ap_status status = find_others(subject, rows, row, others, err);

    if (status == AP_OK && decision != NULL) {
        decision->used = true;
        decision->names_other = others->len > 0;
        status = check_decision(class, decision, err);
    }
    count(subject, class, decision);
    if (status == AP_OK && is_taken(class, decision)) {
        subject->seqs[subject->pick_count] = seq;
        subject->picks[subject->pick_count++] = (struct gdpr_pick){seq, class, decision};
        if (others->len > 0 && undecided->count++ == 0) {
            undecided->seq = seq;
            (void)snprintf(undecided->where, sizeof undecided->where, "%s", others->data);
        }
    }
    if (status == AP_OK && (class == GDPR_MENTION || decision != NULL || others->len > 0))
        status = gdpr_review_put(subject, rows, row, ap_buf_str(others), decision, err);
    return status;
}

/* An entry's text is what its hash proves, so that nothing of it can be masked. */
static enum ap_status check_decided(const struct undecided *undecided, struct ap_error *err)
{
    char more[80] = "";

    if (undecided->count == 0)
        return AP_OK;
    if (undecided->count > 1)
        (void)snprintf(more, sizeof more, ", and so do %" PRIu64 " more", undecided->count - 1);
    return ap_fail(err, AP_ESTATE,
                   "the text of entry %" PRIu64 " names somebody else, in %s%s; a text is shown as it is, or it proves"
                   " nothing: nothing was written. If it is the subject's, confirm it with --also; else leave the entry"
                   " out, which the subject is told: --withhold-entry %" PRIu64
                   ", or \"withhold\" in the review queue, where each such entry stands (--review-out, then --review)",
                   undecided->seq, undecided->where, more, undecided->seq);
}

static enum ap_status take(struct ap_gdpr_subject *subject, const struct ap_rows *rows, struct ap_error *err)
{
    struct undecided undecided = {0, 0, ""};
    struct ap_buf others = AP_BUF_INIT;
    enum ap_status status = allow(subject, rows, err);

    subject->picks = calloc(ap_rows_count(rows) + 1, sizeof *subject->picks);
    subject->seqs = calloc(ap_rows_count(rows) + 1, sizeof *subject->seqs);
    if (subject->picks == NULL || subject->seqs == NULL)
        return ap_fail_memory(err, "a subject's entries");
    gdpr_review_put_header(&subject->queue);
    for (size_t i = 0; status == AP_OK && i < ap_rows_count(rows); i++)
        status = take_row(subject, rows, i, &others, &undecided, err);
    ap_buf_free(&others);
    if (status == AP_OK)
        status = gdpr_review_check_used(&subject->review, subject->options.review.name, err);
    return status == AP_OK ? check_decided(&undecided, err) : status;
}

enum ap_status gdpr_choose(void *context, const struct ap_reading *reading, const struct ap_uuid *chain,
                           const uint64_t **seqs, size_t *count, struct ap_error *err)
{
    struct ap_gdpr_subject *subject = context;
    char id[AP_UUID_TEXT_SIZE];
    struct ap_rows *rows = NULL;
    enum ap_status status = gdpr_identify(subject, reading, chain, err);

    ap_uuid_format(id, chain);
    if (status == AP_OK)
        status = gdpr_own_add_uuid(&subject->own, chain, err);
    if (status == AP_OK)
        status = query(subject, reading, id, &rows, err);
    if (status == AP_OK)
        status = take(subject, rows, err);
    ap_rows_free(rows);
    *seqs = subject->seqs;
    *count = subject->pick_count;
    return status;
}
