package atlas

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strings"
	"unicode/utf8"

	"tidemark"
)

// A presence says whether an attribute may be left out.
type presence bool

const (
	required presence = true
	optional presence = false
)

// absent handles an attribute that is not there.
func (o *object) absent(name string, p presence) {
	if p == required && *o.fault == nil {
		o.missing(name)
	}
}

// rawText reads a string of any content.
func (o *object) rawText(name string, p presence) (string, bool) {
	raw, ok := o.take(name)
	if !ok {
		o.absent(name, p)
		return "", false
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		o.invalid(name, "it is a string")
		return "", false
	}
	return s, true
}

// text reads a string of 1 to longest characters that matches a pattern.
func (o *object) text(name string, p presence, longest int, pattern *regexp.Regexp) string {
	s, ok := o.rawText(name, p)
	if !ok {
		return ""
	}
	if n := utf8.RuneCountInString(s); n < 1 || n > longest {
		o.invalid(name, "it has 1 to %d characters", longest)
		return ""
	}
	if pattern != nil && !pattern.MatchString(s) {
		o.invalid(name, "it does not match %s", pattern)
		return ""
	}
	return s
}

// newText reads text that is to replace another; nil if it is not there.
func (o *object) newText(name string, longest int, pattern *regexp.Regexp) *string {
	if !o.has(name) {
		return nil
	}
	s := o.text(name, optional, longest, pattern)
	return &s
}

// enum reads one of a few words.
func (o *object) enum(name string, p presence, words ...string) string {
	s, ok := o.rawText(name, p)
	if !ok {
		return ""
	}
	for _, word := range words {
		if s == word {
			return s
		}
	}
	o.wrongWord(name, s, words)
	return ""
}

func (o *object) wrongWord(name, given string, words []string) {
	if len(given) > 64 {
		given = given[:64]
	}
	o.fail(tidemark.Errorf(tidemark.CodeInvalidEnum, "%s is one of %s", o.prefix+name, strings.Join(words, ", ")).
		WithParams(strings.ToValidUTF8(given, ""), o.prefix+name))
}

// identifier reads an ID. Where empty says so, "" stands for none.
func (o *object) identifier(name string, p presence, empty bool) tidemark.ID {
	s, ok := o.rawText(name, p)
	if !ok || empty && s == "" {
		return ""
	}
	id, ok := tidemark.ParseID(s)
	if !ok {
		o.invalid(name, "it has 24 lower-case hexadecimal digits")
	}
	return id
}

// integer reads an int32 that is at least least; 0 if it is not there.
func (o *object) integer(name string, p presence, least int64) int64 {
	raw, ok := o.take(name)
	if !ok {
		o.absent(name, p)
		return 0
	}
	var n int64
	if err := json.Unmarshal(raw, &n); err != nil || n < least || n > math.MaxInt32 {
		o.invalid(name, "it is a whole number from %d to %d", least, math.MaxInt32)
		return 0
	}
	return n
}

// number reads a number from 0 to most; nil if it is not there.
func (o *object) number(name string, most float64) *float64 {
	raw, ok := o.take(name)
	if !ok {
		return nil
	}
	var f float64
	if err := json.Unmarshal(raw, &f); err != nil || f < 0 || f > most {
		o.invalid(name, "it is a number from 0 to %g", most)
		return nil
	}
	return &f
}

// flag reads a boolean; nil if it is not there.
func (o *object) flag(name string) *bool {
	raw, ok := o.take(name)
	if !ok {
		return nil
	}
	var b bool
	if err := json.Unmarshal(raw, &b); err != nil {
		o.invalid(name, "it is true or false")
		return nil
	}
	return &b
}

// isTrue is the value of a flag that is off where it is not given.
func isTrue(b *bool) bool { return b != nil && *b }

// object reads an object inside; an empty one if it is not there. Its reader
// ends with done, like the outer one's.
func (o *object) object(name string, p presence) *object {
	empty := &object{prefix: o.prefix + name + ".", read: map[string]bool{}, fault: o.fault}
	raw, ok := o.take(name)
	if !ok {
		o.absent(name, p)
		return empty
	}
	inner, err := newObject(empty.prefix, raw, o.fault)
	if err != nil {
		o.invalid(name, "it is an object")
		return empty
	}
	return inner
}

// array reads at most longest values; false if it is not there.
func (o *object) array(name string, p presence, longest int) ([]json.RawMessage, bool) {
	raw, ok := o.take(name)
	if !ok {
		o.absent(name, p)
		return nil, false
	}
	var items []json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil || len(items) > longest {
		o.invalid(name, "it is an array of at most %d", longest)
		return nil, false
	}
	return items, true
}

// words reads an array of at least one of a few words.
func (o *object) words(name string, p presence, words ...string) []string {
	items, ok := o.array(name, p, 64)
	if !ok {
		return nil
	}
	if len(items) == 0 {
		o.invalid(name, "it has at least one item")
	}
	element := &object{prefix: o.prefix, fields: map[string]json.RawMessage{}, read: map[string]bool{}, fault: o.fault}
	out := make([]string, 0, len(items))
	for i, item := range items {
		at := fmt.Sprintf("%s[%d]", name, i)
		element.fields[at] = item
		out = append(out, element.enum(at, required, words...))
	}
	return out
}

// tags reads an array of {key, value}; nil if it is not there.
func (o *object) tags(name string) *[]tidemark.Tag {
	items, ok := o.array(name, optional, 50)
	if !ok {
		return nil
	}
	tags := make([]tidemark.Tag, 0, len(items))
	for i, item := range items {
		tag, err := newObject(fmt.Sprintf("%s%s[%d].", o.prefix, name, i), item, o.fault)
		if err != nil {
			o.invalid(name, "its items are objects of key and value")
			return nil
		}
		tags = append(tags, tidemark.Tag{Key: tag.text("key", required, 255, nil), Value: tag.text("value", required, 255, nil)})
		if tag.done() != nil {
			return nil
		}
	}
	return &tags
}
