/* data/activity.csv, data/activity.ndjson, data/redactions.csv and data/portability.json, entry by entry. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/csv_write.h"
#include "auditproof/json.h"
#include "subject.h"

static const char *const relations[] = {"your act", "act on your record", "names you"};

/* What of an entry is shown, as text. */
struct shown {
    const struct gdpr_pick *pick;
    const struct ap_evidence_entry *is;
    char actor[32], address[AP_INET_TEXT_SIZE];
    struct ap_buf action, resource, role, agent;
    const char *label;
    uint64_t redacted;
};

static enum ap_status write_buf(struct ap_member *member, const struct ap_buf *buf, struct ap_error *err)
{
    enum ap_status status = ap_buf_check(buf, "a line of a subject's bundle", err);

    return status == AP_OK ? ap_member_write(member, ap_buf_str(buf), buf->len, err) : status;
}

static enum ap_status open_member(struct ap_bundle *bundle, const char *path, struct ap_member **out,
                                  const struct ap_buf *head, struct ap_error *err)
{
    enum ap_status status = ap_buf_check(head, path, err);

    if (status == AP_OK)
        status = ap_bundle_member(bundle, path, out, err);
    return status == AP_OK ? ap_member_write(*out, ap_buf_str(head), head->len, err) : status;
}

static void begin_portable(struct ap_gdpr_subject *subject, struct ap_buf *head)
{
    ap_buf_clear(head);
    if (!gdpr_config_is_portable(&subject->config)) {
        ap_buf_adds(head, "{\"applies\":false,\"why\":\"none of the purposes is based on consent or a contract"
                          " (Art. 20(1)(a))\"");
        return;
    }
    ap_buf_adds(head,
                "{\"applies\":true,\"holds\":\"data that you provided or that was observed of you\",\"profile\":");
    ap_buf_adds(head, subject->identity.profile.len > 0 ? subject->identity.profile.data : "null");
    ap_buf_adds(head, ",\"acts\":[");
}

/* What is left out as a whole comes before what is shown in part. */
static enum ap_status put_withheld(struct ap_gdpr_subject *subject, struct ap_error *err)
{
    ap_buf_clear(&subject->redacted);
    for (size_t i = 0; i < subject->review.count; i++) {
        const struct gdpr_decision *is = &subject->review.items[i];

        if (is->verdict == GDPR_WITHHOLD)
            gdpr_redaction_put(subject, is->seq, "", is->names_other ? "other-person" : "withheld", is->words);
    }
    return write_buf(subject->redactions, &subject->redacted, err);
}

enum ap_status gdpr_activity_begin(struct ap_gdpr_subject *subject, struct ap_bundle *bundle, struct ap_error *err)
{
    struct ap_buf *head = &subject->scratch;
    enum ap_status status;

    ap_buf_clear(head);
    ap_csv_put_record(head, (const char *const[]){"seq", "time", "recorded_at", "relation", "actor", "role", "action",
                                                  "what_that_is", "resource_type", "ip_address", "user_agent", "values",
                                                  "redactions", NULL});
    status = open_member(bundle, "data/activity.csv", &subject->table, head, err);
    ap_buf_clear(head);
    if (status == AP_OK)
        status = open_member(bundle, "data/activity.ndjson", &subject->lines, head, err);
    ap_csv_put_record(head, (const char *const[]){"seq", "json_pointer", "reason", "replacement", NULL});
    if (status == AP_OK)
        status = open_member(bundle, "data/redactions.csv", &subject->redactions, head, err);
    if (status == AP_OK)
        status = put_withheld(subject, err);
    begin_portable(subject, head);
    if (status == AP_OK)
        status = open_member(bundle, "data/portability.json", &subject->portable, head, err);
    return status;
}

/* Numbers in the order of appearance: the same person has another one in another bundle. */
static enum ap_status name_staff(struct ap_gdpr_subject *subject, const struct ap_entry *entry, struct shown *s,
                                 struct ap_error *err)
{
    char folded[GDPR_TOKEN_MAX];
    uint32_t number;
    enum ap_status status;

