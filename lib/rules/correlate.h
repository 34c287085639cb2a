/*
 * Correlations: what several events say together (Sigma 2.1 correlation rules; audit-rules(5), CORRELATIONS).
 *
 * Windows slide on event time: (t - span, t]. Everything is decided by the events' own times and their order, never by
 * the clock on the wall, so that the same stream gives the same hits. State is bounded; what had to be forgotten is
 * counted.
 */
#ifndef AUDITPROOF_RULES_CORRELATE_H
#define AUDITPROOF_RULES_CORRELATE_H

#include "event.h"
#include "rule.h"

struct ap_correlator;

struct ap_correlator_limits {
    size_t groups;   /* over all correlations and partitions; of a partition that has more than its part, the group
                        that was touched longest ago leaves first */
    size_t events;   /* kept in windows over all groups; the same */
    int64_t late_us; /* an event that is older than the partition's newest by more than this, and than the window, is
                        late; but when several are so without a break, it is the newest that had a false time */
};

struct ap_correlation_hit {
    size_t rule;                 /* index into the list */
    int64_t first_us, last_us;   /* of the window that made it hit */
    uint64_t count;              /* events in the window */
    double value;                /* what was held against the bounds */
    const struct ap_text *group; /* group-by values in order; text NULL for an event that lacks the field */
    size_t group_count;
    bool closed; /* by its window's end, not by what the event fed last is: `lt`, `lte`, `eq`, `neq` */
};

typedef enum ap_status ap_correlation_fn(void *context, const struct ap_correlation_hit *hit, struct ap_error *err);

struct ap_correlation_stats {
    uint64_t events, hits, late, evicted_groups, evicted_events, lacking; /* lacking: no value for a value_* field */
    size_t groups, held;                                                  /* now */
};

/* Adds the fields that correlations look at; before ap_fields_seal. limits NULL: the defaults (audit-rules(5)). */
AP_MUST_CHECK enum ap_status ap_correlator_new(struct ap_correlator **out, const struct ap_rule_list *list,
                                               struct ap_fields *fields, const struct ap_correlator_limits *limits,
                                               struct ap_error *err);
void ap_correlator_free(struct ap_correlator *correlator); /* NULL is harmless */

/*
 * One event and the rules that it matched. Hits, chained ones and those of correlations that do not report too, come in
 * the order of the rule list within one event. Windows of `lt`, `lte`, `eq`, `neq` conditions are decided when they
 * close: hits of those that this event's time has closed come first.
 */
AP_MUST_CHECK enum ap_status ap_correlator_feed(struct ap_correlator *correlator, const struct ap_event *event,
                                                const size_t *rules, size_t count, ap_correlation_fn *fn, void *context,
                                                struct ap_error *err);

/*
 * When the events to come were recorded, by whoever knows the time. One that claims to be of later than that, by more
 * than clocks differ (late_us), or that says no time, counts as of then: or a false time would be a way out of every
 * window. known false: nobody knows.
 */
void ap_correlator_recorded(struct ap_correlator *correlator, bool known, int64_t at_us);

/* Close every window: the stream is over. */
AP_MUST_CHECK enum ap_status ap_correlator_end(struct ap_correlator *correlator, ap_correlation_fn *fn, void *context,
                                               struct ap_error *err);

void ap_correlator_stats(const struct ap_correlator *correlator, struct ap_correlation_stats *out);

/*
 * The state of one partition (its value's text; NULL for events without one) as bytes, the same for the same state, and
 * back. Loading checks every length; AP_EINPUT when the bytes are not such a state of this rule set.
 */
AP_MUST_CHECK enum ap_status ap_correlator_save(const struct ap_correlator *correlator, const char *partition,
                                                size_t len, struct ap_buf *out, struct ap_error *err);
AP_MUST_CHECK enum ap_status ap_correlator_load(struct ap_correlator *correlator, const char *partition, size_t len,
                                                const void *state, size_t state_len, struct ap_error *err);
void ap_correlator_forget(struct ap_correlator *correlator, const char *partition, size_t len);

#endif
