/* Mail: whatever a report is called, the message is what the standards allow, and says that and no more. */
#include "auditproof/mail.h"

#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/file.h"
#include "shell.h"

static char root[2048];

static const char *const good[] = {
    "ada@example.org", "a.b+c_d@mail.example.co.uk", "o'brien@x1.org", "x@xn--mnchen-3ya.de", "root@localhost",
    "{a}~#*=?^@e.f",
};

static const char *const bad[] = {
    "",
    "ada",
    "@example.org",
    "ada@",
    "ada@@example.org",
    "a@b@c",
    "ada@example..org",
    "ada@.org",
    "ada@org.",
    "ada@-x.org",
    "ada@x-.org",
    ".ada@x.org",
    "ada.@x.org",
    "a..b@x.org",
    "-f@x.org",
    "Ada <ada@x.org>",
    "\"ada\"@x.org",
    "ada@[127.0.0.1]",
    "ada@x.org\r\nBcc: eve@x.org",
    "ada\n@x.org",
    "ada@x.org ",
    " ada@x.org",
    "ada@x.org,eve@x.org",
    "a/../../b@x.org",
    "|/bin/sh@x.org",
    "a%b@x.org",
    "host!a@x.org",
    "a`id`@x.org",
    "a$(id)@x.org",
    "a;b@x.org",
    "a(b)@x.org",
    "\xc3\xbc@x.org",
    "a@m\xc3\xbcnchen.de",
    "ada@x.org\x7f",
    "ada@x_y.org",
    "12345678901234567890123456789012345678901234567890123456789012345@x.org",
    "a@1234567890123456789012345678901234567890123456789012345678901234.org",
};

START_TEST(test_good_address)
{
    ck_assert_int_eq(ap_mail_check_address(good[_i], NULL), AP_OK);
}
END_TEST

START_TEST(test_bad_address)
{
    ck_assert_int_eq(ap_mail_check_address(bad[_i], NULL), AP_EINPUT);
}
END_TEST

START_TEST(test_long_address)
{
    char address[300] = "a@";

    for (size_t i = 2; i < 255; i++)
        address[i] = i % 40 == 0 ? '.' : 'b';
    address[254] = '\0';
    ck_assert_int_eq(ap_mail_check_address(address, NULL), AP_OK);
    address[254] = 'b';
    ck_assert_int_eq(ap_mail_check_address(address, NULL), AP_EINPUT);
}
END_TEST

/* What it is called, and what the mail then says. */
static const struct {
    const char *subject, *shown;
} subjects[] = {
    {"Audit summary: complete", "Audit summary: complete"},
    {"", ""},
    {"a\r\nBcc: eve@example.org\r\n\r\nhello", "a\\x0d\\x0aBcc: eve@example.org\\x0d\\x0a\\x0d\\x0ahello"},
    {"=?UTF-8?B?aGVsbG8=?=", "=?UTF-8?B?aGVsbG8=?="},
    {"Bericht f\xc3\xbcr M\xc3\xa4rz", "Bericht f\xc3\xbcr M\xc3\xa4rz"},
    {"\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d \xe2\x80\xae"
     "fdp.exe",
     "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d \\u202e"
     "fdp.exe"},
    {"bad \xff\xc3 bytes \x01", "bad \\xff\\xc3 bytes \\x01"},
    {"\xe6\x9c\x88\xe6\xac\xa1\xe5\xa0\xb1\xe5\x91\x8a\xe6\x9b\xb8\xe6\x9c\x88\xe6\xac\xa1\xe5\xa0\xb1\xe5\x91\x8a\xe6"
     "\x9b\xb8"
     "\xe6\x9c\x88\xe6\xac\xa1\xe5\xa0\xb1\xe5\x91\x8a\xe6\x9b\xb8\xe6\x9c\x88\xe6\xac\xa1\xe5\xa0\xb1\xe5\x91\x8a\xe6"
     "\x9b\xb8",
     "\xe6\x9c\x88\xe6\xac\xa1\xe5\xa0\xb1\xe5\x91\x8a\xe6\x9b\xb8\xe6\x9c\x88\xe6\xac\xa1\xe5\xa0\xb1\xe5\x91\x8a\xe6"
     "\x9b\xb8"
     "\xe6\x9c\x88\xe6\xac\xa1\xe5\xa0\xb1\xe5\x91\x8a\xe6\x9b\xb8\xe6\x9c\x88\xe6\xac\xa1\xe5\xa0\xb1\xe5\x91\x8a\xe6"
     "\x9b\xb8"},
    {"a subject that is longer than one line of a header has room for, in plain words",
     "a subject that is longer than one line of a header has room for, in plain words"},
};

