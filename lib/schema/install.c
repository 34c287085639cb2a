#include "schema_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct installer {
    struct ap_db *db;
    const struct ap_schema_install_options *options;
    struct schema_steps steps;
    struct schema_inventory before, after;
};

static void tell(const struct installer *in, enum ap_schema_event event, const char *fmt, ...) AP_PRINTF(3, 4);

static void tell(const struct installer *in, enum ap_schema_event event, const char *fmt, ...)
{
    char text[AP_ERROR_MESSAGE_SIZE];
    va_list args;

    va_start(args, fmt);
    if (vsnprintf(text, sizeof text, fmt, args) > 0)
        in->options->event(in->options->context, event, text);
    va_end(args);
}

/* What a step could not do and the rest need not wait for. */
static void on_notice(void *context, const char *severity, const char *message)
{
    if (strcmp(severity, "WARNING") == 0)
        tell(context, AP_SCHEMA_REMARK, "warning: %s", message);
}

static enum ap_status lock(const struct installer *in, struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    enum ap_status status = ap_db_query(in->db, ap_sql("install/try_lock"), 0, NULL, &rows, err);
    bool ours;

    if (status != AP_OK)
        return status;
    ours = ap_rows_count(rows) == 1 && ap_rows_bool(rows, 0, 0);
    ap_rows_free(rows);
    if (ours)
        return AP_OK;
    tell(in, AP_SCHEMA_REMARK, "another installer is at work on this database: waiting for it to end");
    return ap_db_exec(in->db, ap_sql("install/lock"), err);
}

static enum ap_status collect_problems(const struct installer *in, const char *file, size_t *count,
                                       struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    enum ap_status status = ap_db_query(in->db, ap_sql(file), 0, NULL, &rows, err);

    if (status != AP_OK)
        return ap_error_prefix(err, "cannot check whether auditproof can be installed");
    for (size_t i = 0; i < ap_rows_count(rows); i++)
        tell(in, AP_SCHEMA_PROBLEM, "%s", ap_rows_str(rows, i, 0));
    *count += ap_rows_count(rows);
    ap_rows_free(rows);
    return AP_OK;
}

static enum ap_status precheck(const struct installer *in, bool *installed, struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    size_t problems = 0;
    enum ap_status status = collect_problems(in, "install/precheck", &problems, err);

    if (status == AP_OK && problems == 0) /* or else that schema may be closed to the installer */
        status = ap_db_query(in->db, ap_sql("queries/schema_state"), 0, NULL, &rows, err);
    *installed = rows != NULL && ap_rows_count(rows) == 1 && ap_rows_bool(rows, 0, 0);
    ap_rows_free(rows);
    if (*installed && status == AP_OK)
        status = collect_problems(in, "install/precheck_version", &problems, err);
    if (status == AP_OK && problems > 0)
        return ap_fail(err, AP_ESTATE,
                       "auditproof cannot be installed in database \"%s\": %zu problem%s, see above; "
                       "nothing was touched",
                       ap_db_name(in->db), problems, problems == 1 ? "" : "s");
    return status;
}

static enum ap_status count_finding(void *context, const struct ap_finding *finding, struct ap_error *err)
{
    size_t *count = context;

    (void)err;
    *count += finding->severity == AP_SEVERITY_FINDING;
    return AP_OK;
}

/* Is everything there already? Then nothing needs to be locked, let alone written. */
static enum ap_status is_current(struct installer *in, bool *current, struct ap_error *err)
{
    const struct ap_schema_check_options everything = {false};
    struct schema_inventory expected = {NULL, 0, NULL, NULL, NULL};
    size_t findings = 0;
    bool superuser = false;
    enum ap_status status = schema_report_record(in->db, &superuser, count_finding, &findings, err);

    if (status == AP_OK)
        status = schema_inventory_expected(&expected, err);
    if (status == AP_OK)
        status = schema_report(&expected, &in->before, superuser, &everything, count_finding, &findings, err);
    schema_inventory_free(&expected);
    *current = findings == 0;
    return status;
}

