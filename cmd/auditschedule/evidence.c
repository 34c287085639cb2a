#include "evidence.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "keys.h"

struct evidence_asked evidence_asked = {.settle_seconds = 60};

const char *evidence_wrong(void)
{
    if (evidence_asked.log_keys.count > 0 && evidence_asked.policy != NULL)
        return "--log-key and --policy exclude each other: a policy names the keys";
    if (evidence_asked.settle_seconds > 86400)
        return "--settle takes 0 to 86400 seconds";
    return NULL;
}

enum ap_status evidence_readable(struct ap_error *err)
{
    const char *files[] = {evidence_asked.key, evidence_asked.passphrase_file, evidence_asked.policy,
                           evidence_asked.authorities};

    /* What has a colon may be the URI of a key. */
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        if (files[i] != NULL && strchr(files[i], ':') == NULL && access(files[i], R_OK) != 0)
            return ap_fail_errno(err, errno, "cannot read %s, which reports need", files[i]);
    return AP_OK;
}

size_t evidence_arguments(const char *argv[EVIDENCE_ARGUMENTS], char settle[EVIDENCE_NUMBER_SIZE])
{
    const struct {
        const char *name, *value;
    } given[] = {{"--key", evidence_asked.key},
                 {"--vkey", evidence_asked.vkey},
                 {"--passphrase-file", evidence_asked.passphrase_file},
                 {"--policy", evidence_asked.policy},
                 {"--tsa-ca", evidence_asked.authorities}};
    size_t count = 0;

    for (size_t i = 0; i < sizeof given / sizeof given[0]; i++)
        if (given[i].value != NULL) {
            argv[count++] = given[i].name;
            argv[count++] = given[i].value;
        }
    for (size_t i = 0; i < evidence_asked.log_keys.count; i++) {
        argv[count++] = "--log-key";
        argv[count++] = evidence_asked.log_keys.items[i];
    }
    for (size_t i = 0; i < evidence_asked.anchors.count; i++) {
        argv[count++] = "--anchors";
        argv[count++] = evidence_asked.anchors.items[i];
    }
    (void)snprintf(settle, EVIDENCE_NUMBER_SIZE, "%" PRIu64, evidence_asked.settle_seconds);
    argv[count++] = "--settle";
    argv[count++] = settle;
    if (evidence_asked.allow_incomplete)
        argv[count++] = "--allow-incomplete";
    return count;
}

enum ap_status evidence_trust(struct ap_verify_options *options, struct ap_policy **policy, struct ap_error *err)
{
    static struct ap_vkey pinned[CLI_LIST_MAX];
    enum ap_status status = cli_read_keys(&evidence_asked.log_keys, pinned, err);

    if (status == AP_OK && evidence_asked.policy != NULL)
        status = cli_read_policy(evidence_asked.policy, policy, err);
    if (status == AP_OK && *policy != NULL && (*policy)->log_count == 0)
        status = ap_fail(err, AP_EINPUT, "%s names no log: who signs checkpoints?", evidence_asked.policy);
    options->keys = pinned;
    options->key_count = evidence_asked.log_keys.count;
    options->policy = *policy;
    options->anchors = evidence_asked.anchors.items;
    options->anchor_count = evidence_asked.anchors.count;
    options->authorities = evidence_asked.authorities;
    return status;
}
