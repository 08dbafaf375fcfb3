package sshconf

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// reader takes the arguments of a keyword off a statement, checks them, and gives
// them in the form that -G prints and fill.go understands. Nil: unset.
type reader func(st *statement) ([]string, error)

var (
	errMissing = errors.New("missing argument")
	errOption  = errors.New("unsupported option")
)

// text reads one argument as it is.
func text(st *statement) ([]string, error) {
	word := st.next()
	if word == "" {
		return nil, errMissing
	}
	return one(word), nil
}

// maxFiles is how many IdentityFiles, and CertificateFiles, there may be.
const maxFiles = 100

// file reads one more path for a list of files.
func file(st *statement) ([]string, error) {
	words, err := text(st)
	if err != nil {
		return nil, err
	}
	have, _ := st.settings.get(st.keyword.name())
	if st.block.active && len(have) >= maxFiles && !slices.Contains(have, words[0]) {
		return nil, fmt.Errorf("too many %ss (max %d)", st.keyword.title, maxFiles)
	}
	return words, nil
}

// command reads the rest of the line, quotes and all.
func command(st *statement) ([]string, error) {
	st.words = nil
	return one(strings.TrimLeft(st.rest, blank+"=")), nil
}

// choice reads one of some words, without regard to case. "word=meaning" stands
// for another word.
func choice(words ...string) reader {
	meanings := make(map[string]string, len(words))
	for _, word := range words {
		word, meaning, differs := strings.Cut(word, "=")
		if !differs {
			meaning = word
		}
		meanings[word] = meaning
	}
	return func(st *statement) ([]string, error) {
		word := st.next()
		if word == "" {
			return nil, errMissing
		}
		meaning, ok := meanings[lower(word)]
		if !ok {
			return nil, fmt.Errorf("%w %q", errOption, word)
		}
		return one(meaning), nil
	}
}

var flag = choice("yes", "true=yes", "no", "false=no")

const maxInt = 1<<31 - 1

func integer(st *statement) ([]string, error) {
	n, err := parseInt(st.next(), 0, maxInt)
	if err != nil {
		return nil, err
	}
	return one(strconv.FormatInt(n, 10)), nil
}

// seconds reads a time; "none" leaves the keyword unset.
func seconds(st *statement) ([]string, error) {
	word := st.next()
	if word == "none" {
		return nil, nil
	}
	n, err := parseTime(word)
	if err != nil {
		return nil, err
	}
	return one(strconv.FormatInt(n, 10)), nil
}

func port(st *statement) ([]string, error) {
	word := st.next()
	n, ok := parsePort(st.env, word)
	if !ok || n == 0 {
		return nil, fmt.Errorf("bad port %q", word)
	}
	return one(strconv.Itoa(n)), nil
}

// listOf reads all arguments, at most limit if that is not zero. A word of alone
// must be the only one.
func listOf(limit int, alone ...string) reader {
	return func(st *statement) ([]string, error) {
		words := st.all()
		for _, word := range words {
			if word == "" {
				return nil, fmt.Errorf("keyword %s empty argument", st.name)
			}
		}
		if err := standsAlone(st.name, words, alone); err != nil {
			return nil, err
		}
		if _, set := st.settings.get(st.keyword.name()); limit > 0 && len(words) > limit && st.block.active && !set {
			return nil, fmt.Errorf("too many %s entries", st.name)
		}
		return words, needOne(words)
	}
}

func needOne(words []string) error {
	if len(words) == 0 {
		return errMissing
	}
	return nil
}

// standsAlone puts the words that must be the only one into lower case.
func standsAlone(name string, words, alone []string) error {
	for i, word := range words {
		if !slices.Contains(alone, lower(word)) {
			continue
		}
		if words[i] = lower(word); len(words) > 1 {
			return notAlone(name, word)
		}
	}
	return nil
}

func notAlone(name, word string) error {
	return fmt.Errorf("keyword %s %q argument must appear alone", name, word)
}

func domains(st *statement) ([]string, error) {
	words, err := listOf(32, "none")(st)
	if err != nil {
		return nil, err
	}
	for i, word := range words {
		if isNone(word) {
			break
		}
		if fault := domainFault(word); fault != "" {
			return nil, errors.New(fault)
		}
		words[i] = strings.TrimSuffix(lower(word), ".")
	}
	return words, nil
}

