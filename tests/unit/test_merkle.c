/* RFC 9162 §2.1 against its own recursive definitions, against the public vectors, and against what was tampered with.
 */
#include <check.h>
#include <dirent.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/merkle.h"

enum { LEAVES = 70000, SMALL = 300 };

static struct ap_digest *digest;
static struct ap_hash leaves[LEAVES];

/* A store of tiles by level and index, as a database would keep them. */
static struct ap_tile *store[AP_TILE_LEVELS][LEAVES / AP_TILE_WIDTH + 1];
static unsigned writes;

static enum ap_status write_tile(void *context, const struct ap_tile *tile, struct ap_error *err)
{
    struct ap_tile **at = &store[tile->level][tile->index];

    (void)context;
    (void)err;
    writes++;
    if (*at == NULL)
        *at = calloc(1, sizeof **at);
    ck_assert_ptr_nonnull(*at);
    ck_assert_uint_ge(tile->width, (*at)->width);
    ck_assert_mem_eq((*at)->hashes, tile->hashes, (*at)->width * sizeof(struct ap_hash));
    **at = *tile;
    return AP_OK;
}

static enum ap_status read_tile(void *context, struct ap_tile *tile, unsigned need, struct ap_error *err)
{
    const struct ap_tile *kept = store[tile->level][tile->index];

    (void)context;
    if (kept == NULL || kept->width < need)
        return ap_fail(err, AP_ESTATE, "no such tile");
    memcpy(tile->hashes, kept->hashes, kept->width * sizeof(struct ap_hash));
    tile->width = kept->width;
    return AP_OK;
}

/* MTH(D[from:to]), word for word. */
static struct ap_hash mth(size_t from, size_t to)
{
    struct ap_hash left, right, out;
    size_t k = 1;

    if (from == to) {
        ck_assert_int_eq(ap_merkle_empty(digest, &out, NULL), AP_OK);
        return out;
    }
    if (to - from == 1)
        return leaves[from];
    while (k * 2 < to - from)
        k *= 2;
    left = mth(from, from + k);
    right = mth(from + k, to);
    ck_assert_int_eq(ap_merkle_node(digest, &left, &right, &out, NULL), AP_OK);
    return out;
}

/* PATH(m, D[from:to]), word for word. */
static size_t path(size_t m, size_t from, size_t to, struct ap_hash *out)
{
    size_t k = 1, n;

    if (to - from == 1)
        return 0;
    while (k * 2 < to - from)
        k *= 2;
    if (m < k) {
        n = path(m, from, from + k, out);
        out[n] = mth(from + k, to);
    } else {
        n = path(m - k, from + k, to, out);
        out[n] = mth(from, from + k);
    }
    return n + 1;
}

/* SUBPROOF(m, D[from:to], whole), word for word. */
static size_t subproof(size_t m, size_t from, size_t to, bool whole, struct ap_hash *out)
{
    size_t k = 1, n;

    if (m == to - from) {
        if (whole)
            return 0;
        out[0] = mth(from, to);
        return 1;
    }
    while (k * 2 < to - from)
        k *= 2;
    if (m <= k) {
        n = subproof(m, from, from + k, whole, out);
        out[n] = mth(from + k, to);
    } else {
        n = subproof(m - k, from + k, to, false, out);
        out[n] = mth(from, from + k);
    }
    return n + 1;
}

static void setup(void)
{
    size_t i;

    ck_assert_int_eq(ap_digest_new(&digest, NULL), AP_OK);
    for (i = 0; i < LEAVES; i++)
        ck_assert_int_eq(ap_merkle_leaf(digest, &i, sizeof i, &leaves[i], NULL), AP_OK);
    memset(store, 0, sizeof store);
    writes = 0;
}

static void teardown(void)
{
    size_t level, i;

    for (level = 0; level < AP_TILE_LEVELS; level++)
        for (i = 0; i < LEAVES / AP_TILE_WIDTH + 1; i++)
            free(store[level][i]);
    ap_digest_free(digest);
}

