#include "auditproof/schedule.h"

#include <stdlib.h>
#include <string.h>

#include "auditproof/json_read.h"

enum { TEXT_MAX = 64, HOURS = 24, MINUTES = 60 };

static const char *const frequencies[] = {"once", "daily", "weekly", "monthly"};
static const char *const weekdays[] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};

/* A number that JSON wrote as a plain integer within the bounds. */
static enum ap_status read_int(int *out, const char *name, const struct ap_json_span *value, int least, int most,
                               struct ap_error *err)
{
    char text[8] = "";
    long number = -1;

    if (value->kind == AP_JSON_NUMBER && value->len < sizeof text) {
        memcpy(text, value->text, value->len);
        number = strspn(text, "0123456789") == value->len ? strtol(text, NULL, 10) : -1;
    }
    if (number < least || number > most)
        return ap_fail(err, AP_EINPUT, "\"%s\" must be a whole number from %d to %d", name, least, most);
    *out = (int)number;
    return AP_OK;
}

/* A text of a bounded length. */
static enum ap_status read_text(char out[TEXT_MAX], const char *name, const struct ap_json_span *value,
                                struct ap_error *err)
{
    struct ap_buf text = AP_BUF_INIT;
    enum ap_status status = AP_OK;

    if (value->kind == AP_JSON_STRING)
        ap_json_decode(value, &text);
    if (value->kind != AP_JSON_STRING || text.len >= TEXT_MAX)
        status = ap_fail(err, AP_EINPUT, "\"%s\" must be a text of less than %d bytes", name, TEXT_MAX);
    if (status == AP_OK)
        status = ap_buf_check(&text, "a schedule", err);
    if (status == AP_OK)
        memcpy(out, ap_buf_str(&text), text.len + 1);
    ap_buf_free(&text);
    return status;
}

static enum ap_status read_frequency(struct ap_schedule *out, const struct ap_json_span *value, struct ap_error *err)
{
    for (size_t i = 0; value->kind == AP_JSON_STRING && i < sizeof frequencies / sizeof frequencies[0]; i++)
        if (ap_json_string_is(value, frequencies[i], strlen(frequencies[i]))) {
            out->frequency = (enum ap_frequency)i;
            return AP_OK;
        }
    return ap_fail(err, AP_EINPUT, "\"frequency\" must be once, daily, weekly or monthly");
}

static bool two_digits(const char *text, int below, int *out)
{
    if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
        return false;
    *out = (text[0] - '0') * 10 + text[1] - '0';
    return *out < below;
}

/* "09:00", and ":00" after it, which forms may send. */
static enum ap_status read_time(struct ap_schedule *out, const struct ap_json_span *value, struct ap_error *err)
{
    char text[TEXT_MAX] = "";
    int hour = 0, minute = 0;
    enum ap_status status = read_text(text, "time", value, err);

    if (status != AP_OK)
        return status;
    if (!two_digits(text, HOURS, &hour) || text[2] != ':' || !two_digits(text + 3, MINUTES, &minute) ||
        (text[5] != '\0' && strcmp(text + 5, ":00") != 0))
        return ap_fail(err, AP_EINPUT, "\"time\" must be a time of day from 00:00 to 23:59");
    out->minute = hour * MINUTES + minute;
    return AP_OK;
}

static enum ap_status read_zone(struct ap_schedule *out, const struct ap_json_span *value, struct ap_error *err)
{
    char name[TEXT_MAX] = "";
    enum ap_status status = read_text(name, "timezone", value, err);

    if (status != AP_OK)
        return status;
    ap_zone_free(out->zone);
    return ap_zone_open(&out->zone, name, err);
}

static bool is(const struct ap_json_span *key, const char *name)
{
    return ap_json_string_is(key, name, strlen(name));
}

static enum ap_status read_member(struct ap_schedule *out, const struct ap_json_span *key,
                                  const struct ap_json_span *value, struct ap_error *err)
{
    if (value->kind == AP_JSON_NULL)
        return AP_OK;
    if (is(key, "frequency"))
        return read_frequency(out, value, err);
    if (is(key, "dayOfWeek"))
        return read_int(&out->weekday, "dayOfWeek", value, 0, 6, err);
    if (is(key, "dayOfMonth"))
        return read_int(&out->day, "dayOfMonth", value, 1, 31, err);
    if (is(key, "time"))
        return read_time(out, value, err);
    return is(key, "timezone") ? read_zone(out, value, err) : AP_OK;
}

static enum ap_status read_all(struct ap_schedule *out, const char *json, size_t len, struct ap_error *err)
{
    struct ap_json_reader reader;
    struct ap_json_span key, value;
    bool more = true;
    enum ap_status status;

    ap_json_reader_init(&reader, json, len);
    status = ap_json_read_open(&reader, err);
    while (status == AP_OK && more) {
        status = ap_json_read_member(&reader, &more, &key, &value, err);
        if (status == AP_OK && more)
            status = read_member(out, &key, &value, err);
    }
    if (status == AP_OK)
        status = ap_json_read_end(&reader, err);
    if (status == AP_OK && out->zone == NULL)
        status = ap_zone_open(&out->zone, "UTC", err);
    return status;
}

enum ap_status ap_schedule_parse(struct ap_schedule *out, const char *json, size_t len, struct ap_error *err)
{
    enum ap_status status;

    *out = (struct ap_schedule){AP_ONCE, 1, 1, 0, NULL};
    status = read_all(out, json, len, err);
    if (status != AP_OK)
        ap_schedule_free(out);
    return status == AP_OK ? AP_OK : ap_error_prefix(err, "scheduling");
}

void ap_schedule_free(struct ap_schedule *schedule)
{
    ap_zone_free(schedule->zone);
    schedule->zone = NULL;
}

static const char *suffix_of(int day)
{
    if (day % 10 == 1 && day != 11)
        return "st";
    if (day % 10 == 2 && day != 12)
        return "nd";
    return day % 10 == 3 && day != 13 ? "rd" : "th";
}

void ap_schedule_describe(struct ap_buf *out, const struct ap_schedule *schedule)
{
    ap_buf_adds(out, frequencies[schedule->frequency]);
    if (schedule->frequency == AP_ONCE)
        return;
    if (schedule->frequency == AP_WEEKLY)
        ap_buf_addf(out, " on %s", weekdays[schedule->weekday]);
    if (schedule->frequency == AP_MONTHLY && schedule->day == 31)
        ap_buf_adds(out, " on the last day");
    else if (schedule->frequency == AP_MONTHLY)
        ap_buf_addf(out, " on the %d%s", schedule->day, suffix_of(schedule->day));
    ap_buf_addf(out, " at %02d:%02d, %s", schedule->minute / MINUTES, schedule->minute % MINUTES,
                ap_zone_name(schedule->zone));
}
