/* Arbitrary bytes for a compiled time zone: refused, or clocks that are never further from UTC than any are. */
#include <stdint.h>
#include <stdlib.h>

#include "schedule/tzif.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tzif zone;

    if (tzif_read(&zone, data, size, NULL) != AP_OK) {
        if (zone.changes != NULL)
            abort();
        return 0;
    }
    for (int64_t second = -5000000000; second < 10000000000; second += 12345678) {
        int32_t offset = tzif_offset(&zone, second);

        if (offset < -26 * 3600 || offset > 26 * 3600)
            abort();
    }
    for (size_t i = 0; i < zone.count; i++)
        if (tzif_offset(&zone, zone.changes[i].second) != zone.changes[i].offset && i + 1 < zone.count)
            abort();
    tzif_free(&zone);
    return 0;
}
