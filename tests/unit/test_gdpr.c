/* What is taken for an identifier, and that none slips through between two writes. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "gdpr/lint.h"

static const char own_text[] = "anna@example.com 0a1b2c3d-0000-4000-8000-00000000000a 198.51.100.7 2001:db8::7";

static struct gdpr_own own_of(void)
{
    struct gdpr_own own;
    struct ap_error err;

    gdpr_own_init(&own);
    ck_assert_int_eq(gdpr_own_add_text(&own, own_text, strlen(own_text), &err), AP_OK);
    return own;
}

static const char *const foreign[] = {
    "bob@example.com",
    "x bob.o'brien+tag@mail.example.co.uk, y",
    "\"quoted local\"@example.org",
    "bob@intranet",
    "mailto:bob%40example.com",
    "{\"a\":\"bob\\u0040example.com\"}",
    "xanna@example.com",
    "anna@example.com.evil.org",
    "anna@example.comx",
    "j\xc3\xbcrgen@example.de",
    "0a1b2c3d-0000-4000-8000-00000000000b",
    "urn:uuid:0A1B2C3D-0000-4000-8000-00000000000B",
    "203.0.113.66",
    "http://203.0.113.66:8080/",
    "(203.0.113.66).",
    "2001:db8::8",
    "[2001:DB8:0:0:0:0:0:8]:443",
    "::ffff:203.0.113.66",
    "fe80::1%eth0",
};

static const char *const clean[] = {
    "",
    "anna@example.com",
    "ANNA@Example.COM.",
    "mailto:anna%40example.com?subject=x",
    "to=anna@example.com",
    "0A1B2C3D-0000-4000-8000-00000000000A",
    "198.51.100.7",
    "::ffff:198.51.100.7",
    "2001:0db8:0000:0000:0000:0000:0000:0007",
    "Mozilla/5.0 Chrome/120.0.0.0 Edg/120.0.6099.109",
    "1.2.3.4.5.6",
    "10:20:30 2026-01-01T10:20:30.000000Z",
    "} @media print{a::before{b:c}}@import",
    "00000000-0000-0000-0000-000000000000",
    "::1 ::",
    "256.1.1.1",
    "example.com/log+0a1b2c3d+AfQ==",
};

START_TEST(recognises_what_is_not_own)
{
    struct gdpr_own own = own_of();

    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
        ck_assert_msg(!gdpr_own_is_clean(&own, foreign[i], strlen(foreign[i])), "%s", foreign[i]);
    for (size_t i = 0; i < sizeof clean / sizeof *clean; i++)
        ck_assert_msg(gdpr_own_is_clean(&own, clean[i], strlen(clean[i])), "%s", clean[i]);
    gdpr_own_free(&own);
}
END_TEST

START_TEST(masks_only_that)
{
    struct gdpr_own own = own_of();
    struct ap_buf out = AP_BUF_INIT;
    const char text[] = "anna@example.com met bob@example.com (203.0.113.66, 0a1b2c3d-0000-4000-8000-00000000000b)";

    ck_assert_uint_eq(gdpr_own_mask(&own, &out, text, strlen(text)), 3);
    ck_assert_str_eq(out.data, "anna@example.com met [e-mail] ([address], [id])");
    ck_assert(gdpr_own_is_clean(&own, out.data, out.len));
    ap_buf_free(&out);
    gdpr_own_free(&own);
}
END_TEST

static enum ap_status inspect(const struct gdpr_own *own, const char *text, size_t len, size_t split)
{
    struct gdpr_lint lint = {own, "is not hers", "Leave it out", NULL, NULL};
    struct ap_error err;
    enum ap_status status = gdpr_lint_inspect(&lint, "data/x", text, split, false, &err);

    if (status == AP_OK)
        status = gdpr_lint_inspect(&lint, "data/x", text + split, len - split, false, &err);
    if (status == AP_OK)
        status = gdpr_lint_inspect(&lint, "data/x", "", 0, true, &err);
    gdpr_lint_free(&lint);
    return status;
}

/* Wherever in a long text it stands, and wherever that is cut. */
START_TEST(sees_across_writes)
{
    enum { LEN = 4000 };
    struct gdpr_own own = own_of();
    char text[LEN];

    for (size_t k = 0; k < 2; k++) {
        const char *const it = k == 0 ? "bob@example.com" : "anna@example.com";

        for (size_t at = 900; at < 2200; at += 13) {
            memset(text, ' ', sizeof text);
            memcpy(text + at, it, strlen(it));
            for (size_t split = at - 2; split < at + 20; split++)
                ck_assert_int_eq(inspect(&own, text, LEN, split), k == 0 ? AP_ESTATE : AP_OK);
            ck_assert_int_eq(inspect(&own, text, LEN, 1), k == 0 ? AP_ESTATE : AP_OK);
        }
    }
    gdpr_own_free(&own);
}
END_TEST

/* A byte at a time, at the end of what is written, and in two members in turn. */
START_TEST(sees_in_each_member)
{
    struct gdpr_own own = own_of();
    struct gdpr_lint lint = {&own, "is not hers", "Leave it out", NULL, NULL};
    const char theirs[] = "bob@example.com", hers[] = "anna@example.com";
    struct ap_error err;

    for (size_t i = 0; i < sizeof hers - 1; i++) {
        ck_assert_int_eq(gdpr_lint_inspect(&lint, "data/a", hers + i, 1, false, &err), AP_OK);
        if (i < sizeof theirs - 1)
            ck_assert_int_eq(gdpr_lint_inspect(&lint, "data/b", theirs + i, 1, false, &err), AP_OK);
    }
    ck_assert_int_eq(gdpr_lint_inspect(&lint, "data/a", "", 0, true, &err), AP_OK);
    ck_assert_int_eq(gdpr_lint_inspect(&lint, "data/b", "", 0, true, &err), AP_ESTATE);
    ck_assert_ptr_nonnull(
        strstr(err.message, "data/b would hold an e-mail address that is not hers (b..., 15 characters)"));
    ck_assert_ptr_null(strstr(err.message, theirs));
    gdpr_lint_free(&lint);
    gdpr_own_free(&own);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("gdpr");
    TCase *tests = tcase_create("identifiers");
    SRunner *runner;
    int failed;

    tcase_add_test(tests, recognises_what_is_not_own);
    tcase_add_test(tests, masks_only_that);
    tcase_add_test(tests, sees_across_writes);
    tcase_add_test(tests, sees_in_each_member);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
