#include "auditproof/rules.h"

#include <stdlib.h>
#include <string.h>

#include "auditproof/digest.h"
#include "rules_internal.h"

/* What names a rule set in the bytes that it is kept as; another first line would be another format. */
static const char magic[] = "auditproof-rules/1\n";

static void pack(const struct ap_rules *rules, struct ap_buf *out)
{
    ap_buf_adds(out, magic);
    for (size_t i = 0; i < rules->file_count; i++) {
        const struct ap_rule_file *file = &rules->files[i];

        ap_buf_addf(out, "%s %zu %s\n", file->pipeline ? "pipeline" : "rules", file->len, file->name);
        ap_buf_add(out, file->text, file->len);
        ap_buf_addc(out, '\n');
    }
}

enum ap_status ap_rules_pack(const struct ap_rules *rules, struct ap_buf *out, struct ap_error *err)
{
    pack(rules, out);
    return ap_buf_check(out, "a rule set", err);
}

static enum ap_status digest(struct ap_rules *rules, struct ap_error *err)
{
    struct ap_buf bytes = AP_BUF_INIT;
    struct ap_digest *digest = NULL;
    enum ap_status status = ap_rules_pack(rules, &bytes, err);
    struct ap_span span;

    if (status == AP_OK)
        status = ap_digest_new(&digest, err);
    if (status == AP_OK) {
        span.data = bytes.data;
        span.len = bytes.len;
        status = ap_digest_spans(digest, rules->digest, &span, 1, err);
    }
    ap_digest_free(digest);
    ap_buf_free(&bytes);
    return status;
}

static int by_name(const void *left, const void *right)
{
    const struct ap_rule_file *a = left, *b = right;

    return strcmp(a->name, b->name);
}

/* Names tell files of a rule set apart, and their order is the rule set's. */
static enum ap_status check_names(const struct ap_rules *rules, struct ap_error *err)
{
    for (size_t i = 0; i < rules->file_count; i++) {
        const char *name = rules->files[i].name;

        if (*name == '\0' || strchr(name, '\n') != NULL)
            return ap_fail(err, AP_EINPUT, "a rule file cannot be named \"%s\": rename it", name);
        if (i > 0 && strcmp(rules->files[i - 1].name, name) == 0)
            return ap_fail(err, AP_EINPUT, "two files of the rule set are named %s", name);
    }
    return AP_OK;
}

static enum ap_status build(struct ap_rules *rules, bool every_rule, struct ap_error *err)
{
    enum ap_status status;

    if (rules->file_count > 1)
        qsort(rules->files, rules->file_count, sizeof *rules->files, by_name);
    status = check_names(rules, err);
    if (status == AP_OK)
        status = digest(rules, err);
    if (status == AP_OK)
        status = ap_rule_list_load(&rules->list, &rules->problems, rules->files, rules->file_count, every_rule, err);
    return status;
}

static struct ap_rules *make(void)
{
    struct ap_rules *rules = calloc(1, sizeof *rules);

    if (rules != NULL)
        ap_arena_init(&rules->arena, AP_RULE_SET_MAX);
    return rules;
}

void ap_rules_free(struct ap_rules *rules)
{
    if (rules == NULL)
        return;
    ap_rule_list_free(&rules->list);
    ap_problems_free(&rules->problems);
    ap_arena_free(&rules->arena);
    free(rules->files);
    free(rules);
}

enum ap_status ap_rules_load(struct ap_rules **out, const struct ap_rules_options *options, struct ap_error *err)
{
    struct ap_rules *rules = make();
    enum ap_status status;

    *out = NULL;
    if (rules == NULL)
        return ap_fail_memory(err, "a rule set");
    status = ap_rules_collect(rules, options, err);
    if (status == AP_OK)
        status = build(rules, options->every_rule, err);
    if (status == AP_OK)
        *out = rules;
    else
        ap_rules_free(rules);
    return status;
}

/* "rules 123 NAME\n", the bytes, "\n". False when it is not that. */
static bool unpack_file(struct ap_rules *rules, const char **at, const char *end, struct ap_error *err)
{
    const char *line_end = memchr(*at, '\n', (size_t)(end - *at));
    struct ap_rule_file file = {0};
    char *header, *rest;
    size_t head;

    if (line_end == NULL)
        return false;
    header = ap_arena_copy(&rules->arena, *at, (size_t)(line_end - *at));
    if (header == NULL)
        return false;
    file.pipeline = strncmp(header, "pipeline ", 9) == 0;
    head = file.pipeline ? 9 : 6;
    if ((!file.pipeline && strncmp(header, "rules ", 6) != 0) || header[head] < '0' || header[head] > '9')
        return false;
    file.len = strtoull(header + head, &rest, 10);
    *at = line_end + 1;
    if (*rest != ' ' || file.len >= (size_t)(end - *at) || (*at)[file.len] != '\n')
        return false;
    file.name = rest + 1;
    file.text = *at;
    *at += file.len + 1;
    return ap_rules_add_file(rules, &file, err) == AP_OK;
}

enum ap_status ap_rules_unpack(struct ap_rules **out, const void *bytes, size_t len, bool every_rule,
                               struct ap_error *err)
{
    const char *at = bytes, *end = at + len;
    struct ap_rules *rules;
    enum ap_status status = AP_OK;

    *out = NULL;
    if (len < sizeof magic - 1 || memcmp(bytes, magic, sizeof magic - 1) != 0)
        return ap_fail(err, AP_EINPUT, "these bytes are no rule set of a known version");
    rules = make();
    if (rules == NULL)
        return ap_fail_memory(err, "a rule set");
    (void)ap_fail(err, AP_EINPUT, "the rule set is damaged");
    for (at += sizeof magic - 1; at < end && status == AP_OK;)
        if (!unpack_file(rules, &at, end, err))
            status = rules->arena.failed ? ap_arena_check(&rules->arena, "a rule set", err) : err->status;
    if (status == AP_OK)
        status = build(rules, every_rule, err);
    if (status == AP_OK)
        *out = rules;
    else
        ap_rules_free(rules);
    return status;
}

const uint8_t *ap_rules_digest(const struct ap_rules *rules)
{
    return rules->digest;
}

const struct ap_rule_list *ap_rules_list(const struct ap_rules *rules)
{
    return &rules->list;
}

size_t ap_rules_count(const struct ap_rules *rules)
{
    return rules->list.count;
}

const struct ap_rule_info *ap_rules_info(const struct ap_rules *rules, size_t rule)
{
    return &rules->list.rules[rule]->info;
}

size_t ap_rules_find(const struct ap_rules *rules, const char *what)
{
    const struct ap_rule_list *list = &rules->list;
    size_t by_title = SIZE_MAX;

    for (size_t i = 0; i < list->count; i++) {
        const struct ap_rule *rule = list->rules[i];

        if (strcmp(rule->info.id, what) == 0 || (rule->name.text != NULL && strcmp(rule->name.text, what) == 0))
            return i;
        if (by_title == SIZE_MAX && strcmp(rule->info.title, what) == 0)
            by_title = i;
    }
    return by_title;
}

const struct ap_rule_problem *ap_rules_problems(const struct ap_rules *rules, size_t *count)
{
    *count = rules->problems.count;
    return rules->problems.list;
}