func permittedCNAMEs(st *statement) ([]string, error) {
	words := st.all()
	if err := standsAlone(st.name, words, one("none")); err != nil {
		return nil, err
	}
	for i, word := range words {
		source, target, found := strings.Cut(word, ":")
		if !isNone(word) && (!found || target == "") {
			return nil, fmt.Errorf("invalid permitted CNAME %q", word)
		}
		if words[i] = lower(word); found {
			words[i] = lower(source) + ":" + lower(target)
		}
	}
	if _, set := st.settings.get(st.keyword.name()); len(words) > 32 && st.block.active && !set {
		return nil, errors.New("too many permitted CNAMEs")
	}
	return words, needOne(words)
}

func permitOpen(st *statement) ([]string, error) {
	words := st.all()
	for i, word := range words {
		if isNone(word) || strings.EqualFold(word, "any") {
			if words[i] = lower(word); len(words) > 1 {
				return nil, notAlone(st.name, word)
			}
			continue
		}
		_, end, port, ok := cutHost(word)
		if !ok || end == '/' {
			return nil, fatal{fmt.Errorf("missing host in %s", st.name)}
		}
		if n, ok := parsePort(st.env, port); port != "*" && (end == 0 || !ok || n == 0) {
			return nil, fatal{fmt.Errorf("bad port number in %s", st.name)}
		}
	}
	return words, needOne(words)
}

// channelTimeout reads type=interval pairs.
func channelTimeout(st *statement) ([]string, error) {
	words := st.all()
	if err := standsAlone(st.name, words, one("none")); err != nil {
		return nil, err
	}
	for _, word := range words {
		kind, interval, found := strings.Cut(word, "=")
		if _, err := parseTime(interval); !isNone(word) && (!found || kind == "" || err != nil) {
			return nil, fatal{fmt.Errorf("invalid channel timeout %s", word)}
		}
	}
	return words, needOne(words)
}

func envNames(st *statement) ([]string, error) {
	words := st.all()
	for _, word := range words {
		if word == "" || strings.Contains(word, "=") {
			return nil, errors.New("invalid environment name")
		}
	}
	return words, needOne(words)
}

// envSettings keeps the first of several settings of one name.
func envSettings(st *statement) ([]string, error) {
	words := st.all()
	seen := map[string]bool{}
	kept := []string{}
	for _, word := range words {
		name, _, found := strings.Cut(word, "=")
		if !found {
			return nil, errors.New("invalid SetEnv")
		}
		if !seen[name] {
			seen[name] = true
			kept = append(kept, word)
		}
	}
	return kept, needOne(words)
}

// addKeys: "true", "false", "ask", "confirm", "confirm seconds" or "seconds".
func addKeys(st *statement) ([]string, error) {
	word := st.next()
	switch mode := lower(word); mode {
	case "yes", "true":
		return one("true"), nil
	case "no", "false":
		return one("false"), nil
	case "ask":
		return one(mode), nil
	case "confirm":
		if len(st.words) == 0 {
			return one(mode), nil
		}
		n, err := parseTime(st.next())
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return one(mode), nil
		}
		return []string{mode, strconv.FormatInt(n, 10)}, nil
	}
	n, err := parseTime(word)
	switch {
	case err != nil || len(st.words) > 0:
		return nil, errOption
	case n == 0:
		return one("true"), nil
	}
	return one(strconv.FormatInt(n, 10)), nil
}

// controlPersist: "yes", "no" or seconds.
func controlPersist(st *statement) ([]string, error) {
	word := st.next()
	switch lower(word) {
	case "yes", "true":
		return one("yes"), nil
	case "no", "false":
		return one("no"), nil
	}
	n, err := parseTime(word)
	switch {
	case err != nil:
		return nil, errors.New("bad ControlPersist argument")
	case n == 0:
		return one("yes"), nil
	}
	return one(strconv.FormatInt(n, 10)), nil
}

// agentPath reads a path whose ${VARIABLES} must be set even where the block does
// not apply.
func agentPath(st *statement) ([]string, error) {
	word := st.next()
	if word == "" {
		return nil, errMissing
	}
	if err := checkVariables(word, st.env); err != nil {
		return nil, fmt.Errorf("invalid environment expansion %s: %w", word, err)
	}
	return one(word), nil
}

// checkVariables reports a ${VARIABLE} that is not set. Tokens are not its business.
func checkVariables(s string, env Environment) error {
	_, err := names{}.expand(strings.ReplaceAll(s, "%", "%%"), "", env.Getenv)
	return err
}

func forwardAgent(st *statement) ([]string, error) {
	if len(st.words) > 0 {
		switch lower(st.words[0]) {
		case "yes", "true":
			st.next()
			return one("yes"), nil
		case "no", "false":
			st.next()
			return one("no"), nil
		}
	}
	return agentPath(st)
}

