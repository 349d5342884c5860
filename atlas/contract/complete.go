package contract

// complete puts back a version that clients still ask for and the document has
// dropped: listProjectUsers of 2023-01-01, whose schema is still there.
func complete(doc map[string]any) {
	path := doc["paths"].(map[string]any)["/api/atlas/v2/groups/{groupId}/users"].(map[string]any)
	ok := path["get"].(map[string]any)["responses"].(map[string]any)["200"].(map[string]any)
	ok["content"].(map[string]any)["application/vnd.atlas.2023-01-01+json"] = map[string]any{
		"schema": map[string]any{"$ref": refPrefix + "schemas/PaginatedAppUserView"},
	}
}
