#include "auditproof/json_tree.h"

#include <stdlib.h>
#include <string.h>

#include "auditproof/json.h"

enum { FIRST_ROOM = 4 };

static const uint64_t hash_start = UINT64_C(14695981039346656037), hash_prime = UINT64_C(1099511628211);

/* Over text that was checked to be JSON: no end is looked for. */
struct builder {
    struct ap_arena *arena;
    struct ap_buf scratch;
    const char *at;
};

static struct ap_json *build(struct builder *b);

static uint64_t hash_bytes(uint64_t hash, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * hash_prime;
    return hash;
}

static uint64_t hash_number(uint64_t hash, uint64_t number)
{
    char bytes[sizeof number];

    memcpy(bytes, &number, sizeof number);
    return hash_bytes(hash, bytes, sizeof bytes);
}

void ap_json_rehash(struct ap_json *node)
{
    node->hash = hash_bytes(hash_number(hash_start, node->kind), node->text, node->len);
    for (size_t i = 0; i < node->count; i++) {
        const struct ap_json *item = node->items[i];

        if (node->kind == AP_JSON_OBJECT)
            node->hash = hash_bytes(hash_number(node->hash, item->name_len), item->name, item->name_len);
        node->hash = hash_number(node->hash, item->hash);
    }
}

static void skip_space(struct builder *b)
{
    b->at += strspn(b->at, " \t\n\r");
}

static void read_string(struct builder *b, const char **text, size_t *len)
{
    struct ap_json_span span = {AP_JSON_STRING, b->at, 0};
    const char *end = b->at + 1;

    while (*end != '"')
        end += *end == '\\' ? 2 : 1;
    span.len = (size_t)(end + 1 - b->at);
    b->at = end + 1;
    ap_buf_clear(&b->scratch);
    ap_json_decode(&span, &b->scratch);
    b->arena->failed |= b->scratch.failed;
    *text = ap_arena_copy(b->arena, ap_buf_str(&b->scratch), b->scratch.len);
    *len = *text != NULL ? b->scratch.len : 0;
}

static void read_scalar(struct builder *b, struct ap_json *node)
{
    size_t len = strspn(b->at, "-+.0123456789eE");

    if (*b->at == '"') {
        node->kind = AP_JSON_STRING;
        read_string(b, &node->text, &node->len);
        return;
    }
    if (*b->at == 'n' || *b->at == 't' || *b->at == 'f') {
        node->kind = *b->at == 'n' ? AP_JSON_NULL : *b->at == 't' ? AP_JSON_TRUE : AP_JSON_FALSE;
        b->at += *b->at == 'f' ? 5 : 4;
        return;
    }
    node->kind = AP_JSON_NUMBER;
    node->text = ap_arena_copy(b->arena, b->at, len);
    node->len = node->text != NULL ? len : 0;
    b->at += len;
}

static bool append(struct ap_arena *arena, struct ap_json *node, struct ap_json *item)
{
    if (node->count == node->room) {
        size_t room = node->room == 0 ? FIRST_ROOM : node->room * 2;
        struct ap_json **items = ap_arena_alloc(arena, room, sizeof(struct ap_json *));

        if (items == NULL)
            return false;
        if (node->count > 0)
            memcpy(items, node->items, node->count * sizeof(struct ap_json *));
        node->items = items;
        node->room = room;
    }
    node->items[node->count++] = item;
    return true;
}

static int compare_names(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t len = a_len < b_len ? a_len : b_len;
    int order = len > 0 ? memcmp(a, b, len) : 0;

    return order != 0 ? order : (a_len > b_len) - (a_len < b_len);
}

/* Of one name, in the order in which they were read, which their marks tell until they are sorted. */
static int compare_members(const void *a, const void *b)
{
    const struct ap_json *x = *(struct ap_json *const *)a, *y = *(struct ap_json *const *)b;
    int order = compare_names(x->name, x->name_len, y->name, y->name_len);

    return order != 0 ? order : (x->mark > y->mark) - (x->mark < y->mark);
}

