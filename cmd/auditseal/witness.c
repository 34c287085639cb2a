/* witness: on standard input, or over HTTP. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "auditproof/clock.h"
#include "auditproof/http_server.h"
#include "auditproof/witness.h"
#include "commands.h"
#include "private_key.h"
#include "keys.h"
#include "signals.h"

static const char *key_uri, *vkey_text, *passphrase_file, *state_directory, *address;
static struct cli_list logs;

const struct cli_option witness_options[] = {
    {'k', "key", "FILE|URI", CLI_STRING, &key_uri, NULL, "the witness's private key",
     "The witness's private key, made by\n.Cm keygen\n.Fl -witness :\na PEM file, or any URI that OpenSSL has a "
     "provider for."},
    {0, "vkey", "VKEY|FILE", CLI_STRING, &vkey_text, NULL, "its verifier key, if not in KEY.pub", NULL},
    {0, "passphrase-file", "FILE", CLI_STRING, &passphrase_file, NULL,
     "read the passphrase from the first line of FILE", NULL},
    {0, "log", "VKEY|FILE", CLI_LIST, &logs, NULL, "a log to cosign: its verifier key",
     "The verifier key of a log to cosign, whose origin is the key's name; may be repeated, also for one log."},
    {0, "state", "DIR", CLI_STRING, &state_directory, NULL, "where to keep what was cosigned last",
     "The directory that keeps what was cosigned last, one file a log.\nIt must be there: with an empty one a witness "
     "believes\nwhatever it is shown first."},
    {0, "listen", "ADDRESS:PORT", CLI_STRING, &address, NULL, "serve HTTP, instead of one request on standard input",
     "Serve HTTP on this address until SIGINT or SIGTERM, instead of one request on standard input.\nThere is no TLS: "
     "put a proxy before it.\nPort 0 is any that is free; it is said which."},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

/* What requests are answered with. */
struct serving {
    struct ap_witness witness;
    struct ap_signing_key *key;
    struct ap_vkey vkey, logs[CLI_LIST_MAX];
    struct ap_digest *digest;
};

static enum ap_status prepare(struct serving *s, struct ap_error *err)
{
    enum ap_status status = ap_digest_new(&s->digest, err);

    if (status == AP_OK)
        status = key_open(&s->key, &s->vkey, s->digest, key_uri, vkey_text, passphrase_file, err);
    if (status == AP_OK && s->vkey.type != AP_KEY_COSIGNATURE)
        status = ap_fail(err, AP_EINPUT,
                         "%s is the key of a log: a witness needs one of its own, made by keygen --witness", key_uri);
    for (size_t i = 0; i < logs.count && status == AP_OK; i++) {
        status = cli_read_key(&s->logs[i], s->digest, logs.items[i], err);
        if (status == AP_OK && s->logs[i].type != AP_KEY_NOTE)
            status = ap_fail(err, AP_EINPUT, "%s is no key of a log", logs.items[i]);
    }
    if (status == AP_OK && access(state_directory, R_OK | W_OK | X_OK) != 0)
        status = ap_fail_errno(err, errno, "cannot use directory %s, which keeps what was cosigned", state_directory);
    s->witness.key = s->key;
    s->witness.vkey = &s->vkey;
    s->witness.logs = s->logs;
    s->witness.log_count = logs.count;
    s->witness.directory = state_directory;
    return status;
}

static uint64_t now_s(void)
{
    return (uint64_t)(ap_clock_now_us() / AP_US_PER_SECOND);
}

/* A refusal may be proof of a log that misbehaves. */
static void tell(const struct ap_witness_answer *answer)
{
    int len = (int)strcspn(ap_buf_str(&answer->body), "\n");

    if (answer->http_status != AP_WITNESS_HTTP_OK && answer->http_status != AP_WITNESS_HTTP_CONFLICT)
        cli_warn("answered %u: %.*s", answer->http_status, len, ap_buf_str(&answer->body));
}

static int exit_status(unsigned http_status)
{
    switch (http_status) {
    case AP_WITNESS_HTTP_OK:
        return EXIT_DONE;
    case AP_WITNESS_HTTP_FORBIDDEN:
    case AP_WITNESS_HTTP_WRONG:
        return EXIT_FINDINGS;
    case AP_WITNESS_HTTP_BAD:
    case AP_WITNESS_HTTP_UNKNOWN:
        return EXIT_USAGE;
    default:
        return EXIT_UNKNOWN;
    }
}

