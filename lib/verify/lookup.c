#include <inttypes.h>
#include <string.h>

#include "recheck.h"

/* Entries in one query. */
enum { LOOKUP_MAX = 4096 };

static enum ap_status hand_on(const struct ap_rows *rows, size_t first, size_t count, wanted_fn *fn, void *context,
                              struct ap_error *err)
{
    for (size_t i = 0; i < ap_rows_count(rows); i++) {
        const char *hex = ap_rows_str(rows, i, 1);
        int64_t place = ap_rows_int(rows, i, 0);
        uint8_t hash[AP_HASH_LEN];

        if (place < 1 || (uint64_t)place > count)
            return ap_fail(err, AP_EIO, "the server sent a place that nothing has");
        /* A hash that is none is another than whatever was there. */
        if (strlen(hex) != 2 * AP_HASH_LEN || !ap_hex_decode(hash, AP_HASH_LEN, hex))
            memset(hash, 0, sizeof hash);
        fn(context, first + (size_t)place - 1, hash, ap_rows_int(rows, i, 2));
    }
    return AP_OK;
}

static enum ap_status look_up_some(struct run *run, const struct wanted *wanted, size_t first, size_t count,
                                   wanted_fn *fn, void *context, struct ap_error *err)
{
    struct ap_buf chains = AP_BUF_INIT, seqs = AP_BUF_INIT;
    struct ap_rows *rows = NULL;
    char text[AP_UUID_TEXT_SIZE];
    const char *values[2];
    enum ap_status status;

    for (size_t i = 0; i < count; i++) {
        ap_uuid_format(text, &wanted[first + i].chain);
        ap_buf_addf(&chains, "%c%s", i > 0 ? ',' : '{', text);
        ap_buf_addf(&seqs, "%c%" PRIu64, i > 0 ? ',' : '{', wanted[first + i].seq);
    }
    ap_buf_addc(&chains, '}');
    ap_buf_addc(&seqs, '}');
    status = ap_buf_check(&chains, "chain ids", err);
    if (status == AP_OK)
        status = ap_buf_check(&seqs, "sequence numbers", err);
    values[0] = chains.data;
    values[1] = seqs.data;
    if (status == AP_OK)
        status = run_query_by_index(run, "queries/verify_points", 2, values, &rows, err);
    if (status == AP_OK)
        status = hand_on(rows, first, count, fn, context, err);
    ap_rows_free(rows);
    ap_buf_free(&chains);
    ap_buf_free(&seqs);
    return status;
}

enum ap_status run_look_up(struct run *run, const struct wanted *wanted, size_t count, wanted_fn *fn, void *context,
                           struct ap_error *err)
{
    enum ap_status status = AP_OK;

    for (size_t i = 0; i < count && status == AP_OK; i += LOOKUP_MAX)
        status = look_up_some(run, wanted, i, count - i < LOOKUP_MAX ? count - i : LOOKUP_MAX, fn, context, err);
    return status;
}
