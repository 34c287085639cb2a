/* What a plain scalar stands for in YAML 1.1, by the regular expressions of PyYAML's resolver. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/utf8.h"
#include "yaml_tree.h"

static bool one_of(const char *text, const char *const *words)
{
    while (*words != NULL && strcmp(text, *words) != 0)
        words++;
    return *words != NULL;
}

static bool is_null(const char *text)
{
    static const char *const words[] = {"", "~", "null", "Null", "NULL", NULL};

    return one_of(text, words);
}

static bool is_bool(const char *text, bool *truth)
{
    static const char *const yes[] = {"yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON", NULL};
    static const char *const no[] = {"no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF", NULL};

    *truth = one_of(text, yes);
    return *truth || one_of(text, no);
}

/* The text without "_" in out, if that fits. */
static bool strip(char *out, size_t size, const char *text)
{
    size_t n = 0;

    for (; *text != '\0'; text++) {
        if (*text == '_')
            continue;
        if (n + 1 == size)
            return false;
        out[n++] = *text;
    }
    out[n] = '\0';
    return true;
}

static bool all_in(const char *text, const char *set)
{
    return *text != '\0' && text[strspn(text, set)] == '\0';
}

/* 0b…, 0x…, 0…, or decimal; NULL when it is none. Sets the base and says where the digits start. */
static const char *integer_digits(const char *text, int *base)
{
    const char *digits = text + (*text == '+' || *text == '-');

    *base = 10;
    if (strcmp(digits, "0") == 0)
        return digits;
    if (digits[0] == '0' && digits[1] == 'b' && all_in(digits + 2, "01_")) {
        *base = 2;
        return digits + 2;
    }
    if (digits[0] == '0' && digits[1] == 'x' && all_in(digits + 2, "0123456789abcdefABCDEF_")) {
        *base = 16;
        return digits + 2;
    }
    if (digits[0] == '0' && all_in(digits + 1, "01234567_")) {
        *base = 8;
        return digits + 1;
    }
    return *digits >= '1' && *digits <= '9' && all_in(digits, "0123456789_") ? digits : NULL;
}

static void set_real(struct ap_number *number, double real)
{
    number->real = real;
    number->is_integer = false;
}

static void set_integer(struct ap_number *number, int64_t value)
{
    number->is_integer = true;
    number->integer = value;
    number->real = (double)value;
}

static bool is_integer(const char *text, struct ap_number *number)
{
    char digits[512];
    int base;
    const char *from = integer_digits(text, &base);
    bool negative = *text == '-';
    unsigned long long value;
    char *end;

    if (from == NULL || !strip(digits, sizeof digits, from) || digits[0] == '\0')
        return false;
    errno = 0;
    value = strtoull(digits, &end, base);
    if (errno == ERANGE || value > (unsigned long long)INT64_MAX + (negative ? 1 : 0)) {
        if (base != 10)
            return false;
        set_real(number, strtod(digits, NULL) * (negative ? -1 : 1));
    } else {
        set_integer(number, negative ? (int64_t)(0 - value) : (int64_t)value);
    }
    return true;
}

/* 190:20:30 and 190:20:30.15: base 60. */
static bool is_sexagesimal(const char *text, struct ap_number *number, bool *integer)
{
    const char *p = text + (*text == '+' || *text == '-');
    double total = 0;
    bool first = true;

    *integer = true;
    if (*p < '0' || *p > '9' || strchr(p, ':') == NULL || strlen(p) > 64)
        return false;
    for (;; p++) {
        size_t digits = strspn(p, first ? "0123456789_" : "0123456789");

        if (digits == 0 || (!first && (digits > 2 || (digits == 2 && *p > '5'))))
            return false;
        for (double part = 0; digits > 0; digits--, p++) {
            if (*p != '_')
                part = part * 10 + (*p - '0');
            if (digits == 1)
                total = total * 60 + part;
        }
        first = false;
        if (*p != ':')
            break;
    }
    if (*p == '.') {
        size_t digits = strspn(p + 1, "0123456789_");
        char fraction[80];

        *integer = false;
        if (p[1 + digits] != '\0' || !strip(fraction, sizeof fraction, p))
            return false;
        if (digits > 0)
            total += strtod(fraction, NULL);
    } else if (*p != '\0' || (*integer && text[*text == '+' || *text == '-'] == '0')) {
        return false;
    }
    total = *text == '-' ? -total : total;
    if (*integer && fabs(total) < 9e15)
        set_integer(number, (int64_t)total);
    else
        set_real(number, total);
    return true;
}

