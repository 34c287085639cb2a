#include "private_key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "keys.h"

enum { PATH_SIZE = 4096, READ_SIZE = 65536, CTRL_C = 3, HISTORY_MAX = 16 << 20 };

/* In one piece where it can be: a buffer that grows would leave a passphrase behind. */
static enum ap_status read_stream(FILE *file, const char *path, size_t max, struct ap_buf *out, struct ap_error *err)
{
    enum ap_status status = AP_OK;
    size_t n = READ_SIZE;

    while (n == READ_SIZE && out->len <= max) {
        char *room = ap_buf_reserve(out, READ_SIZE);

        if (room == NULL)
            break;
        n = fread(room, 1, READ_SIZE, file);
        out->len += n;
    }
    if (ferror(file) != 0)
        status = ap_fail_errno(err, errno, "cannot read %s", path);
    else if (out->len > max)
        status = ap_fail(err, AP_ELIMIT, "%s is longer than %zu bytes", path, max);
    ap_buf_addc(out, '\0');
    if (out->len > 0)
        out->len--;
    return status == AP_OK ? ap_buf_check(out, path, err) : status;
}

enum ap_status key_read_file(const char *path, size_t max, struct ap_buf *out, struct ap_error *err)
{
    enum ap_status status;
    FILE *file;

    if (strcmp(path, "-") == 0)
        return read_stream(stdin, path, max, out, err);
    file = fopen(path, "rbe");
    if (file == NULL)
        return ap_fail_errno(err, errno, "cannot read %s", path);
    (void)setvbuf(file, NULL, _IONBF, 0);
    status = read_stream(file, path, max, out, err);
    (void)fclose(file);
    return status;
}

enum ap_status key_read_history(const char *path, struct ap_log_notes *notes, struct ap_error *err)
{
    struct ap_buf bytes = AP_BUF_INIT;
    enum ap_status status = key_read_file(path, HISTORY_MAX, &bytes, err);

    if (status == AP_OK) {
        status = ap_log_notes_add(notes, ap_buf_str(&bytes), bytes.len, err);
        if (status == AP_EINPUT)
            (void)ap_error_prefix(err, "%s", path);
    }
    ap_buf_free(&bytes);
    return status;
}

/* What is dumped of a process that has a private key would have it too. */
static void dump_nothing(void)
{
    struct rlimit none = {0, 0};

    (void)setrlimit(RLIMIT_CORE, &none);
}

/* Sealing goes on: who is told of it can mend it, and a log unsealed meanwhile would be worse. */
static void warn_if_open(const char *what, const char *path)
{
    struct stat is;

    if (stat(path, &is) == 0 && S_ISREG(is.st_mode) && (is.st_mode & S_IRWXO) != 0)
        cli_warn("everybody may read the %s %s: chmod o= %s", what, path, path);
}

/* Where a passphrase comes from. */
struct asking {
    const char *file; /* NULL: the terminal */
};

/* One line from the terminal, unseen. -1 when there is none. */
static int ask_terminal(const char *prompt, char *out, size_t size)
{
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC);
    struct termios before, silent;
    size_t len = 0;
    ssize_t n = 1;
    char c = '\0';

    if (fd < 0 || tcgetattr(fd, &before) != 0) {
        if (fd >= 0)
            (void)close(fd);
        return -1;
    }
    silent = before;
    /* Without signals: they would leave the terminal without its echo, or the question without an end. */
    silent.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
    (void)tcsetattr(fd, TCSAFLUSH, &silent);
    if (write(fd, prompt, strlen(prompt)) < 0)
        n = -1;
    while (n > 0 && (n = read(fd, &c, 1)) == 1 && c != '\n' && c != CTRL_C)
        if (len < size)
            out[len++] = c;
    (void)tcsetattr(fd, TCSAFLUSH, &before);
    if (write(fd, "\n", 1) < 0 || n <= 0 || c == CTRL_C || len == size) {
        ap_wipe(out, size);
        (void)close(fd);
        return -1;
    }
    (void)close(fd);
    return (int)len;
}

static int ask(void *context, const char *what, char *out, size_t size)
{
    const struct asking *asking = context;
    struct ap_buf bytes = AP_BUF_INIT;
    char prompt[512];
    int result = -1;
    size_t len;

    if (asking->file == NULL) {
        (void)snprintf(prompt, sizeof prompt, "Passphrase for %.400s: ", what);
        return ask_terminal(prompt, out, size);
    }
    if (key_read_file(asking->file, size, &bytes, NULL) == AP_OK) {
        len = strcspn(bytes.data, "\n");
        memcpy(out, bytes.data, len);
        result = (int)len;
    }
    if (bytes.len > 0)
        ap_wipe(bytes.data, bytes.len);
    ap_buf_free(&bytes);
    return result;
}

