/* What the files of a bundle are (audit-bundle(5)). */
#include "index_files.h"

#include <fnmatch.h>
#include <stddef.h>

/* The first that matches. */
static const struct {
    const char *glob, *is;
} files[] = {
    {"README.txt", "What this is, and how to check it"},
    {"verify.html", "Checks the bundle in a browser, offline"},
    {"verify.sh", "Checks the bundle with awk, sha256sum and openssl"},
    {"verify.ps1", "Checks files and signature, for Windows"},
    {"bagit.txt", "Says that this is a bag (RFC 8493)"},
    {"bag-info.txt", "What the bag is, and how many bytes it has"},
    {"manifest-sha256.txt", "SHA-256 of each file in data"},
    {"tagmanifest-sha256.txt", "SHA-256 of every other file"},
    {"tagmanifest.sig", "The signature of the bundle's key over tagmanifest-sha256.txt"},
    {"data/bundle.json", "What is in the bundle, in numbers, for programs"},
    {"data/completeness.json", "Whether it is complete: counts, days, what was erased or purged, limits"},
    {"data/query-soc2.json", "How each of the tables was made: rules and statements"},
    {"data/seals.csv", "The seals of the chain in the period"},
    {"data/query.json", "The statements that selected the entries, with their parameters"},
    {"data/custody.csv", "Who had this evidence, from the log to the bundle"},
    {"data/controls.csv", "Criteria with their populations: where they are, and what they cannot show"},
    {"data/report.html", "The report: begin here"},
    {"data/index.html", "This list"},
    {"data/events/*", "The entries: exact text, what is disclosed of it, links and proofs; one a line"},
    {"data/population/*", "A population: every entry that a criterion is about"},
    {"data/exceptions/*", "Exceptions of a criterion: which entry, by which rule"},
    {"data/case/*", "The case, step by step: what was asked and found, and notes"},
    {"data/sample/*", "A sample that was drawn from a population"},
    {"data/sample*", "The sample that was drawn, and how to draw it again"},
    {"data/unmapped.*", "Actions that no population holds, with their counts"},
    {"data/retention/due*", "What has reached the end of its retention"},
    {"data/retention/disposed*", "What left the log after its retention"},
    {"data/retention/holds*", "Holds that keep entries past their retention"},
    {"data/retention/*", "The state of retention"},
    {"data/policy/rules.txt", "The rules that looked for exceptions, as they were"},
    {"data/policy/*", "The mapping of actions to criteria, as it was"},
    {"data/oscal-*.json", "Assessment results in OSCAL, for programs"},
    {"data/letter.*", "The answer to the person: purposes, recipients, periods, rights"},
    {"data/activity.*", "What this person did, and what was done about them"},
    {"data/profile.json", "What the platform holds of this person"},
    {"data/portability.json", "What this person provided, for another controller (Article 20)"},
    {"data/dictionary.csv", "What the codes in the other files mean"},
    {"data/redactions.csv", "What was left out of which entry, and why"},
    {"data/retained.csv", "What is kept in spite of a request, on which ground, and until when"},
    {"data/review.*", "Entries that a person has to look at before they may be disclosed"},
    {"data/notification.*", "The notification to the authority (Article 33(3))"},
    {"data/clock.json", "When it happened, was found and was notified, and the 72 hours"},
    {"data/timeline.csv", "The incident, entry by entry"},
    {"data/affected_subjects.csv", "Whose data were affected, by pseudonym"},
    {"data/records_by_category.csv", "How many records of which kind were affected"},
    {"data/actors.csv", "Who acted"},
    {"data/indicators.csv", "Addresses and agents that tell of the attack"},
    {"data/measures.csv", "What was done about it"},
    {"data/phase.json", "Which phase of the notification this is, and what it follows"},
    {"data/register_entry.json", "The entry in the register of breaches (Article 33(5))"},
    {"proof/checkpoint.note", "The signed checkpoint that covers everything here"},
    {"proof/cosignatures.txt", "Signatures of witnesses over the checkpoint"},
    {"proof/timestamp.tsr", "A time-stamp over the checkpoint (RFC 3161)"},
    {"proof/seal.json", "The seal of the chain, and its place in the checkpoint"},
    {"proof/previous.note", "The last checkpoint before the period"},
    {"proof/consistency.json", "The proof that the one checkpoint continues the other"},
    {"proof/keys.json", "The keys, and how each followed from the one before"},
    {"proof/pubkeys.pem", "The key that signs the bundle, for openssl"},
};

const char *index_file_is(const char *path)
{
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (fnmatch(files[i].glob, path, 0) == 0)
            return files[i].is;
    return "";
}
