/* What output formats share. Nothing outside lib/query includes this. */
#ifndef AUDITPROOF_QUERY_FORMAT_INTERNAL_H
#define AUDITPROOF_QUERY_FORMAT_INTERNAL_H

#include "auditproof/query.h"

/* Is the output a terminal, which what is in an entry must not act on? */
static inline bool query_shields(const struct ap_query_output *output)
{
    return output->look->terminal && !output->look->raw;
}

/*
 * The entry as one JSON object without white space: the columns of audit_logs by their names, in their order, and,
 * where more is known of it, `_auditproof` (auditquery(1), JSON).
 */
void query_put_json(struct ap_buf *out, const struct ap_query_entry *entry);

/* That member alone, or nothing. */
void query_put_known(struct ap_buf *out, const struct ap_query_entry *entry);

/* When it happened: created_at, or where that says nothing when it was chained; else false. */
bool query_when(const struct ap_query_entry *entry, int64_t *time_us);

/* For people: to the second, which is what fits and what they compare. */
void query_put_time(struct ap_buf *out, int64_t time_us);

/* An RFC 3339 time has four digits for the year. */
bool query_is_rfc3339(int64_t time_us);

/* The address that it came from, not a network. */
bool query_is_host(const struct ap_inet *inet);

/* For people, as the entry has it, controls and all; "" where there is nothing. */
void query_put_actor(struct ap_buf *out, const struct ap_query_entry *entry);
void query_put_resource(struct ap_buf *out, const struct ap_query_entry *entry);
/* "team.invitation.created by a@example.com (admin) on invitation/ID from 192.0.2.1" */
void query_put_sentence(struct ap_buf *out, const struct ap_query_entry *entry);
/* The rules that found something, by id, with a space between them. */
void query_put_rules(struct ap_buf *out, const struct ap_query_entry *entry);
/* The groups that were erased, in the same way. */
void query_put_erased(struct ap_buf *out, const struct ap_query_entry *entry);
/* "", "verified" or "failed: WHY". */
void query_put_proof(struct ap_buf *out, const struct ap_query_entry *entry);

/* The effective level, 0 for informational to 4 for critical; 1 where it is none of them. */
int query_level(const struct ap_query_entry *entry);
int query_level_of(const struct ap_value *level);
/* What sets a terminal's colour for it; "" for what needs none. */
const char *query_level_colour(int level);

#endif
