package catalog

import "strings"

// parseService reads a service from its text, whose form internal/gen describes.
// The strings of the result are parts of the text.
func parseService(prefix, name string, rcp bool, text string) *ServiceInfo {
	p := serviceParser{ServiceInfo: ServiceInfo{Prefix: prefix, Name: name, RCP: rcp}}
	p.Actions = make([]ActionInfo, 0, strings.Count(text, "\nA\t")+1)
	for line := range strings.Lines(text) {
		switch f := fields(line); f[0] {
		case "K":
			p.ConditionKeys = append(p.ConditionKeys, parseKey(f[1], f[2]))
		case "L":
			p.list(f[1])
		case "R":
			p.ResourceTypes = append(p.ResourceTypes, ResourceType{
				Name: f[1], ARNs: strings.Fields(f[2]), ConditionKeys: p.keysOf(f[3]),
			})
		case "A":
			p.action(f)
		}
	}
	s := p.ServiceInfo
	s.keys = newKeySet(s.ConditionKeys)
	s.actions = make(map[string]int32, len(s.Actions))
	for i := range s.Actions {
		s.actions[strings.ToLower(s.Actions[i].Name)] = int32(i)
	}
	return &s
}

type serviceParser struct {
	ServiceInfo
	lists [][]string // of condition keys, shared by actions and resource types
}

func (p *serviceParser) list(numbers string) {
	keys := make([]string, 0, strings.Count(numbers, " ")+1)
	for n := range strings.FieldsSeq(numbers) {
		keys = append(keys, p.ConditionKeys[number(n)].Name)
	}
	p.lists = append(p.lists, keys)
}

func (p *serviceParser) keysOf(list string) []string {
	if list == "" {
		return nil
	}
	return p.lists[number(list)]
}

func (p *serviceParser) action(f [7]string) {
	a := ActionInfo{Service: p.Prefix, Name: f[1], AccessLevel: levels[f[2]], ConditionKeys: p.keysOf(f[3])}
	if f[4] != "" {
		a.Resources = make([]ActionResource, 0, strings.Count(f[4], " ")+1)
	}
	for ref := range strings.FieldsSeq(f[4]) {
		ref, list, _ := strings.Cut(ref, ":")
		n, required := strings.CutSuffix(ref, "!")
		a.Resources = append(a.Resources, ActionResource{
			Name: p.ResourceTypes[number(n)].Name, Required: required, ConditionKeys: p.keysOf(list),
		})
	}
	if f[5] != "" {
		a.DependentActions = strings.Fields(f[5])
	}
	p.Actions = append(p.Actions, a)
}
