#include "letter.h"

#include <inttypes.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/display.h"
#include "auditproof/schedule.h"
#include "reports.h"

enum { MINUTES = 16, DAY = 10, LINK_MAX = 2000 };

static void put(struct ap_buf *out, const char *text)
{
    ap_display_put(out, text, strlen(text));
}

static const char *title_of(const struct ap_outbox_mail *mail)
{
    const struct report_kind *kind = report_kind(mail->type);

    return kind != NULL ? kind->title : mail->type;
}

/* The recipient's own clocks: those of the report's zone, where the system knows it. NULL is UTC. */
static struct ap_zone *zone_of(const struct ap_outbox_mail *mail)
{
    struct ap_zone *zone = NULL;
    struct ap_error err;

    return mail->zone[0] != '\0' && ap_zone_open(&zone, mail->zone, &err) == AP_OK ? zone : NULL;
}

/* What those show, "2026-10-01 09:00", of which so many characters. */
static void put_time(struct ap_buf *out, const struct ap_zone *zone, int64_t time_us, int characters)
{
    char text[AP_TIME_TEXT_SIZE];

    ap_time_format(text, time_us + (zone != NULL ? ap_zone_offset_us(zone, time_us) : 0));
    if (strlen(text) > MINUTES)
        text[DAY] = ' ';
    ap_buf_addf(out, "%.*s", characters, text);
}

void letter_subject(struct ap_buf *out, const struct ap_outbox_mail *mail)
{
    struct ap_zone *zone = zone_of(mail);

    /* What may be long is last, where it may be cut. */
    ap_buf_addf(out, "%s, ", title_of(mail));
    put_time(out, zone, mail->from_us, DAY);
    if (mail->until_us - mail->from_us > AP_US_PER_DAY + AP_US_PER_DAY / 12) {
        ap_buf_adds(out, " to ");
        put_time(out, zone, mail->until_us - 1, DAY);
    }
    ap_buf_addf(out, ": %s", mail->verdict);
    if (mail->organization_name[0] != '\0')
        ap_buf_addf(out, " (%s)", mail->organization_name);
    ap_zone_free(zone);
}

static void put_facts(struct ap_buf *out, const struct ap_outbox_mail *mail, const struct ap_zone *zone)
{
    char organization[AP_UUID_TEXT_SIZE];

    ap_uuid_format(organization, &mail->organization);
    ap_buf_adds(out, "Organization:  ");
    put(out, mail->organization_name[0] != '\0' ? mail->organization_name : organization);
    ap_buf_adds(out, "\nPeriod:        ");
    put_time(out, zone, mail->from_us, MINUTES);
    ap_buf_adds(out, " to ");
    put_time(out, zone, mail->until_us, MINUTES);
    ap_buf_addf(out, " (%s)\nDue:           ", zone != NULL ? ap_zone_name(zone) : "UTC");
    put_time(out, zone, mail->scheduled_us, MINUTES);
    ap_buf_adds(out, "\nVerdict:       ");
    put(out, mail->verdict);
    ap_buf_addf(out, "\nFile:          %s, %" PRIu64 " bytes\nSHA-256:\n  %s\n", mail->format, mail->bytes,
                mail->sha256);
    if (mail->bundle_sha256[0] != '\0')
        ap_buf_addf(out, "Evidence:      a bundle beside it, with the SHA-256\n  %s\n", mail->bundle_sha256);
}

/* A link that is too long to be one, or that would look like another, is not given. */
static void put_link(struct ap_buf *out, const struct ap_outbox_mail *mail)
{
    size_t len = strlen(mail->url);
    bool plain = len > 0 && len <= LINK_MAX;

    for (size_t i = 0; plain && i < len; i++)
        plain = mail->url[i] > ' ' && mail->url[i] <= '~';
    if (plain)
        ap_buf_addf(out, "Where:\n  %s\n", mail->url);
}

static void put_check(struct ap_buf *out, const struct ap_outbox_mail *mail)
{
    char entry[AP_UUID_TEXT_SIZE];

    ap_uuid_format(entry, &mail->told_by);
    ap_buf_addf(out,
                "\nTo check that a file is this report, compare its SHA-256 with that above:\n\n"
                "    sha256sum FILE                    (Linux)\n"
                "    shasum -a 256 FILE                (macOS)\n"
                "    certutil -hashfile FILE SHA256    (Windows)\n\n"
                "The one above is on record in the organization's audit log, as\n"
                "report.completed, entry %s\n",
                entry);
}

void letter_text(struct ap_buf *out, const struct ap_outbox_mail *mail, const char *missing)
{
    struct ap_zone *zone = zone_of(mail);
    char report[AP_UUID_TEXT_SIZE];

    ap_uuid_format(report, &mail->report);
    ap_buf_addf(out, "%s", title_of(mail));
    if (mail->name[0] != '\0') {
        ap_buf_adds(out, ": ");
        put(out, mail->name);
    }
    ap_buf_adds(out, "\n\n");
    put_facts(out, mail, zone);
    put_link(out, mail);
    if (missing == NULL)
        ap_buf_adds(out, "\nThe report is attached.\n");
    else
        ap_buf_addf(out, "\nThe report is not attached: %s.\n", missing);
    put_check(out, mail);
    ap_buf_addf(out,
                "\nYou get this mail because your address is among the recipients of the\n"
                "scheduled report %s.\nNobody reads answers to it.\n",
                report);
    ap_zone_free(zone);
}

void letter_file_name(struct ap_buf *out, const struct ap_outbox_mail *mail)
{
    struct ap_zone *zone = zone_of(mail);

    ap_buf_addf(out, "%s-", mail->type);
    put_time(out, zone, mail->from_us, DAY);
    ap_buf_addf(out, ".%s", mail->format);
    ap_zone_free(zone);
}
