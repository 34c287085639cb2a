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

/*
 * Rows in a DEFAULT partition are verified like all others. Whoever may write an entry chooses its created_at, and must
 * not be able to raise an alarm with it; auditmigrate check, and its timer, ask for the month's partition.
 */
static bool is_of_strays(const struct ap_finding *finding)
{
    return strncmp(finding->object, "rows in ", strlen("rows in ")) == 0;
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
    if (is_of_strays(finding)) {
        struct ap_finding notice = *finding;

        notice.severity = AP_SEVERITY_NOTICE;
        return findings_add(&run->findings, &notice, err);
    }
    return findings_add(&run->findings, finding, err);
}

enum ap_status run_check_guards(struct run *run, struct ap_error *err)
{
    const struct ap_schema_check_options options = {.audit_only = true};

    if (run->options->skip_guards && !run->through_view)
        return AP_OK;
    return ap_schema_check(run->db, &options, take_guard, run, err);
}
