/*
 * Verifying a database (audit-format(5), VERIFICATION; auditverify(1)).
 *
 * One REPEATABLE READ, READ ONLY snapshot; two kinds of stream, both read once and in any order: chain entries, whose
 * links are recomputed, and rows, whose content hashes are. The two meet in a keyed multiset hash. Memory does not
 * depend on the number of rows; it grows with the number of chains (about 500 bytes each), and of checkpoints
 * (100), and by what the files among the anchors have.
 */
#ifndef AUDITPROOF_VERIFY_H
#define AUDITPROOF_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auditproof/bytes.h"
#include "auditproof/db.h"
#include "auditproof/error.h"
#include "auditproof/finding.h"
#include "auditproof/incremental.h"
#include "auditproof/note.h"
#include "auditproof/policy.h"

enum { AP_VERIFY_MAX_CONNECTIONS = 64 };

/* A time-stamp may be this much earlier than what it is over: clocks differ. */
#define AP_VERIFY_STAMP_TOLERANCE_US INT64_C(300000000)

struct ap_verify_progress {
    uint64_t done;     /* chain entries and rows read */
    uint64_t expected; /* by the server's statistics; may be 0, and may be passed */
};

/* Zero-initialised means: everything, on one connection, 1,000 findings at most. */
struct ap_verify_options {
    bool has_chain;
    struct ap_uuid chain;
    uint64_t from_seq, to_seq; /* 0 for open; only with has_chain */
    unsigned connections;      /* that read; 0 means 1. One more coordinates */
    const char *split;         /* "auto" (or NULL), "always", "never": ranges of ctid for several connections */
    size_t max_findings;       /* named, those about data first; all are counted. 0 means 1,000 */
    bool skip_guards;          /* do not compare triggers, grants, policies and functions with what was installed */
    bool compare_clocks; /* a notice for each chain with entries created a day or more from when they were chained */
    /*
     * What the database's seals are held against. Without keys and policy signatures are not looked at; policy NULL or
     * keys, not both. Keys and restores that the log's record leads to from one of them are good too, each change being
     * signed by both of its keys.
     */
    const struct ap_vkey *keys; /* the log's, oldest first */
    size_t key_count;
    const struct ap_policy *policy;
    const struct ap_vkey *purge_keys; /* by which certificates of destruction are signed, beside the log's */
    size_t purge_key_count;
    const char *const *anchors; /* checkpoints kept elsewhere: files, and directories that are searched for *.note */
    size_t anchor_count;
    const char *authorities; /* certificates that vouch for time-stamps: a PEM file, or a directory of them. NULL: these
                                are counted, and not checked */
    int64_t max_unsealed_us; /* a finding when an entry waits longer for its seal; 0 for no limit */
    /*
     * Read what is new since the state was made, and a share of the old; everything where there is no state yet. Goes
     * with all chains, on one connection, and not with compare_clocks. Save it when the run has ended well.
     */
    struct ap_incremental *incremental;
    const volatile bool *stop; /* looked at now and then; may be NULL */
    void (*progress)(void *context, const struct ap_verify_progress *progress); /* about twice a second; may be NULL */
    void *context;
};

struct ap_verify_chain {
    struct ap_uuid id;
    uint64_t entries;
    uint64_t first_seq, head_seq; /* 0 when there are none */
    uint64_t purged;              /* entries whose rows left after their window */
    uint64_t adopted;             /* entries that were there before they were chained */
    int64_t first_recorded_us, last_recorded_us;
    uint8_t head_hash[AP_HASH_LEN];
    uint64_t covered_seq;     /* sealed through here, under the checkpoint that seals.covered_size names; 0 for none */
    uint64_t covered;         /* of the entries */
    int64_t covered_at_us;    /* when that was sealed; only where covered_seq is not 0 */
    int64_t waiting_since_us; /* when the first entry past it was recorded; only where covered < entries */
};

