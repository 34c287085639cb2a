/*
 * One table a command: it drives parsing, --help, the OPTIONS section of the manual page and shell completion.
 *
 *     { 'f', "from", "SEQ", CLI_U64, &from, NULL, "first entry to check", "First sequence number, inclusive." },
 *
 * Values point at the command's own static variables, which hold the defaults before parsing.
 */
#ifndef AUDITPROOF_CMD_OPTIONS_H
#define AUDITPROOF_CMD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auditproof/bytes.h"
#include "auditproof/error.h"

/* Exit status of every tool, the same in every output format (auditproof(7), EXIT STATUS). */
enum {
    EXIT_DONE = 0,     /* done, and nothing found */
    EXIT_FINDINGS = 1, /* done, and something found */
    EXIT_USAGE = 2,    /* the command line, or the input data, is wrong */
    EXIT_UNKNOWN = 3,  /* could not tell: no database, no permission, disk full, interrupted, … */
};

enum cli_kind {
    CLI_FLAG,   /* bool * */
    CLI_STRING, /* const char ** */
    CLI_LIST,   /* struct cli_list *: may be repeated */
    CLI_U64,    /* uint64_t *: decimal */
    CLI_SIZE,   /* uint64_t *: decimal with optional k, M, G (1024-based) */
    CLI_TIME,   /* int64_t *: microseconds since 1970 (clock.h) */
    CLI_UUID,   /* struct cli_uuid * */
    CLI_CHOICE, /* const char **: one of `choices`, separated by | */
};

struct cli_uuid {
    bool given;
    struct ap_uuid value;
};

enum { CLI_LIST_MAX = 64 };

struct cli_list {
    const char *items[CLI_LIST_MAX];
    size_t count;
};

struct cli_option {
    char letter;      /* 0 for none */
    const char *name; /* NULL ends a table */
    const char *arg;  /* placeholder of the argument; NULL for a flag */
    enum cli_kind kind;
    void *value;
    const char *choices; /* CLI_CHOICE only */
    const char *brief;   /* one line for --help */
    const char *manual;  /* mdoc for the manual page; NULL uses brief */
};

struct cli_command {
    const char *name; /* one word or two ("hold add"); NULL ends the table, and with a run is what runs without one */
    const char *operands; /* "[FILE ...]", or "" */
    const char *brief;
    const struct cli_option *options;  /* may be NULL */
    int (*run)(int argc, char **argv); /* operands only; returns an exit status */
    unsigned min_operands, max_operands;
    bool stop_at_operand; /* everything from the first operand on belongs to it */
    const char *details;  /* in the program's place, in its --help; may be NULL */
};

struct cli_program {
    const char *name;
    const char *brief;                /* "verify the audit chain" */
    const char *details;              /* a paragraph or an example for --help; may be NULL */
    const struct cli_option *options; /* for every command; may be NULL */
    const struct cli_command *commands;
    bool uses_database;
};

/* Parse argv, run the command, flush stdout, return the exit status. All that a tool's main does. */
int cli_main(const struct cli_program *program, int argc, char **argv);
/* Its middle: parse and run, and leave stdout open. argv[argc] is NULL; operands are moved to the front. */
int cli_run(const struct cli_program *program, int argc, char **argv);

/* Options that every tool has, parsed by cli_main. */
extern const struct cli_option cli_common_options[];
extern bool cli_quiet;
extern bool cli_progress; /* wanted: --progress, or a terminal on stderr and not --quiet */

/* "name: message" on stderr. */
void cli_error(const char *fmt, ...) AP_PRINTF(1, 2);
void cli_warn(const char *fmt, ...) AP_PRINTF(1, 2);
/* Talk on stderr, silenced by --quiet. */
void cli_say(const char *fmt, ...) AP_PRINTF(1, 2);

/* Print err and return the exit status it deserves: EXIT_USAGE for AP_EINPUT, else EXIT_UNKNOWN. */
int cli_fail(const struct ap_error *err);

/* Usage error on stderr with a pointer to --help; returns EXIT_USAGE. */
int cli_usage(const char *fmt, ...) AP_PRINTF(1, 2);

/* May colours be used on this stream? A terminal, no NO_COLOR, TERM other than dumb. */
bool cli_colour(int fd);

#endif