static const struct {
    const char *text, *shown;
} texts[] = {
    {"One line.\n", "One line.\n"},
    {"", ""},
    {".\n..\n.\r\nFrom here\n", ".\n..\n.\r\nFrom here\n"},
    {"trailing space \n\n= and =_auditproof\n--=_auditproof--\n",
     "trailing space \n\n= and =_auditproof\n--=_auditproof--\n"},
    {"no end of line, \xc3\xa4\xe2\x82\xac\xf0\x9f\x91\xa9", "no end of line, \xc3\xa4\xe2\x82\xac\xf0\x9f\x91\xa9\n"},
};

static void save(const char *name, const char *kind, const void *bytes, size_t len)
{
    char path[48];

    (void)snprintf(path, sizeof path, "%s%s", name, kind);
    ck_assert_int_eq(ap_file_replace(in_directory(path), bytes, len, NULL), AP_OK);
}

static void compose(const char *name, const struct ap_mail *mail, const char *subject, const char *text)
{
    struct ap_buf out = AP_BUF_INIT;

    ck_assert_int_eq(ap_mail_compose(&out, mail, NULL), AP_OK);
    save(name, "", out.data, out.len);
    save(name, ".subject", subject, strlen(subject));
    if (text != NULL)
        save(name, ".text", text, strlen(text));
    ap_buf_free(&out);
}

static struct ap_mail plain(void)
{
    return (struct ap_mail){.from = "reports@example.org",
                            .to = "ada@example.org",
                            .message_id = "5f2b.1793523600000000.00@example.org",
                            .subject = "S",
                            .text = "T\n",
                            .time_us = INT64_C(1793523600000000)};
}

START_TEST(test_composed)
{
    static const uint8_t bytes[1000] = {0, 255, '\r', '\n', '.'};
    const struct ap_mail_attachment attachment = {"report.pdf", "application/pdf", bytes, sizeof bytes};

    for (size_t i = 0; i < sizeof subjects / sizeof subjects[0]; i++)
        for (size_t j = 0; j < sizeof texts / sizeof texts[0]; j++) {
            struct ap_mail mail = plain();
            char name[32];

            mail.subject = subjects[i].subject;
            mail.text = texts[j].text;
            mail.attachment = (i + j) % 2 == 0 ? &attachment : NULL;
            (void)snprintf(name, sizeof name, "%zu-%zu", i, j);
            compose(name, &mail, subjects[i].shown, texts[j].shown);
        }
    ck_assert(sh("python3 '%s/tests/lib/mail_check.py' ?-? >said", root));
    ck_assert(sh("test \"$(grep -c '\"date\": \"Sun, 01 Nov 2026 09:00:00 +0000\"' said)\" = %zu",
                 sizeof subjects / sizeof subjects[0] * (sizeof texts / sizeof texts[0])));
    ck_assert(
        sh("test \"$(grep -c \"$(head -c 1000 /dev/zero | tr '\\0' x >x; { printf '\\000\\377\\r\\n.'; head -c 995 "
           "/dev/zero; } | sha256sum | cut -d ' ' -f 1)\" said)\" = 23"));
}
END_TEST

