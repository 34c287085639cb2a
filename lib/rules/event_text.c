/* Texts that are not as the line has them: escapes resolved, objects without white space, the line to be added to. */
#include "event_internal.h"

#include "auditproof/bytes.h"
#include "auditproof/json.h"

static uint32_t code_unit(const char *digits)
{
    uint32_t unit = 0;

    for (int i = 0; i < 4; i++)
        unit = unit << 4 | (uint32_t)ap_hex_digit(digits[i]);
    return unit;
}

static char *put_character(char *out, uint32_t character)
{
    if (character < 0x80) {
        *out++ = (char)character;
    } else if (character < 0x800) {
        *out++ = (char)(0xC0 | character >> 6);
        *out++ = (char)(0x80 | (character & 0x3F));
    } else if (character < 0x10000) {
        *out++ = (char)(0xE0 | character >> 12);
        *out++ = (char)(0x80 | (character >> 6 & 0x3F));
        *out++ = (char)(0x80 | (character & 0x3F));
    } else {
        *out++ = (char)(0xF0 | character >> 18);
        *out++ = (char)(0x80 | (character >> 12 & 0x3F));
        *out++ = (char)(0x80 | (character >> 6 & 0x3F));
        *out++ = (char)(0x80 | (character & 0x3F));
    }
    return out;
}

/* p is after `\u`; moves past the digits, and past a second escape that completes a pair. */
static uint32_t take_unicode(const char **p, const char *end)
{
    uint32_t high = code_unit(*p), low;

    *p += 4;
    if (high < 0xD800 || high > 0xDFFF)
        return high;
    if (high <= 0xDBFF && end - *p >= 6 && (*p)[0] == '\\' && (*p)[1] == 'u') {
        low = code_unit(*p + 2);
        if (low >= 0xDC00 && low <= 0xDFFF) {
            *p += 6;
            return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
        }
    }
    return 0xFFFD; /* half a pair is no character */
}

/* The escapes of checked text; out has room for as many bytes as there are. Returns the end. */
static char *unescape(char *out, const char *p, const char *end)
{
    static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
    const char *backslash, *letter;

    while ((backslash = memchr(p, '\\', (size_t)(end - p))) != NULL) {
        memcpy(out, p, (size_t)(backslash - p));
        out += backslash - p;
        p = backslash + 2;
        letter = strchr(from, backslash[1]);
        if (backslash[1] == 'u')
            out = put_character(out, take_unicode(&p, end));
        else
            *out++ = letter != NULL ? to[letter - from] : backslash[1];
    }
    memcpy(out, p, (size_t)(end - p));
    return out + (end - p);
}

const char *ap_event_unescape(struct ap_event *event, const char *text, size_t len, size_t *out_len)
{
    char *out = ap_arena_bytes(event->memory, len);

    if (out == NULL) {
        event->no_memory = true;
        return ap_event_fault(event, text, "out of memory");
    }
    *out_len = (size_t)(unescape(out, text, text + len) - out);
    return out;
}

/* The closing quote of a checked string; p is after the opening one. */
static const char *string_end(const char *p, bool *escaped)
{
    *escaped = false;
    for (; *p != '"'; p++) {
        if (*p == '\\') {
            *escaped = true;
            p++;
        }
    }
    return p;
}

/* No character takes more bytes as ap_json_quote writes it than it took in any checked text. */
static char *compact_string(char *out, const char *p, const char *end, char *scratch)
{
    return ap_json_quote(out, scratch, (size_t)(unescape(scratch, p, end) - scratch));
}

bool ap_event_compact(struct ap_event *event, const struct ap_event_value *object, struct ap_event_value *compact)
{
    const char *p = object->text, *end = p + object->len, *string;
    char *out = ap_arena_bytes(event->memory, 2 * object->len), *at = out, *scratch;
    bool escaped;

    if (out == NULL) {
        event->no_memory = true;
        (void)ap_event_fault(event, p, "out of memory");
        return false;
    }
    scratch = out + object->len;
    while (p < end) {
        if (*p == '"') {
            string = p + 1;
            p = string_end(string, &escaped);
            if (escaped) {
                at = compact_string(at, string, p, scratch);
            } else {
                memcpy(at, string - 1, (size_t)(p + 2 - string));
                at += p + 2 - string;
            }
        } else if (*p != ' ' && *p != '\t' && *p != '\n' && *p != '\r') {
            *at++ = *p;
        }
        p++;
    }
    *compact = *object;
    compact->text = out;
    compact->len = (size_t)(at - out);
    return true;
}

static bool is_gap(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ',';
}

void ap_event_begin(const struct ap_event *event, struct ap_buf *out)
{
    const char *start = event->object + 1, *end;
    bool some = false;

    ap_buf_addc(out, '{');
    for (size_t i = 0; i <= event->former_count; i++) {
        end = i < event->former_count ? event->former[i].start : event->close;
        /* Members between two of ours: what is at their ends is white space and a comma that is not theirs. */
        while (start < end && is_gap(*start))
            start++;
        while (start < end && is_gap(end[-1]))
            end--;
        if (start < end) {
            if (some)
                ap_buf_addc(out, ',');
            ap_buf_add(out, start, (size_t)(end - start));
            some = true;
        }
        start = i < event->former_count ? event->former[i].end : end;
    }
    if (some)
        ap_buf_addc(out, ',');
}
