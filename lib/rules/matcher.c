#include "matcher_internal.h"

#include <stdlib.h>
#include <string.h>

static bool allocate(struct ap_matcher *m)
{
    const struct ap_program *program = m->program;
    size_t rules = (size_t)program->rule_count + 1;

    m->known = calloc((size_t)program->fact_count + 1, sizeof *m->known);
    m->object = calloc((size_t)program->field_count + 1, sizeof *m->object);
    m->woken_at = calloc(rules, sizeof *m->woken_at);
    m->woken = calloc(rules, sizeof *m->woken);
    m->hits = calloc(rules, sizeof *m->hits);
    m->limited = calloc(rules, sizeof *m->limited);
    m->limited_rules = calloc(rules, sizeof *m->limited_rules);
    return m->known != NULL && m->object != NULL && m->woken_at != NULL && m->woken != NULL && m->hits != NULL &&
           m->limited != NULL && m->limited_rules != NULL;
}

enum ap_status ap_matcher_new(struct ap_matcher **out, const struct ap_program *program, struct ap_error *err)
{
    struct ap_matcher *m = calloc(1, sizeof *m);
    enum ap_status status = AP_OK;

    *out = NULL;
    if (m == NULL)
        return ap_fail_memory(err, "matching events");
    m->program = program;
    if (!allocate(m))
        status = ap_fail_memory(err, "matching events");
    else
        status = ap_regex_searcher_new(&m->asking.searcher, err);
    if (status != AP_OK) {
        ap_matcher_free(m);
        return status;
    }
    *out = m;
    return AP_OK;
}

void ap_matcher_free(struct ap_matcher *matcher)
{
    if (matcher == NULL)
        return;
    ap_regex_searcher_free(matcher->asking.searcher);
    ap_buf_free(&matcher->asking.folded);
    ap_buf_free(&matcher->asking.other);
    ap_buf_free(&matcher->folded);
    free(matcher->known);
    free(matcher->object);
    free(matcher->woken_at);
    free(matcher->woken);
    free(matcher->hits);
    free(matcher->limited);
    free(matcher->limited_rules);
    free(matcher);
}

/* Once in 2^30 events the numbers begin again. */
static void next_event(struct ap_matcher *m)
{
    const struct ap_program *program = m->program;

    if (m->now == AP_MATCHER_EVENTS_MAX) {
        memset(m->known, 0, program->fact_count * sizeof *m->known);
        memset(m->object, 0, program->field_count * sizeof *m->object);
        memset(m->woken_at, 0, program->rule_count * sizeof *m->woken_at);
        m->now = 0;
    }
    m->now++;
    m->woken_count = 0;
    m->cut = false;
    m->stats.events++;
    m->stats.rules += program->rule_count;
}

static void ask(struct ap_matcher *m, uint32_t fact)
{
    uint64_t cut = m->asking.cut;
    enum ap_known known = AP_KNOWN_FALSE;

    if (ap_test_holds(&m->asking, &m->program->bound[fact])) {
        known = AP_KNOWN_TRUE;
    } else if (m->asking.cut != cut) {
        known = AP_KNOWN_CUT;
        m->cut = true;
    }
    m->known[fact] = ap_known(m, known);
}

/* Make the fact known, beyond MAYBE; of one that the index says nothing of, this leaves nothing known: it is false. */
static void find_out(struct ap_matcher *m, uint32_t fact)
{
    const struct ap_fact *what = &m->program->facts[fact];

    if (!ap_is_known(m, fact)) {
        if ((what->flags & AP_FACT_ASKED) != 0) {
            ask(m, fact);
            return;
        }
        if ((what->flags & AP_FACT_INTO) == 0 || what->field == AP_NO_FIELD || m->object[what->field] != m->now)
            return;
        ap_scan_objects(m, what->field);
    }
    if (m->known[fact] == ap_known(m, AP_KNOWN_MAYBE))
        ask(m, fact);
}

static void note_limit(struct ap_matcher *m, uint32_t rule)
{
    if (m->limited[rule])
        return;
    m->limited[rule] = true;
    m->limited_rules[m->limited_count++] = rule;
}

static bool run_rule(struct ap_matcher *m, uint32_t rule)
{
    const struct ap_code *code = m->program->code;
    uint32_t at = m->program->entry[rule], yes = ap_known(m, AP_KNOWN_TRUE);

    while (at < AP_CODE_MATCH) {
        uint32_t fact = code[at].fact;

        if (m->known[fact] != yes)
            find_out(m, fact);
        if (m->cut && m->known[fact] == ap_known(m, AP_KNOWN_CUT))
            note_limit(m, rule);
        at = m->known[fact] == yes ? code[at].yes : code[at].no;
    }
    return at == AP_CODE_MATCH;
}

/* Few match: by insertion. */
static size_t add_hit(size_t *hits, size_t count, size_t rule)
{
    size_t at = count;

    for (; at > 0 && hits[at - 1] > rule; at--)
        hits[at] = hits[at - 1];
    hits[at] = rule;
    return count + 1;
}

enum ap_status ap_matcher_run(struct ap_matcher *matcher, struct ap_event *event, const size_t **rules, size_t *count,
                              struct ap_error *err)
{
    struct ap_matcher *m = matcher;
    const struct ap_program *program = m->program;
    size_t hits = 0;

    *rules = m->hits;
    *count = 0;
    next_event(m);
    m->asking.event = event;
    ap_regex_searcher_begin(m->asking.searcher);
    m->asking.status = AP_OK;
    ap_scan_event(m);
    for (uint32_t i = 0; i < program->always_count; i++)
        if (run_rule(m, program->always[i]))
            hits = add_hit(m->hits, hits, program->rules[program->always[i]]);
    for (uint32_t i = 0; i < m->woken_count; i++)
        if (run_rule(m, m->woken[i]))
            hits = add_hit(m->hits, hits, program->rules[m->woken[i]]);
    m->stats.candidates += program->always_count + m->woken_count;
    if (m->asking.status != AP_OK) {
        if (err != NULL)
            *err = m->asking.error;
        return m->asking.status;
    }
    m->stats.hits += hits;
    *count = hits;
    return AP_OK;
}

void ap_matcher_stats(const struct ap_matcher *matcher, struct ap_match_stats *out)
{
    *out = matcher->stats;
    out->searches = matcher->asking.searches;
    out->limits = matcher->asking.cut;
}

size_t ap_matcher_limited(struct ap_matcher *matcher)
{
    if (matcher->limited_told == matcher->limited_count)
        return SIZE_MAX;
    return matcher->program->rules[matcher->limited_rules[matcher->limited_told++]];
}
