#include <string.h>

#include "auditproof/schema.h"
#include "run.h"

static bool is_of_view(const struct ap_finding *finding)
{
    static const char *const objects[] = {"view auditproof.entry", "column auditproof.entry."};

    for (size_t i = 0; i < sizeof objects / sizeof objects[0]; i++)
        if (strncmp(finding->object, objects[i], strlen(objects[i])) == 0)
            return finding->severity == AP_SEVERITY_FINDING;
    return false;
}

/* An ap_finding_fn. A view that is not as installed may hide rows: what is read through it proves nothing. */
static enum ap_status take_guard(void *context, const struct ap_finding *finding, struct ap_error *err)
{
    struct run *run = context;

    if (run->through_view && is_of_view(finding))
        return ap_fail(err, AP_ESTATE,
                       "cannot verify this database as a role that policies apply to: %s is not as installed "
                       "(expected %s, found %s); run auditmigrate install, or verify as the owner of audit_logs",
                       finding->object, finding->expected, finding->found);
    if (run->options->skip_guards)
        return AP_OK;
    return findings_add(&run->findings, finding, err);
}

enum ap_status run_check_guards(struct run *run, struct ap_error *err)
{
    const struct ap_schema_check_options options = {.audit_only = true};

    if (run->options->skip_guards && !run->through_view)
        return AP_OK;
    return ap_schema_check(run->db, &options, take_guard, run, err);
}
