/* What the parts of a breach's bundle share. */
#ifndef AUDITPROOF_GDPR_BREACH_H
#define AUDITPROOF_GDPR_BREACH_H

#include "auditproof/gdpr.h"
#include "config.h"
#include "lint.h"
#include "own.h"

/* Columns of the incident's rows. */
enum { GDPR_RECORD_CATEGORY, GDPR_RECORD_TYPE };
enum { GDPR_MEASURE, GDPR_MEASURE_STATUS, GDPR_MEASURE_AT, GDPR_MEASURE_NOTE };
enum { GDPR_INDICATOR_KIND, GDPR_INDICATOR_VALUE, GDPR_INDICATOR_NOTE };

struct gdpr_optional_time {
    bool given;
    int64_t us;
};

/* The incident file (incident.c). Texts are NULL where they are not given. */
struct gdpr_incident {
    struct ap_yaml_form form; /* owned */
    const char *id, *title, *nature, *consequences, *delay_reason, *supersedes, *communication;
    uint64_t phase;
    bool more_to_follow, communicated;
    struct gdpr_optional_time occurred_from, occurred_to, detected, aware, notified;
    int64_t from_us, to_us; /* of the entries */
    struct ap_form_list actions, actors, addresses, resources, risks;
    struct ap_form_list subject_categories, subject_resources;
    bool subject_actors;
    bool has_at_least, has_at_most;
    uint64_t at_least, at_most;
    const char *method;
    struct ap_form_table records, measures, indicators;
};

AP_MUST_CHECK enum ap_status gdpr_incident_read(struct gdpr_incident *incident, const struct ap_gdpr_file *file,
                                                struct ap_error *err);

/* 72 hours after the controller became aware (Art. 33(1)): of elapsed time, whatever clocks on walls were set to. */
int64_t gdpr_incident_notify_by_us(const struct gdpr_incident *incident);

/* A person with a pseudonym. */
struct gdpr_person {
    char id[AP_UUID_TEXT_SIZE]; /* empty where there is only an e-mail address */
    const char *email, *role;   /* NULL where they are not known */
    const char *as;             /* "record" or "account"; of a subject */
    bool named;                 /* by the incident file; of an actor */
    uint64_t entries;
    int64_t first_us, last_us;
};

struct gdpr_people {
    struct ap_intern names;
    struct gdpr_person *items; /* owned; by number */
    size_t cap;
};

struct ap_gdpr_breach {
    struct ap_gdpr_breach_options options;
    struct gdpr_config config;
    struct gdpr_incident incident;
    struct gdpr_own own;
    struct gdpr_lint lint;
    struct ap_arena arena;
    struct gdpr_people actors, subjects;
    struct ap_intern records;                 /* resources: the space is the category */
    uint64_t *record_counts, *record_entries; /* owned; by category */
    uint64_t *indicator_counts;               /* owned */
    uint64_t *seqs;                           /* owned */
    size_t seq_count;
    uint64_t entries, without_id; /* of the incident; of those that name no record of a person, of those that should */
    int64_t first_us, last_us;
    struct ap_member *timeline; /* the bundle's */
    struct ap_buf row, keys;
    char suffix[16];
    struct ap_export_part part;
    uint64_t entry; /* that is being written; 0: none */
};

/* breach_choose.c */
ap_evidence_choose_fn gdpr_breach_choose;
/* breach_files.c */
AP_MUST_CHECK enum ap_status gdpr_breach_files_write(struct ap_gdpr_breach *breach, struct ap_bundle *bundle,
                                                     struct ap_error *err);
/* notice.c: data/notification.html, data/notification.json */
AP_MUST_CHECK enum ap_status gdpr_notice_write(struct ap_gdpr_breach *breach, struct ap_bundle *bundle,
                                               struct ap_error *err);
void gdpr_breach_put_subjects(struct ap_buf *json, const struct ap_gdpr_breach *breach);
/* How many people at least, and at most where that is known. */
uint64_t gdpr_breach_at_least(const struct ap_gdpr_breach *breach);

#endif
