package predict

import (
	"slices"
	"strings"

	"gmosh/protocol/terminal"
)

// prompt is what stands left of a line on which typing was shown to be echoed.
type prompt struct {
	screen screen
	text   string // digits as 0: clocks and counters change
	cols   int
	style  terminal.Rendition // of the first character typed
	raw    bool               // by the report, an application echoed
}

// prompts are the newest ones, the newest last.
type prompts struct {
	all     []prompt
	scratch []byte
}

const maxPrompts = 16

// masked returns the text of a row's first columns, as prompts are compared.
func (ps *prompts) masked(r *terminal.Row, cols int) []byte {
	ps.scratch = ps.scratch[:0]
	for col := range cols {
		ps.scratch = r.Text(ps.scratch, col)
	}
	for i, b := range ps.scratch {
		if b >= '1' && b <= '9' {
			ps.scratch[i] = '0'
		}
	}
	return ps.scratch
}

// add remembers a prompt.
func (ps *prompts) add(p prompt) {
	ps.drop(p.screen, p.text)
	if len(ps.all) == maxPrompts {
		ps.all = slices.Delete(ps.all, 0, 1)
	}
	ps.all = append(ps.all, p)
}

// drop forgets a prompt.
func (ps *prompts) drop(s screen, text string) {
	ps.all = slices.DeleteFunc(ps.all, func(p prompt) bool { return p.screen == s && p.text == text })
}

// find returns the prompt that ends where the cursor is.
func (ps *prompts) find(f *terminal.Frame, s screen, at place) (prompt, bool) {
	if len(ps.all) == 0 || at.col == 0 {
		return prompt{}, false
	}
	text := ps.masked(f.Row(at.row), at.col)
	for _, p := range ps.all {
		if p.screen == s && p.cols == at.col && p.text == string(text) {
			return p, true
		}
	}
	return prompt{}, false
}

// left returns the longest prompt in the cursor's row that ends there or left of it.
func (ps *prompts) left(f *terminal.Frame, s screen, at place) (found prompt, ok bool) {
	for _, p := range ps.all {
		if p.screen != s || p.cols > at.col || p.cols <= found.cols {
			continue
		}
		if string(ps.masked(f.Row(at.row), p.cols)) == p.text {
			found, ok = p, true
		}
	}
	return found, ok
}

// invitations are what the prompts of line editors end in: those of bash, zsh and the
// like, of fish as root, of well-known themes. A password is asked for in other words,
// also where it is a line editor that takes it.
var invitations = []string{"$ ", "# ", "% ", "❯ ", "➜ ", "λ "}

// pythons are the whole prompts of Python, which sets no mode for them.
var pythons = []string{">>> ", "... "}

// invites reports whether a line editor waits for a new line, though typing was not
// proven at that prompt: there is what such prompts end in, nothing behind it, and
// bracketed paste is on, which shells switch off before they start a program.
func (p *Predictor) invites(at place) bool {
	f := &p.frame
	if !f.Cursor.Visible || at.col == 0 || p.textEnd(at.row, at.col, p.fieldEnd(at.row, at.col)) > at.col {
		return false
	}
	text := string(p.prompts.masked(f.Row(at.row), at.col))
	if slices.Contains(pythons, text) {
		return true
	}
	return f.BracketedPaste && (slices.ContainsFunc(invitations, func(end string) bool { return strings.HasSuffix(text, end) }) ||
		p.prompts.similar(text, p.screen))
}

// similar reports whether an application echoed behind a prompt that begins with the
// same word and ends in the same two characters: that of a shell in another folder.
func (ps *prompts) similar(text string, s screen) bool {
	return slices.ContainsFunc(ps.all, func(p prompt) bool {
		return p.raw && p.screen == s && len(p.text) > 2 && strings.HasSuffix(text, p.text[len(p.text)-2:]) &&
			firstWord(text) != "" && firstWord(text) == firstWord(p.text)
	})
}

// firstWord returns what stands before the first character that paths and such begin
// with.
func firstWord(prompt string) string {
	return prompt[:max(strings.IndexAny(prompt, " :/~"), 0)]
}
