#include "reports.h"

#include <string.h>

#include "auditproof/platform.h"
#include "auditproof/tally.h"

enum { ROWS = 50, PLATFORM_ROWS = 1000 };

static enum ap_status build_summary(struct making *making, struct ap_error *err)
{
    struct ap_query_filter filter = {.has_org = true,
                                     .org = making->org,
                                     .has_since = true,
                                     .has_until = true,
                                     .since_us = making->since_us,
                                     .until_us = making->until_us};
    struct ap_tally_options options = {.limit = ROWS, .now_us = making->now_us};
    enum ap_status status = ap_answer_new(&making->answer, err);

    return status == AP_OK ? ap_tally_summary(making->answer, making->db, &making->access, &filter, &options, err)
                           : status;
}

static struct ap_platform_ask platform_ask(const struct making *making)
{
    return (struct ap_platform_ask){.org = making->org,
                                    .since_us = making->since_us,
                                    .until_us = making->until_us,
                                    .now_us = making->now_us,
                                    .limit = PLATFORM_ROWS,
                                    .days = true};
}

static enum ap_status build_usage(struct making *making, struct ap_error *err)
{
    struct ap_platform_ask ask = platform_ask(making);

    return ap_platform_usage(&making->answer, making->db, &ask, err);
}

static enum ap_status build_billing(struct making *making, struct ap_error *err)
{
    struct ap_platform_ask ask = platform_ask(making);

    return ap_platform_billing(&making->answer, making->db, &ask, err);
}

static enum ap_status build_performance(struct making *making, struct ap_error *err)
{
    struct ap_platform_ask ask = platform_ask(making);

    return ap_platform_performance(&making->answer, making->db, &ask, err);
}

static const struct report_kind kinds[] = {
    {"audit_summary", "Audit summary", true, build_summary, "actions"},
    {"usage_summary", "Usage", false, build_usage, "days"},
    {"billing_summary", "Billing", false, build_billing, "invoices"},
    {"performance_summary", "Performance", false, build_performance, "vitals"},
};

const struct report_kind *report_kind(const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    return NULL;
}
