/* An arbitrary line: it is refused with a place inside it, or its cells lie within it and hold what PostgreSQL takes.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/json_read.h"
#include "auditproof/utf8.h"
#include "auditproof/writer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ap_draft entry;
    size_t offset = 0;
    struct ap_error err;
    struct ap_json_span span;

    if (ap_draft_from_ndjson(&entry, (const char *)data, size, AP_UNKNOWN_METADATA, &offset, &err) != AP_OK) {
        if (offset > size)
            abort();
        return 0;
    }
    for (size_t c = 0; c < AP_ENTRY_COLUMNS; c++) {
        const struct ap_cell *cell = &entry.cells[c];

        if (cell->kind == AP_CELL_TEXT &&
            (ap_utf8_valid(cell->text, cell->len) != cell->len || memchr(cell->text, '\0', cell->len) != NULL))
            abort();
        /* What metadata was put together from unknown members must be JSON again. */
        if (cell->kind == AP_CELL_JSON && ap_json_check(cell->text, cell->len, &span, NULL, &err) != AP_OK)
            abort();
    }
    return 0;
}
