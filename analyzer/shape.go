package analyzer

import (
	"slices"
	"strings"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/catalog"
	"github.com/writ-iam/writ/policy"
)

// shapesOf returns the shapes of the resources that the statement's actions act
// on, of all services where the statement does not say.
func (v *validation) shapesOf(st *policy.Statement) []shape {
	var list shapeList
	for _, a := range st.Action.Values {
		prefix, name, ok := strings.Cut(a.Text, ":")
		if st.Action.Not || !ok || strings.ContainsAny(prefix, "*?") {
			return v.everyShape()
		}
		if service, ok := catalog.Service(prefix); ok {
			if v.steps += 1 + len(service.Actions)/8; v.steps >= maxSteps { // what a pattern is compared with
				return nil
			}
			for action := range v.matching(service, name) {
				for _, r := range action.Resources {
					list.add(service, r.Name)
				}
			}
		}
	}
	return list.sorted()
}

// everyShape is the shapes of the resources of all services.
func (v *validation) everyShape() []shape {
	if v.every == nil {
		var list shapeList
		for prefix := range prefixes() {
			service, _ := catalog.Service(prefix)
			for i := range service.ResourceTypes {
				list.add(service, service.ResourceTypes[i].Name)
			}
		}
		v.every = list.sorted()
	}
	return v.every
}

// shapeList collects shapes, each once.
type shapeList struct {
	shapes []shape
	seen   map[string]bool
}

// add adds those of a type of a service's resources.
func (l *shapeList) add(service *catalog.ServiceInfo, name string) {
	t, ok := service.ResourceType(name)
	if !ok {
		return
	}
	for _, pattern := range t.ARNs {
		if l.seen[pattern] || strings.Contains(pattern, "*") {
			continue
		}
		if l.seen == nil {
			l.seen = map[string]bool{}
		}
		l.seen[pattern] = true
		l.shapes = append(l.shapes, newShape(pattern))
	}
}

// sorted returns the shapes of few pieces first: their texts are read most easily.
func (l *shapeList) sorted() []shape {
	slices.SortStableFunc(l.shapes, func(a, b shape) int { return len(a.pieces) - len(b.pieces) })
	return l.shapes
}

// shape is what the ARNs of a type of resources look like.
type shape struct {
	service string
	pieces  []piece
}

// piece is a part of a shape.
type piece struct {
	kind pieceKind
	text string // of a text
	only string // of a name: the characters it may have, "" for any but the colon
	bars string // of a name: characters it may not have
}

type pieceKind uint8

const (
	oneText pieceKind = iota
	onePartition
	oneRegion
	account // twelve digits
	aName   // one character or more
)

// newShape makes a shape of an ARN of the catalog, in which ${…} stands for what
// differs from one resource to the next.
func newShape(pattern string) shape {
	parts, _ := arn.Split(pattern)
	s := shape{service: parts[2]}
	for i, part := range parts {
		if i > 0 {
			s.text(":")
		}
		switch whole := strings.HasPrefix(part, "${") && strings.IndexByte(part, '}') == len(part)-1; {
		case i == 1 && whole:
			s.pieces = append(s.pieces, piece{kind: onePartition})
		case i == 3 && whole:
			s.pieces = append(s.pieces, piece{kind: oneRegion})
		case i == 4 && whole:
			s.pieces = append(s.pieces, piece{kind: account})
		default:
			s.names(part)
		}
	}
	return s
}

// names appends texts, and the names between them.
func (s *shape) names(part string) {
	for part != "" {
		before, rest, ok := strings.Cut(part, "${")
		s.text(before)
		if !ok {
			return
		}
		var name string
		name, part, _ = strings.Cut(rest, "}")
		s.pieces = append(s.pieces, pieceNamed(name))
	}
}

// text appends a text to the one before it, if there is one.
func (s *shape) text(text string) {
	if text == "" {
		return
	}
	if last := len(s.pieces) - 1; last >= 0 && s.pieces[last].kind == oneText {
		s.pieces[last].text += text
		return
	}
	s.pieces = append(s.pieces, piece{text: text})
}

// pieceNamed is the piece for a variable of the catalog. What its name tells
// about its values keeps witnesses plausible: most names have neither colons nor
// slashes.
func pieceNamed(name string) piece {
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(name, w) })
	}
	switch {
	case name == "ObjectName": // keys of objects have any character
		return piece{kind: aName}
	case name == "StreamLabel": // 2015-05-11T21:21:33.291
		return piece{kind: aName, only: "0123456789-T:."}
	case has("Version", "Revision", "Number"):
		return piece{kind: aName, only: "0123456789"}
	case has("Path", "LogGroup", "LogStream", "Parameter", "Secret", "Repository", "Alias", "Topic", "Provider", "Key", "Resource", "Prefix"):
		return piece{kind: aName, bars: ":"}
	}
	return piece{kind: aName, bars: ":/"}
}

// takes reports whether a name may have the character r.
func (p *piece) takes(r rune) bool {
	return !strings.ContainsRune(p.bars, r) && (p.only == "" || strings.ContainsRune(p.only, r))
}

// usualRegion and usualAccount are those of witnesses that may be in any.
const (
	usualRegion  = "us-east-1"
	usualAccount = "123456789012"
)

var usualPartitions = []string{"aws", "aws-cn", "aws-us-gov"}

// regions are AWS's, by botocore's endpoint data.
var regions = []string{
	"us-east-1", "us-east-2", "us-west-1", "us-west-2", "eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1", "eu-central-2",
	"eu-north-1", "eu-south-1", "eu-south-2", "ca-central-1", "ca-west-1", "mx-central-1", "sa-east-1", "af-south-1",
	"ap-east-1", "ap-east-2", "ap-south-1", "ap-south-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3",
	"ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7",
	"me-south-1", "me-central-1", "il-central-1", "cn-north-1", "cn-northwest-1", "us-gov-east-1", "us-gov-west-1",
}

// regionsFor returns the regions that a value of Resource may tell apart, with a
// usual one first. Those that its wildcards alone can match are all alike.
func regionsFor(pattern string) []string {
	list := []string{usualRegion}
	pieces := strings.FieldsFunc(pattern, func(r rune) bool { return r == '*' || r == ':' || r == '?' })
	for _, region := range regions[1:] {
		alike := !strings.Contains(pattern, "?") || len(region) == len(usualRegion)
		if !alike || slices.ContainsFunc(pieces, func(p string) bool { return strings.Contains(region, p) }) {
			list = append(list, region)
		}
	}
	return list
}
