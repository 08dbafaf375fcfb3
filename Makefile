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
PEERS := mosh openssh-server openssh-client tmux xterm xvfb vim less strace gcc libc6-dev \
	protobuf-compiler libutempter0 procps passwd ncurses-bin \
	groff-base bash busybox ksh mksh zsh fish tcsh dbus-daemon

GO_TEST := CGO_ENABLED=1 go test -race
FUZZTIME ?= 10s
BENCHCOUNT ?= 5
SEEDS    ?= 2000
# Of each simulation in `make test`: twenty scenarios, so thousands in all.
SHORT    ?= 120
KEYS     ?= 500

# What gmosh can be put onto by itself: `make release` puts the first into every
# binary, `make servers` all into the data folder, where gmosh looks (docs/bootstrap.md).
BUNDLED  ?= linux-amd64 linux-arm64
SERVERS  ?= $(BUNDLED) linux-arm linux-386 linux-riscv64 darwin-amd64 darwin-arm64 \
	freebsd-amd64 freebsd-arm64 openbsd-amd64 netbsd-amd64
RELEASES ?= $(SERVERS) windows-amd64 windows-arm64
DATA     ?= $(or $(XDG_DATA_HOME),$(HOME)/.local/share)
BUNDLE   := bootstrap/upload/bundle

.PHONY: build test test-long vet staticcheck peers fuzz bench bench-typing bench-link generate install links clean release servers pack

build: ## one static binary without symbols, with git's version in it
	@mkdir -p $(dir $(OUT))
	CGO_ENABLED=0 go build -trimpath -buildvcs=auto -ldflags '-s -w' -o $(OUT) .

# What only test-long, bench-typing and bench-link run, and what needs an OpenSSH 10.0
# (GMOSH_SSH10 is its path).
LONG := ^TestRecord$$|^TestTypingBenchmark$$|UnderARealLogind$$|^TestWriteTheTables
ifndef GMOSH_SSH10
LONG := $(LONG)|^Test(HandMade|Generated)Files.*SSH10$$
endif

# -race sees what the packages do in process; the binary that tests run as a
# program is built as it ships. protocol/ssp has no goroutine, and its simulations
# would take five times as long.
test: peers vet staticcheck ## everything CI asks for, in under ten minutes
	{ $(GO_TEST) -timeout 9m -skip '$(LONG)' -json $$(go list ./... | grep -v /protocol/ssp$$); a=$$?; \
	  CGO_ENABLED=0 go test -timeout 4m -skip '$(LONG)' -json ./protocol/ssp -seeds $(SHORT); b=$$?; \
	  exit $$((a | b)); } | awk -f docs/ci/summary.awk

test-long: PEERS += nano emacs-nox python3 wine wine64 gcc-mingw-w64-x86-64-win32 systemd-container systemd-sysv dbus-user-session libpam-systemd polkitd
test-long: peers ## thousands of seeds where `make test` has dozens
	CGO_ENABLED=0 go test -timeout 3h -json ./protocol/ssp -seeds $(SEEDS) | awk -f docs/ci/summary.awk
	go test -timeout 10m -json ./client/app -run UnderARealLogind -long | awk -f docs/ci/summary.awk
	go test -timeout 1h -json ./client/predict -run ScreensAreEqual -typing | awk -f docs/ci/summary.awk
	go test -timeout 1h -json ./protocol/terminal -worst -xterm-seeds 1000 -run 'Xterm|Gigabyte|Thirty' | awk -f docs/ci/summary.awk
	docs/ci/wine.sh

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

# The link's benchmarks take minutes each and both cores: bench-link runs them.
bench: ## speed on one core: medians of BENCHCOUNT runs, then instructions a byte
	go test -run '^$$' -bench . -benchmem -cpu 1 -count $(BENCHCOUNT) $$(go list ./... | grep -v /link/measure$$) | awk -f docs/ci/medians.awk
	@if command -v valgrind >/dev/null; then sh protocol/terminal/testdata/instructions.sh; \
	    else echo "no valgrind: no instructions a byte"; fi

bench-typing: PEERS += nano emacs-nox python3
bench-typing: peers ## typing in real programs through stock mosh and through gmosh, over links of 300 ms and 1 s
	go test -timeout 1h -v -parallel 8 ./client/predict -run TypingBenchmark -typing | grep -E 'at once|^ +--- '
	go test -timeout 1h -v -parallel 8 ./client/predict -run TypingBenchmark -typing -scripts plain-bash,plain-cat -links 20ms,100ms,200ms,300ms | grep -E 'at once|^ +--- '

bench-link: peers ## the link beside stock mosh and OpenSSH; writes docs/link.md
	go test ./protocol/link/measure -run '^$$' -bench . -benchtime 1x -timeout 3h -keys $(KEYS) -doc $(CURDIR)/docs/link.md
	go test ./protocol/ssp -run TestWriteTheTables -doc $(CURDIR)/docs/link.md

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

servers: ## builds for other machines, compressed, into $(DATA)/gmosh/servers
	@$(MAKE) --no-print-directory pack PLATFORMS="$(SERVERS)" DIR="$(DATA)/gmosh/servers"

release: ## gmosh for every system into dist, each with servers for Linux in it
	@rm -rf dist $(BUNDLE)
	@$(MAKE) --no-print-directory pack PLATFORMS="$(BUNDLED)" DIR=$(BUNDLE)
	@mkdir -p dist; trap 'rm -rf $(CURDIR)/$(BUNDLE)' EXIT; for p in $(RELEASES); do \
	    file=dist/gmosh-$$p; case $$p in windows-*) file=$$file.exe;; esac; echo "$$file"; \
	    CGO_ENABLED=0 GOOS=$${p%-*} GOARCH=$${p#*-} \
	        go build -trimpath -buildvcs=auto -tags bundle -ldflags '-s -w' -o $$file . || exit 1; \
	done; cd dist && { sha256sum gmosh-* 2>/dev/null || shasum -a 256 gmosh-*; } >SHA256SUMS

# The name of a packed build says what is in it: version, system and digest.
pack:
	@mkdir -p "$(DIR)"; new="$(DIR)/.new"; trap 'rm -f "$$new"' EXIT; for p in $(PLATFORMS); do \
	    CGO_ENABLED=0 GOOS=$${p%-*} GOARCH=$${p#*-} \
	        go build -trimpath -buildvcs=auto -ldflags '-s -w' -o "$$new" . || exit 1; \
	    version=$$(go version -m "$$new" | awk '$$1 == "mod" { print $$3 }'); \
	    case $$version in ''|'(devel)') version=devel;; esac; \
	    sum=$$({ sha256sum 2>/dev/null || shasum -a 256; } <"$$new" | cut -c 1-64); \
	    rm -f "$(DIR)"/gmosh_*_$${p}_*.gz; file=$(DIR)/gmosh_$${version}_$${p}_$$sum.gz; \
	    gzip -9nc <"$$new" >"$$file" || exit 1; echo "$$file"; \
	done

links: DIR ?= bin
links: ## mosh, mosh-client and mosh-server beside gmosh in DIR
	@for name in $(NAMES); do ln -sfv gmosh $(DIR)/$$name; done

clean:
	rm -rf bin dist
