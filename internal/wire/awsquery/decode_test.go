package awsquery

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/writ-iam/writ/internal/wire"
)

// everything has a member of every kind.
type everything struct {
	Text    string            `aws:"Text,required"`
	Enum    *colour           `aws:"Enum"`
	Flag    *bool             `aws:"Flag"`
	Int     *int32            `aws:"Int"`
	Long    *int64            `aws:"Long"`
	Float   *float64          `aws:"Float"`
	Time    *time.Time        `aws:"Time"`
	Epoch   *time.Time        `aws:"Epoch,time=unix"`
	Blob    []byte            `aws:"Blob"`
	List    []string          `aws:"List"`
	Flat    []int32           `aws:"Flat,flat"`
	Tags    []tag             `aws:"Tags,required"`
	Map     map[string]string `aws:"Map"`
	Tagged  map[string]tag    `aws:"Tagged,flat,key=Name,value=Tag"`
	Nested  *everything       `aws:"Nested"`
	Matrix  [][]string        `aws:"Matrix"`
	Pointed []*string         `aws:"Pointed"`
}

type colour string

func decode(form string) (*everything, []string, error) {
	f, err := Parse("", []byte(form))
	if err != nil {
		return nil, nil, err
	}
	var v everything
	missing, err := Decode(f, &v)
	return &v, missing, err
}

func ptr[T any](v T) *T { return &v }

func TestDecode(t *testing.T) {
	got, missing, err := decode("Text=&Enum=red&Flag=TRUE&Int=-5&Long=9000000000&Float=2.5e3&Time=2025-05-08T23:34:01.5%2B02:00" +
		"&Epoch=1.25&Blob=Zm9v&List.member.2=b&List.member.1=a&Flat.1=7&Tags=&Map.entry.1.key=k&Map.entry.1.value=" +
		"&Tagged.1.Name=n&Tagged.1.Tag.Key=k&Tagged.1.Tag.Value=v&Nested.Text=x&Nested.Tags.member.1.Value=v" +
		"&Matrix.member.1.member.1=m&Pointed.member.1=p&nested.Flag=maybe")
	if err != nil {
		t.Fatal(err)
	}
	want := &everything{
		Enum: ptr(colour("red")), Flag: ptr(true), Int: ptr(int32(-5)), Long: ptr(int64(9e9)), Float: ptr(2500.0),
		Time: ptr(time.Date(2025, 5, 8, 21, 34, 1, 5e8, time.UTC)), Epoch: ptr(time.Unix(1, 25e7).UTC()),
		Blob: []byte("foo"), List: []string{"a", "b"}, Flat: []int32{7}, Tags: []tag{},
		Map: map[string]string{"k": ""}, Tagged: map[string]tag{"n": {"k", "v"}},
		Nested: &everything{Text: "x", Tags: []tag{{Value: "v"}}},
		Matrix: [][]string{{"m"}}, Pointed: []*string{ptr("p")},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("decoded (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"nested.tags.1.member.key"}, missing); d != "" {
		t.Errorf("missing (-want +got):\n%s", d)
	}
}

func TestDecodeManyItems(t *testing.T) {
	var in everything
	in.Tags = []tag{}
	for i := range 120 {
		in.List = append(in.List, strings.Repeat("x", i))
	}
	got, _, err := decode(Encode("A", "V", &in))
	if d := cmp.Diff(&in, got); d != "" || err != nil {
		t.Errorf("error %v; (-want +got):\n%s", err, d)
	}
}

func TestDecodeMissing(t *testing.T) {
	tests := []struct {
		form string
		want []string
	}{
		{"", []string{"text", "tags"}},
		{"Text=", []string{"tags"}},
		{"text=a&Tags=", []string{"text"}},
		{"Text=a&Tags.member.1.Key=k&Tags.member.2.Value=v", []string{"tags.1.member.value", "tags.2.member.key"}},
		{"Text=a&Tags=&Nested.Nested.Int=1", []string{"nested.text", "nested.tags", "nested.nested.text", "nested.nested.tags"}},
		{"Text=a&Tags=&Tagged.1.Name=n&Tagged.1.Tag.Key=k", []string{"tagged.n.member.value"}},
		{"Text=a&Tags=&Nested=", []string{"nested.text", "nested.tags"}},
	}
	for _, test := range tests {
		_, missing, err := decode(test.form)
		slices.Sort(missing)
		slices.Sort(test.want)
		if d := cmp.Diff(test.want, missing); d != "" || err != nil {
			t.Errorf("%s: error %v; missing (-want +got):\n%s", test.form, err, d)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	tests := []struct {
		form, want string // the error's text
		reason     wire.Reason
	}{
		{"Int=a", "Int: is not an integer", wire.Value},
		{"Int=", "Int: is not an integer", wire.Value},
		{"Int=1.0", "Int: is not an integer", wire.Value},
		{"Int=2147483648", "Int: is out of range", wire.Value},
		{"Nested.Int=0x1", "Nested.Int: is not an integer", wire.Value},
		{"Flag=yes", "Flag: is not a boolean", wire.Value},
		{"Float=0x1p4", "Float: is not a number", wire.Value},
		{"Float=inf", "Float: is not a number", wire.Value},
		{"Time=yesterday", "Time: is not a timestamp", wire.Value},
		{"Time=2025-05-08", "Time: is not a timestamp", wire.Value},
		{"Epoch=1e9", "Epoch: is not a timestamp", wire.Value},
		{"Epoch=999999999999", "Epoch: is not a timestamp", wire.Value},
		{"Blob=Zm9", "Blob: is not base64", wire.Value},
		{"Blob=Zm+v", "Blob: is not base64", wire.Value},
		{"List=a", "List: is not a single value", wire.Value},
		{"List.member.2=a", "List.member: leaves out an index", wire.Value},
		{"List.member.1=a&List.member.3=b", "List.member: leaves out an index", wire.Value},
		{"List.member.99999999=a", "List.member: leaves out an index", wire.Value},
		{"List.member.99999999999999999999=a", "List.member.99999999999999999999: has no index from 1 on", wire.Value},
		{"List.member.0=a", "List.member.0: has no index from 1 on", wire.Value},
		{"List.member.01=a", "List.member.01: has no index from 1 on", wire.Value},
		{"List.member.-1=a", "List.member.-1: has no index from 1 on", wire.Value},
		{"List.member.x=a", "List.member.x: has no index from 1 on", wire.Value},
		{"List.member.1.Key=a", "List.member.1: is absent", wire.Value},
		{"Nested=a", "Nested: is not a single value", wire.Value},
		{"Tags.member.1=a", "Tags.member.1: is not a single value", wire.Value},
		{"Map.entry.1.value=v", "Map.entry.1.key: is absent", wire.Value},
		{"Map.entry.1.key=v", "Map.entry.1.value: is absent", wire.Value},
		{"Map.entry.1.key=k&Map.entry.1.value=v&Map.entry.2.key=k&Map.entry.2.value=w",
			"Map.entry.2.key: is a key that the map already has", wire.Duplicate},
		{strings.Repeat("Nested.", 65) + "Int=1", "", wire.Limit},
	}
	for _, test := range tests {
		_, _, err := decode(test.form)
		checkReason(t, test.reason, func() error { return err })
		if err != nil && test.want != "" && err.Error() != test.want {
			t.Errorf("%s: %v, want %s", test.form, err, test.want)
		}
	}
}
