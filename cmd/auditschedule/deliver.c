#include "deliver.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/digest.h"
#include "auditproof/display.h"
#include "auditproof/file.h"
#include "auditproof/outbox.h"
#include "letter.h"
#include "options.h"
#include "signals.h"

enum {
    LEAST_DAYS = 30,
    MOST_DAYS = 36500,
    MOST_ATTEMPTS = 1000,
    WHY_SIZE = 512,
    ATTACH_MOST = 100 << 20,
    MOST_SILENT = 3
};

/* As long as mail servers keep what they cannot hand on (RFC 5321, section 4.5.4.1). */
#define KEEP_US (5 * AP_US_PER_DAY)
/* What is done beside handing over, before the lease is over. */
#define SPARE_US (120 * AP_US_PER_SECOND)

struct deliver_options deliver_options = {.attach_max = 5 << 20, .attempts = 30, .keep_days = 400};

int deliver_check(void)
{
    if (deliver_options.attempts == 0 || deliver_options.attempts > MOST_ATTEMPTS)
        return cli_usage("--mail-attempts takes 1 to %d", MOST_ATTEMPTS);
    if (deliver_options.attach_max > ATTACH_MOST)
        return cli_usage("--attach-max takes 100M at most");
    if (deliver_options.keep_days > MOST_DAYS ||
        (deliver_options.keep_days < LEAST_DAYS && deliver_options.keep_days != 0))
        return cli_usage("--mail-keep takes %d to %d days, or 0", LEAST_DAYS, MOST_DAYS);
    return mailer_check();
}

/* A mail that is being made. */
struct making_mail {
    const struct ap_outbox_mail *mail;
    struct ap_cms_recipient *certificate;
    char unusable[WHY_SIZE]; /* why the certificate is not used; or empty */
    char missing[WHY_SIZE];  /* why the report is not attached; or empty */
    struct ap_buf report;
};

/* The report's file, as this runner's options name it; false where it is not among those. */
static bool find_file(struct ap_buf *path, const struct output_place *place, const char *url)
{
    const char *prefix = place->url != NULL ? place->url : place->directory, *rest = url;

    if (place->directory == NULL)
        return false;
    if (place->url == NULL) {
        if (strncmp(url, "file://", strlen("file://")) != 0)
            return false;
        rest += strlen("file://");
    }
    if (strncmp(rest, prefix, strlen(prefix)) != 0 || rest[strlen(prefix)] != '/' || strstr(rest, "/../") != NULL)
        return false;
    ap_buf_addf(path, "%s%s", place->directory, rest + strlen(prefix));
    return !path->failed;
}

static enum ap_status is_as_recorded(const struct making_mail *m, bool *same, struct ap_error *err)
{
    struct ap_span span = {m->report.data, m->report.len};
    struct ap_digest *digest = NULL;
    char hex[AP_HASH_TEXT_SIZE] = "";
    uint8_t hash[AP_HASH_LEN];
    enum ap_status status = ap_digest_new(&digest, err);

    if (status == AP_OK)
        status = ap_digest_spans(digest, hash, &span, 1, err);
    if (status == AP_OK)
        ap_hex_encode(hex, hash, AP_HASH_LEN);
    *same = status == AP_OK && strcmp(hex, m->mail->sha256) == 0;
    ap_digest_free(digest);
    return status;
}

/* AP_OK where it is not to be had, too: then m->missing says why. */
static enum ap_status read_report(struct making_mail *m, const struct output_place *place, struct ap_error *err)
{
    struct ap_buf path = AP_BUF_INIT;
    struct ap_error why;
    enum ap_status status = AP_OK;
    bool same = true;

    if (!find_file(&path, place, m->mail->url)) {
        (void)snprintf(m->missing, sizeof m->missing, "its file is not where this mail is sent from");
    } else if (ap_file_read(path.data, (size_t)deliver_options.attach_max, &m->report, &why) != AP_OK) {
        cli_warn("a report cannot be attached: %s", why.message);
        (void)snprintf(m->missing, sizeof m->missing, "its file cannot be read");
    } else {
        status = is_as_recorded(m, &same, err);
    }
    if (status == AP_OK && !same) {
        cli_error("%s is not what was recorded of it: it was changed since, and is not attached to any mail",
                  path.data);
        (void)snprintf(m->missing, sizeof m->missing, "its file is not what was recorded of it any more");
    }
    ap_buf_free(&path);
    return status;
}

static enum ap_status attach(struct making_mail *m, const struct output_place *place, struct ap_error *err)
{
    if (place == NULL)
        (void)snprintf(m->missing, sizeof m->missing, "it is too long for a mail server on the way to you");
    else if (m->unusable[0] != '\0')
        (void)snprintf(m->missing, sizeof m->missing, "your certificate cannot be used, and it goes only encrypted");
    else if (m->certificate == NULL)
        (void)snprintf(m->missing, sizeof m->missing,
                       "it goes only encrypted, and whoever sends\nthis has no certificate of yours");
    else if (m->mail->bytes > deliver_options.attach_max)
        (void)snprintf(m->missing, sizeof m->missing, "it has more than %" PRIu64 " bytes", deliver_options.attach_max);
    else
        return read_report(m, place, err);
    return AP_OK;
}