/* Grow to `size` in steps, opening the tree anew for each as a new process would. */
static void grow(size_t from, size_t size, size_t step)
{
    static struct ap_tree tree;
    size_t at = from, end;

    while (at < size) {
        end = at + step < size ? at + step : size;
        ck_assert_int_eq(ap_tree_open(&tree, at, read_tile, NULL, NULL), AP_OK);
        for (; at < end; at++)
            ck_assert_int_eq(ap_tree_append(&tree, digest, &leaves[at], write_tile, NULL, NULL), AP_OK);
        ck_assert_int_eq(ap_tree_flush(&tree, write_tile, NULL, NULL), AP_OK);
    }
}

START_TEST(small_trees_are_the_definitions)
{
    static struct ap_tree tree;
    static struct ap_tile_source source;
    struct ap_hash proof[AP_PROOF_MAX], want[AP_PROOF_MAX], root, wanted;
    size_t size, m, count, n, i;
    bool holds;

    source.read = read_tile;
    for (size = 0; size <= SMALL; size += size < 40 ? 1 : 13) {
        grow(size == 0 ? 0 : size < 41 ? size - 1 : size - 13, size, 7);
        ck_assert_int_eq(ap_tree_open(&tree, size, read_tile, NULL, NULL), AP_OK);
        ck_assert_int_eq(ap_tree_root(&tree, digest, &root, NULL), AP_OK);
        wanted = mth(0, size);
        ck_assert(ap_hash_equal(&root, &wanted));
        for (m = 0; m < size; m++) {
            struct ap_hash old;

            ck_assert_int_eq(ap_tiles_prove_inclusion(&source, digest, m, size, proof, &count, NULL), AP_OK);
            n = path(m, 0, size, want);
            ck_assert_uint_eq(count, n);
            for (i = 0; i < n; i++)
                ck_assert(ap_hash_equal(&proof[i], &want[i]));
            ck_assert_int_eq(ap_merkle_check_inclusion(digest, &leaves[m], m, size, proof, count, &root, &holds, NULL),
                             AP_OK);
            ck_assert(holds);
            if (m == 0)
                continue;
            ck_assert_int_eq(ap_tiles_prove_consistency(&source, digest, m, size, proof, &count, NULL), AP_OK);
            n = subproof(m, 0, size, true, want);
            ck_assert_uint_eq(count, n);
            for (i = 0; i < n; i++)
                ck_assert(ap_hash_equal(&proof[i], &want[i]));
            old = mth(0, m);
            ck_assert_int_eq(ap_merkle_check_consistency(digest, m, size, &old, &root, proof, count, &holds, NULL),
                             AP_OK);
            ck_assert(holds);
        }
    }
}
END_TEST

START_TEST(large_trees_prove_old_and_new_sizes)
{
    static const size_t sizes[] = {255, 256, 257, 511, 65535, 65536, 65537, 65793, 69999};
    static struct ap_tile_source source;
    struct ap_hash proof[AP_PROOF_MAX], root, old, wanted;
    size_t i, k, count, before = 0;
    bool holds;

    source.read = read_tile;
    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        grow(before, sizes[i], 30000);
        before = sizes[i];
    }
    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        ck_assert_int_eq(ap_tiles_root(&source, digest, sizes[i], &root, NULL), AP_OK);
        wanted = mth(0, sizes[i]);
        ck_assert(ap_hash_equal(&root, &wanted));
        for (k = 0; k < 200; k++) {
            size_t m = (k * 7919 + i) % sizes[i];

            source.reads = 0;
            memset(source.last, 0, sizeof source.last);
            ck_assert_int_eq(ap_tiles_prove_inclusion(&source, digest, m, sizes[i], proof, &count, NULL), AP_OK);
            ck_assert_uint_le(source.reads, 2 * 3);
            ck_assert_int_eq(
                ap_merkle_check_inclusion(digest, &leaves[m], m, sizes[i], proof, count, &root, &holds, NULL), AP_OK);
            ck_assert(holds);
        }
        for (k = 0; k < i; k++) {
            ck_assert_int_eq(ap_tiles_root(&source, digest, sizes[k], &old, NULL), AP_OK);
            ck_assert_int_eq(ap_tiles_prove_consistency(&source, digest, sizes[k], sizes[i], proof, &count, NULL),
                             AP_OK);
            ck_assert_int_eq(
                ap_merkle_check_consistency(digest, sizes[k], sizes[i], &old, &root, proof, count, &holds, NULL),
                AP_OK);
            ck_assert(holds);
        }
    }
}
END_TEST

