#include "multiset.h"

#include <stdlib.h>
#include <string.h>

#include "auditproof/digest.h"

enum { SUBTABLES = 3, SUBTABLE_CELLS = MULTISET_CELLS / SUBTABLES };

static uint64_t rotate(uint64_t x, unsigned bits)
{
    return (x << bits) | (x >> (64 - bits));
}

struct sip {
    uint64_t v0, v1, v2, v3;
};

static inline void sip_round(struct sip *s)
{
    s->v0 += s->v1;
    s->v1 = rotate(s->v1, 13) ^ s->v0;
    s->v0 = rotate(s->v0, 32);
    s->v2 += s->v3;
    s->v3 = rotate(s->v3, 16) ^ s->v2;
    s->v0 += s->v3;
    s->v3 = rotate(s->v3, 21) ^ s->v0;
    s->v2 += s->v1;
    s->v1 = rotate(s->v1, 17) ^ s->v2;
    s->v2 = rotate(s->v2, 32);
}

static inline void sip_word(struct sip *s, uint64_t word)
{
    s->v3 ^= word;
    sip_round(s);
    sip_round(s);
    s->v0 ^= word;
}

static uint64_t sip_finish(struct sip *s)
{
    for (int i = 0; i < 4; i++)
        sip_round(s);
    return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

/* Written out because compilers know this for the one load that it is. */
static inline uint64_t little_endian(const uint8_t *p)
{
    return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 | (uint64_t)p[4] << 32 |
           (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 | (uint64_t)p[7] << 56;
}

/* Aumasson and Bernstein, "SipHash: a fast short-input PRF", with the 128-bit output of the reference code. */
void multiset_siphash(uint64_t out[2], const struct multiset_key *key, const void *data, size_t len)
{
    struct sip s = {
        key->word[0] ^ UINT64_C(0x736f6d6570736575),
        key->word[1] ^ UINT64_C(0x646f72616e646f6d) ^ 0xee,
        key->word[0] ^ UINT64_C(0x6c7967656e657261),
        key->word[1] ^ UINT64_C(0x7465646279746573),
    };
    const uint8_t *p = data;
    size_t whole = len / 8;
    uint8_t rest[8] = {0};

    for (size_t i = 0; i < whole; i++)
        sip_word(&s, little_endian(p + 8 * i));
    memcpy(rest, p + 8 * whole, len % 8);
    rest[7] = (uint8_t)len;
    sip_word(&s, little_endian(rest));
    s.v2 ^= 0xee;
    out[0] = sip_finish(&s);
    s.v1 ^= 0xdd;
    out[1] = sip_finish(&s);
}

enum ap_status multiset_key_draw(struct multiset_key *key, struct ap_error *err)
{
    return ap_random(key, sizeof *key, err);
}

enum ap_status multiset_init(struct multiset *set, const struct multiset_key *key, struct ap_error *err)
{
    memset(set, 0, sizeof *set);
    set->key = *key;
    set->cells = calloc(MULTISET_CELLS, sizeof *set->cells);
    return set->cells != NULL ? AP_OK : ap_fail_memory(err, "the difference sketch");
}

void multiset_free(struct multiset *set)
{
    free(set->cells);
    set->cells = NULL;
}

static void add_to_sum(struct multiset *set, const uint64_t prf[2], int sign)
{
    uint64_t low;

    if (sign > 0) {
        low = set->sum[1] + prf[1];
        set->sum[0] += prf[0] + (low < prf[1] ? 1 : 0);
    } else {
        low = set->sum[1] - prf[1];
        set->sum[0] -= prf[0] + (low > set->sum[1] ? 1 : 0);
    }
    set->sum[1] = low;
}

/* Where an item goes in each sub-table: three independent slices of its PRF, which leave the check's half alone. */
static size_t cell_index(uint64_t prf, size_t subtable)
{
    return subtable * SUBTABLE_CELLS + ((prf >> (20 * subtable)) & 0xfffff) % SUBTABLE_CELLS;
}

static void change_cells(struct multiset *set, const uint64_t words[MULTISET_ITEM_WORDS], const uint64_t prf[2],
                         int sign)
{
    for (size_t t = 0; t < SUBTABLES; t++) {
        struct multiset_cell *cell = &set->cells[cell_index(prf[0], t)];

        for (size_t w = 0; w < MULTISET_ITEM_WORDS; w++)
            cell->item[w] ^= words[w];
        cell->check ^= prf[1];
        cell->count += sign;
    }
}

static void settle(struct multiset *set)
{
    if (set->waiting.sign != 0)
        change_cells(set, set->waiting.item, set->waiting.prf, set->waiting.sign);
    set->waiting.sign = 0;
}

/*
 * The cells together are larger than most processors' nearer caches, and an item's three lie anywhere in them. So they
 * are fetched while the next item is being read and hashed, and changed when that one comes.
 */
void multiset_add(struct multiset *set, const struct multiset_item *item, int sign)
{
    struct multiset_waiting *waiting = &set->waiting;

    _Static_assert(sizeof waiting->item == sizeof *item, "an item is eight words");
    settle(set);
    memcpy(waiting->item, item, sizeof waiting->item);
    multiset_siphash(waiting->prf, &set->key, item, sizeof *item);
    waiting->sign = sign;
    add_to_sum(set, waiting->prf, sign);
    set->count += sign;
    for (size_t t = 0; t < SUBTABLES; t++) {
        const struct multiset_cell *cell = &set->cells[cell_index(waiting->prf[0], t)];

        __builtin_prefetch(cell, 1);
        __builtin_prefetch(&cell->count, 1);
    }
}

void multiset_merge(struct multiset *set, struct multiset *from)
{
    settle(set);
    settle(from);
    add_to_sum(set, from->sum, 1);
    set->count += from->count;
    for (size_t i = 0; i < MULTISET_CELLS; i++) {
        for (size_t w = 0; w < MULTISET_ITEM_WORDS; w++)
            set->cells[i].item[w] ^= from->cells[i].item[w];
        set->cells[i].check ^= from->cells[i].check;
        set->cells[i].count += from->cells[i].count;
    }
}

bool multiset_is_empty(const struct multiset *set)
{
    return set->sum[0] == 0 && set->sum[1] == 0 && set->count == 0;
}

/* Does the cell hold exactly one item? */
static bool is_pure(const struct multiset *set, const struct multiset_cell *cell, uint64_t prf[2])
{
    if (cell->count != 1 && cell->count != -1)
        return false;
    multiset_siphash(prf, &set->key, cell->item, sizeof cell->item);
    return prf[1] == cell->check;
}

enum ap_status multiset_peel(struct multiset *set, multiset_fn *fn, void *context, bool *complete, struct ap_error *err)
{
    struct multiset_item item;
    uint64_t words[MULTISET_ITEM_WORDS], prf[2];
    bool progress = true;

    *complete = false;
    settle(set);
    while (progress) {
        progress = false;
        for (size_t i = 0; i < MULTISET_CELLS; i++) {
            enum ap_status status;
            int sign;

            if (!is_pure(set, &set->cells[i], prf))
                continue;
            sign = set->cells[i].count > 0 ? 1 : -1;
            memcpy(words, set->cells[i].item, sizeof words);
            change_cells(set, words, prf, -sign);
            add_to_sum(set, prf, -sign);
            set->count -= sign;
            memcpy(&item, words, sizeof item);
            status = fn(context, &item, sign, err);
            if (status != AP_OK)
                return status;
            progress = true;
        }
    }
    *complete = multiset_is_empty(set);
    return AP_OK;
}
