#include "mailer.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auditproof/bytes.h"
#include "auditproof/clock.h"
#include "options.h"
#include "sendmail.h"
#include "signals.h"

enum { PASSWORD_SIZE = 1024, PATH_SIZE = 4096, LONGEST_TIMEOUT = 3600 };

/* What a Message-ID has room for beside the report, its time and the recipient. */
enum { DOMAIN_MAX = AP_MAIL_ADDRESS_MAX - AP_MAIL_LOCAL_MAX - 1 };

struct mailer_options mailer_options = {.timeout_seconds = 60};

static char password[PASSWORD_SIZE];

bool mailer_is_wanted(void)
{
    return mailer_options.url != NULL || mailer_options.sendmail != NULL;
}

int64_t mailer_timeout_us(void)
{
    return (int64_t)mailer_options.timeout_seconds * AP_US_PER_SECOND;
}

static struct ap_smtp smtp(void)
{
    return (struct ap_smtp){.url = mailer_options.url,
                            .user = mailer_options.user,
                            .password = mailer_options.user != NULL ? password : NULL,
                            .ca_file = mailer_options.ca_file,
                            .plain = mailer_options.plain,
                            .timeout_us = mailer_timeout_us(),
                            .stop = cli_interrupted};
}

static bool is_directory(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int mailer_check(void)
{
    const struct mailer_options *o = &mailer_options;
    bool of_server = o->user != NULL || o->password_file != NULL || o->ca_file != NULL || o->plain;
    struct ap_smtp server = smtp();
    struct ap_error err;

    if (o->url != NULL && o->sendmail != NULL)
        return cli_usage("mail is sent by --smtp or by --sendmail, not by both");
    if (of_server && o->url == NULL)
        return cli_usage("--smtp-user, --smtp-password-file, --smtp-ca and --smtp-plain are of --smtp");
    if (!mailer_is_wanted())
        return EXIT_DONE;
    if (o->from == NULL)
        return cli_usage("mail needs --mail-from: the address that it is from");
    if (ap_mail_check_address(o->from, &err) != AP_OK)
        return cli_usage("--mail-from: %s", err.message);
    if (strlen(strchr(o->from, '@') + 1) > DOMAIN_MAX)
        return cli_usage("--mail-from: its host has more than %d characters", DOMAIN_MAX);
    if ((o->user != NULL) != (o->password_file != NULL))
        return cli_usage("--smtp-user and --smtp-password-file go together");
    if (o->sendmail != NULL && o->sendmail[0] != '/')
        return cli_usage("--sendmail takes the whole path of a program");
    if (o->certificates != NULL && !is_directory(o->certificates))
        return cli_usage("--mail-certificates takes a directory: there is none at %s", o->certificates);
    if (o->timeout_seconds == 0 || o->timeout_seconds > LONGEST_TIMEOUT)
        return cli_usage("--mail-timeout takes 1 to %d seconds", LONGEST_TIMEOUT);
    if (o->url != NULL && ap_smtp_check(&server, &err) != AP_OK)
        return cli_usage("--smtp: %s", err.message);
    return EXIT_DONE;
}

static enum ap_status read_password(int fd, const char *path, struct ap_error *err)
{
    struct stat st;
    ssize_t n;

    if (fstat(fd, &st) != 0)
        return ap_fail_errno(err, errno, "cannot read %s", path);
    if (S_ISREG(st.st_mode) && (st.st_mode & S_IRWXO) != 0)
        return ap_fail(err, AP_EINPUT, "everybody may read the password in %s: chmod o= %s", path, path);
    n = read(fd, password, sizeof password - 1);
    if (n < 0)
        return ap_fail_errno(err, errno, "cannot read %s", path);
    password[n] = '\0';
    password[strcspn(password, "\r\n")] = '\0';
    if (password[0] == '\0' || (size_t)n == sizeof password - 1)
        return ap_fail(err, AP_EINPUT, "the first line of %s is no password", path);
    return AP_OK;
}

enum ap_status mailer_open(struct ap_error *err)
{
    const char *path = mailer_options.password_file;
    enum ap_status status;
    int fd;

    if (path == NULL)
        return AP_OK;
    /* What is dumped of this process would have the password. */
    (void)setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return ap_fail_errno(err, errno, "cannot read %s", path);
    status = read_password(fd, path, err);
    (void)close(fd);
    return status;
}

void mailer_close(void)
{
    ap_wipe(password, sizeof password);
}

enum ap_status mailer_certificate(const char *to, struct ap_cms_recipient **out, char *why, size_t size,
                                  struct ap_error *err)
{
    char path[PATH_SIZE];
    struct ap_error found;
    enum ap_status status;
    int n;

    *out = NULL;
    why[0] = '\0';
    if (mailer_options.certificates == NULL || ap_mail_check_address(to, NULL) != AP_OK)
        return AP_OK;
    n = snprintf(path, sizeof path, "%s/%s.pem", mailer_options.certificates, to);
    if (n < 0 || (size_t)n >= sizeof path)
        return ap_fail(err, AP_ELIMIT, "the name of the certificate's file is too long");
    for (char *c = path + strlen(mailer_options.certificates); *c != '\0'; c++)
        *c = (char)tolower((unsigned char)*c);
    if (access(path, F_OK) != 0 && errno == ENOENT)
        return AP_OK;
    status = ap_cms_recipient_open(out, path, &found);
    if (status == AP_ENOMEM)
        return ap_fail_memory(err, "a certificate");
    if (status != AP_OK)
        (void)snprintf(why, size, "%s", found.message);
    return AP_OK;
}

enum ap_status mailer_send(const char *to, const struct ap_buf *message, struct ap_mail_result *result,
                           struct ap_error *err)
{
    struct ap_smtp server = smtp();

    return mailer_options.url != NULL ? ap_mail_smtp(&server, mailer_options.from, to, message, result, err)
                                      : sendmail_send(mailer_options.sendmail, mailer_options.from, to, message,
                                                      mailer_timeout_us(), result, err);
}
