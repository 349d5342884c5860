package service

import (
	"context"
	"slices"
	"strings"

	"tidemark"
)

// record appends an event to the audit log, in the transaction of the change
// that it tells of: e, with who called, from where and when. The zero Caller
// is the service itself. Where e names no organization it is the project's.
func (s *Service) record(ctx context.Context, tx tidemark.Tx, c tidemark.Caller, e tidemark.Event) error {
	e.ID, e.CreatedAt = tidemark.NewID(), s.now()
	e.KeyID, e.KeyKind, e.PublicID, e.RemoteAddr = c.KeyID, c.Kind, c.PublicID, c.RemoteAddr
	return tx.AddEvent(ctx, &e)
}

// recordAll appends an event of each type, alike but for that.
func (s *Service) recordAll(ctx context.Context, tx tidemark.Tx, c tidemark.Caller, e tidemark.Event, types []tidemark.EventType) error {
	for _, e.Type = range types {
		if err := s.record(ctx, tx, c, e); err != nil {
			return err
		}
	}
	return nil
}

// recordInstance appends an event about an instance.
func (s *Service) recordInstance(ctx context.Context, tx tidemark.Tx, c tidemark.Caller, i *tidemark.Instance, t tidemark.EventType, details map[string]string) error {
	return s.record(ctx, tx, c, tidemark.Event{Type: t, ProjectID: i.ProjectID, InstanceName: i.Name, Details: details})
}

// recordUpdate tells of the attributes that an update named, not of their values.
func (s *Service) recordUpdate(ctx context.Context, tx tidemark.Tx, c tidemark.Caller, i *tidemark.Instance, r tidemark.InstanceUpdate) error {
	if r.AutoIndexing != nil {
		return s.recordInstance(ctx, tx, c, i, autoIndexingEvent(*r.AutoIndexing), nil)
	}
	var changed []string
	for name, given := range map[string]bool{
		"continuousBackup":             r.ContinuousBackup != nil,
		"snapshotInterval":             r.SnapshotInterval != nil,
		"snapshotRetention":            r.SnapshotRetention != nil,
		"tags":                         r.Tags != nil,
		"terminationProtectionEnabled": r.TerminationProtection != nil,
	} {
		if given {
			changed = append(changed, name)
		}
	}
	slices.Sort(changed)
	details := map[string]string{"changed": strings.Join(changed, ", ")}
	if err := s.recordInstance(ctx, tx, c, i, tidemark.EventsOf(i.Kind).UpdateSubmitted, details); err != nil {
		return err
	}
	if r.SnapshotInterval == nil && r.SnapshotRetention == nil {
		return nil
	}
	return s.recordInstance(ctx, tx, c, i, tidemark.EventCPSScheduleUpdated, details)
}

func autoIndexingEvent(enabled bool) tidemark.EventType {
	if enabled {
		return tidemark.EventAutoIndexingEnabled
	}
	return tidemark.EventAutoIndexingDisabled
}

// recordSnapshot appends an event about a snapshot of the instance.
func (s *Service) recordSnapshot(ctx context.Context, tx tidemark.Tx, c tidemark.Caller, i *tidemark.Instance, id tidemark.ID, t tidemark.EventType) error {
	return s.record(ctx, tx, c, tidemark.Event{Type: t, ProjectID: i.ProjectID, InstanceName: i.Name, SnapshotID: id})
}

// recordRestore tells of a restore job that was asked for.
func (s *Service) recordRestore(ctx context.Context, tx tidemark.Tx, c tidemark.Caller, source *tidemark.Instance, job *tidemark.RestoreJob) error {
	kinds := tidemark.EventsOf(source.Kind)
	t := kinds.RestoreRequested
	if job.DeliveryType == tidemark.DeliverDownload {
		t = kinds.DownloadRequested
	}
	for _, e := range tidemark.RestoreEvents(t, job) {
		if err := s.record(ctx, tx, c, e); err != nil {
			return err
		}
	}
	return nil
}

// recordCancel tells of a restore job that was cancelled. Atlas has no type for
// that alone: it is a restore, or a download, that did not come to its end.
func (s *Service) recordCancel(ctx context.Context, tx tidemark.Tx, c tidemark.Caller, job *tidemark.RestoreJob) error {
	source, err := tx.Instance(ctx, job.InstanceID)
	if err != nil {
		return err
	}
	t := tidemark.EventsOf(source.Kind).RestoreFailed
	if job.DeliveryType == tidemark.DeliverDownload {
		t = tidemark.EventDownloadFailed
	}
	for _, e := range tidemark.RestoreEvents(t, job) {
		e.Details["reason"] = "cancelled"
		err := s.record(ctx, tx, c, e)
		if err != nil && tidemark.ErrorCode(err) != tidemark.CodeProjectNotFound { // gone: nobody is left to be told
			return err
		}
	}
	return nil
}

// recordKey appends an event about a key to its organization, and one to each
// project in which the key has a role.
func (s *Service) recordKey(ctx context.Context, tx tidemark.Tx, c tidemark.Caller, k *tidemark.Key, ofOrg, ofProject tidemark.EventType) error {
	e := tidemark.Event{Type: ofOrg, OrgID: k.OrgID, TargetPublicID: k.PublicID}
	if err := s.record(ctx, tx, c, e); err != nil {
		return err
	}
	e.Type = ofProject
	told := map[tidemark.ID]bool{"": true}
	for _, r := range k.Roles {
		if told[r.ProjectID] {
			continue
		}
		told[r.ProjectID] = true
		e.ProjectID = r.ProjectID
		if err := s.record(ctx, tx, c, e); err != nil {
			return err
		}
	}
	return nil
}

// recordNewKey tells of a key that was made.
func (s *Service) recordNewKey(ctx context.Context, tx tidemark.Tx, c tidemark.Caller, k *tidemark.Key) error {
	if k.Kind == tidemark.KeyServiceAccount {
		return s.recordKey(ctx, tx, c, k, tidemark.EventServiceAccountCreated, tidemark.EventServiceAccountAddedToProject)
	}
	return s.recordKey(ctx, tx, c, k, tidemark.EventAPIKeyCreated, tidemark.EventAPIKeyAddedToProject)
}

// recordKeyDeletion tells of a key that was deleted.
func (s *Service) recordKeyDeletion(ctx context.Context, tx tidemark.Tx, c tidemark.Caller, k *tidemark.Key) error {
	if k.Kind == tidemark.KeyServiceAccount {
		return s.recordKey(ctx, tx, c, k, tidemark.EventServiceAccountDeleted, tidemark.EventServiceAccountRemovedFromProject)
	}
	return s.recordKey(ctx, tx, c, k, tidemark.EventAPIKeyDeleted, tidemark.EventAPIKeyRemovedFromProject)
}
