package iam_test

import (
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/writ-iam/writ/internal/state"
)

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
