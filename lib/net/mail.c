/* Composing mail: RFC 5322, RFC 2045 to 2047, RFC 3834, RFC 8551. */
#include "auditproof/mail.h"

#include <inttypes.h>
#include <string.h>

#include "auditproof/base64.h"
#include "auditproof/clock.h"
#include "auditproof/display.h"

/* Bytes of a line of base64, of an encoded word (RFC 2047: 75 characters in all); characters of a line of text. */
enum { LINE = 57, WORD = 39, TEXT_LINE = 75, PLAIN_SUBJECT = 60 };

/* No line of base64 or quoted-printable has "=_", and text that has it is sent as the latter. */
#define BOUNDARY "=_auditproof"

static bool is_plain(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < ' ' || (unsigned char)*text > '~')
            return false;
    return true;
}

/* As it may be shown, and no longer than it may be, to the end of a character. */
static void clean_subject(struct ap_buf *out, const char *text)
{
    struct ap_display_char shown;
    struct ap_display display;

    ap_display_start(&display, text, strlen(text));
    while (ap_display_next(&display, &shown)) {
        if (out->len + shown.len > AP_MAIL_SUBJECT_MAX) {
            ap_buf_adds(out, "\xe2\x80\xa6");
            return;
        }
        ap_buf_add(out, shown.text, shown.len);
    }
}

static void put_base64(struct ap_buf *out, const uint8_t *bytes, size_t len)
{
    char *room = ap_buf_reserve(out, AP_BASE64_LEN(len));

    if (room == NULL)
        return;
    ap_base64_encode(room, bytes, len);
    room[AP_BASE64_LEN(len)] = '\0';
    out->len += AP_BASE64_LEN(len);
}

/* Words of whole characters, a line each. */
static void put_encoded(struct ap_buf *out, const char *text, size_t len)
{
    for (size_t take; len > 0; text += take, len -= take) {
        take = len < WORD ? len : WORD;
        while (take < len && take > 1 && ((unsigned char)text[take] & 0xC0U) == 0x80U)
            take--;
        ap_buf_adds(out, "=?UTF-8?B?");
        put_base64(out, (const uint8_t *)text, take);
        ap_buf_adds(out, len > take ? "?=\r\n " : "?=");
    }
}

static void put_subject(struct ap_buf *out, const char *subject)
{
    struct ap_buf clean = AP_BUF_INIT;
    const char *text;

    clean_subject(&clean, subject);
    text = ap_buf_str(&clean);
    ap_buf_adds(out, "Subject: ");
    /* What looks like an encoded word would be decoded, and spaces at the ends would be lost. */
    if (is_plain(text) && strstr(text, "=?") == NULL && clean.len <= PLAIN_SUBJECT && text[0] != ' ' &&
        (clean.len == 0 || text[clean.len - 1] != ' '))
        ap_buf_adds(out, text);
    else
        put_encoded(out, text, clean.len);
    ap_buf_adds(out, "\r\n");
    out->failed = out->failed || clean.failed;
    ap_buf_free(&clean);
}

static void put_date(struct ap_buf *out, int64_t time_us)
{
    static const char *const weekdays[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    int64_t days = time_us / AP_US_PER_DAY - (time_us % AP_US_PER_DAY < 0), year;
    int64_t seconds = (time_us - days * AP_US_PER_DAY) / AP_US_PER_SECOND;
    int month, day;

    ap_civil_from_days(days, &year, &month, &day);
    ap_buf_addf(out, "Date: %s, %d %s %04" PRId64 " %02" PRId64 ":%02" PRId64 ":%02" PRId64 " +0000\r\n",
                weekdays[(days % 7 + 7) % 7], day, months[month - 1], year, seconds / 3600, seconds / 60 % 60,
                seconds % 60);
}

static void put_lines(struct ap_buf *out, const uint8_t *bytes, size_t len)
{
    for (size_t take; len > 0; bytes += take, len -= take) {
        take = len < LINE ? len : LINE;
        put_base64(out, bytes, take);
        ap_buf_adds(out, "\r\n");
    }
}

/* A line that every server takes and keeps as it is: to some a dot, or "From ", at its start is special. */
static bool goes_plain(const char *line, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)line[i] < ' ' || (unsigned char)line[i] > '~')
            return false;
    return len <= TEXT_LINE && memmem(line, len, "=_", 2) == NULL &&
           (len == 0 || (line[0] != '.' && line[len - 1] != ' ' && strncmp(line, "From ", 5) != 0));
}

/* A line of quoted-printable (RFC 2045, section 6.7), however many it takes. */
static void put_quoted(struct ap_buf *out, const char *line, size_t len)
{
    size_t column = 0;

    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)line[i];
        bool special = c == '.' || strncmp(line + i, "From ", 5) == 0;
        bool quoted = c < ' ' || c > '~' || c == '=' || (c == ' ' && i + 1 == len) || (column == 0 && special);

        if (column + (quoted ? 3 : 1) > TEXT_LINE) {
            ap_buf_adds(out, "=\r\n");
            column = 0;
            quoted = quoted || special;
        }
        if (quoted)
            ap_buf_addf(out, "=%02X", (unsigned)c);
        else
            ap_buf_addc(out, (char)c);
        column += quoted ? 3 : 1;
    }
}

