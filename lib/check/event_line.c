#include "check/event_line.h"

#include <string.h>

#include "auditproof/utf8.h"

/*
 * The form leaves one way to write a line, so that reading is comparing. Strings are turned into what they stand for in
 * place: an escape is longer than its character.
 */
struct cursor {
    char *at, *end;
};

static bool take(struct cursor *c, const char *text, size_t len)
{
    if ((size_t)(c->end - c->at) < len || memcmp(c->at, text, len) != 0)
        return false;
    c->at += len;
    return true;
}

/* A literal. */
#define TAKE(cursor, text) take((cursor), (text), sizeof(text) - 1)

static bool read_digits(struct cursor *c, uint64_t most, uint64_t *out)
{
    const char *start = c->at;

    *out = 0;
    while (c->at < c->end && *c->at >= '0' && *c->at <= '9') {
        unsigned digit = (unsigned)(*c->at - '0');

        if (*out > (most - digit) / 10)
            return false;
        *out = *out * 10 + digit;
        c->at++;
    }
    return c->at > start && (*start != '0' || c->at == start + 1);
}

static bool read_count(struct cursor *c, uint64_t most, uint64_t *out)
{
    return read_digits(c, most, out) && *out > 0;
}

static bool read_time(struct cursor *c, int64_t *out)
{
    bool negative = TAKE(c, "-");
    uint64_t value;

    if (!read_digits(c, negative ? UINT64_C(1) << 63 : INT64_MAX, &value) || (negative && value == 0))
        return false;
    *out = negative ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}

/* 2·len lower-case digits and the quote after them. */
static bool read_hex(struct cursor *c, uint8_t *out, size_t len)
{
    if ((size_t)(c->end - c->at) <= 2 * len || c->at[2 * len] != '"')
        return false;
    for (size_t i = 0; i < 2 * len; i++)
        if (c->at[i] >= 'A' && c->at[i] <= 'F')
            return false;
    if (!ap_hex_decode(out, len, c->at))
        return false;
    c->at += 2 * len + 1;
    return true;
}

/* The character of an escape as PostgreSQL writes it, and its length; 0 for any other. */
static size_t read_escape(const char *at, const char *end, char *out)
{
    static const char names[] = "btnfr\"\\", are[] = "\b\t\n\f\r\"\\";
    const char *name;
    int high, low;

    if (end - at < 2)
        return 0;
    name = at[1] == '\0' ? NULL : strchr(names, at[1]);
    if (name != NULL) {
        *out = are[name - names];
        return 2;
    }
    if (end - at < 6 || memcmp(at, "\\u00", 4) != 0 || (at[5] >= 'A' && at[5] <= 'F'))
        return 0;
    high = ap_hex_digit(at[4]);
    low = ap_hex_digit(at[5]);
    if (high < 0 || high > 1 || low < 0)
        return 0;
    *out = (char)(high * 16 + low);
    return strchr("\b\t\n\f\r", *out) != NULL && *out != '\0' ? 0 : 6;
}

/* Bytes before a quote, a backslash or a control character. */
static size_t plain_len(const char *at, const char *end)
{
    const char *p = at;

    while (p < end && (unsigned char)*p >= 0x20 && *p != '"' && *p != '\\')
        p++;
    return (size_t)(p - at);
}

/* After the opening quote, to past the closing one. */
static bool read_string(struct cursor *c, struct ap_span *out)
{
    char *to = c->at;

    out->data = to;
    while (true) {
        size_t len = plain_len(c->at, c->end);

        if (to != c->at)
            memmove(to, c->at, len);
        to += len;
        c->at += len;
        if (c->at == c->end || (*c->at != '"' && *c->at != '\\'))
            return false;
        if (*c->at == '"')
            break;
        len = read_escape(c->at, c->end, to);
        if (len == 0)
            return false;
        to++;
        c->at += len;
    }
    c->at++;
    out->len = (size_t)(to - (const char *)out->data);
    return ap_utf8_valid(out->data, out->len) == out->len;
}

/* A group's name and the quote after it. */
static bool read_group(struct cursor *c, size_t *out)
{
    for (size_t g = 0; g < AP_GROUPS; g++) {
        const char *name = ap_group_name((enum ap_group)g);
        size_t len = strlen(name);

        if ((size_t)(c->end - c->at) > len && c->at[len] == '"' && memcmp(c->at, name, len) == 0) {
            c->at += len + 1;
            *out = g;
            return true;
        }
    }
    return false;
}

