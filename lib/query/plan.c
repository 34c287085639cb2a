#include "plan.h"

#include <stdlib.h>
#include <string.h>

/* What the planner counts for reading some eight megabytes: a table of that size is read faster than it takes to say
 * so. */
static const double small_cost = 1000;

/* A node of the plan that reads audit_logs, or a partition of it. */
struct node {
    bool reads, by_bitmap, sequential, condition, filter;
    double cost;
};

void ap_query_plan_free(struct ap_query_plan *plan)
{
    ap_buf_free(&plan->sql);
    ap_buf_free(&plan->values);
    ap_buf_free(&plan->text);
    ap_buf_free(&plan->indexes);
}

static void settle(struct ap_query_plan *plan, const struct node *node)
{
    enum ap_query_reads reads = AP_QUERY_BY_INDEX;

    if (!node->reads)
        return;
    if (node->sequential)
        reads = AP_QUERY_WHOLE;
    else if (!node->by_bitmap && !node->condition && node->filter)
        reads = AP_QUERY_IN_ORDER;
    if (reads > plan->reads)
        plan->reads = reads;
    if (reads != AP_QUERY_BY_INDEX && node->cost >= small_cost)
        plan->small = false;
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

static void begin_node(struct ap_query_plan *plan, struct node *node, const char *line, const char *costs)
{
    const char *total = strstr(costs, "..");

    /* What makes a bitmap belongs to the node above that reads by it. */
    if (strstr(line, "Bitmap Index Scan on ") != NULL) {
        if (node->by_bitmap)
            add_index(plan, line, "Bitmap Index Scan on ");
        return;
    }
    if (node->by_bitmap && (strstr(line, "->  BitmapAnd  (") != NULL || strstr(line, "->  BitmapOr  (") != NULL))
        return;
    settle(plan, node);
    memset(node, 0, sizeof *node);
    node->reads = reads_entries(line, costs);
    if (!node->reads)
        return;
    node->cost = total != NULL ? strtod(total + 2, NULL) : 0;
    node->sequential = strstr(line, "Seq Scan on ") != NULL;
    node->by_bitmap = strstr(line, "Bitmap Heap Scan on ") != NULL;
    add_index(plan, line, " using ");
}

static void take_line(struct ap_query_plan *plan, struct node *node, const char *line)
{
    static const char any_time[] = "Index Cond: (created_at IS NOT NULL)";
    const char *costs = strstr(line, "  (cost="), *at = line + strspn(line, " ");

    if (costs != NULL)
        begin_node(plan, node, line, costs);
    else if (strncmp(at, "Index Cond: ", strlen("Index Cond: ")) == 0)
        node->condition = node->condition || strcmp(at, any_time) != 0;
    else if (strncmp(at, "Filter: ", strlen("Filter: ")) == 0)
        node->filter = true;
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

enum ap_status plan_ask(struct ap_query_plan *plan, struct ap_db *db, const struct statement *statement,
                        struct ap_error *err)
{
    struct ap_rows *rows = NULL;
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
    plan->small = true;
    for (size_t i = 0; i < ap_rows_count(rows); i++) {
        take_line(plan, &node, ap_rows_str(rows, i, 0));
        ap_buf_addf(&plan->text, "%s\n", ap_rows_str(rows, i, 0));
    }
    settle(plan, &node);
    ap_rows_free(rows);
    status = ap_buf_check(&plan->values, "a plan", err);
    if (status == AP_OK)
        status = ap_buf_check(&plan->indexes, "a plan", err);
    return status == AP_OK ? ap_buf_check(&plan->text, "a plan", err) : status;
}
