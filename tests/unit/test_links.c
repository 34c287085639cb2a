/* Links in any order and any division between readers: a valid chain gives no finding, and each mutation its own. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/clock.h"
#include "verify/links.h"
#include "vectors.h"

enum { LENGTH = 24, CHAINS = 2, ENTRIES = LENGTH * CHAINS, READERS = 4, ROUNDS = 400, FINDINGS_MAX = 64 };

static uint64_t state;

static size_t draw(size_t below)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (size_t)(state >> 33) % below;
}

struct found {
    struct {
        enum ap_finding_kind kind;
        enum ap_severity severity;
        uint64_t chain, seq;
    } item[FINDINGS_MAX];
    size_t count;
};

static enum ap_status note(void *context, const struct ap_finding *finding, struct ap_error *err)
{
    struct found *found = context;

    (void)err;
    ck_assert_uint_lt(found->count, FINDINGS_MAX);
    found->item[found->count].kind = finding->kind;
    found->item[found->count].severity = finding->severity;
    found->item[found->count].chain = finding->chain.bytes[0];
    found->item[found->count++].seq = finding->seq;
    return AP_OK;
}

/* Two chains, with the ids 01.. and 02..; entry n of chain c is at (c - 1) * LENGTH + n - 1. */
static void make_chains(struct chained *entries)
{
    static struct ap_digest *digest;

    if (digest == NULL)
        ck_assert_int_eq(ap_digest_new(&digest, NULL), AP_OK);
    memset(entries, 0, ENTRIES * sizeof *entries);
    for (size_t i = 0; i < ENTRIES; i++) {
        struct chained *entry = &entries[i];

        entry->record.chain.bytes[0] = (uint8_t)(1 + i / LENGTH);
        entry->record.seq = 1 + i % LENGTH;
        entry->record.recorded_at_us = (int64_t)(1000 + i) * AP_US_PER_SECOND;
        entry->log_id.bytes[15] = (uint8_t)i;
        memset(entry->record.content_hash, (int)i, AP_HASH_LEN);
        ck_assert_int_eq(ap_record_hash(digest, entry->entry_hash, &entry->record,
                                        i % LENGTH == 0 ? ap_hash_zero : entries[i - 1].entry_hash, NULL),
                         AP_OK);
    }
}

static enum ap_status add(struct links *links, const struct chained *entry)
{
    struct link_chain *chain;

    ck_assert_int_eq(links_chain(links, &entry->record.chain, &chain, NULL), AP_OK);
    return links_add(links, chain, entry, NULL);
}

static int in_order(const void *a, const void *b)
{
    const struct chained *left = a, *right = b;
    int order = ap_uuid_compare(&left->record.chain, &right->record.chain);

    if (order == 0)
        order = (left->record.seq > right->record.seq) - (left->record.seq < right->record.seq);
    return order != 0 ? order : ap_uuid_compare(&left->log_id, &right->log_id);
}

static void read_in_order(struct chained *entries, size_t count, struct found *found)
{
    struct links links;

    found->count = 0;
    qsort(entries, count, sizeof *entries, in_order);
    ck_assert_int_eq(links_init(&links, note, found, NULL), AP_OK);
    links.in_order = true;
    for (size_t i = 0; i < count; i++)
        ck_assert_int_eq(add(&links, &entries[i]), AP_OK);
    ck_assert_int_eq(links_finish(&links, 0, NULL), AP_OK);
    links_free(&links);
}

/* As a verification does: several readers, merged; in order where that turns out to be needed. */
static void read_anyhow(struct chained *entries, size_t count, struct found *found)
{
    struct links links[READERS];
    enum ap_status status = AP_OK;

    found->count = 0;
    for (size_t i = 0; i < READERS; i++)
        ck_assert_int_eq(links_init(&links[i], note, found, NULL), AP_OK);
    for (size_t i = count; i > 1; i--) {
        size_t j = draw(i);
        struct chained swap = entries[i - 1];

        entries[i - 1] = entries[j];
        entries[j] = swap;
    }
    for (size_t i = 0; i < count && status == AP_OK; i++)
        status = add(&links[draw(READERS)], &entries[i]);
    for (size_t i = 1; i < READERS && status == AP_OK; i++)
        status = links_merge(&links[0], &links[i], NULL);
    if (status == AP_OK)
        status = links_finish(&links[0], 0, NULL);
    for (size_t i = 0; i < READERS; i++)
        links_free(&links[i]);
    if (status == AP_ELIMIT)
        read_in_order(entries, count, found);
    else
        ck_assert_int_eq(status, AP_OK);
}

