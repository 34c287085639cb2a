#include "auditproof/json_read.h"

#include <stdint.h>
#include <string.h>

#include "auditproof/bytes.h"
#include "auditproof/utf8.h"

void ap_json_reader_init(struct ap_json_reader *reader, const char *text, size_t len)
{
    reader->at = text;
    reader->end = text + len;
}

static enum ap_status fault(struct ap_json_reader *r, const char *at, const char *message, struct ap_error *err)
{
    r->at = at;
    return ap_fail(err, AP_EINPUT, "%s", message);
}

static void skip_space(struct ap_json_reader *r)
{
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' || *r->at == '\n' || *r->at == '\r'))
        r->at++;
}

/* Four hexadecimal digits at p, or -1. */
static int32_t code_unit(const char *p, const char *end)
{
    int32_t unit = 0;

    if (end - p < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        int d = ap_hex_digit(p[i]);

        if (d < 0)
            return -1;
        unit = unit * 16 + d;
    }
    return unit;
}

static bool is_high(int32_t unit)
{
    return unit >= 0xD800 && unit <= 0xDBFF;
}

static bool is_low(int32_t unit)
{
    return unit >= 0xDC00 && unit <= 0xDFFF;
}

/* r->at is on a backslash; moves past the whole escape, both halves of a surrogate pair included. */
static enum ap_status skip_escape(struct ap_json_reader *r, struct ap_error *err)
{
    const char *p = r->at + 1;
    int32_t unit;

    if (p < r->end && *p != '\0' && strchr("\"\\/bfnrt", *p) != NULL) {
        r->at = p + 1;
        return AP_OK;
    }
    if (p == r->end || *p != 'u')
        return fault(r, r->at, "a backslash that starts no JSON escape", err);
    unit = code_unit(p + 1, r->end);
    if (unit < 0)
        return fault(r, r->at, "\\u without four hexadecimal digits", err);
    if (unit == 0)
        return fault(r, r->at, "\\u0000, which PostgreSQL cannot store", err);
    p += 5;
    if (is_low(unit) ||
        (is_high(unit) && (r->end - p < 2 || p[0] != '\\' || p[1] != 'u' || !is_low(code_unit(p + 2, r->end)))))
        return fault(r, r->at, "half of a surrogate pair, which is no character", err);
    r->at = is_high(unit) ? p + 6 : p;
    return AP_OK;
}

static enum ap_status skip_string(struct ap_json_reader *r, struct ap_error *err)
{
    const char *start = r->at++;
    enum ap_status status;

    while (r->at < r->end) {
        unsigned char c = (unsigned char)*r->at;
        size_t n;

        if (c == '"') {
            r->at++;
            return AP_OK;
        }
        if (c == '\\') {
            status = skip_escape(r, err);
            if (status != AP_OK)
                return status;
        } else if (c < 0x20) {
            return fault(r, r->at, "an unescaped control character in a string", err);
        } else if (c < 0x80) {
            r->at++;
        } else {
            n = ap_utf8_char(r->at, (size_t)(r->end - r->at));
            if (n == 0)
                return fault(r, r->at, "bytes that are not UTF-8", err);
            r->at += n;
        }
    }
    return fault(r, start, "a string that does not end", err);
}

static bool is_digit(const struct ap_json_reader *r)
{
    return r->at < r->end && *r->at >= '0' && *r->at <= '9';
}

static bool digits(struct ap_json_reader *r)
{
    if (!is_digit(r))
        return false;
    while (is_digit(r))
        r->at++;
    return true;
}

static enum ap_status skip_number(struct ap_json_reader *r, struct ap_error *err)
{
    const char *start = r->at;
    bool ok = true;

    if (*r->at == '-')
        r->at++;
    if (r->at < r->end && *r->at == '0')
        r->at++;
    else
        ok = digits(r);
    if (ok && r->at < r->end && *r->at == '.') {
        r->at++;
        ok = digits(r);
    }
    if (ok && r->at < r->end && (*r->at == 'e' || *r->at == 'E')) {
        r->at++;
        if (r->at < r->end && (*r->at == '+' || *r->at == '-'))
            r->at++;
        ok = digits(r);
    }
    /* 01 and 1x are one malformed number, not a number and then something. */
    if (!ok || is_digit(r))
        return fault(r, start, "not a JSON number", err);
    return AP_OK;
}

static enum ap_status skip_word(struct ap_json_reader *r, const char *word, struct ap_error *err)
{
    size_t len = strlen(word);

    if ((size_t)(r->end - r->at) < len || memcmp(r->at, word, len) != 0)
        return fault(r, r->at, "not a JSON value", err);
    r->at += len;
    return AP_OK;
}

/* A string, number or word; *kind says which. Arrays and objects are the caller's. */
static enum ap_status skip_scalar(struct ap_json_reader *r, enum ap_json_kind *kind, struct ap_error *err)
{
    switch (*r->at) {
    case '"':
        *kind = AP_JSON_STRING;
        return skip_string(r, err);
    case 't':
        *kind = AP_JSON_TRUE;
        return skip_word(r, "true", err);
    case 'f':
        *kind = AP_JSON_FALSE;
        return skip_word(r, "false", err);
    case 'n':
        *kind = AP_JSON_NULL;
        return skip_word(r, "null", err);
    default:
        *kind = AP_JSON_NUMBER;
        if (*r->at != '-' && !is_digit(r))
            return fault(r, r->at, "not a JSON value", err);
        return skip_number(r, err);
    }
}

