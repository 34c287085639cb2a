#include "auditproof/history.h"

#include <stdlib.h>
#include <string.h>

/* Bytes of trees: of one entry, and of what is known. */
static const size_t work_max = (size_t)512 << 20, known_max = (size_t)512 << 20;
static const size_t compact_from = (size_t)1 << 20;

struct ap_history {
    struct ap_arena work;      /* of the entry that is told */
    struct ap_arena memory[2]; /* `now` of them has what is known */
    int now;
    size_t compacted;      /* bytes, when that was last copied */
    struct ap_json *known; /* NULL until something is */
    struct ap_json *left;  /* members that were left, an object */
    size_t number;         /* of the entry that is told */
};

const char *ap_history_how_name(enum ap_history_how how)
{
    static const char *const names[] = {
        [AP_HISTORY_SET] = "set", [AP_HISTORY_TOLD] = "told", [AP_HISTORY_LEFT] = "left"};

    return names[how];
}

static struct ap_arena *memory_of(struct ap_history *h)
{
    return &h->memory[h->now];
}

enum ap_status ap_history_new(struct ap_history **out, struct ap_error *err)
{
    struct ap_history *h = calloc(1, sizeof *h);

    *out = h;
    if (h == NULL)
        return ap_fail_memory(err, "a history");
    ap_arena_init(&h->work, work_max);
    ap_arena_init(&h->memory[0], known_max);
    ap_arena_init(&h->memory[1], known_max);
    return ap_json_tree(&h->left, memory_of(h), "{}", 2, err);
}

void ap_history_free(struct ap_history *history)
{
    if (history == NULL)
        return;
    ap_arena_free(&history->work);
    ap_arena_free(&history->memory[0]);
    ap_arena_free(&history->memory[1]);
    free(history);
}

/* A failure shows in the arena, which is looked at when the entry has been told. */
static struct ap_json *keep(struct ap_history *h, const struct ap_json *value, enum ap_history_how how)
{
    struct ap_json *copy = ap_json_copy(memory_of(h), value);

    if (copy != NULL)
        ap_json_mark(copy, h->number, how);
    return copy;
}

/* Members that an object does not have yet, to be put into it at once: one by one takes the square of the time. */
struct joining {
    struct ap_json **items;
    size_t count;
};

/* Of so many at most. */
static struct joining join_begin(struct ap_history *h, size_t most)
{
    return (struct joining){most > 0 ? ap_arena_alloc(memory_of(h), most, sizeof(struct ap_json *)) : NULL, 0};
}

static void set(struct ap_history *h, struct joining *joining, struct ap_json *object, const struct ap_json *member,
                enum ap_history_how how)
{
    struct ap_json *copy = keep(h, member, how);

    if (copy == NULL)
        return;
    if (ap_json_get(object, copy->name, copy->name_len) != NULL)
        (void)ap_json_set(memory_of(h), object, copy);
    else if (joining->items != NULL)
        joining->items[joining->count++] = copy;
}

static void join(struct ap_history *h, struct joining *joining, struct ap_json *object)
{
    (void)ap_json_join(memory_of(h), object, joining->items, joining->count);
}

static bool are_objects(const struct ap_json *a, const struct ap_json *b)
{
    return a != NULL && b != NULL && a->kind == AP_JSON_OBJECT && b->kind == AP_JSON_OBJECT;
}

static const char *path_of(struct ap_json_diff *diff, const char *parent, const struct ap_json *member)
{
    const char *path = ap_json_pointer(diff->arena, parent, member->name, member->name_len);

    return path != NULL ? path : "";
}

/* Old values say what the members were: what was known otherwise has changed since. */
static void meet_members(struct ap_history *h, struct ap_json *known, const struct ap_json *old, const char *path,
                         struct ap_json_diff *diff, bool learn)
{
    struct joining joining = join_begin(h, learn ? old->count : 0);

    for (size_t i = 0; i < old->count; i++) {
        const struct ap_json *now = old->items[i];
        struct ap_json *was = ap_json_get(known, now->name, now->name_len);
        const struct ap_json *left = known == h->known ? ap_json_get(h->left, now->name, now->name_len) : NULL;

        if (are_objects(was, now)) {
            meet_members(h, was, now, path_of(diff, path, now), diff, learn);
            continue;
        }
        if (was != NULL && ap_json_equal(was, now))
            continue;
        if (was != NULL || left != NULL)
            ap_json_diff_values(diff, path_of(diff, path, now), was != NULL ? was : left, now);
        if (learn)
            set(h, &joining, known, now, AP_HISTORY_TOLD);
    }
    if (!learn)
        return;
    join(h, &joining, known);
    ap_json_rehash(known);
    if (known == h->known)
        ap_json_drop(h->left, old, NULL);
}

