package restore

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Bounds within which a pace moves.
const (
	firstWriters   = 2
	leastBatch     = 128 << 10
	mostBatch      = 8 << 20
	mostInBatches  = 32 << 20 // of all writers together
	windowTime     = 100 * time.Millisecond
	windowInserts  = 2                      // by each writer
	slowInsert     = 500 * time.Millisecond // is worth smaller batches: nothing comes between
	gain           = 1.05                   // that a trial must bring
	even           = 0.98                   // of the rate is as fast
	loss           = 0.7                    // of the rate, that with doubled latency means an overloaded target
	restWindows    = 30                     // between two rounds of trials
	restAfterFault = 10
)

// A writer holds about so many copies of a document: in a block, compressed and
// not, in the batch, and on its way to the socket.
const (
	copiesOfDocument = 5
	roomForDocuments = 128 << 20 // in all writers together
)

// roomFor is how many writers have room for what the plan loads, by the largest
// mean size of the documents of a run.
func (p *Plan) roomFor() int {
	var largest int64
	for _, all := range [][]Collection{p.Staged, p.InPlace} {
		for _, c := range all {
			for _, r := range c.Runs {
				largest = max(largest, r.RawBytes/max(r.Entries, 1))
			}
		}
	}
	return int(max(roomForDocuments/(copiesOfDocument*max(largest, 1)), 1))
}

// setting is what a pace decides on.
type setting struct {
	writers int // that load at once
	batch   int // BSON bytes of an insert
}

// pace finds how many writers at once, and which batches, a target takes
// fastest. It counts bytes and the latency of inserts in windows, and climbs: it
// tries twice the writers, then twice the batch, and keeps what made loading
// faster by a twentieth; then it tries one writer less, and keeps that where
// loading is as fast, and where inserts take long smaller batches. Once doubling
// the writers brought nothing it tries one more at a time. It rests between the
// rounds. A rate that falls while the latency doubles, and a fault of the target,
// halve both.
type pace struct {
	mu      sync.Mutex
	most    setting
	fixed   bool // the batch
	now     setting
	active  int
	waiting []chan struct{}

	began   time.Time // of the window
	bytes   int64
	inserts int
	spent   time.Duration

	rate    float64 // bytes a second of what is kept
	latency time.Duration
	before  setting // what a trial began from
	trial   trial
	careful bool // one writer more at a time
	resting int  // windows
	clock   func() time.Time
}

// trial is what a pace tries.
type trial int

const (
	noTrial trial = iota
	moreWriters
	largerBatch
	fewerWriters
	smallerBatch
)

// newPace makes a pace for at most that many writers. A batch of zero is one
// to be found out. perSecond bounds the batch, so that a slow load is an even
// one.
func newPace(writers, batch int, perSecond int64) *pace {
	p := &pace{most: setting{writers, min(mostBatch, max(leastBatch, mostInBatches/writers))}, fixed: batch > 0, clock: time.Now}
	p.now = setting{min(firstWriters, writers), min(DefaultBatchBytes, p.most.batch)}
	if perSecond > 0 {
		p.most.batch = int(min(int64(p.most.batch), max(leastBatch, perSecond/4)))
		p.now.batch = min(p.now.batch, p.most.batch)
	}
	if p.fixed {
		p.now.batch, p.most.batch = batch, batch
	}
	return p
}

// enter waits until one more may load, and returns the size of its next batch.
// Whoever entered must leave; with an error it has not entered.
func (p *pace) enter(ctx context.Context) (batch int, err error) {
	turn := p.ask()
	select {
	case <-turn:
		if err = ctx.Err(); err != nil {
			p.leave()
		}
	case <-ctx.Done():
		err = ctx.Err()
		p.giveUp(turn)
	}
	batch, _ = p.crowded()
	return batch, err
}

// ask queues up; the channel is closed when the turn has come.
func (p *pace) ask() chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.began.IsZero() {
		p.began = p.clock()
	}
	turn := make(chan struct{})
	p.waiting = append(p.waiting, turn)
	p.admit()
	return turn
}

