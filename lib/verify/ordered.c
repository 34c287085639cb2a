#include <inttypes.h>
#include <stdio.h>

#include "run.h"

enum ap_status ordered_links(struct run *run, struct links *links, struct ap_error *err)
{
    struct ap_field fields[AP_COPY_MAX_COLUMNS];
    struct ap_rows *rows = NULL;
    struct ap_copy *copy = NULL;
    char filter[AP_UUID_TEXT_SIZE];
    char from[24], to[24];
    const char *values[3] = {NULL, NULL, NULL};
    bool more = false;
    enum ap_status status;

    findings_clear(&run->link_findings);
    if (run->options->has_chain) {
        ap_uuid_format(filter, &run->options->chain);
        values[0] = filter;
    }
    (void)snprintf(from, sizeof from, "%" PRIu64, run->options->from_seq);
    (void)snprintf(to, sizeof to, "%" PRIu64, run->options->to_seq);
    values[1] = run->options->from_seq != 0 ? from : NULL;
    values[2] = run->options->to_seq != 0 ? to : NULL;
    status = ap_db_query(run->db, ap_sql("queries/verify_ordered"), 3, values, &rows, err);
    if (status == AP_OK)
        status = ap_copy_open(&copy, run->db, ap_rows_str(rows, 0, 0), ENTRY_COLUMNS, err);
    while (status == AP_OK) {
        struct link_chain *chain;
        struct chained entry;

        status = ap_copy_next(copy, fields, &more, run->options->stop, err);
        if (status != AP_OK || !more)
            break;
        status = decode_chained(&entry, fields, err);
        if (status == AP_OK)
            status = links_chain(links, &entry.record.chain, &chain, err);
        if (status == AP_OK && worker_wants_entry(run, &entry) &&
            run_find_purge(run, &entry.record.chain, entry.record.seq) != NULL)
            chain->purged++;
        if (status == AP_OK)
            status = links_add(links, chain, &entry, err);
    }
    ap_copy_close(copy);
    ap_rows_free(rows);
    return status;
}
