package contract

import (
	"slices"
	"strings"

	"tidemark/atlas"
)

const refPrefix = "#/components/"

// prune leaves the operations that package atlas serves, what they refer to, and nothing that is
// only for readers.
func prune(doc map[string]any) map[string]any {
	var served []string
	for _, o := range atlas.Operations() {
		served = append(served, o.ID)
	}
	paths := map[string]any{}
	for path, item := range doc["paths"].(map[string]any) {
		kept := map[string]any{}
		for method, op := range item.(map[string]any) {
			if o, ok := op.(map[string]any); ok && slices.Contains(served, text(o["operationId"])) {
				kept[method] = strip(o, false)
			}
		}
		if len(kept) > 0 {
			paths[path] = kept
		}
	}
	components := map[string]any{}
	for _, name := range []string{"ApiError", "ServerlessBackupRestoreJob"} {
		keep(doc, components, refPrefix+"schemas/"+name)
	}
	follow(doc, components, paths)
	return map[string]any{
		"openapi": doc["openapi"], "info": map[string]any{"title": "Atlas", "version": "2.0"},
		"paths": paths, "components": components,
	}
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

// strip takes descriptions, examples and extensions off. Inside "properties"
// the same words are names of attributes.
func strip(v any, names bool) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, inner := range v {
			if !names && (strings.HasPrefix(key, "x-") || slices.Contains([]string{"example", "examples", "externalDocs", "tags", "security"}, key)) {
				continue
			}
			if !names && key == "description" {
				inner = "-" // responses must have one
			}
			out[key] = strip(inner, key == "properties" && !names)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, inner := range v {
			out[i] = strip(inner, false)
		}
		return out
	}
	return v
}

// follow keeps everything that v refers to.
func follow(doc, components map[string]any, v any) {
	switch v := v.(type) {
	case map[string]any:
		if ref := text(v["$ref"]); ref != "" {
			keep(doc, components, ref)
		}
		for _, inner := range v {
			follow(doc, components, inner)
		}
	case []any:
		for _, inner := range v {
			follow(doc, components, inner)
		}
	}
}

func keep(doc, components map[string]any, ref string) {
	kind, name, _ := strings.Cut(strings.TrimPrefix(ref, refPrefix), "/")
	section, _ := components[kind].(map[string]any)
	if section == nil {
		section = map[string]any{}
		components[kind] = section
	}
	if section[name] != nil {
		return
	}
	section[name] = strip(doc["components"].(map[string]any)[kind].(map[string]any)[name], false)
	follow(doc, components, section[name])
}
