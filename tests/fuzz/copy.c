/*
 * A COPY stream in arbitrary messages: every field lies within its message, and a stream ends well only if the trailer
 * was the last thing in it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "db/copy_stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One byte says how many columns; then messages, each after two bytes that say its length. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct copy_stream stream = {0, NULL, NULL, false, false};
    struct ap_field fields[AP_COPY_MAX_COLUMNS];
    struct ap_error err;
    enum ap_status status = AP_OK;
    const uint8_t *last = NULL;

    if (size == 0)
        return 0;
    stream.columns = data[0] % (AP_COPY_MAX_COLUMNS + 1);
    data++, size--;
    while (status == AP_OK && size >= 2) {
        size_t len = (size_t)data[0] << 8 | data[1];
        bool more = true;
        uint8_t *message;

        data += 2, size -= 2;
        len = len < size ? len : size;
        message = malloc(len + (len == 0));
        if (message == NULL)
            return 0;
        memcpy(message, data, len);
        stream.at = message;
        stream.end = message + len;
        while ((status = copy_stream_next(&stream, fields, &more, &err)) == AP_OK && more)
            for (size_t i = 0; i < stream.columns; i++)
                if (fields[i].data != NULL &&
                    (fields[i].data < message || fields[i].len > len || fields[i].data + fields[i].len > stream.at))
                    abort();
        if (len > 0)
            last = data + len;
        free(message);
        data += len, size -= len;
    }
    if (status == AP_OK && copy_stream_end(&stream, &err) == AP_OK &&
        (last == NULL || last[-1] != 0xFF || last[-2] != 0xFF))
        abort();
    return 0;
}
