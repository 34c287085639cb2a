/* Trust policies: the specification's example, each rule of its syntax broken, and quorums met and missed. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/policy.h"

enum { KEYS = 7 };

static struct ap_digest *digest;
static struct ap_signing_key *signers[KEYS];
static struct ap_vkey log_key, witness_keys[KEYS];
static char log_text[AP_VKEY_TEXT_SIZE], texts[KEYS][AP_VKEY_TEXT_SIZE];
static struct ap_error err;

static void setup(void)
{
    uint8_t key[AP_PUBLIC_KEY_LEN];
    char name[32];
    size_t i;

    ck_assert_int_eq(ap_digest_new(&digest, NULL), AP_OK);
    for (i = 0; i < KEYS; i++) {
        ck_assert_int_eq(ap_signing_key_new(&signers[i], NULL), AP_OK);
        ap_signing_key_public(signers[i], key);
        if (i == 0) {
            ck_assert_int_eq(ap_vkey_make(&log_key, digest, "log.example", AP_KEY_NOTE, key, &err), AP_OK);
            ap_vkey_format(&log_key, log_text);
        }
        (void)snprintf(name, sizeof name, "witness.example/%zu", i);
        ck_assert_int_eq(ap_vkey_make(&witness_keys[i], digest, name, AP_KEY_COSIGNATURE, key, &err), AP_OK);
        ap_vkey_format(&witness_keys[i], texts[i]);
    }
}

static void teardown(void)
{
    size_t i;

    for (i = 0; i < KEYS; i++)
        ap_signing_key_free(signers[i]);
    ap_digest_free(digest);
}

/* Replaces L by the log's key and 1 to 6 after an @ by a witness's. */
static enum ap_status parse(struct ap_policy **policy, const char *shape)
{
    struct ap_buf text = AP_BUF_INIT;
    enum ap_status status;

    for (; *shape != '\0'; shape++) {
        if (shape[0] == '@') {
            shape++;
            ap_buf_adds(&text, shape[0] == 'L' ? log_text : texts[shape[0] - '0']);
        } else {
            ap_buf_addc(&text, shape[0]);
        }
    }
    status = ap_policy_parse(policy, digest, text.data, text.len, &err);
    ap_buf_free(&text);
    return status;
}

static const char example[] = "log @L https://log.example/\n\n"
                              "witness X1 @1\n\twitness X2 @2  https://w2.example/\nwitness X3 @3\n"
                              "# comment\ngroup X-witnesses 2 X1 X2 X3\n"
                              "witness Y1 @4\nwitness Y2 @5\nwitness Y3 @6\n"
                              "group Y-witnesses any Y1 Y2 Y3\n"
                              "group X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n";

/* A checkpoint of the log, cosigned by the witnesses whose digits are in `by`. */
static void make_note(struct ap_buf *out, const char *by)
{
    static const char text[] = "log.example\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";

    ap_buf_clear(out);
    ap_buf_adds(out, text);
    ap_buf_addc(out, '\n');
    ck_assert_int_eq(ap_note_sign(out, text, strlen(text), &log_key, signers[0], 0, &err), AP_OK);
    for (; *by != '\0'; by++)
        ck_assert_int_eq(ap_note_sign(out, text, strlen(text), &witness_keys[*by - '0'], signers[*by - '0'],
                                      (uint64_t)(1000 + *by - '0'), &err),
                         AP_OK);
}

START_TEST(quorums_are_met_and_missed)
{
    static const struct {
        const char *by;
        bool met;
    } cases[] = {{"", false},    {"12", false},   {"14", false}, {"124", true},    {"136", true}, {"4", false},
                 {"456", false}, {"1456", false}, {"235", true}, {"123456", true}, {"114", false}};
    struct ap_policy *policy;
    struct ap_policy_verdict verdict;
    struct ap_buf bytes = AP_BUF_INIT;
    struct ap_note note;
    size_t i;

    ck_assert_msg(parse(&policy, example) == AP_OK, "%s", err.message);
    ck_assert_str_eq(policy->logs[0].url, "https://log.example/");
    ck_assert_str_eq(policy->witnesses[1].url, "https://w2.example/");
    ck_assert_ptr_null(policy->witnesses[0].url);
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        make_note(&bytes, cases[i].by);
        ck_assert_int_eq(ap_note_parse(&note, bytes.data, bytes.len, &err), AP_OK);
        ck_assert_int_eq(ap_policy_check(policy, &note, &verdict, &err), AP_OK);
        ck_assert(verdict.by_log);
        ck_assert_msg(verdict.quorum == cases[i].met, "%s", cases[i].by);
    }
    make_note(&bytes, "346");
    ck_assert_int_eq(ap_note_parse(&note, bytes.data, bytes.len, &err), AP_OK);
    ck_assert_int_eq(ap_policy_check(policy, &note, &verdict, &err), AP_OK);
    ck_assert_uint_eq(verdict.witness_count, 3);
    ck_assert_uint_eq(verdict.earliest_s, 1003);
    ck_assert_uint_eq(verdict.latest_s, 1006);
    ap_buf_free(&bytes);
    ap_policy_free(policy);
}
END_TEST

