# make bench: what the chain costs. BENCH_SCALE=entries, BENCH_ROUNDS, BENCH_ONLY=load,write,verify,single.

bench: all
	@B=$(B) python3 tests/bench/bench.py

# make bench-rules: what reading and classifying events costs a core. BENCH_EVENTS: a file of events, one a line, to read in
# place of the real ones of the tests; BENCH_FIELDS: of names of fields to read, in place of those of 348 public rules.
# BENCH_LINES, BENCH_ROUNDS: how many events are matched, and how often.
BENCH_FIELDS ?= tests/bench/event_fields.txt
BENCH_EVENTS ?= $(B)/bench/events.ndjson

.PHONY: bench-rules
bench-rules: $(B)/bench/event_parse $(B)/bench/rules $(B)/bin/auditclassify $(BENCH_EVENTS)
	@$(B)/bench/event_parse $(BENCH_FIELDS) $(BENCH_EVENTS)
	@B=$(B) python3 tests/bench/rules.py

$(B)/bench/events.ndjson: tests/bench/events.py $(shell find tests/rules/events -name '*.json' 2>/dev/null)
	@mkdir -p $(@D)
	@python3 $< tests/rules/events >$@

$(B)/bench/%: tests/bench/%.c $(B)/libauditproof.a
	@mkdir -p $(@D)
	$(say) CC $<
	$(Q)$(CC) $(AP_CFLAGS) -Ilib $(CFLAGS) -MMD -MP $(shell pkg-config --cflags jansson) -o $@ $< $(AP_LDFLAGS) \
		$(LDFLAGS) $(B)/libauditproof.a $(shell pkg-config --libs jansson) $(LIBS)

# make bench-seal: what sealing costs on a small and on a large chain, and what a proof reads. BENCH_SMALL, BENCH_LARGE:
# entries; BENCH_NEW: added in each of BENCH_ROUNDS.
.PHONY: bench-seal
bench-seal: all
	@B=$(B) python3 tests/bench/seal.py

# make bench-retain: what a purge of a month's entries costs, and what is left for who appends meanwhile. BENCH_SCALE,
# BENCH_SECONDS.
.PHONY: bench-retain
bench-retain: all $(PRELOADS)
	@B=$(B) python3 tests/bench/retain.py

# make bench-incremental: what one run of a series costs, beside a full one. BENCH_SCALE, BENCH_NEW, BENCH_ROUNDS.
.PHONY: bench-incremental
bench-incremental: all
	@B=$(B) python3 tests/bench/incremental.py

# make bench-export: what an export costs, beside COPY through gzip and pigz. BENCH_SMALL, BENCH_SCALE, BENCH_ROUNDS;
# BENCH_FULL=1: a million entries of the tenant, which takes a quarter of an hour and 5 GB.
.PHONY: bench-export
bench-export: all
	@B=$(B) python3 tests/bench/export.py

# make bench-bundle: what putting lines of events into an archive costs, next to pigz (when it is there) and gzip on the
# same bytes. BENCH_MEGABYTES of them, BENCH_JOBS threads; the processor's time is what to compare on a shared machine.
BENCH_MEGABYTES ?= 100
BENCH_JOBS ?= $(shell nproc)
.PHONY: bench-bundle
bench-bundle: $(B)/bench/bundle
	@python3 tests/bench/bundle_lines.py $(BENCH_MEGABYTES) >$(B)/bench/lines
	@for round in 1 2 3; do \
		$(B)/bench/bundle $(B)/bench/lines $(B)/bench/lines.tar.gz $(BENCH_JOBS); \
		! command -v pigz >/dev/null || { echo pigz -6 -p$(BENCH_JOBS); \
			bash -c 'time pigz -6 -p$(BENCH_JOBS) <$(B)/bench/lines >$(B)/bench/lines.gz'; }; \
	done
	@echo gzip -6; bash -c 'time gzip -6 <$(B)/bench/lines >$(B)/bench/lines.gz'

# make bench-query: what searches take among ten million entries of a thousand tenants, as a tenant's user, and what the
# platform expects of its other tables. The databases are kept in BENCH_DIR and used again; BENCH_ROWS, BENCH_ROUNDS,
# BENCH_ONLY=plain,months,platform,tool.
.PHONY: bench-query bench-indexes
bench-query: all $(B)/bench/query
	@B=$(B) BENCH_DIR=$(abspath $(or $(BENCH_DIR),$(B)/bench/query-db)) python3 tests/bench/query.py

# make bench-indexes: what auditproof's own indexes on audit_logs cost who writes. BENCH_SCALE, BENCH_ROUNDS.
bench-indexes: all
	@B=$(B) python3 tests/bench/indexes.py
