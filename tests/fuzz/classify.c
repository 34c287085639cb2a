/*
 * An arbitrary line through the whole of classification: it is refused with a place inside it, or comes out as an event
 * which, classified again, comes out the same.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char rules_text[] =
    "title: words\nid: 00000000-0000-4000-8000-000000000001\nlogsource: {product: p}\nlevel: high\n"
    "detection:\n  a: {action: '*login?failed*'}\n  b: {action|contains: [del, DROP], metadata.x|endswith: é}\n"
    "  c: {n|gte: 5, n|lt: 1000}\n  d: {ip|cidr: 10.0.0.0/8}\n  condition: 1 of them\n---\n"
    "title: others\nid: 00000000-0000-4000-8000-000000000002\nlogsource: {product: p}\n"
    "detection:\n  a: {s|re: '(a+)+$'}\n  b: {s|base64offset|contains: secret}\n  c: {a|fieldref: b}\n  d: {at|hour: "
    "3}\n"
    "  e: {x: null}\n  f: {y|exists: false}\n  condition: (a or b or c or d) and not (e and f)\n---\n"
    "title: anywhere\nid: 00000000-0000-4000-8000-000000000003\nname: anywhere\nlogsource: {product: p}\nlevel: low\n"
    "detection:\n  words: [root, 'sh?dow']\n  condition: words\n";
static const char correlations_text[] =
    "title: many\nid: 00000000-0000-4000-8000-000000000004\nlevel: critical\ncorrelation:\n  type: event_count\n"
    "  rules: [anywhere]\n  group-by: [user, ip]\n  timespan: 10m\n  condition: {gte: 3}\n---\n"
    "title: few\nid: 00000000-0000-4000-8000-000000000005\ncorrelation:\n  type: value_count\n  rules: [anywhere]\n"
    "  group-by: [user]\n  timespan: 1m\n  condition: {lt: 2, field: ip}\n---\n"
    "title: new\nid: 00000000-0000-4000-8000-000000000006\nlogsource: {product: p}\n"
    "detection:\n  a: {enrich.first_seen_ip: true}\n  b: {enrich.off_hours: true}\n  condition: a or b\n";
#define PROFILE                                                                                                        \
    "  time: at\n  partition: org\n  actor: user\n  address: ip\n  agent: agent\n  id: id\n  logsource: {product: "    \
    "p}\n"
static const char plain_text[] = "name: p\npriority: 10\nevents:\n" PROFILE "transformations: []\n";
static const char unwrapping_text[] =
    "name: p\npriority: 10\nevents:\n  unwrap: Records\n" PROFILE "transformations: []\n";

static void must(enum ap_status status, const struct ap_error *err)
{
    if (status == AP_OK)
        return;
    (void)fprintf(stderr, "%s\n", err->message);
    abort();
}

static struct ap_classifier *make(bool with_memory)
{
    struct ap_rule_file files[] = {
        {.name = "pipeline.yml", .text = plain_text, .len = sizeof plain_text - 1, .pipeline = true},
        {.name = "rules.yml", .text = rules_text, .len = sizeof rules_text - 1},
        {.name = "more.yml", .text = correlations_text, .len = sizeof correlations_text - 1},
    };
    struct ap_rules_options options = {.files = files, .file_count = with_memory ? 3 : 2};
    struct ap_classifier_options bounds = {.correlation_groups = 100, .history_actors = 100};
    struct ap_classifier *classifier;
    struct ap_rules *rules;
    struct ap_error err;
    const struct ap_rule_problem *problems;
    size_t count;

    if (with_memory) {
        files[0].text = unwrapping_text;
        files[0].len = sizeof unwrapping_text - 1;
    }
    must(ap_rules_load(&rules, &options, &err), &err);
    problems = ap_rules_problems(rules, &count);
    for (size_t i = 0; i < count; i++)
        if (problems[i].kind == AP_PROBLEM_ERROR) {
            (void)fprintf(stderr, "%s:%u: %s\n", problems[i].file, problems[i].line, problems[i].message);
            abort();
        }
    must(ap_classifier_new(&classifier, rules, &bounds, &err), &err);
    return classifier;
}

/* Each event of a line, as written; the last of them in out. Returns how many there were. */
static size_t classify(struct ap_classifier *c, const char *line, size_t len, struct ap_buf *out)
{
    struct ap_classification found;
    struct ap_error err;
    size_t events = 0, at;
    bool more = true;

    ap_classify_line(c, line, len);
    for (;;) {
        enum ap_status status = ap_classify_next(c, &more, &found, &at, &err);

        if (!more)
            return events;
        if (status == AP_EINPUT || status == AP_ELIMIT) {
            if (at > len)
                abort();
            continue;
        }
        must(status, &err);
        events++;
        ap_buf_clear(out);
        must(ap_classify_write(c, &found, out, &err), &err);
        for (size_t i = 0; i < found.closed_count; i++)
            must(ap_classify_write_closed(c, &found.closed[i], out, &err), &err);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ap_classifier *plain, *remembering;
    static struct ap_buf once, twice;

    if (plain == NULL) {
        plain = make(false);
        remembering = make(true);
    }
    (void)classify(remembering, (const char *)data, size, &once);
    if (classify(plain, (const char *)data, size, &once) == 0)
        return 0;
    if (classify(plain, once.data, once.len, &twice) != 1 || once.len != twice.len ||
        memcmp(once.data, twice.data, once.len) != 0)
        abort();
    return 0;
}
