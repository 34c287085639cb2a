#include "auditproof/query.h"

#include <stdio.h>

#include "glob.h"

enum { INSTALLED, ROW_SECURITY, CHAIN, FINDINGS, AUDITOR, MAY_RECORD, STANDBY, ROLE, INDEXED, PARTED };

static enum ap_status ask_tenant(struct ap_query_access *out, struct ap_db *db, struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    enum ap_status status = ap_db_query(db, ap_sql("queries/query_tenant"), 0, NULL, &rows, err);

    if (status == AP_OK) {
        out->has_org = ap_uuid_parse(&out->org, ap_rows_str(rows, 0, 0));
        out->super_admin = ap_rows_bool(rows, 0, 1);
    }
    ap_rows_free(rows);
    return status;
}

enum ap_status ap_query_access(struct ap_query_access *out, struct ap_db *db, struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    enum ap_status status;

    *out = (struct ap_query_access){0};
    status = ap_db_query(db, ap_sql("queries/query_role"), 0, NULL, NULL, err);
    if (status == AP_OK)
        status = ap_db_query(db, ap_sql("queries/query_access"), 0, NULL, &rows, err);
    if (status != AP_OK)
        return status;
    if (!ap_rows_bool(rows, 0, INSTALLED))
        status =
            ap_fail(err, AP_ESTATE, "there is no table public.audit_logs in this database: see `auditmigrate status`");
    out->row_security = ap_rows_bool(rows, 0, ROW_SECURITY);
    out->chain = ap_rows_bool(rows, 0, CHAIN);
    out->findings = ap_rows_bool(rows, 0, FINDINGS);
    out->auditor = ap_rows_bool(rows, 0, AUDITOR);
    out->may_record = ap_rows_bool(rows, 0, MAY_RECORD);
    out->standby = ap_rows_bool(rows, 0, STANDBY);
    out->indexed = ap_rows_bool(rows, 0, INDEXED);
    out->parted = ap_rows_bool(rows, 0, PARTED);
    (void)snprintf(out->role, sizeof out->role, "%s", ap_rows_str(rows, 0, ROLE));
    ap_rows_free(rows);
    return status == AP_OK && out->row_security ? ask_tenant(out, db, err) : status;
}

/* What auditproof_search holds (audit-schema(5)), as lib/query/filter.c asks for it. */
bool ap_query_is_indexed(const struct ap_query_access *access, const struct ap_query_filter *filter)
{
    bool level = filter->risk == 0 || filter->risk == AP_QUERY_MEDIUM || filter->risk == AP_QUERY_HIGH ||
                 filter->risk == AP_QUERY_CRITICAL || filter->risk == (AP_QUERY_HIGH | AP_QUERY_CRITICAL);

    return access->indexed && filter->has_org && filter->email == NULL && filter->session == NULL &&
           filter->agent == NULL && filter->rule == NULL && filter->word_count == 0 && filter->where_count == 0 &&
           (filter->action_count == 0 || (filter->action_count == 1 && !glob_is(filter->actions[0]))) && level &&
           (filter->risk == 0 || !access->findings);
}
