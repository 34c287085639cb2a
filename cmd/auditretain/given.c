#include "given.h"

#include <stdio.h>

#include "auditproof/retain.h"
#include "shown.h"

const struct sheet_column given_columns[] = {
    {"bundle", "", SHEET_TEXT},    {"chain", "", SHEET_TEXT},        {"registered_at", "", SHEET_TEXT},
    {"kind", "", SHEET_TEXT},      {"sha256", "", SHEET_TEXT},       {"registered_by", "", SHEET_TEXT},
    {"recipient", "", SHEET_TEXT}, {"encrypted_to", "", SHEET_TEXT}, {"entries", "", SHEET_NUMBER},
    {NULL, NULL, SHEET_TEXT},
};

static void put_one(const struct ap_rows *bundles, size_t row)
{
    const char *recipient = ap_rows_text(bundles, row, AP_GIVEN_RECIPIENT),
               *encrypted_to = ap_rows_text(bundles, row, AP_GIVEN_ENCRYPTED_TO);

    (void)printf("%s  %s of chain %s, by ", ap_rows_str(bundles, row, AP_GIVEN_AT),
                 ap_rows_str(bundles, row, AP_GIVEN_KIND), ap_rows_str(bundles, row, AP_GIVEN_CHAIN));
    cli_put(stdout, ap_rows_str(bundles, row, AP_GIVEN_BY));
    if (recipient != NULL) {
        (void)printf(", to ");
        cli_put(stdout, recipient);
    }
    (void)printf(": %s of the entries, sha256 %s%s%s\n", ap_rows_str(bundles, row, AP_GIVEN_ENTRIES),
                 ap_rows_str(bundles, row, AP_GIVEN_SHA256), encrypted_to != NULL ? ", encrypted to certificate " : "",
                 encrypted_to != NULL ? encrypted_to : "");
}

void given_put(const struct ap_rows *bundles, const char *before)
{
    for (size_t i = 0; i < ap_rows_count(bundles); i++) {
        (void)fputs(before, stdout);
        put_one(bundles, i);
    }
}
