package service_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark"
)

// log lists the types of the events of a project, or of the organization where
// it is empty, oldest first.
func (b *bench) log(project tidemark.ID) []*tidemark.Event {
	b.Helper()
	f := tidemark.EventFilter{ProjectID: project}
	if project == "" {
		f.OrgID = b.cred.OrgID
	}
	list, _, err := b.svc.ListEvents(b.Context(), b.owner, f, all)
	b.ok(err)
	slices.Reverse(list)
	return list
}

func typesOf(list []*tidemark.Event) []tidemark.EventType {
	var types []tidemark.EventType
	for _, e := range list {
		types = append(types, e.Type)
	}
	return types
}

// TestEveryChangeIsTold makes a change of each kind and looks for its event, by
// whom and from where; and that nothing secret is in any.
func TestEveryChangeIsTold(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := t.Context()
	b.owner.RemoteAddr = "192.0.2.7"
	const password = "open-sesame"
	begin := len(b.log(b.cred.GroupID))
	i, err := b.svc.CreateInstance(ctx, b.owner, b.cred.GroupID, tidemark.NewInstance{Name: "shop", URI: "mongodb://u:" + password + "@db.example/"})
	b.ok(err)
	on, interval := true, time.Hour
	_, err = b.svc.UpdateInstance(ctx, b.owner, b.cred.GroupID, "shop", tidemark.InstanceUpdate{TerminationProtection: &on, SnapshotInterval: &interval})
	b.ok(err)
	snap, err := b.svc.TakeSnapshot(ctx, b.owner, b.cred.GroupID, "shop", tidemark.NewSnapshot{})
	b.ok(err)
	snap.Status = tidemark.SnapshotCompleted
	b.update(func(tx tidemark.Tx) error { return tx.UpdateSnapshot(ctx, snap) })
	download, err := b.svc.CreateRestoreJob(ctx, b.owner, b.cred.GroupID, "shop", "", tidemark.NewRestoreJob{DeliveryType: tidemark.DeliverDownload, SnapshotID: snap.ID})
	b.ok(err)
	b.finish(download, tidemark.JobCompleted)
	job, err := b.svc.CreateRestoreJob(ctx, b.owner, b.cred.GroupID, "shop", "", automated(snap, i))
	b.ok(err)
	b.finish(job, tidemark.JobCompleted)
	b.ok(b.svc.DeleteSnapshot(ctx, b.owner, b.cred.GroupID, "shop", snap.ID))
	off := false
	_, err = b.svc.UpdateInstance(ctx, b.owner, b.cred.GroupID, "shop", tidemark.InstanceUpdate{TerminationProtection: &off})
	b.ok(err)
	b.ok(b.svc.DeleteInstance(ctx, b.owner, b.cred.GroupID, "shop", ""))
	name, tags := "renamed", []tidemark.Tag{{Key: "a", Value: "b"}}
	_, err = b.svc.UpdateProject(ctx, b.owner, b.cred.GroupID, tidemark.ProjectUpdate{Name: &name, Tags: &tags})
	b.ok(err)
	_, err = b.svc.SetProjectLimit(ctx, b.owner, b.cred.GroupID, tidemark.LimitClusters, 7)
	b.ok(err)
	_, err = b.svc.UpdateProjectSettings(ctx, b.owner, b.cred.GroupID, func(s *tidemark.ProjectSettings) { s.DataExplorer = false })
	b.ok(err)
	want := []tidemark.EventType{
		tidemark.EventServerlessCreated, tidemark.EventServerlessReady,
		tidemark.EventServerlessUpdateSubmitted, tidemark.EventCPSScheduleUpdated,
		tidemark.EventCPSSnapshotRequested, tidemark.EventTenantDownloadRequested, tidemark.EventTenantRestoreRequested,
		tidemark.EventTenantSnapshotDeleted, tidemark.EventServerlessUpdateSubmitted, tidemark.EventServerlessDeleteSubmitted,
		tidemark.EventProjectNameChanged, tidemark.EventProjectTagsModified, tidemark.EventProjectLimitUpdated, tidemark.EventDataExplorerDisabled,
	}
	list := b.log(b.cred.GroupID)[begin:]
	if got := typesOf(list); !slices.Equal(got, want) {
		t.Errorf("the log has\n%q, not\n%q", got, want)
	}
	for _, e := range list {
		if e.KeyID != b.owner.KeyID || e.PublicID != b.cred.PublicKey || e.RemoteAddr != "192.0.2.7" || e.OrgID != b.cred.OrgID || e.CreatedAt != b.clock() {
			t.Errorf("the event is %+v", e)
		}
	}
	text, err := json.Marshal(list)
	b.ok(err)
	for _, secret := range []string{password, download.DownloadToken, b.cred.PrivateKey, b.cred.ClientSecret} {
		if strings.Contains(string(text), secret) {
			t.Errorf("the log has a secret: %s", text)
		}
	}
}

