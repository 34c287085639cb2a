/* The state between incremental runs: written and read again, what is refused, and whose turn it is to be read. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/digest.h"
#include "vectors.h"
#include "verify/state.h"

static void add_chain(struct state *state, uint8_t name, uint64_t head, unsigned cycle, uint64_t run)
{
    size_t segments = segments_of(head, cycle);
    struct ap_uuid id = ap_uuid_nil;
    struct point point;

    id.bytes[0] = name;
    memset(&point, 0, sizeof point);
    point.read = (struct read_mark){run, (int64_t)run * 1000};
    ck_assert_int_eq(state_add_chain(state, &id, NULL), AP_OK);
    for (size_t i = 1; i <= segments; i++) {
        point.seq = segment_end(head, segments, i);
        memset(point.hash, (int)i, sizeof point.hash);
        ck_assert_int_eq(chain_add_point(&state->chains[state->count - 1], &point, NULL), AP_OK);
    }
}

static struct state example(void)
{
    struct state state;

    memset(&state, 0, sizeof state);
    state.installed_us = 1795362374123456;
    state.copy = 70368744193654;
    state.run = 7;
    state.rows_since_us = 1795362374123457;
    state.share_count = 3;
    for (size_t i = 0; i < 3; i++)
        state.shares[i] = (struct read_mark){i, 5};
    add_chain(&state, 1, 10, 3, 1);
    add_chain(&state, 9, 123456, 3, 7);
    return state;
}

static enum ap_status parse(const char *text, size_t len)
{
    struct state state;
    struct ap_buf again = AP_BUF_INIT;
    enum ap_status status = state_parse(&state, text, len, NULL);

    if (status == AP_OK) {
        ck_assert_int_eq(state_encode(&again, &state, NULL), AP_OK);
        ck_assert_uint_eq(again.len, len);
        ck_assert_mem_eq(again.data, text, len);
    }
    ap_buf_free(&again);
    state_free(&state);
    return status;
}

START_TEST(there_and_back)
{
    struct state state = example();
    struct ap_buf text = AP_BUF_INIT;

    ck_assert_int_eq(state_encode(&text, &state, NULL), AP_OK);
    ck_assert_int_eq(parse(text.data, text.len), AP_OK);
    for (size_t len = 0; len < text.len; len++)
        ck_assert_int_eq(parse(text.data, len), AP_EINPUT);
    for (size_t at = 0; at < text.len; at++) {
        text.data[at] ^= 1;
        ck_assert_int_eq(parse(text.data, text.len), AP_EINPUT);
        text.data[at] ^= 1;
    }
    ap_buf_free(&text);
    state_free(&state);
}
END_TEST

/* With a digest that is right, so that the content is what it is refused for. */
static enum ap_status parse_signed(const char *body)
{
    struct ap_buf text = AP_BUF_INIT;
    const struct ap_span span = {body, strlen(body)};
    char hex[AP_HASH_TEXT_SIZE] = "";
    uint8_t hash[AP_HASH_LEN];
    struct ap_digest *digest = NULL;
    enum ap_status status;

    ck_assert_int_eq(ap_digest_new(&digest, NULL), AP_OK);
    ck_assert_int_eq(ap_digest_spans(digest, hash, &span, 1, NULL), AP_OK);
    ap_hex_encode(hex, hash, AP_HASH_LEN);
    ap_buf_addf(&text, "%ssha256 %s\n", body, hex);
    status = parse(text.data, text.len);
    ap_buf_free(&text);
    ap_digest_free(digest);
    return status;
}

#define TITLE "auditproof/verify-state@v1\n"
#define HASH "0101010101010101010101010101010101010101010101010101010101010101"
#define CHAIN "chain 01000000-0000-0000-0000-000000000000\n"
#define HEAD TITLE "installed 1\ncopy 5\nrun 7\nrows-since 1\ntrees 1 1\n"

START_TEST(refused)
{
    static const char *const bad[] = {
        "",
        TITLE,
        HEAD,                                                                     /* no share */
        TITLE "installed 1\ncopy 5\nrun 0\nrows-since 1\ntrees 0 1\nshare 0 1\n", /* never run */
        TITLE "installed 1\ncopy 5\nrun 07\nrows-since 1\ntrees 0 1\nshare 1 1\n",
        TITLE "installed -1\ncopy 5\nrun 7\nrows-since 1\ntrees 0 1\nshare 1 1\n",
        TITLE "installed 9223372036854775808\ncopy 5\nrun 7\nrows-since 1\ntrees 0 1\nshare 1 1\n",
        TITLE "run 7\ninstalled 1\ncopy 5\nrows-since 1\ntrees 0 1\nshare 1 1\n",
        HEAD "share 8 1\n", /* a run to come */
        HEAD "share 1\n",
        HEAD "share 1 1\n" CHAIN, /* no point */
        HEAD "share 1 1\n" CHAIN "point 0 " HASH " 1 1\n",
        HEAD "share 1 1\n" CHAIN "point 2 " HASH " 1 1\npoint 2 " HASH " 1 1\n",
        HEAD "share 1 1\n" CHAIN "point 2 " HASH "1 1 1\n",
        HEAD "share 1 1\n" CHAIN "point 9223372036854775808 " HASH " 1 1\n",
        HEAD "share 1 1\n" CHAIN "point 1 " HASH " 1 1\n" CHAIN "point 1 " HASH " 1 1\n",
        HEAD "share 1 1\nchain 0A000000-0000-0000-0000-000000000000\npoint 1 " HASH " 1 1\n",
        HEAD "share 1 1\n" CHAIN "point 1 " HASH " 1 1\nmore\n",
        HEAD "share 1 1\r\n",
    };

    ck_assert_int_eq(parse_signed(HEAD "share 1 1\n" CHAIN "point 1 " HASH " 0 1\n"), AP_OK);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(parse_signed(bad[i]) == AP_EINPUT, "case %zu was read", i);
}
END_TEST

