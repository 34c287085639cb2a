/* A file of retention policies, and setting them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/file.h"
#include "retain_internal.h"

static const char file_format[] = "auditproof-retention/1";

/* As the rows of a file have them; class to approver are required. */
enum { WORD_CLASS, WORD_TABLE, WORD_PERIOD, WORD_BASIS, WORD_JURISDICTION, WORD_VERSION, WORD_APPROVER, WORDS };
static const char *const policy_words[WORDS + 1] = {"class",        "table",   "period",   "basis",
                                                    "jurisdiction", "version", "approver", NULL};

/* What a table's period may be; the database has the same (auditproof.retention_policy). */
static const struct kept {
    const char *table, *unit;
    int least, most;
} tables[RETAIN_TABLES] = {{"audit_logs", "years", 7, 100}, {"performance_analytics", "days", 90, 36500}};

static struct ap_mark mark_of(const struct ap_yaml *map, const char *key)
{
    const struct ap_yaml *node = ap_yaml_get(map, key);

    return node != NULL ? node->at : map->at;
}

static const struct kept *find_table(const char *name)
{
    for (size_t i = 0; i < RETAIN_TABLES; i++)
        if (strcmp(tables[i].table, name) == 0)
            return &tables[i];
    return NULL;
}

/* "7 years": the unit is the table's, so that no conversion is ever made. */
static bool read_period(struct ap_yaml_form *form, const struct ap_yaml *map, const struct kept *kept,
                        struct ap_retention_policy *policy)
{
    struct ap_mark at = mark_of(map, "period");
    size_t digits = strspn(policy->period, "0123456789");

    if (digits == 0 || digits > 6 || policy->period[digits] != ' ' ||
        strcmp(policy->period + digits + 1, kept->unit) != 0)
        return ap_load_error(&form->loader, at, "'period' of %s is a number of %s, as in '%d %s', not '%.40s'",
                             kept->table, kept->unit, kept->least, kept->unit, policy->period);
    policy->count = (int)strtol(policy->period, NULL, 10);
    policy->unit = kept->unit;
    policy->line = at.line;
    policy->column = at.column;
    if (policy->count < kept->least)
        return ap_load_error(&form->loader, at, "'period' of %s must be at least %d %s, not %d", kept->table,
                             kept->least, kept->unit, policy->count);
    if (policy->count > kept->most)
        return ap_load_error(&form->loader, at, "'period' of %s must be at most %d %s, not %d", kept->table, kept->most,
                             kept->unit, policy->count);
    return true;
}

static void read_policy(struct ap_retention_file *file, const struct ap_yaml *map, const char *const *row)
{
    struct ap_yaml_form *form = &file->form;
    struct ap_retention_policy policy = {.class_name = row[WORD_CLASS],
                                         .table = row[WORD_TABLE],
                                         .period = row[WORD_PERIOD],
                                         .basis = row[WORD_BASIS],
                                         .jurisdiction = row[WORD_JURISDICTION],
                                         .approver = row[WORD_APPROVER]};
    const struct kept *kept = policy.table != NULL ? find_table(policy.table) : NULL;

    if (policy.table != NULL && kept == NULL) {
        (void)ap_load_error(&form->loader, mark_of(map, "table"),
                            "'table' is audit_logs or performance_analytics, not '%.40s'", policy.table);
        return;
    }
    for (size_t i = 0; kept != NULL && i < file->count; i++) {
        if (strcmp(file->policies[i].table, kept->table) == 0) {
            (void)ap_load_error(&form->loader, mark_of(map, "table"), "%s has a policy above already", kept->table);
            return;
        }
    }
    if (row[WORD_VERSION] != NULL && !ap_form_number(form, map, "version", INT32_MAX, &policy.version))
        return;
    if (row[WORD_VERSION] != NULL && policy.version == 0)
        (void)ap_load_error(&form->loader, mark_of(map, "version"), "versions are numbered from 1");
    if (kept != NULL && policy.period != NULL && read_period(form, map, kept, &policy))
        file->policies[file->count++] = policy;
}

