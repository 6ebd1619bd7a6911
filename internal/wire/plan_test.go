package wire

import (
	"io"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type node struct {
	_        struct{}        `aws:"Node,ns=urn:n,prefix=p"`
	SAMLName string          `aws:"samlName,required,sensitive"`
	Children []node          `aws:"Child,flat"`
	ByName   map[string]node `aws:"ByName,entry=e,key=k,value=v"`
	Next     *node
}

func TestPlanOf(t *testing.T) {
	s := PlanOf(reflect.TypeFor[node]())
	if s.Root != (Name{"Node", "urn:n", "p"}) || !s.HasBody || s.Payload != nil || s.Text != nil {
		t.Errorf("plan %+v", s)
	}
	name, list, dict, next := s.Fields[0], s.Fields[1], s.Fields[2], s.Fields[3]
	if name.Name != "samlName" || name.Path != "sAMLName" || !name.Required || !name.Sensitive {
		t.Errorf("member %+v", name)
	}
	if !list.Flat || list.Type.Kind != List || list.Type.Elem.Of != s || next.Type.Of != s || !next.Type.Ptr || next.Name != "Next" {
		t.Errorf("members %+v, %+v", list, next)
	}
	if d := cmp.Diff([]string{"e", "k", "v"}, []string{dict.Entry, dict.Key, dict.Value}); d != "" {
		t.Error(d)
	}
}

// TestPlanOnce: all callers get the same plan, whoever comes first.
func TestPlanOnce(t *testing.T) {
	type fresh struct{ A *node }
	var wg sync.WaitGroup
	got := make([]*Structure, 8)
	for i := range got {
		wg.Go(func() { got[i] = PlanOf(reflect.TypeFor[fresh]()) })
	}
	wg.Wait()
	for _, s := range got {
		if s != got[0] {
			t.Error("two plans of one type")
		}
	}
}

func TestPlanRefuses(t *testing.T) {
	tests := map[string]any{
		`unknown option "requird"`: struct {
			A string `aws:"A,requird"`
		}{},
		`unknown option "time=soon"`: struct {
			A string `aws:"A,time=soon"`
		}{},
		"is not exported":              struct{ a string }{},
		"type int is not supported":    struct{ A int }{},
		"type **string is not support": struct{ A **string }{},
		"type map[int]string is not":   struct{ A map[int]string }{},
		"a stream must be the payload": struct{ A io.Reader }{},
		"flat is for lists and maps": struct {
			A string `aws:"A,flat"`
		}{},
		"has two members A": struct {
			A string
			B string `aws:"A"`
		}{},
		"has two payloads": struct {
			A string `aws:"A,payload"`
			B string `aws:"B,payload"`
		}{},
		"has a payload and members": struct {
			A string `aws:"A,payload"`
			B string
		}{},
		"an attribute must be a scalar": struct {
			A []string `aws:"A,attr"`
		}{},
		"headers are a map of strings": struct {
			A string `aws:"A,headers"`
		}{},
		"a status is a number": struct {
			A string `aws:"A,status"`
		}{},
		"a header is a scalar": struct {
			A node `aws:"A,header"`
		}{},
		"JSON is held in a string": struct {
			A []byte `aws:"A,jsonvalue"`
		}{},
	}
	for want, v := range tests {
		func() {
			defer func() {
				if got, _ := recover().(string); !strings.Contains(got, want) {
					t.Errorf("%T: panic %q, want %q", v, got, want)
				}
			}()
			PlanOf(reflect.TypeOf(v))
		}()
	}
}

func TestTargetRefuses(t *testing.T) {
	for _, v := range []any{nil, node{}, (*node)(nil), new(string)} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%T is accepted", v)
				}
			}()
			Target(v)
		}()
	}
}
