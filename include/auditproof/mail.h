/*
 * Mail: composed (RFC 5322, MIME, S/MIME), and handed to a server (SMTP, RFC 5321). TLS is verified.
 *
 * Handed over is not delivered: a server that took a message may still fail to deliver it, and one whose answer was
 * lost may have taken it. Whoever sends again uses the same Message-ID, by which receivers know it.
 */
#ifndef AUDITPROOF_MAIL_H
#define AUDITPROOF_MAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auditproof/buf.h"
#include "auditproof/cms.h"
#include "auditproof/error.h"

enum { AP_MAIL_ADDRESS_MAX = 254, AP_MAIL_LOCAL_MAX = 64, AP_MAIL_SUBJECT_MAX = 200 };

/*
 * "local@domain", in ASCII: no name, no quotes, no comment, no route, nothing that a header, a protocol, a file name or
 * a command line would take for its own. AP_EINPUT says what is wrong.
 */
AP_MUST_CHECK enum ap_status ap_mail_check_address(const char *address, struct ap_error *err);

struct ap_mail_attachment {
    const char *name; /* of the file: ASCII, without quotes and slashes */
    const char *type; /* "application/pdf" */
    const uint8_t *bytes;
    size_t len;
};

struct ap_mail {
    const char *from, *to;  /* addresses */
    const char *message_id; /* "local@domain", without the brackets */
    const char *subject;    /* UTF-8, of any content: shown as display.h says, what is too long is cut */
    const char *text;       /* UTF-8, lines ending in \n */
    int64_t time_us;        /* Date: of the years 1900 to 9999 */
    const struct ap_mail_attachment *attachment; /* or NULL */
    const struct ap_cms_recipient *encrypt_to;   /* S/MIME: text and attachment, not the headers. Or NULL */
};

/* Append the message, lines ending in CRLF. The same mail gives the same bytes, unless it is encrypted. */
AP_MUST_CHECK enum ap_status ap_mail_compose(struct ap_buf *out, const struct ap_mail *mail, struct ap_error *err);

/* What became of an attempt to hand it over. */
enum ap_mail_outcome {
    AP_MAIL_TAKEN,   /* the other side is responsible now */
    AP_MAIL_LATER,   /* not this one now (4xx), or nobody knows: try again */
    AP_MAIL_REFUSED, /* this mail, or its recipient, never (5xx) */
    AP_MAIL_BLOCKED, /* none over this connection: no server, no TLS that verifies, no login, no such sender */
};

struct ap_mail_result {
    enum ap_mail_outcome outcome;
    bool silent;   /* AP_MAIL_LATER, as nothing was answered in time */
    char why[256]; /* one line, shown safely; empty when taken */
};

struct ap_smtp {
    const char *url;             /* "smtps://host", or "smtp://host:587", which is then made TLS */
    const char *user, *password; /* or NULL. Never sent without TLS */
    const char *ca_file;         /* certificates to trust instead of the system's; NULL for these */
    bool plain;                  /* smtp:// without TLS, for a server on this machine: loopback only, no login */
    int64_t timeout_us;          /* of the whole */
    bool (*stop)(void);          /* asked again and again; may be NULL */
};

/* Whether mail can be sent so at all: AP_EINPUT says why not. */
AP_MUST_CHECK enum ap_status ap_smtp_check(const struct ap_smtp *smtp, struct ap_error *err);

/*
 * AP_OK whatever became of it: that is in result. Else it was not tried, or AP_ECANCELLED: stopped, and it is not known
 * whether it was taken.
 */
AP_MUST_CHECK enum ap_status ap_mail_smtp(const struct ap_smtp *smtp, const char *from, const char *to,
                                          const struct ap_buf *message, struct ap_mail_result *result,
                                          struct ap_error *err);

#endif
