/* Fields of any length and content: what verification takes for a row or a chain entry can be hashed. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "verify/run.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Each field in memory of its own; after a length of 255 NULL. Returns how many bytes were used. */
static size_t take_field(struct ap_field *field, const uint8_t *data, size_t size)
{
    size_t len;
    uint8_t *copy;

    *field = (struct ap_field){NULL, 0};
    if (size == 0 || data[0] == 255)
        return size > 0;
    len = data[0] < size - 1 ? data[0] : size - 1;
    copy = malloc(len + (len == 0));
    if (copy == NULL)
        abort();
    memcpy(copy, data + 1, len);
    *field = (struct ap_field){copy, len};
    return len + 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct run run;
    static struct ap_digest *digest;
    struct ap_field fields[AP_COPY_MAX_COLUMNS];
    struct ap_buf text = AP_BUF_INIT;
    struct multiset_item item;
    struct chained chained;
    struct ap_error err;
    uint64_t erased = 0;
    size_t columns;

    if (digest == NULL && ap_digest_new(&digest, NULL) != AP_OK)
        abort();
    if (size == 0)
        return 0;
    columns = data[0] % 3 == 0 ? ENTRY_COLUMNS : data[0] % 3 == 1 ? ROW_COLUMNS : ROW_COLUMNS_ERASED;
    data++, size--;
    for (size_t i = 0; i < columns; i++) {
        size_t used = take_field(&fields[i], data, size);

        data += used;
        size -= used;
    }
    if (columns != ENTRY_COLUMNS) {
        if (row_item(&run, digest, &text, fields, columns, &item, &erased, &err) == AP_OK && erased > AP_GROUPS)
            abort();
    } else if (decode_chained(&chained, fields, &err) == AP_OK) {
        chained_item(&run, &item, &chained);
        if (memcmp(item.log_id.bytes, fields[2].data, AP_UUID_LEN) != 0)
            abort();
    }
    for (size_t i = 0; i < columns; i++)
        free((void *)(uintptr_t)fields[i].data);
    ap_buf_free(&text);
    return 0;
}
