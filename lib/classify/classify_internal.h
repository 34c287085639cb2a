/* What following, replaying and a range share. Nothing outside lib/classify includes this. */
#ifndef AUDITPROOF_CLASSIFY_INTERNAL_H
#define AUDITPROOF_CLASSIFY_INTERNAL_H

#include "auditproof/buf.h"
#include "auditproof/bytes.h"
#include "auditproof/db.h"
#include "auditproof/rules.h"

enum { SEQ_TEXT_SIZE = 24 };

/* "\x" and hexadecimal digits: bytes as a parameter of type bytea, and a digest so. */
enum { BYTEA_DIGEST_SIZE = 2 + AP_HASH_TEXT_SIZE };
void classify_bytea(struct ap_buf *out, const void *bytes, size_t len);
void classify_digest_text(char out[BYTEA_DIGEST_SIZE], const uint8_t digest[AP_HASH_LEN]);
/* And back: out is cleared first. */
AP_MUST_CHECK enum ap_status classify_bytea_read(struct ap_buf *out, const char *text, struct ap_error *err);

/* AP_ESTATE with the reason when this role cannot classify here; else the session is set up for it. */
AP_MUST_CHECK enum ap_status classify_prepare(struct ap_db *db, bool records, struct ap_error *err);

/*
 * A classifier that works on the chains of a database, one at a time. What an account did earlier it asks the chain
 * itself, so that the answer is the same whoever asks, and when.
 */
struct sifter {
    struct ap_db *db;
    const struct ap_rules *rules;
    struct ap_classifier *classifier;
    struct ap_classifier_stats past; /* of classifiers that were given up */
    char chain[AP_UUID_TEXT_SIZE];
    const char *partition;   /* of the chain; NULL for the system's */
    char seq[SEQ_TEXT_SIZE]; /* of the entry that is being classified */
    struct ap_buf state;
};

AP_MUST_CHECK enum ap_status sifter_open(struct sifter *s, struct ap_db *db, const struct ap_rules *rules,
                                         struct ap_error *err);
void sifter_close(struct sifter *s);
/* Begin with a chain, from what its correlations have open (bytea text; NULL for nothing). */
AP_MUST_CHECK enum ap_status sifter_chain(struct sifter *s, const char *chain, const char *state, struct ap_error *err);
/* What the correlations of the chain have open, as bytea text appended to out; nothing when it is nothing. */
AP_MUST_CHECK enum ap_status sifter_state(struct sifter *s, struct ap_buf *out, struct ap_error *err);
/* Give up all that the classifier remembers: of entries whose batch was not committed. */
AP_MUST_CHECK enum ap_status sifter_renew(struct sifter *s, struct ap_error *err);
/* One entry, as it was recorded at that time. AP_EINPUT for one that cannot be read as an event; the sifter goes on
 * with the next unharmed. */
AP_MUST_CHECK enum ap_status sifter_entry(struct sifter *s, const char *seq, const char *event, int64_t recorded_us,
                                          struct ap_classification *out, struct ap_error *err);
void sifter_stats(const struct sifter *s, struct ap_classifier_stats *out);

/* One finding: a rule, and an entry that it matches, that completed it, or whose time showed that a window is over. */
struct found {
    uint64_t seq;
    char log_id[AP_UUID_TEXT_SIZE];
    const char *rule_id, *title; /* the rule set's */
    enum ap_level level;
    bool closed;
    struct ap_buf detail, groups; /* JSON of a correlation; empty otherwise */
};

struct found_list {
    struct found *items; /* in the order in which they are hashed: by seq and rule id */
    size_t count, cap;
};

void found_clear(struct found_list *list);
void found_free(struct found_list *list);
/* Add what was found in an entry; seqs come ascending. */
AP_MUST_CHECK enum ap_status found_add(struct found_list *list, const struct ap_rules *rules, uint64_t seq,
                                       const char *log_id, const struct ap_classification *classification,
                                       struct ap_error *err);
/* An entry that cannot be read as an event is a finding itself: or it would be a way past every rule. */
#define UNREADABLE_LEVEL AP_LEVEL_HIGH
AP_MUST_CHECK enum ap_status found_add_unreadable(struct found_list *list, uint64_t seq, const char *log_id,
                                                  struct ap_error *err);
/* As the array that classify_record takes, appended to out. */
void found_write(const struct found_list *list, struct ap_buf *out);
/* The line that is hashed (audit-schema(5), CLASSIFICATION), with its line end, appended to out. */
void found_line(struct ap_buf *out, uint64_t seq, const char *log_id, const char *rule_id, const char *level,
                const char *title, bool closed, const char *detail);
void found_item_line(const struct found *item, struct ap_buf *out);

/*
 * What was found in an entry, as lines for whoever is to hear of it: the event with its member "_auditproof" when it is
 * of min_level, and one line for each window that ended. fn gets each.
 */
typedef enum ap_status classify_line_fn(void *context, enum ap_level level, const char *line, size_t len,
                                        struct ap_error *err);
/* The same for an entry that could not be read. */
AP_MUST_CHECK enum ap_status classify_unreadable_line(const struct sifter *s, const char *log_id,
                                                      struct ap_buf *scratch, classify_line_fn *fn, void *context,
                                                      struct ap_error *err);
AP_MUST_CHECK enum ap_status classify_lines(struct sifter *s, const struct ap_classification *c,
                                            enum ap_level min_level, struct ap_buf *scratch, classify_line_fn *fn,
                                            void *context, struct ap_error *err);

#endif
