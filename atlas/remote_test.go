package atlas_test

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"tidemark/atlas"
)

// TestClientAddress looks at what is logged as the client's address.
func TestClientAddress(t *testing.T) {
	t.Parallel()
	proxies := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("2001:db8:1::/48")}
	for name, c := range map[string]struct {
		trusted   []netip.Prefix
		forwarded []string
		want      string
	}{
		"nobody is trusted":         {nil, []string{"192.0.2.1"}, "127.0.0.1"},
		"no header":                 {proxies, nil, "127.0.0.1"},
		"one proxy":                 {proxies, []string{"192.0.2.1"}, "192.0.2.1"},
		"what the client claims":    {proxies, []string{"198.51.100.1, 192.0.2.1"}, "192.0.2.1"},
		"a chain of proxies":        {proxies, []string{"198.51.100.1, 192.0.2.1, 127.0.0.2, 2001:db8:1::5"}, "192.0.2.1"},
		"several headers":           {proxies, []string{"198.51.100.1", "192.0.2.1", "127.0.0.9"}, "192.0.2.1"},
		"proxies all the way":       {proxies, []string{"127.0.0.3, 127.0.0.2"}, "127.0.0.3"},
		"with a port":               {proxies, []string{"192.0.2.1:4711"}, "192.0.2.1"},
		"IPv6 with a port":          {proxies, []string{"[2001:db8::1]:4711"}, "2001:db8::1"},
		"IPv6 in brackets":          {proxies, []string{"[2001:db8::1]"}, "2001:db8::1"},
		"IPv4 in IPv6, with a zone": {proxies, []string{"fe80::1%eth0, ::ffff:127.0.0.2"}, "fe80::1"},
		"nonsense":                  {proxies, []string{"192.0.2.1, unknown"}, "127.0.0.1"},
		"another network's proxy":   {proxies[1:], []string{"192.0.2.1"}, "127.0.0.1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, func(config *atlas.Config) { config.TrustedProxies = c.trusted })
			f.send(call{method: http.MethodGet, path: "/api/atlas/v2", header: http.Header{"X-Forwarded-For": c.forwarded}}).is(http.StatusOK)
			if want := " remote=" + c.want + " "; !strings.Contains(f.log.String(), want) {
				t.Errorf("the log lacks %q: %s", want, f.log)
			}
		})
	}
}
