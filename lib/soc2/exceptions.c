/*
 * The rules that find exceptions. A rule's tags name the criteria: soc2.cc6.3 is CC6.3. A rule that looks for what is
 * missing may presume that a platform records such a thing at all: soc2-presumes.NAME names the rule that shows it.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "rules/rule_files.h"
#include "soc2_internal.h"

static const char criterion_prefix[] = "soc2.", presumes_prefix[] = "soc2-presumes.", folder[] = "soc2/";

void exceptions_free(struct exceptions *exceptions)
{
    ap_classifier_free(exceptions->classifier);
    ap_rules_free(exceptions->rules);
    free(exceptions->looking);
    spool_close(&exceptions->spool);
    ap_buf_free(&exceptions->line);
    ap_buf_free(&exceptions->row);
}

static enum ap_status load_rules(struct exceptions *x, const struct ap_soc2_options *options, struct ap_error *err)
{
    struct ap_rules_options is;
    struct ap_rule_file *files = calloc(rule_file_count + 1, sizeof *files);
    enum ap_status status;

    if (files == NULL)
        return ap_fail_memory(err, "rules");
    memset(&is, 0, sizeof is);
    for (size_t i = 0; i < rule_file_count; i++)
        if (strncmp(rule_files[i].name, folder, sizeof folder - 1) == 0)
            files[is.file_count++] =
                (struct ap_rule_file){rule_files[i].name, NULL, rule_files[i].text, strlen(rule_files[i].text), false};
    is.files = files;
    is.paths = options->rules;
    is.path_count = options->rule_count;
    status = ap_rules_load(&x->rules, &is, err);
    free(files);
    return status;
}

/* A rule that was left out would be exceptions that nobody looked for. */
static enum ap_status check_problems(const struct ap_rules *rules, struct ap_error *err)
{
    size_t count;
    const struct ap_rule_problem *problems = ap_rules_problems(rules, &count);

    for (size_t i = 0; i < count; i++)
        if (problems[i].kind == AP_PROBLEM_ERROR)
            return ap_fail(err, AP_EINPUT, "%s:%u:%u: %s", problems[i].file, problems[i].line, problems[i].column,
                           problems[i].message);
    return AP_OK;
}

static bool begins(const char *tag, const char *prefix)
{
    return strncasecmp(tag, prefix, strlen(prefix)) == 0;
}

static enum ap_status take_criterion(struct ap_soc2 *soc2, size_t rule, const char *tag, struct ap_error *err)
{
    const struct ap_rule_info *info = ap_rules_info(soc2->exceptions.rules, rule);
    uint64_t *criteria = &soc2->exceptions.looking[rule].criteria;

    for (size_t c = 0; c < soc2->criterion_count; c++) {
        if (strcasecmp(tag + sizeof criterion_prefix - 1, soc2->totals[c].criterion) != 0)
            continue;
        if ((*criteria >> c & 1) == 0)
            soc2->totals[c].rules++;
        *criteria |= UINT64_C(1) << c;
        return AP_OK;
    }
    return ap_fail(err, AP_EINPUT, "%s:%u: the rule is tagged %s, and no mapping has that criterion", info->file,
                   info->line, tag);
}

static enum ap_status take_presumed(struct exceptions *x, size_t rule, const char *tag, struct ap_error *err)
{
    const struct ap_rule_info *info = ap_rules_info(x->rules, rule);
    size_t presumed = ap_rules_find(x->rules, tag + sizeof presumes_prefix - 1);

    if (presumed == SIZE_MAX || !ap_rules_info(x->rules, presumed)->applies ||
        !ap_rules_info(x->rules, presumed)->reports)
        return ap_fail(err, AP_EINPUT, "%s:%u: the rule is tagged %s, and there is no such rule that reports",
                       info->file, info->line, tag);
    x->looking[rule].presumed = presumed;
    return AP_OK;
}

static enum ap_status take_rule(struct ap_soc2 *soc2, size_t rule, struct ap_error *err)
{
    const struct ap_rule_info *info = ap_rules_info(soc2->exceptions.rules, rule);
    enum ap_status status = AP_OK;

    soc2->exceptions.looking[rule].presumed = SIZE_MAX;
    for (size_t t = 0; status == AP_OK && info->applies && info->reports && t < info->tag_count; t++) {
        if (begins(info->tags[t], criterion_prefix))
            status = take_criterion(soc2, rule, info->tags[t], err);
        else if (begins(info->tags[t], presumes_prefix))
            status = take_presumed(&soc2->exceptions, rule, info->tags[t], err);
    }
    return status;
}

enum ap_status exceptions_load(struct ap_soc2 *soc2, const struct ap_soc2_options *options, struct ap_error *err)
{
    struct exceptions *x = &soc2->exceptions;
    enum ap_status status = load_rules(x, options, err);

    _Static_assert(AP_SOC2_CRITERIA_MAX <= 64, "criteria of a rule are bits of one word");
    if (status == AP_OK)
        status = check_problems(x->rules, err);
    if (status != AP_OK)
        return status;
    x->looking = calloc(ap_rules_count(x->rules) + 1, sizeof *x->looking);
    if (x->looking == NULL)
        return ap_fail_memory(err, "what rules look for");
    for (size_t r = 0; status == AP_OK && r < ap_rules_count(x->rules); r++)
        status = take_rule(soc2, r, err);
    return status == AP_OK ? ap_classifier_new(&x->classifier, x->rules, NULL, err) : status;
}
