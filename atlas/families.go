package atlas

import (
	"strings"

	"tidemark"
)

// wrongFamily says of an instance of another kind than the path is about what
// Atlas says: clients try one family of paths and fall back to the other on
// just these errorCodes.
func (q *request) wrongFamily(err error) error {
	if tidemark.ErrorCode(err) != tidemark.CodeWrongInstanceKind {
		return err
	}
	e := *domainError(err)
	is := ""
	if len(e.Params) > 1 {
		is, _ = e.Params[1].(string)
		e.Params = e.Params[:1]
	}
	asked := q.kind()
	tenant := strings.HasPrefix(q.endpoint.path, tenantPath)
	switch {
	case tenant && is == string(tidemark.KindServerless):
		e.Code = codeServerlessInClusterAPI
	case tenant:
		e.Code = codeNotTenant
	case asked == tidemark.KindFlex:
		e.Code = codeNonFlexInFlexAPI
	case asked == tidemark.KindDedicated && is == string(tidemark.KindFlex):
		e.Code = codeFlexInClusterAPI
	case asked == tidemark.KindDedicated:
		e.Code = codeServerlessInClusterAPI
	}
	return &e
}
