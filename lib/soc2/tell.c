/* What the bundle's report shows of populations and exceptions. */
#include <inttypes.h>
#include <stdio.h>
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

static enum ap_status tell_bounds(const struct ap_soc2 *soc2, struct ap_report *report, struct ap_error *err)
{
    uint64_t let_go = soc2_let_go(soc2);
    char text[160];

    if (let_go == 0)
        return AP_OK;
    (void)snprintf(text, sizeof text,
                   "Rules could not take %" PRIu64 " %s into account, within their bounds: some may be missing.",
                   let_go, let_go == 1 ? "entry" : "entries");
    return ap_report_fact(report, "Exceptions", text, err);
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
    if (status == AP_OK)
        status = tell_bounds(soc2, report, err);
    return status == AP_OK ? tell_unmapped(soc2, report, err) : status;
}
