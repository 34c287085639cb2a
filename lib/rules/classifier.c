#include "classifier.h"

#include <stdlib.h>
#include <string.h>

#include "auditproof/json.h"

static enum ap_status build_memory(struct ap_classifier *c, struct ap_error *err)
{
    struct ap_correlator_limits limits = {.groups = c->options.correlation_groups};
    enum ap_status status = ap_correlator_new(&c->correlator, c->list, c->fields, &limits, err);

    return status == AP_OK ? ap_enricher_new(&c->enricher, c->list, c->fields, &c->options, err) : status;
}

/* Everything that wants fields of events comes before the fields are sealed, what reads events by them after. */
static enum ap_status build(struct ap_classifier *c, struct ap_error *err)
{
    enum ap_status status = ap_fields_new(&c->fields, err);

    if (status == AP_OK)
        status = ap_program_new(&c->program, c->list, c->fields, err);
    if (status == AP_OK)
        status = build_memory(c, err);
    if (status == AP_OK)
        status = ap_fields_seal(c->fields, err);
    if (status == AP_OK)
        status = ap_matcher_new(&c->matcher, c->program, err);
    if (status == AP_OK)
        status = ap_event_new(&c->event, c->fields, err);
    return status;
}

enum ap_status ap_classifier_new(struct ap_classifier **out, const struct ap_rules *rules,
                                 const struct ap_classifier_options *options, struct ap_error *err)
{
    struct ap_classifier *c = calloc(1, sizeof *c);
    enum ap_status status;
    size_t count;

    *out = c;
    if (c == NULL)
        return ap_fail_memory(err, "a classifier");
    c->rules = rules;
    c->list = ap_rules_list(rules);
    c->unwrap.ended = true;
    if (options != NULL)
        c->options = *options;
    ap_arena_init(&c->arena, 0);
    count = c->list->count > 0 ? c->list->count : 1;
    c->reported = calloc(count, sizeof *c->reported);
    c->completed = calloc(count, sizeof *c->completed);
    status = c->reported != NULL && c->completed != NULL ? build(c, err) : ap_fail_memory(err, "a classifier");
    if (status != AP_OK) {
        ap_classifier_free(c);
        *out = NULL;
    }
    return status;
}

void ap_classifier_free(struct ap_classifier *classifier)
{
    if (classifier == NULL)
        return;
    ap_event_free(classifier->event);
    ap_matcher_free(classifier->matcher);
    ap_enricher_free(classifier->enricher);
    ap_correlator_free(classifier->correlator);
    ap_program_free(classifier->program);
    ap_fields_free(classifier->fields);
    ap_arena_free(&classifier->arena);
    ap_buf_free(&classifier->scratch);
    free(classifier->reported);
    free(classifier->completed);
    free(classifier->hits.list);
    free(classifier->closed.list);
    free(classifier);
}

void ap_classify_line(struct ap_classifier *classifier, const char *line, size_t len)
{
    ap_unwrap_open(&classifier->unwrap, line, len, &classifier->list->profile.unwrap);
    ap_correlator_recorded(classifier->correlator, false, 0);
}

void ap_classify_recorded(struct ap_classifier *classifier, int64_t at_us)
{
    ap_correlator_recorded(classifier->correlator, true, at_us);
}

/* {"actor_id":"…","ip_address":null}; NULL when memory ran out. */
static const char *group_json(struct ap_classifier *c, const struct ap_correlation_hit *hit)
{
    const struct ap_correlation *correlation = c->list->rules[hit->rule]->correlation;
    struct ap_buf *out = &c->scratch;

    ap_buf_clear(out);
    ap_buf_addc(out, '{');
    for (size_t i = 0; i < hit->group_count; i++) {
        const struct ap_text *name = &correlation->group[i].name, *value = &hit->group[i];

        if (i > 0)
            ap_buf_addc(out, ',');
        ap_json_string_n(out, name->text, name->len);
        ap_buf_addc(out, ':');
        if (value->text != NULL)
            ap_json_string_n(out, value->text, value->len);
        else
            ap_buf_adds(out, "null");
    }
    ap_buf_addc(out, '}');
    return out->failed ? NULL : ap_arena_copy(&c->arena, out->data, out->len);
}

static enum ap_status take_hit(void *context, const struct ap_correlation_hit *hit, struct ap_error *err)
{
    struct ap_classifier *c = context;
    struct ap_hit_list *hits = hit->closed ? &c->closed : &c->hits;
    const char *group;

    c->completed[hit->rule] = true;
    if (!c->list->rules[hit->rule]->reports)
        return AP_OK;
    if (hits->count == hits->cap) {
        size_t cap = hits->cap > 0 ? 2 * hits->cap : 8;
        struct ap_correlated *list = reallocarray(hits->list, cap, sizeof *list);

        if (list == NULL)
            return ap_fail_memory(err, "correlations");
        hits->list = list;
        hits->cap = cap;
    }
    group = group_json(c, hit);
    if (group == NULL)
        return ap_fail_memory(err, "a correlation's group");
    hits->list[hits->count++] =
        (struct ap_correlated){hit->rule, hit->first_us, hit->last_us, hit->count, hit->value, group};
    return AP_OK;
}

