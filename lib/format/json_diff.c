#include "auditproof/json_diff.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/json.h"

/* Arrays are aligned element by element up to so many pairs: of two, and of all that are in two values. */
enum { ALIGNED_MAX = 1 << 18, ALIGNED_ALL_MAX = 1 << 21 };

/* So many different values of one hash are no accident, and not worth the time. */
enum { COLLIDING_MAX = 32 };

/* Two stretches of arrays that differ at both ends, and how much of them is common from each pair on. */
struct alignment {
    struct ap_json **before, **after;
    size_t before_count, after_count;
    uint32_t *numbers; /* of all elements, those of `after` being last: equal ones have the same */
    uint32_t *common;  /* (before_count + 1) rows of after_count + 1, or NULL */
};

struct numbered {
    const struct ap_json *value;
    size_t at;
};

const char *ap_json_verb_name(enum ap_json_verb verb)
{
    static const char *const names[] = {
        [AP_JSON_ADD] = "add", [AP_JSON_REMOVE] = "remove", [AP_JSON_REPLACE] = "replace"};

    return names[verb];
}

const char *ap_json_pointer(struct ap_arena *arena, const char *parent, const char *name, size_t len)
{
    size_t parent_len = strlen(parent), size = parent_len + len + 2;
    char *path, *at;

    for (size_t i = 0; i < len; i++)
        size += name[i] == '~' || name[i] == '/';
    path = ap_arena_bytes(arena, size);
    if (path == NULL)
        return NULL;
    memcpy(path, parent, parent_len);
    at = path + parent_len;
    *at++ = '/';
    for (size_t i = 0; i < len; i++) {
        if (name[i] != '~' && name[i] != '/') {
            *at++ = name[i];
            continue;
        }
        *at++ = '~';
        *at++ = name[i] == '~' ? '0' : '1';
    }
    *at = '\0';
    return path;
}

static bool is_over(const struct ap_json_diff *diff)
{
    return diff->arena->failed || diff->count > AP_JSON_DIFF_MAX || diff->path_bytes > AP_JSON_DIFF_PATHS_MAX;
}

void ap_json_diff_add(struct ap_json_diff *diff, enum ap_json_verb verb, const char *path, const struct ap_json *before,
                      const struct ap_json *after)
{
    struct ap_json_change *change = ap_arena_alloc(diff->arena, 1, sizeof *change);

    if (change == NULL)
        return;
    *change = (struct ap_json_change){verb, path, before, after, NULL};
    if (diff->last != NULL)
        diff->last->next = change;
    else
        diff->first = change;
    diff->last = change;
    diff->count++;
}

/* A name's path, which counts towards the most that there may be. */
static const char *path_to(struct ap_json_diff *diff, const char *parent, const char *name, size_t len)
{
    const char *path;

    diff->path_bytes += strlen(parent) + len;
    path = is_over(diff) ? NULL : ap_json_pointer(diff->arena, parent, name, len);
    return path != NULL ? path : "";
}

static const char *path_at(struct ap_json_diff *diff, const char *parent, size_t index)
{
    char number[24];
    int len = snprintf(number, sizeof number, "%zu", index);

    return path_to(diff, parent, number, (size_t)len);
}

static void compare(struct ap_json_diff *diff, const char *path, const struct ap_json *before,
                    const struct ap_json *after);

/* NULL stands for what comes after all. */
static int order_of(const struct ap_json *a, const struct ap_json *b)
{
    size_t len;
    int order;

    if (a == NULL || b == NULL)
        return (a == NULL) - (b == NULL);
    len = a->name_len < b->name_len ? a->name_len : b->name_len;
    order = len > 0 ? memcmp(a->name, b->name, len) : 0;
    return order != 0 ? order : (a->name_len > b->name_len) - (a->name_len < b->name_len);
}

