#include "schema_internal.h"

#include <string.h>

struct report {
    const struct schema_inventory *expected, *found;
    bool superuser;
    const struct ap_schema_check_options *options;
    ap_finding_fn *fn;
    void *context;
};

static const char put_back[] = "it is not as it was installed; `auditmigrate install` puts back what it can";

/* INSERT on the entries is granted by column, so that nobody chooses his salts. */
static const char entry_column[] = "column public.audit_logs.";

/* What a DEFAULT partition took because a month's was not there, or because none ever will be. */
static const char stray_rows[] = "rows in ", rows_without_month[] = "rows without a month in ";
static const char default_partition[] = "default partition of ";

enum { RULE_MISSING, RULE_DIFFERENT, RULE_EXTRA, RULE_REMARK };

static bool has_remark(const struct schema_item *item, char remark)
{
    return strlen(item->rule) > RULE_REMARK && strchr(item->rule + RULE_REMARK, remark) != NULL;
}

static void describe(char out[AP_FINDING_TEXT_SIZE], const struct schema_item *item)
{
    if (item == NULL)
        ap_finding_text(out, "absent");
    else if (strcmp(item->property, "is") == 0)
        ap_finding_text(out, "%s", item->value);
    else
        ap_finding_text(out, "%s: %s", item->property, item->value);
}

/* "what is there instead of what should be": some guards are compared with each other and not with the manifest. */
static void split_deviation(struct ap_finding *finding, const char *value)
{
    static const char between[] = " instead of ";
    const char *at = strstr(value, between);

    if (at == NULL)
        return;
    ap_finding_text(finding->found, "%.*s", (int)(at - value), value);
    ap_finding_text(finding->expected, "%s", at + strlen(between));
    ap_finding_text(finding->detail, "%s", put_back);
}

static const char *advice(const struct schema_item *expected, const struct schema_item *found, char rule)
{
    if (rule == 'S')
        return "not enforced here: it takes a superuser to install it";
    if (found == NULL)
        return put_back;
    if (expected == NULL && strncmp(found->object, stray_rows, sizeof stray_rows - 1) == 0)
        return "`auditmigrate partition` makes the partitions that are missing, and moves the rows there";
    if (expected == NULL && strncmp(found->object, rows_without_month, sizeof rows_without_month - 1) == 0)
        return "they stay there, and leave row by row; see who writes such a time, if it is not meant";
    if (expected == NULL && strncmp(found->object, default_partition, sizeof default_partition - 1) == 0)
        return "make one, PARTITION OF the table DEFAULT, and run `auditmigrate install`, which guards it";
    if (expected == NULL && rule == 'N' && strncmp(found->object, entry_column, sizeof entry_column - 1) == 0)
        return "not installed by auditproof; the chain does not cover it, and `auditmigrate install` lets writers "
               "insert it";
    if (expected == NULL)
        return rule == 'F' ? "this version does not install it; find out who added it, and remove it"
                           : "not installed by auditproof; it is outside what the chain covers";
    return rule == 'F' ? put_back : "";
}

/* The rule's letter for this kind of difference, with S resolved; 'I' when nobody is to hear of it. */
static char judge(const struct report *r, const struct schema_item *expected, const struct schema_item *found)
{
    const struct schema_item *item = expected != NULL ? expected : found;
    size_t kind = expected == NULL ? RULE_EXTRA : found == NULL ? RULE_MISSING : RULE_DIFFERENT;
    char rule = strlen(item->rule) > kind ? item->rule[kind] : 'F';

    if (r->options->audit_only && has_remark(item, 'p'))
        return 'I';
    if (rule == 'S' && r->superuser)
        return 'F';
    return rule;
}

static bool same_thing(const struct report *r, const char *object)
{
    const char *expected = schema_inventory_is(r->expected, object), *found = schema_inventory_is(r->found, object);

    return expected != NULL && found != NULL && strcmp(expected, found) == 0;
}

/* What goes with a table that is gone, new or replaced by something else is not worth a finding of its own. */
static bool follows_from_another(const struct report *r, const struct schema_item *item)
{
    if (item->parent[0] != '\0' && !same_thing(r, item->parent))
        return true;
    return strcmp(item->property, "is") != 0 && !same_thing(r, item->object);
}

static enum ap_status report_difference(void *context, const struct schema_item *expected,
                                        const struct schema_item *found, struct ap_error *err)
{
    const struct report *r = context;
    const struct schema_item *item = expected != NULL ? expected : found;
    struct ap_finding finding;
    char rule = judge(r, expected, found);

    if (rule == 'I' || follows_from_another(r, item))
        return AP_OK;
    memset(&finding, 0, sizeof finding);
    finding.kind = AP_FINDING_GUARD;
    finding.severity = rule == 'F' ? AP_SEVERITY_FINDING : AP_SEVERITY_NOTICE;
    ap_finding_text(finding.object, "%s", item->object);
    describe(finding.expected, expected);
    describe(finding.found, found);
    ap_finding_text(finding.detail, "%s", advice(expected, found, rule));
    if (expected == NULL && has_remark(found, 'd'))
        split_deviation(&finding, found->value);
    return r->fn(r->context, &finding, err);
}

enum ap_status schema_report(const struct schema_inventory *expected, const struct schema_inventory *found,
                             bool superuser, const struct ap_schema_check_options *options, ap_finding_fn *fn,
                             void *context, struct ap_error *err)
{
    struct report report = {expected, found, superuser, options, fn, context};

    return schema_compare(expected, found, report_difference, &report, err);
}