static int answer_once(struct serving *s)
{
    struct ap_witness_answer answer;
    struct ap_buf body = AP_BUF_INIT;
    struct ap_error err;
    enum ap_status status = key_read_file("-", AP_WITNESS_BODY_MAX, &body, &err);
    bool shown;
    int result;

    if (status != AP_OK) {
        ap_buf_free(&body);
        return cli_fail(&err);
    }
    status = ap_witness_add_checkpoint(&s->witness, s->digest, body.data, body.len, now_s(), &answer, &err);
    result = status == AP_OK ? exit_status(answer.http_status) : cli_fail(&err);
    shown = answer.http_status == AP_WITNESS_HTTP_OK || answer.http_status == AP_WITNESS_HTTP_CONFLICT;
    if (status == AP_OK)
        tell(&answer);
    if (status == AP_OK && shown && fwrite(answer.body.data, 1, answer.body.len, stdout) != answer.body.len)
        result = EXIT_UNKNOWN;
    if (answer.http_status == AP_WITNESS_HTTP_CONFLICT)
        cli_error("another size was cosigned last, which is on standard output: make the proof from there");
    ap_buf_free(&answer.body);
    ap_buf_free(&body);
    return result;
}

static void on_request(void *context, struct ap_http_exchange *x)
{
    static const char add[] = "/add-checkpoint", read[] = "/checkpoint";
    struct serving *s = context;
    struct ap_witness_answer answer;
    struct ap_error err;
    size_t len = strlen(x->path);
    bool is_add = strcmp(x->path, add) == 0;
    char hash[AP_ORIGIN_HASH_SIZE] = "";
    enum ap_status status;

    if (!is_add && (len != sizeof read + AP_ORIGIN_HASH_SIZE - 1 || strcmp(x->path + AP_ORIGIN_HASH_SIZE, read) != 0)) {
        x->http_status = AP_WITNESS_HTTP_UNKNOWN;
        return;
    }
    if (strcmp(x->method, is_add ? "POST" : "GET") != 0) {
        x->http_status = 405;
        x->allow = is_add ? "POST" : "GET";
        return;
    }
    memcpy(hash, x->path + 1, is_add ? 0 : sizeof hash - 1);
    if (is_add)
        status = ap_witness_add_checkpoint(&s->witness, s->digest, x->body, x->len, now_s(), &answer, &err);
    else
        status = ap_witness_checkpoint(&s->witness, s->digest, hash, &answer, &err);
    if (status != AP_OK)
        cli_error("%s", err.message);
    else if (is_add)
        tell(&answer);
    x->http_status = answer.http_status;
    x->content_type = answer.content_type;
    x->answer = answer.body;
}

static int serve(struct serving *s)
{
    struct ap_http_server *server = NULL;
    struct pollfd fd = {-1, POLLIN, 0};
    struct ap_error err;
    enum ap_status status = cli_catch_signals(&err);

    if (status == AP_OK)
        status = ap_http_server_open(&server, address, AP_WITNESS_BODY_MAX, on_request, s, &err);
    if (status != AP_OK)
        return cli_fail(&err);
    cli_say("witness %s listens on port %u", s->vkey.name, ap_http_server_port(server));
    fd.fd = cli_signal_fd();
    while (!cli_interrupted() && (poll(&fd, 1, -1) >= 0 || errno == EINTR))
        ;
    ap_http_server_close(server);
    return EXIT_DONE;
}

int run_witness(int argc, char **argv)
{
    struct serving s;
    struct ap_error err;
    int result;

    (void)argc;
    (void)argv;
    if (key_uri == NULL || state_directory == NULL || logs.count == 0)
        return cli_usage("witness needs --key FILE, --state DIR and at least one --log VKEY");
    memset(&s, 0, sizeof s);
    if (prepare(&s, &err) != AP_OK)
        result = cli_fail(&err);
    else
        result = address == NULL ? answer_once(&s) : serve(&s);
    ap_signing_key_free(s.key);
    ap_digest_free(s.digest);
    return result;
}
