package sshconf_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gmosh/sshconf"
)

// fieldOf is the field of Config that holds a keyword's value where it is not called
// like the keyword; "" if the keyword has its effect within sshconf.
var fieldOf = map[string]string{
	"Host": "", "Match": "", "Include": "", "IgnoreUnknown": "", "Tag": "",
	"CanonicalDomains": "", "CanonicalizeFallbackLocal": "", "CanonicalizeHostname": "", "CanonicalizeMaxDots": "", "CanonicalizePermittedCNAMEs": "",
	"IdentityFile": "IdentityFiles", "CertificateFile": "CertificateFiles",
	"UserKnownHostsFile": "UserKnownHostsFiles", "GlobalKnownHostsFile": "GlobalKnownHostsFiles",
	"KnownHostsCommand": "KnownHostsArgs", "SendEnv": "Sends", "IPQoS": "IPQoSInteractive", "ProxyJump": "Via", "ProxyUseFdpass": "Err",
}

// What the documentation calls acted on is read by those who connect.
func TestKeywordsThatAreActedOnAreRead(t *testing.T) {
	var text strings.Builder
	for _, pattern := range []string{"../bootstrap/*.go", "../bootstrap/*/*.go", "../client/app/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatal(pattern, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			text.Write(data)
		}
	}
	for _, row := range sshconf.Keywords() {
		field, renamed := fieldOf[row[0]]
		if !renamed {
			field = row[0]
		}
		if use := row[1]; use != "acted on" && use != "refused" || field == "" {
			continue
		}
		// Of a Config, which is called host, config or c wherever it is used.
		if !regexp.MustCompile(`(?i)(host|config|\bc)\.` + field + `\b`).MatchString(text.String()) {
			t.Errorf("%s is %s, and nothing reads %s", row[0], row[1], field)
		}
	}
}
