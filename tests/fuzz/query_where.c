/* Whatever the condition, it becomes one of the three statements there are, with its text in values alone. */
#include "query/where.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

/* The SQL of each, made from conditions that are known. */
static bool is_known(const char *sql)
{
    static const char *const conditions[] = {"new.x", "new.x=y", "new.x!=y"};
    bool known = false;

    for (size_t i = 0; i < sizeof conditions / sizeof conditions[0]; i++) {
        struct statement statement;
        struct ap_error err;

        memset(&statement, 0, sizeof statement);
        check(where_add(&statement, conditions[i], &err) == AP_OK);
        known = known || strcmp(sql, ap_buf_str(&statement.sql)) == 0;
        statement_free(&statement);
    }
    return known;
}

static void check_values(const struct statement *statement, const char *text)
{
    const char *column = statement->values.data + statement->offsets[0];
    const char *path = statement->values.data + statement->offsets[1];
    size_t path_len = strlen(path), len = strlen(text);

    check(statement->count == 2 || statement->count == 3);
    check(strcmp(column, "old") == 0 || strcmp(column, "new") == 0 || strcmp(column, "metadata") == 0);
    check(path_len > 2 && path[0] == '{' && path[path_len - 1] == '}');
    if (statement->count == 3) {
        const char *value = statement->values.data + statement->offsets[2];

        check(strlen(value) < len && strcmp(value, text + len - strlen(value)) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct statement statement;
    struct ap_error err;
    char *text = malloc(size + 1);

    check(text != NULL);
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    memset(&statement, 0, sizeof statement);
    if (where_add(&statement, text, &err) == AP_OK) {
        check(is_known(ap_buf_str(&statement.sql)));
        check_values(&statement, text);
    } else {
        check(err.status == AP_EINPUT && err.message[0] != '\0' && statement.count == 0);
    }
    statement_free(&statement);
    free(text);
    return 0;
}
