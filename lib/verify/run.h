/* What the parts of one verification share. Nothing outside lib/verify includes this. */
#ifndef AUDITPROOF_VERIFY_RUN_H
#define AUDITPROOF_VERIFY_RUN_H

#include <pthread.h>
#include <stdatomic.h>

#include "auditproof/copy.h"
#include "auditproof/entry.h"
#include "auditproof/verify.h"
#include "links.h"
#include "multiset.h"
#include "row.h"
#include "seals.h"

/* What is said first when not all can be: a flood of one must not leave the others unnamed. */
enum finding_rank { RANK_DATA, RANK_GUARD, RANK_NOTICE };
enum { RANKS = 3 };

struct finding_list {
    struct ap_finding *items; /* owned */
    size_t count, cap;
};

/* Findings as they come, from any thread. Those past the limit, which each rank has for itself, are counted only. */
struct findings {
    pthread_mutex_t lock;
    struct finding_list ranks[RANKS];
    size_t max;
    uint64_t found, noticed;
    uint64_t by_kind[AP_FINDING_KINDS];
};

AP_MUST_CHECK enum ap_status findings_init(struct findings *findings, size_t max, struct ap_error *err);
void findings_free(struct findings *findings);
/* An ap_finding_fn whose context is a struct findings. */
enum ap_status findings_add(void *context, const struct ap_finding *finding, struct ap_error *err);
/* More of a kind, which are not named. */
void findings_count(struct findings *findings, enum ap_finding_kind kind, uint64_t more);
/* Forget what was found: the pass that found it is being done again. */
void findings_clear(struct findings *findings);
AP_MUST_CHECK enum ap_status findings_append(struct findings *to, struct findings *from, struct ap_error *err);
/* No more than the limit of them, by rank and place, to the report, which owns them. */
AP_MUST_CHECK enum ap_status findings_hand_over(struct findings *findings, struct ap_verify_report *report,
                                                struct ap_error *err);

/* The coordinator, the workers, and the two that a second pass reads with. */
enum { WATCH_MAX = AP_VERIFY_MAX_CONNECTIONS + 3 };

/* Cancels what connections are at when the caller wants to stop (watch.c). */
struct watch {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread;
    bool started, over;
    const volatile bool *stop;
    struct ap_db *connections[WATCH_MAX]; /* borrowed; NULL where free */
};

AP_MUST_CHECK enum ap_status watch_start(struct watch *watch, const volatile bool *stop, struct ap_error *err);
void watch_add(struct watch *watch, struct ap_db *db);
void watch_remove(struct watch *watch, const struct ap_db *db); /* before it is closed */
void watch_end(struct watch *watch);

/* One COPY to run. */
struct task {
    bool is_rows; /* else chain entries */
    char *statement;
    size_t columns;
};

struct purge {
    struct ap_uuid chain;
    uint64_t from_seq, to_seq;
    int64_t purged_at_us;
    struct ap_uuid id;
    int years; /* that its entries are kept */
};

/*
 * Stand in for the content hash of what has none. They are drawn at random each run: a constant could be put into the
 * chain by whoever rewrites it, to pass for the mark of a row that was never hashed.
 */
enum mark { MARK_NO_SALT, MARK_UNADOPTED, MARK_ERASURE, MARK_MALFORMED };
enum { MARKS = 4 };

/* Rows from before the chain that have not been adopted, counted for each chain (unadopted.c). */
struct unadopted_chain {
    bool used, dated;
    struct ap_uuid id;
    uint64_t rows;
    int64_t first_us, last_us; /* created at; only where dated */
};

struct unadopted {
    struct unadopted_chain *table; /* owned; open addressing */
    size_t cap, chains;
    uint64_t rows;
};

AP_MUST_CHECK enum ap_status unadopted_add(struct unadopted *unadopted, const struct ap_uuid *id, bool dated,
                                           int64_t created_us, struct ap_error *err);
/* One that is chained after all. */
void unadopted_remove(struct unadopted *unadopted, const struct ap_uuid *id);
AP_MUST_CHECK enum ap_status unadopted_merge(struct unadopted *into, const struct unadopted *from,
                                             struct ap_error *err);
void unadopted_free(struct unadopted *unadopted);

