package engine_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// literalEvaluator are the files of the second evaluator. The other literal files
// make cases, compile them and compare the answers.
var literalEvaluator = []string{"layers", "exceptions", "statement", "principal", "condition", "operator", "pattern", "document"}

// literalWords are what the second evaluator may take from the engine: the types
// and names of the question and the answer, nothing that matches, parses or
// decides.
var literalWords = []string{
	"Request", "Principal", "Schema", "Effect", "Allow", "ExplicitDeny",
	"Anonymous", "Root", "User", "AssumedRole", "FederatedUser", "Service", "Federated",
	"Layer", "NoLayer", "IdentityLayer", "BoundaryLayer", "SessionLayer", "ResourceLayer", "TrustLayer", "SCPLayer", "RCPLayer", "EndpointLayer",
}

// Two evaluators that shared code would share its mistakes.
func TestEvaluatorsShareNothing(t *testing.T) {
	for _, name := range literalEvaluator {
		file := "literal_" + name + "_test.go"
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range f.Imports {
			path, _ := strconv.Unquote(i.Path.Value)
			if strings.Contains(path, ".") && path != "github.com/writ-iam/writ/engine" {
				t.Errorf("%s imports %s", file, path)
			}
		}
		ast.Inspect(f, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if x, ok := s.X.(*ast.Ident); ok && x.Name == "engine" && !slices.Contains(literalWords, s.Sel.Name) {
				t.Errorf("%s uses engine.%s", file, s.Sel.Name)
			}
			return true
		})
	}
}