enum ap_status key_open(struct ap_signing_key **key, struct ap_vkey *out, struct ap_digest *digest, const char *uri,
                        const char *vkey, const char *passphrase_file, struct ap_error *err)
{
    struct asking asking = {passphrase_file};
    uint8_t public_key[AP_PUBLIC_KEY_LEN];
    char path[PATH_SIZE];
    enum ap_status status;

    *key = NULL;
    dump_nothing();
    /* A file that is not there is not to be told as its verifier key that is not; what has a colon may be a URI. */
    if (strchr(uri, ':') == NULL && access(uri, R_OK) != 0)
        return ap_fail_errno(err, errno, "cannot read the private key %s", uri);
    warn_if_open("private key", uri);
    if (passphrase_file != NULL)
        warn_if_open("passphrase in", passphrase_file);
    if (vkey == NULL) {
        int n = snprintf(path, sizeof path, "%s.pub", uri);

        if (n < 0 || (size_t)n >= sizeof path)
            return ap_fail(err, AP_EINPUT, "the name of the key is too long");
        vkey = path;
    }
    status = cli_read_key(out, digest, vkey, err);
    if (status == AP_EIO)
        return ap_error_prefix(err, "the verifier key of %s is wanted, in that file or by --vkey", uri);
    if (status != AP_OK)
        return status;
    status = ap_signing_key_open(key, uri, ask, &asking, err);
    if (status != AP_OK)
        return status;
    ap_signing_key_public(*key, public_key);
    if (memcmp(public_key, out->key, sizeof public_key) == 0)
        return AP_OK;
    ap_signing_key_free(*key);
    *key = NULL;
    return ap_fail(err, AP_EINPUT, "the private key %s does not belong to the verifier key %s", uri, out->name);
}

static enum ap_status write_vkey(const char *path, const struct ap_vkey *key, struct ap_error *err)
{
    char text[AP_VKEY_TEXT_SIZE];
    FILE *file = fopen(path, "wxe");
    int failed;

    if (file == NULL)
        return ap_fail_errno(err, errno, "cannot make %s", path);
    ap_vkey_format(key, text);
    failed = fprintf(file, "%s\n", text) < 0 || fflush(file) != 0 || fsync(fileno(file)) != 0 ? errno : 0;
    if (fclose(file) != 0 && failed == 0)
        failed = errno;
    return failed == 0 ? AP_OK : ap_fail_errno(err, failed, "cannot write %s", path);
}

/* The same passphrase twice from the terminal, or once from the file. -1 when there is none. */
static int new_passphrase(const char *path, const char *file, char out[AP_PASSPHRASE_MAX])
{
    struct asking asking = {file};
    char again[AP_PASSPHRASE_MAX];
    int len = ask(&asking, path, out, AP_PASSPHRASE_MAX), second;

    if (len <= 0 || file != NULL)
        return len <= 0 ? -1 : len;
    second = ask_terminal("The same again: ", again, sizeof again);
    if (second != len || memcmp(out, again, (size_t)len) != 0)
        len = -1;
    ap_wipe(again, sizeof again);
    return len;
}

enum ap_status key_make(const char *path, const char *origin, uint8_t type, bool encrypt, const char *passphrase_file,
                        struct ap_vkey *out, struct ap_error *err)
{
    uint8_t public_key[AP_PUBLIC_KEY_LEN];
    char passphrase[AP_PASSPHRASE_MAX], vkey_path[PATH_SIZE];
    struct ap_signing_key *key = NULL;
    struct ap_digest *digest = NULL;
    enum ap_status status;
    int len = 0, n = snprintf(vkey_path, sizeof vkey_path, "%s.pub", path);

    if (n < 0 || (size_t)n >= sizeof vkey_path)
        return ap_fail(err, AP_EINPUT, "the name of the key is too long");
    if (access(vkey_path, F_OK) == 0)
        return ap_fail(err, AP_ESTATE, "%s is there already, and a key is never overwritten", vkey_path);
    dump_nothing();
    status = ap_digest_new(&digest, err);
    if (status == AP_OK)
        status = ap_signing_key_new(&key, err);
    if (status == AP_OK) {
        ap_signing_key_public(key, public_key);
        status = ap_vkey_make(out, digest, origin, type, public_key, err);
    }
    if (status == AP_OK && encrypt && (len = new_passphrase(path, passphrase_file, passphrase)) < 0)
        status = ap_fail(err, AP_EINPUT, "no passphrase was given, or not the same one twice");
    if (status == AP_OK)
        status = ap_signing_key_write(key, path, encrypt ? passphrase : NULL, (size_t)len, err);
    if (status == AP_OK) {
        status = write_vkey(vkey_path, out, err);
        if (status != AP_OK)
            (void)unlink(path);
    }
    ap_wipe(passphrase, sizeof passphrase);
    ap_signing_key_free(key);
    ap_digest_free(digest);
    return status;
}
