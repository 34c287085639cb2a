/* What is told of a seal log that is not what its checkpoints say. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "run.h"

struct ap_finding finding_about_log(enum ap_finding_kind kind)
{
    struct ap_finding finding;

    memset(&finding, 0, sizeof finding);
    finding.kind = kind;
    ap_finding_text(finding.object, "seal log");
    return finding;
}

static void root_text(char out[AP_HASH_TEXT_SIZE], const struct ap_hash *root)
{
    ap_hex_encode(out, root->bytes, AP_HASH_LEN);
    out[AP_HASH_TEXT_SIZE - 1] = '\0';
}

enum { PLACE_SIZE = 64 };

static const char *place_of(const struct known *known, char room[PLACE_SIZE])
{
    if (known->path != NULL)
        return known->path;
    if (known->change == 0)
        return "the database itself";
    (void)snprintf(room, PLACE_SIZE, "change %" PRId64 " of the log's key", known->change);
    return room;
}

enum ap_status log_tell_rewritten(struct run *run, struct ap_error *err)
{
    const struct seals *seals = &run->seals;
    const struct disagreement *all = &seals->rewritten;
    struct ap_finding finding = finding_about_log(AP_FINDING_REWRITTEN);
    char root[AP_HASH_TEXT_SIZE], room[PLACE_SIZE];

    if (all->first == NULL)
        return AP_OK;
    root_text(root, &all->first->root);
    ap_finding_text(finding.expected, "root %s of the first %" PRIu64 " seals, says %s", root, all->first->size,
                    place_of(all->first, room));
    root_text(root, &all->found);
    ap_finding_text(finding.found, "root %s, in a log of %" PRIu64 " seals", root, seals->log_size);
    if (all->own + all->elsewhere == 0)
        ap_finding_text(finding.detail,
                        "checkpoints agree with the seals, and what the key before the change signed does not: seals "
                        "from before it were made anew, with the key that came after it. Restore a backup that agrees, "
                        "and replace that key; what the database says now is evidence");
    else if (all->own == 0 && seals->own > 0)
        ap_finding_text(finding.detail,
                        "checkpoints kept elsewhere disagree (%" PRIu64
                        "), and none of the database's own: seals and checkpoints were made anew together%s. Trust "
                        "those kept elsewhere, and restore a backup that "
                        "they agree with; what the database says now is evidence%s",
                        all->elsewhere, seals->wanted == WORTH_TRUST ? ", with the signing key" : "",
                        seals->wanted == WORTH_TRUST ? ", and the key is to be replaced" : "");
    else
        ap_finding_text(finding.detail,
                        "seals from number %" PRIu64 " to %" PRIu64 " were changed after they were signed; checkpoints "
                        "that disagree: %" PRIu64 " of the database, %" PRIu64
                        " from elsewhere. Compare auditproof.seal with a backup",
                        all->agreed, all->first->size - 1, all->own, all->elsewhere);
    return findings_add(&run->findings, &finding, err);
}

const struct known *checkpoint_beyond(const struct seals *seals, bool *own)
{
    const struct known *largest = NULL;

    *own = false;
    for (size_t i = seals->next_known; i < seals->known_count; i++) {
        const struct known *known = &seals->known[i];

        *own = *own || known->path == NULL;
        if (!known->told && (largest == NULL || known->size > largest->size || largest->path == NULL))
            largest = known;
    }
    return largest;
}

/* The log was cut off, or the database set back. One that is another log is not a shorter one. */
enum ap_status log_tell_truncated(struct run *run, struct ap_error *err)
{
    const struct seals *seals = &run->seals;
    struct ap_finding finding = finding_about_log(AP_FINDING_TRUNCATED);
    char room[PLACE_SIZE];
    bool own;
    const struct known *largest = checkpoint_beyond(seals, &own);

    if (largest == NULL || seals->rewritten.first != NULL)
        return AP_OK;
    ap_finding_text(finding.expected, "%" PRIu64 " seals at least, says %s", largest->size, place_of(largest, room));
    ap_finding_text(finding.found, "%" PRIu64 " seals", seals->log_size);
    ap_finding_text(
        finding.detail, "%s",
        own ? "the newest seals were removed, and what was signed over them is still there: find out what was "
              "sealed then from a backup"
        : run->standby ? "this standby has not got what its primary sealed, which it may yet; or the database was set "
                         "back to an earlier state, or cut off: verify the primary"
                       : "the database is older than what was anchored: it was set back to an earlier state, or cut "
                         "off, with its seals and checkpoints. What was sealed since is lost unless a newer backup "
                         "has it");
    return findings_add(&run->findings, &finding, err);
}
