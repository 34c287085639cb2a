/* Entry proofs: made, written, read, checked, and no byte of them may change. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/proof.h"

enum { ENTRIES = 300, SEALS = 40, TILES = 4 };

static struct ap_digest *digest;
static struct ap_error err;

/* A tree's tiles, few enough for an array. */
struct shelf {
    struct ap_tile tiles[AP_TILE_LEVELS][TILES];
};

static enum ap_status put(void *context, const struct ap_tile *tile, struct ap_error *e)
{
    struct shelf *shelf = context;

    (void)e;
    shelf->tiles[tile->level][tile->index] = *tile;
    return AP_OK;
}

static enum ap_status get(void *context, struct ap_tile *tile, unsigned need, struct ap_error *e)
{
    const struct shelf *shelf = context;

    (void)need;
    (void)e;
    *tile = shelf->tiles[tile->level][tile->index];
    return AP_OK;
}

static struct shelf chain_tiles, log_tiles;
static uint8_t records[ENTRIES][AP_RECORD_LEN], seals[SEALS][AP_SEAL_LEN];
static struct ap_buf note;
static const char entry_text[] = "[\"auditproof/1\", \"…\"]";

static void grow(struct shelf *shelf, const uint8_t *leaves, size_t count, size_t len, struct ap_hash *root)
{
    static struct ap_tree tree;
    struct ap_hash leaf;
    size_t i;

    memset(shelf, 0, sizeof *shelf);
    ck_assert_int_eq(ap_tree_open(&tree, 0, get, shelf, &err), AP_OK);
    for (i = 0; i < count; i++) {
        ck_assert_int_eq(ap_merkle_leaf(digest, leaves + i * len, len, &leaf, &err), AP_OK);
        ck_assert_int_eq(ap_tree_append(&tree, digest, &leaf, put, shelf, &err), AP_OK);
    }
    ck_assert_int_eq(ap_tree_flush(&tree, put, shelf, &err), AP_OK);
    ck_assert_int_eq(ap_tree_root(&tree, digest, root, &err), AP_OK);
}

static void setup(void)
{
    struct ap_span text = {entry_text, sizeof entry_text - 1};
    struct ap_record record;
    struct ap_seal seal;
    struct ap_hash root;
    struct ap_signing_key *key;
    struct ap_vkey vkey;
    uint8_t public_key[AP_PUBLIC_KEY_LEN];
    size_t i;

    ck_assert_int_eq(ap_digest_new(&digest, &err), AP_OK);
    memset(&record, 0, sizeof record);
    memset(record.chain.bytes, 7, AP_UUID_LEN);
    for (i = 0; i < ENTRIES; i++) {
        record.seq = i + 1;
        record.recorded_at_us = (int64_t)i;
        if (i == 200)
            ck_assert_int_eq(ap_digest_spans(digest, record.content_hash, &text, 1, &err), AP_OK);
        ap_record_encode(records[i], &record, ap_hash_zero);
    }
    memset(&seal, 0, sizeof seal);
    seal.chain = record.chain;
    seal.size = ENTRIES;
    grow(&chain_tiles, records[0], ENTRIES, AP_RECORD_LEN, &seal.root);
    for (i = 0; i < SEALS; i++) {
        seal.sealed_at_us = (int64_t)i;
        ap_seal_encode(seals[i], &seal);
    }
    grow(&log_tiles, seals[0], SEALS, AP_SEAL_LEN, &root);
    ap_buf_clear(&note);
    ap_checkpoint_format(&note, "log.example", SEALS, &root);
    i = note.len;
    ap_buf_addc(&note, '\n');
    ck_assert_int_eq(ap_signing_key_new(&key, &err), AP_OK);
    ap_signing_key_public(key, public_key);
    ck_assert_int_eq(ap_vkey_make(&vkey, digest, "log.example", AP_KEY_NOTE, public_key, &err), AP_OK);
    ck_assert_int_eq(ap_note_sign(&note, note.data, i, &vkey, key, 0, &err), AP_OK);
    ap_signing_key_free(key);
}

static void teardown(void)
{
    ap_buf_free(&note);
    ap_digest_free(digest);
}

/* The proof of entry 201, sealed by seal 33. */
static void make(struct ap_buf *out)
{
    static struct ap_tile_source source;
    static struct ap_entry_proof proof;

    memset(&proof, 0, sizeof proof);
    memset(&source, 0, sizeof source);
    source.read = get;
    source.context = &chain_tiles;
    ap_buf_adds(&proof.entry_text, entry_text);
    memcpy(proof.record, records[200], AP_RECORD_LEN);
    proof.inclusion.index = 200;
    ck_assert_int_eq(
        ap_tiles_prove_inclusion(&source, digest, 200, ENTRIES, proof.inclusion.hashes, &proof.inclusion.count, &err),
        AP_OK);
    memset(&source, 0, sizeof source);
    source.read = get;
    source.context = &log_tiles;
    memcpy(proof.seal.extra, seals[33], AP_SEAL_LEN);
    proof.seal.extra_len = AP_SEAL_LEN;
    proof.seal.inclusion.index = 33;
    ck_assert_int_eq(ap_tiles_prove_inclusion(&source, digest, 33, SEALS, proof.seal.inclusion.hashes,
                                              &proof.seal.inclusion.count, &err),
                     AP_OK);
    proof.seal.note = note.data;
    proof.seal.note_len = note.len;
    ck_assert_int_eq(ap_entry_proof_format(out, &proof, &err), AP_OK);
    ap_entry_proof_clear(&proof);
}

