package service

import (
	"context"
	"slices"
	"strings"
	"time"

	"tidemark"
)

const (
	uriMax      = 4096
	labelMax    = 64
	intervalMin = time.Minute
	intervalMax = 31 * 24 * time.Hour
	// retentionMax is ten years.
	retentionMax = 3660 * 24 * time.Hour
)

// checkNewInstance checks the caller, the attributes and that the name is free.
func checkNewInstance(ctx context.Context, tx tidemark.Tx, c tidemark.Caller, projectID tidemark.ID, r tidemark.NewInstance) error {
	p, err := project(ctx, tx, c, projectID, rightOwn)
	if err != nil {
		return err
	}
	if err := checkInstanceName(r.Name); err != nil {
		return err
	}
	if err := checkKind(r.Kind); err != nil {
		return err
	}
	if err := checkURI(r.URI); err != nil {
		return err
	}
	if err := checkLabels(r); err != nil {
		return err
	}
	_, err = tx.InstanceByName(ctx, projectID, r.Name)
	switch tidemark.ErrorCode(err) {
	case tidemark.CodeInstanceNotFound:
		return checkInstanceLimit(ctx, tx, p)
	case "":
		return tidemark.Errorf(tidemark.CodeDuplicateInstance, "the project %s has an instance %s already", projectID, r.Name).
			WithHint("choose another name").WithParams(r.Name, projectID)
	default:
		return err
	}
}

func checkKind(k tidemark.InstanceKind) error {
	switch k {
	case tidemark.KindServerless, tidemark.KindFlex, tidemark.KindDedicated:
		return nil
	}
	return invalidEnum(string(k), "kind", "serverless, flex, dedicated")
}

// checkURI checks no more than the form; the deployment is asked later. The
// error does not repeat the string, which may hold a password.
func checkURI(uri string) error {
	if uri == "" {
		return nil
	}
	rest, ok := strings.CutPrefix(uri, "mongodb://")
	if !ok {
		rest, ok = strings.CutPrefix(uri, "mongodb+srv://")
	}
	if !ok || rest == "" || len(uri) > uriMax || !printable(uri) || strings.ContainsRune(uri, ' ') {
		return invalid("uri", "must be a connection string: mongodb://HOST[:PORT]/… or mongodb+srv://HOST/…")
	}
	return nil
}

func checkLabels(r tidemark.NewInstance) error {
	for _, label := range []struct{ name, value string }{
		{"backingProviderName", r.BackingProvider},
		{"regionName", r.Region},
	} {
		if len(label.value) > labelMax || !printable(label.value) {
			return invalid(label.name, "must be at most 64 printable characters")
		}
	}
	return checkTags(r.Tags)
}

// apply changes what the update names.
func (s *Service) apply(i *tidemark.Instance, r tidemark.InstanceUpdate) error {
	if r.TerminationProtection != nil {
		i.TerminationProtection = *r.TerminationProtection
	}
	if r.ContinuousBackup != nil {
		i.ContinuousBackup = *r.ContinuousBackup
	}
	if r.AutoIndexing != nil {
		i.AutoIndexing = *r.AutoIndexing
	}
	if r.Tags != nil {
		if err := checkTags(*r.Tags); err != nil {
			return err
		}
		i.Tags = slices.Clone(*r.Tags)
	}
	if r.SnapshotRetention != nil {
		if err := checkRetention("snapshotRetention", *r.SnapshotRetention); err != nil {
			return err
		}
		i.SnapshotRetention = *r.SnapshotRetention
	}
	if r.SnapshotInterval != nil {
		if err := s.reschedule(i, *r.SnapshotInterval); err != nil {
			return err
		}
	}
	if err := applyCluster(i, r.Cluster); err != nil {
		return err
	}
	return checkBackup(i)
}

func (s *Service) reschedule(i *tidemark.Instance, interval time.Duration) error {
	if interval == 0 {
		i.SnapshotInterval, i.NextSnapshotAt = 0, time.Time{}
		return nil
	}
	if interval < intervalMin || interval > intervalMax {
		return invalid("snapshotInterval", "must be from one minute to 31 days, or zero for no schedule")
	}
	i.SnapshotInterval = interval
	if i.Scheduled() {
		i.NextSnapshotAt = nextOnGrid(i.CreatedAt, interval, s.now())
	}
	return nil
}

// nextOnGrid is the first time after now that is a whole number of intervals
// after start.
func nextOnGrid(start time.Time, interval time.Duration, now time.Time) time.Time {
	if now.Before(start) {
		return start.Add(interval)
	}
	return start.Add((now.Sub(start)/interval + 1) * interval)
}

func checkRetention(attribute string, d time.Duration) error {
	if d <= 0 || d > retentionMax {
		return invalid(attribute, "must be more than zero and at most ten years")
	}
	return nil
}
