#include "auditproof/report.h"

#include <stdlib.h>
#include <string.h>

#include "page.h"
#include "report_internal.h"

enum { LISTED_MAX = 10000 };

enum ap_status ap_report_new(struct ap_report **out, const struct ap_report_options *options,
                             const struct ap_evidence_scope *scope, struct ap_error *err)
{
    struct ap_report *report = calloc(1, sizeof *report);
    uint8_t fingerprint[AP_HASH_LEN];
    enum ap_status status;

    *out = report;
    if (report == NULL)
        return ap_fail_memory(err, "a report");
    report->options = options;
    ap_uuid_format(report->chain, &scope->chain);
    ap_vkey_format(options->vkey, report->vkey);
    status = ap_public_key_fingerprint(options->vkey->key, fingerprint, err);
    if (status != AP_OK)
        return status;
    ap_hex_encode(report->fingerprint, fingerprint, sizeof fingerprint);
    return figures_init(&report->figures, scope->from_us, scope->to_us, err);
}

static void free_pairs(struct pairs *pairs)
{
    for (size_t i = 0; i < pairs->count; i++) {
        free(pairs->list[i].name);
        free(pairs->list[i].text);
    }
    free(pairs->list);
}

void ap_report_free(struct ap_report *report)
{
    if (report == NULL)
        return;
    figures_free(&report->figures);
    for (size_t i = 0; i < report->control_count; i++) {
        free(report->controls[i].criterion);
        free(report->controls[i].title);
        free(report->controls[i].strength);
        free(report->controls[i].limit);
    }
    free(report->controls);
    free_pairs(&report->unmapped);
    free_pairs(&report->facts);
    free(report);
}

enum ap_status ap_report_add(void *report, const struct ap_evidence_entry *entry, struct ap_error *err)
{
    struct ap_report *to = report;

    (void)err;
    figures_add(&to->figures, entry);
    return AP_OK;
}

static bool copy(char **out, const char *text)
{
    *out = text != NULL ? strdup(text) : NULL;
    return *out != NULL || text == NULL;
}

enum ap_status ap_report_control(struct ap_report *report, const struct ap_report_control *control,
                                 struct ap_error *err)
{
    struct control *grown, *own;
    bool copied;

    if (report->control_count == LISTED_MAX)
        return ap_fail(err, AP_ELIMIT, "more than %d criteria", LISTED_MAX);
    grown = reallocarray(report->controls, report->control_count + 1, sizeof *grown);
    if (grown == NULL)
        return ap_fail_memory(err, "a report's criteria");
    report->controls = grown;
    own = &grown[report->control_count++];
    memset(own, 0, sizeof *own);
    own->populations = control->populations;
    own->rules = control->rules;
    own->rows = control->rows;
    own->exceptions = control->exceptions;
    copied = copy(&own->criterion, control->criterion);
    copied = copy(&own->title, control->title) && copied;
    copied = copy(&own->strength, control->strength) && copied;
    copied = copy(&own->limit, control->limit) && copied;
    return copied ? AP_OK : ap_fail_memory(err, "a report's criteria");
}

void ap_report_exceptions(struct ap_report *report, uint64_t count)
{
    report->exceptions = count;
}

static enum ap_status add_pair(struct pairs *pairs, const char *name, const char *text, uint64_t count,
                               struct ap_error *err)
{
    struct pair *grown, *own;

    if (pairs->count == LISTED_MAX) {
        pairs->more++;
        return AP_OK;
    }
    grown = reallocarray(pairs->list, pairs->count + 1, sizeof *grown);
    if (grown == NULL)
        return ap_fail_memory(err, "a report's lists");
    pairs->list = grown;
    own = &grown[pairs->count++];
    own->name = strdup(name);
    own->text = strdup(text);
    own->count = count;
    return own->name != NULL && own->text != NULL ? AP_OK : ap_fail_memory(err, "a report's lists");
}

enum ap_status ap_report_unmapped(struct ap_report *report, const char *action, const char *resource_type,
                                  uint64_t rows, struct ap_error *err)
{
    report->unmapped_rows += rows;
    return add_pair(&report->unmapped, action, resource_type, rows, err);
}

enum ap_status ap_report_fact(struct ap_report *report, const char *name, const char *text, struct ap_error *err)
{
    return add_pair(&report->facts, name, text, 0, err);
}

/*
 * The template has {{places}}, and passages {{?condition}}…{{/}}, which do not nest.
 */
static enum ap_status fill(struct ap_buf *out, const struct ap_report *report, const char *template,
                           struct ap_error *err)
{
    enum ap_status status = AP_OK;
    bool shown = true, known = true;

    while (status == AP_OK && *template != '\0') {
        const char *place = strstr(template, "{{"), *end = place != NULL ? strstr(place, "}}") : NULL;
        size_t len;

        if (end == NULL) {
            ap_buf_adds(out, template);
            break;
        }
        if (shown)
            ap_buf_add(out, template, (size_t)(place - template));
        place += 2;
        len = (size_t)(end - place);
        if (*place == '?')
            shown = holds(report, place + 1, len - 1, &known);
        else if (*place == '/')
            shown = true;
        else if (shown)
            status = say(out, report, place, len, err);
        if (!known)
            status = ap_fail(err, AP_EINTERNAL, "the report's template asks for \"%.*s\"", (int)len, place);
        template = end + 2;
        template += place[0] == '?' || place[0] == '/' ? strspn(template, "\n") : 0;
    }
    return status;
}

enum ap_status ap_report_write(struct ap_report *report, const struct ap_evidence_scope *scope,
                               struct ap_bundle *bundle, struct ap_error *err)
{
    const char *template = page_share("report/report.html");
    struct ap_buf page = AP_BUF_INIT;
    enum ap_status status;

    report->scope = scope;
    figures_end(&report->figures, scope->cover.seal.sealed_at_us);
    if (template == NULL)
        return ap_fail(err, AP_EINTERNAL, "the report's template is not embedded");
    status = page_open(&page, report->options->name, NULL, err);
    if (status == AP_OK)
        status = fill(&page, report, template, err);
    page_close(&page, NULL);
    if (status == AP_OK)
        status = ap_buf_check(&page, "data/report.html", err);
    if (status == AP_OK)
        status = ap_bundle_add(bundle, "data/report.html", page.data, page.len, err);
    ap_buf_free(&page);
    report->scope = NULL;
    return status;
}
