# Tests and lints. Everything here ends in the test runners' own summary lines.

# What tests load before a program, to have it see another world. Never sanitized: a sanitizer wants to be first.
PRELOADS := $(patsubst tests/preload/%.c,$(B)/preload/%.so,$(sort $(wildcard tests/preload/*.c)))
$(B)/preload/%.so: tests/preload/%.c
	@mkdir -p $(@D)
	$(say) CC $<
	$(Q)$(CC) -std=c11 -D_GNU_SOURCE $(WARN) -O2 -g -fPIC -shared -o $@ $<

# auditschedule as tests kill it: what names a point at which it can be (lib/base/failpoint.h) is compiled again for it.
FAILING := $(sort $(shell grep -lw AP_FAILPOINT cmd/auditschedule/*.c lib/*/*.c) tests/failpoint/failpoint.c)
$(B)/failpoint/%.o: %.c
	@mkdir -p $(@D)
	$(say) CC $<
	$(Q)$(CC) $(AP_CFLAGS) -Icmd/common -DAP_FAILPOINTS $(CFLAGS) -MMD -MP -c $< -o $@

FAILING_OBJ := $(FAILING:%.c=$(B)/failpoint/%.o)
$(B)/failpoint/bin/auditschedule: $(FAILING_OBJ) $(B)/cmd/auditschedule.o $(call tool_obj,auditschedule) $(B)/libcommon.a \
		$(B)/libauditproof.a
	@mkdir -p $(@D)
	$(say) LD $@
	$(Q)$(CC) $(HARDEN) -pie $(AP_LDFLAGS) $(LDFLAGS) -o $@ $(FAILING_OBJ) \
		$(filter-out $(FAILING:%.c=$(B)/%.o),$(filter $(B)/cmd/%.o,$^)) $(B)/libcommon.a $(B)/libauditproof.a $(LIBS) $(PDF_LIBS)
KILLED := $(B)/failpoint/bin/auditschedule

# How many compilers run at once, where nobody said.
JOBS ?= $(shell nproc)

# A second make, because deps may just have installed what the first one probed for.
check: deps
	@$(MAKE) --no-print-directory -j$(JOBS) B=$(B) all unit-programs
	@$(MAKE) --no-print-directory B=$(B) check-built

.PHONY: check-built unit-programs unit sql-tests cli-tests long-tests asan-tools lint-deep reproducible check-partitioned
check-built: all
	@$(MAKE) --no-print-directory B=$(B) lint
	@$(MAKE) --no-print-directory B=$(B) unit
	@$(MAKE) --no-print-directory B=$(B) asan
	@$(MAKE) --no-print-directory B=$(B) FUZZ_SECONDS=2 fuzz
	@$(MAKE) --no-print-directory B=$(B) cli-tests

# Everything that takes minutes, after what takes less.
check-long: check
	@$(MAKE) --no-print-directory B=$(B) lint-deep
	@$(MAKE) --no-print-directory B=$(B) reproducible
	@$(MAKE) --no-print-directory B=$(B) asan-tools
	@$(MAKE) --no-print-directory B=$(B) check-partitioned
	@$(MAKE) --no-print-directory B=$(B) long-tests
	@$(MAKE) --no-print-directory B=$(B) fuzz

# The loads that `check` runs for seconds, for a minute each; an adoption of more rows; and what has no short form.
long-tests: $(BINS) $(PRELOADS) $(KILLED)
	B=$(B) AUDIT_SECONDS=60 ADOPT_ROWS=300000 RULES_EACH=3 RULES_EVENTS=5000 CRASH_REPORTS=500 prove --timer --exec '' $(sort \
		$(wildcard tests/tamper/writers.t tests/cli/adopt.t tests/cli/rules-reference.t tests/cli/auditschedule-crash.t tests/long/*.t))

unit-programs: $(UNIT)

# Each to its end, whatever became of those beside it.
unit: $(UNIT)
	@printf '%s\n' $(UNIT) | xargs -P $(JOBS) -n 1 share/build/unit-one

# No fork: a leak is then seen at the end of the process, with the stack that made it. Built as the fuzzers are, so that the
# library is compiled with sanitizers once; what gcc's find is for `make asan-tools`. What fontconfig has read of fonts it
# keeps for the process (tests/sanitized).
FUZZABLE = B=$(B)/fuzzing CC=clang SANITIZE=address,undefined,fuzzer-no-link
asan:
	@echo 'unit tests under the address and undefined behaviour sanitizers'
	@$(MAKE) --no-print-directory -j$(JOBS) $(FUZZABLE) unit-programs
	@echo 'leak:libfontconfig.so' >$(B)/fuzzing/leaks
	@CK_FORK=no LSAN_OPTIONS=suppressions=$(abspath $(B))/fuzzing/leaks:print_suppressions=0 \
		$(MAKE) --no-print-directory $(FUZZABLE) unit

# install.t links what is installed without sanitizers, deps.t runs no tool: they have nothing to find here.
SANITIZED := $(filter-out tests/cli/install.t tests/cli/deps.t,$(sort $(wildcard tests/cli/*.t tests/tamper/*.t)))
asan-tools:
	@echo "the tools' tests under the same sanitizers"
	@$(MAKE) --no-print-directory -j$(JOBS) B=$(B)/asan SANITIZE=address,undefined $(TOOLS:%=$(B)/asan/bin/%) $(PRELOADS:$(B)/%=$(B)/asan/%) \
		$(B)/asan/failpoint/bin/auditschedule
	@B=$(B)/asan tests/sanitized $(SANITIZED)

LINTS := $(sort $(wildcard tests/lint/checks/*))
lint: all
	@B=$(B) tests/lint/run $(LINTS)

# What takes minutes: the compilers' own analyses.
lint-deep: all
	@B=$(B) tests/lint/run $(sort $(wildcard tests/lint/deep/*))

reproducible:
	@tests/lint/reproducible

fmt:
	@git ls-files -z --cached --others --exclude-standard -- '*.c' '*.h' | xargs -0 clang-format -i

# Each fuzzer for FUZZ_SECONDS (two of them in `make check`), from the seeds in tests/fuzz/seeds/NAME; what it finds on
# the way stays in the build.
FUZZ_SECONDS ?= 10
.PHONY: fuzzers
fuzz:
	@$(MAKE) --no-print-directory -j$(JOBS) $(FUZZABLE) fuzzers
	@printf '%s\n' $(notdir $(FUZZERS)) | FUZZ_SECONDS=$(FUZZ_SECONDS) xargs -P $(JOBS) -n 1 share/build/fuzz-one $(B)/fuzzing
	@echo '$(words $(FUZZERS)) fuzzers passed, 0 failed'

fuzzers: $(FUZZERS)

$(B)/fuzz/%: tests/fuzz/%.c $(B)/libcommon.a $(B)/libauditproof.a
	@mkdir -p $(@D)
	$(say) CC $<
	$(Q)$(CC) $(AP_CFLAGS) -Ilib -Icmd/common $(CFLAGS) -MMD -MP -fsanitize=fuzzer -o $@ $< $(AP_LDFLAGS) $(LDFLAGS) \
		$(B)/libcommon.a $(B)/libauditproof.a $(LIBS)

# Lines and branches that the unit and tool tests run through.
cov:
	@$(MAKE) --no-print-directory B=$(B)/cov CFLAGS='-O1 -g --coverage -fprofile-update=atomic' LDFLAGS=--coverage \
		all unit cli-tests
	@gcovr --root . --object-directory $(B)/cov --filter lib/ --filter cmd/ --exclude-unreachable-branches \
		--print-summary --html-details $(B)/cov/coverage.html

# verify.html in headless Chromium, which only this installs. Screenshots stay in the build, for somebody to look at.
.PHONY: check-browser
check-browser: deps
	@share/build/deps share/packages-browser.txt
	@$(MAKE) --no-print-directory B=$(B) all
	B=$(B) prove --timer $(sort $(wildcard tests/browser/*.t))

# What takes longest, first: begun last, it would be waited for alone.
LONGEST := $(addprefix tests/,$(addsuffix .t,tamper/writers tamper/rows tamper/incremental tamper/remade tamper/extent \
	tamper/checkpoints tamper/adoption tamper/hosted tamper/sealed tamper/chain cli/rules-reference cli/auditseal-epoch \
	cli/auditmigrate cli/auditseal-witness cli/auditverify-trust cli/auditseal))
TAP := $(sort $(wildcard tests/cli/*.t tests/tamper/*.t))
longest_first = $(filter $(LONGEST),$(1)) $(filter-out $(LONGEST),$(1))

# Two for each processor: a test waits for its server, for a time, or for a signal half of its time. Then a few, of different
# tools, with audit_logs by month: `check-partitioned` runs the rest so.
TESTS_AT_ONCE ?= $$((2 * $(JOBS)))
BY_MONTH := $(addprefix tests/cli/,auditexport-breach auditverify-metrics auditwrite-rules vectors)
cli-tests: $(BINS) $(PRELOADS) $(KILLED)
	B=$(B) prove --timer -j$(TESTS_AT_ONCE) $(call longest_first,$(TAP))
	B=$(B) AUDIT_PARTITIONED=1 prove --timer -j$(TESTS_AT_ONCE) $(BY_MONTH:=.t)

# All with audit_logs by month that say something of it. Left out are those that use no database of auditproof's, and
#   adopt, tamper/adoption: entries from before the installation are in a plain table, which install --partitioned refuses to touch;
#   auditmigrate-partition, auditmigrate-partition-crash, auditretain-partition, sql, systemd, tamper/partition: these make
#   partitions themselves.
NOT_BY_MONTH := $(addprefix tests/cli/,adopt auditmigrate-partition auditmigrate-partition-crash auditretain-partition sql \
	systemd auditclassify auditclassify-bad auditclassify-rules auditlocal auditverify-bundle bundle-scripts \
	bundle-vectors certificate-vectors deps install options rules-expected rules-reference vectors-made) \
	tests/tamper/adoption tests/tamper/partition
check-partitioned: $(BINS) $(PRELOADS) $(KILLED)
	B=$(B) AUDIT_PARTITIONED=1 prove --timer -j$(TESTS_AT_ONCE) $(call longest_first,$(filter-out $(NOT_BY_MONTH:=.t),$(TAP)))

# What the catalogs hold after an installation, for `auditmigrate check`. Run it after any change under sql/ and commit
# the result: the difference is what a reviewer of the schema reads.
.PHONY: manifest
manifest: $(B)/bin/auditmigrate $(B)/bin/auditlocal
	@dir=$$(mktemp -d) && chmod 711 "$$dir" && status=0 && \
	$(B)/bin/auditlocal -q -D "$$dir/db" share/build/manifest $(B)/bin/auditmigrate sql/queries/inventory.sql \
		sql/manifest.tsv || status=$$?; rm -rf "$$dir"; exit $$status
