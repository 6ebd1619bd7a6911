package iam_test

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/internal/store"
	"github.com/writ-iam/writ/internal/store/bolt"
	"github.com/writ-iam/writ/internal/store/memory"
)

const (
	readOnly        = "arn:aws:iam::aws:policy/ReadOnlyAccess"
	noDocument      = `{}`
	trustUserPrefix = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"`
	trustUserSuffix = `"},"Action":"sts:AssumeRole"}]}`
)

// pools are what the parameters of calls are drawn from. They are small, so
// that calls meet. The suffix tells worlds apart that have nothing in common.
func pools(t testing.TB, suffix string) map[string][]string {
	arns := func(kind string, names ...string) (out []string) {
		for _, name := range names {
			out = append(out, "arn:aws:iam::"+account+":"+kind+"/"+name+suffix)
		}
		return out
	}
	document := func(action string) string {
		return `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"` + action + `","Resource":"*"}}`
	}
	policies := arns("policy", "p", "q", "a/p")
	managed := policies
	if suffix == "" {
		managed = append(managed, readOnly, policies[0]) // some are drawn more often
	}
	return map[string][]string{
		"name": {"ann" + suffix, "bob" + suffix, "Ann" + suffix}, "policy": {"p" + suffix, "q" + suffix, "P" + suffix},
		"path": {"/", "/a/"}, "own": policies, "arn": managed, "version": {"v1", "v2", "v3"},
		"document": {document("s3:*"), document("sqs:*"), document("sns:*"), noDocument},
		"trust":    {trustEC2, trustEC2, trustUserPrefix + arns("user", "bob")[0] + trustUserSuffix},
		"text":     {"some", "other"}, "seconds": {"3600", "7200"}, "bool": {"true", "false"},
		"tags": {"k=1", "K=2", "j=3", "k=4,j=5", "k=6,K=7", "aws:k=8"}, "key": {"k", "K", "j"},
		"made": {"0", "1", "2", "3"}, "status": {"Active", "Inactive"}, "password": {"Correct-horse-1"},
		"device": {"d" + suffix, "e" + suffix}, "serial": arns("mfa", "d", "e"), "alias": {"alias-one", "alias-two"},
		"url": {"https://a.test" + suffix, "https://b.test" + suffix}, "oidc": arns("oidc-provider", "a.test", "b.test"),
		"client": {"one", "two"}, "print": {strings.Repeat("a", 40), strings.Repeat("b", 40)},
		"idp": {"s" + suffix, "t" + suffix}, "saml": arns("saml-provider", "s", "t"), "metadata": {certFile(t, "saml/idp.xml")},
		"local": {"Local"}, "kinds": {"User,Group,Role,LocalManagedPolicy"},
	}
}

// furnishing is how the names of operations begin that make things or tie them
// together.
var furnishing = regexp.MustCompile(`^(Create|Add|Attach|Put|Enable)`)

// drawCalls draws calls: first, most often, what makes a few things to begin
// with, then any of some of the operations, so that calls meet.
func drawCalls(from map[string][]string, least, most int, ops []modelOp) *rapid.Generator[[]*call] {
	return rapid.Custom(func(t *rapid.T) []*call {
		var calls []*call
		for _, op := range ops {
			for range furniture(op).Draw(t, "furniture") {
				calls = append(calls, drawCall(from, op, true).Draw(t, "call"))
			}
		}
		return append(calls, rapid.SliceOfN(drawAny(from, drawSome(ops).Draw(t, "operations")), least, most).Draw(t, "calls")...)
	})
}

// drawSome draws some of the operations.
func drawSome(ops []modelOp) *rapid.Generator[[]modelOp] {
	return rapid.Custom(func(t *rapid.T) []modelOp {
		some := make([]modelOp, 24)
		for i := range some {
			some[i] = ops[evenly(len(ops)).Draw(t, "operation")]
		}
		return some
	})
}

// drawAny draws a call of any of the operations.
func drawAny(from map[string][]string, ops []modelOp) *rapid.Generator[*call] {
	return rapid.Custom(func(t *rapid.T) *call {
		return drawCall(from, ops[evenly(len(ops)).Draw(t, "operation")], false).Draw(t, "call")
	})
}

// furniture is how many calls of an operation there are to begin with. Hashes
// and pictures take long.
func furniture(op modelOp) *rapid.Generator[int] {
	switch {
	case !furnishing.MatchString(op.name), op.name == "CreateLoginProfile":
		return rapid.Just(0)
	case op.name == "CreateVirtualMFADevice":
		return rapid.Map(evenly(4), func(n int) int { return n / 3 })
	case strings.HasPrefix(op.name, "Create"):
		return rapid.Map(evenly(3), func(n int) int { return n + 1 })
	}
	return evenly(3)
}