START_TEST(shares_of_ids)
{
    for (size_t shares = 1; shares <= AP_INCREMENTAL_MAX_CYCLE; shares += shares < 40 ? 1 : 97) {
        for (size_t i = 0; i < shares; i++) {
            struct ap_uuid first = share_first(i, shares), before = first;

            ck_assert_uint_eq(share_of(&first, shares), i);
            if (i == 0) {
                ck_assert_mem_eq(first.bytes, ap_uuid_nil.bytes, AP_UUID_LEN);
                continue;
            }
            ap_put_u32(before.bytes, ap_get_u32(first.bytes) - 1);
            memset(before.bytes + 4, 0xff, sizeof before.bytes - 4);
            ck_assert_uint_eq(share_of(&before, shares), i - 1);
        }
    }
}
END_TEST

static uint64_t segment_size(const struct known_chain *chain, size_t p)
{
    return chain->points[p].seq - (p > 0 ? chain->points[p - 1].seq : 0);
}

/* What the run reads becomes as young as the run; each chain grows; nothing is ever older than the cycle. */
static void one_run(struct state *state, unsigned cycle, uint64_t grown)
{
    static bool due[AP_INCREMENTAL_MAX_CYCLE];
    uint64_t run = ++state->run, all = 0, read = 0, largest = 0, age = 0;

    memset(due, 0, sizeof due);
    ck_assert_int_eq(state_choose(state, cycle, run, NULL), AP_OK);
    state_choose_shares(state, cycle, run, due);
    ck_assert_uint_eq(state->share_count, cycle);
    for (size_t i = 0; i < cycle; i++) {
        if (due[i])
            state->shares[i].run = run;
        age = run - state->shares[i].run > age ? run - state->shares[i].run : age;
    }
    for (size_t i = 0; i < state->count; i++) {
        struct known_chain *chain = &state->chains[i];
        struct point last = chain->points[chain->count - 1];

        for (size_t p = 0; p < chain->count; p++) {
            all += segment_size(chain, p);
            if (segment_size(chain, p) > largest)
                largest = segment_size(chain, p);
            if (chain->points[p].due) {
                read += segment_size(chain, p);
                chain->points[p].read.run = run;
            }
            chain->points[p].due = false;
            age = run - chain->points[p].read.run > age ? run - chain->points[p].read.run : age;
        }
        last.seq += grown;
        last.read.run = run;
        last.due = false;
        if (chain_add_point(chain, &last, NULL) != AP_OK)
            ck_abort_msg("no memory");
        chain_merge_small(chain, cycle);
        if (chain->points[chain->count - 1].seq != last.seq || chain->count > 2 * (size_t)cycle + 2)
            ck_abort_msg("chain %zu ends at another entry, or has %zu points", i, chain->count);
    }
    ck_assert_uint_lt(age, cycle);
    ck_assert_uint_ge(read * cycle, all);
    /* A share, a segment, and what was joined to what is older; not all of it at once. */
    if (cycle > 4)
        ck_assert_uint_le(read, all / cycle * 2 + 2 * largest + 2000);
}

START_TEST(everything_has_its_turn)
{
    static const unsigned cycles[] = {1, 2, 3, 7, 30};

    for (size_t c = 0; c < sizeof cycles / sizeof *cycles; c++) {
        struct state state;

        memset(&state, 0, sizeof state);
        state.run = 1;
        state.share_count = cycles[c];
        for (size_t i = 0; i < cycles[c]; i++)
            state.shares[i].run = 1;
        add_chain(&state, 1, 300000, cycles[c], 1);
        add_chain(&state, 2, 999, cycles[c], 1);
        for (uint8_t i = 3; i < 60; i++)
            add_chain(&state, i, i * 7, cycles[c], 1);
        for (unsigned i = 0; i < 4 * cycles[c] + 4; i++)
            one_run(&state, cycles[c], i % 5 * 300 + 1);
        state_free(&state);
    }
}
END_TEST

START_TEST(another_cycle)
{
    static bool due[AP_INCREMENTAL_MAX_CYCLE];
    struct state state;

    memset(&state, 0, sizeof state);
    state.share_count = 4;
    for (size_t i = 0; i < 4; i++)
        state.shares[i].run = i + 1;
    /* Three of four: 0 and 1, 1 and 2, 2 and 3; then each of two of these. */
    state_choose_shares(&state, 3, 5, due);
    ck_assert_uint_eq(state.shares[0].run, 1);
    ck_assert_uint_eq(state.shares[1].run, 2);
    ck_assert_uint_eq(state.shares[2].run, 3);
    memset(due, 0, sizeof due);
    state_choose_shares(&state, 6, 5, due);
    ck_assert_uint_eq(state.share_count, 6);
    ck_assert_uint_eq(state.shares[1].run, 1);
    ck_assert_uint_eq(state.shares[5].run, 3);
    ck_assert(due[0] && !due[5]);
    /* What had a finding is due beside it. */
    state.shares[4].run = 0;
    memset(due, 0, sizeof due);
    state_choose_shares(&state, 6, 5, due);
    ck_assert(due[0] && due[4] && !due[1]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("state");
    TCase *tests = tcase_create("state");

    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, there_and_back);
    tcase_add_test(tests, refused);
    tcase_add_test(tests, shares_of_ids);
    tcase_add_test(tests, everything_has_its_turn);
    tcase_add_test(tests, another_cycle);
    suite_add_tcase(suite, tests);
    return vectors_main(suite);
}
