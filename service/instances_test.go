package service_test

import (
	"strings"
	"testing"
	"time"

	"tidemark"
)

func TestRegisteredInstance(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	i, err := b.svc.CreateInstance(t.Context(), b.owner, b.cred.GroupID, tidemark.NewInstance{
		Name: "shop", URI: "mongodb://me:hunter2@db.example:27017/?replicaSet=rs0",
	})
	b.ok(err)
	if i.State != tidemark.StateIdle || i.Embedded || i.MongoDBVersion != "7.0.42" || i.Kind != tidemark.KindServerless {
		t.Errorf("the instance is %+v", i)
	}
	if n := b.tasks(tidemark.TaskProvision, i.ID); n != 0 {
		t.Errorf("%d tasks", n)
	}
	got, err := b.svc.GetInstance(t.Context(), b.owner, b.cred.GroupID, "shop", "")
	b.ok(err)
	list, _, err := b.svc.ListInstances(t.Context(), b.owner, b.cred.GroupID, "", all)
	b.ok(err)
	changed, err := b.svc.UpdateInstance(t.Context(), b.owner, b.cred.GroupID, "shop", tidemark.InstanceUpdate{})
	b.ok(err)
	for _, shown := range []*tidemark.Instance{i, got, list[0], changed} {
		if strings.Contains(shown.URI, "hunter2") {
			t.Errorf("the password is shown in %s", shown.URI)
		}
	}
	// An update must not have written the redacted string.
	b.ok(b.db.View(t.Context(), func(tx tidemark.Tx) error {
		stored, err := tx.Instance(t.Context(), i.ID)
		if err == nil && !strings.Contains(stored.URI, "hunter2") {
			t.Errorf("the stored string is %s", stored.URI)
		}
		return err
	}))
}

// TestUnreachableDeployment is a clear error, and nothing is changed.
func TestUnreachableDeployment(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.probe = func(string) (tidemark.ServerInfo, error) {
		return tidemark.ServerInfo{}, tidemark.Errorf(tidemark.CodeTargetUnreachable, "nobody answers")
	}
	_, err := b.svc.CreateInstance(t.Context(), b.owner, b.cred.GroupID, tidemark.NewInstance{Name: "shop", URI: "mongodb://127.0.0.1:1"})
	b.code(err, tidemark.CodeTargetUnreachable)
	_, err = b.svc.GetInstance(t.Context(), b.owner, b.cred.GroupID, "shop", "")
	b.code(err, tidemark.CodeInstanceNotFound)
}

func TestEmbeddedInstance(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	i, err := b.svc.CreateInstance(t.Context(), b.owner, b.cred.GroupID, tidemark.NewInstance{Name: "shop"})
	b.ok(err)
	if i.State != tidemark.StateCreating || !i.Embedded || b.tasks(tidemark.TaskProvision, i.ID) != 1 {
		t.Errorf("the instance is %+v", i)
	}
	if i.SnapshotInterval != 6*time.Hour || i.SnapshotRetention != 48*time.Hour || !i.NextSnapshotAt.Equal(i.CreatedAt.Add(6*time.Hour)) {
		t.Errorf("the schedule is %s, %s, next %s", i.SnapshotInterval, i.SnapshotRetention, i.NextSnapshotAt)
	}
	flex, err := b.svc.CreateInstance(t.Context(), b.owner, b.cred.GroupID, tidemark.NewInstance{Name: "flex", Kind: tidemark.KindFlex})
	b.ok(err)
	if flex.SnapshotInterval != 24*time.Hour || flex.SnapshotRetention != 8*24*time.Hour || !flex.NextSnapshotAt.Equal(flex.CreatedAt.Add(24*time.Hour)) {
		t.Errorf("the schedule of a Flex cluster is %s, %s, next %s", flex.SnapshotInterval, flex.SnapshotRetention, flex.NextSnapshotAt)
	}
	_, err = b.svc.TakeSnapshot(t.Context(), b.owner, b.cred.GroupID, "shop", tidemark.NewSnapshot{})
	b.code(err, tidemark.CodeInstanceNotReady)
	_, err = b.svc.CreateInstance(t.Context(), b.owner, b.cred.GroupID, tidemark.NewInstance{Name: "shop"})
	b.code(err, tidemark.CodeDuplicateInstance)
	p := b.project("other")
	_, err = b.svc.CreateInstance(t.Context(), b.owner, p.ID, tidemark.NewInstance{Name: "shop"})
	b.ok(err)
}

