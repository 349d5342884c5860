package atlas

import (
	"net/netip"
	"strings"
	"time"

	"tidemark"
)

// keyAccess is UserAccessListResponse.
type keyAccess struct {
	CidrBlock       string `json:"cidrBlock"`
	Count           int64  `json:"count,omitempty"`
	Created         date   `json:"created"`
	IPAddress       string `json:"ipAddress,omitempty"`
	LastUsed        *date  `json:"lastUsed,omitempty"`
	LastUsedAddress string `json:"lastUsedAddress,omitempty"`
	Links           []link `json:"links"`
}

// accountAccess is ServiceAccountIPAccessListEntry.
type accountAccess struct {
	CidrBlock       string `json:"cidrBlock"`
	CreatedAt       date   `json:"createdAt"`
	IPAddress       string `json:"ipAddress,omitempty"`
	LastUsedAddress string `json:"lastUsedAddress,omitempty"`
	LastUsedAt      *date  `json:"lastUsedAt,omitempty"`
	RequestCount    int64  `json:"requestCount"`
}

// networkEntry is NetworkPermissionEntry.
type networkEntry struct {
	CidrBlock       string      `json:"cidrBlock"`
	Comment         string      `json:"comment,omitempty"`
	DeleteAfterDate *date       `json:"deleteAfterDate,omitempty"`
	GroupID         tidemark.ID `json:"groupId"`
	IPAddress       string      `json:"ipAddress,omitempty"`
	Links           []link      `json:"links"`
}

// networkStatus is NetworkPermissionEntryStatus.
type networkStatus struct {
	Status string `json:"STATUS"`
}

// addressOf is the address of a network of one, else "".
func addressOf(n netip.Prefix) string {
	if !n.IsSingleIP() {
		return ""
	}
	return n.Addr().String()
}

// access shows an entry of a key's access list as its kind of key does.
func (q *request) access(e *tidemark.AccessEntry) any {
	if q.path["clientId"] != "" {
		return accountAccess{
			CidrBlock: e.Network.String(), CreatedAt: date{e.CreatedAt}, IPAddress: addressOf(e.Network),
			LastUsedAddress: e.LastUsedAddress, LastUsedAt: dateOf(e.LastUsedAt), RequestCount: e.Requests,
		}
	}
	return keyAccess{
		CidrBlock: e.Network.String(), Count: e.Requests, Created: date{e.CreatedAt}, IPAddress: addressOf(e.Network),
		LastUsed: dateOf(e.LastUsedAt), LastUsedAddress: e.LastUsedAddress,
		Links: q.self("/orgs/%s/apiKeys/%s/accessList/%s", q.orgID(), q.id("apiUserId"), e.Network),
	}
}

func (a *api) listAccess(q *request) (any, error) {
	items, total, err := a.service.ListAccess(q.ctx, q.caller, q.keyScope(), q.keyRef(), q.page)
	return listed(q, items, total, err, q.access)
}

// addAccess answers with the list as it is then.
func (a *api) addAccess(q *request) (any, error) {
	entries, err := q.bodies()
	if err != nil {
		return nil, err
	}
	var networks []netip.Prefix
	for _, o := range entries {
		if q.path["clientId"] != "" {
			o.readOnly("createdAt", "lastUsedAddress", "lastUsedAt", "requestCount")
		}
		networks = append(networks, o.network())
		if err := o.done(); err != nil {
			return nil, err
		}
	}
	if err := a.service.AddAccess(q.ctx, q.caller, q.keyScope(), q.keyRef(), networks); err != nil {
		return nil, err
	}
	return a.listAccess(q)
}

// pathNetwork is the address or network that the path names; a zero one, which
// is on no list, where it names none.
func (q *request) pathNetwork(name string) netip.Prefix {
	network, _ := tidemark.ParseNetwork(q.path[name])
	return network
}

// notOnList names an entry that is not there as the path does.
func (q *request) notOnList(err error, name string) error {
	switch tidemark.ErrorCode(err) {
	case tidemark.CodeAccessEntryNotFound:
		return domainError(err).WithParams(q.path[name])
	case tidemark.CodeNetworkEntryNotFound:
		return domainError(err).WithParams(q.path[name], q.projectID())
	}
	return err
}

