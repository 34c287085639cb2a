#include "emit.h"

#include <stdio.h>
#include <string.h>

#include "connect.h"

/*
 * Standard output is checked once, when cli_main closes it, so the prints here are not.
 */

enum { HELP_COLUMN = 30 };

static void help_option(const struct cli_option *o)
{
    char left[80];
    int n;

    if (o->brief == NULL)
        return;
    if (o->letter != 0)
        n = snprintf(left, sizeof left, "  -%c, --%s", o->letter, o->name);
    else
        n = snprintf(left, sizeof left, "      --%s", o->name);
    if (o->kind == CLI_CHOICE)
        n += snprintf(left + n, sizeof left - (size_t)n, "=%s", o->choices);
    else if (o->arg != NULL)
        n += snprintf(left + n, sizeof left - (size_t)n, "=%s", o->arg);
    if (n >= HELP_COLUMN - 1)
        (void)printf("%s\n%*s%s\n", left, HELP_COLUMN, "", o->brief);
    else
        (void)printf("%-*s%s\n", HELP_COLUMN, left, o->brief);
}

static void help_table(const char *title, const struct cli_option *table)
{
    if (table == NULL || table->name == NULL)
        return;
    (void)printf("\n%s:\n", title);
    for (const struct cli_option *o = table; o->name != NULL; o++)
        help_option(o);
}

static void help_usage(const struct cli_program *program, const struct cli_command *command)
{
    (void)printf("Usage: %s%s%s [OPTION]...%s%s\n", program->name, command != NULL && command->name != NULL ? " " : "",
                 command != NULL && command->name != NULL ? command->name : "",
                 command != NULL && command->operands[0] != '\0' ? " " : "", command != NULL ? command->operands : "");
}

/* The entry that ends the table of commands: what runs when none is named, unless its run is NULL. */
static const struct cli_command *unnamed(const struct cli_program *program)
{
    const struct cli_command *c = program->commands;

    while (c->name != NULL)
        c++;
    return c;
}

void emit_help(const struct cli_program *program, const struct cli_command *command)
{
    const struct cli_command *bare = unnamed(program);

    if (command == NULL) {
        if (bare->run != NULL)
            (void)printf("Usage: %s [OPTION]... %s\n       %s [OPTION]... SUBCOMMAND\n", program->name, bare->operands,
                         program->name);
        else
            (void)printf("Usage: %s COMMAND [OPTION]...\n", program->name);
        (void)printf("%s: %s.\n\n%s:\n", program->name, program->brief, bare->run != NULL ? "Subcommands" : "Commands");
        for (const struct cli_command *c = program->commands; c->name != NULL; c++) {
            char left[80];

            (void)snprintf(left, sizeof left, "  %s %s", c->name, c->operands);
            if (strlen(left) >= HELP_COLUMN - 1)
                (void)printf("%s\n%*s%s\n", left, HELP_COLUMN, "", c->brief);
            else
                (void)printf("%-*s%s\n", HELP_COLUMN, left, c->brief);
        }
        (void)printf("\n'%s %s --help' shows a command's own options.\n", program->name,
                     bare->run != NULL ? "SUBCOMMAND" : "COMMAND");
        help_table(program->options != NULL && bare->run != NULL ? "Options without a subcommand" : "Options",
                   bare->options);
    } else {
        help_usage(program, command);
        (void)printf("%s: %s.\n", command->name != NULL ? command->name : program->name, command->brief);
        help_table("Options", command->options);
    }
    help_table(command != NULL && command->options != NULL ? "Also" : "Options", program->options);
    if (program->uses_database)
        help_table("Connection (libpq's environment and service files hold too)", cli_connect_options);
    help_table("General", cli_common_options);
    if (command != NULL && command->details != NULL)
        (void)printf("\n%s\n", command->details);
    else if (program->details != NULL)
        (void)printf("\n%s\n", program->details);
    (void)printf("\nExit status: 0 done, nothing found; 1 findings; 2 usage or bad input; 3 could not tell.\n"
                 "Manual: man %s\n",
                 program->name);
}

/* mdoc text from the table is written by us; briefs may start with a dot or quote only by mistake. */
static void mdoc_option(const struct cli_option *o)
{
    (void)printf(".It ");
    if (o->letter != 0)
        (void)printf("Fl %c%s%s , ", o->letter, o->arg != NULL ? " Ar " : "", o->arg != NULL ? o->arg : "");
    if (o->kind == CLI_CHOICE)
        (void)printf("Fl -%s Ns = Ns Ar %s\n", o->name, o->choices);
    else if (o->arg != NULL)
        (void)printf("Fl -%s Ns = Ns Ar %s\n", o->name, o->arg);
    else
        (void)printf("Fl -%s\n", o->name);
    if (o->manual != NULL)
        (void)printf("%s\n", o->manual);
    else
        (void)printf("%c%s.\n", o->brief[0] >= 'a' && o->brief[0] <= 'z' ? o->brief[0] - 32 : o->brief[0],
                     o->brief + 1);
}

