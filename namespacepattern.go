package tidemark

import "strings"

// A namespace pattern is "db" or "db.collection", in which * stands for any
// characters, none included. The database and the collection are matched apart,
// so a star does not reach over the dot between them. "db" alone stands for all
// that is in the database.

// MatchNamespace says whether a namespace, "db.collection", is of a pattern.
func MatchNamespace(pattern, namespace string) bool {
	_, ok := captureNamespace(pattern, namespace)
	return ok
}

// captureNamespace is MatchNamespace, and what the stars stood for, in order:
// each for as little as can be.
func captureNamespace(pattern, namespace string) (stars []string, ok bool) {
	db, coll, _ := strings.Cut(namespace, ".")
	patternDB, patternColl, dotted := strings.Cut(pattern, ".")
	stars, ok = captureStars(nil, patternDB, db)
	if ok && dotted {
		stars, ok = captureStars(stars, patternColl, coll)
	}
	return stars, ok
}

// captureStars matches s with a pattern and appends what its stars stood for.
func captureStars(stars []string, pattern, s string) ([]string, bool) {
	head, rest, star := strings.Cut(pattern, "*")
	if !star {
		return stars, pattern == s
	}
	s, ok := strings.CutPrefix(s, head)
	if !ok {
		return stars, false
	}
	for {
		part, next, more := strings.Cut(rest, "*")
		if !more {
			s, ok = strings.CutSuffix(s, part)
			return append(stars, s), ok
		}
		i := strings.Index(s, part)
		if i < 0 {
			return stars, false
		}
		stars = append(stars, s[:i])
		s, rest = s[i+len(part):], next
	}
}

// apply is the name under which the rename brings a namespace back; false where
// it is not of the pattern From.
func (r NamespaceRename) apply(namespace string) (string, bool) {
	stars, ok := captureNamespace(r.From, namespace)
	if !ok {
		return "", false
	}
	var out strings.Builder
	rest := r.To
	for _, stood := range stars {
		before, after, _ := strings.Cut(rest, "*")
		out.WriteString(before + stood)
		rest = after
	}
	out.WriteString(rest)
	if !strings.Contains(r.From, ".") { // a database with all in it
		_, coll, _ := strings.Cut(namespace, ".")
		out.WriteString("." + coll)
	}
	return out.String(), true
}

// Picks says whether the options restore a namespace of the snapshot. That of a
// time-series collection counts for its buckets.
func (o RestoreOptions) Picks(namespace string) bool {
	picked := len(o.Namespaces) == 0
	for _, p := range o.Namespaces {
		picked = picked || MatchNamespace(p, namespace)
	}
	for _, p := range o.Exclude {
		picked = picked && !MatchNamespace(p, namespace)
	}
	return picked
}

// NameFor is the namespace under which one of the snapshot comes back.
func (o RestoreOptions) NameFor(namespace string) string {
	for _, r := range o.Renames {
		if to, ok := r.apply(namespace); ok {
			namespace = to
			break
		}
	}
	db, coll, _ := strings.Cut(namespace, ".")
	return db + o.Suffix + "." + coll
}
