/* The members of a JSON object that somebody else wrote. */
#ifndef AP_FORMAT_JSON_MEMBERS_H
#define AP_FORMAT_JSON_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auditproof/json_read.h"
#include "auditproof/merkle.h"

struct json_member {
    struct ap_json_span key, value;
};

struct json_members {
    struct json_member *items; /* owned */
    size_t count;
};

/*
 * Is text one JSON value in which no object has a member twice? AP_EINPUT, with why, when it is not. For what is small:
 * it takes memory for each name.
 */
AP_MUST_CHECK enum ap_status json_check_unique(const char *text, size_t len, struct ap_error *err);

/* The members of the object that text is, which was checked to be JSON. AP_EINPUT when it is none. Free in any case. */
AP_MUST_CHECK enum ap_status members_read(struct json_members *out, const char *text, size_t len, struct ap_error *err);
void members_free(struct json_members *members);

/* The member's value, or NULL. Each json_… takes NULL, and is then false. */
const struct ap_json_span *members_get(const struct json_members *members, const char *name);

bool json_is_null(const struct ap_json_span *value);
/* 0 to 2^63-1, written without fraction or exponent. */
bool json_count(const struct ap_json_span *value, uint64_t *out);
bool json_int(const struct ap_json_span *value, int64_t *out);
/* A string of exactly 2·len lower-case digits. */
bool json_hex(const struct ap_json_span *value, uint8_t *out, size_t len);
/* A string; *out, NUL-terminated, holds it when it is shorter than size, and has no NUL. */
bool json_text(const struct ap_json_span *value, char *out, size_t size);
bool json_uuid(const struct ap_json_span *value, struct ap_uuid *out);
/* A list of at most `most` hashes. */
bool json_hashes(const struct ap_json_span *value, struct ap_hash *out, size_t most, size_t *count);

/* The items of a list, one after the other: *more false after the last. Begin with items_open. */
bool items_open(struct ap_json_reader *reader, const struct ap_json_span *list);
bool items_next(struct ap_json_reader *reader, struct ap_json_span *out);

#endif
