/*
 * What Sigma cannot say because it takes memory: is this address, or this program, new for the actor; is it outside
 * working hours. Given to an event as fields before it is matched (audit-rules(5), ENRICHMENT):
 *
 *     enrich.first_seen_ip           true when the actor was seen before, and never from this address
 *     enrich.first_seen_user_agent   the same for the user agent
 *     enrich.first_seen_actor        true for the partition's first event of this actor
 *     enrich.off_hours               true outside the profile's working hours
 *
 * Only what a rule asks for is worked out.
 */
#ifndef AUDITPROOF_RULES_ENRICH_H
#define AUDITPROOF_RULES_ENRICH_H

#include "event.h"
#include "rule.h"

struct ap_enricher;

/* Adds the fields that it needs; before ap_fields_seal, after everything that asks for enrich.* fields. */
AP_MUST_CHECK enum ap_status ap_enricher_new(struct ap_enricher **out, const struct ap_rule_list *list,
                                             struct ap_fields *fields, const struct ap_classifier_options *options,
                                             struct ap_error *err);
void ap_enricher_free(struct ap_enricher *enricher); /* NULL is harmless */

AP_MUST_CHECK enum ap_status ap_enrich(struct ap_enricher *enricher, struct ap_event *event, struct ap_error *err);

uint64_t ap_enricher_evicted(const struct ap_enricher *enricher);

#endif
