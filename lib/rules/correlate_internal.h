/* What the parts of correlation share: groups (correlate_group.c), windows (correlate_window.c), state
 * (correlate_state.c). */
#ifndef AUDITPROOF_RULES_CORRELATE_INTERNAL_H
#define AUDITPROOF_RULES_CORRELATE_INTERNAL_H

#include "auditproof/digest.h"
#include "correlate.h"

/*
 * Entries of one group. Counts are held against small numbers, and once a window is past them nothing more needs
 * keeping; sums and orders need everything.
 */
enum { CORR_GROUP_MAX = 65536, CORR_GROUP_FLOOR = 1024 };

/* A group-by value longer than this stands in its group by its SHA-256. Bytes. */
enum { CORR_VALUE_MAX = 512 };

/* So many events running that are late are not: the time that they are held against was false. */
enum { CORR_LATE_RUN = 8 };

#define CORR_NONE SIZE_MAX

/* One event in a window. */
struct corr_entry {
    int64_t at_us;
    double number;      /* value_sum, _avg, _median, _percentile */
    uint8_t digest[16]; /* value_count: of the tuple of values */
    uint32_t pos;       /* which of the correlation's rules matched */
};

struct corr_partition;

struct corr_group {
    struct corr_group *next_in_bucket;
    struct corr_group *newer, *older;  /* over all groups: by when they were last touched */
    struct corr_group *before, *after; /* the same within its partition: the last was touched last */
    struct corr_group *sooner, *later; /* windows of the same correlation and partition that wait to close */
    struct corr_partition *partition;
    uint64_t hash;
    uint32_t correlation;       /* index into the correlator's own list */
    bool firing;                /* the condition held at the last look: no new hit until it has not */
    bool waiting;               /* in the list of windows that wait to close */
    int64_t opened_us;          /* of such a window */
    uint64_t spared;            /* events of such a window that are not kept (correlate_order.c) */
    struct corr_entry *entries; /* entries[start .. start + count), by time, then by arrival */
    size_t start, count, cap;
    size_t key_len;
    char key[]; /* each group-by value: 1 byte there or not, 4 bytes length, the bytes */
};

struct corr_queue {
    struct corr_group *first, *last;
};

struct corr_partition {
    struct corr_partition *next_in_bucket;
    struct corr_partition *before, *after; /* in the order of making */
    uint64_t hash;
    int64_t newest_us;
    uint32_t behind; /* events running that are late to newest_us, and the newest time among them */
    int64_t behind_us;
    struct corr_group *first, *last;
    size_t group_count, held;
    struct corr_queue
        *queues; /* one for each correlation that is decided when a window closes; NULL when there are none */
    bool named;  /* false: events without a partition value */
    size_t len;
    char name[];
};

/* Where a field's value comes from. */
struct corr_source {
    uint32_t id;   /* field of the event, for event rules */
    uint32_t from; /* which group-by value of the hit, for correlations; AP_NO_VALUE: none */
    uint32_t next; /* the source that is asked when this one has nothing, or AP_NO_VALUE */
};

/* One correlation of the list, worked out. */
struct corr_plan {
    size_t rule; /* index into the list */
    const struct ap_correlation *is;
    struct corr_source *group, *values; /* [field * rule_count + pos], then those that come next */
    bool closing;                       /* decided when its window closes */
    size_t queue;                       /* index into a partition's queues */
    size_t keep;                        /* entries that a group keeps */
    bool lossless;                      /* every entry of a window counts: one that is let go is lost */
    int64_t retain_us;                  /* how far behind the newest time entries are kept */
};

/* A rule of the list feeds these. */
struct corr_link {
    uint32_t correlation, pos;
};

struct ap_correlator {
    const struct ap_rule_list *list;
    struct ap_correlator_limits limits;
    struct corr_plan *plans; /* those referred to come before those that refer to them */
    size_t plan_count, closing_count;
    struct corr_link *links; /* of all rules; rule r has links[link_at[r]] .. links[link_at[r + 1]) */
    size_t *link_at;
    uint32_t partition_field, time_field;
    bool has_partition_field;
    bool has_recorded; /* when the events to come were recorded is known */
    int64_t recorded_us;
    uint64_t seed;
    struct ap_digest *digest;

    struct corr_group **groups; /* buckets, a power of two */
    size_t group_buckets;
    struct corr_partition **partitions;
    size_t partition_buckets, partition_count;
    struct corr_partition *first, *last;
    struct corr_group *newest, *oldest;
    struct ap_correlation_stats stats;

    /* Of the event being fed. */
    struct ap_arena scratch;
    struct corr_input *inputs; /* grows while it is worked through */
    size_t input_count, input_cap;
    struct corr_hit *hits;
    size_t hit_count, hit_cap;
    double *sorted; /* for median and percentile */
    size_t sorted_cap;
};

