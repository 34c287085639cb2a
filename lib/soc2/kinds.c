/*
 * Entries by action and resource type: which populations they are in is worked out once for each pair, and of those
 * that are in none the entries are counted. Past a bound of pairs it is worked out each time.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/csv_write.h"
#include "rules/fold.h"
#include "rules/glob.h"
#include "rules/hash.h"
#include "soc2_internal.h"

enum { TEXT_MAX = 512 };

enum ap_status kinds_init(struct kinds *kinds, struct ap_error *err)
{
    ap_arena_init(&kinds->arena, 0);
    kinds->slots = calloc(KIND_SLOTS, sizeof *kinds->slots);
    if (kinds->slots == NULL)
        return ap_fail_memory(err, "a table of actions");
    return ap_random(&kinds->seed, sizeof kinds->seed, err);
}

void kinds_free(struct kinds *kinds)
{
    ap_arena_free(&kinds->arena);
    free(kinds->slots);
}

static enum ap_status fold(struct ap_buf *out, const struct ap_value *text, struct ap_error *err)
{
    char *room;

    ap_buf_clear(out);
    room = ap_buf_reserve(out, AP_FOLD_ROOM(text->len));
    if (room == NULL)
        return ap_buf_check(out, "an action", err);
    out->len = ap_fold(room, text->data == NULL ? "" : text->data, text->len);
    return AP_OK;
}

static bool any_matches(const struct patterns *patterns, const struct ap_buf *text)
{
    for (size_t i = 0; i < patterns->count; i++)
        if (ap_glob_match(&patterns->items[i], text->data, text->len))
            return true;
    return false;
}

static void set(struct mask *mask, size_t n)
{
    mask->words[n / 64] |= UINT64_C(1) << n % 64;
}

static enum ap_status work_out(struct ap_soc2 *soc2, const struct ap_entry *row, struct kind *kind,
                               struct ap_error *err)
{
    enum ap_status status = fold(&soc2->folded, &row->action, err);

    memset(&kind->in, 0, sizeof kind->in);
    memset(&kind->never, 0, sizeof kind->never);
    for (size_t i = 0; status == AP_OK && i < soc2->population_count; i++) {
        if (any_matches(&soc2->populations[i].except, &soc2->folded))
            set(&kind->never, i);
        else if (any_matches(&soc2->populations[i].actions, &soc2->folded))
            set(&kind->in, i);
    }
    if (status == AP_OK)
        status = fold(&soc2->folded, &row->resource_type, err);
    for (size_t i = 0; status == AP_OK && i < soc2->population_count; i++)
        if (any_matches(&soc2->populations[i].resources, &soc2->folded))
            set(&kind->in, i);
    return status;
}

static bool is_same(const struct kind *kind, const struct ap_entry *row)
{
    return kind->action_len == row->action.len && kind->resource_len == row->resource_type.len &&
           memcmp(kind->action, row->action.data, row->action.len) == 0 &&
           memcmp(kind->resource, row->resource_type.data, row->resource_type.len) == 0;
}

/* *out NULL: the pair is past the bound. */
static enum ap_status find(struct ap_soc2 *soc2, const struct ap_entry *row, struct kind **out, struct ap_error *err)
{
    struct kinds *kinds = &soc2->kinds;
    uint64_t hash = hash_mix(hash_bytes(kinds->seed, row->action.data, row->action.len),
                             hash_bytes(kinds->seed, row->resource_type.data, row->resource_type.len));
    size_t at = (size_t)(hash % KIND_SLOTS);
    struct kind *kind;

    *out = NULL;
    if (row->action.len > TEXT_MAX || row->resource_type.len > TEXT_MAX)
        return AP_OK;
    for (; kinds->slots[at] != NULL; at = (at + 1) % KIND_SLOTS) {
        if (is_same(kinds->slots[at], row)) {
            *out = kinds->slots[at];
            return AP_OK;
        }
    }
    if (kinds->count == AP_SOC2_ACTIONS_MAX)
        return AP_OK;
    kind = ap_arena_alloc(&kinds->arena, 1, sizeof *kind);
    if (kind == NULL)
        return ap_fail_memory(err, "an action");
    kind->action = ap_arena_copy(&kinds->arena, row->action.data, row->action.len);
    kind->resource = ap_arena_copy(&kinds->arena, row->resource_type.data, row->resource_type.len);
    kind->action_len = row->action.len;
    kind->resource_len = row->resource_type.len;
    kinds->slots[at] = kind;
    kinds->count++;
    *out = kind;
    return kind->action == NULL || kind->resource == NULL ? ap_fail_memory(err, "an action")
                                                          : work_out(soc2, row, kind, err);
}

static void count_unmapped(struct kind *kind, const struct ap_evidence_entry *is)
{
    uint64_t seq = is->entry->record.seq;

    if (kind->unmapped++ == 0) {
        kind->first_seq = seq;
        kind->first_us = kind->last_us = is->time_us;
    }
    kind->last_seq = seq;
    if (is->time_us < kind->first_us)
        kind->first_us = is->time_us;
    if (is->time_us > kind->last_us)
        kind->last_us = is->time_us;
}