static void meet(struct ap_history *h, const struct ap_json *old, struct ap_json_diff *diff, bool learn)
{
    if (are_objects(h->known, old)) {
        meet_members(h, h->known, old, "", diff, learn);
        return;
    }
    if (h->known != NULL)
        ap_json_diff_values(diff, "", h->known, old);
    if (learn && (h->known == NULL || !ap_json_equal(h->known, old)))
        h->known = keep(h, old, AP_HISTORY_TOLD);
}

/* New values, beside the old ones of the same entry, say what the members are. */
static void apply_members(struct ap_history *h, struct ap_json *known, const struct ap_json *old,
                          const struct ap_json *new)
{
    struct joining joining = join_begin(h, new->count), left = join_begin(h, old != NULL ? old->count : 0);

    for (size_t i = 0; i < new->count; i++) {
        const struct ap_json *now = new->items[i], *before = ap_json_get(old, now->name, now->name_len);
        struct ap_json *was = ap_json_get(known, now->name, now->name_len);

        if (are_objects(was, now) && are_objects(before, now))
            apply_members(h, was, before, now);
        else if (was == NULL || !ap_json_equal(was, now))
            set(h, &joining, known, now, AP_HISTORY_SET);
    }
    join(h, &joining, known);
    ap_json_drop(known, old, new);
    ap_json_rehash(known);
    if (known != h->known)
        return;
    for (size_t i = 0; old != NULL && i < old->count; i++)
        if (ap_json_get(new, old->items[i]->name, old->items[i]->name_len) == NULL)
            set(h, &left, h->left, old->items[i], AP_HISTORY_LEFT);
    join(h, &left, h->left);
    ap_json_drop(h->left, new, NULL);
}

static void apply(struct ap_history *h, const struct ap_json *old, const struct ap_json *new)
{
    const struct ap_json *before = old != NULL && old->kind == AP_JSON_OBJECT ? old : NULL;

    if (are_objects(h->known, new))
        apply_members(h, h->known, before, new);
    else if (h->known == NULL || !ap_json_equal(h->known, new))
        h->known = keep(h, new, AP_HISTORY_SET);
}

/* Old values without new ones: what became of the members is not said. */
static void leave(struct ap_history *h, const struct ap_json *old)
{
    struct joining left = join_begin(h, old->count);

    if (!are_objects(h->known, old)) {
        h->known = NULL;
        return;
    }
    for (size_t i = 0; i < old->count; i++)
        set(h, &left, h->left, old->items[i], AP_HISTORY_LEFT);
    join(h, &left, h->left);
    ap_json_drop(h->known, old, NULL);
    ap_json_rehash(h->known);
}

/* What the entry itself says: between its two values, or where it has one, beside what was known. */
static void diff_entry(struct ap_history *h, const struct ap_json *old, const struct ap_json *new,
                       struct ap_json_diff *diff)
{
    const struct ap_json *whole = old != NULL ? old : new;

    if (old != NULL && new != NULL) {
        ap_json_diff_values(diff, "", old, new);
        return;
    }
    if (whole->kind != AP_JSON_OBJECT) {
        if (old == NULL && h->known != NULL)
            ap_json_diff_values(diff, "", h->known, new);
        else
            ap_json_diff_add(diff, old != NULL ? AP_JSON_REMOVE : AP_JSON_ADD, "", old, new);
        return;
    }
    for (size_t i = 0; i < whole->count; i++) {
        const struct ap_json *member = whole->items[i];
        const struct ap_json *was = ap_json_get(h->known, member->name, member->name_len);

        if (old != NULL)
            ap_json_diff_add(diff, AP_JSON_REMOVE, path_of(diff, "", member), member, NULL);
        else if (was != NULL)
            ap_json_diff_values(diff, path_of(diff, "", member), was, member);
        else
            ap_json_diff_add(diff, AP_JSON_ADD, path_of(diff, "", member), NULL, member);
    }
}

/* NULL for SQL NULL, and for what is too large to be looked at or, which jsonb never is, no JSON. */
static enum ap_status read_value(struct ap_history *h, const struct ap_value *value, struct ap_json **out, bool *unread,
                                 struct ap_error *err)
{
    enum ap_status status;

    *out = NULL;
    if (value->data == NULL)
        return AP_OK;
    status = ap_json_tree(out, &h->work, value->data, value->len, err);
    if (status == AP_OK || status == AP_ENOMEM)
        return status;
    *unread = true;
    return AP_OK;
}

static enum ap_status read_entry(struct ap_history *h, const struct ap_entry *entry, struct ap_json **old,
                                 struct ap_json **new, bool *unread, struct ap_error *err)
{
    enum ap_status status;

    ap_arena_reset(&h->work);
    *unread = false;
    *new = NULL;
    status = read_value(h, &entry->old_values, old, unread, err);
    if (status == AP_OK && !*unread)
        status = read_value(h, &entry->new_values, new, unread, err);
    if (status == AP_OK && *unread) {
        ap_arena_reset(&h->work);
        *old = *new = NULL;
    }
    return status;
}

