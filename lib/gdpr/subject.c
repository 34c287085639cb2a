#include "subject.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum ap_status ap_gdpr_subject_new(struct ap_gdpr_subject **out, const struct ap_gdpr_subject_options *options,
                                   struct ap_error *err)
{
    struct ap_gdpr_subject *subject = calloc(1, sizeof *subject);
    enum ap_status status;

    *out = subject;
    if (subject == NULL)
        return ap_fail_memory(err, "a subject's bundle");
    subject->options = *options;
    subject->newest_us = INT64_MIN;
    gdpr_own_init(&subject->own);
    ap_intern_init(&subject->staff.names, &subject->staff.arena);
    ap_intern_init(&subject->actions, &subject->arena);
    subject->lint.own = &subject->own;
    subject->lint.why = "is not the subject's";
    subject->lint.advice = "Look for it in the values that the review lets out, and in the files that were given, and"
                           " leave it out";
    subject->lint.entry = &subject->entry;
    status = gdpr_config_read(&subject->config, options->config.name, options->config.text, err);
    if (status == AP_OK)
        status = gdpr_config_allow(&subject->config, &subject->own, err);
    if (status == AP_OK && options->letter)
        status = gdpr_config_require_controller(&subject->config, "A letter", err);
    return status == AP_OK ? gdpr_review_read(&subject->review, options, err) : status;
}

void ap_gdpr_subject_free(struct ap_gdpr_subject *subject)
{
    struct ap_buf *buffers[] = {&subject->queue,    &subject->row,    &subject->line,
                                &subject->redacted, &subject->values, &subject->scratch};

    if (subject == NULL)
        return;
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
        ap_buf_free(buffers[i]);
    gdpr_config_free(&subject->config);
    gdpr_names_free(&subject->identity.ids);
    gdpr_names_free(&subject->identity.emails);
    gdpr_names_free(&subject->identity.deleted);
    ap_buf_free(&subject->identity.profile);
    gdpr_review_free(&subject->review);
    gdpr_lint_free(&subject->lint);
    gdpr_own_free(&subject->own);
    ap_intern_free(&subject->staff.names);
    ap_arena_free(&subject->staff.arena);
    ap_intern_free(&subject->actions);
    ap_arena_free(&subject->arena);
    free(subject->picks);
    free(subject->seqs);
    free(subject);
}

static const struct gdpr_pick *find_pick(struct ap_gdpr_subject *subject, uint64_t seq)
{
    while (subject->next_pick < subject->pick_count && subject->picks[subject->next_pick].seq < seq)
        subject->next_pick++;
    return subject->next_pick < subject->pick_count && subject->picks[subject->next_pick].seq == seq
               ? &subject->picks[subject->next_pick]
               : NULL;
}

/* A word of the decision, not a pointer: the whole group, with the salt that proves it. */
static bool gives_content(const struct gdpr_pick *pick)
{
    const char *at = pick->class == GDPR_MENTION ? pick->decision->disclose : "";

    while (*at != '\0') {
        size_t len = strcspn(at, " ");

        if (len == strlen("content") && strncmp(at, "content", len) == 0)
            return true;
        at += len;
        at += strspn(at, " ");
    }
    return false;
}

static enum ap_status is_clean(struct ap_gdpr_subject *subject, const struct ap_entry *entry, enum ap_group group,
                               bool *clean, struct ap_error *err)
{
    enum ap_status status;

    ap_buf_clear(&subject->scratch);
    ap_entry_group_text(&subject->scratch, entry, group);
    status = ap_buf_check(&subject->scratch, "a group of an entry", err);
    *clean = status == AP_OK && gdpr_own_is_clean(&subject->own, ap_buf_str(&subject->scratch), subject->scratch.len);
    return status;
}

/* A session id is a credential, so that the actor group is shown only where there is none. */
static enum ap_status disclose(void *context, const struct ap_evidence_entry *is, bool groups[AP_GROUPS],
                               struct ap_error *err)
{
    struct ap_gdpr_subject *subject = context;
    const struct gdpr_pick *pick = find_pick(subject, is->entry->record.seq);
    const struct ap_entry *row = is->entry->row;
    bool clean = true;
    enum ap_status status;

