#include <stdio.h>
#include <string.h>

#include "auditproof/clock.h"
#include "bundle.h"
#include "words.h"

static void print_time(const char *label, int64_t time_us, const char *end)
{
    char at[AP_TIME_TEXT_SIZE];

    ap_time_format(at, time_us);
    (void)printf("%s%s%s", label, at, end);
}

static const char *kind_words(const char *kind)
{
    static const char *const words[][2] = {
        {"soc2", "SOC 2 evidence of a period"},
        {"gdpr-subject", "what a data subject is to have (GDPR Art. 15, 20)"},
        {"gdpr-breach", "a breach's record (GDPR Art. 33)"},
        {"sample", "a sample of entries"},
        {"case", "a case: entries of an investigation"},
    };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i][0], kind) == 0)
            return words[i][1];
    return kind;
}

/* What the bundle says that it is. */
static void print_about(const struct bundle_context *context, const struct ap_bundle_check_report *report)
{
    const struct ap_bundle_about *about = &report->about;
    char chain[AP_UUID_TEXT_SIZE];

    print_named("Evidence bundle \"", context->file, "\"\n");
    if (!about->known) {
        (void)putchar('\n');
        return;
    }
    ap_uuid_format(chain, &about->chain);
    (void)printf("  %s, ", kind_words(about->kind));
    if (ap_uuid_equal(&about->chain, &ap_uuid_nil))
        (void)fputs("of system-wide events\n", stdout);
    else
        (void)printf("of organization %s\n", chain);
    if (about->has_period) {
        print_time("  from ", about->from_us, "");
        print_time(" to before ", about->to_us, ", ");
    } else {
        (void)fputs("  ", stdout);
    }
    print_time("as sealed at ", about->as_of_us, "\n\n");
}

static void print_findings(const struct bundle_context *context, const struct ap_bundle_check_report *report)
{
    char number[NUMBER_SIZE];

    for (size_t i = 0; i < report->finding_count; i++)
        print_finding(context->colour, &report->findings[i]);
    if (report->found > report->finding_count)
        (void)printf("  ... and %s more: see --max-findings\n", grouped(number, report->found - report->finding_count));
    if (report->found > 0)
        (void)putchar('\n');
}

static void print_extent(const struct ap_bundle_check_report *report)
{
    char entries[NUMBER_SIZE], files[NUMBER_SIZE], first[NUMBER_SIZE], last[NUMBER_SIZE], segments[NUMBER_SIZE];

    (void)printf("  Checked: %s %s, each as its digest in the signed manifests says", grouped(files, report->members),
                 plural(report->members, "file", "files"));
    if (report->entries == 0) {
        (void)fputs("; the bundle has no entries.\n", stdout);
        return;
    }
    (void)printf(";\n  %s %s, numbers %s to %s of the chain%s", grouped(entries, report->entries),
                 plural(report->entries, "entry", "entries"), grouped(first, report->first_seq),
                 grouped(last, report->last_seq), report->segments == 1 ? ", without a gap" : "");
    if (report->segments != 1)
        (void)printf(", in %s stretches", grouped(segments, report->segments));
    print_time(",\n  recorded from ", report->first_recorded_us, "");
    print_time(" to ", report->last_recorded_us, ":\n");
    (void)fputs("  each gives its hash, each hash goes on from the one before it, and a proof leads from each\n"
                "  stretch to the checkpoint that the log signed.\n",
                stdout);
}

static void print_left_out(const struct ap_bundle_check_report *report)
{
    char number[NUMBER_SIZE];
    const char *before = "  Personal data withheld from this reader: ";

    for (size_t g = 0; g < AP_GROUPS; g++)
        if (report->about.withheld[g]) {
            (void)printf("%s%s", before, ap_group_name((enum ap_group)g));
            before = ", ";
        }
    if (before[0] == ',')
        (void)fputs(". Its hashes are in the entries.\n", stdout);
    if (report->purged > 0)
        (void)printf("  %s %s gone after their retention window: their hashes are there, their texts are not.\n",
                     grouped(number, report->purged), plural(report->purged, "entry is", "entries are"));
    if (report->erased_groups > 0)
        (void)printf("  %s %s of personal data erased, as law may ask; entries verify without.\n",
                     grouped(number, report->erased_groups), plural(report->erased_groups, "group", "groups"));
    if (report->about.incomplete)
        (void)fputs("  Incomplete: the bundle says that entries of the period came after its checkpoint.\n", stdout);
}

static void print_key(const char *label, const struct ap_bundle_key *key, const char *standing)
{
    char digits[2 * AP_HASH_LEN + 1];

    if (!key->known)
        return;
    ap_hex_encode(digits, key->fingerprint, AP_HASH_LEN);
    digits[2 * AP_HASH_LEN] = '\0';
    print_named(label, key->vkey, "");
    (void)printf("\n    fingerprint %s\n    %s\n", digits, standing);
}

/* Said where it holds, for a finding tells of what does not. */
static void print_changes(const struct ap_bundle_check_report *report)
{
    char number[NUMBER_SIZE];
    size_t shown = report->changes - report->changes_undone;

    if (report->by_kind[AP_FINDING_PROOF] > 0)
        return;
    if (shown > 0)
        (void)printf("  The log extends what it was when its key or name changed (%s %s).\n", grouped(number, shown),
                     plural(shown, "time", "times"));
    if (report->changes_undone > 0)
        (void)printf("  Not of %s earlier %s: a declared restore left less of the log, and that it left the same is\n"
                     "  the word of who had the newest key then.\n",
                     grouped(number, report->changes_undone), plural(report->changes_undone, "change", "changes"));
}

