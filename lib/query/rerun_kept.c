/* Reading what was kept. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auditproof/clock.h"
#include "auditproof/digest.h"
#include "auditproof/json_read.h"
#include "rerun_internal.h"

enum { CHUNK = 1 << 16, HEAD_LINE_MAX = 1024 };

enum ap_status lines_next(struct lines *lines, size_t max, const char **line, size_t *len, struct ap_error *err)
{
    size_t looked = lines->done;

    *line = NULL;
    for (;;) {
        const char *at = lines->text.len > 0 ? lines->text.data + lines->done : NULL, *end = NULL;
        char *room;
        ssize_t n;

        if (lines->text.len > looked)
            end = memchr(lines->text.data + looked, '\n', lines->text.len - looked);
        if (end != NULL) {
            *line = at;
            *len = (size_t)(end - at);
            lines->done = (size_t)(end + 1 - lines->text.data);
            return AP_OK;
        }
        if (lines->ended && lines->text.len == lines->done)
            return AP_OK;
        if (lines->ended || lines->text.len - lines->done > max)
            return ap_fail(err, AP_EINPUT,
                           lines->ended ? "what was kept ends within a line"
                                        : "what was kept has a line that is longer than any");
        if (lines->done > 0) {
            memmove(lines->text.data, at, lines->text.len - lines->done);
            lines->text.len -= lines->done;
            lines->done = 0;
        }
        looked = lines->text.len;
        room = ap_buf_reserve(&lines->text, CHUNK);
        if (room == NULL)
            return ap_buf_check(&lines->text, "what was kept", err);
        do
            n = read(lines->fd, room, CHUNK);
        while (n < 0 && errno == EINTR);
        if (n < 0)
            return ap_fail_errno(err, errno, "cannot read what was kept");
        lines->text.len += (size_t)n;
        lines->ended = n == 0;
    }
}

static bool is_name(const struct ap_json_span *key, const char *name)
{
    return ap_json_string_is(key, name, strlen(name));
}

static bool take_uuid(struct ap_uuid *out, const struct ap_json_span *value)
{
    char text[AP_UUID_TEXT_SIZE];

    if (value->kind != AP_JSON_STRING || value->len != AP_UUID_TEXT_SIZE + 1)
        return false;
    memcpy(text, value->text + 1, AP_UUID_TEXT_SIZE - 1);
    text[AP_UUID_TEXT_SIZE - 1] = '\0';
    return ap_uuid_parse(out, text);
}

static bool take_hash(uint8_t out[AP_HASH_LEN], const struct ap_json_span *value)
{
    char text[2 * AP_HASH_LEN + 1];

    if (value->kind != AP_JSON_STRING || value->len != sizeof text + 1)
        return false;
    memcpy(text, value->text + 1, sizeof text - 1);
    text[sizeof text - 1] = '\0';
    return ap_hex_decode(out, AP_HASH_LEN, text);
}

static bool take_seq(uint64_t *out, const struct ap_json_span *value)
{
    *out = 0;
    if (value->kind != AP_JSON_NUMBER || value->len > 18)
        return false;
    for (size_t i = 0; i < value->len; i++) {
        if (value->text[i] < '0' || value->text[i] > '9')
            return false;
        *out = *out * 10 + (uint64_t)(value->text[i] - '0');
    }
    return *out > 0;
}

/* Members that a head's line and an entry's _auditproof have in common. */
struct place {
    bool chain, seq, hash, verified, erased[AP_GROUPS];
    struct ap_uuid id;
    uint64_t number;
    uint8_t entry_hash[AP_HASH_LEN];
    int64_t recorded_us;
    const char *end; /* of the last of those that say where the entry is chained */
};

static bool take_time(int64_t *out, const struct ap_json_span *value)
{
    char text[AP_TIME_TEXT_SIZE];
    struct ap_error unused;

    if (value->kind != AP_JSON_STRING || value->len - 2 >= sizeof text)
        return false;
    memcpy(text, value->text + 1, value->len - 2);
    text[value->len - 2] = '\0';
    return ap_time_parse(out, text, 0, &unused) == AP_OK;
}

/* Names of groups, in an array that was checked as JSON. */
static bool take_erased(bool erased[AP_GROUPS], const struct ap_json_span *value)
{
    struct ap_json_reader reader;
    struct ap_json_span item;
    struct ap_error unused;

    if (value->kind != AP_JSON_ARRAY)
        return false;
    ap_json_reader_init(&reader, value->text + 1, value->len - 2);
    for (;;) {
        while (reader.at < reader.end && strchr(" \t\r\n,", *reader.at) != NULL)
            reader.at++;
        if (reader.at == reader.end)
            return true;
        if (ap_json_read_value(&reader, &item, &unused) != AP_OK)
            return false;
        for (int g = 0; g < AP_GROUPS; g++)
            if (item.kind == AP_JSON_STRING && is_name(&item, ap_group_name((enum ap_group)g)))
                erased[g] = true;
    }
}

static bool take_place(struct place *place, const struct ap_json_span *key, const struct ap_json_span *value)
{
    if (is_name(key, "chain_id"))
        return place->chain = take_uuid(&place->id, value);
    if (is_name(key, "seq"))
        return place->seq = take_seq(&place->number, value);
    if (is_name(key, "entry_hash"))
        return place->hash = take_hash(place->entry_hash, value);
    if (is_name(key, "recorded_at"))
        return take_time(&place->recorded_us, value);
    if (is_name(key, "erased"))
        return take_erased(place->erased, value);
    if (is_name(key, "verified"))
        place->verified = value->kind == AP_JSON_TRUE;
    return true;
}

