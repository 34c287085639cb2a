/* Output formats of a search: what each makes of a plain, a bare and a hostile entry. */
#include "query_entries.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "auditproof/display.h"
#include "auditproof/json_read.h"
#include "auditproof/utf8.h"

#include "query/ocsf_class.h"

static struct ap_buf out;
static struct ap_query_head head;
static struct ap_query_look look;

static void set_up(void)
{
    head = (struct ap_query_head){.program = "auditquery",
                                  .version = "1.2.3",
                                  .database = "app",
                                  .role = "auditor",
                                  .command = "search",
                                  .has_org = true};
    look = (struct ap_query_look){.width = 80};
}

static void tear_down(void)
{
    ap_buf_free(&out);
}

static const char *written(const char *format, const struct ap_query_entry *entries, size_t count)
{
    struct ap_error err;

    ap_buf_clear(&out);
    ck_assert_msg(write_entries(&out, format, &head, &look, entries, count, &err) == AP_OK, "%s", err.message);
    return ap_buf_str(&out);
}

static const char *written_one(const char *format, struct ap_query_entry entry)
{
    return written(format, &entry, 1);
}

static size_t count_of(const char *text, const char *what)
{
    size_t n = 0;

    for (; (text = strstr(text, what)) != NULL; text += strlen(what))
        n++;
    return n;
}

#define HAS(text, part) ck_assert_msg(strstr(text, part) != NULL, "no %s in %s", part, text)

START_TEST(test_names)
{
    static const char *const names[] = {"table", "json", "ndjson", "csv", "ocsf", "cef", "syslog", "timesketch"};
    char all[128] = "";

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        ck_assert_ptr_nonnull(ap_query_format(names[i]));
        ck_assert_str_eq(ap_query_format(names[i])->name, names[i]);
        (void)snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", i > 0 ? "|" : "", names[i]);
    }
    ck_assert_str_eq(ap_query_format_names, all);
    ck_assert_ptr_null(ap_query_format("xml"));
}
END_TEST

START_TEST(test_json)
{
    struct ap_query_entry both[] = {plain_entry(), hostile_entry()};
    struct ap_json_span span;
    char *lines, *rest;

    ck_assert_str_eq(written("json", NULL, 0), "[]\n");
    lines = strdup(written("ndjson", both, 2));
    ck_assert_uint_eq(count_of(lines, "\n"), 2);
    HAS(lines, "\"old_values\":{\"role\": \"agent\"},");
    HAS(lines, "\"created_at\":\"2026-11-22T15:46:14.123456Z\"");
    (void)written("json", both, 2);
    ck_assert(ap_json_check(out.data, out.len, &span, NULL, NULL) == AP_OK);
    /* The same objects. */
    ck_assert_uint_eq(out.len, strlen(lines) + strlen("[\n") + strlen(",\n]\n") - strlen("\n"));
    for (char *line = strtok_r(lines, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest))
        HAS(out.data, line);
    free(lines);
}
END_TEST

START_TEST(test_csv)
{
    struct ap_query_entry entry = bare_entry();

    ck_assert_str_eq(strstr(written_one("csv", entry), "\r\n"),
                     "\r\n\"5eed0000-0000-0000-0000-000000000009\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\","
                     "\"\",\"\",\"\",\"\",\"\",\"low\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\"\r\n");
    entry.row.user_agent = text_value("=cmd|'/c calc'!A1");
    HAS(written_one("csv", entry), ",\"'=cmd|'/c calc'!A1\",");
    entry.row.user_agent = text_value("say \"hi\",\r\nthen");
    HAS(written_one("csv", entry), ",\"say \"\"hi\"\",\r\nthen\",");
}
END_TEST

