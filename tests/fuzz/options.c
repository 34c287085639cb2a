/*
 * A command line, one argument a line, is refused, or runs with values that it holds itself; and those, written out as
 * options again, are taken for the same.
 */
#include "options.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/clock.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARGS = 64, OPERANDS = 8, TEXT = 4096, MADE = ARGS * 2 };

static struct values {
    bool flag, ran;
    const char *dbname, *choice;
    struct cli_list list;
    uint64_t number, bytes;
    int64_t since_us;
    struct cli_uuid uuid;
    int command, count;
    char *operands[OPERANDS + 1];
} v;

static const struct cli_option some[] = {
    {'f', "flag", NULL, CLI_FLAG, &v.flag, NULL, "a flag", NULL},
    {'n', "number", "N", CLI_U64, &v.number, NULL, "a number", NULL},
    {'b', "bytes", "SIZE", CLI_SIZE, &v.bytes, NULL, "a size", NULL},
    {'s', "since", "TIME", CLI_TIME, &v.since_us, NULL, "a time", NULL},
    {'o', "org", "UUID", CLI_UUID, &v.uuid, NULL, "an id", NULL},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

static const struct cli_option all[] = {
    {'d', "dbname", "DBNAME", CLI_STRING, &v.dbname, NULL, "a string", NULL},
    {'t', "table", "TABLE", CLI_LIST, &v.list, NULL, "a list", NULL},
    {0, "format", "FORMAT", CLI_CHOICE, &v.choice, "text|json|ndjson", "a choice", NULL},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

static int take(int command, int count, char **operands)
{
    if (v.ran || count > OPERANDS || operands[count] != NULL)
        abort();
    v.ran = true;
    v.command = command;
    v.count = count;
    memcpy(v.operands, operands, (size_t)count * sizeof *operands);
    return EXIT_DONE;
}

static int run_default(int count, char **operands)
{
    return take(0, count, operands);
}

static int run_named(int count, char **operands)
{
    return take(1, count, operands);
}

static const struct cli_command commands[] = {
    {"named", "OPERAND ...", "a command", some, run_named, 1, OPERANDS, true, NULL},
    {NULL, "[OPERAND]", "what runs without one", some, run_default, 0, 2, false, NULL},
};

static const struct cli_program program = {"fuzz", "a tool", NULL, all, commands, true};

static int run(int argc, char **argv)
{
    memset(&v, 0, sizeof v);
    v.since_us = INT64_MIN;
    cli_quiet = cli_progress = false;
    argv[argc] = NULL;
    return cli_run(&program, argc, argv);
}

/* Values are borrowed from the command line, whole arguments or their ends. */
static void check_borrowed(const char *text, const char *value)
{
    if (value != NULL && (value < text || value > text + TEXT))
        abort();
}

struct made {
    char *argv[MADE + 1]; /* parsing moves operands over options */
    char *owned[MADE];
    int argc;
};

static void add(struct made *made, const char *option, const char *value)
{
    size_t size = strlen(option) + strlen(value) + 1;
    char *text = malloc(size);

    if (text == NULL || made->argc == MADE)
        abort();
    (void)snprintf(text, size, "%s%s", option, value);
    made->owned[made->argc] = text;
    made->argv[made->argc++] = text;
}

static void add_number(struct made *made, const char *option, uint64_t value)
{
    char text[32];

    (void)snprintf(text, sizeof text, "%" PRIu64, value);
    add(made, option, text);
}

/* Years of other than four digits are printed and not read. */
static bool is_read_back(const char *time)
{
    return time[0] != '-' && time[0] != '+' && strlen(time) >= 5 && time[4] == '-';
}

static void write_out(struct made *made, const struct values *was)
{
    char text[AP_TIME_TEXT_SIZE > AP_UUID_TEXT_SIZE ? AP_TIME_TEXT_SIZE : AP_UUID_TEXT_SIZE];

    add(made, "fuzz", "");
    if (was->dbname != NULL)
        add(made, "--dbname=", was->dbname);
    for (size_t i = 0; i < was->list.count; i++)
        add(made, i % 2 == 0 && was->list.items[i][0] != '\0' ? "-t" : "--table=", was->list.items[i]);
    if (was->choice != NULL)
        add(made, "--format=", was->choice);
    if (was->command == 1)
        add(made, "named", "");
    if (was->flag)
        add(made, "-f", "");
    add_number(made, "--number=", was->number);
    add_number(made, "-b", was->bytes);
    if (was->uuid.given) {
        ap_uuid_format(text, &was->uuid.value);
        add(made, "-o", text);
    }
    ap_time_format(text, was->since_us);
    if (was->since_us != INT64_MIN && is_read_back(text))
        add(made, "--since=", text);
    add(made, "--", "");
    for (int i = 0; i < was->count; i++)
        add(made, "", was->operands[i]);
}

static bool same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void compare(const struct values *was)
{
    char text[AP_TIME_TEXT_SIZE];

    if (!v.ran || v.command != was->command || v.count != was->count || v.flag != was->flag ||
        v.number != was->number || v.bytes != was->bytes || v.list.count != was->list.count ||
        !same_text(v.dbname, was->dbname) || !same_text(v.choice, was->choice) || v.uuid.given != was->uuid.given ||
        !ap_uuid_equal(&v.uuid.value, &was->uuid.value))
        abort();
    for (size_t i = 0; i < v.list.count; i++)
        if (!same_text(v.list.items[i], was->list.items[i]))
            abort();
    for (int i = 0; i < v.count; i++)
        if (!same_text(v.operands[i], was->operands[i]))
            abort();
    ap_time_format(text, was->since_us);
    if (was->since_us != INT64_MIN && is_read_back(text) && v.since_us != was->since_us)
        abort();
}

/* What is said of a wrong command line is not looked at; a fuzzer's own words go to the descriptor. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    stderr = fopen("/dev/null", "w");
    stdout = fopen("/dev/null", "w");
    return stderr == NULL || stdout == NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[TEXT], *argv[ARGS + 2] = {text}, *end;
    struct made made = {{NULL}, {NULL}, 0};
    struct values was;
    int argc = 1, status;

    if (size >= TEXT || memchr(data, '\0', size) != NULL)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    for (char *line = text; argc <= ARGS && *line != '\0'; line = end) {
        end = line + strcspn(line, "\n");
        if (*end != '\0')
            *end++ = '\0';
        argv[argc++] = line;
    }
    status = run(argc, argv);
    if (status != EXIT_DONE && status != EXIT_USAGE)
        abort();
    if (!v.ran)
        return 0;
    was = v;
    check_borrowed(text, was.dbname);
    for (size_t i = 0; i < was.list.count; i++)
        check_borrowed(text, was.list.items[i]);
    write_out(&made, &was);
    if (run(made.argc, made.argv) != EXIT_DONE)
        abort();
    compare(&was);
    for (int i = 0; i < made.argc; i++)
        free(made.owned[i]);
    return 0;
}
