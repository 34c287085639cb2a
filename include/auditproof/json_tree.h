/*
 * A JSON value as a tree, for what is compared and put together. Names and strings are decoded; numbers stay as they
 * were written, so that 1.0 and 1.00 differ. Trees live in an arena, and are read and written no deeper than
 * AP_JSON_MAX_DEPTH.
 */
#ifndef AUDITPROOF_JSON_TREE_H
#define AUDITPROOF_JSON_TREE_H

#include <stdint.h>

#include "auditproof/arena.h"
#include "auditproof/buf.h"
#include "auditproof/json_read.h"

struct ap_json {
    enum ap_json_kind kind;
    const char *text; /* of a string without quotes and escapes, or of a number */
    size_t len;
    const char *name; /* of a member: without quotes and escapes */
    size_t name_len;
    struct ap_json **items; /* elements; or members, in the order of the bytes of their names, each name once */
    size_t count, room;
    uint64_t hash; /* equal values have equal ones */
    size_t mark;   /* these two are the user's */
    unsigned remark;
};

/* AP_EINPUT for what is no JSON. Of members with one name the last counts. text must outlive nothing. */
AP_MUST_CHECK enum ap_status ap_json_tree(struct ap_json **out, struct ap_arena *arena, const char *text, size_t len,
                                          struct ap_error *err);

/* Marks are not looked at. */
bool ap_json_equal(const struct ap_json *a, const struct ap_json *b);

/* The member, or NULL; also where the value is no object. */
struct ap_json *ap_json_get(const struct ap_json *object, const char *name, size_t len);

/* A copy, marks and all; NULL when the arena has no room. */
struct ap_json *ap_json_copy(struct ap_arena *arena, const struct ap_json *value);

/* Mark it and all that is in it. */
void ap_json_mark(struct ap_json *value, size_t mark, unsigned remark);

/* Make `member`, which has a name, a member of the object, in the place of the one of that name. False: no room. */
bool ap_json_set(struct ap_arena *arena, struct ap_json *object, struct ap_json *member);
/* The same of many, in the order of their names and none of which it has. */
bool ap_json_join(struct ap_arena *arena, struct ap_json *object, struct ap_json *const *members, size_t count);
/* Take out the members whose names the object `these` has, and `but` (may be NULL) has not. */
void ap_json_drop(struct ap_json *object, const struct ap_json *these, const struct ap_json *but);
/* Then, of the object, and of each that it is in, from within. */
void ap_json_rehash(struct ap_json *object);

/* Append as PostgreSQL writes jsonb, but members in the order of their names' bytes. */
void ap_json_put(struct ap_buf *out, const struct ap_json *value);

#endif
