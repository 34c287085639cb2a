/* What is wrong with the rules, and whether they pass their tests. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/buf.h"
#include "auditproof/json.h"
#include "classify.h"
#include "shown.h"

struct checking {
    bool json;
    struct ap_buf out;
    size_t errors, warnings, tests, failed;
};

static void put_place(const char *file, uint32_t line, uint32_t column)
{
    cli_put(stdout, file);
    if (line > 0)
        (void)printf(":%" PRIu32, line);
    if (line > 0 && column > 0)
        (void)printf(":%" PRIu32, column);
}

static void print_problem(const struct ap_rule_problem *p)
{
    put_place(p->file, p->line, p->column);
    (void)fputs(p->kind == AP_PROBLEM_ERROR ? ": error: " : ": warning: ", stdout);
    cli_put(stdout, p->message);
    if (p->rule[0] != '\0') {
        (void)fputs(" [", stdout);
        cli_put(stdout, p->rule);
        (void)putchar(']');
    }
    (void)putchar('\n');
}

static void add_problem(struct ap_buf *out, const struct ap_rule_problem *p)
{
    ap_buf_addf(out, "{\"kind\":\"%s\",\"file\":", p->kind == AP_PROBLEM_ERROR ? "error" : "warning");
    ap_json_string(out, p->file);
    ap_buf_addf(out, ",\"line\":%" PRIu32 ",\"column\":%" PRIu32 ",\"rule\":", p->line, p->column);
    ap_json_string(out, p->rule);
    ap_buf_adds(out, ",\"message\":");
    ap_json_string(out, p->message);
    ap_buf_addc(out, '}');
}

static void check_problems(struct checking *c, const struct ap_rules *rules)
{
    size_t count = 0;
    const struct ap_rule_problem *problems = ap_rules_problems(rules, &count);

    ap_buf_adds(&c->out, "\"problems\":[");
    for (size_t i = 0; i < count; i++) {
        *(problems[i].kind == AP_PROBLEM_ERROR ? &c->errors : &c->warnings) += 1;
        ap_buf_adds(&c->out, i > 0 ? ",\n" : "\n");
        add_problem(&c->out, &problems[i]);
        if (!c->json)
            print_problem(&problems[i]);
    }
    ap_buf_addc(&c->out, ']');
}

static void print_failure(const struct ap_rule_test *test)
{
    put_place(test->file, test->line, 0);
    (void)fputs(": test", stdout);
    if (test->name[0] != '\0') {
        (void)fputs(" \"", stdout);
        cli_put(stdout, test->name);
        (void)putchar('"');
    }
    (void)fputs(" failed: ", stdout);
    cli_put(stdout, test->message);
    (void)putchar('\n');
}

static enum ap_status take_test(void *context, const struct ap_rule_test *test, struct ap_error *err)
{
    struct checking *c = context;

    (void)err;
    ap_buf_adds(&c->out, c->tests > 0 ? ",\n{\"file\":" : "\n{\"file\":");
    ap_json_string(&c->out, test->file);
    ap_buf_addf(&c->out, ",\"line\":%" PRIu32 ",\"name\":", test->line);
    ap_json_string(&c->out, test->name);
    ap_buf_adds(&c->out, ",\"rule\":");
    ap_json_string(&c->out, test->rule);
    ap_buf_addf(&c->out, ",\"passed\":%s,\"message\":", test->message == NULL ? "true" : "false");
    ap_json_string(&c->out, test->message);
    ap_buf_addc(&c->out, '}');
    c->tests++;
    if (test->message == NULL)
        return AP_OK;
    c->failed++;
    if (!c->json)
        print_failure(test);
    return AP_OK;
}

static int print_outcome(struct checking *c, const struct ap_rules *rules)
{
    char digest[AP_HASH_TEXT_SIZE] = "";
    struct ap_error err;

    ap_hex_encode(digest, ap_rules_digest(rules), AP_HASH_LEN);
    ap_buf_addf(
        &c->out,
        "],\"rules\":%zu,\"errors\":%zu,\"warnings\":%zu,\"tests\":%zu,\"failed\":%zu,\"ruleset\":\"sha256:%s\"}\n",
        ap_rules_count(rules), c->errors, c->warnings, c->tests, c->failed, digest);
    if (ap_buf_check(&c->out, "what was found", &err) != AP_OK)
        return cli_fail(&err);
    if (c->json)
        (void)fputs(c->out.data, stdout);
    else
        (void)printf("%zu rules loaded, %zu errors, %zu warnings; %zu tests, %zu failed\n", ap_rules_count(rules),
                     c->errors, c->warnings, c->tests, c->failed);
    return c->errors + c->failed > 0 ? EXIT_FINDINGS : EXIT_DONE;
}

int classify_check(const struct classify_options *options, const struct ap_rules *rules)
{
    struct checking c = {.json = strcmp(options->format, "json") == 0};
    struct ap_error err;
    int status;

    ap_buf_addc(&c.out, '{');
    check_problems(&c, rules);
    ap_buf_adds(&c.out, ",\"run\":[");
    if (ap_rules_test(rules, take_test, &c, &err) != AP_OK)
        status = cli_fail(&err);
    else
        status = print_outcome(&c, rules);
    ap_buf_free(&c.out);
    return status;
}