enum mutation {
    NOTHING,
    ENTRY_HASH,
    CONTENT_HASH,
    LATER,
    EARLIER,
    REMOVED,
    NUMBER_ZERO,
    NUMBER_HUGE,
    TWICE,
    EXCHANGED,
    FIRST_HASH,
    LAST_HASH,
    BOTH_HASHES,
    MUTATIONS,
};

struct expected {
    size_t count;
    struct {
        enum ap_finding_kind kind;
        uint64_t seq;
    } item[4];
};

static const struct expected expected[MUTATIONS] = {
    [NOTHING] = {0, {{0, 0}}},
    [ENTRY_HASH] = {1, {{AP_FINDING_LINK, 10}}},
    [CONTENT_HASH] = {1, {{AP_FINDING_LINK, 10}}},
    [LATER] = {1, {{AP_FINDING_LINK, 10}}},
    [EARLIER] = {1, {{AP_FINDING_LINK, 10}}},
    [REMOVED] = {1, {{AP_FINDING_GAP, 10}}},
    [NUMBER_ZERO] = {2, {{AP_FINDING_GAP, 10}, {AP_FINDING_LINK, 0}}},
    [NUMBER_HUGE] = {2, {{AP_FINDING_GAP, 10}, {AP_FINDING_LINK, UINT64_MAX}}},
    [TWICE] = {1, {{AP_FINDING_FORK, 10}}},
    [EXCHANGED] = {3, {{AP_FINDING_LINK, 10}, {AP_FINDING_LINK, 11}, {AP_FINDING_LINK, 12}}},
    [FIRST_HASH] = {1, {{AP_FINDING_LINK, 1}}},
    [LAST_HASH] = {1, {{AP_FINDING_LINK, LENGTH}}},
    /* Of two wrong hashes in a row, nothing tells what the second was: its successor is named too. */
    [BOTH_HASHES] = {3, {{AP_FINDING_LINK, 10}, {AP_FINDING_LINK, 11}, {AP_FINDING_LINK, 12}}},
};

/* Mutate entry 10 of the second chain; the number of entries afterwards. */
static size_t mutate(struct chained *entries, enum mutation mutation)
{
    struct chained *it = &entries[LENGTH + 9];

    switch (mutation) {
    case ENTRY_HASH:
        it->entry_hash[31] ^= 1;
        break;
    case CONTENT_HASH:
        it->record.content_hash[0] ^= 1;
        break;
    case LATER:
        it->record.recorded_at_us += AP_US_PER_DAY;
        break;
    case EARLIER:
        it->record.recorded_at_us -= AP_US_PER_DAY;
        break;
    case REMOVED:
        *it = entries[ENTRIES - 1];
        it = NULL;
        break;
    case NUMBER_ZERO:
        it->record.seq = 0;
        break;
    case NUMBER_HUGE:
        it->record.seq = UINT64_MAX;
        break;
    case TWICE:
        entries[ENTRIES] = *it;
        return ENTRIES + 1;
    case EXCHANGED:
        it[0].record.seq = 11;
        it[1].record.seq = 10;
        break;
    case FIRST_HASH:
        entries[LENGTH].entry_hash[0] ^= 1;
        break;
    case LAST_HASH:
        entries[ENTRIES - 1].entry_hash[0] ^= 1;
        break;
    case BOTH_HASHES:
        it[0].entry_hash[0] ^= 1;
        it[1].entry_hash[0] ^= 1;
        break;
    case NOTHING:
    case MUTATIONS:
        break;
    }
    return it == NULL ? ENTRIES - 1 : ENTRIES;
}

static void check_found(const struct found *found, const struct expected *want)
{
    ck_assert_uint_eq(found->count, want->count);
    for (size_t w = 0; w < want->count; w++) {
        bool there = false;

        for (size_t f = 0; f < found->count; f++)
            there = there || (found->item[f].kind == want->item[w].kind && found->item[f].seq == want->item[w].seq &&
                              found->item[f].chain == 2 && found->item[f].severity == AP_SEVERITY_FINDING);
        ck_assert_msg(there, "kind %d at %llu was not found", want->item[w].kind,
                      (unsigned long long)want->item[w].seq);
    }
}