enum ap_status kinds_take(struct ap_soc2 *soc2, const struct ap_evidence_entry *is, struct mask *out,
                          struct ap_error *err)
{
    static const char *const words[RISKS] = {"low", "medium", "high", "critical"};
    const struct ap_entry *row = is->entry->row;
    struct kind here, *kind;
    bool any = false;
    size_t risk = 0;
    enum ap_status status = find(soc2, row, &kind, err);

    if (status == AP_OK && kind == NULL)
        status = work_out(soc2, row, &here, err);
    if (status != AP_OK)
        return status;
    *out = kind == NULL ? here.in : kind->in;
    while (risk < RISKS && (strlen(words[risk]) != row->risk_level.len ||
                            memcmp(words[risk], row->risk_level.data, row->risk_level.len) != 0))
        risk++;
    for (size_t i = 0; risk < RISKS && i < soc2->population_count; i++)
        if (soc2->populations[i].risks[risk])
            set(out, i);
    for (size_t w = 0; w < MASK_WORDS; w++) {
        out->words[w] &= ~(kind == NULL ? here.never.words[w] : kind->never.words[w]);
        any = any || out->words[w] != 0;
    }
    if (!any && kind != NULL)
        count_unmapped(kind, is);
    else if (!any)
        soc2->kinds.unlisted++;
    return AP_OK;
}

static int by_name(const void *left, const void *right)
{
    const struct kind *a = *(struct kind *const *)left, *b = *(struct kind *const *)right;
    int order = strcmp(a->action, b->action);

    return order != 0 ? order : strcmp(a->resource, b->resource);
}

uint64_t ap_soc2_unmapped(const struct ap_soc2 *soc2, size_t *pairs)
{
    uint64_t entries = soc2->kinds.unlisted;

    *pairs = 0;
    for (size_t i = 0; soc2->kinds.slots != NULL && i < KIND_SLOTS; i++) {
        const struct kind *kind = soc2->kinds.slots[i];

        if (kind == NULL || kind->unmapped == 0)
            continue;
        ++*pairs;
        entries += kind->unmapped;
    }
    return entries;
}

static void put_kind(struct ap_buf *csv, const struct kind *kind)
{
    ap_csv_put_n(csv, kind->action, kind->action_len);
    ap_csv_put_n(csv, kind->resource, kind->resource_len);
    ap_csv_put_int(csv, (int64_t)kind->unmapped);
    ap_csv_put_int(csv, (int64_t)kind->first_seq);
    ap_csv_put_int(csv, (int64_t)kind->last_seq);
    ap_csv_put_time(csv, kind->first_us);
    ap_csv_put_time(csv, kind->last_us);
    ap_csv_put(csv, "");
    ap_csv_end(csv);
}

static int by_entries(const void *left, const void *right)
{
    const struct kind *a = *(struct kind *const *)left, *b = *(struct kind *const *)right;

    return a->unmapped != b->unmapped ? (a->unmapped < b->unmapped ? 1 : -1) : by_name(left, right);
}

enum ap_status kinds_unmapped(const struct ap_soc2 *soc2, bool most_first, struct kind ***out, size_t *count,
                              struct ap_error *err)
{
    struct kind **list = calloc(soc2->kinds.count + 1, sizeof *list);

    *out = list;
    *count = 0;
    if (list == NULL)
        return ap_fail_memory(err, "a list of actions");
    for (size_t i = 0; soc2->kinds.slots != NULL && i < KIND_SLOTS; i++)
        if (soc2->kinds.slots[i] != NULL && soc2->kinds.slots[i]->unmapped > 0)
            list[(*count)++] = soc2->kinds.slots[i];
    if (*count > 1)
        qsort(list, *count, sizeof *list, most_first ? by_entries : by_name);
    return AP_OK;
}

enum ap_status kinds_write(struct ap_soc2 *soc2, struct ap_bundle *bundle, struct ap_error *err)
{
    static const char *const header[] = {"action",     "resource_type", "entries", "first_seq", "last_seq",
                                         "first_time", "last_time",     "note",    NULL};
    struct kind **list;
    struct ap_buf csv = AP_BUF_INIT;
    size_t count;
    enum ap_status status = kinds_unmapped(soc2, false, &list, &count, err);

    if (status != AP_OK)
        return status;
    ap_csv_put_record(&csv, header);
    for (size_t i = 0; i < count; i++)
        put_kind(&csv, list[i]);
    if (soc2->kinds.unlisted > 0) {
        for (size_t i = 0; i < 7; i++)
            if (i == 2)
                ap_csv_put_int(&csv, (int64_t)soc2->kinds.unlisted);
            else
                ap_csv_put(&csv, "");
        ap_csv_put(&csv, "entries of more actions than are listed, or of longer names");
        ap_csv_end(&csv);
    }
    status = ap_buf_check(&csv, "the actions in no population", err);
    if (status == AP_OK)
        status = ap_bundle_add(bundle, "data/unmapped.csv", csv.data, csv.len, err);
    ap_buf_free(&csv);
    free(list);
    return status;
}
