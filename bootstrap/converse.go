package bootstrap

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"sync"

	"gmosh/bootstrap/launch"
	"gmosh/protocol/health"
)

// ErrStock says that a question is one that only our own servers answer.
var ErrStock = errors.New("the server there is not a gmosh")

// setting is a variable of a locale that needs no quoting.
var setting = regexp.MustCompile(`^[A-Z_]+=[A-Za-z0-9_.@:-]*$`)

// Survey asks the far machine about itself, and what locale sessions get if the
// client's is this (NAME=VALUE). Only a gmosh over there can answer.
func (l *Lifeline) Survey(ctx context.Context, locale []string) (health.Survey, error) {
	var survey health.Survey
	words := []string{"survey"}
	for _, s := range locale {
		if setting.MatchString(s) {
			words = append(words, s)
		}
	}
	line, err := l.words(ctx, words...)
	if err != nil {
		return survey, err
	}
	return survey, l.answer(ctx, line, health.KindSurvey, &survey)
}

// Echo has the far machine send datagrams back from a UDP port of a range, of which
// 0 and 0 is any. begun is called once it does, with the port and the key, and runs
// beside it. The result is what came there in the end.
func (l *Lifeline) Echo(ctx context.Context, low, high uint16, begun func(health.Echo)) (health.Echo, error) {
	var first, last health.Echo
	line, err := l.words(ctx, "echo", fmt.Sprint(low), fmt.Sprint(high))
	if err != nil {
		return last, err
	}
	process, err := l.asking.start(line)
	if err != nil {
		return last, fmt.Errorf("asking the far machine: %w", err)
	}
	var running sync.WaitGroup
	defer running.Wait()
	err = eachLine(ctx, process, func(text []byte) {
		if first.Port == 0 && health.Parse(health.KindEcho, text, &first) == nil {
			running.Go(func() { begun(first) })
			return
		}
		_ = health.Parse(health.KindEcho, text, &last) // another line, then
	})
	if err == nil && last.Port == 0 {
		err = fmt.Errorf("asking the far machine: %w", health.ErrNone)
	}
	return last, err
}

// words is the command line of a question that only a gmosh answers.
func (l *Lifeline) words(ctx context.Context, words ...string) (string, error) {
	d, err := l.server(ctx)
	if err != nil {
		return "", err
	}
	line := l.asking.spec.Question(d, l.asking.path, words...)
	if line == "" {
		return "", ErrStock
	}
	return line, nil
}

// maxLines bounds what is read of an answer that comes line by line.
const maxLines = 1000

// eachLine runs a process to its end and gives its lines to take.
func eachLine(ctx context.Context, p launch.Process, take func([]byte)) error {
	stop := context.AfterFunc(ctx, func() { _ = p.Close() })
	defer stop()
	defer p.Close()
	var reading sync.WaitGroup
	if stderr := p.Stderr(); stderr != nil {
		reading.Go(func() { _, _ = io.Copy(io.Discard, stderr) })
	}
	lines := bufio.NewScanner(p.Stdout())
	for n := 0; n < maxLines && lines.Scan(); n++ {
		take(lines.Bytes())
	}
	_, _ = io.Copy(io.Discard, p.Stdout())
	reading.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return lines.Err()
}