static void read_policies(struct ap_retention_file *file)
{
    static const char *const words[] = {"format", "policies", NULL};
    struct ap_form_table rows = {NULL, NULL, 0};
    struct ap_yaml_form *form = &file->form;

    ap_form_known(form, form->root, "this file", words);
    ap_form_rows(form, form->root, "policies", policy_words, WORDS, &rows);
    if (rows.count == 0 && form->problems.count == 0)
        (void)ap_load_error(&form->loader, mark_of(form->root, "policies"), "'policies' must have one at least");
    for (size_t i = 0; i < rows.count; i++)
        if (rows.nodes[i]->kind == AP_YAML_MAP)
            read_policy(file, rows.nodes[i], rows.items[i]);
}

enum ap_status retain_policies_read(struct ap_retention_file **out, const char *name, const struct ap_buf *text,
                                    struct ap_error *err)
{
    struct ap_retention_file *file;
    enum ap_status status;

    *out = file = calloc(1, sizeof *file);
    if (file == NULL || (file->name = strdup(name)) == NULL)
        return ap_fail_memory(err, "a file of policies");
    status = ap_form_open(&file->form, file->name, ap_buf_str(text), text->len, file_format, err);
    if (status != AP_OK)
        return status;
    read_policies(file);
    return ap_form_check(&file->form, err);
}

enum ap_status ap_retention_read(struct ap_retention_file **out, const char *path, struct ap_error *err)
{
    struct ap_buf text = AP_BUF_INIT;
    enum ap_status status = ap_file_read(path, AP_RULE_FILE_MAX, &text, err);

    *out = NULL;
    if (status == AP_OK)
        status = retain_policies_read(out, path, &text, err);
    ap_buf_free(&text);
    return status;
}

void ap_retention_free(struct ap_retention_file *file)
{
    if (file == NULL)
        return;
    ap_form_free(&file->form);
    free(file->name);
    free(file);
}

enum ap_status retain_refused(enum ap_status status, struct ap_error *err)
{
    if (status == AP_ESQL && (strcmp(err->sqlstate, "22023") == 0 || strcmp(err->sqlstate, "23001") == 0))
        err->status = status = AP_EINPUT;
    return status;
}

static enum ap_status set_policy(struct ap_db *db, const struct ap_retention_file *file, const char *chain,
                                 const struct ap_retention_policy *policy, struct ap_rows **rows, struct ap_error *err)
{
    char period[16], version[16];
    const char *values[] = {chain,   policy->table, policy->class_name,   period,          policy->unit,
                            version, policy->basis, policy->jurisdiction, policy->approver};
    enum ap_status status;

    (void)snprintf(period, sizeof period, "%d", policy->count);
    (void)snprintf(version, sizeof version, "%u", (unsigned)policy->version);
    status = retain_refused(ap_db_query(db, ap_sql("queries/policy_set"), 9, values, rows, err), err);
    return status == AP_EINPUT
               ? ap_error_prefix(err, "%s:%u:%u", file->name, (unsigned)policy->line, (unsigned)policy->column)
               : status;
}

enum ap_status ap_retention_apply(struct ap_db *db, const struct ap_retention_file *file, const struct ap_uuid *chain,
                                  ap_retention_set_fn *fn, void *context, struct ap_error *err)
{
    struct ap_rows *rows[RETAIN_TABLES] = {NULL};
    char id[AP_UUID_TEXT_SIZE];
    enum ap_status status = ap_db_exec(db, "BEGIN", err);

    ap_uuid_format(id, chain);
    for (size_t i = 0; i < file->count && status == AP_OK; i++)
        status = set_policy(db, file, id, &file->policies[i], &rows[i], err);
    if (status == AP_OK)
        status = ap_db_exec(db, "COMMIT", err);
    else
        ap_db_rollback(db);
    for (size_t i = 0; i < file->count; i++) {
        if (status == AP_OK)
            fn(context, &file->policies[i], ap_rows_text(rows[i], 0, 0));
        ap_rows_free(rows[i]);
    }
    return status;
}
