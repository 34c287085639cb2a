/* mail: one mail, now, to see whether what run would send arrives. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "auditproof/clock.h"
#include "auditproof/digest.h"
#include "commands.h"
#include "mailer.h"
#include "signals.h"

const struct cli_option mail_options[] = {
    MAILER_OPTIONS,
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

enum { NAME_SIZE = 64, WHY_SIZE = 512 };

static enum ap_status write_trial(struct ap_buf *message, const char *to, const struct ap_cms_recipient *certificate,
                                  struct ap_error *err)
{
    char host[NAME_SIZE] = "", id[AP_MAIL_ADDRESS_MAX + NAME_SIZE], now[AP_TIME_TEXT_SIZE], text[WHY_SIZE];
    uint64_t number = 0;
    struct ap_mail mail = {.from = mailer_options.from,
                           .to = to,
                           .message_id = id,
                           .subject = "Trial of mail from auditschedule",
                           .text = text,
                           .time_us = ap_clock_now_us(),
                           .encrypt_to = certificate};
    enum ap_status status = ap_random(&number, sizeof number, err);

    if (status != AP_OK)
        return status;
    (void)gethostname(host, sizeof host - 1);
    ap_time_format(now, mail.time_us);
    (void)snprintf(id, sizeof id, "trial.%" PRIx64 "%s", number, strchr(mailer_options.from, '@'));
    (void)snprintf(text, sizeof text,
                   "Somebody tries whether mail of auditschedule on %s reaches you.\n\n"
                   "It was sent at %s, %s. There is nothing to be done.\n",
                   host, now, certificate != NULL ? "encrypted to your certificate" : "and is not encrypted");
    return ap_mail_compose(message, &mail, err);
}

static enum ap_status try_it(const char *to, struct ap_mail_result *result, struct ap_error *err)
{
    struct ap_cms_recipient *certificate = NULL;
    struct ap_buf message = AP_BUF_INIT;
    char why[WHY_SIZE];
    enum ap_status status = mailer_certificate(to, &certificate, why, sizeof why, err);

    if (status == AP_OK && why[0] != '\0')
        cli_warn("not encrypted: %s", why);
    if (status == AP_OK)
        status = write_trial(&message, to, certificate, err);
    if (status == AP_OK)
        status = mailer_send(to, &message, result, err);
    ap_cms_recipient_free(certificate);
    ap_buf_free(&message);
    return status;
}

int mail_run(int argc, char **argv)
{
    static const char *const outcomes[] = {
        [AP_MAIL_LATER] = "not taken now", [AP_MAIL_REFUSED] = "refused", [AP_MAIL_BLOCKED] = "mail cannot be sent"};
    struct ap_mail_result result;
    struct ap_error err;
    enum ap_status status;
    int wrong = mailer_check();

    (void)argc;
    if (wrong != EXIT_DONE)
        return wrong;
    if (!mailer_is_wanted())
        return cli_usage("mail is sent by --smtp or by --sendmail");
    if (ap_mail_check_address(argv[0], &err) != AP_OK)
        return cli_usage("%s", err.message);
    status = cli_catch_signals(&err);
    if (status == AP_OK)
        status = mailer_open(&err);
    if (status == AP_OK)
        status = try_it(argv[0], &result, &err);
    mailer_close();
    if (status != AP_OK)
        return cli_fail(&err);
    if (result.outcome != AP_MAIL_TAKEN) {
        cli_error("%s: %s", outcomes[result.outcome], result.why);
        return EXIT_FINDINGS;
    }
    cli_say("the mail to %s was taken: whether it arrives, only its mailbox shows", argv[0]);
    return EXIT_DONE;
}