/* digits "." [digits] [e±digits], or "." digits [e±digits]: an exponent has a sign, a number without "." is none. */
static bool is_float(const char *text, struct ap_number *number)
{
    const char *p = text + (*text == '+' || *text == '-');
    size_t whole, fraction;
    char plain[512];

    if (strcmp(p, ".inf") == 0 || strcmp(p, ".Inf") == 0 || strcmp(p, ".INF") == 0) {
        set_real(number, *text == '-' ? -HUGE_VAL : HUGE_VAL);
        return true;
    }
    if (strcmp(text, ".nan") == 0 || strcmp(text, ".NaN") == 0 || strcmp(text, ".NAN") == 0) {
        set_real(number, (double)NAN);
        return true;
    }
    whole = strspn(p, "0123456789_");
    if (p[whole] != '.' || (whole > 0 && *p == '_'))
        return false;
    fraction = strspn(p + whole + 1, "0123456789_");
    if (whole == 0 && (fraction == 0 || p[1] == '_' || p != text))
        return false;
    p += whole + 1 + fraction;
    if ((*p == 'e' || *p == 'E') && (p[1] == '+' || p[1] == '-') && all_in(p + 2, "0123456789"))
        p += strlen(p);
    if (*p != '\0' || !strip(plain, sizeof plain, text))
        return false;
    set_real(number, strtod(plain, NULL));
    return true;
}

void ap_yaml_resolve(struct ap_yaml *node)
{
    const char *text = node->text.text;

    if (strlen(text) != node->text.len)
        return;
    if (is_null(text)) {
        node->kind = AP_YAML_NULL;
    } else if (is_bool(text, &node->truth)) {
        node->kind = AP_YAML_BOOL;
    } else if (is_integer(text, &node->number)) {
        node->kind = AP_YAML_NUMBER;
        node->integer = true;
    } else if (is_sexagesimal(text, &node->number, &node->integer) || is_float(text, &node->number)) {
        node->kind = AP_YAML_NUMBER;
    }
}

const struct ap_yaml *ap_yaml_get(const struct ap_yaml *map, const char *key)
{
    size_t len = strlen(key);

    if (map == NULL || map->kind != AP_YAML_MAP)
        return NULL;
    for (size_t i = 0; i < map->count; i++)
        if (map->items[2 * i]->text.len == len && memcmp(map->items[2 * i]->text.text, key, len) == 0)
            return map->items[2 * i + 1];
    return NULL;
}

bool ap_yaml_is_scalar(const struct ap_yaml *node)
{
    return node->kind != AP_YAML_LIST && node->kind != AP_YAML_MAP;
}

bool ap_yaml_is(const struct ap_yaml *node, const char *text)
{
    return node != NULL && ap_yaml_is_scalar(node) && strlen(text) == node->text.len &&
           memcmp(text, node->text.text, node->text.len) == 0;
}

const char *ap_yaml_kind_name(const struct ap_yaml *node)
{
    switch (node->kind) {
    case AP_YAML_NULL:
        return "null";
    case AP_YAML_BOOL:
        return "a Boolean";
    case AP_YAML_NUMBER:
        return "a number";
    case AP_YAML_STRING:
        return "a string";
    case AP_YAML_LIST:
        return "a list";
    case AP_YAML_MAP:
        return "a mapping";
    }
    return "unknown";
}

struct ap_mark ap_yaml_mark(const struct ap_yaml *node, size_t offset)
{
    struct ap_mark at = node->at;

    if (node->verbatim && offset <= node->text.len) {
        at = node->text_at;
        at.column += (uint32_t)ap_utf8_count(node->text.text, offset);
    }
    return at;
}
