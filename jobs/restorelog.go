package jobs

import (
	"context"
	"log/slog"

	"tidemark"
)

// logEvery is by how many percent a restore moves on between two lines of the log.
const logEvery = 10

// restoreLog tells the log how a restore goes: each phase, and every tenth of
// the whole. It may be used by one goroutine at a time.
type restoreLog struct {
	log   *slog.Logger
	phase string
	tenth int
}

func newRestoreLog(log *slog.Logger, job *tidemark.RestoreJob) *restoreLog {
	return &restoreLog{
		log:   log.With("id", string(job.ID), "attempt", job.Epoch, "instance", job.InstanceName, "target", job.TargetName),
		tenth: int(job.Progress.Percent) / logEvery,
	}
}

func (l *restoreLog) tell(ctx context.Context, p tidemark.Progress) {
	tenth := int(p.Percent) / logEvery
	if p.Phase == l.phase && tenth <= l.tenth {
		return
	}
	l.phase, l.tenth = p.Phase, max(tenth, l.tenth)
	attrs := []slog.Attr{
		slog.String("phase", p.Phase), slog.Int("percent", int(p.Percent)),
		slog.Int64("bytes", p.Bytes), slog.Int64("totalBytes", p.TotalBytes),
		slog.Int64("documents", p.Documents), slog.Int64("bytesPerSecond", int64(p.Rate())),
	}
	if eta, ok := p.ETA(); ok {
		attrs = append(attrs, slog.String("eta", eta.Round(1e9).String()))
	}
	l.log.LogAttrs(ctx, slog.LevelInfo, "restore", attrs...)
}
