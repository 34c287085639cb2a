# auditproof. `make` builds, `make demo` shows, `make check` proves; CONTRIBUTING.md says the rest.

VERSION := 0.1.0
SOVERSION := 0

B ?= build
PREFIX ?= /usr/local
DESTDIR ?=
CC ?= gcc
ifeq ($(origin CC),default)
CC := gcc
endif

PKGS := libpq libcrypto yaml-0.1 libpcre2-8 libcurl libmicrohttpd zlib
WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes -Wmissing-prototypes \
	-Wold-style-definition -Wpointer-arith -Wcast-qual -Wwrite-strings -Wformat=2 -Wundef -Wvla -Wswitch-enum \
	-Wnull-dereference -Wdouble-promotion -Werror
# Compilers differ in what they accept: keep what this one does.
probe = $(shell $(CC) -Werror $(1) -x c -c /dev/null -o /dev/null 2>/dev/null && echo '$(1)')
ifndef SANITIZE
HARDEN := -U_FORTIFY_SOURCE $(call probe,-D_FORTIFY_SOURCE=3) $(call probe,-fstack-protector-strong) \
	$(call probe,-fstack-clash-protection) $(call probe,-fcf-protection=full) $(call probe,-ftrivial-auto-var-init=zero)
OPT ?= -O2
else
# A sanitizer's instrumentation hides from gcc the checks that bound a length: the optimised build judges truncation.
HARDEN := -fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer \
	$(call probe,-Wno-format-truncation)
OPT ?= -O1
endif
CFLAGS ?= $(OPT) -g
# -ffile-prefix-map keeps the build's directory out of what is built, so that two builds give the same bytes.
AP_CFLAGS := -std=c11 -D_GNU_SOURCE $(WARN) $(HARDEN) -fPIC -fvisibility=default -fno-common \
	-ffile-prefix-map='$(CURDIR)'=. -Iinclude -Ilib -Ilib/base -include lib/base/banned.h -DAP_VERSION='"$(VERSION)"' \
	$(shell pkg-config --cflags $(PKGS) 2>/dev/null)
LDFLAGS ?=
AP_LDFLAGS := -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--build-id=sha1
LIBS = $(shell pkg-config --libs $(PKGS)) -lm -lpthread
# What lib/pdf needs beside: it is in the static library only, for who links with these.
PDF_LIBS = $(shell pkg-config --libs pangocairo)

