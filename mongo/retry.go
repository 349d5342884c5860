package mongo

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"tidemark"
)

const (
	firstPause = 50 * time.Millisecond
	lastPause  = 2 * time.Second
)

// retry calls try until it succeeds, fails for good, or Options.RetryFor has
// passed. An error of the driver becomes one of the port, an error that is one
// already ends it.
func (d *Deployment) retry(ctx context.Context, what string, try func(context.Context) error) error {
	end := time.Now().Add(d.opts.RetryFor)
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		err := try(ctx)
		if err == nil {
			return nil
		}
		if _, final := errors.AsType[*tidemark.Error](err); final || !judge(err).transient || time.Now().Add(pause).After(end) {
			return d.fault(ctx, what, err)
		}
		if err := sleep(ctx, pause); err != nil {
			return err
		}
	}
}

// sleep waits for between half of pause and all of it.
func sleep(ctx context.Context, pause time.Duration) error {
	timer := time.NewTimer(pause/2 + rand.N(pause/2))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
