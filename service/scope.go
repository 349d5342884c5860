package service

import (
	"context"

	"tidemark"
)

// pageMax is the largest page of a list.
const pageMax = 500

func checkPage(p tidemark.Page) error {
	if p.Number < 1 {
		return tidemark.Errorf(tidemark.CodeInvalidQuery, "pageNum must be at least 1").WithParams("pageNum")
	}
	if p.Size < 1 || p.Size > pageMax {
		return tidemark.Errorf(tidemark.CodeInvalidQuery, "itemsPerPage must be from 1 to %d", pageMax).WithParams("itemsPerPage")
	}
	return nil
}

// project looks a project up and checks that the caller has one of the rights
// in need there.
func project(ctx context.Context, tx tidemark.Tx, c tidemark.Caller, id tidemark.ID, need right) (*tidemark.Project, error) {
	p, err := tx.Project(ctx, id)
	if err != nil {
		return nil, err
	}
	return p, checkRights(c, p, need)
}

func checkRights(c tidemark.Caller, p *tidemark.Project, need right) error {
	has := rightsIn(c, p)
	if has == 0 {
		return tidemark.Errorf(tidemark.CodeNotInProject, "the key %s has no role in the project %s", c.PublicID, p.ID).
			WithHint("give the key a role in the project, or use one that has a role there")
	}
	if has&need == 0 {
		return forbidden(c, "project", p.ID)
	}
	return nil
}

func forbidden(c tidemark.Caller, what string, id tidemark.ID) *tidemark.Error {
	return tidemark.Errorf(tidemark.CodeForbidden, "the roles of the key %s in the %s %s do not allow this", c.PublicID, what, id).
		WithHint("use a key with the role that the operation needs, such as the %s's owner", what)
}

// instance looks an instance up in a project in which the caller must have one
// of the rights in need. A kind other than "" must be the instance's. One that
// was deleted is not found, though its snapshots be kept.
func instance(ctx context.Context, tx tidemark.Tx, c tidemark.Caller, projectID tidemark.ID, name string, kind tidemark.InstanceKind, need right) (*tidemark.Instance, error) {
	i, err := instanceOrDeleted(ctx, tx, c, projectID, name, kind, need)
	if err == nil && !i.DeletedAt.IsZero() {
		return nil, notFound(i)
	}
	return i, err
}

func notFound(i *tidemark.Instance) error {
	return tidemark.Errorf(tidemark.CodeInstanceNotFound, "instance %s was deleted; only its snapshots are left", i.Name).
		WithHint("restore one of them onto another instance").WithParams(i.Name, i.ProjectID)
}

// instanceOrDeleted is for what the kept snapshots of a deleted one need.
func instanceOrDeleted(ctx context.Context, tx tidemark.Tx, c tidemark.Caller, projectID tidemark.ID, name string, kind tidemark.InstanceKind, need right) (*tidemark.Instance, error) {
	if _, err := project(ctx, tx, c, projectID, need); err != nil {
		return nil, err
	}
	i, err := tx.InstanceByName(ctx, projectID, name)
	if err != nil {
		return nil, err
	}
	if kind != "" && i.Kind != kind {
		return nil, tidemark.Errorf(tidemark.CodeWrongInstanceKind, "%s is a %s instance, not a %s one", name, i.Kind, kind).
			WithHint("ask for it under the paths of %s instances", i.Kind).WithParams(name, string(i.Kind), string(kind))
	}
	return i, nil
}

// checkAlive refuses an instance that is being deleted. What is left of one
// that was deleted are its snapshots, which can still be worked with.
func checkAlive(i *tidemark.Instance) error {
	if i.State == tidemark.StateDeleting && i.DeletedAt.IsZero() {
		return tidemark.Errorf(tidemark.CodeDeletionRequested, "the deletion of instance %s has been requested already", i.Name).
			WithParams(i.Name)
	}
	return nil
}

// checkReady refuses an instance that cannot be worked with yet or any more.
func checkReady(i *tidemark.Instance) error {
	if err := checkAlive(i); err != nil {
		return err
	}
	if i.State != tidemark.StateIdle {
		return tidemark.Errorf(tidemark.CodeInstanceNotReady, "instance %s is %s", i.Name, i.State).
			WithHint("wait until its state is %s", tidemark.StateIdle).WithParams(i.Name, i.State)
	}
	return nil
}

// checkNotRestored refuses an instance onto which a restore is under way.
func checkNotRestored(ctx context.Context, tx tidemark.Tx, i *tidemark.Instance) error {
	jobs, err := tx.UnfinishedRestoresOnto(ctx, i.ID)
	if err != nil {
		return err
	}
	if len(jobs) > 0 {
		return tidemark.Errorf(tidemark.CodeInstanceBusy, "restore job %s onto instance %s is not finished", jobs[0].ID, i.Name).
			WithHint("wait for that job to end").WithParams(i.Name)
	}
	return nil
}
