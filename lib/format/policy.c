/* C2SP tlog-policy: who must have signed. */
#include "auditproof/policy.h"

#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = AP_POLICY_MAX + 8, NO_MEMBER = -1 };

struct parsing {
    struct ap_policy *policy;
    struct ap_digest *digest;
    struct ap_span words[WORDS_MAX];
    size_t word_count;
    unsigned line;
    bool has_quorum;
    bool used[2 * AP_POLICY_MAX]; /* members are in one group only */
    struct ap_error *err;
};

static enum ap_status bad(struct parsing *p, const char *what)
{
    return ap_fail(p->err, AP_EINPUT, "policy line %u: %s (C2SP tlog-policy)", p->line, what);
}

static bool word_is(const struct ap_span *word, const char *text)
{
    return word->len == strlen(text) && memcmp(word->data, text, word->len) == 0;
}

static const char *keep(struct parsing *p, const struct ap_span *word)
{
    return ap_arena_copy(&p->policy->arena, word->data, word->len);
}

/* Witnesses and groups share one name space; a member's number, or SIZE_MAX. */
static size_t member_named(const struct ap_policy *policy, const struct ap_span *word)
{
    size_t i;

    for (i = 0; i < policy->witness_count; i++)
        if (word_is(word, policy->witnesses[i].name))
            return i;
    for (i = 0; i < policy->group_count; i++)
        if (word_is(word, policy->groups[i].name))
            return AP_POLICY_MAX + i;
    return SIZE_MAX;
}

static bool has_key(const struct ap_policy_key *keys, size_t count, const struct ap_vkey *key)
{
    size_t i;

    for (i = 0; i < count; i++)
        if (memcmp(keys[i].key.key, key->key, AP_PUBLIC_KEY_LEN) == 0)
            return true;
    return false;
}

/* `log VKEY [URL]` and `witness NAME VKEY [URL]`, from the word of the key on. */
static enum ap_status add_key(struct parsing *p, struct ap_policy_key *keys, size_t *count, size_t word, uint8_t type)
{
    struct ap_policy_key *key = &keys[*count];
    enum ap_status status;

    if (p->word_count <= word || p->word_count > word + 2)
        return bad(p, type == AP_KEY_NOTE ? "\"log\" takes a verifier key and maybe a URL"
                                          : "\"witness\" takes a name, a verifier key and maybe a URL");
    if (*count == AP_POLICY_MAX)
        return bad(p, "more than 256 logs or witnesses");
    status = ap_vkey_parse(&key->key, p->digest, p->words[word].data, p->words[word].len, p->err);
    if (status != AP_OK)
        return ap_error_prefix(p->err, "policy line %u", p->line);
    if (key->key.type != type)
        return bad(p, type == AP_KEY_NOTE ? "a log's key is of type 0x01" : "a witness's key is of type 0x04");
    if (has_key(keys, *count, &key->key))
        return bad(p, "this public key is there already");
    if (p->word_count > word + 1)
        key->url = keep(p, &p->words[word + 1]);
    (*count)++;
    return AP_OK;
}

static enum ap_status add_witness(struct parsing *p)
{
    struct ap_policy *policy = p->policy;

    if (p->word_count < 2 || word_is(&p->words[1], "none") || member_named(policy, &p->words[1]) != SIZE_MAX)
        return bad(p, "\"witness\" wants a name of its own, not \"none\"");
    if (policy->witness_count < AP_POLICY_MAX &&
        (policy->witnesses[policy->witness_count].name = keep(p, &p->words[1])) == NULL)
        return ap_arena_check(&policy->arena, "a policy", p->err);
    return add_key(p, policy->witnesses, &policy->witness_count, 2, AP_KEY_COSIGNATURE);
}

static enum ap_status add_group(struct parsing *p)
{
    struct ap_policy *policy = p->policy;
    struct ap_policy_group *group = &policy->groups[policy->group_count];
    size_t *members, i, count = p->word_count - 3;
    uint64_t k;

    if (p->word_count < 4)
        return bad(p, "\"group\" takes a name, a threshold and at least one member");
    if (policy->group_count == AP_POLICY_MAX)
        return bad(p, "more than 256 groups");
    if (word_is(&p->words[1], "none") || member_named(policy, &p->words[1]) != SIZE_MAX)
        return bad(p, "\"group\" wants a name of its own, not \"none\"");
    if (word_is(&p->words[2], "all"))
        k = count;
    else if (word_is(&p->words[2], "any"))
        k = 1;
    else if (!ap_decimal_parse(&k, p->words[2].data, p->words[2].len) || k < 1 || k > count)
        return bad(p, "the threshold is \"all\", \"any\", or from 1 to the number of members");
    members = ap_arena_alloc(&policy->arena, count, sizeof *members);
    group->name = keep(p, &p->words[1]);
    if (members == NULL || group->name == NULL)
        return ap_arena_check(&policy->arena, "a policy", p->err);
    for (i = 0; i < count; i++) {
        members[i] = member_named(policy, &p->words[3 + i]);
        if (members[i] == SIZE_MAX)
            return bad(p, "a member is not a witness or group of a line before this one");
        if (p->used[members[i]])
            return bad(p, "a member is in a group already");
        p->used[members[i]] = true;
    }
    group->threshold = (size_t)k;
    group->members = members;
    group->count = count;
    policy->group_count++;
    return AP_OK;
}

