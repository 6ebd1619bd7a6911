package awscmd

import (
	"context"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/wire"
)

// runOperation runs one operation of a service.
func (c *Command) runOperation(ctx context.Context, g *globals, svc *shape.Service, op *shape.Operation, args []string) error {
	in := reflect.New(op.Input)
	given, err := c.parseInput(in.Interface(), op, args)
	if err != nil {
		return err
	}
	client, err := c.client(g, svc.Name)
	if err != nil {
		return err
	}
	if p, ok := paginatorOf(svc, op); ok && !g.noPaginate && !given.manual(p) {
		return c.runPages(ctx, g, p, client, in.Interface(), given)
	}
	out := reflect.New(op.Output)
	if err := client.Call(ctx, svc, op, in.Interface(), out.Interface()); err != nil {
		return err
	}
	if given.outfile != "" {
		if err := c.saveStream(out.Elem(), given.outfile); err != nil {
			return err
		}
	}
	return c.print(g, present(svc, out.Interface()))
}

// saveStream writes the stream of an output to a file.
func (c *Command) saveStream(out reflect.Value, name string) error {
	s := wire.PlanOf(out.Type())
	body, ok := out.Field(s.Payload.Index).Interface().(io.ReadCloser)
	if !ok {
		return nil
	}
	defer body.Close()
	f, err := os.Create(c.path(name))
	if err != nil {
		return err
	}
	if _, err := io.Copy(f, body); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// arguments are what stood on a command line beside the members.
type arguments struct {
	members []string // members that were given
	outfile string
	page    paging
}

// manual reports whether the caller pages by hand.
func (a *arguments) manual(p *paginator) bool {
	return slices.ContainsFunc(p.tokens, func(t token) bool { return slices.Contains(a.members, t.in) })
}

// parseInput reads the parameters of an operation into its input.
func (c *Command) parseInput(in any, op *shape.Operation, args []string) (*arguments, error) {
	s, v := wire.Target(in)
	given := &arguments{}
	for len(args) > 0 {
		if !strings.HasPrefix(args[0], "--") {
			if wire.PlanOf(op.Output).Payload == nil || given.outfile != "" {
				return nil, usagef("Unknown options: %s", args[0])
			}
			given.outfile, args = args[0], args[1:]
			continue
		}
		name, value, joined := strings.Cut(args[0], "=")
		values := args[1:]
		if joined {
			values = append([]string{value}, values...)
		}
		taken, err := c.option(s, v, given, name, values, joined)
		if err != nil {
			return nil, err
		}
		args = values[taken:]
	}
	return given, missing(s, op, given)
}

// option reads one option and returns how many of the values it took.
func (c *Command) option(s *wire.Structure, v reflect.Value, given *arguments, name string, values []string, joined bool) (int, error) {
	if target, ok := given.page.options()[name]; ok {
		if len(values) == 0 {
			return 0, usagef("argument %s: expected one argument", name)
		}
		return 1, target(values[0])
	}
	if name == "--cli-input-json" {
		if len(values) == 0 {
			return 0, usagef("argument %s: expected one argument", name)
		}
		return 1, c.inputJSON(s, v, given, values[0])
	}
	f, negated := findMember(s, name)
	if f == nil {
		return 0, usagef("Unknown options: %s", name)
	}
	given.members = append(given.members, f.Member)
	if f.Type.Kind == wire.Bool {
		f.Type.Fill(v.Field(f.Index)).SetBool(!negated)
		if joined {
			return 0, usagef("argument %s: ignored explicit argument %q", name, values[0])
		}
		return 0, nil
	}
	n := valuesOf(values, f.Type.Kind == wire.List, joined)
	if n == 0 && f.Type.Kind != wire.List {
		return 0, usagef("argument %s: expected one argument", name)
	}
	return n, c.set(f, v.Field(f.Index), name, values[:n])
}

func findMember(s *wire.Structure, option string) (f *wire.Field, negated bool) {
	name := option[len("--"):]
	for i := range s.Fields {
		f := &s.Fields[i]
		switch kebab(f.Member) {
		case name:
			return f, false
		case strings.TrimPrefix(name, "no-"):
			if f.Type.Kind == wire.Bool {
				return f, true
			}
		}
	}
	return nil, false
}

// valuesOf counts the values that an option takes: one, or all up to the next
// option.
func valuesOf(values []string, list, joined bool) int {
	n := 0
	for n < len(values) && (joined && n == 0 || !strings.HasPrefix(values[n], "--")) {
		n++
		if !list || joined {
			break
		}
	}
	return n
}

// missing refuses a command line that leaves required members out.
func missing(s *wire.Structure, op *shape.Operation, given *arguments) error {
	var names []string
	for i := range s.Fields {
		if f := &s.Fields[i]; f.Required && !slices.Contains(given.members, f.Member) {
			names = append(names, "--"+kebab(f.Member))
		}
	}
	if p := wire.PlanOf(op.Output).Payload; p != nil && p.Type.Kind == wire.Stream && given.outfile == "" {
		names = append(names, "outfile")
	}
	if names != nil {
		return usagef("the following arguments are required: %s", strings.Join(names, ", "))
	}
	return nil
}