static void mdoc_table(const struct cli_option *table)
{
    if (table == NULL || table->name == NULL)
        return;
    (void)printf(".Bl -tag -width Ds\n");
    for (const struct cli_option *o = table; o->name != NULL; o++)
        mdoc_option(o);
    (void)printf(".El\n");
}

static void mdoc(const struct cli_program *program)
{
    if (program->commands->name != NULL && unnamed(program)->options != NULL) {
        (void)printf(".Ss Without a subcommand\n");
        mdoc_table(unnamed(program)->options);
    }
    for (const struct cli_command *c = program->commands; c->name != NULL; c++) {
        (void)printf(".Ss %s", c->name);
        if (c->operands[0] != '\0')
            (void)printf(" %s", c->operands);
        (void)printf("\n%c%s.\n", c->brief[0] >= 'a' && c->brief[0] <= 'z' ? c->brief[0] - 32 : c->brief[0],
                     c->brief + 1);
        mdoc_table(c->options);
    }
    if (program->commands->name == NULL)
        mdoc_table(unnamed(program)->options);
    if (program->options != NULL) {
        if (program->commands->name != NULL)
            (void)printf(".Ss Options of every command\n");
        mdoc_table(program->options);
    }
    if (program->uses_database) {
        (void)printf(".Ss Connection\nThese are those of\n.Xr psql 1 ;\nlibpq's environment variables, service and "
                     "password files hold as well.\n");
        mdoc_table(cli_connect_options);
    }
    (void)printf(".Ss General\n");
    mdoc_table(cli_common_options);
}

static void words(const struct cli_option *table)
{
    for (const struct cli_option *o = table; o != NULL && o->name != NULL; o++)
        (void)printf(" --%s%s", o->name, o->arg != NULL ? "=" : "");
}

static void choices(const struct cli_option *table)
{
    for (const struct cli_option *o = table; o != NULL && o->name != NULL; o++)
        if (o->kind == CLI_CHOICE && o->brief != NULL)
            (void)printf(" --%s=%s", o->name, o->choices);
}

/* The length of the first word of a command's name; and is it the first command with that word? */
static size_t first_word(const struct cli_program *program, const struct cli_command *command, bool *is_new)
{
    size_t len = strcspn(command->name, " ");

    *is_new = true;
    for (const struct cli_command *c = program->commands; c != command; c++)
        if (strncmp(c->name, command->name, len) == 0 && strcspn(c->name, " ") == len)
            *is_new = false;
    return len;
}

/* The commands that have this one's first word. */
static bool is_sister(const struct cli_command *command, const struct cli_command *c)
{
    size_t len = strcspn(command->name, " ");

    return strncmp(c->name, command->name, len) == 0 && c->name[len] == ' ';
}

static void bash_words(const struct cli_program *program, const struct cli_command *command)
{
    (void)printf("words='");
    for (const struct cli_command *c = program->commands; command->name == NULL && c->name != NULL; c++) {
        bool is_new;
        size_t len = first_word(program, c, &is_new);

        if (is_new)
            (void)printf(" %.*s", (int)len, c->name);
    }
    words(command->options);
    (void)printf("' choices='");
    choices(command->options);
    (void)printf("' ;;\n");
}

/* What comes between the first word and the second one. */
static void bash_seconds(const struct cli_program *program)
{
    for (const struct cli_command *c = program->commands; c->name != NULL; c++) {
        bool is_new;
        size_t len = first_word(program, c, &is_new);

        if (!is_new || c->name[len] == '\0')
            continue;
        (void)printf("    '%.*s '*) at=2 words='", (int)len, c->name);
        for (const struct cli_command *d = c; d->name != NULL; d++)
            if (is_sister(c, d))
                (void)printf(" %s", d->name + len + 1);
        (void)printf("' choices='' ;;\n");
    }
}