static void forget_hits(struct ap_classifier *c)
{
    c->hits.count = c->closed.count = c->matched_count = 0;
    memset(c->completed, 0, c->list->count * sizeof *c->completed);
    ap_arena_reset(&c->arena);
}

static void put_closed(const struct ap_classifier *c, struct ap_classification *out)
{
    out->closed = c->closed.list;
    out->closed_count = c->closed.count;
}

static void sum_up(struct ap_classifier *c, struct ap_classification *out)
{
    for (size_t i = 0; i < c->matched_count; i++) {
        const struct ap_rule *rule = c->list->rules[c->matched[i]];

        if (!rule->reports)
            continue;
        c->reported[out->rule_count++] = c->matched[i];
        if (rule->info.level > out->level)
            out->level = rule->info.level;
    }
    for (size_t i = 0; i < c->hits.count; i++) {
        enum ap_level level = c->list->rules[c->hits.list[i].rule]->info.level;

        if (level > out->level)
            out->level = level;
    }
    out->rules = c->reported;
    out->correlated = c->hits.list;
    out->correlated_count = c->hits.count;
    put_closed(c, out);
    c->stats.matched += out->level > AP_LEVEL_NONE ? 1 : 0;
}

static enum ap_status classify(struct ap_classifier *c, struct ap_classification *out, struct ap_error *err)
{
    enum ap_status status = ap_enrich(c->enricher, c->event, err);

    if (status == AP_OK)
        status = ap_matcher_run(c->matcher, c->event, &c->matched, &c->matched_count, err);
    if (status == AP_OK)
        status = ap_correlator_feed(c->correlator, c->event, c->matched, c->matched_count, take_hit, c, err);
    if (status == AP_OK)
        sum_up(c, out);
    return status;
}

enum ap_status ap_classify_next(struct ap_classifier *classifier, bool *more, struct ap_classification *out, size_t *at,
                                struct ap_error *err)
{
    struct ap_classifier *c = classifier;
    size_t len = 0;
    enum ap_status status;

    *out = (struct ap_classification){.level = AP_LEVEL_NONE};
    forget_hits(c);
    status = ap_unwrap_next(&c->unwrap, &c->scratch, more, &c->text, &len, at, err);
    if (status == AP_OK && !*more)
        return AP_OK;
    if (status == AP_OK) {
        status = ap_event_read(c->event, c->text, len, at, err);
        *at += (size_t)(c->text - c->unwrap.line);
    }
    if (status == AP_EINPUT || status == AP_ELIMIT) {
        c->stats.bad++;
        *more = true;
    }
    if (status != AP_OK)
        return status;
    c->stats.events++;
    return classify(c, out, err);
}

enum ap_status ap_classify_end(struct ap_classifier *classifier, struct ap_classification *out, struct ap_error *err)
{
    enum ap_status status;

    *out = (struct ap_classification){.level = AP_LEVEL_NONE};
    forget_hits(classifier);
    status = ap_correlator_end(classifier->correlator, take_hit, classifier, err);
    put_closed(classifier, out);
    return status;
}

bool ap_classifier_has(const struct ap_classifier *classifier, size_t rule)
{
    for (size_t i = 0; i < classifier->matched_count; i++)
        if (classifier->matched[i] == rule)
            return true;
    return classifier->completed[rule];
}

enum ap_status ap_classifier_reset(struct ap_classifier *classifier, struct ap_error *err)
{
    forget_hits(classifier);
    ap_correlator_free(classifier->correlator);
    ap_enricher_free(classifier->enricher);
    classifier->correlator = NULL;
    classifier->enricher = NULL;
    return build_memory(classifier, err);
}

size_t ap_classify_limited(struct ap_classifier *classifier)
{
    return ap_matcher_limited(classifier->matcher);
}

void ap_classifier_stats(const struct ap_classifier *classifier, struct ap_classifier_stats *out)
{
    struct ap_match_stats match;
    struct ap_correlation_stats correlation;

    ap_matcher_stats(classifier->matcher, &match);
    ap_correlator_stats(classifier->correlator, &correlation);
    *out = classifier->stats;
    out->candidates = match.candidates;
    out->regex_searches = match.searches;
    out->regex_limits = match.limits;
    out->late = correlation.late;
    out->evicted_groups = correlation.evicted_groups;
    out->evicted_events = correlation.evicted_events;
    out->evicted_actors = ap_enricher_evicted(classifier->enricher);
}

static size_t length(const char *partition)
{
    return partition != NULL ? strlen(partition) : 0;
}

enum ap_status ap_classifier_save(const struct ap_classifier *classifier, const char *partition, struct ap_buf *out,
                                  struct ap_error *err)
{
    return ap_correlator_save(classifier->correlator, partition, length(partition), out, err);
}

enum ap_status ap_classifier_load(struct ap_classifier *classifier, const char *partition, const void *state,
                                  size_t len, struct ap_error *err)
{
    return ap_correlator_load(classifier->correlator, partition, length(partition), state, len, err);
}

void ap_classifier_forget(struct ap_classifier *classifier, const char *partition)
{
    ap_correlator_forget(classifier->correlator, partition, length(partition));
}
