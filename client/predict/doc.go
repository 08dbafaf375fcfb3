// Package predict guesses what typed keys will do to the screen, so that most
// typing is seen at once and not a round trip later (spec/mosh-wire.md section 11).
//
// A Predictor hears of every chunk of typed bytes and of every new frame, and
// lays its guesses over a copy of the newest frame. The frame itself is never
// touched, and nothing here is sent: the worst that a wrong guess does is to show
// a wrong character until the server's frame is here.
//
// # How a key becomes a character on the screen
//
// The bytes are parsed into keys (key.go), and each key becomes a stroke
// (stroke.go) whose effect is worked out on top of the frame and of the strokes
// before it (edit.go, line.go) and noted as a guess per cell (guess.go). A stroke
// belongs to an epoch. An epoch is shown only once the server's frames have proven
// that a key of it was echoed where it was expected (judge.go); whatever may change
// what the far side does with keys (CR, control keys, unknown keys) begins a new,
// unproven epoch. So a password is not shown: nothing typed at its prompt is ever
// proven. When the echo ack covers a stroke, its guesses are compared with the
// frame and are gone.
//
// What guesses came true is remembered for the kind of screen they were made on
// (trust.go): where a shown guess was wrong, more proof is asked for the next time.
//
// # Knowing instead of guessing
//
// A gmosh server reports the line discipline of its pty (report.go). While such a
// report is valid, the first characters of a line need no proof: in canonical mode
// with echo; where the same prompt is on the screen at which typing was proven
// before, or one that cannot be mistaken (prompt.go); where an editor names the mode
// that it is in (trust.go); and where arrow keys have gone through the text that was
// typed to (journey.go). Without echo nothing is guessed at all. One window is left: a
// program that turns echo off with no key before it. What is typed before the report
// of it arrives may be shown, for one round trip at most, and goes with the report.
//
// # What it is not
//
// It knows no network and no clock, and interprets no output: that is the
// emulator's business. Package client calls it from its loop, through the
// interface client.Predictor. Pure: a Predictor belongs to one goroutine and takes
// the time as an argument.
package predict
