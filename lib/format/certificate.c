#include "auditproof/certificate.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/clock.h"
#include "format/json_members.h"

/* What a text is read into, with what it is for messages. */
struct reading {
    struct ap_purge_text *out;
    const char *what;
    bool certificate;
    struct ap_error *err;
};

static enum ap_status wrong(const struct reading *r, const char *name)
{
    return ap_fail(r->err, AP_EINPUT, "%s: \"%s\" is not as it must be", r->what, name);
}

static bool is_time(const struct ap_json_span *value, int64_t *out)
{
    char text[AP_TIME_TEXT_SIZE];

    return json_text(value, text, sizeof text) && strlen(text) == sizeof "2026-11-22T15:46:14.123456Z" - 1 &&
           text[10] == 'T' && ap_time_parse(out, text, 0, NULL) == AP_OK;
}

static bool is_hash(const struct ap_json_span *value, const char *name, struct ap_hash *out, uint64_t seq)
{
    struct json_members members;
    uint64_t at;
    bool good = value != NULL && value->kind == AP_JSON_OBJECT &&
                members_read(&members, value->text, value->len, NULL) == AP_OK;

    if (!good)
        return false;
    good = json_count(members_get(&members, "seq"), &at) && at == seq &&
           json_hex(members_get(&members, name), out->bytes, AP_HASH_LEN);
    members_free(&members);
    return good;
}

static bool take_range(const struct ap_json_span *item, struct ap_seq_range *out)
{
    struct ap_json_reader reader;
    struct ap_json_span number;

    return items_open(&reader, item) && items_next(&reader, &number) && json_count(&number, &out->from_seq) &&
           items_next(&reader, &number) && json_count(&number, &out->to_seq) && !items_next(&reader, &number) &&
           out->from_seq >= 1 && out->to_seq >= out->from_seq;
}

/* In order, with something between them; *entries is how many they hold. */
static bool take_ranges(const struct ap_json_span *list, struct ap_seq_range **ranges, size_t *count, uint64_t *entries)
{
    struct ap_json_reader reader;
    struct ap_json_span item;
    size_t room = 0;

    *entries = 0;
    if (!items_open(&reader, list))
        return false;
    while (items_next(&reader, &item)) {
        struct ap_seq_range range;

        if (!take_range(&item, &range) || (*count > 0 && range.from_seq <= (*ranges)[*count - 1].to_seq + 1))
            return false;
        if (*count == room) {
            struct ap_seq_range *more;

            room = room == 0 ? 16 : room * 2;
            more = realloc(*ranges, room * sizeof *more);
            if (more == NULL)
                return false;
            *ranges = more;
        }
        (*ranges)[(*count)++] = range;
        *entries += range.to_seq - range.from_seq + 1;
    }
    return true;
}

static bool is_failure(const struct ap_json_span *why)
{
    return ap_json_string_is(why, "altered", 7) || ap_json_string_is(why, "missing", 7) ||
           ap_json_string_is(why, "not reached", 11);
}

/* Sums of what a file says may be of any size. */
static bool add(uint64_t *sum, uint64_t count)
{
    if (count > UINT64_MAX - *sum)
        return false;
    *sum += count;
    return true;
}

/* What stays, and why; *entries is how many. */
static bool take_kept(struct reading *r, const struct ap_json_span *list, uint64_t *entries)
{
    struct ap_json_reader reader;
    struct ap_json_span item;

    *entries = 0;
    if (!items_open(&reader, list))
        return false;
    while (items_next(&reader, &item)) {
        struct json_members members;
        struct ap_seq_range *ranges = NULL;
        uint64_t count = 0, in_ranges = 0;
        size_t range_count = 0;
        bool good = item.kind == AP_JSON_OBJECT && members_read(&members, item.text, item.len, NULL) == AP_OK;

        if (!good)
            return false;
        good = members_get(&members, "why") != NULL && json_count(members_get(&members, "entries"), &count) &&
               take_ranges(members_get(&members, "ranges"), &ranges, &range_count, &in_ranges) && in_ranges == count &&
               add(entries, count) && (!is_failure(members_get(&members, "why")) || add(&r->out->failed, count));
        members_free(&members);
        free(ranges);
        if (!good)
            return false;
    }
    return true;
}

