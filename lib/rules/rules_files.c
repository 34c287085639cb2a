/* From paths to files: directories are searched in the order of their entries' bytes, and no file is read twice. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rules_internal.h"

enum { DIRECTORY_DEPTH_MAX = 64 };

struct place {
    dev_t device;
    ino_t inode;
};

/* What has been met: files, and directories, so that links that lead in circles end; and names that are taken. */
struct search {
    struct ap_rules *rules;
    void *met;   /* tree of struct place, owned */
    void *names; /* tree of the names of rules->files, borrowed */
    size_t root; /* number of the path that is being searched, from 0 */
    struct ap_error *err;
};

static int compare_names(const void *a, const void *b)
{
    return strcmp(a, b);
}

static int compare_places(const void *left, const void *right)
{
    const struct place *a = left, *b = right;

    if (a->device != b->device)
        return a->device < b->device ? -1 : 1;
    return (a->inode > b->inode) - (a->inode < b->inode);
}

static void leave(void *name)
{
    (void)name;
}

enum ap_status ap_rules_add_file(struct ap_rules *rules, const struct ap_rule_file *file, struct ap_error *err)
{
    struct ap_rule_file copy = *file;

    if (rules->file_count == AP_RULE_FILES_MAX)
        return ap_fail(err, AP_ELIMIT, "the rule set has more than %d files", AP_RULE_FILES_MAX);
    if (rules->file_count == rules->file_cap) {
        size_t cap = rules->file_cap == 0 ? 64 : rules->file_cap * 2;
        struct ap_rule_file *files = realloc(rules->files, cap * sizeof *files);

        if (files == NULL)
            return ap_fail_memory(err, "a list of files");
        rules->files = files;
        rules->file_cap = cap;
    }
    copy.name = ap_arena_copy(&rules->arena, file->name, strlen(file->name));
    copy.text = ap_arena_copy(&rules->arena, file->text, file->len);
    if (file->path != NULL)
        copy.path = ap_arena_copy(&rules->arena, file->path, strlen(file->path));
    rules->files[rules->file_count++] = copy;
    return ap_arena_check(&rules->arena, "a rule set", err);
}

/* *first: it had not been met. */
static enum ap_status meet(struct search *s, const struct stat *st, bool *first)
{
    struct place *place = malloc(sizeof *place), **found;

    if (place == NULL)
        return ap_fail_memory(s->err, "a list of files");
    place->device = st->st_dev;
    place->inode = st->st_ino;
    found = tsearch(place, &s->met, compare_places);
    *first = found != NULL && *found == place;
    if (!*first)
        free(place);
    return found == NULL ? ap_fail_memory(s->err, "a list of files") : AP_OK;
}

/* Read all of an open file; one byte past the bound shows that it is too long. */
static enum ap_status read_all(struct search *s, int fd, const char *path, struct ap_buf *text)
{
    for (;;) {
        char *to = ap_buf_reserve(text, 65536);
        ssize_t n;

        if (to == NULL)
            return ap_fail_memory(s->err, "a rule file");
        n = read(fd, to, 65536);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return ap_fail_errno(s->err, errno, "cannot read %s", path);
        if (n == 0 || text->len > AP_RULE_FILE_MAX)
            return AP_OK;
        text->len += (size_t)n;
    }
}

/* Two roots may hold files of one name: the later one's gets the root's number before it. */
static enum ap_status add_text(struct search *s, const char *path, const char *name, bool pipeline,
                               const struct ap_buf *text)
{
    struct ap_rule_file file = {.path = path, .text = ap_buf_str(text), .len = text->len, .pipeline = pipeline};
    char *numbered = NULL;
    enum ap_status status;

    file.name = name;
    if (tfind(name, &s->names, compare_names) != NULL) {
        if (asprintf(&numbered, "%zu/%s", s->root + 1, name) < 0)
            return ap_fail_memory(s->err, "a file's name");
        file.name = numbered;
    }
    status = ap_rules_add_file(s->rules, &file, s->err);
    free(numbered);
    if (status == AP_OK && tsearch(s->rules->files[s->rules->file_count - 1].name, &s->names, compare_names) == NULL)
        status = ap_fail_memory(s->err, "a list of files");
    return status;
}

static enum ap_status add_path(struct search *s, const char *path, const char *name, bool pipeline)
{
    struct ap_buf text = AP_BUF_INIT;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    enum ap_status status;
    struct stat st;
    bool first;

