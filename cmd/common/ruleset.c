#include "ruleset.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Beside an installed tool, and where it was built: build/bin, or a directory below for a special build. */
static const char *const places[] = {"../share/auditproof/rules", "../../rules", "../../../rules"};

/* Where the rules and pipelines are that came with the tools. */
static enum ap_status find_shipped(char out[PATH_MAX], struct ap_error *err)
{
    char exe[PATH_MAX], path[2 * PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", exe, sizeof exe - 1);
    char *slash;

    if (len < 0)
        return ap_fail_errno(err, errno, "cannot find the rules that came with the tools; name some with --rules");
    exe[len] = '\0';
    slash = strrchr(exe, '/');
    if (slash != NULL)
        *slash = '\0';
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s/auditproof", exe, places[i]);
        if (access(path, R_OK | X_OK) != 0)
            continue;
        (void)snprintf(path, sizeof path, "%s/%s", exe, places[i]);
        if (realpath(path, out) != NULL)
            return AP_OK;
    }
    return ap_fail(err, AP_EIO, "the rules that came with the tools are not in %s/%s; name some with --rules", exe,
                   places[0]);
}

static bool is_name(const char *pipeline)
{
    return pipeline[0] != '\0' && strpbrk(pipeline, "/.") == NULL;
}

/* A shipped pipeline's file, into memory that is the caller's. */
static enum ap_status shipped_pipeline(char **out, const char *shipped, const char *name, struct ap_error *err)
{
    *out = NULL;
    if (asprintf(out, "%s/pipelines/%s.yml", shipped, name) < 0) {
        *out = NULL;
        return ap_fail_memory(err, "a path");
    }
    if (access(*out, R_OK) == 0)
        return AP_OK;
    return ap_fail(err, AP_EINPUT, "no pipeline \"%s\" came with the tools (in %s/pipelines); a file needs its path",
                   name, shipped);
}

static enum ap_status load(struct ap_rules **out, const struct cli_ruleset *set, const char *shipped, char **own,
                           struct ap_error *err)
{
    const char *pipelines[CLI_LIST_MAX], *paths[1];
    char path[PATH_MAX + sizeof "/auditproof"];
    struct ap_rules_options options = {
        .paths = set->rules.items,
        .path_count = set->rules.count,
        .pipelines = pipelines,
        .pipeline_count = set->pipelines.count,
        .every_rule = set->every_rule,
    };

    for (size_t i = 0; i < set->pipelines.count; i++) {
        pipelines[i] = set->pipelines.items[i];
        if (!is_name(pipelines[i]))
            continue;
        if (shipped_pipeline(&own[i], shipped, pipelines[i], err) != AP_OK)
            return err->status;
        pipelines[i] = own[i];
    }
    if (set->rules.count == 0) {
        (void)snprintf(path, sizeof path, "%s/auditproof", shipped);
        paths[0] = path;
        options.paths = paths;
        options.path_count = 1;
    }
    return ap_rules_load(out, &options, err);
}

enum ap_status cli_rules_load(struct ap_rules **out, const struct cli_ruleset *set, struct ap_error *err)
{
    char *own[CLI_LIST_MAX] = {NULL};
    char shipped[PATH_MAX] = "";
    bool needs_shipped = set->rules.count == 0;
    size_t problems = 0;
    enum ap_status status = AP_OK;

    *out = NULL;
    for (size_t i = 0; i < set->pipelines.count; i++)
        needs_shipped = needs_shipped || is_name(set->pipelines.items[i]);
    if (needs_shipped)
        status = find_shipped(shipped, err);
    if (status == AP_OK)
        status = load(out, set, shipped, own, err);
    for (size_t i = 0; i < CLI_LIST_MAX; i++)
        free(own[i]);
    if (status == AP_OK)
        (void)ap_rules_problems(*out, &problems);
    if (status == AP_OK && ap_rules_count(*out) == 0 && problems == 0) {
        ap_rules_free(*out);
        *out = NULL;
        status =
            ap_fail(err, AP_EINPUT, "there is no rule in %s", set->rules.count > 0 ? set->rules.items[0] : shipped);
    }
    return status;
}

size_t cli_rules_complain(const struct ap_rules *rules)
{
    size_t count = 0, errors = 0;
    const struct ap_rule_problem *problems = ap_rules_problems(rules, &count);

    for (size_t i = 0; i < count; i++) {
        const struct ap_rule_problem *p = &problems[i];

        if (p->kind != AP_PROBLEM_ERROR)
            continue;
        errors++;
        if (p->line > 0)
            cli_error("%s:%" PRIu32 ":%" PRIu32 ": %s", p->file, p->line, p->column, p->message);
        else
            cli_error("%s: %s", p->file, p->message);
    }
    return errors;
}
