#include <stdlib.h>
#include <string.h>

#include "run.h"

enum { FIRST_CAP = 16 };

enum ap_status findings_init(struct findings *findings, size_t max, struct ap_error *err)
{
    memset(findings, 0, sizeof *findings);
    findings->max = max;
    if (pthread_mutex_init(&findings->lock, NULL) != 0)
        return ap_fail(err, AP_ENOMEM, "cannot make a lock");
    return AP_OK;
}

void findings_free(struct findings *findings)
{
    free(findings->items);
    (void)pthread_mutex_destroy(&findings->lock);
}

static enum ap_status keep(struct findings *findings, const struct ap_finding *finding, struct ap_error *err)
{
    if (findings->count == findings->max)
        return AP_OK;
    if (findings->count == findings->cap) {
        size_t cap = findings->cap > 0 ? findings->cap * 2 : FIRST_CAP;
        struct ap_finding *items = realloc(findings->items, cap * sizeof *items);

        if (items == NULL)
            return ap_fail_memory(err, "findings");
        findings->items = items;
        findings->cap = cap;
    }
    findings->items[findings->count++] = *finding;
    return AP_OK;
}

enum ap_status findings_add(void *context, const struct ap_finding *finding, struct ap_error *err)
{
    struct findings *findings = context;
    enum ap_status status;

    (void)pthread_mutex_lock(&findings->lock);
    if (finding->severity == AP_SEVERITY_NOTICE) {
        findings->noticed++;
    } else {
        findings->found++;
        findings->by_kind[finding->kind]++;
    }
    status = keep(findings, finding, err);
    (void)pthread_mutex_unlock(&findings->lock);
    return status;
}

void findings_clear(struct findings *findings)
{
    findings->count = 0;
    findings->found = 0;
    findings->noticed = 0;
    memset(findings->by_kind, 0, sizeof findings->by_kind);
}

enum ap_status findings_append(struct findings *to, struct findings *from, struct ap_error *err)
{
    to->found += from->found;
    to->noticed += from->noticed;
    for (size_t k = 0; k < AP_FINDING_KINDS; k++)
        to->by_kind[k] += from->by_kind[k];
    for (size_t i = 0; i < from->count; i++) {
        enum ap_status status = keep(to, &from->items[i], err);

        if (status != AP_OK)
            return status;
    }
    return AP_OK;
}
