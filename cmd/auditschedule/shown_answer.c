#include "shown_answer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "auditproof/clock.h"
#include "shown.h"

enum ap_status shown_answer_put(const struct ap_answer *answer, struct ap_db *db, const struct shown_answer *how,
                                const char *only, struct ap_error *err)
{
    bool terminal = isatty(STDOUT_FILENO) == 1;
    const char *format = how->format != NULL ? how->format : terminal ? "table" : "json";
    const struct ap_query_head head = {.program = "auditschedule",
                                       .version = ap_version(),
                                       .database = ap_db_name(db),
                                       .role = ap_db_user(db),
                                       .command = how->command,
                                       .now_us = ap_clock_now_us(),
                                       .has_org = how->org.given,
                                       .org = how->org.value};
    const struct ap_query_look look = {
        .terminal = terminal, .colour = cli_colour(STDOUT_FILENO), .width = cli_width(terminal)};
    struct ap_buf out = AP_BUF_INIT;
    enum ap_status status = ap_answer_check(answer, err);

    if (status == AP_OK)
        status = ap_answer_print(&out, answer, format, strcmp(format, "csv") == 0 ? only : NULL, &head, &look, err);
    errno = 0;
    if (status == AP_OK && fwrite(out.data, 1, out.len, stdout) != out.len)
        status = ap_fail_errno(err, errno, "cannot write to standard output");
    ap_buf_free(&out);
    return status;
}
