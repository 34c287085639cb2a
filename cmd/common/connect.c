#include "connect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "auditproof/bytes.h"

enum { PASSWORD_SIZE = 1024 };

static const char *dbname, *host, *port, *user;
static bool no_password, ask_password;

const struct cli_option cli_connect_options[] = {
    {'d', "dbname", "DBNAME", CLI_STRING, &dbname, NULL, "database: a name, conninfo string or URI",
     "A database name, a conninfo string\n.Pq Qq host=/run/postgresql dbname=app\nor a URI."},
    {'h', "host", "HOST", CLI_STRING, &host, NULL, "server's host name, or directory of its Unix socket", NULL},
    {'p', "port", "PORT", CLI_STRING, &port, NULL, "server's port", NULL},
    {'U', "username", "NAME", CLI_STRING, &user, NULL, "role to log in as", NULL},
    {'w', "no-password", NULL, CLI_FLAG, &no_password, NULL, "never ask for a password", NULL},
    {'W', "password", NULL, CLI_FLAG, &ask_password, NULL, "ask for a password before connecting",
     "Ask for a password before connecting.\nWithout it, one is asked for when the server wants one and there is a "
     "terminal.\nThere is no option that takes a password: use a password file or service."},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

bool cli_connect_asked(void)
{
    return dbname != NULL || host != NULL || port != NULL || user != NULL || no_password || ask_password;
}

size_t cli_connect_arguments(const char **argv, size_t room)
{
    const struct {
        const char *option, *value;
    } given[] = {{"--dbname", dbname}, {"--host", host}, {"--port", port}, {"--username", user}};
    size_t count = 0;

    for (size_t i = 0; i < sizeof given / sizeof given[0]; i++) {
        if (given[i].value == NULL || count + 2 > room)
            continue;
        argv[count++] = given[i].option;
        argv[count++] = given[i].value;
    }
    return count;
}

/* Asked on the terminal itself, because standard input may be data. */
static bool read_password(char password[PASSWORD_SIZE])
{
    struct termios normal, silent;
    FILE *tty = fopen("/dev/tty", "r+e");
    bool ok = false;

    if (tty == NULL)
        return false;
    if (tcgetattr(fileno(tty), &normal) == 0) {
        silent = normal;
        silent.c_lflag &= (tcflag_t)~ECHO;
        (void)fputs("Password: ", tty);
        (void)fflush(tty);
        if (tcsetattr(fileno(tty), TCSAFLUSH, &silent) == 0) {
            ok = fgets(password, PASSWORD_SIZE, tty) != NULL;
            (void)tcsetattr(fileno(tty), TCSAFLUSH, &normal);
            (void)fputc('\n', tty);
        }
    }
    (void)fclose(tty);
    if (ok)
        password[strcspn(password, "\n")] = '\0';
    return ok;
}

enum ap_status cli_connect(struct ap_db **out, const char *program, bool row_security, struct ap_error *err)
{
    struct ap_db_params params = {dbname, host, port, user, NULL, program, row_security};
    char password[PASSWORD_SIZE];
    bool needs_password = false;
    enum ap_status status;

    *out = NULL;
    if (ask_password) {
        if (!read_password(password))
            return ap_fail(err, AP_EIO, "there is no terminal to ask for a password on: use a password file");
        params.password = password;
    }
    status = ap_db_open(out, &params, &needs_password, err);
    if (status == AP_ECONNECT && needs_password && !no_password && !ask_password && read_password(password)) {
        params.password = password;
        status = ap_db_open(out, &params, NULL, err);
    }
    ap_wipe(password, sizeof password);
    return status;
}

enum ap_status cli_connect_snapshot(struct ap_db **out, const char *program, struct ap_error *err)
{
    enum ap_status status = cli_connect(out, program, false, err);

    return status == AP_OK ? ap_db_exec(*out, ap_sql("queries/begin_snapshot"), err) : status;
}
