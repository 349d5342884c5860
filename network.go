package tidemark

import (
	"context"
	"net/netip"
	"time"
)

// AccessEntry is a network from which a key may be used.
type AccessEntry struct {
	Network   netip.Prefix // masked; one address is a network of its full length
	CreatedAt time.Time
	// Requests counts those that came from the network, LastUsedAt and
	// LastUsedAddress tell of the last; all three as noted once a minute.
	Requests        int64
	LastUsedAt      time.Time
	LastUsedAddress string
}

// NetworkEntry is a network on the access list of a project.
type NetworkEntry struct {
	ProjectID   ID
	Network     netip.Prefix // as that of AccessEntry
	Comment     string
	CreatedAt   time.Time
	DeleteAfter time.Time // zero: never
}

// KeyUse is what a key was used for since that was last noted.
type KeyUse struct {
	KeyID    ID
	At       time.Time                   // of the last request; zero: none
	Secrets  map[ID]time.Time            // when each client secret last got a token
	Networks map[netip.Prefix]NetworkUse // by the entry of the key's access list
}

// NetworkUse is what of a KeyUse came by one entry of an access list.
type NetworkUse struct {
	Requests int64
	At       time.Time
	Address  string
}

// NetworkService is a part of Service: the access lists of projects. Downloads
// of a project whose list is not empty are given only to addresses on it.
type NetworkService interface {
	ListNetworkEntries(ctx context.Context, c Caller, projectID ID, p Page) ([]*NetworkEntry, int, error)
	// GetNetworkEntry is CodeNetworkEntryNotFound for a network that is not on
	// the list, or no more.
	GetNetworkEntry(ctx context.Context, c Caller, projectID ID, network netip.Prefix) (*NetworkEntry, error)
	// AddNetworkEntries puts all or none on the list. One that is on it already
	// is replaced.
	AddNetworkEntries(ctx context.Context, c Caller, projectID ID, entries []NewNetworkEntry) error
	DeleteNetworkEntry(ctx context.Context, c Caller, projectID ID, network netip.Prefix) error
}

// NewNetworkEntry asks for an entry of a project's access list.
type NewNetworkEntry struct {
	Network     netip.Prefix
	Comment     string
	DeleteAfter time.Time // at most a week ahead; zero: never
}

// ParseNetwork reads an address or a network in CIDR notation, IPv4 or IPv6.
// False for anything else: a zone, an IPv4 address written as IPv6, bits
// outside the mask.
func ParseNetwork(s string) (netip.Prefix, bool) {
	network, err := netip.ParsePrefix(s)
	if err != nil {
		address, err := netip.ParseAddr(s)
		if err != nil || address.Zone() != "" {
			return netip.Prefix{}, false
		}
		network = netip.PrefixFrom(address, address.BitLen())
	}
	return network, !network.Addr().Is4In6() && network == network.Masked()
}
