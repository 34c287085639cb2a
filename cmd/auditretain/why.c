/* why: everything that keeps an entry, or what became of it. */
#include <stdio.h>
#include <string.h>

#include "auditproof/bytes.h"
#include "commands.h"
#include "connect.h"
#include "sheet.h"
#include "shown.h"

static const char *format = "text";

const struct cli_option why_options[] = {
    {0, "format", "FORMAT", CLI_CHOICE, &format, "text|json", "how to print it", NULL},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

/* Columns of queries/why_entry, why_holds, why_erased and why_decisions. */
enum {
    WHY_CHAIN,
    WHY_SEQ,
    WHY_THERE,
    WHY_CREATED,
    WHY_RECORDED,
    WHY_YEARS,
    WHY_UNTIL,
    WHY_OVER,
    WHY_POLICY,
    WHY_PURGE,
    WHY_PURGED_AT,
    WHY_REASON,
    WHY_AUTHORITY,
    WHY_PLAN,
    WHY_REQUESTED,
    WHY_APPROVED,
    WHY_CERTIFICATE,
    WHY_LASTS,
    WHY_FIRST,
    WHY_LAST,
    WHY_ADOPTED,
    WHY_SEALED,
    WHY_CHECKPOINT
};
enum { HELD_ID, HELD_MATTER, HELD_CUSTODIAN, HELD_SINCE, HELD_REVIEW };
enum { ERASED_GROUP, ERASED_AT, ERASED_REASON, ERASED_AUTHORITY };
enum {
    DECIDED_ID,
    DECIDED_OUTCOME,
    DECIDED_GROUPS,
    DECIDED_GROUND,
    DECIDED_REASON,
    DECIDED_BY,
    DECIDED_AT,
    DECIDED_REVIEW
};

enum { GIVEN_ID, GIVEN_AT, GIVEN_KIND, GIVEN_GROUPS, GIVEN_SHA256, GIVEN_BY, GIVEN_RECIPIENT };

static const struct sheet_column entry_columns[] = {
    {"chain", "", SHEET_TEXT},
    {"seq", "", SHEET_NUMBER},
    {"there", "", SHEET_FLAG},
    {"created_at", "", SHEET_TEXT},
    {"recorded_at", "", SHEET_TEXT},
    {"years", "", SHEET_NUMBER},
    {"until", "", SHEET_TEXT},
    {"window_over", "", SHEET_FLAG},
    {"policy", "", SHEET_TEXT},
    {"purge", "", SHEET_TEXT},
    {"purged_at", "", SHEET_TEXT},
    {"purge_reason", "", SHEET_TEXT},
    {"purge_told_by", "", SHEET_TEXT},
    {"plan", "", SHEET_TEXT},
    {"requested_by", "", SHEET_TEXT},
    {"approved_by", "", SHEET_TEXT},
    {"certificate", "", SHEET_TEXT},
    {"lasts", "", SHEET_FLAG},
    {"purged_from_seq", "", SHEET_NUMBER},
    {"purged_to_seq", "", SHEET_NUMBER},
    {"adopted", "", SHEET_FLAG},
    {"sealed_at", "", SHEET_TEXT},
    {"checkpoint", "", SHEET_NUMBER},
    {NULL, NULL, SHEET_TEXT},
};

static const struct sheet_column hold_columns[] = {
    {"hold", "", SHEET_TEXT},      {"matter", "", SHEET_TEXT}, {"custodian", "", SHEET_TEXT},
    {"placed_at", "", SHEET_TEXT}, {"review", "", SHEET_TEXT}, {NULL, NULL, SHEET_TEXT},
};

static const struct sheet_column erased_columns[] = {
    {"group", "", SHEET_TEXT},   {"erased_at", "", SHEET_TEXT}, {"reason", "", SHEET_TEXT},
    {"told_by", "", SHEET_TEXT}, {NULL, NULL, SHEET_TEXT},
};

static const struct sheet_column decision_columns[] = {
    {"decision", "", SHEET_TEXT},   {"outcome", "", SHEET_TEXT}, {"groups", "", SHEET_TEXT},
    {"ground", "", SHEET_TEXT},     {"reason", "", SHEET_TEXT},  {"decided_by", "", SHEET_TEXT},
    {"decided_at", "", SHEET_TEXT}, {"review", "", SHEET_TEXT},  {NULL, NULL, SHEET_TEXT},
};

static const struct sheet_column bundle_columns[] = {
    {"bundle", "", SHEET_TEXT},    {"registered_at", "", SHEET_TEXT}, {"kind", "", SHEET_TEXT},
    {"groups", "", SHEET_TEXT},    {"sha256", "", SHEET_TEXT},        {"registered_by", "", SHEET_TEXT},
    {"recipient", "", SHEET_TEXT}, {NULL, NULL, SHEET_TEXT},
};

/* An entry with what is known of it; where partitions allow it, two chains may have one of the same id. */
struct known {
    const struct ap_rows *entries; /* borrowed */
    size_t row;
    struct ap_rows *holds, *erased, *decisions, *bundles;
};

static void put_texts(const char *before, const char *text, const char *after)
{
    (void)fputs(before, stdout);
    cli_put(stdout, text);
    (void)fputs(after, stdout);
}

static void print_window(const struct known *k)
{
    const char *until = ap_rows_str(k->entries, k->row, WHY_UNTIL);

    if (ap_rows_bool(k->entries, k->row, WHY_LASTS))
        (void)printf("  Window:    it tells of a policy or a legal hold, and stays as long as its organization does\n");
    else if (strcmp(until, "infinity") == 0)
        (void)printf("  Window:    it is kept for ever: no year can be told in which it would be over\n");
    else if (ap_rows_bool(k->entries, k->row, WHY_OVER))
        (void)printf("  Window:    over since %s, UTC: a purge may take it\n", until);
    else
        (void)printf("  Window:    it is kept until %s, UTC\n", until);
    (void)printf("  Years:     %s, by ", ap_rows_str(k->entries, k->row, WHY_YEARS));
    put_texts("", ap_rows_str(k->entries, k->row, WHY_POLICY), "\n");
}

static void print_gone(const struct known *k)
{
    if (ap_rows_text(k->entries, k->row, WHY_PURGE) == NULL) {
        (void)printf("  GONE, with no purge on record: auditverify finds it missing\n");
        return;
    }
    (void)printf("  Purged:    %s, purge %s", ap_rows_str(k->entries, k->row, WHY_PURGED_AT),
                 ap_rows_str(k->entries, k->row, WHY_PURGE));
    put_texts(" (", ap_rows_str(k->entries, k->row, WHY_REASON), ")");
    (void)printf(", with entries %s to %s\n", ap_rows_str(k->entries, k->row, WHY_FIRST),
                 ap_rows_str(k->entries, k->row, WHY_LAST));
    (void)printf("  Told by:   entry %s of the system chain\n", ap_rows_str(k->entries, k->row, WHY_AUTHORITY));
    if (ap_rows_text(k->entries, k->row, WHY_PLAN) == NULL)
        return;
    (void)printf("  Plan:      %s", ap_rows_str(k->entries, k->row, WHY_PLAN));
    put_texts(", asked for by ", ap_rows_str(k->entries, k->row, WHY_REQUESTED), "");
    put_texts(", approved by ", ap_rows_str(k->entries, k->row, WHY_APPROVED), "\n");
    if (ap_rows_text(k->entries, k->row, WHY_CERTIFICATE) != NULL)
        (void)printf("  Certified: SHA-256 %s; `auditretain certificate` prints it\n",
                     ap_rows_str(k->entries, k->row, WHY_CERTIFICATE));
    else
        (void)printf("  Certified: not yet; the purge is under way, or was interrupted\n");
}

/* What is behind its number and its time. */
static void print_proof(const struct known *k)
{
    if (ap_rows_bool(k->entries, k->row, WHY_ADOPTED))
        (void)printf("  Adopted:   it was there before it was chained; of what it was until then there is no proof\n");
    if (ap_rows_text(k->entries, k->row, WHY_SEALED) != NULL)
        (void)printf("  Sealed:    %s, by checkpoint %s\n", ap_rows_str(k->entries, k->row, WHY_SEALED),
                     ap_rows_str(k->entries, k->row, WHY_CHECKPOINT));
    else
        (void)printf("  Sealed:    not yet: no checkpoint covers it\n");
}

static void print_text(const struct known *k)
{
    const char *created = ap_rows_text(k->entries, k->row, WHY_CREATED);

    (void)printf("Chain %s, entry %s\n", ap_rows_str(k->entries, k->row, WHY_CHAIN),
                 ap_rows_str(k->entries, k->row, WHY_SEQ));
    (void)printf("  Recorded:  %s\n", ap_rows_str(k->entries, k->row, WHY_RECORDED));
    if (created != NULL)
        (void)printf("  Created:   %s, as its writer claims\n", created);
    print_proof(k);
    if (ap_rows_bool(k->entries, k->row, WHY_THERE))
        print_window(k);
    else
        print_gone(k);
    for (size_t i = 0; i < ap_rows_count(k->holds); i++) {
        (void)printf("  Held:      by %s", ap_rows_str(k->holds, i, HELD_ID));
        put_texts(" (", ap_rows_str(k->holds, i, HELD_MATTER), ")");
        put_texts(", custodian ", ap_rows_str(k->holds, i, HELD_CUSTODIAN), "");
        (void)printf(", since %s, to be reviewed on %s\n", ap_rows_str(k->holds, i, HELD_SINCE),
                     ap_rows_str(k->holds, i, HELD_REVIEW));
    }
    for (size_t i = 0; i < ap_rows_count(k->erased); i++) {
        (void)printf("  Erased:    group %s, %s", ap_rows_str(k->erased, i, ERASED_GROUP),
                     ap_rows_str(k->erased, i, ERASED_AT));
        put_texts(" (", ap_rows_str(k->erased, i, ERASED_REASON), ")");
        (void)printf(", told by entry %s\n", ap_rows_str(k->erased, i, ERASED_AUTHORITY));
    }
}

static void print_decisions(const struct known *k)
{
    for (size_t i = 0; i < ap_rows_count(k->decisions); i++) {
        bool kept = strcmp(ap_rows_str(k->decisions, i, DECIDED_OUTCOME), "kept") == 0;

        (void)printf("  Decided:   %s %s", kept ? "to keep" : "to erase", ap_rows_str(k->decisions, i, DECIDED_GROUPS));
        put_texts(", on the ground of ", ap_rows_str(k->decisions, i, DECIDED_GROUND), "");
        put_texts(" (", ap_rows_str(k->decisions, i, DECIDED_REASON), ")");
        put_texts(", by ", ap_rows_str(k->decisions, i, DECIDED_BY), "");
        (void)printf(", %s, decision %s", ap_rows_str(k->decisions, i, DECIDED_AT),
                     ap_rows_str(k->decisions, i, DECIDED_ID));
        if (kept)
            (void)printf(", to be reviewed on %s", ap_rows_str(k->decisions, i, DECIDED_REVIEW));
        (void)putchar('\n');
    }
}

static void print_bundles(const struct known *k)
{
    for (size_t i = 0; i < ap_rows_count(k->bundles); i++) {
        (void)printf("  Given out: %s, in a bundle %s with groups %s, by ", ap_rows_str(k->bundles, i, GIVEN_AT),
                     ap_rows_str(k->bundles, i, GIVEN_KIND), ap_rows_str(k->bundles, i, GIVEN_GROUPS));
        cli_put(stdout, ap_rows_str(k->bundles, i, GIVEN_BY));
        if (ap_rows_text(k->bundles, i, GIVEN_RECIPIENT) != NULL)
            put_texts(", to ", ap_rows_str(k->bundles, i, GIVEN_RECIPIENT), "");
        (void)printf(", sha256 %s\n", ap_rows_str(k->bundles, i, GIVEN_SHA256));
    }
}

static enum ap_status print_json(const struct known *k, struct ap_error *err)
{
    enum ap_status status;

    (void)printf("{\"entry\": ");
    status = sheet_print_json_row(entry_columns, k->entries, k->row, err);
    (void)printf(", \"holds\": ");
    if (status == AP_OK)
        status = sheet_print_json(hold_columns, k->holds, err);
    (void)printf(", \"erased\": ");
    if (status == AP_OK)
        status = sheet_print_json(erased_columns, k->erased, err);
    (void)printf(", \"decisions\": ");
    if (status == AP_OK)
        status = sheet_print_json(decision_columns, k->decisions, err);
    (void)printf(", \"bundles\": ");
    if (status == AP_OK)
        status = sheet_print_json(bundle_columns, k->bundles, err);
    (void)printf("}\n");
    return status;
}

static enum ap_status tell(struct ap_db *db, const struct ap_rows *entries, size_t row, const char *id,
                           struct ap_error *err)
{
    const char *values[] = {ap_rows_text(entries, row, WHY_CHAIN), id};
    struct known k = {entries, row, NULL, NULL, NULL, NULL};
    enum ap_status status = ap_db_query(db, ap_sql("queries/why_holds"), 2, values, &k.holds, err);

    if (status == AP_OK)
        status = ap_db_query(db, ap_sql("queries/why_erased"), 2, values, &k.erased, err);
    if (status == AP_OK)
        status = ap_db_query(db, ap_sql("queries/why_decisions"), 2, values, &k.decisions, err);
    if (status == AP_OK)
        status = ap_db_query(db, ap_sql("queries/why_bundles"), 2, values, &k.bundles, err);
    if (status == AP_OK && strcmp(format, "json") == 0)
        status = print_json(&k, err);
    if (status == AP_OK && strcmp(format, "text") == 0) {
        print_text(&k);
        print_decisions(&k);
        print_bundles(&k);
    }
    ap_rows_free(k.holds);
    ap_rows_free(k.erased);
    ap_rows_free(k.decisions);
    ap_rows_free(k.bundles);
    return status;
}

/* There, perhaps, and in no chain: nothing is known of it, and nothing keeps it. */
static enum ap_status look_beside(struct ap_db *db, const char *const id[1], bool *unchained, struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    enum ap_status status = ap_db_query(db, ap_sql("queries/why_unchained"), 1, id, &rows, err);

    *unchained = status == AP_OK && ap_rows_bool(rows, 0, 0);
    ap_rows_free(rows);
    if (status == AP_OK && !*unchained)
        status = ap_fail(err, AP_EINPUT, "no chain has an entry %s", id[0]);
    if (status == AP_OK)
        cli_error("entry %s is in audit_logs, and in no chain: `auditmigrate adopt` takes in what was there before; "
                  "where that"
                  " is done, auditverify finds it",
                  id[0]);
    return status;
}

int why_run(int argc, char **argv)
{
    struct ap_rows *rows = NULL;
    struct ap_db *db = NULL;
    struct ap_error err;
    struct ap_uuid id;
    bool missing = false;
    enum ap_status status;
    int result;

    (void)argc;
    if (!ap_uuid_parse(&id, argv[0]))
        return cli_usage("an entry is named by the UUID in its column id, not \"%s\"", argv[0]);
    status = cli_connect_snapshot(&db, "auditretain", &err);
    if (status == AP_OK)
        status = ap_db_query(db, ap_sql("queries/why_entry"), 1, (const char *const *)argv, &rows, &err);
    if (status == AP_OK && ap_rows_count(rows) == 0)
        status = look_beside(db, (const char *const *)argv, &missing, &err);
    for (size_t i = 0; status == AP_OK && i < ap_rows_count(rows); i++) {
        missing = missing || (!ap_rows_bool(rows, i, WHY_THERE) && ap_rows_text(rows, i, WHY_PURGE) == NULL);
        status = tell(db, rows, i, argv[0], &err);
    }
    result = status != AP_OK ? cli_fail(&err) : missing ? EXIT_FINDINGS : EXIT_DONE;
    ap_rows_free(rows);
    ap_db_close(db);
    return result;
}
