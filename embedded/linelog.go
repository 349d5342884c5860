package embedded

import (
	"bytes"
	"log/slog"
)

// lineLogger logs what is written to it, a line each, cut to maxLogLine bytes.
// One goroutine writes to it, that of exec.Cmd.
type lineLogger struct {
	log  *slog.Logger
	line []byte
}

func (l *lineLogger) Write(p []byte) (int, error) {
	if l.log == nil {
		return len(p), nil
	}
	rest := p
	for {
		i := bytes.IndexByte(rest, '\n')
		part := rest
		if i >= 0 {
			part = rest[:i]
		}
		l.line = append(l.line, part[:min(len(part), maxLogLine-len(l.line))]...)
		if i < 0 {
			return len(p), nil
		}
		l.log.Warn("embedded server", slog.String("line", string(l.line)))
		l.line, rest = l.line[:0], rest[i+1:]
	}
}
