package tidemark

import (
	"slices"
	"strings"
)

// Bounds of restore options.
const (
	RestoreWritersMax  = 64
	RestorePatternsMax = 1000 // of each list
	namespaceBytesMax  = 512  // more than any server lets a namespace have
)

// systemDatabases are those that no restore writes to.
var systemDatabases = []string{"admin", "config", "local"}

// Validate checks what can be known without a snapshot and a target. Errors are
// CodeInvalidAttribute or CodeInvalidEnum and name the attribute by its JSON
// name.
func (o RestoreOptions) Validate() error {
	for _, check := range []func() error{o.checkPatterns, o.checkRenames, o.checkDrop, o.checkRules} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func badOption(attribute, format string, args ...any) error {
	return Errorf(CodeInvalidAttribute, format, args...).WithParams(attribute)
}

func (o RestoreOptions) checkPatterns() error {
	for _, list := range []struct {
		attribute string
		patterns  []string
	}{{"namespaces", o.Namespaces}, {"exclude", o.Exclude}} {
		if len(list.patterns) > RestorePatternsMax {
			return badOption(list.attribute, "at most %d patterns can be given", RestorePatternsMax)
		}
		for _, p := range list.patterns {
			if err := checkPattern(list.attribute, p); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkPattern(attribute, pattern string) error {
	db, coll, dotted := strings.Cut(pattern, ".")
	switch {
	case len(pattern) > namespaceBytesMax:
		return badOption(attribute, "a pattern has at most %d bytes", namespaceBytesMax)
	case db == "" || dotted && coll == "" || strings.ContainsRune(pattern, 0):
		return badOption(attribute, "%q is no database, no database.collection and no pattern of them with *", pattern)
	}
	return nil
}

func (o RestoreOptions) checkRenames() error {
	if len(o.Renames) > RestorePatternsMax {
		return badOption("renames", "at most %d renames can be given", RestorePatternsMax)
	}
	for _, r := range o.Renames {
		for _, p := range []string{r.From, r.To} {
			if err := checkPattern("renames", p); err != nil {
				return err
			}
		}
		switch {
		case strings.Contains(r.From, ".") != strings.Contains(r.To, "."):
			return badOption("renames", "%s and %s must both be databases or both be collections", r.From, r.To)
		case strings.Count(r.From, "*") != strings.Count(r.To, "*"):
			return badOption("renames", "%s and %s must have equally many stars", r.From, r.To)
		}
		db, _, _ := strings.Cut(r.To, ".")
		if err := CheckDatabaseName("renames", strings.ReplaceAll(db, "*", "x")); err != nil {
			return err
		}
	}
	if o.Suffix != "" {
		return CheckDatabaseName("suffix", "x"+o.Suffix)
	}
	return nil
}

// CheckDatabaseName refuses what no server takes for the name of a database, and
// the databases that are the server's own. The error is CodeInvalidAttribute
// with the attribute. The rule is that of servers on every system:
// https://www.mongodb.com/docs/manual/reference/limits/#naming-restrictions
func CheckDatabaseName(attribute, db string) error {
	switch {
	case db == "" || strings.ContainsAny(db, "/\\. \"$*<>:|?\x00"):
		return badOption(attribute, "%q cannot be the name of a database", db)
	case len(db) > 63:
		return badOption(attribute, "the name of the database %s has %d bytes, more than 63", db, len(db))
	case slices.Contains(systemDatabases, db):
		return badOption(attribute, "the database %s is the server's own", db)
	}
	return nil
}

func (o RestoreOptions) checkDrop() error {
	if len(o.Drop) > RestorePatternsMax {
		return badOption("drop", "at most %d namespaces can be given", RestorePatternsMax)
	}
	for _, ns := range o.Drop {
		if !strings.Contains(ns, ".") {
			return badOption("drop", "%q must be database.collection", ns)
		}
		if err := checkPattern("drop", ns); err != nil {
			return err
		}
		db, _, _ := strings.Cut(ns, ".")
		if slices.Contains(systemDatabases, db) {
			return badOption("drop", "the database %s is the server's own", db)
		}
	}
	return nil
}

func (o RestoreOptions) checkRules() error {
	switch o.Existing {
	case "", ExistingReplace, ExistingRefuse:
	default:
		return badEnum(string(o.Existing), "existing", "replace, refuse")
	}
	switch o.SafetySnapshot {
	case "", SafetyAuto, SafetyNever, SafetyAlways:
	default:
		return badEnum(string(o.SafetySnapshot), "safetySnapshot", "auto, never, always")
	}
	switch {
	case o.MaxBytesPerSecond < 0:
		return badOption("maxBytesPerSecond", "it must not be negative")
	case o.Writers < 0 || o.Writers > RestoreWritersMax:
		return badOption("writers", "it must be between 1 and %d, or 0 for the default", RestoreWritersMax)
	}
	return nil
}

func badEnum(value, attribute, allowed string) error {
	return Errorf(CodeInvalidEnum, "%s is one of %s", attribute, allowed).WithParams(value[:min(len(value), 80)], attribute)
}
