/* The program that takes reports: one of them on its standard input, and which it is in variables. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "auditproof/buf.h"
#include "auditproof/utf8.h"
#include "child.h"
#include "output.h"

enum { VARIABLES = 16 };

/* Who hands it over, and what came of it. */
struct handing {
    struct output *output;
    const struct ap_run *run;
    const char *verdict;
    const struct child *like;
};

static void set(struct ap_buf *variables, const char *name, const char *value)
{
    ap_buf_addf(variables, "AUDITPROOF_%s=%s", name, value);
    ap_buf_addc(variables, '\0');
}

static void set_time(struct ap_buf *variables, const char *name, int64_t time_us)
{
    char text[AP_TIME_TEXT_SIZE];

    ap_time_format(text, time_us);
    set(variables, name, text);
}

/* One after the other, each ended by a NUL. */
static void describe(struct ap_buf *variables, const struct handing *h, const char *name)
{
    const struct ap_run *run = h->run;
    char report[AP_UUID_TEXT_SIZE], hash[AP_HASH_TEXT_SIZE], number[24];
    bool itself = strcmp(name, h->output->name) == 0;

    ap_uuid_format(report, &run->report);
    set(variables, "ORGANIZATION_ID", h->output->organization);
    set(variables, "REPORT_ID", report);
    set(variables, "REPORT_TYPE", run->type);
    set(variables, "FORMAT", run->format);
    set(variables, "REPORT_NAME", run->name);
    set_time(variables, "SCHEDULED_FOR", run->scheduled_us);
    set_time(variables, "FROM", run->from_us);
    set_time(variables, "UNTIL", run->until_us);
    (void)snprintf(number, sizeof number, "%d", run->attempt);
    set(variables, "ATTEMPT", number);
    set(variables, "FILE", name);
    set(variables, "VERDICT", h->verdict);
    ap_hex_encode(hash, h->output->sha256, AP_HASH_LEN);
    set(variables, "SHA256", itself ? hash : "");
    (void)snprintf(number, sizeof number, "%" PRIu64, h->output->bytes);
    set(variables, "BYTES", itself ? number : "");
}

/* The first line is the URL. */
static enum ap_status take_url(struct output *output, char *answer, struct ap_error *err)
{
    if (strlen(answer) == OUTPUT_URL_SIZE - 1 && strchr(answer, '\n') == NULL)
        return ap_fail(err, AP_EIO, "the output command's answer is no URL: it is longer than %d bytes",
                       OUTPUT_URL_SIZE - 2);
    answer[strcspn(answer, "\n")] = '\0';
    if (ap_utf8_valid(answer, strlen(answer)) != strlen(answer))
        return ap_fail(err, AP_EIO, "the output command's answer is no URL: it is not UTF-8");
    for (const char *at = answer; *at != '\0'; at++)
        if ((unsigned char)*at <= ' ' || *at == 0x7f)
            return ap_fail(err, AP_EIO,
                           "the output command's answer is no URL: it has white space or control characters");
    (void)snprintf(output->url, sizeof output->url, "%s", answer);
    return AP_OK;
}

static enum ap_status run_it(struct handing *h, int file, const char *name, struct ap_error *err)
{
    const char *argv[] = {h->output->place->command, NULL}, *environment[VARIABLES] = {NULL};
    char answer[OUTPUT_URL_SIZE] = "";
    struct child child = *h->like;
    struct ap_buf variables = AP_BUF_INIT;
    enum ap_status status;
    size_t count = 0;

    describe(&variables, h, name);
    status = ap_buf_check(&variables, "a command's variables", err);
    for (size_t at = 0; status == AP_OK && at < variables.len; at += strlen(variables.data + at) + 1)
        environment[count++] = variables.data + at;
    child.argv = argv;
    child.environment = environment;
    child.in = file;
    child.out = 0;
    child.answer = answer;
    child.answer_size = sizeof answer;
    if (status == AP_OK)
        status = child_run(&child, err);
    ap_buf_free(&variables);
    if (status != AP_OK)
        return status;
    if (!child.ended)
        return ap_fail(err, AP_ECANCELLED, "the run was taken away, or this runner was stopped");
    if (child.status != 0 && child.said[0] != '\0')
        return ap_fail(err, AP_EIO, "the output command failed: %s", child.said);
    if (child.status != 0)
        return ap_fail(err, AP_EIO, "the output command ended with status %d", child.status);
    return strcmp(name, h->output->name) == 0 ? take_url(h->output, answer, err) : AP_OK;
}

static enum ap_status hand(void *context, const char *path, const char *name, struct ap_error *err)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    enum ap_status status;

    if (file < 0)
        return ap_fail_errno(err, errno, "cannot read %s", path);
    status = run_it(context, file, name, err);
    (void)close(file);
    return status;
}

enum ap_status output_command(struct output *output, const struct ap_run *run, const char *verdict,
                              const struct child *like, struct ap_error *err)
{
    struct handing handing = {output, run, verdict, like};

    return output_each(output, hand, &handing, err);
}