static bool take_hold(struct ap_purge_part *part, const struct json_members *members)
{
    struct ap_seq_range *ranges = NULL;
    struct ap_purge_held *more;
    struct ap_uuid hold;
    size_t count = 0;
    uint64_t entries, in_ranges = 0;
    bool good = json_uuid(members_get(members, "hold"), &hold) &&
                json_count(members_get(members, "entries"), &entries) &&
                take_ranges(members_get(members, "ranges"), &ranges, &count, &in_ranges) && in_ranges == entries;

    if (good && count > 0) {
        more = realloc(part->held, (part->held_count + count) * sizeof *more);
        good = more != NULL;
        part->held = good ? more : part->held;
        for (size_t i = 0; i < count && good; i++)
            part->held[part->held_count++] = (struct ap_purge_held){hold, ranges[i]};
    }
    free(ranges);
    return good;
}

/* What more could leave, but for a hold. */
static bool take_held(struct ap_purge_part *part, const struct ap_json_span *list)
{
    struct ap_json_reader reader;
    struct ap_json_span item;

    if (!items_open(&reader, list))
        return false;
    while (items_next(&reader, &item)) {
        struct json_members members;
        bool good = item.kind == AP_JSON_OBJECT && members_read(&members, item.text, item.len, NULL) == AP_OK;

        if (!good)
            return false;
        good = take_hold(part, &members);
        members_free(&members);
        if (!good)
            return false;
    }
    return true;
}

/* Members that a part of audit_logs has beside those of every part. */
static enum ap_status take_entries(struct reading *r, const struct json_members *members, struct ap_purge_part *part)
{
    uint64_t entries = r->certificate ? part->destroyed : part->planned, in_ranges, kept = 0;

    if (!json_hex(members_get(members, "ids_sha256"), part->ids, AP_HASH_LEN))
        return wrong(r, "ids_sha256");
    if (!take_ranges(members_get(members, "ranges"), &part->ranges, &part->range_count, &in_ranges))
        return wrong(r, "ranges");
    if (in_ranges != entries)
        return ap_fail(r->err, AP_EINPUT, "%s: ranges of %" PRIu64 " entries, and %" PRIu64 " are told of", r->what,
                       in_ranges, entries);
    if (entries > 0 &&
        (!is_hash(members_get(members, "first"), "entry_hash", &part->first_hash, part->ranges[0].from_seq) ||
         !is_hash(members_get(members, "last"), "entry_hash", &part->last_hash,
                  part->ranges[part->range_count - 1].to_seq)))
        return wrong(r, "first, last");
    if (!r->certificate)
        return take_held(part, members_get(members, "held")) ? AP_OK : wrong(r, "held");
    if (part->destroyed > part->planned)
        return ap_fail(r->err, AP_EINPUT, "%s: more was destroyed than planned", r->what);
    if (!take_kept(r, members_get(members, "kept"), &kept))
        return wrong(r, "kept");
    return kept == part->planned - part->destroyed
               ? AP_OK
               : ap_fail(r->err, AP_EINPUT,
                         "%s: of %" PRIu64 " planned %" PRIu64 " were destroyed and %" PRIu64 " kept", r->what,
                         part->planned, part->destroyed, kept);
}

static enum ap_status take_part(struct reading *r, const struct ap_json_span *item, struct ap_purge_part *part)
{
    const struct ap_purge_text *out = r->out;
    struct json_members members;
    enum ap_status status = members_read(&members, item->text, item->len, r->err);

    if (status != AP_OK)
        return status;
    if (!json_uuid(members_get(&members, "chain"), &part->chain) ||
        (out->part_count > 0 && ap_uuid_compare(&out->parts[out->part_count - 1].chain, &part->chain) >= 0))
        status = wrong(r, "chain");
    else if (!json_count(members_get(&members, out->chained ? "years" : "days"), &part->period))
        status = wrong(r, out->chained ? "years" : "days");
    else if (!json_count(members_get(&members, r->certificate ? "planned" : "entries"), &part->planned))
        status = wrong(r, r->certificate ? "planned" : "entries");
    else if (r->certificate && !json_count(members_get(&members, "destroyed"), &part->destroyed))
        status = wrong(r, "destroyed");
    else if (out->chained)
        status = take_entries(r, &members, part);
    members_free(&members);
    return status;
}

