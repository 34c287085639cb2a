#include <stdlib.h>
#include <string.h>

#include "auditproof/clock.h"
#include "session_found.h"

/* The entry that it is told by, and what comes before it, the newest first, and after it. */
enum pages { AT, BEFORE, AFTER, PAGES };

struct session {
    struct ap_db *db;
    const struct ap_query_access *access;
    struct ap_query_filter filter; /* of the entries that belong to it */
    struct ap_query_page *pages[PAGES];
    struct ap_buf session, email, agent, address; /* what the filter borrows */
    struct session_found found;
};

static enum ap_status read_page(struct session *s, enum pages which, const struct ap_query_filter *filter,
                                uint64_t most, bool reverse, const char *after, struct ap_error *err)
{
    struct ap_query_paging paging = {most, reverse, after, s->found.options->proof, s->found.options->plan, false};

    return ap_query_page_open(&s->pages[which], s->db, s->access, filter, &paging, err);
}

/* An entry of the session: the one that is named, the first of the period, or the newest. */
static enum ap_status find_entry(struct session *s, const struct ap_query_filter *asked, struct ap_error *err)
{
    const struct ap_session_options *options = s->found.options;
    struct ap_query_filter filter = *asked;
    char text[AP_UUID_TEXT_SIZE];
    enum ap_status status;

    if (options->has_around) {
        memset(&filter, 0, sizeof filter);
        filter.has_org = asked->has_org;
        filter.org = asked->org;
        filter.has_id = true;
        filter.id = options->around;
    }
    status = read_page(s, AT, &filter, 1, asked->has_since, NULL, err);
    ap_uuid_format(text, &options->around);
    if (status != AP_OK || ap_query_page_count(s->pages[AT]) > 0)
        return status;
    return options->has_around ? ap_fail(err, AP_EINPUT, "there is no entry %s, or this login does not see it", text)
                               : ap_fail(err, AP_EINPUT, "no entry fits, of which a session could be shown");
}

/* As a pattern that stands for itself. */
static void put_plain(struct ap_buf *out, const struct ap_value *value)
{
    for (size_t i = 0; i < value->len; i++) {
        if (value->data[i] == '*' || value->data[i] == '?' || value->data[i] == '\\')
            ap_buf_addc(out, '\\');
        ap_buf_addc(out, value->data[i]);
    }
}

/* Whose session it is, from where and with what, as far as the entry says. */
static enum ap_status settle_parties(struct session *s, const struct ap_query_entry *entry, struct ap_error *err)
{
    struct ap_query_filter *filter = &s->filter;
    char address[AP_INET_TEXT_SIZE];

    if (!entry->row.actor_id.present && entry->row.actor_email.data == NULL)
        return ap_fail(err, AP_EINPUT, "the entry has neither a session nor an actor: there is nothing to go by");
    filter->has_actor = entry->row.actor_id.present;
    filter->actor = entry->row.actor_id.value;
    if (!filter->has_actor) {
        put_plain(&s->email, &entry->row.actor_email);
        filter->email = ap_buf_str(&s->email);
    }
    s->found.any_address = !entry->row.ip_address.present;
    if (entry->row.ip_address.present) {
        ap_inet_format(address, &entry->row.ip_address);
        ap_buf_adds(&s->address, address);
        filter->address = ap_buf_str(&s->address);
    }
    s->found.any_agent = entry->row.user_agent.data == NULL;
    if (!s->found.any_agent) {
        put_plain(&s->agent, &entry->row.user_agent);
        filter->agent = ap_buf_str(&s->agent);
    }
    if (s->email.failed || s->address.failed || s->agent.failed)
        return ap_fail_memory(err, "a session");
    return AP_OK;
}

/* Entries of a page up to the first pause: they go on from where the one before them stands. */
static size_t until_pause(const struct session *s, enum pages which, int64_t from_us)
{
    size_t count = ap_query_page_count(s->pages[which]), n = 0;

    for (; n < count; n++) {
        int64_t at_us = ap_query_page_entry(s->pages[which], n)->created_us;
        int64_t pause_us = which == BEFORE ? from_us - at_us : at_us - from_us;

        if (pause_us > s->found.options->idle_us)
            break;
        from_us = at_us;
    }
    return n;
}

static bool is_finite(const struct ap_query_entry *entry)
{
    return entry->has_created && entry->created_us != AP_TIME_INFINITY && entry->created_us != AP_TIME_MINUS_INFINITY;
}

static enum ap_status make_list(struct session *s, size_t before, size_t after, struct ap_error *err)
{
    struct session_found *found = &s->found;
    bool at = s->filter.session == NULL;