START_TEST(test_cef)
{
    struct ap_query_finding finding = {text_value("r-1"), text_value("a|b\\c\nd"), text_value("critical"), {0}};
    struct ap_query_entry entry = hostile_entry();
    const char *text;

    text = written_one("cef", plain_entry());
    HAS(text, "CEF:0|auditproof|auditproof|1.2.3|team.member.role_updated|team.member.role_updated|8| "
              "rt=1795362374123 externalId=5eed0000-0000-0000-0000-000000000001 act=team.member.role_updated ");
    HAS(text, " src=192.0.2.10 ");
    entry.findings = &finding;
    entry.finding_count = 1;
    entry.level = text_value("critical");
    text = written_one("cef", entry);
    HAS(text, "|a\\|b\\\\c\\\\x0ad|10| ");
    HAS(text, " requestClientApplication=a\"b\\\\c]d|e\\=f,g;\\r\\nh\ti\x1b[31m");
    HAS(text, " cs5=r-1 cs5Label=rules ");
    ck_assert_uint_eq(count_of(text, "\n"), 1);
    entry = plain_entry();
    entry.row.ip_address.prefix = 24;
    HAS(written_one("cef", entry), " auditproofSourceNetwork=192.0.2.10/24 ");
    ck_assert_str_eq(written_one("cef", bare_entry()),
                     "CEF:0|auditproof|auditproof|1.2.3|||3| externalId=5eed0000-0000-0000-0000-000000000009 msg= by "
                     "nobody named on \n");
}
END_TEST

START_TEST(test_syslog)
{
    struct ap_query_entry entry = hostile_entry();
    const char *text;

    text = written_one("syslog", plain_entry());
    HAS(text, "<107>1 2026-11-22T15:46:14.123456Z - auditproof - team.member.role_updated [origin "
              "software=\"auditproof\" swVersion=\"1.2.3\"][auditproof@32473 id=\"");
    HAS(text, " newValues=\"{\\\"role\\\": \\\"admin\\\"}\"");
    HAS(text, "] \xef\xbb\xbfteam.member.role_updated by anna@example.com (admin) on team_member/");
    text = written_one("syslog", entry);
    HAS(text, " userAgent=\"a\\\"b\\\\c\\]d|e=f,g;\\\\x0d\\\\x0ah\\\\x09i\\\\x1b[31mj");
    ck_assert_uint_eq(count_of(text, "\n"), 1);
    ck_assert_ptr_null(strchr(text, '\x1b'));
    entry.row.action = text_value("an action with spaces that is longer than 32");
    HAS(written_one("syslog", entry), " an_action_with_spaces_that_is_lo [origin");
    entry = bare_entry();
    HAS(written_one("syslog", entry), "<110>1 - - auditproof - - [origin ");
    entry.has_created = true;
    entry.created_us = INT64_C(253402300800000000); /* the year 10000 */
    HAS(written_one("syslog", entry), "<110>1 - - auditproof ");
}
END_TEST

START_TEST(test_timesketch)
{
    struct ap_query_entry entry = plain_entry();

    HAS(written_one("timesketch", entry),
        "\"datetime\":\"2026-11-22T15:46:14.123456+00:00\",\"timestamp\":1795362374123456,"
        "\"timestamp_desc\":\"Event Time\",");
    HAS(out.data, "\"new_values\":\"{\\\"role\\\": \\\"admin\\\"}\"");
    entry.has_created = false;
    HAS(written_one("timesketch", entry), "\"datetime\":\"2026-11-22T15:46:14.200000+00:00\",\"timestamp\":"
                                          "1795362374200000,\"timestamp_desc\":\"Recorded Time\",");
    HAS(written_one("timesketch", bare_entry()), "\"timestamp\":0,\"timestamp_desc\":\"Not a time\",");
}
END_TEST

