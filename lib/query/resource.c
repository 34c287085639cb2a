#include "auditproof/resource.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/clock.h"
#include "resource_found.h"
#include "statement.h"

/* Entries of one time that an order is looked for in, and the longest value that is looked at for it. */
enum { TIED_MAX = 8, COMPARED_MAX = 1 << 16, ERASED_MANY = 10000 };

/* Not one that stands for none. */
static bool is_dated(const struct ap_query_entry *entry)
{
    return entry->has_created && entry->created_us != AP_TIME_INFINITY && entry->created_us != AP_TIME_MINUS_INFINITY;
}

static int64_t time_of(const struct ap_query_entry *entry)
{
    return entry->has_created ? entry->created_us : AP_TIME_INFINITY;
}

static int by_seq(const void *a, const void *b)
{
    const struct ap_query_entry *x = *(const struct ap_query_entry *const *)a;
    const struct ap_query_entry *y = *(const struct ap_query_entry *const *)b;

    return (x->seq > y->seq) - (x->seq < y->seq);
}

/* Within one chain its order is that of the commits; times are what the writers said. */
static void put_in_order(struct resource_found *r, const struct ap_query_page *page)
{
    r->by_chain = r->count > 0;
    for (size_t i = 0; i < r->count; i++) {
        const struct ap_query_entry *entry = ap_query_page_entry(page, r->count - 1 - i);

        r->entries[i] = entry;
        r->by_chain = r->by_chain && entry->chained && ap_uuid_equal(&entry->chain, &r->entries[0]->chain);
    }
    if (r->by_chain && r->count > 1)
        qsort(r->entries, r->count, sizeof(struct ap_query_entry *), by_seq);
}

/* Is there one among those up to `end` that leaves what this one finds, and not the other way round? */
static enum ap_status has_earlier(struct resource_found *r, size_t from, size_t end, size_t which, bool *earlier,
                                  struct ap_error *err)
{
    const struct ap_entry *then = &r->entries[which]->row;
    enum ap_status status = AP_OK;

    *earlier = false;
    for (size_t i = from; status == AP_OK && !*earlier && i < end; i++) {
        const struct ap_entry *first = &r->entries[i]->row;
        bool back = false;

        if (i == which || first->new_values.len > COMPARED_MAX || then->old_values.len > COMPARED_MAX)
            continue;
        status = ap_history_follows(r->history, first, then, earlier, err);
        if (status == AP_OK && *earlier)
            status = ap_history_follows(r->history, then, first, &back, err);
        *earlier = *earlier && !back;
    }
    return status;
}

/*
 * Entries of one transaction may have one time, and then nothing says their order but what they tell: of those, the
 * next is one that agrees with what is known, and finds what none of the others leaves.
 */
static enum ap_status choose_next(struct resource_found *r, size_t at, struct ap_error *err)
{
    const struct ap_query_entry *chosen;
    size_t end = at + 1, choice = at;
    enum ap_status status = AP_OK;
    bool passed = true;

    while (end < r->count && end < at + TIED_MAX && time_of(r->entries[end]) == time_of(r->entries[at]))
        end++;
    if (r->by_chain || end == at + 1)
        return AP_OK;
    for (size_t i = at; status == AP_OK && passed && i < end; i++) {
        choice = i;
        passed = ap_history_contradicts(r->history, &r->entries[i]->row);
        if (!passed)
            status = has_earlier(r, at, end, i, &passed, err);
    }
    if (passed || choice == at)
        return status;
    chosen = r->entries[choice];
    memmove(r->entries + at + 1, r->entries + at, (choice - at) * sizeof(struct ap_query_entry *));
    r->entries[at] = chosen;
    return status;
}

/* As text, to be made rows of when their part has begun. */
static void keep_changes(struct resource_found *r, size_t number, bool logged, const struct ap_json_diff *diff)
{
    for (const struct ap_json_change *change = diff->first; change != NULL; change = change->next) {
        const struct ap_json *values[2] = {change->before, change->after};

        ap_buf_addf(&r->changes, "%zu", number);
        ap_buf_addc(&r->changes, '\0');
        ap_buf_addc(&r->changes, logged ? 'y' : 'n');
        ap_buf_addc(&r->changes, '\0');
        ap_buf_adds(&r->changes, ap_json_verb_name(change->verb));
        ap_buf_addc(&r->changes, '\0');
        ap_buf_adds(&r->changes, change->path);
        ap_buf_addc(&r->changes, '\0');
        for (int i = 0; i < 2; i++) {
            if (values[i] != NULL)
                ap_json_put(&r->changes, values[i]);
            ap_buf_addc(&r->changes, '\0');
        }
    }
}

static void keep_diff(struct resource_found *r, const struct ap_json_diff *diff, size_t *at, size_t *len)
{
    *at = r->texts.len;
    ap_json_diff_put(&r->texts, diff);
    *len = r->texts.len - *at;
}

static void show(struct resource_found *r, size_t number, const struct ap_history_told *told)
{
    struct resource_entry *shown = &r->shown[r->shown_count++];

    shown->number = number;
    shown->changes = told->logged.count;
    shown->unlogged = told->unlogged.count;
    keep_diff(r, &told->logged, &shown->diff_at, &shown->diff_len);
    keep_diff(r, &told->unlogged, &shown->unlogged_at, &shown->unlogged_len);
    keep_changes(r, number, false, &told->unlogged);
    keep_changes(r, number, true, &told->logged);
    r->changed += told->logged.count;
    r->unlogged += told->unlogged.count;
}

static bool is_shown(const struct resource_found *r, const struct ap_query_entry *entry)
{
    return !r->filter->has_since || (entry->has_created && entry->created_us >= r->filter->since_us);
}

