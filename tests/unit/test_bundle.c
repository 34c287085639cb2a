/* Writing bundles: what the system's own tar, gzip, sha256sum and openssl make of them, and what is refused. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "auditproof/buf.h"
#include "auditproof/bundle.h"
#include "auditproof/file.h"
#include "bundle/bundle_internal.h"
#include "shell.h"

enum { BLOCK = DEFLATE_BLOCK, MTIME = 1767225600 };

static struct ap_signing_key *key;
static struct ap_error err;

static void set_up(void)
{
    directory_make("test_bundle");
    ck_assert_int_eq(ap_signing_key_new(&key, &err), AP_OK);
    memset(&err, 0, sizeof err);
}

static void tear_down(void)
{
    ap_signing_key_free(key);
    directory_remove();
}

static struct ap_bundle *create_with(struct ap_bundle_options options)
{
    struct ap_bundle *bundle;

    options.name = "auditproof-test";
    options.mtime_s = MTIME;
    ck_assert_msg(ap_bundle_create(&bundle, &options, &err) == AP_OK, "%s", err.message);
    return bundle;
}

static struct ap_bundle *create(const char *name, unsigned jobs)
{
    return create_with((struct ap_bundle_options){.path = in_directory(name), .jobs = jobs});
}

static void finish(struct ap_bundle *bundle, struct ap_bundle_summary *summary)
{
    static const struct ap_bag_info info[] = {
        {"Source-Organization", "Acme\r\nBag-Software-Agent: other \033[31m \302\233 caf\303\251"},
        {"External-Description", NULL},
        {"Bagging-Date", "2026-01-01"},
    };

    ck_assert_msg(ap_bundle_finish(bundle, key, info, 3, summary, &err) == AP_OK, "%s", err.message);
}

static void commit(struct ap_bundle *bundle)
{
    ck_assert_msg(ap_bundle_commit(bundle, &err) == AP_OK, "%s", err.message);
    ap_bundle_free(bundle);
}

static struct ap_member *begin(struct ap_bundle *bundle, const char *path)
{
    struct ap_member *member;

    ck_assert_msg(ap_bundle_member(bundle, path, &member, &err) == AP_OK, "%s", err.message);
    return member;
}

static void add(struct ap_bundle *bundle, const char *path, const char *text)
{
    ck_assert_msg(ap_bundle_add(bundle, path, text, strlen(text), &err) == AP_OK, "%s", err.message);
}

/* Bytes that are neither noise nor all alike. */
static void fill(uint8_t *out, size_t len, uint32_t seed)
{
    for (size_t i = 0; i < len; i++) {
        seed = seed * 1664525 + 1013904223;
        out[i] =
            i > 50000 && seed >> 30 != 0 ? out[i - 40000 + (seed >> 29)] : (uint8_t)("0123456789abcdef"[seed >> 28]);
    }
}

static const size_t sizes[] = {
    0,     1,         511,       512,           513,   32767,           32768,        BLOCK - 1,
    BLOCK, BLOCK + 1, 2 * BLOCK, 2 * BLOCK + 1, 70000, 3 * BLOCK + 511, 9 * BLOCK + 5};

enum { SIZES = sizeof sizes / sizeof sizes[0] };

/* All members open at once, written in turns of a length that fits nothing. */
static void write_members(struct ap_bundle *bundle, size_t turn)
{
    struct ap_member *members[SIZES];
    uint8_t *bytes[SIZES];
    size_t open = SIZES;
    char path[64];

    for (size_t i = 0; i < SIZES; i++) {
        (void)snprintf(path, sizeof path, "data/sizes/%zu.bin", sizes[i]);
        members[i] = begin(bundle, path);
        bytes[i] = malloc(sizes[i] + 1);
        ck_assert_ptr_nonnull(bytes[i]);
        fill(bytes[i], sizes[i], (uint32_t)i);
    }
    for (size_t at = 0; open > 0; at += turn)
        for (size_t i = 0; i < SIZES; i++) {
            size_t left = at < sizes[i] ? sizes[i] - at : 0;

            if (bytes[i] == NULL)
                continue;
            ck_assert_int_eq(ap_member_write(members[i], bytes[i] + at, left < turn ? left : turn, &err), AP_OK);
            if (left > turn)
                continue;
            ck_assert_int_eq(ap_member_close(members[i], &err), AP_OK);
            ck_assert_uint_eq(ap_member_size(members[i]), sizes[i]);
            free(bytes[i]);
            bytes[i] = NULL;
            open--;
        }
    add(bundle, "verify.sh", "#!/bin/sh\n");
    add(bundle, "README.txt", "Read me.\n");
    add(bundle, "data/bundle.json", "{}\n");
}

