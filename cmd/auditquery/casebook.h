/* What the commands of a case share. */
#ifndef AUDITPROOF_CMD_AUDITQUERY_CASEBOOK_H
#define AUDITPROOF_CMD_AUDITQUERY_CASEBOOK_H

#include "asked.h"
#include "auditproof/case.h"

/* Who takes a step: the user of the system, and of the database where one was asked. Borrowed until the next call. */
struct ap_case_author casebook_author(const struct asked *asked);

/* One view of the database, from before the query is recorded, which is then no part of what it finds. */
AP_MUST_CHECK enum ap_status casebook_snapshot(struct asked *asked, struct ap_error *err);

/* "DIR: step 3, head …" on standard output, to be written down elsewhere. */
void casebook_say_head(const char *path, unsigned step, const uint8_t head[AP_HASH_LEN]);

/* A text in a line for people: nothing in it acts on a terminal. */
void casebook_put(const char *text);

#endif