    if (fd < 0)
        return ap_fail_errno(s->err, errno, "cannot open %s", path);
    if (fstat(fd, &st) != 0)
        status = ap_fail_errno(s->err, errno, "cannot read %s", path);
    else if (!S_ISREG(st.st_mode))
        status = ap_fail(s->err, AP_EIO, "cannot read %s: it is no file", path);
    else if ((status = meet(s, &st, &first)) == AP_OK && first)
        status = read_all(s, fd, path, &text);
    else
        goto out;
    if (status == AP_OK)
        status = add_text(s, path, name, pipeline, &text);
out:
    ap_buf_free(&text);
    (void)close(fd);
    return status;
}

static bool ends(const char *name, const char *with)
{
    size_t len = strlen(name), n = strlen(with);

    return len > n && strcmp(name + len - n, with) == 0;
}

/* Files that a directory is searched for, and what may be a directory. */
static int wanted(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static bool is_rule_file(const char *name)
{
    return (ends(name, ".yml") || ends(name, ".yaml")) && !ends(name, ".test.yml") && !ends(name, ".test.yaml");
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static enum ap_status search_directory(struct search *s, const char *path, const char *prefix, unsigned depth);

static enum ap_status search_entry(struct search *s, const char *path, const char *prefix, const char *entry,
                                   unsigned depth)
{
    char *full = NULL, *name = NULL;
    enum ap_status status;
    struct stat st;

    if (asprintf(&full, "%s%s%s", path, ends(path, "/") ? "" : "/", entry) < 0)
        return ap_fail_memory(s->err, "a path");
    if (asprintf(&name, "%s%s", prefix, entry) < 0) {
        free(full);
        return ap_fail_memory(s->err, "a path");
    }
    if (stat(full, &st) != 0) {
        /* Such as a link that leads nowhere: it matters when it would be a rule. */
        status = is_rule_file(entry) ? ap_fail_errno(s->err, errno, "cannot read %s", full) : AP_OK;
    } else if (S_ISDIR(st.st_mode)) {
        free(name);
        if (asprintf(&name, "%s%s/", prefix, entry) < 0) {
            free(full);
            return ap_fail_memory(s->err, "a path");
        }
        status = search_directory(s, full, name, depth + 1);
    } else {
        status = is_rule_file(entry) ? add_path(s, full, name, false) : AP_OK;
    }
    free(full);
    free(name);
    return status;
}

static enum ap_status search_directory(struct search *s, const char *path, const char *prefix, unsigned depth)
{
    enum ap_status status;
    struct dirent **entries;
    struct stat st;
    bool first;
    int count;

    if (depth > DIRECTORY_DEPTH_MAX)
        return ap_fail(s->err, AP_ELIMIT, "%s is more than %d directories deep", path, DIRECTORY_DEPTH_MAX);
    if (stat(path, &st) != 0)
        return ap_fail_errno(s->err, errno, "cannot read %s", path);
    status = meet(s, &st, &first);
    if (status != AP_OK || !first)
        return status;
    count = scandir(path, &entries, wanted, by_bytes);
    if (count < 0)
        return ap_fail_errno(s->err, errno, "cannot read %s", path);
    for (int i = 0; i < count; i++) {
        if (status == AP_OK)
            status = search_entry(s, path, prefix, entries[i]->d_name, depth);
        free(entries[i]);
    }
    free(entries);
    return status;
}

static enum ap_status add_root(struct search *s, const char *path, bool pipeline)
{
    const char *slash = strrchr(path, '/');
    struct stat st;

    if (stat(path, &st) != 0)
        return ap_fail_errno(s->err, errno, "cannot read %s", path);
    if (S_ISDIR(st.st_mode) && !pipeline)
        return search_directory(s, path, "", 0);
    return add_path(s, path, slash == NULL ? path : slash + 1, pipeline);
}

enum ap_status ap_rules_collect(struct ap_rules *rules, const struct ap_rules_options *options, struct ap_error *err)
{
    struct search search = {.rules = rules, .err = err};
    enum ap_status status = AP_OK;

    for (size_t i = 0; i < options->path_count && status == AP_OK; i++, search.root++)
        status = add_root(&search, options->paths[i], false);
    for (size_t i = 0; i < options->pipeline_count && status == AP_OK; i++, search.root++)
        status = add_root(&search, options->pipelines[i], true);
    for (size_t i = 0; i < options->file_count && status == AP_OK; i++)
        status = ap_rules_add_file(rules, &options->files[i], err);
    tdestroy(search.met, free);
    tdestroy(search.names, leave);
    return status;
}
