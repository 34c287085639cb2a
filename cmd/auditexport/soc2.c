#include "commands.h"

int run_soc2(int argc, char **argv)
{
    struct export_run run;
    struct ap_error err;
    int result;

    (void)argc;
    (void)argv;
    result = export_open(&run, "soc2", &err) == AP_OK ? export_finish(&run) : export_fail(&err);
    export_close(&run);
    return result;
}
