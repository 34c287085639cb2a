/* What fits a search now, held against what was kept of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cursor.h"
#include "rerun_internal.h"

enum { PIECE = 500 };

static int by_id(const void *a, const void *b)
{
    return memcmp(((const struct ap_saved_place *)a)->id.bytes, ((const struct ap_saved_place *)b)->id.bytes,
                  AP_UUID_LEN);
}

static bool was_kept(const struct rerun *rerun, const struct ap_uuid *id)
{
    struct ap_saved_place key;

    memset(&key, 0, sizeof key);
    key.id = *id;
    return rerun->count > 0 && bsearch(&key, rerun->kept, rerun->count, sizeof key, by_id) != NULL;
}

static const struct kept_head *find_head(const struct rerun *rerun, const struct ap_uuid *chain)
{
    size_t from = 0, to = rerun->head_count;

    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int order = memcmp(chain->bytes, rerun->heads[middle].chain.bytes, AP_UUID_LEN);

        if (order == 0)
            return &rerun->heads[middle];
        from = order > 0 ? middle + 1 : from;
        to = order < 0 ? middle : to;
    }
    return NULL;
}

/* Does the entry come after the cursor, in the order that the cursor is of? Those without a time are the newest. */
static bool is_beyond(const struct ap_query_entry *entry, const struct cursor *cursor)
{
    int order = (int)cursor->dated - (int)entry->has_created; /* below 0: it is older */

    if (order == 0 && entry->has_created)
        order = entry->created_us < cursor->created_us ? -1 : entry->created_us > cursor->created_us;
    if (order == 0)
        order = memcmp(entry->row.id.bytes, cursor->id.bytes, AP_UUID_LEN);
    return cursor->reverse ? order > 0 : order < 0;
}

/*
 * Whether the search found it then, too: what it asks about is in the entry, whose columns are what was chained, and
 * not in what rules found or was erased since.
 */
static bool fitted_then(const struct rerun *rerun, const struct ap_query_entry *entry)
{
    const struct ap_query_filter *filter = &rerun->options->saved->filter;

    return rerun->options->saved->proof && filter->risk == 0 && filter->rule == NULL && filter->where_count == 0 &&
           entry->proof == AP_QUERY_VERIFIED;
}

static enum ap_status tell_fitting(struct rerun *rerun, const struct ap_query_entry *entry, struct ap_error *err)
{
    const struct kept_head *head = find_head(rerun, &entry->chain);
    struct ap_saved_place kept;
    enum ap_rerun_outcome outcome = AP_RERUN_NEW;
    const char *detail = entry->proof == AP_QUERY_FAILED ? entry->why : "";

    if (was_kept(rerun, &entry->row.id))
        return AP_OK;
    memset(&kept, 0, sizeof kept);
    kept.id = entry->row.id;
    kept.chain = entry->chain;
    kept.seq = entry->seq;
    rerun->report->failed += entry->proof == AP_QUERY_FAILED;
    if (entry->chained && head != NULL && entry->seq <= head->seq)
        outcome = fitted_then(rerun, entry) ? AP_RERUN_OMITTED : AP_RERUN_APPEARED;
    if (outcome == AP_RERUN_OMITTED)
        detail = "it fitted then, too: it was hidden when the search was kept, or taken out of the case since";
    return rerun_tell(rerun, outcome, &kept, detail, err);
}

enum ap_status rerun_fitting(struct rerun *rerun, struct ap_error *err)
{
    const struct ap_saved_query *saved = rerun->options->saved;
    struct cursor through;
    char next[AP_QUERY_CURSOR_SIZE] = "";
    struct ap_query_paging paging = {PIECE, saved->reverse, NULL, rerun->access->chain, NULL, false};
    bool bounded = saved->more && saved->through[0] != '\0', more = true;
    enum ap_status status = bounded ? cursor_parse(&through, saved->through, saved->reverse, err) : AP_OK;

    if (rerun->count > 0)
        qsort(rerun->kept, rerun->count, sizeof *rerun->kept, by_id);
    while (status == AP_OK && more) {
        struct ap_query_page *page = NULL;
        const char *cursor = NULL;

        status = ap_query_page_open(&page, rerun->db, rerun->access, &saved->filter, &paging, err);
        for (size_t i = 0; status == AP_OK && more && i < ap_query_page_count(page); i++) {
            const struct ap_query_entry *entry = ap_query_page_entry(page, i);

            more = !bounded || !is_beyond(entry, &through);
            if (more)
                status = tell_fitting(rerun, entry, err);
        }
        if (status == AP_OK)
            cursor = ap_query_page_next(page);
        more = more && cursor != NULL;
        (void)snprintf(next, sizeof next, "%s", cursor != NULL ? cursor : "");
        paging.after = next;
        ap_query_page_free(page);
    }
    return status;
}
