# make install DESTDIR= PREFIX=

PUBLIC_HEADERS := $(sort $(wildcard include/auditproof/*.h))
UNITS := $(sort $(wildcard share/systemd/*))
# $(1) mode, $(2) files, $(3) directory below PREFIX
put = $(if $(strip $(2)),install -d '$(DESTDIR)$(PREFIX)/$(3)' && install -m $(1) $(2) '$(DESTDIR)$(PREFIX)/$(3)')

install: all
	$(call put,755,$(BINS),bin)
	$(call put,755,$(B)/$(SO),lib)
	$(call put,644,$(B)/libauditproof.a,lib)
	ln -sf $(SO) '$(DESTDIR)$(PREFIX)/lib/libauditproof.so'
	$(call put,644,$(B)/auditproof.pc,lib/pkgconfig)
	$(call put,644,$(PUBLIC_HEADERS),include/auditproof)
	for d in $(sort $(dir $(SQL))); do install -d "$(DESTDIR)$(PREFIX)/share/auditproof/$$d" && \
		install -m 644 $$d*.* "$(DESTDIR)$(PREFIX)/share/auditproof/$$d" || exit 1; done
	$(call put,644,$(wildcard rules/*.yaml),share/auditproof/rules)
	$(foreach s,1 5 7,$(call put,644,$(filter %.$(s),$(MAN)),share/man/man$(s))
	)
	$(call put,644,$(TOOLS:%=$(B)/completion/bash/%),share/bash-completion/completions)
	$(call put,644,$(TOOLS:%=$(B)/completion/zsh/_%),share/zsh/site-functions)
	$(call put,644,$(UNITS),lib/systemd/system)

uninstall:
	cd '$(DESTDIR)$(PREFIX)' && rm -f $(TOOLS:%=bin/%) lib/$(SO) lib/libauditproof.so lib/libauditproof.a \
		lib/pkgconfig/auditproof.pc $(MAN:$(B)/man/%=share/man/man*/%) \
		$(TOOLS:%=share/bash-completion/completions/%) $(TOOLS:%=share/zsh/site-functions/_%) \
		$(UNITS:share/systemd/%=lib/systemd/system/%)
	rm -rf '$(DESTDIR)$(PREFIX)/include/auditproof' '$(DESTDIR)$(PREFIX)/share/auditproof'