func (a *api) getAccess(q *request) (any, error) {
	e, err := a.service.GetAccess(q.ctx, q.caller, q.keyScope(), q.keyRef(), q.pathNetwork("ipAddress"))
	return one(e, q.notOnList(err, "ipAddress"), q.access)
}

func (a *api) deleteAccess(q *request) (any, error) {
	err := a.service.DeleteAccess(q.ctx, q.caller, q.keyScope(), q.keyRef(), q.pathNetwork("ipAddress"))
	return nil, q.notOnList(err, "ipAddress")
}

func (q *request) networkEntry(e *tidemark.NetworkEntry) any {
	return networkEntry{
		CidrBlock: e.Network.String(), Comment: e.Comment, DeleteAfterDate: dateOf(e.DeleteAfter), GroupID: e.ProjectID,
		IPAddress: addressOf(e.Network), Links: q.self("/groups/%s/accessList/%s", e.ProjectID, e.Network),
	}
}

func (a *api) listNetworks(q *request) (any, error) {
	items, total, err := a.service.ListNetworkEntries(q.ctx, q.caller, q.projectID(), q.page)
	return listed(q, items, total, err, q.networkEntry)
}

func (a *api) addNetworks(q *request) (any, error) {
	entries, err := q.bodies()
	if err != nil {
		return nil, err
	}
	var wanted []tidemark.NewNetworkEntry
	for _, o := range entries {
		o.readOnly("groupId", "links")
		if s, _ := o.rawText("awsSecurityGroup", optional); s != "" {
			o.invalid("awsSecurityGroup", "there is no network peering here; give addresses or networks")
		}
		e := tidemark.NewNetworkEntry{Network: o.network(), DeleteAfter: o.time("deleteAfterDate")}
		e.Comment, _ = o.rawText("comment", optional)
		wanted = append(wanted, e)
		if err := o.done(); err != nil {
			return nil, err
		}
	}
	if err := a.service.AddNetworkEntries(q.ctx, q.caller, q.projectID(), wanted); err != nil {
		return nil, err
	}
	return a.listNetworks(q)
}

func (a *api) networkByPath(q *request) (*tidemark.NetworkEntry, error) {
	e, err := a.service.GetNetworkEntry(q.ctx, q.caller, q.projectID(), q.pathNetwork("entryValue"))
	return e, q.notOnList(err, "entryValue")
}

func (a *api) getNetwork(q *request) (any, error) {
	e, err := a.networkByPath(q)
	return one(e, err, q.networkEntry)
}

// getNetworkStatus knows one status: an entry holds from when it is there.
func (a *api) getNetworkStatus(q *request) (any, error) {
	e, err := a.networkByPath(q)
	return one(e, err, func(*tidemark.NetworkEntry) any { return networkStatus{"ACTIVE"} })
}

func (a *api) deleteNetwork(q *request) (any, error) {
	err := a.service.DeleteNetworkEntry(q.ctx, q.caller, q.projectID(), q.pathNetwork("entryValue"))
	return nil, q.notOnList(err, "entryValue")
}

// network reads cidrBlock or ipAddress: one of them, or both where they say the
// same, as an answer does.
func (o *object) network() netip.Prefix {
	block, _ := o.rawText("cidrBlock", optional)
	address, _ := o.rawText("ipAddress", optional)
	if block == "" && address == "" {
		o.missing("ipAddress")
		return netip.Prefix{}
	}
	var found netip.Prefix
	for _, s := range []string{block, address} {
		if s == "" {
			continue
		}
		n, ok := tidemark.ParseNetwork(s)
		switch {
		case !ok:
			o.fail(tidemark.Errorf(tidemark.CodeInvalidNetwork, "it is neither an address nor a network").WithParams(strings.ToValidUTF8(s[:min(len(s), 64)], "")))
		case found.IsValid() && found != n:
			o.invalid("cidrBlock", "give it or ipAddress, not both")
		}
		found = n
	}
	if block == "" && !found.IsSingleIP() {
		o.invalid("ipAddress", "it is one address; ranges are for cidrBlock")
	}
	return found
}

// time reads a date; zero if it is not there.
func (o *object) time(name string) time.Time {
	s, ok := o.rawText(name, optional)
	if !ok || s == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		o.invalid(name, "it is a date and time in ISO 8601, such as 2026-03-01T12:00:00Z")
	}
	return t
}
