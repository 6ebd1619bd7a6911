package engine_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/writ-iam/writ/catalog"
	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/internal/policycase"
)

// literalQuestion is a request of a file of testdata/decide.
type literalQuestion struct {
	request engine.Request
	want    string
}

// corpusFile reads a file of testdata/decide: what TestDecide compiles, its
// requests and what they want. All that is known here of the form of requests is
// in this function.
func corpusFile(data []byte) (engine.Layers, []literalQuestion, error) {
	a, err := policycase.ParseArchive("corpus", data, nil, nil)
	if err != nil {
		return engine.Layers{}, nil, err
	}
	var questions []literalQuestion
	for _, c := range a.Cases {
		questions = append(questions, literalQuestion{c.Request, c.Want})
	}
	return a.Cases[0].Layers, questions, nil
}

// corpusLayers reads the policies of a file of testdata/decide as they are
// written.
func corpusLayers(data []byte) (*literalLayers, error) {
	l := &literalLayers{schema: catalog.Schema{}}
	for _, f := range txtar.Parse(data).Files {
		switch f.Name {
		case "requests":
		case "ids":
			l.ids = principalIDs(string(f.Data))
		default:
			if err := l.addFile(f.Name, strings.TrimSpace(string(f.Data))); err != nil {
				return nil, fmt.Errorf("%s: %w", f.Name, err)
			}
		}
	}
	return l, nil
}

// principalIDs reads the file "ids": a principal and its unique id a line.
func principalIDs(text string) map[string]string {
	ids := make(map[string]string)
	for line := range strings.Lines(text) {
		if f := strings.Fields(line); len(f) == 2 {
			ids[f[0]] = f[1]
		}
	}
	return ids
}

// rcpFullAccess is RCPFullAWSAccess, "full" in testdata/decide.
const rcpFullAccess = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}`

func (l *literalLayers) addFile(name, text string) error {
	p := literalPolicy{text: text}
	if rest, ok := strings.CutPrefix(name, "unreadable/"); ok {
		p.unreadable, name = true, rest
	}
	if text == "full" {
		p.text = rcpFullAccess
	}
	layer, rest, _ := strings.Cut(name, "/")
	p.name = rest[strings.LastIndexByte(rest, '/')+1:]
	if p.name == "" {
		p.name = layer
	}
	list := map[string]*[]literalPolicy{
		"identity": &l.identity, "boundary": &l.boundary, "session": &l.session, "endpoint": &l.endpoint,
	}[layer]
	switch layer {
	case "resource", "trust":
		l.resource, l.trust = &p, layer == "trust"
		return nil
	case "scp", "rcp":
		var level string
		level, rest, _ = strings.Cut(rest, "/")
		n, err := strconv.Atoi(level)
		if err != nil {
			return err
		}
		levels := &l.scp
		if layer == "rcp" {
			levels = &l.rcp
		}
		for len(*levels) <= n {
			*levels = append(*levels, nil)
		}
		list = &(*levels)[n]
	}
	if *list == nil {
		*list = []literalPolicy{}
	}
	if rest != "" {
		*list = append(*list, p)
	}
	return nil
}

// describe is a decision as testdata/decide writes it.
func (d literalDecision) describe() string {
	words := []string{d.effect.String()}
	if d.layer != engine.NoLayer {
		words = append(words, d.layer.String())
	}
	if d.statement != nil {
		words = append(words, fmt.Sprintf("%s#%d", d.statement.policy, d.statement.index))
	}
	return strings.Join(words, " ")
}

// answerOf is what the engine answers, as the literal evaluator puts it.
func answerOf(d engine.Decision) literalDecision {
	answer := literalDecision{effect: d.Effect, layer: d.Layer}
	if !d.Statement.IsZero() {
		answer.statement = &literalRef{d.Statement.Policy, d.Statement.Index}
	}
	return answer
}

// The literal evaluator agrees with what the files say, and with the engine as to
// what they leave open.
func TestLiteralDecides(t *testing.T) {
	eachDecideFile(t, func(t *testing.T, _ string, data []byte) {
		compiled, questions, err := corpusFile(data)
		if err != nil {
			t.Fatal(err)
		}
		layers, err := corpusLayers(data)
		if err != nil {
			t.Fatal(err)
		}
		for i, q := range questions {
			got := literalDecide(&q.request, layers).describe()
			if !strings.HasPrefix(got+" ", q.want+" ") {
				t.Errorf("request %d: got %q, want %q", i, got, q.want)
			}
			if other := answerOf(engine.Decide(&q.request, &compiled)).describe(); got != other {
				t.Errorf("request %d: got %q, the engine %q", i, got, other)
			}
		}
	})
}
