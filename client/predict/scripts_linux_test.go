package predict_test

import (
	"fmt"
	"slices"
	"strings"
)

// script is one program and what a person types to it.
type script struct {
	name string
	argv []string
	env  []string
	keys []string // typed in pieces, with a wait for the screen after each
}

// ready is what is on the screen when a program asks for keys, where it says other
// things before.
var ready = map[string]string{
	"emacs": "(New file)", // the last that it says at its start
	"fish":  "@",          // of the prompt
	"nano":  "^X Exit",
	"tmux":  "host $", "tmux-split": "host $",
	"vim-insert": "[New]", "vim-normal": "60L", "vim-code": "7L",
}

const (
	leftKey, rightKey, upKey = "\x1bOD", "\x1bOC", "\x1bOA"
	homeKey, endKey, delKey  = "\x1bOH", "\x1bOF", "\x1b[3~"
)

// lines are shell commands as people type them, corrections and all.
var lines = []string{
	"ls -ax\x7f *.c\r",
	"echo helo" + leftKey + "l" + endKey + " world\r",
	"cd /usr/loacl\x7f\x7f\x7f\x7fcal/bin\r",
	"git comit -m 'first words'" + strings.Repeat(leftKey, 16) + "m" + endKey + "\r",
	"grep -rn pattern src | head\x17tail -5\r",
	"echo one two three\x01\x1b[C\x05 four\r",
	"wrong line\x15true\r",
	upKey, "\x7f\x7f\x7f\x7fecho ok\r",
	"cat greeting -\r", "a line of text\r", "another oen\x7f\x7fne\r", "\x04", // it says when it reads
	"echo done\r",
}

// plain is typing without a mistake: it is there for how the first keys of lines
// fare.
var plain = strings.SplitAfter(strings.Repeat(
	"ls -l /some/where\recho hello world\rgit status\rmake test\rtrue notes.txt\rcd ../there\rgrep -n this that\r", 5), "\r")[:35]

