/* tiles. */
#include <inttypes.h>
#include <stdio.h>

#include "auditproof/seal.h"
#include "commands.h"
#include "connect.h"

int run_tiles(int argc, char **argv)
{
    struct ap_seal_export report;
    struct ap_error err;
    struct ap_db *db = NULL;
    enum ap_status status;

    (void)argc;
    status = cli_connect(&db, "auditseal", true, &err);
    if (status == AP_OK)
        status = ap_seal_tiles(db, argv[0], &report, &err);
    ap_db_close(db);
    if (status != AP_OK)
        return cli_fail(&err);
    cli_say("%s has %" PRIu64 " seal%s, %" PRIu64 " of them new; %" PRIu64 " file%s written", argv[0], report.size,
            plural_s(report.size), report.size - report.before, report.files, report.files == 1 ? " was" : "s were");
    return EXIT_DONE;
}