static void make(const char *name, unsigned jobs, size_t turn, struct ap_bundle_summary *summary)
{
    struct ap_bundle *bundle = create(name, jobs);

    write_members(bundle, turn);
    finish(bundle, summary);
    commit(bundle);
}

static void hex(char out[2 * AP_HASH_LEN + 1], const uint8_t hash[AP_HASH_LEN])
{
    ap_hex_encode(out, hash, AP_HASH_LEN);
    out[2 * AP_HASH_LEN] = '\0';
}

START_TEST(standard_tools_agree)
{
    struct ap_bundle_summary summary;
    char digest[65], tags[65], fingerprint[65];

    make("b.tar.gz", 2, 10007, &summary);
    hex(digest, summary.sha256);
    hex(tags, summary.tagmanifest_sha256);
    hex(fingerprint, summary.fingerprint);
    ck_assert(sh("gzip -t b.tar.gz; tar -xzf b.tar.gz; cd auditproof-test; test -x verify.sh; test ! -x README.txt;"
                 "sha256sum --strict --quiet -c manifest-sha256.txt tagmanifest-sha256.txt"));
    ck_assert(sh("echo '%s  b.tar.gz' | sha256sum --status -c; test $(stat -c %%s b.tar.gz) = %llu;"
                 "test $(gzip -dc b.tar.gz | wc -c) = %llu; test $(tar -tzf b.tar.gz | wc -l) = %llu",
                 digest, (unsigned long long)summary.bytes, (unsigned long long)summary.tar_bytes,
                 (unsigned long long)summary.members));
    ck_assert(sh("cd auditproof-test; echo '%s  tagmanifest-sha256.txt' | sha256sum --status -c;"
                 "openssl pkey -pubin -in proof/pubkeys.pem -outform DER | sha256sum | grep -q '^%s ';"
                 "openssl pkeyutl -verify -pubin -inkey proof/pubkeys.pem -rawin -in tagmanifest-sha256.txt "
                 "-sigfile tagmanifest.sig >/dev/null",
                 tags, fingerprint));
    /* Every file is listed once, in the right manifest, and the manifests are sorted. */
    ck_assert(sh("cd auditproof-test; find data -type f | LC_ALL=C sort >../payload; sed 's/^.\\{66\\}//' "
                 "manifest-sha256.txt | cmp - ../payload; { find . -type f -not -path './data/*' | sed 's,^\\./,,'; } |"
                 "grep -v '^tagmanifest' | LC_ALL=C sort >../tags; sed 's/^.\\{66\\}//' tagmanifest-sha256.txt | cmp - "
                 "../tags"));
    ck_assert_uint_eq(summary.payload_files, SIZES + 1);
}
END_TEST

START_TEST(bag_info_has_one_line_a_value)
{
    struct ap_bundle_summary summary;

    make("b.tar.gz", 1, 1 << 20, &summary);
    ck_assert(sh("tar -xzf b.tar.gz; printf 'Source-Organization: Acme  Bag-Software-Agent: other  [31m   "
                 "caf\\303\\251\\nBagging-Date: 2026-01-01\\nPayload-Oxum: %llu.%llu\\nBag-Software-Agent: auditproof "
                 "%s\\n' | cmp - auditproof-test/bag-info.txt",
                 (unsigned long long)summary.payload_bytes, (unsigned long long)summary.payload_files, ap_version()));
    ck_assert(
        sh("printf 'BagIt-Version: 1.0\\nTag-File-Character-Encoding: UTF-8\\n' | cmp - auditproof-test/bagit.txt;"
           "test $(cat $(find auditproof-test/data -type f) | wc -c) = %llu",
           (unsigned long long)summary.payload_bytes));
}
END_TEST

