/*
 * Searching the entries of a database, and handing what is found to an output format (auditquery(1)).
 *
 * Rows are read with the caller's own rights: row level security applies. What belongs to the chain (seq, hashes,
 * findings) is there for those who may read auditproof's tables.
 */
#ifndef AUDITPROOF_QUERY_H
#define AUDITPROOF_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auditproof/buf.h"
#include "auditproof/db.h"
#include "auditproof/digest.h"
#include "auditproof/entry.h"
#include "auditproof/error.h"

/* risk_level of audit_logs, as bits. */
enum { AP_QUERY_LOW = 1, AP_QUERY_MEDIUM = 2, AP_QUERY_HIGH = 4, AP_QUERY_CRITICAL = 8 };

/* What an entry must say; all that are given must hold. Texts are borrowed, and NULL where nothing is asked. */
struct ap_query_filter {
    bool has_id;
    struct ap_uuid id; /* this entry */
    bool has_org;
    struct ap_uuid org; /* the nil UUID for the system's entries */
    bool has_actor;
    struct ap_uuid actor;
    const char *email;          /* the whole address in any case; * and ? as in a shell */
    const char *const *actions; /* any of them; * and ? as in a shell */
    size_t action_count;
    const char *resource_type;
    bool has_resource;
    struct ap_uuid resource;
    unsigned risk;       /* bits of levels, of which one must be the entry's or that of a finding; 0 for all */
    const char *address; /* an address or a network, as PostgreSQL reads inet */
    const char *agent;   /* the whole user agent in any case; * and ? as in a shell */
    const char *session;
    bool has_since, has_until;
    int64_t since_us, until_us; /* created_at: from, and before. An entry without one is in no period */
    bool undated;               /* those without one only, of which there is no period */
    const char *const *words;   /* each somewhere in the entry, in any case */
    size_t word_count;
    const char *const *where; /* "new.role=admin": see auditquery(1), CONDITIONS */
    size_t where_count;
    const char *rule; /* id of a rule that found it */
};

/* "low" to "critical", one or several with commas, or with + after it: that and above. */
AP_MUST_CHECK enum ap_status ap_query_parse_risk(unsigned *out, const char *text, struct ap_error *err);

/* "TYPE", "TYPE/ID" or "/ID" into the filter. The type is cut out of text, which must outlive the filter. */
AP_MUST_CHECK enum ap_status ap_query_parse_resource(struct ap_query_filter *filter, char *text, struct ap_error *err);

/* An address or a network with its prefix length. */
AP_MUST_CHECK enum ap_status ap_query_check_address(const char *text, struct ap_error *err);

/* Whether its conditions are sound: AP_EINPUT names one that is not. */
AP_MUST_CHECK enum ap_status ap_query_check_where(const struct ap_query_filter *filter, struct ap_error *err);

/* Whose rows this login sees. */
struct ap_query_access {
    bool row_security; /* policies apply to it, and none of auditproof's own lets it see everything */
    bool super_admin;  /* of the platform */
    bool has_org;      /* the user's, by the platform's function */
    struct ap_uuid org;
    bool chain, findings; /* may it read the chains, and what rules found? */
    bool auditor;         /* acts as auditproof_auditor */
    bool may_record;      /* may have its queries chained */
    bool standby;
    bool indexed; /* the index is there that searches of an organization walk */
    bool parted;  /* audit_logs has partitions */
    char role[64];
};

AP_MUST_CHECK enum ap_status ap_query_access(struct ap_query_access *out, struct ap_db *db, struct ap_error *err);

/* Does that index alone show what fits, so that the server's plan, which takes time to make, has nothing to tell? */
bool ap_query_is_indexed(const struct ap_query_access *access, const struct ap_query_filter *filter);

/* --- what is found */

/* What a rule found in an entry. Texts are borrowed like the entry. */
struct ap_query_finding {
    struct ap_value rule, title, level; /* "informational" to "critical" */
    uint8_t ruleset[AP_HASH_LEN];
};

enum ap_query_proof {
    AP_QUERY_UNPROVEN, /* nobody asked */
    AP_QUERY_VERIFIED, /* content hash recomputed from these columns, link recomputed from the entry before it */
    AP_QUERY_FAILED,   /* `why` says what does not agree */
};

