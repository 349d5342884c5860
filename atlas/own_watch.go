package atlas

import (
	"bytes"
	"net/http"
	"time"

	"tidemark"
)

const (
	// streamPoll is how often a stream looks at its job, and streamBeat how often
	// it says that it is still there if the job has not moved.
	streamPoll = 500 * time.Millisecond
	streamBeat = 15 * time.Second
	// streamWrite is how long a client may take to read an event.
	streamWrite = 30 * time.Second
	// streamLife ends a stream, for the roles of its caller are those of its
	// beginning. Clients come back by themselves.
	streamLife = time.Hour
)

// watchRestoreJob tells how a job goes as server-sent events
// (https://html.spec.whatwg.org/multipage/server-sent-events.html): the job, as
// the API shows it, as "progress" whenever it has changed, and as "done" at its
// end. Each event has all there is, so a client that comes back needs none of
// those before, and Last-Event-ID means nothing.
func (a *api) watchRestoreJob(q *request) (any, error) {
	j, err := a.job(q)
	if err != nil {
		return nil, err
	}
	q.stream = func(w *tracker) error {
		select {
		case a.streams <- struct{}{}:
			defer func() { <-a.streams }()
		default:
			return tidemark.Errorf(codeTooManyStreams, "%d restore jobs are watched already", cap(a.streams)).
				WithHint("ask for the job now and then instead")
		}
		s := &eventStream{w: w, control: http.NewResponseController(w)}
		s.begin()
		if q.http.Method != http.MethodHead {
			a.streamJob(q, s, j)
		}
		return nil
	}
	return nil, nil
}

func (a *api) job(q *request) (*tidemark.RestoreJob, error) {
	return a.service.GetRestoreJob(q.ctx, q.caller, q.projectID(), q.instance(), q.kind(), q.id("restoreJobId"))
}

// streamJob sends events until the job, the client or the service ends.
func (a *api) streamJob(q *request, s *eventStream, j *tidemark.RestoreJob) {
	poll, beat, life := time.NewTicker(streamPoll), time.NewTicker(streamBeat), time.NewTimer(streamLife)
	defer poll.Stop()
	defer beat.Stop()
	defer life.Stop()
	var told []byte
	for {
		shown, err := encode(a.showJob(q)(j), false)
		if err == nil && j.State.Finished() {
			_ = s.send("done", shown) // the client may have gone: nobody's fault
			return
		}
		if err == nil && !bytes.Equal(shown, told) {
			err = s.send("progress", shown)
			told = shown
		}
		if err != nil {
			return
		}
		select {
		case <-q.ctx.Done():
			return
		case <-a.config.Stopping:
			return
		case <-life.C:
			return
		case <-beat.C:
			err = s.beat()
		case <-poll.C:
			j, err = a.job(q)
		}
		if err != nil {
			a.logFailure(q.http, err)
			return
		}
	}
}

// eventStream writes server-sent events.
type eventStream struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

func (s *eventStream) begin() {
	h := s.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // proxies must not hold events back
	s.w.WriteHeader(http.StatusOK)
}

// send writes one event; data is one line.
func (s *eventStream) send(event string, data []byte) error {
	return s.write("event: " + event + "\ndata: " + string(data) + "\n\n")
}

// beat writes a comment, which clients pass over.
func (s *eventStream) beat() error { return s.write(": still here\n\n") }

func (s *eventStream) write(text string) error {
	// A writer that has no deadlines, as in tests, has no slow clients either.
	_ = s.control.SetWriteDeadline(time.Now().Add(streamWrite))
	if _, err := s.w.Write([]byte(text)); err != nil {
		return err
	}
	err := s.control.Flush()
	_ = s.control.SetWriteDeadline(time.Time{})
	return err
}