/* Not only the same files: the same bytes. */
START_TEST(tar_is_as_gnu_tar_makes_it)
{
    struct ap_bundle_summary summary;

    make("b.tar.gz", 2, 65536, &summary);
    ck_assert(sh("gzip -dc b.tar.gz >ours.tar; tar -xf ours.tar; find auditproof-test -type f | LC_ALL=C sort |"
                 "tar -b1 --format=ustar --mtime=@%d --owner=0 --group=0 --numeric-owner --mode=u+rw,go=r,a+X "
                 "--no-recursion -T - -cf gnu.tar; cmp ours.tar gnu.tar",
                 MTIME));
}
END_TEST

START_TEST(gzip_header_tells_nothing)
{
    static const uint8_t header[10] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255};
    struct ap_bundle_summary summary;
    struct ap_buf bytes = AP_BUF_INIT;

    make("b.tar.gz", 1, 65536, &summary);
    ck_assert_int_eq(ap_file_read(in_directory("b.tar.gz"), AP_BUF_MAX / 2, &bytes, &err), AP_OK);
    ck_assert_uint_gt(bytes.len, sizeof header);
    ck_assert_mem_eq(bytes.data, header, sizeof header);
    ap_buf_free(&bytes);
}
END_TEST

START_TEST(bytes_do_not_depend_on_threads_or_pieces)
{
    struct ap_bundle_summary one, two, eight;

    make("1.tar.gz", 1, 10007, &one);
    make("2.tar.gz", 2, 65536, &two);
    make("8.tar.gz", 8, 99991, &eight);
    ck_assert_mem_eq(one.sha256, two.sha256, AP_HASH_LEN);
    ck_assert_mem_eq(one.sha256, eight.sha256, AP_HASH_LEN);
    ck_assert(sh("cmp 1.tar.gz 2.tar.gz; cmp 1.tar.gz 8.tar.gz"));
}
END_TEST

START_TEST(levels_hold_the_same_tar)
{
    char name[16];

    for (int level = 1; level <= 9; level += 4) {
        struct ap_bundle_summary summary;
        struct ap_bundle *bundle;

        (void)snprintf(name, sizeof name, "%d.tar.gz", level);
        bundle = create_with((struct ap_bundle_options){.path = in_directory(name), .level = level});
        write_members(bundle, 65536);
        finish(bundle, &summary);
        commit(bundle);
        ck_assert(sh("gzip -dc %s >%d.tar; cmp 1.tar %d.tar", name, level, level));
    }
    ck_assert(sh("test $(stat -c %%s 9.tar.gz) -lt $(stat -c %%s 1.tar.gz)"));
}
END_TEST

START_TEST(many_small_members)
{
    struct ap_bundle *bundle = create("b.tar.gz", 2);
    struct ap_bundle_summary summary;
    char path[64];

    for (int i = 0; i < 3000; i++) {
        (void)snprintf(path, sizeof path, "data/%d/%d.txt", i % 7, i);
        add(bundle, path, path);
    }
    finish(bundle, &summary);
    commit(bundle);
    ck_assert(sh("tar -xzf b.tar.gz; cd auditproof-test; sha256sum --strict --quiet -c manifest-sha256.txt;"
                 "test $(find . -type f | wc -l) = 3006; test $(cat data/3/1508.txt) = data/3/1508.txt"));
}
END_TEST

static void refused(struct ap_bundle *bundle, const char *path, enum ap_status want)
{
    struct ap_member *member;

    ck_assert_msg(ap_bundle_member(bundle, path, &member, &err) == want, "%s", path);
    ck_assert_ptr_null(member);
    ck_assert_ptr_nonnull(strstr(err.message, path));
}

