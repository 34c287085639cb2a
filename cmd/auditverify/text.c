#include "report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/clock.h"
#include "words.h"

enum { CHAINS_SHOWN = 20 };

static void print_findings(const struct report_context *context, const struct ap_verify_report *report)
{
    char number[NUMBER_SIZE];
    uint64_t all = report->found + report->noticed;

    for (size_t i = 0; i < report->finding_count; i++)
        print_finding(context->colour, &report->findings[i]);
    if (all > report->finding_count)
        (void)printf("  ... and %s more: see --max-findings\n", grouped(number, all - report->finding_count));
    if (all > 0)
        (void)putchar('\n');
}

static void print_chains(const struct ap_verify_report *report)
{
    char count[NUMBER_SIZE], uuid[AP_UUID_TEXT_SIZE], last[AP_TIME_TEXT_SIZE], hash[17];

    if (report->chain_count == 0)
        return;
    (void)printf("  %-36s  %12s  %12s  %-20s  %s\n", "CHAIN", "ENTRIES", "HEAD SEQ", "LAST RECORDED", "HEAD HASH");
    for (size_t i = 0; i < report->chain_count && i < CHAINS_SHOWN; i++) {
        const struct ap_verify_chain *chain = &report->chains[i];

        ap_uuid_format(uuid, &chain->id);
        ap_time_format(last, chain->entries > 0 ? chain->last_recorded_us / AP_US_PER_SECOND * AP_US_PER_SECOND : 0);
        ap_hex_encode(hash, chain->head_hash, sizeof hash / 2);
        hash[sizeof hash - 1] = '\0';
        (void)printf("  %-36s  %12s  ", uuid, grouped(count, chain->entries));
        (void)printf("%12s  %-20s  %s...\n", grouped(count, chain->head_seq), chain->entries > 0 ? last : "-", hash);
    }
    if (report->chain_count > CHAINS_SHOWN)
        (void)printf("  ... and %s more chain%s: see --format json\n",
                     grouped(count, report->chain_count - CHAINS_SHOWN),
                     report->chain_count - CHAINS_SHOWN == 1 ? "" : "s");
    (void)putchar('\n');
}

static void print_counts(const struct ap_verify_report *report)
{
    char entries[NUMBER_SIZE], chains[NUMBER_SIZE], rows[NUMBER_SIZE], more[NUMBER_SIZE];

    uint64_t read = report->entries;

    if (report->incremental.asked && !report->incremental.first)
        read = report->incremental.fresh + report->incremental.reread;
    (void)printf("  Read: %s chain %s in %s %s; %s %s of audit_logs.\n", grouped(entries, read),
                 plural(read, "entry", "entries"), grouped(chains, report->chain_count),
                 plural(report->chain_count, "chain", "chains"), grouped(rows, report->rows),
                 plural(report->rows, "row", "rows"));
    if (report->purged > 0)
        (void)printf("  %s %s gone after their retention window, as recorded.\n", grouped(more, report->purged),
                     plural(report->purged, "row is", "rows are"));
    if (report->erased_groups > 0)
        (void)printf("  %s %s of personal data erased, verified by the commitments that were kept.\n",
                     grouped(more, report->erased_groups), plural(report->erased_groups, "group", "groups"));
    if (report->adopted > 0)
        (void)printf("  %s of the entries %s adopted: what happened before they were chained is claimed by the\n"
                     "  platform, not proven.\n",
                     grouped(more, report->adopted), plural(report->adopted, "was", "were"));
    if (report->resolved)
        (void)printf("  A second, sorted reading named the differences.\n");
}

/* What this run read, and what the verdict rests on beside it. */
static void print_incremental(const struct ap_verify_report *report)
{
    const struct ap_verify_incremental *sums = &report->incremental;
    char count[NUMBER_SIZE], old[NUMBER_SIZE], run[NUMBER_SIZE], at[AP_TIME_TEXT_SIZE];

    if (!sums->asked)
        return;
    if (sums->first)
        (void)printf(
            "  This is the first run of a series, and everything was read. Those that follow read what is new,\n"
            "  and the old again within %" PRIu64 " runs.\n",
            sums->cycle);
    else
        (void)printf("  Run %s of a series in which everything is read within %" PRIu64
                     " runs. Of %s old entries %s were\n"
                     "  read again, and %s rest on the runs before",
                     grouped(run, sums->run), sums->cycle, grouped(old, sums->old), grouped(count, sums->reread),
                     grouped(at, sums->old - sums->reread));
    if (sums->moved)
        (void)printf("; the runs before were of another copy of this database, so that\n  everything was read");
    if (!sums->first && sums->oldest_at_us != 0) {
        ap_time_format(at, sums->oldest_at_us);
        (void)printf("; the oldest reading is of %s.\n", at);
    } else if (!sums->first) {
        (void)puts(".");
    }
    if (!sums->first && sums->rows_since_us != 0) {
        ap_time_format(at, sums->rows_since_us);
        (void)printf("  Rows that no entry covers were looked for among those created since %s, and in\n"
                     "  %u of %" PRIu64 " shares of the others.\n",
                     at, sums->shares_read, sums->cycle);
    }
    if (sums->held_chains > 0)
        (void)printf("  %s %s findings and %s where runs before left %s: the next run reads the same again.\n",
                     grouped(count, sums->held_chains), plural(sums->held_chains, "chain has", "chains have"),
                     plural(sums->held_chains, "stays", "stay"), plural(sums->held_chains, "it", "them"));
    if (!sums->advanced)
        (void)puts("  The state does not advance: not all findings were named, so that it is not known what is right.");
}