    if (entry->actor_id.present) {
        status = ap_intern_add(&subject->staff.names, 0, entry->actor_id.value.bytes, AP_UUID_LEN, &number, err);
    } else if (entry->actor_email.data != NULL && entry->actor_email.len < sizeof folded) {
        size_t len = gdpr_fold_email(folded, entry->actor_email.data, entry->actor_email.len);

        status = ap_intern_add(&subject->staff.names, 1, folded, len, &number, err);
    } else {
        (void)snprintf(s->actor, sizeof s->actor, "System");
        return AP_OK;
    }
    if (status == AP_OK)
        (void)snprintf(s->actor, sizeof s->actor, "Staff-%" PRIu32, number + 1);
    return status;
}

static void redact(struct ap_gdpr_subject *subject, struct shown *s, const char *pointer, const char *reason,
                   const char *replacement)
{
    gdpr_redaction_put(subject, s->pick->seq, pointer, reason, replacement);
    s->redacted++;
}

static void redact_staff(struct ap_gdpr_subject *subject, const struct ap_entry *entry, struct shown *s)
{
    if (entry->actor_id.present)
        redact(subject, s, "/actor_id", "staff-identity", s->actor);
    if (entry->actor_email.data != NULL)
        redact(subject, s, "/actor_email", "staff-identity", s->actor);
    if (entry->ip_address.present)
        redact(subject, s, "/ip_address", "staff-identity", "");
    if (entry->user_agent.data != NULL)
        redact(subject, s, "/user_agent", "staff-identity", "");
}

static void mask(struct ap_gdpr_subject *subject, struct shown *s, struct ap_buf *out, const struct ap_value *value,
                 const char *pointer)
{
    if (value->data != NULL && gdpr_own_mask(&subject->own, out, value->data, value->len) > 0)
        redact(subject, s, pointer, "other-person", "in part");
}

static enum ap_status show(struct ap_gdpr_subject *subject, struct shown *s, struct ap_error *err)
{
    const struct ap_entry *entry = s->is->entry->row;
    const char *const *known;
    enum ap_status status = AP_OK;

    mask(subject, s, &s->action, &entry->action, "/action");
    mask(subject, s, &s->resource, &entry->resource_type, "/resource_type");
    mask(subject, s, &s->role, &entry->actor_role, "/actor_role");
    if (s->pick->class == GDPR_OWN) {
        (void)snprintf(s->actor, sizeof s->actor, "You");
        if (entry->ip_address.present)
            ap_inet_format(s->address, &entry->ip_address);
        mask(subject, s, &s->agent, &entry->user_agent, "/user_agent");
    } else {
        status = name_staff(subject, entry, s, err);
        redact_staff(subject, entry, s);
    }
    if (entry->session_id.data != NULL)
        redact(subject, s, "/session_id", "credential", "");
    if (entry->resource_id.present) {
        char id[AP_UUID_TEXT_SIZE];

        ap_uuid_format(id, &entry->resource_id.value);
        if (!gdpr_names_have(&subject->identity.ids, id))
            redact(subject, s, "/resource_id", "other-record", "");
    }
    known = gdpr_config_action(&subject->config, ap_buf_str(&s->action));
    s->label = known == NULL ? "" : known[GDPR_ACTION_LABEL];
    return status == AP_OK ? gdpr_project(subject, s->pick, entry, &s->redacted, err) : status;
}

static void put_row(struct ap_buf *row, const struct shown *s, const struct ap_buf *values)
{
    ap_buf_clear(row);
    ap_csv_put_int(row, (int64_t)s->pick->seq);
    ap_csv_put_time(row, s->is->time_us);
    ap_csv_put_time(row, s->is->entry->record.recorded_at_us);
    ap_csv_put(row, relations[s->pick->class]);
    ap_csv_put(row, s->actor);
    ap_csv_put_n(row, ap_buf_str(&s->role), s->role.len);
    ap_csv_put_n(row, ap_buf_str(&s->action), s->action.len);
    ap_csv_put(row, s->label);
    ap_csv_put_n(row, ap_buf_str(&s->resource), s->resource.len);
    ap_csv_put(row, s->address);
    ap_csv_put_n(row, ap_buf_str(&s->agent), s->agent.len);
    ap_csv_put_n(row, ap_buf_str(values), values->len);
    ap_csv_put_int(row, (int64_t)s->redacted);
    ap_csv_end(row);
}

