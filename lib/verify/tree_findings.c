/* What is told of stored trees that are not those of the entries, or of the seals. */
#include <inttypes.h>
#include <string.h>

#include "run.h"

static const char ABOVE_DETAIL[] =
    "tiles were changed or removed: no proof made of them holds, and nothing can be sealed "
    "on them; put them back from a backup";

static enum ap_status tell(struct run *run, const struct pin *pin, uint64_t size, const char *found, const char *detail,
                           struct ap_error *err)
{
    struct ap_finding finding;

    memset(&finding, 0, sizeof finding);
    finding.kind = AP_FINDING_SEAL;
    finding.has_chain = finding.has_seq = true;
    finding.chain = pin->id;
    finding.seq = size;
    ap_finding_text(finding.object, "tree");
    ap_finding_text(finding.expected, "the sealed root of the tree over these entries, and its leaves");
    ap_finding_text(finding.found, "%s", found);
    ap_finding_text(finding.detail, "%s", detail);
    return findings_add(&run->findings, &finding, err);
}

enum ap_status pin_check_tree(struct run *run, const struct pin *pin, struct ap_error *err)
{
    bool leaves_agree = run->rechecks || (atomic_load(&pin->sum[0]) == 0 && atomic_load(&pin->sum[1]) == 0);

    if (pin->tree == TREE_ABSENT)
        return tell(run, pin, pin->tree_size, "leaves that are not there",
                    "tiles were removed: nothing can be proven of these entries, and nothing sealed after them, until "
                    "they are put back from a backup",
                    err);
    if (pin->tree == TREE_OTHER && !leaves_agree)
        return tell(run, pin, pin->tree_size, "other leaves than the chain's",
                    "tiles were changed: no proof made of them holds; put them back from a backup", err);
    if (pin->tree == TREE_OTHER)
        return tell(
            run, pin, pin->tree_size, "another root in the seal",
            "the seal pins a tree that is not the chain's, by which entries could be proven that are not there: "
            "it was made by somebody with the key, or by a program that was changed",
            err);
    if (pin->tree == TREE_SAME && !leaves_agree)
        return tell(
            run, pin, pin->covered.size, "the sealed root, over other leaves than the chain's",
            "the seal pins a tree that is not the chain's, by which entries could be proven that are not there: "
            "it was made by somebody with the key, or by a program that was changed",
            err);
    if (pin->tree == TREE_ABOVE)
        return tell(run, pin, pin->covered.size, "other hashes above the leaves than follow from these, or none",
                    ABOVE_DETAIL, err);
    return AP_OK;
}

enum ap_status pin_tell_leaves(struct run *run, const struct pin *pin, bool absent, struct ap_error *err)
{
    if (absent)
        return tell(run, pin, pin->covered.size, "leaves that are not there",
                    "tiles were removed: nothing can be proven of these entries, and nothing sealed after them, until "
                    "they are put back from a backup",
                    err);
    return tell(run, pin, pin->covered.size, "other leaves than the chain's",
                "tiles were changed: no proof made of them holds; put them back from a backup", err);
}

/* Only where the whole log is what was signed, and was read. */
enum ap_status run_check_log_tree(struct run *run, struct ap_error *err)
{
    const struct seals *seals = &run->seals;
    const struct pin *pin = &seals->log_tree;
    bool leaves_agree = atomic_load(&pin->sum[0]) == 0 && atomic_load(&pin->sum[1]) == 0;
    struct ap_finding finding = finding_about_log(AP_FINDING_SEAL);

    if (seals->cover == NULL || seals->broken || seals->agreed != seals->log_size || pin->covered.size == 0 ||
        run->options->has_chain || run->trees_unread || (pin->tree == TREE_SAME && leaves_agree))
        return AP_OK;
    ap_finding_text(finding.object, "seal log tree");
    ap_finding_text(finding.expected, "tiles of the tree over the log's %" PRIu64 " seals", pin->covered.size);
    if (pin->tree == TREE_SAME || pin->tree == TREE_OTHER)
        ap_finding_text(finding.found, "other leaves than the seals");
    else if (pin->tree == TREE_ABOVE)
        ap_finding_text(finding.found, "other hashes above the leaves than follow from these, or none");
    else
        ap_finding_text(finding.found, "leaves that are not there");
    ap_finding_text(finding.detail, "%s", ABOVE_DETAIL);
    return findings_add(&run->findings, &finding, err);
}