static enum ap_status read_place(struct place *place, const struct ap_json_span *object, struct ap_error *err)
{
    struct ap_json_reader reader;
    struct ap_json_span key, value;
    bool more = true, sound = true;
    enum ap_status status;

    memset(place, 0, sizeof *place);
    ap_json_reader_init(&reader, object->text, object->len);
    status = ap_json_read_open(&reader, err);
    while (status == AP_OK && more && sound) {
        status = ap_json_read_member(&reader, &more, &key, &value, err);
        if (status == AP_OK && more)
            sound = take_place(place, &key, &value);
        if (status == AP_OK && more && (is_name(&key, "entry_hash") || is_name(&key, "erased")))
            place->end = value.text + value.len;
    }
    return status == AP_OK && !sound ? ap_fail(err, AP_EINPUT, "what was kept names no place in a chain") : status;
}

enum ap_status kept_parse(struct ap_saved_place *out, size_t *place_end, const char *line, size_t len,
                          struct ap_error *err)
{
    struct ap_json_reader reader;
    struct ap_json_span whole, key, value;
    struct place place;
    size_t at;
    bool more = true, has_id = false, has_time = false;
    enum ap_status status = ap_json_check(line, len, &whole, &at, err);

    memset(out, 0, sizeof *out);
    memset(&place, 0, sizeof place);
    ap_json_reader_init(&reader, line, len);
    if (status == AP_OK)
        status = ap_json_read_open(&reader, err);
    while (status == AP_OK && more) {
        status = ap_json_read_member(&reader, &more, &key, &value, err);
        if (status != AP_OK || !more)
            break;
        if (is_name(&key, "id"))
            has_id = take_uuid(&out->id, &value);
        else if (is_name(&key, "organization_id") && value.kind == AP_JSON_STRING && !take_uuid(&out->chain, &value))
            has_id = false;
        else if (is_name(&key, "created_at"))
            has_time = take_time(&out->time_us, &value);
        else if (is_name(&key, "_auditproof"))
            status = read_place(&place, &value, err);
    }
    if (status == AP_OK && (!has_id || (place.seq && (!place.chain || !place.hash))))
        return ap_fail(err, AP_EINPUT, "what was kept has a line that is no entry");
    if (!has_time)
        out->time_us = place.recorded_us;
    out->verified = place.verified;
    memcpy(out->erased, place.erased, sizeof out->erased);
    *place_end = place.end != NULL ? (size_t)(place.end - line) : 0;
    if (place.seq) {
        out->seq = place.number;
        memcpy(out->entry_hash, place.entry_hash, AP_HASH_LEN);
    }
    return status;
}

enum ap_status ap_saved_places(int fd, ap_saved_place_fn *fn, void *context, struct ap_error *err)
{
    struct lines lines = {fd, AP_BUF_INIT, 0, false};
    struct ap_digest *digest = NULL;
    struct ap_saved_place place;
    const char *line = NULL;
    size_t len = 0;
    enum ap_status status = ap_digest_new(&digest, err);

    do {
        struct ap_span said = {NULL, 0};

        if (status == AP_OK)
            status = lines_next(&lines, AP_SAVED_LINE_MAX, &line, &len, err);
        if (status != AP_OK || line == NULL)
            break;
        status = kept_parse(&place, &said.len, line, len, err);
        said.data = line;
        if (status == AP_OK)
            status = ap_digest_spans(digest, place.said, &said, 1, err);
        if (status == AP_OK)
            status = fn(context, &place, err);
    } while (status == AP_OK);
    ap_digest_free(digest);
    ap_buf_free(&lines.text);
    return status;
}

static enum ap_status add_head(struct rerun *rerun, const char *line, size_t len, struct ap_error *err)
{
    struct ap_json_span whole;
    struct place place;
    size_t at;
    enum ap_status status = ap_json_check(line, len, &whole, &at, err);

    if (status == AP_OK)
        status = read_place(&place, &whole, err);
    if (status == AP_OK && (!place.chain || !place.seq || !place.hash || rerun->head_count == AP_SAVED_HEADS_MAX))
        status = ap_fail(err, AP_EINPUT, "what was kept of the chains is not sound");
    if (status == AP_OK && rerun->head_count == rerun->head_cap) {
        size_t cap = rerun->head_cap == 0 ? 64 : 2 * rerun->head_cap;
        struct kept_head *grown = reallocarray(rerun->heads, cap, sizeof *grown);

        if (grown == NULL)
            return ap_fail_memory(err, "chains");
        rerun->heads = grown;
        rerun->head_cap = cap;
    }
    if (status != AP_OK)
        return status;
    rerun->heads[rerun->head_count].chain = place.id;
    rerun->heads[rerun->head_count].seq = place.number;
    memcpy(rerun->heads[rerun->head_count++].entry_hash, place.entry_hash, AP_HASH_LEN);
    return AP_OK;
}

static int by_chain(const void *a, const void *b)
{
    return memcmp(((const struct kept_head *)a)->chain.bytes, ((const struct kept_head *)b)->chain.bytes, AP_UUID_LEN);
}

enum ap_status kept_heads(struct rerun *rerun, struct ap_error *err)
{
    struct lines lines = {rerun->options->heads_fd, AP_BUF_INIT, 0, false};
    const char *line = NULL;
    size_t len = 0;
    enum ap_status status = AP_OK;

    if (lines.fd < 0)
        return AP_OK;
    do {
        status = lines_next(&lines, HEAD_LINE_MAX, &line, &len, err);
        if (status == AP_OK && line != NULL)
            status = add_head(rerun, line, len, err);
    } while (status == AP_OK && line != NULL);
    ap_buf_free(&lines.text);
    if (status == AP_OK && rerun->head_count > 0)
        qsort(rerun->heads, rerun->head_count, sizeof *rerun->heads, by_chain);
    return status;
}