func TestBadInstances(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for name, c := range map[string]struct {
		request tidemark.NewInstance
		code    tidemark.Code
	}{
		"no name":        {tidemark.NewInstance{}, tidemark.CodeMissingAttribute},
		"hyphen first":   {tidemark.NewInstance{Name: "-a"}, tidemark.CodeInvalidName},
		"underscore":     {tidemark.NewInstance{Name: "a_b"}, tidemark.CodeInvalidName},
		"long":           {tidemark.NewInstance{Name: strings.Repeat("a", 65)}, tidemark.CodeInvalidName},
		"line break":     {tidemark.NewInstance{Name: "a\n"}, tidemark.CodeInvalidName},
		"odd kind":       {tidemark.NewInstance{Name: "a", Kind: "mainframe"}, tidemark.CodeInvalidEnum},
		"not MongoDB":    {tidemark.NewInstance{Name: "a", URI: "postgres://me:hunter2@x"}, tidemark.CodeInvalidAttribute},
		"empty string":   {tidemark.NewInstance{Name: "a", URI: "mongodb://"}, tidemark.CodeInvalidAttribute},
		"long string":    {tidemark.NewInstance{Name: "a", URI: "mongodb://" + strings.Repeat("a", 5000)}, tidemark.CodeInvalidAttribute},
		"empty tag":      {tidemark.NewInstance{Name: "a", Tags: []tidemark.Tag{{Key: "k"}}}, tidemark.CodeInvalidAttribute},
		"tag twice":      {tidemark.NewInstance{Name: "a", Tags: []tidemark.Tag{{Key: "k", Value: "1"}, {Key: "k", Value: "2"}}}, tidemark.CodeInvalidAttribute},
		"too many tags":  {tidemark.NewInstance{Name: "a", Tags: make([]tidemark.Tag, 51)}, tidemark.CodeInvalidAttribute},
		"a long region":  {tidemark.NewInstance{Name: "a", Region: strings.Repeat("a", 65)}, tidemark.CodeInvalidAttribute},
		"control region": {tidemark.NewInstance{Name: "a", Region: "a\x00"}, tidemark.CodeInvalidAttribute},
	} {
		_, err := b.svc.CreateInstance(t.Context(), b.owner, b.cred.GroupID, c.request)
		if tidemark.ErrorCode(err) != c.code {
			t.Errorf("%s: got %v, want %q", name, err, c.code)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the error shows the password", name)
		}
	}
	_, n, err := b.svc.ListInstances(t.Context(), b.owner, b.cred.GroupID, "", all)
	b.ok(err)
	if n != 0 {
		t.Errorf("%d instances were made", n)
	}
}

func TestUpdateInstance(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	i := b.instance("shop", tidemark.KindServerless)
	update := func(r tidemark.InstanceUpdate) (*tidemark.Instance, error) {
		return b.svc.UpdateInstance(t.Context(), b.owner, b.cred.GroupID, "shop", r)
	}
	hour, none, second, on, off := time.Hour, time.Duration(0), time.Second, true, false
	tags := []tidemark.Tag{{Key: "team", Value: "blue"}}

	b.advance(150 * time.Minute)
	got, err := update(tidemark.InstanceUpdate{SnapshotInterval: &hour, SnapshotRetention: &hour, Tags: &tags, TerminationProtection: &on})
	b.ok(err)
	if !got.NextSnapshotAt.Equal(i.CreatedAt.Add(3*time.Hour)) || got.SnapshotRetention != hour || len(got.Tags) != 1 {
		t.Errorf("the instance is %+v", got)
	}
	b.code(b.svc.DeleteInstance(t.Context(), b.owner, b.cred.GroupID, "shop", ""), tidemark.CodeTerminationProtected)
	got, err = update(tidemark.InstanceUpdate{SnapshotInterval: &none, TerminationProtection: &off})
	b.ok(err)
	if !got.NextSnapshotAt.IsZero() || got.SnapshotInterval != 0 {
		t.Errorf("the schedule goes on: %+v", got)
	}
	for _, r := range []tidemark.InstanceUpdate{{SnapshotInterval: &second}, {SnapshotRetention: &none}} {
		_, err = update(r)
		b.code(err, tidemark.CodeInvalidAttribute)
	}
	_, err = update(tidemark.InstanceUpdate{Kind: tidemark.KindFlex})
	b.code(err, tidemark.CodeWrongInstanceKind)
	b.code(b.svc.DeleteInstance(t.Context(), b.owner, b.cred.GroupID, "shop", tidemark.KindFlex), tidemark.CodeWrongInstanceKind)
}

