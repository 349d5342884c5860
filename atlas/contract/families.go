package contract

import "maps"

// families are schemas that are one of several and have properties besides.
// The document lets each variant be all of the family and some more, so that
// checking one would never end, and says "one of" of variants that overlap.
var families = []string{
	"CloudRegionConfig", "CloudRegionConfig20240805",
	"HardwareSpec", "HardwareSpec20240805", "DedicatedHardwareSpec", "DedicatedHardwareSpec20240805",
	"ClusterProviderSettings",
}

// mendFamilies gives each variant the properties of its family and closes it.
func mendFamilies(schemas map[string]any) {
	for _, name := range families {
		family, ok := schemas[name].(map[string]any)
		if !ok {
			continue
		}
		shared, _ := family["properties"].(map[string]any)
		variants, _ := family["oneOf"].([]any)
		for _, v := range variants {
			mendVariant(schemas[nameOf(v)].(map[string]any), shared)
		}
		delete(family, "properties")
		delete(family, "type")
		delete(family, "required")
		if family["discriminator"] == nil {
			family["anyOf"] = variants
			delete(family, "oneOf")
		}
	}
}

func nameOf(v any) string {
	const prefix = refPrefix + "schemas/"
	return text(v.(map[string]any)["$ref"])[len(prefix):]
}

func mendVariant(variant, shared map[string]any) {
	properties := maps.Clone(shared)
	if properties == nil {
		properties = map[string]any{}
	}
	parts, _ := variant["allOf"].([]any)
	for _, part := range append(parts, variant) {
		if own, ok := part.(map[string]any)["properties"].(map[string]any); ok {
			maps.Copy(properties, own)
		}
	}
	delete(variant, "allOf")
	variant["type"], variant["properties"], variant["additionalProperties"] = "object", properties, false
}

// mendClusters mends what the schemas of clusters say of names: they are
// strings, and providers share some of them.
func mendClusters(schemas map[string]any) {
	for _, name := range []string{"CloudRegionConfig", "CloudRegionConfig20240805"} {
		if schema, ok := schemas[name].(map[string]any); ok {
			schema["properties"].(map[string]any)["regionName"] = map[string]any{"type": "string"}
		}
	}
	if _, ok := schemas["BaseCloudProviderInstanceSize"]; ok {
		schemas["BaseCloudProviderInstanceSize"] = map[string]any{"type": "string"}
	}
	// Real answers have them in lower case.
	if bi, ok := schemas["BiConnector"].(map[string]any); ok {
		attribute(bi, "readPreference")["enum"] = []any{"PRIMARY", "SECONDARY", "ANALYTICS", "primary", "secondary", "analytics"}
	}
	// Regions of a replica set over several may have one or two nodes.
	if region, ok := schemas["RegionSpec"].(map[string]any); ok {
		delete(attribute(region, "electableNodes"), "enum")
	}
}
