package api

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/shape"
)

// Table holds the operations of one service that are built.
type Table struct {
	service  *shape.Service
	protocol protocol
	ops      map[string]*operation
}

// operation is one line of a table, its types taken away.
type operation struct {
	*shape.Operation
	table     *Table
	readOnly  bool
	itemised  bool
	stream    bool  // the body goes to the handler unread
	bodyLimit int64 // bytes of a body that is not streamed, where it is more than for all
	data      bool  // recorded as a data event: it acts on what a resource holds
	issues    bool  // hands out credentials: its event tells which

	newInput func() any
	validate func(in any) []shape.Violation
	verify   func(ctx context.Context, c *Call, in any) (time.Time, error)          // may be nil: see Verified
	vouch    func(ctx context.Context, c *Call, in any) (*authz.Caller, any, error) // may be nil: see Vouched
	checks   func(c *Call, in any) []Check
	do       func(ctx context.Context, c *Call, in any) (any, error)
}

// NewTable returns an empty table for the operations of service.
func NewTable(service *shape.Service) *Table {
	t := &Table{service: service, ops: make(map[string]*operation)}
	t.protocol = newProtocol(t)
	return t
}

// Service returns the description of the table's service.
func (t *Table) Service() *shape.Service { return t.service }

// Missing returns the names of the operations that the model has and the table
// has not, in order.
func (t *Table) Missing() []string {
	var names []string
	for i := range t.service.Operations {
		if name := t.service.Operations[i].Name; t.ops[name] == nil {
			names = append(names, name)
		}
	}
	return names
}

// Op adds an operation: its name in the model, what it acts on, and what it
// does. checks says how the operation is authorized, from the call and its
// input; all checks must allow. An operation whose checks are empty is open to
// every authenticated caller.
//
// Op panics when the model has no such operation, when its types are others,
// or when the table has it already: the program must not start then.
func Op[In, Out any](t *Table, name string, checks func(*Call, *In) []Check, do func(context.Context, *Call, *In) (*Out, error)) {
	add(t, name, checks, do)
}

// Itemised adds an operation whose checks are decided item by item: a denied
// one does not deny the call, the handler answers it by Call.Denied.
func Itemised[In, Out any](t *Table, name string, checks func(*Call, *In) []Check, do func(context.Context, *Call, *In) (*Out, error)) {
	add(t, name, checks, do).itemised = true
}

func add[In, Out any](t *Table, name string, checks func(*Call, *In) []Check, do func(context.Context, *Call, *In) (*Out, error)) *operation {
	desc := t.describe(name)
	if desc.Input != reflect.TypeFor[In]() || desc.Output != reflect.TypeFor[Out]() {
		panic(fmt.Sprintf("api: %s %s has the types %v and %v", t.service.Name, name, desc.Input, desc.Output))
	}
	if t.ops[name] != nil {
		panic(fmt.Sprintf("api: %s %s is listed twice", t.service.Name, name))
	}
	op := &operation{
		Operation: desc,
		table:     t,
		stream:    hasStream(desc.Input),
		bodyLimit: bodyLimits[name],
		data:      isData(t.service, desc),
		issues:    issuesCredentials(desc.Output),
		newInput:  func() any { return new(In) },
		validate:  func(any) []shape.Violation { return nil },
		checks:    func(c *Call, in any) []Check { return checks(c, in.(*In)) },
		do: func(ctx context.Context, c *Call, in any) (any, error) {
			out, err := do(ctx, c, in.(*In))
			if err != nil {
				return nil, err // a typed nil must not look like an answer
			}
			return out, nil
		},
	}
	if _, ok := any((*In)(nil)).(validator); ok {
		op.validate = func(in any) []shape.Violation { return in.(validator).Validate() }
	}
	t.ops[name] = op
	return op
}

type validator interface{ Validate() []shape.Violation }

func (t *Table) models(name string) bool {
	return slices.ContainsFunc(t.service.Operations, func(o shape.Operation) bool { return o.Name == name })
}

func (t *Table) describe(name string) *shape.Operation {
	ops := t.service.Operations
	i := slices.IndexFunc(ops, func(o shape.Operation) bool { return o.Name == name })
	if i < 0 {
		panic(fmt.Sprintf("api: %s has no operation %s", t.service.Name, name))
	}
	return &ops[i]
}