struct run {
    struct ap_db *db; /* coordinates; holds the snapshot */
    const struct ap_verify_options *options;
    bool through_view; /* policies apply to the role: rows come through auditproof.entry */
    bool indexed;      /* indexes are used, where not everything is read */
    bool rechecks;     /* one run of a series: not all entries are read, and leaves are held against those that are; */
    bool trees_unread; /* and the trees are not looked at this time */
    char snapshot[64];
    int64_t latest_us;  /* no entry can have been recorded later */
    struct task *tasks; /* owned */
    size_t task_count;
    atomic_size_t next_task;
    uint64_t expected;
    atomic_uint_fast64_t done;
    atomic_bool failed;   /* a worker failed: the others stop */
    struct purge *purges; /* owned; sorted by chain and from_seq */
    size_t purge_count;
    bool may_wait; /* rows for adoption, if created before: */
    int64_t installed_us;
    struct ap_uuid *adopted; /* owned; sorted: chains that have no more of them */
    size_t adopted_count;
    struct unadopted unadopted;
    struct seals seals;
    struct trust trust;
    int64_t snapshot_us;
    bool standby;
    struct multiset_key key;
    uint8_t marks[MARKS][AP_HASH_LEN];
    struct watch watch;
    struct findings findings;      /* everything but what links make */
    struct findings link_findings; /* made again when the links have to be read in order */
};

struct worker {
    struct run *run;
    struct ap_db *db; /* owned */
    struct links links;
    struct multiset set;
    struct unadopted unadopted;
    struct ap_digest *digest; /* owned */
    struct ap_buf text;
    struct ap_buf told; /* by entries, of records: struct told, one after the other */
    uint64_t entries, rows, purged, erased_groups;
    bool links_scattered; /* gave up on links: AP_ELIMIT */
    enum ap_status status;
    struct ap_error err;
};

/*
 * The multiset item of a row. A row that cannot be hashed as what it claims to be gets a mark instead of a content
 * hash. *erased counts erased groups.
 */
AP_MUST_CHECK enum ap_status row_item(const struct run *run, struct ap_digest *digest, struct ap_buf *text,
                                      const struct ap_field *fields, size_t columns, struct multiset_item *item,
                                      uint64_t *erased, struct ap_error *err);

/* Does the item stand for a row that has the mark in place of a content hash? */
bool item_is(const struct run *run, const struct multiset_item *item, enum mark mark);

/* When the row was created; false when it does not say, or says never. */
bool row_created(int64_t *us, const struct ap_field *fields);

/* The multiset item of a chain entry. */
void chained_item(const struct run *run, struct multiset_item *item, const struct chained *entry);

/* snapshot.c */
AP_MUST_CHECK enum ap_status run_begin(struct run *run, struct ap_verify_report *report, struct ap_error *err);
/* Make a connection see the run's snapshot, with index scans off: an index may lie. */
AP_MUST_CHECK enum ap_status run_join_snapshot(const struct run *run, struct ap_db *db, struct ap_error *err);
/* A query on the coordinating connection that may read audit_logs. */
AP_MUST_CHECK enum ap_status run_query(struct run *run, const char *name, int count, const char *const *values,
                                       struct ap_rows **rows, struct ap_error *err);
/* One that looks up a few rows by id, and does so safely even through an index that lies. */
AP_MUST_CHECK enum ap_status run_query_by_index(struct run *run, const char *name, int count, const char *const *values,
                                                struct ap_rows **rows, struct ap_error *err);

/* Use indexes from now on, or no longer. */
AP_MUST_CHECK enum ap_status run_use_indexes(struct run *run, bool use, struct ap_error *err);

/* plan.c */
AP_MUST_CHECK enum ap_status run_plan(struct run *run, struct ap_error *err);
AP_MUST_CHECK enum ap_status run_load_purges(struct run *run, struct ap_error *err);
/* A registered chain has no entries; or one that has some is not registered. */
AP_MUST_CHECK enum ap_status run_report_head(struct run *run, const struct ap_uuid *chain, bool registered,
                                             struct ap_error *err);
AP_MUST_CHECK enum ap_status run_check_register(struct run *run, struct links *links, struct ap_error *err);
AP_MUST_CHECK enum ap_status run_check_erasures(struct run *run, struct ap_error *err);

/* An entry that auditproof wrote of an adoption, a policy, a hold, an erasure, a purge or a bundle. */
enum told_of { TOLD_NOTHING, TOLD_ADOPTION, TOLD_POLICY, TOLD_HOLD, TOLD_ERASURE, TOLD_PURGE, TOLD_BUNDLE };

