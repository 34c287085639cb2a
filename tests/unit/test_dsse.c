/* Signed envelopes and statements: the specification's own example, and what openssl and jq make of ours. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/bytes.h"
#include "auditproof/dsse.h"
#include "auditproof/file.h"
#include "auditproof/statement.h"
#include "shell.h"

static const char type[] = "http://example.com/HelloWorld";
static const char pae_of_example[] = "DSSEv1 29 http://example.com/HelloWorld 11 hello world";

static struct ap_signing_key *key;
static uint8_t public_key[AP_PUBLIC_KEY_LEN];
static struct ap_buf out, payload;
static struct ap_error err;

static void set_up(void)
{
    directory_make("test_dsse");
    ck_assert_int_eq(ap_signing_key_new(&key, &err), AP_OK);
    ap_signing_key_public(key, public_key);
}

static void tear_down(void)
{
    ap_signing_key_free(key);
    ap_buf_free(&out);
    ap_buf_free(&payload);
    directory_remove();
}

static void write_file(const char *name, const void *bytes, size_t len)
{
    ck_assert_msg(ap_file_replace(in_directory(name), bytes, len, &err) == AP_OK, "%s", err.message);
}

/* DSSE v1.0.0, "Test Vectors": its key, an ECDSA one, and its signature are here as openssl reads them. */
START_TEST(example_of_the_specification)
{
    ap_dsse_pae(&out, type, "hello world", 11);
    ck_assert_str_eq(ap_buf_str(&out), pae_of_example);
    write_file("pae", out.data, out.len);
    ck_assert(
        sh("printf '%%s\\n' '-----BEGIN PUBLIC KEY-----' "
           "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEZ805D3eqNZywjCI19lInBJOp7YMr "
           "CrzAH3CVTAOQ0jgMeCvVTiaRJaRPRDOv8UMs6U4SvKc6pnrIDOoSYI3fdA== '-----END PUBLIC KEY-----' >pub.pem;"
           "echo MEQCIANyarEBrVbCdjtsaqyOSHJ14qeRk6CdxfhZ2fjvPEo7AiBR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA== |"
           "base64 -d >sig; openssl dgst -sha256 -verify pub.pem -signature sig pae >/dev/null"));
}
END_TEST

static void seal(const char *text)
{
    ck_assert_int_eq(ap_dsse_seal(&out, type, text, strlen(text), key, &err), AP_OK);
}

START_TEST(openssl_verifies_ours)
{
    struct ap_buf pem = AP_BUF_INIT;

    seal("hello world");
    ck_assert_int_eq(out.data[out.len - 1], '\n');
    write_file("e.jsonl", out.data, out.len);
    ck_assert_int_eq(ap_public_key_pem(&pem, public_key, &err), AP_OK);
    write_file("pub.pem", pem.data, pem.len);
    ap_buf_free(&pem);
    ck_assert(sh("test $(wc -l <e.jsonl) = 1; jq -r .payload e.jsonl | base64 -d >body; test \"$(cat body)\" = 'hello "
                 "world'; jq -r '.signatures[0].sig' e.jsonl | base64 -d >sig; test $(stat -c %%s sig) = 64;"
                 "t=$(jq -r .payloadType e.jsonl); { printf 'DSSEv1 %%d %%s %%d ' ${#t} \"$t\" 11; cat body; } >pae;"
                 "openssl pkeyutl -verify -pubin -inkey pub.pem -rawin -in pae -sigfile sig >/dev/null"));
    ck_assert(sh("test $(jq -r '.signatures[0].keyid' e.jsonl) = $(openssl pkey -pubin -in pub.pem -outform DER |"
                 "sha256sum | cut -d' ' -f1); test \"$(jq -c keys e.jsonl)\" = "
                 "'[\"payload\",\"payloadType\",\"signatures\"]'"));
}
END_TEST

static bool opens(const char *envelope, const char *wanted_type)
{
    bool good = true;
    enum ap_status status;

    ap_buf_clear(&payload);
    status = ap_dsse_open(&payload, envelope, strlen(envelope), wanted_type, public_key, &good, &err);
    ck_assert_msg(status == AP_OK, "%s: %s", envelope, err.message);
    return good;
}

START_TEST(opens_what_it_sealed)
{
    seal("{\"a\":1}");
    ck_assert(opens(out.data, type));
    ck_assert_str_eq(ap_buf_str(&payload), "{\"a\":1}");
    ck_assert(!opens(out.data, "http://example.com/HelloWorlt"));
    ap_buf_clear(&out);
    seal("");
    ck_assert(opens(out.data, type));
    ck_assert_uint_eq(payload.len, 0);
    public_key[0] ^= 1;
    ck_assert(!opens(out.data, type));
}
END_TEST

/* One byte of payload, type or signature changed. */
START_TEST(finds_what_was_changed)
{
    static const char *const members[] = {"\"payload\":\"", "\"payloadType\":\"", "\"sig\":\""};

    seal("hello world");
    for (size_t i = 0; i < 3; i++) {
        char *at = strstr(out.data, members[i]) + strlen(members[i]);

        *at = *at == 'h' ? 'g' : *at == 'B' ? 'C' : 'B';
        ck_assert(!opens(out.data, type));
        ap_buf_clear(&out);
        seal("hello world");
        ck_assert(opens(out.data, type));
    }
}
END_TEST