static enum ap_status take_parts(struct reading *r, const struct ap_json_span *list)
{
    struct ap_purge_text *out = r->out;
    struct ap_json_reader reader;
    struct ap_json_span item;
    uint64_t planned = 0, destroyed = 0;
    size_t room = 0;
    enum ap_status status = AP_OK;

    if (!items_open(&reader, list))
        return wrong(r, "chains");
    while (status == AP_OK && items_next(&reader, &item)) {
        if (out->part_count == room) {
            struct ap_purge_part *more;

            room = room == 0 ? 16 : room * 2;
            more = realloc(out->parts, room * sizeof *more);
            if (more == NULL)
                return ap_fail_memory(r->err, r->what);
            out->parts = more;
        }
        memset(&out->parts[out->part_count], 0, sizeof *out->parts);
        status = take_part(r, &item, &out->parts[out->part_count]);
        if (status == AP_OK && (!add(&planned, out->parts[out->part_count].planned) ||
                                !add(&destroyed, out->parts[out->part_count].destroyed)))
            status = wrong(r, "chains");
        out->part_count++;
    }
    if (status != AP_OK)
        return status;
    return planned == out->planned && destroyed == out->destroyed
               ? AP_OK
               : ap_fail(r->err, AP_EINPUT, "%s: its chains do not add up to what it says of all", r->what);
}

/* What both have. */
static enum ap_status take_common(struct reading *r, const struct json_members *members)
{
    struct ap_purge_text *out = r->out;
    const char *name = r->certificate ? "series" : "table";

    if (!json_text(members_get(members, name), out->table, sizeof out->table) ||
        (strcmp(out->table, "audit_logs") != 0 && strcmp(out->table, "performance_analytics") != 0))
        return wrong(r, name);
    out->chained = strcmp(out->table, "audit_logs") == 0;
    if (!json_text(members_get(members, "requested_by"), out->requested_by, sizeof out->requested_by))
        return wrong(r, "requested_by");
    if (!is_time(members_get(members, "requested_at"), &out->requested_at_us))
        return wrong(r, "requested_at");
    name = r->certificate ? "planned" : "entries";
    return json_count(members_get(members, name), &out->planned) ? AP_OK : wrong(r, name);
}

static enum ap_status take_plan(struct reading *r, const struct json_members *members)
{
    static const char version[] = "auditproof/purge-plan/1";
    const struct ap_json_span *is = members_get(members, "plan");

    if (is == NULL || !ap_json_string_is(is, version, sizeof version - 1))
        return wrong(r, "plan");
    if (!is_time(members_get(members, "approve_by"), &r->out->approve_by_us))
        return wrong(r, "approve_by");
    return is_time(members_get(members, "execute_by"), &r->out->execute_by_us) ? AP_OK : wrong(r, "execute_by");
}

static enum ap_status take_people(struct reading *r, const struct json_members *members)
{
    struct ap_purge_text *out = r->out;
    struct {
        const char *name;
        char *text;
        size_t size;
        int64_t *at_us;
    } fields[] = {
        {"creator", out->creator, sizeof out->creator, NULL},
        {"method", out->method, sizeof out->method, NULL},
        {"approved_by", out->approved_by, sizeof out->approved_by, NULL},
        {"approved_at", NULL, 0, &out->approved_at_us},
        {"executed_by", out->executed_by, sizeof out->executed_by, NULL},
        {"started_at", NULL, 0, &out->started_at_us},
        {"certified_at", NULL, 0, &out->certified_at_us},
        {"key", out->key, sizeof out->key, NULL},
    };

    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        const struct ap_json_span *value = members_get(members, fields[i].name);

        if (fields[i].at_us != NULL ? !is_time(value, fields[i].at_us)
                                    : !json_text(value, fields[i].text, fields[i].size))
            return wrong(r, fields[i].name);
    }
    if (strcmp(out->requested_by, out->approved_by) == 0)
        return ap_fail(r->err, AP_EINPUT, "%s: %s asked for it and approved it", r->what, out->requested_by);
    if (out->approved_at_us < out->requested_at_us || out->started_at_us < out->approved_at_us ||
        out->certified_at_us < out->started_at_us)
        return ap_fail(r->err, AP_EINPUT, "%s: its times do not follow each other", r->what);
    return AP_OK;
}

