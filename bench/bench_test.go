package bench

import "testing"

func TestEnginesAgree(t *testing.T) {
	for _, p := range AgreementProblems() {
		t.Run(p.Name, func(t *testing.T) {
			for _, e := range Engines() {
				t.Run(e.Name, func(t *testing.T) {
					if err := Agree(&p, []Engine{e}); err != nil {
						t.Error(err)
					}
				})
			}
		})
	}
}