START_TEST(paths_that_are_none)
{
    static const char *const bad[] = {
        "/etc/passwd",
        "..",
        "../a",
        "data/../a",
        "data/.",
        "./a",
        "data//a",
        "data/",
        "data/a b",
        "data/\303\251",
        "data/a\\b",
        "data/a:b",
        "data/a\n",
        "data/~",
        "data/b.txt",
        "DATA/b.TXT",
        "data/b.txt/c",
        "data/sub",
        "DATA/c.txt",
        "bagit.txt",
        "manifest-sha256.txt",
        "proof/pubkeys.pem",
        "tagmanifest.sig",
        "Bagit.txt/a/..",
    };
    /* 100 bytes with auditproof-test/ before it, and one more. */
    static const char longest[] =
        "data/0123456789012345678901234567890123456789012345678901234567890123456789abcdefghi";
    struct ap_bundle *bundle = create("b.tar.gz", 1);
    struct ap_bundle_summary summary;
    char longer[sizeof longest + 1];

    ck_assert_uint_eq(strlen("auditproof-test/") + strlen(longest), 100);
    add(bundle, "data/b.txt", "b");
    add(bundle, "data/sub/x", "x");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        refused(bundle, bad[i], AP_EINPUT);
    refused(bundle, "", AP_EINPUT);
    add(bundle, longest, "long");
    (void)snprintf(longer, sizeof longer, "%sj", longest);
    refused(bundle, longer, AP_EINPUT);
    add(bundle, "data/.hidden", "");
    add(bundle, "data/a...b", "");
    finish(bundle, &summary);
    ck_assert_uint_eq(summary.members, 5 + 6);
    commit(bundle);
    ck_assert(sh("tar -xzf b.tar.gz; test $(cat auditproof-test/%s) = long", longest));
}
END_TEST

START_TEST(options_that_are_none)
{
    static const char *const names[] = {"",    "A",   "a/b", "..",
                                        "a.b", "a b", "a_b", "a-name-that-leaves-no-room-for-what-is-to-stand-beneath"};
    struct ap_bundle_options options = {.path = in_directory("b.tar.gz"), .name = "a"};
    struct ap_bundle *bundle;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        options.name = names[i];
        ck_assert_msg(ap_bundle_create(&bundle, &options, &err) == AP_EINPUT, "%s", names[i]);
        ck_assert_ptr_null(bundle);
    }
    options.name = "a";
    options.mtime_s = -1;
    ck_assert_int_eq(ap_bundle_create(&bundle, &options, &err), AP_EINPUT);
    options.mtime_s = INT64_C(1) << 33;
    ck_assert_int_eq(ap_bundle_create(&bundle, &options, &err), AP_EINPUT);
    options.mtime_s = 0;
    options.level = 10;
    ck_assert_int_eq(ap_bundle_create(&bundle, &options, &err), AP_EINPUT);
    options.level = 0;
    options.path = in_directory("nowhere/b.tar.gz");
    ck_assert_int_eq(ap_bundle_create(&bundle, &options, &err), AP_EIO);
    ck_assert_ptr_nonnull(strstr(err.message, "nowhere/b.tar.gz"));
}
END_TEST

START_TEST(bounds)
{
    struct ap_bundle *bundle = create("b.tar.gz", 1);
    struct ap_member *member = begin(bundle, "data/huge"), *other;
    struct ap_bundle_summary summary;
    char path[32];

    /* As if so much had been written. */
    member->size = AP_BUNDLE_MEMBER_MAX - 3;
    ck_assert_int_eq(ap_member_write(member, "1234", 4, &err), AP_ELIMIT);
    ck_assert_ptr_nonnull(strstr(err.message, "data/huge"));
    member->size = 0;
    for (int i = 1; i < AP_BUNDLE_OPEN_MAX; i++) {
        (void)snprintf(path, sizeof path, "data/%d", i);
        (void)begin(bundle, path);
    }
    ck_assert_int_eq(ap_bundle_member(bundle, "data/more", &other, &err), AP_ELIMIT);
    ck_assert_int_eq(ap_bundle_finish(bundle, key, NULL, 0, &summary, &err), AP_ESTATE);
    ck_assert_ptr_nonnull(strstr(err.message, "data/huge"));
    ck_assert_int_ne(ap_bundle_commit(bundle, &err), AP_OK);
    ap_bundle_free(bundle);
    ck_assert(sh("test -z \"$(ls -A)\""));
}
END_TEST

