/* POSIX ustar (POSIX.1-1988), as far as audit-bundle(5) uses it. */
#ifndef AP_BUNDLE_TAR_H
#define AP_BUNDLE_TAR_H

#include <stddef.h>
#include <stdint.h>

enum { TAR_BLOCK = 512 };

/* Bytes from a member's end to the next header. */
static inline size_t tar_padding(uint64_t size)
{
    return (size_t)(-size % TAR_BLOCK);
}

/*
 * The header of a regular file, byte for byte as GNU tar --format=ustar --owner=0 --group=0 --numeric-owner has it.
 * path is at most 100 bytes; size and mtime_s fit 11 octal digits.
 */
void tar_header(uint8_t out[TAR_BLOCK], const char *path, unsigned mode, uint64_t size, uint64_t mtime_s);

#endif
