package atlas

import (
	"net/http"
	"net/url"

	"tidemark"
)

// The OAuth 2.0 endpoints of service accounts: the client credentials grant
// (RFC 6749 section 4.4) and revocation (RFC 7009).
const (
	tokenPath  = "/api/oauth/token"
	revokePath = "/api/oauth/revoke"
	maxForm    = 64 << 10 // bytes
)

// oauthProblem is an error body of RFC 6749 section 5.2.
type oauthProblem struct {
	Description string `json:"error_description"`
	Error       string `json:"error"`
}

type accessToken struct {
	AccessToken string `json:"access_token"`
	ExpiresIn   int    `json:"expires_in"` // seconds
	TokenType   string `json:"token_type"`
}

// credentials are what a client of the OAuth endpoints sends.
type credentials struct {
	id, secret string
	basic      bool // by the Authorization header, else in the form
}

// oauth serves both endpoints.
func (a *api) oauth(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", "OPTIONS, POST")
		if r.Method == http.MethodOptions {
			w.WriteHeader(http.StatusNoContent)
		} else {
			w.WriteHeader(http.StatusMethodNotAllowed)
		}
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Pragma", "no-cache")
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := a.inTime(w, r.ParseForm); err != nil {
		writeOAuth(w, r, http.StatusBadRequest, oauthProblem{"The request body is not a form.", "invalid_request"})
		return
	}
	for _, values := range r.PostForm {
		if len(values) > 1 { // RFC 6749 section 3.2
			writeOAuth(w, r, http.StatusBadRequest, oauthProblem{"A parameter is given more than once.", "invalid_request"})
			return
		}
	}
	c, ok := clientCredentials(r)
	if !ok {
		a.refuseClient(w, r, c)
		return
	}
	if a.tooMany(w, r, remoteAddress(r), c.id) {
		return
	}
	if r.URL.Path == tokenPath {
		a.token(w, r, c)
	} else {
		a.revoke(w, r, c)
	}
}

func (a *api) token(w http.ResponseWriter, r *http.Request, c credentials) {
	switch r.PostForm.Get("grant_type") {
	case "client_credentials":
	case "":
		writeOAuth(w, r, http.StatusBadRequest, oauthProblem{"The parameter grant_type is missing.", "invalid_request"})
		return
	default:
		writeOAuth(w, r, http.StatusBadRequest, oauthProblem{"The only grant_type is client_credentials.", "unsupported_grant_type"})
		return
	}
	t, err := a.service.IssueToken(r.Context(), c.id, c.secret)
	if err != nil {
		a.oauthError(w, r, c, err)
		return
	}
	writeOAuth(w, r, http.StatusOK, accessToken{t.Token, int(t.ExpiresIn.Seconds()), "Bearer"})
}

func (a *api) revoke(w http.ResponseWriter, r *http.Request, c credentials) {
	token := r.PostForm.Get("token")
	if token == "" {
		writeOAuth(w, r, http.StatusBadRequest, oauthProblem{"The parameter token is missing.", "invalid_request"})
		return
	}
	if err := a.service.RevokeToken(r.Context(), c.id, c.secret, token); err != nil {
		a.oauthError(w, r, c, err)
		return
	}
	w.WriteHeader(http.StatusOK)
}

// clientCredentials reads them from the header or the form; both at once are
// refused, as RFC 6749 section 2.3 wants it.
func clientCredentials(r *http.Request) (credentials, bool) {
	id, secret := r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	user, password, basic := r.BasicAuth()
	if !basic {
		return credentials{id: id, secret: secret}, id != "" && secret != ""
	}
	user, err1 := url.QueryUnescape(user)
	password, err2 := url.QueryUnescape(password)
	c := credentials{id: user, secret: password, basic: true}
	return c, err1 == nil && err2 == nil && secret == "" && (id == "" || id == user)
}

func (a *api) oauthError(w http.ResponseWriter, r *http.Request, c credentials, err error) {
	if tidemark.ErrorCode(err) == tidemark.CodeUnauthenticated {
		a.throttle.failed(remoteAddress(r), c.id)
		a.refuseClient(w, r, c)
		return
	}
	a.logFailure(r, err)
	writeOAuth(w, r, http.StatusInternalServerError, oauthProblem{unexpected, "server_error"})
}

func (a *api) refuseClient(w http.ResponseWriter, r *http.Request, c credentials) {
	if c.basic || !r.PostForm.Has("client_id") {
		w.Header().Set("WWW-Authenticate", `Basic realm="`+a.config.Realm+`"`)
	}
	writeOAuth(w, r, http.StatusUnauthorized, oauthProblem{"Invalid credentials provided.", "invalid_client"})
}

// writeOAuth answers as the query wants it: the parameters pretty and envelope
// are those of the other operations. Errors are never in an envelope.
func writeOAuth(w http.ResponseWriter, r *http.Request, status int, body any) {
	query := r.URL.Query()
	if query.Get("envelope") == "true" && status == http.StatusOK {
		body = enveloped{Status: status, Content: body}
	}
	b, err := encode(body, query.Get("pretty") == "true")
	if err != nil { // strings and numbers always encode
		panic(err)
	}
	w.Header().Set("Content-Type", "application/json")
	send(w, status, b)
}
