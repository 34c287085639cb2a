#include "findings.h"

#include <stdio.h>

#include "auditproof/buf.h"
#include "auditproof/json.h"

static void print_text(const struct ap_finding *f)
{
    (void)printf("%s: %s\n  expected: %s\n  found:    %s\n",
                 f->severity == AP_SEVERITY_FINDING ? ap_finding_name(f->kind) : "notice", f->object, f->expected,
                 f->found);
    if (f->detail[0] != '\0')
        (void)printf("  %s\n", f->detail);
}

static void add_member(struct ap_buf *line, const char *name, const char *value)
{
    ap_buf_addf(line, ", \"%s\": ", name);
    ap_json_string(line, value);
}

static enum ap_status print_json(const struct finding_printer *printer, const struct ap_finding *f,
                                 struct ap_error *err)
{
    struct ap_buf line = AP_BUF_INIT;
    bool first = printer->counts.findings + printer->counts.notices == 0;
    enum ap_status status;

    ap_buf_adds(&line, "{\"severity\": ");
    ap_json_string(&line, f->severity == AP_SEVERITY_FINDING ? "finding" : "notice");
    add_member(&line, "kind", ap_finding_name(f->kind));
    add_member(&line, "object", f->object);
    add_member(&line, "expected", f->expected);
    add_member(&line, "found", f->found);
    add_member(&line, "detail", f->detail);
    ap_buf_addc(&line, '}');
    status = ap_buf_check(&line, "a finding", err);
    if (status == AP_OK && printer->format == FINDINGS_NDJSON)
        (void)printf("%s\n", line.data);
    else if (status == AP_OK)
        (void)printf("%s\n    %s", first ? "" : ",", line.data);
    ap_buf_free(&line);
    return status;
}

enum ap_status findings_print(void *context, const struct ap_finding *finding, struct ap_error *err)
{
    struct finding_printer *printer = context;
    enum ap_status status = AP_OK;

    if (printer->format == FINDINGS_TEXT)
        print_text(finding);
    else
        status = print_json(printer, finding, err);
    if (finding->severity == AP_SEVERITY_FINDING)
        printer->counts.findings++;
    else
        printer->counts.notices++;
    return status;
}
