package contract

import "strings"

// mend changes the document where it cannot be used, contradicts itself, or
// contradicts what Atlas really sends and takes.
func mend(doc map[string]any) {
	schemas := doc["components"].(map[string]any)["schemas"].(map[string]any)
	open := map[string]bool{}
	dropLookaheads(doc)
	mendCloudBackups(schemas)
	mendClusters(schemas)
	mendFamilies(schemas)
	collectComposed(doc, open)
	for name, schema := range schemas {
		if !open[refPrefix+"schemas/"+name] {
			closeObjects(schema)
		}
	}

	// "Project 0" is what Atlas calls the first project of an organization.
	allowSpaces(doc)
	// A download has no target: real answers leave it out, clients send "".
	job := schemas["ServerlessBackupRestoreJob"].(map[string]any)
	job["required"] = []any{"deliveryType"}
	attribute(job, "targetClusterName")["pattern"] = "^([a-zA-Z0-9][a-zA-Z0-9-]*)?$"
	attribute(job, "targetGroupId")["pattern"] = "^([a-f0-9]{24})?$"
	// Nor has that of a shared tier.
	if tenant, ok := schemas["TenantRestore"].(map[string]any); ok {
		tenant["required"] = []any{"snapshotId"}
		attribute(tenant, "targetDeploymentItemName")["pattern"] = `^[\p{L}\p{N}\-_.(),:&@+']{0,64}$`
	}
	// The minimum of a time stands at a counter.
	delete(attribute(schemas["ApiBSONTimestampView"].(map[string]any), "increment"), "minimum")
	// Real answers have it, and Terraform compares it.
	delete(attribute(schemas["Group"].(map[string]any), "withDefaultAlertsSettings"), "writeOnly")
	// Names of event types are strings, and most sizes are of several providers.
	for _, name := range []string{"DefaultEventViewForNdsGroup", "DefaultEventViewForOrg"} {
		delete(attribute(schemas[name].(map[string]any), "eventTypeName"), "type")
	}
	size := schemas["BaseCloudProviderInstanceSize"].(map[string]any)
	size["anyOf"] = size["oneOf"]
	delete(size, "oneOf")
	delete(size, "type")
	// Their patterns know networks of IPv6 only with their slash escaped, or not
	// those that are shortened in the middle.
	for _, name := range []string{"NetworkPermissionEntry", "ServiceAccountIPAccessListEntry", "UserAccessListRequest", "UserAccessListResponse"} {
		delete(attribute(schemas[name].(map[string]any), "cidrBlock"), "pattern")
	}
	// Real parameters are strings and numbers, not objects.
	attribute(schemas["ApiError"].(map[string]any), "parameters")["items"] = map[string]any{}
}

func attribute(schema map[string]any, name string) map[string]any {
	return schema["properties"].(map[string]any)[name].(map[string]any)
}

// displayNames is the pattern of the names of projects, organizations and such.
const displayNames = `^[\p{L}\p{N}\-_.(),:&@+']{1,64}$`

// allowSpaces lets display names have spaces.
func allowSpaces(v any) {
	switch v := v.(type) {
	case map[string]any:
		if text(v["pattern"]) == displayNames {
			v["pattern"] = strings.Replace(displayNames, "']", "' ]", 1)
		}
		for _, inner := range v {
			allowSpaces(inner)
		}
	case []any:
		for _, inner := range v {
			allowSpaces(inner)
		}
	}
}

// dropLookaheads removes patterns that Go's regular expressions do not have.
func dropLookaheads(v any) {
	switch v := v.(type) {
	case map[string]any:
		if p := text(v["pattern"]); strings.Contains(p, "(?!") || strings.Contains(p, "(?=") || strings.Contains(p, "(?<") {
			delete(v, "pattern")
		}
		for _, inner := range v {
			dropLookaheads(inner)
		}
	case []any:
		for _, inner := range v {
			dropLookaheads(inner)
		}
	}
}

// collectComposed notes the schemas that are parts of others, which may not be
// closed.
func collectComposed(v any, open map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for _, word := range []string{"allOf", "oneOf", "anyOf"} {
			parts, _ := v[word].([]any)
			for _, part := range parts {
				if m, ok := part.(map[string]any); ok {
					open[text(m["$ref"])] = true
				}
			}
		}
		for _, inner := range v {
			collectComposed(inner, open)
		}
	case []any:
		for _, inner := range v {
			collectComposed(inner, open)
		}
	}
}

// closeObjects lets an object have no attributes but its own.
func closeObjects(v any) {
	m, ok := v.(map[string]any)
	if !ok {
		return
	}
	properties, ok := m["properties"].(map[string]any)
	if ok && m["allOf"] == nil && m["oneOf"] == nil && m["anyOf"] == nil && m["additionalProperties"] == nil {
		m["additionalProperties"] = false
	}
	for _, property := range properties {
		closeObjects(property)
	}
	closeObjects(m["items"])
}
