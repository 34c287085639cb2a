/* A verified chain as a report: verification.c verifies, verification_parts.c says what came of it. */
#ifndef AUDITPROOF_CMD_AUDITSCHEDULE_VERIFICATION_H
#define AUDITPROOF_CMD_AUDITSCHEDULE_VERIFICATION_H

#include "auditproof/verify.h"
#include "reports.h"

/* Of a chain's entries, those recorded in the period. */
struct recorded {
    uint64_t entries, first_seq, last_seq;
    char last_hash[AP_HASH_TEXT_SIZE];
    struct ap_rows *days; /* owned: schedule_recorded */
};

struct verification {
    struct ap_verify_options asked;
    struct ap_verify_report report;
    bool nothing; /* there is no chain, and no row */
    struct recorded recorded;
};

/* "intact", …: as auditverify(1) has it; "empty" where there was nothing to verify. */
const char *verification_word(const struct verification *verification);

/* The organization's chain as it was verified, or NULL. */
const struct ap_verify_chain *verification_chain(const struct verification *verification);

/* Is the finding about this organization, or about the database? What others have is not told. */
bool verification_tells(const struct making *making, const struct ap_finding *finding);

/* The sentence beneath the verdict, and its colour. */
void verification_judge(struct making *making, const struct verification *verification);

/* Of findings: the first by name, and what was made of them or not. */
void verification_judge_findings(struct making *making, const struct verification *verification, const char *and_so);
void verification_put_findings(struct ap_answer *answer, const struct making *making,
                               const struct verification *verification);

void verification_put(struct making *making, const struct verification *verification);
void verification_put_checks(struct ap_answer *answer, const struct verification *verification);
/* All of it in one table, for CSV. */
AP_MUST_CHECK enum ap_status verification_put_sheet(struct making *making, const struct verification *verification,
                                                    struct ap_error *err);

#endif