START_TEST(a_bad_signature_of_a_known_key_spoils_the_note)
{
    struct ap_policy *policy;
    struct ap_policy_verdict verdict;
    struct ap_buf bytes = AP_BUF_INIT;
    struct ap_note note;

    ck_assert_int_eq(parse(&policy, example), AP_OK);
    make_note(&bytes, "124");
    ck_assert_int_eq(ap_note_parse(&note, bytes.data, bytes.len, &err), AP_OK);
    note.signatures[2].bytes[20] ^= 1;
    ck_assert_int_eq(ap_policy_check(policy, &note, &verdict, &err), AP_OK);
    ck_assert(verdict.bad_signature);
    ck_assert(!verdict.quorum);
    ap_buf_free(&bytes);
    ap_policy_free(policy);
}
END_TEST

START_TEST(no_quorum_asks_for_no_witness)
{
    struct ap_policy *policy;
    struct ap_policy_verdict verdict;
    struct ap_buf bytes = AP_BUF_INIT;
    struct ap_note note;

    ck_assert_int_eq(parse(&policy, "log @L\nquorum none"), AP_OK);
    make_note(&bytes, "");
    ck_assert_int_eq(ap_note_parse(&note, bytes.data, bytes.len, &err), AP_OK);
    ck_assert_int_eq(ap_policy_check(policy, &note, &verdict, &err), AP_OK);
    ck_assert(verdict.quorum && verdict.by_log);
    ap_buf_free(&bytes);
    ap_policy_free(policy);
}
END_TEST

START_TEST(what_the_specification_forbids_is_refused_with_its_line)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"", "quorum"},
        {"log @L\n", "quorum"},
        {"quorum none\nquorum none\n", "line 2"},
        {"quorum\n", "line 1"},
        {"quorum X\n", "line 1"},
        {"quorum none extra\n", "line 1"},
        {"log\nquorum none\n", "line 1"},
        {"log nonsense\nquorum none\n", "line 1"},
        {"log @1\nquorum none\n", "0x01"},
        {"witness W @L\nquorum W\n", "0x04"},
        {"log @L\nlog @L\nquorum none\n", "line 2"},
        {"witness A @1\nwitness B @1\nquorum A\n", "line 2"},
        {"witness A @1\nwitness A @2\nquorum A\n", "line 2"},
        {"witness none @1\nquorum none\n", "line 1"},
        {"witness A\nquorum none\n", "line 1"},
        {"group G any A\nwitness A @1\nquorum G\n", "line 1"},
        {"witness A @1\ngroup G 2 A\nquorum G\n", "line 2"},
        {"witness A @1\ngroup G 0 A\nquorum G\n", "line 2"},
        {"witness A @1\ngroup G 01 A\nquorum G\n", "line 2"},
        {"witness A @1\ngroup G any\nquorum G\n", "line 2"},
        {"witness A @1\ngroup G any A A\nquorum G\n", "line 2"},
        {"witness A @1\ngroup G any A\ngroup H any A\nquorum G\n", "line 3"},
        {"witness A @1\ngroup A any A\nquorum A\n", "line 2"},
        {"witness A @1\ngroup none any A\nquorum A\n", "line 2"},
        {"nonsense\nquorum none\n", "line 1"},
        {"quorum no\rne\n", "line 1"},
    };
    struct ap_policy *policy;
    size_t i;

    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert_msg(parse(&policy, cases[i].text) == AP_EINPUT, "%s", cases[i].text);
        ck_assert_msg(strstr(err.message, cases[i].says) != NULL, "%s: %s", cases[i].text, err.message);
        ap_policy_free(policy);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("policy");
    TCase *tcase = tcase_create("policy");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, quorums_are_met_and_missed);
    tcase_add_test(tcase, a_bad_signature_of_a_known_key_spoils_the_note);
    tcase_add_test(tcase, no_quorum_asks_for_no_witness);
    tcase_add_test(tcase, what_the_specification_forbids_is_refused_with_its_line);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
