#include "link.h"

#include <inttypes.h>
#include <string.h>

#include "auditproof/clock.h"

/* A clock that is stepped by NTP goes back by less than this; what is below is a notice and not a finding. */
static const uint64_t clock_tolerance_us = AP_US_PER_SECOND;

static struct ap_finding about(enum ap_finding_kind kind, const struct ap_uuid *chain, uint64_t seq)
{
    struct ap_finding finding;

    memset(&finding, 0, sizeof finding);
    finding.kind = kind;
    finding.has_chain = true;
    finding.chain = *chain;
    finding.has_seq = true;
    finding.seq = seq;
    return finding;
}

static void hash_text(char out[AP_FINDING_TEXT_SIZE], const char *label, const uint8_t hash[AP_HASH_LEN])
{
    char hex[AP_HASH_TEXT_SIZE];

    ap_hex_encode(hex, hash, AP_HASH_LEN);
    hex[AP_HASH_TEXT_SIZE - 1] = '\0';
    ap_finding_text(out, "%s %s", label, hex);
}

static struct ap_finding about_entry(enum ap_finding_kind kind, const struct chained *entry)
{
    struct ap_finding finding = about(kind, &entry->record.chain, entry->record.seq);

    finding.has_log_id = true;
    finding.log_id = entry->log_id;
    return finding;
}

static enum ap_status report_link(struct links *links, const struct chained *entry, const uint8_t computed[AP_HASH_LEN],
                                  struct ap_error *err)
{
    struct ap_finding finding = about_entry(AP_FINDING_LINK, entry);

    hash_text(finding.expected, "entry hash", computed);
    hash_text(finding.found, "entry hash", entry->entry_hash);
    ap_finding_text(finding.detail, "the chain entry does not follow from its record and its predecessor");
    return links->report(links->context, &finding, err);
}

/* It takes no part in the links: nothing can stand before or after it. */
enum ap_status link_report_misnumbered(struct links *links, const struct chained *entry, struct ap_error *err)
{
    struct ap_finding finding = about_entry(AP_FINDING_LINK, entry);

    finding.has_seq = entry->record.seq == 0;
    ap_finding_text(finding.expected, "a sequence number, counted from 1");
    ap_finding_text(finding.found, "sequence number %" PRId64, (int64_t)entry->record.seq);
    return links->report(links->context, &finding, err);
}

/* The next entry may follow from either: that is no finding of its own. */
enum ap_status link_report_fork(struct links *links, struct link_end *end, const struct chained *entry,
                                struct ap_error *err)
{
    struct ap_finding finding = about_entry(AP_FINDING_FORK, entry);

    if (!links->in_order)
        return ap_fail(err, AP_ELIMIT, "a chain forks, which is to be looked at in order");
    memcpy(end->computed, entry->entry_hash, AP_HASH_LEN);
    ap_finding_text(finding.expected, "one entry with this sequence number");
    ap_finding_text(finding.found, "more than one");
    return links->report(links->context, &finding, err);
}

enum ap_status link_report_gap(struct links *links, const struct ap_uuid *chain, uint64_t from, uint64_t to,
                               struct ap_error *err)
{
    struct ap_finding finding = about(AP_FINDING_GAP, chain, from);

    if (from == to) {
        ap_finding_text(finding.expected, "an entry with this sequence number");
        ap_finding_text(finding.found, "none");
    } else {
        ap_finding_text(finding.expected, "entries %" PRIu64 " to %" PRIu64, from, to);
        ap_finding_text(finding.found, "none of these %" PRIu64, to - from + 1);
    }
    return links->report(links->context, &finding, err);
}

/* A time to come: it would make an entry that leaves today look as if it left when its window had ended. */
static enum ap_status report_future(struct links *links, const struct chained *entry, struct ap_error *err)
{
    struct ap_finding finding = about_entry(AP_FINDING_CLOCK, entry);
    char latest[AP_TIME_TEXT_SIZE], at[AP_TIME_TEXT_SIZE];

    if ((uint64_t)entry->record.recorded_at_us - (uint64_t)links->latest_us < clock_tolerance_us)
        finding.severity = AP_SEVERITY_NOTICE;
    ap_time_format(latest, links->latest_us);
    ap_time_format(at, entry->record.recorded_at_us);
    ap_finding_text(finding.expected, "recorded at %s or earlier", latest);
    ap_finding_text(finding.found, "recorded at %s", at);
    ap_finding_text(finding.detail, "the database's clock has not come to that time yet");
    return links->report(links->context, &finding, err);
}

static enum ap_status check_clock(struct links *links, const struct link_end *before, const struct chained *entry,
                                  struct ap_error *err)
{
    int64_t at_us = entry->record.recorded_at_us;
    struct ap_finding finding;
    char earlier[AP_TIME_TEXT_SIZE], later[AP_TIME_TEXT_SIZE];

    if (at_us > links->latest_us)
        return report_future(links, entry, err);
    if (at_us >= before->recorded_at_us)
        return AP_OK;
    finding = about_entry(AP_FINDING_CLOCK, entry);
    /* Unsigned, for the two may be further apart than a signed number can tell. */
    if ((uint64_t)before->recorded_at_us - (uint64_t)at_us < clock_tolerance_us)
        finding.severity = AP_SEVERITY_NOTICE;
    ap_time_format(earlier, before->recorded_at_us);
    ap_time_format(later, at_us);
    ap_finding_text(finding.expected, "recorded at %s or later", earlier);
    ap_finding_text(finding.found, "recorded at %s", later);
    ap_finding_text(finding.detail, "the database's clock ran backwards between two entries of this chain");
    return links->report(links->context, &finding, err);
}

enum ap_status link_check(struct links *links, const struct link_end *before, const struct chained *entry,
                          uint8_t computed[AP_HASH_LEN], struct ap_error *err)
{
    enum ap_status status = ap_record_hash(links->digest, computed, &entry->record, before->hash, err);

    if (status != AP_OK || memcmp(computed, entry->entry_hash, AP_HASH_LEN) == 0)
        return status != AP_OK ? status : check_clock(links, before, entry, err);
    if (memcmp(before->hash, before->computed, AP_HASH_LEN) != 0) {
        uint8_t other[AP_HASH_LEN];

        status = ap_record_hash(links->digest, other, &entry->record, before->computed, err);
        if (status != AP_OK)
            return status;
        if (memcmp(other, entry->entry_hash, AP_HASH_LEN) == 0) {
            memcpy(computed, other, AP_HASH_LEN);
            return check_clock(links, before, entry, err);
        }
    }
    return report_link(links, entry, computed, err);
}

void link_set_end(struct link_end *end, const struct chained *entry, const uint8_t computed[AP_HASH_LEN])
{
    end->seq = entry->record.seq;
    /* A time that its own hash does not cover is not what the next entry's is held against. */
    if (memcmp(computed, entry->entry_hash, AP_HASH_LEN) == 0)
        end->recorded_at_us = entry->record.recorded_at_us;
    memcpy(end->hash, entry->entry_hash, AP_HASH_LEN);
    memcpy(end->computed, computed, AP_HASH_LEN);
}