START_TEST(what_was_changed_does_not_hold)
{
    static struct ap_tile_source source;
    struct ap_hash proof[AP_PROOF_MAX], root, old;
    size_t m, size = 77, count, i, bit;
    bool holds;

    source.read = read_tile;
    grow(0, size, size);
    root = mth(0, size);
    for (m = 1; m < size; m += 5) {
        ck_assert_int_eq(ap_tiles_prove_inclusion(&source, digest, m, size, proof, &count, NULL), AP_OK);
        for (i = 0; i < count; i++) {
            bit = (m * 13 + i) % 256;
            proof[i].bytes[bit / 8] ^= (uint8_t)(1U << (bit % 8));
            ck_assert_int_eq(ap_merkle_check_inclusion(digest, &leaves[m], m, size, proof, count, &root, &holds, NULL),
                             AP_OK);
            ck_assert(!holds);
            proof[i].bytes[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        }
        for (i = 0; i < size; i++)
            if (i != m) {
                ck_assert_int_eq(
                    ap_merkle_check_inclusion(digest, &leaves[m], i, size, proof, count, &root, &holds, NULL), AP_OK);
                ck_assert(!holds);
            }
        ck_assert_int_eq(ap_merkle_check_inclusion(digest, &leaves[m], m, size, proof, count - 1, &root, &holds, NULL),
                         AP_OK);
        ck_assert(!holds);
        old = mth(0, m);
        ck_assert_int_eq(ap_tiles_prove_consistency(&source, digest, m, size, proof, &count, NULL), AP_OK);
        for (i = 0; i < count; i++) {
            proof[i].bytes[i] ^= 1;
            ck_assert_int_eq(ap_merkle_check_consistency(digest, m, size, &old, &root, proof, count, &holds, NULL),
                             AP_OK);
            ck_assert(!holds);
            proof[i].bytes[i] ^= 1;
        }
    }
}
END_TEST

START_TEST(growing_writes_what_is_new)
{
    grow(0, 69000, 69000);
    writes = 0;
    grow(69000, 69100, 100);
    /* The tile of leaves (one becomes full, one begins), one of level 1, one of level 2. */
    ck_assert_uint_le(writes, 4);
}
END_TEST

START_TEST(tiles_have_the_paths_of_the_specification)
{
    char text[AP_TILE_PATH_SIZE];

    ap_tile_path(text, 0, 1234067, 256);
    ck_assert_str_eq(text, "tile/0/x001/x234/067");
    ap_tile_path(text, 1, 0, 17);
    ck_assert_str_eq(text, "tile/1/000.p/17");
    ck_assert_uint_eq(ap_tile_width(256, 0, 0), 256);
    ck_assert_uint_eq(ap_tile_width(256, 0, 1), 0);
    ck_assert_uint_eq(ap_tile_width(257, 0, 1), 1);
    ck_assert_uint_eq(ap_tile_width(70000, 1, 1), 70000 / 256 - 256);
}
END_TEST

/* Base64 of any length; a vector's "hash" of a few letters is kept apart from real ones by its length in the last byte.
 */
static bool hash_of(const json_t *value, struct ap_hash *out)
{
    const char *text = json_string_value(value);
    unsigned char bytes[256];
    size_t len = text == NULL ? 0 : strlen(text), pad = 0;
    int got;

    if (len == 0 || len > 300)
        return false;
    got = EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)len);
    while (pad < 2 && text[len - 1 - pad] == '=')
        pad++;
    got -= (int)pad;
    if (got < 0 || got > AP_HASH_LEN)
        return false;
    memset(out->bytes, got, sizeof out->bytes);
    memcpy(out->bytes, bytes, (size_t)got);
    return true;
}

