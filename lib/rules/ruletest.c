/* Tests that lie beside rules: events, and whether a rule matches them (audit-rules(5), TESTS). */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auditproof/json.h"
#include "classifier.h"
#include "yaml_tree.h"

struct testing {
    const struct ap_rules *rules;
    struct ap_classifier *classifier;
    ap_rule_test_fn *fn;
    void *context;
    const char *rule_file;
    char *file; /* of the tests */
    struct ap_arena arena;
    struct ap_buf text;
    struct ap_buf event;
    char message[512];
    enum ap_status status; /* what ended the run, or AP_OK */
    struct ap_error *err;
};

static void report(struct testing *t, const struct ap_yaml *test, const char *rule, const char *message)
{
    const struct ap_yaml *name = test != NULL ? ap_yaml_get(test, "name") : NULL;
    struct ap_rule_test outcome = {
        .file = t->file,
        .line = test != NULL ? test->at.line : 0,
        .name = name != NULL && ap_yaml_is_scalar(name) ? name->text.text : "",
        .rule = rule,
        .message = message,
    };

    if (t->status == AP_OK)
        t->status = t->fn(t->context, &outcome, t->err);
}

static void add_json(struct ap_buf *out, const struct ap_yaml *node)
{
    struct ap_number number;

    switch (node->kind) {
    case AP_YAML_NULL:
        ap_buf_adds(out, "null");
        break;
    case AP_YAML_BOOL:
        ap_buf_adds(out, node->truth ? "true" : "false");
        break;
    case AP_YAML_NUMBER:
        /* YAML has spellings that JSON has not. */
        if (ap_number_parse(&number, node->text.text, node->text.len))
            ap_buf_add(out, node->text.text, node->text.len);
        else if (node->number.is_integer)
            ap_buf_addf(out, "%" PRId64, node->number.integer);
        else
            ap_buf_addf(out, "%.17g", node->number.real);
        break;
    case AP_YAML_STRING:
        ap_json_string_n(out, node->text.text, node->text.len);
        break;
    case AP_YAML_LIST:
        ap_buf_addc(out, '[');
        for (size_t i = 0; i < node->count; i++) {
            ap_buf_adds(out, i > 0 ? "," : "");
            add_json(out, node->items[i]);
        }
        ap_buf_addc(out, ']');
        break;
    case AP_YAML_MAP:
        ap_buf_addc(out, '{');
        for (size_t i = 0; i < node->count; i++) {
            const struct ap_text *key = &node->items[2 * i]->text;

            ap_buf_adds(out, i > 0 ? "," : "");
            ap_json_string_n(out, key->text, key->len);
            ap_buf_addc(out, ':');
            add_json(out, node->items[2 * i + 1]);
        }
        ap_buf_addc(out, '}');
        break;
    }
}

/* One event through the classifier. *matched: the rule matches it, or it completes the correlation. */
static enum ap_status feed(struct testing *t, const struct ap_yaml *event, size_t rule, bool *matched)
{
    struct ap_classifier *c = t->classifier;
    struct ap_classification found;
    enum ap_status status = AP_OK;
    bool more = true;
    size_t at;

    ap_buf_clear(&t->event);
    add_json(&t->event, event);
    if (ap_buf_check(&t->event, "an event", t->err) != AP_OK)
        return AP_ENOMEM;
    *matched = false;
    ap_classify_line(c, t->event.data, t->event.len);
    while (status == AP_OK) {
        status = ap_classify_next(c, &more, &found, &at, t->err);
        if (status != AP_OK || !more)
            break;
        *matched = *matched || ap_classifier_has(c, rule);
    }
    return status;
}

/* A correlation may come true at any of the events or at their end; a rule is held against the last one. */
static enum ap_status run_events(struct testing *t, const struct ap_yaml *const *events, size_t count, size_t rule,
                                 bool *matched)
{
    struct ap_classification found;
    enum ap_status status = ap_classifier_reset(t->classifier, t->err);
    bool correlation = ap_rules_info(t->rules, rule)->correlation;
    bool any = false, now = false;

    for (size_t i = 0; status == AP_OK && i < count; i++) {
        status = feed(t, events[i], rule, &now);
        any = any || now;
    }
    if (status == AP_OK)
        status = ap_classify_end(t->classifier, &found, t->err);
    *matched = correlation ? any || ap_classifier_has(t->classifier, rule) : now;
    return status;
}

