package atlas

import (
	"net/url"
	"slices"
	"strings"
)

// router finds the endpoint of a path. Its patterns have whole segments in
// braces; a literal segment wins over one in braces. It is not http.ServeMux
// because that answers 405 with a body and redirects paths it would clean.
type router struct {
	root node
}

type node struct {
	literal   map[string]*node
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
	if strings.HasPrefix(segment, "{") {
		if n.variable == nil {
			n.variable = &node{}
		}
		return n.variable
	}
	if n.literal == nil {
		n.literal = map[string]*node{}
	}
	if n.literal[segment] == nil {
		n.literal[segment] = &node{}
	}
	return n.literal[segment]
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
	value, err := url.PathUnescape(rest[0])
	if n.variable == nil || err != nil || value == "" {
		return nil, nil
	}
	return n.variable.match(rest[1:], append(slices.Clone(values), value))
}

// segments cuts a path at its slashes. One slash at the end does not count.
func segments(path string) []string {
	return strings.Split(strings.TrimSuffix(strings.TrimPrefix(path, "/"), "/"), "/")
}

// variables names the segments in braces, in order.
func variables(pattern string) []string {
	var names []string
	for _, segment := range segments(pattern) {
		if strings.HasPrefix(segment, "{") {
			names = append(names, strings.Trim(segment, "{}"))
		}
	}
	return names
}

// allowed lists the methods of a path for the Allow header.
func allowed(endpoints map[string]*endpoint) string {
	methods := make([]string, 0, len(endpoints))
	for method := range endpoints {
		methods = append(methods, method)
	}
	slices.Sort(methods)
	return strings.Join(methods, ", ")
}
