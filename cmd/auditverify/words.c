#include "words.h"

#include <inttypes.h>
#include <stdio.h>

#include "shown.h"

const char *grouped(char out[NUMBER_SIZE], uint64_t value)
{
    char digits[NUMBER_SIZE];
    int n = snprintf(digits, sizeof digits, "%" PRIu64, value);
    int to = 0;

    for (int i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0)
            out[to++] = ',';
        out[to++] = digits[i];
    }
    out[to] = '\0';
    return out;
}

const char *plural(uint64_t count, const char *one, const char *many)
{
    return count == 1 ? one : many;
}

const char *paint(bool colour, const char *code)
{
    return colour ? code : "";
}

void print_named(const char *label, const char *text, const char *end)
{
    (void)fputs(label, stdout);
    cli_put(stdout, text);
    (void)fputs(end, stdout);
}

void print_finding(bool colour, const struct ap_finding *finding)
{
    char uuid[AP_UUID_TEXT_SIZE];

    if (finding->severity == AP_SEVERITY_NOTICE)
        (void)printf("  %snotice%s    %s%s", paint(colour, YELLOW), paint(colour, PLAIN),
                     finding->kind == AP_FINDING_GUARD ? "" : " ",
                     finding->kind == AP_FINDING_GUARD ? "" : ap_finding_name(finding->kind));
    else
        (void)printf("  %s%-10s%s", paint(colour, RED), ap_finding_name(finding->kind), paint(colour, PLAIN));
    if (finding->has_chain) {
        ap_uuid_format(uuid, &finding->chain);
        (void)printf(" chain %s", uuid);
    }
    if (finding->has_seq)
        (void)printf(" seq %" PRIu64, finding->seq);
    if (finding->has_log_id) {
        ap_uuid_format(uuid, &finding->log_id);
        (void)printf(" entry %s", uuid);
    }
    if (finding->object[0] != '\0')
        print_named(" ", finding->object, "");
    (void)putchar('\n');
    if (finding->expected[0] != '\0')
        print_named("             expected  ", finding->expected, "\n");
    if (finding->found[0] != '\0')
        print_named("             found     ", finding->found, "\n");
    if (finding->detail[0] != '\0')
        print_named("             ", finding->detail, "\n");
}
