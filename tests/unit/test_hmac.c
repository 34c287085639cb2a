/* HMAC-SHA-256 against the test cases of RFC 4231. */
#include "auditproof/hmac.h"

#include "vectors.h"

static void check(const void *key, size_t key_len, const void *message, size_t len, const char *expected)
{
    uint8_t mac[AP_HASH_LEN];
    char text[AP_HASH_TEXT_SIZE] = "";
    struct ap_hmac *hmac;

    ck_assert_int_eq(ap_hmac_new(&hmac, key, key_len, NULL), AP_OK);
    for (int i = 0; i < 2; i++) { /* the key is kept from one message to the next */
        ck_assert_int_eq(ap_hmac(hmac, message, len, mac, NULL), AP_OK);
        ap_hex_encode(text, mac, sizeof mac);
        ck_assert_str_eq(text, expected);
    }
    ap_hmac_free(hmac);
}

START_TEST(examples)
{
    static const char what[] = "what do ya want for nothing?",
                      larger[] = "Test Using Larger Than Block-Size Key - Hash Key First";
    uint8_t key[131];

    memset(key, 0x0b, 20);
    check(key, 20, "Hi There", 8, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    check("Jefe", 4, what, sizeof what - 1, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, 0xaa, sizeof key);
    check(key, sizeof key, larger, sizeof larger - 1,
          "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}
END_TEST

/* The keyed hash of nothing with an empty key, as FIPS 198-1 defines it for any length of key. */
START_TEST(empty_key)
{
    check(NULL, 0, "", 0, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}
END_TEST

int main(void)
{
    Suite *all = suite_create("hmac");
    TCase *cases = tcase_create("hmac");

    tcase_add_test(cases, examples);
    tcase_add_test(cases, empty_key);
    suite_add_tcase(all, cases);
    return vectors_main(all);
}