/* One of them, or both, of one name. */
static void compare_members(struct ap_json_diff *diff, const char *path, const struct ap_json *before,
                            const struct ap_json *after)
{
    if (before != NULL && after != NULL)
        compare(diff, path_to(diff, path, after->name, after->name_len), before, after);
    else if (before != NULL)
        ap_json_diff_add(diff, AP_JSON_REMOVE, path_to(diff, path, before->name, before->name_len), before, NULL);
    else
        ap_json_diff_add(diff, AP_JSON_ADD, path_to(diff, path, after->name, after->name_len), NULL, after);
}

static void compare_objects(struct ap_json_diff *diff, const char *path, const struct ap_json *before,
                            const struct ap_json *after)
{
    size_t i = 0, j = 0;

    while (!is_over(diff) && (i < before->count || j < after->count)) {
        const struct ap_json *b = i < before->count ? before->items[i] : NULL;
        const struct ap_json *a = j < after->count ? after->items[j] : NULL;
        int order = order_of(b, a);

        if (order != 0 || !ap_json_equal(b, a))
            compare_members(diff, path, order <= 0 ? b : NULL, order >= 0 ? a : NULL);
        i += order <= 0;
        j += order >= 0;
    }
}

static uint32_t *common_at(const struct alignment *a, size_t i, size_t j)
{
    return &a->common[i * (a->after_count + 1) + j];
}

static int by_hash(const void *a, const void *b)
{
    uint64_t x = ((const struct numbered *)a)->value->hash, y = ((const struct numbered *)b)->value->hash;

    return (x > y) - (x < y);
}