static void put_member(struct ap_buf *line, const char *name, const char *text, size_t len, bool is_null)
{
    ap_buf_addf(line, ",\"%s\":", name);
    if (is_null)
        ap_buf_adds(line, "null");
    else
        ap_json_string_n(line, text, len);
}

static void put_line(struct ap_buf *line, const struct shown *s, const struct ap_buf *values)
{
    const struct ap_entry *entry = s->is->entry->row;
    bool own = s->pick->class == GDPR_OWN;

    ap_buf_clear(line);
    ap_buf_addf(line, "{\"seq\":%" PRIu64 ",\"time_us\":%" PRId64 ",\"recorded_at_us\":%" PRId64, s->pick->seq,
                s->is->time_us, s->is->entry->record.recorded_at_us);
    put_member(line, "relation", relations[s->pick->class], strlen(relations[s->pick->class]), false);
    put_member(line, "actor", s->actor, strlen(s->actor), false);
    put_member(line, "role", ap_buf_str(&s->role), s->role.len, entry->actor_role.data == NULL);
    put_member(line, "action", ap_buf_str(&s->action), s->action.len, entry->action.data == NULL);
    put_member(line, "resource_type", ap_buf_str(&s->resource), s->resource.len, entry->resource_type.data == NULL);
    put_member(line, "ip_address", s->address, strlen(s->address), s->address[0] == '\0');
    put_member(line, "user_agent", ap_buf_str(&s->agent), s->agent.len, !own || entry->user_agent.data == NULL);
    ap_buf_adds(line, ",\"values\":");
    ap_buf_add(line, ap_buf_str(values), values->len);
    ap_buf_addf(line, ",\"redactions\":%" PRIu64 "}", s->redacted);
}

static enum ap_status write_shown(struct ap_gdpr_subject *subject, const struct shown *s, struct ap_error *err)
{
    uint32_t number;
    enum ap_status status;

    put_row(&subject->row, s, &subject->values);
    put_line(&subject->line, s, &subject->values);
    status = write_buf(subject->table, &subject->row, err);
    if (status == AP_OK)
        status = write_buf(subject->lines, &subject->line, err);
    if (status == AP_OK)
        status = ap_member_write(subject->lines, "\n", 1, err);
    if (status == AP_OK)
        status = write_buf(subject->redactions, &subject->redacted, err);
    if (status == AP_OK && s->pick->class == GDPR_OWN && gdpr_config_is_portable(&subject->config)) {
        if (subject->acts++ > 0)
            status = ap_member_write(subject->portable, ",", 1, err);
        if (status == AP_OK)
            status = write_buf(subject->portable, &subject->line, err);
    }
    if (status == AP_OK)
        status = ap_buf_check(&s->action, "an action", err);
    if (status == AP_OK)
        status = ap_intern_add(&subject->actions, 0, ap_buf_str(&s->action), s->action.len, &number, err);
    return status;
}

enum ap_status gdpr_activity_add(struct ap_gdpr_subject *subject, const struct gdpr_pick *pick,
                                 const struct ap_evidence_entry *is, struct ap_error *err)
{
    struct shown s;
    enum ap_status status;

    if (is->purged)
        return AP_OK;
    memset(&s, 0, sizeof s);
    s.pick = pick;
    s.is = is;
    ap_buf_clear(&subject->redacted);
    status = show(subject, &s, err);
    if (status == AP_OK)
        status = write_shown(subject, &s, err);
    if (is->time_us > subject->newest_us)
        subject->newest_us = is->time_us;
    ap_buf_free(&s.action);
    ap_buf_free(&s.resource);
    ap_buf_free(&s.role);
    ap_buf_free(&s.agent);
    return status;
}

enum ap_status gdpr_activity_end(struct ap_gdpr_subject *subject, struct ap_error *err)
{
    const char *end = gdpr_config_is_portable(&subject->config) ? "]}\n" : "}\n";
    enum ap_status status = ap_member_write(subject->portable, end, strlen(end), err);

    if (status == AP_OK)
        status = ap_member_close(subject->portable, err);
    if (status == AP_OK)
        status = ap_member_close(subject->table, err);
    if (status == AP_OK)
        status = ap_member_close(subject->lines, err);
    return status == AP_OK ? ap_member_close(subject->redactions, err) : status;
}
