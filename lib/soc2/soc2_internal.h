/* What the parts of a SOC 2 bundle share. */
#ifndef AUDITPROOF_SOC2_INTERNAL_H
#define AUDITPROOF_SOC2_INTERNAL_H

#include <stdio.h>

#include "auditproof/arena.h"
#include "auditproof/buf.h"
#include "auditproof/digest.h"
#include "auditproof/rules.h"
#include "auditproof/soc2.h"
#include "auditproof/temp_file.h"
#include "rules/rule.h"

enum { RISKS = 4, MASK_WORDS = (AP_SOC2_POPULATIONS_MAX + 63) / 64 };

struct mask {
    uint64_t words[MASK_WORDS];
};

struct patterns {
    struct ap_pattern *items; /* in the arena */
    size_t count, cap;
};

struct population {
    const char *name, *title;
    struct patterns actions, resources, except;
    bool risks[RISKS];
    size_t criterion, number;            /* number: among all populations */
    struct ap_member *table, *lines;     /* the bundle's: CSV and NDJSON */
    const char *table_path, *lines_path; /* in the arena */
    uint64_t rows;
};

/* A file of the bundle that a criterion is about besides its populations. */
struct named_file {
    const char *path, *about;
};

struct criterion {
    struct ap_soc2_total *total; /* its names, and counts */
    struct named_file *files;
    size_t file_count;
    struct ap_member *exceptions; /* the bundle's; NULL: no rule looks for any */
    const char *exceptions_path;
};

/* A mapping that was read, ours or a user's. */
struct mapping_file {
    const char *name; /* as messages have it */
    const char *path; /* in the bundle */
    struct ap_buf text;
    uint8_t sha256[AP_HASH_LEN];
};

/* Entries of one action and resource type. */
struct kind {
    const char *action, *resource;
    size_t action_len, resource_len;
    struct mask in, never; /* populations that it is in, and those that leave its action out */
    uint64_t unmapped, first_seq, last_seq;
    int64_t first_us, last_us;
};

enum { KIND_SLOTS = 2 * AP_SOC2_ACTIONS_MAX };

struct kinds {
    struct ap_arena arena;
    struct kind **slots; /* owned: open addressing */
    size_t count;
    uint64_t seed;
    uint64_t unlisted; /* entries in no population whose pair was past the bound */
};

/* Records that wait for the end of the entries, in a file without a name (spool.c). */
struct spool {
    struct ap_temp_file file;
    FILE *stream; /* NULL: not open */
};

/* What a rule is to exceptions, and what it found. */
struct looking {
    uint64_t criteria; /* bits: those that the rule is tagged with; 0: it finds no exceptions */
    size_t presumed;   /* the rule without whose matches in the period this one's hits tell nothing; SIZE_MAX: none */
    bool matched;
    bool told; /* that what it presumes is not there */
    uint64_t hits, entries;
    int64_t first_us, last_us;
};

struct exceptions {
    struct ap_rules *rules;           /* owned */
    struct ap_classifier *classifier; /* owned */
    struct looking *looking;          /* owned: of each rule */
    struct spool spool;
    struct ap_buf line, row;
    uint64_t count; /* written, each counted once */
    bool withheld;  /* something of some entry was */
};

struct ap_soc2 {
    struct ap_rule_list list; /* for its arena, which the readers of YAML and patterns share */
    struct ap_digest *digest; /* owned */
    struct mapping_file mappings[AP_SOC2_MAPPINGS_MAX + 1];
    size_t mapping_count;
    struct ap_soc2_total totals[AP_SOC2_CRITERIA_MAX];
    struct criterion criteria[AP_SOC2_CRITERIA_MAX];
    size_t criterion_count;
    struct population populations[AP_SOC2_POPULATIONS_MAX];
    size_t population_count;
    struct kinds kinds;
    struct exceptions exceptions;
    struct ap_buf more, row, line, folded;
    struct ap_db *db; /* borrowed */
    bool oscal;
};

/* mapping.c: reads one more mapping, whose text soc2->mappings has. */
AP_MUST_CHECK enum ap_status soc2_mapping_read(struct ap_soc2 *soc2, const struct mapping_file *file,
                                               struct ap_error *err);

