package atlas

import (
	"fmt"
	"net/url"
	"strconv"
	"time"
)

// link is one of links[].
type link struct {
	Href string `json:"href"`
	Rel  string `json:"rel"`
}

// list is the body of every list.
type list struct {
	Links      []link `json:"links"`
	Results    []any  `json:"results"`
	Status     int    `json:"status,omitempty"` // in an envelope
	TotalCount *int   `json:"totalCount,omitempty"`
}

// one shows an item, or passes the error on.
func one[T any](item *T, err error, show func(*T) any) (any, error) {
	if err != nil {
		return nil, err
	}
	return show(item), nil
}

// listed shows a page of items, or passes the error on.
func listed[T any](q *request, items []*T, total int, err error, show func(*T) any) (any, error) {
	if err != nil {
		return nil, err
	}
	l := &list{Links: q.pageLinks(total), Results: make([]any, 0, len(items))}
	if q.count {
		l.TotalCount = &total
	}
	for _, item := range items {
		l.Results = append(l.Results, show(item))
	}
	return l, nil
}

// pageLinks are self and, where there is such a page, previous and next, with
// the parameters in the order in which Atlas writes them.
func (q *request) pageLinks(total int) []link {
	self := fmt.Sprintf("includeCount=%t&pageNum=%d&itemsPerPage=%d", q.count, q.page.Number, q.page.Size)
	links := []link{{Href: q.pageURL(self), Rel: "self"}}
	if q.page.Number > 1 {
		links = append(links, link{Href: q.pageURL(q.pageQuery(q.page.Number - 1)), Rel: "previous"})
	}
	if q.page.Number*q.page.Size < total {
		links = append(links, link{Href: q.pageURL(q.pageQuery(q.page.Number + 1)), Rel: "next"})
	}
	return links
}

func (q *request) pageQuery(number int) string {
	return fmt.Sprintf("includeCount=%t&itemsPerPage=%d&pageNum=%d", q.count, q.page.Size, number)
}

// pageURL keeps the parameters that are not about paging.
func (q *request) pageURL(query string) string {
	rest := url.Values{}
	for name, values := range q.query {
		if name != "includeCount" && name != "pageNum" && name != "itemsPerPage" {
			rest[name] = values
		}
	}
	if len(rest) > 0 {
		query += "&" + rest.Encode()
	}
	return q.base + q.http.URL.EscapedPath() + "?" + query
}

// href is an absolute URL of the API that the request is for.
func (q *request) href(format string, args ...any) string {
	prefix := Prefix
	if q.extension() {
		prefix = ExtensionPrefix
	}
	for i, arg := range args {
		args[i] = url.PathEscape(fmt.Sprint(arg))
	}
	return q.base + prefix + fmt.Sprintf(format, args...)
}

// self is the links of an object that has no others to show.
func (q *request) self(format string, args ...any) []link {
	return []link{{Href: q.href(format, args...), Rel: "self"}}
}

// date is a time as Atlas writes it: UTC, whole seconds. Unset ones are
// omitted.
type date struct{ time.Time }

// MarshalJSON writes YYYY-MM-DDTHH:MM:SSZ.
func (d date) MarshalJSON() ([]byte, error) {
	return []byte(strconv.Quote(d.UTC().Format("2006-01-02T15:04:05Z"))), nil
}

// dateOf is nil for a zero time.
func dateOf(t time.Time) *date {
	if t.IsZero() {
		return nil
	}
	return &date{t}
}