START_TEST(never_over_a_file_unless_asked)
{
    struct ap_bundle_options options = {.path = in_directory("b.tar.gz"), .name = "a"};
    struct ap_bundle_summary summary;
    struct ap_bundle *bundle = create("b.tar.gz", 1);

    /* Made while the bundle was being written. */
    finish(bundle, &summary);
    ck_assert(sh("echo mine >b.tar.gz"));
    ck_assert_int_eq(ap_bundle_commit(bundle, &err), AP_ESTATE);
    ap_bundle_free(bundle);
    ck_assert_int_eq(ap_bundle_create(&bundle, &options, &err), AP_ESTATE);
    ck_assert_ptr_nonnull(strstr(err.message, "b.tar.gz"));
    ck_assert(sh("test \"$(ls -A)\" = b.tar.gz; test \"$(cat b.tar.gz)\" = mine"));
    bundle = create_with((struct ap_bundle_options){.path = in_directory("b.tar.gz"), .force = true});
    finish(bundle, &summary);
    commit(bundle);
    ck_assert(sh("test \"$(ls -A)\" = b.tar.gz; gzip -t b.tar.gz; test $(stat -c %%a b.tar.gz) = 600"));
}
END_TEST

START_TEST(can_be_read_before_it_has_a_name)
{
    struct ap_bundle *bundle = create("b.tar.gz", 1);
    struct ap_bundle_summary summary;
    struct ap_buf bytes = AP_BUF_INIT;

    finish(bundle, &summary);
    ck_assert_int_eq(ap_file_read(ap_bundle_temporary(bundle), 1 << 20, &bytes, &err), AP_OK);
    ck_assert_uint_eq(bytes.len, summary.bytes);
    ck_assert_int_eq((int)lseek(ap_bundle_fd(bundle), 0, SEEK_END), (int)summary.bytes);
    ap_buf_free(&bytes);
    ap_bundle_free(bundle);
    ck_assert(sh("test -z \"$(ls -A)\""));
}
END_TEST

/* Write until it fails: not to the end of the disk, and once only for all threads. */
static enum ap_status write_much(struct ap_bundle *bundle)
{
    struct ap_member *member = begin(bundle, "data/much");
    static uint8_t bytes[BLOCK];
    enum ap_status status = AP_OK;

    for (uint32_t i = 0; i < 400 && status == AP_OK; i++) {
        for (size_t j = 0; j < sizeof bytes; j++)
            bytes[j] = (uint8_t)((i * 7919 + (uint32_t)j * (uint32_t)j) * 2654435761U >> 24);
        status = ap_member_write(member, bytes, sizeof bytes, &err);
    }
    return status;
}

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;

    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    (void)signal(SIGXFSZ, SIG_IGN);
}

START_TEST(a_spool_that_cannot_grow)
{
    struct ap_bundle *bundle = create("b.tar.gz", 4);
    struct ap_bundle_summary summary;
    char first[AP_ERROR_MESSAGE_SIZE];

    limit_files(1 << 20);
    ck_assert_int_eq(write_much(bundle), AP_EIO);
    ck_assert_ptr_nonnull(strstr(err.message, "b.tar.gz"));
    ck_assert_ptr_nonnull(strstr(err.message, strerror(EFBIG)));
    memcpy(first, err.message, sizeof first);
    ck_assert_int_eq(ap_bundle_add(bundle, "data/other", "", 0, &err), AP_EIO);
    ck_assert_str_eq(err.message, first);
    ck_assert_int_ne(ap_bundle_finish(bundle, key, NULL, 0, &summary, &err), AP_OK);
    ap_bundle_free(bundle);
    limit_files(RLIM_INFINITY);
    ck_assert(sh("test -z \"$(ls -A)\""));
}
END_TEST

