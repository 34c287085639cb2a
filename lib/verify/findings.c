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
    for (size_t r = 0; r < RANKS; r++)
        free(findings->ranks[r].items);
    (void)pthread_mutex_destroy(&findings->lock);
}

static enum finding_rank rank_of(const struct ap_finding *finding)
{
    if (finding->severity == AP_SEVERITY_NOTICE)
        return RANK_NOTICE;
    return finding->kind == AP_FINDING_GUARD ? RANK_GUARD : RANK_DATA;
}

static enum ap_status keep(struct findings *findings, const struct ap_finding *finding, struct ap_error *err)
{
    struct finding_list *list = &findings->ranks[rank_of(finding)];

    if (list->count == findings->max)
        return AP_OK;
    if (list->count == list->cap) {
        size_t cap = list->cap > 0 ? list->cap * 2 : FIRST_CAP;
        struct ap_finding *items = realloc(list->items, cap * sizeof *items);

        if (items == NULL)
            return ap_fail_memory(err, "findings");
        list->items = items;
        list->cap = cap;
    }
    list->items[list->count++] = *finding;
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

void findings_count(struct findings *findings, enum ap_finding_kind kind, uint64_t more)
{
    (void)pthread_mutex_lock(&findings->lock);
    findings->found += more;
    findings->by_kind[kind] += more;
    (void)pthread_mutex_unlock(&findings->lock);
}

void findings_clear(struct findings *findings)
{
    for (size_t r = 0; r < RANKS; r++)
        findings->ranks[r].count = 0;
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
    for (size_t r = 0; r < RANKS; r++) {
        for (size_t i = 0; i < from->ranks[r].count; i++) {
            enum ap_status status = keep(to, &from->ranks[r].items[i], err);

            if (status != AP_OK)
                return status;
        }
    }
    return AP_OK;
}

static int by_place(const void *a, const void *b)
{
    const struct ap_finding *left = a, *right = b;
    int order = (int)left->has_chain - (int)right->has_chain;

    if (order == 0)
        order = ap_uuid_compare(&left->chain, &right->chain);
    if (order == 0)
        order = (left->seq > right->seq) - (left->seq < right->seq);
    if (order == 0)
        order = (int)left->kind - (int)right->kind;
    if (order == 0)
        order = ap_uuid_compare(&left->log_id, &right->log_id);
    return order != 0 ? order : strcmp(left->object, right->object);
}

enum ap_status findings_hand_over(struct findings *findings, struct ap_verify_report *report, struct ap_error *err)
{
    size_t count = 0;

    for (size_t r = 0; r < RANKS; r++)
        count += findings->ranks[r].count;
    if (count > findings->max)
        count = findings->max;
    report->found = findings->found;
    report->noticed = findings->noticed;
    memcpy(report->by_kind, findings->by_kind, sizeof report->by_kind);
    report->findings = calloc(count + 1, sizeof *report->findings);
    if (report->findings == NULL)
        return ap_fail_memory(err, "findings");
    for (size_t r = 0; r < RANKS; r++) {
        const struct finding_list *list = &findings->ranks[r];
        size_t room = count - report->finding_count, some = list->count < room ? list->count : room;

        if (some == 0)
            continue;
        qsort(list->items, list->count, sizeof *list->items, by_place);
        memcpy(report->findings + report->finding_count, list->items, some * sizeof *list->items);
        report->finding_count += some;
    }
    return AP_OK;
}
