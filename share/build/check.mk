# Tests and lints. Everything here ends in the test runners' own summary lines.

check: deps
	@$(MAKE) --no-print-directory B=$(B) check-built

# A second make, because deps may just have installed what the first one probed for.
.PHONY: check-built unit sql-tests cli-tests
check-built: all
	@$(MAKE) --no-print-directory B=$(B) lint
	@$(MAKE) --no-print-directory B=$(B) unit
	@$(MAKE) --no-print-directory B=$(B) cli-tests

unit: $(UNIT)
	@set -e; for t in $(UNIT); do $$t; done

cli-tests: $(BINS)
	B=$(B) prove --timer --exec '' $(sort $(wildcard tests/cli/*.t tests/tamper/*.t))

# What the catalogs hold after an installation, for `auditmigrate check`. Run it after any change under sql/ and commit
# the result: the difference is what a reviewer of the schema reads. PG* name a server to make a scratch database on.
.PHONY: manifest
manifest: $(B)/bin/auditmigrate
	share/build/manifest $(B)/bin/auditmigrate sql/queries/inventory.sql sql/manifest.tsv
