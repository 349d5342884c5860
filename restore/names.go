package restore

import (
	"fmt"
	"strconv"
	"strings"

	"tidemark"
)

// Bytes that a namespace may have, db and dot included:
// https://www.mongodb.com/docs/manual/reference/limits/#naming-restrictions
const (
	namespaceMax        = 255
	namespaceMaxSharded = 235
	namespaceMaxOld     = 120 // before 4.4
)

// stageName is the name under which a job stages the i-th collection of a
// manifest.
func stageName(job tidemark.ID, i int) string {
	return fmt.Sprintf("%s%s_%d", tidemark.StagePrefix, job, i)
}

// stagedBy says whether name is that of a collection that job staged.
func stagedBy(job tidemark.ID, name string) bool {
	return strings.HasPrefix(name, tidemark.StagePrefix+job.String()+"_")
}

// checkNames refuses what the target would refuse in the middle of the restore.
func (p *planner) checkNames() error {
	folded := map[string]string{}
	for _, db := range p.live.Databases() {
		folded[strings.ToLower(db)] = db
	}
	for _, c := range p.manifest.Collections {
		to, ok := p.names[c.Namespace()]
		if !ok {
			continue
		}
		if to != c.Namespace() {
			if err := p.checkRenamed(c.Namespace(), to); err != nil {
				return err
			}
		}
		if most := namespaceLimit(p.plan.Target); len(to) > most {
			return p.refuseName(c.Namespace(), fmt.Sprintf("the target takes namespaces of at most %d bytes, and %s has %d", most, to, len(to)))
		}
		// Servers refuse a database whose name differs from that of another only
		// in case, the embedded one apart.
		db, _, _ := strings.Cut(to, ".")
		other, there := folded[strings.ToLower(db)]
		if there && other != db && !p.plan.Target.Embedded {
			return p.refuseName(c.Namespace(), fmt.Sprintf("the databases %s and %s differ in case only, which servers refuse", other, db))
		}
		folded[strings.ToLower(db)] = db
		if p.plan.Target.Embedded && strings.ContainsFunc(db, notEmbedded) {
			return p.refuseName(c.Namespace(), fmt.Sprintf("the embedded server takes no database named %s, but letters, digits, _ and - only", db))
		}
	}
	return nil
}

// notEmbedded says whether the embedded server takes no such character in the
// name of a database (FerretDB, internal/backends/validation.go).
func notEmbedded(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '-'
}

// refuseName blames the options where they made the name.
func (p *planner) refuseName(from, why string) error {
	if len(p.options.Renames) > 0 || p.options.Suffix != "" {
		return badOption(p.renaming(), "%s", why)
	}
	return tidemark.Errorf(tidemark.CodeUnsupported, "%s", why).
		WithHint("Bring %s back under another name.", from).WithParams(from)
}

// checkRenamed checks a name that the snapshot did not have.
func (p *planner) checkRenamed(from, to string) error {
	attribute := p.renaming()
	db, name, _ := strings.Cut(to, ".")
	if err := tidemark.CheckDatabaseName(attribute, db); err != nil {
		return err
	}
	_, oldName, _ := strings.Cut(from, ".")
	if name == oldName {
		return nil
	}
	name = strings.TrimPrefix(name, bucketsPrefix)
	switch {
	case name == "" || strings.ContainsAny(name, "$\x00") || strings.HasPrefix(name, "."):
		return badOption(attribute, "%q cannot be the name of a collection", name)
	case strings.HasPrefix(name, "system.") || strings.HasPrefix(oldName, "system.") && !strings.HasPrefix(oldName, bucketsPrefix):
		return badOption(attribute, "%s cannot come back as %s: names that begin with system. are the server's own", from, to)
	case strings.HasPrefix(name, tidemark.StagePrefix):
		return badOption(attribute, "names that begin with %s are those of staged collections", tidemark.StagePrefix)
	}
	return nil
}

func namespaceLimit(server tidemark.ServerInfo) int {
	version := server.FCV
	if version == "" {
		version = server.Version
	}
	first, rest, _ := strings.Cut(version, ".")
	second, _, _ := strings.Cut(rest, ".")
	major, err := strconv.Atoi(first)
	minor, _ := strconv.Atoi(second)
	switch {
	case err == nil && (major < 4 || major == 4 && minor < 4) && !server.Embedded:
		return namespaceMaxOld
	case server.Sharded:
		return namespaceMaxSharded
	}
	return namespaceMax
}
