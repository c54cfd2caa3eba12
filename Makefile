# Osame. One non-recursive Makefile; a build folder per variant. `make help`.
#
# A library a folder: engine and spool know libc and POSIX only; each adapter adds its
# third-party library. Programs and tests link them all.

VARIANT  ?= $(if $(FUZZING),fuzz,$(if $(SAN),san-$(subst $(comma),-,$(SAN)),$(if $(COV),cov,release)))
comma    := ,
B        := build/$(VARIANT)
CLANG    ?= clang
CC       := $(if $(FUZZING),$(CLANG),$(if $(filter default,$(origin CC)),gcc,$(CC)))
PYTHON   ?= /usr/bin/python3
PREFIX   ?= /usr/local
DESTDIR  ?=

PKGS     := libxml-2.0 libssh2 sofia-sip-ua libcurl jansson libmicrohttpd libsodium liboath nettle soxr spandsp libsrtp2 \
            libutf8proc pocketsphinx sphinxbase
# -isystem: third-party headers are not ours to warn about.
PKG_CF   := $(patsubst -I%,-isystem%,$(shell pkg-config --cflags $(PKGS) 2>/dev/null))
HAVE_PKGS := $(shell pkg-config --exists $(PKGS) 2>/dev/null && echo yes)
# sphinxad is for microphones, and would bring a sound server.
PKG_LD   := $(filter-out -lsphinxad,$(shell pkg-config --libs $(PKGS) 2>/dev/null)) -lcsv -ldb-5.3

WARN     := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wconversion \
            -Wformat=2 -Wpointer-arith -Wcast-qual -Wundef
# gcc 12 is what CI promises to be clean with.
# gcc sees truncations that cannot be, when sanitizers keep it from following values.
WERROR   := $(if $(FUZZING),,$(if $(CI),-Werror)) $(if $(SAN),$(if $(FUZZING),,-Wno-format-truncation))
HARDEN   := -fstack-protector-strong -fPIE $(if $(SAN),,-D_FORTIFY_SOURCE=2)
OPT      := $(if $(SAN),-O1 -g -fno-omit-frame-pointer,$(if $(COV),-O0 -g --coverage -fprofile-update=atomic,-O2 -g))
SANFLAGS := $(if $(SAN),-fsanitize=$(SAN) $(if $(findstring undefined,$(SAN)),-fno-sanitize-recover=all))
SANFLAGS += $(if $(FUZZING),-fsanitize=fuzzer-no-link)
CFLAGS   += -std=c17 -D_GNU_SOURCE $(WARN) $(WERROR) $(HARDEN) $(OPT) $(SANFLAGS) -MMD -MP -I. $(PKG_CF)
LDFLAGS  += -pie -Wl,-z,relro,-z,now $(SANFLAGS) $(if $(COV),--coverage)
LDLIBS   += $(PKG_LD) -lm -lpthread

MAINS    := engine/daemon/osamed.c engine/cli/osame.c console/osame-console.c
SRC      := $(filter-out $(MAINS),$(wildcard engine/*.c engine/*/*.c spool/*.c adapters/*/*.c))
OBJ      := $(SRC:%.c=$(B)/%.o)
LIB      := $(B)/libosame.a
PROGRAMS := $(B)/osamed $(B)/osame $(B)/osame-console

