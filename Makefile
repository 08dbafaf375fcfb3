# gmosh. The README's two commands are `make build` with what it prints, and
# `make test`; the rest is for who works on it.

SHELL       := /bin/bash
.SHELLFLAGS := -o pipefail -c

OUT     ?= bin/gmosh
PREFIX  ?= /usr/local
DESTDIR ?=

# The names gmosh is also known by: link them where mosh is to be replaced.
NAMES := mosh mosh-client mosh-server

STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

# What the tests drive. Where apt is not, or may not install, tests that lack a
# peer are skipped, counted and named; with GMOSH_REQUIRE_PEERS=1 they fail.
PEERS := mosh openssh-server openssh-client tmux vim less strace gcc libc6-dev \
	protobuf-compiler libutempter0 procps passwd ncurses-bin \
	groff-base bash busybox ksh mksh zsh fish tcsh dbus-daemon

GO_TEST := CGO_ENABLED=1 go test -race
FUZZTIME ?= 10s
SEEDS    ?= 2000

.PHONY: build test test-long vet staticcheck peers fuzz bench generate install links clean

build: ## one static binary without symbols, with git's version in it
	@mkdir -p $(dir $(OUT))
	CGO_ENABLED=0 go build -trimpath -buildvcs=auto -ldflags '-s -w' -o $(OUT) .

# -race sees what the packages do in process; the binary that tests run as a
# program is built as it ships.
test: peers vet staticcheck ## everything CI asks for, in under ten minutes
	$(GO_TEST) -timeout 9m -json ./... | awk -f docs/ci/summary.awk

test-long: peers ## thousands of seeds where `make test` has dozens
	CGO_ENABLED=0 go test -timeout 3h -json ./protocol/ssp -seeds $(SEEDS) | awk -f docs/ci/summary.awk

vet:
	go vet ./...

staticcheck:
	go run $(STATICCHECK) ./...

peers: ## install what is missing of the real programs that tests drive
	@missing=; for p in $(PEERS); do \
	    [ "$$(dpkg-query -W -f='$${db:Status-Status}' $$p 2>/dev/null)" = installed ] || missing="$$missing $$p"; \
	done; \
	[ -n "$$missing" ] || exit 0; \
	command -v apt-get >/dev/null || { echo "no apt here: some tests may be skipped"; exit 0; }; \
	sudo=; [ "$$(id -u)" = 0 ] || sudo="sudo -n"; \
	echo "installing$$missing"; \
	{ $$sudo apt-get -qq update && DEBIAN_FRONTEND=noninteractive $$sudo apt-get -qq install --no-install-recommends $$missing; } >/dev/null \
	    || echo "could not install all of them: some tests may be skipped"

fuzz: ## a short round of each target (FUZZTIME=10s)
	@grep -rlE '^func Fuzz' --include='*_test.go' . | while read -r file; do \
	    grep -oE '^func Fuzz[A-Za-z0-9_]*' $$file | while read -r _ target; do \
	        go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) ./$$(dirname $$file) || exit 1; \
	    done || exit 1; \
	done

bench:
	go test -run '^$$' -bench . -benchmem ./...

generate: ## what is generated: protobuf messages (needs protoc), width tables
	go generate ./...

install: build ## into $(PREFIX)/bin, with the links
	install -D -m 755 $(OUT) $(DESTDIR)$(PREFIX)/bin/gmosh
	@$(MAKE) --no-print-directory links DIR=$(DESTDIR)$(PREFIX)/bin
	install -d $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/bash-completion/completions \
	    $(DESTDIR)$(PREFIX)/share/zsh/site-functions $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	$(OUT) help man >$(DESTDIR)$(PREFIX)/share/man/man1/gmosh.1
	$(OUT) help bash >$(DESTDIR)$(PREFIX)/share/bash-completion/completions/gmosh
	$(OUT) help zsh >$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_gmosh
	$(OUT) help fish >$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/gmosh.fish

links: DIR ?= bin
links: ## mosh, mosh-client and mosh-server beside gmosh in DIR
	@for name in $(NAMES); do ln -sfv gmosh $(DIR)/$$name; done

clean:
	rm -rf bin dist
