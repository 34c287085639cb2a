#include "where.h"

#include <string.h>

static const struct {
    const char *word, *column;
} columns[] = {{"old", "old"}, {"new", "new"}, {"metadata", "metadata"}, {"meta", "metadata"}};

static const char *column_of(const char *text, size_t len)
{
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        if (strlen(columns[i].word) == len && strncmp(columns[i].word, text, len) == 0)
            return columns[i].column;
    return NULL;
}

static enum ap_status fail(const char *text, struct ap_error *err)
{
    return ap_fail(err, AP_EINPUT,
                   "\"%.120s\" is no condition: use new.role=admin, metadata.source!=api, or old.email for one that is "
                   "there; a name with a dot in it stands in double quotes",
                   text);
}

/* One name of the path, into the array: up to a dot or an operator, or in double quotes. NULL when it is malformed. */
static const char *take_name(const char *at, struct ap_buf *path)
{
    const char *end;

    if (*at == '"') {
        end = strchr(at + 1, '"');
        if (end == NULL)
            return NULL;
        statement_array_add(path, at + 1, (size_t)(end - at - 1));
        return end + 1;
    }
    end = at + strcspn(at, ".=!");
    /* An exclamation mark alone belongs to the name. */
    while (*end == '!' && end[1] != '=')
        end += 1 + strcspn(end + 1, ".=!");
    if (end == at)
        return NULL;
    statement_array_add(path, at, (size_t)(end - at));
    return end;
}

enum ap_status where_add(struct statement *statement, const char *text, struct ap_error *err)
{
    size_t first = strcspn(text, ".");
    const char *column = column_of(text, first), *at = text + first;
    struct ap_buf path = AP_BUF_INIT;
    enum ap_status status = column != NULL && *at == '.' ? AP_OK : fail(text, err);

    while (status == AP_OK && *at == '.') {
        at = take_name(at + 1, &path);
        if (at == NULL || (*at != '.' && *at != '=' && *at != '\0' && (*at != '!' || at[1] != '=')))
            status = fail(text, err);
    }
    statement_array_end(&path);
    if (status == AP_OK)
        status = ap_buf_check(&path, "a path", err);
    if (status == AP_OK) {
        const char *values[3] = {column, path.data, *at == '!' ? at + 2 : at + 1};

        if (*at == '\0')
            statement_add(statement, "query_where_has", 2, values);
        else
            statement_add(statement, *at == '!' ? "query_where_is_not" : "query_where_is", 3, values);
    }
    ap_buf_free(&path);
    return status;
}
