/* Arbitrary time-stamp replies: none holds, for none is signed by a certificate that is trusted, and all can be read.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/timestamp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char note[] = "what was not time-stamped\n";
    char why[AP_TIMESTAMP_WHY_SIZE];
    struct ap_timestamp stamp;
    bool good = false;

    if (ap_timestamp_read(data, size, &stamp, NULL) == AP_OK &&
        memchr(stamp.authority, '\0', sizeof stamp.authority) == NULL)
        abort();
    if (ap_timestamp_check(data, size, NULL, 0, note, sizeof note - 1, NULL, &stamp, &good, why, NULL) == AP_OK &&
        (good || why[0] == '\0'))
        abort();
    (void)ap_timestamp_check(data, size, data, size, note, sizeof note - 1, "/nonexistent", &stamp, &good, why, NULL);
    return good ? 1 : 0;
}
