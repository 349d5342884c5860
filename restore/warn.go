package restore

import (
	"fmt"
	"slices"
	"strings"

	"tidemark"
	"tidemark/vault"
)

// note adds a warning, once.
func (p *planner) note(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(p.plan.Warnings, text) {
		p.plan.Warnings = append(p.plan.Warnings, text)
	}
}

// supported refuses what the target lacks.
func (p *planner) supported() error {
	if !p.plan.Target.Embedded {
		return nil
	}
	lacks := func(what, from string) error {
		return tidemark.Errorf(tidemark.CodeUnsupported, "the snapshot has %s, such as %s, which the embedded server lacks", what, from).
			WithHint("Restore onto a MongoDB deployment: tidemark instances add --name NAME --uri mongodb://…")
	}
	for _, v := range p.plan.Views {
		return lacks("views", v.From)
	}
	for _, c := range p.plan.InPlace {
		if c.Front != nil {
			return lacks("time-series collections", c.Front.Namespace())
		}
	}
	return nil
}

// warn says what else whoever asked should know.
func (p *planner) warn() {
	if p.options.NoVerify {
		p.note("what is loaded is not read back and compared")
	}
	p.warnUnmatched()
	p.warnHalves()
	for _, all := range [][]Collection{p.plan.Staged, p.plan.InPlace} {
		for _, c := range all {
			if c.Natural {
				p.note("%s keeps its order: one writer loads it", c.Namespace())
			}
			if _, of := c.indexes(); expires(of) {
				p.note("%s expires documents by age: the target may remove old ones soon after the restore", of.Namespace())
			}
		}
	}
}

// warnUnmatched names patterns that match nothing: most are mistyped.
func (p *planner) warnUnmatched() {
	matched := func(pattern string) bool {
		return slices.ContainsFunc(p.manifest.Collections, func(c vault.ManifestCollection) bool {
			return tidemark.MatchNamespace(pattern, c.Namespace())
		})
	}
	for _, pattern := range slices.Concat(p.options.Namespaces, p.options.Exclude) {
		if !matched(pattern) && !slices.Contains(p.options.Drop, pattern) {
			p.note("the snapshot has nothing that matches %s", pattern)
		}
	}
	for _, r := range p.options.Renames {
		if !matched(r.From) {
			p.note("the snapshot has nothing that matches %s, to be renamed", r.From)
		}
	}
}

// warnHalves names GridFS buckets of which one half comes without the other.
func (p *planner) warnHalves() {
	for _, c := range p.manifest.Collections {
		base, ok := strings.CutSuffix(c.Name, ".files")
		if !ok {
			continue
		}
		chunks, found := p.snapshot[c.DB+"."+base+".chunks"]
		if !found {
			continue
		}
		files, filesHere := strings.CutSuffix(p.names[c.Namespace()], ".files")
		pieces, piecesHere := strings.CutSuffix(p.names[chunks.Namespace()], ".chunks")
		_, filesBrought := p.names[c.Namespace()]
		_, piecesBrought := p.names[chunks.Namespace()]
		if filesBrought != piecesBrought || filesBrought && (!filesHere || !piecesHere || files != pieces) {
			p.note("%s and %s are the two halves of a GridFS bucket, and do not come back together", c.Namespace(), chunks.Namespace())
		}
	}
}
