/* gdpr-subject: what there is of one person, for that person. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/file.h"
#include "auditproof/gdpr.h"
#include "commands.h"

enum { FILE_MAX = 64 << 20 };

static const char *subject_name, *review_file, *review_out, *config_file;
static struct cli_list also;
static bool letter;

const struct cli_option gdpr_subject_options[] = {
    {0, "subject", "UUID|EMAIL", CLI_STRING, &subject_name, NULL, "the person: account id or e-mail address",
     "The person whose data it is: the id of the account, or its e-mail address.\n"
     "Where it could be two people, nothing is written, and the message says how to tell which."},
    {0, "also", "UUID|EMAIL", CLI_LIST, &also, NULL, "another id or address that is this person's",
     "Another id or e-mail address that is known to be this person's, such as one of before a change;\nmay be "
     "repeated."},
    {0, "review-out", "FILE", CLI_STRING, &review_out, NULL, "write entries that somebody has to look at",
     "Write the review queue to this file, as CSV: entries of others that name the person.\n"
     "It is for the controller's staff and never part of a bundle."},
    {0, "review", "FILE", CLI_STRING, &review_file, NULL, "that queue, with decisions",
     "The review queue with its columns\n.Va decision\n.Pq Cm include No or Cm exclude\nand\n.Va disclose\n"
     "filled in: JSON pointers to the values that the person may see, separated by spaces; the word\n.Cm content\n"
     "stands for everything, with the salt that proves it."},
    {0, "gdpr", "FILE.yaml", CLI_STRING, &config_file, NULL, "the controller, purposes, recipients, …",
     "What is said on behalf of the controller, in place of what\n.Pa gdpr.yaml\namong the rules says."},
    {0, "letter", NULL, CLI_FLAG, &letter, NULL, "write the letter of Art. 15(1), too",
     "Write\n.Pa data/letter.html ,\nwhat Art. 15(1) has the controller say.\nNeeds a controller in the file of\n"
     ".Fl -gdpr ."},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

/* Everything, and until the end of today: so the period's name does not change from one run to the next. */
static struct export_period everything(void)
{
    int64_t now_us = ap_clock_now_us();

    return (struct export_period){0, now_us - now_us % AP_US_PER_DAY + AP_US_PER_DAY};
}

enum ap_status export_read_file(struct ap_gdpr_file *out, const char *name, struct ap_buf *text, struct ap_error *err)
{
    if (name == NULL)
        return AP_OK;
    out->name = name;
    out->text = text;
    return ap_file_read(name, FILE_MAX, text, err);
}

static int tell(const struct ap_gdpr_subject *subject)
{
    const struct ap_gdpr_subject_counts *counts = ap_gdpr_subject_counts(subject);
    const struct ap_buf *queue = ap_gdpr_subject_queue(subject);
    struct ap_error err;

    cli_say("%" PRIu64 " acts of the subject, %" PRIu64 " of others on the subject's record, %" PRIu64
            " that name the subject and were let in, %" PRIu64 " that were not",
            counts->own, counts->about, counts->reviewed, counts->excluded);
    if (review_out != NULL && ap_file_replace_private(review_out, ap_buf_str(queue), queue->len, &err) != AP_OK)
        return cli_fail(&err);
    if (counts->pending > 0)
        cli_warn("%" PRIu64 " more entries name the subject and wait for somebody to look at them: %s%s",
                 counts->pending, review_out != NULL ? "decide in " : "write them with --review-out",
                 review_out != NULL ? review_out : "");
    return EXIT_DONE;
}

static enum ap_status prepare(struct ap_gdpr_subject **subject, struct ap_gdpr_subject_options *options,
                              struct ap_buf *config, struct ap_buf *review, struct ap_error *err)
{
    enum ap_status status;

    if (subject_name == NULL)
        return ap_fail(err, AP_EINPUT, "whose data? Give --subject UUID or --subject EMAIL");
    options->subject = subject_name;
    options->also = also.items;
    options->also_count = also.count;
    options->letter = letter;
    status = export_read_file(&options->config, config_file, config, err);
    if (status == AP_OK)
        status = export_read_file(&options->review, review_file, review, err);
    return status == AP_OK ? ap_gdpr_subject_new(subject, options, err) : status;
}

int run_gdpr_subject(int argc, char **argv)
{
    const struct export_period otherwise = everything();
    struct ap_buf config = AP_BUF_INIT, review = AP_BUF_INIT;
    struct ap_gdpr_subject_options options;
    struct ap_gdpr_subject *subject = NULL;
    struct export_run run;
    struct ap_error err;
    enum ap_status status;
    int result;

    (void)argc;
    (void)argv;
    memset(&options, 0, sizeof options);
    memset(&run, 0, sizeof run);
    status = export_open(&run, "gdpr-subject", &otherwise, &err);
    options.all_time = !run.period_given;
    if (status == AP_OK)
        status = prepare(&subject, &options, &config, &review, &err);
    if (status == AP_OK)
        ap_gdpr_subject_attach(subject, &run.options);
    result = status == AP_OK ? export_finish(&run) : export_fail(&err);
    if (result == EXIT_DONE)
        result = tell(subject);
    ap_gdpr_subject_free(subject);
    ap_buf_free(&config);
    ap_buf_free(&review);
    export_close(&run);
    return result;
}
