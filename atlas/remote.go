package atlas

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// remoteAddress is the client's address, without its port, as found when the
// request came in.
func remoteAddress(r *http.Request) string { return trackerOf(r).remote }

// clientAddress is the address of the connection or, where that is a trusted
// proxy's, the one that the proxies report in X-Forwarded-For: read from its
// end, the first that is not a trusted proxy's. What stands before it was
// written by the client and proves nothing.
func clientAddress(r *http.Request, trusted []netip.Prefix) string {
	address, ok := parseAddress(r.RemoteAddr)
	if !ok {
		return r.RemoteAddr
	}
	if len(trusted) == 0 {
		return address.String()
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		if !within(trusted, address) {
			break
		}
		before, ok := parseAddress(strings.TrimSpace(hop))
		if !ok { // the proxy knew no more
			break
		}
		address = before
	}
	return address.String()
}

// parseAddress reads an address with or without a port. IPv4 in IPv6 becomes
// IPv4, and zones are dropped: lists of addresses have neither.
func parseAddress(s string) (netip.Addr, bool) {
	address, err := netip.ParseAddr(strings.Trim(s, "[]"))
	if err != nil {
		both, err := netip.ParseAddrPort(s)
		if err != nil {
			return netip.Addr{}, false
		}
		address = both.Addr()
	}
	return address.Unmap().WithZone(""), true
}

func within(networks []netip.Prefix, address netip.Addr) bool {
	return slices.ContainsFunc(networks, func(n netip.Prefix) bool { return n.Contains(address) })
}