/* After the brace. */
static bool read_disclosed(struct event_line *line, struct cursor *c)
{
    if (TAKE(c, "}"))
        return true;
    do {
        struct disclosure *is;
        size_t group;

        if (!TAKE(c, "\"") || !read_group(c, &group))
            return false;
        is = &line->disclosed[group];
        if (is->there || !TAKE(c, ":{\"salt\":\"") || !read_hex(c, is->salt, AP_SALT_LEN) || !TAKE(c, ",\"text\":\"") ||
            !read_string(c, &is->text) || !TAKE(c, "}"))
            return false;
        is->there = true;
    } while (TAKE(c, ","));
    return TAKE(c, "}");
}

/* After the bracket. */
static bool read_erased(struct event_line *line, struct cursor *c)
{
    if (TAKE(c, "]"))
        return true;
    do {
        size_t group;

        if (!TAKE(c, "\"") || !read_group(c, &group) || line->erased[group])
            return false;
        line->erased[group] = true;
        line->erased_count++;
    } while (TAKE(c, ","));
    return TAKE(c, "]");
}

/* After the bracket. */
static bool read_inclusion(struct event_line *line, struct cursor *c)
{
    if (TAKE(c, "]"))
        return true;
    do {
        if (line->inclusion_count == LINE_PROOF_MAX || !TAKE(c, "\"") ||
            !read_hex(c, line->inclusion[line->inclusion_count].bytes, AP_HASH_LEN))
            return false;
        line->inclusion_count++;
    } while (TAKE(c, ","));
    return TAKE(c, "]");
}

/* The text, or the hash of one that is gone. */
static bool read_content(struct event_line *line, struct cursor *c)
{
    line->has_text = TAKE(c, ",\"text\":\"");
    if (line->has_text)
        return read_string(c, &line->text) && (!TAKE(c, ",\"disclosed\":{") || read_disclosed(line, c));
    return TAKE(c, ",\"content_hash\":\"") && read_hex(c, line->content_hash, AP_HASH_LEN) &&
           TAKE(c, ",\"purged\":true");
}

/* What a line begins without is not there; the hashes of a proof are as many as its count says. */
static void clear(struct event_line *line)
{
    line->has_prev = line->has_inclusion = false;
    for (size_t g = 0; g < AP_GROUPS; g++)
        line->disclosed[g].there = line->erased[g] = false;
    line->erased_count = 0;
    line->inclusion_count = 0;
}

bool event_line_read(struct event_line *line, char *text, size_t len)
{
    struct cursor cursor = {text, text + len}, *c = &cursor;

    clear(line);
    if (!TAKE(c, "{\"seq\":") || !read_count(c, INT64_MAX, &line->seq))
        return false;
    line->has_prev = TAKE(c, ",\"prev\":\"");
    if (line->has_prev && !read_hex(c, line->prev.bytes, AP_HASH_LEN))
        return false;
    if (!TAKE(c, ",\"recorded_at_us\":") || !read_time(c, &line->recorded_at_us) || !TAKE(c, ",\"entry_hash\":\"") ||
        !read_hex(c, line->entry_hash.bytes, AP_HASH_LEN) || !read_content(line, c))
        return false;
    if (TAKE(c, ",\"erased\":[") && !read_erased(line, c))
        return false;
    line->has_inclusion = TAKE(c, ",\"size\":");
    if (line->has_inclusion &&
        (!read_count(c, AP_TREE_MAX, &line->size) || !TAKE(c, ",\"inclusion\":[") || !read_inclusion(line, c)))
        return false;
    return TAKE(c, "}") && c->at == c->end;
}

uint64_t event_line_seq(const char *line, size_t len)
{
    static const char head[] = "{\"seq\":";
    size_t at = sizeof head - 1;
    uint64_t seq = 0;

    if (len < sizeof head || memcmp(line, head, at) != 0 || line[at] == '0')
        return 0;
    for (; at < len && line[at] >= '0' && line[at] <= '9'; at++) {
        if (seq > (UINT64_MAX - 9) / 10)
            return 0;
        seq = seq * 10 + (uint64_t)(line[at] - '0');
    }
    return at < len && (line[at] == ',' || line[at] == '}') ? seq : 0;
}