// drawCall draws a call, a bare one with no more than it needs.
func drawCall(from map[string][]string, op modelOp, bare bool) *rapid.Generator[*call] {
	return rapid.Custom(func(t *rapid.T) *call {
		c := &call{op: op, in: make(map[string]string)}
		for _, field := range strings.Fields(op.draw) {
			name, pool, _ := strings.Cut(field, ":")
			pool, optional := strings.CutSuffix(pool, "?")
			if !optional || !bare && rapid.Bool().Draw(t, "with "+name) {
				c.in[name] = from[pool][evenly(len(from[pool])).Draw(t, name)]
			}
		}
		if op.reads() {
			c.in["MaxItems"] = rapid.SampledFrom([]string{"1", "2", "100"}).Draw(t, "MaxItems")
		}
		return c
	})
}

// evenly draws a number below n, small ones no more often than others.
func evenly(n int) *rapid.Generator[int] {
	return rapid.Custom(func(t *rapid.T) int {
		drawn := 0
		for range 8 {
			drawn *= 2
			if rapid.Bool().Draw(t, "bit") {
				drawn++
			}
		}
		return drawn % n
	})
}

func (c *call) String() string {
	short := maps.Clone(c.in)
	delete(short, "SAMLMetadataDocument")
	return fmt.Sprint(c.op.name, " ", short)
}

func (o modelOp) GoString() string { return o.name }

func (c *call) GoString() string { return c.String() }

// walk makes calls and compares what comes of them with the model.
type walk struct {
	in    *installation
	model *model
	from  map[string][]string
	keys  []string          // access keys that were made
	seeds map[string]string // of devices, by serial number
	fixed bool              // time stands still
}

func newWalk(in *installation, quotas map[string]int, suffix string) *walk {
	return &walk{in: in, model: newModel(account, quotas), from: pools(in.t, suffix), seeds: make(map[string]string)}
}

// failing is what a test and a property have in common.
type failing interface {
	Helper()
	Fatalf(format string, args ...any)
}

// send makes a call, a list page by page, and returns what comes of it.
func (w *walk) send(c *call) string {
	if n, ok := c.in["AccessKeyId"]; ok && len(n) == 1 {
		c.in["AccessKeyId"] = "AKIAIOSFODNN7EXAMPLE"
		if i := int(n[0] - '0'); i < len(w.keys) {
			c.in["AccessKeyId"] = w.keys[len(w.keys)-1-i]
		}
	}
	if !w.fixed {
		w.in.now = w.in.now.Add(97 * time.Second)
	}
	c.now = w.in.now.Format(time.RFC3339)
	params := w.params(c)
	code, got := w.page(c, params)
	for merged, _ := got.(map[string]any); merged["Marker"] != nil; {
		params = append(params, "Marker="+merged["Marker"].(string))
		var next any
		if code, next = w.page(c, params); code != "" {
			break
		}
		merge(merged, next.(map[string]any))
	}
	if answer, ok := got.(map[string]any); ok {
		delete(answer, "IsTruncated")
		delete(answer, "Marker")
		if summary, ok := answer["SummaryMap"].(map[string]any); ok {
			maps.DeleteFunc(summary, func(name string, _ any) bool { return strings.HasSuffix(name, "Quota") })
		}
	}
	c.got = got
	if id := c.answered("AccessKey", "AccessKeyId"); id != "" {
		w.keys = append(w.keys, id)
	}
	if serial := c.answered("VirtualMFADevice", "SerialNumber"); serial != "" {
		w.seeds[serial] = c.answered("VirtualMFADevice", "Base32StringSeed")
	}
	return code
}

func (w *walk) page(c *call, params []string) (code string, got any) {
	_, body := w.in.call(w.in.root(account), c.op.name, values(params...))
	return answerOf(w.in.t, body)
}

// merge appends the lists of the next page and takes over its marker.
func merge(into, next map[string]any) {
	for name, value := range next {
		list, more := into[name].([]any)
		items, some := value.([]any)
		switch {
		case more && some:
			into[name] = append(list, items...)
		case some:
			into[name] = items
		}
	}
	delete(into, "Marker")
	if next["Marker"] != nil {
		into["Marker"] = next["Marker"]
	}
}