/* The verdict is about what was read, and says so. */
static void print_verdict_scope(const struct ap_verify_report *report)
{
    const struct ap_verify_incremental *sums = &report->incremental;
    char fresh[NUMBER_SIZE], reread[NUMBER_SIZE], old[NUMBER_SIZE];

    if (sums->asked && !sums->first)
        (void)printf(" as far as this run read: %s new %s, and %s of %s old", grouped(fresh, sums->fresh),
                     plural(sums->fresh, "entry", "entries"), grouped(reread, sums->reread), grouped(old, sums->old));
    (void)putchar('\n');
}

static void print_extent(const struct report_context *context, const struct ap_verify_report *report)
{
    char uuid[AP_UUID_TEXT_SIZE];

    if (context->options->has_chain) {
        ap_uuid_format(uuid, &context->options->chain);
        (void)printf("  Only chain %s was looked at.\n", uuid);
    }
    if (report->partial)
        (void)printf("  Only sequence numbers %" PRIu64 " to %s were looked at%s;\n"
                     "  rows that no entry covers were not looked for.\n",
                     context->options->from_seq != 0 ? context->options->from_seq : 1,
                     context->options->to_seq != 0 ? "the last asked for" : "the head",
                     context->options->from_seq > 1 ? ", the first linked to its predecessor as that stands" : "");
    if (context->options->skip_guards)
        (void)printf("  Triggers, grants, policies and functions were not compared (--no-guards).\n");
    if (report->through_view)
        (void)printf(
            "  Policies apply to this role: rows were read through auditproof.entry, which is as installed.\n");
    if (report->in_recovery)
        (void)printf("  This is a standby: what its primary has and it has not yet was not seen.\n");
}

/* "3 h 12 min": the two largest units. */
static const char *duration(char out[NUMBER_SIZE], uint64_t seconds)
{
    static const struct {
        const char *name;
        uint64_t seconds;
    } units[] = {{"d", 86400}, {"h", 3600}, {"min", 60}, {"s", 1}};
    size_t i = 0;
    int n;

    while (i + 1 < sizeof units / sizeof *units && seconds < units[i].seconds)
        i++;
    n = snprintf(out, NUMBER_SIZE, "%" PRIu64 " %s", seconds / units[i].seconds, units[i].name);
    if (n > 0 && n < NUMBER_SIZE && i + 1 < sizeof units / sizeof *units &&
        seconds % units[i].seconds >= units[i + 1].seconds)
        (void)snprintf(out + n, (size_t)(NUMBER_SIZE - n), " %" PRIu64 " %s",
                       seconds % units[i].seconds / units[i + 1].seconds, units[i + 1].name);
    return out;
}

static void print_covered(const struct report_context *context, const struct ap_verify_report *report)
{
    const struct ap_verify_seals *seals = &report->seals;
    char count[NUMBER_SIZE], all[NUMBER_SIZE], number[NUMBER_SIZE], at[AP_TIME_TEXT_SIZE];

    if (seals->covered_size == 0)
        return;
    ap_time_format(at, seals->covered_at_us);
    (void)printf("  Sealed: %s of %s %s, by %scheckpoint of %s %s of %s.\n", grouped(count, seals->covered),
                 grouped(all, report->entries), plural(report->entries, "entry", "entries"),
                 seals->counts ? "the " : "the database's own ", grouped(number, seals->covered_size),
                 plural(seals->covered_size, "seal", "seals"), at);
    if (seals->signer[0] != '\0') {
        print_named("  It is signed by ", seals->signer,
                    seals->signer_pinned ? ", which was pinned" : ", which the log's keys lead to from a pinned one");
        (void)printf("%s.\n", context->options->policy == NULL        ? ""
                              : report->verdict == AP_VERDICT_TRUSTED ? ", with the witnesses that the policy asks for"
                                                                      : "");
    }
    if (seals->outside_size > 0) {
        ap_time_format(at, seals->outside_at_us);
        (void)printf("  Checkpoints kept elsewhere agree, through %s %s of %s.\n", grouped(count, seals->outside_size),
                     plural(seals->outside_size, "seal", "seals"), at);
    }
    if (seals->explained > 0)
        (void)printf("  %s %s lost in a restore that was declared: what they covered is not there.\n",
                     grouped(count, seals->explained),
                     plural(seals->explained, "checkpoint kept elsewhere was", "checkpoints kept elsewhere were"));
    if (seals->passed_over > 0)
        (void)printf("  %s %s of other logs passed over.\n", grouped(count, seals->passed_over),
                     plural(seals->passed_over, "checkpoint was", "checkpoints were"));
}