func TestSnapshots(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.instance("shop", tidemark.KindServerless)
	other := b.instance("other", tidemark.KindServerless)
	take := func(r tidemark.NewSnapshot) (*tidemark.Snapshot, error) {
		return b.svc.TakeSnapshot(t.Context(), b.owner, b.cred.GroupID, "shop", r)
	}
	for _, r := range []tidemark.NewSnapshot{{Retention: -1}, {Retention: 1e6 * time.Hour}, {Description: "a\x00b"}, {Description: strings.Repeat("x", 501)}} {
		_, err := take(r)
		b.code(err, tidemark.CodeInvalidAttribute)
	}
	s, err := take(tidemark.NewSnapshot{Description: "before the move", Retention: time.Hour})
	b.ok(err)
	if s.Status != tidemark.SnapshotQueued || s.Type != tidemark.SnapshotOnDemand || !s.ExpiresAt.Equal(s.CreatedAt.Add(time.Hour)) ||
		b.tasks(tidemark.TaskSnapshot, s.ID) != 1 {
		t.Errorf("the snapshot is %+v", s)
	}
	_, err = take(tidemark.NewSnapshot{})
	b.code(err, tidemark.CodeSnapshotInProgress)
	b.code(b.svc.DeleteSnapshot(t.Context(), b.owner, b.cred.GroupID, "shop", s.ID), tidemark.CodeSnapshotIncomplete)
	_, err = b.svc.GetSnapshot(t.Context(), b.owner, b.cred.GroupID, "other", "", s.ID)
	b.code(err, tidemark.CodeSnapshotNotFound)

	done := b.snapshot(other, tidemark.SnapshotCompleted)
	b.code(b.svc.DeleteSnapshot(t.Context(), b.owner, b.cred.GroupID, "shop", done.ID), tidemark.CodeSnapshotNotFound)
	b.ok(b.svc.DeleteSnapshot(t.Context(), b.owner, b.cred.GroupID, "other", done.ID))
	if b.tasks(tidemark.TaskForget, done.ID) != 1 {
		t.Error("nobody was told to delete its objects")
	}
	_, err = b.svc.GetSnapshot(t.Context(), b.owner, b.cred.GroupID, "other", "", done.ID)
	b.code(err, tidemark.CodeSnapshotNotFound)
	b.code(b.svc.DeleteSnapshot(t.Context(), b.owner, b.cred.GroupID, "other", done.ID), tidemark.CodeSnapshotNotFound)
	_, n, err := b.svc.ListSnapshots(t.Context(), b.owner, b.cred.GroupID, "other", "", all)
	b.ok(err)
	if n != 0 {
		t.Errorf("%d snapshots are listed", n)
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.project("one")
	b.project("two")
	for _, p := range []tidemark.Page{{}, {Number: 1}, {Number: 1, Size: 501}, {Size: 10}, {Number: -1, Size: 10}} {
		_, _, err := b.svc.ListProjects(t.Context(), b.owner, p)
		b.code(err, tidemark.CodeInvalidQuery)
	}
	list, total, err := b.svc.ListProjects(t.Context(), b.owner, tidemark.Page{Number: 2, Size: 2})
	b.ok(err)
	if len(list) != 1 || total != 3 {
		t.Errorf("%d of %d projects", len(list), total)
	}
	orgs, total, err := b.svc.ListOrganizations(t.Context(), b.owner, "tide", tidemark.Page{Number: 1, Size: 1})
	b.ok(err)
	if len(orgs) != 1 || total != 1 {
		t.Errorf("%d of %d organizations", len(orgs), total)
	}
	orgs, total, err = b.svc.ListOrganizations(t.Context(), b.owner, "mark", tidemark.Page{Number: 9, Size: 1})
	b.ok(err)
	if len(orgs) != 0 || total != 0 {
		t.Errorf("%d of %d organizations", len(orgs), total)
	}
}

func TestProjects(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for name, c := range map[string]struct {
		request tidemark.NewProject
		code    tidemark.Code
	}{
		"no organization":      {tidemark.NewProject{Name: "a"}, tidemark.CodeMissingAttribute},
		"unknown organization": {tidemark.NewProject{OrgID: tidemark.NewID(), Name: "a"}, tidemark.CodeOrgNotFound},
		"no name":              {tidemark.NewProject{OrgID: b.cred.OrgID}, tidemark.CodeMissingAttribute},
		"long name":            {tidemark.NewProject{OrgID: b.cred.OrgID, Name: strings.Repeat("a", 65)}, tidemark.CodeInvalidAttribute},
		"a slash":              {tidemark.NewProject{OrgID: b.cred.OrgID, Name: "a/b"}, tidemark.CodeInvalidAttribute},
		"a taken name":         {tidemark.NewProject{OrgID: b.cred.OrgID, Name: "Project 0"}, tidemark.CodeDuplicateProject},
	} {
		_, err := b.svc.CreateProject(t.Context(), b.owner, c.request)
		if tidemark.ErrorCode(err) != c.code {
			t.Errorf("%s: got %v, want %q", name, err, c.code)
		}
	}
	p := b.project("Müller & Söhne (Nord)")
	b.ok(b.svc.DeleteProject(t.Context(), b.owner, p.ID))
	b.code(b.svc.DeleteProject(t.Context(), b.owner, p.ID), tidemark.CodeProjectNotFound)

	// A key with a role in one project sees that one of the organization.
	one := b.project("one")
	c := b.key(tidemark.Role{Name: tidemark.RoleProjectReadOnly, ProjectID: one.ID})
	list, n, err := b.svc.ListOrganizationProjects(t.Context(), c, b.cred.OrgID, "", all)
	b.ok(err)
	if n != 1 || list[0].ID != one.ID {
		t.Errorf("it sees %d projects", n)
	}
}