/* What was replaced stays in memory until all that is known is copied into the other half. */
static void compact(struct ap_history *h)
{
    struct ap_arena *from = memory_of(h), *to = &h->memory[1 - h->now];
    struct ap_json *known, *left;

    if (from->failed || from->used < compact_from || from->used < 2 * h->compacted)
        return;
    ap_arena_reset(to);
    known = h->known != NULL ? ap_json_copy(to, h->known) : NULL;
    left = ap_json_copy(to, h->left);
    if (to->failed)
        return;
    h->known = known;
    h->left = left;
    h->now = 1 - h->now;
    h->compacted = to->used;
    ap_arena_reset(from);
}

enum ap_status ap_history_tell(struct ap_history *history, const struct ap_entry *entry, size_t number,
                               struct ap_history_told *told, struct ap_error *err)
{
    struct ap_history *h = history;
    struct ap_json *old, *new;
    enum ap_status status = read_entry(h, entry, &old, &new, &told->unread, err);

    told->unlogged = told->logged = (struct ap_json_diff){&h->work, NULL, NULL, 0, 0, 0};
    if (status != AP_OK)
        return status;
    compact(h);
    h->number = number;
    if (old != NULL)
        meet(h, old, &told->unlogged, true);
    if (old != NULL || new != NULL)
        diff_entry(h, old, new, &told->logged);
    status = ap_arena_check(&h->work, "the changes of an entry", err);
    if (new != NULL)
        apply(h, old, new);
    else if (old != NULL)
        leave(h, old);
    return status == AP_OK ? ap_arena_check(memory_of(h), "what is known of a thing", err) : status;
}

bool ap_history_contradicts(struct ap_history *history, const struct ap_entry *entry)
{
    struct ap_json *old, *new;
    struct ap_json_diff diff = {&history->work, NULL, NULL, 0, 0, 0};
    bool unread;

    if (read_entry(history, entry, &old, &new, &unread, NULL) != AP_OK || old == NULL)
        return false;
    meet(history, old, &diff, false);
    return diff.count > 0;
}

enum ap_status ap_history_follows(struct ap_history *history, const struct ap_entry *first, const struct ap_entry *then,
                                  bool *follows, struct ap_error *err)
{
    struct ap_entry both = {.old_values = then->old_values, .new_values = first->new_values};
    struct ap_json *old, *new;
    bool unread;
    enum ap_status status = read_entry(history, &both, &old, &new, &unread, err);

    *follows = false;
    if (status != AP_OK || old == NULL || new == NULL)
        return status;
    if (!are_objects(old, new))
        *follows = ap_json_equal(old, new);
    for (size_t i = 0; are_objects(old, new) && i < old->count; i++) {
        const struct ap_json *left = ap_json_get(new, old->items[i]->name, old->items[i]->name_len);

        *follows = *follows || left != NULL;
        if (left != NULL && !ap_json_equal(left, old->items[i])) {
            *follows = false;
            break;
        }
    }
    return status;
}

static bool is_uniform(const struct ap_json *value, const struct ap_json *like)
{
    if (value->mark != like->mark || value->remark != like->remark)
        return false;
    for (size_t i = 0; i < value->count; i++)
        if (!is_uniform(value->items[i], like))
            return false;
    return true;
}

static void walk(struct ap_history *h, const struct ap_json *value, const char *path, ap_history_known_fn *known,
                 void *context)
{
    struct ap_json_diff paths = {&h->work, NULL, NULL, 0, 0, 0};

    if (value->kind != AP_JSON_OBJECT || value->count == 0 || (path[0] != '\0' && is_uniform(value, value))) {
        known(context, path, value, value->mark, (enum ap_history_how)value->remark);
        return;
    }
    for (size_t i = 0; i < value->count; i++)
        walk(h, value->items[i], path_of(&paths, path, value->items[i]), known, context);
}

/* An object all of whose members were left is no more known than they are. */
static bool is_known(const struct ap_history *h)
{
    return h->known != NULL && (h->known->kind != AP_JSON_OBJECT || h->known->count > 0 || h->left->count == 0);
}

enum ap_status ap_history_known(struct ap_history *history, ap_history_known_fn *known, void *context,
                                struct ap_error *err)
{
    ap_arena_reset(&history->work);
    if (is_known(history))
        walk(history, history->known, "", known, context);
    if (history->left->count > 0)
        walk(history, history->left, "", known, context);
    return ap_arena_check(&history->work, "what is known of a thing", err);
}

void ap_history_put(struct ap_buf *out, const struct ap_history *history)
{
    if (is_known(history))
        ap_json_put(out, history->known);
    else
        ap_buf_adds(out, "null");
}