/* AP_PROOF_HOLDS, the step that does not, or -1 for what cannot be read. */
static int judge(const struct ap_buf *bytes)
{
    static struct ap_entry_proof proof;
    static struct ap_note parsed;
    struct ap_checkpoint checkpoint;
    struct ap_seal seal;
    enum ap_proof_step step;
    int out = -1;

    if (ap_entry_proof_parse(&proof, bytes->data, bytes->len, &err) == AP_OK &&
        ap_entry_proof_check(&proof, digest, &step, &seal, &parsed, &checkpoint, &err) == AP_OK)
        out = (int)step;
    ap_entry_proof_clear(&proof);
    return out;
}

START_TEST(a_proof_goes_round_and_holds)
{
    static struct ap_entry_proof proof;
    struct ap_buf bytes = AP_BUF_INIT, again = AP_BUF_INIT;

    make(&bytes);
    ck_assert_int_eq(judge(&bytes), AP_PROOF_HOLDS);
    ck_assert_int_eq(ap_entry_proof_parse(&proof, bytes.data, bytes.len, &err), AP_OK);
    ck_assert_int_eq(ap_entry_proof_format(&again, &proof, &err), AP_OK);
    ck_assert_uint_eq(again.len, bytes.len);
    ck_assert_mem_eq(again.data, bytes.data, bytes.len);
    ap_entry_proof_clear(&proof);
    ap_buf_free(&bytes);
    ap_buf_free(&again);
}
END_TEST

START_TEST(no_byte_may_change)
{
    struct ap_buf bytes = AP_BUF_INIT;
    size_t i, signatures;

    make(&bytes);
    /* From here on signatures stand, which are the caller's to check. */
    signatures = bytes.len - note.len + (size_t)(strstr(note.data, "\n\n") - note.data);
    for (i = 0; i < signatures; i++) {
        size_t line;

        for (line = i; line > 0 && bytes.data[line - 1] != '\n'; line--)
            ;
        /* The origin is what the caller compares with the key's name. */
        if (strncmp(bytes.data + line, "log.example", 11) == 0)
            continue;
        bytes.data[i] ^= 1;
        ck_assert_msg(judge(&bytes) != AP_PROOF_HOLDS, "byte %zu", i);
        bytes.data[i] ^= 1;
    }
    for (i = 0; i < signatures; i++) {
        struct ap_buf cut = {bytes.data, i, bytes.cap, false};

        ck_assert_int_eq(judge(&cut), -1);
    }
    ap_buf_free(&bytes);
}
END_TEST

/* Replace the first line that begins with `word` by `line`, or remove it. */
static void swap_line(const struct ap_buf *in, struct ap_buf *out, const char *word, const char *line)
{
    const char *at = strstr(in->data, word), *end = strchr(at, '\n');

    ap_buf_clear(out);
    ap_buf_add(out, in->data, (size_t)(at - in->data));
    ap_buf_adds(out, line);
    ap_buf_adds(out, *line == '\0' ? end + 1 : end);
}

START_TEST(each_step_is_named)
{
    struct ap_buf bytes = AP_BUF_INIT, other = AP_BUF_INIT;

    make(&bytes);
    swap_line(&bytes, &other, "entry ", "entry WzFd");
    ck_assert_int_eq(judge(&other), AP_PROOF_ENTRY_TEXT);
    swap_line(&bytes, &other, "entry ", "");
    ck_assert_int_eq(judge(&other), AP_PROOF_HOLDS); /* the record alone */
    swap_line(&bytes, &other, "index 200", "index 201");
    ck_assert_int_eq(judge(&other), AP_PROOF_RECORD);
    swap_line(&bytes, &other, "index 33", "index 34");
    ck_assert_int_eq(judge(&other), AP_PROOF_LOG);
    swap_line(&bytes, &other, "extra ", "extra QVAxUw==");
    ck_assert_int_eq(judge(&other), AP_PROOF_SEAL);
    swap_line(&bytes, &other, "extra ", "");
    ck_assert_int_eq(judge(&other), AP_PROOF_SEAL);
    swap_line(&bytes, &other, "auditproof/entry-proof@v1", "auditproof/entry-proof@v2");
    ck_assert_int_eq(judge(&other), -1);
    ck_assert_msg(strstr(err.message, "line 1") != NULL, "%s", err.message);
    ap_buf_free(&bytes);
    ap_buf_free(&other);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("proof");
    TCase *tcase = tcase_create("proof");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, a_proof_goes_round_and_holds);
    tcase_add_test(tcase, no_byte_may_change);
    tcase_add_test(tcase, each_step_is_named);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