LIB_SRC := $(sort $(wildcard lib/*/*.c))
PDF_OBJ := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard lib/pdf/*.c)))
LIB_OBJ := $(LIB_SRC:%.c=$(B)/%.o) $(B)/gen/sql_files.o $(B)/gen/share_files.o $(B)/gen/rule_files.o
SQL := $(shell find sql -name '*.sql' -o -name '*.tsv' | LC_ALL=C sort)
# What every bundle holds as it is, and what its pages are made from.
SHARE := $(sort $(wildcard share/bundle/* share/report/*))
# What bundles are made by where nothing else is named.
MAPPINGS := $(sort $(wildcard rules/soc2.yaml rules/gdpr.yaml) $(filter-out %.test.yml,$(wildcard rules/soc2/*.yml)))
COMMON_OBJ := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard cmd/common/*.c)))
TOOLS := $(patsubst cmd/%.c,%,$(sort $(wildcard cmd/*.c)))
BINS := $(TOOLS:%=$(B)/bin/%)
UNIT := $(patsubst tests/unit/%.c,$(B)/unit/%,$(sort $(wildcard tests/unit/test_*.c)))
FUZZERS := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(sort $(wildcard tests/fuzz/*.c)))
MAN := $(patsubst man/%,$(B)/man/%,$(sort $(wildcard man/*.[1-8])))
COMPLETIONS := $(TOOLS:%=$(B)/completion/bash/%) $(TOOLS:%=$(B)/completion/zsh/_%)
SO := libauditproof.so.$(SOVERSION)

# V=1 shows the commands.
ifdef V
say = @:
Q :=
else
say = @printf '  %-5s %s\n'
Q := @
endif

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all deps demo check check-long bench lint fmt asan fuzz cov install uninstall clean

all: $(BINS) $(B)/libauditproof.a $(B)/$(SO) $(MAN) $(COMPLETIONS)

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(say) CC $<
	$(Q)$(CC) $(AP_CFLAGS) -Icmd/common $(CFLAGS) -MMD -MP -c $< -o $@

$(B)/gen/sql_files.c: $(SQL) share/build/embed.awk
	@mkdir -p $(@D)
	$(say) EMBED sql
	$(Q)LC_ALL=C awk -v what=sql -v strip=sql/ -f share/build/embed.awk $(SQL) >$@

$(B)/gen/share_files.c: $(SHARE) share/build/embed.awk
	@mkdir -p $(@D)
	$(say) EMBED share
	$(Q)LC_ALL=C awk -v what=share -v strip=share/ -f share/build/embed.awk $(SHARE) >$@

$(B)/gen/rule_files.c: $(MAPPINGS) share/build/embed.awk
	@mkdir -p $(@D)
	$(say) EMBED rules
	$(Q)LC_ALL=C awk -v what=rule -v strip=rules/ -f share/build/embed.awk $(MAPPINGS) >$@

# These files are longer than the string that ISO C promises; every compiler in use takes it.
$(B)/gen/sql_files.o: $(B)/gen/sql_files.c lib/db/sql_files.h
	$(Q)$(CC) $(AP_CFLAGS) -Ilib/db -Wno-overlength-strings $(CFLAGS) -c $< -o $@

$(B)/gen/share_files.o: $(B)/gen/share_files.c lib/base/share_files.h
	$(Q)$(CC) $(AP_CFLAGS) -Wno-overlength-strings $(CFLAGS) -c $< -o $@

$(B)/gen/rule_files.o: $(B)/gen/rule_files.c lib/rules/rule_files.h
	$(Q)$(CC) $(AP_CFLAGS) -Ilib/rules -Wno-overlength-strings $(CFLAGS) -c $< -o $@

# What "case-insensitive" means in a rule, as Debian's unicode-data has it.
UNICODE ?= /usr/share/unicode
$(B)/gen/fold_table.h: $(UNICODE)/CaseFolding.txt share/build/fold-table.awk
	@mkdir -p $(@D)
	$(say) TABLE folding
	$(Q)LC_ALL=C awk -f share/build/fold-table.awk $< >$@

# How wide a character is on a terminal, by the same.
WIDTHS := extracted/DerivedGeneralCategory.txt HangulSyllableType.txt DerivedCoreProperties.txt EastAsianWidth.txt
$(B)/gen/width_table.h: $(WIDTHS:%=$(UNICODE)/%) share/build/width-table.awk
	@mkdir -p $(@D)
	$(say) TABLE widths
	$(Q)LC_ALL=C awk -f share/build/width-table.awk $(WIDTHS:%=$(UNICODE)/%) >$@

$(PDF_OBJ): AP_CFLAGS += $(shell pkg-config --cflags pangocairo | sed 's/-I/-isystem /g')

$(B)/lib/base/display.o: $(B)/gen/width_table.h
$(B)/lib/base/display.o: AP_CFLAGS += -I$(B)/gen

$(B)/lib/rules/fold.o: $(B)/gen/fold_table.h
$(B)/lib/rules/fold.o: AP_CFLAGS += -I$(B)/gen

# Whole, not appended to, and with D: no dates, owners or leftovers of a removed source inside.
$(B)/libauditproof.a: $(LIB_OBJ)
	@rm -f $@
	$(say) AR $@
	$(Q)ar rcsD $@ $(LIB_OBJ)

$(B)/$(SO): $(filter-out $(PDF_OBJ),$(LIB_OBJ)) lib/libauditproof.map
	$(say) LD $@
	$(Q)$(CC) -shared $(HARDEN) $(AP_LDFLAGS) $(LDFLAGS) -Wl,-soname,$(SO) -Wl,--version-script=lib/libauditproof.map \
		-o $@ $(filter %.o,$^) $(LIBS)
	@ln -sf $(SO) $(B)/libauditproof.so

# A tool is cmd/TOOL.c and, when that grows, the sources in cmd/TOOL/.
.SECONDEXPANSION:
tool_obj = $(patsubst %.c,$(B)/%.o,$(sort $(wildcard cmd/$(1)/*.c)))
$(B)/bin/%: $(B)/cmd/%.o $$(call tool_obj,$$*) $(B)/libcommon.a $(B)/libauditproof.a
	@mkdir -p $(@D)
	$(say) LD $@
	$(Q)$(CC) $(HARDEN) -pie $(AP_LDFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(B)/libcommon.a $(B)/libauditproof.a \
		$(LIBS) $($*_LIBS)
auditschedule_LIBS = $(PDF_LIBS)
test_pdf_LIBS = $(PDF_LIBS)

# An archive, so that a tool gets of cmd/common what it uses.
$(B)/libcommon.a: $(COMMON_OBJ)
	@rm -f $@
	$(say) AR $@
	$(Q)ar rcsD $@ $(COMMON_OBJ)

$(B)/unit/%: tests/unit/%.c $(B)/libauditproof.a
	@mkdir -p $(@D)
	$(say) CC $<
	$(Q)$(CC) $(AP_CFLAGS) -Ilib $(CFLAGS) -MMD -MP $(shell pkg-config --cflags check jansson) -Wno-pedantic -o $@ $< \
		$(AP_LDFLAGS) $(LDFLAGS) $(B)/libauditproof.a $(shell pkg-config --libs check jansson) $($*_LIBS) $(LIBS)

# The OPTIONS section of a page comes from the tool's own table, so that the two cannot differ.
$(B)/man/%.1: man/%.1 $(B)/bin/%
	@mkdir -p $(@D)
	$(Q)$(B)/bin/$* --emit=mdoc >$@.options
	$(Q)sed -e '/^\.\\" @OPTIONS@$$/{r $@.options' -e 'd}' $< >$@
	@rm -f $@.options

$(B)/man/%: man/%
	@mkdir -p $(@D)
	$(Q)cp $< $@

$(B)/completion/bash/%: $(B)/bin/%
	@mkdir -p $(@D)
	$(Q)$< --emit=bash >$@

$(B)/completion/zsh/_%: $(B)/bin/%
	@mkdir -p $(@D)
	$(Q)$< --emit=zsh >$@

deps:
	@share/build/deps share/packages.txt

# A second make, because deps may just have installed what the first one probed for.
demo: deps
	@$(MAKE) --no-print-directory -j$(JOBS) B=$(B) $(BINS)
	@share/demo/demo $(B)/bin

-include $(shell find $(B) -name '*.d' 2>/dev/null)
include share/build/bench.mk
include share/build/check.mk
include share/build/install.mk

clean:
	rm -rf $(B)