START_TEST(each_mutation_in_any_order)
{
    struct chained entries[ENTRIES + 1];
    struct found found;

    state = (uint64_t)_i + 1;
    for (int round = 0; round < ROUNDS; round++) {
        make_chains(entries);
        read_anyhow(entries, mutate(entries, (enum mutation)_i), &found);
        check_found(&found, &expected[_i]);
    }
}
END_TEST

START_TEST(each_mutation_in_order)
{
    struct chained entries[ENTRIES + 1];
    struct found found;

    make_chains(entries);
    read_in_order(entries, mutate(entries, (enum mutation)_i), &found);
    check_found(&found, &expected[_i]);
}
END_TEST

/* A chain whose hashes fit, over a clock that ran back: by a second or more a finding, else a notice. */
START_TEST(clock_backwards)
{
    struct ap_digest *digest;
    struct chained entries[ENTRIES + 1];
    struct found found;

    ck_assert_int_eq(ap_digest_new(&digest, NULL), AP_OK);
    for (int tiny = 0; tiny < 2; tiny++) {
        make_chains(entries);
        for (size_t i = LENGTH + 9; i < ENTRIES; i++) {
            entries[i].record.recorded_at_us -= AP_US_PER_SECOND + (tiny == 1 ? 1 : 2 * AP_US_PER_SECOND);
            ck_assert_int_eq(
                ap_record_hash(digest, entries[i].entry_hash, &entries[i].record, entries[i - 1].entry_hash, NULL),
                AP_OK);
        }
        for (int round = 0; round < ROUNDS; round++) {
            read_anyhow(entries, ENTRIES, &found);
            ck_assert_uint_eq(found.count, 1);
            ck_assert_int_eq(found.item[0].kind, AP_FINDING_CLOCK);
            ck_assert_int_eq(found.item[0].severity, tiny == 1 ? AP_SEVERITY_NOTICE : AP_SEVERITY_FINDING);
            ck_assert_uint_eq(found.item[0].seq, 10);
        }
    }
    ap_digest_free(digest);
}
END_TEST

/* A range: the one before it gives its hash and is not counted; what is absent up to its end is a gap. */
START_TEST(ranges)
{
    struct chained entries[ENTRIES + 1];
    struct found found = {.count = 0};
    struct links links;
    struct link_chain *chain;

    make_chains(entries);
    ck_assert_int_eq(links_init(&links, note, &found, NULL), AP_OK);
    links.from_seq = 5;
    for (size_t i = 3; i < LENGTH; i++)
        ck_assert_int_eq(add(&links, &entries[i]), AP_OK);
    ck_assert_int_eq(links_finish(&links, LENGTH, NULL), AP_OK);
    ck_assert_uint_eq(found.count, 0);
    ck_assert_int_eq(links_chain(&links, &entries[0].record.chain, &chain, NULL), AP_OK);
    ck_assert_uint_eq(chain->entries, LENGTH - 4);
    ck_assert_int_eq(links_finish(&links, LENGTH + 2, NULL), AP_OK);
    ck_assert_uint_eq(found.count, 1);
    ck_assert_int_eq(found.item[0].kind, AP_FINDING_GAP);
    ck_assert_uint_eq(found.item[0].seq, LENGTH + 1);
    links_free(&links);
}
END_TEST

/* Past the bound of segments the caller is told to read in order; memory stays bounded. */
START_TEST(too_scattered)
{
    struct found found = {.count = 0};
    struct links links;
    enum ap_status status = AP_OK;
    struct chained entry;
    uint64_t n = 0;

    memset(&entry, 0, sizeof entry);
    ck_assert_int_eq(links_init(&links, note, &found, NULL), AP_OK);
    while (status == AP_OK) {
        entry.record.seq = 2 * ++n;
        status = add(&links, &entry);
    }
    ck_assert_int_eq(status, AP_ELIMIT);
    ck_assert_uint_eq(n, LINKS_MAX_SEGMENTS + 2);
    links_free(&links);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("links");
    TCase *tcase = tcase_create("links");

    tcase_add_loop_test(tcase, each_mutation_in_any_order, 0, MUTATIONS);
    tcase_add_loop_test(tcase, each_mutation_in_order, 0, MUTATIONS);
    tcase_add_test(tcase, clock_backwards);
    tcase_add_test(tcase, ranges);
    tcase_add_test(tcase, too_scattered);
    tcase_set_timeout(tcase, 60);
    suite_add_tcase(suite, tcase);
    return vectors_main(suite);
}
