/* Signed notes: the specification's own examples, round trips, and what must be refused. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auditproof/base64.h"
#include "auditproof/note.h"

static struct ap_digest *digest;
static struct ap_signing_key *signer;
static struct ap_error err;

static void setup(void)
{
    ck_assert_int_eq(ap_digest_new(&digest, NULL), AP_OK);
    ck_assert_int_eq(ap_signing_key_new(&signer, NULL), AP_OK);
}

static void teardown(void)
{
    ap_signing_key_free(signer);
    ap_digest_free(digest);
}

static size_t load(const char *name, char *out, size_t size)
{
    char path[256];
    FILE *file;
    size_t len;

    ck_assert_int_lt(snprintf(path, sizeof path, "tests/vectors/notes/%s", name), 256);
    file = fopen(path, "r");
    ck_assert_msg(file != NULL, "%s", path);
    len = fread(out, 1, size - 1, file);
    out[len] = '\0';
    ck_assert_int_eq(fclose(file), 0);
    return len;
}

START_TEST(base64_is_canonical)
{
    static const struct {
        const char *bytes, *text;
    } cases[] = {{"", ""},
                 {"f", "Zg=="},
                 {"fo", "Zm8="},
                 {"foo", "Zm9v"},
                 {"foob", "Zm9vYg=="},
                 {"fooba", "Zm9vYmE="},
                 {"foobar", "Zm9vYmFy"}}; /* RFC 4648 §10 */
    static const char *const wrong[] = {
        "Z", "Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "Zg==Zg==", "Zm9v ", "Zm9-", "Zm9_", "=m9v", "Zm\n9v"};
    uint8_t bytes[64];
    char text[64];
    size_t i, len;

    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        len = strlen(cases[i].bytes);
        ap_base64_encode(text, (const uint8_t *)cases[i].bytes, len);
        ck_assert_mem_eq(text, cases[i].text, AP_BASE64_LEN(len));
        ck_assert(ap_base64_decode(bytes, &len, cases[i].text, strlen(cases[i].text)));
        ck_assert_uint_eq(len, strlen(cases[i].bytes));
        ck_assert_mem_eq(bytes, cases[i].bytes, len);
    }
    for (i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ck_assert_msg(!ap_base64_decode(bytes, &len, wrong[i], strlen(wrong[i])), "%s", wrong[i]);
}
END_TEST

START_TEST(the_example_note_verifies_and_no_other_does)
{
    char text[4096], key_text[256], formatted[AP_VKEY_TEXT_SIZE];
    struct ap_note note;
    struct ap_vkey key, other;
    enum ap_signed is;
    size_t len = load("example.note", text, sizeof text), i;

    (void)load("example.vkey", key_text, sizeof key_text);
    key_text[strcspn(key_text, "\n")] = '\0';
    ck_assert_int_eq(ap_vkey_parse(&key, digest, key_text, strlen(key_text), &err), AP_OK);
    ap_vkey_format(&key, formatted);
    ck_assert_str_eq(formatted, key_text);
    ck_assert_int_eq(ap_note_parse(&note, text, len, &err), AP_OK);
    ck_assert_uint_eq(note.count, 1);
    ck_assert_int_eq(ap_note_check(&note, &key, &is, NULL, &err), AP_OK);
    ck_assert_int_eq(is, AP_SIGNED_WELL);

    /* Another byte of text, another key, another name. */
    for (i = 0; i + 1 < note.text_len; i++) {
        text[i] ^= 1;
        if (ap_note_parse(&note, text, len, &err) == AP_OK) {
            ck_assert_int_eq(ap_note_check(&note, &key, &is, NULL, &err), AP_OK);
            ck_assert_int_eq(is, AP_SIGNED_BADLY);
        }
        text[i] ^= 1;
    }
    ck_assert_int_eq(ap_note_parse(&note, text, len, &err), AP_OK);
    ck_assert_int_eq(ap_vkey_make(&other, digest, "example.com/other", AP_KEY_NOTE, key.key, &err), AP_OK);
    ck_assert_int_eq(ap_note_check(&note, &other, &is, NULL, &err), AP_OK);
    ck_assert_int_eq(is, AP_SIGNED_NOT);
}
END_TEST

