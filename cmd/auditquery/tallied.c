#include "tallied.h"

#include <stdio.h>
#include <string.h>

#include "answered.h"
#include "auditproof/clock.h"

static const char filters[] = "org actor email agent action resource risk ip session since until text where rule";

static struct tallied tallied;
static tallied_fn *count_them;

static enum ap_status build(struct asked *asked, struct ap_answer *answer, struct ap_error *err)
{
    struct ap_query_plan plan;
    enum ap_status status;

    memset(&plan, 0, sizeof plan);
    tallied.asked = asked;
    tallied.answer = answer;
    tallied.options.plan = &plan;
    status = count_them(&tallied, err);
    if (status == AP_OK)
        asked_tell_scan(asked, &plan);
    ap_query_plan_free(&plan);
    return status;
}

static bool is_field(const char *field)
{
    size_t len = strlen(field);

    for (const char *name = ap_tally_fields; name != NULL; name = strchr(name, '|')) {
        name += *name == '|';
        if (strncmp(name, field, len) == 0 && (name[len] == '|' || name[len] == '\0'))
            return true;
    }
    return false;
}

int tallied_run(const char *command, uint64_t limit, const char *by, tallied_fn *count, const char *field)
{
    int result = asked_takes(command, filters);
    char name[64];

    if (result != EXIT_DONE)
        return result;
    if (limit == 0 || limit > AP_TALLY_LIMIT)
        return cli_usage("--limit takes 1 to %d", AP_TALLY_LIMIT);
    if (field != NULL && !is_field(field))
        return cli_usage("no field %s: one of %s", field, ap_tally_fields);
    tallied.field = field;
    tallied.options = (struct ap_tally_options){limit, by, ap_clock_now_us(), NULL};
    count_them = count;
    (void)snprintf(name, sizeof name, "%s%s%s", command, field != NULL ? " " : "", field != NULL ? field : "");
    return answered_run(name, build);
}
