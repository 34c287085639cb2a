#include "enrich.h"

#include <stdlib.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/digest.h"
#include "hash.h"

enum { DEFAULT_ACTORS = 100000, VALUES_MAX = 64, BUCKETS = 1024, KINDS = 2, KEY_MAX = 1024 };

/* What was seen of one actor: hashes of the values, the oldest overwritten once there are VALUES_MAX. */
struct seen {
    uint64_t *hashes;
    uint32_t count, cap, next;
};

struct actor {
    struct actor *next_in_bucket;
    struct actor *newer, *older;
    uint64_t hash;
    struct seen seen[KINDS];
    size_t len;
    char key[]; /* partition, NUL, actor */
};

struct ap_enricher {
    struct ap_event_profile profile;
    ap_history_fn *history;
    void *history_context;
    bool wants_new[KINDS], wants_actor, wants_hours;
    uint32_t new_field[KINDS], actor_new_field, hours_field;
    uint32_t partition_field, actor_field, time_field, value_field[KINDS];
    bool has_partition;
    uint64_t seed;
    struct actor **buckets;
    size_t bucket_count, actor_count, actor_limit;
    struct actor *newest, *oldest;
    uint64_t evicted;
    struct ap_buf partition, actor, value, key; /* of the present event, NUL-terminated */
};

static const char *const new_names[KINDS] = {"enrich.first_seen_ip", "enrich.first_seen_user_agent"};
static const enum ap_history_kind history_kinds[KINDS] = {AP_HISTORY_ADDRESS, AP_HISTORY_AGENT};

static enum ap_status add_field(struct ap_fields *fields, const struct ap_text *name, uint32_t *id,
                                struct ap_error *err)
{
    *id = AP_NO_VALUE;
    return name->text == NULL ? AP_OK : ap_fields_add(fields, name->text, name->len, id, err);
}

static bool asked_for(const struct ap_fields *fields, const char *name, uint32_t *id)
{
    return ap_fields_find(fields, name, strlen(name), id);
}

static enum ap_status prepare(struct ap_enricher *e, struct ap_fields *fields, struct ap_error *err)
{
    const struct ap_text *values[KINDS] = {&e->profile.address, &e->profile.agent};
    enum ap_status status = ap_random(&e->seed, sizeof e->seed, err);
    bool history;
    size_t i;

    for (i = 0; i < KINDS; i++)
        e->wants_new[i] = asked_for(fields, new_names[i], &e->new_field[i]);
    e->wants_actor = asked_for(fields, "enrich.first_seen_actor", &e->actor_new_field);
    e->wants_hours = asked_for(fields, "enrich.off_hours", &e->hours_field);
    history = e->wants_new[0] || e->wants_new[1] || e->wants_actor;
    if (status == AP_OK && e->wants_hours)
        status = add_field(fields, &e->profile.time, &e->time_field, err);
    if (status != AP_OK || !history)
        return status;
    status = add_field(fields, &e->profile.partition, &e->partition_field, err);
    if (status == AP_OK)
        status = add_field(fields, &e->profile.actor, &e->actor_field, err);
    for (i = 0; i < KINDS && status == AP_OK; i++)
        status = add_field(fields, values[i], &e->value_field[i], err);
    e->has_partition = e->partition_field != AP_NO_VALUE;
    if (e->actor_field == AP_NO_VALUE)
        e->wants_new[0] = e->wants_new[1] = e->wants_actor = false;
    for (i = 0; i < KINDS; i++)
        e->wants_new[i] = e->wants_new[i] && e->value_field[i] != AP_NO_VALUE;
    e->bucket_count = BUCKETS;
    e->buckets = calloc(BUCKETS, sizeof(struct actor *));
    return status == AP_OK && e->buckets == NULL ? ap_fail_memory(err, "the history of actors") : status;
}

enum ap_status ap_enricher_new(struct ap_enricher **out, const struct ap_rule_list *list, struct ap_fields *fields,
                               const struct ap_classifier_options *options, struct ap_error *err)
{
    struct ap_enricher *e = calloc(1, sizeof *e);
    enum ap_status status;

    *out = NULL;
    if (e == NULL)
        return ap_fail_memory(err, "the history of actors");
    e->profile = list->profile;
    e->actor_limit = DEFAULT_ACTORS;
    if (options != NULL) {
        e->history = options->history;
        e->history_context = options->history_context;
        if (options->history_actors > 0)
            e->actor_limit = options->history_actors;
    }
    status = prepare(e, fields, err);
    if (status != AP_OK) {
        ap_enricher_free(e);
        return status;
    }
    *out = e;
    return AP_OK;
}

static void actor_free(struct actor *actor)
{
    size_t i;

    for (i = 0; i < KINDS; i++)
        free(actor->seen[i].hashes);
    free(actor);
}