static enum ap_status report_row(ap_finding_fn *fn, void *context, const char *object, const char *expected,
                                 const char *found, struct ap_error *err)
{
    struct ap_finding finding;

    memset(&finding, 0, sizeof finding);
    finding.kind = AP_FINDING_GUARD;
    ap_finding_text(finding.object, "%s", object);
    ap_finding_text(finding.expected, "%s", expected);
    ap_finding_text(finding.found, "%s", found);
    ap_finding_text(finding.detail, "recorded in auditproof.migration, which only the installer writes");
    return fn(context, &finding, err);
}

enum { RECORD_NUMBER, RECORD_NAME, RECORD_SHA256, RECORD_VERSION, RECORD_APPLIED_BY, RECORD_APPLIED_AT, RECORD_SUPER };

static size_t find_record(const struct ap_rows *rows, unsigned number)
{
    size_t row = 0;

    while (row < ap_rows_count(rows) && ap_rows_int(rows, row, RECORD_NUMBER) != (int64_t)number)
        row++;
    return row;
}

static enum ap_status compare_record(const struct ap_rows *rows, unsigned number, const char *name, const char *digest,
                                     ap_finding_fn *fn, void *context, struct ap_error *err)
{
    size_t row = find_record(rows, number);
    char object[AP_FINDING_TEXT_SIZE];

    ap_finding_text(object, "migration %u (%s)", number, name);
    if (row == ap_rows_count(rows))
        return report_row(fn, context, object, "recorded as applied", "absent", err);
    if (strcmp(ap_rows_str(rows, row, RECORD_SHA256), digest) != 0)
        return report_row(fn, context, object, digest, ap_rows_str(rows, row, RECORD_SHA256), err);
    return AP_OK;
}

/* Row 0 says which version's objects are there: without it, every other difference would be hard to read. */
static enum ap_status compare_version(const struct ap_rows *rows, bool *superuser, ap_finding_fn *fn, void *context,
                                      struct ap_error *err)
{
    size_t row = find_record(rows, 0);
    char digest[AP_HASH_TEXT_SIZE];
    enum ap_status status;

    /* Any row: row 0 can be rewritten, and must not talk the rest out of what a superuser installed. */
    for (size_t i = 0; i < ap_rows_count(rows); i++)
        *superuser |= ap_rows_bool(rows, i, RECORD_SUPER);
    if (row == ap_rows_count(rows))
        return report_row(fn, context, "installed version", ap_version(), "absent", err);
    if (strcmp(ap_rows_str(rows, row, RECORD_VERSION), ap_version()) != 0)
        return report_row(fn, context, "installed version", ap_version(), ap_rows_str(rows, row, RECORD_VERSION), err);
    status = schema_objects_digest(digest, err);
    if (status != AP_OK || strcmp(ap_rows_str(rows, row, RECORD_SHA256), digest) == 0)
        return status;
    return report_row(fn, context, "installed objects", digest, ap_rows_str(rows, row, RECORD_SHA256), err);
}

static enum ap_status report_unknown(const struct ap_rows *rows, ap_finding_fn *fn, void *context, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    for (size_t row = 0; status == AP_OK && row < ap_rows_count(rows); row++) {
        int64_t recorded = ap_rows_int(rows, row, RECORD_NUMBER);
        char object[AP_FINDING_TEXT_SIZE];
        const char *name, *text;
        unsigned number;
        bool known = recorded == 0;

        for (size_t i = 0; !known && schema_migration_at(i, &number, &name, &text); i++)
            known = recorded == (int64_t)number;
        if (known)
            continue;
        ap_finding_text(object, "migration %s (%s)", ap_rows_str(rows, row, RECORD_NUMBER),
                        ap_rows_str(rows, row, RECORD_NAME));
        status = report_row(fn, context, object, "absent", "recorded as applied", err);
    }
    return status;
}

enum ap_status schema_report_record(struct ap_db *db, bool *superuser, ap_finding_fn *fn, void *context,
                                    struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    const char *name, *text;
    unsigned number;
    enum ap_status status;
    bool installed;

    *superuser = false;
    status = ap_db_query(db, ap_sql("queries/schema_state"), 0, NULL, &rows, err);
    if (status != AP_OK)
        return status;
    installed = ap_rows_count(rows) == 1 && ap_rows_bool(rows, 0, 0);
    ap_rows_free(rows);
    if (!installed)
        return ap_fail(err, AP_ESTATE, "auditproof is not installed in database \"%s\": run auditmigrate install",
                       ap_db_name(db));
    status = ap_db_query(db, ap_sql("queries/migrations"), 0, NULL, &rows, err);
    if (status != AP_OK)
        return status;
    status = compare_version(rows, superuser, fn, context, err);
    for (size_t i = 0; status == AP_OK && schema_migration_at(i, &number, &name, &text); i++) {
        char digest[AP_HASH_TEXT_SIZE];

        status = schema_text_digest(text, digest, err);
        if (status == AP_OK)
            status = compare_record(rows, number, name, digest, fn, context, err);
    }
    if (status == AP_OK)
        status = report_unknown(rows, fn, context, err);
    ap_rows_free(rows);
    return status;
}

enum ap_status ap_schema_check(struct ap_db *db, const struct ap_schema_check_options *options, ap_finding_fn *fn,
                               void *context, struct ap_error *err)
{
    struct schema_inventory expected = {NULL, 0, NULL, NULL, NULL}, found = {NULL, 0, NULL, NULL, NULL};
    bool superuser = false;
    enum ap_status status = schema_report_record(db, &superuser, fn, context, err);

    if (status == AP_OK)
        status = schema_inventory_expected(&expected, err);
    if (status == AP_OK)
        status = schema_inventory_read(db, &found, err);
    if (status == AP_OK)
        status = schema_report(&expected, &found, superuser, options, fn, context, err);
    schema_inventory_free(&expected);
    schema_inventory_free(&found);
    return status;
}