static void sort_members(struct ap_json *node)
{
    size_t kept = 0;

    for (size_t i = 0; i < node->count; i++)
        node->items[i]->mark = i;
    if (node->count > 1)
        qsort(node->items, node->count, sizeof(struct ap_json *), compare_members);
    for (size_t i = 0; i < node->count; i++) {
        struct ap_json *item = node->items[i];
        const struct ap_json *next = i + 1 < node->count ? node->items[i + 1] : NULL;

        item->mark = 0;
        if (next == NULL || compare_names(item->name, item->name_len, next->name, next->name_len) != 0)
            node->items[kept++] = item;
    }
    node->count = kept;
}

static struct ap_json *read_items(struct builder *b, struct ap_json *node)
{
    char end = *b->at++ == '{' ? '}' : ']';

    for (skip_space(b); *b->at != end; skip_space(b)) {
        const char *name = NULL;
        size_t name_len = 0;
        struct ap_json *item;

        if (*b->at == ',')
            b->at++;
        skip_space(b);
        if (end == '}') {
            read_string(b, &name, &name_len);
            skip_space(b);
            b->at++; /* the colon */
        }
        item = build(b);
        if (item == NULL || !append(b->arena, node, item))
            return NULL;
        item->name = name;
        item->name_len = name_len;
    }
    b->at++;
    if (end == '}')
        sort_members(node);
    return node;
}

static struct ap_json *build(struct builder *b)
{
    struct ap_json *node = ap_arena_alloc(b->arena, 1, sizeof *node);

    if (node == NULL)
        return NULL;
    skip_space(b);
    if (*b->at == '{' || *b->at == '[') {
        node->kind = *b->at == '{' ? AP_JSON_OBJECT : AP_JSON_ARRAY;
        if (read_items(b, node) == NULL)
            return NULL;
    } else {
        read_scalar(b, node);
    }
    ap_json_rehash(node);
    return b->arena->failed ? NULL : node;
}

enum ap_status ap_json_tree(struct ap_json **out, struct ap_arena *arena, const char *text, size_t len,
                            struct ap_error *err)
{
    struct builder b = {arena, AP_BUF_INIT, NULL};
    struct ap_json_span span;
    enum ap_status status = ap_json_check(text, len, &span, NULL, err);

    *out = NULL;
    if (status != AP_OK)
        return status;
    b.at = ap_arena_copy(arena, span.text, span.len);
    *out = b.at != NULL ? build(&b) : NULL;
    ap_buf_free(&b.scratch);
    return *out != NULL ? AP_OK : ap_arena_check(arena, "a JSON value", err);
}

static bool same_bytes(const char *a, size_t a_len, const char *b, size_t b_len)
{
    return a_len == b_len && (a_len == 0 || memcmp(a, b, a_len) == 0);
}

bool ap_json_equal(const struct ap_json *a, const struct ap_json *b)
{
    if (a->hash != b->hash || a->kind != b->kind || a->count != b->count ||
        !same_bytes(a->text, a->len, b->text, b->len))
        return false;
    for (size_t i = 0; i < a->count; i++) {
        const struct ap_json *x = a->items[i], *y = b->items[i];

        if (!same_bytes(x->name, x->name_len, y->name, y->name_len) || !ap_json_equal(x, y))
            return false;
    }
    return true;
}

