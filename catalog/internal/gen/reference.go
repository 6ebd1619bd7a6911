package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// reference is the service reference as the source has it.
type reference struct {
	version  string
	updated  string // YYYY-MM-DD
	digest   string
	licence  []byte
	services []service // in order of prefix
}

type service struct {
	prefix, name string
	rcp          bool
	actions      map[string]action // by lower-case name
	resources    map[string]resourceType
	keys         map[string]conditionKey
}

type action struct {
	Name             string
	AccessLevel      string
	ResourceTypes    []actionResource
	ConditionKeys    []string
	DependentActions []string
}

type actionResource struct {
	Name             string
	Required         bool
	ConditionKeys    []string
	DependentActions []string
}

type resourceType struct {
	Key           string
	ARN           string
	ConditionKeys []string
}

type conditionKey struct {
	Key  string
	Type string
}

// readReference reads the parts of the package that the catalog uses.
func readReference(dir string) (*reference, error) {
	d := newDigester(dir)
	var about struct{ Version, UpdatedAt string }
	var prefixes, rcp []string
	var names map[string]string
	for _, f := range []struct {
		name string
		into any
	}{
		{"package.json", &about},
		{"data/services.json", &prefixes},
		{"data/serviceNames.json", &names},
		{"data/rcpSupportedServices.json", &rcp},
	} {
		if err := d.readJSON(f.name, f.into); err != nil {
			return nil, err
		}
	}
	licence, err := d.read("LICENSE.txt")
	if err != nil {
		return nil, err
	}
	ref := &reference{version: about.Version, licence: licence}
	ref.updated, _, _ = strings.Cut(about.UpdatedAt, "T")
	slices.Sort(prefixes)
	for _, prefix := range prefixes {
		s := service{prefix: prefix, name: names[prefix], rcp: slices.Contains(rcp, prefix)}
		if err := d.readService(&s); err != nil {
			return nil, err
		}
		ref.services = append(ref.services, s)
	}
	ref.digest = d.digest()
	return ref, nil
}

func (d *digester) readService(s *service) error {
	if err := d.readJSON("data/actions/"+s.prefix+".json", &s.actions); err != nil {
		return err
	}
	if err := d.readJSON("data/resourceTypes/"+s.prefix+".json", &s.resources); err != nil {
		return err
	}
	return d.readJSON("data/conditionKeys/"+s.prefix+".json", &s.keys)
}

func (d *digester) readJSON(name string, into any) error {
	b, err := d.read(name)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// levels maps the source's access levels to the letters of the text format.
// "Tagging, Write" is how the source says that a tagging action also writes.
var levels = map[string]string{
	"List":                          "L",
	"Read":                          "R",
	"Write":                         "W",
	"Tagging, Write":                "T",
	"Permissions management, Write": "P",
}

// types maps the source's types of condition keys to letters; the prefix
// ArrayOf, which marks multivalued keys, becomes a trailing "+".
var types = map[string]string{
	"String": "S", "ARN": "A", "Bool": "B", "Date": "D", "IPAddress": "I", "Numeric": "N", "Binary": "Y",
}

// text renders a service, a line for each thing, fields separated by tabs:
//
//	K key type               a condition key, numbered from 0
//	L k k k                  a list of condition keys by number, numbered from 0
//	R name arns list         a resource type, ARN patterns separated by blanks
//	A name level list resources dependents
//	                         an action; a resource is number, "!" if required,
//	                         ":list" if it has keys of its own
//
// Lines of one kind stand together, in this order, sorted by name without
// regard to case. Empty fields at the end of a line are left out.
func (s *service) text() (string, error) {
	w := writer{service: s, lists: map[string]int{}}
	for _, k := range slices.Sorted(maps.Keys(s.resources)) {
		w.resource(s.resources[k])
	}
	for _, k := range slices.Sorted(maps.Keys(s.actions)) {
		w.action(s.actions[k])
	}
	var head strings.Builder
	for _, k := range slices.Sorted(maps.Keys(s.keys)) {
		t, err := keyType(s.keys[k].Type)
		if err != nil {
			return "", fmt.Errorf("%s: %w", s.keys[k].Key, err)
		}
		line(&head, "K", template(s.keys[k].Key), t)
	}
	for _, l := range w.order {
		line(&head, "L", l)
	}
	if w.err != nil {
		return "", fmt.Errorf("service %s: %w", s.prefix, w.err)
	}
	return head.String() + w.body.String(), nil
}

// template writes the variable part of a key as most services do, ${…}: S3
// alone writes <key>.
func template(key string) string {
	return strings.NewReplacer("<", "${", ">", "}").Replace(key)
}

func keyType(t string) (string, error) {
	base, multi := strings.CutPrefix(t, "ArrayOf")
	letter, ok := types[base]
	if !ok {
		return "", fmt.Errorf("unknown type %q", t)
	}
	if multi {
		letter += "+"
	}
	return letter, nil
}

// writer renders resource types and actions, and collects the lists of
// condition keys that they share. The first error is kept.
type writer struct {
	service *service
	body    strings.Builder
	lists   map[string]int
	order   []string
	err     error
}

func (w *writer) resource(r resourceType) {
	arns := strings.Fields(strings.ReplaceAll(r.ARN, ",", " "))
	for _, arn := range arns {
		if !strings.HasPrefix(arn, "arn:") {
			w.fail("resource type %s: %q is not an ARN", r.Key, arn)
		}
	}
	line(&w.body, "R", r.Key, strings.Join(arns, " "), w.list(r.ConditionKeys))
}

func (w *writer) action(a action) {
	level, ok := levels[a.AccessLevel]
	if !ok {
		w.fail("action %s: unknown access level %q", a.Name, a.AccessLevel)
	}
	var resources []string
	deps := slices.Clone(a.DependentActions)
	for _, r := range a.ResourceTypes {
		n := numberOf(w, w.service.resources, r.Name)
		ref := strconv.Itoa(n)
		if r.Required {
			ref += "!"
		}
		if l := w.list(r.ConditionKeys); l != "" {
			ref += ":" + l
		}
		resources = append(resources, ref)
		deps = append(deps, r.DependentActions...)
	}
	slices.Sort(deps)
	deps = slices.Compact(deps)
	line(&w.body, "A", a.Name, level, w.list(a.ConditionKeys), strings.Join(resources, " "), strings.Join(deps, " "))
}

// list returns the number of the list of these keys, "" for no keys.
func (w *writer) list(keys []string) string {
	if len(keys) == 0 {
		return ""
	}
	numbers := make([]int, len(keys))
	for i, k := range keys {
		numbers[i] = numberOf(w, w.service.keys, k)
	}
	slices.Sort(numbers)
	text := strings.Trim(fmt.Sprint(slices.Compact(numbers)), "[]")
	n, ok := w.lists[text]
	if !ok {
		n = len(w.order)
		w.lists[text] = n
		w.order = append(w.order, text)
	}
	return strconv.Itoa(n)
}

// numberOf returns the place of name among the sorted keys of m.
func numberOf[V any](w *writer, m map[string]V, name string) int {
	n, ok := slices.BinarySearch(slices.Sorted(maps.Keys(m)), strings.ToLower(name))
	if !ok {
		w.fail("%q is used but not defined", name)
	}
	return n
}

func (w *writer) fail(format string, args ...any) {
	if w.err == nil {
		w.err = fmt.Errorf(format, args...)
	}
}

// line appends the fields, separated by tabs, without empty ones at the end.
func line(b *strings.Builder, fields ...string) {
	b.WriteString(strings.TrimRight(strings.Join(fields, "\t"), "\t"))
	b.WriteByte('\n')
}