// params are the parameters of a call as they are sent.
func (w *walk) params(c *call) []string {
	var out []string
	for name, value := range c.in {
		switch name {
		case "Tags":
			for i, t := range c.tags() {
				out = append(out, fmt.Sprintf("Tags.member.%d.Key=%s", i+1, t.key), fmt.Sprintf("Tags.member.%d.Value=%s", i+1, t.value))
			}
		case "Filter":
			for i, kind := range strings.Split(value, ",") {
				out = append(out, fmt.Sprintf("Filter.member.%d=%s", i+1, kind))
			}
		case "MaxItems":
			if !strings.HasPrefix(c.op.name, "Get") || c.op.name == "GetGroup" || c.op.name == "GetAccountAuthorizationDetails" {
				out = append(out, name+"="+value)
			}
		default:
			out = append(out, name+"="+value)
		}
	}
	if c.op.name == "EnableMFADevice" {
		codes := []string{"123456", "654321"}
		if seed, ok := w.seeds[c.in["SerialNumber"]]; ok {
			codes = []string{codeOf(w.in.t, seed, w.in.now.Add(-30*time.Second)), codeOf(w.in.t, seed, w.in.now)}
		}
		out = append(out, "AuthenticationCode1="+codes[0], "AuthenticationCode2="+codes[1])
	}
	return out
}

// step makes a call that must come to what the model says.
func (w *walk) step(t failing, c *call) {
	t.Helper()
	code := w.send(c)
	want, wantCode := c.op.do(w.model, c)
	if code != wantCode {
		t.Fatalf("%s: answers %q, want %q", c, code, wantCode)
	}
	if diff := cmp.Diff(want, c.got); diff != "" {
		t.Fatalf("%s (-want +got):\n%s", c, diff)
	}
}

// everything makes all reads that there are.
func (w *walk) everything(t failing, ops ...modelOp) {
	t.Helper()
	for _, op := range ops {
		if op.reads() {
			for _, c := range w.every(op) {
				w.step(t, c)
			}
		}
	}
}

// every is an operation called with all that its pools have.
func (w *walk) every(op modelOp) []*call {
	calls := []*call{{op: op}}
	for _, field := range strings.Fields(op.draw) {
		name, pool, _ := strings.Cut(field, ":")
		if strings.HasSuffix(pool, "?") {
			continue
		}
		var more []*call
		for _, c := range calls {
			for _, value := range w.from[pool] {
				more = append(more, &call{op: op, in: set(c.in, name, value)})
			}
		}
		calls = more
	}
	return calls
}

func (w *walk) check(t failing) {
	t.Helper()
	if err := state.Check(w.in.db.Snapshot()); err != nil {
		t.Fatalf("state: %v", err)
	}
}

func inHundredYears(now string) string {
	at, _ := time.Parse(time.RFC3339, now)
	return at.AddDate(100, 0, 0).Format(time.RFC3339)
}

var allModelled = slices.Concat(modelled, modelledWide, modelledOrder)

// tight are quotas that random calls reach.
var tight = map[string]int{
	"UsersQuota": 2, "GroupsQuota": 2, "PoliciesQuota": 2, "VersionsPerPolicyQuota": 2, "GroupsPerUserQuota": 1,
	"AttachedPoliciesPerUserQuota": 2, "AttachedPoliciesPerGroupQuota": 1, "AttachedPoliciesPerRoleQuota": 2, "TagsPerUserQuota": 1,
}

// TestModel: whatever is called in whatever order, each call answers what a
// model in plain maps says, and afterwards, and after a restart, all reads do.
func TestModel(t *testing.T) {
	calls := drawCalls(pools(t, ""), 10, 30, allModelled)
	rapid.Check(t, func(rt *rapid.T) {
		quotas := rapid.SampledFrom([]map[string]int{nil, tight}).Draw(rt, "quotas")
		st := memory.New()
		defer st.Close()
		w := newWalk(install(t, st, quotas), quotas, "")
		defer func() { w.in.close() }()
		for _, c := range calls.Draw(rt, "calls") {
			w.step(rt, c)
			w.check(rt)
		}
		if evenly(8).Draw(rt, "restart") == 0 {
			w.in.close()
			w.in.open(st)
			w.everything(rt, allModelled...)
		}
	})
}

// TestModelOnDisk is TestModel over a file that is closed and opened again.
func TestModelOnDisk(t *testing.T) {
	path := t.TempDir() + "/state.db"
	open := func() *bolt.Store {
		st, err := bolt.Open(path, bolt.Options{})
		must(t, err)
		return st
	}
	st := open()
	w := newWalk(install(t, st, nil), nil, "")
	calls := drawCalls(w.from, 60, 60, allModelled)
	for seed := range 3 {
		for _, c := range calls.Example(seed) {
			w.step(t, c)
		}
		w.in.close()
		must(t, st.Close())
		st = open()
		w.in.open(st)
		w.everything(t, allModelled...)
	}
	w.in.close()
	must(t, st.Close())
}

// quick are the operations that need no time to pass and take none themselves.
func quick(ops []modelOp) []modelOp {
	return slices.DeleteFunc(slices.Clone(ops), func(o modelOp) bool {
		return strings.Contains(o.name, "MFADevice") || o.name == "CreateLoginProfile"
	})
}

