/*
 * Case folders: what somebody looked at in the course of an investigation, step by step, so that it can be verified
 * without a database and asked again (auditquery(1), CASES).
 *
 * Every step is a folder of its own, 0001, 0002, ..., with step.json and the step's files. step.json has the SHA-256 of
 * each of these and that of the step.json before; the SHA-256 of the last one is the head, which stands for all of it.
 * A step gets its name when it is whole, and nothing that is there is ever changed.
 */
#ifndef AUDITPROOF_CASE_H
#define AUDITPROOF_CASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auditproof/buf.h"
#include "auditproof/bytes.h"
#include "auditproof/error.h"

enum {
    AP_CASE_STEPS_MAX = 9999,
    AP_CASE_FILES_MAX = 4,
    AP_CASE_NAME_SIZE = 32,      /* of a file's name, with its NUL */
    AP_CASE_TEXT_MAX = 4000,     /* bytes of a title or a note */
    AP_CASE_STEP_MAX = 1 << 20,  /* bytes of a step.json */
    AP_CASE_PROBLEMS_MAX = 1000, /* are told of one case */
};

/* Bytes of a file: reading stops there. */
#define AP_CASE_FILE_MAX (UINT64_C(1) << 34)

enum ap_case_kind { AP_CASE_OPENED, AP_CASE_QUERY, AP_CASE_NOTE, AP_CASE_RERUN, AP_CASE_KINDS };

const char *ap_case_kind_name(enum ap_case_kind kind); /* "query" */

/* Who took a step. Borrowed; NULL where nobody knows. */
struct ap_case_author {
    const char *os_user, *login, *role;
};

struct ap_case_file {
    char name[AP_CASE_NAME_SIZE]; /* "result.ndjson" */
    uint64_t size;
    uint8_t sha256[AP_HASH_LEN];
};

/* A step that was read. Its texts are borrowed from the case until the next one is read. */
struct ap_case_step {
    unsigned number;
    enum ap_case_kind kind;
    const char *time;
    struct ap_case_author author;
    const char *text;  /* the title, a note, why it was asked; or NULL */
    const char *about; /* a JSON object, of the kind's own: what is most worth knowing of it */
    struct ap_case_file files[AP_CASE_FILES_MAX];
    size_t file_count;
    uint8_t previous[AP_HASH_LEN], sha256[AP_HASH_LEN]; /* of step.json: of the one before, zeros for none; and this */
};

struct ap_case;

/* --- reading */

/* Open a folder to read. AP_EIO with a message when there is none. Free in every case; NULL is harmless. */
AP_MUST_CHECK enum ap_status ap_case_open(struct ap_case **out, const char *path, struct ap_error *err);
void ap_case_free(struct ap_case *folder);

/*
 * Something that is not as it was when it was added: a name in the folder, as it is there, and what is wrong with it.
 * Names can be anything.
 */
typedef void ap_case_problem_fn(void *context, const char *name, const char *problem);

struct ap_case_verdict {
    unsigned steps, problems;
    uint64_t files, bytes;
    bool unfinished; /* a step was begun, and is no part of the case */
    uint8_t head[AP_HASH_LEN];
};

/*
 * All of it: every step follows from the one before, every file is there with the bytes it was added with, and nothing
 * else is. contents: false leaves the bytes of the files unread. Symbolic links are not followed.
 */
AP_MUST_CHECK enum ap_status ap_case_verify(struct ap_case *folder, bool contents, ap_case_problem_fn *problem,
                                            void *context, struct ap_case_verdict *out, struct ap_error *err);

/* A step of a case that was verified. AP_EINPUT where there is none of that number. */
AP_MUST_CHECK enum ap_status ap_case_step(struct ap_case *folder, unsigned number, struct ap_case_step *out,
                                          struct ap_error *err);

/* A descriptor of a step's file, at its beginning; the caller closes it. */
AP_MUST_CHECK enum ap_status ap_case_read(struct ap_case *folder, unsigned number, const char *name, int *fd,
                                          struct ap_error *err);

/* What step.json says. The texts are borrowed from `texts`, which is cleared first. AP_EINPUT where it is none. */
AP_MUST_CHECK enum ap_status ap_case_parse(struct ap_case_step *out, struct ap_buf *texts, const char *json, size_t len,
                                           struct ap_error *err);

/* --- writing */

/* A new folder, with its first step. AP_ESTATE when there is something of that name. */
AP_MUST_CHECK enum ap_status ap_case_new(const char *path, const char *title, const struct ap_case_author *author,
                                         uint8_t head[AP_HASH_LEN], struct ap_error *err);

/*
 * Take a step: begin it, write its files one after the other, and commit. The case is locked from begin until it is
 * freed, and its steps (not their files) are verified first: AP_ESTATE where they do not hold.
 */
AP_MUST_CHECK enum ap_status ap_case_begin(struct ap_case *folder, struct ap_error *err);
AP_MUST_CHECK enum ap_status ap_case_file(struct ap_case *folder, const char *name, struct ap_error *err);
AP_MUST_CHECK enum ap_status ap_case_write(struct ap_case *folder, const void *bytes, size_t len, struct ap_error *err);

/* text and about may be NULL. *number is the step's. */
AP_MUST_CHECK enum ap_status ap_case_commit(struct ap_case *folder, enum ap_case_kind kind, const char *text,
                                            const char *about, const struct ap_case_author *author, unsigned *number,
                                            uint8_t head[AP_HASH_LEN], struct ap_error *err);

#endif
