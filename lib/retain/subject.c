/* Whom something is about, on its way to the server past its log. */
#include <string.h>

#include "auditproof/bytes.h"
#include "retain_internal.h"

enum { IDENTIFIER_MAX = 254 };

enum ap_status retain_subject_add(struct ap_buf *lines, const char *text, struct ap_error *err)
{
    char id[AP_UUID_TEXT_SIZE];
    struct ap_uuid uuid;
    size_t len = strlen(text), local = strcspn(text, "@");

    if (ap_uuid_parse(&uuid, text)) {
        ap_uuid_format(id, &uuid);
        text = id;
    } else if (len > IDENTIFIER_MAX || local == 0 || local + 1 >= len || strpbrk(text, " \t\r\n\\") != NULL) {
        return ap_fail(err, AP_EINPUT, "a person is given as an account's UUID or an e-mail address, not \"%.80s\"",
                       text);
    }
    ap_buf_adds(lines, text);
    ap_buf_addc(lines, '\n');
    return ap_buf_check(lines, "a subject", err);
}

enum ap_status retain_subject_make(struct ap_db *db, struct ap_error *err)
{
    return ap_db_exec(db, ap_sql("queries/subject_make"), err);
}

enum ap_status retain_subject_send(struct ap_db *db, const struct ap_buf *lines, struct ap_error *err)
{
    return ap_db_copy_in(db, ap_sql("queries/subject_copy"), ap_buf_str(lines), lines->len, err);
}
