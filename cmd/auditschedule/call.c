#include <string.h>

#include "connect.h"
#include "runner.h"

static void add(struct call *call, const char *option, const char *value)
{
    call->argv[call->count++] = option;
    if (value != NULL)
        call->argv[call->count++] = value;
}

void call_of(struct call *call, const struct runner *runner, const struct output *output)
{
    const struct ap_run *run = &runner->run;

    ap_uuid_format(call->org, &run->organization);
    ap_time_format(call->since, run->from_us);
    ap_time_format(call->until, run->until_us);
    call->count = 0;
    add(call, runner->tool, "make");
    add(call, run->type, NULL);
    add(call, "--quiet", NULL);
    add(call, "--org", call->org);
    add(call, "--since", call->since);
    add(call, "--until", call->until);
    add(call, "--format", run->format);
    add(call, "--name", run->name);
    add(call, "--output", output->path);
    add(call, "--receipt", NULL);
    call->count += evidence_arguments(call->argv + call->count, call->settle);
    call->count += cli_connect_arguments(call->argv + call->count, CALL_MOST - call->count - 1);
    call->argv[call->count] = NULL;
}
