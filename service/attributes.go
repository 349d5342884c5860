package service

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"tidemark"
)

const (
	instanceNameMax = 64
	descriptionMax  = 500
	tagsMax         = 50
	tagLengthMax    = 255
)

var (
	instanceName = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9-]*$`)
	projectName  = regexp.MustCompile(`^[\p{L}\p{N}\-_.(),:&@+' ]{1,64}$`)
)

func missing(attribute string) *tidemark.Error {
	return tidemark.Errorf(tidemark.CodeMissingAttribute, "the required attribute %s was not given", attribute).
		WithParams(attribute)
}

// invalid says what an attribute must be.
func invalid(attribute, must string) *tidemark.Error {
	return tidemark.Errorf(tidemark.CodeInvalidAttribute, "the attribute %s %s", attribute, must).WithParams(attribute)
}

func invalidEnum(value, attribute, allowed string) *tidemark.Error {
	return tidemark.Errorf(tidemark.CodeInvalidEnum, "%q is not a value of %s; it is one of %s", clip(value), attribute, allowed).
		WithParams(clip(value), attribute)
}

// clip keeps what a caller sent from filling errors and logs.
func clip(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

func checkInstanceName(name string) error {
	switch {
	case name == "":
		return missing("name")
	case len(name) > instanceNameMax || !instanceName.MatchString(name):
		return tidemark.Errorf(tidemark.CodeInvalidName, "%q is not a name of an instance", clip(name)).
			WithHint("use at most %d letters, digits and hyphens, a letter or digit first", instanceNameMax).
			WithParams(clip(name))
	}
	return nil
}

func checkProjectName(name string) error {
	if name == "" {
		return missing("name")
	}
	if !projectName.MatchString(name) || strings.TrimSpace(name) != name {
		return invalid("name", "must be 1 to 64 letters, digits, spaces or any of -_.(),:&@+'")
	}
	return nil
}

func checkDescription(attribute, text string) error {
	if utf8.RuneCountInString(text) > descriptionMax || !printable(text) {
		return invalid(attribute, "must be at most 500 printable characters")
	}
	return nil
}

func checkTags(tags []tidemark.Tag) error {
	if len(tags) > tagsMax {
		return invalid("tags", "may have at most 50 entries")
	}
	seen := make(map[string]bool, len(tags))
	for _, t := range tags {
		if !tagText(t.Key) || !tagText(t.Value) {
			return invalid("tags", "must have keys and values of 1 to 255 printable characters")
		}
		if seen[t.Key] {
			return invalid("tags", "may name a key only once")
		}
		seen[t.Key] = true
	}
	return nil
}

func tagText(s string) bool {
	return s != "" && utf8.RuneCountInString(s) <= tagLengthMax && printable(s)
}

func printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}