void ap_enricher_free(struct ap_enricher *e)
{
    struct actor *actor, *older;

    if (e == NULL)
        return;
    for (actor = e->newest; actor != NULL; actor = older) {
        older = actor->older;
        actor_free(actor);
    }
    free(e->buckets);
    ap_buf_free(&e->partition);
    ap_buf_free(&e->actor);
    ap_buf_free(&e->value);
    ap_buf_free(&e->key);
    free(e);
}

uint64_t ap_enricher_evicted(const struct ap_enricher *e)
{
    return e->evicted;
}

static void unlink_age(struct ap_enricher *e, struct actor *actor)
{
    if (actor->newer != NULL)
        actor->newer->older = actor->older;
    else
        e->newest = actor->older;
    if (actor->older != NULL)
        actor->older->newer = actor->newer;
    else
        e->oldest = actor->newer;
}

static void link_newest(struct ap_enricher *e, struct actor *actor)
{
    actor->newer = NULL;
    actor->older = e->newest;
    if (e->newest != NULL)
        e->newest->newer = actor;
    else
        e->oldest = actor;
    e->newest = actor;
}

static void evict_oldest(struct ap_enricher *e)
{
    struct actor *actor = e->oldest, **at = &e->buckets[actor->hash & (e->bucket_count - 1)];

    while (*at != actor)
        at = &(*at)->next_in_bucket;
    *at = actor->next_in_bucket;
    unlink_age(e, actor);
    actor_free(actor);
    e->actor_count--;
    e->evicted++;
}

static void grow(struct ap_enricher *e)
{
    size_t buckets = e->bucket_count * 2;
    struct actor **grown, *actor;

    if (e->actor_count <= e->bucket_count || (grown = calloc(buckets, sizeof(struct actor *))) == NULL)
        return;
    for (actor = e->newest; actor != NULL; actor = actor->older) {
        actor->next_in_bucket = grown[actor->hash & (buckets - 1)];
        grown[actor->hash & (buckets - 1)] = actor;
    }
    free(e->buckets);
    e->buckets = grown;
    e->bucket_count = buckets;
}

/* The actor of e->key, made when it is new. */
static enum ap_status find_actor(struct ap_enricher *e, struct actor **out, bool *known, struct ap_error *err)
{
    uint64_t hash = hash_bytes(e->seed, ap_buf_str(&e->key), e->key.len);
    struct actor *actor = e->buckets[hash & (e->bucket_count - 1)];

    while (actor != NULL &&
           (actor->hash != hash || actor->len != e->key.len || memcmp(actor->key, e->key.data, e->key.len) != 0))
        actor = actor->next_in_bucket;
    *known = actor != NULL;
    if (actor == NULL) {
        if (e->actor_count >= e->actor_limit)
            evict_oldest(e);
        actor = calloc(1, sizeof *actor + e->key.len);
        if (actor == NULL)
            return ap_fail_memory(err, "the history of actors");
        actor->hash = hash;
        actor->len = e->key.len;
        memcpy(actor->key, e->key.data, e->key.len);
        actor->next_in_bucket = e->buckets[hash & (e->bucket_count - 1)];
        e->buckets[hash & (e->bucket_count - 1)] = actor;
        e->actor_count++;
        grow(e);
    } else {
        unlink_age(e, actor);
    }
    link_newest(e, actor);
    *out = actor;
    return AP_OK;
}

static bool has_seen(const struct seen *seen, uint64_t hash)
{
    uint32_t i;

    for (i = 0; i < seen->count; i++)
        if (seen->hashes[i] == hash)
            return true;
    return false;
}

static enum ap_status remember(struct seen *seen, uint64_t hash, struct ap_error *err)
{
    if (seen->count == seen->cap && seen->cap < VALUES_MAX) {
        uint32_t cap = seen->cap == 0 ? 4 : seen->cap * 2;
        uint64_t *grown = realloc(seen->hashes, cap * sizeof *grown);

        if (grown == NULL)
            return ap_fail_memory(err, "the history of actors");
        seen->hashes = grown;
        seen->cap = cap;
    }
    if (seen->count < seen->cap) {
        seen->hashes[seen->count++] = hash;
        return AP_OK;
    }
    seen->hashes[seen->next] = hash;
    seen->next = (seen->next + 1) % seen->cap;
    return AP_OK;
}

/* The first value of a field as text; false when it says nothing. A NUL in it ends it, and an overlong one is cut. */
static bool text_of(const struct ap_event *event, uint32_t field, struct ap_buf *out)
{
    uint32_t first = field == AP_NO_VALUE ? AP_NO_VALUE : ap_event_first(event, field);
    const struct ap_event_value *values;
    size_t count;

    ap_buf_clear(out);
    if (first == AP_NO_VALUE)
        return false;
    values = ap_event_values(event, &count);
    if (values[first].kind != AP_VALUE_STRING && values[first].kind != AP_VALUE_NUMBER)
        return false;
    count = strnlen(values[first].text, values[first].len < KEY_MAX ? values[first].len : KEY_MAX);
    ap_buf_add(out, values[first].text, count);
    return count > 0;
}

/* Whether history knows an actor that this run has not met. */
static enum ap_status ask_for_actor(struct ap_enricher *e, bool *known, struct ap_error *err)
{
    struct ap_history_answer answer = {false, false};
    enum ap_status status;

