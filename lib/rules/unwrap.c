#include "unwrap.h"

#include <string.h>

#include "auditproof/json_read.h"

static size_t skip_space(const char *line, size_t len, size_t at)
{
    while (at < len && (line[at] == ' ' || line[at] == '\t' || line[at] == '\r' || line[at] == '\n'))
        at++;
    return at;
}

/* From an opening quote to behind the closing one, or len. */
static size_t skip_string(const char *line, size_t len, size_t at)
{
    const char *quote;

    for (at++; at < len && (quote = memchr(line + at, '"', len - at)) != NULL;) {
        size_t end = (size_t)(quote - line), slashes = 0;

        while (line[end - 1 - slashes] == '\\')
            slashes++;
        at = end + 1;
        if (slashes % 2 == 0)
            return at;
    }
    return len;
}

/* From an opening bracket to behind the closing one, or len. */
static size_t skip_nested(const char *line, size_t len, size_t at)
{
    size_t depth = 0;

    while (at < len) {
        char c = line[at];

        if (c == '"') {
            at = skip_string(line, len, at);
            continue;
        }
        at++;
        if (c == '{' || c == '[')
            depth++;
        else if ((c == '}' || c == ']') && --depth == 0)
            return at;
    }
    return len;
}

/* Behind a value, as far as can be told without checking it. */
static size_t skip_value(const char *line, size_t len, size_t at)
{
    if (at < len && line[at] == '"')
        return skip_string(line, len, at);
    if (at < len && (line[at] == '{' || line[at] == '['))
        return skip_nested(line, len, at);
    while (at < len && memchr(",]} \t\r\n", line[at], 7) == NULL)
        at++;
    return at;
}

/* Where the elements of the member's array begin, or 0. Whatever is odd is left for the reader of events to name. */
static size_t find_array(const char *line, size_t len, const struct ap_text *member)
{
    size_t at = skip_space(line, len, 0);

    if (at == len || line[at] != '{')
        return 0;
    do {
        size_t key = skip_space(line, len, at + 1), end;
        bool found;

        if (key == len || line[key] != '"')
            return 0;
        end = skip_string(line, len, key);
        found = end - key == member->len + 2 && memcmp(line + key + 1, member->text, member->len) == 0;
        at = skip_space(line, len, end);
        if (at == len || line[at] != ':')
            return 0;
        at = skip_space(line, len, at + 1);
        if (found)
            return at < len && line[at] == '[' ? at + 1 : 0;
        at = skip_space(line, len, skip_value(line, len, at));
    } while (at < len && line[at] == ',');
    return 0;
}

void ap_unwrap_open(struct ap_unwrap *unwrap, const char *line, size_t len, const struct ap_text *member)
{
    *unwrap = (struct ap_unwrap){.line = line, .len = len};
    /* Most lines do not have the name at all, which is cheap to see. */
    if (member->text != NULL && memmem(line, len, member->text, member->len) != NULL)
        unwrap->at = unwrap->array = find_array(line, len, member);
}

/* What is around the array, with nothing in it, must be JSON. */
static enum ap_status check_around(const struct ap_unwrap *unwrap, size_t end, struct ap_buf *scratch, size_t *at,
                                   struct ap_error *err)
{
    struct ap_json_span span;
    enum ap_status status;

    ap_buf_clear(scratch);
    ap_buf_add(scratch, unwrap->line, unwrap->array);
    ap_buf_add(scratch, unwrap->line + end, unwrap->len - end);
    if (ap_buf_check(scratch, "a line", err) != AP_OK)
        return AP_ENOMEM;
    status = ap_json_check(scratch->data, scratch->len, &span, at, err);
    if (*at > unwrap->array)
        *at += end - unwrap->array;
    return status;
}

static enum ap_status give_up(struct ap_unwrap *unwrap, size_t place, size_t *at, const char *what,
                              struct ap_error *err)
{
    unwrap->ended = true;
    *at = place;
    return ap_fail(err, AP_EINPUT, "%s", what);
}

enum ap_status ap_unwrap_next(struct ap_unwrap *unwrap, struct ap_buf *scratch, bool *more, const char **text,
                              size_t *len, size_t *at, struct ap_error *err)
{
    size_t start;

    *more = false;
    *at = 0;
    if (unwrap->ended)
        return AP_OK;
    if (unwrap->array == 0) {
        unwrap->ended = *more = true;
        *text = unwrap->line;
        *len = unwrap->len;
        return AP_OK;
    }
    start = skip_space(unwrap->line, unwrap->len, unwrap->at);
    if (start < unwrap->len && unwrap->line[start] == ']') {
        unwrap->ended = true;
        return check_around(unwrap, start, scratch, at, err);
    }
    if (start < unwrap->len && unwrap->begun) {
        if (unwrap->line[start] != ',')
            return give_up(unwrap, start, at, "no comma between the elements of an array", err);
        start = skip_space(unwrap->line, unwrap->len, start + 1);
    }
    if (start == unwrap->len)
        return give_up(unwrap, start, at, "an array that does not end", err);
    unwrap->begun = true;
    unwrap->at = skip_value(unwrap->line, unwrap->len, start);
    *more = true;
    *text = unwrap->line + start;
    *len = unwrap->at - start;
    return AP_OK;
}