/* kinds.c */
AP_MUST_CHECK enum ap_status kinds_init(struct kinds *kinds, struct ap_error *err);
void kinds_free(struct kinds *kinds);
/* The populations that an entry is in. One that is in none is counted. */
AP_MUST_CHECK enum ap_status kinds_take(struct ap_soc2 *soc2, const struct ap_evidence_entry *is, struct mask *out,
                                        struct ap_error *err);
/* Those with entries in no population, by name or the ones with most entries first. *out is the caller's, to be freed
 * with free(). */
AP_MUST_CHECK enum ap_status kinds_unmapped(const struct ap_soc2 *soc2, bool most_first, struct kind ***out,
                                            size_t *count, struct ap_error *err);
AP_MUST_CHECK enum ap_status kinds_write(struct ap_soc2 *soc2, struct ap_bundle *bundle, struct ap_error *err);

/* entry_fields.c: an entry's fields as JSON members, each after a comma; groups that are not in `shown` are left out.
 */
void put_members(struct ap_buf *out, const struct ap_entry *row, const bool shown[AP_GROUPS]);

/* population.c */
AP_MUST_CHECK enum ap_status populations_begin(struct ap_soc2 *soc2, struct ap_bundle *bundle, struct ap_error *err);
AP_MUST_CHECK enum ap_status populations_add(struct ap_soc2 *soc2, const struct ap_evidence_entry *is,
                                             const struct mask *in, struct ap_error *err);
AP_MUST_CHECK enum ap_status populations_finish(struct ap_soc2 *soc2, struct ap_error *err);

/* spool.c */
AP_MUST_CHECK enum ap_status spool_open(struct spool *spool, const struct ap_bundle *bundle, struct ap_error *err);
void spool_close(struct spool *spool);
AP_MUST_CHECK enum ap_status spool_put(struct spool *spool, size_t rule, const struct ap_buf *record,
                                       struct ap_error *err);
/* From the first record again, and one after the other; *more false after the last. Nothing is put any more. */
AP_MUST_CHECK enum ap_status spool_rewind(struct spool *spool, struct ap_error *err);
AP_MUST_CHECK enum ap_status spool_next(struct spool *spool, bool *more, size_t *rule, struct ap_buf *record,
                                        struct ap_error *err);

/* exceptions.c */
AP_MUST_CHECK enum ap_status exceptions_load(struct ap_soc2 *soc2, const struct ap_soc2_options *options,
                                             struct ap_error *err);
void exceptions_free(struct exceptions *exceptions);

/* exceptions_find.c */
AP_MUST_CHECK enum ap_status exceptions_add(struct ap_soc2 *soc2, const struct ap_evidence_entry *is,
                                            struct ap_error *err);
AP_MUST_CHECK enum ap_status exceptions_end(struct ap_soc2 *soc2, struct ap_error *err);

/* exceptions_write.c: data/exceptions/, once all were found. */
AP_MUST_CHECK enum ap_status exceptions_write(struct ap_soc2 *soc2, struct ap_bundle *bundle, struct ap_error *err);

/* records.c: tables that the database makes: retention, seals. */
AP_MUST_CHECK enum ap_status records_write(struct ap_soc2 *soc2, const struct ap_evidence_scope *scope,
                                           struct ap_bundle *bundle, struct ap_error *err);

/* tell.c: what the report shows; the context is the ap_soc2. */
AP_MUST_CHECK enum ap_status soc2_tell(void *context, struct ap_report *report, struct ap_error *err);

/* controls.c: data/controls.csv, data/policy/. */
AP_MUST_CHECK enum ap_status controls_write(struct ap_soc2 *soc2, struct ap_bundle *bundle, struct ap_error *err);
/* Entries that the bounds of the rules let go. */
uint64_t soc2_let_go(const struct ap_soc2 *soc2);

/* oscal.c: data/oscal-ar.json. */
AP_MUST_CHECK enum ap_status oscal_write(struct ap_soc2 *soc2, const struct ap_evidence_scope *scope,
                                         struct ap_bundle *bundle, struct ap_error *err);

#endif