static const char *type_of(const char *format)
{
    return strcmp(format, "pdf") == 0    ? "application/pdf"
           : strcmp(format, "csv") == 0  ? "text/csv; charset=utf-8"
           : strcmp(format, "json") == 0 ? "application/json"
                                         : "application/octet-stream";
}

static enum ap_status compose(struct ap_buf *out, const struct making_mail *m, struct ap_error *err)
{
    struct ap_buf subject = AP_BUF_INIT, text = AP_BUF_INIT, name = AP_BUF_INIT;
    struct ap_mail_attachment attachment = {
        .type = type_of(m->mail->format), .bytes = (const uint8_t *)ap_buf_str(&m->report), .len = m->report.len};
    struct ap_mail mail = {.from = mailer_options.from,
                           .to = m->mail->recipient,
                           .message_id = m->mail->message_id,
                           .time_us = m->mail->queued_us,
                           .attachment = m->missing[0] == '\0' ? &attachment : NULL,
                           .encrypt_to = m->certificate};
    enum ap_status status;

    letter_subject(&subject, m->mail);
    letter_text(&text, m->mail, m->missing[0] != '\0' ? m->missing : NULL);
    letter_file_name(&name, m->mail);
    mail.subject = ap_buf_str(&subject);
    mail.text = ap_buf_str(&text);
    attachment.name = ap_buf_str(&name);
    status = ap_buf_check(&text, "a mail", err);
    if (status == AP_OK)
        status = ap_mail_compose(out, &mail, err);
    ap_buf_free(&subject);
    ap_buf_free(&text);
    ap_buf_free(&name);
    return status;
}

/* With the report, if it may be, from place; without it where that is NULL. */
static enum ap_status make_message(struct ap_buf *out, const struct ap_outbox_mail *mail,
                                   const struct output_place *place, bool *attached, struct ap_error *err)
{
    struct making_mail m = {.mail = mail, .report = AP_BUF_INIT};
    enum ap_status status = mailer_certificate(mail->recipient, &m.certificate, m.unusable, sizeof m.unusable, err);

    if (status == AP_OK && m.unusable[0] != '\0')
        cli_warn("mail to %s is not encrypted: %s", mail->recipient, m.unusable);
    if (status == AP_OK)
        status = attach(&m, place, err);
    if (status == AP_OK)
        status = compose(out, &m, err);
    *attached = m.missing[0] == '\0';
    ap_cms_recipient_free(m.certificate);
    ap_buf_free(&m.report);
    return status;
}

static enum ap_status send_made(const struct ap_outbox_mail *mail, const struct output_place *place,
                                struct ap_mail_result *result, struct ap_error *err)
{
    struct ap_buf message = AP_BUF_INIT;
    struct ap_error why;
    bool attached = false;
    enum ap_status status = make_message(&message, mail, place, &attached, &why);

    if (status == AP_OK) {
        status = mailer_send(mail->recipient, &message, result, err);
    } else if (status != AP_ENOMEM) {
        /* One that cannot be made keeps no other from going. */
        result->outcome = AP_MAIL_LATER;
        (void)snprintf(result->why, sizeof result->why, "%.*s", (int)sizeof result->why - 1, why.message);
        status = AP_OK;
    } else {
        status = ap_fail_memory(err, "a mail");
    }
    ap_buf_free(&message);
    /* RFC 5321, section 4.2.3, and RFC 3463: the message is too long. The digest and the link are not. */
    if (status == AP_OK && attached && result->outcome == AP_MAIL_REFUSED &&
        (strncmp(result->why, "552", 3) == 0 || strstr(result->why, "5.3.4") != NULL))
        return send_made(mail, NULL, result, err);
    return status;
}

static enum ap_status send_one(const struct ap_outbox_mail *mail, const struct output_place *place,
                               struct ap_mail_result *result, struct ap_error *err)
{
    struct ap_error why;

    *result = (struct ap_mail_result){.outcome = AP_MAIL_REFUSED};
    if (ap_mail_check_address(mail->recipient, &why) == AP_OK)
        return send_made(mail, place, result, err);
    (void)snprintf(result->why, sizeof result->why, "%.*s", (int)sizeof result->why - 1, why.message);
    return AP_OK;
}