// TestModelApart: what several do at the same time with what only they have is
// what each would see alone, and in the end the account has it all.
func TestModelApart(t *testing.T) {
	const workers = 3
	rapid.Check(t, func(rt *rapid.T) {
		in := install(t, memory.New(), nil)
		defer in.close()
		walks := make([]*walk, workers)
		failures := make([]failure, workers)
		var wg sync.WaitGroup
		for i := range workers {
			w := newWalk(in, nil, fmt.Sprint("-", i))
			w.fixed, walks[i] = true, w
			calls := drawCalls(w.from, 2, 4, quick(modelled)).Draw(rt, "calls")
			wg.Go(func() {
				defer failures[i].stop()
				for _, c := range calls {
					w.step(&failures[i], c)
				}
			})
		}
		wg.Wait()
		whole := newWalk(in, nil, "")
		whole.fixed = true
		for i, w := range walks {
			if failures[i].text != "" {
				rt.Fatal(failures[i].text)
			}
			for kind, all := range w.model.of {
				maps.Copy(whole.model.of[kind], all)
			}
		}
		whole.everything(rt, modelledWide...)
	})
}

// failure is how a call of another goroutine fails.
type failure struct{ text string }

type stopped struct{}

func (*failure) Helper() {}

func (f *failure) Fatalf(format string, args ...any) {
	f.text = fmt.Sprintf(format, args...)
	panic(stopped{})
}

// stop ends a goroutine that has failed.
func (f *failure) stop() {
	if r := recover(); r != nil && r != (stopped{}) {
		panic(r)
	}
}

// TestModelTogether: what several do at the same time with the same things is
// what they would see one after the other, in some order.
func TestModelTogether(t *testing.T) {
	const workers = 3
	rapid.Check(t, func(rt *rapid.T) {
		in := install(t, yielding{memory.New()}, nil)
		defer in.close()
		begin := newWalk(in, nil, "")
		begin.fixed = true
		h := history{begin: begin.model}
		for _, c := range drawCalls(begin.from, 0, 0, quick(allModelled)).Draw(rt, "begin") {
			begin.step(rt, c)
		}
		some := drawSome(quick(allModelled)).Draw(rt, "operations")
		for range 4 {
			now := some
			if rapid.Bool().Draw(rt, "all the same") {
				now = some[evenly(len(some)).Draw(rt, "operation"):][:1]
			}
			var wg sync.WaitGroup
			for i := range workers {
				c := drawAny(begin.from, now).Draw(rt, "call")
				delete(c.in, "MaxItems") // several pages are several reads
				w := *begin
				w.keys = slices.Clone(begin.keys)
				wg.Go(func() { h.call(&w, i, c) })
			}
			wg.Wait()
		}
		for _, op := range modelledWide {
			for _, c := range begin.every(op) {
				h.call(begin, workers, c)
			}
		}
		if !porcupine.CheckOperations(h.inSomeOrder(), h.calls) {
			for _, o := range h.calls {
				rt.Logf("%d-%d %v answers %v", o.Call, o.Return, o.Input, o.Output)
			}
			rt.Fatalf("no order of these calls gives these answers")
		}
	})
}

// yielding is a store that lets others go on before it keeps anything: their
// calls are judged on what was before, and commit after.
type yielding struct{ store.Store }

func (s yielding) Append(ctx context.Context, after uint64, changes []store.Change) (uint64, error) {
	for range 100 {
		runtime.Gosched()
	}
	return s.Store.Append(ctx, after, changes)
}

// history is what happened at the same time, from a state on.
type history struct {
	begin *model
	clock atomic.Int64
	mu    sync.Mutex
	calls []porcupine.Operation // guarded by mu
}

// answered is what came of a call.
type answered struct {
	code string
	got  any
}

func (h *history) call(w *walk, worker int, c *call) {
	asked := h.clock.Add(1)
	code := w.send(c)
	done := h.clock.Add(1)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.calls = append(h.calls, porcupine.Operation{
		ClientId: worker, Input: c, Call: asked, Output: answered{code, c.got}, Return: done,
	})
}

// inSomeOrder is the model as a machine that takes one call after the other.
func (h *history) inSomeOrder() porcupine.Model {
	return porcupine.Model{
		Init: func() any { return h.begin },
		Step: func(before, input, output any) (bool, any) {
			m, c, out := before.(*model).clone(), *input.(*call), output.(answered)
			c.got = out.got
			want, code := c.op.do(m, &c)
			return code == out.code && cmp.Equal(want, out.got), m
		},
		Equal: func(a, b any) bool {
			return cmp.Equal(a, b, cmp.AllowUnexported(model{}, entity{}, modelKey{}, modelVersion{}))
		},
	}
}