/* On a terminal nothing of an entry acts, in any format, and JSON says the same. */
START_TEST(test_terminal)
{
    static const char *const names[] = {"table", "json", "ndjson", "csv", "ocsf", "cef", "syslog", "timesketch"};
    const char *name = names[_i];
    struct ap_query_entry entry = hostile_entry();
    struct ap_json_span span;

    look.terminal = true;
    (void)written_one(name, entry);
    for (size_t i = 0; i < out.len; i++)
        ck_assert_msg((unsigned char)out.data[i] >= 0x20 || out.data[i] == '\n' || out.data[i] == '\r', "%s: byte %02x",
                      name, (unsigned char)out.data[i]);
    ck_assert_ptr_null(strstr(out.data, "\xc2\x9b"));
    ck_assert_ptr_null(strstr(out.data, "\xe2\x80\xae"));
    ck_assert_ptr_null(strstr(out.data, "\xef\xbb\xbf"));
    if (out.data[0] == '{' || out.data[0] == '[') {
        ck_assert(ap_json_check(out.data, out.len, &span, NULL, NULL) == AP_OK);
        HAS(out.data, "\\u202e");
    }
    look.raw = true;
    (void)written_one(name, entry);
    if (strcmp(name, "syslog") != 0)
        HAS(out.data, "\xe2\x80\xae");
}
END_TEST

static void check_lines(size_t width)
{
    for (const char *line = out.data; *line != '\0';) {
        size_t len = strcspn(line, "\n");

        ck_assert_msg(ap_display_width(line, len) <= width, "%zu columns: %.*s", ap_display_width(line, len), (int)len,
                      line);
        line += len + 1;
    }
    ck_assert_uint_eq(ap_utf8_valid(out.data, out.len), out.len);
}

/* Whatever is in it, and whatever the width, no line is wider, and an entry is not the whole screen. */
START_TEST(test_table_widths)
{
    static const char *const fillers[] = {"x", "\xe6\x97\xa5", "u\xcc\x88", "\x1b", "\xf3\xa0\x81\x81", "ab/"};
    struct ap_query_entry entries[] = {plain_entry(), hostile_entry(), bare_entry(), hostile_entry()};
    struct ap_buf big = AP_BUF_INIT;

    while (big.len < 65536)
        ap_buf_adds(&big, fillers[_i]);
    entries[3].row.action = entries[3].row.actor_email = entries[3].row.resource_type = text_value(big.data);
    entries[3].gap = true;
    entries[3].gap_us = 1;
    head.proof = true;
    head.has_org = false;
    for (look.width = 60; look.width < 220; look.width += 7) {
        for (look.lines = 0; look.lines < 2; look.lines++) {
            look.live = look.width % 2 == 0;
            (void)written("table", entries, 4);
            check_lines(look.width);
            ck_assert_uint_le(count_of(out.data, "\n"), 50);
        }
    }
    ap_buf_free(&big);
}
END_TEST

START_TEST(test_table)
{
    struct ap_query_entry entries[] = {plain_entry(), plain_entry()};

    entries[1].row.action = text_value("auth.login");
    entries[1].level = text_value("low");
    entries[1].row.ip_address.present = false;
    ck_assert_str_eq(written("table", entries, 2),
                     "TIME                  RISK  ACTION                    ACTOR\n"
                     "2026-11-22 15:46:14Z  high  team.member.role_updated  anna@example.com\n"
                     "                            team_member/5eed0000-0000-0000-0000-000000000004\n"
                     "                            192.0.2.10\n"
                     "2026-11-22 15:46:14Z  low   auth.login                anna@example.com\n"
                     "                            team_member/5eed0000-0000-0000-0000-000000000004\n");
    look.width = 0;
    look.colour = true;
    entries[1].focus = true;
    entries[1].gap = true;
    entries[1].gap_us = INT64_C(93784000000);
    ck_assert_str_eq(
        written("table", entries, 2),
        "TIME                  RISK  ACTION                    ACTOR             RESOURCE                              "
        "            ADDRESS\n"
        "2026-11-22 15:46:14Z  \x1b[31mhigh\x1b[0m  team.member.role_updated  anna@example.com  "
        "team_member/5eed0000-0000-0000-0000-000000000004  192.0.2.10\n"
        "                            \x1b[2m-- 1 d 2 h without entries --\x1b[0m\n"
        "2026-11-22 15:46:14Z> low   auth.login                anna@example.com  "
        "team_member/5eed0000-0000-0000-0000-000000000004\n");
    ck_assert_str_eq(written("table", NULL, 0), "");
}
END_TEST

