/* SHA-256 against the examples of FIPS 180-4, whole and in spans. */
#include "auditproof/digest.h"

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

static void check_hash(const struct ap_span *spans, size_t count, const char *expected)
{
    uint8_t hash[AP_HASH_LEN];
    char text[AP_HASH_TEXT_SIZE] = "";

    ck_assert_int_eq(ap_digest_spans(digest, hash, spans, count, NULL), AP_OK);
    ap_hex_encode(text, hash, sizeof hash);
    ck_assert_str_eq(text, expected);
}

static const char two_blocks[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
static const char two_blocks_hash[] = "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1";

START_TEST(examples)
{
    struct ap_span empty = {"", 0}, abc = {"abc", 3}, two = {two_blocks, sizeof two_blocks - 1};

    check_hash(&empty, 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    check_hash(NULL, 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    check_hash(&abc, 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    check_hash(&two, 1, two_blocks_hash);
}
END_TEST

START_TEST(a_million)
{
    enum { PIECE = 1000, PIECES = 1000 };
    char *piece = malloc(PIECE);
    struct ap_span *spans = malloc(PIECES * sizeof *spans);

    ck_assert_ptr_nonnull(piece);
    ck_assert_ptr_nonnull(spans);
    memset(piece, 'a', PIECE);
    for (size_t i = 0; i < PIECES; i++)
        spans[i] = (struct ap_span){piece, PIECE};
    check_hash(spans, PIECES, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    free(spans);
    free(piece);
}
END_TEST

/* Wherever the text is cut, the hash is the same. */
START_TEST(every_cut)
{
    const size_t len = sizeof two_blocks - 1;

    for (size_t a = 0; a <= len; a++) {
        for (size_t b = a; b <= len; b++) {
            struct ap_span spans[] = {{two_blocks, a}, {two_blocks + a, b - a}, {two_blocks + b, len - b}};

            check_hash(spans, 3, two_blocks_hash);
        }
    }
}
END_TEST

START_TEST(random_bytes)
{
    uint8_t a[32] = {0}, b[32] = {0}, zero[32] = {0};

    ck_assert_int_eq(ap_random(a, sizeof a, NULL), AP_OK);
    ck_assert_int_eq(ap_random(b, sizeof b, NULL), AP_OK);
    ck_assert_mem_ne(a, zero, sizeof a);
    ck_assert_mem_ne(a, b, sizeof a);
    ck_assert_int_eq(ap_random(a, 0, NULL), AP_OK);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("digest");
    TCase *tests = tcase_create("digest");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, examples);
    tcase_add_test(tests, a_million);
    tcase_add_test(tests, every_cut);
    tcase_add_test(tests, random_bytes);
    suite_add_tcase(suite, tests);
    return vectors_main(suite);
}
