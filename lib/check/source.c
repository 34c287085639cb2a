#include "check/source.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "auditproof/digest.h"
#include "check/inflate.h"
#include "check/untar.h"

/* Chunks that are inflated ahead of who reads them, and the stack of the thread that does. */
enum { AHEAD = 4, STACK_SIZE = 262144 };

struct chunk {
    uint8_t *bytes; /* owned */
    size_t len;
    const char *problem;
    enum ap_status status;
    uint64_t file_bytes;
};

struct source {
    struct inflater *inflater; /* NULL: memory */
    const uint8_t *memory;
    size_t len, used;
    uint64_t file_bytes;
    bool ended;

    bool threaded; /* the rest is of use; the thread is to be joined */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct chunk chunks[AHEAD];
    unsigned long made, taken; /* chunks so far; under lock, as is quit */
    bool quit;
    struct ap_error err; /* of the chunk with a status */
};

static void *inflate_ahead(void *context)
{
    struct source *source = context;
    bool more = true;

    while (more) {
        struct chunk *chunk;

        (void)pthread_mutex_lock(&source->lock);
        while (source->made - source->taken == AHEAD && !source->quit)
            (void)pthread_cond_wait(&source->changed, &source->lock);
        chunk = source->quit ? NULL : &source->chunks[source->made % AHEAD];
        (void)pthread_mutex_unlock(&source->lock);
        if (chunk == NULL)
            break;
        chunk->status =
            inflater_read(source->inflater, chunk->bytes, UNTAR_CHUNK, &chunk->len, &chunk->problem, &source->err);
        chunk->file_bytes = inflater_bytes(source->inflater);
        more = chunk->status == AP_OK && chunk->problem == NULL && chunk->len == UNTAR_CHUNK;
        (void)pthread_mutex_lock(&source->lock);
        source->made++;
        (void)pthread_cond_signal(&source->changed);
        (void)pthread_mutex_unlock(&source->lock);
    }
    return NULL;
}

static bool has_memory(struct source *source)
{
    for (size_t i = 0; i < AHEAD; i++) {
        source->chunks[i].bytes = malloc(UNTAR_CHUNK);
        if (source->chunks[i].bytes == NULL)
            return false;
    }
    return true;
}

/*
 * For a file on disk only: a thread that waits for a pipe could not be ended. Where there is no room for a thread, the
 * reader does all by itself.
 */
static void start_thread(struct source *source, int fd)
{
    pthread_attr_t attributes;
    struct stat st;

    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || !has_memory(source) || pthread_attr_init(&attributes) != 0)
        return;
    (void)pthread_attr_setstacksize(&attributes, STACK_SIZE);
    (void)pthread_mutex_init(&source->lock, NULL);
    (void)pthread_cond_init(&source->changed, NULL);
    source->threaded = pthread_create(&source->thread, &attributes, inflate_ahead, source) == 0;
    (void)pthread_attr_destroy(&attributes);
}

static void end_thread(struct source *source)
{
    if (!source->threaded)
        return;
    (void)pthread_mutex_lock(&source->lock);
    source->quit = true;
    (void)pthread_cond_signal(&source->changed);
    (void)pthread_mutex_unlock(&source->lock);
    (void)pthread_join(source->thread, NULL);
    (void)pthread_cond_destroy(&source->changed);
    (void)pthread_mutex_destroy(&source->lock);
    source->threaded = false;
}

enum ap_status source_open(struct source **out, int fd, const char *name, struct ap_error *err)
{
    enum ap_status status;

    *out = calloc(1, sizeof **out);
    if (*out == NULL)
        return ap_fail_memory(err, "a bundle");
    status = inflater_new(&(*out)->inflater, fd, name, err);
    if (status == AP_OK)
        start_thread(*out, fd);
    return status;
}

enum ap_status source_open_memory(struct source **out, const void *bytes, size_t len, struct ap_error *err)
{
    *out = calloc(1, sizeof **out);
    if (*out == NULL)
        return ap_fail_memory(err, "a bundle");
    (*out)->memory = bytes;
    (*out)->len = len;
    return AP_OK;
}

void source_close(struct source *source)
{
    if (source == NULL)
        return;
    end_thread(source);
    for (size_t i = 0; i < AHEAD; i++)
        free(source->chunks[i].bytes);
    inflater_free(source->inflater);
    free(source);
}

/* The chunk that comes next, when it is there. */
static enum ap_status take_chunk(struct source *source, uint8_t *out, size_t *len, const char **problem,
                                 struct ap_error *err)
{
    struct chunk *chunk;
    enum ap_status status;

    (void)pthread_mutex_lock(&source->lock);
    while (source->made == source->taken)
        (void)pthread_cond_wait(&source->changed, &source->lock);
    (void)pthread_mutex_unlock(&source->lock);
    chunk = &source->chunks[source->taken % AHEAD];
    status = chunk->status;
    if (status != AP_OK && err != NULL)
        *err = source->err;
    *len = chunk->len;
    *problem = chunk->problem;
    source->file_bytes = chunk->file_bytes;
    source->ended = chunk->problem != NULL || chunk->len < UNTAR_CHUNK;
    memcpy(out, chunk->bytes, chunk->len);
    (void)pthread_mutex_lock(&source->lock);
    source->taken++;
    (void)pthread_cond_signal(&source->changed);
    (void)pthread_mutex_unlock(&source->lock);
    return status;
}

enum ap_status source_read(void *context, uint8_t *out, size_t size, size_t *len, const char **problem,
                           struct ap_error *err)
{
    struct source *source = context;
    enum ap_status status;

    *problem = NULL;
    *len = 0;
    if (source->ended)
        return AP_OK;
    if (source->threaded)
        return take_chunk(source, out, len, problem, err);
    if (source->inflater != NULL) {
        status = inflater_read(source->inflater, out, size, len, problem, err);
        source->file_bytes = inflater_bytes(source->inflater);
        return status;
    }
    *len = source->len - source->used < size ? source->len - source->used : size;
    if (*len > 0)
        memcpy(out, source->memory + source->used, *len);
    source->used += *len;
    source->file_bytes = source->used;
    return AP_OK;
}

uint64_t source_bytes(const struct source *source)
{
    return source->file_bytes;
}

enum ap_status source_digest(struct source *source, uint8_t out[AP_HASH_LEN], struct ap_error *err)
{
    struct ap_digest *digest;
    struct ap_span all = {source->memory, source->len};
    enum ap_status status;

    end_thread(source);
    if (source->inflater != NULL)
        return inflater_digest(source->inflater, out, err);
    status = ap_digest_new(&digest, err);
    if (status == AP_OK)
        status = ap_digest_spans(digest, out, &all, 1, err);
    ap_digest_free(digest);
    return status;
}