static enum ap_status skip_key(struct ap_json_reader *r, struct ap_error *err)
{
    enum ap_status status;

    skip_space(r);
    if (r->at == r->end || *r->at != '"')
        return fault(r, r->at, "a member's name in double quotes is missing", err);
    status = skip_string(r, err);
    if (status != AP_OK)
        return status;
    skip_space(r);
    if (r->at == r->end || *r->at != ':')
        return fault(r, r->at, "a colon is missing after a member's name", err);
    r->at++;
    return AP_OK;
}

/* What is open, innermost last: '{' or '['. */
struct nesting {
    char open[AP_JSON_MAX_DEPTH];
    size_t depth;
};

/* Enter the array or object at r->at. *inside is false when it was empty and is closed again. */
static enum ap_status enter(struct ap_json_reader *r, struct nesting *n, bool *inside, struct ap_error *err)
{
    char bracket = *r->at;

    if (n->depth == AP_JSON_MAX_DEPTH)
        return fault(r, r->at, "arrays and objects are nested too deeply (512 levels at most)", err);
    r->at++;
    skip_space(r);
    *inside = !(r->at < r->end && *r->at == (bracket == '{' ? '}' : ']'));
    if (!*inside) {
        r->at++;
        return AP_OK;
    }
    n->open[n->depth++] = bracket;
    return bracket == '{' ? skip_key(r, err) : AP_OK;
}

/* After a value: close what ends here. *more is true when another value follows. */
static enum ap_status leave(struct ap_json_reader *r, struct nesting *n, bool *more, struct ap_error *err)
{
    *more = false;
    while (n->depth > 0) {
        char bracket = n->open[n->depth - 1];

        skip_space(r);
        if (r->at == r->end)
            return fault(r, r->at, bracket == '{' ? "an object that does not end" : "an array that does not end", err);
        if (*r->at == ',') {
            r->at++;
            *more = true;
            return bracket == '{' ? skip_key(r, err) : AP_OK;
        }
        if (*r->at != (bracket == '{' ? '}' : ']'))
            return fault(r, r->at, "a comma or a closing bracket is missing", err);
        r->at++;
        n->depth--;
    }
    return AP_OK;
}

enum ap_status ap_json_read_value(struct ap_json_reader *reader, struct ap_json_span *out, struct ap_error *err)
{
    struct nesting n = {.depth = 0};
    enum ap_status status = AP_OK;
    enum ap_json_kind kind;
    bool more = true, first = true, inside;

    skip_space(reader);
    out->text = reader->at;
    while (status == AP_OK && more) {
        skip_space(reader);
        if (reader->at == reader->end)
            return fault(reader, reader->at, "a value is missing", err);
        if (*reader->at == '{' || *reader->at == '[') {
            kind = *reader->at == '{' ? AP_JSON_OBJECT : AP_JSON_ARRAY;
            status = enter(reader, &n, &inside, err);
        } else {
            inside = false;
            status = skip_scalar(reader, &kind, err);
        }
        if (first)
            out->kind = kind;
        first = false;
        if (status == AP_OK && !inside)
            status = leave(reader, &n, &more, err);
    }
    out->len = (size_t)(reader->at - out->text);
    return status;
}

enum ap_status ap_json_read_open(struct ap_json_reader *reader, struct ap_error *err)
{
    skip_space(reader);
    if (reader->at == reader->end || *reader->at != '{')
        return fault(reader, reader->at, "not a JSON object", err);
    reader->at++;
    return AP_OK;
}

enum ap_status ap_json_read_member(struct ap_json_reader *reader, bool *more, struct ap_json_span *key,
                                   struct ap_json_span *value, struct ap_error *err)
{
    enum ap_status status;

    /* The byte before tells the first member from a later one: white space is skipped only after it was looked at. */
    bool first = reader->at[-1] == '{';

    *more = false;
    skip_space(reader);
    if (reader->at < reader->end && *reader->at == '}') {
        reader->at++;
        return AP_OK;
    }
    if (!first) {
        if (reader->at == reader->end)
            return fault(reader, reader->at, "an object that does not end", err);
        if (*reader->at != ',')
            return fault(reader, reader->at, "a comma or a closing bracket is missing", err);
        reader->at++;
    }
    skip_space(reader);
    key->text = reader->at;
    status = skip_key(reader, err);
    if (status != AP_OK)
        return status;
    *more = true;
    key->kind = AP_JSON_STRING;
    /* Back over the colon and the space before it, to the closing quote. */
    key->len = (size_t)(reader->at - key->text);
    while (key->text[key->len - 1] != '"')
        key->len--;
    return ap_json_read_value(reader, value, err);
}

enum ap_status ap_json_read_end(struct ap_json_reader *reader, struct ap_error *err)
{
    skip_space(reader);
    if (reader->at < reader->end)
        return fault(reader, reader->at, "something follows the JSON value", err);
    return AP_OK;
}

enum ap_status ap_json_check(const char *text, size_t len, struct ap_json_span *out, size_t *at, struct ap_error *err)
{
    struct ap_json_reader reader;
    enum ap_status status;

    ap_json_reader_init(&reader, text, len);
    status = ap_json_read_value(&reader, out, err);
    if (status == AP_OK)
        status = ap_json_read_end(&reader, err);
    if (at != NULL)
        *at = (size_t)(reader.at - text);
    return status;
}
