package app_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// bigLines is the length of the text of fifty megabytes.
const bigLines = 50 << 20 / 52

// numbered is a text of so many lines, numbered and of different lengths, none of which
// wraps.
func numbered(lines int) []byte {
	rng := rand.New(rand.NewPCG(1, 2))
	var out bytes.Buffer
	for i := range lines {
		fmt.Fprintf(&out, "%06d ", i+1)
		for range 20 + rng.IntN(50) {
			out.WriteByte(byte('!' + rng.IntN(94)))
		}
		out.WriteByte('\n')
	}
	return out.Bytes()
}

// topScript repaints a screen as top does: home, rows that change in places, and the
// rest of each row erased.
const topScript = `
seed=7
for frame in $(seq 1 60); do
  printf '\033[H\033[7mtop %d\033[m\033[K\r\n' $frame
  for row in $(seq 1 20); do
    seed=$(( (seed * 1103515245 + 12345) % 2147483648 ))
    printf '%5d \033[1mproc%d\033[m %3d.%d%%\033[K\r\n' $row $((seed % 97)) $((seed / 97 % 100)) $((seed / 9700 % 10))
  done
done
printf '\033[J'
`

// wideText has wide and combining characters, at the margin too. Of those that tmux
// and glibc disagree on there is none.
const wideText = "中文字符 CJK\n" +
	"ｆｕｌｌｗｉｄｔｈ\n" +
	"e\u0301 a\u0308 o\u0302 combining\n" +
	"\u65e5\u672c\u8a9e\u306e\u30c6\u30ad\u30b9\u30c8\n" +
	"한국어 텍스트\n" +
	"\U0001f642 \U0001f680 emoji\n" +
	"123456789012345678901234567890123456789012345678901234567890123456789012345678中x\n" +
	"1234567890123456789012345678901234567890123456789012345678901234567890123456789中x\n" +
	"12345678901234567890123456789012345678901234567890123456789012345678901234567e\u0301f\u0301g\n"

// colourText is a table of renditions that stock mosh knows.
func colourText() string {
	var b strings.Builder
	for _, attr := range []int{0, 1, 4, 5, 7, 3} {
		fmt.Fprintf(&b, "\x1b[%dmattr %d\x1b[m ", attr, attr)
		for c := range 8 {
			fmt.Fprintf(&b, "\x1b[%d;%dmfg%d\x1b[m\x1b[%dmbg%d\x1b[m", attr, 30+c, c, 40+c, c)
		}
		b.WriteByte('\n')
	}
	for c := 16; c < 256; c += 12 {
		fmt.Fprintf(&b, "\x1b[38;5;%dm%03d\x1b[m", c, c)
	}
	b.WriteByte('\n')
	for c := 0; c < 256; c += 16 {
		fmt.Fprintf(&b, "\x1b[48;2;%d;%d;%dm##\x1b[m", c, 255-c, c/2)
	}
	b.WriteString("\n\x1b[44mblue to the end of the line\x1b[K\x1b[m\n")
	return b.String()
}

// regionText scrolls regions, inserts and deletes lines and characters, and erases.
const regionText = "\x1b[2J\x1b[H" +
	"one\r\ntwo\r\nthree\r\nfour\r\nfive\r\nsix\r\nseven\r\neight\r\nnine\r\nten" +
	"\x1b[3;7r\x1b[7;1H\nscrolled\x1b[3;1H\x1bMreversed\x1b[r" +
	"\x1b[2;1H\x1b[L\x1b[2;1Hinserted line" +
	"\x1b[9;1H\x1b[M" +
	"\x1b[10;2H\x1b[3@ins\x1b[11;2H\x1b[2P\x1b[5;3H\x1b[2X" +
	"\x1b[12;1Habcdefgh\x1b[12;4H\x1b[1K\x1b[13;1Hijklmnop\x1b[13;4H\x1b[K" +
	"\x1b[14;1H\x1b(0lqqqk\x1b(B\r\n\x1b(0mqqqj\x1b(B" +
	"\x1b[17;70Htab\ttab\r\n"

// Why stock mosh differs.
const (
	sharedScreen = "mosh knows no alternate screen: what was on it stays"
	noCharsets   = "mosh knows no line drawing characters: letters are shown"
)

// makeScripts returns what is done in every pairing.
func makeScripts(t *testing.T) []script {
	dir := writeFixtures(t)
	check := checkpoint{}
	vim := "vim -u NONE -N -n -i NONE " + dir + "/text"
	return []script{
		{"a shell with line editing", []any{
			enter("echo start"), check,
			typ("echo helo wrld"), key("Left", "Left", "Left"), typ("o"), key("C-a", "M-f", "Right", "Right", "Right", "Right"), typ("l"),
			key("C-e", "BSpace"), typ("d!"), key("Enter"), prompt(),
			typ("for i in 1 2 3 4 5; do echo line $i of a loop; done"), key("Enter"), prompt(),
			key("Up", "Up", "Enter"), prompt(), check,
		}},
		{"output longer than the screen", []any{enter("cat " + dir + "/text"), check}},
		{"wide and combining characters", []any{
			enter("cat " + dir + "/wide"), check,
			typ("echo 中文 e\u0301"), key("Enter"), prompt(), check,
		}},
		{"colours", []any{enter("cat " + dir + "/colours"), check}},
		{"regions, insertion and deletion", []any{enter("cat " + dir + "/regions"), checkpoint{differs: noCharsets}}},
		{"top", []any{enter("bash " + dir + "/top"), check}},
		{"vi", []any{
			enter("true"),
			typ(vim), key("Enter"), see("300L"),
			typ("10Gdd5xp"), typ(":echo 'mark one'"), key("Enter"), see("mark one"), check,
			key("C-f", "C-f"), typ("Oinserted text 中文"), key("Escape"), typ("0:echo 'mark two'"), key("Enter"), see("mark two"), check,
			typ(":q!"), key("Enter"), prompt(), checkpoint{differs: sharedScreen},
		}},
		{"less", []any{
			enter("true"),
			typ("LESS= less " + dir + "/text"), key("Enter"), see("000023"), check,
			key("Space"), see("000046"), typ("/000150"), key("Enter"), see("000172"), typ("G"), see("(END)"), check,
			typ("q"), prompt(), enter("echo back"), check,
		}},
		{"sizes", []any{
			resized(100, 30), enter("stty size"), check,
			resized(60, 20), enter("stty size; tail -5 " + dir + "/text"), check,
			resized(80, 24), enter("stty size"), check,
		}},
		{"a size that changes inside vi", []any{
			enter("true"),
			typ(vim), key("Enter"), see("000001"),
			size(100, 30), see("000028"), typ(":echo 'wide'"), key("Enter"), see("wide"), check,
			size(80, 24), gone("000024"), typ(":echo 'narrow'"), key("Enter"), see("narrow"), check,
			typ(":q!"), key("Enter"), prompt(), enter("stty size"), check,
		}},
		{"fifty megabytes", []any{
			enter("true"), typ("cat " + dir + "/big"), key("Enter"), see(fmt.Sprintf("%06d ", bigLines)), prompt(), check,
		}},
	}
}
