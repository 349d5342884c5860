package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"tidemark"
	"tidemark/client"
	"tidemark/mongo"
	"tidemark/node"
)

// Names of what the demo makes.
const (
	projectName = "demo"
	sourceName  = "shop"
	copyName    = "shop-copy"
)

// Options of a demo.
type Options struct {
	Out io.Writer
	// Node is how the service is run; an empty DataDir is a fresh temporary
	// directory, removed at the end.
	Node node.Config
	// Keep leaves the service running until the context ends.
	Keep bool
	// Watch shows the progress of a job; it returns where to tell it and how
	// to end.
	Watch func(name string) (update func(client.Progress), finish func())
}

// show is a demo under way.
type show struct {
	Options
	started time.Time
	node    *node.Node
	client  *client.Client
	project string
	source  *mongo.Deployment
	copy    *mongo.Deployment
}

// Run does the whole of it. It returns an error if any collection is not what
// it was before the destruction.
func Run(ctx context.Context, o Options) error { return present(ctx, o, (*show).play) }

// present prepares a show, lets it play and cleans up after it.
func present(ctx context.Context, o Options, play func(*show, context.Context) error) (err error) {
	if o.Node.DataDir == "" {
		dir, err := os.MkdirTemp("", "tidemark-demo-")
		if err != nil {
			return err
		}
		o.Node.DataDir = dir
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	if o.Node.DataDir, err = filepath.Abs(o.Node.DataDir); err != nil {
		return err
	}
	s := &show{Options: o, started: time.Now()}
	defer func() { err = errors.Join(err, s.close(context.WithoutCancel(ctx))) }()
	if err := play(s, ctx); err != nil {
		return err
	}
	if o.Keep {
		s.say("The service goes on at %s until you press Ctrl-C.", s.node.BaseURL())
		<-ctx.Done()
	}
	return nil
}

func (s *show) play(ctx context.Context) error {
	if err := s.start(ctx); err != nil {
		return err
	}
	before, err := s.fill(ctx)
	if err != nil {
		return err
	}
	snapshot, err := s.snapshot(ctx)
	if err != nil {
		return err
	}
	if err := s.destroy(ctx); err != nil {
		return err
	}
	for _, target := range []struct {
		name       string
		deployment *mongo.Deployment
	}{{sourceName, s.source}, {copyName, s.copy}} {
		if err := s.restore(ctx, snapshot.ID, target.name); err != nil {
			return err
		}
		if err := s.prove(ctx, before, target.name, target.deployment); err != nil {
			return err
		}
	}
	s.say("Everything is back, proven equal, in %.0f seconds.", time.Since(s.started).Seconds())
	return s.goOn(snapshot.ID)
}

// start runs a service and makes a project with two instances on it.
func (s *show) start(ctx context.Context) (err error) {
	if err := s.startService(ctx); err != nil {
		return err
	}
	if s.source, err = s.instance(ctx, sourceName, false); err != nil {
		return err
	}
	s.copy, err = s.instance(ctx, copyName, false)
	return err
}

// startService runs a service and makes a project on it.
func (s *show) startService(ctx context.Context) (err error) {
	s.step("Start a service in %s", s.Node.DataDir)
	if s.node, err = node.Start(ctx, s.Node); err != nil {
		return err
	}
	s.client = client.New(s.node.Credentials())
	answer, err := s.client.Atlas(ctx, http.MethodPost, "/groups", map[string]string{"name": projectName, "orgId": s.node.Credentials().OrgID})
	if err != nil {
		return err
	}
	project, err := client.Decode[struct{ ID string }](answer)
	if err != nil {
		return err
	}
	s.project = project.ID
	s.say("The Atlas Admin API is at %s; project %q has the ID %s", s.node.BaseURL(), projectName, s.project)
	return nil
}

// instance creates a serverless instance as an Atlas client would, and
// connects to it.
func (s *show) instance(ctx context.Context, name string, continuous bool) (*mongo.Deployment, error) {
	_, err := s.client.Atlas(ctx, http.MethodPost, "/groups/"+s.project+"/serverless", map[string]any{
		"name":                    name,
		"providerSettings":        map[string]string{"backingProviderName": "AWS", "providerName": "SERVERLESS", "regionName": "US_EAST_1"},
		"serverlessBackupOptions": map[string]bool{"serverlessContinuousBackupEnabled": continuous},
	})
	if err != nil {
		return nil, err
	}
	answer, err := s.client.AwaitInstance(ctx, s.project, name)
	if err != nil {
		return nil, err
	}
	i, err := client.Decode[client.Instance](answer)
	if err != nil {
		return nil, err
	}
	s.say("Serverless instance %q is ready: %s", name, i.URI)
	return mongo.Open(ctx, i.URI, mongo.Options{})
}

func (s *show) snapshot(ctx context.Context) (client.Snapshot, error) {
	s.step("Take a snapshot of %q", sourceName)
	answer, err := s.client.TakeSnapshot(ctx, s.project, sourceName, client.NewSnapshot{Description: "before it all went wrong"})
	if err != nil {
		return client.Snapshot{}, err
	}
	snap, err := client.Decode[client.Snapshot](answer)
	if err != nil {
		return snap, err
	}
	update, finish := s.Watch("snapshot")
	answer, err = s.client.AwaitSnapshot(ctx, s.project, sourceName, snap.ID, update)
	finish()
	if err != nil {
		return snap, err
	}
	if snap, err = client.Decode[client.Snapshot](answer); err != nil {
		return snap, err
	}
	if snap.Status != string(tidemark.SnapshotCompleted) {
		return snap, tidemark.Errorf(tidemark.CodeSnapshotGone, "the snapshot failed: %s", snap.FailReason)
	}
	s.say("Snapshot %s: %d documents, %.1f MB, %.1f MB sealed in the vault", snap.ID, snap.Documents,
		float64(snap.Bytes)/1e6, float64(snap.StorageSizeBytes)/1e6)
	return snap, nil
}

// restore sends the request that this project started from.
func (s *show) restore(ctx context.Context, snapshot, target string) error {
	return s.restoreJob(ctx, target, client.NewRestoreJob{
		DeliveryType: string(tidemark.DeliverAutomated), SnapshotID: snapshot, TargetClusterName: target, TargetGroupID: s.project,
	})
}

// restoreJob starts a restore job and follows it to its end.
func (s *show) restoreJob(ctx context.Context, target string, r client.NewRestoreJob) error {
	s.step("Restore onto %q: POST /api/atlas/v2/groups/%s/serverless/%s/backup/restoreJobs", target, s.project, sourceName)
	answer, err := s.client.CreateRestoreJob(ctx, s.project, sourceName, r)
	if err != nil {
		return err
	}
	job, err := client.Decode[client.RestoreJob](answer)
	if err != nil {
		return err
	}
	update, finish := s.Watch("restore")
	answer, err = s.client.AwaitRestoreJob(ctx, s.project, sourceName, job.ID, update)
	finish()
	if err != nil {
		return err
	}
	if job, err = client.Decode[client.RestoreJob](answer); err != nil {
		return err
	}
	if job.State != string(tidemark.JobCompleted) {
		return tidemark.Errorf(tidemark.CodeTargetRefused, "the restore job %s: %s", job.State, job.FailReason)
	}
	return nil
}

func (s *show) close(ctx context.Context) error {
	var errs []error
	for _, d := range []*mongo.Deployment{s.source, s.copy} {
		if d != nil {
			errs = append(errs, d.Close(ctx))
		}
	}
	if s.node != nil {
		errs = append(errs, s.node.Stop(ctx))
	}
	return errors.Join(errs...)
}

func (s *show) step(format string, args ...any) {
	fmt.Fprintf(s.Out, "\n[%4.1fs] %s\n", time.Since(s.started).Seconds(), fmt.Sprintf(format, args...))
}

func (s *show) say(format string, args ...any) {
	fmt.Fprintf(s.Out, "        %s\n", fmt.Sprintf(format, args...))
}