static enum ap_status set_quorum(struct parsing *p)
{
    if (p->word_count != 2 || p->has_quorum)
        return bad(p, "one \"quorum\" line, with one name, is wanted");
    p->has_quorum = true;
    p->policy->quorum = AP_QUORUM_NONE;
    if (word_is(&p->words[1], "none"))
        return AP_OK;
    p->policy->quorum = member_named(p->policy, &p->words[1]);
    return p->policy->quorum == SIZE_MAX ? bad(p, "the quorum is not a witness or group of a line before this one")
                                         : AP_OK;
}

static enum ap_status split(struct parsing *p, const char *line, size_t len)
{
    size_t i = 0, start;

    p->word_count = 0;
    for (;;) {
        while (i < len && (line[i] == ' ' || line[i] == '\t'))
            i++;
        if (i == len)
            return AP_OK;
        for (start = i; i < len && line[i] != ' ' && line[i] != '\t'; i++)
            if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
                return bad(p, "a control character");
        if (p->word_count == 0 && line[start] == '#')
            return AP_OK;
        if (p->word_count == WORDS_MAX)
            return bad(p, "too many words");
        p->words[p->word_count].data = line + start;
        p->words[p->word_count++].len = i - start;
    }
}

static enum ap_status parse_line(struct parsing *p, const char *line, size_t len)
{
    enum ap_status status = split(p, line, len);

    if (status != AP_OK || p->word_count == 0)
        return status;
    if (word_is(&p->words[0], "log"))
        return add_key(p, p->policy->logs, &p->policy->log_count, 1, AP_KEY_NOTE);
    if (word_is(&p->words[0], "witness"))
        return add_witness(p);
    if (word_is(&p->words[0], "group"))
        return add_group(p);
    if (word_is(&p->words[0], "quorum"))
        return set_quorum(p);
    return bad(p, "begins with none of \"log\", \"witness\", \"group\", \"quorum\"");
}

enum ap_status ap_policy_parse(struct ap_policy **out, struct ap_digest *digest, const char *text, size_t len,
                               struct ap_error *err)
{
    struct ap_policy *policy = calloc(1, sizeof *policy);
    struct parsing *p = calloc(1, sizeof *p);
    enum ap_status status = AP_OK;
    size_t at = 0;

    *out = policy;
    if (policy == NULL || p == NULL) {
        free(p);
        return ap_fail_memory(err, "a policy");
    }
    ap_arena_init(&policy->arena, (size_t)4 << 20);
    p->policy = policy;
    p->digest = digest;
    p->err = err;
    while (at < len && status == AP_OK) {
        const char *newline = memchr(text + at, '\n', len - at);
        size_t end = newline == NULL ? len : (size_t)(newline - text);

        p->line++;
        status = parse_line(p, text + at, end - at);
        at = end + 1;
    }
    if (status == AP_OK && !p->has_quorum)
        status = ap_fail(err, AP_EINPUT, "the policy has no \"quorum\" line; \"quorum none\" asks for no witnesses");
    if (status == AP_OK)
        status = ap_arena_check(&policy->arena, "a policy", err);
    free(p);
    return status;
}

void ap_policy_free(struct ap_policy *policy)
{
    if (policy == NULL)
        return;
    ap_arena_free(&policy->arena);
    free(policy);
}

static bool is_met(const struct ap_policy *policy, size_t member, const bool *cosigned)
{
    const struct ap_policy_group *group;
    size_t i, met = 0;

    if (member < AP_POLICY_MAX)
        return cosigned[member];
    /* A group's members come before it, so this ends. */
    group = &policy->groups[member - AP_POLICY_MAX];
    for (i = 0; i < group->count; i++)
        met += is_met(policy, group->members[i], cosigned);
    return met >= group->threshold;
}

bool ap_policy_met(const struct ap_policy *policy, const bool cosigned[AP_POLICY_MAX])
{
    return policy->quorum == AP_QUORUM_NONE || is_met(policy, policy->quorum, cosigned);
}

static enum ap_status check_logs(const struct ap_policy *policy, const struct ap_note *note,
                                 struct ap_policy_verdict *out, struct ap_error *err)
{
    struct ap_checkpoint checkpoint;
    enum ap_status status = ap_checkpoint_parse(&checkpoint, note->text, note->text_len, err);
    enum ap_signed is;
    size_t i;

    for (i = 0; i < policy->log_count && status == AP_OK; i++) {
        const struct ap_vkey *key = &policy->logs[i].key;

        status = ap_note_check(note, key, &is, NULL, err);
        out->bad_signature = out->bad_signature || is == AP_SIGNED_BADLY;
        if (is == AP_SIGNED_WELL && strlen(key->name) == checkpoint.origin_len &&
            memcmp(key->name, checkpoint.origin, checkpoint.origin_len) == 0) {
            out->by_log = true;
            out->log = i;
        }
    }
    return status;
}

enum ap_status ap_policy_check(const struct ap_policy *policy, const struct ap_note *note,
                               struct ap_policy_verdict *out, struct ap_error *err)
{
    enum ap_status status;
    enum ap_signed is;
    uint64_t time_s;
    size_t i;

    memset(out, 0, sizeof *out);
    status = check_logs(policy, note, out, err);
    for (i = 0; i < policy->witness_count && status == AP_OK; i++) {
        status = ap_note_check(note, &policy->witnesses[i].key, &is, &time_s, err);
        out->bad_signature = out->bad_signature || is == AP_SIGNED_BADLY;
        if (status != AP_OK || is != AP_SIGNED_WELL)
            continue;
        out->cosigned[i] = true;
        if (out->witness_count++ == 0 || time_s < out->earliest_s)
            out->earliest_s = time_s;
        if (time_s > out->latest_s)
            out->latest_s = time_s;
    }
    out->quorum = status == AP_OK && !out->bad_signature && ap_policy_met(policy, out->cosigned);
    return status;
}