/* Where the member is, or belongs. */
static size_t place_of(const struct ap_json *object, const char *name, size_t len, bool *found)
{
    size_t low = 0, high = object->count;

    *found = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_names(object->items[middle]->name, object->items[middle]->name_len, name, len);

        if (order == 0) {
            *found = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct ap_json *ap_json_get(const struct ap_json *object, const char *name, size_t len)
{
    bool found;
    size_t at;

    if (object == NULL || object->kind != AP_JSON_OBJECT)
        return NULL;
    at = place_of(object, name, len, &found);
    return found ? object->items[at] : NULL;
}

struct ap_json *ap_json_copy(struct ap_arena *arena, const struct ap_json *value)
{
    struct ap_json *copy = ap_arena_alloc(arena, 1, sizeof *copy);

    if (copy == NULL)
        return NULL;
    copy->kind = value->kind;
    copy->hash = value->hash;
    copy->mark = value->mark;
    copy->remark = value->remark;
    copy->len = value->len;
    copy->name_len = value->name_len;
    copy->text = value->text != NULL ? ap_arena_copy(arena, value->text, value->len) : NULL;
    copy->name = value->name != NULL ? ap_arena_copy(arena, value->name, value->name_len) : NULL;
    for (size_t i = 0; i < value->count; i++) {
        struct ap_json *item = ap_json_copy(arena, value->items[i]);

        if (item == NULL || !append(arena, copy, item))
            return NULL;
    }
    return arena->failed ? NULL : copy;
}

bool ap_json_set(struct ap_arena *arena, struct ap_json *object, struct ap_json *member)
{
    bool found;
    size_t at = place_of(object, member->name, member->name_len, &found);

    if (found) {
        object->items[at] = member;
        return true;
    }
    if (!append(arena, object, member))
        return false;
    memmove(object->items + at + 1, object->items + at, (object->count - 1 - at) * sizeof(struct ap_json *));
    object->items[at] = member;
    return true;
}

bool ap_json_join(struct ap_arena *arena, struct ap_json *object, struct ap_json *const *members, size_t count)
{
    size_t all = object->count + count, i = object->count;

    if (count == 0)
        return true;
    if (all > object->room) {
        size_t room = all > object->room * 2 ? all : object->room * 2;
        struct ap_json **items = ap_arena_alloc(arena, room, sizeof(struct ap_json *));

        if (items == NULL)
            return false;
        if (object->count > 0)
            memcpy(items, object->items, object->count * sizeof(struct ap_json *));
        object->items = items;
        object->room = room;
    }
    for (size_t at = all; count > 0; at--) {
        const struct ap_json *last = members[count - 1], *there = i > 0 ? object->items[i - 1] : NULL;

        if (there != NULL && compare_names(there->name, there->name_len, last->name, last->name_len) > 0)
            object->items[at - 1] = object->items[--i];
        else
            object->items[at - 1] = members[--count];
    }
    object->count = all;
    return true;
}

void ap_json_drop(struct ap_json *object, const struct ap_json *these, const struct ap_json *but)
{
    size_t kept = 0;

    for (size_t i = 0; i < object->count; i++) {
        struct ap_json *item = object->items[i];

        if (ap_json_get(these, item->name, item->name_len) == NULL ||
            ap_json_get(but, item->name, item->name_len) != NULL)
            object->items[kept++] = item;
    }
    object->count = kept;
}

void ap_json_mark(struct ap_json *value, size_t mark, unsigned remark)
{
    value->mark = mark;
    value->remark = remark;
    for (size_t i = 0; i < value->count; i++)
        ap_json_mark(value->items[i], mark, remark);
}

static void put_items(struct ap_buf *out, const struct ap_json *value)
{
    bool object = value->kind == AP_JSON_OBJECT;

    ap_buf_addc(out, object ? '{' : '[');
    for (size_t i = 0; i < value->count; i++) {
        ap_buf_adds(out, i > 0 ? ", " : "");
        if (object) {
            ap_json_string_n(out, value->items[i]->name, value->items[i]->name_len);
            ap_buf_adds(out, ": ");
        }
        ap_json_put(out, value->items[i]);
    }
    ap_buf_addc(out, object ? '}' : ']');
}

void ap_json_put(struct ap_buf *out, const struct ap_json *value)
{
    switch (value->kind) {
    case AP_JSON_NULL:
        ap_buf_adds(out, "null");
        break;
    case AP_JSON_FALSE:
        ap_buf_adds(out, "false");
        break;
    case AP_JSON_TRUE:
        ap_buf_adds(out, "true");
        break;
    case AP_JSON_NUMBER:
        ap_buf_add(out, value->text, value->len);
        break;
    case AP_JSON_STRING:
        ap_json_string_n(out, value->text, value->len);
        break;
    case AP_JSON_ARRAY:
    case AP_JSON_OBJECT:
        put_items(out, value);
        break;
    }
}