    if (*known || e->history == NULL || !e->wants_actor)
        return AP_OK;
    status = e->history(e->history_context, AP_HISTORY_ACTOR, e->has_partition ? ap_buf_str(&e->partition) : NULL,
                        ap_buf_str(&e->actor), NULL, &answer, err);
    *known = answer.actor_seen;
    return status;
}

/* Whether the value was never seen before of an actor that was; and remember it. */
static enum ap_status look_back(struct ap_enricher *e, struct actor *actor, size_t kind, bool *actor_seen,
                                bool *value_new, struct ap_error *err)
{
    uint64_t hash = hash_bytes(e->seed, ap_buf_str(&e->value), e->value.len);
    struct ap_history_answer answer = {false, false};
    enum ap_status status;

    *value_new = false;
    if (has_seen(&actor->seen[kind], hash))
        return AP_OK;
    if (e->history != NULL) {
        status =
            e->history(e->history_context, history_kinds[kind], e->has_partition ? ap_buf_str(&e->partition) : NULL,
                       ap_buf_str(&e->actor), ap_buf_str(&e->value), &answer, err);
        if (status != AP_OK)
            return status;
        *actor_seen = *actor_seen || answer.actor_seen;
    }
    *value_new = *actor_seen && !answer.value_seen;
    return remember(&actor->seen[kind], hash, err);
}

static enum ap_status put(struct ap_event *event, uint32_t field, bool truth, struct ap_error *err)
{
    /* What the event itself says of it stands: it was enriched before. */
    if (ap_event_first(event, field) != AP_NO_VALUE)
        return AP_OK;
    return ap_event_put(event, field, AP_VALUE_BOOL, truth ? "true" : "false", truth ? 4 : 5, truth, err);
}

static enum ap_status enrich_history(struct ap_enricher *e, struct ap_event *event, struct ap_error *err)
{
    struct actor *actor = NULL;
    bool known = false, value_new[KINDS] = {false, false}, asked[KINDS] = {false, false};
    enum ap_status status;
    size_t i;

    if (!text_of(event, e->actor_field, &e->actor))
        return AP_OK;
    (void)text_of(event, e->partition_field, &e->partition);
    ap_buf_clear(&e->key);
    ap_buf_add(&e->key, ap_buf_str(&e->partition), e->partition.len + 1);
    ap_buf_add(&e->key, ap_buf_str(&e->actor), e->actor.len);
    status = ap_buf_check(&e->key, "the history of actors", err);
    if (status == AP_OK)
        status = find_actor(e, &actor, &known, err);
    if (status == AP_OK)
        status = ask_for_actor(e, &known, err);
    for (i = 0; i < KINDS && status == AP_OK; i++) {
        if (!text_of(event, e->value_field[i], &e->value))
            continue;
        status = ap_buf_check(&e->value, "the history of actors", err);
        asked[i] = true;
        if (status == AP_OK)
            status = look_back(e, actor, i, &known, &value_new[i], err);
    }
    for (i = 0; i < KINDS && status == AP_OK; i++)
        if (e->wants_new[i] && asked[i])
            status = put(event, e->new_field[i], value_new[i], err);
    if (status == AP_OK && e->wants_actor)
        status = put(event, e->actor_new_field, !known, err);
    return status;
}

/* Monday is 0: 1970-01-01 was a Thursday. */
static bool is_off_hours(const struct ap_event_profile *profile, int64_t at_us)
{
    int64_t day = at_us / AP_US_PER_DAY, minute;
    bool within;

    if (at_us % AP_US_PER_DAY < 0)
        day--;
    minute = (at_us - day * AP_US_PER_DAY) / (60 * AP_US_PER_SECOND);
    if (profile->hours_from_min <= profile->hours_to_min)
        within = minute >= profile->hours_from_min && minute < profile->hours_to_min;
    else
        within = minute >= profile->hours_from_min || minute < profile->hours_to_min;
    return !within || ((profile->work_days >> (((day + 3) % 7 + 7) % 7)) & 1) == 0;
}

static enum ap_status enrich_hours(struct ap_enricher *e, struct ap_event *event, struct ap_error *err)
{
    uint32_t first = ap_event_first(event, e->time_field);
    const struct ap_event_value *values;
    int64_t at_us;
    size_t count;

    if (first == AP_NO_VALUE)
        return AP_OK;
    values = ap_event_values(event, &count);
    return ap_event_time(&at_us, &values[first]) ? put(event, e->hours_field, is_off_hours(&e->profile, at_us), err)
                                                 : AP_OK;
}

enum ap_status ap_enrich(struct ap_enricher *e, struct ap_event *event, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    if (e->wants_hours && e->time_field != AP_NO_VALUE)
        status = enrich_hours(e, event, err);
    if (status == AP_OK && (e->wants_new[0] || e->wants_new[1] || e->wants_actor))
        status = enrich_history(e, event, err);
    return status;
}