/* Others' envelopes: in another order, with more signatures and members, in the other alphabet, without padding. */
START_TEST(opens_other_spellings)
{
    char signature[AP_DSSE_MAX / 65536], *at, *end;
    struct ap_buf other = AP_BUF_INIT;

    seal("\373\377\276?>");
    at = strstr(out.data, "\"sig\":\"") + 7;
    end = strchr(at, '"');
    (void)snprintf(signature, sizeof signature, "%.*s", (int)(end - at), at);
    for (char *c = signature; *c != '\0'; c++)
        *c = *c == '+' ? '-' : *c == '/' ? '_' : *c;
    signature[strcspn(signature, "=")] = '\0';
    ap_buf_addf(&other,
                " { \"signatures\" : [ {\"sig\":\"AAAA\"} , {\"x\":[1,{}],\"sig\":\"%s\", \"keyid\":null} , "
                "{\"keyid\":\"\",\"sig\":\"\"} ] , \"extra\":{\"payload\":1}, \"payloadType\":"
                "\"http:\\/\\/example.com\\/HelloWorld\", \"payload\":\"-_--Pz4\" }",
                signature);
    ck_assert(opens(other.data, type));
    ck_assert_uint_eq(payload.len, 5);
    ck_assert_mem_eq(payload.data, "\373\377\276?>", 5);
    ap_buf_free(&other);
    ck_assert(!opens("{\"payload\":\"\",\"payloadType\":\"http://example.com/HelloWorld\",\"signatures\":[]}", type));
}
END_TEST

START_TEST(refuses_what_is_no_envelope)
{
    static const char *const bad[] = {
        "",
        "{}",
        "[]",
        "null",
        "{\"payload\":\"\",\"payloadType\":\"t\",\"signatures\":{}}",
        "{\"payload\":\"\",\"signatures\":[]}",
        "{\"payload\":1,\"payloadType\":\"t\",\"signatures\":[]}",
        "{\"payload\":\"a\",\"payloadType\":\"t\",\"signatures\":[]}",
        "{\"payload\":\"a!==\",\"payloadType\":\"t\",\"signatures\":[]}",
        "{\"payload\":\"\",\"payloadType\":\"t\",\"signatures\":[1]}",
        "{\"payload\":\"\",\"payloadType\":\"t\",\"signatures\":[{}]}",
        "{\"payload\":\"\",\"payloadType\":\"t\",\"signatures\":[{\"sig\":7}]}",
        "{\"payload\":\"\",\"payloadType\":\"t\",\"signatures\":[]} x",
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        bool good = true;

        ck_assert_msg(ap_dsse_open(&payload, bad[i], strlen(bad[i]), "t", public_key, &good, &err) == AP_EINPUT, "%s",
                      bad[i]);
        ck_assert(!good);
    }
}
END_TEST

START_TEST(statement_about_an_archive)
{
    static const struct ap_statement_thing subjects[] = {{"b.tar.gz", {1}}, {"b.tar", {2}}};
    static const struct ap_statement_thing configuration[] = {{"data/query.json", {3}}};
    static const struct ap_statement_fact facts[] = {
        {"at", "2026-11-22T15:46:14Z"}, {"operator", NULL}, {"host", "a \"host\"\n"}};
    static const char *const passed[] = {"files", "entries", NULL};
    const struct ap_statement statement = {.subjects = subjects,
                                           .subject_count = 2,
                                           .result = AP_STATEMENT_PASSED,
                                           .tool = "auditexport",
                                           .facts = facts,
                                           .fact_count = 3,
                                           .configuration = configuration,
                                           .configuration_count = 1,
                                           .passed = passed};
    const char *path = in_directory("b.tar.gz" AP_STATEMENT_SUFFIX);

    ck_assert_int_eq(ap_statement_write(path, &statement, key, &err), AP_OK);
    ck_assert_int_eq(ap_file_read(path, AP_DSSE_MAX, &out, &err), AP_OK);
    ck_assert(opens(out.data, AP_STATEMENT_TYPE));
    write_file("s.json", payload.data, payload.len);
    ck_assert(sh("jq -e '._type == \"https://in-toto.io/Statement/v1\" and (.subject | length) == 2 and "
                 ".subject[0].name == \"b.tar.gz\" and .subject[1].digest.sha256 == \"02\" + \"0\" * 62 and "
                 ".predicateType == \"https://in-toto.io/attestation/test-result/v0.1\" and "
                 ".predicate.result == \"PASSED\" and .predicate.passedTests == [\"files\", \"entries\"] and "
                 ".predicate.failedTests == [] and .predicate.warnedTests == []' s.json >/dev/null"));
    ck_assert(sh("jq -e '.predicate.configuration | .[0].name == \"auditexport\" and .[0].uri == "
                 "\"pkg:generic/auditproof@%s\" and .[0].annotations == {at: \"2026-11-22T15:46:14Z\", host: \"a "
                 "\\\"host\\\"\\n\"} and .[1].name == \"data/query.json\" and (.[1].digest.sha256 | length) == 64' "
                 "s.json >/dev/null",
                 ap_version()));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("dsse");
    TCase *tc = tcase_create("core");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, example_of_the_specification);
    tcase_add_test(tc, openssl_verifies_ours);
    tcase_add_test(tc, opens_what_it_sealed);
    tcase_add_test(tc, finds_what_was_changed);
    tcase_add_test(tc, opens_other_spellings);
    tcase_add_test(tc, refuses_what_is_no_envelope);
    tcase_add_test(tc, statement_about_an_archive);
    suite_add_tcase(suite, tc);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