START_TEST(checkpoints_of_the_specification_are_read)
{
    char text[4096];
    struct ap_checkpoint checkpoint;
    struct ap_buf again = AP_BUF_INIT;
    struct ap_note note;
    size_t len = load("cosigned-checkpoint-example.txt", text, sizeof text);

    ck_assert_int_eq(ap_note_parse(&note, text, len, &err), AP_OK);
    ck_assert_uint_eq(note.count, 2);
    ck_assert_uint_eq(note.signatures[0].len, 64);
    ck_assert_uint_eq(note.signatures[1].len, 72);
    ck_assert_int_eq(ap_checkpoint_parse(&checkpoint, note.text, note.text_len, &err), AP_OK);
    ck_assert_uint_eq(checkpoint.size, 20852163);
    ck_assert_uint_eq(checkpoint.extensions_len, 0);
    ap_checkpoint_format(&again, "example.com/behind-the-sofa", checkpoint.size, &checkpoint.root);
    ck_assert_uint_eq(again.len, note.text_len);
    ck_assert_mem_eq(again.data, note.text, again.len);
    ap_buf_free(&again);
}
END_TEST

START_TEST(signatures_and_cosignatures_go_round)
{
    static const char text[] = "audit.example/seals\n12\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";
    struct ap_buf bytes = AP_BUF_INIT;
    struct ap_vkey log, witness;
    uint8_t key[AP_PUBLIC_KEY_LEN];
    struct ap_note note;
    enum ap_signed is;
    uint64_t time_s = 0;

    ap_signing_key_public(signer, key);
    ck_assert_int_eq(ap_vkey_make(&log, digest, "audit.example/seals", AP_KEY_NOTE, key, &err), AP_OK);
    ck_assert_int_eq(ap_vkey_make(&witness, digest, "witness.example/w1", AP_KEY_COSIGNATURE, key, &err), AP_OK);
    ap_buf_adds(&bytes, text);
    ap_buf_addc(&bytes, '\n');
    ck_assert_int_eq(ap_note_sign(&bytes, text, strlen(text), &log, signer, 0, &err), AP_OK);
    ck_assert_int_eq(ap_note_sign(&bytes, text, strlen(text), &witness, signer, 1795362374, &err), AP_OK);
    ck_assert_int_eq(ap_note_parse(&note, bytes.data, bytes.len, &err), AP_OK);
    ck_assert_uint_eq(note.count, 2);
    ck_assert_uint_eq(note.text_len, strlen(text));
    ck_assert_int_eq(ap_note_check(&note, &log, &is, NULL, &err), AP_OK);
    ck_assert_int_eq(is, AP_SIGNED_WELL);
    ck_assert_int_eq(ap_note_check(&note, &witness, &is, &time_s, &err), AP_OK);
    ck_assert_int_eq(is, AP_SIGNED_WELL);
    ck_assert_uint_eq(time_s, 1795362374);

    /* The time is signed too: its last byte is the twelfth of the line's bytes. */
    note.signatures[1].bytes[7] ^= 1;
    ck_assert_int_eq(ap_note_check(&note, &witness, &is, &time_s, &err), AP_OK);
    ck_assert_int_eq(is, AP_SIGNED_BADLY);
    ap_buf_free(&bytes);
}
END_TEST

