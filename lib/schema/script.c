/* The statements of an installation, from the files of sql/install, filled in. */
#include "schema_internal.h"

#include <stdlib.h>
#include <string.h>

/* A script cannot try again by itself, but must not make a busy application queue behind it either. */
enum { SCRIPT_LOCK_TIMEOUT_MS = 5000 };

struct filling {
    const char *name;
    const char *text;
};

static void add_literal(struct ap_buf *out, const char *text)
{
    ap_buf_addc(out, '\'');
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            ap_buf_addc(out, '\'');
        ap_buf_addc(out, *text);
    }
    ap_buf_addc(out, '\'');
}

static const char *filling_of(const struct filling *fillings, const char *name, size_t len)
{
    for (; fillings->name != NULL; fillings++)
        if (strlen(fillings->name) == len && strncmp(fillings->name, name, len) == 0)
            return fillings->text;
    return NULL;
}

/* As psql's variables: :'name' becomes a string literal; and :{name} the text itself, for numbers and whole files. */
static void fill(struct ap_buf *out, const char *template, const struct filling *fillings)
{
    const char *mark;

    while ((mark = strchr(template, ':')) != NULL) {
        char open = mark[1];
        size_t len = open == '\'' || open == '{' ? strcspn(mark + 2, "'} \n") : 0;
        const char *text =
            len > 0 && mark[2 + len] == (open == '{' ? '}' : '\'') ? filling_of(fillings, mark + 2, len) : NULL;

        if (text == NULL) {
            ap_buf_add(out, template, (size_t)(mark - template) + 1);
            template = mark + 1;
            continue;
        }
        ap_buf_add(out, template, (size_t)(mark - template));
        if (open == '{')
            ap_buf_adds(out, text);
        else
            add_literal(out, text);
        template = mark + len + 3;
    }
    ap_buf_adds(out, template);
}

/* [{"number": 1, "sha256": "…"}, …] for the pre-check. */
static enum ap_status migrations_json(struct ap_buf *out, struct ap_error *err)
{
    const char *name, *text;
    unsigned number;

    ap_buf_addc(out, '[');
    for (size_t i = 0; schema_migration_at(i, &number, &name, &text); i++) {
        char digest[AP_HASH_TEXT_SIZE];
        enum ap_status status = schema_text_digest(text, digest, err);

        if (status != AP_OK)
            return status;
        ap_buf_addf(out, "%s{\"number\": %u, \"sha256\": \"%s\"}", i > 0 ? ", " : "", number, digest);
    }
    ap_buf_addc(out, ']');
    return ap_buf_check(out, "the list of migrations", err);
}

enum ap_status schema_begin_sql(struct ap_buf *out, unsigned lock_timeout_ms, struct ap_error *err)
{
    struct ap_buf migrations = AP_BUF_INIT;
    char timeout[32];
    enum ap_status status = migrations_json(&migrations, err);

    (void)snprintf(timeout, sizeof timeout, "%ums", lock_timeout_ms);
    if (status == AP_OK) {
        const struct filling fillings[] = {
            {"lock_timeout", timeout},
            {"version", ap_version()},
            {"migrations", ap_buf_str(&migrations)},
            {NULL, NULL},
        };

        fill(out, ap_sql("install/begin"), fillings);
        status = ap_buf_check(out, "the installation script", err);
    }
    ap_buf_free(&migrations);
    return status;
}

/* Takes over sql's data. */
static enum ap_status add_step(struct schema_steps *steps, const char *name, struct ap_buf *sql, struct ap_error *err)
{
    enum ap_status status = ap_buf_check(sql, "the installation script", err);

    if (status == AP_OK && steps->count == steps->capacity) {
        size_t capacity = steps->capacity * 2 + 16;
        struct schema_step *items = realloc(steps->items, capacity * sizeof *items);

        if (items == NULL)
            status = ap_fail_memory(err, "the installation script");
        else
            steps->items = items, steps->capacity = capacity;
    }
    if (status == AP_OK) {
        struct schema_step *step = &steps->items[steps->count];

        step->name = strdup(name);
        step->sql = sql->data;
        if (step->name == NULL)
            status = ap_fail_memory(err, "the installation script");
        else
            steps->count++;
    }
    if (status != AP_OK)
        ap_buf_free(sql);
    return status;
}

