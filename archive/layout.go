package archive

import (
	"fmt"
	"strings"

	"tidemark"
)

const bucketsPrefix = "system.buckets."

// Entry is a collection or view as the prelude of an archive lists it.
type Entry struct {
	tidemark.Collection
	// Bytes is the size of its documents, or of its buckets, as BSON: what
	// mongorestore measures progress by. 0 where it is not known.
	Bytes int64
}

// version is the first two numbers of a server's version.
type version struct{ major, minor int }

func parseVersion(s string) (version, error) {
	var v version
	var patch int
	number, _, _ := strings.Cut(s, "-")
	number, _, _ = strings.Cut(number, "+")
	var rest string
	if n, _ := fmt.Sscanf(number+" .", "%d.%d.%d %s", &v.major, &v.minor, &patch, &rest); n != 4 || rest != "." {
		return version{}, tidemark.Errorf(tidemark.CodeInvalidData,
			"%q is not a server version of three numbers", s)
	}
	return v, nil
}

// viewless says whether servers of this version keep the buckets of a
// time-series collection under its own name. mongorestore looks for them by
// the version in the archive's header.
func (v version) viewless() bool {
	return v.major > 8 || v.major == 8 && v.minor >= 3
}

// listed says whether mongodump would list this collection: not what servers
// make by themselves, nor buckets, which come under their front.
func listed(c tidemark.Collection) bool {
	switch {
	case c.Name == "system.js":
		return true
	case strings.HasPrefix(c.Name, "system."):
		return false
	default:
		return !strings.Contains(c.Name, "$")
	}
}

// documentsOf is the namespace in which an archive has the documents of c.
func documentsOf(c tidemark.Collection, v version) Namespace {
	ns := Namespace{DB: c.DB, Collection: c.Name}
	switch {
	case c.Type == tidemark.TypeTimeseries && !v.viewless():
		ns.Collection = bucketsPrefix + c.Name
	case c.IsBuckets() && v.viewless():
		ns.Collection = strings.TrimPrefix(c.Name, bucketsPrefix)
	}
	return ns
}

// layout is which entries an archive lists, and its namespaces of documents in
// the same order.
type layout struct {
	entries    []Entry
	namespaces []Namespace
	index      map[Namespace]int
}

// newLayout picks from all collections of a catalogue those that are listed.
func newLayout(all []Entry, v version) (*layout, error) {
	l := &layout{index: make(map[Namespace]int)}
	for _, e := range all {
		if !listed(e.Collection) {
			continue
		}
		if err := l.add(e, v); err != nil {
			return nil, err
		}
	}
	for _, e := range all {
		if !e.IsBuckets() {
			continue
		}
		i, ok := l.index[documentsOf(e.Collection, v)]
		if !ok || l.entries[i].Type != tidemark.TypeTimeseries {
			return nil, tidemark.Errorf(tidemark.CodeUnsupported,
				"%s has no time-series collection in front of it", e.Namespace())
		}
		l.entries[i].Bytes = e.Bytes
	}
	return l, nil
}

func (l *layout) add(e Entry, v version) error {
	ns := documentsOf(e.Collection, v)
	if _, ok := l.index[ns]; ok {
		return tidemark.Errorf(tidemark.CodeInvalidData, "%s is listed twice", ns)
	}
	l.index[ns] = len(l.namespaces)
	l.entries = append(l.entries, e)
	l.namespaces = append(l.namespaces, ns)
	return nil
}
