#include "options.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auditproof/buf.h"
#include "auditproof/bytes.h"
#include "auditproof/clock.h"
#include "auditproof/display.h"
#include "connect.h"
#include "emit.h"

/* Longer than any error message (AP_ERROR_MESSAGE_SIZE) with what is said around it. */
enum { MESSAGE_SIZE = 8192 };

bool cli_quiet;
bool cli_progress;

static bool want_help;
static bool want_version;
static const char *emit_kind;
static const struct cli_program *program;

const struct cli_option cli_common_options[] = {
    {'q', "quiet", NULL, CLI_FLAG, &cli_quiet, NULL, "say nothing but results and errors",
     "Print results and errors only: no progress, no remarks."},
    {0, "progress", NULL, CLI_FLAG, &cli_progress, NULL, "show progress even without a terminal",
     "Show progress on standard error even when that is not a terminal.\nOn a terminal it is shown unless\n"
     ".Fl -quiet\nis given."},
    {'?', "help", NULL, CLI_FLAG, &want_help, NULL, "show this help and exit", "Print a summary and exit."},
    {0, "version", NULL, CLI_FLAG, &want_version, NULL, "show the version and exit", "Print the version and exit."},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

/* For the build: the manual page's OPTIONS and the shell completions are made from the same table. */
static const struct cli_option hidden_options[] = {
    {0, "emit", "KIND", CLI_CHOICE, &emit_kind, "mdoc|bash|zsh", NULL, NULL},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

static void say(const char *label, const char *fmt, va_list args) AP_PRINTF(2, 0);

/* In one piece: others write there too, and whoever follows it reads whole messages. */
static void say(const char *label, const char *fmt, va_list args)
{
    /* Nothing can be done about a standard error that cannot be written; the exit status still tells. */
    struct ap_buf said = AP_BUF_INIT;
    char text[MESSAGE_SIZE];
    char *line = text, *rest;

    if (vsnprintf(text, sizeof text, fmt, args) < 0)
        text[0] = '\0';
    ap_buf_addf(&said, "%s: %s", program->name, label);
    /* A message may have lines of its own, set in so that none passes for another message. */
    while ((rest = strchr(line, '\n')) != NULL) {
        ap_display_put(&said, line, (size_t)(rest - line));
        ap_buf_adds(&said, "\n  ");
        line = rest + 1;
    }
    ap_display_put(&said, line, strlen(line));
    ap_buf_adds(&said, "\n");
    if (said.failed)
        (void)fprintf(stderr, "%s: out of memory for a message\n", program->name);
    else
        (void)fwrite(said.data, 1, said.len, stderr);
    ap_buf_free(&said);
}

void cli_error(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    say("error: ", fmt, args);
    va_end(args);
}

void cli_warn(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    say("warning: ", fmt, args);
    va_end(args);
}

void cli_say(const char *fmt, ...)
{
    va_list args;

    if (cli_quiet)
        return;
    va_start(args, fmt);
    say("", fmt, args);
    va_end(args);
}

/* Did the server look for a schema, table or function of auditproof's, and find none? */
static bool lacks_schema(const struct ap_error *err)
{
    return (strcmp(err->sqlstate, "3F000") == 0 || strcmp(err->sqlstate, "42P01") == 0 ||
            strcmp(err->sqlstate, "42883") == 0) &&
           strstr(err->message, "auditproof") != NULL;
}

int cli_fail(const struct ap_error *err)
{
    if (lacks_schema(err))
        cli_error("%s (SQLSTATE %s): auditproof is not installed in this database, or another version of it, or a part "
                  "was removed; see `auditmigrate status`",
                  err->message, err->sqlstate);
    else if (err->sqlstate[0] != '\0')
        cli_error("%s (SQLSTATE %s)", err->message, err->sqlstate);
    else
        cli_error("%s", err->message);
    return err->status == AP_EINPUT ? EXIT_USAGE : EXIT_UNKNOWN;
}

int cli_usage(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    say("", fmt, args);
    va_end(args);
    (void)fprintf(stderr, "Try '%s --help'.\n", program->name);
    return EXIT_USAGE;
}

bool cli_colour(int fd)
{
    const char *term = getenv("TERM");
    const char *no_color = getenv("NO_COLOR");

    return isatty(fd) == 1 && (no_color == NULL || no_color[0] == '\0') && term != NULL && strcmp(term, "dumb") != 0;
}

/* The tables that are in force for a command, most specific first. */
struct tables {
    const struct cli_option *list[5];
};

static const struct cli_option no_options[] = {{0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL}};

static struct tables tables_for(const struct cli_command *command)
{
    struct tables t = {{no_options, no_options, no_options, cli_common_options, hidden_options}};

    if (command != NULL && command->options != NULL)
        t.list[0] = command->options;
    if (program->options != NULL)
        t.list[1] = program->options;
    if (program->uses_database)
        t.list[2] = cli_connect_options;
    return t;
}

static const struct cli_option *find(const struct tables *t, char letter, const char *name, size_t name_len)
{
    for (size_t i = 0; i < sizeof t->list / sizeof t->list[0]; i++)
        for (const struct cli_option *o = t->list[i]; o->name != NULL; o++)
            if (name != NULL ? strlen(o->name) == name_len && strncmp(o->name, name, name_len) == 0
                             : o->letter != 0 && o->letter == letter)
                return o;
    return NULL;
}

static bool parse_number(const char *text, bool with_unit, uint64_t *out)
{
    static const char units[] = "kMG";
    const char *unit;
    char *end = NULL;
    unsigned long long value;
    unsigned shift = 0;

    if (text[0] < '0' || text[0] > '9')
        return false;
    errno = 0;
    value = strtoull(text, &end, 10);
    if (errno != 0)
        return false;
    if (with_unit && *end != '\0' && (unit = strchr(units, *end)) != NULL) {
        shift = 10U * (unsigned)(unit - units + 1);
        end++;
    }
    if (*end != '\0' || value > UINT64_MAX >> shift)
        return false;
    *out = (uint64_t)value << shift;
    return true;
}

static bool is_choice(const char *choices, const char *text)
{
    size_t len = strlen(text);

    for (const char *p = choices; p != NULL; p = strchr(p, '|') != NULL ? strchr(p, '|') + 1 : NULL)
        if (strcspn(p, "|") == len && strncmp(p, text, len) == 0)
            return true;
    return false;
}

static int set_value(const struct cli_option *o, const char *text)
{
    struct ap_error err;
    struct cli_list *list;

    switch (o->kind) {
    case CLI_FLAG:
        *(bool *)o->value = true;
        return EXIT_DONE;
    case CLI_STRING:
        *(const char **)o->value = text;
        return EXIT_DONE;
    case CLI_LIST:
        list = o->value;
        if (list->count == CLI_LIST_MAX)
            return cli_usage("--%s can be given %d times at most", o->name, CLI_LIST_MAX);
        list->items[list->count++] = text;
        return EXIT_DONE;
    case CLI_U64:
    case CLI_SIZE:
        if (!parse_number(text, o->kind == CLI_SIZE, o->value))
            return cli_usage("--%s takes a number, not \"%s\"", o->name, text);
        return EXIT_DONE;
    case CLI_TIME:
        if (ap_time_parse(o->value, text, ap_clock_now_us(), &err) != AP_OK)
            return cli_usage("--%s: %s", o->name, err.message);
        return EXIT_DONE;
    case CLI_UUID: {
        struct cli_uuid *uuid = o->value;

        if (!ap_uuid_parse(&uuid->value, text))
            return cli_usage("--%s takes a UUID, not \"%s\"", o->name, text);
        uuid->given = true;
        return EXIT_DONE;
    }
    case CLI_CHOICE:
        if (!is_choice(o->choices, text))
            return cli_usage("--%s is one of %s, not \"%s\"", o->name, o->choices, text);
        *(const char **)o->value = text;
        return EXIT_DONE;
    }
    return EXIT_USAGE;
}

static int long_option(const struct tables *t, int argc, char **argv, int *at)
{
    const char *name = argv[*at] + 2;
    size_t len = strcspn(name, "=");
    const struct cli_option *o = find(t, 0, name, len);
    const char *value = name[len] == '=' ? name + len + 1 : NULL;

    if (o == NULL)
        return cli_usage("unknown option --%.*s", (int)len, name);
    if (o->arg == NULL) {
        if (value != NULL)
            return cli_usage("--%s takes no argument", o->name);
        return set_value(o, "");
    }
    if (value == NULL) {
        if (*at + 1 >= argc)
            return cli_usage("--%s needs %s", o->name, o->arg);
        value = argv[++*at];
    }
    return set_value(o, value);
}

static int short_options(const struct tables *t, int argc, char **argv, int *at)
{
    for (const char *p = argv[*at] + 1; *p != '\0'; p++) {
        const struct cli_option *o = find(t, *p, NULL, 0);
        int status;

        if (o == NULL)
            return cli_usage("unknown option -%c", *p);
        if (o->arg == NULL) {
            status = set_value(o, "");
            if (status != EXIT_DONE)
                return status;
            continue;
        }
        if (p[1] != '\0')
            return set_value(o, p + 1);
        if (*at + 1 >= argc)
            return cli_usage("-%c needs %s", *p, o->arg);
        return set_value(o, argv[++*at]);
    }
    return EXIT_DONE;
}

/*
 * Options may stand anywhere, or before the first operand only; operands are moved to the front of argv[from..] and
 * *count tells how many. *dashes tells whether a "--" came before them.
 */
static int parse(const struct cli_command *command, bool stop_at_operand, int argc, char **argv, int from, int *count,
                 bool *dashes)
{
    struct tables t = tables_for(command);
    bool only_operands = false;

    *count = 0;
    *dashes = false;
    for (int i = from; i < argc; i++) {
        int status = EXIT_DONE;

        if (only_operands || argv[i][0] != '-' || argv[i][1] == '\0') {
            argv[from + (*count)++] = argv[i];
            only_operands = only_operands || stop_at_operand;
        } else if (strcmp(argv[i], "--") == 0) {
            only_operands = *dashes = true;
        } else if (argv[i][1] == '-') {
            status = long_option(&t, argc, argv, &i);
        } else {
            status = short_options(&t, argc, argv, &i);
        }
        if (status != EXIT_DONE)
            return status;
    }
    argv[from + *count] = NULL;
    return EXIT_DONE;
}

/* The command that words name: by the first of them, or by two ("hold add"). *used tells how many. */
static const struct cli_command *find_command(char **words, int count, int *used)
{
    for (const struct cli_command *c = program->commands; c->name != NULL; c++) {
        size_t first = strcspn(c->name, " ");

        if (strlen(words[0]) != first || strncmp(words[0], c->name, first) != 0)
            continue;
        *used = c->name[first] == '\0' ? 1 : 2;
        if (*used == 1 || (count > 1 && strcmp(words[1], c->name + first + 1) == 0))
            return c;
    }
    return NULL;
}

/* A result that did not reach its reader was not delivered: a full disk or a closed pipe is "could not tell". */
static int close_stdout(int status)
{
    int failed = ferror(stdout);

    errno = 0;
    if (fflush(stdout) != 0 || failed || (fclose(stdout) != 0 && errno != EBADF)) {
        cli_error("cannot write to standard output: %s", errno != 0 ? strerror(errno) : "write error");
        return EXIT_UNKNOWN;
    }
    return status;
}

/* What runs without a command word: the entry that ends the table, if it has something to run. */
static const struct cli_command *default_command(void)
{
    const struct cli_command *c = program->commands;

    while (c->name != NULL)
        c++;
    return c->run != NULL ? c : NULL;
}

static int run(const struct cli_command *command, int count, char **operands)
{
    if (want_version) {
        (void)printf("%s (auditproof) %s\n", program->name, ap_version());
        return EXIT_DONE;
    }
    if (emit_kind != NULL)
        return emit(program, emit_kind);
    if (want_help) {
        emit_help(program, command != default_command() || program->commands->name == NULL ? command : NULL);
        return EXIT_DONE;
    }
    if (command == NULL)
        return cli_usage("which command? One of those that --help lists");
    if ((unsigned)count < command->min_operands)
        return cli_usage("%s%s needs %s", command->name != NULL ? command->name : "",
                         command->name != NULL ? "" : "this tool", command->operands);
    if ((unsigned)count > command->max_operands)
        return cli_usage("unexpected \"%s\"", operands[command->max_operands]);
    cli_progress = !cli_quiet && (cli_progress || isatty(STDERR_FILENO) == 1);
    return command->run(count, operands);
}

/*
 * With commands, the first operand names one, and what stands before it are options of every command, or of the
 * default one. After "--" it names none.
 */
static int find_and_run(int argc, char **argv)
{
    const struct cli_command *command = default_command();
    bool has_commands = program->commands->name != NULL, only_operands = false;
    const struct cli_command *named;
    int count = 0, from = 1, used = 0;
    bool stop_at_operand = has_commands || (command != NULL && command->stop_at_operand);
    int status = parse(command, stop_at_operand, argc, argv, from, &count, &only_operands);

    if (status != EXIT_DONE)
        return status;
    if (has_commands && count > 0 && !only_operands) {
        named = find_command(argv + from, count, &used);
        if (named == NULL && used > 0)
            return cli_usage("\"%s\" is the first of two words, and --help lists the second ones", argv[from]);
        if (named == NULL && command == NULL)
            return cli_usage("no command \"%s\"", argv[from]);
        if (named != NULL) {
            command = named;
            from += used;
            status = parse(command, command->stop_at_operand, from + count - used, argv, from, &count, &only_operands);
            if (status != EXIT_DONE)
                return status;
        }
    }
    return run(command, count, argv + from);
}

int cli_run(const struct cli_program *self, int argc, char **argv)
{
    program = self;
    want_help = want_version = false;
    emit_kind = NULL;
    return find_and_run(argc, argv);
}

/*
 * What is opened first would otherwise get the number of a stream that the caller closed, and with it what is meant for
 * that: a report written into the connection to the server, say. Such a stream fails instead.
 */
static void hold_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            (void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

int cli_main(const struct cli_program *self, int argc, char **argv)
{
    hold_streams();
    /* A closed pipe must become a failed write, and so an exit status, and not a silent death. */
    (void)signal(SIGPIPE, SIG_IGN);
    return close_stdout(cli_run(self, argc, argv));
}