/* The rule that the test names, or the only one that its file's neighbour has. */
static size_t rule_of(const struct testing *t, const struct ap_yaml *test)
{
    const struct ap_yaml *id = ap_yaml_get(test, "rule");
    size_t count = ap_rules_count(t->rules), only = SIZE_MAX;

    if (id != NULL)
        return ap_yaml_is_scalar(id) ? ap_rules_find(t->rules, id->text.text) : SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(ap_rules_info(t->rules, i)->file, t->rule_file) != 0)
            continue;
        if (only != SIZE_MAX)
            return SIZE_MAX;
        only = i;
    }
    return only;
}

/* What is wrong with how the test is written, or NULL. */
static const char *flaw(struct testing *t, const struct ap_yaml *test, size_t *rule)
{
    const struct ap_yaml *event, *events, *expect;

    if (test->kind != AP_YAML_MAP)
        return "a test is a mapping with `event` or `events`, and `expect`";
    event = ap_yaml_get(test, "event");
    events = ap_yaml_get(test, "events");
    expect = ap_yaml_get(test, "expect");
    if ((event == NULL) == (events == NULL))
        return "it needs either `event` or `events`";
    if (events != NULL && (events->kind != AP_YAML_LIST || events->count == 0))
        return "`events` is not a list of events";
    if (expect == NULL || !(ap_yaml_is(expect, "match") || ap_yaml_is(expect, "miss")))
        return "`expect` is not \"match\" or \"miss\"";
    *rule = rule_of(t, test);
    if (*rule == SIZE_MAX)
        return ap_yaml_get(test, "rule") != NULL ? "`rule` is no id, name or title of a rule that was loaded"
                                                 : "the file beside it does not have one rule: say which by `rule`";
    if (!ap_rules_info(t->rules, *rule)->applies)
        return "the rule is not for these events: its logsource is another";
    return NULL;
}

static void run_test(struct testing *t, const struct ap_yaml *test)
{
    size_t rule = SIZE_MAX;
    const char *wrong = flaw(t, test, &rule);
    const struct ap_yaml *events, *event;
    bool expected, matched;
    enum ap_status status;

    if (wrong != NULL) {
        report(t, test, rule != SIZE_MAX ? ap_rules_info(t->rules, rule)->title : "", wrong);
        return;
    }
    event = ap_yaml_get(test, "event");
    events = ap_yaml_get(test, "events");
    expected = ap_yaml_is(ap_yaml_get(test, "expect"), "match");
    status = run_events(t, event != NULL ? &event : (const struct ap_yaml *const *)events->items,
                        event != NULL ? 1 : events->count, rule, &matched);
    if (status == AP_EINPUT || status == AP_ELIMIT) {
        (void)snprintf(t->message, sizeof t->message, "an event cannot be read: %.400s", t->err->message);
        wrong = t->message;
    } else if (status != AP_OK) {
        t->status = status;
        return;
    } else if (matched != expected) {
        wrong = expected ? "a match was expected, and the rule did not match" : "the rule matched, which it should not";
    }
    report(t, test, ap_rules_info(t->rules, rule)->title, wrong);
}

static void take_document(void *context, const struct ap_yaml_document *document)
{
    struct testing *t = context;
    const struct ap_yaml *tests = document->root != NULL ? ap_yaml_get(document->root, "tests") : NULL;

    if (document->root == NULL) {
        (void)snprintf(t->message, sizeof t->message, "line %" PRIu32 ", column %" PRIu32 ": %.256s",
                       document->problem->at.line, document->problem->at.column, document->problem->message);
        report(t, NULL, "", t->message);
        return;
    }
    if (tests == NULL || tests->kind != AP_YAML_LIST) {
        report(t, document->root, "", "there is no list `tests`");
        return;
    }
    for (size_t i = 0; t->status == AP_OK && i < tests->count; i++)
        run_test(t, tests->items[i]);
}

/* The whole file; *there is false when there is none. */
static enum ap_status read_file(struct testing *t, bool *there)
{
    int fd = open(t->file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    ssize_t n = 1;

    *there = fd >= 0;
    ap_buf_clear(&t->text);
    if (fd < 0)
        return errno == ENOENT ? AP_OK : ap_fail_errno(t->err, errno, "cannot open %s", t->file);
    while (n > 0 && t->text.len <= AP_RULE_FILE_MAX) {
        char *to = ap_buf_reserve(&t->text, 65536);

        if (to == NULL)
            break;
        n = read(fd, to, 65536);
        if (n > 0)
            t->text.len += (size_t)n;
        else if (n < 0 && errno == EINTR)
            n = 1;
    }
    (void)close(fd);
    if (n < 0)
        return ap_fail_errno(t->err, errno, "cannot read %s", t->file);
    return ap_buf_check(&t->text, "a file of tests", t->err);
}

static enum ap_status run_file(struct testing *t)
{
    bool there = false;
    enum ap_status status = read_file(t, &there);

