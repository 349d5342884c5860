package atlas

import (
	"regexp"
	"strings"
)

// hidden stands where a secret was.
const hidden = "****"

// safeOptions are the connection string options whose values may be shown. A
// list of the harmless ones cannot miss a new secret.
var safeOptions = map[string]bool{
	"appname": true, "authmechanism": true, "authsource": true, "compressors": true, "connecttimeoutms": true,
	"directconnection": true, "heartbeatfrequencyms": true, "journal": true, "loadbalanced": true,
	"localthresholdms": true, "maxidletimems": true, "maxpoolsize": true, "maxstalenessseconds": true,
	"minpoolsize": true, "readconcernlevel": true, "readpreference": true, "replicaset": true, "retryreads": true,
	"retrywrites": true, "serverselectiontimeoutms": true, "sockettimeoutms": true, "srvservicename": true,
	"ssl": true, "tls": true, "timeoutms": true, "w": true, "wtimeoutms": true,
}

var (
	// uriHosts has ports of digits only: "user:password" without a host must
	// not pass for a host with a port.
	uriHosts = regexp.MustCompile(`^` + uriHost + `(,` + uriHost + `)*$`)
	uriName  = regexp.MustCompile(`^[A-Za-z0-9._~%+-]*$`)
	optionRE = regexp.MustCompile(`^[A-Za-z0-9._~%+:,-]*$`)
)

// uriHost is a name or an address with a port, or a socket.
const uriHost = `(([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?|[A-Za-z0-9._%-]+\.sock)`

// connectionString is one taken apart.
type connectionString struct {
	scheme, hosts, database string
	user                    string
	password                bool
	options                 []string
}

// parseURI takes a connection string apart; false for anything out of the
// ordinary, where a part might be taken for another.
func parseURI(uri string) (c connectionString, ok bool) {
	scheme, rest, ok := strings.Cut(uri, "://")
	if !ok || scheme != "mongodb" && scheme != "mongodb+srv" {
		return c, false
	}
	c.scheme = scheme
	rest, query, _ := strings.Cut(rest, "?")
	authority, database, _ := strings.Cut(rest, "/")
	c.database = database
	// An @ further on belongs to a password with a bare / or ? in it.
	if strings.Contains(query, "@") || strings.Contains(database, "@") {
		return c, false
	}
	userinfo, hosts, hasUser := strings.Cut(authority, "@")
	if !hasUser {
		userinfo, hosts = "", authority
	}
	c.user, _, c.password = strings.Cut(userinfo, ":")
	c.hosts = hosts
	if query != "" {
		c.options = strings.FieldsFunc(query, func(r rune) bool { return r == '&' || r == ';' })
	}
	return c, uriHosts.MatchString(c.hosts) && uriName.MatchString(c.user) && uriName.MatchString(c.database)
}

// redactedURI shows a connection string with its password and every option
// that might be one hidden; "" if it cannot be told what is what.
func redactedURI(uri string) string {
	c, ok := parseURI(uri)
	if !ok {
		return ""
	}
	user := c.user
	if c.password {
		user += ":" + hidden
	}
	if user != "" {
		user += "@"
	}
	return c.scheme + "://" + user + c.hosts + "/" + c.database + c.shownOptions()
}

// bareURI shows a connection string without any credentials, as Atlas does.
func bareURI(uri string) string {
	c, ok := parseURI(uri)
	if !ok {
		return ""
	}
	return c.scheme + "://" + c.hosts
}

func (c connectionString) shownOptions() string {
	shown := make([]string, 0, len(c.options))
	for _, option := range c.options {
		name, value, assigned := strings.Cut(option, "=")
		if !assigned || !uriName.MatchString(name) {
			continue
		}
		if !safeOptions[strings.ToLower(name)] || !optionRE.MatchString(value) {
			value = hidden
		}
		shown = append(shown, name+"="+value)
	}
	if len(shown) == 0 {
		return ""
	}
	return "?" + strings.Join(shown, "&")
}
