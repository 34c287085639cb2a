/* CSV in arbitrary bytes: the scan and the parse must agree on where a record ends, and stay within it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/writer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ap_csv_row row;
    static struct ap_csv_header header;
    static struct ap_draft entry;
    struct ap_csv_scan scan = {0, AP_CSV_FIELD_START};
    const char *text = (const char *)data;
    size_t len, next, offset;
    struct ap_error err;
    bool first = true;

    while (size > 0 && ap_csv_scan(&scan, text, size, &len, &next)) {
        if (len > next || next > size)
            abort();
        if (first && ap_csv_header_read(&header, text, len, AP_UNKNOWN_METADATA, &offset, &err) != AP_OK)
            break;
        if (!first && ap_draft_from_csv(&entry, &header, &row, text, len, AP_UNKNOWN_METADATA, &offset, &err) == AP_OK)
            for (size_t c = 0; c < AP_ENTRY_COLUMNS; c++)
                if (entry.cells[c].kind == AP_CELL_TEXT &&
                    memchr(entry.cells[c].text, '\0', entry.cells[c].len) != NULL)
                    abort();
        first = false;
        text += next;
        size -= next;
        memset(&scan, 0, sizeof scan);
    }
    ap_csv_header_free(&header);
    return 0;
}
