/*
 * What is sealed: the checkpoints that are known, from the database and from elsewhere; the seal log, rebuilt and held
 * against them; and where it pins each chain. Nothing outside lib/verify includes this.
 */
#ifndef AUDITPROOF_VERIFY_SEALS_H
#define AUDITPROOF_VERIFY_SEALS_H

#include <stdatomic.h>

#include "auditproof/arena.h"
#include "auditproof/log_key.h"
#include "auditproof/proof.h"
#include "auditproof/verify.h"
#include "links.h"
#include "multiset.h"

struct run;

enum { NO_KEY = UINT16_MAX };

/* A note's time-stamp is the file of its name, and this. */
#define AP_STAMP_SUFFIX ".tsr"

/* What covering by a checkpoint is worth. */
enum worth {
    WORTH_NOTHING, /* kept beside what it covers, and no key was pinned */
    WORTH_OUTSIDE, /* kept elsewhere, or signed but without the witnesses asked for */
    WORTH_TRUST,   /* signed by a pinned key, with the witnesses asked for */
};

/* A checkpoint. */
struct known {
    uint64_t size;
    struct ap_hash root;
    const char *path;     /* the file that it came from, in the arena; NULL for the database's own */
    const char *origin;   /* likewise, where no key says which log is ours; else NULL */
    const bool *cosigned; /* in the arena: by which of the policy's witnesses; NULL: none */
    uint16_t key;         /* which of the log's keys signed it, or NO_KEY */
    uint8_t worth;        /* enum worth */
    bool agrees;          /* the log has this root at this size, */
    int64_t sealed_at_us; /* and its last seal there is of this time */
    bool told;            /* what is wrong with it was told of: it is there, and proves nothing */
    int64_t change;       /* 0; or no checkpoint, but what the change of the log's key of this number was signed over */
};

/* A seal, as its row has it. */
struct sealed_at {
    uint64_t log_index, size; /* size 0: none */
    int64_t sealed_at_us;
    uint8_t hash[AP_HASH_LEN]; /* of the entry numbered `size` */
};

enum meeting { MET_NOT, MET_SAME, MET_OTHER };

/* What became of comparing a chain's seals with its stored tree. */
enum tree_state { TREE_NOT, TREE_SAME, TREE_OTHER, TREE_ABSENT, TREE_ABOVE };

/* Where the seal log pins a chain. */
struct pin {
    struct ap_uuid id;
    bool used, told;
    struct sealed_at covered; /* the newest under a checkpoint that counts */
    struct sealed_at newest;
    /* Found on the way of the links, by any thread. */
    atomic_uchar met;            /* enum meeting: the entry that `covered` pins */
    atomic_uint_fast64_t sum[2]; /* of entries less leaves, up to what is covered */
    enum tree_state tree;
    uint64_t tree_size;                   /* of the first seal whose root it is not */
    atomic_int_fast64_t waiting_since_us; /* when the one after it was recorded; 0 while there is none */
};

/* The roots of the perfect subtrees of a growing tree, the largest first: enough for its root. */
struct peaks {
    uint64_t size;
    struct ap_hash hashes[64];
    size_t count;
    struct ap_hash full[8]; /* the roots of the tiles that the last leaf made full, from the lowest level up; */
    size_t full_count;      /* how many */
};

/* peaks.c */
AP_MUST_CHECK enum ap_status peaks_add(struct peaks *peaks, struct ap_digest *digest, const struct ap_hash *leaf,
                                       struct ap_error *err);
AP_MUST_CHECK enum ap_status peaks_root(const struct peaks *peaks, struct ap_digest *digest, struct ap_hash *out,
                                        struct ap_error *err);

/* Checkpoints that do not agree with the log. */
struct disagreement {
    const struct known *first; /* the smallest of a kind, or NULL */
    uint64_t own, elsewhere, changes;
    uint64_t agreed;      /* the size of the last before it that agrees */
    struct ap_hash found; /* the root that is there instead */
};

