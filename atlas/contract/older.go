package contract

import "slices"

// olderVersion is a version of an operation that the pinned document no longer
// has among its operations, because the SDK is made for the newest, though it
// still has the schemas.
type olderVersion struct {
	operation, version string
	request, response  string // names of schemas; "" for none
	sunset             string
}

// olderVersions are all of them.
var olderVersions = slices.Concat(olderClusterVersions, olderBackupVersions)

// olderClusterVersions are those of clusters, as Atlas publishes them.
var olderClusterVersions = []olderVersion{
	{"listClusters", "2023-01-01", "", "PaginatedLegacyClusterView", "2026-11-30"},
	{"listClusters", "2023-02-01", "", "PaginatedAdvancedClusterDescriptionView", "2026-03-01"},
	{"createCluster", "2023-01-01", "LegacyAtlasCluster", "LegacyAtlasCluster", "2026-11-30"},
	{"createCluster", "2023-02-01", "AdvancedClusterDescription", "AdvancedClusterDescription", "2026-03-01"},
	{"createCluster", "2024-08-05", "ClusterDescription20240805", "ClusterDescription20240805", "2026-03-01"},
	{"getCluster", "2023-01-01", "", "LegacyAtlasCluster", "2026-11-30"},
	{"getCluster", "2023-02-01", "", "AdvancedClusterDescription", "2026-03-01"},
	{"updateCluster", "2023-01-01", "LegacyAtlasCluster", "LegacyAtlasCluster", "2026-11-30"},
	{"updateCluster", "2023-02-01", "AdvancedClusterDescription", "AdvancedClusterDescription", "2026-03-01"},
	{"updateCluster", "2024-08-05", "ClusterDescription20240805", "ClusterDescription20240805", "2026-03-01"},
	{"deleteCluster", "2023-01-01", "", "", "2026-11-30"},
	{"getClusterAdvancedConfiguration", "2023-01-01", "", "ClusterDescriptionProcessArgs", "2026-03-01"},
	{"updateClusterAdvancedConfiguration", "2023-01-01", "ClusterDescriptionProcessArgs", "ClusterDescriptionProcessArgs", "2026-03-01"},
}

// addOlder puts the older versions back into the document.
func addOlder(doc map[string]any) {
	for _, item := range doc["paths"].(map[string]any) {
		for _, op := range item.(map[string]any) {
			o, ok := op.(map[string]any)
			if !ok {
				continue
			}
			for _, v := range olderVersions {
				if v.operation == text(o["operationId"]) {
					v.add(o)
				}
			}
		}
	}
}

func (v olderVersion) add(o map[string]any) {
	for status, response := range o["responses"].(map[string]any) {
		if status < "300" {
			if content, ok := response.(map[string]any)["content"].(map[string]any); ok {
				content[mediaTypeOf(v.version)] = v.media(v.response)
			}
		}
	}
	if body, ok := o["requestBody"].(map[string]any); ok && v.request != "" {
		body["content"].(map[string]any)[mediaTypeOf(v.version)] = v.media(v.request)
	}
}

func (v olderVersion) media(schema string) map[string]any {
	m := map[string]any{"x-xgen-version": v.version, "x-sunset": v.sunset}
	if schema != "" {
		m["schema"] = map[string]any{"$ref": refPrefix + "schemas/" + schema}
	}
	return m
}