    if (status != AP_OK || !there)
        return status;
    if (t->text.len > AP_RULE_FILE_MAX) {
        report(t, NULL, "", "the file is too long");
        return t->status;
    }
    ap_arena_reset(&t->arena);
    status = ap_yaml_read(&t->arena, ap_buf_str(&t->text), t->text.len, take_document, t, t->err);
    return status == AP_OK ? t->status : status;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* NAME.test.yml for NAME.yml; NULL for a file that is no such. */
static char *name_tests(const char *file)
{
    const char *dot = strrchr(file, '.'), *slash = strrchr(file, '/');
    char *name = NULL;

    if (dot == NULL || (slash != NULL && dot < slash) ||
        asprintf(&name, "%.*s.test%s", (int)(dot - file), file, dot) < 0)
        return NULL;
    return name;
}

static int is_tests(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);

    return (len > 9 && strcmp(entry->d_name + len - 9, ".test.yml") == 0) ||
           (len > 10 && strcmp(entry->d_name + len - 10, ".test.yaml") == 0);
}

static char *join(const char *dir, const char *name, size_t len, const char *ending)
{
    char *path = NULL;

    return asprintf(&path, "%s/%.*s%s", dir, (int)len, name, ending) < 0 ? NULL : path;
}

/* Tests whose rule file was renamed or removed would never be run, and nobody would know. */
static enum ap_status report_orphans(struct testing *t, const char *dir)
{
    struct dirent **entries = NULL;
    int count = scandir(dir, &entries, is_tests, alphasort);

    /* A rule set that was loaded from elsewhere, or a directory that may be passed but not listed. */
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name, *dot = strrchr(name, '.');
        char *rule = join(dir, name, (size_t)(dot - name) - 5, dot);

        t->file = join(dir, name, strlen(name), "");
        if (rule == NULL || t->file == NULL)
            t->status = ap_fail_memory(t->err, "a path");
        else if (access(rule, F_OK) != 0)
            report(t, NULL, "", "there is no rule file of that name beside it");
        free(rule);
        free(t->file);
        free(entries[i]);
    }
    free(entries);
    return t->status;
}

/* The directories of the files, which are sorted, each once. */
static enum ap_status find_orphans(struct testing *t, const char *const *files, size_t count)
{
    char *last = NULL;
    enum ap_status status = AP_OK;

    for (size_t i = 0; status == AP_OK && i < count; i++) {
        const char *slash = strrchr(files[i], '/');
        char *dir = slash != NULL ? strndup(files[i], (size_t)(slash - files[i])) : strdup(".");

        if (dir == NULL)
            status = ap_fail_memory(t->err, "a path");
        else if (last == NULL || strcmp(dir, last) != 0)
            status = report_orphans(t, dir);
        free(last);
        last = dir;
    }
    free(last);
    return status;
}

enum ap_status ap_rules_test(const struct ap_rules *rules, ap_rule_test_fn *fn, void *context, struct ap_error *err)
{
    struct testing t = {.rules = rules, .fn = fn, .context = context, .err = err};
    size_t count = ap_rules_count(rules);
    const char **files = calloc(count + 1, sizeof *files);
    enum ap_status status = files != NULL ? AP_OK : ap_fail_memory(err, "a list of files");

    ap_arena_init(&t.arena, 0);
    if (status == AP_OK)
        status = ap_classifier_new(&t.classifier, rules, NULL, err);
    for (size_t i = 0; status == AP_OK && i < count; i++)
        files[i] = ap_rules_info(rules, i)->file;
    if (files != NULL && status == AP_OK)
        qsort(files, count, sizeof *files, by_name);
    for (size_t i = 0; status == AP_OK && i < count; i++) {
        if (i > 0 && strcmp(files[i], files[i - 1]) == 0)
            continue;
        t.rule_file = files[i];
        t.file = name_tests(files[i]);
        if (t.file != NULL)
            status = run_file(&t);
        free(t.file);
    }
    if (status == AP_OK)
        status = find_orphans(&t, files, count);
    ap_classifier_free(t.classifier);
    ap_buf_free(&t.text);
    ap_buf_free(&t.event);
    ap_arena_free(&t.arena);
    free(files);
    return status;
}
