#include "auditproof/json_read.h"

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

size_t ap_json_scan_skip(struct ap_json_scan *scan, const char *text, size_t len)
{
    size_t at = 0;

    if (scan->begun)
        return 0;
    for (; at < len; at++) {
        if (text[at] == '[' && !scan->in_array)
            scan->in_array = true;
        else if (text[at] == ']' && scan->in_array)
            scan->in_array = false;
        else if (!is_space(text[at]) && !(text[at] == ',' && scan->in_array))
            break;
    }
    return at;
}

/* Whether the value ends with, or before, the next character; *taken when it is part of it. */
static bool ends_at(struct ap_json_scan *scan, char c, bool *taken)
{
    *taken = true;
    if (scan->in_string) {
        scan->in_string = scan->escaped || c != '"';
        scan->escaped = !scan->escaped && c == '\\';
        return !scan->in_string && scan->depth == 0;
    }
    if (c == '"') {
        scan->in_string = true;
    } else if (c == '{' || c == '[') {
        scan->depth++;
    } else if ((c == '}' || c == ']') && scan->depth > 0) {
        return --scan->depth == 0;
    } else if (scan->depth == 0 && (is_space(c) || c == ',' || c == ']')) {
        *taken = false;
        return true;
    }
    return false;
}

bool ap_json_scan_end(struct ap_json_scan *scan, const char *text, size_t len, size_t *value_len)
{
    bool taken;

    for (; scan->done < len; scan->done++) {
        scan->begun = true;
        if (!ends_at(scan, text[scan->done], &taken))
            continue;
        *value_len = scan->done + (taken ? 1 : 0);
        /* A stray comma or bracket is a value of its own, or nothing would ever get past it. */
        if (*value_len == 0)
            *value_len = 1;
        *scan = (struct ap_json_scan){.in_array = scan->in_array};
        return true;
    }
    return false;
}