// TestFailedChangesAreNotTold: an event commits with its change or not at all.
func TestFailedChangesAreNotTold(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	before := len(b.log(b.cred.GroupID))
	b.instance("shop", tidemark.KindServerless)
	made := len(b.log(b.cred.GroupID))
	_, err := b.svc.CreateInstance(t.Context(), b.owner, b.cred.GroupID, tidemark.NewInstance{Name: "shop"})
	b.code(err, tidemark.CodeDuplicateInstance)
	b.code(b.svc.DeleteProject(t.Context(), b.owner, b.cred.GroupID), tidemark.CodeProjectNotEmpty)
	if after := len(b.log(b.cred.GroupID)); after != made || made == before {
		t.Errorf("there were %d, then %d, then %d events", before, made, after)
	}
}

// TestEventsOfARestoreElsewhere: the project whose data is replaced learns of it.
func TestEventsOfARestoreElsewhere(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	source := b.instance("shop", tidemark.KindServerless)
	snap := b.snapshot(source, tidemark.SnapshotCompleted)
	other := b.project("other")
	target := b.instanceIn(other.ID, "copy", tidemark.KindServerless)
	job, err := b.restore(source, automated(snap, target))
	b.ok(err)
	for _, where := range []struct {
		project tidemark.ID
		name    string
	}{{b.cred.GroupID, "shop"}, {other.ID, "copy"}} {
		list := b.log(where.project)
		e := list[len(list)-1]
		if e.Type != tidemark.EventTenantRestoreRequested || e.InstanceName != where.name || e.JobID != job.ID ||
			e.Details["sourceClusterName"] != "shop" || e.Details["targetClusterName"] != "copy" {
			t.Errorf("the event is %+v", e)
		}
	}
}

// TestKeyEvents: a key is told of in its organization and in its projects.
func TestKeyEvents(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	org, project := len(b.log("")), len(b.log(b.cred.GroupID))
	k, err := b.svc.CreateKey(t.Context(), b.owner, b.inOrg(), tidemark.NewKey{
		Kind: tidemark.KeyServiceAccount, Name: "ci", Roles: []tidemark.Role{{Name: tidemark.RoleProjectOwner, ProjectID: b.cred.GroupID}},
	})
	b.ok(err)
	b.ok(b.svc.DeleteKey(t.Context(), b.owner, b.inOrg(), tidemark.KeyRef{ClientID: k.PublicID}))
	if got, want := typesOf(b.log("")[org:]), []tidemark.EventType{
		tidemark.EventServiceAccountCreated, tidemark.EventServiceAccountAddedToProject,
		tidemark.EventServiceAccountDeleted, tidemark.EventServiceAccountRemovedFromProject,
	}; !slices.Equal(got, want) {
		t.Errorf("the organization has %q", got)
	}
	list := b.log(b.cred.GroupID)[project:]
	if len(list) != 2 || list[0].TargetPublicID != k.PublicID {
		t.Errorf("the project has %q", typesOf(list))
	}
	// An organization shows its own events only.
	e, err := b.svc.GetEvent(t.Context(), b.owner, b.cred.OrgID, "", list[0].ID)
	b.ok(err)
	if e.ID != list[0].ID {
		t.Errorf("another event: %+v", e)
	}
	b.instance("shop", tidemark.KindServerless)
	list = b.log(b.cred.GroupID)
	_, err = b.svc.GetEvent(t.Context(), b.owner, b.cred.OrgID, "", list[len(list)-1].ID)
	b.code(err, tidemark.CodeEventNotFound)
	_, err = b.svc.GetEvent(t.Context(), b.owner, "", b.project("other").ID, list[0].ID)
	b.code(err, tidemark.CodeEventNotFound)
}