var scripts = []script{
	{"plain-bash", []string{"bash", "--norc"}, []string{"PS1=user@host:~$ "}, plain},
	{"plain-cat", []string{"cat"}, nil, plain},
	{"bash", []string{"bash", "--norc"}, []string{`PS1=\[\e[1;32m\]user@host\[\e[0m\]:\[\e[34m\]~\[\e[0m\]\$ `}, lines},
	{"zsh", []string{"zsh", "-f"}, nil, lines},
	{"zsh-right", []string{"zsh", "-f"}, nil, append([]string{"PROMPT='%~ %# ' RPROMPT='<%n>'\r"}, lines...)},
	{"fish", []string{"fish"}, nil, lines},
	{"python", []string{"python3", "-q"}, nil, []string{
		"x = 4\r", "for i in range(3):\r", "    print(i, x)\r", "\r", "print('helo')" + strings.Repeat(leftKey, 3) + "l\r",
		"import syss\x7f\r", "sys.version[:3]\r", "'abc'.upper()\x01y = \x05 # note\r", "y\r",
	}},
	{"vim-insert", []string{"vim", "-u", "DEFAULTS", "-n", "notes.txt"}, nil, []string{
		"i", "Some text that is typed at once.\r", "A second line, with a typo\x7f\x7f\x7f\x7ftypo.\r", "And a third one",
		"\x1b", "kk0", "i", "First: ", "\x1b", "A", " And more.", "\x1b", "o", "a new line here", "\x1b",
	}},
	{"vim-normal", []string{"vim", "-u", "DEFAULTS", "-n", "story.txt"}, nil, []string{
		"jjjwwbbee", "kk0$", "xxxxdd", "ggGgg", "llllhhhh", "ylp", "fo", "jjjj", "/the\r", "nnN", "3dw",
	}},
	{"vim-code", []string{"vim", "-u", "DEFAULTS", "-n", "main.c"}, nil, []string{
		"jjA", " /* here */", "\x1b", "jo", "printf(\"%d\\n\", 42);", "\x1b", "kk0wi", "static ", "\x1b", "j$i", "x + 1", "\x1b",
	}},
	{"nano", []string{"nano", "notes.txt"}, nil, []string{
		"Dear all,\r", "this is a leter" + strings.Repeat(leftKey, 3) + "t" + endKey + " to you.\r", "Best\x7f\x7f\x7f\x7fYours\r",
		upKey + upKey, homeKey + "And " + endKey + " Really.", "\x0b",
	}},
	{"emacs", []string{"emacs", "-nw", "-Q", "notes.txt"}, []string{"COLORTERM="}, // which a server of ours may tell it
		[]string{
			"Hello there, this is emacs.\r", "A second lien\x7f\x7fne of text.\r", "\x10\x10\x01", "Well. ", "\x05 Indeed.", "\x0e\x05 More.",
			"\x01\x0b", "rest",
		}},
	{"less", []string{"less", "story.txt"}, nil, []string{
		"jjjjkk", "  ", "bb", "G", "g", "/fox\r", "nn", "?the\r", "n", "12g", "&dog\r", "&\r",
	}},
	{"tmux", []string{"tmux", "-L", "typing", "-f", "tmux.conf", "new-session", "env", "PS1=host $ ", "bash", "--norc"}, nil, append(
		slices.Clone(lines[:8]), "\x02", "c", "\x02", "p", "echo again\r")},
	{"tmux-split", []string{"tmux", "-L", "typing", "-f", "tmux.conf", "new-session", "env", "PS1=host $ ", "bash", "--norc"}, nil, append(
		[]string{"\x02%", "\x02;"}, append(slices.Clone(lines[:8]), "echo the end of a long line is beyond the border\r")...)},
	{"password", []string{"bash", "--norc"}, []string{"PS1=$ "}, []string{
		"read -s pw\r", "secret\r", "echo ok\r", "python3 -c 'import getpass; getpass.getpass()'\r", "hunter2\r",
		"read -p 'Password: ' -s pw\r", "Password1\r", "read -s -n 4 x\r", "abcd", "echo ok\r",
	}},
	{"cat", []string{"cat"}, nil, []string{"first line\r", "a worng one\x7f\x7f\x7f\x7f\x7f\x7f\x7frong one\r", "some words to go\x17\x15all new\r"}},
	{"cjk", []string{"bash", "--norc"}, []string{"PS1=$ "}, []string{
		"echo 你好世界\r", "echo 中文输入" + strings.Repeat(leftKey, 2) + "字" + strings.Repeat(rightKey, 2) + "很好\x7f\x7f\r",
		"echo cafe\u0301 na\u00efve\r", "echo 🎉 party 🚀\x7f\x7fx\r", "echo ありがとう\x17thanks\r",
	}},
	{"wrap", []string{"bash", "--norc"}, []string{"PS1=$ "}, []string{
		"echo the quick brown fox jumps over the lazy dog and then it runs on and on until the line wraps around\r",
		"echo once more the quick brown fox jumps over the lazy dog and then it runs on and on until the line wraps" + strings.Repeat("\x7f", 30) + " around\r",
	}},
	{"menu", []string{"bash", "--norc", "-c", "while read -rsn1 k; do case $k in q) break;; esac; printf '\\e[H\\e[2J[%s]\\r\\n one\\r\\n two\\r\\n three' x; done"}, nil, []string{
		"jjkk", "jjjj", "abc"}},
}

// short is for every test run.
var short = []script{
	{"short", []string{"bash", "--norc"}, []string{"PS1=$ "}, []string{"ls -x\x7fa *.c\r", "cat greeting -\r", "a line\r", "\x04", "echo 你好\r"}},
	{"password", []string{"bash", "--norc"}, []string{"PS1=$ "}, []string{"read -s pw\r", "pass\r", "echo ok\r"}},
}

const code = "#include <stdio.h>\n\nint main(void)\n{\n\tint n = 1;\n\treturn n;\n}\n"

// story is something to page through.
func story() string {
	var b strings.Builder
	for i := range 60 {
		fmt.Fprintf(&b, "%d The quick brown fox jumps over the lazy dog. The dog sleeps.\n", i+1)
	}
	return b.String()
}
