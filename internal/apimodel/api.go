package apimodel

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// api is a model worked out as Go types, with all names settled.
type api struct {
	model     *Model
	overlay   Overlay
	namespace string       // XML namespace of answers
	inputs    []*structure // an input and an output for each operation, sorted
	outputs   []*structure
	types     []*structure // the other structures, sorted
	enums     []string     // shapes, sorted
}

// structure is a Go struct.
type structure struct {
	name   string // in Go
	shape  string // in the model; "" for an operation without members
	doc    string
	root   string // tag of the root element, or ""
	fields []field
}

// field is a member of a structure.
type field struct {
	name     string // in Go
	member   string // in the model
	goType   string
	tag      string
	shape    string
	required bool
	secret   bool
}

// side says where a structure is used.
type side int

const (
	nested side = iota
	input
	output
)

func newAPI(m *Model, o Overlay) (*api, error) {
	a := &api{model: m, overlay: o, namespace: firstOf(m.Metadata.XMLNamespace, o.Namespace)}
	if err := a.checkNames(); err != nil {
		return nil, err
	}
	names := slices.Sorted(slices.Values(m.Operations.keys))
	for _, name := range names {
		op, _ := m.Operations.Get(name)
		in, err := a.operationStruct(op, op.Input, input)
		if err != nil {
			return nil, err
		}
		out, err := a.operationStruct(op, op.Output, output)
		if err != nil {
			return nil, err
		}
		a.inputs, a.outputs = append(a.inputs, in), append(a.outputs, out)
	}
	return a, a.addReachable()
}

// checkNames reports a name in the overlay that the model has not.
func (a *api) checkNames() error {
	for op := range a.overlay.Roots {
		if _, ok := a.model.Operations.Get(op); !ok {
			return fmt.Errorf("overlay has a root element for %s, which the model has not", op)
		}
	}
	for _, secret := range a.overlay.Secrets {
		if !slices.ContainsFunc(slices.Collect(maps.Values(a.model.Shapes.values)), func(s *Shape) bool {
			_, ok := s.Members.Get(secret)
			return ok
		}) {
			return fmt.Errorf("overlay has secret %s, which the model has not", secret)
		}
	}
	return nil
}

// operationStruct makes the input or output of an operation.
func (a *api) operationStruct(op *Operation, ref *Ref, s side) (*structure, error) {
	st := &structure{name: op.Name + "Input", doc: "the input of " + op.Name}
	if s == output {
		st.name, st.doc = op.Name+"Output", "the output of "+op.Name
	}
	st.doc += ":\n" + a.overlay.Reference + op.Name + ".html"
	if op.Deprecated {
		st.doc += "\n\nAWS has deprecated it."
	}
	if ref == nil {
		return st, nil
	}
	st.shape = ref.Shape
	sh, err := a.shape(ref.Shape)
	if err != nil {
		return nil, err
	}
	if st.root, err = a.rootTag(op, ref, sh, s); err != nil {
		return nil, err
	}
	st.fields, err = a.fields(ref.Shape, sh, s)
	return st, err
}

// rootTag returns the tag for the root element of a REST body that is the
// structure itself, not a payload member of it.
func (a *api) rootTag(op *Operation, ref *Ref, sh *Shape, s side) (string, error) {
	if a.model.Metadata.Protocol != "rest-xml" || sh.Payload != "" || !hasBody(sh) {
		return "", nil
	}
	root, ns := ref.LocationName, ref.XMLNamespace
	if s == output {
		root = a.overlay.Roots[op.Name]
		ns = &Namespace{URI: a.namespace}
	}
	if root == "" {
		return "", fmt.Errorf("%s: no root element for shape %s", op.Name, ref.Shape)
	}
	return root + namespaceTag(ns), nil
}

func hasBody(sh *Shape) bool {
	for _, ref := range sh.Members.All() {
		if ref.Location == "" {
			return true
		}
	}
	return false
}

// addReachable finds the structures and enums that the operations use.
func (a *api) addReachable() error {
	seen := make(map[string]bool)
	var visit func(name string) error
	visit = func(name string) error {
		if seen[name] {
			return nil
		}
		seen[name] = true
		sh, err := a.shape(name)
		if err != nil {
			return err
		}
		switch {
		case sh.Stream:
			return nil // event streams are not supported
		case sh.Type == "structure":
			st := &structure{name: exported(name), shape: name, doc: "a structure of the API:\n" + a.overlay.Reference + exported(name) + ".html"}
			if st.fields, err = a.fields(name, sh, nested); err != nil {
				return err
			}
			a.types = append(a.types, st)
		case sh.Enum != nil:
			a.enums = append(a.enums, name)
		}
		return a.eachUse(sh, visit)
	}
	for _, st := range slices.Concat(a.inputs, a.outputs) {
		if st.shape == "" {
			continue
		}
		sh, err := a.shape(st.shape)
		if err != nil {
			return err
		}
		if err := a.eachUse(sh, visit); err != nil {
			return err
		}
	}
	byName := func(x, y string) int { return strings.Compare(exported(x), exported(y)) }
	slices.SortFunc(a.types, func(x, y *structure) int { return strings.Compare(x.name, y.name) })
	slices.SortFunc(a.enums, byName)
	return nil
}

// eachUse calls fn with each shape that sh uses itself.
func (a *api) eachUse(sh *Shape, fn func(string) error) error {
	for _, ref := range sh.Members.All() {
		if err := fn(ref.Shape); err != nil {
			return err
		}
	}
	for _, ref := range []*Ref{sh.Member, sh.Value} {
		if ref == nil {
			continue
		}
		if err := fn(ref.Shape); err != nil {
			return err
		}
	}
	return nil
}

func (a *api) shape(name string) (*Shape, error) {
	sh, ok := a.model.Shapes.Get(name)
	if !ok {
		return nil, fmt.Errorf("no shape %q", name)
	}
	return sh, nil
}