static bool same_value(const struct ap_value *a, const struct ap_value *b)
{
    return a->len == b->len && (a->data == NULL) == (b->data == NULL) &&
           (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

static bool same_actor(const struct ap_query_entry *a, const struct ap_query_entry *b)
{
    if (a->row.actor_id.present || b->row.actor_id.present)
        return a->row.actor_id.present && b->row.actor_id.present &&
               ap_uuid_equal(&a->row.actor_id.value, &b->row.actor_id.value);
    return same_value(&a->row.actor_email, &b->row.actor_email);
}

/* What of an entry is counted, against those before it. */
static void count_entry(struct resource_found *r, size_t at)
{
    const struct ap_query_entry *entry = r->entries[at];
    bool actor = entry->row.actor_id.present || entry->row.actor_email.data != NULL, organization = true;

    for (size_t i = 0; i < at && (actor || organization); i++) {
        actor = actor && !same_actor(r->entries[i], entry);
        organization = organization && !ap_uuid_equal(ap_entry_chain(&r->entries[i]->row), ap_entry_chain(&entry->row));
    }
    r->actors += actor;
    r->organizations += organization;
    r->undated += !is_dated(entry);
    r->failed += entry->proof == AP_QUERY_FAILED;
    r->turned += at > 0 && r->by_chain && time_of(entry) < time_of(r->entries[at - 1]);
    if (!is_dated(entry))
        return;
    r->first_us = !r->dated || entry->created_us < r->first_us ? entry->created_us : r->first_us;
    r->last_us = !r->dated || entry->created_us > r->last_us ? entry->created_us : r->last_us;
    r->dated = true;
}

static enum ap_status tell_all(struct resource_found *r, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    for (size_t i = 0; status == AP_OK && i < r->count; i++) {
        struct ap_history_told told;

        status = choose_next(r, i, err);
        if (status == AP_OK)
            status = ap_history_tell(r->history, &r->entries[i]->row, i + 1, &told, err);
        if (status != AP_OK)
            break;
        count_entry(r, i);
        r->unread += told.unread;
        if (is_shown(r, r->entries[i]))
            show(r, i + 1, &told);
    }
    if (status == AP_OK)
        status = ap_buf_check(&r->changes, "a history", err);
    return status == AP_OK ? ap_buf_check(&r->texts, "a history", err) : status;
}

/* Entries whose content was erased have lost the id by which they would be found. */
static enum ap_status remark_erased(struct ap_answer *answer, const struct resource_found *r, struct ap_db *db,
                                    const struct ap_query_access *access, struct ap_error *err)
{
    char chain[AP_UUID_TEXT_SIZE] = "";
    const char *values[2] = {r->filter->resource_type != NULL ? r->filter->resource_type : "", chain};
    struct statement statement;
    struct ap_rows *rows = NULL;
    enum ap_status status;
    int64_t erased;

    if (!access->chain)
        return AP_OK;
    if (r->filter->has_org)
        ap_uuid_format(chain, &r->filter->org);
    memset(&statement, 0, sizeof statement);
    statement_add(&statement, "query_resource_erased", 2, values);
    status = statement_run(&statement, db, &rows, err);
    erased = status == AP_OK ? ap_rows_int(rows, 0, 0) : 0;
    if (erased > 0)
        ap_answer_remark(answer,
                         "Entries on things of this type whose content was erased, their ids with it: %" PRId64
                         "%s. Any of them may have been about this one",
                         erased, erased >= ERASED_MANY ? " or more" : "");
    ap_rows_free(rows);
    statement_free(&statement);
    return status;
}

static enum ap_status read_page(struct ap_query_page **page, struct ap_db *db, const struct ap_query_access *access,
                                const struct ap_query_filter *filter, const struct ap_resource_options *options,
                                struct ap_error *err)
{
    struct ap_query_filter reading = *filter;
    struct ap_query_paging paging = {options->limit, false, NULL, options->proof, options->plan, false};

    /* What came before the period made the thing what it was in it. */
    reading.has_since = false;
    if (options->has_at) {
        reading.has_until = true;
        reading.until_us = options->at_us < AP_TIME_INFINITY - 1 ? options->at_us + 1 : options->at_us;
    }
    return ap_query_page_open(page, db, access, &reading, &paging, err);
}

enum ap_status ap_query_resource(struct ap_answer *answer, struct ap_db *db, const struct ap_query_access *access,
                                 const struct ap_query_filter *filter, const struct ap_resource_options *options,
                                 uint64_t *failed, struct ap_error *err)
{
    struct resource_found r;
    struct ap_query_page *page = NULL;
    enum ap_status status = read_page(&page, db, access, filter, options, err);

    memset(&r, 0, sizeof r);
    r.filter = filter;
    r.options = options;
    r.count = status == AP_OK ? ap_query_page_count(page) : 0;
    r.more = status == AP_OK && ap_query_page_next(page) != NULL;
    r.entries = calloc(r.count + 1, sizeof(struct ap_query_entry *));
    r.shown = calloc(r.count + 1, sizeof *r.shown);
    if (status == AP_OK && (r.entries == NULL || r.shown == NULL))
        status = ap_fail_memory(err, "a history");
    if (status == AP_OK)
        status = ap_history_new(&r.history, err);
    if (status == AP_OK) {
        put_in_order(&r, page);
        status = tell_all(&r, err);
    }
    if (status == AP_OK)
        status = resource_answer(answer, &r, err);
    if (status == AP_OK)
        status = remark_erased(answer, &r, db, access, err);
    *failed = r.failed;
    ap_buf_free(&r.changes);
    ap_buf_free(&r.texts);
    ap_history_free(r.history);
    free(r.shown);
    free(r.entries);
    ap_query_page_free(page);
    return status;
}