/* A hit, and which one of this event's it is. */
struct corr_hit {
    struct ap_correlation_hit is;
    size_t order;
};

/* What a correlation is to take in: the event itself, or a hit of another one. */
struct corr_input {
    uint32_t correlation, pos;
    size_t hit; /* index into hits, or CORR_NONE for the event */
    bool done;
};

/* What a window came to. */
struct corr_verdict {
    bool holds;
    double value;
    uint64_t count;
    int64_t first_us, last_us;
};

/* correlate_group.c */
struct corr_partition *corr_partition_find(const struct ap_correlator *c, const char *name, size_t len);
AP_MUST_CHECK enum ap_status corr_partition_get(struct ap_correlator *c, const char *name, size_t len,
                                                struct corr_partition **out, struct ap_error *err);
AP_MUST_CHECK enum ap_status corr_group_get(struct ap_correlator *c, struct corr_partition *partition,
                                            uint32_t correlation, const struct ap_buf *key, struct corr_group **out,
                                            struct ap_error *err);
void corr_group_drop(struct ap_correlator *c, struct corr_group *group);
void corr_partition_drop(struct ap_correlator *c, struct corr_partition *partition); /* with its groups */
/* Put an entry in its place by time; *at is its index from start. May drop the oldest, or another group, and count it.
 */
AP_MUST_CHECK enum ap_status corr_group_add(struct ap_correlator *c, struct corr_group *group,
                                            const struct corr_entry *entry, size_t *at, struct ap_error *err);
void corr_group_shed(struct ap_correlator *c, struct corr_group *group, size_t from_start); /* forget the oldest */
void corr_group_remove(struct ap_correlator *c, struct corr_group *group, size_t at);
void corr_queue_add(struct corr_queue *queue, struct corr_group *group);
void corr_queue_remove(struct corr_queue *queue, struct corr_group *group);
static inline struct corr_entry *corr_entries(const struct corr_group *group)
{
    return group->entries == NULL ? NULL : group->entries + group->start;
}

/* The event being fed, and what it is worth to correlations. */
struct corr_feeding {
    struct ap_correlator *c;
    const struct ap_event *event;
    struct corr_partition *partition;
    int64_t at_us;
    ap_correlation_fn *fn;
    void *context;
};

/* correlate_input.c */
/* What a field of an event or a hit says: its first value; text NULL when it says nothing. */
struct ap_text corr_text(const struct corr_feeding *f, const struct corr_input *input,
                         const struct corr_source *sources, size_t at);
/* *usable false: it lacks what a value_* correlation is about. */
AP_MUST_CHECK enum ap_status corr_make_entry(struct corr_feeding *f, const struct corr_input *input,
                                             struct corr_entry *entry, bool *usable, struct ap_error *err);
AP_MUST_CHECK enum ap_status corr_find_group(struct corr_feeding *f, const struct corr_input *input,
                                             struct corr_group **out, struct ap_error *err);

/* correlate_order.c: events that are to come in the order of the rules. */
/* How many of the rules, from the first on, are met in their order. */
size_t corr_order_met(const struct corr_entry *entries, size_t count, size_t rules);
/* The latest time at which the first of so many rules was met, all of which are. */
int64_t corr_order_began(const struct corr_entry *entries, size_t count, size_t met);
/* An entry was put at this index: let go of those by it that can make no difference. */
void corr_order_thin(struct ap_correlator *c, struct corr_group *group, size_t at);
/* Whether the first rule was met, so that an event still to come may be what was waited for. */
bool corr_order_waits(const struct ap_correlator *c, const struct corr_group *group);
/* Whether any of the entries is of that rule of the correlation. */
bool corr_has_rule(const struct corr_entry *entries, size_t count, size_t pos);

/* correlate_state.c */
/* Whether anything that may still come, while time goes on, can be told apart by this group's being there. */
bool corr_has_say(const struct ap_correlator *c, const struct corr_group *group);

/* correlate_window.c */
/* Index of the first entry later than t, from start. */
size_t corr_first_after(const struct corr_group *group, int64_t t_us);
/* The entries [from, to) held against the condition. */
AP_MUST_CHECK enum ap_status corr_decide(struct ap_correlator *c, const struct corr_group *group, size_t from,
                                         size_t to, struct corr_verdict *out, struct ap_error *err);
bool corr_bounds_hold(const struct ap_correlation *correlation, double value);

/* t - span without running past the first time. */
static inline int64_t corr_before(int64_t t_us, int64_t span_us)
{
    return t_us < INT64_MIN + span_us ? INT64_MIN : t_us - span_us;
}

#endif
