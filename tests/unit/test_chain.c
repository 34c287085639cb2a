/* Records and entry hashes against the vectors. */
#include "auditproof/chain.h"

#include "vectors.h"

static struct ap_digest *digest;

static void setup(void)
{
    ck_assert_int_eq(ap_digest_new(&digest, NULL), AP_OK);
}

static void teardown(void)
{
    ap_digest_free(digest);
}

static void read_record(struct ap_record *record, uint8_t prev[AP_HASH_LEN], const json_t *link)
{
    vectors_uuid(&record->chain, link, "chain_id");
    record->seq = (uint64_t)vectors_int(link, "seq");
    record->recorded_at_us = vectors_int(link, "recorded_at_us");
    vectors_hex(record->content_hash, AP_HASH_LEN, link, "content_hash");
    vectors_hex(prev, AP_HASH_LEN, link, "prev");
}

static void check_link(const json_t *link)
{
    struct ap_record record;
    uint8_t prev[AP_HASH_LEN], expected[AP_HASH_LEN], got[AP_HASH_LEN];
    uint8_t expected_record[AP_RECORD_LEN], got_record[AP_RECORD_LEN];

    read_record(&record, prev, link);
    vectors_hex(expected_record, AP_RECORD_LEN, link, "record");
    ap_record_encode(got_record, &record, prev);
    ck_assert_mem_eq(got_record, expected_record, AP_RECORD_LEN);
    vectors_hex(expected, AP_HASH_LEN, link, "entry_hash");
    ck_assert_int_eq(ap_record_hash(digest, got, &record, prev, NULL), AP_OK);
    ck_assert_mem_eq(got, expected, AP_HASH_LEN);
}

START_TEST(lone_links)
{
    json_t *links = vectors_load("links.json");
    size_t i;
    json_t *link;

    json_array_foreach(links, i, link) check_link(link);
    json_decref(links);
}
END_TEST

/* Each link as given, and the whole chain again from the computed hashes alone. */
START_TEST(whole_chains)
{
    json_t *chains = vectors_load("chains.json");
    size_t i, j;
    json_t *chain, *link;

    json_array_foreach(chains, i, chain)
    {
        uint8_t head[AP_HASH_LEN], prev[AP_HASH_LEN], expected[AP_HASH_LEN];
        const json_t *links = json_object_get(chain, "links");
        struct ap_record record;

        ck_assert_uint_gt(json_array_size(links), 0);
        memcpy(head, ap_hash_zero, sizeof head);
        json_array_foreach(links, j, link)
        {
            check_link(link);
            read_record(&record, prev, link);
            ck_assert_uint_eq(record.seq, j + 1);
            ck_assert_mem_eq(prev, head, AP_HASH_LEN);
            ck_assert_int_eq(ap_record_hash(digest, head, &record, head, NULL), AP_OK);
        }
        vectors_hex(expected, AP_HASH_LEN, json_array_get(links, json_array_size(links) - 1), "entry_hash");
        ck_assert_mem_eq(head, expected, AP_HASH_LEN);
    }
    json_decref(chains);
}
END_TEST

START_TEST(negatives)
{
    json_t *links = vectors_load("link_negatives.json");
    size_t i;
    json_t *link;

    json_array_foreach(links, i, link)
    {
        struct ap_record record;
        uint8_t prev[AP_HASH_LEN], claimed[AP_HASH_LEN], got[AP_HASH_LEN];

        read_record(&record, prev, link);
        vectors_hex(claimed, AP_HASH_LEN, link, "entry_hash");
        ck_assert_int_eq(ap_record_hash(digest, got, &record, prev, NULL), AP_OK);
        ck_assert_msg(memcmp(got, claimed, AP_HASH_LEN) != 0, "%s was accepted", vectors_text(link, "name"));
    }
    json_decref(links);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("chain");
    TCase *tests = tcase_create("vectors");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, lone_links);
    tcase_add_test(tests, whole_chains);
    tcase_add_test(tests, negatives);
    suite_add_tcase(suite, tests);
    return vectors_main(suite);
}
