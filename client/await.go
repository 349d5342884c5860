package client

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"tidemark"
)

// pollInterval is how often a job is asked for.
const pollInterval = 250 * time.Millisecond

// await asks until done says so, and returns the last answer.
func await(ctx context.Context, ask func() (json.RawMessage, error), done func(json.RawMessage) (bool, error)) (json.RawMessage, error) {
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	for {
		answer, err := ask()
		if err != nil {
			return nil, err
		}
		if ok, err := done(answer); ok || err != nil {
			return answer, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-ticker.C:
		}
	}
}

// AwaitInstance waits until an instance is idle.
func (c *Client) AwaitInstance(ctx context.Context, project, name string) (json.RawMessage, error) {
	return await(ctx,
		func() (json.RawMessage, error) { return c.GetInstance(ctx, project, name) },
		func(answer json.RawMessage) (bool, error) {
			i, err := Decode[Instance](answer)
			return i.StateName == string(tidemark.StateIdle), err
		})
}

// AwaitSnapshot waits until a snapshot is completed or failed; update, if not
// nil, is told the progress on the way.
func (c *Client) AwaitSnapshot(ctx context.Context, project, name, id string, update func(Progress)) (json.RawMessage, error) {
	return await(ctx,
		func() (json.RawMessage, error) { return c.GetSnapshot(ctx, project, name, id) },
		func(answer json.RawMessage) (bool, error) {
			s, err := Decode[Snapshot](answer)
			if update != nil && err == nil {
				update(s.Progress)
			}
			status := tidemark.SnapshotStatus(s.Status)
			return status == tidemark.SnapshotCompleted || status == tidemark.SnapshotFailed, err
		})
}

// AwaitRestoreJob waits until a restore job is finished; update as above.
func (c *Client) AwaitRestoreJob(ctx context.Context, project, name, id string, update func(Progress)) (json.RawMessage, error) {
	return await(ctx,
		func() (json.RawMessage, error) { return c.GetRestoreJob(ctx, project, name, id) },
		func(answer json.RawMessage) (bool, error) {
			j, err := Decode[RestoreJob](answer)
			if update != nil && err == nil {
				update(j.Progress)
			}
			return tidemark.JobState(j.State).Finished(), err
		})
}

// NewestSnapshot returns the ID of the newest completed snapshot of an instance,
// those aside that restores took of it: who restores twice does not want back
// what the first restore replaced.
func (c *Client) NewestSnapshot(ctx context.Context, project, name string) (string, error) {
	answer, err := c.Extension(ctx, http.MethodGet, snapshots(project, name), nil)
	if err != nil {
		return "", err
	}
	all, err := Results[Snapshot](answer)
	if err != nil {
		return "", err
	}
	for _, s := range all {
		if s.Status == string(tidemark.SnapshotCompleted) && !strings.HasPrefix(s.Description, tidemark.SafetyDescription) {
			return s.ID, nil
		}
	}
	return "", tidemark.Errorf(tidemark.CodeSnapshotNotFound, "instance %s has no completed snapshot", name).
		WithHint("Take one: tidemark snapshots take %s", name)
}
