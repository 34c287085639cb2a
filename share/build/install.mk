# make install DESTDIR= PREFIX=

LIBDIR ?= $(PREFIX)/lib
MANDIR ?= $(PREFIX)/share/man
PUBLIC_HEADERS := $(sort $(wildcard include/auditproof/*.h))
RULES := $(sort $(wildcard rules/*.yaml rules/*/*.yml))
UNITS := $(sort $(wildcard share/systemd/*.service share/systemd/*.timer))
# Examples, to be copied to /etc.
CONFS := $(sort $(wildcard share/systemd/*.conf))
ALERTS := $(sort $(wildcard share/prometheus/*))
sections := $(sort $(patsubst .%,%,$(suffix $(MAN))))

define newline


endef
# $(1) mode, $(2) files, $(3) directory
put = $(if $(strip $(2)),install -d '$(DESTDIR)$(3)' && install -m $(1) $(2) '$(DESTDIR)$(3)')
# The same for files that keep their place below share/auditproof.
put_below = $(foreach d,$(sort $(dir $(1))),$(call put,644,$(filter $(d)%,$(foreach f,$(1),$(if $(filter \
	$(d),$(dir $(f))),$(f)))),$(PREFIX)/share/auditproof/$(d:%/=%))$(newline)	)

pc_values = -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR:$(PREFIX)/%=$${prefix}/%)|' \
	-e 's|@VERSION@|$(VERSION)|' -e 's|@REQUIRES@|$(PKGS)|'
# The pkg-config file and the units name the place: they are made when that is known.
install: all
	$(call put,755,$(BINS),$(PREFIX)/bin)
	$(call put,755,$(B)/$(SO),$(LIBDIR))
	$(call put,644,$(B)/libauditproof.a,$(LIBDIR))
	ln -sf $(SO) '$(DESTDIR)$(LIBDIR)/libauditproof.so'
	install -d '$(DESTDIR)$(LIBDIR)/pkgconfig'
	sed $(pc_values) share/auditproof.pc.in >'$(DESTDIR)$(LIBDIR)/pkgconfig/auditproof.pc'
	chmod 644 '$(DESTDIR)$(LIBDIR)/pkgconfig/auditproof.pc'
	$(call put,644,$(PUBLIC_HEADERS),$(PREFIX)/include/auditproof)
	$(call put_below,$(SQL) $(RULES))
	$(foreach s,$(sections),$(call put,644,$(filter %.$(s),$(MAN)),$(MANDIR)/man$(s))$(newline)	)
	$(call put,644,$(TOOLS:%=$(B)/completion/bash/%),$(PREFIX)/share/bash-completion/completions)
	$(call put,644,$(TOOLS:%=$(B)/completion/zsh/_%),$(PREFIX)/share/zsh/site-functions)
	$(call put,644,share/bundle/verify.html,$(PREFIX)/share/auditproof)
	$(call put,644,$(ALERTS),$(PREFIX)/share/auditproof/prometheus)
	$(call put,644,$(CONFS),$(PREFIX)/share/auditproof/systemd)
	$(foreach d,sysusers tmpfiles,$(call put,644,share/$d.d/auditproof.conf,$(PREFIX)/lib/$d.d)$(newline)	)
	$(call put,644,$(UNITS),$(PREFIX)/lib/systemd/system)
	$(foreach u,$(UNITS:share/systemd/%=%),sed 's|^ExecStart=audit|ExecStart=$(PREFIX)/bin/audit|' 'share/systemd/$u' \
		>'$(DESTDIR)$(PREFIX)/lib/systemd/system/$u'$(newline)	)

# Directories that others use too stay.
uninstall:
	rm -f $(foreach f,$(TOOLS:%=bin/%) $(TOOLS:%=share/bash-completion/completions/%) \
		$(TOOLS:%=share/zsh/site-functions/_%) $(UNITS:share/systemd/%=lib/systemd/system/%) \
		lib/sysusers.d/auditproof.conf lib/tmpfiles.d/auditproof.conf,'$(DESTDIR)$(PREFIX)/$(f)')
	rm -f $(foreach f,$(SO) libauditproof.so libauditproof.a pkgconfig/auditproof.pc,'$(DESTDIR)$(LIBDIR)/$(f)')
	rm -f $(foreach p,$(MAN:$(B)/man/%=%),'$(DESTDIR)$(MANDIR)/man$(patsubst .%,%,$(suffix $(p)))/$(p)')
	rm -rf '$(DESTDIR)$(PREFIX)/include/auditproof' '$(DESTDIR)$(PREFIX)/share/auditproof'
