package sshconf

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Numbers, times and sizes as OpenSSH reads them.

var (
	errInvalid = errors.New("integer value invalid")
	errSmall   = errors.New("integer value too small")
	errLarge   = errors.New("integer value too large")
)

// parseInt reads a decimal integer in [lo, hi]: leading white space and a sign
// are allowed, anything after the digits is not.
func parseInt(s string, lo, hi int64) (int64, error) {
	digits := strings.TrimLeft(s, " \t\r\n\v\f")
	body := strings.TrimPrefix(digits, "+")
	if body == digits {
		body = strings.TrimPrefix(digits, "-")
	}
	if body == "" || strings.Trim(body, "0123456789") != "" {
		return 0, errInvalid
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	switch negative := strings.HasPrefix(digits, "-"); {
	case err != nil && negative, err == nil && n < lo:
		return 0, errSmall
	case err != nil, n > hi:
		return 0, errLarge
	}
	return n, nil
}

// scanInt is strtol: the longest number at the beginning of s, and the rest.
func scanInt(s string, base int) (n int64, rest string, err error) {
	t := strings.TrimLeft(s, " \t\r\n\v\f")
	end := 0
	if end < len(t) && (t[end] == '+' || t[end] == '-') {
		end++
	}
	first := end
	for end < len(t) && t[end] >= '0' && t[end] < byte('0'+base) {
		end++
	}
	if end == first {
		return 0, s, errInvalid
	}
	n, err = strconv.ParseInt(t[:end], base, 64)
	return n, t[end:], err
}

// parseC reads an unsigned number as C writes it: decimal, 0octal or 0xhex. Go's
// own additions to that are none of ours.
func parseC(s string, bits int) (uint64, error) {
	if strings.Contains(s, "_") || len(s) > 1 && s[0] == '0' && strings.ContainsRune("bBoO", rune(s[1])) {
		return 0, errInvalid
	}
	return strconv.ParseUint(s, 0, bits)
}

var unitSeconds = map[byte]int64{
	's': 1, 'm': 60, 'h': 60 * 60, 'd': 24 * 60 * 60, 'w': 7 * 24 * 60 * 60,
}

var errTime = errors.New("invalid time value")

// parseTime reads a time in seconds, in the format of sshd_config(5): a sequence
// of numbers, each with an optional unit s, m, h, d or w.
func parseTime(s string) (int64, error) {
	if s == "" {
		return 0, errTime
	}
	total := int64(0)
	for s != "" {
		n, rest, err := scanInt(s, 10)
		if err != nil || n < 0 || n > math.MaxInt32 {
			return 0, errTime
		}
		unit := int64(1)
		if rest != "" { // only the last number may go without a unit
			u, ok := unitSeconds[rest[0]|0x20]
			if !ok {
				return 0, errTime
			}
			unit, rest = u, rest[1:]
		}
		if total += n * unit; total > math.MaxInt32 {
			return 0, errTime
		}
		s = rest
	}
	return total, nil
}

// parseScaled reads a size with an optional fraction and an optional suffix B, K,
// M, G, T, P or E (powers of 1024).
func parseScaled(s string) (int64, error) {
	bad := func(why string) (int64, error) { return 0, fmt.Errorf("bad number %q: %s", s, why) }
	body := strings.TrimLeft(s, " \t\r\n\v\f")
	sign := int64(1)
	if body != "" && (body[0] == '+' || body[0] == '-') {
		if body[0] == '-' {
			sign = -1
		}
		body = body[1:]
	}
	shift := 0
	if body != "" {
		if i := strings.IndexByte("BKMGTPE", body[len(body)-1]&^0x20); i >= 0 {
			shift, body = 10*i, body[:len(body)-1]
		}
	}
	whole, fraction, _ := strings.Cut(body, ".")
	if strings.Trim(whole+fraction, "0123456789") != "" || whole+fraction == "" {
		return bad("not a size")
	}
	n, err := strconv.ParseInt("0"+whole, 10, 64)
	if err != nil || n > math.MaxInt64>>shift {
		return bad("out of range")
	}
	return sign * (n<<shift + scaleFraction(fraction, shift)), nil
}

// scaleFraction is 0.digits times 1<<shift, rounded down. The first 18 digits
// decide: more of them are below one byte.
func scaleFraction(digits string, shift int) int64 {
	if len(digits) > 18 {
		digits = digits[:18]
	}
	n, scale := int64(0), int64(1)
	for _, d := range digits {
		n, scale = n*10+int64(d-'0'), scale*10
	}
	// n < scale <= 10^18 and shift <= 60: 128 bits are needed in between.
	result := int64(0)
	for range shift {
		n *= 2
		result *= 2
		if n >= scale {
			n -= scale
			result++
		}
	}
	return result
}

// parsePort reads a port number or the name of a TCP service.
func parsePort(env Environment, s string) (int, bool) {
	if n, err := parseInt(s, 0, 65535); err == nil {
		return int(n), true
	} else if !errors.Is(err, errInvalid) {
		return 0, false
	}
	return env.ServicePort(s)
}

// parseOctal reads a file mode mask: the octal digits at the beginning of s.
func parseOctal(s string) (int64, bool) {
	n, _, err := scanInt(s, 8)
	return n, err == nil && n >= 0 && n <= 0o777
}
