/*
 * What verification, of a database or of an evidence bundle, and the schema check find. A finding is the product
 * working, not an error: it is handed to the caller's sink, the run goes on, and the tool exits 1 at its end
 * (auditproof(7), FINDINGS).
 */
#ifndef AUDITPROOF_FINDING_H
#define AUDITPROOF_FINDING_H

#include <stdbool.h>
#include <stdint.h>

#include "auditproof/bytes.h"
#include "auditproof/error.h"

enum ap_finding_kind {
    AP_FINDING_ALTERED,     /* an entry's columns do not give the content hash that was chained */
    AP_FINDING_MISSING,     /* an entry was chained, and its row is gone with no purge on record */
    AP_FINDING_UNCHAINED,   /* a row that no chain entry covers */
    AP_FINDING_GAP,         /* a sequence number is absent from a chain */
    AP_FINDING_LINK,        /* an entry hash is not that of its record over its predecessor */
    AP_FINDING_FORK,        /* a sequence number, or a log id, is there twice */
    AP_FINDING_HEAD,        /* the register of chains, adoptions or bundles, and the chains disagree */
    AP_FINDING_TRUNCATED,   /* a chain ends below what a checkpoint covers */
    AP_FINDING_REWRITTEN,   /* a chain disagrees with a checkpoint */
    AP_FINDING_SEAL,        /* a seal record is not what the seal log holds */
    AP_FINDING_SIGNATURE,   /* a checkpoint's signature does not verify */
    AP_FINDING_ERASURE,     /* an erased group without authority, or with a wrong commitment */
    AP_FINDING_EARLY_PURGE, /* a row left before its retention window ended */
    AP_FINDING_PURGE,       /* a purge without its plan, approval or certificate, or other than these say */
    AP_FINDING_GUARD,       /* a trigger, grant, policy, column or function is not as installed */
    AP_FINDING_POLICY,      /* a retention policy that was shortened, or is not what a chained entry tells of */
    AP_FINDING_HOLD,        /* a legal hold, or a release, that is not what a chained entry tells of */
    AP_FINDING_CLOCK,       /* recorded_at runs backwards along a chain */
    /* Of evidence bundles only (audit-bundle(5), FINDINGS). */
    AP_FINDING_ARCHIVE,       /* the archive is not as it must be; what follows was not read */
    AP_FINDING_MANIFEST,      /* a manifest, bagit.txt or bag-info.txt is not well-formed, or wrong */
    AP_FINDING_FILE_ALTERED,  /* a file is not as its manifest says */
    AP_FINDING_FILE_MISSING,  /* a file that a manifest lists, or that a bundle must have, is not there */
    AP_FINDING_FILE_UNLISTED, /* a file that no manifest lists */
    AP_FINDING_PROOF,         /* a proof does not lead from an entry, or from a seal, to the checkpoint */
    AP_FINDING_COUNT,         /* the bundle says otherwise of itself than what is in it */
};

enum {
    AP_FINDING_DATABASE_KINDS = AP_FINDING_CLOCK + 1, /* those before are what a database can have */
    AP_FINDING_KINDS = AP_FINDING_COUNT + 1,
};

/* A notice is worth reading and changes neither the verdict nor the exit status. */
enum ap_severity { AP_SEVERITY_FINDING, AP_SEVERITY_NOTICE };

/* Bytes, with the NUL; a longer text is cut and ends in "...". */
#define AP_FINDING_TEXT_SIZE 320

struct ap_finding {
    enum ap_finding_kind kind;
    enum ap_severity severity;
    bool has_chain, has_seq, has_log_id;
    struct ap_uuid chain;
    uint64_t seq;
    struct ap_uuid log_id;
    char object[AP_FINDING_TEXT_SIZE]; /* for guard: what is not as installed, as "trigger chain_entry on audit_logs";
                                          of a bundle: the file's path */
    char expected[AP_FINDING_TEXT_SIZE];
    char found[AP_FINDING_TEXT_SIZE];
    char detail[AP_FINDING_TEXT_SIZE]; /* a sentence: what it means or what to do; may be empty */
};

/* Called once a finding. A status other than AP_OK stops the run with that status. */
typedef enum ap_status ap_finding_fn(void *context, const struct ap_finding *finding, struct ap_error *err);

/* "altered", "missing", …, "early-purge", …: the name in every output and in the manual. Static. */
const char *ap_finding_name(enum ap_finding_kind kind);

/* Printf into one of a finding's texts, cut at a character boundary. */
void ap_finding_text(char out[AP_FINDING_TEXT_SIZE], const char *fmt, ...) AP_PRINTF(2, 3);

#endif