START_TEST(test_table_rules)
{
    struct ap_query_finding findings[] = {{text_value("r-1"), text_value("MFA disabled"), text_value("high"), {1}},
                                          {text_value("r-1"), text_value("MFA disabled"), text_value("high"), {2}},
                                          {text_value("r-2"), text_value(""), text_value("low"), {2}}};
    struct ap_query_entry entry = plain_entry();

    entry.findings = findings;
    entry.finding_count = 1;
    HAS(written_one("table", entry), "\n                            rule: MFA disabled\n");
    entry.finding_count = 3;
    HAS(written_one("table", entry), "\n                            rules: MFA disabled; r-2\n");
    look.width = 200;
    HAS(written_one("table", entry), "  ADDRESS     RULES\n");
    HAS(out.data, "  192.0.2.10  MFA disabled; r-2\n");
    look.width = 120;
    look.lines = 1;
    HAS(written_one("table", entry), "  MFA disabled; r-2\n");
    ck_assert_uint_eq(count_of(out.data, "\n"), 2);
    look.width = 80;
    ck_assert_str_eq(written_one("table", entry), "TIME                  RISK  ACTION                    ACTOR\n"
                                                  "2026-11-22 15:46:14Z  high  team.member.role_updated  "
                                                  "anna@example.com\n");
}
END_TEST

/* However wide the table, a cell is no whole book, and what is cut is told. */
START_TEST(test_table_cut)
{
    struct ap_query_entry entry = plain_entry();
    struct ap_buf action = AP_BUF_INIT;

    while (action.len < 4096)
        ap_buf_adds(&action, "\xe6\x97\xa5");
    entry.row.action = (struct ap_value){action.data, action.len};
    look.width = 0;
    HAS(written_one("table", entry), "  high  \xe6\x97\xa5");
    HAS(out.data, "\xe6\x97\xa5\xe2\x80\xa6  anna@example.com  ");
    ck_assert_uint_eq(count_of(out.data, "\xe6\x97\xa5"), 4096 / 3);
    ap_buf_free(&action);
}
END_TEST

/* More than are kept to see how wide they are. */
START_TEST(test_table_many)
{
    enum { COUNT = 450 };
    struct ap_query_entry *entries = calloc(COUNT, sizeof *entries);

    ck_assert_ptr_nonnull(entries);
    for (size_t i = 0; i < COUNT; i++)
        entries[i] = i % 3 == 0 ? hostile_entry() : plain_entry();
    (void)written("table", entries, COUNT);
    check_lines(80);
    ck_assert_uint_eq(count_of(out.data, "2026-11-22 15:46:14Z"), COUNT);
    ck_assert_uint_eq(count_of(out.data, "TIME"), 1);
    free(entries);
}
END_TEST

