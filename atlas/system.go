package atlas

import "tidemark"

// systemStatus is SystemStatus: what clients ask to see whether their key works.
type systemStatus struct {
	APIKey     *callingKey `json:"apiKey"` // null for a service account
	AppName    string      `json:"appName"`
	Build      string      `json:"build"`
	Links      []link      `json:"links"`
	Throttling bool        `json:"throttling"`
}

type callingKey struct {
	ID        tidemark.ID  `json:"id"`
	PublicKey string       `json:"publicKey"`
	Roles     []roleOfUser `json:"roles"`
}

// systemStatus answers with the only appName that the document allows.
func (a *api) systemStatus(q *request) (any, error) {
	s := systemStatus{AppName: "MongoDB Atlas", Build: a.config.Version, Links: q.self("")}
	if q.caller.Kind == tidemark.KeyAPI {
		s.APIKey = &callingKey{ID: q.caller.KeyID, PublicKey: q.caller.PublicID, Roles: rolesOf(q.caller.Roles)}
	}
	return s, nil
}