    found->entries = calloc(before + after + 1, sizeof(struct ap_query_entry *));
    if (found->entries == NULL)
        return ap_fail_memory(err, "a session");
    for (size_t i = before; i-- > 0;)
        found->entries[found->count++] = ap_query_page_entry(s->pages[BEFORE], i);
    if (at)
        found->entries[found->count++] = ap_query_page_entry(s->pages[AT], 0);
    for (size_t i = 0; i < after; i++)
        found->entries[found->count++] = ap_query_page_entry(s->pages[AFTER], i);
    for (size_t i = 0; i < found->count; i++)
        found->failed += found->entries[i]->proof == AP_QUERY_FAILED;
    return AP_OK;
}

static enum ap_status put_together(struct session *s, struct ap_error *err)
{
    const struct ap_query_entry *entry = ap_query_page_entry(s->pages[AT], 0);
    char before[AP_QUERY_CURSOR_SIZE], after[AP_QUERY_CURSOR_SIZE];
    uint64_t most = s->found.options->limit;
    size_t earlier = 0, later = 0;
    enum ap_status status = settle_parties(s, entry, err);

    if (status != AP_OK)
        return status;
    if (is_finite(entry)) {
        /* Those without a time are in no period, and so in no session that is put together. */
        s->filter.has_until = true;
        s->filter.until_us = AP_TIME_INFINITY;
        ap_query_cursor(before, entry, false);
        ap_query_cursor(after, entry, true);
        status = read_page(s, BEFORE, &s->filter, most, false, before, err);
        if (status == AP_OK)
            status = read_page(s, AFTER, &s->filter, most, true, after, err);
        if (status != AP_OK)
            return status;
        earlier = until_pause(s, BEFORE, entry->created_us);
        later = until_pause(s, AFTER, entry->created_us);
        s->found.more = (earlier == most && ap_query_page_next(s->pages[BEFORE]) != NULL) ||
                        (later == most && ap_query_page_next(s->pages[AFTER]) != NULL);
    }
    return make_list(s, earlier, later, err);
}

static enum ap_status read_session(struct session *s, struct ap_error *err)
{
    enum ap_status status = read_page(s, AFTER, &s->filter, s->found.options->limit, true, NULL, err);

    if (status != AP_OK)
        return status;
    s->found.id = (struct ap_value){s->filter.session, strlen(s->filter.session)};
    s->found.more = ap_query_page_next(s->pages[AFTER]) != NULL;
    return make_list(s, 0, ap_query_page_count(s->pages[AFTER]), err);
}

/* Somebody who says who, from where and with what wants what fits that, whatever sessions it is said to be of. */
static bool asks_for_parties(const struct ap_query_filter *filter)
{
    return (filter->has_actor || filter->email != NULL) && filter->address != NULL && filter->agent != NULL;
}

static enum ap_status find_session(struct session *s, const struct ap_query_filter *asked, struct ap_error *err)
{
    const struct ap_query_entry *entry;
    enum ap_status status;

    if (asked->session != NULL) {
        s->filter = *asked;
        return read_session(s, err);
    }
    status = find_entry(s, asked, err);
    if (status != AP_OK)
        return status;
    entry = ap_query_page_entry(s->pages[AT], 0);
    memset(&s->filter, 0, sizeof s->filter);
    s->filter.has_org = true;
    s->filter.org = *ap_entry_chain(&entry->row);
    if (entry->row.session_id.len == 0 || asks_for_parties(asked))
        return put_together(s, err);
    ap_buf_add(&s->session, entry->row.session_id.data, entry->row.session_id.len);
    status = ap_buf_check(&s->session, "a session", err);
    s->filter.session = ap_buf_str(&s->session);
    return status == AP_OK ? read_session(s, err) : status;
}

enum ap_status ap_query_session(struct ap_answer *answer, struct ap_db *db, const struct ap_query_access *access,
                                const struct ap_query_filter *filter, const struct ap_session_options *options,
                                uint64_t *failed, struct ap_error *err)
{
    struct session s;
    enum ap_status status;

    memset(&s, 0, sizeof s);
    s.db = db;
    s.access = access;
    s.found.options = options;
    status = find_session(&s, filter, err);
    if (status == AP_OK)
        status = session_answer(answer, &s.found, err);
    *failed = s.found.failed;
    for (int i = 0; i < PAGES; i++)
        ap_query_page_free(s.pages[i]);
    free(s.found.entries);
    ap_buf_free(&s.session);
    ap_buf_free(&s.email);
    ap_buf_free(&s.agent);
    ap_buf_free(&s.address);
    return status;
}
