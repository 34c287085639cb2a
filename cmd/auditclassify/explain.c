/* Why a rule matches each event, or why not. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "events.h"
#include "shown.h"

struct explaining {
    struct events events;
    size_t rule;
    const char *yes, *no;
};

static void print_part(void *context, unsigned depth, bool holds, const char *text)
{
    const struct explaining *e = context;

    /* Standard output is checked when it is flushed. */
    (void)printf("%*s%s ", (int)(4 * depth + 2), "", holds ? e->yes : e->no);
    cli_put(stdout, text);
    (void)putchar('\n');
}

static enum ap_status explain_event(void *context, const struct event_place *place,
                                    const struct ap_classification *found, struct ap_error *err)
{
    struct explaining *e = context;
    bool matches;

    (void)found;
    cli_put(stdout, place->file);
    (void)printf(":%" PRIu64 "\n", place->line);
    return ap_classify_explain(e->events.classifier, e->rule, print_part, e, &matches, err);
}

static enum ap_status flush(void *context, struct ap_error *err)
{
    (void)context;
    /* The tool's end tells of the failure, once. */
    return fflush(stdout) == 0 ? AP_OK : ap_fail(err, AP_ECANCELLED, "cannot write to standard output");
}

/* As setlocale(3) chooses, which nothing here may call: its effects are everywhere. */
static bool has_utf8(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *locale = getenv(names[i]);

        if (locale != NULL && locale[0] != '\0')
            return strcasestr(locale, "UTF-8") != NULL || strcasestr(locale, "utf8") != NULL;
    }
    return false;
}

int classify_explain(const struct classify_options *options, const struct ap_rules *rules, const char *rule)
{
    static struct explaining e;
    int result;

    e.rule = ap_rules_find(rules, rule);
    if (e.rule == SIZE_MAX) {
        (void)cli_rules_complain(rules);
        return cli_usage("there is no rule \"%s\": --list has their ids and titles", rule);
    }
    if (!ap_rules_info(rules, e.rule)->applies)
        return cli_usage(
            "rule \"%s\" is not for these events: its logsource is another (--no-pipeline takes every rule)", rule);
    e.yes = has_utf8() ? "\xE2\x9C\x93" : "+";
    e.no = has_utf8() ? "\xE2\x9C\x97" : "-";
    e.events.options = options;
    e.events.event = explain_event;
    e.events.pause = flush;
    e.events.context = &e;
    result = events_run(&e.events, rules);
    events_close(&e.events);
    return result;
}
