/*
 * What matching costs: rules EVENTS ROUNDS [--set NAME] [--pipeline FILE] PATH ... [--set ...]
 *
 * EVENTS holds one event a line. For each set of rules and each round, all events are read alone, and read and matched,
 * by turns; each time is one line of output: set, round, "read" or "match", seconds of processor time, events, bytes.
 * Before them, of each set: its rules, seconds to load it, and at the end what the index did; and the process's peak of
 * memory. A set without a pipeline applies every rule.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "auditproof/buf.h"
#include "rules/program.h"
#include "rules/rules.h"

enum { SETS_MAX = 8, PATHS_MAX = 64 };

struct set {
    const char *name;
    const char *paths[PATHS_MAX], *pipelines[PATHS_MAX];
    struct ap_rules_options options;
    struct ap_rules *rules;
    struct ap_fields *fields;
    struct ap_program *program;
    struct ap_matcher *matcher;
    struct ap_event *event;
};

struct events {
    struct ap_buf text;
    size_t *starts; /* owned; count + 1 */
    size_t count;
};

static void die(const char *what, const struct ap_error *err)
{
    fprintf(stderr, "%s: %s\n", what, err != NULL ? err->message : strerror(errno));
    exit(EXIT_FAILURE);
}

static double seconds(void)
{
    struct timespec now;

    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) != 0)
        die("clock", NULL);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void read_events(struct events *events, const char *path)
{
    FILE *in = fopen(path, "r");
    size_t cap = 0, len;

    if (in == NULL)
        die(path, NULL);
    for (;;) {
        char *to = ap_buf_reserve(&events->text, 1 << 20);

        if (to == NULL)
            die(path, NULL);
        len = fread(to, 1, 1 << 20, in);
        events->text.len += len;
        if (len == 0)
            break;
    }
    if (ferror(in) || fclose(in) != 0)
        die(path, NULL);
    for (size_t at = 0; at < events->text.len;) {
        const char *end = memchr(events->text.data + at, '\n', events->text.len - at);

        if (events->count + 1 >= cap) {
            cap = cap == 0 ? 1024 : cap * 2;
            events->starts = realloc(events->starts, cap * sizeof *events->starts);
            if (events->starts == NULL)
                die(path, NULL);
        }
        events->starts[events->count++] = at;
        at = end == NULL ? events->text.len : (size_t)(end - events->text.data) + 1;
        events->starts[events->count] = at;
    }
}

static void load(struct set *set)
{
    struct ap_error err;
    double begun = seconds();
    size_t problems;

    set->options.paths = set->paths;
    set->options.pipelines = set->pipelines;
    set->options.every_rule = set->options.pipeline_count == 0;
    if (ap_rules_load(&set->rules, &set->options, &err) != AP_OK || ap_fields_new(&set->fields, &err) != AP_OK ||
        ap_program_new(&set->program, ap_rules_list(set->rules), set->fields, &err) != AP_OK ||
        ap_fields_seal(set->fields, &err) != AP_OK || ap_matcher_new(&set->matcher, set->program, &err) != AP_OK ||
        ap_event_new(&set->event, set->fields, &err) != AP_OK)
        die(set->name, &err);
    (void)ap_rules_problems(set->rules, &problems);
    printf("%s\tloaded\t%zu\t%zu\t%.6f\n", set->name, ap_rules_count(set->rules), problems, seconds() - begun);
}

static void run(struct set *set, const struct events *events, unsigned round, bool match)
{
    struct ap_error err;
    double begun = seconds();
    const size_t *rules;
    size_t at, count;

    for (size_t i = 0; i < events->count; i++) {
        size_t start = events->starts[i];

        if (ap_event_read(set->event, events->text.data + start, events->starts[i + 1] - start, &at, &err) != AP_OK)
            die("an event", &err);
        if (match && ap_matcher_run(set->matcher, set->event, &rules, &count, &err) != AP_OK)
            die("an event", &err);
    }
    printf("%s\t%s\t%u\t%.6f\t%zu\t%zu\n", set->name, match ? "match" : "read", round, seconds() - begun, events->count,
           events->text.len);
}

static void finish(struct set *set)
{
    struct ap_match_stats stats;

    ap_matcher_stats(set->matcher, &stats);
    printf("%s\tstats\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\n", set->name, stats.events,
           stats.rules, stats.candidates, stats.hits, stats.searches);
    ap_event_free(set->event);
    ap_matcher_free(set->matcher);
    ap_program_free(set->program);
    ap_fields_free(set->fields);
    ap_rules_free(set->rules);
}

static void print_peak(void)
{
    FILE *in = fopen("/proc/self/status", "r");
    char line[256];

    while (in != NULL && fgets(line, sizeof line, in) != NULL)
        if (strncmp(line, "VmHWM:", 6) == 0)
            printf("-\tpeak\t%s", line + 6);
    if (in == NULL || fclose(in) != 0)
        die("/proc/self/status", NULL);
}

int main(int argc, char **argv)
{
    static struct set sets[SETS_MAX];
    struct events events = {.text = AP_BUF_INIT};
    size_t count = 0;
    unsigned rounds;

    if (argc < 5) {
        fprintf(stderr, "usage: %s EVENTS ROUNDS --set NAME [--pipeline FILE] PATH... [--set ...]\n", argv[0]);
        return 2;
    }
    rounds = (unsigned)strtoul(argv[2], NULL, 10);
    for (int i = 3; i < argc; i++) {
        struct set *set = count == 0 ? NULL : &sets[count - 1];

        if (strcmp(argv[i], "--set") == 0 && i + 1 < argc && count < SETS_MAX)
            sets[count++].name = argv[++i];
        else if (set == NULL || set->options.path_count == PATHS_MAX || set->options.pipeline_count == PATHS_MAX)
            return 2;
        else if (strcmp(argv[i], "--pipeline") == 0 && i + 1 < argc)
            set->pipelines[set->options.pipeline_count++] = argv[++i];
        else
            set->paths[set->options.path_count++] = argv[i];
    }
    read_events(&events, argv[1]);
    for (size_t i = 0; i < count; i++)
        load(&sets[i]);
    for (unsigned round = 0; round < rounds; round++) {
        for (size_t i = 0; i < count; i++) {
            run(&sets[i], &events, round, false);
            run(&sets[i], &events, round, true);
        }
    }
    for (size_t i = 0; i < count; i++)
        finish(&sets[i]);
    print_peak();
    ap_buf_free(&events.text);
    free(events.starts);
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
