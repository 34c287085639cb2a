/* What the bundle's report shows of populations and exceptions. */
#include <stdlib.h>

#include "auditproof/report.h"
#include "soc2_internal.h"

static enum ap_status tell_unmapped(const struct ap_soc2 *soc2, struct ap_report *report, struct ap_error *err)
{
    struct kind **list;
    size_t count;
    enum ap_status status = kinds_unmapped(soc2, true, &list, &count, err);

    for (size_t i = 0; status == AP_OK && i < count; i++)
        status = ap_report_unmapped(report, list[i]->action, list[i]->resource, list[i]->unmapped, err);
    free(list);
    if (status == AP_OK && soc2->kinds.unlisted > 0)
        status = ap_report_unmapped(report, "others", "", soc2->kinds.unlisted, err);
    return status;
}

enum ap_status soc2_tell(void *context, struct ap_report *report, struct ap_error *err)
{
    const struct ap_soc2 *soc2 = context;
    enum ap_status status = AP_OK;

    ap_report_exceptions(report, soc2->exceptions.count);
    for (size_t i = 0; status == AP_OK && i < soc2->criterion_count; i++) {
        const struct ap_soc2_total *total = &soc2->totals[i];
        struct ap_report_control control = {
            .criterion = total->criterion,
            .title = total->title,
            .strength = total->strength,
            .limit = total->limits,
            .populations = total->populations,
            .rows = total->rows,
            .rules = total->rules,
            .exceptions = total->exceptions,
        };

        status = ap_report_control(report, &control, err);
    }
    return status == AP_OK ? tell_unmapped(soc2, report, err) : status;
}
