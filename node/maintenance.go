package node

import (
	"context"
	"errors"
	"time"
)

// maintainEvery is how often the service's standing work is done: writing down
// the uses of keys, clearing access lists, rotating the key of tokens.
const maintainEvery = time.Minute

// startMaintenance does the standing work of the service until the end, and a
// last time then.
func (n *Node) startMaintenance(ctx context.Context) error {
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(maintainEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			if err := n.service.Maintain(ctx); err != nil && !errors.Is(err, context.Canceled) {
				n.log.Error("the standing work of the service failed; it is tried again in a minute", "error", err)
			}
		}
	}()
	n.onClose(func(ctx context.Context) error {
		stop()
		<-done
		return n.service.Maintain(ctx)
	})
	return nil
}
