# Osame. One non-recursive Makefile; a build folder per variant. `make help`.
#
# A library a folder: engine and spool know libc and POSIX only; each adapter adds its
# third-party library. Programs and tests link them all.

VARIANT  ?= $(if $(SAN),san-$(subst $(comma),-,$(SAN)),$(if $(COV),cov,release))
comma    := ,
B        := build/$(VARIANT)
CC       ?= gcc
CLANG    ?= clang
PYTHON   ?= /usr/bin/python3
PREFIX   ?= /usr/local
DESTDIR  ?=

PKGS     := libxml-2.0 libssh2 sofia-sip-ua libcurl jansson libmicrohttpd libsodium soxr libutf8proc
# -isystem: third-party headers are not ours to warn about.
PKG_CF   := $(patsubst -I%,-isystem%,$(shell pkg-config --cflags $(PKGS) 2>/dev/null))
PKG_LD   := $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lcsv -ldb-5.3

WARN     := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wconversion \
            -Wformat=2 -Wpointer-arith -Wcast-qual -Wundef
WERROR   := $(if $(CI),-Werror)
HARDEN   := -fstack-protector-strong -fPIE $(if $(SAN),,-D_FORTIFY_SOURCE=2)
OPT      := $(if $(SAN),-O1 -g -fno-omit-frame-pointer,$(if $(COV),-O0 -g --coverage,-O2 -g))
SANFLAGS := $(if $(SAN),-fsanitize=$(SAN) $(if $(findstring undefined,$(SAN)),-fno-sanitize-recover=all))
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
BENCH    := $(patsubst tests/bench/%.c,$(B)/tests/bench/%,$(wildcard tests/bench/*.c))
FUZZ     := $(patsubst tests/fuzz/%.c,$(B)/tests/fuzz/%,$(wildcard tests/fuzz/*.c))

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: help deps all demo check check-full bench lint fuzz cov install clean unit flow docs

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

deps: ## install the packages that building and testing need (says first what it does)
	@tests/support/deps.sh

all: $(PROGRAMS) ## build the three programs into build/<variant>/

$(LIB): $(OBJ)
	@rm -f $@
	ar rcs $@ $^

$(B)/osamed: $(B)/engine/daemon/osamed.o $(LIB)
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)
$(B)/osame: $(B)/engine/cli/osame.o $(LIB)
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)
$(B)/osame-console: $(B)/console/osame-console.o $(LIB)
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -c -o $@ $<

# The schema lies inside this object (.incbin), which -MMD does not see.
$(B)/adapters/scenario/schema.o: schemas/scenario.rng

$(B)/tests/unit/%: $(B)/tests/unit/%.o $(SUPPORT) $(LIB)
	$(CC) $(LDFLAGS) -o $@ $^ $(shell pkg-config --libs check) $(LDLIBS)
# A program that flow tests drive by lines: X_driver.c, with what it needs named below it.
$(B)/tests/flow/%: $(B)/tests/flow/%.o $(SUPPORT) $(LIB)
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)
# These bring an interpreter of their own, so nothing that names the real one may come along.
VOICE_DRIVERS := $(B)/tests/flow/voice_driver $(B)/tests/flow/voice_contract_driver
$(VOICE_DRIVERS): %: %.o $(B)/tests/flow/voice_interp.o $(B)/tests/support/voice_contract.o $(LIB)
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)
$(B)/tests/bench/%: $(B)/tests/bench/%.o $(SUPPORT) $(LIB)
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

check: deps ## the tests: unit, contract and flow, with real peers
	@$(MAKE) --no-print-directory all unit flow

unit: $(UNIT) all
	@tests/support/run-unit.sh $(B) $(UNIT)

flow: all $(FLOW)
	OSAME_BUILD=$(B) $(PYTHON) -m pytest -q -p no:cacheprovider tests/flow

docs: all ## make the made parts of docs/ and schemas/control/ again
	tests/support/made-docs.sh $(B)

clean: ## remove build/
	rm -rf build

-include $(shell find build/$(VARIANT) -name '*.d' 2>/dev/null)