struct seals {
    struct ap_digest *digest; /* owned */
    struct ap_arena arena;    /* paths */
    struct ap_arena files;    /* what was read elsewhere */
    struct anchored_file *first_file, *last_file;
    struct ap_log_notes notes; /* owned; of changed keys and restores, likewise */
    struct known *known;       /* owned; sorted by size, the database's own first */
    size_t known_count, known_cap;
    uint64_t own, elsewhere, passed_over, explained; /* checkpoints and notes, by where they came from */
    uint64_t signature_findings;
    char origin[AP_KEY_NAME_MAX + 1]; /* empty while unknown, and where keys name it */
    struct pin log_tree;              /* for the log's own tree, whose leaves are the seals */
    struct pin *pins;                 /* owned; open addressing */
    size_t pin_cap, pin_count;

    /* While the log is rebuilt. */
    struct peaks peaks;
    bool broken;             /* a seal is not there, or not readable: no root can be had from here on */
    uint64_t rows, log_size; /* how many seals there are; one more than the last's number */
    size_t next_known;
    enum worth wanted;                   /* what a checkpoint has to be worth to count: the most that any is */
    const struct known *cover, *outside; /* the newest that agrees and counts; the newest from elsewhere that agrees */
    int64_t cover_at_us, outside_at_us, last_sealed_us;
    uint64_t agreed; /* the size of the last that agreed */
    int64_t agreed_at_us;
    uint64_t entries, agreed_entries, outside_entries; /* sealed: so far, by the last that agreed, and by `outside` */
    uint64_t stamps, stamps_good;
    const struct known *stamped; /* the newest with a good time-stamp, or NULL: */
    int64_t stamped_at_us;
    const char *stamped_by; /* in the arena */
    struct disagreement rewritten;
    uint64_t unsigned_first, unsigned_last, unsigned_count; /* rounds without a checkpoint, not told of yet */
};

AP_MUST_CHECK enum ap_status seals_init(struct seals *seals, struct ap_error *err);
void seals_free(struct seals *seals);

/* A key that may sign checkpoints. */
struct trusted_key {
    struct ap_vkey vkey;
    bool pinned;          /* by the caller, under whatever name; else the log's record leads to it */
    bool dated;           /* that record says when: */
    uint64_t from, until; /* checkpoints of more than `from` seals, and no more than `until` */
    bool renamed;         /* the log has another name after that */
};

/* What the key before a change and the key after it signed: the log had this root at this size. */
struct signed_change {
    int64_t number;
    uint64_t size;
    struct ap_hash root;
};

/* trust.c */
struct trust {
    struct trusted_key *keys; /* owned; oldest first; none when none was pinned */
    size_t count;
    const char **names; /* in the arena of the seals: of the log, as its record has them, whoever signed that */
    size_t name_count;
    struct ap_epoch *restores; /* owned; those declared with one of the keys */
    size_t restore_count;
    struct signed_change *changes; /* owned; of the key, in what is left of the log, newest first */
    size_t change_count;
};

/* Read the log's record of its keys and restores, in the snapshot, and tell of what is wrong with it. */
AP_MUST_CHECK enum ap_status run_load_trust(struct run *run, struct ap_error *err);
void trust_free(struct trust *trust);

/* kept.c: hold what anchors keep of the log's keys and restores against that record. */
AP_MUST_CHECK enum ap_status run_check_notes(struct run *run, struct ap_error *err);

/* The keys that the caller pinned, by themselves or in a policy. */
size_t pinned_count(const struct ap_verify_options *options);
const struct ap_vkey *pinned_key(const struct ap_verify_options *options, size_t i);

size_t log_key_count(const struct run *run);
const struct ap_vkey *log_key(const struct run *run, size_t i);

/* A note, and where it is from. */
struct candidate {
    const char *path; /* NULL: the database's own, */
    int64_t size;     /* of this number */
    const char *bytes;
    size_t len;
    struct ap_note note;
    struct ap_checkpoint checkpoint;
};

/* judge.c. Is the checkpoint of the log of this name? */
bool checkpoint_is_of(const struct ap_checkpoint *checkpoint, const char *name);
/* Are both of one log: the same name, or names that it took one after the other? For where no key was pinned. */
bool is_same_log(const struct run *run, const char *name, const char *other, size_t other_len);
/* A signature finding. */
AP_MUST_CHECK enum ap_status checkpoint_tell(struct run *run, const struct candidate *from, const char *expected,
                                             const char *found, const char *detail, struct ap_error *err);
