package atlas

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// router finds the endpoint of a path. Its patterns have whole segments in
// braces, and such with a literal end, as in "{clientId}:invite". A literal
// segment wins over one with an end, and that over a variable. It is not
// http.ServeMux because that answers 405 with a body and redirects paths it
// would clean.
type router struct {
	root node
}

type node struct {
	literal   map[string]*node
	ended     map[string]*node // variables with a literal end, by the end
	variable  *node
	endpoints map[string]*endpoint // by method
}

// add puts an endpoint in. Paths that differ only in the names of their
// variables are one.
func (rt *router) add(e *endpoint) {
	n := &rt.root
	for _, segment := range segments(e.path) {
		n = n.child(segment)
	}
	if n.endpoints == nil {
		n.endpoints = map[string]*endpoint{}
	}
	n.endpoints[e.method] = e
}

func (n *node) child(segment string) *node {
	_, end, variable := variableOf(segment)
	switch {
	case !variable:
		return grow(&n.literal, segment)
	case end != "":
		return grow(&n.ended, end)
	}
	if n.variable == nil {
		n.variable = &node{}
	}
	return n.variable
}

// grow returns the node of a key, and makes it on the first use.
func grow(nodes *map[string]*node, key string) *node {
	if *nodes == nil {
		*nodes = map[string]*node{}
	}
	if (*nodes)[key] == nil {
		(*nodes)[key] = &node{}
	}
	return (*nodes)[key]
}

// variableOf takes a segment of a pattern apart: the name in braces and the
// literal end behind them.
func variableOf(segment string) (name, end string, ok bool) {
	if !strings.HasPrefix(segment, "{") {
		return "", "", false
	}
	return strings.Cut(segment[1:], "}")
}

// match returns the endpoints of an escaped path by method, and the values of
// the variables in order; nil if there is no such path.
func (rt *router) match(escapedPath string) (map[string]*endpoint, []string) {
	return rt.root.match(segments(escapedPath), nil)
}

func (n *node) match(rest, values []string) (map[string]*endpoint, []string) {
	if len(rest) == 0 {
		return n.endpoints, values
	}
	if next := n.literal[rest[0]]; next != nil {
		if found, v := next.match(rest[1:], values); found != nil {
			return found, v
		}
	}
	for end, next := range n.ended {
		if value, ok := strings.CutSuffix(rest[0], end); ok {
			if found, v := next.matchVariable(value, rest[1:], values); found != nil {
				return found, v
			}
		}
	}
	if n.variable == nil {
		return nil, nil
	}
	return n.variable.matchVariable(rest[0], rest[1:], values)
}

// matchVariable takes the escaped value of the variable that leads to n, which
// may hold slashes, and matches the rest.
func (n *node) matchVariable(escaped string, rest, values []string) (map[string]*endpoint, []string) {
	value, err := url.PathUnescape(escaped)
	if err != nil || value == "" {
		return nil, nil
	}
	return n.match(rest, append(slices.Clone(values), value))
}

// segments cuts a path at its slashes. One slash at the end does not count.
func segments(path string) []string {
	return strings.Split(strings.TrimSuffix(strings.TrimPrefix(path, "/"), "/"), "/")
}

// variables names the segments in braces, in order.
func variables(pattern string) []string {
	var names []string
	for _, segment := range segments(pattern) {
		if name, _, ok := variableOf(segment); ok {
			names = append(names, name)
		}
	}
	return names
}

// has says whether a method of a pattern is there.
func (rt *router) has(method, path string) bool {
	n := &rt.root
	for _, segment := range segments(path) {
		n = n.child(segment)
	}
	return n.endpoints[method] != nil
}

// allowed lists the methods of a path for the Allow header; none for a path
// that is documented but not served.
func allowed(endpoints map[string]*endpoint) string {
	var methods []string
	for method, e := range endpoints {
		if e.run == nil {
			continue
		}
		methods = append(methods, method)
		if method == http.MethodGet {
			methods = append(methods, http.MethodHead)
		}
	}
	if len(methods) == 0 {
		return ""
	}
	methods = append(methods, http.MethodOptions)
	slices.Sort(methods)
	return strings.Join(methods, ", ")
}
