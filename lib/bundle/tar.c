#include "tar.h"

#include <string.h>

/* Offsets and widths of the fields that are not zero. */
enum {
    NAME_LEN = 100,
    MODE = 100,
    UID = 108,
    GID = 116,
    SIZE = 124,
    MTIME = 136,
    CHECKSUM = 148,
    CHECKSUM_LEN = 8,
    TYPE = 156,
    MAGIC = 257,
    VERSION = 263,
    DEVICE_MAJOR = 329,
    DEVICE_MINOR = 337,
};

static void octal(uint8_t *out, unsigned digits, uint64_t value)
{
    while (digits-- > 0) {
        out[digits] = (uint8_t)('0' + (value & 7));
        value >>= 3;
    }
}

void tar_header(uint8_t out[TAR_BLOCK], const char *path, unsigned mode, uint64_t size, uint64_t mtime_s)
{
    unsigned sum = 0;

    memset(out, 0, TAR_BLOCK);
    memcpy(out, path, strnlen(path, NAME_LEN));
    octal(out + MODE, 7, mode);
    octal(out + UID, 7, 0);
    octal(out + GID, 7, 0);
    octal(out + SIZE, 11, size);
    octal(out + MTIME, 11, mtime_s);
    out[TYPE] = '0';
    memcpy(out + MAGIC, "ustar", 5);
    memcpy(out + VERSION, "00", 2);
    octal(out + DEVICE_MAJOR, 7, 0);
    octal(out + DEVICE_MINOR, 7, 0);
    /* The sum is over the header with blanks in the sum's own place. */
    memset(out + CHECKSUM, ' ', CHECKSUM_LEN);
    for (size_t i = 0; i < TAR_BLOCK; i++)
        sum += out[i];
    octal(out + CHECKSUM, 6, sum);
    out[CHECKSUM + 6] = '\0';
}
