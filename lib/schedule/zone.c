/* Time zones, by the system's files. */
#include "auditproof/schedule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "auditproof/file.h"
#include "tzif.h"

enum { PATH_SIZE = 4096, FILE_MAX = 1 << 20 };

struct ap_zone {
    struct tzif file;
    char name[AP_ZONE_NAME_SIZE];
};

/* No zone is more than 26 hours from another's clocks, nor changes its own twice within an hour. */
#define REACH_US (26 * 60 * 60 * AP_US_PER_SECOND)
#define STEP_US (60 * 60 * AP_US_PER_SECOND)

/* A name within the system's directory. */
static bool is_name(const char *name)
{
    size_t len = strlen(name);

    if (len == 0 || len >= AP_ZONE_NAME_SIZE || strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ", name[0]) == NULL)
        return false;
    /* "Etc/GMT+5" is a name, and "EST5EDT"; none has a dot. */
    return strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/") == len;
}

static bool is_file(const char *directory, const char *name)
{
    char path[PATH_SIZE];
    struct stat is;

    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    return stat(path, &is) == 0 && S_ISREG(is.st_mode);
}

/* Whether it is the name that is wrong, and not this machine: whose package tzdata is missing, or cannot be read. */
static bool is_unknown(const char *directory, const char *name)
{
    return is_file(directory, "UTC") && !is_file(directory, name);
}

static enum ap_status read_file(struct tzif *out, const char *name, struct ap_error *err)
{
    const char *directory = getenv("TZDIR") != NULL ? getenv("TZDIR") : "/usr/share/zoneinfo";
    struct ap_buf bytes = AP_BUF_INIT;
    char path[PATH_SIZE];
    struct ap_error why;
    enum ap_status status;

    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    status = ap_file_read(path, FILE_MAX, &bytes, &why);
    if (status == AP_OK)
        status = tzif_read(out, (const uint8_t *)ap_buf_str(&bytes), bytes.len, &why);
    ap_buf_free(&bytes);
    if (status == AP_ENOMEM)
        return ap_fail_memory(err, "a time zone");
    if (status == AP_OK)
        return AP_OK;
    if (!is_unknown(directory, name))
        return ap_fail(err, AP_EIO, "cannot read time zones on this machine (is the package tzdata installed?): %s",
                       why.message);
    return ap_fail(err, AP_EINPUT, "no time zone \"%s\" (is the package tzdata up to date?): %s", name, why.message);
}

enum ap_status ap_zone_open(struct ap_zone **out, const char *name, struct ap_error *err)
{
    struct ap_zone *zone;
    enum ap_status status;

    *out = NULL;
    if (!is_name(name))
        return ap_fail(err, AP_EINPUT, "\"%.80s\" is no name of a time zone, such as Europe/Berlin or UTC", name);
    zone = calloc(1, sizeof *zone);
    if (zone == NULL)
        return ap_fail_memory(err, "a time zone");
    memcpy(zone->name, name, strlen(name) + 1);
    status = read_file(&zone->file, name, err);
    if (status == AP_OK)
        *out = zone;
    else
        ap_zone_free(zone);
    return status;
}

void ap_zone_free(struct ap_zone *zone)
{
    if (zone == NULL)
        return;
    tzif_free(&zone->file);
    free(zone);
}

const char *ap_zone_name(const struct ap_zone *zone)
{
    return zone->name;
}

static int64_t floor_second(int64_t time_us)
{
    int64_t second = time_us / AP_US_PER_SECOND;

    return time_us % AP_US_PER_SECOND < 0 ? second - 1 : second;
}

int64_t ap_zone_offset_us(const struct ap_zone *zone, int64_t time_us)
{
    return tzif_offset(&zone->file, floor_second(time_us)) * AP_US_PER_SECOND;
}

int64_t ap_zone_day(const struct ap_zone *zone, int64_t time_us)
{
    int64_t local_us = time_us + ap_zone_offset_us(zone, time_us);

    return local_us / AP_US_PER_DAY - (local_us % AP_US_PER_DAY < 0);
}

/* The second in (before, after] from which on clocks are as they are at `after`. */
static int64_t find_change(const struct ap_zone *zone, int64_t before_us, int64_t after_us)
{
    int64_t low = floor_second(before_us), high = floor_second(after_us);
    int64_t offset = ap_zone_offset_us(zone, after_us);

    while (high - low > 1) {
        int64_t middle = low + (high - low) / 2;

        if (ap_zone_offset_us(zone, middle * AP_US_PER_SECOND) == offset)
            high = middle;
        else
            low = middle;
    }
    return high * AP_US_PER_SECOND;
}

int64_t ap_zone_instant(const struct ap_zone *zone, int64_t local_us)
{
    /* Clocks show an earlier time than local_us at the first look, and a later one at the last. */
    int64_t from_us = local_us - REACH_US;
    int64_t offset_us = ap_zone_offset_us(zone, from_us);

    for (int64_t look_us = from_us + STEP_US; look_us <= local_us + REACH_US; look_us += STEP_US) {
        int64_t then_us = ap_zone_offset_us(zone, look_us), change_us;

        if (then_us == offset_us)
            continue;
        change_us = find_change(zone, look_us - STEP_US, look_us);
        if (local_us < change_us + offset_us)
            break;
        if (local_us < change_us + then_us)
            return change_us;
        offset_us = then_us;
    }
    return local_us - offset_us;
}