/* Fills key, worth and told, and tells of what is wrong. */
AP_MUST_CHECK enum ap_status checkpoint_judge(struct run *run, const struct candidate *from, struct known *known,
                                              struct ap_error *err);
/* cosigned.c: copies of one checkpoint, each with cosignatures, are worth what all of these are together. */
AP_MUST_CHECK enum ap_status checkpoints_merge(struct run *run, struct ap_error *err);
/* All of them, sorted: the order of their keys, and whether what the caller asked for is among them. */
AP_MUST_CHECK enum ap_status checkpoints_judge(struct run *run, struct ap_error *err);

/* A file from elsewhere: it is read before the snapshot is taken, and judged by keys that are read in it. */
struct anchored_file {
    struct anchored_file *next;
    const char *path, *bytes; /* in the arena */
    size_t len;
    const char *stamp; /* what lies beside it as its time-stamp; or NULL */
    size_t stamp_len;
};

/* checkpoints.c: the database's checkpoints, and those from elsewhere, which have been read; all of them judged. */
AP_MUST_CHECK enum ap_status run_load_checkpoints(struct run *run, struct ap_error *err);

/*
 * anchors.c: every note of the files and directories asked for. To be read before the snapshot is taken: what is sealed
 * while the run goes on is in neither then, and not in one only.
 */
AP_MUST_CHECK enum ap_status run_read_anchors(struct run *run, struct ap_error *err);

/* pins.c */
AP_MUST_CHECK enum ap_status pin_make(struct seals *seals, const struct ap_uuid *id, struct pin **out,
                                      struct ap_error *err);
struct pin *pin_find(const struct seals *seals, const struct ap_uuid *id); /* or NULL */
/* An entry of the pin's chain goes by. Safe from any thread. */
void pin_meet(struct pin *pin, const struct chained *entry);

/* log.c: rebuild the seal log, hold it against the checkpoints, and pin the chains. */
AP_MUST_CHECK enum ap_status run_rebuild_log(struct run *run, struct ap_error *err);

/* log_findings.c */
struct ap_finding finding_about_log(enum ap_finding_kind kind);
/* The largest of the checkpoints of more seals than there are, or NULL; *own: are there any of the database's own? */
const struct known *checkpoint_beyond(const struct seals *seals, bool *own);
AP_MUST_CHECK enum ap_status log_tell_rewritten(struct run *run, struct ap_error *err);
AP_MUST_CHECK enum ap_status log_tell_truncated(struct run *run, struct ap_error *err);

/*
 * stamps.c: the time-stamps over checkpoints, of the database and beside notes; to be looked at once the log is
 * rebuilt.
 */
AP_MUST_CHECK enum ap_status run_check_stamps(struct run *run, struct ap_error *err);

/* trees.c: the roots in seals, and the leaves under them, held against the stored trees. */
AP_MUST_CHECK enum ap_status run_check_trees(struct run *run, struct ap_error *err);
/* tree_findings.c: what came of it, for a chain; and for the log. */
AP_MUST_CHECK enum ap_status pin_check_tree(struct run *run, const struct pin *pin, struct ap_error *err);
AP_MUST_CHECK enum ap_status run_check_log_tree(struct run *run, struct ap_error *err);
/* Where only some leaves were read: they are not there, or are not the hashes of the entries. */
AP_MUST_CHECK enum ap_status pin_tell_leaves(struct run *run, const struct pin *pin, bool absent, struct ap_error *err);
/* Add the hash of an entry to the pin's sum, or take that of a leaf from it. Safe from any thread. */
void pin_sum(const struct multiset_key *key, struct pin *pin, uint64_t seq, const uint8_t hash[AP_HASH_LEN], bool add);

/* sealed.c: the chains, which have been read, against the seals; then the extent of what is covered, into the report.
 */
AP_MUST_CHECK enum ap_status run_check_sealed(struct run *run, struct ap_verify_report *report, struct ap_error *err);

#endif
