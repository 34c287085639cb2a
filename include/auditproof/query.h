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
    const char *session;
    bool has_since, has_until;
    int64_t since_us, until_us; /* created_at: from, and before. An entry without one is in no period */
    const char *const *words;   /* each somewhere in the entry, in any case */
    size_t word_count;
    const char *const *where; /* "new.role=admin": see ap_query_check */
    size_t where_count;
    const char *rule; /* id of a rule that found it */
};

/* "low" to "critical", one or several with commas, or with + after it: that and above. */
AP_MUST_CHECK enum ap_status ap_query_parse_risk(unsigned *out, const char *text, struct ap_error *err);

/* "TYPE", "TYPE/ID" or "/ID" into the filter. The type is cut out of text, which must outlive the filter. */
AP_MUST_CHECK enum ap_status ap_query_parse_resource(struct ap_query_filter *filter, char *text, struct ap_error *err);

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
    char role[64];
};

AP_MUST_CHECK enum ap_status ap_query_access(struct ap_query_access *out, struct ap_db *db, struct ap_error *err);

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

/* --- output formats */

/* What was asked, for formats that begin with a head. */
struct ap_query_head {
    const char *program, *version, *database, *role; /* never NULL */
    const char *command;                             /* "search", "timeline", … */
    int64_t now_us;
    bool proof;         /* entries are verified */
    bool has_org;       /* nothing of other organizations can be in it, */
    struct ap_uuid org; /* only of this one */
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