static void bash(const struct cli_program *program)
{
    (void)printf("_%s() {\n    local cur=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD - 1]}\n"
                 "    local words choices choice at=1\n    COMPREPLY=()\n"
                 "    case \"${COMP_WORDS[1]} ${COMP_WORDS[2]-}\" in\n",
                 program->name);
    for (const struct cli_command *c = program->commands; c->name != NULL; c++) {
        (void)printf("    '%s'%s) ", c->name, strchr(c->name, ' ') == NULL ? "\\ *" : "");
        bash_words(program, c);
    }
    bash_seconds(program);
    (void)printf("    *) ");
    bash_words(program, unnamed(program));
    (void)printf("    esac\n    words+='");
    words(program->options);
    if (program->uses_database)
        words(cli_connect_options);
    words(cli_common_options);
    (void)printf("'\n    choices+='");
    choices(program->options);
    /* bash takes '=' for a word of its own. */
    (void)printf("'\n"
                 "    if [[ $cur == = ]]; then cur=\n"
                 "    elif [[ $option == = ]]; then option=${COMP_WORDS[COMP_CWORD - 2]}\n"
                 "    fi\n"
                 "    for choice in $choices; do\n"
                 "        [[ $choice == \"$option\"=* ]] || continue\n"
                 "        choice=${choice#*=}\n"
                 "        mapfile -t COMPREPLY < <(compgen -W \"${choice//|/ }\" -- \"$cur\")\n"
                 "        return\n"
                 "    done\n"
                 "    if [[ $cur == -* || ( $COMP_CWORD -eq $at && -n $words ) ]]; then\n"
                 "        mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
                 "        [[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace\n"
                 "    fi\n"
                 "    [[ $cur == -* || ${#COMPREPLY[@]} -gt 0 ]] || mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
                 "}\n"
                 "complete -F _%s %s\n",
                 program->name, program->name);
}

/* zsh reads '[' and ']' and ':' in a description as its own. */
static void zsh_text(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            (void)printf("'\\''");
        else if (strchr("[]:\\", *text) != NULL)
            (void)printf("\\%c", *text);
        else
            (void)putchar(*text);
    }
}

static void zsh_table(const struct cli_option *table)
{
    for (const struct cli_option *o = table; o != NULL && o->name != NULL; o++) {
        (void)printf(" \\\n        '%s--%s%s[", o->kind == CLI_LIST ? "*" : "", o->name, o->arg != NULL ? "=" : "");
        zsh_text(o->brief);
        (void)printf("]");
        if (o->kind == CLI_CHOICE) {
            (void)printf(":%s:(", o->arg);
            for (const char *p = o->choices; *p != '\0'; p++)
                (void)putchar(*p == '|' ? ' ' : *p);
            (void)printf(")");
        } else if (o->arg != NULL) {
            (void)printf(":%s:_files", o->arg);
        }
        (void)printf("'");
    }
}

static void zsh_word(bool first, const char *word, size_t len, const char *brief)
{
    (void)printf("%s%.*s\\:\"", first ? "" : " ", (int)len, word);
    zsh_text(brief);
    (void)printf("\"");
}

static void zsh_seconds(const struct cli_program *program)
{
    for (const struct cli_command *c = program->commands; c->name != NULL; c++) {
        bool is_new;
        size_t len = first_word(program, c, &is_new);

        if (!is_new || c->name[len] == '\0')
            continue;
        (void)printf("    '%.*s '*) args=( '2:command:((", (int)len, c->name);
        for (const struct cli_command *d = c; d->name != NULL; d++)
            if (is_sister(c, d))
                zsh_word(d == c, d->name + len + 1, strlen(d->name + len + 1), d->brief);
        (void)printf("))' ) ;;\n");
    }
}

static void zsh(const struct cli_program *program)
{
    (void)printf("#compdef %s\nlocal -a args\n", program->name);
    (void)printf("case \"${words[2]} ${words[3]}\" in\n");
    for (const struct cli_command *c = program->commands; c->name != NULL; c++) {
        (void)printf("    '%s'%s) args=( ", c->name, strchr(c->name, ' ') == NULL ? "\\ *" : "");
        zsh_table(c->options);
        (void)printf(" ) ;;\n");
    }
    zsh_seconds(program);
    (void)printf("    *) args=( ");
    zsh_table(unnamed(program)->options);
    if (program->commands->name != NULL) {
        (void)printf(" '1:command:((");
        for (const struct cli_command *c = program->commands; c->name != NULL; c++) {
            bool is_new;
            size_t len = first_word(program, c, &is_new);

            if (is_new)
                zsh_word(c == program->commands, c->name, len, c->name[len] == '\0' ? c->brief : "");
        }
        (void)printf("))'");
    }
    (void)printf(" ) ;;\nesac\n_arguments \"${args[@]}\"");
    zsh_table(program->options);
    if (program->uses_database)
        zsh_table(cli_connect_options);
    zsh_table(cli_common_options);
    (void)printf(" \\\n        '*:file:_files'\n");
}

int emit(const struct cli_program *program, const char *kind)
{
    if (strcmp(kind, "mdoc") == 0)
        mdoc(program);
    else if (strcmp(kind, "bash") == 0)
        bash(program);
    else
        zsh(program);
    return EXIT_DONE;
}
