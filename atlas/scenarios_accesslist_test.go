package atlas_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"

	"tidemark"
)

const (
	accessRoot  = keyRoot + "/accessList"
	networkRoot = groupRoot + "/accessList"
)

// withAccess puts a network and an address on the access lists of a key and an
// account that are not used in the test.
func withAccess(f *fixture) []string {
	names := withKeys(f)
	networks := []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("198.51.100.7/32"), netip.MustParsePrefix("2001:db8::/32")}
	owner := tidemark.Caller{Roles: f.Owner.Roles}
	in := tidemark.KeyScope{OrgID: f.OrgID}
	for _, ref := range []tidemark.KeyRef{{ID: f.Reader.ID}, {ClientID: f.Account.PublicID}} {
		if err := f.AddAccess(f.t.Context(), owner, in, ref, networks); err != nil {
			f.t.Fatal(err)
		}
	}
	return names
}

// withNetworks puts a network and an address on the project's access list.
func withNetworks(f *fixture) []string {
	f.post(f.group()+"/accessList", `[{"cidrBlock":"203.0.113.0/24","comment":"office"},{"ipAddress":"198.51.100.7"}]`).is(http.StatusCreated)
	return withKeys(f)
}

// crowd is a body of more entries than a list has room for.
func crowd() string {
	var entries []string
	for n := range 201 {
		entries = append(entries, fmt.Sprintf(`{"ipAddress":"10.0.0.%d"}`, n))
	}
	return "[" + strings.Join(entries, ",") + "]"
}