/* Some go up to 2^64 - 1, past jansson's integers. */
static uint64_t number_of(const json_t *vector, const char *name)
{
    double number = json_real_value(json_object_get(vector, name));

    return number >= 18446744073709551615.0 ? UINT64_MAX : (uint64_t)number;
}

/* Whether the vector's claim holds as our code sees it. */
static bool vector_holds(const json_t *vector, bool inclusion)
{
    const json_t *list = json_object_get(vector, "proof");
    struct ap_hash proof[AP_PROOF_MAX], root, other;
    size_t i, count = json_array_size(list);
    bool holds = false;

    if (count > AP_PROOF_MAX)
        return false;
    for (i = 0; i < count; i++)
        if (!hash_of(json_array_get(list, i), &proof[i]))
            return false;
    if (!hash_of(json_object_get(vector, inclusion ? "leafHash" : "root1"), &other) ||
        !hash_of(json_object_get(vector, inclusion ? "root" : "root2"), &root))
        return false;
    if (inclusion)
        ck_assert_int_eq(ap_merkle_check_inclusion(digest, &other, number_of(vector, "leafIdx"),
                                                   number_of(vector, "treeSize"), proof, count, &root, &holds, NULL),
                         AP_OK);
    else if (number_of(vector, "size1") == 0 && number_of(vector, "size2") > 0)
        /* The vectors' authors refuse to talk about the empty tree; a witness has to (C2SP tlog-witness,
         * add-checkpoint). */
        return false;
    else
        ck_assert_int_eq(ap_merkle_check_consistency(digest, number_of(vector, "size1"), number_of(vector, "size2"),
                                                     &other, &root, proof, count, &holds, NULL),
                         AP_OK);
    return holds;
}

static unsigned run_vectors(const char *directory, bool inclusion)
{
    struct dirent **names;
    int i, n = scandir(directory, &names, NULL, alphasort);
    unsigned ran = 0;

    ck_assert_int_ge(n, 0);
    for (i = 0; i < n; i++) {
        char path_name[1024];
        json_t *vector;

        ck_assert_int_lt(snprintf(path_name, sizeof path_name, "%s/%s", directory, names[i]->d_name), 1024);
        if (names[i]->d_name[0] != '.' && strstr(names[i]->d_name, ".json") == NULL) {
            ran += run_vectors(path_name, inclusion);
        } else if (names[i]->d_name[0] != '.') {
            vector = json_load_file(path_name, JSON_DECODE_INT_AS_REAL, NULL);
            ck_assert_msg(vector != NULL, "%s", path_name);
            ck_assert_msg(vector_holds(vector, inclusion) != json_is_true(json_object_get(vector, "wantErr")), "%s",
                          path_name);
            json_decref(vector);
            ran++;
        }
        free(names[i]);
    }
    free(names);
    return ran;
}

START_TEST(public_vectors_pass_and_fail_as_they_say)
{
    ck_assert_uint_eq(run_vectors("tests/vectors/merkle/inclusion", true), 98);
    ck_assert_uint_eq(run_vectors("tests/vectors/merkle/consistency", false), 98);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("merkle");
    TCase *tcase = tcase_create("merkle");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, small_trees_are_the_definitions);
    tcase_add_test(tcase, large_trees_prove_old_and_new_sizes);
    tcase_add_test(tcase, what_was_changed_does_not_hold);
    tcase_add_test(tcase, growing_writes_what_is_new);
    tcase_add_test(tcase, tiles_have_the_paths_of_the_specification);
    tcase_add_test(tcase, public_vectors_pass_and_fail_as_they_say);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
