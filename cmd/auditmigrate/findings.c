#include "findings.h"

#include <stdio.h>

#include "auditproof/json.h"
#include "shown.h"

static void print_text(const struct ap_finding *f)
{
    (void)printf("%s: ", f->severity == AP_SEVERITY_FINDING ? ap_finding_name(f->kind) : "notice");
    cli_put(stdout, f->object);
    (void)fputs("\n  expected: ", stdout);
    cli_put(stdout, f->expected);
    (void)fputs("\n  found:    ", stdout);
    cli_put(stdout, f->found);
    (void)putchar('\n');
    if (f->detail[0] != '\0')
        (void)printf("  %s\n", f->detail);
}

static void add_member(struct ap_buf *out, const char *name, const char *value)
{
    if (value[0] == '\0')
        return;
    ap_buf_addf(out, ",\"%s\":", name);
    ap_json_string(out, value);
}

static void add_object(struct ap_buf *out, const struct ap_finding *f, bool typed)
{
    ap_buf_addf(out, "{%s\"kind\":\"%s\"", typed ? "\"type\":\"finding\"," : "", ap_finding_name(f->kind));
    add_member(out, "severity", f->severity == AP_SEVERITY_FINDING ? "finding" : "notice");
    add_member(out, "object", f->object);
    add_member(out, "expected", f->expected);
    add_member(out, "found", f->found);
    add_member(out, "detail", f->detail);
    ap_buf_addc(out, '}');
}

enum ap_status findings_print(void *context, const struct ap_finding *finding, struct ap_error *err)
{
    struct finding_printer *printer = context;

    if (printer->format == FINDINGS_TEXT) {
        print_text(finding);
    } else if (printer->format == FINDINGS_NDJSON) {
        add_object(&printer->held, finding, true);
        ap_buf_addc(&printer->held, '\n');
    } else {
        ap_buf_adds(&printer->held, printer->findings + printer->notices > 0 ? ",\n" : "\n");
        add_object(&printer->held, finding, false);
    }
    *(finding->severity == AP_SEVERITY_FINDING ? &printer->findings : &printer->notices) += 1;
    return ap_buf_check(&printer->held, "the findings", err);
}

static void finish_text(const struct finding_printer *p)
{
    if (p->findings == 0)
        (void)printf("Every object is as auditproof %s installs it (%u notice%s).\n", ap_version(), p->notices,
                     p->notices == 1 ? "" : "s");
    else
        (void)printf("%u finding%s, %u notice%s: the schema is not as auditproof %s installs it.\n", p->findings,
                     p->findings == 1 ? "" : "s", p->notices, p->notices == 1 ? "" : "s", ap_version());
}

static void finish_json(struct finding_printer *p, const struct ap_error *unknown)
{
    struct ap_buf out = AP_BUF_INIT;
    bool lines = p->format == FINDINGS_NDJSON;

    if (lines)
        ap_buf_adds(&out, ap_buf_str(&p->held));
    ap_buf_addf(&out, "{%s\"verdict\":\"%s\",\"version\":\"%s\"",
                lines || unknown != NULL ? "\"type\":\"verdict\"," : "",
                unknown != NULL   ? "unknown"
                : p->findings > 0 ? "drifted"
                                  : "as installed",
                ap_version());
    if (unknown != NULL) {
        add_member(&out, "error", unknown->message);
        add_member(&out, "sqlstate", unknown->sqlstate);
    } else {
        ap_buf_addf(&out, ",\"findings_total\":\"%u\",\"notices_total\":\"%u\"", p->findings, p->notices);
    }
    if (!lines && unknown == NULL)
        ap_buf_addf(&out, ",\n\"findings\":[%s]", ap_buf_str(&p->held));
    ap_buf_adds(&out, "}\n");
    if (out.failed)
        (void)fputs("{\"type\":\"verdict\",\"verdict\":\"unknown\",\"error\":\"out of memory\"}\n", stdout);
    else
        (void)fputs(ap_buf_str(&out), stdout);
    ap_buf_free(&out);
}

void findings_finish(struct finding_printer *printer, const struct ap_error *unknown)
{
    if (printer->format != FINDINGS_TEXT)
        finish_json(printer, unknown);
    else if (unknown == NULL)
        finish_text(printer);
    ap_buf_free(&printer->held);
}