UNIT_SRC := $(wildcard tests/unit/*.c)
UNIT     := $(UNIT_SRC:tests/unit/%.c=$(B)/tests/unit/%)
SUPPORT  := $(patsubst %.c,$(B)/%.o,$(wildcard tests/support/*.c))
FLOW     := $(patsubst tests/flow/%.c,$(B)/tests/flow/%,$(wildcard tests/flow/*_driver.c))
BENCH    := $(patsubst tests/bench/%.c,$(B)/tests/bench/%,$(wildcard tests/bench/bench_*.c))
# What the others talk to; it links nothing of ours.
BENCH_PEERS := $(patsubst tests/bench/%.c,$(B)/tests/bench/%,$(wildcard tests/bench/*_peer.c))
FUZZ     := $(patsubst tests/fuzz/%.c,$(B)/tests/fuzz/%,$(wildcard tests/fuzz/*.c))
FUZZ_SECONDS ?= 30
# Flow tests wait for their peers half of the time.
FLOW_JOBS ?= $(shell echo $$(($$(nproc) * 2)))
# Each step is one short line; V=1 shows the commands.
say       = $(if $(V),,@printf '%-5s %s\n' $(1) $(2);)
# A make that was not told how parallel to be uses every core where that is safe: building.
JOBS      = $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))
SUB       = $(MAKE) --no-print-directory
# One after the other, both even if the first fails: what it found is no reason not to look further.
both      = bad=0; $(SUB) $(1) || bad=1; $(SUB) $(2) || bad=1; exit $$bad
export TSAN_OPTIONS ?= suppressions=$(CURDIR)/tests/support/tsan.supp second_deadlock_stack=1
export LSAN_OPTIONS ?= suppressions=$(CURDIR)/tests/support/lsan.supp print_suppressions=0

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: help cflags deps all demo check check-full bench lint fuzz cov install clean unit flow docs tests \
        fuzz-programs fuzz-run web browser

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

deps: ## install the packages that building and testing need (says first what it does)
	@tests/support/deps.sh

all: $(PROGRAMS) ## build the three programs into build/<variant>/

# The console's pages: our modules, and what they need from npm by lockfile, under vendor/. Modules
# name each other by path: an import map would be an inline script, which our own headers refuse.
WEB      := build/web
NPM      := build/npm
WEB_SRC  := $(shell find console/web -type f ! -name 'package*.json' ! -name .npmrc)
MODULES  := $(NPM)/node_modules
web: $(WEB)/.made ## the console's pages into build/web/ (asks npm for what the lockfile names)

$(NPM)/.made: console/web/package.json console/web/package-lock.json console/web/.npmrc
	@mkdir -p $(NPM)
	@cp $^ $(NPM)/
	$(call say,NPM,$(NPM))cd $(NPM) && npm ci --no-fund --no-audit --loglevel=error
	@touch $@

$(WEB)/.made: $(NPM)/.made $(WEB_SRC)
	@rm -rf $(WEB) && mkdir -p $(WEB)/vendor
	$(call say,WEB,$(WEB))cd console/web && cp -r --parents $(WEB_SRC:console/web/%=%) $(CURDIR)/$(WEB)/
	@cp $(MODULES)/preact/dist/preact.mjs $(WEB)/vendor/preact.js
	@sed -E 's#from *"preact"#from"./preact.js"#g' $(MODULES)/preact/hooks/dist/hooks.mjs >$(WEB)/vendor/hooks.js
	@cp $(MODULES)/htm/dist/htm.mjs $(WEB)/vendor/htm.js
	@cp $(MODULES)/qrcode-generator/dist/qrcode.mjs $(WEB)/vendor/qrcode.js
	@cp $(MODULES)/@digital-go-jp/design-tokens/dist/tokens.css $(WEB)/vendor/tokens.css
	@sed -i '/^\/\/# sourceMappingURL/d' $(WEB)/vendor/*.js
	@touch $@

$(LIB): $(OBJ)
	@rm -f $@
	$(call say,AR,$@)ar rcs $@ $^

$(B)/osamed: $(B)/engine/daemon/osamed.o $(LIB)
	$(call say,LINK,$@)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)
$(B)/osame: $(B)/engine/cli/osame.o $(LIB)
	$(call say,LINK,$@)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)
CONSOLE  := $(patsubst %.c,$(B)/%.o,$(filter-out console/osame-console.c,$(wildcard console/*.c)))
$(B)/osame-console: $(B)/console/osame-console.o $(CONSOLE) $(LIB)
	$(call say,LINK,$@)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(B)/%.o: %.c
	$(if $(HAVE_PKGS),,$(error libraries that Osame needs are not on this machine: make deps))
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CFLAGS) -c -o $@ $<

# The schema lies inside this object (.incbin), which -MMD does not see.
$(B)/adapters/scenario/schema.o: schemas/scenario.rng

# A hundred programs, each with the whole library: binutils' other linker takes a quarter of the time.
TEST_LD := $(if $(shell command -v ld.gold),-fuse-ld=gold)
$(B)/tests/unit/%: $(B)/tests/unit/%.o $(SUPPORT) $(LIB)
	$(call say,LINK,$@)$(CC) $(LDFLAGS) $(TEST_LD) -o $@ $^ $(shell pkg-config --libs check) $(LDLIBS)
# The console's own modules are in no library.
$(B)/tests/unit/test_console_net: $(B)/console/net.o
# Programs in which allocations fail on purpose (tests/support/fallible.h).
FALLIBLE := $(B)/libosame-fallible.a
$(FALLIBLE): $(LIB) tests/support/fallible.syms
	$(call say,AR,$@)objcopy --redefine-syms=tests/support/fallible.syms $(LIB) $@
$(B)/tests/unit/test_alloc_%: $(B)/tests/unit/test_alloc_%.o $(SUPPORT) $(FALLIBLE)
	$(call say,LINK,$@)$(CC) $(LDFLAGS) $(TEST_LD) -o $@ $^ $(shell pkg-config --libs check) $(LDLIBS)
# A program that flow tests drive by lines: X_driver.c, with what it needs named below it.
$(B)/tests/flow/%: $(B)/tests/flow/%.o $(SUPPORT) $(LIB)
	$(call say,LINK,$@)$(CC) $(LDFLAGS) $(TEST_LD) -o $@ $^ $(LDLIBS)
# These bring an interpreter of their own, so nothing that names the real one may come along. In the
# first, allocations fail when a test wants it.
VOICE_OWN := $(B)/tests/flow/voice_interp.o $(B)/tests/support/voice_contract.o
$(B)/tests/flow/voice_driver: %: %.o $(VOICE_OWN) $(B)/tests/support/fallible.o $(FALLIBLE)
	$(call say,LINK,$@)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)
VOICE_DRIVERS := $(B)/tests/flow/voice_contract_driver $(B)/tests/bench/voice_caller
$(VOICE_DRIVERS): %: %.o $(VOICE_OWN) $(LIB)
	$(call say,LINK,$@)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)
$(BENCH_PEERS): %: %.o
	$(call say,LINK,$@)$(CC) $(LDFLAGS) -o $@ $^
$(B)/tests/bench/%: $(B)/tests/bench/%.o $(SUPPORT) $(LIB)
	$(call say,LINK,$@)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

FUZZ_SUPPORT := $(B)/tests/support/exchange_rig.o $(B)/tests/support/temp.o
$(B)/tests/fuzz/%: $(B)/tests/fuzz/%.o $(FUZZ_SUPPORT) $(LIB)
	$(call say,LINK,$@)$(CC) $(LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(LDLIBS)

demo: ## the whole job on real parts, in about six minutes; KEEP=1 keeps the folder and a web console
	@tests/support/deps.sh
	@$(SUB) $(JOBS) all $(if $(KEEP),web)
	@OSAME_BUILD=$(B) $(if $(KEEP),KEEP=$(KEEP)) $(PYTHON) tests/support/demo.py

check: ## the tests: unit, contract and flow, with real peers
	@tests/support/deps.sh
	@$(SUB) $(JOBS) all tests
	@$(call both,unit,flow)

check-full: ## the tests again under sanitizers, and the console's pages in a browser
	@tests/support/deps.sh
	@echo "check-full: 1 of 2: address,undefined: unit, contract and flow tests"
	@$(SUB) $(JOBS) SAN=address,undefined all tests
	@export OSAME_SKIP_DEMO=1; $(call both,SAN=address$(comma)undefined unit,SAN=address$(comma)undefined flow) # the demonstration ran in `check`
	@echo "check-full: 2 of 2: thread: unit and contract tests"
	@$(SUB) $(JOBS) SAN=thread all tests
	@$(SUB) SAN=thread unit
	@$(SUB) browser

tests: $(UNIT) $(FLOW)

unit: $(UNIT) all
	@tests/support/run-unit.sh $(B) $(UNIT)

browser: all web ## the console's pages in Debian's chromium, by Playwright, before a real engine
	@OSAME_BUILD=$(B) $(PYTHON) -m pytest -q -rfE -p no:cacheprovider tests/console

flow: all $(FLOW)
	@OSAME_BUILD=$(B) $(PYTHON) -m pytest -q -rfE -p no:cacheprovider -n $(FLOW_JOBS) --dist loadfile --durations=15 tests/flow

# The benchmarks that count in rows take these sizes; BENCH_ROWS="10000 100000 1000000" for all.
BENCH_ROWS ?= 10000 100000
BENCH_OF_ROWS := exchange intake intake_calls results store
bench: all $(BENCH) $(BENCH_PEERS) $(B)/tests/bench/voice_caller ## figures of speed and memory, printed, never asserted; BENCH_ROWS="10000 100000": sizes
	@for b in $(sort $(BENCH)) $(sort $(wildcard tests/bench/bench_*.py)); do \
		echo "== $$b"; rows=; name=$${b##*/bench_}; \
		for of in $(BENCH_OF_ROWS); do test $${name%.py} != $$of || rows="$(BENCH_ROWS)"; done; \
		case $$b in *.py) OSAME_BUILD=$(B) $(PYTHON) $$b $$rows ;; *) OSAME_BUILD=$(B) $$b $$rows ;; esac || exit 1; \
	done

