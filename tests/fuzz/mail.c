/*
 * Address, subject and text, ended by NULs: an address is refused or is one, and what is composed has the same headers
 * whatever they say, lines that every server takes, and parts that end where they are to end.
 */
#include "auditproof/mail.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static size_t count(const char *text, const char *what)
{
    size_t found = 0;

    while ((text = strstr(text, what)) != NULL) {
        text += strlen(what);
        found++;
    }
    return found;
}

static void check_lines(const struct ap_buf *message)
{
    size_t line = 0, header = 0;
    bool body = false;

    for (size_t i = 0; i < message->len; i++) {
        char c = message->data[i];

        check(c == '\r'   ? message->data[i + 1] == '\n'
              : c == '\n' ? message->data[i - 1] == '\r'
                          : c >= ' ' && c <= '~');
        if (c != '\n') {
            line++;
            continue;
        }
        header += !body && line > 1 && message->data[i - line] != ' ';
        check(line <= 79 || (!body && header <= 2));
        body = body || line == 1;
        line = 0;
    }
    /* From, To, Subject, Date, Message-ID, three of how it was made, Content-Type. */
    check(header == 9 && count(message->data, "\r\n--=_auditproof\r\n") == 2 &&
          count(message->data, "\r\n--=_auditproof--\r\n") == 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t bytes[] = {1, 2, 3};
    static const struct ap_mail_attachment attachment = {"report.pdf", "application/pdf", bytes, sizeof bytes};
    struct ap_buf out = AP_BUF_INIT;
    char *parts[3], *input = calloc(size + 3, 1);
    struct ap_mail mail = {.from = "reports@example.org", .message_id = "1@example.org", .attachment = &attachment};
    size_t at = 0;

    if (input == NULL)
        return 0;
    if (size > 0)
        memcpy(input, data, size);
    for (size_t i = 0; i < 3; i++) {
        parts[i] = input + (at < size ? at : size);
        at += strlen(parts[i]) + 1;
    }
    mail.to = ap_mail_check_address(parts[0], NULL) == AP_OK ? parts[0] : "ada@example.org";
    check(strpbrk(mail.to, " \t\r\n<>,;:\"()\\/|!%`$&[]\x7f") == NULL &&
          strchr(mail.to, '@') == strrchr(mail.to, '@') && mail.to[0] != '-');
    mail.subject = parts[1];
    mail.text = parts[2];
    check(ap_mail_compose(&out, &mail, NULL) == AP_OK);
    check_lines(&out);
    ap_buf_free(&out);
    free(input);
    return 0;
}
