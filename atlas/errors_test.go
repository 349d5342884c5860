package atlas

import (
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"tidemark"
)

// codes reads the constants of type Code out of a source file.
func codes(t *testing.T, file, typeName string) []tidemark.Code {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var found []tidemark.Code
	ast.Inspect(parsed, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || spec.Type == nil || typeString(spec.Type) != typeName || len(spec.Values) != 1 {
			return true
		}
		value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, tidemark.Code(value))
		return true
	})
	return found
}

func typeString(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return typeString(e.X) + "." + e.Sel.Name
	}
	return ""
}

// TestOutcomesAreComplete: every code of the domain and of this package has a
// row, and every row a code.
func TestOutcomesAreComplete(t *testing.T) {
	t.Parallel()
	all := append(codes(t, "../errors.go", "Code"), codes(t, "errors.go", "tidemark.Code")...)
	all = append(all, codes(t, "../errors_backup.go", "Code")...)
	if len(all) < 50 {
		t.Fatalf("only %d codes were found", len(all))
	}
	for _, code := range all {
		if _, ok := outcomes[code]; !ok {
			t.Errorf("%s has no row", code)
		}
	}
	if len(all) != len(outcomes) {
		t.Errorf("%d codes, %d rows", len(all), len(outcomes))
	}
	for code, o := range outcomes {
		if http.StatusText(o.status) == "" {
			t.Errorf("%s has status %d", code, o.status)
		}
	}
}

// TestDetails fills every row in with as many parameters as its detail takes.
func TestDetails(t *testing.T) {
	t.Parallel()
	for code, o := range outcomes {
		err := tidemark.Errorf(code, "the message says").WithParams("p0", "p1")
		p := problemOf(err)
		if strings.ContainsAny(p.Detail, "{}") || p.Detail == "" || strings.Contains(p.Detail, "..") {
			t.Errorf("%s reads %q", code, p.Detail)
		}
		if p.Error != o.status || p.Reason != http.StatusText(o.status) || p.ErrorCode != o.code {
			t.Errorf("%s became %+v", code, p)
		}
	}
	for _, c := range []struct {
		err  error
		want string
	}{
		{tidemark.Errorf(tidemark.CodeInstanceNotFound, "no shop").WithParams("shop", "g"), "No cluster named shop exists in group g."},
		{tidemark.Errorf(tidemark.CodeInstanceNotFound, "no instance of that name").WithParams("shop"), "No instance of that name."},
		{tidemark.Errorf(tidemark.CodeDuplicateInstance, "x").WithParams("shop", "g"), "A cluster or serverless instance named shop is already present in group g."},
		{tidemark.Errorf(tidemark.CodeInvalidAttribute, "it is {1}").WithParams("{0}"), "Invalid attribute {0} specified: it is {1}."},
		{tidemark.Errorf(tidemark.CodeUnsupported, ""), "Unexpected error."},
	} {
		if got := problemOf(c.err).Detail; got != c.want {
			t.Errorf("%q, not %q", got, c.want)
		}
	}
}
