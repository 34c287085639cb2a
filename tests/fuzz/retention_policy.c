/* Files of retention policies in arbitrary bytes: what is read keeps no less than may be, and names its place. */
#include <stdlib.h>
#include <string.h>

#include "retain/retain_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct ap_retention_policy *policy, size_t size)
{
    int least = strcmp(policy->table, "audit_logs") == 0 ? 7 : 90;

    if (strcmp(policy->unit, least == 7 ? "years" : "days") != 0 || policy->count < least || policy->version == 0 ||
        policy->version > INT32_MAX)
        abort();
    if (policy->class_name[0] == '\0' || policy->basis[0] == '\0' || policy->jurisdiction[0] == '\0' ||
        policy->approver[0] == '\0' || policy->line == 0 || policy->line > size + 2)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ap_buf text = AP_BUF_INIT;
    struct ap_retention_file *file;
    struct ap_error err;

    ap_buf_add(&text, data, size);
    ap_buf_addc(&text, '\n');
    if (retain_policies_read(&file, "r.yaml", &text, &err) == AP_OK) {
        if (file->count == 0 || file->count > RETAIN_TABLES)
            abort();
        for (size_t i = 0; i < file->count; i++)
            check(&file->policies[i], size);
    } else if (err.message[0] == '\0') {
        abort();
    }
    ap_retention_free(file);
    ap_buf_free(&text);
    return 0;
}
