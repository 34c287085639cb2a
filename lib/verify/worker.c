#include <string.h>

#include "run.h"

/* Rows between two looks at the shared counters. */
enum { COUNT_EVERY = 1024 };

enum ap_status worker_init(struct worker *worker, struct run *run, struct ap_error *err)
{
    enum ap_status status;

    memset(worker, 0, sizeof *worker);
    worker->run = run;
    status = links_init(&worker->links, findings_add, &run->link_findings, err);
    worker->links.from_seq = run->options->from_seq;
    worker->links.latest_us = run->latest_us;
    if (status == AP_OK)
        status = multiset_init(&worker->set, &run->key, err);
    if (status == AP_OK)
        status = ap_digest_new(&worker->digest, err);
    if (status == AP_OK)
        status = ap_db_clone(&worker->db, run->db, err);
    if (status == AP_OK)
        watch_add(&run->watch, worker->db);
    if (status == AP_OK)
        status = run_join_snapshot(run, worker->db, err);
    return status;
}

void worker_free(struct worker *worker)
{
    watch_remove(&worker->run->watch, worker->db);
    ap_db_close(worker->db);
    ap_digest_free(worker->digest);
    multiset_free(&worker->set);
    links_free(&worker->links);
    unadopted_free(&worker->unadopted);
    ap_buf_free(&worker->text);
    ap_buf_free(&worker->told);
}

/* Of a range of seqs, the entry before the first is read for its hash only. */
bool worker_wants_entry(const struct run *run, const struct chained *entry)
{
    return run->options->from_seq == 0 || entry->record.seq >= run->options->from_seq;
}

static enum ap_status take_entry(struct worker *worker, const struct ap_field *fields, struct ap_error *err)
{
    struct multiset_item item;
    struct link_chain *chain;
    struct chained entry;
    const struct purge *purge;
    enum ap_status status = decode_chained(&entry, fields, err);

    if (status == AP_OK)
        status = links_chain(&worker->links, &entry.record.chain, &chain, err);
    if (status != AP_OK)
        return status;
    if (!chain->pin_sought) {
        chain->pin = pin_find(&worker->run->seals, &chain->id);
        chain->pin_sought = true;
    }
    if (chain->pin != NULL) {
        pin_meet(chain->pin, &entry);
        pin_sum(&worker->run->key, chain->pin, entry.record.seq, entry.entry_hash, true);
    }
    if (!worker->links_scattered) {
        status = links_add(&worker->links, chain, &entry, err);
        /* Scattered storage is no error: the links are then read again in order, and the rest goes on here. */
        if (status == AP_ELIMIT)
            worker->links_scattered = true;
        else if (status != AP_OK)
            return status;
    }
    if (!worker_wants_entry(worker->run, &entry))
        return AP_OK;
    worker->entries++;
    purge = run_find_purge(worker->run, &entry.record.chain, entry.record.seq);
    if (purge != NULL) {
        worker->purged++;
        chain->purged++;
        return run_check_purge(worker->run, purge, &entry, err);
    }
    chained_item(worker->run, &item, &entry);
    multiset_add(&worker->set, &item, 1);
    return AP_OK;
}

static enum ap_status take_row(struct worker *worker, const struct ap_field *fields, size_t columns,
                               struct ap_error *err)
{
    struct multiset_item item;
    enum told_of of = TOLD_NOTHING;
    enum ap_status status =
        row_item(worker->run, worker->digest, &worker->text, fields, columns, &item, &worker->erased_groups, err);

    if (status == AP_OK)
        status = row_tells(worker->digest, fields, &item, &of, err);
    if (status != AP_OK)
        return status;
    worker->rows++;
    if (item_is(worker->run, &item, MARK_UNADOPTED)) {
        int64_t created_us = 0;
        bool dated = row_created(&created_us, fields);

        return unadopted_add(&worker->unadopted, &item.chain, dated, created_us, err);
    }
    multiset_add(&worker->set, &item, -1);
    if (of == TOLD_NOTHING)
        return AP_OK;
    ap_buf_add(&worker->told, &(struct told){item.chain, item.log_id, of}, sizeof(struct told));
    return ap_buf_check(&worker->told, "the entries that tell of records", err);
}

static enum ap_status run_task(struct worker *worker, const struct task *task, struct ap_error *err)
{
    struct ap_field fields[AP_COPY_MAX_COLUMNS];
    struct run *run = worker->run;
    struct ap_copy *copy = NULL;
    unsigned since = 0;
    bool more = false;
    enum ap_status status = ap_copy_open(&copy, worker->db, task->statement, task->columns, err);

    while (status == AP_OK) {
        status = ap_copy_next(copy, fields, &more, run->options->stop, err);
        if (status != AP_OK || !more)
            break;
        status = task->is_rows ? take_row(worker, fields, task->columns, err) : take_entry(worker, fields, err);
        if (++since == COUNT_EVERY) {
            atomic_fetch_add(&run->done, since);
            since = 0;
            if (atomic_load(&run->failed))
                status = ap_fail(err, AP_ECANCELLED, "stopped because another connection failed");
        }
    }
    atomic_fetch_add(&run->done, since);
    ap_copy_close(copy);
    return status;
}

void *worker_main(void *context)
{
    struct worker *worker = context;
    struct run *run = worker->run;

    while (worker->status == AP_OK && !atomic_load(&run->failed)) {
        size_t next = atomic_fetch_add(&run->next_task, 1);

        if (next >= run->task_count)
            break;
        worker->status = run_task(worker, &run->tasks[next], &worker->err);
    }
    if (worker->status != AP_OK)
        atomic_store(&run->failed, true);
    return NULL;
}
