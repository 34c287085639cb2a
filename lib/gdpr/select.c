/* Which entries are the subject's, of those that the selection's snapshot has. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "subject.h"

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

static void pick(struct ap_gdpr_subject *subject, uint64_t seq, enum gdpr_class class,
                 const struct gdpr_decision *decision)
{
    subject->seqs[subject->pick_count] = seq;
    subject->picks[subject->pick_count++] = (struct gdpr_pick){seq, class, decision};
}

static enum ap_status take_mention(struct ap_gdpr_subject *subject, const struct ap_rows *rows, size_t row,
                                   uint64_t seq, struct ap_error *err)
{
    struct gdpr_decision *decision = gdpr_review_find(&subject->review, seq);

    if (decision != NULL)
        decision->used = true;
    if (decision == NULL)
        subject->counts.pending++;
    else if (!decision->include)
        subject->counts.excluded++;
    else
        subject->counts.reviewed++;
    if (decision != NULL && decision->include)
        pick(subject, seq, GDPR_MENTION, decision);
    return gdpr_review_put(subject, rows, row, decision, err);
}

static enum ap_status take(struct ap_gdpr_subject *subject, const struct ap_rows *rows, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    subject->picks = calloc(ap_rows_count(rows) + 1, sizeof *subject->picks);
    subject->seqs = calloc(ap_rows_count(rows) + 1, sizeof *subject->seqs);
    if (subject->picks == NULL || subject->seqs == NULL)
        return ap_fail_memory(err, "a subject's entries");
    for (size_t i = 0; status == AP_OK && i < ap_rows_count(rows); i++) {
        uint64_t seq = (uint64_t)ap_rows_int(rows, i, 0);
        const char *class = ap_rows_str(rows, i, 1);

        if (strcmp(class, "own") == 0) {
            subject->counts.own++;
            pick(subject, seq, GDPR_OWN, NULL);
        } else if (strcmp(class, "about") == 0) {
            subject->counts.about++;
            pick(subject, seq, GDPR_ABOUT, NULL);
        } else {
            status = take_mention(subject, rows, i, seq, err);
        }
    }
    return status;
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
        status = query(subject, reading, id, &rows, err);
    if (status == AP_OK)
        status = take(subject, rows, err);
    ap_rows_free(rows);
    if (status == AP_OK)
        status = gdpr_review_check_used(&subject->review, subject->options.review.name, err);
    *seqs = subject->seqs;
    *count = subject->pick_count;
    return status;
}
