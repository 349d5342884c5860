package atlas

import (
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"tidemark"
)

// Prefixes of the two APIs.
const (
	Prefix          = "/api/atlas/v2"
	ExtensionPrefix = "/api/tidemark/v1"
)

// DefaultRealm is the realm of Atlas's digest challenges.
const DefaultRealm = "MMS Public API"

// Config says what a handler works with. Only Service is required.
type Config struct {
	Service tidemark.Service
	// BaseURL returns scheme and authority that links and delivery URLs start
	// with, such as "https://backup.example:8443". Where it is nil or returns
	// "", they follow the Host header of the request.
	BaseURL func() string
	// Realm of the digest challenges; DefaultRealm where empty.
	Realm string
	// NonceKey authenticates nonces. Processes that share it accept each
	// other's; a random one is made where it is empty.
	NonceKey []byte
	// Clock is time.Now but for tests.
	Clock  func() time.Time
	Logger *slog.Logger // slog.Default() where nil
	// MaxBody bounds a request's body, in bytes; 1 MiB where zero.
	MaxBody int64
	// BodyTimeout is how long a client may take to send a body; 30 seconds
	// where zero.
	BodyTimeout time.Duration
	// MaxFailures is how many wrong credentials one remote address may send in
	// a minute for one key, and ten times that for any keys, before it is
	// answered 429; 30 where zero, no limit where negative.
	MaxFailures int
	// TrustedProxies are the networks of the proxies before the service, whose
	// X-Forwarded-For says who the client is. Where it is empty, or for any
	// other connection, the client is who connects.
	TrustedProxies []netip.Prefix
	// RateLimits turns on the limits of Atlas, with their headers: so many
	// requests to a set of endpoints in one project or organization, then 429.
	RateLimits bool
	// RefuseSunset answers 410 to versions whose sunset has passed. They are
	// served otherwise, with the headers Deprecation and Sunset.
	RefuseSunset bool
	// MaxStreams is how many restore jobs may be watched at once; 256 where zero.
	MaxStreams int
	// Stopping, when closed, ends what would go on for long: the streams of
	// restore jobs. nil: never.
	Stopping <-chan struct{}
	// Version is "build" of the system status; "tidemark" where empty.
	Version string
}

func (c Config) withDefaults() Config {
	if c.Realm == "" {
		c.Realm = DefaultRealm
	}
	if len(c.NonceKey) == 0 {
		c.NonceKey = make([]byte, 32)
		rand.Read(c.NonceKey) // never fails: it aborts the program instead
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.MaxBody == 0 {
		c.MaxBody = 1 << 20
	}
	if c.BodyTimeout == 0 {
		c.BodyTimeout = 30 * time.Second
	}
	if c.MaxFailures == 0 {
		c.MaxFailures = 30
	}
	if c.MaxStreams == 0 {
		c.MaxStreams = 256
	}
	if c.Version == "" {
		c.Version = "tidemark"
	}
	return c
}

// baseURL is what absolute links start with, without a slash at the end.
func (c Config) baseURL(r *http.Request) string {
	if c.BaseURL != nil {
		if base := c.BaseURL(); base != "" {
			return strings.TrimRight(base, "/")
		}
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}