START_TEST(what_is_no_note_is_refused)
{
    static const char *const wrong[] = {
        "",
        "text",
        "text\n",
        "text\n\n",
        "text\n\nnot a signature\n",
        "text\n\n\xe2\x80\x94 name\n",
        "text\n\n\xe2\x80\x94 name AAAA\n",
        "text\n\n\xe2\x80\x94 na+me AAAAAAAA\n",
        "text\n\n\xe2\x80\x94  AAAAAAAA\n",
        "text\n\n\xe2\x80\x94 name AAAAAAAA",
        "text\n\n- name AAAAAAAA\n",
        "te\txt\n\n\xe2\x80\x94 name AAAAAAAA\n",
        "te\xffxt\n\n\xe2\x80\x94 name AAAAAAAA\n",
        "text\n\n\xe2\x80\x94 name AAAA AAAA\n",
    };
    struct ap_buf many = AP_BUF_INIT;
    struct ap_note note;
    size_t i;

    for (i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ck_assert_msg(ap_note_parse(&note, wrong[i], strlen(wrong[i]), &err) == AP_EINPUT, "%s", wrong[i]);
    ck_assert_int_eq(ap_note_parse(&note, "text\n\n\xe2\x80\x94 name AAAAAAAA\n", 24, &err), AP_OK);
    ap_buf_adds(&many, "text\n\n");
    for (i = 0; i < AP_NOTE_SIGNATURES_MAX + 1; i++)
        ap_buf_adds(&many, "\xe2\x80\x94 name AAAAAAAA\n");
    ck_assert_int_eq(ap_note_parse(&note, many.data, many.len, &err), AP_ELIMIT);
    ap_buf_free(&many);
}
END_TEST

START_TEST(what_is_no_key_is_refused)
{
    static const char *const wrong[] = {
        "",
        "example.com/foo",
        "example.com/foo+530d903a",
        "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", /* the id */
        "example.com/fop+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", /* the name */
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2l", /* the key */
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2",
        "example.com/foo+530d903a+CekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", /* the type */
        "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "exam ple+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    };
    uint8_t key[AP_PUBLIC_KEY_LEN] = {0};
    struct ap_vkey out;
    size_t i;

    for (i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ck_assert_msg(ap_vkey_parse(&out, digest, wrong[i], strlen(wrong[i]), &err) == AP_EINPUT, "%s", wrong[i]);
    ck_assert_int_eq(ap_vkey_make(&out, digest,
                                  "a\xc2\xa0"
                                  "b",
                                  AP_KEY_NOTE, key, &err),
                     AP_EINPUT);
    ck_assert_int_eq(ap_vkey_make(&out, digest, "a+b", AP_KEY_NOTE, key, &err), AP_EINPUT);
}
END_TEST

static int give(void *context, const char *what, char *out, size_t size)
{
    const char *passphrase = context;

    (void)what;
    if (passphrase == NULL || strlen(passphrase) > size)
        return -1;
    memcpy(out, passphrase, strlen(passphrase));
    return (int)strlen(passphrase);
}

START_TEST(keys_are_kept_and_opened)
{
    char directory[] = "/tmp/auditproof-test-XXXXXX", path[64], sealed[64];
    char phrase[] = "correct horse", wrong[] = "wrong horse";
    uint8_t before[AP_PUBLIC_KEY_LEN], after[AP_PUBLIC_KEY_LEN];
    struct ap_signing_key *again;
    struct stat st;

    ck_assert_ptr_nonnull(mkdtemp(directory));
    ck_assert_int_lt(snprintf(path, sizeof path, "%s/plain.pem", directory), 64);
    ck_assert_int_lt(snprintf(sealed, sizeof sealed, "%s/sealed.pem", directory), 64);
    ap_signing_key_public(signer, before);
    ck_assert_int_eq(ap_signing_key_write(signer, path, NULL, 0, &err), AP_OK);
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_int_eq(st.st_mode & 0777, 0600);
    ck_assert_int_eq(ap_signing_key_write(signer, path, NULL, 0, &err), AP_ESTATE);
    ck_assert_int_eq(ap_signing_key_open(&again, path, NULL, NULL, &err), AP_OK);
    ap_signing_key_public(again, after);
    ck_assert_mem_eq(before, after, sizeof before);
    ap_signing_key_free(again);

    ck_assert_int_eq(ap_signing_key_write(signer, sealed, phrase, strlen(phrase), &err), AP_OK);
    ck_assert_int_eq(ap_signing_key_open(&again, sealed, give, phrase, &err), AP_OK);
    ap_signing_key_public(again, after);
    ck_assert_mem_eq(before, after, sizeof before);
    ap_signing_key_free(again);
    ck_assert_int_eq(ap_signing_key_open(&again, sealed, give, wrong, &err), AP_EINPUT);
    ck_assert_ptr_null(again);
    ck_assert_int_eq(ap_signing_key_open(&again, sealed, NULL, NULL, &err), AP_EINPUT);
    ck_assert_msg(strstr(err.message, "no passphrase") != NULL, "%s", err.message);
    ck_assert_int_eq(ap_signing_key_open(&again, "/nowhere/key.pem", NULL, NULL, &err), AP_EIO);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(unlink(sealed), 0);
    ck_assert_int_eq(rmdir(directory), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("note");
    TCase *tcase = tcase_create("note");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, base64_is_canonical);
    tcase_add_test(tcase, the_example_note_verifies_and_no_other_does);
    tcase_add_test(tcase, checkpoints_of_the_specification_are_read);
    tcase_add_test(tcase, signatures_and_cosignatures_go_round);
    tcase_add_test(tcase, what_is_no_note_is_refused);
    tcase_add_test(tcase, what_is_no_key_is_refused);
    tcase_add_test(tcase, keys_are_kept_and_opened);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