static enum ap_status is_partitioned(const struct installer *in, bool *partitioned, struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    enum ap_status status = ap_db_query(in->db, ap_sql("queries/partition_plain"), 0, NULL, &rows, err);

    *partitioned = status == AP_OK && ap_rows_count(rows) == 0;
    ap_rows_free(rows);
    return status;
}

enum ap_status schema_steps_run(struct ap_db *db, const struct schema_steps *steps, struct ap_error *err)
{
    for (size_t i = 0; i < steps->count; i++) {
        enum ap_status status = ap_db_exec(db, steps->items[i].sql, err);

        if (status != AP_OK) {
            char state[AP_SQLSTATE_SIZE];

            memcpy(state, err->sqlstate, sizeof state);
            status = ap_error_prefix(err, "%s", steps->items[i].name);
            memcpy(err->sqlstate, state, sizeof state);
            return status;
        }
    }
    return AP_OK;
}

/* One transaction, from its BEGIN to its COMMIT; the caller rolls back when it fails. */
static enum ap_status attempt(struct installer *in, bool *changed, struct ap_error *err)
{
    struct ap_buf begin = AP_BUF_INIT;
    bool installed = false, current = false;
    enum ap_status status = schema_begin_sql(&begin, in->options->lock_timeout_ms, err);

    schema_inventory_free(&in->before);
    schema_inventory_free(&in->after);
    if (status == AP_OK)
        status = ap_db_exec(in->db, begin.data, err);
    ap_buf_free(&begin);
    if (status == AP_OK)
        status = lock(in, err);
    if (status == AP_OK)
        status = precheck(in, &installed, err);
    if (status == AP_OK)
        status = schema_inventory_read(in->db, &in->before, err);
    if (status == AP_OK && installed)
        status = is_current(in, &current, err);
    if (status == AP_OK && current && in->options->partitioned)
        status = is_partitioned(in, &current, err);
    if (status != AP_OK)
        return status;
    *changed = !current;
    if (current)
        return ap_db_exec(in->db, ap_sql("install/commit"), err);
    status = schema_steps_run(in->db, &in->steps, err);
    if (status == AP_OK)
        status = schema_inventory_read(in->db, &in->after, err);
    if (status == AP_OK)
        status = ap_db_exec(in->db, ap_sql("install/commit"), err);
    return status;
}

bool schema_worth_repeating(const struct ap_error *err)
{
    static const char *const states[] = {
        "55P03", /* lock_not_available: the time limit for a busy table */
        "40P01", /* deadlock_detected */
        "23505", /* unique_violation, 42710 duplicate_object: roles belong to all databases, and another database's */
        "42710", /* installer may just have made them */
    };

    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
        if (strcmp(err->sqlstate, states[i]) == 0)
            return true;
    return false;
}

void schema_pause(unsigned tries)
{
    enum { FIRST_MS = 100, LONGEST_MS = 2000, DOUBLINGS = 5 };
    unsigned ms = tries < DOUBLINGS ? (unsigned)FIRST_MS << tries : LONGEST_MS;
    struct timespec left = {ms / 1000, (long)(ms % 1000) * 1000000L};

    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        ;
}

static enum ap_status install(struct installer *in, bool *changed, struct ap_error *err)
{
    for (unsigned n = 1;; n++) {
        enum ap_status status = attempt(in, changed, err);
        struct ap_error rollback;

        if (status == AP_OK)
            return AP_OK;
        /* A lost connection has rolled back by itself. */
        if (!ap_db_is_lost(in->db) && ap_db_exec(in->db, "ROLLBACK", &rollback) != AP_OK)
            return status;
        if (n >= in->options->attempts || !schema_worth_repeating(err))
            return status;
        tell(in, AP_SCHEMA_REMARK, "%s; letting the application pass, then trying again (%u of %u)", err->message,
             n + 1, in->options->attempts);
        schema_pause(n - 1);
    }
}

static bool is_a(const struct schema_item *item, const char *kind)
{
    return strncmp(item->object, kind, strlen(kind)) == 0 && item->object[strlen(kind)] == ' ';
}

/* The columns and so on of a table that was just created. */
static bool comes_with_parent(const struct installer *in, const struct schema_item *item)
{
    return (is_a(item, "column") || is_a(item, "constraint") || is_a(item, "grant")) && item->parent[0] != '\0' &&
           schema_inventory_is(&in->before, item->parent) == NULL;
}

