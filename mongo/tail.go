package mongo

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"

	"tidemark"
)

const (
	// longestAwait bounds how long a server holds one getMore.
	longestAwait = 10 * time.Second
	// shortBatchBytes is the size below which a reply with fewer entries than
	// were asked for means that there were no more; servers cut larger ones.
	shortBatchBytes = 1 << 20
	whatTail        = "read the oplog"
)

// tail is one reading of an oplog.
type tail struct {
	deployment *Deployment
	info       tidemark.ServerInfo
	preference *readpref.ReadPref
	sizer      *sizer
	fn         func(entry bson.Raw) error

	position tidemark.Timestamp // of the last entry that was handed on, or the one to begin after
	wait     time.Duration
	deadline time.Time // of the wait; zero before the end of the log was reached
}

// callerError is the error of the function that takes the entries.
type callerError struct{ error }

var (
	// errGap is what a cursor that does not begin at the position ends with.
	errGap = errors.New("the entry to begin after is not in the log")
	// errDeadCursor is the end of a cursor that should have waited. A server
	// gives such a cursor where no entry matches yet.
	errDeadCursor = errors.New("the server closed the cursor")
)

// run opens cursors until one reads to the end of the wait.
func (t *tail) run(ctx context.Context) error {
	d := t.deployment
	end := time.Now().Add(d.opts.RetryFor)
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		position := t.position
		err := t.follow(ctx)
		if err == nil {
			return nil
		}
		if e, ok := errors.AsType[callerError](err); ok {
			return e.error
		}
		if errors.Is(err, errGap) {
			if err := t.gap(ctx); err != nil {
				return err
			}
			continue
		}
		if errors.Is(err, errDeadCursor) { // follow sees to the end of the wait
			if err := sleep(ctx, firstPause); err != nil {
				return err
			}
			continue
		}
		if t.position != position {
			pause, end = firstPause, time.Now().Add(d.opts.RetryFor)
		}
		if _, final := errors.AsType[*tidemark.Error](err); final || !canResume(err) || time.Now().Add(pause).After(end) {
			return t.failure(ctx, err)
		}
		if err := sleep(ctx, pause); err != nil {
			return err
		}
	}
}

// failure is the error of the port for one that stays. The embedded server has
// its own words for a log that is not there.
func (t *tail) failure(ctx context.Context, err error) error {
	d := t.deployment
	if _, answered := asServerError(err); answered && t.info.Embedded {
		if last, endErr := d.oplogEnd(ctx, t.info, t.preference, -1); endErr == nil && last.IsZero() {
			return noOplog(t.info)
		}
	}
	return d.fault(ctx, whatTail, oplogFault(err))
}

// canResume says whether reading can go on with a new cursor.
func canResume(err error) bool {
	if e, ok := asServerError(err); ok {
		switch e.code {
		case codeCursorNotFound, codeCappedPositionLost, codeQueryPlanKilled, codeCursorKilled, codeInterrupted:
			return true
		}
	}
	return judge(err).transient
}

// follow reads with one cursor, from the position on.
func (t *tail) follow(ctx context.Context) error {
	cursor, err := t.open(ctx)
	if err != nil {
		return err
	}
	defer t.deployment.closeCursor(ctx, cursor)
	f := follower{tail: t, cursor: cursor}
	asked := t.sizer.first
	for {
		if err := f.drain(ctx); err != nil {
			return err
		}
		if short := f.entries < int(asked) && f.size < shortBatchBytes; short && t.waitIsOver() {
			return t.finish(ctx, f.found)
		}
		if cursor.ID() == 0 {
			return errDeadCursor
		}
		asked = t.sizer.next()
		if err := f.await(ctx, asked); err != nil {
			return err
		}
	}
}

// open finds the position. Servers before 4.4 seek to it only with oplogReplay;
// later ones ignore that.
func (t *tail) open(ctx context.Context) (*driver.Cursor, error) {
	ctx, cancel := context.WithTimeout(ctx, t.deployment.opts.OperationTimeout)
	defer cancel()
	opts := options.Find().SetCursorType(options.TailableAwait).SetBatchSize(t.sizer.first)
	if v := parseVersion(t.info.Version); v[0] < 4 || v[0] == 4 && v[1] < 4 {
		opts.SetOplogReplay(true) //nolint:staticcheck // deprecated for servers that do without
	}
	from := bson.D{{Key: "ts", Value: bson.D{{Key: "$gte", Value: t.position.BSON()}}}}
	return t.deployment.oplogAt(t.info, t.preference).Find(ctx, from, opts)
}

