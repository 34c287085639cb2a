/*
 * Who must have signed: C2SP tlog-policy. Lines `log`, `witness`, `group`, `quorum`; names are bytes. Anchors that are
 * no witnesses (directories, time-stamp authorities, commands) are asked for by auditseal's own options (auditseal(1)).
 */
#ifndef AUDITPROOF_POLICY_H
#define AUDITPROOF_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auditproof/arena.h"
#include "auditproof/note.h"

/* The specification asks for 32 of each at least. */
enum { AP_POLICY_MAX = 256 };

struct ap_policy_key {
    const char *name; /* a witness's in the policy; NULL for a log */
    struct ap_vkey key;
    const char *url; /* or NULL */
};

struct ap_policy_group {
    const char *name;
    size_t threshold;
    const size_t *members; /* below AP_POLICY_MAX: a witness; else AP_POLICY_MAX and the number of a group */
    size_t count;
};

#define AP_QUORUM_NONE SIZE_MAX

struct ap_policy {
    struct ap_arena arena;
    struct ap_policy_key logs[AP_POLICY_MAX], witnesses[AP_POLICY_MAX];
    struct ap_policy_group groups[AP_POLICY_MAX];
    size_t log_count, witness_count, group_count;
    size_t quorum; /* numbered as a member is, or AP_QUORUM_NONE */
};

/* AP_EINPUT names the line. *out is the caller's, to be freed with ap_policy_free, also after a failure. */
AP_MUST_CHECK enum ap_status ap_policy_parse(struct ap_policy **out, struct ap_digest *digest, const char *text,
                                             size_t len, struct ap_error *err);
void ap_policy_free(struct ap_policy *policy); /* NULL is harmless */

/* What a note is worth under a policy. */
struct ap_policy_verdict {
    bool by_log;                   /* signed by one of the logs, whose origin it is */
    bool bad_signature;            /* a known key's signature does not verify: the note is worth nothing */
    bool quorum;                   /* the witnesses asked for have cosigned */
    size_t log;                    /* which log */
    size_t witness_count;          /* how many known witnesses have cosigned */
    uint64_t earliest_s, latest_s; /* times of those cosignatures */
    bool cosigned[AP_POLICY_MAX];
};

/* Do these witnesses make the quorum? */
bool ap_policy_met(const struct ap_policy *policy, const bool cosigned[AP_POLICY_MAX]);

AP_MUST_CHECK enum ap_status ap_policy_check(const struct ap_policy *policy, const struct ap_note *note,
                                             struct ap_policy_verdict *out, struct ap_error *err);

#endif