START_TEST(test_long)
{
    struct ap_mail mail = plain();
    char subject[1200], text[5000];

    memset(subject, 'x', sizeof subject - 1);
    subject[sizeof subject - 1] = '\0';
    memset(text, 'y', sizeof text - 2);
    memcpy(text + sizeof text - 2, "\n", 2);
    mail.subject = subject;
    mail.text = text;
    memcpy(subject + AP_MAIL_SUBJECT_MAX, "\xe2\x80\xa6", 4);
    compose("long", &mail, subject, text);
    memset(subject + AP_MAIL_SUBJECT_MAX, 'x', 4);
    compose("cut", &mail, "", NULL);
    ck_assert(sh("cp long.subject cut.subject && python3 '%s/tests/lib/mail_check.py' long cut >/dev/null", root));
}
END_TEST

START_TEST(test_refused)
{
    const struct ap_mail_attachment quoted = {"a\".pdf", "application/pdf", NULL, 0},
                                    path = {"../a", "text/csv", NULL, 0};
    struct ap_buf out = AP_BUF_INIT;
    struct ap_mail mail = plain();

    mail.to = "ada@example.org\r\nBcc: eve@example.org";
    ck_assert_int_eq(ap_mail_compose(&out, &mail, NULL), AP_EINPUT);
    mail = plain();
    mail.from = "Ada <ada@example.org>";
    ck_assert_int_eq(ap_mail_compose(&out, &mail, NULL), AP_EINPUT);
    mail = plain();
    mail.message_id = "x> <y@z";
    ck_assert_int_eq(ap_mail_compose(&out, &mail, NULL), AP_EINPUT);
    mail = plain();
    mail.attachment = &quoted;
    ck_assert_int_eq(ap_mail_compose(&out, &mail, NULL), AP_EINPUT);
    mail.attachment = &path;
    ck_assert_int_eq(ap_mail_compose(&out, &mail, NULL), AP_EINPUT);
    mail = plain();
    mail.time_us = INT64_MAX;
    ck_assert_int_eq(ap_mail_compose(&out, &mail, NULL), AP_EINPUT);
    ck_assert_uint_eq(out.len, 0);
    ap_buf_free(&out);
}
END_TEST

/* A key, and what its certificate says that it is for. */
static const struct {
    const char *key, *usage;
    bool taken;
} certificates[] = {
    {"-newkey rsa:2048", "keyEncipherment", true},
    {"-newkey rsa:2048", "digitalSignature", false},
    {"-newkey ec -pkeyopt ec_paramgen_curve:P-256", "keyAgreement", true},
    {"-newkey ec -pkeyopt ec_paramgen_curve:P-256", "digitalSignature", false},
    {"-newkey ed25519", "digitalSignature", false},
};

START_TEST(test_encrypted)
{
    static const uint8_t bytes[100000] = {0, 255, '\r', '\n', '.'};
    const struct ap_mail_attachment attachment = {"report.pdf", "application/pdf", bytes, sizeof bytes};
    struct ap_cms_recipient *recipient = NULL;
    struct ap_mail mail = plain();
    enum ap_status status;
    char path[48];

    ck_assert(
        sh("openssl req -x509 %s -nodes -keyout %d.key -out %d.pem -days 2 -subj /CN=ada -addext keyUsage=critical,%s "
           "2>openssl.log || { cat openssl.log; exit 1; }",
           certificates[_i].key, _i, _i, certificates[_i].usage));
    (void)snprintf(path, sizeof path, "%d.pem", _i);
    status = ap_cms_recipient_open(&recipient, in_directory(path), NULL);
    ck_assert_int_eq(status, certificates[_i].taken ? AP_OK : AP_EINPUT);
    if (!certificates[_i].taken)
        return;
    mail.attachment = &attachment;
    mail.encrypt_to = recipient;
    mail.text = texts[2].text;
    compose("enveloped", &mail, "S", NULL);
    ck_assert(sh("! grep -q 'From here' enveloped && ! grep -q report.pdf enveloped"));
    save("enveloped", ".text", texts[2].text, strlen(texts[2].text));
    save("report", ".pdf", bytes, sizeof bytes);
    ck_assert(
        sh("python3 '%s/tests/lib/mail_check.py' --decrypt %d.key %d.pem enveloped >said && "
           "grep -q $(sha256sum <report.pdf | cut -d ' ' -f 1) said && openssl cms -cmsout -print -in enveloped | "
           "grep -q aes-256-cbc",
           root, _i, _i));
    ap_cms_recipient_free(recipient);
}
END_TEST