// waitIsOver starts the wait the first time, and says whether it has passed.
func (t *tail) waitIsOver() bool {
	if t.deadline.IsZero() {
		t.deadline = time.Now().Add(t.wait)
	}
	return !time.Now().Before(t.deadline)
}

// finish ends a reading at the end of the wait. Where the position was not
// seen, the member is behind, or the log was set back to before the position.
func (t *tail) finish(ctx context.Context, found bool) error {
	if found {
		return nil
	}
	last, err := t.deployment.oplogEnd(ctx, t.info, readpref.Primary(), -1)
	switch {
	case err != nil:
		return err
	case last.IsZero():
		return noOplog(t.info)
	case last.Compare(t.position) < 0:
		return tidemark.Errorf(tidemark.CodeOplogGap, "the oplog ends at %s, before %s, up to where it was read already", last, t.position).
			WithHint("the deployment was restored or made anew: take a new snapshot, from which its history begins again").
			WithParams(t.position, tidemark.Timestamp{})
	}
	return nil
}

// gap is the error for a log that no longer has the position, or nil where the
// primary is yet to be asked: the log of another member may reach less far back.
func (t *tail) gap(ctx context.Context) error {
	if !t.info.Embedded && t.preference.Mode() != readpref.PrimaryMode {
		t.preference = readpref.Primary()
		return nil
	}
	oldest, err := t.deployment.oplogEnd(ctx, t.info, t.preference, 1)
	if err != nil {
		return t.deployment.fault(ctx, whatTail, oplogFault(err))
	}
	return tidemark.Errorf(tidemark.CodeOplogGap, "the oplog no longer has the entry %s; it begins at %s, and what was between is lost", t.position, oldest).
		WithHint("take a new snapshot; a larger oplog (replSetResizeOplog) keeps entries for longer").
		WithParams(t.position, oldest)
}

// follower is the reading of a tail with one cursor.
type follower struct {
	*tail
	cursor        *driver.Cursor
	found         bool // the position, with which the cursor must begin
	entries, size int  // of the reply at hand
}

// await asks for the next reply, which a server at the end of its log holds
// back until there is an entry or the time is over. The driver moves to the
// first entry of a reply with it, so that one is taken here.
func (f *follower) await(ctx context.Context, batch int32) error {
	f.entries, f.size = 0, 0
	hold := f.wait
	if !f.deadline.IsZero() {
		hold = time.Until(f.deadline)
	}
	hold = min(max(hold, time.Millisecond), longestAwait)
	f.cursor.SetMaxAwaitTime(hold)
	f.cursor.SetBatchSize(batch)
	moreCtx, cancel := context.WithTimeout(ctx, hold+f.deployment.opts.OperationTimeout)
	defer cancel()
	if !f.cursor.TryNext(moreCtx) {
		return f.cursorError(ctx)
	}
	return f.take(f.cursor.Current)
}

// cursorError is the error of the cursor. The driver sends nothing when the context
// is about to end: that is waited for then.
func (f *follower) cursorError(ctx context.Context) error {
	err := f.cursor.Err()
	if end, ok := ctx.Deadline(); ok && errors.Is(err, context.DeadlineExceeded) && time.Until(end) < time.Second {
		<-ctx.Done()
		return ctx.Err()
	}
	return err
}

// drain takes the rest of the reply at hand.
func (f *follower) drain(ctx context.Context) error {
	for f.cursor.RemainingBatchLength() > 0 && f.cursor.TryNext(ctx) {
		if err := f.take(f.cursor.Current); err != nil {
			return err
		}
	}
	return f.cursor.Err()
}

// take hands an entry on, unless it is at the position or before.
func (f *follower) take(entry bson.Raw) error {
	f.entries++
	f.size += len(entry)
	f.sizer.add(len(entry))
	ts := timestampAt(entry, "ts")
	switch {
	case ts.IsZero():
		return tidemark.Errorf(tidemark.CodeInvalidData, "an entry of the oplog after %s has no timestamp", f.position)
	case !f.found && ts != f.position:
		return errGap
	case !f.found:
		f.found = true
	case ts.Compare(f.position) > 0:
		if err := f.fn(entry); err != nil {
			return callerError{err}
		}
		f.position = ts
	}
	return nil
}