    if (pick == NULL)
        return ap_fail(err, AP_EINTERNAL, "an entry came that was not chosen");
    subject->entry = pick->seq;
    if (row == NULL)
        return AP_OK;
    groups[AP_GROUP_CONTENT] = groups[AP_GROUP_CONTENT] && gives_content(pick);
    if (pick->class != GDPR_OWN) {
        groups[AP_GROUP_ACCOUNT] = groups[AP_GROUP_ACTOR] = false;
        return AP_OK;
    }
    status = is_clean(subject, row, AP_GROUP_ACCOUNT, &clean, err);
    groups[AP_GROUP_ACCOUNT] = groups[AP_GROUP_ACCOUNT] && clean;
    if (status == AP_OK)
        status = is_clean(subject, row, AP_GROUP_ACTOR, &clean, err);
    groups[AP_GROUP_ACTOR] = groups[AP_GROUP_ACTOR] && clean && row->session_id.data == NULL;
    return status;
}

static enum ap_status begin(void *context, const struct ap_evidence_scope *scope, struct ap_bundle *bundle,
                            struct ap_error *err)
{
    struct ap_gdpr_subject *subject = context;

    (void)scope;
    return gdpr_activity_begin(subject, bundle, err);
}

static enum ap_status add(void *context, const struct ap_evidence_entry *is, struct ap_error *err)
{
    struct ap_gdpr_subject *subject = context;
    const struct gdpr_pick *pick = find_pick(subject, is->entry->record.seq);

    return pick == NULL ? AP_OK : gdpr_activity_add(subject, pick, is, err);
}

static enum ap_status finish(void *context, const struct ap_evidence_scope *scope, struct ap_bundle *bundle,
                             struct ap_error *err)
{
    struct ap_gdpr_subject *subject = context;
    enum ap_status status = gdpr_activity_end(subject, err);

    (void)scope;
    subject->entry = 0;
    if (status == AP_OK)
        status = gdpr_files_write(subject, bundle, err);
    return status == AP_OK && subject->options.letter ? gdpr_letter_write(subject, bundle, err) : status;
}

/* What the report says of the selection. */
static enum ap_status tell(void *context, struct ap_report *report, struct ap_error *err)
{
    const struct ap_gdpr_subject *subject = context;
    const struct ap_gdpr_subject_counts *counts = &subject->counts;
    char text[320];
    enum ap_status status;

    (void)snprintf(text, sizeof text,
                   "%" PRIu64 " of this person's own acts; %" PRIu64 " acts of others on this person's record; %" PRIu64
                   " further entries that name this person, and that somebody looked at.",
                   counts->own, counts->about, counts->reviewed);
    status = ap_report_fact(report, "Of this person", text, err);
    if (status == AP_OK && counts->withheld > 0) {
        (void)snprintf(text, sizeof text,
                       "%" PRIu64 " further entries of this person are left out: the text that proves them cannot be"
                       " shown without showing somebody else's data. data/redactions.csv has their numbers.",
                       counts->withheld);
        status = ap_report_fact(report, "Withheld", text, err);
    }
    if (status != AP_OK || counts->pending == 0)
        return status;
    (void)snprintf(text, sizeof text,
                   "%" PRIu64 " further entries that may name this person: nobody has decided on them.",
                   counts->pending);
    return ap_report_fact(report, "Not decided yet", text, err);
}

void ap_gdpr_subject_attach(struct ap_gdpr_subject *subject, struct ap_export_options *options)
{
    subject->from_us = options->evidence.from_us;
    subject->to_us = options->evidence.to_us;
    subject->part.begin = begin;
    subject->part.add = add;
    subject->part.finish = finish;
    subject->part.tell = tell;
    subject->part.context = subject;
    options->suffix = subject->suffix;
    options->evidence.choose = gdpr_choose;
    options->evidence.disclose = disclose;
    options->evidence.choice = subject;
    options->inspect = gdpr_lint_inspect;
    options->inspect_context = &subject->lint;
    options->parts = &subject->part;
    options->part_count = 1;
}

const struct ap_gdpr_subject_counts *ap_gdpr_subject_counts(const struct ap_gdpr_subject *subject)
{
    return &subject->counts;
}

const struct ap_buf *ap_gdpr_subject_queue(const struct ap_gdpr_subject *subject)
{
    return &subject->queue;
}
