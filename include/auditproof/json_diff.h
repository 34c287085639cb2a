/*
 * What turns one JSON value into another, as operations of RFC 6902: add, remove and replace, at paths of RFC 6901.
 *
 * Members come in the order of their names' bytes, elements from first to last, so that the same two values always give
 * the same operations; applied one after the other they turn the first value into the second. Of arrays that are not
 * too long the longest run of elements that both have stays, so that a permission taken from a list is one removal; of
 * longer ones what is equal at both ends.
 */
#ifndef AUDITPROOF_JSON_DIFF_H
#define AUDITPROOF_JSON_DIFF_H

#include "auditproof/json_tree.h"

enum ap_json_verb { AP_JSON_ADD, AP_JSON_REMOVE, AP_JSON_REPLACE };

/* "add", "remove", "replace". Static. */
const char *ap_json_verb_name(enum ap_json_verb verb);

struct ap_json_change {
    enum ap_json_verb verb;
    const char *path;                     /* JSON Pointer, NUL-terminated; "" is the whole value */
    const struct ap_json *before, *after; /* NULL of an addition, and of a removal; borrowed from the values */
    struct ap_json_change *next;
};

/* Changes that one comparison finds at most, and bytes of their paths: what has more becomes one replacement. */
enum { AP_JSON_DIFF_MAX = 5000, AP_JSON_DIFF_PATHS_MAX = 4 << 20 };

/* Zero it first, but for the arena, which changes live in and whose failures must be looked at. */
struct ap_json_diff {
    struct ap_arena *arena;
    struct ap_json_change *first, *last;
    size_t count, path_bytes;
    size_t aligned; /* pairs of elements of arrays that were looked at */
};

/* `name` beneath the path `parent`, ~ and / in it escaped. NULL when there is no room. */
const char *ap_json_pointer(struct ap_arena *arena, const char *parent, const char *name, size_t len);

/* Add one change. */
void ap_json_diff_add(struct ap_json_diff *diff, enum ap_json_verb verb, const char *path, const struct ap_json *before,
                      const struct ap_json *after);

/* Add what turns `before` into `after`, both at `path`; nothing where they are equal. */
void ap_json_diff_values(struct ap_json_diff *diff, const char *path, const struct ap_json *before,
                         const struct ap_json *after);

/* Append as RFC 6902 has it: [{"op": "replace", "path": "/role", "value": "admin"}]. */
void ap_json_diff_put(struct ap_buf *out, const struct ap_json_diff *diff);

#endif
