package apimodel

import (
	"fmt"
	"slices"
	"strings"
)

func (a *api) emitInputs(p *printer) error  { return emitStructs(p, a.inputs) }
func (a *api) emitOutputs(p *printer) error { return emitStructs(p, a.outputs) }
func (a *api) emitTypes(p *printer) error   { return emitStructs(p, a.types) }

func emitStructs(p *printer, structs []*structure) error {
	for _, st := range structs {
		p.printf("// %s is %s\n", st.name, strings.ReplaceAll(st.doc, "\n", "\n// "))
		if st.root == "" && len(st.fields) == 0 {
			p.printf("type %s struct{}\n\n", st.name)
			continue
		}
		p.printf("type %s struct {\n", st.name)
		if st.root != "" {
			p.printf("\t_ struct{} `aws:%q`\n\n", st.root)
		}
		for _, f := range st.fields {
			if strings.Contains(f.goType, "time.") {
				p.needs("time")
			}
			if strings.HasPrefix(f.goType, "io.") {
				p.needs("io")
			}
			p.printf("\t%s %s `aws:%q`\n", f.name, f.goType, f.tag)
		}
		p.printf("}\n\n")
	}
	return nil
}

func (a *api) emitEnums(p *printer) error {
	for _, name := range a.enums {
		sh, err := a.shape(name)
		if err != nil {
			return err
		}
		enum := exported(name)
		p.printf("// %s is one of a closed list of values.\ntype %s string\n\n", enum, enum)
		p.printf("// The values of %s.\nconst (\n", enum)
		var seen []string
		for _, v := range sh.Enum {
			c := enumConst(enum, v)
			if slices.Contains(seen, c) {
				return fmt.Errorf("enum %s has two values that would be %s", name, c)
			}
			seen = append(seen, c)
			p.printf("\t%s %s = %q\n", c, enum, v)
		}
		p.printf(")\n\n")
	}
	return nil
}

// apiError is an error that the service can answer.
type apiError struct {
	code   string
	status int
}

// errorOf reads an exception shape. Without an error trait its name is the
// code, as clients take it, and the status is 400.
func (a *api) errorOf(name string) (apiError, error) {
	sh, err := a.shape(name)
	if err != nil {
		return apiError{}, err
	}
	e := apiError{code: firstOf(sh.Error.Code, name), status: sh.Error.HTTPStatusCode}
	if e.status == 0 {
		e.status = 400
	}
	return e, nil
}

func (a *api) emitErrors(p *printer) error {
	var all []apiError
	for name, sh := range a.model.Shapes.All() {
		if !sh.Exception {
			continue
		}
		e, err := a.errorOf(name)
		if err != nil {
			return err
		}
		all = append(all, e)
	}
	slices.SortFunc(all, func(x, y apiError) int { return strings.Compare(x.code, y.code) })
	if len(all) > 0 {
		p.needs("fmt")
		p.needs(shapePackage)
	}
	for i, e := range all {
		if i > 0 && all[i-1].code == e.code {
			return fmt.Errorf("two exceptions with code %s", e.code)
		}
		p.printf("// %s is the error of this code, with status %d.\n", e.code, e.status)
		p.printf("func %s(format string, args ...any) *shape.Error {\n", exported(e.code))
		p.printf("\treturn &shape.Error{Code: %q, Status: %d, Message: fmt.Sprintf(format, args...)}\n}\n\n", e.code, e.status)
	}
	return nil
}

var protocols = map[string]string{"query": "shape.Query", "rest-xml": "shape.RESTXML"}

func (a *api) emitOperations(p *printer) error {
	protocol, ok := protocols[a.model.Metadata.Protocol]
	if !ok {
		return fmt.Errorf("protocol %q", a.model.Metadata.Protocol)
	}
	p.needs("reflect")
	p.needs(shapePackage)
	p.printf("// Service describes %s: %d operations, sorted by name.\n", a.model.Metadata.FullName, len(a.inputs))
	p.printf("var Service = shape.Service{\n\tName: %q,\n\tVersion: %q,\n\tProtocol: %s,\n", a.model.Metadata.EndpointPrefix, a.model.Metadata.APIVersion, protocol)
	p.printf("\tNamespace: %q,\n\tEventSource: %q,\n\tOperations: []shape.Operation{\n", a.namespace, a.overlay.EventSource)
	for i := range a.inputs {
		op, _ := a.model.Operations.Get(strings.TrimSuffix(a.inputs[i].name, "Input"))
		if err := a.emitOperation(p, op); err != nil {
			return err
		}
	}
	p.printf("\t},\n}\n\n")
	return nil
}

func (a *api) emitOperation(p *printer, op *Operation) error {
	p.printf("{\n\tName: %q,\n", op.Name)
	if a.model.Metadata.Protocol == "rest-xml" {
		p.printf("\tMethod: %q,\n\tURI: %q,\n", op.HTTP.Method, op.HTTP.RequestURI)
	}
	p.printf("\tInput: reflect.TypeFor[%sInput](),\n\tOutput: reflect.TypeFor[%sOutput](),\n", op.Name, op.Name)
	if op.Output != nil && op.Output.ResultWrapper != "" {
		p.printf("\tResultWrapper: %q,\n", op.Output.ResultWrapper)
	}
	if len(op.Errors) > 0 {
		p.printf("\tErrors: []shape.ErrorCode{\n")
		for _, ref := range op.Errors {
			e, err := a.errorOf(ref.Shape)
			if err != nil {
				return err
			}
			p.printf("\t\t{Code: %q, Status: %d},\n", e.code, e.status)
		}
		p.printf("\t},\n")
	}
	p.printf("},\n")
	return nil
}