func hashName(st *statement) ([]string, error) {
	word := st.next()
	switch name := strings.ToUpper(word); name {
	case "MD5", "SHA1", "SHA256", "SHA384", "SHA512":
		return one(name), nil
	case "":
		return nil, errMissing
	}
	return nil, fmt.Errorf("invalid hash algorithm %q", word)
}

func logLevel(st *statement) ([]string, error) {
	word := st.next()
	switch level := strings.ToUpper(word); level {
	case "QUIET", "SILENT":
		return one("SILENT"), nil
	case "FATAL", "ERROR", "INFO", "VERBOSE", "DEBUG2", "DEBUG3":
		return one(level), nil
	case "DEBUG", "DEBUG1":
		return one("DEBUG"), nil
	}
	return nil, fmt.Errorf("unsupported log level %q", word)
}

func facility(st *statement) ([]string, error) {
	word := st.next()
	name := strings.ToUpper(word)
	local, isLocal := strings.CutPrefix(name, "LOCAL")
	if slices.Contains([]string{"DAEMON", "USER", "AUTH", "AUTHPRIV"}, name) ||
		isLocal && len(local) == 1 && local[0] >= '0' && local[0] <= '7' {
		return one(name), nil
	}
	return nil, fmt.Errorf("unsupported log facility %q", word)
}

// obscure: "no", "yes" or the interval in milliseconds.
func obscure(st *statement) ([]string, error) {
	word := st.next()
	switch word {
	case "yes", "true":
		return one("yes"), nil
	case "no", "false":
		return one("no"), nil
	}
	interval, found := strings.CutPrefix(word, "interval:")
	if !found {
		return nil, fmt.Errorf("unsupported argument %q", word)
	}
	n, err := parseInt(interval, 1, 1000)
	switch {
	case err != nil:
		return nil, err
	case n == 20:
		return one("yes"), nil
	}
	return one(strconv.FormatInt(n, 10)), nil
}

func tunnelDevice(st *statement) ([]string, error) {
	word := st.next()
	if word == "" {
		return nil, errMissing
	}
	local, remote, both := strings.Cut(word, ":")
	if !both {
		remote = "any"
	}
	for _, unit := range []*string{&local, &remote} {
		if strings.EqualFold(*unit, "any") {
			*unit = "any"
			continue
		}
		n, err := parseInt(*unit, 0, maxInt-2)
		if err != nil {
			return nil, errors.New("bad tun device")
		}
		*unit = strconv.FormatInt(n, 10)
	}
	return one(local + ":" + remote), nil
}

func bindMask(st *statement) ([]string, error) {
	n, ok := parseOctal(st.next())
	if !ok {
		return nil, errors.New("bad mask")
	}
	return one(fmt.Sprintf("0%o", n)), nil
}

// escapeChar: "none", or the character as vis(3) writes it.
func escapeChar(st *statement) ([]string, error) {
	word := st.next()
	var c byte
	switch {
	case word == "":
		return nil, errMissing
	case word == "none":
		return one(word), nil
	case len(word) == 1:
		c = word[0]
	case len(word) == 2 && word[0] == '^' && word[1] >= 64 && word[1] < 128:
		c = word[1] & 31
	default:
		return nil, errors.New("bad escape character")
	}
	return one(vis(c)), nil
}

