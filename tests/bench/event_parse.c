/*
 * How fast events are read, with nothing done to them: event_parse FIELDS EVENTS, a file of field names and one of
 * events, one a line each. Prints MB and events a second of CPU time, the best of several rounds, for the reader of
 * rules and, over the same lines, for the library's checker of JSON and for jansson building its tree.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "auditproof/json_read.h"
#include "rules/event_internal.h"

enum { ROUNDS = 7, BYTES_A_ROUND = 200 << 20, LINES_MAX = 1 << 20 };

static struct ap_event *event;
static const char *lines[LINES_MAX];
static size_t lengths[LINES_MAX], line_count, bytes;

static void fail(const char *what)
{
    (void)fprintf(stderr, "event_parse: %s\n", what);
    exit(2);
}

static char *read_file(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    char *text = NULL;
    long size;

    if (file == NULL || fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) < 0 || fseek(file, 0, SEEK_SET) != 0)
        fail(path);
    text = malloc((size_t)size + 1);
    if (text == NULL || fread(text, 1, (size_t)size, file) != (size_t)size || fclose(file) != 0)
        fail(path);
    text[size] = '\0';
    *len = (size_t)size;
    return text;
}

/* Calls fn with each line that is not empty. */
static void each_line(const char *text, size_t len, void (*fn)(const char *line, size_t len))
{
    const char *end = text + len, *stop;

    for (; text < end; text = stop + 1) {
        stop = memchr(text, '\n', (size_t)(end - text));
        stop = stop != NULL ? stop : end;
        if (stop > text)
            fn(text, (size_t)(stop - text));
    }
}

static struct ap_fields *fields;

static void add_field(const char *name, size_t len)
{
    struct ap_error err;
    uint32_t id;

    if (ap_fields_add(fields, name, len, &id, &err) != AP_OK)
        fail(err.message);
}

static void add_line(const char *line, size_t len)
{
    if (line_count == LINES_MAX)
        fail("too many lines");
    lines[line_count] = line;
    lengths[line_count++] = len;
    bytes += len;
}

static size_t values; /* so that reading has a use */

static void by_reader(const char *line, size_t len)
{
    struct ap_error err;
    size_t at, count;

    if (ap_event_read(event, line, len, &at, &err) != AP_OK)
        fail(err.message);
    (void)ap_event_values(event, &count);
    values += count;
}

static void by_checker(const char *line, size_t len)
{
    struct ap_json_span span;
    struct ap_error err;

    if (ap_json_check(line, len, &span, NULL, &err) != AP_OK)
        fail(err.message);
}

static void by_jansson(const char *line, size_t len)
{
    json_t *tree = json_loadb(line, len, JSON_ALLOW_NUL, NULL);

    if (tree == NULL)
        fail("jansson refuses a line");
    json_decref(tree);
}

static double cpu_seconds(void)
{
    struct timespec now;

    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) != 0)
        fail("no clock of CPU time");
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void measure(const char *name, void (*fn)(const char *line, size_t len), size_t repeat)
{
    double best = 0;

    for (int round = 0; round < ROUNDS; round++) {
        double start = cpu_seconds(), took;

        for (size_t r = 0; r < repeat; r++) {
            for (size_t i = 0; i < line_count; i++)
                fn(lines[i], lengths[i]);
        }
        took = (cpu_seconds() - start) / (double)repeat;
        best = round == 0 || took < best ? took : best;
    }
    (void)printf("%-28s %8.0f MB/s %10.0f events/s\n", name, (double)bytes / best / 1e6, (double)line_count / best);
}

int main(int argc, char **argv)
{
    struct ap_error err;
    size_t len, repeat;
    char *names, *text;

    if (argc != 3)
        fail("usage: event_parse FIELDS EVENTS");
    if (ap_fields_new(&fields, &err) != AP_OK)
        fail(err.message);
    names = read_file(argv[1], &len);
    each_line(names, len, add_field);
    if (ap_fields_seal(fields, &err) != AP_OK || ap_event_new(&event, fields, &err) != AP_OK)
        fail(err.message);
    text = read_file(argv[2], &len);
    each_line(text, len, add_line);
    if (line_count == 0)
        fail("no events");
    repeat = 1 + BYTES_A_ROUND / ROUNDS / bytes;
    (void)printf("%zu events of %zu bytes on average, %zu fields\n", line_count, bytes / line_count,
                 ap_fields_count(fields));
    measure("event reader", by_reader, repeat);
#ifdef __SSE2__
    event->walk = ap_event_walk_words;
    measure("event reader, by words", by_reader, repeat);
#endif
    measure("JSON checker, no values", by_checker, 1 + repeat / 4);
    measure("jansson, whole tree", by_jansson, 1 + repeat / 16);
    ap_event_free(event);
    ap_fields_free(fields);
    free(names);
    free(text);
    return values == 0;
}