cflags: # of third-party headers, for tools that read C: lint.sh
	@echo $(PKG_CF)

# make has a variable of this name by itself ("lint"), which is not what anybody asked for.
ifeq ($(origin LINT),default)
LINT =
endif

lint: ## clang-format, clang-tidy, cppcheck, specs against their schemas, who includes what
	@tests/support/lint.sh $(LINT)

fuzz: ## each parser of outside bytes, FUZZ_SECONDS each (30)
	@$(SUB) $(JOBS) FUZZING=1 SAN=address,undefined fuzz-programs
	@$(SUB) FUZZING=1 fuzz-run

fuzz-programs: $(FUZZ)

fuzz-run:
	@for f in $(FUZZ); do \
		name=$${f##*/fuzz_}; \
		mkdir -p $(B)/corpus/$$name $(B)/found; \
		echo "== $$name: $(FUZZ_SECONDS) s"; \
		$$f -max_total_time=$(FUZZ_SECONDS) -verbosity=0 -print_final_stats=1 -timeout=10 -rss_limit_mb=2048 \
			-artifact_prefix=$(B)/found/$$name- $(B)/corpus/$$name tests/fuzz/corpus/$$name || exit 1; \
	done

cov: ## line coverage of the unit tests, by gcovr
	@$(SUB) $(JOBS) COV=1 all tests
	@$(SUB) COV=1 unit
	gcovr --root . --object-directory build/cov --exclude 'tests/.*' --exclude-unreachable-branches \
		--sort-percentage --print-summary

install: all web ## programs, pages, specs, schemas and docs under DESTDIR and PREFIX (/usr/local)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/sbin
	install -m 755 $(B)/osame $(DESTDIR)$(PREFIX)/bin
	install -m 755 $(B)/osamed $(B)/osame-console $(DESTDIR)$(PREFIX)/sbin
	for d in specs schemas; do \
		find $$d -type f -exec install -D -m 644 {} $(DESTDIR)$(PREFIX)/share/osame/{} \; ; \
	done
	cd $(WEB) && find . -type f ! -name '.made' -exec install -D -m 644 {} $(abspath $(DESTDIR)$(PREFIX))/share/osame/web/{} \;
	find docs -type f -exec install -D -m 644 {} $(DESTDIR)$(PREFIX)/share/doc/osame/{} \;
	install -m 644 README.md README.ja.md $(DESTDIR)$(PREFIX)/share/doc/osame

docs: all ## make the made parts of docs/ and schemas/control/ again
	tests/support/made-docs.sh $(B)

clean: ## remove build/
	rm -rf build

-include $(shell find build/$(VARIANT) -name '*.d' 2>/dev/null)
