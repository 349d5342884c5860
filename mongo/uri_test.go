package mongo_test

import (
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tidemark"
	"tidemark/mongo"
)

func TestRedactURI(t *testing.T) {
	t.Parallel()
	for uri, want := range map[string]string{
		"mongodb://localhost:27017/":                           "mongodb://localhost:27017/",
		"mongodb://ann:secret@h1:1,h2:2/db?replicaSet=rs0":     "mongodb://ann:***@h1:1,h2:2/db?replicaSet=rs0",
		"mongodb+srv://ann:se%40cret@cluster.example.net/":     "mongodb+srv://ann:***@cluster.example.net/",
		"mongodb://ann@h/?authMechanism=MONGODB-X509":          "mongodb://ann@h/?authMechanism=MONGODB-X509",
		"mongodb://ann:p@ss@h/":                                "mongodb://ann:***@h/",
		"mongodb://ann:p/ss@h/":                                "mongodb://ann:***@h/",
		"mongodb://ann:p?ss@h/":                                "mongodb://***@h/",
		"mongodb://ann:p@q?ss@h/":                              "mongodb://***@h/",
		"mongodb://h/?tlsCertificateKeyFilePassword=x&tls=1":   "mongodb://h/?tlsCertificateKeyFilePassword=***&tls=1",
		"mongodb://h/?authMechanismProperties=T:abc&appName=a": "mongodb://h/?authMechanismProperties=***&appName=a",
		"not a uri at all with secret":                         "***",
		"":                                                     "***",
	} {
		if got := mongo.RedactURI(uri); got != want {
			t.Errorf("%s becomes %s, want %s", uri, got, want)
		}
	}
}

// No password, escaped or not, is in what RedactURI or an error of Open shows.
func TestPasswordsNeverShow(t *testing.T) {
	t.Parallel()
	good := []string{"@h/", "@h:1,h:2/db?replicaSet=r", "@h/?authSource=a@b"}
	bad := []string{"@h:99999/", "@", "@h/?tls=maybe", "@h:1,h:2/db?replicaSet=r&loadBalanced=true"}
	rapid.Check(t, func(t *rapid.T) {
		password := rapid.StringMatching(`zq[!-~]{6,20}qz`).Draw(t, "password")
		user := rapid.StringMatching(`[a-p]{1,5}`).Draw(t, "user")
		for _, p := range []string{password, url.QueryEscape(password), url.PathEscape(password)} {
			check := func(uri, shown string) {
				for _, secret := range []string{password, p, password[2 : len(password)-2]} {
					if strings.Contains(shown, secret) {
						t.Fatalf("%q shows %q in %q", uri, secret, shown)
					}
				}
			}
			for _, tail := range append(good, bad...) {
				uri := "mongodb://" + user + ":" + p + tail
				check(uri, mongo.RedactURI(uri))
			}
			for _, tail := range bad {
				uri := "mongodb://" + user + ":" + p + tail
				d, err := mongo.Open(t.Context(), uri, mongo.Options{})
				if err == nil { // a "?" or "/" in the password made it another string
					_ = d.Close(t.Context())
					continue
				}
				check(uri, err.Error()+tidemark.ErrorHint(err))
			}
		}
	})
}

func TestOpenRefusesWhatIsNoConnectionString(t *testing.T) {
	t.Parallel()
	for uri, want := range map[string]string{
		"":                                     "is empty",
		"localhost:27017":                      "no scheme",
		"http://localhost":                     "no scheme",
		"mongodb://":                           "names no host",
		"mongodb:///db":                        "names no host",
		"mongodb://ann:secret@/db":             "names no host",
		"mongodb://ann:sec@ret@host/":          "must be escaped",
		"mongodb://ann:sec/ret@host/":          "must be escaped",
		"mongodb://ann:sec?ret@host/":          "must be escaped",
		"mongodb://host:99999/":                "not valid",
		"mongodb://host/?tls=maybe":            "not valid",
		"mongodb://host/?directConnection=1&x": "not valid",
	} {
		_, err := mongo.Open(t.Context(), uri, mongo.Options{})
		wantCode(t, err, tidemark.CodeInvalidAttribute)
		if err == nil || !strings.Contains(err.Error(), want) || tidemark.ErrorHint(err) == "" {
			t.Errorf("%s: %v (%s)", uri, err, tidemark.ErrorHint(err))
		}
	}
}
