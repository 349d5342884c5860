package mongo

import (
	"net/url"
	"strings"

	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tidemark"
)

const (
	schemePlain = "mongodb://"
	schemeSRV   = "mongodb+srv://"
	hidden      = "***"
)

// secretOptions are the options of a connection string, in lower case, whose
// values are secret or may hold one.
var secretOptions = map[string]bool{
	"authmechanismproperties":         true,
	"tlscertificatekeyfilepassword":   true,
	"sslclientcertificatekeypassword": true,
	"proxypassword":                   true,
}

// RedactURI returns the connection string with "***" for its password and for
// secret options. A malformed one loses everything before its last "@", since
// the password's end cannot be known.
func RedactURI(uri string) string {
	scheme, rest, ok := strings.Cut(uri, "://")
	if !ok {
		return hidden
	}
	base, query, hasQuery := strings.Cut(rest, "?")
	if strings.Contains(query, "@") {
		// The "?" may belong to a password that is not escaped.
		return scheme + "://" + hidden + rest[strings.LastIndexByte(rest, '@'):]
	}
	at := strings.LastIndexByte(base, '@')
	out := scheme + "://" + redactUser(base, at)
	if hasQuery {
		out += "?" + redactQuery(query)
	}
	return out
}

func redactUser(base string, at int) string {
	if at < 0 {
		return base
	}
	user, _, hasPassword := strings.Cut(base[:at], ":")
	if !hasPassword {
		return base
	}
	if strings.ContainsAny(user, "@/") {
		return hidden + base[at:]
	}
	return user + ":" + hidden + base[at:]
}

func redactQuery(query string) string {
	pairs := strings.FieldsFunc(query, func(r rune) bool { return r == '&' || r == ';' })
	for i, pair := range pairs {
		name, _, ok := strings.Cut(pair, "=")
		if ok && secretOptions[strings.ToLower(name)] {
			pairs[i] = name + "=" + hidden
		}
	}
	return strings.Join(pairs, "&")
}

// parseURI checks a connection string and returns the driver's options for it.
// The names of a mongodb+srv string are looked up here.
func parseURI(uri string) (*options.ClientOptions, error) {
	if err := checkURI(uri); err != nil {
		return nil, err
	}
	opts := options.Client().ApplyURI(uri)
	if err := opts.Validate(); err != nil {
		return nil, uriError("the connection string %s is not valid: %s", RedactURI(uri), scrub(err.Error(), uri)).
			WithHint("see https://www.mongodb.com/docs/manual/reference/connection-string/ for its form")
	}
	return opts, nil
}

// checkURI finds the common mistakes, to name them better than the driver does.
func checkURI(uri string) error {
	var rest string
	switch {
	case uri == "":
		return uriError("the connection string is empty").
			WithHint("give one such as mongodb://user:password@host:27017/?replicaSet=rs0")
	case strings.HasPrefix(uri, schemePlain):
		rest = uri[len(schemePlain):]
	case strings.HasPrefix(uri, schemeSRV):
		rest = uri[len(schemeSRV):]
	default:
		return uriError("the connection string has no scheme that is known").
			WithHint("it must begin with %s or %s", schemePlain, schemeSRV)
	}
	authority := rest
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		authority = rest[:i]
		if strings.Contains(rest[i:], "@") && !strings.Contains(authority, "@") && strings.Contains(authority, ":") {
			return escapeError(uri)
		}
	}
	if strings.Count(authority, "@") > 1 {
		return escapeError(uri)
	}
	hosts := authority[strings.LastIndexByte(authority, '@')+1:]
	if strings.Trim(hosts, ", ") == "" {
		return uriError("the connection string %s names no host", RedactURI(uri)).
			WithHint("put a host and port behind the scheme, such as mongodb://localhost:27017/")
	}
	return nil
}

func escapeError(uri string) error {
	return uriError("the user name or password in %s holds a character that must be escaped", RedactURI(uri)).
		WithHint("write @ : / ? # [ ] %% in them in percent encoding, such as %%40 for @")
}

func uriError(format string, args ...any) *tidemark.Error {
	return tidemark.Errorf(tidemark.CodeInvalidAttribute, format, args...).WithParams("uri")
}

// scrub takes the connection string and its password, in both spellings, out of
// a message of the driver's.
func scrub(message, uri string) string {
	message = strings.ReplaceAll(message, uri, RedactURI(uri))
	_, rest, _ := strings.Cut(uri, "://")
	for _, secret := range secretsOf(rest) {
		message = strings.ReplaceAll(message, secret, hidden)
		if plain, err := url.PathUnescape(secret); err == nil && plain != "" {
			message = strings.ReplaceAll(message, plain, hidden)
		}
	}
	return message
}

func secretsOf(rest string) []string {
	var secrets []string
	base, query, _ := strings.Cut(rest, "?")
	if at := strings.LastIndexByte(base, '@'); at >= 0 {
		if _, password, ok := strings.Cut(base[:at], ":"); ok && password != "" {
			secrets = append(secrets, password)
		}
	}
	for _, pair := range strings.FieldsFunc(query, func(r rune) bool { return r == '&' || r == ';' }) {
		name, value, _ := strings.Cut(pair, "=")
		if value != "" && secretOptions[strings.ToLower(name)] {
			secrets = append(secrets, value)
		}
	}
	return secrets
}
