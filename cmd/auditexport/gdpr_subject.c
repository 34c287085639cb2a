/* gdpr-subject: what there is of one person, for that person. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/file.h"
#include "auditproof/gdpr.h"
#include "commands.h"

enum { FILE_MAX = 64 << 20 };

static const char *subject_name, *review_file, *review_out, *config_file;
static struct cli_list also, withheld;
static uint64_t withheld_seqs[CLI_LIST_MAX];
static bool letter;
static struct ap_buf config = AP_BUF_INIT, review = AP_BUF_INIT;
static struct ap_gdpr_subject *subject;

const struct cli_option gdpr_subject_options[] = {
    {0, "subject", "UUID|EMAIL", CLI_STRING, &subject_name, NULL, "the person: account id or e-mail address",
     "The person whose data it is: the id of the account, or its e-mail address.\n"
     "Where it could be two people, nothing is written, and the message says how to tell which."},
    {0, "also", "UUID|EMAIL", CLI_LIST, &also, NULL, "another id or address that is this person's",
     "Another id or e-mail address that is known to be this person's, such as one of before a change;\nmay be "
     "repeated."},
    {0, "review-out", "FILE", CLI_STRING, &review_out, NULL, "write entries that somebody has to look at",
     "Write the review queue to this file, as CSV: entries of others that name the person, and entries of the person "
     "whose text names somebody else.\n"
     "It is for the controller's staff and never part of a bundle.\nIt is written also where such an entry keeps the "
     "bundle from being written."},
    {0, "review", "FILE", CLI_STRING, &review_file, NULL, "that queue, with decisions",
     "The review queue with its columns\n.Va decision\n.Pq Cm include , exclude No or Cm withhold ,\n.Va disclose\nand"
     "\n.Va reason\n"
     "filled in.\n.Va disclose\nhas JSON pointers to the values that the person may see, separated by spaces; the "
     "word\n.Cm content\n"
     "stands for everything, with the salt that proves it.\n.Va reason\nis told to the person, of an entry that is "
     "withheld."},
    {0, "withhold-entry", "SEQ", CLI_LIST, &withheld, NULL, "leave this entry out: its text names another",
     "Leave out the entry of this number, whose action, role or resource type names somebody else.\n"
     "It has a line in\n.Pa data/redactions.csv .\nMay be repeated; the same as\n.Cm withhold\nin the review "
     "queue."},
    {0, "gdpr", "FILE.yaml", CLI_STRING, &config_file, NULL, "the controller, purposes, recipients, …",
     "What is said on behalf of the controller, in place of what\n.Pa gdpr.yaml\namong the rules says."},
    {0, "letter", NULL, CLI_FLAG, &letter, NULL, "write the letter of Art. 15(1), too",
     "Write\n.Pa data/letter.html ,\nwhat Art. 15(1) has the controller say.\nNeeds a controller in the file of\n"
     ".Fl -gdpr ."},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

enum ap_status export_read_file(struct ap_gdpr_file *out, const char *name, struct ap_buf *text, struct ap_error *err)
{
    if (name == NULL)
        return AP_OK;
    out->name = name;
    out->text = text;
    return ap_file_read(name, FILE_MAX, text, err);
}

static enum ap_status read_withheld(struct ap_gdpr_subject_options *options, struct ap_error *err)
{
    for (size_t i = 0; i < withheld.count; i++) {
        const char *text = withheld.items[i];
        size_t len = strlen(text);

        if (len == 0 || len > 18 || strspn(text, "0123456789") != len || strtoull(text, NULL, 10) == 0)
            return ap_fail(err, AP_EINPUT, "--withhold-entry takes the number of an entry, not \"%s\"", text);
        withheld_seqs[i] = strtoull(text, NULL, 10);
    }
    options->withhold = withheld_seqs;
    options->withhold_count = withheld.count;
    return AP_OK;
}

static enum ap_status prepare(struct export_run *run, struct ap_error *err)
{
    struct ap_evidence_options *evidence = &run->options.evidence;
    struct ap_gdpr_subject_options options;
    int64_t now_us = ap_clock_now_us();
    enum ap_status status;

    memset(&options, 0, sizeof options);
    if (subject_name == NULL)
        return ap_fail(err, AP_EINPUT, "whose data? Give --subject UUID or --subject EMAIL");
    /* Everything, and until the end of today: so the period's name does not change from one run to the next. */
    evidence->from_us = 0;
    evidence->to_us = now_us - now_us % AP_US_PER_DAY + AP_US_PER_DAY;
    options.all_time = !run->period_given;
    options.subject = subject_name;
    options.also = also.items;
    options.also_count = also.count;
    options.letter = letter;
    status = read_withheld(&options, err);
    if (status == AP_OK)
        status = export_read_file(&options.config, config_file, &config, err);
    if (status == AP_OK)
        status = export_read_file(&options.review, review_file, &review, err);
    return status == AP_OK ? ap_gdpr_subject_new(&subject, &options, err) : status;
}

static void attach(struct export_run *run)
{
    ap_gdpr_subject_attach(subject, &run->options);
}

static void say_counts(const struct ap_gdpr_subject_counts *counts)
{
    cli_say("%" PRIu64 " acts of the subject, %" PRIu64 " of others on the subject's record, %" PRIu64
            " that name the subject and were let in, %" PRIu64 " that were not",
            counts->own, counts->about, counts->reviewed, counts->excluded);
    if (counts->withheld > 0)
        cli_warn("%" PRIu64 " entries are withheld from the subject; data/redactions.csv in the bundle tells which",
                 counts->withheld);
    if (counts->pending > 0)
        cli_warn("%" PRIu64 " more entries name the subject and wait for somebody to look at them: %s%s",
                 counts->pending, review_out != NULL ? "decide in " : "write them with --review-out",
                 review_out != NULL ? review_out : "");
}

/* The queue is wanted most where its entries kept the bundle from being written. */
static int tell(bool written)
{
    const struct ap_buf *queue = subject != NULL ? ap_gdpr_subject_queue(subject) : NULL;
    struct ap_error err;

    if (written)
        say_counts(ap_gdpr_subject_counts(subject));
    if (review_out == NULL || queue == NULL || queue->len == 0)
        return EXIT_DONE;
    if (ap_file_replace_private(review_out, queue->data, queue->len, &err) != AP_OK)
        return cli_fail(&err);
    if (!written)
        cli_say("the review queue is in %s", review_out);
    return EXIT_DONE;
}

static void end(void)
{
    ap_gdpr_subject_free(subject);
    ap_buf_free(&config);
    ap_buf_free(&review);
}

int run_gdpr_subject(int argc, char **argv)
{
    static const struct export_kind kind = {"gdpr-subject", prepare, attach, tell, end};

    (void)argc;
    (void)argv;
    return export_main(&kind);
}
