/* A classified event as a line: itself, and what was found in its last member. */
#include <inttypes.h>
#include <string.h>

#include "auditproof/bytes.h"
#include "auditproof/clock.h"
#include "auditproof/json.h"
#include "classifier.h"

static void add_time(struct ap_buf *out, const char *name, int64_t time_us)
{
    char text[AP_TIME_TEXT_SIZE];

    ap_time_format(text, time_us);
    ap_buf_addf(out, ",\"%s\":\"%s\"", name, text);
}

static void add_rule(const struct ap_classifier *c, size_t rule, struct ap_buf *out)
{
    const struct ap_rule_info *info = &c->list->rules[rule]->info;

    ap_buf_adds(out, "{\"id\":");
    ap_json_string(out, info->id);
    ap_buf_adds(out, ",\"title\":");
    ap_json_string(out, info->title);
    ap_buf_addf(out, ",\"level\":\"%s\",\"author\":", ap_level_name(info->level));
    ap_json_string(out, info->author);
}

static void add_correlated(const struct ap_classifier *c, const struct ap_correlated *hit, struct ap_buf *out)
{
    add_rule(c, hit->rule, out);
    ap_buf_addf(out, ",\"correlation\":{\"count\":%" PRIu64, hit->count);
    add_time(out, "first", hit->first_us);
    add_time(out, "last", hit->last_us);
    ap_buf_addf(out, ",\"group\":%s}}", hit->group_json);
}

static void begin_member(const struct ap_classifier *c, enum ap_level level, struct ap_buf *out)
{
    char digest[AP_HASH_TEXT_SIZE] = "";

    ap_hex_encode(digest, ap_rules_digest(c->rules), AP_HASH_LEN);
    ap_buf_addf(out, "\"_auditproof\":{\"risk_level\":\"%s\",\"ruleset\":\"sha256:%s\",\"matches\":[",
                ap_level_risk(level), digest);
}

static void add_member(const struct ap_classifier *c, const struct ap_classification *found, struct ap_buf *out)
{
    bool first = true;

    begin_member(c, found->level, out);
    for (size_t i = 0; i < found->rule_count; i++, first = false) {
        ap_buf_adds(out, first ? "" : ",");
        add_rule(c, found->rules[i], out);
        ap_buf_addc(out, '}');
    }
    for (size_t i = 0; i < found->correlated_count; i++, first = false) {
        ap_buf_adds(out, first ? "" : ",");
        add_correlated(c, &found->correlated[i], out);
    }
    ap_buf_adds(out, "]}}");
}

enum ap_status ap_classify_write(struct ap_classifier *classifier, const struct ap_classification *found,
                                 struct ap_buf *out, struct ap_error *err)
{
    ap_event_begin(classifier->event, out);
    add_member(classifier, found, out);
    return ap_buf_check(out, "a classified event", err);
}

enum ap_status ap_classify_write_closed(struct ap_classifier *classifier, const struct ap_correlated *closed,
                                        struct ap_buf *out, struct ap_error *err)
{
    ap_buf_addc(out, '{');
    begin_member(classifier, classifier->list->rules[closed->rule]->info.level, out);
    add_correlated(classifier, closed, out);
    ap_buf_adds(out, "]}}");
    return ap_buf_check(out, "a correlation", err);
}
