package oplog

import (
	"bytes"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// pathSet is the paths of modifiers, in order.
type pathSet struct {
	items  []pathItem
	at     map[string]int
	leads  map[string]bool // to longer paths
	broken bool            // a path leads through another
}

type pathItem struct {
	el   element
	what does
}

func readPaths(o []byte, add func(el element, what does)) error {
	return eachElement(o, func(op element) error {
		what := sets
		switch string(op.name) {
		case "$set":
		case "$unset":
			what = unsets
		default:
			return nil
		}
		return eachElement(op.value, func(el element) error {
			add(el, what)
			return nil
		})
	})
}

// composeModifiers makes one document of modifiers of two. It is false where
// none does: where a path of one leads through a path of the other, where a
// field that was removed is set (it moves to the end), and where a field is
// removed of a document that setting it may have made. A newer path into an
// element that the older one may have filled in as null makes a document of it
// here: servers write none.
func composeModifiers(older, newer []byte) ([]byte, bool, error) {
	s := pathSet{at: map[string]int{}, leads: map[string]bool{}}
	if err := readPaths(older, s.add); err != nil {
		return nil, false, err
	}
	ok := true
	err := readPaths(newer, func(el element, what does) {
		i, both := s.at[string(el.name)]
		if !both {
			s.add(el, what)
			return
		}
		was := s.items[i].what
		if was == unsets && what == sets || was == sets && what == unsets && bytes.IndexByte(el.name, '.') >= 0 {
			ok = false
		}
		s.items[i] = pathItem{el, what}
	})
	if err != nil || !ok || s.broken {
		return nil, false, err
	}
	return s.append(), true, nil
}

func (s *pathSet) add(el element, what does) {
	if s.leads[string(el.name)] {
		s.broken = true
	}
	for i, c := range el.name {
		if c == '.' {
			lead := string(el.name[:i])
			if _, ok := s.at[lead]; ok {
				s.broken = true
			}
			s.leads[lead] = true
		}
	}
	s.at[string(el.name)] = len(s.items)
	s.items = append(s.items, pathItem{el, what})
}

// append writes the modifiers.
func (s *pathSet) append() []byte {
	dst, at := begin(nil)
	dst = append(appendHead(dst, bson.TypeInt32, []byte("$v")), 1, 0, 0, 0)
	dst = s.appendOperator(dst, "$set", sets)
	dst = s.appendOperator(dst, "$unset", unsets)
	return end(dst, at)
}

func (s *pathSet) appendOperator(dst []byte, name string, what does) []byte {
	before := len(dst)
	dst, at := begin(appendHead(dst, bson.TypeEmbeddedDocument, []byte(name)))
	empty := len(dst)
	for _, item := range s.items {
		if item.what == what {
			dst = append(dst, item.el.raw...)
		}
	}
	if len(dst) == empty {
		return dst[:before]
	}
	return end(dst, at)
}
