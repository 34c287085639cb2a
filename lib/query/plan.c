#include "plan.h"

#include <stdlib.h>
#include <string.h>

/* What the planner counts for reading some eight megabytes: that is done faster than it takes to say so. */
static const double small_cost = 1000;

/* A node of the plan that reads audit_logs, or a partition of it. The texts are borrowed from the plan's lines. */
struct node {
    bool reads, by_bitmap, sequential;
    const char *condition, *filter;
    double cost;
};

void ap_query_plan_free(struct ap_query_plan *plan)
{
    ap_buf_free(&plan->sql);
    ap_buf_free(&plan->values);
    ap_buf_free(&plan->text);
    ap_buf_free(&plan->indexes);
}

/* Past a text in quotes, in which a quote is doubled. */
static const char *after_quotes(const char *at)
{
    while (*at == '\'' && (at = strchr(at + 1, '\'')) != NULL)
        at++;
    return at != NULL ? at : "";
}

static bool is_name_part(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static size_t name_len(const char *at)
{
    size_t len = 0;

    while (is_name_part(at[len]))
        len++;
    return len;
}

static bool is_column(const char *name, size_t len)
{
    static const char *const columns[] = {
        "id",          "organization_id", "actor_id",   "actor_email", "actor_role", "action",     "resource_type",
        "resource_id", "old_values",      "new_values", "risk_level",  "ip_address", "user_agent", "metadata",
        "session_id",  "created_at",
    };

    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        if (strlen(columns[i]) == len && memcmp(columns[i], name, len) == 0)
            return true;
    return false;
}

/* Is the column one of those that a condition is about? */
static bool is_in(const char *condition, const char *name, size_t len)
{
    while (*condition != '\0') {
        size_t here = name_len(condition);

        if (here == len && memcmp(condition, name, len) == 0)
            return true;
        condition = *condition == '\'' ? after_quotes(condition) : condition + (here > 0 ? here : 1);
    }
    return false;
}

/*
 * Does one condition of a filter keep out what the index leads to? A policy's does not: it speaks of whoever asks, by a
 * parameter of the plan or a function without arguments. Nor does one on columns that the index was asked for.
 */
static bool keeps_out(const char *at, const char *end, const char *index_condition)
{
    bool unled = false;

    while (at < end) {
        size_t len = name_len(at);

        if ((*at == '$' && name_len(at + 1) > 0) || strncmp(at, "()", 2) == 0)
            return false;
        if (len > 0 && is_column(at, len) && (index_condition == NULL || !is_in(index_condition, at, len)))
            unled = true;
        at = *at == '\'' ? after_quotes(at) : at + (len > 0 ? len : 1);
    }
    return unled;
}

/* "((a) AND (b))" or "(a)": any of these. */
static bool any_keeps_out(const char *filter, const char *index_condition)
{
    static const char joint[] = " AND ";
    const char *begin = filter, *at = filter;
    int depth = 0;

    /* One condition alone, or a list of them, stands in parentheses of its own. */
    while (*at != '\0') {
        if (*at == '\'') {
            at = after_quotes(at);
            continue;
        }
        depth += (*at == '(') - (*at == ')');
        if (depth == 1 && strncmp(at, joint, sizeof joint - 1) == 0) {
            if (keeps_out(begin, at, index_condition))
                return true;
            begin = at + sizeof joint - 1;
        }
        at++;
    }
    return keeps_out(begin, at, index_condition);
}

static void settle(struct ap_query_plan *plan, double *cost_sum, const struct node *node)
{
    enum ap_query_reads reads = AP_QUERY_BY_INDEX;

    if (!node->reads)
        return;
    if (node->sequential)
        reads = AP_QUERY_WHOLE;
    else if (node->filter != NULL && any_keeps_out(node->filter, node->condition))
        reads = AP_QUERY_IN_ORDER;
    if (reads > plan->reads)
        plan->reads = reads;
    if (reads != AP_QUERY_BY_INDEX)
        *cost_sum += node->cost;
}

/* "Index Scan using NAME on …" and "Bitmap Index Scan on NAME  (…": each once. */
static void add_index(struct ap_query_plan *plan, const char *line, const char *before)
{
    const char *name = strstr(line, before), *seen = ap_buf_str(&plan->indexes);
    size_t len;

    if (name == NULL)
        return;
    name += strlen(before);
    len = strcspn(name, " ");
    for (; *seen != '\0'; seen += strcspn(seen, ",") + (seen[strcspn(seen, ",")] != '\0' ? 2 : 0))
        if (strcspn(seen, ",") == len && strncmp(seen, name, len) == 0)
            return;
    if (plan->indexes.len > 0)
        ap_buf_adds(&plan->indexes, ", ");
    ap_buf_add(&plan->indexes, name, len);
}

/* Does the node read what the statement calls l, which its partitions are called l_1 and so on? */
static bool reads_entries(const char *line, const char *costs)
{
    const char *alias = costs;

    while (alias > line && alias[-1] == ' ')
        alias--;
    while (alias > line && alias[-1] != ' ')
        alias--;
    return strstr(line, "Scan") != NULL && alias > line && alias[0] == 'l' && (alias[1] == ' ' || alias[1] == '_');
}

static void begin_node(struct ap_query_plan *plan, double *cost_sum, struct node *node, const char *line,
                       const char *cost)
{
    const char *total = strstr(cost, "..");

    /* What makes a bitmap belongs to the node above that reads by it. */
    if (strstr(line, "Bitmap Index Scan on ") != NULL) {
        if (node->by_bitmap)
            add_index(plan, line, "Bitmap Index Scan on ");
        return;
    }
    if (node->by_bitmap && (strstr(line, "->  BitmapAnd  (") != NULL || strstr(line, "->  BitmapOr  (") != NULL))
        return;
    settle(plan, cost_sum, node);
    memset(node, 0, sizeof *node);
    node->reads = reads_entries(line, cost);
    if (!node->reads)
        return;
    node->cost = total != NULL ? strtod(total + 2, NULL) : 0;
    node->sequential = strstr(line, "Seq Scan on ") != NULL;
    node->by_bitmap = strstr(line, "Bitmap Heap Scan on ") != NULL;
    add_index(plan, line, " using ");
}

static void take_line(struct ap_query_plan *plan, double *cost_sum, struct node *node, const char *line)
{
    static const char index[] = "Index Cond: ", recheck[] = "Recheck Cond: ", filter[] = "Filter: ";
    const char *cost = strstr(line, "  (cost="), *at = line + strspn(line, " ");

    if (cost != NULL)
        begin_node(plan, cost_sum, node, line, cost);
    else if (strncmp(at, recheck, sizeof recheck - 1) == 0)
        node->condition = at + sizeof recheck - 1;
    else if (strncmp(at, index, sizeof index - 1) == 0 && !node->by_bitmap)
        node->condition = at + sizeof index - 1;
    else if (strncmp(at, filter, sizeof filter - 1) == 0)
        node->filter = at + sizeof filter - 1;
}

static void keep_statement(struct ap_query_plan *plan, const struct statement *statement)
{
    ap_buf_clear(&plan->sql);
    ap_buf_clear(&plan->values);
    ap_buf_add(&plan->sql, statement->sql.data, statement->sql.len);
    for (int i = 0; i < statement->count; i++)
        ap_buf_addf(&plan->values, "$%d = %s\n", i + 1, statement->values.data + statement->offsets[i]);
}

static enum ap_status explain(const struct statement *statement, struct ap_db *db, struct ap_rows **rows,
                              struct ap_error *err)
{
    struct statement whole = *statement;
    enum ap_status status;

    memset(&whole.sql, 0, sizeof whole.sql);
    ap_buf_adds(&whole.sql, ap_sql("queries/query_explain"));
    ap_buf_add(&whole.sql, statement->sql.data, statement->sql.len);
    status = statement_run(&whole, db, rows, err);
    ap_buf_free(&whole.sql);
    return status;
}

/* Nobody wants to read the names of a hundred parts of one index. */
static enum ap_status name_whole_indexes(struct ap_query_plan *plan, struct ap_db *db, struct ap_error *err)
{
    struct ap_buf names = AP_BUF_INIT;
    const char *name = ap_buf_str(&plan->indexes), *value;
    struct ap_rows *rows = NULL;
    enum ap_status status;

    if (strchr(name, ',') == NULL)
        return AP_OK;
    for (size_t len; *name != '\0'; name += len + (name[len] != '\0' ? 2 : 0)) {
        len = strcspn(name, ",");
        statement_array_add(&names, name, len);
    }
    statement_array_end(&names);
    value = ap_buf_str(&names);
    status = ap_buf_check(&names, "a plan", err);
    if (status == AP_OK)
        status = ap_db_query(db, ap_sql("queries/query_indexes"), 1, &value, &rows, err);
    if (status == AP_OK) {
        ap_buf_clear(&plan->indexes);
        ap_buf_adds(&plan->indexes, ap_rows_str(rows, 0, 0));
    }
    ap_rows_free(rows);
    ap_buf_free(&names);
    return status;
}

enum ap_status plan_ask(struct ap_query_plan *plan, struct ap_db *db, const struct statement *statement,
                        struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    double cost_sum = 0; /* of all that is read without an index */
    struct node node;
    enum ap_status status = statement_check(statement, err);

    memset(&node, 0, sizeof node);
    if (status == AP_OK)
        status = explain(statement, db, &rows, err);
    if (status != AP_OK)
        return status;
    keep_statement(plan, statement);
    ap_buf_clear(&plan->text);
    ap_buf_clear(&plan->indexes);
    plan->reads = AP_QUERY_BY_INDEX;
    for (size_t i = 0; i < ap_rows_count(rows); i++) {
        take_line(plan, &cost_sum, &node, ap_rows_str(rows, i, 0));
        ap_buf_addf(&plan->text, "%s\n", ap_rows_str(rows, i, 0));
    }
    settle(plan, &cost_sum, &node);
    plan->small = cost_sum < small_cost;
    ap_rows_free(rows);
    status = ap_buf_check(&plan->values, "a plan", err);
    if (status == AP_OK)
        status = ap_buf_check(&plan->indexes, "a plan", err);
    if (status == AP_OK)
        status = name_whole_indexes(plan, db, err);
    return status == AP_OK ? ap_buf_check(&plan->text, "a plan", err) : status;
}

enum ap_status plan_sorts(struct ap_db *db, bool sorts, struct ap_error *err)
{
    const char *value = sorts ? "on" : "off";

    return ap_db_query(db, ap_sql("queries/query_planner"), 1, &value, NULL, err);
}
