package contract

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"
)

// realStatus are the statuses that Atlas really answers with instead of the
// document's (recordings of its clients' tests).
var realStatus = map[string]struct{ real, documented int }{
	"createProject": {http.StatusCreated, http.StatusOK},
	"deleteProject": {http.StatusAccepted, http.StatusNoContent},

	"createProjectIpAccessList": {http.StatusCreated, http.StatusOK},
}

// Check compares a request and its answer with the document. Both bodies are
// whole. Exchanges of other paths than the document's are checked only for the
// shape of errors.
func (d *Document) Check(req *http.Request, reqBody []byte, resp *http.Response, respBody []byte) error {
	o := d.find(req)
	var err error
	switch {
	case resp.StatusCode >= 400 && req.Method != http.MethodHead:
		err = d.checkProblem(resp, respBody)
	case req.Method == http.MethodHead || req.Method == http.MethodOptions: // not in the document
		if len(respBody) > 0 {
			err = fmt.Errorf("there is a body where none may be")
		}
	case o == nil:
		err = fmt.Errorf("the document has no such operation")
	default:
		err = o.check(req, reqBody, resp, respBody)
	}
	if err != nil {
		return fmt.Errorf("%s %s -> %d: %w\n%s", req.Method, req.URL, resp.StatusCode, err, respBody)
	}
	return nil
}

func (o *operation) check(req *http.Request, reqBody []byte, resp *http.Response, respBody []byte) error {
	v := o.accepted(req.Header)
	if got, want := resp.Header.Get("Content-Type"), mediaTypeOf(v)+";charset=utf-8"; got != want {
		return fmt.Errorf("Content-Type is %q, not %q", got, want)
	}
	if o.spec.RequestBody != nil {
		media := o.spec.RequestBody.Value.Content[mediaTypeOf(v)]
		if err := validate(media, reqBody, openapi3.VisitAsRequest(), openapi3.DisableReadOnlyValidation()); err != nil {
			return fmt.Errorf("request: %w", err)
		}
	}
	return o.checkAnswer(req, v, resp.StatusCode, respBody)
}

func (o *operation) checkAnswer(req *http.Request, v string, status int, body []byte) error {
	documented := status
	if r, ok := realStatus[o.id]; ok {
		if status != r.real {
			return fmt.Errorf("the status is not the %d that Atlas answers", r.real)
		}
		documented = r.documented
	}
	response := o.spec.Responses.Value(strconv.Itoa(documented))
	if response == nil {
		return fmt.Errorf("%s documents no status %d", o.id, documented)
	}
	if status == http.StatusNoContent || documented == http.StatusNoContent {
		if s := string(bytes.TrimSpace(body)); s != "" && s != "{}" {
			return fmt.Errorf("there is a body where none should be")
		}
		return nil
	}
	if req.URL.Query().Get("envelope") == "true" {
		var err error
		if body, err = unwrap(status, body); err != nil {
			return err
		}
	}
	if err := validate(response.Value.Content[mediaTypeOf(v)], body, openapi3.VisitAsResponse()); err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	return nil
}

func mediaTypeOf(version string) string { return "application/vnd.atlas." + version + "+json" }

// unwrap takes the envelope off.
func unwrap(status int, body []byte) ([]byte, error) {
	var m map[string]json.RawMessage
	if err := json.Unmarshal(body, &m); err != nil {
		return nil, fmt.Errorf("envelope: %w", err)
	}
	if string(m["status"]) != strconv.Itoa(status) {
		return nil, fmt.Errorf("envelope: status is %s", m["status"])
	}
	if content, ok := m["content"]; ok && len(m) == 2 {
		return content, nil
	}
	delete(m, "status")
	return json.Marshal(m)
}

func validate(media *openapi3.MediaType, body []byte, opts ...openapi3.SchemaValidationOption) error {
	if media == nil || media.Schema == nil {
		return nil // the document says nothing of the body
	}
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		return err
	}
	return media.Schema.Value.VisitJSON(v, append(opts, openapi3.MultiErrors(), openapi3.EnableFormatValidation())...)
}

// checkProblem checks an error answer. A 401 that asks for credentials has no
// errorCode and a 405 no body, though the document wants both.
func (d *Document) checkProblem(resp *http.Response, body []byte) error {
	if resp.StatusCode == http.StatusMethodNotAllowed {
		if len(body) > 0 || resp.Header.Get("Allow") == "" {
			return fmt.Errorf("a 405 has an Allow header and no body")
		}
		return nil
	}
	if got := resp.Header.Get("Content-Type"); got != "application/json" {
		return fmt.Errorf("Content-Type is %q", got)
	}
	var p struct {
		Error     int    `json:"error"`
		ErrorCode string `json:"errorCode"`
		Reason    string `json:"reason"`
		Detail    string `json:"detail"`
	}
	if err := json.Unmarshal(body, &p); err != nil {
		return err
	}
	switch {
	case p.Error != resp.StatusCode:
		return fmt.Errorf("error is %d", p.Error)
	case p.Reason != http.StatusText(resp.StatusCode):
		return fmt.Errorf("reason is %q", p.Reason)
	case p.Detail == "":
		return fmt.Errorf("there is no detail")
	case resp.Header.Get("X-Error-Code") != p.ErrorCode:
		return fmt.Errorf("X-Error-Code is %q", resp.Header.Get("X-Error-Code"))
	case resp.StatusCode == http.StatusUnauthorized && p.ErrorCode == "":
		return nil
	}
	return validate(&openapi3.MediaType{Schema: d.problem.NewRef()}, body, openapi3.VisitAsResponse())
}
