/* Numbers as JSON writes them, without the locale and without losing what an integer is. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event.h"

/* More significant digits than any double needs to be rounded right; the rest count as one that is not zero. */
enum { DIGITS_MAX = 800, EXPONENT_MAX = 100000 };

struct decimal {
    bool negative;
    int exponent;
    size_t count; /* significant digits, without zeros at either end */
    char digits[DIGITS_MAX + 1];
};

static bool is_digit(const char *p, const char *end)
{
    return p < end && *p >= '0' && *p <= '9';
}

static void add_digit(struct decimal *d, char digit, bool fraction)
{
    if (d->count == 0 && digit == '0') {
        d->exponent -= fraction;
        return;
    }
    if (d->count < DIGITS_MAX) {
        d->digits[d->count++] = digit;
        d->exponent -= fraction;
        return;
    }
    if (digit != '0')
        d->digits[DIGITS_MAX - 1] = '1';
    d->exponent += !fraction;
}

/* The digits after an 'e', added to the exponent; what is far out of range stays so. */
static bool read_exponent(struct decimal *d, const char *p, const char *end)
{
    bool negative = p < end && *p == '-';
    int value = 0;

    if (p < end && (*p == '+' || *p == '-'))
        p++;
    if (!is_digit(p, end))
        return false;
    for (; is_digit(p, end); p++)
        value = value < EXPONENT_MAX ? value * 10 + (*p - '0') : value;
    d->exponent += negative ? -value : value;
    return p == end;
}

static bool read_decimal(struct decimal *d, const char *p, const char *end)
{
    d->negative = p < end && *p == '-';
    d->exponent = 0;
    d->count = 0;
    p += d->negative;
    if (!is_digit(p, end) || (*p == '0' && is_digit(p + 1, end)))
        return false;
    for (; is_digit(p, end); p++)
        add_digit(d, *p, false);
    if (p < end && *p == '.') {
        if (!is_digit(++p, end))
            return false;
        for (; is_digit(p, end); p++)
            add_digit(d, *p, true);
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        if (!read_exponent(d, p + 1, end))
            return false;
    } else if (p != end) {
        return false;
    }
    for (; d->count > 0 && d->digits[d->count - 1] == '0'; d->count--)
        d->exponent++;
    return true;
}

/* An integer within 64 bits, however it was written. */
static bool to_integer(const struct decimal *d, int64_t *out)
{
    uint64_t value = 0;

    if (d->count == 0) {
        *out = 0;
        return true;
    }
    if (d->exponent < 0 || d->exponent > 18 || d->count + (size_t)d->exponent > 19)
        return false;
    for (size_t i = 0; i < d->count; i++)
        value = value * 10 + (uint64_t)(d->digits[i] - '0');
    for (int i = 0; i < d->exponent; i++)
        value *= 10;
    if (value > (uint64_t)INT64_MAX + d->negative)
        return false;
    *out = d->negative ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}

static double to_real(struct decimal *d)
{
    char text[DIGITS_MAX + 16];
    double value;

    d->digits[d->count] = '\0';
    /* Without a point, strtod does not ask the locale what one looks like. */
    (void)snprintf(text, sizeof text, "%se%d", d->digits, d->exponent);
    value = strtod(text, NULL);
    return d->negative ? -value : value;
}

/* Nearly every number of an event. */
static bool read_short(struct ap_number *out, const char *text, size_t len)
{
    int64_t value = 0;

    if (len == 0 || len > 18 || (text[0] == '0' && len > 1))
        return false;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        value = value * 10 + (text[i] - '0');
    }
    *out = (struct ap_number){.is_integer = true, .integer = value, .real = (double)value};
    return true;
}

bool ap_number_parse(struct ap_number *out, const char *text, size_t len)
{
    struct decimal d;

    if (read_short(out, text, len))
        return true;
    if (len == 0 || (text[0] != '-' && (text[0] < '0' || text[0] > '9')) || !read_decimal(&d, text, text + len))
        return false;
    out->integer = 0;
    out->is_integer = to_integer(&d, &out->integer);
    out->real = out->is_integer ? (double)out->integer : to_real(&d);
    return true;
}

/* One of the two is no integer of 64 bits: it is either no whole number, and then small, or beyond them. */
static int compare_mixed(int64_t integer, double real)
{
    if (real >= 0x1p63)
        return -1;
    if (real <= -0x1p63)
        return 1;
    return ((double)integer > real) - ((double)integer < real);
}

int ap_number_compare(const struct ap_number *a, const struct ap_number *b)
{
    if (a->is_integer && b->is_integer)
        return (a->integer > b->integer) - (a->integer < b->integer);
    if (a->is_integer)
        return compare_mixed(a->integer, b->real);
    if (b->is_integer)
        return -compare_mixed(b->integer, a->real);
    return (a->real > b->real) - (a->real < b->real);
}