/* An entry as found. All of it is borrowed until the format's function returns. */
struct ap_query_entry {
    struct ap_entry row; /* every column of audit_logs; jsonb as PostgreSQL's jsonb::text */
    bool has_created;
    int64_t created_us; /* since 1970; infinities as in clock.h. row.created_at_pg counts otherwise */

    bool chained; /* the chain was read and has it; without the right to read chains, always false */
    struct ap_uuid chain;
    uint64_t seq;
    int64_t recorded_us;
    uint8_t content_hash[AP_HASH_LEN], entry_hash[AP_HASH_LEN];
    bool erased[AP_GROUPS]; /* the group was erased */

    bool looked_for_findings;                /* findings were read: none is then none */
    const struct ap_query_finding *findings; /* worst first, then by rule */
    size_t finding_count;
    struct ap_value level; /* effective: the higher of risk_level and the findings'. Never NULL */

    enum ap_query_proof proof;
    const char *why; /* of AP_QUERY_FAILED */

    bool gap; /* a timeline: so long passed since the entry before it, */
    int64_t gap_us;
    bool focus; /* and this is the entry that was asked about */
};

/* --- searching */

/* How a search reads audit_logs. */
enum ap_query_reads {
    AP_QUERY_BY_INDEX, /* what an index leads to */
    AP_QUERY_IN_ORDER, /* one by one, passing over what does not fit, until there are enough */
    AP_QUERY_WHOLE,    /* a table, or a partition, from end to end */
};

/* The statement, and the server's plan for it. Zero it first, and free it with ap_query_plan_free. */
struct ap_query_plan {
    struct ap_buf sql, values; /* values: "$1 = …", a line each */
    struct ap_buf text;        /* as EXPLAIN has it */
    struct ap_buf indexes;     /* of audit_logs that are used, ", " between them; empty for none */
    enum ap_query_reads reads;
    bool small; /* reading all of that costs next to nothing */
    void (*ready)(void *context,
                  const struct ap_query_plan *plan); /* when it is there, before it is run; may be NULL */
    void *context;
};

void ap_query_plan_free(struct ap_query_plan *plan);

struct ap_query_paging {
    uint64_t limit;    /* at least 1 */
    bool reverse;      /* the oldest first; else the newest. Entries without a time count as the newest */
    const char *after; /* cursor of the page before, or NULL */
    bool proof;
    struct ap_query_plan *plan; /* NULL, or filled before the search */
    bool plan_only;             /* and no search */
};

struct ap_query_page;

/* An entry that was found, borrowed until the function returns. */
typedef enum ap_status ap_query_found_fn(void *context, const struct ap_query_entry *entry, struct ap_error *err);

/*
 * One page of what fits, in the caller's transaction, which must be a snapshot. AP_EINPUT for a cursor that is none, or
 * of another order; AP_ESTATE for what this login's rights do not suffice for.
 */
AP_MUST_CHECK enum ap_status ap_query_page_open(struct ap_query_page **out, struct ap_db *db,
                                                const struct ap_query_access *access,
                                                const struct ap_query_filter *filter,
                                                const struct ap_query_paging *paging, struct ap_error *err);
void ap_query_page_free(struct ap_query_page *page); /* NULL is harmless */
size_t ap_query_page_count(const struct ap_query_page *page);
/* Borrowed from the page. */
const struct ap_query_entry *ap_query_page_entry(const struct ap_query_page *page, size_t index);
/* Cursor for what comes after this page, or NULL. Borrowed. */
const char *ap_query_page_next(const struct ap_query_page *page);

/* The filter as a JSON object: what is asked for, in a fixed order. `personal`: with what can name a person. */
void ap_query_describe(struct ap_buf *out, const struct ap_query_filter *filter, bool personal);

/* What is recorded of a search (auditquery(1), RECORDED QUERIES). */
struct ap_query_record {
    const char *command, *purpose; /* purpose may be NULL */
    const struct ap_query_filter *filter;
    bool proof;
    bool counted; /* rows and more are known */
    uint64_t rows;
    bool more;
};

