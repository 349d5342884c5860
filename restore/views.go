package restore

import (
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
)

// moveView makes the definition of a view read what it read in the snapshot,
// where that comes back under another name. A view reads in its own database
// only, so what it reads must come back in the same one.
func (p *planner) moveView(moved *tidemark.Collection, source tidemark.Collection) error {
	if len(source.Options) == 0 {
		return nil
	}
	var options bson.D
	if err := bson.Unmarshal(source.Options, &options); err != nil {
		return tidemark.Errorf(tidemark.CodeInvalidData, "the definition of the view %s is malformed: %w", source.Namespace(), err)
	}
	var failed error
	changed := false
	reads := func(name string) string {
		to, err := p.whereFor(moved, source, name)
		if err != nil {
			failed = err
		}
		changed = changed || to != name
		return to
	}
	for i, e := range options {
		switch name, isName := e.Value.(string); {
		case e.Key == "viewOn" && isName:
			options[i].Value = reads(name)
		case e.Key == "pipeline":
			options[i].Value = renameReads(e.Value, reads)
		}
	}
	if failed != nil || !changed {
		return failed
	}
	raw, err := bson.Marshal(options)
	moved.Options = raw
	return err
}

// whereFor is the name under which a view finds what it read as name.
func (p *planner) whereFor(moved *tidemark.Collection, source tidemark.Collection, name string) (string, error) {
	ns := source.DB + "." + name
	if _, known := p.snapshot[ns]; !known {
		return name, nil // it read nothing in the snapshot either
	}
	to, brought := p.names[ns]
	if !brought {
		p.note("the view %s reads %s, which is not restored", moved.Namespace(), ns)
		return name, nil
	}
	db, coll, _ := strings.Cut(to, ".")
	if db != moved.DB {
		return "", badOption(p.renaming(), "the view %s would be in the database %s and what it reads, %s, in %s: a view reads in its own database only",
			source.Namespace(), moved.DB, ns, db).
			WithHint("Rename both, or exclude the view.")
	}
	return coll, nil
}

// renameReads puts other names in the place of those of the collections that a
// pipeline reads beside its own: from of $lookup and $graphLookup, $unionWith.
// Pipelines within it are gone through too.
func renameReads(v any, to func(string) string) any {
	switch v := v.(type) {
	case bson.A:
		for i := range v {
			v[i] = renameReads(v[i], to)
		}
	case bson.D:
		for i, e := range v {
			switch name, isName := e.Value.(string); {
			case e.Key == "$unionWith" && isName:
				v[i].Value = to(name)
			case e.Key == "$unionWith":
				renameField(e.Value, "coll", to)
			case e.Key == "$lookup", e.Key == "$graphLookup":
				renameField(e.Value, "from", to)
			}
			v[i].Value = renameReads(v[i].Value, to)
		}
	}
	return v
}

func renameField(v any, field string, to func(string) string) {
	d, _ := v.(bson.D)
	for i, e := range d {
		if name, ok := e.Value.(string); ok && e.Key == field {
			d[i].Value = to(name)
		}
	}
}