static void put_text(struct ap_buf *out, const char *text)
{
    bool plain = true;
    size_t len;

    for (const char *line = text; plain && *line != '\0'; line += len + (line[len] == '\n')) {
        len = strcspn(line, "\n");
        plain = goes_plain(line, len);
    }
    ap_buf_addf(out, "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: %s\r\n\r\n",
                plain ? "7bit" : "quoted-printable");
    for (const char *line = text; *line != '\0'; line += len + (line[len] == '\n')) {
        len = strcspn(line, "\n");
        if (plain)
            ap_buf_add(out, line, len);
        else
            put_quoted(out, line, len);
        ap_buf_adds(out, "\r\n");
    }
}

static void put_attachment(struct ap_buf *out, const struct ap_mail_attachment *attachment)
{
    ap_buf_addf(out, "Content-Type: %s\r\nContent-Transfer-Encoding: base64\r\n", attachment->type);
    ap_buf_addf(out, "Content-Disposition: attachment;\r\n filename=\"%s\"\r\n\r\n", attachment->name);
    put_lines(out, attachment->bytes, attachment->len);
}

/* What the mail is of, beginning with the headers that say how it is to be read. */
static void put_entity(struct ap_buf *out, const struct ap_mail *mail)
{
    if (mail->attachment == NULL) {
        put_text(out, mail->text);
        return;
    }
    ap_buf_adds(out, "Content-Type: multipart/mixed; boundary=\"" BOUNDARY "\"\r\n\r\n--" BOUNDARY "\r\n");
    put_text(out, mail->text);
    ap_buf_adds(out, "\r\n--" BOUNDARY "\r\n");
    put_attachment(out, mail->attachment);
    ap_buf_adds(out, "--" BOUNDARY "--\r\n");
}

/* RFC 8551, section 3.3. */
static enum ap_status put_enveloped(struct ap_buf *out, const struct ap_mail *mail, struct ap_error *err)
{
    struct ap_buf entity = AP_BUF_INIT, sealed = AP_BUF_INIT;
    enum ap_status status;

    put_entity(&entity, mail);
    status = ap_buf_check(&entity, "a mail", err);
    if (status == AP_OK)
        status = ap_cms_encrypt_bytes(mail->encrypt_to, entity.data, entity.len, &sealed, err);
    if (status == AP_OK) {
        ap_buf_adds(out, "Content-Type: application/pkcs7-mime; smime-type=enveloped-data;\r\n name=\"smime.p7m\"\r\n"
                         "Content-Transfer-Encoding: base64\r\n"
                         "Content-Disposition: attachment; filename=\"smime.p7m\"\r\n\r\n");
        put_lines(out, (const uint8_t *)ap_buf_str(&sealed), sealed.len);
    }
    ap_buf_free(&sealed);
    ap_buf_free(&entity);
    return status;
}

static enum ap_status check(const struct ap_mail *mail, struct ap_error *err)
{
    const struct ap_mail_attachment *attachment = mail->attachment;
    enum ap_status status = ap_mail_check_address(mail->from, err);

    if (status == AP_OK)
        status = ap_mail_check_address(mail->to, err);
    if (status == AP_OK)
        status = ap_mail_check_address(mail->message_id, err);
    if (status == AP_OK && (mail->time_us < ap_days_from_civil(1900, 1, 1) * AP_US_PER_DAY ||
                            mail->time_us >= ap_days_from_civil(10000, 1, 1) * AP_US_PER_DAY))
        status = ap_fail(err, AP_EINPUT, "the date of a mail is of the years 1900 to 9999");
    if (status == AP_OK && attachment != NULL &&
        (!is_plain(attachment->name) || strpbrk(attachment->name, "\"\\/") != NULL || strlen(attachment->name) > 200 ||
         !is_plain(attachment->type)))
        status = ap_fail(err, AP_EINPUT, "the name of an attachment has to be short, and plain ASCII");
    return status;
}

enum ap_status ap_mail_compose(struct ap_buf *out, const struct ap_mail *mail, struct ap_error *err)
{
    enum ap_status status = check(mail, err);

    if (status != AP_OK)
        return status;
    ap_buf_addf(out, "From: %s\r\nTo: %s\r\n", mail->from, mail->to);
    put_subject(out, mail->subject);
    put_date(out, mail->time_us);
    /* Nobody is to answer: not people's absence notes (RFC 3834), nor Outlook's. */
    ap_buf_addf(out,
                "Message-ID: <%s>\r\nMIME-Version: 1.0\r\nAuto-Submitted: auto-generated\r\n"
                "X-Auto-Response-Suppress: All\r\n",
                mail->message_id);
    if (mail->encrypt_to != NULL)
        status = put_enveloped(out, mail, err);
    else
        put_entity(out, mail);
    return status == AP_OK ? ap_buf_check(out, "a mail", err) : status;
}
