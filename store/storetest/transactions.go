package storetest

import (
	"context"
	"errors"

	"tidemark"
)

var errGivenUp = errors.New("given up")

func testWholeOrNothing(h *harness) {
	o := h.organization("o")
	p := sampleProject(o.ID, "shop")
	i := sampleInstance(p.ID, "one")
	both := func(tx tidemark.Tx) error {
		if err := tx.CreateProject(h.Context(), p); err != nil {
			return err
		}
		return tx.CreateInstance(h.Context(), i)
	}
	absent := func() {
		h.Helper()
		h.lacks(tidemark.CodeProjectNotFound, func(tx tidemark.Tx) error {
			_, err := tx.Project(h.Context(), p.ID)
			return err
		})
	}
	err := h.store.Update(h.Context(), func(tx tidemark.Tx) error {
		if err := both(tx); err != nil {
			return err
		}
		if _, err := tx.Instance(h.Context(), i.ID); err != nil {
			return err // a transaction sees what it wrote
		}
		return errGivenUp
	})
	if !errors.Is(err, errGivenUp) {
		h.Errorf("Update returned %v, not the error of fn", err)
	}
	absent()
	func() {
		defer func() {
			if recover() == nil {
				h.Error("the panic of fn was swallowed")
			}
		}()
		_ = h.store.Update(h.Context(), func(tx tidemark.Tx) error {
			if err := both(tx); err != nil {
				return err
			}
			panic("given up")
		})
	}()
	absent()
	h.update(both) // the writer is free, and so are the names
}

func testIsolation(h *harness) {
	p := h.project("before")
	h.view(func(tx tidemark.Tx) error {
		if _, err := tx.Project(h.Context(), p.ID); err != nil {
			return err
		}
		// Another caller writes while this transaction reads.
		written := make(chan error)
		go func() {
			written <- h.store.Update(h.Context(), func(tx tidemark.Tx) error {
				if err := tx.CreateInstance(h.Context(), sampleInstance(p.ID, "new")); err != nil {
					return err
				}
				return tx.CreateProject(h.Context(), sampleProject(p.OrgID, "after"))
			})
		}()
		if err := <-written; err != nil {
			return err
		}
		got, err := tx.Project(h.Context(), p.ID)
		if err != nil {
			return err
		}
		h.equal(got, p)
		_, err = tx.ProjectByName(h.Context(), "after")
		h.hasCode(tidemark.CodeProjectNotFound, err)
		return nil
	})
	h.view(func(tx tidemark.Tx) error {
		_, err := tx.ProjectByName(h.Context(), "after")
		return err
	})
	// What is not committed is not seen.
	h.update(func(tx tidemark.Tx) error {
		if err := tx.CreateProject(h.Context(), sampleProject(p.OrgID, "pending")); err != nil {
			return err
		}
		seen := make(chan error)
		go func() {
			seen <- h.store.View(h.Context(), func(tx tidemark.Tx) error {
				_, err := tx.ProjectByName(h.Context(), "pending")
				return err
			})
		}()
		h.hasCode(tidemark.CodeProjectNotFound, <-seen)
		return nil
	})
}

func testViewDoesNotWrite(h *harness) {
	o := h.organization("o")
	k, _ := h.key(o.ID, tidemark.KeyAPI, 1)
	for _, write := range []func(tx tidemark.Tx) error{
		func(tx tidemark.Tx) error { return tx.CreateProject(h.Context(), sampleProject(o.ID, "p")) },
		func(tx tidemark.Tx) error { return tx.SetSetting(h.Context(), "a", "b") },
		func(tx tidemark.Tx) error { return tx.DeleteKey(h.Context(), k.ID) },
		func(tx tidemark.Tx) error {
			return tx.Enqueue(h.Context(), tidemark.Task{Kind: tidemark.TaskSnapshot, ID: tidemark.NewID()})
		},
	} {
		h.lacks(tidemark.CodeInternal, write)
	}
	h.view(func(tx tidemark.Tx) error {
		_, err := tx.Key(h.Context(), k.ID)
		return err
	})
	h.lacks(tidemark.CodeProjectNotFound, func(tx tidemark.Tx) error {
		_, err := tx.ProjectByName(h.Context(), "p")
		return err
	})
}

func testContexts(h *harness) {
	o := h.organization("o")
	ctx, cancel := context.WithCancel(h.Context())
	err := h.store.Update(ctx, func(tx tidemark.Tx) error {
		if err := tx.CreateProject(ctx, sampleProject(o.ID, "p")); err != nil {
			return err
		}
		cancel()
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		h.Errorf("Update returned %v after its context was cancelled", err)
	}
	err = h.store.View(ctx, func(tidemark.Tx) error { return nil })
	if !errors.Is(err, context.Canceled) {
		h.Errorf("View returned %v with a cancelled context", err)
	}
	h.lacks(tidemark.CodeProjectNotFound, func(tx tidemark.Tx) error {
		_, err := tx.ProjectByName(h.Context(), "p")
		return err
	})
	// Whoever waits for the writer can give up.
	h.update(func(tidemark.Tx) error {
		waiting, cancel := context.WithCancel(h.Context())
		done := make(chan error)
		go func() { done <- h.store.Update(waiting, func(tidemark.Tx) error { return nil }) }()
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			h.Errorf("a waiting Update returned %v", err)
		}
		return nil
	})
}
