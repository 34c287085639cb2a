/*
 * A seeded hash for tables keyed by what events hold. The seed is drawn afresh each run, so that nobody can choose
 * values that all fall into one place; nothing that is written or compared between runs may depend on it.
 */
#ifndef AUDITPROOF_RULES_HASH_H
#define AUDITPROOF_RULES_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t hash_mix(uint64_t a, uint64_t b)
{
    uint64_t h = (a ^ UINT64_C(0x9e3779b97f4a7c15)) * (b | 1);

    h ^= h >> 32;
    h *= UINT64_C(0xd6e8feb86659fd93);
    return h ^ (h >> 29);
}

static inline uint64_t hash_bytes(uint64_t seed, const void *data, size_t len)
{
    const unsigned char *at = data;
    uint64_t h = seed ^ (len * UINT64_C(0xa0761d6478bd642f)), word;

    for (; len >= 8; len -= 8, at += 8) {
        memcpy(&word, at, 8);
        h = hash_mix(h ^ word, seed ^ UINT64_C(0xe7037ed1a0b428db));
    }
    word = 0;
    if (len > 0)
        memcpy(&word, at, len);
    return hash_mix(h ^ word, seed ^ UINT64_C(0x8ebc6af09c88c6e3));
}

#endif
