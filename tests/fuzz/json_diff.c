/* Of two JSON values with a byte 0xff between them: what the diff says turns the one into the other. */
#include "auditproof/json_diff.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

/* The next name of a path, its escapes undone, into memory as long as the path. */
static const char *take_name(const char *path, char *name, size_t *len)
{
    check(*path++ == '/');
    for (*len = 0; *path != '\0' && *path != '/'; path++) {
        bool escape = *path == '~';

        path += escape;
        check(!escape || *path == '0' || *path == '1');
        name[(*len)++] = !escape ? *path : *path == '0' ? '~' : '/';
    }
    return path;
}

static size_t find(const struct ap_json *parent, const char *name, size_t len, bool *found)
{
    size_t at = parent->kind == AP_JSON_ARRAY ? (size_t)strtoul(name, NULL, 10) : 0;

    if (parent->kind == AP_JSON_OBJECT)
        while (at < parent->count &&
               (parent->items[at]->name_len != len || memcmp(parent->items[at]->name, name, len) != 0))
            at++;
    *found = at < parent->count;
    return at;
}

static void apply(struct ap_arena *arena, struct ap_json **root, const struct ap_json_change *change)
{
    char *name = calloc(1, strlen(change->path) + 1);
    struct ap_json **at = root, *parent = NULL, *value;
    const char *path = change->path;
    size_t len = 0, place = 0;
    bool found = true;

    while (*path != '\0') {
        check(name != NULL && found);
        parent = *at;
        check(parent->kind == AP_JSON_ARRAY || parent->kind == AP_JSON_OBJECT);
        path = take_name(path, name, &len);
        name[len] = '\0';
        place = find(parent, name, len, &found);
        at = found ? &parent->items[place] : NULL;
    }
    value = change->after != NULL ? ap_json_copy(arena, change->after) : NULL;
    if (value != NULL) {
        value->name = ap_arena_copy(arena, name, len);
        value->name_len = len;
    }
    if (change->verb == AP_JSON_REPLACE) {
        check(found && change->before != NULL && value != NULL && at != NULL && ap_json_equal(*at, change->before));
        *at = value;
    } else if (change->verb == AP_JSON_ADD && parent->kind == AP_JSON_OBJECT) {
        check(!found && change->before == NULL && ap_json_set(arena, parent, value));
    } else if (change->verb == AP_JSON_ADD) {
        struct ap_json **items = ap_arena_alloc(arena, parent->count + 1, sizeof(struct ap_json *));

        check(place <= parent->count && items != NULL);
        for (size_t i = 0; i <= parent->count; i++)
            items[i] = i < place ? parent->items[i] : i == place ? value : parent->items[i - 1];
        parent->items = items;
        parent->room = ++parent->count;
    } else {
        check(found && change->after == NULL && ap_json_equal(*at, change->before));
        parent->count--;
        memmove(parent->items + place, parent->items + place + 1, (parent->count - place) * sizeof(struct ap_json *));
    }
    free(name);
}

static void same_text(const struct ap_json *a, const struct ap_json *b)
{
    struct ap_buf x = AP_BUF_INIT, y = AP_BUF_INIT;

    ap_json_put(&x, a);
    ap_json_put(&y, b);
    check(x.len == y.len && memcmp(ap_buf_str(&x), ap_buf_str(&y), x.len) == 0);
    ap_buf_free(&x);
    ap_buf_free(&y);
}

/* What is written reads as the same value. */
static void round_trip(struct ap_arena *arena, const struct ap_json *value)
{
    struct ap_buf text = AP_BUF_INIT;
    struct ap_json *again;

    ap_json_put(&text, value);
    check(ap_json_tree(&again, arena, text.data, text.len, NULL) == AP_OK && ap_json_equal(value, again));
    ap_buf_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *cut = size > 0 ? memchr(data, 0xff, size) : NULL;
    struct ap_arena arena;
    struct ap_json_diff diff = {&arena, NULL, NULL, 0, 0, 0};
    struct ap_json *before, *after, *work;

    if (cut == NULL)
        return 0;
    ap_arena_init(&arena, 0);
    if (ap_json_tree(&before, &arena, (const char *)data, (size_t)(cut - data), NULL) == AP_OK &&
        ap_json_tree(&after, &arena, (const char *)cut + 1, size - 1 - (size_t)(cut - data), NULL) == AP_OK) {
        round_trip(&arena, before);
        ap_json_diff_values(&diff, "", before, after);
        check(!arena.failed && (diff.count == 0) == ap_json_equal(before, after));
        work = ap_json_copy(&arena, before);
        for (const struct ap_json_change *change = diff.first; change != NULL; change = change->next)
            apply(&arena, &work, change);
        same_text(work, after);
    }
    ap_arena_free(&arena);
    return 0;
}
