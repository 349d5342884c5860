package atlas

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestRedactedURI(t *testing.T) {
	t.Parallel()
	for uri, want := range map[string][2]string{
		"mongodb://127.0.0.1:27017/":                       {"mongodb://127.0.0.1:27017/", "mongodb://127.0.0.1:27017"},
		"mongodb://a:1,b:2,c":                              {"mongodb://a:1,b:2,c/", "mongodb://a:1,b:2,c"},
		"mongodb://[::1]:27017":                            {"mongodb://[::1]:27017/", "mongodb://[::1]:27017"},
		"mongodb://%2Ftmp%2Fmongodb.sock":                  {"mongodb://%2Ftmp%2Fmongodb.sock/", "mongodb://%2Ftmp%2Fmongodb.sock"},
		"mongodb+srv://ann:s3cret@c.example/db?w=majority": {"mongodb+srv://ann:****@c.example/db?w=majority", "mongodb+srv://c.example"},
		"mongodb://ann@h":                                  {"mongodb://ann@h/", "mongodb://h"},
		"mongodb://ann:@h":                                 {"mongodb://ann:****@h/", "mongodb://h"},
		"mongodb://h/?replicaSet=rs0&authMechanismProperties=AWS_SESSION_TOKEN:s3cret&proxyPassword=s3cret;tls=true": {
			"mongodb://h/?replicaSet=rs0&authMechanismProperties=****&proxyPassword=****&tls=true", "mongodb://h"},
		"mongodb://h/?appName=a b": {"mongodb://h/?appName=****", "mongodb://h"},
		"mongodb://h?s3cret":       {"mongodb://h/", "mongodb://h"},
		"":                         {},
		"s3cret":                   {},
		"postgres://ann:s3cret@h":  {},
		"mongodb://":               {},
		"mongodb://ann:s3cret":     {},
		"mongodb://ann:s3@cret@h":  {},
		"mongodb://ann:s3/cret@h":  {},
		"mongodb://ann:s3?cret@h":  {},
		"mongodb://ann:s3#cret@h":  {"mongodb://ann:****@h/", "mongodb://h"},
		"MONGODB://ann:s3cret@h":   {},
		"mongodb://h/s3cret@h":     {},
	} {
		if got := [2]string{redactedURI(uri), bareURI(uri)}; got != want {
			t.Errorf("%s is shown as %q, not %q", uri, got, want)
		}
	}
}

// TestRedactedURINeverTells puts a password in with any characters around it.
func TestRedactedURINeverTells(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		noise := rapid.StringOfN(rapid.RuneFrom([]rune("ab:@/?#&=;,.%[] \x00é")), 0, 6, -1)
		uri := "mongodb://ann:" + noise.Draw(t, "before") + "XHUNTERX" + noise.Draw(t, "after") + "@host/db?w=1"
		for _, shown := range []string{redactedURI(uri), bareURI(uri)} {
			if strings.Contains(shown, "XHUNTERX") {
				t.Fatalf("%q is shown as %q", uri, shown)
			}
		}
	})
}
