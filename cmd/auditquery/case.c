/* case new, note, show and verify: a folder of what was looked at. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/json.h"
#include "casebook.h"
#include "commands.h"

static const char *title, *expect;

const struct cli_option case_new_options[] = {
    {0, "title", "TEXT", CLI_STRING, &title, NULL, "what the case is about", NULL},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

const struct cli_option case_verify_options[] = {
    {0, "expect", "HASH", CLI_STRING, &expect, NULL, "the head that was written down: is it this case, and all of it?",
     "The head that was written down elsewhere when the last step was taken: without it, neither steps that were taken"
     " away from the end show, nor a case that was made anew by whoever can write to it."},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

int case_new_run(int argc, char **argv)
{
    struct ap_case_author author = casebook_author(NULL);
    uint8_t head[AP_HASH_LEN];
    struct ap_error err;

    (void)argc;
    if (asked_takes("case new", "") != EXIT_DONE)
        return EXIT_USAGE;
    if (title == NULL || title[strspn(title, " ")] == '\0')
        return cli_usage("what is the case about? Give --title");
    if (asked_check_text("the title", title, &err) != AP_OK ||
        ap_case_new(argv[0], title, &author, head, &err) != AP_OK)
        return cli_fail(&err);
    casebook_say_head(argv[0], 1, head);
    return EXIT_DONE;
}

static enum ap_status add_note(const char *path, const char *text, unsigned *step, uint8_t head[AP_HASH_LEN],
                               struct ap_error *err)
{
    struct ap_case_author author = casebook_author(NULL);
    struct ap_case *folder = NULL;
    enum ap_status status = asked_check_text("the note", text, err);

    if (status == AP_OK)
        status = ap_case_open(&folder, path, err);
    if (status == AP_OK)
        status = ap_case_begin(folder, err);
    if (status == AP_OK)
        status = ap_case_commit(folder, AP_CASE_NOTE, text, NULL, &author, step, head, err);
    ap_case_free(folder);
    return status;
}

int case_note_run(int argc, char **argv)
{
    uint8_t head[AP_HASH_LEN];
    struct ap_error err;
    unsigned step;

    (void)argc;
    if (asked_takes("case note", "") != EXIT_DONE)
        return EXIT_USAGE;
    if (add_note(argv[0], argv[1], &step, head, &err) != AP_OK)
        return cli_fail(&err);
    casebook_say_head(argv[0], step, head);
    return EXIT_DONE;
}

static void tell_problem(void *context, const char *name, const char *problem)
{
    (void)context;
    casebook_put(name);
    (void)printf(" %s\n", problem);
}

/* Is it the head that was written down? */
static void check_expected(struct ap_case_verdict *verdict, const uint8_t head[AP_HASH_LEN])
{
    if (memcmp(verdict->head, head, AP_HASH_LEN) == 0)
        return;
    verdict->problems++;
    tell_problem(NULL, "the head", "is not the expected one: steps were taken away or added, or it is another case");
}

static enum ap_status verify(const char *path, struct ap_case_verdict *verdict, struct ap_error *err)
{
    struct ap_case *folder = NULL;
    enum ap_status status = ap_case_open(&folder, path, err);

    if (status == AP_OK)
        status = ap_case_verify(folder, true, tell_problem, NULL, verdict, err);
    ap_case_free(folder);
    return status;
}

int case_verify_run(int argc, char **argv)
{
    struct ap_case_verdict verdict;
    uint8_t head[AP_HASH_LEN];
    char hex[2 * AP_HASH_LEN + 1];
    struct ap_error err;

    (void)argc;
    if (asked_takes("case verify", "") != EXIT_DONE)
        return EXIT_USAGE;
    if (expect != NULL && (strlen(expect) != sizeof hex - 1 || !ap_hex_decode(head, sizeof head, expect)))
        return cli_usage("--expect takes the 64 hexadecimal digits of a head, not \"%.80s\"", expect);
    if (verify(argv[0], &verdict, &err) != AP_OK)
        return cli_fail(&err);
    if (expect != NULL)
        check_expected(&verdict, head);
    if (verdict.unfinished)
        cli_say("%s: a step was begun and not finished; it is no part of the case, and the next step takes its place",
                argv[0]);
    if (verdict.problems > 0) {
        cli_error("%s is not as it was: %s%u problem%s", argv[0],
                  verdict.problems >= AP_CASE_PROBLEMS_MAX ? "at least " : "", verdict.problems,
                  verdict.problems == 1 ? "" : "s");
        return EXIT_FINDINGS;
    }
    ap_hex_encode(hex, verdict.head, AP_HASH_LEN);
    hex[sizeof hex - 1] = '\0';
    casebook_put(argv[0]);
    (void)printf(" %s: %u step%s, %" PRIu64 " files, %" PRIu64 " bytes; head %s\n",
                 expect != NULL ? "is what it was when its head was written down" : "agrees with itself", verdict.steps,
                 verdict.steps == 1 ? "" : "s", verdict.files, verdict.bytes, hex);
    if (expect == NULL)
        cli_say("whoever can write to it could have taken steps from its end, or made all of it anew: compare the head"
                " with one that was written down (--expect)");
    return EXIT_DONE;
}

static void show_step(const struct ap_case_step *step)
{
    (void)printf("%04u  ", step->number);
    casebook_put(step->time);
    (void)printf("  %s  by ", ap_case_kind_name(step->kind));
    casebook_put(step->author.os_user != NULL ? step->author.os_user : "nobody knows whom");
    if (step->author.login != NULL) {
        (void)fputs(" as ", stdout);
        casebook_put(step->author.login);
    }
    if (step->author.role != NULL && step->author.login != NULL && strcmp(step->author.role, step->author.login) != 0) {
        (void)fputs(" in role ", stdout);
        casebook_put(step->author.role);
    }
    (void)fputs("\n", stdout);
    if (step->text != NULL) {
        (void)fputs("      ", stdout);
        casebook_put(step->text);
        (void)fputs("\n", stdout);
    }
    if (step->about != NULL) {
        (void)fputs("      ", stdout);
        casebook_put(step->about);
        (void)fputs("\n", stdout);
    }
    for (size_t i = 0; i < step->file_count; i++)
        (void)printf("      %04u/%s, %" PRIu64 " bytes\n", step->number, step->files[i].name, step->files[i].size);
}

static void count_problem(void *context, const char *name, const char *problem)
{
    (void)context;
    (void)name;
    (void)problem;
}

int case_show_run(int argc, char **argv)
{
    struct ap_case *folder = NULL;
    struct ap_case_verdict verdict;
    struct ap_case_step step;
    struct ap_error err;
    enum ap_status status;

    (void)argc;
    if (asked_takes("case show", "") != EXIT_DONE)
        return EXIT_USAGE;
    status = ap_case_open(&folder, argv[0], &err);
    if (status == AP_OK)
        status = ap_case_verify(folder, false, count_problem, NULL, &verdict, &err);
    for (unsigned i = 1; status == AP_OK && verdict.problems == 0 && i <= verdict.steps; i++) {
        status = ap_case_step(folder, i, &step, &err);
        if (status == AP_OK)
            show_step(&step);
    }
    ap_case_free(folder);
    if (status != AP_OK)
        return cli_fail(&err);
    if (verdict.problems > 0) {
        cli_error("%s is not as it was, and is not shown: see `auditquery case verify`", argv[0]);
        return EXIT_FINDINGS;
    }
    return EXIT_DONE;
}
