/*
 * What is said of an archive beside it: an in-toto Statement v1 with a test-result v0.1 predicate, signed (DSSE). Here
 * stands what tells of one run (when, by whom, where), which the archive itself must not.
 */
#ifndef AUDITPROOF_STATEMENT_H
#define AUDITPROOF_STATEMENT_H

#include <stddef.h>
#include <stdint.h>

#include "auditproof/buf.h"
#include "auditproof/bytes.h"
#include "auditproof/sign.h"

#define AP_STATEMENT_TYPE "application/vnd.in-toto+json"
#define AP_STATEMENT_SUFFIX ".intoto.jsonl"

enum ap_statement_result { AP_STATEMENT_PASSED, AP_STATEMENT_WARNED, AP_STATEMENT_FAILED };

/* A thing with its SHA-256. */
struct ap_statement_thing {
    const char *name;
    uint8_t sha256[AP_HASH_LEN];
};

/* A fact of the run; a NULL value leaves it out. */
struct ap_statement_fact {
    const char *name;
    const char *value;
};

struct ap_statement {
    const struct ap_statement_thing *subjects; /* what it is about: the archive, the tar in it */
    size_t subject_count;
    enum ap_statement_result result;
    const char *tool; /* that verified it */
    const struct ap_statement_fact *facts;
    size_t fact_count;
    const struct ap_statement_thing *configuration; /* further files that the run followed: its query, its mapping */
    size_t configuration_count;
    const char *const *passed, *const *warned,
                                   *const *failed; /* names of checks, each list ending with NULL; or NULL */
};

/* Append the statement, unsigned: JSON on one line, without a line end. */
void ap_statement_text(struct ap_buf *out, const struct ap_statement *statement);

/* Sign it and make it the file at path (AP_STATEMENT_SUFFIX after the archive's name), as ap_file_replace does. */
AP_MUST_CHECK enum ap_status ap_statement_write(const char *path, const struct ap_statement *statement,
                                                const struct ap_signing_key *key, struct ap_error *err);

#endif