static enum ap_status add_folder(struct schema_steps *steps, const char *folder, struct ap_error *err)
{
    const char *name, *text;
    enum ap_status status = AP_OK;

    for (size_t i = 0; status == AP_OK && ap_sql_at(i, &name, &text); i++) {
        struct ap_buf sql = AP_BUF_INIT;

        if (strncmp(name, folder, strlen(folder)) != 0)
            continue;
        ap_buf_adds(&sql, text);
        status = add_step(steps, name, &sql, err);
    }
    return status;
}

static enum ap_status add_migrations(struct schema_steps *steps, struct ap_error *err)
{
    const char *name, *text;
    unsigned number;
    enum ap_status status = AP_OK;

    for (size_t i = 0; status == AP_OK && schema_migration_at(i, &number, &name, &text); i++) {
        struct ap_buf sql = AP_BUF_INIT;
        char digest[AP_HASH_TEXT_SIZE], digits[16];
        const struct filling fillings[] = {
            {"number", digits}, {"name", name}, {"sha256", digest}, {"sql", text}, {NULL, NULL},
        };

        (void)snprintf(digits, sizeof digits, "%u", number);
        status = schema_text_digest(text, digest, err);
        if (status != AP_OK)
            return status;
        fill(&sql, ap_sql("install/migration"), fillings);
        status = add_step(steps, name, &sql, err);
    }
    return status;
}

static enum ap_status add_record(struct schema_steps *steps, struct ap_error *err)
{
    struct ap_buf sql = AP_BUF_INIT;
    char digest[AP_HASH_TEXT_SIZE];
    const struct filling fillings[] = {{"sha256", digest}, {NULL, NULL}};
    enum ap_status status = schema_objects_digest(digest, err);

    if (status != AP_OK)
        return status;
    fill(&sql, ap_sql("install/record"), fillings);
    return add_step(steps, "install/record", &sql, err);
}

/* The tables move before the objects are made once more, on the tables that are there then. */
static enum ap_status add_partitions(struct schema_steps *steps, struct ap_error *err)
{
    enum ap_status status = add_folder(steps, "install/partition", err);

    if (status == AP_OK)
        status = add_folder(steps, "objects/", err);
    return status;
}

enum ap_status schema_steps_build(struct schema_steps *steps, bool partitioned, struct ap_error *err)
{
    enum ap_status status;

    memset(steps, 0, sizeof *steps);
    status = add_folder(steps, "platform/", err);
    if (status == AP_OK)
        status = add_migrations(steps, err);
    if (status == AP_OK)
        status = add_folder(steps, "objects/", err);
    if (status == AP_OK && partitioned)
        status = add_partitions(steps, err);
    if (status == AP_OK)
        status = add_record(steps, err);
    return status;
}

void schema_steps_free(struct schema_steps *steps)
{
    for (size_t i = 0; i < steps->count; i++) {
        free(steps->items[i].name);
        free(steps->items[i].sql);
    }
    free(steps->items);
    memset(steps, 0, sizeof *steps);
}

enum ap_status ap_schema_script(struct ap_buf *out, bool partitioned, struct ap_error *err)
{
    const struct filling checks[] = {
        {"precheck", ap_sql("install/precheck")},
        {"precheck_version", ap_sql("install/precheck_version")},
        {NULL, NULL},
    };
    struct schema_steps steps = {NULL, 0, 0};
    enum ap_status status;

    ap_buf_addf(out,
                "-- auditproof %s: everything that `auditmigrate install` runs, in one transaction. Running it again "
                "changes nothing.\n",
                ap_version());
    status = schema_begin_sql(out, SCRIPT_LOCK_TIMEOUT_MS, err);
    if (status == AP_OK)
        status = schema_steps_build(&steps, partitioned, err);
    if (status == AP_OK) {
        ap_buf_addf(out, "%s\n", ap_sql("install/lock"));
        fill(out, ap_sql("install/precheck_block"), checks);
        for (size_t i = 0; i < steps.count; i++)
            ap_buf_addf(out, "\n%s", steps.items[i].sql);
        ap_buf_addf(out, "\n%s", ap_sql("install/commit"));
        status = ap_buf_check(out, "the installation script", err);
    }
    schema_steps_free(&steps);
    return status;
}
