package bench

import "fmt"

// Engine is a policy engine.
type Engine struct {
	Name   string
	Module string

	// Load makes the engine's policies of a problem, in the form in which it
	// decides fastest.
	Load func(*Problem) (Loaded, error)
}

// Loaded makes a request of the engine's own. The function that it returns
// decides it, each time anew, and reports whether it is allowed.
type Loaded func(Request) (decide func() bool, err error)

// Engines are all that are compared, Writ first.
func Engines() []Engine {
	return []Engine{
		{"Writ", "github.com/writ-iam/writ", loadWrit},
		{"cedar-go", "github.com/cedar-policy/cedar-go", loadCedar},
		{"OPA", "github.com/open-policy-agent/opa", loadOPA},
		{"casbin", "github.com/casbin/casbin/v2", loadCasbin},
		{"MinIO policy", "github.com/minio/pkg/v3", loadMinIO},
	}
}

// Agree asks every engine all questions of p, and fails when one of them does not
// answer as the problem asks for. It also fails when the questions are few, or
// when nearly all of them have one answer.
func Agree(p *Problem, engines []Engine) error {
	allowed := 0
	for _, q := range append([]Request{p.Measured}, p.Questions...) {
		if p.Allowed(q) {
			allowed++
		}
	}
	if n := len(p.Questions); n < 20 || allowed < n/20 || allowed > n-n/20 {
		return fmt.Errorf("%s: %d of %d questions are allowed, which tells little", p.Name, allowed, n)
	}
	for _, e := range engines {
		loaded, err := e.Load(p)
		if err != nil {
			return fmt.Errorf("%s: %s: %w", p.Name, e.Name, err)
		}
		for _, q := range append([]Request{p.Measured}, p.Questions...) {
			decide, err := loaded(q)
			if err != nil {
				return fmt.Errorf("%s: %s: %+v: %w", p.Name, e.Name, q, err)
			}
			if got, want := decide(), p.Allowed(q); got != want {
				return fmt.Errorf("%s: %s: %+v: allowed %v, want %v", p.Name, e.Name, q, got, want)
			}
		}
	}
	return nil
}