func vis(c byte) string {
	switch {
	case c == ' ':
		return `\040`
	case c == '\\':
		return `\\`
	case c > ' ' && c < 0x7f:
		return string(rune(c))
	}
	prefix := `\`
	if c >= 0x80 {
		prefix, c = `\M`, c&0x7f
	}
	switch {
	case c < ' ':
		return prefix + "^" + string(rune(c+'@'))
	case c == 0x7f:
		return prefix + "^?"
	}
	return prefix + "-" + string(rune(c))
}

// qosNames are the names that IPQoS knows. A value is printed by the first that
// has it.
var qosNames = []struct {
	name  string
	value uint8
}{
	{"none", 0}, // handled apart: it has no value
	{"af11", 0x28}, {"af12", 0x30}, {"af13", 0x38}, {"af21", 0x48}, {"af22", 0x50}, {"af23", 0x58},
	{"af31", 0x68}, {"af32", 0x70}, {"af33", 0x78}, {"af41", 0x88}, {"af42", 0x90}, {"af43", 0x98},
	{"cs0", 0x00}, {"cs1", 0x20}, {"cs2", 0x40}, {"cs3", 0x60}, {"cs4", 0x80}, {"cs5", 0xa0}, {"cs6", 0xc0}, {"cs7", 0xe0},
	{"ef", 0xb8}, {"le", 0x04}, {"lowdelay", 0x10}, {"throughput", 0x08}, {"reliability", 0x04},
}

// parseQoS reads a name of qosNames or a number with C's prefixes.
func parseQoS(s string) (QoS, bool) {
	for i, q := range qosNames {
		if strings.EqualFold(s, q.name) {
			return QoS{Set: i > 0, Value: q.value}, true
		}
	}
	n, err := parseC(s, 8)
	return QoS{Set: true, Value: uint8(n)}, err == nil
}

func (q QoS) String() string {
	if !q.Set {
		return "none"
	}
	for _, known := range qosNames[1:] {
		if known.value == q.Value {
			return known.name
		}
	}
	return fmt.Sprintf("0x%02x", q.Value)
}

func ipQoS(st *statement) ([]string, error) {
	first := st.next()
	values := []string{first, first}
	if len(st.words) > 0 {
		values[1] = st.next()
	}
	for i, word := range values {
		q, ok := parseQoS(word)
		if !ok {
			return nil, fmt.Errorf("bad IPQoS value: %s", word)
		}
		values[i] = q.String()
	}
	return values, nil
}

// rekeyLimit: bytes and seconds, "" for one that is left alone.
func rekeyLimit(st *statement) ([]string, error) {
	word := st.next()
	if word == "" {
		return nil, errMissing
	}
	values := []string{"0", ""}
	if word != "default" {
		n, err := parseScaled(word)
		if err != nil {
			return nil, err
		}
		if n != 0 && n < 16 {
			return nil, errors.New("RekeyLimit too small")
		}
		values[0] = strconv.FormatInt(n, 10)
	}
	if len(st.words) == 0 {
		return values, nil
	}
	interval, err := seconds(st)
	if err == nil && interval != nil {
		values[1] = interval[0]
	}
	return values, err
}

func algorithmList(kind *algorithmKind) reader {
	return func(st *statement) ([]string, error) {
		word := st.next()
		if word == "" {
			return nil, errMissing
		}
		if !kind.valid(Algorithms(word)) {
			return nil, fmt.Errorf(kind.complain, word)
		}
		return one(word), nil
	}
}

// gssAlgorithms reads a list that knows no signs and no patterns.
func gssAlgorithms(st *statement) ([]string, error) {
	word := st.next()
	if word == "" {
		return nil, errMissing
	}
	for _, name := range strings.Split(word, ",") {
		if name != "" && !slices.Contains(gssKexNames.known, name) {
			return nil, fmt.Errorf(gssKexNames.complain, word)
		}
	}
	return one(word), nil
}

// noJump is the value of "ProxyJump none". With anything after it, if only a
// comment, OpenSSH takes "none" for a host.
const noJump = ""

// proxyJump reads the first word of the rest of the line; quotes mean nothing.
func proxyJump(st *statement) ([]string, error) {
	st.words = nil
	word := strings.TrimLeft(st.rest, blank+"=")
	if end := strings.IndexAny(word, blank); end >= 0 {
		word = word[:end]
	}
	if isNone(strings.TrimLeft(st.rest, blank+"=")) {
		return one(noJump), nil
	}
	_, text, ok := parseJumps(st.env, word)
	if !ok {
		return nil, fmt.Errorf("invalid ProxyJump %q", word)
	}
	return one(text), nil
}

// The forwards are parsed once more when they are stored: what is read is the
// one string that ssh -L, -R or -D would take.
func dynamicForward(st *statement) ([]string, error) { return readForward(st, true, false) }
func localForward(st *statement) ([]string, error)   { return readForward(st, false, false) }
func remoteForward(st *statement) ([]string, error)  { return readForward(st, false, true) }

func readForward(st *statement, dynamic, remote bool) ([]string, error) {
	spec := st.next()
	if spec == "" {
		return nil, errMissing
	}
	if !dynamic {
		target := st.next()
		switch {
		case target == "" && !remote:
			return nil, errors.New("missing target argument")
		case target == "":
			dynamic = true
		default:
			spec += ":" + target
		}
	}
	escaped := strings.ReplaceAll(spec, "%", "%%") // tokens come later, and in paths only
	spec, err := names{}.expand(escaped, "", st.env.Getenv)
	if err != nil {
		return nil, fmt.Errorf("bad forwarding specification: %w", err)
	}
	if _, ok := parseForward(st.env, spec, dynamic, remote); !ok {
		return nil, errors.New("bad forwarding specification")
	}
	return one(spec), nil
}

func obsolete(st *statement) ([]string, error) {
	st.words = nil
	return nil, nil
}

func unsupported(st *statement) ([]string, error) {
	st.words = nil
	st.note(st.at, "Unsupported option %q", st.name)
	return nil, nil
}

// apple takes a keyword of Apple's, whatever its argument.
func apple(st *statement) ([]string, error) {
	st.words = nil
	return nil, nil
}