static void tell(const struct ap_outbox_mail *mail, const char *what, const char *why)
{
    struct ap_buf recipient = AP_BUF_INIT;
    char report[AP_UUID_TEXT_SIZE];

    ap_uuid_format(report, &mail->report);
    ap_display_put(&recipient, mail->recipient, strlen(mail->recipient));
    cli_say("mail of report %s to %s: %s%s%s", report, ap_buf_str(&recipient), what, why[0] != '\0' ? ": " : "", why);
    ap_buf_free(&recipient);
}

static enum ap_status settle(struct runner *runner, const struct ap_outbox *outbox, const struct ap_outbox_mail *mail,
                             const struct ap_mail_result *result, struct ap_error *err)
{
    bool mine = false, over = false;
    enum ap_status status = ap_outbox_settle(runner->db, outbox, mail, result, &mine, &over, err);

    /* What was sent, and is not on record as that, is sent again. */
    runner->held_until_us = ap_clock_monotonic_us() + outbox->lease_us;
    while ((status == AP_ECONNECT || (status != AP_OK && ap_db_is_lost(runner->db))) && runner_reconnect(runner, err))
        status = ap_outbox_settle(runner->db, outbox, mail, result, &mine, &over, err);
    if (status != AP_OK)
        return status;
    if (result->outcome == AP_MAIL_TAKEN)
        tell(mail, "taken by server", "");
    else if (!mine)
        tell(mail, "another runner has it by now", "");
    else if (result->outcome != AP_MAIL_BLOCKED)
        tell(mail, over ? "failed" : "to be tried again", result->why);
    runner->failed += mine && over && result->outcome != AP_MAIL_TAKEN;
    return AP_OK;
}

/* What keeps all mail from going is told once: the next round tries again. */
static enum ap_status tell_blocked(struct runner *runner, const struct ap_mail_result *result, struct ap_error *err)
{
    uint64_t waiting = 0;
    enum ap_status status = ap_outbox_waiting(runner->db, &waiting, err);

    cli_error("mail cannot be sent, %" PRIu64 " wait: %s", waiting, result->why);
    runner->failed++;
    runner->mail_blocked = true;
    return status;
}

static enum ap_status deliver_one(struct runner *runner, const struct ap_outbox *outbox, bool *go_on,
                                  struct ap_error *err)
{
    struct ap_outbox_mail mail;
    struct ap_mail_result result;
    enum ap_status status = ap_outbox_claim(runner->db, outbox, &mail, go_on, err);

    if (status == AP_OK && *go_on && mail.given_up) {
        tell(&mail, "failed", mail.error);
        runner->failed++;
    } else if (status == AP_OK && *go_on) {
        status = send_one(&mail, &runner->place, &result, err);
        if (status == AP_OK)
            status = settle(runner, outbox, &mail, &result, err);
        runner->mail_silent += status == AP_OK && result.silent;
        /* Reports wait while mail does: a server that hangs is not asked for each of a hundred. */
        if (status == AP_OK && (result.outcome == AP_MAIL_BLOCKED || runner->mail_silent >= MOST_SILENT)) {
            *go_on = false;
            status = tell_blocked(runner, &result, err);
        }
    }
    ap_outbox_mail_free(&mail);
    return status;
}

enum ap_status deliver_round(struct runner *runner, struct ap_error *err)
{
    const struct ap_outbox outbox = {
        .runner = runner->who.name,
        /* What is too long for the server is sent a second time, without the report. */
        .lease_us = 2 * mailer_timeout_us() + SPARE_US,
        .most_tries = (int)deliver_options.attempts,
        .keep_us = KEEP_US,
        .members = deliver_options.recipients == NULL || strcmp(deliver_options.recipients, "members") == 0,
        .domain = mailer_options.from != NULL ? strchr(mailer_options.from, '@') + 1 : NULL};
    enum ap_status status = AP_OK;
    bool go_on = mailer_is_wanted() && !runner->mail_blocked;

    while (status == AP_OK && go_on && !cli_interrupted())
        status = deliver_one(runner, &outbox, &go_on, err);
    return status;
}

enum ap_status deliver_forget(struct runner *runner, struct ap_error *err)
{
    int days = (int)deliver_options.keep_days;

    return days == 0 ? AP_OK : ap_outbox_forget(runner->db, days, err);
}

bool deliver_waits(const struct runner *runner)
{
    return mailer_is_wanted() && !runner->mail_blocked;
}

enum ap_status deliver_begin(struct runner *runner, struct ap_error *err)
{
    uint64_t waiting = 0;
    enum ap_status status;

    runner->mail_blocked = false;
    runner->mail_silent = 0;
    if (mailer_is_wanted() || runner->mail_told)
        return AP_OK;
    status = ap_outbox_waiting(runner->db, &waiting, err);
    runner->mail_told = waiting > 0;
    if (status == AP_OK && waiting > 0)
        cli_warn("%" PRIu64 " %s to be sent, by --smtp or --sendmail", waiting,
                 waiting == 1 ? "mail waits" : "mails wait");
    return status;
}