static const struct {
    const char *action, *resource_type, *new_values;
    bool actor, address, resource;
    int class_uid, activity, status;
} kinds[] = {
    {"LOGIN", "user", "{}", true, true, false, 3002, 1, 0},
    {"auth.login_failed", "user", "{}", true, true, false, 3002, 1, 2},
    {"auth.login_failed", "user", "{}", false, true, false, 3004, 99, 2},
    {"auth.suspicious_login", "user", "{}", true, true, false, 3002, 1, 0},
    {"auth.multiple_failed_attempts", "user", "{}", true, true, false, 3002, 1, 2},
    {"user.loggedOut", "user", "{}", true, true, false, 3002, 2, 0},
    {"user.logOut", "user", "{}", true, true, false, 3002, 2, 0},
    {"mfa_enrollment_initiated", "user", "{}", true, true, false, 3001, 99, 0},
    {"mfa_backup_code_used", "user", "{}", true, true, false, 3002, 99, 0},
    {"MFA_DISABLED", "mfa_factor", "{}", true, true, false, 3001, 11, 0},
    {"MFA_DISABLED", "mfa_factor", "{}", true, true, true, 3004, 9, 0},
    {"password.reset", "users", "{}", true, true, true, 3001, 4, 0},
    {"team.member.role_updated", "team_member", "{\"role\": \"admin\"}", true, true, true, 3005, 1, 0},
    {"team.member.role_updated", "team_member", "{}", true, true, true, 3004, 3, 0},
    {"team.member.permissions_updated", "profiles", "{\"permissions\": [\"a\", \"b\"]}", true, true, true, 3005, 1, 0},
    {"ROLE_CHANGE", "user", "{\"new_role\": \"owner\"}", true, true, true, 3005, 1, 0},
    {"team.member.removed", "team_member", "{}", true, true, true, 3004, 4, 0},
    {"team.invitation.created", "invitation", "{}", true, true, true, 3004, 1, 0},
    {"profiles.deleted", "profiles", "{}", false, false, true, 3001, 6, 0},
    {"organization.updated", "organization", "{}", true, true, true, 3004, 3, 0},
    {"suspend_organization", "organization", "{}", true, true, true, 3004, 12, 0},
    {"reactivate_organization", "organization", "{}", true, true, true, 3004, 10, 0},
    {"API_KEY_GENERATED", "api_key", "{}", true, true, true, 3004, 1, 0},
    {"DATA_EXPORT", "contacts", "{}", true, true, false, 6003, 2, 0},
    {"DATA_EXPORT", "contacts", "{}", true, false, false, 3004, 2, 0},
    {"security.rate_limit_exceeded", "api", "{}", true, true, false, 6003, 99, 0},
    {"security.unauthorized_access_attempt", "api", "{}", true, true, false, 6003, 2, 2},
    {"AUDIT_CLEANUP", "audit_logs", "{}", false, false, false, 3004, 4, 0},
};

START_TEST(test_ocsf_kinds)
{
    struct ap_query_entry entry = plain_entry();
    struct ocsf_kind kind;

    entry.row.action = text_value(kinds[_i].action);
    entry.row.resource_type = text_value(kinds[_i].resource_type);
    entry.row.new_values = text_value(kinds[_i].new_values);
    entry.row.old_values = entry.row.session_id = (struct ap_value){NULL, 0};
    entry.row.resource_id.present = kinds[_i].resource;
    entry.row.ip_address.present = kinds[_i].address;
    if (!kinds[_i].actor) {
        entry.row.actor_id.present = false;
        entry.row.actor_email = (struct ap_value){NULL, 0};
    }
    kind = ocsf_classify(&entry);
    ck_assert_msg((int)kind.class_uid == kinds[_i].class_uid && kind.activity == kinds[_i].activity &&
                      (int)kind.status == kinds[_i].status,
                  "%s: %d %d %d", kinds[_i].action, (int)kind.class_uid, kind.activity, (int)kind.status);
}
END_TEST

START_TEST(test_ocsf)
{
    struct ap_query_entry entry = plain_entry();

    HAS(written_one("ocsf", entry), "\"privileges\":[\"admin\"]");
    HAS(out.data, "\"user\":{\"uid\":\"5eed0000-0000-0000-0000-000000000004\"}");
    HAS(out.data, "\"time\":1795362374123,");
    entry.created_us = -1;
    HAS(written_one("ocsf", entry), "\"time\":-1,");
    entry.row.actor_email = text_value("not an address");
    ck_assert_ptr_null(strstr(written_one("ocsf", entry), "email_addr"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("query_format");
    TCase *tc = tcase_create("query_format");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, test_names);
    tcase_add_test(tc, test_json);
    tcase_add_test(tc, test_csv);
    tcase_add_test(tc, test_cef);
    tcase_add_test(tc, test_syslog);
    tcase_add_test(tc, test_timesketch);
    tcase_add_loop_test(tc, test_terminal, 0, 8);
    tcase_add_loop_test(tc, test_table_widths, 0, 6);
    tcase_add_test(tc, test_table);
    tcase_add_test(tc, test_table_rules);
    tcase_add_test(tc, test_table_cut);
    tcase_add_test(tc, test_table_many);
    tcase_add_loop_test(tc, test_ocsf_kinds, 0, sizeof kinds / sizeof *kinds);
    tcase_add_test(tc, test_ocsf);
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