START_TEST(an_archive_that_cannot_grow)
{
    struct ap_bundle *bundle = create("b.tar.gz", 2);
    struct ap_bundle_summary summary;

    write_members(bundle, 65536);
    ck_assert_int_eq(pool_drain(&bundle->pool, &err), AP_OK);
    limit_files(10000);
    ck_assert_int_eq(ap_bundle_finish(bundle, key, NULL, 0, &summary, &err), AP_EIO);
    ck_assert_ptr_nonnull(strstr(err.message, "b.tar.gz"));
    ap_bundle_free(bundle);
    limit_files(RLIM_INFINITY);
    ck_assert(sh("test -z \"$(ls -A)\""));
}
END_TEST

/* A real file system that is full, where this process may mount one. */
START_TEST(a_full_disk)
{
    struct ap_bundle *bundle;

    if (geteuid() != 0 || !sh("mkdir small; mount -t tmpfs -o size=1m tmpfs small 2>/dev/null"))
        return;
    bundle = create("small/b.tar.gz", 2);
    ck_assert_int_eq(write_much(bundle), AP_EIO);
    ck_assert_ptr_nonnull(strstr(err.message, "small/b.tar.gz"));
    ck_assert_ptr_nonnull(strstr(err.message, strerror(ENOSPC)));
    ap_bundle_free(bundle);
    ck_assert(sh("test -z \"$(ls -A small)\"; umount small"));
}
END_TEST

START_TEST(a_pipe_that_nobody_reads)
{
    struct ap_bundle *bundle = create_with((struct ap_bundle_options){.jobs = 1});
    struct ap_bundle_summary summary;
    int ends[2], full = open("/dev/full", O_WRONLY | O_CLOEXEC);

    (void)signal(SIGPIPE, SIG_IGN);
    finish(bundle, &summary);
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(ap_bundle_send(bundle, ends[1], "a pipe", &err), AP_OK);
    (void)close(ends[0]);
    ck_assert_int_eq(ap_bundle_send(bundle, ends[1], "a pipe", &err), AP_EIO);
    ck_assert_str_eq(err.message, "cannot write a pipe: Broken pipe");
    (void)close(ends[1]);
    ck_assert_int_eq(ap_bundle_send(bundle, full, "/dev/full", &err), AP_EIO);
    ck_assert_ptr_nonnull(strstr(err.message, strerror(ENOSPC)));
    (void)close(full);
    ap_bundle_free(bundle);
}
END_TEST

START_TEST(stops_on_request)
{
    static volatile bool stop;
    struct ap_bundle *bundle =
        create_with((struct ap_bundle_options){.path = in_directory("b.tar.gz"), .jobs = 1, .stop = &stop});

    struct ap_member *member = begin(bundle, "data/a");

    ck_assert_int_eq(ap_member_write(member, "a", 1, &err), AP_OK);
    stop = true;
    ck_assert_int_eq(ap_member_close(member, &err), AP_ECANCELLED);
    ck_assert_int_eq(ap_bundle_add(bundle, "data/b", "b", 1, &err), AP_ECANCELLED);
    stop = false;
    ap_bundle_free(bundle);
    ck_assert(sh("test -z \"$(ls -A)\""));
}
END_TEST

static void encrypted_opens(const char *kind, const char *keygen)
{
    static char certificate[128];
    struct ap_bundle_summary summary;
    struct ap_bundle *bundle;
    char digest[65];

    ck_assert(sh("openssl req -x509 -newkey %s -nodes -keyout %s.key -out %s.pem -subj /CN=test -days 2 2>/dev/null",
                 keygen, kind, kind));
    (void)snprintf(certificate, sizeof certificate, "%s/%s.pem", directory, kind);
    bundle = create_with((struct ap_bundle_options){.path = in_directory(kind), .encrypt_to = certificate});
    write_members(bundle, 65536);
    finish(bundle, &summary);
    commit(bundle);
    hex(digest, summary.sha256);
    ck_assert(sh("openssl cms -decrypt -inform DER -in %s -inkey %s.key -recip %s.pem -out %s.tar.gz;"
                 "echo '%s  %s.tar.gz' | sha256sum --status -c; ! gzip -t %s 2>/dev/null",
                 kind, kind, kind, kind, digest, kind, kind));
    ck_assert(sh("openssl cms -cmsout -print -inform DER -in %s | grep -q aes-256-cbc", kind));
    ck_assert(sh("test $(ls -A | wc -l) = 4; rm *"));
}

