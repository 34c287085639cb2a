/* What is counted while entries stream by. Only what an entry discloses is looked at. */
#include <stdlib.h>
#include <string.h>

#include "auditproof/clock.h"
#include "report_internal.h"

const char *const level_names[LEVELS] = {"low", "medium", "high", "critical", "no level"};

static int64_t day_of(int64_t time_us)
{
    int64_t day = time_us / AP_US_PER_DAY;

    return time_us % AP_US_PER_DAY < 0 ? day - 1 : day;
}

enum ap_status figures_init(struct figures *figures, int64_t from_us, int64_t to_us, struct ap_error *err)
{
    enum ap_status status;

    memset(figures, 0, sizeof *figures);
    figures->first_day = day_of(from_us);
    figures->days = (size_t)(day_of(to_us - 1) - figures->first_day + 1);
    figures->seen_from = INT64_MAX;
    figures->seen_to = -1;
    figures->by_day = calloc(figures->days, sizeof *figures->by_day);
    if (figures->by_day == NULL)
        return ap_fail_memory(err, "the days of a report");
    status = top_init(&figures->actors, err);
    return status == AP_OK ? top_init(&figures->actions, err) : status;
}

void figures_free(struct figures *figures)
{
    free(figures->by_day);
    top_free(&figures->actors);
    top_free(&figures->actions);
}

static enum level level_of(const struct ap_value *value)
{
    for (size_t i = 0; i < LEVEL_NONE; i++)
        if (value->data != NULL && value->len == strlen(level_names[i]) &&
            memcmp(value->data, level_names[i], value->len) == 0)
            return (enum level)i;
    return LEVEL_NONE;
}

static void add_time(struct figures *figures, int64_t time_us, enum level level)
{
    int64_t since_1970 = day_of(time_us), day = since_1970 - figures->first_day;
    int64_t hour = (time_us - since_1970 * AP_US_PER_DAY) / (3600 * AP_US_PER_SECOND);

    if (day < 0 || (uint64_t)day >= figures->days) {
        figures->outside++;
        return;
    }
    figures->by_day[day][level]++;
    /* 1970-01-01 was a Thursday. */
    figures->by_hour[((since_1970 + 3) % 7 + 7) % 7][hour]++;
    if (day < figures->seen_from)
        figures->seen_from = day;
    if (day > figures->seen_to)
        figures->seen_to = day;
}

static bool is_withheld(const struct ap_evidence_entry *is, enum ap_group group)
{
    return !is->disclosed[group] && is->entry->kept[group] == NULL;
}

static void add_actor(struct top *actors, const struct ap_evidence_entry *is)
{
    const struct ap_entry *row = is->entry->row;
    char account[AP_UUID_TEXT_SIZE];

    if (is->disclosed[AP_GROUP_ACTOR] && row->actor_email.data != NULL) {
        top_add(actors, ACTOR_EMAIL, row->actor_email.data, row->actor_email.len);
    } else if (is->disclosed[AP_GROUP_ACCOUNT] && row->actor_id.present) {
        ap_uuid_format(account, &row->actor_id.value);
        top_add(actors, ACTOR_ACCOUNT, account, strlen(account));
    } else if (is_withheld(is, AP_GROUP_ACTOR) || is_withheld(is, AP_GROUP_ACCOUNT)) {
        top_add(actors, ACTOR_WITHHELD, "", 0);
    } else if (!is->disclosed[AP_GROUP_ACTOR] || !is->disclosed[AP_GROUP_ACCOUNT]) {
        top_add(actors, ACTOR_ERASED, "", 0);
    } else if (row->actor_role.data != NULL) {
        top_add(actors, ACTOR_ROLE, row->actor_role.data, row->actor_role.len);
    } else {
        top_add(actors, ACTOR_NOBODY, "", 0);
    }
}

void figures_add(struct figures *figures, const struct ap_evidence_entry *is)
{
    const struct ap_entry *row = is->entry->row;
    enum level level;

    if (!is->asked_for)
        return;
    if (row == NULL) {
        figures->gone++;
        return;
    }
    level = level_of(&row->risk_level);
    figures->counted++;
    figures->levels[level]++;
    add_time(figures, is->time_us, level);
    add_actor(&figures->actors, is);
    top_add(&figures->actions, 0, row->action.data != NULL ? row->action.data : "", row->action.len);
}

void figures_end(struct figures *figures, int64_t as_of_us)
{
    int64_t known = day_of(as_of_us) - figures->first_day;

    if (known < figures->seen_to)
        known = figures->seen_to;
    if (known < 0)
        known = 0;
    if ((uint64_t)known + 1 >= figures->days)
        return;
    figures->days = (size_t)known + 1;
    figures->open = true;
}

uint64_t figures_silent_days(const struct figures *figures)
{
    uint64_t silent = 0;

    for (size_t i = 0; i < figures->days; i++) {
        uint64_t total = 0;

        for (size_t l = 0; l < LEVELS; l++)
            total += figures->by_day[i][l];
        silent += total == 0;
    }
    return silent;
}
