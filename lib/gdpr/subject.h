/* What the parts of a subject's bundle share. */
#ifndef AUDITPROOF_GDPR_SUBJECT_H
#define AUDITPROOF_GDPR_SUBJECT_H

#include "auditproof/gdpr.h"
#include "config.h"
#include "lint.h"
#include "names.h"
#include "own.h"

enum gdpr_class { GDPR_OWN, GDPR_ABOUT, GDPR_MENTION };

/* Who the subject is (identify.c). */
struct gdpr_identity {
    struct gdpr_names ids;     /* of accounts, lower case */
    struct gdpr_names emails;  /* lower case: that mentions are looked for by */
    struct gdpr_names deleted; /* of them, that entries of deleted accounts are the subject's by */
    struct ap_buf profile;     /* JSON of the profile, or empty */
    bool by_profiles, by_users, by_entries;
};

/* Left out as not due, or as a whole though it is the subject's, which the subject is told. */
enum gdpr_verdict { GDPR_INCLUDE, GDPR_EXCLUDE, GDPR_WITHHOLD };

/* A decision of a review, in the order of seq. */
struct gdpr_decision {
    uint64_t seq;
    enum gdpr_verdict verdict;
    bool used;
    bool names_other;     /* its text does, as far as identifiers tell */
    const char *disclose; /* pointers separated by spaces; "content": the whole group */
    const char *words;    /* the controller's, of why it is withheld */
    size_t line;          /* of the file; 0: --withhold-entry */
};

/* An entry that was chosen, in the order of seq. */
struct gdpr_pick {
    uint64_t seq;
    enum gdpr_class class;
    const struct gdpr_decision *decision; /* of a mention */
};

struct gdpr_review {
    struct ap_arena arena;
    struct gdpr_decision *items; /* owned */
    size_t count, cap;
};

/* Who acted, by what the entries say, with the pseudonym that is the number. */
struct gdpr_staff {
    struct ap_arena arena;
    struct ap_intern names;
};

struct ap_gdpr_subject {
    struct ap_gdpr_subject_options options;
    struct gdpr_config config;
    struct gdpr_identity identity;
    char suffix[9]; /* of the bundle's name; known once the person is */
    struct gdpr_review review;
    struct gdpr_own own;
    struct gdpr_lint lint;
    struct gdpr_pick *picks; /* owned */
    uint64_t *seqs;          /* owned */
    size_t pick_count, next_pick;
    uint64_t entry; /* that is being written; 0: none */
    struct ap_gdpr_subject_counts counts;
    struct ap_buf queue;
    struct ap_export_part part;
    int64_t from_us, to_us;
    struct gdpr_staff staff;
    struct ap_arena arena;
    struct ap_intern actions;                                /* that occur, for the dictionary */
    struct ap_member *table, *lines, *redactions, *portable; /* the bundle's, while it is written */
    struct ap_buf row, line, redacted, values, scratch;
    int64_t newest_us;
    int policy_years; /* that the retention policy keeps entries */
    uint64_t acts;    /* in data/portability.json */
};

/* identify.c: AP_ESTATE when it is not clear who that is, with what to do. */
AP_MUST_CHECK enum ap_status gdpr_identify(struct ap_gdpr_subject *subject, const struct ap_reading *reading,
                                           const struct ap_uuid *chain, struct ap_error *err);

/* review.c */
AP_MUST_CHECK enum ap_status gdpr_review_read(struct gdpr_review *review, const struct ap_gdpr_subject_options *options,
                                              struct ap_error *err);
void gdpr_review_free(struct gdpr_review *review);
struct gdpr_decision *gdpr_review_find(const struct gdpr_review *review, uint64_t seq);
AP_MUST_CHECK enum ap_status gdpr_review_check_used(const struct gdpr_review *review, const char *name,
                                                    struct ap_error *err);
void gdpr_review_put_header(struct ap_buf *queue);
/* A line of the queue. others: where in its text the entry names somebody else. */
AP_MUST_CHECK enum ap_status gdpr_review_put(struct ap_gdpr_subject *subject, const struct ap_rows *rows, size_t row,
                                             const char *others, const struct gdpr_decision *decision,
                                             struct ap_error *err);

/* Columns of queries/gdpr_entries. */
enum {
    GDPR_ROW_SEQ,
    GDPR_ROW_CLASS,
    GDPR_ROW_TIME,
    GDPR_ROW_ACTION,
    GDPR_ROW_RESOURCE,
    GDPR_ROW_ROLE,
    GDPR_ROW_ID,
    GDPR_ROW_ADDRESS, /* of the subject's own acts */
    GDPR_ROW_IMAGE    /* JSON of what may name the subject, of a mention */
};

/* select.c */
ap_evidence_choose_fn gdpr_choose;

/* activity.c: data/activity.csv, data/activity.ndjson, data/redactions.csv, entry by entry. */
AP_MUST_CHECK enum ap_status gdpr_activity_begin(struct ap_gdpr_subject *subject, struct ap_bundle *bundle,
                                                 struct ap_error *err);
AP_MUST_CHECK enum ap_status gdpr_activity_add(struct ap_gdpr_subject *subject, const struct gdpr_pick *pick,
                                               const struct ap_evidence_entry *is, struct ap_error *err);
AP_MUST_CHECK enum ap_status gdpr_activity_end(struct ap_gdpr_subject *subject, struct ap_error *err);

/* project.c: which values of an entry are shown (JSON into subject->values) and which are not (subject->redacted). */
AP_MUST_CHECK enum ap_status gdpr_project(struct ap_gdpr_subject *subject, const struct gdpr_pick *pick,
                                          const struct ap_entry *entry, uint64_t *redacted, struct ap_error *err);
void gdpr_redaction_put(struct ap_gdpr_subject *subject, uint64_t seq, const char *pointer, const char *reason,
                        const char *replacement);

/* files.c: everything else of data/. */
AP_MUST_CHECK enum ap_status gdpr_files_write(struct ap_gdpr_subject *subject, struct ap_bundle *bundle,
                                              struct ap_error *err);
/* letter.c */
AP_MUST_CHECK enum ap_status gdpr_letter_write(struct ap_gdpr_subject *subject, struct ap_bundle *bundle,
                                               struct ap_error *err);

#endif