START_TEST(encrypts_to_certificates)
{
    encrypted_opens("rsa", "rsa:2048");
    encrypted_opens("ec", "ec -pkeyopt ec_paramgen_curve:P-256");
}
END_TEST

/* openssl cms would take it, and then not open it. */
START_TEST(too_long_to_be_opened)
{
    struct ap_cms_recipient *recipient;
    int fd;

    ck_assert(sh("openssl req -x509 -newkey rsa:2048 -nodes -keyout key -out cert.pem -subj /CN=test 2>/dev/null;"
                 "truncate -s 1600M long"));
    ck_assert_int_eq(ap_cms_recipient_open(&recipient, in_directory("cert.pem"), &err), AP_OK);
    fd = open(in_directory("long"), O_RDONLY | O_CLOEXEC);
    ck_assert_int_eq(ap_cms_encrypt(recipient, fd, -1, "b.p7m", NULL, &err), AP_ELIMIT);
    ck_assert_ptr_nonnull(strstr(err.message, "b.p7m"));
    (void)close(fd);
    ap_cms_recipient_free(recipient);
}
END_TEST

START_TEST(certificates_that_are_none)
{
    static char certificate[128];
    struct ap_bundle_options options = {.path = in_directory("b.tar.gz"), .name = "a", .encrypt_to = certificate};
    struct ap_bundle *bundle;

    (void)snprintf(certificate, sizeof certificate, "%s/cert.pem", directory);
    ck_assert_int_eq(ap_bundle_create(&bundle, &options, &err), AP_EIO);
    ck_assert(sh("echo no certificate >cert.pem"));
    ck_assert_int_eq(ap_bundle_create(&bundle, &options, &err), AP_EINPUT);
    ck_assert_ptr_nonnull(strstr(err.message, "cert.pem"));
    ck_assert(sh("openssl req -x509 -newkey ed25519 -nodes -keyout key -out cert.pem -subj /CN=test 2>/dev/null"));
    ck_assert_int_eq(ap_bundle_create(&bundle, &options, &err), AP_EINPUT);
    ck_assert_ptr_null(bundle);
    ck_assert(sh("openssl req -x509 -newkey rsa:2048 -nodes -keyout key -out new.pem -subj /CN=test 2>/dev/null;"
                 "openssl x509 -in new.pem -signkey key -days -1 -out cert.pem 2>/dev/null"));
    ck_assert_int_eq(ap_bundle_create(&bundle, &options, &err), AP_EINPUT);
    ck_assert_ptr_nonnull(strstr(err.message, "run out"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bundle");
    TCase *tc = tcase_create("core");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, standard_tools_agree);
    tcase_add_test(tc, bag_info_has_one_line_a_value);
    tcase_add_test(tc, tar_is_as_gnu_tar_makes_it);
    tcase_add_test(tc, gzip_header_tells_nothing);
    tcase_add_test(tc, bytes_do_not_depend_on_threads_or_pieces);
    tcase_add_test(tc, levels_hold_the_same_tar);
    tcase_add_test(tc, many_small_members);
    tcase_add_test(tc, paths_that_are_none);
    tcase_add_test(tc, options_that_are_none);
    tcase_add_test(tc, bounds);
    tcase_add_test(tc, never_over_a_file_unless_asked);
    tcase_add_test(tc, can_be_read_before_it_has_a_name);
    tcase_add_test(tc, a_spool_that_cannot_grow);
    tcase_add_test(tc, an_archive_that_cannot_grow);
    tcase_add_test(tc, a_full_disk);
    tcase_add_test(tc, a_pipe_that_nobody_reads);
    tcase_add_test(tc, stops_on_request);
    tcase_add_test(tc, encrypts_to_certificates);
    tcase_add_test(tc, too_long_to_be_opened);
    tcase_add_test(tc, certificates_that_are_none);
    suite_add_tcase(suite, tc);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
