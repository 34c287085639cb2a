/* Classifying the entries of a database: a range of them, as they come, or again. */
#ifndef AUDITPROOF_CMD_CLASSIFY_DATABASE_H
#define AUDITPROOF_CMD_CLASSIFY_DATABASE_H

#include "alert.h"
#include "classify.h"

struct database_options {
    bool follow, once, replay;
    struct cli_uuid org;
    uint64_t from_seq;
    int64_t since_us, until_us; /* AP_TIME_MINUS_INFINITY, AP_TIME_INFINITY: not given */
    const char *start;
    uint64_t batch_entries, batch_age_s, poll_s;
    struct alert_options alert;
};

/* Is it about a database's entries at all? */
bool database_wanted(const struct database_options *d);
/* A usage error of these options with the others, told of; or EXIT_DONE. */
int database_usage(const struct database_options *d, const struct classify_options *o, int files);

int database_classify(const struct database_options *d, const struct classify_options *o, const struct ap_rules *rules);
int database_replay(const struct database_options *d, const struct classify_options *o);

#endif
