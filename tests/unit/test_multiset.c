/* SipHash against its reference vectors, and the multiset: order free, and its differences by name. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "vectors.h"
#include "verify/multiset.h"

/* A generator of our own, so that a failure can be repeated. */
static uint64_t state;

static uint64_t next_random(void)
{
    state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = state;

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static struct multiset_item make_item(uint64_t n)
{
    struct multiset_item item;

    memset(&item, 0, sizeof item);
    ap_put_u64(item.chain.bytes, n % 7);
    ap_put_u64(item.log_id.bytes + 8, n);
    ap_put_u64(item.content_hash, n * 3);
    return item;
}

/* Key 00 01 .. 0f; messages of no byte, 00, 00 01, .. (reference code, vectors.h, vectors_sip128). */
START_TEST(siphash_reference)
{
    static const struct {
        size_t len;
        uint8_t out[16];
    } want[] = {
        {0, {0xa3, 0x81, 0x7f, 0x04, 0xba, 0x25, 0xa8, 0xe6, 0x6d, 0xf6, 0x72, 0x14, 0xc7, 0x55, 0x02, 0x93}},
        {1, {0xda, 0x87, 0xc1, 0xd8, 0x6b, 0x99, 0xaf, 0x44, 0x34, 0x76, 0x59, 0x11, 0x9b, 0x22, 0xfc, 0x45}},
        {2, {0x81, 0x77, 0x22, 0x8d, 0xa4, 0xa4, 0x5d, 0xc7, 0xfc, 0xa3, 0x8b, 0xde, 0xf6, 0x0a, 0xff, 0xe4}},
        {3, {0x9c, 0x70, 0xb6, 0x0c, 0x52, 0x67, 0xa9, 0x4e, 0x5f, 0x33, 0xb6, 0xb0, 0x29, 0x85, 0xed, 0x51}},
    };
    struct multiset_key key = {{UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)}};
    const uint8_t message[4] = {0, 1, 2, 3};

    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
        uint64_t out[2];
        uint8_t bytes[16];

        multiset_siphash(out, &key, message, want[i].len);
        for (size_t b = 0; b < sizeof bytes; b++)
            bytes[b] = (uint8_t)(out[b / 8] >> (8 * (b % 8)));
        ck_assert_mem_eq(bytes, want[i].out, sizeof bytes);
    }
}
END_TEST

struct peeled {
    uint64_t seen[8192];
    int sign[8192];
    size_t count;
};

static enum ap_status take(void *context, const struct multiset_item *item, int sign, struct ap_error *err)
{
    struct peeled *peeled = context;

    (void)err;
    ck_assert_uint_lt(peeled->count, 8192);
    peeled->seen[peeled->count] = ap_get_u64(item->log_id.bytes + 8);
    peeled->sign[peeled->count++] = sign;
    return AP_OK;
}

static void make_sets(struct multiset *sets, size_t count)
{
    struct multiset_key key;

    ck_assert_int_eq(multiset_key_draw(&key, NULL), AP_OK);
    for (size_t i = 0; i < count; i++)
        ck_assert_int_eq(multiset_init(&sets[i], &key, NULL), AP_OK);
}

/* Both sides in different orders, spread over sets that are merged afterwards. */
START_TEST(same_whatever_the_order)
{
    enum { ITEMS = 5000, SETS = 4 };
    struct multiset sets[SETS];

    state = 1;
    make_sets(sets, SETS);
    for (uint64_t n = 0; n < ITEMS; n++) {
        struct multiset_item in = make_item(n), out = make_item(ITEMS - 1 - n);

        multiset_add(&sets[next_random() % SETS], &in, 1);
        multiset_add(&sets[next_random() % SETS], &out, -1);
    }
    for (size_t i = 1; i < SETS; i++)
        multiset_merge(&sets[0], &sets[i]);
    ck_assert(multiset_is_empty(&sets[0]));
    for (size_t i = 0; i < SETS; i++)
        multiset_free(&sets[i]);
}
END_TEST

/* Differences of random sizes, each named with its sign; the test's number is the size's exponent. */
START_TEST(differences_are_named)
{
    uint64_t differ = UINT64_C(1) << _i;
    struct multiset set;
    struct peeled *peeled = calloc(1, sizeof *peeled);
    bool complete;

    ck_assert_ptr_nonnull(peeled);
    make_sets(&set, 1);
    for (uint64_t n = 0; n < 10000; n++) {
        struct multiset_item item = make_item(n);

        if (n >= differ || n % 2 == 0)
            multiset_add(&set, &item, 1);
        if (n >= differ || n % 2 == 1)
            multiset_add(&set, &item, -1);
    }
    ck_assert(!multiset_is_empty(&set));
    ck_assert_int_eq(multiset_peel(&set, take, peeled, &complete, NULL), AP_OK);
    ck_assert(complete);
    ck_assert_uint_eq(peeled->count, differ);
    for (size_t i = 0; i < peeled->count; i++) {
        ck_assert_uint_lt(peeled->seen[i], differ);
        ck_assert_int_eq(peeled->sign[i], peeled->seen[i] % 2 == 0 ? 1 : -1);
    }
    multiset_free(&set);
    free(peeled);
}
END_TEST

/* Too many, or one item twice: never called complete, and never empty. */
START_TEST(what_cannot_be_separated)
{
    struct multiset set;
    struct peeled *peeled = calloc(1, sizeof *peeled);
    bool complete = true;

    ck_assert_ptr_nonnull(peeled);
    make_sets(&set, 1);
    for (uint64_t n = 0; n < 40000; n++) {
        struct multiset_item item = make_item(n);

        multiset_add(&set, &item, n % 2 == 0 ? 1 : -1);
    }
    ck_assert(!multiset_is_empty(&set));
    ck_assert_int_eq(multiset_peel(&set, take, peeled, &complete, NULL), AP_OK);
    ck_assert(!complete);
    multiset_free(&set);

    for (int other = 0; other < 2; other++) {
        struct multiset_item item = make_item(1), single = make_item(2);

        make_sets(&set, 1);
        multiset_add(&set, &item, 1);
        multiset_add(&set, &item, 1);
        if (other == 1)
            multiset_add(&set, &single, -1);
        ck_assert(!multiset_is_empty(&set));
        ck_assert_int_eq(multiset_peel(&set, take, peeled, &complete, NULL), AP_OK);
        ck_assert(!complete);
        multiset_free(&set);
    }
    free(peeled);
}
END_TEST

/* An item changed by one bit, anywhere in it, is another item. */
START_TEST(each_bit_counts)
{
    for (size_t bit = 0; bit < 8 * sizeof(struct multiset_item); bit++) {
        struct multiset_item item = make_item(5), other = item;
        struct multiset set;

        ((uint8_t *)&other)[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        make_sets(&set, 1);
        multiset_add(&set, &item, 1);
        multiset_add(&set, &other, -1);
        ck_assert(!multiset_is_empty(&set));
        multiset_free(&set);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("multiset");
    TCase *tcase = tcase_create("multiset");

    tcase_add_test(tcase, siphash_reference);
    tcase_add_test(tcase, same_whatever_the_order);
    tcase_add_loop_test(tcase, differences_are_named, 0, 13);
    tcase_add_test(tcase, what_cannot_be_separated);
    tcase_add_test(tcase, each_bit_counts);
    suite_add_tcase(suite, tcase);
    return vectors_main(suite);
}
