#include "erase_found.h"

#include <stdio.h>

#include "given.h"
#include "shown.h"

static const struct sheet_column found_columns[] = {
    {"chain", "", SHEET_TEXT},  {"entry", "", SHEET_TEXT},         {"created_at", "", SHEET_TEXT},
    {"action", "", SHEET_TEXT}, {"resource_type", "", SHEET_TEXT}, {"as", "", SHEET_TEXT},
    {"named", "", SHEET_FLAG},  {"groups", "", SHEET_TEXT},        {"hold", "", SHEET_TEXT},
    {"matter", "", SHEET_TEXT}, {"stays", "", SHEET_FLAG},         {"excerpt", "", SHEET_TEXT},
    {NULL, NULL, SHEET_TEXT},
};

bool erase_is_chosen(const struct ap_rows *rows, size_t row)
{
    return ap_rows_str(rows, row, AP_ERASE_GROUPS)[0] != '\0';
}

struct erase_found erase_found_count(const struct ap_rows *rows)
{
    struct erase_found n = {0, 0, 0, 0};

    for (size_t i = 0; i < ap_rows_count(rows); i++) {
        n.chosen += erase_is_chosen(rows, i);
        n.held += erase_is_chosen(rows, i) && ap_rows_text(rows, i, AP_ERASE_HOLD) != NULL;
        n.review += !erase_is_chosen(rows, i) && ap_rows_text(rows, i, AP_ERASE_EXCERPT) != NULL;
        n.fixed += ap_rows_bool(rows, i, AP_ERASE_FIXED);
    }
    return n;
}

static void put_entry(const struct ap_rows *rows, size_t row, bool chosen)
{
    const char *hold = ap_rows_text(rows, row, AP_ERASE_HOLD), *excerpt = ap_rows_text(rows, row, AP_ERASE_EXCERPT);

    (void)printf("  %s  %s  ", ap_rows_str(rows, row, AP_ERASE_CREATED), ap_rows_str(rows, row, AP_ERASE_ENTRY));
    cli_put(stdout, ap_rows_str(rows, row, AP_ERASE_ACTION));
    (void)printf(" (%s)", ap_rows_str(rows, row, AP_ERASE_AS));
    if (chosen)
        (void)printf(": %s", ap_rows_str(rows, row, AP_ERASE_GROUPS));
    if (chosen && hold != NULL) {
        (void)printf("; HELD by %s, ", hold);
        cli_put(stdout, ap_rows_str(rows, row, AP_ERASE_MATTER));
    }
    (void)putchar('\n');
    if (!chosen && excerpt != NULL) {
        (void)printf("      ");
        cli_put(stdout, excerpt);
        (void)putchar('\n');
    }
}

static void put_entries(const struct ap_rows *rows, const struct erase_found *n)
{
    (void)printf("%zu entries to be erased%s\n", n->chosen, n->chosen > 0 ? ":" : "");
    for (size_t i = 0; i < ap_rows_count(rows); i++)
        if (erase_is_chosen(rows, i))
            put_entry(rows, i, true);
    if (n->review > 0)
        (void)printf("%zu entries that mention the subject, to be reviewed, and erased where --entry names them:\n",
                     n->review);
    for (size_t i = 0; i < ap_rows_count(rows); i++)
        if (!erase_is_chosen(rows, i) && ap_rows_text(rows, i, AP_ERASE_EXCERPT) != NULL)
            put_entry(rows, i, false);
    if (n->fixed > 0)
        (void)printf(
            "%zu entries with the subject in their action, resource type or actor role, which cannot be erased:\n",
            n->fixed);
    for (size_t i = 0; i < ap_rows_count(rows); i++)
        if (ap_rows_bool(rows, i, AP_ERASE_FIXED))
            (void)printf("  %s  %s\n", ap_rows_str(rows, i, AP_ERASE_CREATED), ap_rows_str(rows, i, AP_ERASE_ENTRY));
}

void erase_found_put(const struct ap_rows *rows, const struct erase_found *n, const struct ap_rows *bundles)
{
    put_entries(rows, n);
    if (ap_rows_count(bundles) > 0)
        (void)printf("%zu bundles given out that hold some of it, and will go on holding it:\n",
                     ap_rows_count(bundles));
    given_put(bundles, "  ");
}

enum ap_status erase_found_put_json(const struct ap_rows *rows, const struct ap_rows *bundles, struct ap_error *err)
{
    enum ap_status status;

    (void)printf("{\"entries\": ");
    status = sheet_print_json(found_columns, rows, err);
    (void)printf(", \"bundles\": ");
    if (status == AP_OK)
        status = sheet_print_json(given_columns, bundles, err);
    (void)printf("}\n");
    return status;
}