func init() {
	const entries = `[{"cidrBlock":"192.0.2.0/24"},{"ipAddress":"127.0.0.1"},{"ipAddress":"198.51.100.9","cidrBlock":"198.51.100.9/32"}]`
	bodies := []refusal{
		{body: `[{}]`, status: wrong, code: "MISSING_ATTRIBUTE"},
		{body: `[{"ipAddress":"192.0.2.300"}]`, status: wrong, code: "INVALID_IP_ADDRESS_OR_CIDR_NOTATION"},
		{body: `[{"cidrBlock":"192.0.2.1/24"}]`, status: wrong, code: "INVALID_IP_ADDRESS_OR_CIDR_NOTATION"},
		{body: `[{"cidrBlock":"192.0.2.0/33"}]`, status: wrong, code: "INVALID_IP_ADDRESS_OR_CIDR_NOTATION"},
		{body: `[{"ipAddress":"192.0.2.0/24"}]`, status: wrong, code: "INVALID_ATTRIBUTE"},
		{body: `[{"ipAddress":"192.0.2.1","cidrBlock":"192.0.2.0/24"}]`, status: wrong, code: "INVALID_ATTRIBUTE"},
	}
	lookOnly := refusal{key: looker, status: notAllowed, code: "USER_UNAUTHORIZED"}
	outside := refusal{key: memberOnly, status: notAllowed, code: "NOT_IN_GROUP"}
	twice := refusal{body: `[{"ipAddress":"127.0.0.1"},{"cidrBlock":"127.0.0.1/32"}]`, status: clash, code: "ADDRESS_ALREADY_IN_ACCESS_LIST"}
	full := refusal{body: crowd(), status: http.StatusForbidden, code: "ATLAS_NETWORK_PERMISSIONS_LIMIT_EXCEEDED"}
	forKeys := append([]refusal{lookOnly, twice, full}, bodies...)
	notOn := func(path string) refusal {
		return refusal{path: path, status: notThere, code: "API_KEY_ACCESS_LIST_NOT_FOUND"}
	}
	gone := func(path string) refusal {
		return refusal{path: path, status: notThere, code: "ATLAS_NETWORK_PERMISSION_ENTRY_NOT_FOUND"}
	}
	own := refusal{status: wrong, code: "CANNOT_REMOVE_CALLER_FROM_ACCESS_LIST", edit: func(f *fixture, c *call) {
		path := "/api/atlas/v2/orgs/" + string(f.OrgID) + "/apiKeys/" + string(f.Owner.ID) + "/accessList"
		f.post(path, `[{"ipAddress":"127.0.0.1"},{"ipAddress":"192.0.2.1"}]`).is(http.StatusOK)
		c.path = path + "/127.0.0.1"
	}}
	keyless := refusal{path: keysRoot + "/{x}/accessList", status: wrong, code: "API_KEY_NOT_FOUND"}
	accountless := refusal{path: saRoot + "/x/accessList", status: notThere, code: "SERVICE_ACCOUNT_NOT_FOUND"}

	register(map[string]scenario{
		"listApiKeyAccessListsEntries": {call: call{method: get, path: accessRoot}, given: withAccess, refusals: []refusal{keyless}},
		"createApiKeyAccessList": {call: call{method: post, path: accessRoot, body: entries}, given: withKeys,
			refusals: append([]refusal{keyless}, forKeys...)},
		"getApiKeyAccessList": {call: call{method: get, path: accessRoot + "/203.0.113.0%2F24"}, given: withAccess,
			refusals: []refusal{notOn(accessRoot + "/203.0.113.1"), notOn(accessRoot + "/nonsense"), notOn(accessRoot + "/203.0.113.0%2F25")}},
		"deleteApiKeyAccessListEntry": {call: call{method: del, path: accessRoot + "/198.51.100.7"}, given: withAccess, status: noContent,
			refusals: []refusal{notOn(accessRoot + "/203.0.113.1"), lookOnly, own}},

		"listServiceAccountAccessList": {call: call{method: get, path: oneSARoot + "/accessList"}, given: withAccess, refusals: []refusal{accountless}},
		"createServiceAccountAccessList": {call: call{method: post, path: oneSARoot + "/accessList", body: entries}, given: withKeys,
			refusals: append([]refusal{accountless, {body: `[{"ipAddress":"192.0.2.1","requestCount":1}]`, status: wrong, code: "ATTRIBUTE_READ_ONLY"}}, forKeys...)},
		"deleteServiceAccountAccessListEntry": {call: call{method: del, path: oneSARoot + "/accessList/2001:db8::%2F32"}, given: withAccess, status: noContent,
			refusals: []refusal{notOn(oneSARoot + "/accessList/192.0.2.1"), lookOnly}},
		"listProjectServiceAccountAccessList": {call: call{method: get, path: groupSARoot + "/accessList"}, given: withAccess, refusals: []refusal{outside}},
		"createProjectServiceAccountAccessList": {call: call{method: post, path: groupSARoot + "/accessList", body: entries}, given: withKeys,
			refusals: append([]refusal{outside}, forKeys...)},
		"deleteProjectServiceAccountAccessListEntry": {call: call{method: del, path: groupSARoot + "/accessList/198.51.100.7%2F32"}, given: withAccess, status: noContent,
			refusals: []refusal{notOn(groupSARoot + "/accessList/192.0.2.1"), outside, lookOnly}},

		"listProjectIpAccessLists": {call: call{method: get, path: networkRoot}, given: withNetworks, refusals: []refusal{outside}},
		"createProjectIpAccessList": {call: call{method: post, path: networkRoot,
			body: `[{"cidrBlock":"192.0.2.0/24","comment":"office","deleteAfterDate":"2026-03-02T12:00:00Z"},{"ipAddress":"2001:db8:0:0:0:0:0:1","comment":""}]`},
			given: withNetworks, status: http.StatusCreated, // one of them twice is no error
			refusals: append([]refusal{lookOnly, outside,
				{body: `[{"awsSecurityGroup":"sg-903004f8"}]`, status: wrong, code: "INVALID_ATTRIBUTE"},
				{body: `[{"ipAddress":"192.0.2.1","deleteAfterDate":"2026-03-01T11:00:00Z"}]`, status: wrong, code: "INVALID_ATTRIBUTE"},
				{body: `[{"ipAddress":"192.0.2.1","deleteAfterDate":"soon"}]`, status: wrong, code: "INVALID_ATTRIBUTE"},
				{body: `[{"ipAddress":"192.0.2.1","groupId":"{g}"}]`, status: wrong, code: "ATTRIBUTE_READ_ONLY"},
			}, bodies...)},
		"getProjectIpList": {call: call{method: get, path: networkRoot + "/203.0.113.0%2f24"}, given: withNetworks,
			refusals: []refusal{outside, gone(networkRoot + "/203.0.113.1"), gone(networkRoot + "/sg-903004f8")}},
		"deleteProjectIpAccessList": {call: call{method: del, path: networkRoot + "/198.51.100.7"}, given: withNetworks, status: noContent,
			refusals: []refusal{outside, lookOnly, gone(networkRoot + "/203.0.113.1")}},
		"getProjectIpAccessListStatus": {call: call{method: get, path: networkRoot + "/198.51.100.7%2F32/status"}, given: withNetworks,
			refusals: []refusal{outside, gone(networkRoot + "/203.0.113.1/status")}},
	})
}
