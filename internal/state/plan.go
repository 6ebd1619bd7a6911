package state

import (
	"errors"
	"fmt"
	"reflect"
	"sync"
	"time"
)

// plan knows where in an entity's struct stand the values that the store keeps
// in another form than memory: times, secrets, policy documents. It is made
// from the struct, so that no type can forget to declare one.
type plan struct {
	walk      walk // nil when there is none of them
	hasSecret bool
}

// visitor is called with each such value; nil functions are skipped.
type visitor struct {
	time     func(*time.Time)
	secret   func(*Secret) error
	document func(**Document) error
}

type walk func(v reflect.Value, to *visitor) error

var plans sync.Map // reflect.Type -> *plan

func planOf[T any]() *plan {
	t := reflect.TypeFor[T]()
	if p, ok := plans.Load(t); ok {
		return p.(*plan)
	}
	p := new(plan)
	p.walk = p.compile(t, true)
	made, _ := plans.LoadOrStore(t, p)
	return made.(*plan)
}

var (
	timeType     = reflect.TypeFor[time.Time]()
	secretType   = reflect.TypeFor[Secret]()
	documentType = reflect.TypeFor[*Document]()
)

// compile returns the walk of a type. owned says that a shallow copy of the
// entity has the value to itself.
func (p *plan) compile(t reflect.Type, owned bool) walk {
	switch t {
	case timeType:
		return visitTime
	case secretType:
		if !owned {
			panic("state: a Secret must be a field of the entity itself")
		}
		p.hasSecret = true
		return visitSecret
	case documentType:
		return visitDocument
	}
	switch t.Kind() {
	case reflect.Struct:
		return p.compileStruct(t, owned)
	case reflect.Slice:
		return eachElement(p.compile(t.Elem(), false))
	case reflect.Pointer:
		return behindPointer(p.compile(t.Elem(), false))
	case reflect.Map:
		if p.compile(t.Elem(), false) != nil {
			panic(fmt.Sprintf("state: %v cannot be kept", t))
		}
	}
	return nil
}

func (p *plan) compileStruct(t reflect.Type, owned bool) walk {
	type field struct {
		i    int
		walk walk
	}
	var fields []field
	for i := range t.NumField() {
		if w := p.compile(t.Field(i).Type, owned); w != nil {
			fields = append(fields, field{i, w})
		}
	}
	if fields == nil {
		return nil
	}
	return func(v reflect.Value, to *visitor) error {
		for _, f := range fields {
			if err := f.walk(v.Field(f.i), to); err != nil {
				return err
			}
		}
		return nil
	}
}

func eachElement(w walk) walk {
	if w == nil {
		return nil
	}
	return func(v reflect.Value, to *visitor) error {
		for i := range v.Len() {
			if err := w(v.Index(i), to); err != nil {
				return err
			}
		}
		return nil
	}
}

func behindPointer(w walk) walk {
	if w == nil {
		return nil
	}
	return func(v reflect.Value, to *visitor) error {
		if v.IsNil() {
			return nil
		}
		return w(v.Elem(), to)
	}
}

func visitTime(v reflect.Value, to *visitor) error {
	if to.time != nil {
		to.time(v.Addr().Interface().(*time.Time))
	}
	return nil
}

func visitSecret(v reflect.Value, to *visitor) error {
	if to.secret == nil {
		return nil
	}
	return to.secret(v.Addr().Interface().(*Secret))
}

func visitDocument(v reflect.Value, to *visitor) error {
	if to.document == nil {
		return nil
	}
	return to.document(v.Addr().Interface().(**Document))
}

func (p *plan) visit(v any, to *visitor) error {
	if p.walk == nil {
		return nil
	}
	return p.walk(reflect.ValueOf(v).Elem(), to)
}

// open turns a decoded entity into its form in memory: times in UTC, secrets
// readable, documents compiled and shared.
func (p *plan) open(c *codec, v any, bind string) error {
	return p.visit(v, &visitor{
		time: func(t *time.Time) {
			if !t.IsZero() {
				*t = t.UTC()
			}
		},
		secret: func(s *Secret) (err error) {
			*s, err = c.seal.open(*s, bind)
			return err
		},
		document: func(d **Document) error {
			if *d != nil {
				*d = c.env.load(*d)
			}
			return nil
		},
	})
}

// seal encrypts the secrets of v.
func (p *plan) seal(c *codec, v any, bind string) error {
	return p.visit(v, &visitor{secret: func(s *Secret) (err error) {
		*s, err = c.seal.seal(*s, bind)
		return err
	}})
}

var errUncompiled = errors.New("a document was put without Resolve")

// check refuses documents whose principals were never resolved.
func (p *plan) check(v any) error {
	return p.visit(v, &visitor{document: func(d **Document) error {
		if *d != nil && !(*d).ready() {
			return errUncompiled
		}
		return nil
	}})
}

func (p *plan) secrets() bool { return p.hasSecret }
