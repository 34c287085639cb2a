#include "auditproof/reading.h"

#include <stdlib.h>

enum ap_status ap_reading_purged(const struct ap_reading *reading, const struct ap_uuid *chain, struct ap_purged **out,
                                 size_t *count, struct ap_error *err)
{
    char id[AP_UUID_TEXT_SIZE];
    const char *value = id;
    struct ap_rows *rows = NULL;
    enum ap_status status;

    *out = NULL;
    *count = 0;
    ap_uuid_format(id, chain);
    status = ap_reading_query(reading, "queries/verify_purges", 1, &value, &rows, err);
    if (status != AP_OK)
        return status;
    *out = calloc(ap_rows_count(rows) + 1, sizeof **out);
    if (*out == NULL)
        status = ap_fail_memory(err, "the purges on record");
    for (size_t i = 0; status == AP_OK && i < ap_rows_count(rows); i++) {
        if (!ap_rows_bool(rows, i, 4))
            continue;
        (*out)[*count].from_seq = (uint64_t)ap_rows_int(rows, i, 1);
        (*out)[*count].to_seq = (uint64_t)ap_rows_int(rows, i, 2);
        (*out)[(*count)++].purged_at_us = ap_rows_int(rows, i, 3);
    }
    ap_rows_free(rows);
    return status;
}
