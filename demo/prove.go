package demo

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"golang.org/x/sync/errgroup"

	"tidemark"
	"tidemark/mongo"
)

// fingerprint is that of a collection's documents.
type fingerprint struct {
	content tidemark.Content
	// order is of the documents with their positions, where order matters.
	order tidemark.Content
}

func (f *fingerprint) add(doc []byte, ordered bool) {
	if ordered {
		f.order.Add(fmt.Appendf(nil, "%d %s", f.content.Documents, doc))
	}
	f.content.Add(doc)
}

// state is all that a deployment has, as far as it can be compared.
type state struct {
	catalogue *tidemark.Catalogue
	contents  map[string]fingerprint // by namespace
	whole     tidemark.Content
}

func (s *state) add(namespace string, f fingerprint) {
	s.contents[namespace] = f
	s.whole.Merge(f.content)
}

func (s *state) indexes() int {
	n := 0
	for _, c := range s.catalogue.Collections {
		n += len(c.Indexes)
	}
	return n
}

// read reads a deployment, all of it, several collections at once.
func read(ctx context.Context, d *mongo.Deployment) (*state, error) {
	catalogue, err := d.Catalogue(ctx)
	if err != nil {
		return nil, err
	}
	found := make([]fingerprint, len(catalogue.Collections))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(4)
	for i, c := range catalogue.Collections {
		g.Go(func() error {
			return d.Scan(gctx, c, tidemark.ScanRange{}, func(doc bson.Raw) error {
				found[i].add(doc, c.Capped())
				return nil
			})
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	out := &state{catalogue: catalogue, contents: map[string]fingerprint{}}
	for i, c := range catalogue.Collections {
		out.add(c.Namespace(), found[i])
	}
	return out, nil
}

// prove compares what a deployment has now with what was before, and says so.
func (s *show) prove(ctx context.Context, before *state, name string, d *mongo.Deployment) error {
	after, err := read(ctx, d)
	if err != nil {
		return err
	}
	for _, c := range before.catalogue.Collections {
		if difference := before.differs(c, after); difference != "" {
			return tidemark.Errorf(tidemark.CodeNotEqual, "%s in %q is not what it was: %s", c.Namespace(), name, difference)
		}
		got := after.contents[c.Namespace()].content
		s.say("%-20s %6d documents  %2d indexes  content %s  equal", c.Namespace(), got.Documents, len(c.Indexes), got.Hash())
	}
	for _, c := range after.catalogue.Collections {
		if _, ok := before.catalogue.Find(c.DB, c.Name); !ok {
			return tidemark.Errorf(tidemark.CodeNotEqual, "%s in %q was not there before", c.Namespace(), name)
		}
	}
	s.say("%d documents in %q are the same, byte for byte; options, indexes and the order of capped collections too", after.whole.Documents, name)
	return nil
}

// differs says how a collection differs in another state, or "".
func (s *state) differs(c tidemark.Collection, other *state) string {
	ns := c.Namespace()
	got, ok := other.catalogue.Find(c.DB, c.Name)
	switch {
	case !ok:
		return "it is gone"
	case got.Type != c.Type || !bytes.Equal(got.Options, c.Options):
		return fmt.Sprintf("its options are %v, not %v", got.Options, c.Options)
	case !sameIndexes(got.Indexes, c.Indexes):
		return fmt.Sprintf("its indexes are %v, not %v", got.Indexes, c.Indexes)
	case other.contents[ns].content != s.contents[ns].content:
		is, was := other.contents[ns].content, s.contents[ns].content
		return fmt.Sprintf("it has %d documents with content %s, not %d with %s", is.Documents, is.Hash(), was.Documents, was.Hash())
	case other.contents[ns].order != s.contents[ns].order:
		return "its documents are in another order"
	}
	return ""
}

// sameIndexes compares indexes, whatever order the server lists them in.
func sameIndexes(a, b []bson.Raw) bool {
	text := func(all []bson.Raw) []string {
		var out []string
		for _, raw := range all {
			out = append(out, string(raw))
		}
		slices.SortFunc(out, strings.Compare)
		return out
	}
	return slices.Equal(text(a), text(b))
}