/* Chain it, in a transaction of its own. *id (may be NULL) is the entry's. */
AP_MUST_CHECK enum ap_status ap_query_record(struct ap_db *db, const struct ap_query_record *record, struct ap_uuid *id,
                                             struct ap_error *err);

struct ap_query_follow {
    const struct ap_query_filter *filter;
    uint64_t last; /* entries to begin with: the newest that are there already */
    bool proof;
    int64_t poll_us; /* longest wait for a notification before looking anyway */
    int wake_fd;     /* readable when `stopping` may have become true; -1 for none */
    ap_query_found_fn *entry;
    void (*remark)(void *context, const char *message);           /* connection lost, tried again; may be NULL */
    enum ap_status (*flush)(void *context, struct ap_error *err); /* there is nothing more for now; may be NULL */
    bool (*stopping)(void *context);
    void *context;
};

/*
 * Hand on what is there, and then each entry that fits as it is committed, once, until `stopping`. By the numbers of
 * the chains, which are given in the order of commits. AP_ESTATE when the login may not read them. Connections that are
 * lost are made anew.
 */
AP_MUST_CHECK enum ap_status ap_query_follow_run(struct ap_db *db, const struct ap_query_access *access,
                                                 const struct ap_query_follow *follow, struct ap_error *err);

enum { AP_QUERY_CURSOR_SIZE = 51 };

/* A cursor for what comes after the entry, in either order. */
void ap_query_cursor(char out[AP_QUERY_CURSOR_SIZE], const struct ap_query_entry *entry, bool reverse);

/* --- output formats */

/* What was asked, for formats that begin with a head. */
struct ap_query_head {
    const char *program, *version, *database, *role; /* never NULL */
    const char *command;                             /* "search", "timeline", … */
    int64_t now_us;
    bool proof;                           /* entries are verified */
    bool has_org;                         /* nothing of other organizations can be in it, */
    struct ap_uuid org;                   /* only of this one */
    const struct ap_query_filter *filter; /* what was asked for, or NULL */
};

/* How it ended. */
struct ap_query_tail {
    uint64_t entries, failed; /* failed: did not verify */
    const char *next;         /* cursor of the page after this one, or NULL: there is no more */
};

/* How what is printed will look, for formats for people. */
struct ap_query_look {
    bool terminal;
    bool colour;
    bool raw;       /* leave escapes in texts as they are */
    unsigned width; /* columns; 0 for as many as it takes */
    unsigned lines; /* an entry takes so many in a table at most; 0 leaves it to the table */
    bool live;      /* entries come as they happen, and none may wait for the next */
};

/*
 * Where a format writes. What it appends to `out` is written out and cleared between calls; a format checks it with
 * ap_buf_check before it returns. Set out, head and look, the rest to zeros; `state` is the format's own, which its
 * close frees.
 */
struct ap_query_output {
    struct ap_buf *out;
    const struct ap_query_head *head;
    const struct ap_query_look *look;
    uint64_t written; /* entries before this one */
    void *state;
};

typedef enum ap_status ap_query_begin_fn(struct ap_query_output *output, struct ap_error *err);
typedef enum ap_status ap_query_entry_fn(struct ap_query_output *output, const struct ap_query_entry *entry,
                                         struct ap_error *err);
typedef enum ap_status ap_query_end_fn(struct ap_query_output *output, const struct ap_query_tail *tail,
                                       struct ap_error *err);
typedef void ap_query_close_fn(struct ap_query_output *output);

/* begin, an entry for each, end; then, in every case, close. entry is always there, the others may be NULL. */
struct ap_query_format {
    const char *name; /* "ndjson" */
    ap_query_begin_fn *begin;
    ap_query_entry_fn *entry;
    ap_query_end_fn *end;
    ap_query_close_fn *close;
};

/* By name, or NULL. Static. And "json|ndjson|…", for an option's choices. */
const struct ap_query_format *ap_query_format(const char *name);
extern const char ap_query_format_names[];

/* lib/query/format_NAME.c each. */
extern const struct ap_query_format ap_query_format_json, ap_query_format_ndjson, ap_query_format_csv,
    ap_query_format_table, ap_query_format_ocsf, ap_query_format_cef, ap_query_format_syslog,
    ap_query_format_timesketch;

#endif
