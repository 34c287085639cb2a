#include "statement.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_SIZE = 64 };

void statement_free(struct statement *statement)
{
    ap_buf_free(&statement->sql);
    ap_buf_free(&statement->values);
    memset(statement, 0, sizeof *statement);
}

/* Past the lines that say what a file is. */
static const char *body_of(const char *sql)
{
    const char *end;

    while (sql[0] == '-' && sql[1] == '-' && (end = strchr(sql, '\n')) != NULL)
        sql = end + 1;
    return sql;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The files have a dollar sign before a parameter's number only. */
static void add_text(struct statement *statement, const char *sql)
{
    const char *dollar;

    while ((dollar = strchr(sql, '$')) != NULL) {
        int number = 0;

        ap_buf_add(&statement->sql, sql, (size_t)(dollar - sql));
        for (sql = dollar + 1; is_digit(*sql) && number < STATEMENT_MAX_VALUES; sql++)
            number = number * 10 + (*sql - '0');
        ap_buf_addf(&statement->sql, "$%d", statement->count + number);
    }
    ap_buf_adds(&statement->sql, sql);
}

void statement_add(struct statement *statement, const char *name, int count, const char *const *values)
{
    char file[NAME_SIZE];
    const char *sql;

    (void)snprintf(file, sizeof file, "queries/%s", name);
    sql = ap_sql(file);
    if (sql == NULL || statement->count + count > STATEMENT_MAX_VALUES) {
        statement->overflowed = true;
        return;
    }
    add_text(statement, body_of(sql));
    for (int i = 0; i < count; i++) {
        statement->offsets[statement->count++] = statement->values.len;
        ap_buf_add(&statement->values, values[i], strlen(values[i]) + 1);
    }
}

void statement_add1(struct statement *statement, const char *name, const char *value)
{
    statement_add(statement, name, value != NULL ? 1 : 0, &value);
}

void statement_array_add_null(struct ap_buf *array)
{
    ap_buf_adds(array, array->len == 0 ? "{NULL" : ",NULL");
}

void statement_array_add(struct ap_buf *array, const char *text, size_t len)
{
    ap_buf_adds(array, array->len == 0 ? "{\"" : ",\"");
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '"' || text[i] == '\\')
            ap_buf_addc(array, '\\');
        ap_buf_addc(array, text[i]);
    }
    ap_buf_addc(array, '"');
}

void statement_array_end(struct ap_buf *array)
{
    ap_buf_adds(array, array->len == 0 ? "{}" : "}");
}

void statement_time(char out[STATEMENT_TIME_SIZE], int64_t time_us)
{
    char text[AP_TIME_TEXT_SIZE];
    const char *rest;
    long year;

    ap_time_format(text, time_us);
    rest = strchr(text + 1, '-');
    year = rest != NULL ? strtol(text, NULL, 10) : 1; /* an infinity has no year */
    if (year <= 0)
        (void)snprintf(out, STATEMENT_TIME_SIZE, "%04ld%s BC", 1 - year, rest);
    else
        (void)snprintf(out, STATEMENT_TIME_SIZE, "%s", text[0] == '+' ? text + 1 : text);
}

enum ap_status statement_check(const struct statement *statement, struct ap_error *err)
{
    enum ap_status status = ap_buf_check(&statement->sql, "a statement", err);

    if (status == AP_OK)
        status = ap_buf_check(&statement->values, "what is searched for", err);
    if (status == AP_OK && statement->overflowed)
        status = ap_fail(err, AP_ELIMIT, "more is asked for than one statement holds: %d values", STATEMENT_MAX_VALUES);
    return status;
}

static enum ap_status run(const struct statement *statement, struct ap_db *db, bool binary, struct ap_rows **rows,
                          struct ap_error *err)
{
    const char *values[STATEMENT_MAX_VALUES];
    enum ap_status status = statement_check(statement, err);

    *rows = NULL;
    if (status != AP_OK)
        return status;
    for (int i = 0; i < statement->count; i++)
        values[i] = statement->values.data + statement->offsets[i];
    return binary ? ap_db_query_binary(db, statement->sql.data, statement->count, values, rows, err)
                  : ap_db_query(db, statement->sql.data, statement->count, values, rows, err);
}

enum ap_status statement_run(const struct statement *statement, struct ap_db *db, struct ap_rows **rows,
                             struct ap_error *err)
{
    return run(statement, db, false, rows, err);
}

enum ap_status statement_run_binary(const struct statement *statement, struct ap_db *db, struct ap_rows **rows,
                                    struct ap_error *err)
{
    return run(statement, db, true, rows, err);
}
