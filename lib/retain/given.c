/* Bundles given out, of which an erasure takes nothing back. */
#include <string.h>

#include "auditproof/buf.h"
#include "retain_internal.h"

struct arrays {
    struct ap_buf chains, entries, groups;
};

static void add(struct arrays *a, const char *chain, const char *entry, const char *groups)
{
    for (const char *name = groups; *name != '\0';) {
        int len = (int)strcspn(name, " ");
        char before = a->chains.len == 0 ? '{' : ',';

        ap_buf_addf(&a->chains, "%c%s", before, chain);
        ap_buf_addf(&a->entries, "%c%s", before, entry);
        ap_buf_addf(&a->groups, "%c%.*s", before, len, name);
        name += len;
        name += strspn(name, " ");
    }
}

static enum ap_status end(struct ap_buf *array, struct ap_error *err)
{
    ap_buf_adds(array, array->len == 0 ? "{}" : "}");
    return ap_buf_check(array, "what is asked about", err);
}

enum ap_status ap_erasure_bundles(struct ap_db *db, const struct ap_rows *found, const char *decisions,
                                  struct ap_rows **out, struct ap_error *err)
{
    struct arrays a = {AP_BUF_INIT, AP_BUF_INIT, AP_BUF_INIT};
    const char *values[4] = {NULL, NULL, NULL, decisions};
    enum ap_status status;

    *out = NULL;
    for (size_t i = 0; found != NULL && i < ap_rows_count(found); i++)
        add(&a, ap_rows_str(found, i, AP_ERASE_CHAIN), ap_rows_str(found, i, AP_ERASE_ENTRY),
            ap_rows_str(found, i, AP_ERASE_GROUPS));
    status = end(&a.chains, err);
    if (status == AP_OK)
        status = end(&a.entries, err);
    if (status == AP_OK)
        status = end(&a.groups, err);
    values[0] = a.chains.data;
    values[1] = a.entries.data;
    values[2] = a.groups.data;
    if (status == AP_OK)
        status = ap_db_query(db, ap_sql("queries/erase_bundles"), 4, values, out, err);
    ap_buf_free(&a.chains);
    ap_buf_free(&a.entries);
    ap_buf_free(&a.groups);
    return status;
}