/* Large values are compared once, and not with each of the other array. False: there are no numbers. */
static bool number(struct alignment *a, struct ap_arena *arena)
{
    size_t count = a->before_count + a->after_count, different[COLLIDING_MAX], kinds = 0;
    struct numbered *all = ap_arena_alloc(arena, count, sizeof *all);

    a->numbers = ap_arena_alloc(arena, count, sizeof *a->numbers);
    if (all == NULL || a->numbers == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        all[i] = (struct numbered){i < a->before_count ? a->before[i] : a->after[i - a->before_count], i};
    qsort(all, count, sizeof *all, by_hash);
    for (size_t i = 0; i < count; i++) {
        size_t kind = 0;

        if (i > 0 && all[i].value->hash != all[i - 1].value->hash)
            kinds = 0;
        while (kind < kinds && !ap_json_equal(all[different[kind]].value, all[i].value))
            kind++;
        if (kind == COLLIDING_MAX)
            return false;
        if (kind == kinds)
            different[kinds++] = i;
        a->numbers[all[i].at] = (uint32_t)different[kind];
    }
    return true;
}

static void align(struct alignment *a, struct ap_json_diff *diff)
{
    struct ap_arena *arena = diff->arena;

    if (a->before_count == 0 || a->after_count == 0 || a->before_count > ALIGNED_MAX / a->after_count)
        return;
    diff->aligned += a->before_count * a->after_count;
    if (diff->aligned > ALIGNED_ALL_MAX || !number(a, arena))
        return;
    a->common = ap_arena_alloc(arena, (a->before_count + 1) * (a->after_count + 1), sizeof *a->common);
    for (size_t i = a->before_count; a->common != NULL && i-- > 0;) {
        for (size_t j = a->after_count; j-- > 0;) {
            uint32_t down = *common_at(a, i + 1, j), right = *common_at(a, i, j + 1);

            *common_at(a, i, j) = a->numbers[i] == a->numbers[a->before_count + j] ? *common_at(a, i + 1, j + 1) + 1
                                  : down > right                                   ? down
                                                                                   : right;
        }
    }
}

/* Up to the next pair that stays: how many elements of each go before it. */
static void next_run(const struct alignment *a, size_t i, size_t j, size_t *removed, size_t *added)
{
    size_t from_i = i, from_j = j;

    if (a->common == NULL) {
        *removed = a->before_count - i;
        *added = a->after_count - j;
        return;
    }
    while (i < a->before_count || j < a->after_count) {
        if (i < a->before_count && j < a->after_count && ap_json_equal(a->before[i], a->after[j]))
            break;
        if (j == a->after_count || (i < a->before_count && *common_at(a, i + 1, j) >= *common_at(a, i, j + 1)))
            i++;
        else
            j++;
    }
    *removed = i - from_i;
    *added = j - from_j;
}

/* `at` is where the first of them stands when what comes before has been done. */
static void compare_stretches(struct ap_json_diff *diff, const char *path, const struct alignment *a, size_t at)
{
    size_t i = 0, j = 0;

    while (!is_over(diff) && (i < a->before_count || j < a->after_count)) {
        size_t removed, added;

        next_run(a, i, j, &removed, &added);
        for (; removed > 0 && added > 0 && !is_over(diff); removed--, added--, i++, j++, at++)
            if (!ap_json_equal(a->before[i], a->after[j]))
                compare(diff, path_at(diff, path, at), a->before[i], a->after[j]);
        for (; removed > 0 && !is_over(diff); removed--)
            ap_json_diff_add(diff, AP_JSON_REMOVE, path_at(diff, path, at), a->before[i++], NULL);
        for (; added > 0 && !is_over(diff); added--)
            ap_json_diff_add(diff, AP_JSON_ADD, path_at(diff, path, at++), NULL, a->after[j++]);
        for (;
             a->common != NULL && i < a->before_count && j < a->after_count && ap_json_equal(a->before[i], a->after[j]);
             at++) {
            i++;
            j++;
        }
    }
}

static void compare_arrays(struct ap_json_diff *diff, const char *path, const struct ap_json *before,
                           const struct ap_json *after)
{
    size_t head = 0, tail = 0, most = before->count < after->count ? before->count : after->count;
    struct alignment a;

    while (head < most && ap_json_equal(before->items[head], after->items[head]))
        head++;
    while (tail < most - head &&
           ap_json_equal(before->items[before->count - 1 - tail], after->items[after->count - 1 - tail]))
        tail++;
    a = (struct alignment){before->items != NULL ? before->items + head : NULL,
                           after->items != NULL ? after->items + head : NULL,
                           before->count - head - tail,
                           after->count - head - tail,
                           NULL,
                           NULL};
    align(&a, diff);
    compare_stretches(diff, path, &a, head);
}

static void compare(struct ap_json_diff *diff, const char *path, const struct ap_json *before,
                    const struct ap_json *after)
{
    if (before->kind == AP_JSON_OBJECT && after->kind == AP_JSON_OBJECT)
        compare_objects(diff, path, before, after);
    else if (before->kind == AP_JSON_ARRAY && after->kind == AP_JSON_ARRAY)
        compare_arrays(diff, path, before, after);
    else
        ap_json_diff_add(diff, AP_JSON_REPLACE, path, before, after);
}

void ap_json_diff_values(struct ap_json_diff *diff, const char *path, const struct ap_json *before,
                         const struct ap_json *after)
{
    struct ap_json_diff part = {diff->arena, NULL, NULL, 0, 0, 0};

    if (ap_json_equal(before, after))
        return;
    compare(&part, path, before, after);
    if (is_over(&part)) {
        ap_json_diff_add(diff, AP_JSON_REPLACE, path, before, after);
        return;
    }
    if (part.first == NULL)
        return;
    if (diff->last != NULL)
        diff->last->next = part.first;
    else
        diff->first = part.first;
    diff->last = part.last;
    diff->count += part.count;
    diff->path_bytes += part.path_bytes;
}

void ap_json_diff_put(struct ap_buf *out, const struct ap_json_diff *diff)
{
    ap_buf_addc(out, '[');
    for (const struct ap_json_change *change = diff->first; change != NULL; change = change->next) {
        ap_buf_addf(out, "%s{\"op\": \"%s\", \"path\": ", change == diff->first ? "" : ", ",
                    ap_json_verb_name(change->verb));
        ap_json_string(out, change->path);
        if (change->after != NULL) {
            ap_buf_adds(out, ", \"value\": ");
            ap_json_put(out, change->after);
        }
        ap_buf_addc(out, '}');
    }
    ap_buf_addc(out, ']');
}