// giveUp takes back a question, or the turn if it came.
func (p *pace) giveUp(turn chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if i := slices.Index(p.waiting, turn); i >= 0 {
		p.waiting = slices.Delete(p.waiting, i, i+1)
		return
	}
	p.active--
	p.admit()
}

// leave lets another load.
func (p *pace) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.active--
	p.admit()
}

// admit wakes as many as may load.
func (p *pace) admit() {
	for p.active < p.now.writers && len(p.waiting) > 0 {
		close(p.waiting[0])
		p.waiting = p.waiting[1:]
		p.active++
	}
}

// crowded says whether whoever has entered should leave and enter again.
func (p *pace) crowded() (batch int, leave bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now.batch, p.active > p.now.writers
}

// done counts an insert.
func (p *pace) done(bytes int, took time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bytes += int64(bytes)
	p.inserts++
	p.spent += took
	now := p.clock()
	window := now.Sub(p.began)
	if window < windowTime || p.inserts < windowInserts*p.now.writers {
		return
	}
	rate, latency := float64(p.bytes)/window.Seconds(), p.spent/time.Duration(p.inserts)
	p.began, p.bytes, p.inserts, p.spent = now, 0, 0, 0
	p.judge(rate, latency)
	p.admit()
}

// faulted notes that the target failed in a way that may pass.
func (p *pace) faulted() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.shrink()
	p.began, p.bytes, p.inserts, p.spent = p.clock(), 0, 0, 0
}

// shrink halves everything.
func (p *pace) shrink() {
	p.now.writers = max(1, p.now.writers/2)
	p.now.batch = p.bounded(p.now.batch / 2)
	p.trial, p.careful, p.resting, p.rate = noTrial, true, restAfterFault, 0
}

// bounded is a size of batches that may be.
func (p *pace) bounded(batch int) int {
	return min(p.most.batch, max(batch, min(leastBatch, p.most.batch)))
}

// judge draws the conclusion from a window.
func (p *pace) judge(rate float64, latency time.Duration) {
	switch {
	case p.trial != noTrial:
		p.decide(rate, latency)
	case p.rate > 0 && rate < p.rate*loss && latency > 2*p.latency:
		p.shrink()
	case p.resting > 0:
		p.resting--
		if p.rate == 0 {
			p.rate = rate
		}
		p.rate, p.latency = 0.8*p.rate+0.2*rate, latency
	default:
		p.rate, p.latency = rate, latency
		p.try(moreWriters)
	}
}

// decide keeps a trial that did good, and tries the same again, or takes it back
// and tries the next.
func (p *pace) decide(rate float64, latency time.Duration) {
	kept := false
	switch p.trial {
	case moreWriters, largerBatch:
		kept = rate >= gain*p.rate
	case fewerWriters:
		kept = rate >= even*p.rate
		rate = max(rate, p.rate) // many small losses are a large one
	case smallerBatch:
		kept = latency <= p.latency*3/4 && rate >= p.rate*9/10
	}
	if kept {
		p.rate, p.latency = rate, latency
		p.try(p.trial)
		return
	}
	p.now = p.before
	p.careful = p.careful || p.trial == moreWriters
	p.try(p.trial + 1)
}

// try changes the setting; where it cannot be changed so, it goes on to the next
// trial.
func (p *pace) try(t trial) {
	p.before = p.now
	switch t {
	case moreWriters:
		step := p.now.writers
		if p.careful {
			step = 1
		}
		p.now.writers = min(p.now.writers+step, p.most.writers)
	case largerBatch:
		p.now.batch = p.bounded(2 * p.now.batch)
	case fewerWriters:
		p.now.writers = max(p.now.writers-1, 1)
	case smallerBatch:
		if p.latency > slowInsert {
			p.now.batch = p.bounded(p.now.batch / 2)
		}
	default:
		p.trial, p.resting = noTrial, restWindows
		return
	}
	if p.trial = t; p.now == p.before {
		p.try(t + 1)
	}
}
