// Package policycase reads questions to the policy engine from files, and writes
// the answers: who asks for what, which policies apply, and what is wanted.
//
// Start with Reader.Line, which reads a case from a line of JSON, or with
// ParseArchive, which reads the cases that people write by hand. Batch answers
// many lines on all processors. Account takes a principal's policies from a
// downloaded account.
//
// The package decides nothing: engine does. It knows AWS's services by the
// catalog, and trusts nothing it reads: a key that it does not know in a request
// or among policies is an error, because a layer that is overlooked is one that
// does not deny.
package policycase

import (
	"strconv"
	"strings"

	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/policy"
)

// Case is a request with the policies that apply to it.
type Case struct {
	ID      string
	Request engine.Request
	Layers  engine.Layers

	Want    string // "Effect layer policy#index", as much of it as was given; "" for none
	Message string // the text that the caller should be given; "" for any
	Line    int    // of the file, from 1

	context engine.Context
	own     engine.Context // scratch: what the principal says of itself
	texts   map[place]text // of policies that stand in files
}

// place is where a policy stands among the layers.
type place struct {
	layer        engine.Layer
	level, place int
}

// text is where the text of a policy stands.
type text struct {
	file   string
	before int // lines of the file before the policy
}

// finish gives the case what it does not say itself: the RCP that is always there,
// what accounts tell, the keys that every request has.
func (c *Case) finish(accounts Accounts) error {
	c.Layers.RCP = withFullRCP(c.Layers.RCP)
	if err := accounts.complete(c); err != nil {
		return err
	}
	c.setKeys()
	return nil
}

// Where names a position in the policy of a statement by file, line and column,
// or by the policy's name where that stands in no file.
func (c *Case) Where(layer engine.Layer, ref engine.StatementRef, pos policy.Position) string {
	name, line := ref.Policy, pos.Line
	if t, ok := c.texts[place{layer, ref.Level, ref.Place}]; ok {
		name, line = t.file, line+t.before
	}
	return name + ":" + strconv.Itoa(line) + ":" + strconv.Itoa(pos.Column)
}

// Matches reports whether d is what the case wants. Without a want it is.
func (c *Case) Matches(d engine.Decision) bool {
	got, want := strings.Fields(Describe(d)), strings.Fields(c.Want)
	if len(want) > 1 && want[1] == engine.TrustLayer.String() {
		want[1] = layerName(engine.TrustLayer)
	}
	if len(want) > len(got) {
		return false
	}
	for i := range want {
		if want[i] != got[i] {
			return false
		}
	}
	return c.Message == "" || c.Message == d.Message(&c.Request)
}

// Describe is a decision as cases want it.
func Describe(d engine.Decision) string {
	s := d.Effect.String()
	if d.Layer != engine.NoLayer {
		s += " " + layerName(d.Layer)
	}
	if !d.Statement.IsZero() {
		s += " " + d.Statement.Policy + "#" + strconv.Itoa(d.Statement.Index)
	}
	return s
}
