#include "casebook.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "auditproof/display.h"

struct ap_case_author casebook_author(const struct asked *asked)
{
    static char number[24];
    const struct passwd *user = getpwuid(geteuid());
    struct ap_case_author author = {user != NULL ? user->pw_name : number, NULL, NULL};

    (void)snprintf(number, sizeof number, "%lu", (unsigned long)geteuid());
    if (asked != NULL) {
        author.login = ap_db_user(asked->db);
        author.role = asked->access.role;
    }
    return author;
}

enum ap_status casebook_snapshot(struct asked *asked, struct ap_error *err)
{
    enum ap_status status = ap_db_exec(asked->db, ap_sql("queries/begin_snapshot"), err);

    /* Beginning takes none: the first statement does. */
    return status == AP_OK ? ap_db_query(asked->db, ap_sql("queries/query_access"), 0, NULL, NULL, err) : status;
}

void casebook_put(const char *text)
{
    struct ap_buf shown = AP_BUF_INIT;

    ap_display_put(&shown, text, strlen(text));
    (void)fputs(ap_buf_str(&shown), stdout);
    ap_buf_free(&shown);
}

void casebook_say_head(const char *path, unsigned step, const uint8_t head[AP_HASH_LEN])
{
    char hex[2 * AP_HASH_LEN + 1];

    ap_hex_encode(hex, head, AP_HASH_LEN);
    hex[sizeof hex - 1] = '\0';
    casebook_put(path);
    (void)printf(": step %u, head %s\n", step, hex);
}