static enum ap_status take_certificate(struct reading *r, const struct json_members *members)
{
    static const char version[] = "auditproof/certificate/1";
    struct ap_purge_text *out = r->out;
    const struct ap_json_span *is = members_get(members, "certificate"),
                              *expire = members_get(members, "backups_expire");
    uint64_t kept;

    if (is == NULL || !ap_json_string_is(is, version, sizeof version - 1))
        return wrong(r, "certificate");
    if (!json_hex(members_get(members, "plan"), out->plan, AP_HASH_LEN))
        return wrong(r, "plan");
    if (!json_uuid(members_get(members, "purge_id"), &out->purge_id))
        return wrong(r, "purge_id");
    if (!json_is_null(expire) && !json_text(expire, out->backups_expire, sizeof out->backups_expire))
        return wrong(r, "backups_expire");
    is = members_get(members, "chained");
    if (is == NULL || is->kind != (out->chained ? AP_JSON_TRUE : AP_JSON_FALSE))
        return wrong(r, "chained");
    if (!json_count(members_get(members, "destroyed"), &out->destroyed))
        return wrong(r, "destroyed");
    /* Rows that no chain stands behind can be written while others are deleted. */
    if (out->chained && (!json_count(members_get(members, "kept"), &kept) || out->destroyed > out->planned ||
                         kept != out->planned - out->destroyed))
        return wrong(r, "kept");
    return take_people(r, members);
}

static enum ap_status read_text(struct reading *r, const char *text, size_t len)
{
    struct json_members members = {NULL, 0};
    enum ap_status status;

    memset(r->out, 0, sizeof *r->out);
    if (len > AP_CERTIFICATE_MAX)
        return ap_fail(r->err, AP_EINPUT, "%s has more than %d bytes", r->what, AP_CERTIFICATE_MAX);
    status = json_check_unique(text, len, r->err);
    if (status == AP_OK)
        status = members_read(&members, text, len, r->err);
    if (status == AP_OK)
        status = take_common(r, &members);
    if (status == AP_OK)
        status = r->certificate ? take_certificate(r, &members) : take_plan(r, &members);
    if (status == AP_OK)
        status = take_parts(r, members_get(&members, "chains"));
    members_free(&members);
    return status;
}

enum ap_status ap_purge_plan_read(struct ap_purge_text *out, const char *text, size_t len, struct ap_error *err)
{
    struct reading r = {out, "the plan", false, err};

    return read_text(&r, text, len);
}

enum ap_status ap_certificate_read(struct ap_purge_text *out, const char *text, size_t len, struct ap_error *err)
{
    static const size_t title = sizeof AP_CERTIFICATE_TITLE - 1;
    struct reading r = {out, "the certificate", true, err};

    memset(out, 0, sizeof *out);
    if (!ap_certificate_begins(text, len) || memchr(text + title, '\n', len - title) != text + len - 1)
        return ap_fail(err, AP_EINPUT, "no certificate of destruction: it is not a title and one line");
    return read_text(&r, text + title, len - title - 1);
}

void ap_purge_text_free(struct ap_purge_text *text)
{
    for (size_t i = 0; i < text->part_count; i++) {
        free(text->parts[i].ranges);
        free(text->parts[i].held);
    }
    free(text->parts);
    memset(text, 0, sizeof *text);
}

const struct ap_purge_part *ap_purge_part_of(const struct ap_purge_text *text, const struct ap_uuid *chain)
{
    size_t low = 0, high = text->part_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = ap_uuid_compare(&text->parts[middle].chain, chain);

        if (order == 0)
            return &text->parts[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

bool ap_certificate_begins(const char *bytes, size_t len)
{
    return len >= sizeof AP_CERTIFICATE_TITLE - 1 &&
           memcmp(bytes, AP_CERTIFICATE_TITLE, sizeof AP_CERTIFICATE_TITLE - 1) == 0;
}