static const struct {
    const char *from, *until, *why;
} terms[] = {
    {"20900101000000Z", "20910101000000Z", "is not valid yet"},
    {"20150101000000Z", "20160101000000Z", "has run out"},
};

START_TEST(test_not_in_force)
{
    struct ap_cms_recipient *recipient = NULL;
    struct ap_error err;

    ck_assert(
        sh("openssl req -newkey rsa:2048 -nodes -keyout new.key -out new.csr -subj /CN=ada 2>/dev/null && "
           "touch index && echo 01 >serial && printf '[ca]\\ndefault_ca=c\\n[c]\\ndatabase=index\\nserial=serial\\n"
           "new_certs_dir=.\\ndefault_md=sha256\\npolicy=p\\n[p]\\ncommonName=supplied\\n' >ca.conf && openssl ca "
           "-batch -config ca.conf -selfsign -keyfile new.key -in new.csr -out new.pem -startdate %s "
           "-enddate %s 2>openssl.log || { cat openssl.log; exit 1; }",
           terms[_i].from, terms[_i].until));
    ck_assert_int_eq(ap_cms_recipient_open(&recipient, in_directory("new.pem"), &err), AP_EINPUT);
    ck_assert_ptr_nonnull(strstr(err.message, terms[_i].why));
}
END_TEST

/* What is refused before anybody is asked. */
static const struct {
    struct ap_smtp smtp;
    const char *why;
} refused[] = {
    {{.url = "http://localhost"}, "smtps://HOST"},
    {{.url = "file:///etc/passwd"}, "smtps://HOST"},
    {{.url = "not a url"}, "smtps://HOST"},
    {{.url = "smtps://ada:secret@mail.example.org"}, "not a part of its URL"},
    {{.url = "smtp://mail.example.org", .plain = true}, "only a server on this machine"},
    {{.url = "smtp://127.example.org", .plain = true}, "only a server on this machine"},
    {{.url = "smtps://localhost", .plain = true}, "only a server on this machine"},
    {{.url = "smtp://localhost", .plain = true, .user = "a", .password = "b"}, "never sent without TLS"},
    {{.url = "smtps://localhost", .user = "a"}, "a user and a password"},
};

START_TEST(test_smtp_refused)
{
    struct ap_error err;

    ck_assert_int_eq(ap_smtp_check(&refused[_i].smtp, &err), AP_EINPUT);
    ck_assert_msg(strstr(err.message, refused[_i].why) != NULL, "%s", err.message);
    ck_assert_ptr_null(strstr(err.message, "secret"));
}
END_TEST

static void make_directory(void)
{
    directory_make("mail");
}

int main(void)
{
    Suite *suite = suite_create("mail");
    TCase *tcase = tcase_create("mail");
    SRunner *runner = srunner_create(suite);
    int failed;

    if (getcwd(root, sizeof root) == NULL)
        return EXIT_FAILURE;
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, make_directory, directory_remove);
    tcase_add_loop_test(tcase, test_good_address, 0, (int)(sizeof good / sizeof good[0]));
    tcase_add_loop_test(tcase, test_bad_address, 0, (int)(sizeof bad / sizeof bad[0]));
    tcase_add_test(tcase, test_long_address);
    tcase_add_test(tcase, test_composed);
    tcase_add_test(tcase, test_long);
    tcase_add_test(tcase, test_refused);
    tcase_add_loop_test(tcase, test_encrypted, 0, (int)(sizeof certificates / sizeof certificates[0]));
    tcase_add_loop_test(tcase, test_not_in_force, 0, (int)(sizeof terms / sizeof terms[0]));
    tcase_add_loop_test(tcase, test_smtp_refused, 0, (int)(sizeof refused / sizeof refused[0]));
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
