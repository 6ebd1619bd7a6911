package awscmd

import (
	"encoding/json"
	"net/url"
	"reflect"
	"slices"
	"time"

	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/wire"
)

// presenter turns outputs into what the AWS CLI prints of them.
type presenter struct {
	decodePolicies bool // policy documents are shown as JSON, as for IAM
}

// present returns the output that out points to as a tree, in the order of the
// model; members from headers come before those of the body.
func present(svc *shape.Service, out any) object {
	s, v := wire.Target(out)
	p := presenter{decodePolicies: svc.Name == "iam"}
	fields := make([]*wire.Field, 0, len(s.Fields))
	for i := range s.Fields {
		if f := &s.Fields[i]; f.Type.Kind != wire.Stream {
			fields = append(fields, f)
		}
	}
	if svc.Protocol == shape.RESTXML {
		slices.SortStableFunc(fields, func(a, b *wire.Field) int { return inBody(a) - inBody(b) })
	}
	return p.members(fields, v)
}

// AppendOutput appends an output or a structure of a service, which v points
// to, as the AWS CLI prints it: JSON with policy documents decoded, without a
// line end.
func AppendOutput(dst []byte, svc *shape.Service, v any) []byte {
	return appendJSON(dst, present(svc, v), 0)
}

func inBody(f *wire.Field) int {
	if f.In == wire.Body || f.In == wire.Payload {
		return 1
	}
	return 0
}

func (p presenter) members(fields []*wire.Field, v reflect.Value) object {
	o := object{}
	for _, f := range fields {
		fv := v.Field(f.Index)
		switch {
		case !f.Type.Absent(fv):
			o = append(o, member{f.Member, p.member(f, f.Type.Deref(fv))})
		case f.In == wire.Headers: // botocore always has these
			o = append(o, member{f.Member, object{}})
		}
	}
	return o
}

func (p presenter) structure(s *wire.Structure, v reflect.Value) object {
	fields := make([]*wire.Field, len(s.Fields))
	for i := range s.Fields {
		fields[i] = &s.Fields[i]
	}
	return p.members(fields, v)
}

// documents are IAM's members that hold a percent-encoded policy.
var documents = []string{"PolicyDocument", "Document", "AssumeRolePolicyDocument"}

func (p presenter) member(f *wire.Field, v reflect.Value) any {
	if p.decodePolicies && f.Type.Kind == wire.String && slices.Contains(documents, f.Member) {
		text, err := url.PathUnescape(v.String())
		if err == nil {
			if tree, err := parseJSON(text); err == nil {
				return tree
			}
		}
	}
	return p.value(f.Type, v)
}

// value presents v, of type t with the pointer followed.
func (p presenter) value(t *wire.Type, v reflect.Value) any {
	switch t.Kind {
	case wire.Struct:
		return p.structure(t.Of, v)
	case wire.List:
		list := make([]any, v.Len())
		for i := range list {
			list[i] = p.value(t.Elem, t.Elem.Deref(v.Index(i)))
		}
		return list
	case wire.Map:
		o := object{}
		for _, k := range wire.SortedKeys(v) {
			o = append(o, member{k.String(), p.value(t.Elem, t.Elem.Deref(v.MapIndex(k)))})
		}
		return o
	case wire.Bool:
		return v.Bool()
	case wire.Time:
		return isoTime(wire.TimeOf(v))
	case wire.Int, wire.Float:
		return json.Number(wire.AppendText(nil, t, v, 0))
	}
	return string(wire.AppendText(nil, t, v, 0))
}

// isoTime writes a time as Python's isoformat does.
func isoTime(t time.Time) string {
	t = t.UTC()
	if t.Nanosecond()/1000 == 0 {
		return t.Format("2006-01-02T15:04:05+00:00")
	}
	return t.Format("2006-01-02T15:04:05.000000+00:00")
}
