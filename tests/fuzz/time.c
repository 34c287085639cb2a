/* Whatever text is taken for a time prints as one that is taken for the same time. */
#include "auditproof/clock.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[128], again[AP_TIME_TEXT_SIZE];
    struct ap_error err;
    int64_t us, back_us;

    if (size >= sizeof text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    if (ap_time_parse(&us, text, 0, &err) != AP_OK)
        return 0;
    ap_time_format(again, us);
    /* Years of other than four digits are printed and not read. */
    if (again[0] != '-' && again[0] != '+' && (ap_time_parse(&back_us, again, 0, &err) != AP_OK || back_us != us))
        abort();
    return 0;
}
