/* Sending mail as the options say: by a server, or by the system's sendmail. */
#ifndef AUDITPROOF_CMD_AUDITSCHEDULE_MAILER_H
#define AUDITPROOF_CMD_AUDITSCHEDULE_MAILER_H

#include <stdbool.h>
#include <stdint.h>

#include "auditproof/mail.h"

/* What the options below say. */
struct mailer_options {
    const char *url, *user, *password_file, *ca_file, *sendmail, *from, *certificates;
    uint64_t timeout_seconds;
    bool plain;
};

extern struct mailer_options mailer_options;

#define MAILER_ROW(name, arg, kind, field, brief, manual)                                                              \
    {                                                                                                                  \
        0, name, arg, kind, &mailer_options.field, NULL, brief, manual                                                 \
    }

/* Rows of a table of options, of each command that sends mail. */
#define MAILER_OPTIONS                                                                                                 \
    MAILER_ROW("smtp", "URL", CLI_STRING, url, "send mail by this server: smtps://HOST, or smtp://HOST:587",           \
               "Send mail by this server:\n.Li smtps://HOST\nspeaks TLS from the start,\n.Li smtp://HOST:587\nby "     \
               "STARTTLS, without which nothing is sent.\nA name behind a slash is the one to greet it with."),        \
        MAILER_ROW("smtp-user", "NAME", CLI_STRING, user, "log in to it with this name", NULL),                        \
        MAILER_ROW("smtp-password-file", "FILE", CLI_STRING, password_file,                                            \
                   "and the password in this file's first line",                                                       \
                   "And the password in the first line of this file, which not everybody may be able to read."),       \
        MAILER_ROW("smtp-ca", "FILE", CLI_STRING, ca_file, "trust these certificates, in PEM, alone", NULL),           \
        MAILER_ROW("smtp-plain", NULL, CLI_FLAG, plain, "without TLS, to a server on this machine",                    \
                   "Without TLS: only to a server on this machine,\n.Li smtp://localhost ,\nand without a login."),    \
        MAILER_ROW("sendmail", "PATH", CLI_STRING, sendmail, "send mail by this program, as sendmail's",               \
                   "Send mail by this program, which takes sendmail's arguments,\n.Li -oi -f FROM -- RECIPIENT "       \
                   ",\nand the mail on its standard input.\nNo shell is run."),                                        \
        MAILER_ROW("mail-from", "ADDRESS", CLI_STRING, from, "who it is from", NULL),                                  \
        MAILER_ROW("mail-timeout", "SECONDS", CLI_U64, timeout_seconds,                                                \
                   "handing over a mail takes so long at most (60)", NULL),                                            \
        MAILER_ROW("mail-certificates", "DIR", CLI_STRING, certificates,                                               \
                   "encrypt to a recipient's certificate, DIR/ADDRESS.pem",                                            \
                   "Encrypt mail by S/MIME to whoever has a certificate here:\n.Pa DIR/ADDRESS.pem ,\nthe address in " \
                   "lower case.")

/* Whether any way to send is named. */
bool mailer_is_wanted(void);
/* Whether what is named goes together: 0, or EXIT_USAGE, and it was told why not. */
int mailer_check(void);

/* Read the password. */
AP_MUST_CHECK enum ap_status mailer_open(struct ap_error *err);
void mailer_close(void);

/* Longer than this a mail is not at it, in microseconds. */
int64_t mailer_timeout_us(void);

/*
 * The certificate of a recipient, or NULL where there is none, or none that can be used: then why, unless it is empty,
 * says what is wrong with it. AP_OK but for want of memory.
 */
AP_MUST_CHECK enum ap_status mailer_certificate(const char *to, struct ap_cms_recipient **out, char *why, size_t size,
                                                struct ap_error *err);

/* As ap_mail_smtp. */
AP_MUST_CHECK enum ap_status mailer_send(const char *to, const struct ap_buf *message, struct ap_mail_result *result,
                                         struct ap_error *err);

#endif
