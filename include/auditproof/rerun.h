/*
 * Searches that were kept with what they found, and what became of it since (auditquery(1), CASES).
 *
 * What was kept comes from a folder that anybody may have changed: it is read with bounds, and believed in nothing that
 * the database can answer.
 */
#ifndef AUDITPROOF_RERUN_H
#define AUDITPROOF_RERUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auditproof/arena.h"
#include "auditproof/query.h"

/* Bytes of a query.json, of a line of what was found, and entries that a search keeps at most. */
enum {
    AP_SAVED_QUERY_MAX = 1 << 20,
    AP_SAVED_LINE_MAX = 1 << 28,
    AP_SAVED_ENTRIES_MAX = 100000,
    AP_SAVED_HEADS_MAX = 1000000,
    AP_RERUN_NEW_MAX = 100000 /* new entries that are told of one by one; all are counted */
};

struct ap_saved_query {
    struct ap_query_filter filter; /* texts live as long as `arena` */
    bool reverse;
    bool proof;                         /* entries were verified */
    bool more;                          /* there were more than were kept, */
    char through[AP_QUERY_CURSOR_SIZE]; /* behind this cursor; empty: nothing was found */
    uint64_t rows, failed;
    const char *database; /* of that name it was, or NULL; lives as long as `arena` */
    struct ap_arena arena;
};

/* The filter from what ap_query_describe wrote with `personal`; its texts are put into the arena. AP_EINPUT. */
AP_MUST_CHECK enum ap_status ap_query_restore(struct ap_query_filter *out, struct ap_arena *arena, const char *json,
                                              size_t len, struct ap_error *err);

/* query.json; head and purpose (which may be NULL) are only told. */
void ap_saved_put(struct ap_buf *out, const struct ap_saved_query *saved, const struct ap_query_head *head,
                  const char *purpose);
/* Free the arena in every case. */
AP_MUST_CHECK enum ap_status ap_saved_parse(struct ap_saved_query *out, const char *json, size_t len,
                                            struct ap_error *err);

/* An entry, as result.ndjson keeps it: a line. */
AP_MUST_CHECK enum ap_status ap_saved_entry(struct ap_buf *out, const struct ap_query_entry *entry,
                                            struct ap_error *err);

/* heads.ndjson: where the chains that the filter asks about end. AP_ELIMIT for too many. */
AP_MUST_CHECK enum ap_status ap_saved_heads(struct ap_buf *out, uint64_t *count, struct ap_db *db,
                                            const struct ap_query_filter *filter, struct ap_error *err);

/* Where an entry that was kept stands in its chain, and what of it had been erased. */
struct ap_saved_place {
    struct ap_uuid id, chain;
    uint64_t seq; /* 0: it was in no chain, or nobody could tell */
    uint8_t entry_hash[AP_HASH_LEN];
    int64_t time_us; /* created_at, or recorded_at where that is none; 0 where neither is a time */
    bool verified;
    bool erased[AP_GROUPS];
    uint8_t said[AP_HASH_LEN]; /* SHA-256 of the line up to its place in the chain; zeros from ap_rerun */
};

typedef enum ap_status ap_saved_place_fn(void *context, const struct ap_saved_place *place, struct ap_error *err);

/* Those of result.ndjson, in its order. AP_EINPUT where a line is no entry. */
AP_MUST_CHECK enum ap_status ap_saved_places(int fd, ap_saved_place_fn *fn, void *context, struct ap_error *err);

/* An entry as it is in its chain; kept[g] is the commitment of a group that was erased, or NULL. */
struct ap_saved_chained {
    const struct ap_entry *row;
    const struct ap_record *record;
    const uint8_t *entry_hash;
    const uint8_t *const *kept;
};

/* Does the line that was kept say of the entry what is there: every column, and its place in the chain? */
AP_MUST_CHECK enum ap_status ap_saved_says(bool *same, const struct ap_saved_place *place,
                                           const struct ap_saved_chained *entry, struct ap_error *err);

/* What became of an entry, or of a chain. */
enum ap_rerun_outcome {
    AP_RERUN_SAME,
    AP_RERUN_ERASED,    /* but for what was erased, it is the same */
    AP_RERUN_PURGED,    /* its row was destroyed after its window; its place in the chain is the same */
    AP_RERUN_ALTERED,   /* it is not what it was */
    AP_RERUN_GONE,      /* there is no such entry */
    AP_RERUN_REWRITTEN, /* the chain has another entry where it ended, or none */
    AP_RERUN_OMITTED,   /* it was there and fitted, by all that can be known, and was not kept */
    AP_RERUN_UNSEEN,    /* this login sees no row, and cannot tell why */
    AP_RERUN_NEW,       /* chained since, and it fits */
    AP_RERUN_APPEARED,  /* it was there, and fits only now: a rule found it since, say */
    AP_RERUN_OUTCOMES
};

const char *ap_rerun_outcome_name(enum ap_rerun_outcome outcome); /* "altered" */
bool ap_rerun_is_finding(enum ap_rerun_outcome outcome);          /* altered, gone, rewritten, omitted */

struct ap_rerun_item {
    enum ap_rerun_outcome outcome;
    bool has_id;
    struct ap_uuid id, chain;
    uint64_t seq;       /* 0: not known */
    const char *detail; /* borrowed: what differs, or why it does not verify; or "" */
};

typedef enum ap_status ap_rerun_fn(void *context, const struct ap_rerun_item *item, struct ap_error *err);

struct ap_rerun_options {
    const struct ap_saved_query *saved;
    int result_fd, heads_fd; /* result.ndjson, and heads.ndjson or -1 */
    ap_rerun_fn *item;       /* each, but those that are the same and verify, and the new beyond AP_RERUN_NEW_MAX */
    void *context;
};

struct ap_rerun_report {
    uint64_t counts[AP_RERUN_OUTCOMES];
    uint64_t failed; /* the same, erased, new and appeared entries that do not verify */
    bool chained;    /* the chains were asked */
};

/* Ask again, in the caller's transaction, which must be a snapshot. AP_EINPUT where what was kept is not sound. */
AP_MUST_CHECK enum ap_status ap_rerun(struct ap_db *db, const struct ap_query_access *access,
                                      const struct ap_rerun_options *options, struct ap_rerun_report *report,
                                      struct ap_error *err);

#endif