/* When what was covered existed, by others' clocks. */
static void print_stamped(const struct ap_verify_report *report)
{
    const struct ap_verify_seals *seals = &report->seals;
    char count[NUMBER_SIZE], at[AP_TIME_TEXT_SIZE];

    if (seals->stamps > 0 && !seals->stamps_checked)
        (void)printf("  %s over checkpoints %s there, not checked (--tsa-ca).\n",
                     plural(seals->stamps, "A time-stamp", "Time-stamps"), plural(seals->stamps, "is", "are"));
    if (seals->stamps == 0 && seals->stamps_checked)
        (void)printf("  No checkpoint is time-stamped: --tsa-ca had nothing to vouch for.\n");
    if (seals->stamped_size == 0)
        return;
    ap_time_format(at, seals->stamped_at_us);
    (void)printf("  The checkpoint of %s %s, with all that it covers, existed at %s,\n",
                 grouped(count, seals->stamped_size), plural(seals->stamped_size, "seal", "seals"), at);
    print_named("  says ", seals->stamped_by, ". Of the time before, that says nothing.\n");
}

/* Always said, whatever the verdict: what no checkpoint can vouch for yet. */
static void print_uncovered(const struct ap_verify_report *report)
{
    const struct ap_verify_seals *seals = &report->seals;
    char count[NUMBER_SIZE], chains[NUMBER_SIZE], number[NUMBER_SIZE], wait[NUMBER_SIZE], uuid[AP_UUID_TEXT_SIZE];

    if (seals->uncovered == 0)
        return;
    ap_uuid_format(uuid, &seals->waiting_chain);
    (void)grouped(number, seals->waiting_seq);
    (void)grouped(count, seals->uncovered);
    (void)duration(wait, unsealed_seconds(report));
    if (seals->uncovered_chains == 1)
        (void)printf("  Self-consistent only from seq %s of chain %s: %s %s,\n  unsealed for %s.\n", number, uuid,
                     count, plural(seals->uncovered, "entry", "entries"), wait);
    else
        (void)printf("  Self-consistent only: %s entries of %s chains, the oldest unsealed for %s, from seq %s\n"
                     "  of chain %s.\n",
                     count, grouped(chains, seals->uncovered_chains), wait, number, uuid);
}

static void print_worth(const struct ap_verify_report *report)
{
    const struct ap_verify_seals *seals = &report->seals;
    char count[NUMBER_SIZE];

    if (report->verdict == AP_VERDICT_FINDINGS)
        return;
    if (seals->covered_size == 0) {
        (void)printf("  Not anchored: no checkpoint covers %s%s %s. The chains agree with themselves and with\n",
                     report->entries == 1 ? "the " : "any of the ", grouped(count, report->entries),
                     plural(report->entries, "entry", "entries"));
        (void)printf(
            "  the rows; someone who controls the whole database could have rewritten a chain from some entry on,\n"
            "  cut off its newest entries, or removed it whole. A head hash noted elsewhere, or a checkpoint, shows\n"
            "  that.\n");
        return;
    }
    if (!seals->pinned)
        (void)printf("  No key was pinned (--key): signatures then prove nothing about who signed.\n");
    if (!seals->counts)
        (void)printf("  Not anchored: nor was a checkpoint kept elsewhere compared (--anchors), so that someone who\n"
                     "  controls the whole database could have rewritten it with its seals and checkpoints.\n");
    else if (seals->outside_size == 0)
        (void)printf("  No checkpoint kept elsewhere was compared (--anchors): that the database was set back to an\n"
                     "  earlier checkpoint, or rewritten by someone who holds the key, would not show.\n");
}

static const char *verdict_name(enum ap_verdict verdict)
{
    if (verdict == AP_VERDICT_TRUSTED)
        return "trusted";
    return verdict == AP_VERDICT_ANCHORED ? "anchored" : "intact";
}

void report_text(const struct report_context *context, const struct ap_verify_report *report)
{
    bool intact = report->verdict != AP_VERDICT_FINDINGS;
    char at[AP_TIME_TEXT_SIZE], count[NUMBER_SIZE];

    ap_time_format(at, report->snapshot_us);
    print_named("Database \"", context->database, "\"");
    (void)printf(" as of %s\n\n", at);
    print_findings(context, report);
    print_chains(report);
    if (intact)
        (void)printf("Verdict: %s%s%s", paint(context->colour, GREEN), verdict_name(report->verdict),
                     paint(context->colour, PLAIN));
    else
        (void)printf("Verdict: %sNOT INTACT%s, %s %s", paint(context->colour, RED), paint(context->colour, PLAIN),
                     grouped(count, report->found), plural(report->found, "finding", "findings"));
    if (intact)
        print_verdict_scope(report);
    else
        (void)putchar('\n');
    print_counts(report);
    print_incremental(report);
    print_extent(context, report);
    print_covered(context, report);
    print_stamped(report);
    print_uncovered(report);
    print_worth(report);
}