/* Whoever reads that a grant is gone wants to know what its holder can still do. */
static void tell_revoked(const struct installer *in, const struct schema_item *old)
{
    bool narrowed = strcmp(old->parent, "table public.audit_logs") == 0 && strstr(old->value, "INSERT") != NULL;

    tell(in, AP_SCHEMA_REMOVED, "%s: %s%s", old->object, old->value,
         narrowed ? " (INSERT is now granted by column, on all but chain_salt; SELECT is as it was)" : "");
}

static enum ap_status tell_step(void *context, const struct schema_item *old, const struct schema_item *new,
                                struct ap_error *err)
{
    const struct installer *in = context;

    (void)err;
    if (old == NULL && comes_with_parent(in, new))
        return AP_OK;
    if (old == NULL && strcmp(new->property, "is") == 0)
        tell(in, AP_SCHEMA_CREATED, "%s", new->object);
    else if (new == NULL && strcmp(old->property, "is") == 0 && is_a(old, "grant"))
        tell_revoked(in, old);
    else if (new == NULL && strcmp(old->property, "is") == 0)
        tell(in, AP_SCHEMA_REMOVED, "%s", old->object);
    else
        tell(in, AP_SCHEMA_CHANGED, "%s, %s: %s (was %s)", (new != NULL ? new : old)->object,
             (new != NULL ? new : old)->property, new != NULL ? new->value : "none", old != NULL ? old->value : "none");
    return AP_OK;
}

static void tell_kept(const struct installer *in)
{
    for (size_t i = 0; i < in->before.count; i = schema_inventory_end(&in->before, i))
        if (is_a(&in->before.items[i], "table") && schema_inventory_is(&in->after, in->before.items[i].object) != NULL)
            tell(in, AP_SCHEMA_KEPT, "%s", in->before.items[i].object);
}

static void count_objects(const struct schema_inventory *inventory, struct ap_schema_summary *summary)
{
    const struct {
        const char *kind;
        unsigned *count;
    } kinds[] = {
        {"table", &summary->tables},    {"view", &summary->views},       {"index", &summary->indexes},
        {"policy", &summary->policies}, {"trigger", &summary->triggers}, {"function", &summary->functions},
        {"role", &summary->roles},
    };

    for (size_t i = 0; i < inventory->count; i++) {
        const struct schema_item *item = &inventory->items[i];

        if (strcmp(item->property, "is") != 0)
            continue;
        for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
            *kinds[k].count += is_a(item, kinds[k].kind);
    }
}

/* What a transaction would have kept writers waiting for. */
static enum ap_status make_indexes(struct installer *in, struct ap_schema_summary *summary, struct ap_error *err)
{
    bool made = false;
    enum ap_status status = schema_indexes_make(in->db, in->options, &made, err);

    if (status != AP_OK || !made)
        return status;
    summary->changed = true;
    schema_inventory_free(&in->after);
    return schema_inventory_read(in->db, &in->after, err);
}

enum ap_status ap_schema_install(struct ap_db *db, const struct ap_schema_install_options *options,
                                 struct ap_schema_summary *summary, struct ap_error *err)
{
    struct installer in;
    struct ap_error scratch;
    enum ap_status status;

    if (err == NULL)
        err = &scratch;
    memset(summary, 0, sizeof *summary);
    memset(&in, 0, sizeof in);
    in.db = db;
    in.options = options;
    status = schema_steps_build(&in.steps, options->partitioned, err);
    ap_db_on_notice(db, on_notice, &in);
    if (status == AP_OK)
        status = install(&in, &summary->changed, err);
    if (status == AP_OK)
        status = make_indexes(&in, summary, err);
    ap_db_on_notice(db, NULL, NULL);
    if (status == AP_OK && summary->changed) {
        status = schema_compare(&in.before, &in.after, tell_step, &in, err);
        tell_kept(&in);
    }
    if (status == AP_OK)
        count_objects(summary->changed ? &in.after : &in.before, summary);
    schema_inventory_free(&in.before);
    schema_inventory_free(&in.after);
    schema_steps_free(&in.steps);
    return status;
}