struct told {
    struct ap_uuid chain, log_id;
    enum told_of of;
};

/* rows.c: is this such an entry? Its action says so, and its id is of its salt, which no application can choose. */
AP_MUST_CHECK enum ap_status row_tells(struct ap_digest *digest, const struct ap_field *fields,
                                       const struct multiset_item *item, enum told_of *of, struct ap_error *err);

/* retention.c: do policies only get longer, and are they, legal holds and bundles what chained entries tell of? */
AP_MUST_CHECK enum ap_status run_check_retention(struct run *run, struct ap_error *err);

/* adoptions.c: is what entries tell of on record? */
AP_MUST_CHECK enum ap_status run_check_told(struct run *run, const struct ap_buf *told, struct ap_error *err);
/* Also counts the adopted entries, in the report's chains as well, which must be there. */
AP_MUST_CHECK enum ap_status run_check_adoptions(struct run *run, struct ap_verify_report *report,
                                                 struct ap_error *err);

/* unadopted.c */
AP_MUST_CHECK enum ap_status run_load_unadopted(struct run *run, struct ap_error *err);
/* May a row without a salt be waiting for its adoption? */
bool run_may_wait(const struct run *run, const struct ap_uuid *chain, bool dated, int64_t created_us);
AP_MUST_CHECK enum ap_status run_report_unadopted(struct run *run, struct ap_error *err);

/* guards.c: what was installed, compared with what is there. */
AP_MUST_CHECK enum ap_status run_check_guards(struct run *run, struct ap_error *err);

/* claims.c */
AP_MUST_CHECK enum ap_status run_check_claims(struct run *run, struct ap_error *err);

/* The purge that covers an entry, or NULL. */
const struct purge *run_find_purge(const struct run *run, const struct ap_uuid *chain, uint64_t seq);
/* Report a purge that came before the entry's window had ended. */
AP_MUST_CHECK enum ap_status run_check_purge(struct run *run, const struct purge *purge, const struct chained *entry,
                                             struct ap_error *err);

/* purges.c: plans, approvals and certificates, once the ranges are loaded. */
AP_MUST_CHECK enum ap_status run_check_purges(struct run *run, struct ap_error *err);

/* worker.c */
AP_MUST_CHECK enum ap_status worker_init(struct worker *worker, struct run *run, struct ap_error *err);
void worker_free(struct worker *worker);
void *worker_main(void *worker); /* a thread's body: takes tasks until none is left */
bool worker_wants_entry(const struct run *run, const struct chained *entry);

/* resolve.c: name what differs, given item by item. */
struct difference {
    struct multiset_item item;
    int sign;     /* 1: chained, and no such row; -1: a row, and not so chained */
    uint64_t seq; /* of a chained one; 0 while unknown */
    bool again;   /* a chained one whose log id its chain has at an earlier number too */
    bool twin;    /* ... or at the same number: then the links have told of it */
};

struct resolver {
    struct run *run;
    struct difference *items; /* owned */
    size_t count, cap;
};

void resolver_free(struct resolver *resolver);
AP_MUST_CHECK enum ap_status resolver_add(struct resolver *resolver, const struct difference *difference,
                                          struct ap_error *err);
/* Report what has been added, and forget it. All that concerns one log id must have been added. */
AP_MUST_CHECK enum ap_status resolver_flush(struct resolver *resolver, struct ap_error *err);

/* Name what the sketch gives back; *complete is false when it could not, and nothing has been reported then. */
AP_MUST_CHECK enum ap_status resolve_sketch(struct run *run, struct multiset *set, bool *complete,
                                            struct ap_error *err);

/* sorted.c: name what differs by a second pass, a merge of both sides in order of log id. */
AP_MUST_CHECK enum ap_status resolve_sorted(struct run *run, struct ap_error *err);

/* ordered.c: links again, in order of chain and seq. */
AP_MUST_CHECK enum ap_status ordered_links(struct run *run, struct links *links, struct ap_error *err);

/* recheck.c: of a series of runs, one that reads what is new and a share of the old. */
AP_MUST_CHECK enum ap_status run_recheck(struct run *run, struct ap_verify_report *report, struct ap_error *err);

/* settle.c: the state after a run that read everything. */
AP_MUST_CHECK enum ap_status run_begin_series(struct run *run, struct ap_verify_report *report, struct ap_error *err);

#endif