/* Checkpoints have no time of their own. */
static void print_previous(const struct ap_bundle_check_report *report)
{
    char number[NUMBER_SIZE];

    if (report->previous_size == 0)
        return;
    (void)printf("  The log extends an earlier checkpoint of its own, of %s %s", grouped(number, report->previous_size),
                 plural(report->previous_size, "seal", "seals"));
    print_time(", made at ", report->previous_at_us, " as the bundle says");
    if (report->previous_kept_as != NULL)
        print_named(":\n    the one that was kept as \"", report->previous_kept_as, "\".\n");
    else
        (void)fputs(".\n", stdout);
}

/* Whoever made the bundle can name witnesses of their own, so the reader's policy is what counts. */
static void print_cosignatures(const struct bundle_context *context, const struct ap_bundle_check_report *report)
{
    const struct ap_policy *policy = context->asked->policy;

    if (policy != NULL && report->log_key.known)
        (void)printf("  %u of the %zu witnesses of the policy (--policy) cosigned the checkpoint.\n",
                     report->policy_cosignatures, policy->witness_count);
    else if (report->cosignatures > 0)
        (void)printf("  %u %s that the bundle names cosigned the checkpoint; whose they are, a policy of your own would"
                     "\n  say (--policy).\n",
                     report->cosignatures, plural(report->cosignatures, "witness", "witnesses"));
}

static void print_signers(const struct bundle_context *context, const struct ap_bundle_check_report *report)
{
    static const char unpinned[] = "which is not pinned (--key): the bundle alone says whose it is";

    print_key("  The bundle is signed by ", &report->bundle_key,
              report->bundle_key.pinned ? "which was pinned" : unpinned);
    print_key("  The log's checkpoint is signed by ", &report->log_key,
              report->log_key.pinned     ? "which was pinned"
              : report->log_key_followed ? "which the log's record of its keys leads to from a pinned one"
                                         : unpinned);
    print_changes(report);
    print_previous(report);
    print_cosignatures(context, report);
    if (report->stamped) {
        print_time(report->stamp_checked ? "  The checkpoint, with all that it covers, existed at "
                                         : "  A time-stamp says that the checkpoint existed at ",
                   report->stamped_at_us, ", says ");
        print_named("", report->stamped_by[0] != '\0' ? report->stamped_by : "its authority",
                    report->stamp_checked ? ".\n" : ";\n    who signed that was not checked (--tsa-ca).\n");
    }
}

static void print_kept(const struct bundle_context *context, const struct ap_bundle_check_report *report)
{
    char number[NUMBER_SIZE];

    if (context->asked->anchor_count == 0)
        return;
    if (report->anchors_agree > 0)
        (void)printf("  %s %s the same.\n", grouped(number, report->anchors_agree),
                     plural(report->anchors_agree, "checkpoint kept elsewhere says", "checkpoints kept elsewhere say"));
    if (report->anchors_passed_over > 0)
        (void)printf(
            "  %s %s of another log or size, of which the bundle can tell nothing.\n",
            grouped(number, report->anchors_passed_over),
            plural(report->anchors_passed_over, "checkpoint kept elsewhere is", "checkpoints kept elsewhere are"));
}

/* Said whatever the verdict: what no bundle can show. */
static void print_limits(const struct ap_bundle_check_report *report)
{
    (void)fputs("  Not shown by this: that all that happened was logged. ", stdout);
    if (strcmp(report->about.kind, "soc2") == 0 && report->about.as_of_us < report->about.to_us)
        print_time("Nor what was written after\n  ", report->about.as_of_us,
                   ":\n  the period ends later, and of the rest of it there is nothing here.");
    else if (strcmp(report->about.kind, "soc2") == 0)
        print_time("Nor what was written after\n  ", report->about.as_of_us, " and dated back into the period.");
    else
        (void)fputs("Nor that nothing was left out of the selection.", stdout);
    (void)fputs("\n  Tables and reports are as they were signed; they were not made anew from the entries.\n", stdout);
}

static void print_digests(const struct ap_bundle_check_report *report)
{
    char digits[2 * AP_HASH_LEN + 1];

    if (!report->whole)
        return;
    digits[2 * AP_HASH_LEN] = '\0';
    ap_hex_encode(digits, report->sha256, AP_HASH_LEN);
    (void)printf("  SHA-256 of the file  %s\n", digits);
    ap_hex_encode(digits, report->tar_sha256, AP_HASH_LEN);
    (void)printf("  and of the tar in it %s\n", digits);
}

void bundle_text(const struct bundle_context *context, const struct ap_bundle_check_report *report)
{
    char number[NUMBER_SIZE];

    print_about(context, report);
    print_findings(context, report);
    if (report->verdict == AP_BUNDLE_FINDINGS) {
        (void)printf("Verdict: %sNOT INTACT%s, %s %s\n", paint(context->colour, RED), paint(context->colour, PLAIN),
                     grouped(number, report->found), plural(report->found, "finding", "findings"));
        if (!report->whole)
            (void)fputs("  The archive was not read to its end: what follows the last finding is not known.\n", stdout);
    } else {
        (void)printf("Verdict: %s%s%s\n", paint(context->colour, GREEN), bundle_verdict_name(report->verdict),
                     paint(context->colour, PLAIN));
        print_extent(report);
        print_left_out(report);
    }
    print_signers(context, report);
    print_kept(context, report);
    if (report->verdict != AP_BUNDLE_FINDINGS)
        print_limits(report);
    print_digests(report);
}