/* What seals and checkpoints make of it. */
struct ap_verify_seals {
    uint64_t log_size;       /* seals in the log */
    uint64_t own, elsewhere; /* checkpoints in the database, and among the anchors */
    uint64_t explained;      /* checkpoints from before a restore that was declared */
    uint64_t passed_over;    /* notes of other logs among the anchors */
    bool pinned;             /* signatures were checked, by keys that the caller gave */
    char origin[AP_KEY_NAME_MAX + 1];
    char signer[AP_KEY_NAME_MAX + 10]; /* name+id of who signed the checkpoint that covers; only where pinned */
    bool signer_pinned;                /* the caller gave that key; else the log's record leads to it */
    bool counts;                       /* others than the database vouch for that: a pinned key, or where it is from */
    uint64_t covered_size;             /* that checkpoint: the newest that agrees and counts; 0 for none */
    int64_t covered_at_us;             /* when its last seal was made */
    uint64_t outside_size;             /* the newest from elsewhere that agrees; 0 for none */
    int64_t outside_at_us;
    uint64_t lag_entries;         /* sealed between that one and the newest of all that agree, */
    int64_t lag_us;               /* and the time between them */
    uint64_t stamps, stamps_good; /* time-stamps over checkpoints, and those of them that hold */
    bool stamps_checked;
    uint64_t stamped_size;        /* the newest checkpoint that agrees and has a good one; 0 for none */
    int64_t stamped_sealed_at_us; /* when its last seal was made, by the database's clock, */
    int64_t stamped_at_us;        /* and when it existed, */
    char stamped_by[256];         /* as this authority says */
    uint64_t covered, uncovered;  /* entries */
    uint64_t uncovered_chains;    /* that have some */
    struct ap_uuid waiting_chain; /* has the one that waits longest, */
    uint64_t waiting_seq;         /* this one, */
    int64_t waiting_since_us;     /* since; all three only where uncovered is not 0 */
};

enum ap_verdict {
    AP_VERDICT_FINDINGS, /* something is wrong */
    AP_VERDICT_INTACT,   /* links and content agree */
    AP_VERDICT_ANCHORED, /* and with checkpoints kept elsewhere, as far as seals.covered says */
    AP_VERDICT_TRUSTED,  /* and with checkpoints signed by the keys, and witnesses, that the caller named */
};

/* What one of a series of runs read. The rest rests on the runs before it. */
struct ap_verify_incremental {
    bool asked;
    bool first;            /* there was no state: everything was read */
    bool moved;            /* the runs before were of another copy of the database: everything was read again */
    bool advanced;         /* the state can go on; not where there were more findings than were named */
    uint64_t run, cycle;   /* its number, from 1; how many may pass until an entry is read again */
    uint64_t fresh;        /* entries that are new since the run before, all read */
    uint64_t reread, old;  /* of so many that are not new, so many were read again */
    uint64_t oldest_run;   /* of all entries, the reading that is furthest back: which run, */
    int64_t oldest_at_us;  /* and when; 0 where there are none */
    uint64_t held_chains;  /* that have findings, and so are where they were before */
    unsigned shares_read;  /* of `cycle` shares of the ids of rows, in which rows without an entry were looked for */
    int64_t rows_since_us; /* and among rows created since; 0 for all */
};

struct ap_verify_report {
    enum ap_verdict verdict;
    struct ap_verify_incremental incremental; /* where it was asked for; entries then counts all, and rows those read */
    uint64_t entries, rows, purged, adopted, erased_groups;
    uint64_t unadopted;  /* rows from before the chain, told of in one finding a chain */
    int64_t snapshot_us; /* the database's clock */
    bool in_recovery;    /* a standby was read */
    bool through_view;   /* policies apply to the role, and rows were read through auditproof.entry */
    bool partial;        /* a range of seqs was asked for: rows outside chains cannot be seen */
    bool nothing;        /* with AP_ESTATE: there is no entry, no row, and no seal of what was asked for */
    bool resolved;       /* differences were too many for the sketch: a second pass named them */
    unsigned connections, streams;
    struct ap_verify_seals seals;
    struct ap_verify_chain *chains; /* owned by the report; sorted by id */
    size_t chain_count;
    struct ap_finding *findings; /* owned; data, then guards, then notices; in each by chain, seq, kind */
    size_t finding_count;
    uint64_t found;   /* findings, kept or not */
    uint64_t noticed; /* notices, kept or not */
    uint64_t by_kind[AP_FINDING_KINDS];
};

/*
 * AP_OK whatever is found; the report then says. Anything else means that nothing can be said of the data:
 * AP_ESTATE when there is nothing to verify (a missing or empty table, no chain of that id), AP_ESQL also when row
 * security would have hidden rows. The report is to be freed in every case. db is used for nothing else meanwhile.
 */
AP_MUST_CHECK enum ap_status ap_verify(struct ap_db *db, const struct ap_verify_options *options,
                                       struct ap_verify_report *report, struct ap_error *err);
void ap_verify_report_free(struct ap_verify_report *report);

#endif
